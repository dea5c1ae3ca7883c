//! Versions that well-known programs and libraries state in a text of their own.
//!
//! Nothing marks such a text: a program built by hand states it and says nothing else. So each is
//! looked for only in files of its program's names, and counts only when the file has one version
//! so written and no second.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::regions::Regions;

/// Longest version taken.
const MAX_VERSION: usize = 32;
/// Versions of which one is confirmed by the number of a build; a program holds some of others' too.
const MAX_CANDIDATES: usize = 64;

/// What a file states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// Name of the product.
    pub product: Box<str>,
    /// Its version.
    pub version: Box<str>,
}

/// How one product states its version.
struct Row {
    product: &'static str,
    /// Names of its files; one `*` at the end stands for anything.
    files: &'static [&'static str],
    how: How,
}

/// Where the version is.
enum How {
    /// Between two texts; the second may follow at once or up to so many bytes later.
    Between(&'static str, &'static str, usize),
    /// The same, and letters and further digits may follow the numbers.
    Lettered(&'static str, &'static str),
    /// At the end of a text, and beginning with the numbers in the file's name.
    AsNamed,
    /// By itself, and again before the number of the build.
    BeforeBuild,
}

const fn row(product: &'static str, files: &'static [&'static str], how: How) -> Row {
    Row {
        product,
        files,
        how,
    }
}

use How::{AsNamed, BeforeBuild, Between, Lettered};

/// Each row is what the product's own source prints or sends, and was seen in the binaries of
/// Debian 12, whose package's upstream version it gave.
const ROWS: &[Row] = &[
    row("bash", &["bash"], Between("@(#)Bash version ", "(", 0)),
    row("busybox", &["busybox"], Between("BusyBox v", " ", 0)),
    row("coturn", &["turnserver"], Between("Coturn-", " ", 0)),
    row("curl", &["curl"], Between("curl/", "\0", 0)),
    row(
        "curl",
        &["libcurl.so*", "libcurl-gnutls.so*"],
        Between("libcurl/", "\0", 0),
    ),
    row("dnsmasq", &["dnsmasq"], Between("dnsmasq-", "\0", 0)),
    row("dovecot", &["dovecot"], Between("Dovecot v", " ", 0)),
    row(
        "dropbear",
        &["dropbear", "dbclient", "dropbearmulti"],
        Between("SSH-2.0-dropbear_", "", 0),
    ),
    row(
        "expat",
        &["libexpat.so*", "libexpatw.so*"],
        Between("expat_", "\0", 0),
    ),
    row(
        "ffmpeg",
        &["ffmpeg", "ffprobe", "libavutil.so*"],
        Between("FFmpeg version ", "", 0),
    ),
    row(
        "git",
        &["git", "scalar", "git-remote-http"],
        Between("git/", "\0", 0),
    ),
    row(
        "gnutls",
        &["libgnutls.so*"],
        Between("Enabled GnuTLS ", " ", 0),
    ),
    row(
        "haproxy",
        &["haproxy"],
        Between(" version ", ", released ", 32),
    ),
    row("httpd", &["httpd", "apache2"], Between("Apache/", " (", 0)),
    row(
        "keepalived",
        &["keepalived"],
        Between("Keepalived v", " ", 0),
    ),
    row("lighttpd", &["lighttpd"], Between("(lighttpd/", ")", 0)),
    row(
        "lua",
        &["lua", "lua5*", "luac*", "liblua*"],
        Between("$LuaVersion: Lua ", " ", 0),
    ),
    row(
        "mariadb",
        &["mariadbd", "mysqld"],
        Between("\0", "-MariaDB", 0),
    ),
    row("memcached", &["memcached"], Between("memcached ", "\0", 0)),
    row("monit", &["monit"], Between(">monit ", "<", 0)),
    row("nginx", &["nginx"], Between("nginx version: nginx/", "", 0)),
    row(
        "node",
        &["node", "nodejs", "libnode.so*"],
        Between("/download/release/v", "/node-v", 0),
    ),
    row(
        "openssl",
        &["openssl", "libcrypto.so*"],
        Lettered("OpenSSL ", " "),
    ),
    row(
        "perl",
        &["perl", "perl5*", "libperl.so*"],
        Between("\0v", "\0", 0),
    ),
    row("pgbouncer", &["pgbouncer"], Between("PgBouncer ", "", 0)),
    row(
        "php",
        &["php", "php7*", "php8*", "php-fpm*", "libphp*"],
        Between("X-Powered-By: PHP/", "", 0),
    ),
    row(
        "postfix",
        &["postfix", "postconf"],
        Between("mail_version=", "\0", 0),
    ),
    row(
        "postgresql",
        &["postgres"],
        Lettered("postgres (PostgreSQL) ", ""),
    ),
    row("privoxy", &["privoxy"], Between("Privoxy version ", "", 0)),
    row("proftpd", &["proftpd"], Lettered("ProFTPD Version ", "")),
    row("python", &["python3*", "libpython3*"], AsNamed),
    row("redis", &["redis-*"], BeforeBuild),
    row(
        "ruby",
        &["ruby", "ruby2*", "ruby3*", "libruby*"],
        Between("ruby ", "p", 0),
    ),
    row("squid", &["squid"], Between("squid/", "\0", 0)),
    row(
        "stunnel",
        &["stunnel", "stunnel4"],
        Between("stunnel ", " on ", 0),
    ),
    row(
        "tini",
        &["tini", "tini-static"],
        Between("tini version ", "", 0),
    ),
    row("tor", &["tor"], Between("(tor ", ")", 0)),
    row("unbound", &["unbound"], Between("unbound ", "\0", 0)),
    row(
        "varnish",
        &["varnishd"],
        Between("varnish-", " revision", 0),
    ),
    row("vsftpd", &["vsftpd"], Between("vsftpd: version ", "", 0)),
    row("zlib", &["libz.so*"], Between(" deflate ", " Copyright", 0)),
];

/// What the file of this name states, if its name is known and one version is found.
pub(super) fn find(name: &[u8], file: Regions<'_>) -> Option<Stated> {
    let row = ROWS.iter().find(|row| row.is_of(name))?;
    Some(Stated {
        product: row.product.into(),
        version: row.version(name, &|| file.parts())?.into(),
    })
}

impl Row {
    fn is_of(&self, name: &[u8]) -> bool {
        self.files
            .iter()
            .any(|file| match file.as_bytes().strip_suffix(b"*") {
                Some(start) => name.starts_with(start),
                None => name == file.as_bytes(),
            })
    }

    /// The one version stated; `None` when there is none, or more than one.
    fn version<'a, P: Iterator<Item = &'a [u8]>>(
        &self,
        name: &[u8],
        parts: &dyn Fn() -> P,
    ) -> Option<&'a str> {
        let found: BTreeSet<&str> = match self.how {
            Between(before, after, within) => {
                let after = (after.as_bytes(), within);
                between(parts(), before.as_bytes(), after, false)
            }
            Lettered(before, after) => {
                between(parts(), before.as_bytes(), (after.as_bytes(), 0), true)
            }
            AsNamed => {
                let numbers = name.iter().position(u8::is_ascii_digit)?;
                let stem = numbers_at(name.get(numbers..)?).trim_end_matches('.');
                if !stem.contains('.') {
                    return None;
                }
                beginning(parts(), format!("{stem}.").as_bytes())
            }
            BeforeBuild => {
                let alone = between(parts(), b"\0", (b"\0", 0), false);
                if alone.len() > MAX_CANDIDATES {
                    return None;
                }
                let built = parts().flat_map(texts_of_builds);
                let longest = |text: &[u8]| {
                    let starts = alone.iter().filter(|v| text.starts_with(v.as_bytes()));
                    starts.max_by_key(|version| version.len()).copied()
                };
                built.filter_map(longest).collect()
            }
        };
        let mut found = found.into_iter();
        found.next().filter(|_| found.next().is_none())
    }
}

/// Versions that stand between two texts: two numbers at least, three between zeros.
fn between<'a>(
    parts: impl Iterator<Item = &'a [u8]>,
    before: &[u8],
    after: (&[u8], usize),
    lettered: bool,
) -> BTreeSet<&'a str> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(byte);
    let bounded = before.first().is_some_and(u8::is_ascii_alphanumeric);
    let fewest = if before == b"\0" { 3 } else { 2 };
    parts
        .flat_map(|part| places(part, before))
        .filter(|(previous, _)| !(bounded && previous.is_some_and(|byte| is_name(&byte))))
        .filter_map(|(_, found)| version_at(found.get(before.len()..)?, after, lettered))
        .filter(|version| version.split('.').count() >= fewest)
        .collect()
}

/// Versions that begin so and end their text. A compiler may have let a longer text have them at its
/// end.
fn beginning<'a>(parts: impl Iterator<Item = &'a [u8]>, start: &[u8]) -> BTreeSet<&'a str> {
    let goes_on = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    parts
        .flat_map(|part| places(part, start))
        .filter(|(previous, _)| !previous.is_some_and(goes_on))
        .filter_map(|(_, found)| version_at(found, (b"\0", 0), true))
        .collect()
}

/// Where a text is in a part: the byte before it, and all that begins with it.
fn places<'a>(part: &'a [u8], text: &[u8]) -> impl Iterator<Item = (Option<u8>, &'a [u8])> {
    let windows = part.windows(text.len()).enumerate();
    windows.filter_map(move |(at, window)| {
        let previous = at.checked_sub(1).and_then(|at| part.get(at)).copied();
        (window == text).then_some((previous, part.get(at..)?))
    })
}

/// The version that `rest` begins with, if it is one and what must follow does.
fn version_at<'a>(
    rest: &'a [u8],
    (after, within): (&[u8], usize),
    lettered: bool,
) -> Option<&'a str> {
    let numbers = numbers_at(rest);
    let more = rest.get(numbers.len()..)?;
    let letters = match lettered {
        true => more
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count(),
        false => 0,
    };
    let (version, follows) = rest.split_at_checked(numbers.len().checked_add(letters)?)?;
    let ends = (0..=within).any(|skip| {
        let later = follows.get(skip..).unwrap_or_default();
        later.starts_with(after)
    });
    let sound = version.len() <= MAX_VERSION && numbers.split('.').all(|part| !part.is_empty());
    Some(std::str::from_utf8(version).ok()?).filter(|_| sound && ends)
}

/// The digits and dots at the start.
fn numbers_at(bytes: &[u8]) -> &str {
    let is_part = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    let length = bytes.iter().take_while(is_part).count();
    let numbers = bytes.get(..length).unwrap_or_default();
    std::str::from_utf8(numbers).unwrap_or_default()
}

/// Texts that begin with a digit and end with nine hexadecimal ones: Redis joins version, build,
/// whether its source was changed, and the start of its commit (`redisBuildIdRaw`).
fn texts_of_builds(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    const ENDING: usize = 9;
    const LENGTHS: std::ops::RangeInclusive<usize> = 18..=128;
    part.split(|&byte| byte == 0).filter_map(|text| {
        let ending = text
            .len()
            .checked_sub(ENDING)
            .and_then(|at| text.get(at..))?;
        if !ending.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        // What comes before it in the file need not end with a zero.
        let graphic = text.iter().rev().take_while(|byte| byte.is_ascii_graphic());
        let text = text.get(text.len().checked_sub(graphic.count())?..)?;
        let text = text.get(text.iter().position(u8::is_ascii_digit)?..)?;
        LENGTHS.contains(&text.len()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file(name: &str, parts: &[&'static [u8]]) -> Option<String> {
        let row = ROWS.iter().find(|row| row.is_of(name.as_bytes()))?;
        let version = row.version(name.as_bytes(), &|| parts.iter().copied())?;
        Some(format!("{} {version}", row.product))
    }

    #[test]
    fn a_version_is_read_where_its_product_writes_it() {
        for (name, part, expected) in [
            (
                "nginx",
                &b"x nginx version: nginx/1.22.1\0"[..],
                "nginx 1.22.1",
            ),
            (
                "libcrypto.so.1.1",
                b"\0OpenSSL 1.1.1w  11 Sep 2023",
                "openssl 1.1.1w",
            ),
            ("ruby3.1", b"\0ruby 3.1.2p20 (2022", "ruby 3.1.2"),
            ("mariadbd", b"\x0010.11.19-MariaDB\0", "mariadb 10.11.19"),
            (
                "haproxy",
                b" version 2.6.12-1+deb12u4, released 2026",
                "haproxy 2.6.12",
            ),
            ("python3.11", b"\x003.11.2\0 \x0014.0.0\0", "python 3.11.2"),
            (
                "libpython3.12.so.1.0",
                b"/Python-3.12.0rc1\0",
                "python 3.12.0rc1",
            ),
            (
                "redis-server",
                b"\x007.0.15\0\x006.0.0\0A7.0.151790282056000000000\0",
                "redis 7.0.15",
            ),
        ] {
            assert_eq!(in_file(name, &[part]).as_deref(), Some(expected));
        }
    }

    #[test]
    fn nothing_is_said_where_two_versions_or_none_are_found() {
        let two: &[&[u8]] = &[
            b"nginx version: nginx/1.2.3\0",
            b"nginx version: nginx/1.2.4\0",
        ];
        assert_eq!(in_file("nginx", two), None);
        assert_eq!(
            in_file("nginx", &[b"nginx version: nginx/1.2.3\0", two[0]]).as_deref(),
            Some("nginx 1.2.3")
        );
        for (name, part) in [
            ("nginx", &b"nginx version: nginx/"[..]),
            ("nginx", b"nginx version: nginx/1..2"),
            ("redis-server", b"\x007.0.15\0"),
            ("haproxy", b"since version 2.5.\n"),
            ("curl", b"libcurl/7.88.1\0"),
            ("python3", b"\x003.11.2\0"),
            ("postgres", b"postgres (PostgreSQL) 17beta1\n"),
            ("something", b"nginx version: nginx/1.2.3\0"),
        ] {
            assert_eq!(in_file(name, &[part]), None, "{name}");
        }
    }
}
