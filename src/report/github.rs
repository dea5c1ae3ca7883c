//! Workflow commands of GitHub Actions: annotations on the run and on the pull request.
//!
//! The runner takes every line that begins with `::` for a command, and looks for an older form,
//! `##[command]`, anywhere in any other line (actions/runner, `ActionCommand`). So every line here is
//! a command, and all text of others is inside one. Escapes as documented by `@actions/core`
//! (`command.ts`): `%`, carriage return and line feed; in properties `:` and `,` too.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a word
//! (docs.github.com, "Workflow commands"). So a rule has one annotation for all it found in an image,
//! the worst come first, and the tenth says how many more there are.

use std::cmp::Reverse;

use super::document::{FindingReport, ImageReport, NotRead, Report, RuleReport};
use super::standing::{self, Standing};
use super::table::words::{count, flow};
use super::text::{escape, shorten};
use crate::policy::verdict::{FindingKind, Severity};

/// Annotations of one kind that GitHub shows of a step.
const SHOWN: usize = 10;

/// Columns of a title: GitHub takes 255 characters ("Checks", `annotations.title`).
const TITLE: usize = 200;

/// Columns of each line of a message.
const LINE: usize = 500;

/// Findings told of one rule.
const SHOWN_FINDINGS: usize = 5;

/// The kinds of annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One annotation.
struct Annotation {
    kind: Kind,
    title: String,
    lines: Vec<String>,
}

/// The report as workflow commands; findings under `least` are left out.
pub fn print(report: &Report, least: Option<Severity>) -> String {
    let mut all: Vec<Annotation> = report.not_read.iter().map(not_read).collect();
    for image in &report.images {
        all.extend(reasons(image));
    }
    all.extend(groups(report, least).iter().map(Group::annotation));
    all.extend(report.images.iter().filter_map(unknown));
    let mut text = String::new();
    for kind in Kind::ALL {
        let of_kind: Vec<&Annotation> = all.iter().filter(|one| one.kind == kind).collect();
        write(&mut text, kind, &of_kind);
    }
    text
}

fn write(text: &mut String, kind: Kind, annotations: &[&Annotation]) {
    let shown = if annotations.len() > SHOWN {
        SHOWN.saturating_sub(1)
    } else {
        SHOWN
    };
    for one in annotations.iter().take(shown) {
        command(text, kind, &one.title, &one.lines);
    }
    let left = annotations.len().saturating_sub(shown);
    if left > 0 {
        let noun = format!("more {}", kind.command());
        let said =
            format!("GitHub shows {SHOWN} of a step; the job summary goes on, -f json has all");
        command(text, kind, &count(left, &noun), &[said]);
    }
}

fn command(text: &mut String, kind: Kind, title: &str, lines: &[String]) {
    let title = shorten(&escape(title), TITLE);
    let lines: Vec<String> = lines
        .iter()
        .map(|line| shorten(&escape(line), LINE))
        .collect();
    text.push_str("::");
    text.push_str(kind.command());
    text.push_str(" title=");
    text.push_str(&property(&title));
    text.push_str("::");
    text.push_str(&data(&lines.join("\n")));
    text.push('\n');
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn not_read(image: &NotRead) -> Annotation {
    Annotation {
        kind: Kind::Error,
        title: format!("not read: {}", flow(&image.reference)),
        lines: vec![flow(&image.message)],
    }
}

fn reasons(image: &ImageReport) -> Vec<Annotation> {
    standing::reasons(image)
        .into_iter()
        .map(|reason| Annotation {
            kind: match reason.standing {
                Standing::Blocks => Kind::Error,
                Standing::Advised => Kind::Warning,
                Standing::Told | Standing::Known | Standing::Waived => Kind::Notice,
            },
            title: match reason.standing {
                Standing::Known => format!("{} (known from the baseline)", reason.id),
                _ => reason.id,
            },
            lines: vec![
                flow(&reason.text),
                format!("image: {}", flow(&image.reference)),
            ],
        })
        .collect()
}

/// What one rule found in one image, as far as the same became of it.
struct Group<'a> {
    image: &'a ImageReport,
    rule: &'a RuleReport,
    standing: Standing,
    /// The worst first; never empty.
    findings: Vec<&'a FindingReport>,
}

/// The findings of all images by image and rule. The worst of all come first, not image by image:
/// the rest is not shown.
fn groups(report: &Report, least: Option<Severity>) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for image in &report.images {
        let first = groups.len();
        for noted in standing::findings(image, least) {
            let mut of_image = groups.iter_mut().skip(first);
            let same = |group: &&mut Group<'_>| {
                group.rule.id == noted.rule.id && group.standing == noted.standing
            };
            match of_image.find(same) {
                Some(group) => group.findings.push(noted.finding),
                None => groups.push(Group {
                    image,
                    rule: noted.rule,
                    standing: noted.standing,
                    findings: vec![noted.finding],
                }),
            }
        }
    }
    groups.sort_by_key(|group| (group.standing, Reverse(group.severity())));
    groups
}

impl Group<'_> {
    fn severity(&self) -> Severity {
        let severities = self.findings.iter().map(|finding| finding.severity);
        severities.max().unwrap_or(self.rule.severity)
    }

    fn annotation(&self) -> Annotation {
        let denies = |finding: &&FindingReport| {
            finding.kind == FindingKind::Deny && finding.severity >= Severity::Medium
        };
        let (kind, word) = match self.standing {
            Standing::Blocks => (Kind::Error, "blocks"),
            Standing::Advised => (Kind::Warning, "would block"),
            Standing::Told if self.findings.iter().any(denies) => (Kind::Warning, "does not block"),
            Standing::Told => (Kind::Notice, "does not block"),
            Standing::Known => (Kind::Notice, "known from the baseline"),
            Standing::Waived => (Kind::Notice, "waived"),
        };
        let decided = self.image.gate.is_some() || self.standing != Standing::Told;
        let word = match decided {
            true => format!(", {word}"),
            false => String::new(),
        };
        Annotation {
            kind,
            title: format!("{} ({}{word})", self.rule.id, self.severity().name()),
            lines: self.lines(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let shown = self.findings.iter().take(SHOWN_FINDINGS);
        let mut lines: Vec<String> = shown
            .map(|finding| {
                let parts = [
                    Some(flow(&finding.msg)),
                    standing::place(finding, self.image),
                    standing::waived(finding),
                ];
                parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
            })
            .collect();
        let left = self.findings.len().saturating_sub(SHOWN_FINDINGS);
        if left > 0 {
            lines.push(format!("and {left} more"));
        }
        let fix = flow(&self.rule.remediation);
        if !fix.is_empty() {
            lines.push(format!("fix: {fix}"));
        }
        lines.push(format!("image: {}", flow(&self.image.reference)));
        lines
    }
}

/// One notice for all rules of an image without an answer: each by itself would crowd out findings.
fn unknown(image: &ImageReport) -> Option<Annotation> {
    let unknown: Vec<_> = standing::unknown(image).collect();
    if unknown.is_empty() {
        return None;
    }
    let ids: Vec<&str> = unknown.iter().map(|(rule, _)| rule.id.as_str()).collect();
    Some(Annotation {
        kind: Kind::Notice,
        title: format!("{} unknown", count(unknown.len(), "rule")),
        lines: vec![
            ids.join(", "),
            "unknown is not a pass: the job summary has the reasons".to_owned(),
            format!("image: {}", flow(&image.reference)),
        ],
    })
}
