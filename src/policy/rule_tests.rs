//! Runs the `*_test.rego` files of a directory.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::engine::{Engine, LineCoverage, on_deep_stack};
use super::error::{PolicyError, Problem};
use super::files::{self, PackFile};
use super::pack::{document, parse, sort_files, syntax_problem};
use super::rules::rule_path;

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    /// It is true.
    Passed,
    /// It is false or undefined.
    Failed,
    /// It could not be evaluated.
    Errored(String),
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// `<package>.<test>`, without `data.`.
    pub name: String,
    /// File of the test.
    pub file: String,
    /// Line of its first definition, from 1.
    pub line: usize,
    /// How it ended.
    pub outcome: TestOutcome,
    /// What it printed.
    pub prints: Vec<String>,
}

impl TestResult {
    /// Whether the test is true.
    pub fn passed(&self) -> bool {
        self.outcome == TestOutcome::Passed
    }
}

/// All tests of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestRun {
    /// Results, by file and line.
    pub results: Vec<TestResult>,
    /// Lines reached in rules and libraries, by file; empty unless asked for.
    pub coverage: Vec<LineCoverage>,
}

impl TestRun {
    /// Number of tests that did not pass.
    pub fn failures(&self) -> usize {
        self.results
            .iter()
            .filter(|result| !result.passed())
            .count()
    }
}

/// Runs the tests below `directory`. Its rules, tables and libraries are laid over the embedded
/// pack: a file at the same place replaces the embedded one, so that a copy of the pack tests
/// itself. A test is a rule called `test_…` in a `*_test.rego` file; it passes when it is true,
/// and one that comes out undefined has failed.
///
/// # Errors
/// [`PolicyError::Pack`] when a file cannot be read or parsed.
pub fn run(directory: &Path, with_coverage: bool) -> Result<TestRun, PolicyError> {
    let mut problems = Vec::new();
    let own = files::read_tree(directory, &mut problems);
    let all = lay_over(files::embedded(), own.clone());
    on_deep_stack(|| run_files(&all, &own, with_coverage, problems))?
}

/// Runs the tests of the embedded pack.
///
/// # Errors
/// As [`run`].
pub fn run_embedded(with_coverage: bool) -> Result<TestRun, PolicyError> {
    let all = files::embedded();
    on_deep_stack(|| run_files(&all, &all, with_coverage, Vec::new()))?
}

/// The embedded files, with those of the user in place of those at the same place. A user's flat
/// copy of a rule replaces the embedded rule by its file name's package only if the place agrees.
fn lay_over(embedded: Vec<PackFile>, own: Vec<PackFile>) -> Vec<PackFile> {
    let mut by_place: BTreeMap<Vec<String>, PackFile> = BTreeMap::new();
    for file in embedded
        .into_iter()
        .filter(|file| !file.is_test())
        .chain(own)
    {
        by_place.insert(file.place.clone(), file);
    }
    by_place.into_values().collect()
}

/// A test to run.
struct Found {
    path: String,
    result: TestResult,
}

fn run_files(
    all: &[PackFile],
    own: &[PackFile],
    with_coverage: bool,
    mut problems: Vec<Problem>,
) -> Result<TestRun, PolicyError> {
    let sorted = sort_files(all, &mut problems);
    let mut engine = Engine::new();
    let mut found: BTreeMap<(String, usize), Found> = BTreeMap::new();
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    for file in sorted.modules.iter().chain(&sorted.tests) {
        let parsed = match parse(&mut engine, file) {
            Ok(parsed) => parsed,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if !file.is_test() || !own.iter().any(|own| own.name == file.name) {
            continue;
        }
        for rule in &parsed.module.rules {
            let Some(name) = rule.name().filter(|name| name.starts_with("test_")) else {
                continue;
            };
            let path = rule_path(&parsed.package, name);
            if seen.insert(path.clone(), ()).is_some() {
                continue;
            }
            let line = rule.span().line;
            let result = TestResult {
                name: path.trim_start_matches("data.").to_owned(),
                file: file.name.clone(),
                line,
                outcome: TestOutcome::Failed,
                prints: Vec::new(),
            };
            found.insert((file.name.clone(), line), Found { path, result });
        }
    }
    engine.add_data(document(&sorted.documents))?;
    engine.set_input(Value::Object(serde_json::Map::new()))?;
    if let Err(error) = engine.prepare() {
        let among: Vec<&PackFile> = all.iter().collect();
        problems.push(syntax_problem(&error, &among));
    }
    problems.retain(|problem| problem.kind.is_fatal());
    if !problems.is_empty() {
        return Err(PolicyError::Pack { problems });
    }
    Ok(evaluate(
        engine,
        found.into_values().collect(),
        with_coverage,
    ))
}

fn evaluate(mut engine: Engine, tests: Vec<Found>, with_coverage: bool) -> TestRun {
    engine.gather_prints();
    if with_coverage {
        engine.record_coverage();
    }
    let mut results = Vec::new();
    for mut test in tests {
        test.result.outcome = match engine.evaluate(&test.path) {
            Ok(Some(Value::Bool(true))) => TestOutcome::Passed,
            Ok(_) => TestOutcome::Failed,
            Err(error) => TestOutcome::Errored(error.sentence()),
        };
        test.result.prints = engine.take_prints();
        results.push(test.result);
    }
    let mut coverage = Vec::new();
    if with_coverage {
        coverage = engine.coverage();
        coverage.retain(|file| !file.file.ends_with("_test.rego"));
    }
    TestRun { results, coverage }
}
