//! Tests of rules: `freehold policy test`.

use freehold::policy::error::ProblemKind;
use freehold::policy::rule_tests::{self, TestOptions, TestOutcome};

use crate::judging::{kinds, listed, metadata, write};

#[test]
fn the_shipped_packs_tests_pass() {
    let run = rule_tests::run_embedded(&TestOptions::default()).unwrap();
    let failed: Vec<_> = run.results.iter().filter(|test| !test.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(run.results.len() >= 50, "{}", run.results.len());
}

#[test]
fn a_test_that_is_undefined_has_failed() {
    let directory = tempfile::tempdir().unwrap();
    let rule = format!(
        "{}package freehold.hardening.mine\n\ndeny contains \"x\" if input.image.role.name == \"app\"\n",
        metadata("needs: [image]")
    );
    let tests = "package freehold.hardening.mine_test\n\nimport data.freehold.hardening.mine\n\n\
                 test_app if {\n\tcount(mine.deny) == 1 \
                 with input as {\"image\": {\"role\": {\"name\": \"app\"}}}\n}\n\n\
                 test_undefined if {\n\tinput.nothing\n}\n\n\
                 test_error if {\n\tprint(\"seen\")\n\tcount(1) == 1\n}\n\n\
                 test_false := false\n";
    write(
        directory.path(),
        &[("mine.rego", &rule), ("mine_test.rego", tests)],
    );
    let covered = TestOptions {
        coverage: true,
        pattern: None,
    };
    let run = rule_tests::run(directory.path(), &covered).unwrap();
    let seen: Vec<(&str, usize, bool)> = run
        .results
        .iter()
        .map(|test| {
            (
                test.name.rsplit('.').next().unwrap(),
                test.line,
                test.passed(),
            )
        })
        .collect();
    let expected = [
        ("test_app", 5, true),
        ("test_undefined", 9, false),
        ("test_error", 13, false),
        ("test_false", 18, false),
    ];
    assert_eq!(seen, expected);
    assert_eq!(run.failures(), 3);
    assert_eq!(run.results[1].outcome, TestOutcome::Undefined);
    assert!(matches!(run.results[2].outcome, TestOutcome::Errored(_)));
    assert_eq!(run.results[3].outcome, TestOutcome::Failed);
    assert!(
        run.results[2].prints[0].contains("seen"),
        "{:?}",
        run.results[2].prints
    );
    let coverage = run.coverage.unwrap();
    let own = coverage
        .files
        .iter()
        .find(|file| file.file.ends_with("mine.rego"));
    assert!(own.unwrap().covered > 0);
}

#[test]
fn a_copy_of_the_pack_tests_itself() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
    let copied = rule_tests::run(root.as_ref(), &TestOptions::default()).unwrap();
    let embedded = rule_tests::run_embedded(&TestOptions::default()).unwrap();
    assert_eq!(copied.results.len(), embedded.results.len());
}

#[test]
fn a_part_of_the_pack_tests_itself() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/hardening");
    let run = rule_tests::run(root.as_ref(), &TestOptions::default()).unwrap();
    assert!(run.results.len() >= 10, "{}", run.results.len());
    assert_eq!((run.failures(), run.warnings), (0, Vec::new()));
}

#[test]
fn rule_tests_come_with_what_loading_warns_about() {
    let directory = tempfile::tempdir().unwrap();
    let rule = "package main\n\ndeny contains \"x\" if count(input.pakages) > 0\n";
    let tests = "package main_test\n\nimport data.main\n\ntest_it if {\n\
                 \tcount(main.deny) == 1 with input as {\"pakages\": [1]}\n}\n";
    write(
        directory.path(),
        &[("mine.rego", rule), ("mine_test.rego", tests)],
    );
    let run = rule_tests::run(directory.path(), &TestOptions::default()).unwrap();
    assert_eq!((run.results.len(), run.failures()), (1, 0));
    assert_eq!(kinds(&run.warnings), [ProblemKind::UnknownInputPath]);

    let clock = "package main\n\ndeny contains \"x\" if time.now_ns() > 1\n";
    write(directory.path(), &[("mine.rego", clock)]);
    let error = rule_tests::run(directory.path(), &TestOptions::default()).unwrap_err();
    assert_eq!(kinds(listed(&error)), [ProblemKind::ForbiddenBuiltin]);
}
