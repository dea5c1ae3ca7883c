# METADATA
# title: Any user can write to /tmp
# description: >-
#   Language runtimes, uploads and sort put temporary files there. The directory is missing from the
#   smallest images; a build stage can give it away, as a mount does at run time.
# related_resources:
#   - ref: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03s18.html
# custom:
#   needs: [layout]
#   build_sibling: true
#   stability: stable
package freehold.requirements.writable_tmp

met := sprintf("/tmp is a directory of mode %s", [_tmp.mode]) if _is_open

unmet := "there is no /tmp" if not _tmp

unmet := sprintf("/tmp is a %s of mode %s", [_tmp.kind, _tmp.mode]) if {
	_tmp
	not _is_open
}

_tmp := place if {
	some place in input.layout.well_known
	place.path == "/tmp"
}

_is_open if {
	_tmp.kind == "directory"
	regex.match(`[2367]$`, _tmp.mode)
}
