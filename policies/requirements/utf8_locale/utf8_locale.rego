# METADATA
# title: Programs can run in a UTF-8 locale
# description: >-
#   Programs that sort, match or print text outside ASCII need one. musl's only locale is UTF-8;
#   glibc needs a compiled one (`C.UTF-8` will do), which a build image can give away. Locales of
#   languages are more, and not asked for here.
# related_resources:
#   - ref: https://sourceware.org/glibc/wiki/Proposals/C.UTF-8
#   - ref: https://wiki.musl-libc.org/functional-differences-from-glibc.html
# custom:
#   needs: [layout, elf]
#   build_sibling: true
#   stability: stable
package freehold.requirements.utf8_locale

met := "musl's locale is UTF-8" if {
	input.libc.family == "musl"
} else := sprintf("%s is there", [_places("utf8_locale")[0]]) if {
	count(_places("utf8_locale")) > 0
}

unmet := "the image has no C library, and no locale of one" if {
	input.libc.family == "none"
	_nothing
}

unmet := "no compiled UTF-8 locale is in the image" if {
	not input.libc.family in {"musl", "none"}
	_nothing
}

unknown := sprintf("which locales %s holds is not read", [_places("locale_archive")[0]]) if {
	input.libc.family != "musl"
	count(_places("utf8_locale")) == 0
	count(_places("locale_archive")) > 0
}

_nothing if count(_places("utf8_locale")) + count(_places("locale_archive")) == 0

_places(holds) := [place.path | some place in input.layout.well_known; place.holds == holds]
