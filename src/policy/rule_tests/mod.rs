//! Runs the `*_test.rego` files of a directory.

mod coverage;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checks::{self, Parsed};
use super::engine::{Engine, RULE_SECONDS, on_deep_stack};
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{self, Origin, PackFile};
use super::module::{parse, syntax_problem};
use super::origin::Part;
use super::pack::{Checks, build_with_modules, document};
use super::rules::rule_path;
use super::sandbox::{Isolation, Sandbox};
use super::trace::{Body, Lab};
pub use coverage::{Coverage, FileCoverage};

/// Failed tests that are taken apart; the others are named.
const MAX_EXPLAINED: usize = 50;

/// What to run, and how.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TestOptions {
    /// Whether lines that were reached are counted.
    pub coverage: bool,
    /// Only tests whose name this regular expression matches anywhere.
    pub pattern: Option<String>,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// It is true.
    Passed,
    /// It is false, or not a truth value.
    Failed,
    /// It is undefined: some expression in it is false, or has no value.
    Undefined,
    /// It could not be evaluated.
    Errored(String),
}

/// One test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// `<package>.<test>`, without `data.`.
    pub name: String,
    /// Its package, without `data.`.
    pub package: String,
    /// File of the test.
    pub file: String,
    /// Line of its first definition, from 1.
    pub line: usize,
    /// How it ended.
    pub outcome: TestOutcome,
    /// What it printed.
    pub prints: Vec<String>,
    /// Where it stopped: its bodies, expression by expression. Empty for one that passed.
    pub bodies: Vec<Body>,
}

impl TestResult {
    /// Whether the test is true.
    pub fn passed(&self) -> bool {
        self.outcome == TestOutcome::Passed
    }
}

/// All tests of a directory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TestRun {
    /// What loading the files would warn about.
    #[serde(skip)]
    pub warnings: Vec<Problem>,
    /// Results, by file and line.
    pub results: Vec<TestResult>,
    /// Lines reached in the rules and libraries under test; none unless asked for.
    pub coverage: Option<Coverage>,
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

/// Runs the tests below `directory`, after everything that is checked when a pack is loaded. Its
/// rules, tables and libraries are laid over the embedded pack: a package, or a table, of the same
/// name replaces the embedded one, so that a copy of the pack, or of a part of it, tests itself. A
/// test is a rule called `test_…` in a `*_test.rego` file; it passes when it is true, and one that
/// comes out undefined has failed.
///
/// # Errors
/// [`PolicyError`] when a file cannot be read, parsed or used, or the pattern is none;
/// [`PolicyError::TimeLimit`] when a test runs too long.
pub fn run(directory: &Path, options: &TestOptions) -> Result<TestRun, PolicyError> {
    run_part(Part::directory(directory), None, options)
}

/// Runs the tests of a directory, a bundle or an artifact, as [`run`] does; those of a foreign part
/// in a child process of `isolation`.
///
/// # Errors
/// As [`run`], and [`PolicyError::Stopped`] when the child process dies or there is none.
pub fn run_part(
    part: Part,
    isolation: Option<&Isolation>,
    options: &TestOptions,
) -> Result<TestRun, PolicyError> {
    if !part.is_foreign {
        let all = lay_over(files::embedded(), part.files);
        return on_deep_stack(|| run_files(&all, Origin::User, options, part.problems))?;
    }
    if !part.problems.is_empty() {
        return Err(PolicyError::in_pack(part.problems));
    }
    let sandbox = Sandbox::new(part.files, &part.origin.name, isolation)?;
    let mut run = sandbox.test(options)?;
    run.warnings.extend(part.warnings);
    Ok(run)
}

/// Runs the tests of `own`, laid over the embedded files.
pub(super) fn run_over_shipped(
    own: Vec<PackFile>,
    options: &TestOptions,
) -> Result<TestRun, PolicyError> {
    let all = lay_over(files::embedded(), own);
    on_deep_stack(|| run_files(&all, Origin::User, options, Vec::new()))?
}

/// Runs the tests of the embedded pack.
///
/// # Errors
/// As [`run`].
pub fn run_embedded(options: &TestOptions) -> Result<TestRun, PolicyError> {
    let all = files::embedded();
    on_deep_stack(|| run_files(&all, Origin::Embedded, options, Vec::new()))?
}

/// The embedded files without their tests and without what `own` replaces, and `own`.
pub(super) fn lay_over(embedded: Vec<PackFile>, own: Vec<PackFile>) -> Vec<PackFile> {
    let places: BTreeSet<&[String]> = own.iter().map(|file| file.place.as_slice()).collect();
    let packages: BTreeSet<&str> = own.iter().filter_map(package_of).collect();
    let is_kept = |file: &PackFile| {
        let is_replaced = package_of(file).is_some_and(|name| packages.contains(name));
        !file.is_test() && !is_replaced && !places.contains(file.place.as_slice())
    };
    let mut all: Vec<PackFile> = embedded.into_iter().filter(is_kept).collect();
    all.extend(own);
    all
}

/// The package a module names: its first line that is neither empty nor a comment.
pub(super) fn package_of(file: &PackFile) -> Option<&str> {
    let mut lines = file.text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let name = line.strip_prefix("package ")?.split('#').next()?.trim();
    (file.is_rego() && !file.is_test()).then_some(name)
}

/// A test to run.
struct Found {
    path: String,
    package: Vec<String>,
    rule: String,
    result: TestResult,
}

fn run_files(
    all: &[PackFile],
    tested: Origin,
    options: &TestOptions,
    problems: Vec<Problem>,
) -> Result<TestRun, PolicyError> {
    let pattern = options.pattern.as_deref().map(pattern).transpose()?;
    let (pack, modules) = build_with_modules(all, problems, Checks::All)?;
    let mut engine = pack.engine()?.clone();
    let mut problems = Vec::new();
    let files: Vec<&PackFile> = all.iter().filter(|file| file.is_test()).collect();
    let own: Vec<&PackFile> = files
        .iter()
        .filter(|file| file.origin == tested)
        .copied()
        .collect();
    let parsed = parsed(&own, &mut engine, &mut problems);
    let mut found = find(&parsed);
    let data = document(&pack.documents);
    checks::tests::check(modules, parsed, &data, &mut problems)?;
    engine.add_data(data)?;
    engine.set_input(Value::Object(serde_json::Map::new()))?;
    if problems.is_empty()
        && let Err(error) = engine.prepare()
    {
        problems.push(syntax_problem(&error, &files));
    }
    if !problems.is_empty() {
        return Err(PolicyError::in_pack(problems));
    }
    found.retain(|test| {
        let is_match = |pattern: &Regex| pattern.is_match(&test.result.name);
        pattern.as_ref().is_none_or(is_match)
    });
    let mut judged = engine.clone();
    judged.gather_prints();
    if options.coverage {
        judged.record_coverage();
    }
    for test in &mut found {
        evaluate(&mut judged, test)?;
    }
    explain(engine, all, &mut found);
    let measured = || coverage::measure(&judged.coverage(), all, tested);
    Ok(TestRun {
        warnings: pack.warnings().to_vec(),
        coverage: options.coverage.then(measured),
        results: found.into_iter().map(|test| test.result).collect(),
    })
}

fn pattern(text: &str) -> Result<Regex, PolicyError> {
    Regex::new(text).map_err(|error| {
        let said = error.to_string();
        let last = said.lines().last().unwrap_or_default();
        let last = last.trim_start_matches("error: ");
        let message = format!("`{text}` is not a regular expression: {last}");
        let problem = Problem::in_file(ProblemKind::InvalidValue, "--run", message);
        PolicyError::in_pack(vec![problem.help("a part of a test's name will do")])
    })
}

/// The modules of `files`, handed to the engine.
fn parsed(files: &[&PackFile], engine: &mut Engine, problems: &mut Vec<Problem>) -> Vec<Parsed> {
    let mut parsed = Vec::new();
    for file in files {
        match parse(engine, file) {
            Ok(module) => parsed.push(module),
            Err(problem) => problems.push(problem),
        }
    }
    parsed
}

/// The tests of these modules, by file and line.
fn find(modules: &[Parsed]) -> Vec<Found> {
    let mut found: BTreeMap<(String, usize), Found> = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for parsed in modules {
        for rule in &parsed.module.rules {
            let Some(name) = rule.name().filter(|name| name.starts_with("test_")) else {
                continue;
            };
            let path = rule_path(&parsed.package, name);
            if !seen.insert(path.clone()) {
                continue;
            }
            let line = rule.span().line;
            let package = parsed.package.get(1..).unwrap_or_default().join(".");
            let result = TestResult {
                name: path.trim_start_matches("data.").to_owned(),
                package,
                file: parsed.file.clone(),
                line,
                outcome: TestOutcome::Failed,
                prints: Vec::new(),
                bodies: Vec::new(),
            };
            let test = Found {
                path,
                package: parsed.package.clone(),
                rule: name.to_owned(),
                result,
            };
            found.insert((parsed.file.clone(), line), test);
        }
    }
    found.into_values().collect()
}

fn evaluate(engine: &mut Engine, test: &mut Found) -> Result<(), PolicyError> {
    test.result.outcome = match engine.evaluate(&test.path) {
        Ok(Some(Value::Bool(true))) => TestOutcome::Passed,
        Ok(Some(_)) => TestOutcome::Failed,
        Ok(None) => TestOutcome::Undefined,
        Err(error) if error.is_timeout => {
            return Err(PolicyError::TimeLimit {
                what: format!("test `{}`", test.result.name),
                seconds: RULE_SECONDS,
            });
        }
        Err(error) => TestOutcome::Errored(error.sentence()),
    };
    test.result.prints = engine.take_prints();
    Ok(())
}

/// Takes the failed tests apart. Theirs are the modules parsed a second time, so that tests that
/// all pass cost nothing.
fn explain(engine: Engine, all: &[PackFile], found: &mut [Found]) {
    let mut failed = found.iter_mut().filter(|test| !test.result.passed());
    let Some(first) = failed.next() else {
        return;
    };
    let lab = Lab::new(engine, all);
    for test in std::iter::once(first).chain(failed).take(MAX_EXPLAINED) {
        test.result.bodies = lab.trace(&test.package, &test.rule);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_test_that_runs_too_long_is_an_error_that_names_it() {
        let text = "package slow_test\n\nr := numbers.range(1, 300)\n\n\
            test_it if count([1 | some a in r; some b in r; some c in r; some d in r]) == 1\n";
        let mut engine = Engine::new();
        engine.set_time_limit(Duration::from_millis(20));
        engine.add_module("slow_test.rego", text).unwrap();
        let mut test = Found {
            path: "data.slow_test.test_it".to_owned(),
            package: vec!["data".to_owned(), "slow_test".to_owned()],
            rule: "test_it".to_owned(),
            result: TestResult {
                name: "slow_test.test_it".to_owned(),
                package: "slow_test".to_owned(),
                file: "slow_test.rego".to_owned(),
                line: 5,
                outcome: TestOutcome::Failed,
                prints: Vec::new(),
                bodies: Vec::new(),
            },
        };
        let error = evaluate(&mut engine, &mut test).unwrap_err();
        assert_eq!(
            error.to_string(),
            "test `slow_test.test_it` ran longer than 20 seconds"
        );
    }
}
