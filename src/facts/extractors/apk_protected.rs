//! Paths apk treats as configuration: it puts a new version beside a changed file there.
//!
//! Source: apk-tools, `src/database.c`: built-in rules `+etc`, `@etc/init.d` and `!etc/apk`, then the
//! lines of `etc/apk/protected_paths.d/*.list`: `+` (or nothing) keeps what was changed, `!` all of
//! it, `@` links alone, `-` nothing, `#` is a comment. A rule holds for a path and what is below it,
//! each part of its glob for one part of the path; the last that matches decides.

use crate::facts::contract::{Claim, Extraction};
use crate::facts::exclusions::{MAX_PATTERN, MAX_RULES, glob_matches};
use crate::facts::model::{Gap, GapKind, Topic};
use crate::facts::text::lines;
use crate::facts::wanted::Files;

/// Where packages and administrators add rules.
pub(super) const PROTECTED_D: &str = "etc/apk/protected_paths.d";
/// Names of the files with rules.
pub(super) const PROTECTED_SUFFIX: &str = ".list";
/// Bytes of rules times bytes of paths that are compared. The rules of a full Alpine over all of its
/// paths take a hundredth of it.
const MAX_WORK: u64 = 1_000_000_000;

/// The rules, last first, and what is left of the work.
pub(super) struct ProtectedPaths {
    rules: Vec<Rule>,
    rule_bytes: u64,
    work_left: u64,
    unmatched: u64,
}

struct Rule {
    /// Glob of a path, without slashes around it.
    pattern: Vec<u8>,
    /// Whether files there are configuration. Rules for links alone leave files to their package.
    protects: bool,
}

impl ProtectedPaths {
    /// The built-in rules and those of the image.
    pub(super) fn read(files: &Files<'_>, out: &mut Extraction) -> Self {
        let built_in = [b"+etc".as_slice(), b"@etc/init.d", b"!etc/apk"];
        let mut rules: Vec<Rule> = built_in.into_iter().filter_map(rule).collect();
        for file in files.within(PROTECTED_D, PROTECTED_SUFFIX, Topic::Integrity, out) {
            let room = MAX_RULES.saturating_sub(rules.len());
            let mut more = lines(&file.bytes).filter_map(rule);
            rules.extend(more.by_ref().take(room));
            let cut = more.next().is_some();
            if cut || rules.iter().any(|rule| rule.pattern.len() > MAX_PATTERN) {
                rules.retain(|rule| rule.pattern.len() <= MAX_PATTERN);
                let at = (file.path.as_str(), file.layer);
                let detail = "its rules are too long or too many";
                out.gap(Topic::Integrity, GapKind::Limit, at, detail);
            }
        }
        rules.reverse();
        Self {
            rule_bytes: rules.iter().map(|rule| rule.pattern.len() as u64).sum(),
            rules,
            work_left: MAX_WORK,
            unmatched: 0,
        }
    }

    /// Marks the configuration among a package's claims.
    pub(super) fn mark(&mut self, claims: &mut [Claim]) {
        for claim in claims {
            let work = self.rule_bytes.saturating_mul(claim.path.len() as u64);
            let Some(left) = self.work_left.checked_sub(work) else {
                self.unmatched = self.unmatched.saturating_add(1);
                continue;
            };
            self.work_left = left;
            let decides = self.rules.iter().find(|rule| rule.covers(&claim.path));
            claim.flags.configuration = decides.is_some_and(|rule| rule.protects);
        }
    }

    /// Says what was left out.
    pub(super) fn finish(self, out: &mut Extraction) {
        if self.unmatched > 0 {
            out.gaps.push(Gap {
                topic: Topic::Integrity,
                path: Some(format!("/{PROTECTED_D}")),
                layer: None,
                kind: GapKind::Limit,
                detail: format!("{} paths were not compared with its rules", self.unmatched),
            });
        }
    }
}

/// A line as a rule; `None` for comments and empty lines.
fn rule(line: &[u8]) -> Option<Rule> {
    let (protects, pattern) = match line {
        [] | [b'#', ..] => return None,
        [b'-' | b'@', pattern @ ..] => (false, pattern),
        [b'+' | b'!', pattern @ ..] | pattern => (true, pattern),
    };
    let start = pattern.iter().position(|&b| b != b'/')?;
    let end = pattern.iter().rposition(|&b| b != b'/')?;
    Some(Rule {
        pattern: pattern.get(start..=end)?.to_vec(),
        protects,
    })
}

impl Rule {
    fn covers(&self, path: &[u8]) -> bool {
        let mut parts = path.split(|&b| b == b'/');
        self.pattern
            .split(|&b| b == b'/')
            .all(|glob| parts.next().is_some_and(|part| glob_matches(glob, part)))
    }
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn a_rule_holds_for_what_is_below_it() {
        let covers = |line: &str, path: &str| {
            let rule = rule(line.as_bytes()).unwrap();
            (rule.covers(path.as_bytes()), rule.protects)
        };
        assert_eq!(covers("+etc", "etc/a/b"), (true, true));
        assert_eq!(covers("etc/", "etc"), (true, true));
        assert_eq!(covers("-home/*/a", "home/x/a/b"), (true, false));
        assert_eq!(covers("-home/*/a", "home/x/y/a"), (false, false));
        assert_eq!(covers("@/etc/init.d", "etc/init.dx"), (false, false));
        assert!(rule(b"# etc").is_none() && rule(b"").is_none() && rule(b"+/").is_none());
    }
}
