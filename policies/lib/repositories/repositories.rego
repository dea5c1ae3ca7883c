# METADATA
# title: Reading repository addresses
package freehold.lib.repositories

# Address without scheme and without a slash at the end: `mirror.debian.org/debian`.
address(repository) := trim_right(without_scheme, "/") if {
	is_string(repository.host)
	without_scheme := regex.replace(repository.url, `^([a-z0-9+.-]+:)+/*`, "")
} else := repository.url

path(repository) := regex.replace(address(repository), `^[^/]*`, "")

subject(repository) := sprintf("repo:%s", [address(repository)])

# Whether the repository's host is the location's domain or below it, and its path fits.
at(repository, location) if {
	in_domain(repository.host, location.domain)
	regex.match(object.get(location, "path", ""), path(repository))
}

in_domain(host, domain) if host == domain

in_domain(host, domain) if {
	is_string(host)
	endswith(host, sprintf(".%s", [domain]))
}
