//! JUnit XML of the tests of rules: a suite for each package, a case for each test, as the CI
//! servers that show tests read it (the schema of the JUnit task of Apache Ant).

use super::xml::Xml;
use crate::policy::rule_tests::{TestOutcome, TestResult, TestRun};
use crate::policy::trace::{State, Step};
use crate::report::table::test_outcome;

/// Prints the run. No times: the same run gives the same bytes.
pub fn print(run: &TestRun) -> String {
    let mut xml = Xml::new();
    start(&mut xml, "testsuites", "freehold policy test", &run.results);
    let mut rest = run.results.as_slice();
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|one| one.package == first.package);
        let (suite, after) = rest.split_at(length.count());
        rest = after;
        start(&mut xml, "testsuite", &first.package, suite);
        for result in suite {
            case(&mut xml, result);
        }
        xml.end();
    }
    xml.finish()
}

/// Opens an element that counts what is in it.
fn start(xml: &mut Xml, element: &'static str, name: &str, results: &[TestResult]) {
    let number = |is: fn(&TestResult) -> bool| {
        let counted = results.iter().filter(|result| is(result));
        counted.count().to_string()
    };
    let attributes = [
        ("name", name),
        ("tests", &results.len().to_string()),
        ("failures", &number(is_failure)),
        ("errors", &number(is_error)),
    ];
    xml.start(element, &attributes);
}

fn is_error(result: &TestResult) -> bool {
    matches!(result.outcome, TestOutcome::Errored(_))
}

fn is_failure(result: &TestResult) -> bool {
    !result.passed() && !is_error(result)
}

fn case(xml: &mut Xml, result: &TestResult) {
    let attributes = [
        ("name", result.name.rsplit('.').next().unwrap_or_default()),
        ("classname", &result.package),
        ("file", &result.file),
        ("line", &result.line.to_string()),
    ];
    if result.passed() && result.prints.is_empty() {
        return xml.empty("testcase", &attributes);
    }
    xml.start("testcase", &attributes);
    if !result.passed() {
        let element = if is_error(result) { "error" } else { "failure" };
        let message = test_outcome(result);
        xml.lines(element, &[("message", &message)], &detail(result));
    }
    if !result.prints.is_empty() {
        let prints: Vec<String> = result.prints.iter().flat_map(|said| split(said)).collect();
        xml.lines("system-out", &[], &prints);
    }
    xml.end();
}

fn split(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Where the test stopped, with the values there.
fn detail(result: &TestResult) -> Vec<String> {
    let mut lines = vec![format!("{}:{}", result.file, result.line)];
    let steps = result.bodies.iter().flat_map(|body| &body.steps);
    for step in steps.filter(|step| matches!(step.state, State::False | State::Errored(_))) {
        lines.extend(split(&format!("line {}: {}", step.line, step.text)));
        lines.extend(values(step));
    }
    lines
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
