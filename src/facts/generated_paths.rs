//! Paths that package tools or the container runtime write without listing them in a package.
//!
//! Each group names the program or package script that writes them; those are the sources.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Globs in which `*` stays within one directory and `**` does not, grouped by who writes them.
const GENERATED: &[(&str, &[&str])] = &[
    (
        "dpkg",
        &["var/lib/dpkg/**", "var/log/dpkg.log", "var/backups/dpkg.*"],
    ),
    (
        "apt",
        &[
            "var/lib/apt/**",
            "var/cache/apt/**",
            "var/log/apt/**",
            "var/log/bootstrap.log",
        ],
    ),
    (
        "update-alternatives",
        &["etc/alternatives/*", "var/log/alternatives.log"],
    ),
    (
        "debconf, ucf",
        &["var/cache/debconf/*", "var/lib/ucf/**", "etc/ucf.conf"],
    ),
    (
        "base-files and base-passwd postinst",
        &[
            "etc/passwd",
            "etc/passwd-",
            "etc/group",
            "etc/group-",
            "etc/profile",
            "etc/motd",
            "etc/nsswitch.conf",
            "etc/environment",
            "root/.profile",
            "root/.bashrc",
            "etc/dpkg/origins/default",
            "usr/share/base-files/*",
        ],
    ),
    (
        "shadow (useradd, pwconv)",
        &[
            "etc/shadow",
            "etc/shadow-",
            "etc/gshadow",
            "etc/gshadow-",
            "etc/subuid",
            "etc/subuid-",
            "etc/subgid",
            "etc/subgid-",
            "etc/.pwd.lock",
            "var/log/faillog",
            "var/log/lastlog",
            "var/log/btmp",
            "var/log/wtmp",
        ],
    ),
    ("ldconfig", &["etc/ld.so.cache", "var/cache/ldconfig/**"]),
    (
        "update-ca-certificates",
        &[
            "etc/ssl/certs/*",
            "etc/ca-certificates.conf",
            "etc/ssl/certs/java/cacerts",
        ],
    ),
    (
        "ssl-cert postinst (make-ssl-cert)",
        &["etc/ssl/private/ssl-cert-snakeoil.key"],
    ),
    ("pam-auth-update", &["etc/pam.d/common-*", "var/lib/pam/*"]),
    (
        "update-shells (debianutils)",
        &["etc/shells", "var/lib/shells.state"],
    ),
    ("tzdata postinst", &["etc/localtime", "etc/timezone"]),
    (
        "update-rc.d, deb-systemd-helper",
        &[
            "etc/rc?.d/*",
            "etc/systemd/**",
            "var/lib/systemd/**",
            "etc/init.d/.depend.*",
        ],
    ),
    (
        "locale-gen",
        &["usr/lib/locale/**", "etc/default/locale", "etc/locale.gen"],
    ),
    (
        "install-info",
        &["usr/share/info/dir", "usr/share/info/dir.old"],
    ),
    ("man-db", &["var/cache/man/**"]),
    (
        "usrmerge, debootstrap, base-files",
        &[
            "bin",
            "sbin",
            "lib",
            "lib32",
            "lib64",
            "libx32",
            "usr/lib64",
            "usr/sbin",
        ],
    ),
    (
        "py3compile, CPython",
        &["**/__pycache__/*.pyc", "**/__pycache__/*.pyo"],
    ),
    (
        "triggers of desktop packages",
        &[
            "usr/share/mime/**",
            "usr/share/icons/*/icon-theme.cache",
            "usr/share/applications/mimeinfo.cache",
            "var/cache/fontconfig/**",
            "etc/fonts/conf.d/*",
            "usr/share/glib-2.0/schemas/gschemas.compiled",
            "usr/lib/*/gdk-pixbuf-*/*/loaders.cache",
            "usr/lib/*/gio/modules/giomodule.cache",
        ],
    ),
    (
        "update-catalog, update-xmlcatalog",
        &[
            "etc/sgml/*",
            "etc/xml/*",
            "var/lib/xml-core/*",
            "var/lib/sgml-base/*",
        ],
    ),
    (
        "openjdk postinst (java -Xshare:dump)",
        &["usr/lib/jvm/*/lib/server/classes*.jsa"],
    ),
    (
        "texlive, tex-common",
        &["var/lib/texmf/**", "etc/texmf/**", "var/lib/tex-common/**"],
    ),
    (
        "dictionaries-common",
        &[
            "var/cache/dictionaries-common/**",
            "etc/dictionaries-common/*",
        ],
    ),
    (
        "adduser, openssh, misc postinst",
        &["etc/ssh/ssh_host_*_key.pub", "var/lib/misc/**"],
    ),
    (
        "apk",
        &[
            "lib/apk/**",
            "usr/lib/apk/**",
            "etc/apk/world",
            "etc/apk/arch",
            "var/cache/apk/**",
            "var/log/apk.log",
        ],
    ),
    (
        "pacman",
        &[
            "var/lib/pacman/**",
            "var/cache/pacman/**",
            "var/log/pacman.log",
            "etc/pacman.d/gnupg/**",
        ],
    ),
    ("busybox --install", &["etc/busybox-paths.d/*"]),
    ("apko (image builder)", &["etc/apko.json"]),
];

/// Files a container runtime mounts over or an image builder leaves (Docker, containerd,
/// BuildKit): never part of any package.
const PLUMBING: [&str; 7] = [
    ".dockerenv",
    "etc/hostname",
    "etc/hosts",
    "etc/mtab",
    "etc/resolv.conf",
    "etc/machine-id",
    "run/.containerenv",
];

static GLOBS: LazyLock<GlobSet> = LazyLock::new(|| {
    let mut builder = GlobSetBuilder::new();
    for pattern in GENERATED.iter().flat_map(|(_, patterns)| *patterns) {
        // A test builds every pattern of the table.
        if let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() {
            builder.add(glob);
        }
    }
    builder.build().unwrap_or_default()
});

/// Whether a package tool writes this path. Private keys are never excused: a tool that makes one
/// in an image makes the same one for everybody who pulls it.
pub fn is_generated(path: &[u8]) -> bool {
    std::str::from_utf8(path).is_ok_and(|path| GLOBS.is_match(path))
}

/// Whether the container runtime or an image builder puts this file there.
pub fn is_plumbing(path: &[u8]) -> bool {
    PLUMBING.iter().any(|known| known.as_bytes() == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_table_is_a_glob() {
        let patterns = GENERATED.iter().flat_map(|(_, patterns)| *patterns).count();
        assert_eq!(GLOBS.len(), patterns);
    }

    #[test]
    fn a_star_does_not_reach_into_a_subdirectory() {
        assert!(is_generated(b"etc/ssl/certs/ca-certificates.crt"));
        assert!(!is_generated(b"etc/ssl/certs/deeper/x"));
        assert!(is_generated(
            b"usr/lib/python3/dist-packages/__pycache__/x.pyc"
        ));
        assert!(!is_generated(b"usr/lib/x86_64-linux-gnu/libx.so"));
    }
}
