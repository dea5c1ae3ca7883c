package freehold.lib.fairness

import data.freehold.lib.layout_records
import data.freehold.lib.records

# Distributions with rpm packages: ID, what they are like, release, vendor of their packages, and an
# address and key of theirs.
rpm_images[id] := _rpm_image(id, base) if some id, base in _rpm_bases

_rpm_bases := {
	"fedora": {
		"like": [], "version_id": "43", "vendor": "Fedora Project", "release": "1.fc43",
		"pretty_name": "Fedora Linux 43", "domain": "fedoraproject.org", "path": "/pub/fedora/linux",
		"keys": "fedora-gpg-keys",
	},
	"rhel": {
		"like": ["fedora"], "version_id": "10.1", "vendor": "Red Hat, Inc.", "release": "1.el10",
		"pretty_name": "Red Hat Enterprise Linux 10.1", "domain": "redhat.com",
		"path": "/content/public/ubi/dist/ubi10", "keys": "redhat-release",
	},
	"centos": {
		"like": ["rhel", "fedora"], "version_id": "10", "vendor": "CentOS", "release": "1.el10",
		"pretty_name": "CentOS Stream 10", "domain": "centos.org", "path": "/10-stream/BaseOS",
		"keys": "centos-gpg-keys",
	},
	"rocky": {
		"like": ["rhel", "centos", "fedora"], "version_id": "9.6",
		"vendor": "Rocky Enterprise Software Foundation", "release": "1.el9",
		"pretty_name": "Rocky Linux 9.6", "domain": "rockylinux.org", "path": "/pub/rocky/9.6",
		"keys": "rocky-gpg-keys",
	},
	"almalinux": {
		"like": ["rhel", "centos", "fedora"], "version_id": "9.6", "vendor": "AlmaLinux",
		"release": "1.el9", "pretty_name": "AlmaLinux 9.6", "domain": "almalinux.org",
		"path": "/almalinux/9.6", "keys": "almalinux-gpg-keys",
	},
	"ol": {
		"like": ["fedora"], "version_id": "9.6", "vendor": "Oracle America", "release": "1.0.1.el9",
		"pretty_name": "Oracle Linux Server 9.6", "domain": "oracle.com",
		"path": "/repo/OracleLinux/OL9", "keys": "oraclelinux-release-el9",
	},
	"amzn": {
		"like": ["fedora"], "version_id": "2023", "vendor": "Amazon Linux", "release": "1.amzn2023",
		"pretty_name": "Amazon Linux 2023", "domain": "amazonlinux.com", "path": "/al2023/core",
		"keys": "system-release",
	},
	"sles": {
		"like": ["suse"], "version_id": "15.7", "vendor": "SUSE LLC <https://www.suse.com/>",
		"release": "150700.1.1", "pretty_name": "SUSE Linux Enterprise Server 15 SP7",
		"domain": "suse.com", "path": "/SUSE/Products/SLE-BCI/15-SP7", "keys": "suse-build-key",
	},
	"opensuse-leap": {
		"like": ["suse", "opensuse"], "version_id": "16.0", "vendor": "openSUSE",
		"release": "160000.1.1", "pretty_name": "openSUSE Leap 16.0", "domain": "opensuse.org",
		"path": "/distribution/leap/16.0", "keys": "openSUSE-build-key",
	},
	"azurelinux": {
		"like": [], "version_id": "3.0", "vendor": "Microsoft Corporation", "release": "1.azl3",
		"pretty_name": "Microsoft Azure Linux 3.0", "domain": "microsoft.com",
		"path": "/azurelinux/3.0/prod", "keys": "azurelinux-repos-shared",
	},
	"photon": {
		"like": [], "version_id": "5.0", "vendor": "VMware, Inc.", "release": "1.ph5",
		"pretty_name": "VMware Photon OS/Linux", "domain": "broadcom.com", "path": "/photon/5.0",
		"keys": "photon-repos",
	},
}

_rpm_image(id, base) := object.union(_base, {
	"distro": {
		"id": id, "id_like": base.like, "name": base.pretty_name, "pretty_name": base.pretty_name,
		"version_id": base.version_id, "version_codename": null, "native_package_type": "rpm",
		"markers": [],
	},
	"packages": [object.union(records.package_of("bash", sprintf("5.2-%s", [base.release])), {
		"type": "rpm", "purl": null, "vendor": base.vendor, "database": "/usr/lib/sysimage/rpm/rpmdb.sqlite",
	})],
	"package_databases": [object.union(records.database("complete"), {
		"type": "rpm", "path": "/usr/lib/sysimage/rpm/rpmdb.sqlite",
	})],
	"package_managers": [object.union(records.manager(true, []), {
		"name": "dnf", "type": "rpm", "path": "/usr/bin/dnf",
	})],
	"repositories": [records.repository(
		sprintf("https://mirror.%s%s", [base.domain, base.path]),
		sprintf("mirror.%s", [base.domain]),
	)],
	"trust_keys": [object.union(
		records.trust_key("/etc/pki/rpm-gpg/RPM-GPG-KEY", "00"),
		{"owner": base.keys},
	)],
	"layout": {"top_level": array.concat(layout_records.untouched.top_level, [records.foreign_entry("/afs")])},
})
