//! Directories in which packages lie beside each other, and which belong to none.
//!
//! Source: FHS 3.0, chapters 3 to 5 and section 6.1; Debian's multiarch directories (Debian policy,
//! section 9.1.1); Python's directories of packages (`site`).

/// Directories that the standard gives to everybody.
const SHARED: [&str; 55] = [
    "bin",
    "boot",
    "dev",
    "etc",
    "etc/opt",
    "home",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr",
    "usr/bin",
    "usr/games",
    "usr/include",
    "usr/lib",
    "usr/lib32",
    "usr/lib64",
    "usr/libexec",
    "usr/libx32",
    "usr/local",
    "usr/local/bin",
    "usr/local/etc",
    "usr/local/games",
    "usr/local/include",
    "usr/local/lib",
    "usr/local/lib64",
    "usr/local/libexec",
    "usr/local/sbin",
    "usr/local/share",
    "usr/local/src",
    "usr/sbin",
    "usr/share",
    "usr/src",
    "var",
    "var/cache",
    "var/lib",
    "var/lock",
    "var/log",
    "var/mail",
    "var/opt",
    "var/run",
    "var/spool",
    "var/tmp",
    "usr/share/java",
    "usr/lib/jvm",
];

/// Whether a directory (a real path, without a slash in front) is the root or one of the system's.
pub fn is_system(path: &[u8]) -> bool {
    let (directory, name) = split(path);
    let is_multiarch =
        matches!(directory, b"lib" | b"usr/lib") && name.windows(7).any(|part| part == b"-linux-");
    path.is_empty() || is_multiarch || SHARED.iter().any(|shared| shared.as_bytes() == path)
}

/// The same, or one in which packages of a language lie beside each other.
pub fn is_shared(path: &[u8]) -> bool {
    let (_, name) = split(path);
    is_system(path)
        || matches!(
            name,
            b"site-packages" | b"dist-packages" | b"node_modules" | b"nodejs"
        )
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&b| b == b'/') {
        Some(at) => {
            let (directory, name) = path.split_at_checked(at).unwrap_or_default();
            (directory, name.get(1..).unwrap_or_default())
        }
        None => (b"", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_share_is_nobodys() {
        for path in [
            "",
            "usr",
            "opt",
            "usr/local/bin",
            "usr/lib/x86_64-linux-gnu",
            "lib/aarch64-linux-gnu",
            "opt/venv/lib/python3.12/site-packages",
            "app/node_modules",
        ] {
            assert!(is_shared(path.as_bytes()), "{path}");
        }
        assert!(!is_system(b"app/node_modules"));
        for path in [
            "app",
            "opt/java",
            "usr/lib/node_modules/npm",
            "usr/lib/ruby",
            "opt/usr",
        ] {
            assert!(!is_shared(path.as_bytes()), "{path}");
        }
    }
}
