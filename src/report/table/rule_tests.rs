//! What became of the tests of rules.

use super::bodies::{body, flat, why};
use super::words::{count, exact, flow};
use crate::policy::rule_tests::{Coverage, TestOutcome, TestResult, TestRun};
use crate::policy::trace::State;
use crate::report::text::{Page, Style, Tone};

/// The failed tests, each with the expression it stopped at and both sides of it, then how many
/// passed and which lines no test reached. With `verbose`, the passed ones too.
pub fn rule_tests_table(run: &TestRun, verbose: bool, style: Style) -> String {
    let mut page = Page::new(style);
    for result in &run.results {
        if !result.passed() {
            failed(&mut page, result, verbose);
        } else if verbose {
            page.labelled(0, (Tone::Good, "pass"), 6, (Tone::Plain, &result.name));
            prints(&mut page, result);
        }
    }
    if let Some(coverage) = &run.coverage {
        covered(&mut page, coverage);
    }
    let failed = run.failures();
    let passed = run.results.len().saturating_sub(failed);
    let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
    let line = format!("{} passed, {failed} failed", count(passed, "test"));
    page.paragraph(0, tone, &line);
    page.finish()
}

fn failed(page: &mut Page, result: &TestResult, verbose: bool) {
    page.labelled(0, (Tone::Bad, "FAIL"), 6, (Tone::Strong, &result.name));
    page.paragraph(6, Tone::Dim, &format!("{}:{}", result.file, result.line));
    page.paragraph(6, Tone::Plain, &outcome(result));
    for one in result.bodies.iter().filter(|one| !one.held) {
        if verbose {
            body(page, 6, one);
            continue;
        }
        for step in &one.steps {
            if matches!(step.state, State::False | State::Errored(_)) {
                let line = format!("line {}", step.line);
                let width = line.len().saturating_add(2);
                let text = flat(&step.text);
                page.labelled(6, (Tone::Bad, &line), width, (Tone::Plain, &text));
                why(page, 8, step);
                for inner in &step.within {
                    body(page, 8, inner);
                }
            }
        }
    }
    prints(page, result);
    page.blank();
}

/// Why a test has not passed, in one sentence.
pub(crate) fn outcome(result: &TestResult) -> String {
    let has_stopped = result.bodies.iter().any(|body| !body.held);
    match &result.outcome {
        TestOutcome::Passed => "it passed".to_owned(),
        TestOutcome::Failed => "it is false".to_owned(),
        TestOutcome::Undefined if has_stopped || result.bodies.is_empty() => {
            "it is undefined: an expression in it is false or has no value".to_owned()
        }
        TestOutcome::Undefined => {
            "it is undefined, although each of its expressions holds when it is asked by itself"
                .to_owned()
        }
        TestOutcome::Errored(detail) => flow(detail),
    }
}

fn prints(page: &mut Page, result: &TestResult) {
    for print in &result.prints {
        page.labelled(6, (Tone::Dim, "print"), 7, (Tone::Plain, print));
    }
}

fn covered(page: &mut Page, coverage: &Coverage) {
    page.heading(0, "Lines no test reaches");
    let incomplete = coverage.files.iter().filter(|file| file.not_covered > 0);
    let mut is_empty = true;
    for file in incomplete {
        is_empty = false;
        let label = format!("{} %", exact(file.percent));
        let runs: Vec<String> = file
            .missing
            .iter()
            .map(|(first, last)| match first == last {
                true => first.to_string(),
                false => format!("{first}-{last}"),
            })
            .collect();
        let text = format!("{}:{}", file.file, runs.join(","));
        page.labelled(2, (Tone::Caution, &label), 9, (Tone::Plain, &text));
    }
    if is_empty {
        page.paragraph(2, Tone::Plain, "none");
    }
    page.blank();
    let files = count(coverage.files.len(), "file");
    let line = format!(
        "{} % of the lines of {files} reached",
        exact(coverage.percent)
    );
    page.paragraph(0, Tone::Plain, &line);
}
