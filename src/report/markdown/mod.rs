//! Markdown for merge requests and job summaries, on GitHub and GitLab: the answer first, then what
//! blocks and how to mend it, then the rest. Lists are cut where they would fill a comment; the JSON
//! report holds all of it.

mod compare;
mod escape;
mod requirements;

use escape::cell;
pub(crate) use escape::{code, prose};

use super::document::{ImageReport, Report, RuleReport};
use super::standing::{self, Noted, Standing};
use super::table::words::{
    base, count, gap_name, outcome_name, platform, score_cell, short_digest, worst,
};
use crate::policy::verdict::{Outcome, Severity};
use crate::scorecard::Axis;

/// Bytes of the whole text. GitHub takes 1 MiB for the summary of a step, and drops one that is
/// larger (docs.github.com, "Workflow commands").
const MAX_BYTES: usize = 900_000;

/// Findings shown of one rule.
const SHOWN_FINDINGS: usize = 10;

/// Rules, reasons or places shown of one list.
const SHOWN: usize = 50;

/// The report as Markdown; findings under `least` are left out.
pub fn print(report: &Report, least: Option<Severity>) -> String {
    let mut page = String::new();
    title(&mut page, report);
    let mut left = report.images.len();
    if report.comparison.is_some() {
        let before = page.len();
        compare::compare(&mut page, report);
        match page.len() > MAX_BYTES {
            true => page.truncate(before),
            false => left = 0,
        }
    }
    let listed = if report.comparison.is_some() { 0 } else { left };
    for image in report.images.iter().take(listed) {
        let before = page.len();
        one_image(&mut page, report, image, least);
        if page.len() > MAX_BYTES {
            page.truncate(before);
            break;
        }
        left = left.saturating_sub(1);
    }
    if left > 0 {
        page.push_str(&format!(
            "\n**{} not shown here, the text would be too long; `-f json` has all.**\n",
            count(left, "image")
        ));
    }
    not_read(&mut page, report);
    foot(&mut page, report);
    page
}

fn title(page: &mut String, report: &Report) {
    let gates = || report.images.iter().filter_map(|image| image.gate.as_ref());
    let blocked = gates().filter(|gate| gate.blocked).count();
    let advised = gates().any(|gate| gate.advised);
    let verdict = match report.run.command.as_str() {
        "check" if !report.not_read.is_empty() => "not decided".to_owned(),
        "check" if blocked > 0 && advised => "would block (advice only)".to_owned(),
        "check" if blocked > 0 => "blocked".to_owned(),
        "check" => "passed".to_owned(),
        command => command.to_owned(),
    };
    page.push_str(&format!("## Freehold: {verdict}\n"));
    if let Some(sentence) = standing::sentence(report, code) {
        page.push_str(&format!("\n**{sentence}.**\n"));
    }
}

fn one_image(page: &mut String, report: &Report, image: &ImageReport, least: Option<Severity>) {
    let word = match &image.gate {
        Some(gate) if gate.blocked && gate.advised => "Would block: ",
        Some(gate) if gate.blocked => "Blocked: ",
        Some(_) => "Passed: ",
        None => "",
    };
    page.push_str(&format!("\n### {word}{}\n\n", code(&image.reference)));
    let digest = image.digest.as_ref().or(image.config_digest.as_ref());
    let digest = digest.map(|digest| format!(", {}", code(digest)));
    page.push_str(&format!(
        "{}{}, profile {}. Base: {}.\n",
        code(&platform(&image.platform)),
        digest.unwrap_or_default(),
        code(&report.run.profile.name),
        prose(&base(image)),
    ));
    if let Some((file, earlier)) = standing::other_baseline(report, image) {
        page.push_str(&format!(
            "Baseline: {}, of {}.\n",
            code(file),
            code(earlier)
        ));
    }
    scores(page, image);
    requirements::of_image(page, image);
    let noted = standing::findings(image, least);
    blocking(page, image, &noted);
    if image.gate.is_some() {
        folded(
            page,
            "Does not block",
            &by_rule(image, &noted, Standing::Told),
        );
    } else {
        list(page, "Findings", &by_rule(image, &noted, Standing::Told));
    }
    let mut known = by_rule(image, &noted, Standing::Known);
    known.extend(reasons(image, |standing| standing == Standing::Known));
    folded(page, "Known from the baseline", &known);
    folded(page, "Waived", &by_rule(image, &noted, Standing::Waived));
    let rules = standing::unknown(image).count();
    summed(page, "Unknown, which is not a pass", rules, &unknown(image));
    folded(page, "Not read", &gaps(image));
}

fn scores(page: &mut String, image: &ImageReport) {
    page.push_str("\n| axis | score |\n|---|---|\n");
    for (axis, score) in &image.scorecard.axes {
        page.push_str(&format!(
            "| {} | {} |\n",
            question(*axis),
            score_cell(*score)
        ));
    }
}

/// `portability: can we leave?`
fn question(axis: Axis) -> String {
    format!("{}: {}", axis.name(), axis.question())
}

/// What blocks, or would if it were not for advice only; with what to do about it.
fn blocking(page: &mut String, image: &ImageReport, noted: &[Noted<'_>]) {
    let mut lines = Vec::new();
    for standing in [Standing::Blocks, Standing::Advised] {
        lines.extend(by_rule(image, noted, standing));
    }
    lines.extend(reasons(image, |standing| standing != Standing::Known));
    let advised = image.gate.as_ref().is_some_and(|gate| gate.advised);
    let heading = if advised { "Would block" } else { "Blocks" };
    list(page, heading, &lines);
}

/// Reasons other than findings, of the standings wanted.
fn reasons(image: &ImageReport, wanted: impl Fn(Standing) -> bool) -> Vec<String> {
    let reasons = standing::reasons(image).into_iter();
    reasons
        .filter(|reason| wanted(reason.standing))
        .map(|reason| format!("- **{}**: {}", code(&reason.id), prose(&reason.text)))
        .collect()
}

/// Findings of one standing under their rules, in the order in which the rules come up.
fn by_rule(image: &ImageReport, noted: &[Noted<'_>], standing: Standing) -> Vec<String> {
    let mut rules: Vec<(&RuleReport, Vec<&Noted<'_>>)> = Vec::new();
    for noted in noted.iter().filter(|noted| noted.standing == standing) {
        match rules.iter_mut().find(|(rule, _)| rule.id == noted.rule.id) {
            Some((_, of_rule)) => of_rule.push(noted),
            None => rules.push((noted.rule, vec![noted])),
        }
    }
    let mut lines = Vec::new();
    for (rule, of_rule) in rules {
        let severity = of_rule.iter().map(|noted| noted.finding.severity).max();
        lines.push(format!(
            "- **{}** {} ({}): {}",
            severity.unwrap_or_else(|| worst(rule)).name(),
            code(&rule.id),
            outcome_name(rule.outcome),
            prose(&rule.title)
        ));
        for noted in of_rule.iter().take(SHOWN_FINDINGS) {
            lines.push(format!("  - {}", finding(image, noted)));
        }
        let left = of_rule.len().saturating_sub(SHOWN_FINDINGS);
        if left > 0 {
            lines.push(format!("  - and {left} more, listed in `-f json`"));
        }
        if !rule.remediation.trim().is_empty() && standing < Standing::Known {
            lines.push(format!("  - Fix: {}", prose(&rule.remediation)));
        }
    }
    lines
}

fn finding(image: &ImageReport, noted: &Noted<'_>) -> String {
    let mut line = prose(&noted.finding.msg);
    if let Some(place) = standing::place(noted.finding, image) {
        // One span: an instruction is read as it was written.
        line = format!("{line}; {}", code(&place));
    }
    if let Some(waiver) = standing::waived(noted.finding) {
        line = format!("{line}; {}", prose(&waiver));
    }
    line
}

/// Rules without an answer, those of one reason together.
fn unknown(image: &ImageReport) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (rule, reason) in standing::unknown(image) {
        match reasons.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, rules)) => rules.push(code(&rule.id)),
            None => reasons.push((reason, vec![code(&rule.id)])),
        }
    }
    let line = |(reason, rules): &(String, Vec<String>)| {
        format!("- {}: {}", rules.join(", "), prose(reason))
    };
    reasons.iter().map(line).collect()
}

fn gaps(image: &ImageReport) -> Vec<String> {
    let gaps = image.gaps.iter();
    gaps.map(|gap| {
        let place = gap.path.as_deref().unwrap_or_else(|| gap.topic.name());
        format!(
            "- {}, {}: {}",
            code(place),
            gap_name(gap.kind),
            prose(&gap.detail)
        )
    })
    .collect()
}

/// A heading and its list; nothing where there is none.
fn list(page: &mut String, heading: &str, lines: &[String]) {
    if !lines.is_empty() {
        page.push_str(&format!("\n#### {heading}\n\n"));
        entries(page, lines);
    }
}

/// The same behind a heading that opens it and says how many there are.
fn folded(page: &mut String, heading: &str, lines: &[String]) {
    let number = lines.iter().filter(|line| line.starts_with('-')).count();
    summed(page, heading, number, lines);
}

fn summed(page: &mut String, heading: &str, number: usize, lines: &[String]) {
    if number > 0 {
        page.push_str(&format!(
            "\n<details><summary>{heading}: {number}</summary>\n\n"
        ));
        entries(page, lines);
        page.push_str("\n</details>\n");
    }
}

fn entries(page: &mut String, lines: &[String]) {
    let mut shown: usize = 0;
    let mut left: usize = 0;
    for line in lines {
        let is_entry = line.starts_with('-');
        if is_entry && shown >= SHOWN {
            left = left.saturating_add(1);
        }
        if left == 0 {
            shown = shown.saturating_add(usize::from(is_entry));
            page.push_str(line);
            page.push('\n');
        }
    }
    if left > 0 {
        page.push_str(&format!("- and {left} more, listed in `-f json`\n"));
    }
}

fn not_read(page: &mut String, report: &Report) {
    let lines: Vec<String> = report
        .not_read
        .iter()
        .map(|image| format!("- {}: {}", code(&image.reference), prose(&image.message)))
        .collect();
    list(page, "Images that could not be read", &lines);
}

/// What the answer rests on, and what nobody looked at.
fn foot(page: &mut String, report: &Report) {
    let run = &report.run;
    let day: String = run.judged_at.chars().take(10).collect();
    page.push_str(&format!(
        "\nNot judged: {}. As of {day}, Freehold {}, pack {}",
        run.not_judged.join(", "),
        report.tool.version,
        code(&format!("sha256:{}", short_digest(&run.pack.digest, 12))),
    ));
    if let Some(baseline) = &run.baseline {
        page.push_str(&format!(", baseline {}", code(&baseline.file)));
    }
    page.push_str(".\n");
    let unused: Vec<String> = run
        .waivers
        .unused
        .iter()
        .map(|waiver| format!("- {} in {}", code(&waiver.rule), code(&waiver.place)))
        .collect();
    folded(page, "Waivers that excuse nothing", &unused);
}

/// A verdict in a word, as tables show it.
fn outcome_cell(outcome: Outcome, credit: Option<f64>) -> String {
    match (outcome, credit) {
        (Outcome::Warn | Outcome::Fail, Some(credit)) if credit > 0.0 => {
            format!("{} {credit:.0}", outcome_name(outcome))
        }
        _ => outcome_name(outcome).to_owned(),
    }
}
