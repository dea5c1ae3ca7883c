//! What package tools were told not to unpack: dpkg's `path-exclude` and pacman's `NoExtract`.
//!
//! Semantics: dpkg(1), `--path-exclude`: fnmatch(3) without flags, so that `*` and `?` match slashes
//! too, and the last rule that matches decides. pacman.conf(5), `NoExtract`: the same.

use super::model::PackageType;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Whose packages it is for.
    pub package_type: PackageType,
    /// Glob as written: of paths with a slash in front for dpkg, without one for pacman.
    pub pattern: Vec<u8>,
    /// Whether it takes paths back in that an earlier rule left out.
    pub includes: bool,
}

/// Rules that are kept of one image, and bytes of one pattern. Ubuntu's minimal images have ten.
pub const MAX_RULES: usize = 200;
/// Longest pattern.
pub const MAX_PATTERN: usize = 1_024;

/// Bytes of patterns times bytes of paths that are compared: some seconds of work at the very most.
/// Ten rules over a hundred thousand missing files take a tenth of it.
const MAX_WORK: u64 = 4_000_000_000;

/// The rules, with the work that may still be spent on them.
pub struct Exclusions<'a> {
    rules: &'a [Exclusion],
    pattern_bytes: u64,
    work_left: u64,
    /// Paths of which it was too much work to say; they count as left out.
    pub unmatched: u64,
}

impl<'a> Exclusions<'a> {
    /// These rules, in the order they were said.
    pub fn new(rules: &'a [Exclusion]) -> Self {
        Self {
            rules,
            pattern_bytes: rules.iter().map(|rule| rule.pattern.len() as u64).sum(),
            work_left: MAX_WORK,
            unmatched: 0,
        }
    }

    /// Whether a package's path, without a slash in front, was to be left out.
    pub fn leave_out(&mut self, package_type: PackageType, path: &[u8]) -> bool {
        let work = self.pattern_bytes.saturating_mul(path.len() as u64);
        let Some(left) = self.work_left.checked_sub(work) else {
            self.unmatched = self.unmatched.saturating_add(1);
            return true;
        };
        self.work_left = left;
        let with_slash = [b"/", path].concat();
        let as_written = match package_type {
            PackageType::Alpm => path,
            _ => &with_slash,
        };
        let last = self
            .rules
            .iter()
            .rev()
            .find(|rule| rule.package_type == package_type && rule.matches(as_written));
        last.is_some_and(|rule| !rule.includes)
    }
}

impl Exclusion {
    fn matches(&self, path: &[u8]) -> bool {
        glob_matches(&self.pattern, path)
    }
}

/// fnmatch(3) without flags, in the C locale and without its named classes. Takes at most bytes of
/// the pattern times bytes of the text steps.
pub fn glob_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut rest, mut left) = (pattern, text);
    // Where to go on when the rest does not match: after the last star, one byte further.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        if rest.is_empty() && left.is_empty() {
            return true;
        }
        if let Some(after) = rest.strip_prefix(b"*") {
            star = Some((after, left));
            rest = after;
            continue;
        }
        let step = left.split_first().and_then(|(&byte, below)| {
            let after = match_one(rest, byte)?;
            Some((after, below))
        });
        match (step, star) {
            (Some((after, below)), _) => (rest, left) = (after, below),
            (None, Some((after, from))) => {
                let Some((_, below)) = from.split_first() else {
                    return false;
                };
                star = Some((after, below));
                (rest, left) = (after, below);
            }
            (None, None) => return false,
        }
    }
}

/// Matches the first element of a pattern, which is no star; what comes after it when it matches.
fn match_one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (&first, after) = pattern.split_first()?;
    match first {
        b'?' => Some(after),
        b'[' => match class(after, byte) {
            Some((has, after)) => has.then_some(after),
            // A bracket that is never closed stands for itself.
            None => (byte == b'[').then_some(after),
        },
        b'\\' => {
            let (&escaped, after) = after.split_first()?;
            (escaped == byte).then_some(after)
        }
        literal => (literal == byte).then_some(after),
    }
}

/// Reads a class up to its closing bracket: whether it has this byte, and what comes after it. A
/// bracket that stands first, also after `!`, is one of its members (glob(7)).
fn class(pattern: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let (negated, members) = match pattern {
        [b'!' | b'^', members @ ..] => (true, members),
        members => (false, members),
    };
    let mut rest = members;
    let mut has = false;
    loop {
        if rest.len() < members.len() && rest.first() == Some(&b']') {
            return Some((has != negated, rest.get(1..)?));
        }
        let (low, after) = member(rest)?;
        let (high, after) = match after {
            [b'-', end @ ..] if end.first().is_some_and(|&b| b != b']') => member(end)?,
            after => (low, after),
        };
        has = has || (low..=high).contains(&byte);
        rest = after;
    }
}

/// A byte of a class, or the one after a backslash.
fn member(pattern: &[u8]) -> Option<(u8, &[u8])> {
    match pattern {
        [b'\\', byte, after @ ..] | [byte, after @ ..] => Some((*byte, after)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Exclusion, Exclusions, glob_matches};
    use crate::facts::model::PackageType;

    fn fnmatch(pattern: &str, text: &str) -> bool {
        glob_matches(pattern.as_bytes(), text.as_bytes())
    }

    #[test]
    fn globs_match_as_fnmatch_does_without_flags() {
        assert!(fnmatch("usr/*/READ*", "usr/share/doc/package/README"));
        assert!(fnmatch("usr/share?doc/a", "usr/share/doc/a"));
        assert!(fnmatch("a*b*c", "a/b/b/c"));
        assert!(!fnmatch("a*b*c", "a/b/b/"));
        assert!(!fnmatch("usr/share/doc", "usr/share/doc/a"));
        assert!(fnmatch("[a-c]x[!0-9]", "bxy"));
        assert!(!fnmatch("[a-c]x[!0-9]", "bx1"));
        assert!(fnmatch("[]x]", "]") && fnmatch("[!]]", "a") && !fnmatch("[!]]", "]"));
        assert!(fnmatch(r"[a\]]x", "]x") && !fnmatch(r"[/b\c*]", r"\"));
        assert!(fnmatch("[-a]", "-") && fnmatch("a[", "a[") && !fnmatch("a[", "ab"));
        assert!(fnmatch(r"\*", "*") && !fnmatch(r"\*", "a") && !fnmatch("a\\", "a"));
        assert!(fnmatch("*", "") && fnmatch("", "") && !fnmatch("", "a") && !fnmatch("?", ""));
    }

    fn rule(package_type: PackageType, pattern: &str, includes: bool) -> Exclusion {
        Exclusion {
            package_type,
            pattern: pattern.into(),
            includes,
        }
    }

    #[test]
    fn the_last_rule_that_matches_decides_and_only_for_its_own_packages() {
        let rules = [
            rule(PackageType::Deb, "/usr/share/doc/*", false),
            rule(PackageType::Deb, "*/doc/*/copyright", true),
            rule(PackageType::Alpm, "usr/share/man/*", false),
        ];
        let mut all = Exclusions::new(&rules);
        let mut deb = |path: &str| all.leave_out(PackageType::Deb, path.as_bytes());
        assert!(deb("usr/share/doc/a/README"));
        assert!(!deb("usr/share/doc/a/copyright"));
        assert!(!deb("usr/share/man/a"));
        let mut alpm = |path: &str| all.leave_out(PackageType::Alpm, path.as_bytes());
        assert!(alpm("usr/share/man/a"));
        assert!(!alpm("usr/share/man"));
        assert!(!alpm("usr/share/doc/a/README"));
    }

    #[test]
    fn work_has_an_end() {
        let rules = [rule(PackageType::Deb, &"*a".repeat(500), false)];
        let mut all = Exclusions::new(&rules);
        let path = vec![b'b'; 100_000];
        let counted = |all: &mut Exclusions<'_>| {
            for _ in 0..50 {
                all.leave_out(PackageType::Deb, &path);
            }
            all.unmatched
        };
        assert_eq!((counted(&mut all), counted(&mut all)), (10, 60));
    }
}
