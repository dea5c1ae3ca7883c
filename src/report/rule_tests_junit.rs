//! JUnit XML of the tests of rules: a suite for each package, a case for each test, as the CI
//! servers that show tests read it (the schema of the JUnit task of Apache Ant).

use super::table::test_outcome;
use super::text::escape;
use crate::policy::rule_tests::{TestOutcome, TestResult, TestRun};
use crate::policy::trace::{State, Step};

/// Prints the run. No times: the same run gives the same bytes.
pub fn print(run: &TestRun) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<testsuites name=\"freehold policy test\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
        run.results.len(),
        number(&run.results, is_failure),
        number(&run.results, is_error),
    ));
    let mut rest = run.results.as_slice();
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|one| one.package == first.package);
        let (suite, after) = rest.split_at(length.count());
        rest = after;
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
            xml(&first.package),
            suite.len(),
            number(suite, is_failure),
            number(suite, is_error),
        ));
        for result in suite {
            case(&mut out, result);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn number(results: &[TestResult], is: impl Fn(&TestResult) -> bool) -> usize {
    results.iter().filter(|result| is(result)).count()
}

fn is_error(result: &TestResult) -> bool {
    matches!(result.outcome, TestOutcome::Errored(_))
}

fn is_failure(result: &TestResult) -> bool {
    !result.passed() && !is_error(result)
}

fn case(out: &mut String, result: &TestResult) {
    let name = result.name.rsplit('.').next().unwrap_or_default();
    out.push_str(&format!(
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\"",
        xml(name),
        xml(&result.package),
        xml(&result.file),
        result.line,
    ));
    if result.passed() && result.prints.is_empty() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    if !result.passed() {
        let element = if is_error(result) { "error" } else { "failure" };
        out.push_str(&format!(
            "      <{element} message=\"{}\">{}</{element}>\n",
            xml(&test_outcome(result)),
            xml(&detail(result)),
        ));
    }
    if !result.prints.is_empty() {
        let prints = result.prints.join("\n");
        out.push_str(&format!(
            "      <system-out>{}</system-out>\n",
            xml(&prints)
        ));
    }
    out.push_str("    </testcase>\n");
}

/// Where the test stopped, with the values there.
fn detail(result: &TestResult) -> String {
    let mut lines = vec![format!("{}:{}", result.file, result.line)];
    let steps = result.bodies.iter().flat_map(|body| &body.steps);
    for step in steps.filter(|step| matches!(step.state, State::False | State::Errored(_))) {
        lines.push(format!("line {}: {}", step.line, step.text));
        lines.extend(values(step));
    }
    lines.join("\n")
}

fn values(step: &Step) -> Vec<String> {
    let mut lines: Vec<String> = step
        .operands
        .iter()
        .map(|operand| match &operand.value {
            Some(value) => format!("  {}: {} = {value}", operand.role, operand.text),
            None => format!("  {}: {} is undefined", operand.role, operand.text),
        })
        .collect();
    if let Some(difference) = &step.difference {
        let left = difference.only_left.iter();
        lines.extend(left.map(|item| format!("  only left: {item}")));
        let right = difference.only_right.iter();
        lines.extend(right.map(|item| format!("  only right: {item}")));
    }
    lines
}

/// Text for an element or an attribute. Control characters have no place in XML 1.0 (section 2.2);
/// they are shown as escapes, line breaks kept.
fn xml(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    let mut out = String::new();
    for c in lines.join("\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c => out.push(c),
        }
    }
    out
}
