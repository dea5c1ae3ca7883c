//! The words and numbers the tables share.

use crate::facts::model::{
    Coverage, GapKind, PlatformFacts, RoleName, SbomFormat, Side, Topic, Verdict,
};
use crate::policy::verdict::{Outcome, Severity};
use crate::report::document::{ImageReport, ImageSummary, RuleReport};
use crate::report::text::{Tone, escape};
use crate::scorecard::{Grade, Score};

/// Colour of a severity.
pub(crate) fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Critical | Severity::High => Tone::Bad,
        Severity::Medium => Tone::Caution,
        Severity::Low | Severity::Info => Tone::Plain,
    }
}

/// The outcome in a word.
pub(crate) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::NotApplicable => "n/a",
        Outcome::Unknown => "unknown",
    }
}

/// The kind of gap in a word.
pub(crate) fn gap_name(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Corrupt => "corrupt",
        GapKind::Limit => "limit reached",
        GapKind::Unsupported => "not supported",
        GapKind::Unresolvable => "leads nowhere",
        GapKind::Refused => "refused",
    }
}

/// The verdict in a word; what fails stands out.
pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "verified",
        Verdict::Authentic => "authentic",
        Verdict::Invalid => "INVALID",
        Verdict::Unverifiable => "unverifiable",
        Verdict::Unsigned => "unsigned",
    }
}

/// Name of an SBOM's format, and the form it is in.
pub(crate) fn format_name(format: SbomFormat) -> (&'static str, &'static str) {
    match format {
        SbomFormat::SpdxJson => ("SPDX", "JSON"),
        SbomFormat::SpdxTagValue => ("SPDX", "tag-value"),
        SbomFormat::SpdxJsonLd => ("SPDX", "JSON-LD"),
        SbomFormat::CyclonedxJson => ("CycloneDX", "JSON"),
        SbomFormat::CyclonedxXml => ("CycloneDX", "XML"),
        SbomFormat::SyftJson => ("Syft", "JSON"),
        SbomFormat::Unrecognised => ("not recognised", ""),
    }
}

/// The role in a word.
pub(crate) fn role_name(role: RoleName) -> &'static str {
    match role {
        RoleName::Base => "base",
        RoleName::Build => "build",
        RoleName::Runtime => "runtime",
        RoleName::App => "app",
    }
}

/// Who is responsible for a layer, as far as it is known.
pub(crate) fn side_name(side: Side) -> Option<&'static str> {
    match side {
        Side::Base => Some("from the base"),
        Side::Added => Some("yours"),
        Side::Unknown => None,
    }
}

/// Colour of a grade.
pub(crate) fn grade_tone(grade: Grade) -> Tone {
    match grade {
        Grade::A | Grade::B => Tone::Good,
        Grade::C | Grade::Ungraded => Tone::Caution,
        Grade::D | Grade::F => Tone::Bad,
    }
}

/// Grade and number: `B 84`, `-`; with both ends where they differ by a point or more, or where
/// there is no grade: `D 47-66`, `? 48-79`.
pub(crate) fn score_cell(score: Option<Score>) -> String {
    score.map_or_else(
        || "-".to_owned(),
        |score| {
            let number = if score.grade == Grade::Ungraded || is_range(score) {
                range(score)
            } else {
                whole(score.score)
            };
            format!("{} {number}", score.grade.letter())
        },
    )
}

/// Whether the ends of a score are a point or more apart.
pub(crate) fn is_range(score: Score) -> bool {
    score.score_max - score.score >= 1.0
}

/// Both ends of a score, outwards to whole numbers.
fn range(score: Score) -> String {
    let (low, high) = (whole(score.score), format!("{:.0}", score.score_max.ceil()));
    if low == high {
        low
    } else {
        format!("{low}-{high}")
    }
}

/// A score or a credit (0 to 100) as every table shows it: a whole number, never rounded up into
/// the next grade.
pub(crate) fn whole(points: f64) -> String {
    format!("{:.0}", points.floor())
}

/// A number as the report document holds it, with two decimals at most: for sums, which have to
/// add up.
pub(crate) fn exact(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share of 1 as a percentage: whole, never rounded up to 100 or down to 0.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value >= 100.0 {
        "100%".to_owned()
    } else if value > 99.0 {
        format!("{:.1}%", (value * 10.0).floor() / 10.0)
    } else if value > 0.0 && value < 1.0 {
        "<1%".to_owned()
    } else {
        format!("{:.0}%", value.floor())
    }
}

/// Bytes in decimal units, as registries count them.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = "kB";
    for larger in UNITS.into_iter().skip(1) {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if value < 9.95 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// `1 rule`, `2 rules`.
pub(crate) fn count(number: usize, singular: &str) -> String {
    if number == 1 {
        format!("1 {singular}")
    } else {
        format!("{number} {singular}s")
    }
}

/// The first `digits` hex digits of a digest, without its algorithm.
pub(crate) fn short_digest(digest: &str, digits: usize) -> String {
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    hex.chars().take(digits).collect()
}

/// `linux/amd64`, `linux/arm/v7`.
pub(crate) fn platform(platform: &PlatformFacts) -> String {
    let variant = platform.variant.as_deref().map(|name| format!("/{name}"));
    format!(
        "{}/{}{}",
        platform.os,
        platform.architecture,
        variant.unwrap_or_default()
    )
}

/// `93 deb packages`, `93 deb, 12 golang and 4 npm packages`, `no packages`, `packages not read`.
pub(crate) fn packages(image: &ImageReport) -> String {
    let coverage = image.topics.get(&Topic::Packages);
    let is_read = coverage.is_none_or(|state| state.coverage == Coverage::Complete);
    let counted = image.summary.packages.iter();
    let counted: Vec<_> = counted.filter(|(_, number)| **number > 0).collect();
    let one = matches!(counted.as_slice(), [(_, 1)]);
    let parts: Vec<String> = counted
        .iter()
        .map(|(name, number)| format!("{number} {name}"))
        .collect();
    let listed = match parts.as_slice() {
        [] if is_read => return "no packages".to_owned(),
        [] => return "packages not read".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let noun = if one { "package" } else { "packages" };
    let rest = if is_read { "" } else { " and others not read" };
    format!("{listed} {noun}{rest}")
}

/// Size as stored; unpacked where nothing is stored, as in a root file system.
pub(crate) fn size(summary: &ImageSummary) -> String {
    if summary.stored_bytes == 0 && summary.tar_bytes > 0 {
        format!("{} unpacked", bytes(summary.tar_bytes))
    } else {
        bytes(summary.stored_bytes)
    }
}

/// What identifies an image: `sha256:` for the digest of its manifest, else `image ID ` for that
/// of its configuration, and the first `digits` of it.
pub(crate) fn identity(image: &ImageReport, digits: usize) -> Option<(&'static str, String)> {
    let (label, digest) = match (&image.digest, &image.config_digest) {
        (Some(digest), _) => ("sha256:", digest),
        (None, Some(digest)) => ("image ID ", digest),
        (None, None) => return None,
    };
    Some((label, short_digest(digest, digits)))
}

/// Text of a rule on one line: line breaks of its source mean nothing.
pub(crate) fn flow(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of a rule or of its reason with the names of topics as words: `package databases`.
pub(crate) fn worded(text: &str) -> String {
    let word = |token: &str| {
        let core = token.trim_matches(|character: char| ",:;.()".contains(character));
        let is_topic = Topic::ALL.iter().any(|topic| topic.name() == core);
        if is_topic {
            token.replace('_', " ")
        } else {
            token.to_owned()
        }
    };
    text.split_whitespace()
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Where the base ends, or that it is not known, and how we know.
pub(crate) fn base(image: &ImageReport) -> String {
    let base = &image.summary.base;
    match base.layers {
        Some(_) if base.basis.starts_with("the lowest") => flow(&base.basis),
        Some(number) => format!(
            "the lowest {}: {}",
            count(usize::try_from(number).unwrap_or(usize::MAX), "layer"),
            flow(&base.basis)
        ),
        None if base.basis.starts_with("not known") => flow(&base.basis),
        None => format!("not known: {}", flow(&base.basis)),
    }
}

/// Rules of an image that failed or warned, most severe first; then failures before warnings, then
/// the heavier rule.
pub(crate) fn noteworthy(image: &ImageReport) -> Vec<&RuleReport> {
    let mut rules: Vec<&RuleReport> = image
        .scorecard
        .rules
        .iter()
        .filter(|rule| matches!(rule.outcome, Outcome::Fail | Outcome::Warn))
        .collect();
    rules.sort_by(|left, right| {
        worst(right)
            .cmp(&worst(left))
            .then_with(|| right.outcome.cmp(&left.outcome))
            .then_with(|| right.weight.total_cmp(&left.weight))
            .then_with(|| left.id.cmp(&right.id))
    });
    rules
}

/// The severity of a rule's most severe finding.
pub(crate) fn worst(rule: &RuleReport) -> Severity {
    rule.findings
        .iter()
        .map(|finding| finding.severity)
        .max()
        .unwrap_or(rule.severity)
}

/// A word for a POSIX shell: quoted only where it has to be (POSIX.1-2024, Shell Command Language,
/// 2.2).
pub(crate) fn shell_word(word: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./:@=,+%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", escape(word).replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_never_rounded_into_the_next_grade() {
        let score = Score {
            score: 89.9,
            score_max: 89.9,
            coverage: 100.0,
            grade: Grade::B,
        };
        assert_eq!(score_cell(Some(score)), "B 89");
    }

    #[test]
    fn an_ungraded_score_shows_both_ends() {
        let score = Score {
            score: 48.2,
            score_max: 78.3,
            coverage: 60.0,
            grade: Grade::Ungraded,
        };
        assert_eq!(score_cell(Some(score)), "? 48-79");
        assert_eq!(score_cell(None), "-");
    }

    #[test]
    fn a_graded_score_shows_both_ends_where_they_differ() {
        let score = |score_max| Score {
            score: 47.2,
            score_max,
            coverage: 80.0,
            grade: Grade::D,
        };
        assert_eq!(score_cell(Some(score(65.3))), "D 47-66");
        assert_eq!(score_cell(Some(score(47.9))), "D 47");
    }

    #[test]
    fn nearly_all_is_not_shown_as_all() {
        assert_eq!(percent(0.9999), "99.9%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.004), "<1%");
        assert_eq!(percent(0.0), "0%");
        assert_eq!(percent(0.969), "96%");
    }

    #[test]
    fn sizes_use_the_unit_that_reads_best() {
        assert_eq!(bytes(12), "12 B");
        assert_eq!(bytes(1_234), "1.2 kB");
        assert_eq!(bytes(45_600_000), "46 MB");
        assert_eq!(bytes(999_800_000), "1.0 GB");
    }

    #[test]
    fn a_word_with_a_quote_survives_the_shell() {
        assert_eq!(shell_word("oci-dir:a/b"), "oci-dir:a/b");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
