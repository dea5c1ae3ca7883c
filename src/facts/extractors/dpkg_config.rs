//! How dpkg was told to differ from its packages: path filters and stat overrides.
//!
//! Formats: dpkg(1), `--path-exclude` and "FILES" (`dpkg.cfg`, `dpkg.cfg.d`); dpkg-statoverride(1),
//! whose file has lines `user group mode path`.

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::exclusions::{Exclusion, MAX_PATTERN, MAX_RULES};
use crate::facts::model::{GapKind, PackageType, Topic};
use crate::facts::text::lines;
use crate::facts::wanted::{Files, Found};

const CONFIG: &str = "etc/dpkg/dpkg.cfg";
const CONFIG_D: &str = "etc/dpkg/dpkg.cfg.d";
const OVERRIDES: &str = "var/lib/dpkg/statoverride";
/// Stat overrides that are kept; a full desktop has some tens.
const MAX_OVERRIDES: usize = 10_000;

/// Reads dpkg's configuration and its stat overrides.
pub struct DpkgConfigExtractor;

impl Extractor for DpkgConfigExtractor {
    fn name(&self) -> &'static str {
        "dpkg-config"
    }

    fn wants(&self) -> Vec<Want> {
        vec![
            Want::Path(CONFIG),
            Want::In(CONFIG_D, ""),
            Want::Path(OVERRIDES),
        ]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        // dpkg reads the directory first, then the file (dpkg, `lib/dpkg/options.c`).
        let mut found = files.within(CONFIG_D, "", Topic::Integrity, &mut out);
        found.retain(|file| is_read(&file.name));
        found.extend(files.one(CONFIG, Topic::Integrity, &mut out));
        for file in &found {
            read_filters(file, &mut out);
        }
        if let Some(file) = files.one(OVERRIDES, Topic::Integrity, &mut out) {
            read_overrides(&file, &mut out);
        }
        out
    }
}

/// Names dpkg reads in `dpkg.cfg.d` (dpkg(1), "FILES"): `[0-9a-zA-Z_-]*`.
fn is_read(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    !name.is_empty() && name.bytes().all(allowed)
}

fn read_filters(file: &Found<'_>, out: &mut Extraction) {
    let mut left_out = 0u64;
    for line in lines(&file.bytes) {
        let Some((includes, pattern)) = path_filter(line.trim_ascii()) else {
            continue;
        };
        if pattern.len() > MAX_PATTERN || out.excluded.len() >= MAX_RULES {
            left_out = left_out.saturating_add(1);
            continue;
        }
        out.excluded.push(Exclusion {
            package_type: PackageType::Deb,
            pattern: pattern.to_vec(),
            includes,
        });
    }
    if left_out > 0 {
        let detail = format!("{left_out} path filters are too long or too many");
        let at = (file.path.as_str(), file.layer);
        out.gap(Topic::Integrity, GapKind::Limit, at, &detail);
    }
}

/// `path-exclude=GLOB` or `path-include GLOB`: spaces, an equals sign or both stand between, and one
/// pair of quotes may be around the value (dpkg, `lib/dpkg/options.c`).
fn path_filter(line: &[u8]) -> Option<(bool, &[u8])> {
    let (includes, rest) = match line.strip_prefix(b"path-exclude") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix(b"path-include")?),
    };
    let separated = rest.first().is_some_and(|b| b" \t=".contains(b));
    let value = rest.trim_ascii_start();
    let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii();
    let quoted = value.strip_prefix(b"\"");
    let value = quoted
        .and_then(|rest| rest.strip_suffix(b"\""))
        .unwrap_or(value);
    (separated && !value.is_empty()).then_some((includes, value))
}

fn read_overrides(file: &Found<'_>, out: &mut Extraction) {
    let mut bad_lines = 0u64;
    let mut all = lines(&file.bytes).filter(|line| !line.is_empty());
    for line in all.by_ref().take(MAX_OVERRIDES) {
        match overridden_path(line) {
            Some(path) => out.overridden.push(path.to_vec()),
            None => bad_lines = bad_lines.saturating_add(1),
        }
    }
    let at = (file.path.as_str(), file.layer);
    if bad_lines > 0 {
        let detail = format!("{bad_lines} lines are no overrides");
        out.gap(Topic::Integrity, GapKind::Corrupt, at, &detail);
    }
    if all.next().is_some() {
        let detail = format!("only the first {MAX_OVERRIDES} overrides were read");
        out.gap(Topic::Integrity, GapKind::Limit, at, &detail);
    }
}

/// The path of `user group mode path`, without its slash; it may hold spaces.
fn overridden_path(line: &[u8]) -> Option<&[u8]> {
    let mut parts = line.splitn(4, |&b| b == b' ');
    let (_user, _group, mode) = (parts.next()?, parts.next()?, parts.next()?);
    let octal = !mode.is_empty() && mode.iter().all(|b| (b'0'..=b'7').contains(b));
    let path = parts.next()?.strip_prefix(b"/")?;
    (octal && !path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::{is_read, overridden_path, path_filter};

    #[test]
    fn filters_are_written_in_several_ways() {
        let glob = b"/usr/share/doc/*".as_slice();
        for line in [
            "path-exclude=/usr/share/doc/*",
            "path-exclude /usr/share/doc/*",
            "path-exclude = /usr/share/doc/*",
            "path-exclude \"/usr/share/doc/*\"",
        ] {
            assert_eq!(path_filter(line.as_bytes()), Some((false, glob)), "{line}");
        }
        let line = b"path-include=/a";
        assert_eq!(path_filter(line), Some((true, b"/a".as_slice())));
        for line in [
            "#path-exclude=/a",
            "path-excluded=/a",
            "path-exclude=",
            "log /a",
        ] {
            assert_eq!(path_filter(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn backups_are_not_read() {
        assert!(is_read("excludes") && is_read("01_docker-apt"));
        assert!(!is_read("excludes.dpkg-old") && !is_read(""));
    }

    #[test]
    fn an_override_has_four_parts() {
        let line = b"root ssl-cert 710 /etc/ssl/a b";
        assert_eq!(overridden_path(line), Some(b"etc/ssl/a b".as_slice()));
        assert_eq!(overridden_path(b"#1 #2 0755 /a"), Some(b"a".as_slice()));
        for line in ["root root 9 /a", "root root 755", "root root 755 a"] {
            assert_eq!(overridden_path(line.as_bytes()), None, "{line}");
        }
    }
}
