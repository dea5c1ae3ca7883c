//! Versions that well-known programs and libraries state in a text of their own.
//!
//! Nothing marks such a text: a program built by hand states it and says nothing else. So each is
//! looked for only in files of its program's names, and counts only when the file has one version
//! so written and no second.

use serde::{Deserialize, Serialize};

use super::regions::Regions;

/// Longest version taken.
const MAX_VERSION: usize = 32;

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
    /// What stands before the version, and after it.
    before: &'static [u8],
    after: &'static [u8],
    /// Whether letters and further digits may follow the numbers and dots.
    letters: bool,
}

const fn row(
    product: &'static str,
    files: &'static [&'static str],
    before: &'static [u8],
    after: &'static [u8],
) -> Row {
    Row {
        product,
        files,
        before,
        after,
        letters: false,
    }
}

const fn with_letters(row: Row) -> Row {
    Row {
        letters: true,
        ..row
    }
}

/// Each row is what the product's own source prints or sends, and was seen in the binaries of
/// Debian 12, whose package's upstream version it gave.
const ROWS: &[Row] = &[
    row("bash", &["bash"], b"@(#)Bash version ", b"("),
    row("busybox", &["busybox"], b"BusyBox v", b" "),
    row("coturn", &["turnserver"], b"Coturn-", b" "),
    row("curl", &["curl"], b"\0curl/", b"\0"),
    row(
        "curl",
        &["libcurl.so*", "libcurl-gnutls.so*"],
        b"libcurl/",
        b"\0",
    ),
    row("dnsmasq", &["dnsmasq"], b"\0dnsmasq-", b"\0"),
    row("dovecot", &["dovecot"], b"Dovecot v", b" "),
    row(
        "dropbear",
        &["dropbear", "dbclient", "dropbearmulti"],
        b"SSH-2.0-dropbear_",
        b"",
    ),
    row(
        "expat",
        &["libexpat.so*", "libexpatw.so*"],
        b"\0expat_",
        b"\0",
    ),
    row(
        "ffmpeg",
        &["ffmpeg", "ffprobe", "libavutil.so*"],
        b"FFmpeg version ",
        b"",
    ),
    row(
        "git",
        &["git", "scalar", "git-remote-http"],
        b"\0git/",
        b"\0",
    ),
    row("gnutls", &["libgnutls.so*"], b"Enabled GnuTLS ", b" "),
    row("haproxy", &["haproxy"], b" version ", b""),
    row("httpd", &["httpd", "apache2"], b"\0Apache/", b"\0"),
    row("keepalived", &["keepalived"], b"Keepalived v", b" "),
    row("lighttpd", &["lighttpd"], b"(lighttpd/", b")"),
    row(
        "lua",
        &["lua", "lua5*", "luac*", "liblua*"],
        b"$LuaVersion: Lua ",
        b" ",
    ),
    row("mariadb", &["mariadbd", "mysqld"], b"\0", b"-MariaDB"),
    row("memcached", &["memcached"], b"\0memcached ", b"\0"),
    row("monit", &["monit"], b">monit ", b"<"),
    row("nginx", &["nginx"], b"nginx version: nginx/", b""),
    row(
        "node",
        &["node", "nodejs", "libnode.so*"],
        b"/download/release/v",
        b"/node-v",
    ),
    with_letters(row(
        "openssl",
        &["openssl", "libcrypto.so*"],
        b"\0OpenSSL ",
        b" ",
    )),
    row("perl", &["perl", "perl5*", "libperl.so*"], b"\0v", b"\0"),
    row("pgbouncer", &["pgbouncer"], b"PgBouncer ", b""),
    row(
        "php",
        &["php", "php7*", "php8*", "php-fpm*", "libphp*"],
        b"X-Powered-By: PHP/",
        b"",
    ),
    row("postfix", &["postfix", "postconf"], b"mail_version=", b"\0"),
    with_letters(row(
        "postgresql",
        &["postgres"],
        b"postgres (PostgreSQL) ",
        b"",
    )),
    row("privoxy", &["privoxy"], b"Privoxy version ", b""),
    with_letters(row("proftpd", &["proftpd"], b"ProFTPD Version ", b"")),
    with_letters(row(
        "python",
        &["python", "python3*", "libpython3*"],
        b"\0",
        b"\0",
    )),
    row("redis", &["redis-*"], b"\0", b"\0"),
    row(
        "ruby",
        &["ruby", "ruby2*", "ruby3*", "libruby*"],
        b"\0ruby ",
        b"p",
    ),
    row("sqlite", &["sqlite3", "libsqlite3.so*"], b"\0", b"\0"),
    row("squid", &["squid"], b"\0squid/", b"\0"),
    row("stunnel", &["stunnel", "stunnel4"], b"stunnel ", b" on "),
    row("tini", &["tini", "tini-static"], b"tini version ", b""),
    row("tor", &["tor"], b"(tor ", b")"),
    row("unbound", &["unbound"], b"\0unbound ", b"\0"),
    row("varnish", &["varnishd"], b"varnish-", b" revision"),
    row("vsftpd", &["vsftpd"], b"vsftpd: version ", b""),
    row("zlib", &["libz.so*"], b" deflate ", b" Copyright"),
];

/// What the file of this name states, if its name is known and one version is found.
pub(super) fn find(name: &[u8], file: Regions<'_>) -> Option<Stated> {
    let rows = ROWS.iter().filter(|row| row.is_of(name));
    rows.filter_map(|row| {
        let version = row.only(file.parts())?;
        Some(Stated {
            product: row.product.into(),
            version: version.into(),
        })
    })
    .next()
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
    fn only<'a>(&self, parts: impl Iterator<Item = &'a [u8]>) -> Option<&'a str> {
        let mut found = None;
        for part in parts {
            let places = part
                .windows(self.before.len())
                .enumerate()
                .filter(|(_, window)| *window == self.before);
            for (at, _) in places {
                let rest = part.get(at.saturating_add(self.before.len())..);
                match (rest.and_then(|rest| self.version(rest)), found) {
                    (Some(version), Some(known)) if version != known => return None,
                    (version, known) => found = known.or(version),
                }
            }
        }
        found
    }

    /// The version `rest` begins with: two or three numbers at least, and what must follow.
    fn version<'a>(&self, rest: &'a [u8]) -> Option<&'a str> {
        let length = |text: &[u8], is: fn(&u8) -> bool| text.iter().take_while(|b| is(b)).count();
        let numbers = length(rest, |b| b.is_ascii_digit() || *b == b'.');
        let letters = match rest.get(numbers..) {
            Some(more) if self.letters => length(more, u8::is_ascii_alphanumeric),
            _ => 0,
        };
        let (version, after) = rest.split_at_checked(numbers.checked_add(letters)?)?;
        let version = std::str::from_utf8(version).ok()?;
        let numbers = version.get(..numbers)?.split('.').collect::<Vec<_>>();
        // Between two zeros stands any text at all: three numbers make a version there.
        let fewest = if self.before == b"\0" { 3 } else { 2 };
        let sound = numbers.len() >= fewest
            && numbers.iter().all(|number| !number.is_empty())
            && version.len() <= MAX_VERSION
            && after.starts_with(self.after);
        sound.then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(product: &str, parts: &[&'static [u8]]) -> Option<&'static str> {
        let row = ROWS.iter().find(|row| row.product == product).unwrap();
        row.only(parts.iter().copied())
    }

    #[test]
    fn a_version_is_read_where_its_product_writes_it() {
        assert_eq!(
            only("nginx", &[b"x nginx version: nginx/1.22.1\0"]),
            Some("1.22.1")
        );
        assert_eq!(
            only("openssl", &[b"\0OpenSSL 1.1.1w  11 Sep 2023"]),
            Some("1.1.1w")
        );
        assert_eq!(only("ruby", &[b"\0ruby 3.1.2p20 (2022"]), Some("3.1.2"));
        assert_eq!(
            only("mariadb", &[b"\x0010.11.19-MariaDB\0"]),
            Some("10.11.19")
        );
        assert_eq!(
            only("postgresql", &[b"postgres (PostgreSQL) 17beta1\n"]),
            None
        );
    }

    #[test]
    fn nothing_is_said_where_two_versions_or_none_are_found() {
        assert_eq!(only("redis", &[b"\x007.0.15\0", b"\x005.1.5\0"]), None);
        assert_eq!(
            only("redis", &[b"\x007.0.15\0", b"\x007.0.15\0"]),
            Some("7.0.15")
        );
        assert_eq!(only("redis", &[b"\x007.0.\0 7.0.15"]), None);
        assert_eq!(only("nginx", &[b"nginx version: nginx/"]), None);
    }

    #[test]
    fn a_file_is_known_by_its_name() {
        let of = |name: &str| ROWS.iter().any(|row| row.is_of(name.as_bytes()));
        assert!(of("libcrypto.so.3") && of("nginx") && of("python3.11"));
        assert!(!of("nginx-debug") && !of("xnginx") && !of(""));
    }
}
