//! What a rule writer's mistakes must not do: end the program, or pass in silence.

use std::path::Path;
use std::process::Command;

use freehold::facts::model::Facts;
use freehold::policy::error::{PolicyError, Problem, ProblemKind};
use freehold::policy::pack::Pack;
use freehold::policy::query::{self, Answer};
use freehold::policy::verdict::Outcome;

use crate::judging::{NOW, facts, facts_document, judge, kinds, load, problems, write};

/// The problems of a package `main` with this body.
fn found(body: &str) -> Vec<Problem> {
    problems(&[("main.rego", &format!("package main\n\n{body}\n"))])
}

/// Why a pack of these files is refused as recursive.
fn circle(files: &[(&str, &str)]) -> Problem {
    let error = load(files).expect_err("a circle");
    let [problem] = error.problems() else {
        panic!("{error:?}")
    };
    assert_eq!(problem.kind, ProblemKind::Recursion, "{problem:?}");
    assert!(problem.help.is_some(), "{problem:?}");
    problem.clone()
}

#[test]
fn a_rule_that_refers_to_itself_is_refused_with_the_way_it_takes() {
    for (body, way, range) in [
        (
            "deny contains f(1)\n\nf(x) := f(x + 1)",
            "f` refers to itself: main.f -> main.f",
            [5, 9, 5, 10],
        ),
        (
            "deny contains f(1)\n\nf(x) := g(x)\n\ng(x) := h(x)\n\nh(x) := f(x)",
            "f` refers to itself: main.f -> main.g -> main.h -> main.f",
            [5, 9, 5, 10],
        ),
        (
            "a if not b\n\nb if not a",
            "a` refers to itself: main.a -> main.b -> main.a",
            [3, 10, 3, 11],
        ),
        (
            "f(x) := [y | some y in data.main.g(x)]\n\ng(x) := {1 | f(x)}",
            "f` refers to itself: main.f -> main.g -> main.f",
            [3, 24, 3, 35],
        ),
        (
            "a := count(data.main)",
            "a` refers to itself: main.a -> main.a",
            [3, 12, 3, 21],
        ),
        (
            "a := data[x] if some x in [\"main\"]",
            "a` refers to itself: main.a -> main.a",
            [3, 6, 3, 13],
        ),
        (
            "a if true with input as b\n\nb := a",
            "a` refers to itself: main.a -> main.b -> main.a",
            [3, 25, 3, 26],
        ),
        (
            "a if every b in [1] { a == b }",
            "a` refers to itself: main.a -> main.a",
            [3, 23, 3, 24],
        ),
        (
            "f(x) := 1 if x == 0\n\nelse := f(x - 1)",
            "f` refers to itself: main.f -> main.f",
            [5, 9, 5, 10],
        ),
    ] {
        let problem = circle(&[("main.rego", &format!("package main\n\n{body}\n"))]);
        assert!(
            problem.message.ends_with(way),
            "{body}: {}",
            problem.message
        );
        let at = problem.range().unwrap();
        assert_eq!(at[..2], range[..2], "{body}: {problem:?}");
    }
}

#[test]
fn a_circle_through_packages_and_imports_is_found() {
    let one = "package one\n\nimport data.two.lib as other\n\ndeny contains \"x\" if other.f(1)\n\nf(x) if other.f(x)\n";
    let two = "package two.lib\n\nimport data.one\n\nf(x) if one.f(x)\n";
    let problem = circle(&[("one.rego", one), ("two.rego", two)]);
    assert!(problem.file.ends_with("one.rego"), "{problem:?}");
    assert_eq!(problem.line, Some(7));
    let way = "one.f -> two.lib.f -> one.f";
    assert!(problem.message.ends_with(way), "{problem:?}");
}

#[test]
fn what_only_looks_like_a_circle_is_none() {
    for body in [
        // A name that stands for a variable.
        "deny contains msg if some msg in input.image.config.cmd",
        "f(g) := g\n\ng := f(1)",
        "a := [b | some b in [1]]\n\nb := a",
        "a if {\n\tb := 1\n\tb == 1\n}\n\nb if a",
        "a if every b in [1] { b == 1 }\n\nb if a",
        // Parts of one object.
        "a.b := 1\n\na.c := a.b + 1",
        // What a test replaces is not read.
        "a if true with data.main.a as 1",
        "f(x) := x if x == 1\n\nf(x) := x if x == 2",
    ] {
        let found = found(&format!("deny contains \"none\" if false\n\n{body}"));
        assert!(
            !kinds(&found).contains(&ProblemKind::Recursion),
            "{body}: {found:?}"
        );
    }
}

#[test]
fn a_long_chain_and_a_long_circle_are_looked_through() {
    let chain: String = (0..9_000)
        .map(|n| format!("f{n}(x) := f{}(x)\n\n", n + 1))
        .collect();
    let sound = format!("package main\n\ndeny contains \"x\" if false\n\n{chain}f9000(x) := x\n");
    load(&[("main.rego", &sound)]).unwrap();
    let round = format!("package main\n\n{chain}f9000(x) := f0(x)\n");
    let problem = circle(&[("main.rego", &round)]);
    assert_eq!(problem.line, Some(3), "{}", problem.message);
    assert!(problem.message.len() < 300, "{}", problem.message);
    assert!(
        problem.message.ends_with("… -> main.f0"),
        "{}",
        problem.message
    );
}

fn freehold(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("freehold"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FREEHOLD_")) {
        command.env_remove(name);
    }
    command.env("FREEHOLD_NO_CACHE", "1").current_dir(folder);
    let output = command.args(arguments).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8(output.stderr).unwrap());
    (output.status.code().expect("no signal"), text)
}

#[test]
fn no_command_dies_of_a_recursion() {
    let folder = tempfile::tempdir().unwrap();
    let text = "package main\n\ndeny contains f(1)\n\nf(x) := f(x + 1)\n";
    write(
        folder.path(),
        &[
            ("rules/main.rego", text),
            ("facts.json", &facts_document().to_string()),
        ],
    );
    let image = "facts:facts.json";
    for arguments in [
        &["check", "-p", "rules", image][..],
        &["scan", "-p", "rules", image],
        &["eval", "-p", "rules", "data.main.deny", image],
        &["policy", "check", "rules"],
        &["policy", "test", "rules"],
        &["policy", "explain", "main", "-p", "rules", "--image", image],
    ] {
        let (code, text) = freehold(folder.path(), arguments);
        assert!([1, 2].contains(&code), "{arguments:?}: {code} {text}");
        assert!(text.contains("main.f -> main.f"), "{arguments:?}: {text}");
    }
}

/// A condition gives one problem of its types, whose message has these parts.
fn is_impossible(condition: &str, parts: [&str; 2]) {
    let helper = "\n\n_is_new(x) if x > 3";
    let problems = found(&format!("deny contains \"x\" if {condition}{helper}"));
    let [problem] = problems.as_slice() else {
        panic!("{condition}: {problems:?}")
    };
    assert_eq!(problem.kind, ProblemKind::ImpossibleValue, "{condition}");
    assert!(problem.range().is_some(), "{condition}");
    for part in parts {
        assert!(problem.message.contains(part), "{condition}: {problem:?}");
    }
}

#[test]
fn values_of_types_that_never_meet_are_told() {
    for (body, parts) in [
        (
            "input.image.config.runs_as_root == \"true\"",
            ["a boolean or null", "`\"true\"` is a string"],
        ),
        (
            "input.image.created == 3",
            ["a string or null", "`3` is a number"],
        ),
        (
            "input.image.stored_bytes != \"big\"",
            ["a number", "never equal"],
        ),
        (
            "input.image.stored_bytes > \"5\"",
            ["a number", "their order"],
        ),
        (
            "input.image.config.user == input.image.stored_bytes",
            ["a string", "a number"],
        ),
        ("input.image.config.cmd == {\"sh\"}", ["an array", "a set"]),
        (
            "count(input.packages) == \"5\"",
            ["`count(input.packages)` is a number", "a string"],
        ),
    ] {
        is_impossible(body, parts);
    }
}

#[test]
fn arguments_a_builtin_does_not_take_are_told() {
    for (body, parts) in [
        (
            "count(input.image.config.runs_as_root) > 0",
            [
                "`count` takes a string, an array, an object or a set",
                "a boolean",
            ],
        ),
        (
            "lower(input.image.labels) == \"x\"",
            ["`lower` takes a string", "an object"],
        ),
        (
            "concat(\",\", input.image.config.user) == \"x\"",
            ["`concat` takes an array or a set", "a string"],
        ),
        (
            "startswith(\"x\", input.image.config.cmd)",
            ["`startswith` takes a string", "an array"],
        ),
        (
            "sum(input.image.stored_bytes) > 1",
            ["`sum` takes an array or a set", "a number"],
        ),
        (
            "_is_new(input.image.created)",
            [
                "`input.image.created` is a string or null",
                "`3` is a number",
            ],
        ),
    ] {
        is_impossible(body, parts);
    }
}

#[test]
fn a_rule_that_waits_for_another_type_is_unknown() {
    let body = "deny contains \"x\" if {\n\tsome p in input.packages\n\tp.version == 3\n}";
    let verdict = judge("needs: [image, packages]", body, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Unknown);
    let indexed = found("deny contains \"x\" if input.image.config.user[0] == \"r\"");
    assert_eq!(kinds(&indexed), [ProblemKind::UnknownInputPath]);
}

#[test]
fn values_that_may_meet_are_left_alone() {
    for body in [
        "input.image.created == null",
        "is_null(input.image.created)",
        "input.image.config.user == null",
        "input.image.created < \"2026\"",
        "input.image.config.user == \"root\"",
        "input.image.stored_bytes > 1.5",
        "input.image.config.cmd == [\"sh\"]",
        "input.image.config.runs_as_root == true",
        "to_number(input.image.created) == 3",
        "count(input.image.config.user) == 3",
        "input.image.labels[\"a\"] == \"b\"",
        "input.image.config.cmd[0] == \"sh\"",
        "concat(\",\", {x | some x in input.image.config.cmd}) == \"x\"",
        "max([n | n := input.image.stored_bytes]) == 1",
        "_all(input.image.config.user) == \"root\"",
        "_all(input.image.config.cmd) == \"root\"",
        "count(input.image.config.user, 3)",
    ] {
        let helper =
            "\n\n_all(x) := x if is_string(x)\n\n_all(x) := concat(\",\", x) if is_array(x)";
        let problems = found(&format!("deny contains \"x\" if {body}{helper}"));
        assert_eq!(problems, [], "{body}");
    }
}

#[test]
fn a_wrong_number_of_arguments_is_refused() {
    for (body, message) in [
        (
            "startswith(\"x\")",
            "`startswith` takes 2 arguments and is given 1",
        ),
        (
            "count([1], 1, 2)",
            "`count` takes 1 argument and is given 3",
        ),
        (
            "object.get({}, \"a\")",
            "`object.get` takes 3 arguments and is given 2",
        ),
        ("_own(1)", "`_own` takes 2 arguments and is given 1"),
        (
            "data.freehold.lib.coverage.complete()",
            "takes 1 argument and is given 0",
        ),
    ] {
        let text =
            format!("package main\n\ndeny contains \"x\" if {body}\n\n_own(a, b) if a == b\n");
        let error = load(&[("main.rego", &text)]).expect_err(body);
        let [problem] = error.problems() else {
            panic!("{body}: {error:?}")
        };
        assert_eq!(problem.kind, ProblemKind::WrongArguments, "{body}");
        assert!(
            problem.message.contains(message),
            "{body}: {}",
            problem.message
        );
        assert_eq!(problem.line, Some(3), "{body}");
    }
}

/// What `policy test` and `policy check` say of a test of a rule called `acme.team_label`.
fn tested(test: &str) -> [(i32, String); 2] {
    let folder = tempfile::tempdir().unwrap();
    let rule =
        "package acme.team_label\n\ndeny contains \"x\" if data.exceptions.all\n\n_f(x) := x\n";
    let text = format!("package acme.team_label_test\n\n{test}\n");
    write(
        folder.path(),
        &[("team_label.rego", rule), ("team_label_test.rego", &text)],
    );
    ["test", "check"].map(|command| freehold(folder.path(), &["policy", command, "."]))
}

#[test]
fn a_test_of_what_does_not_exist_does_not_pass() {
    for (test, parts) in [
        (
            "import data.acme.team_lable as rule\n\ntest_none if not rule.deny",
            [
                "the pack has no `data.acme.team_lable`",
                "data.acme.team_label`?",
            ],
        ),
        (
            "import data.acme.team_label as rule\n\ntest_none if not rule.dney",
            ["the pack has no `data.acme.team_label.dney`", "deny`?"],
        ),
        (
            "import data.acme.team_lable as rule\n\ntest_none if not rule.deny with rule.all as 1",
            [
                "the pack has no `data.acme.team_lable`",
                "data.acme.team_label`?",
            ],
        ),
        (
            "test_none if not cuont([1])",
            ["there is no function `cuont`", "`count`?"],
        ),
        (
            "import data.acme.team_label as rule\n\ntest_none if count(rule.deny) == 0 with data.exeptions as {}",
            ["`with` replaces `data.exeptions`", "nothing reads"],
        ),
        (
            "f(x) := f(x)\n\ntest_none if not f(1)",
            [
                "team_label_test.f -> acme.team_label_test.f",
                "refers to itself",
            ],
        ),
    ] {
        for (code, text) in tested(test) {
            assert!([1, 2].contains(&code), "{test}: {code} {text}");
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for part in parts {
                assert!(flat.contains(part), "{test}: {text}");
            }
        }
    }
}

#[test]
fn a_test_may_bring_what_only_a_run_has() {
    let test = "import data.acme.team_label as rule\n\n\
        mock(_) := 2\n\n\
        test_denied if count(rule.deny) == 1 with data.exceptions as {\"all\": true}\n\n\
        test_path if count(rule.deny) == 1 with data.exceptions.all as true\n\n\
        test_time if rule._f(1) == 1 with data.freehold.now as \"2026-01-01T00:00:00Z\"\n\n\
        test_own if data.mine == 1 with data.mine as 1\n\n\
        test_input if count(rule.deny) == 0 with input.image as {} with count as mock with data.exceptions.all as false";
    let [(code, text), (_, checked)] = tested(test);
    assert!(!checked.contains("`with` replaces"), "{checked}");
    assert!(!checked.contains("has no `data.mine"), "{checked}");
    assert!(text.contains("4 tests passed") || code <= 1, "{text}");
}

fn asked(text: &str) -> Result<Answer, PolicyError> {
    let facts: Facts = facts(|_| {});
    query::query(&Pack::embedded().unwrap(), &facts, text, NOW)
}

/// The one problem with a query.
fn refused(text: &str) -> Problem {
    let error = asked(text).expect_err(text);
    let [problem] = error.problems() else {
        panic!("{text}: {error:?}")
    };
    problem.clone()
}

#[test]
fn a_query_may_do_no_more_than_a_rule() {
    for (query, kind) in [
        ("count(numbers.range(1, 1e8))", ProblemKind::ExcessiveWork),
        ("sprintf(\"%1000000000d\", [1])", ProblemKind::ExcessiveWork),
        ("startswith(\"x\")", ProblemKind::WrongArguments),
        ("http.send({})", ProblemKind::ForbiddenBuiltin),
        // 70 texts of a megabyte.
        (
            "[s | s := concat(\"\", [\"0123456789\" | numbers.range(1, 100000)[_]]); \
             numbers.range(1, 70)[_]]",
            ProblemKind::TooLarge,
        ),
    ] {
        let problem = refused(query);
        assert_eq!(problem.kind, kind, "{query}: {problem:?}");
        assert!(problem.help.is_some(), "{query}");
    }
    assert!(asked("count(numbers.range(1, 1000))").is_ok());
}

#[test]
fn an_unfinished_query_is_told_what_is_missing() {
    for (query, message, column) in [
        ("input.packages[0].name ==", "expecting expression", 26),
        ("[1, 2", "expecting `]` while parsing array", 6),
        (
            "(1",
            "expecting `)` while parsing parenthesized expression",
            3,
        ),
        ("", "the query is empty", 1),
        ("  ", "the query is empty", 1),
        ("x", "use of undefined variable `x` is unsafe", 1),
        ("\ty == 1", "use of undefined variable `y` is unsafe", 2),
        (
            "\"\u{e4}\" == \t\tz",
            "use of undefined variable `z` is unsafe",
            10,
        ),
    ] {
        let problem = refused(query);
        assert_eq!(problem.message, message, "{query}");
        let range = problem.range().unwrap();
        assert_eq!(range[..2], [1, column], "{query}: {range:?}");
    }
}

#[test]
fn a_name_that_is_not_defined_is_told_in_its_column_with_what_was_meant() {
    let asked = refused("inptu.image.created");
    assert_eq!(asked.help.as_deref(), Some("did you mean `input`?"));
    for (body, column, help) in [
        (
            "deny contains \"x\" if {\n\t\tlimti == 1\n}\n\nlimit := 2",
            [4, 3],
            "did you mean `limit`?",
        ),
        (
            "deny contains \"x\" if {\n\tsome label in input.image.config.cmd\n\tlabl == \"x\"\n}",
            [5, 2],
            "did you mean `label`?",
        ),
        (
            "deny contains \"x\" if {\n\tinptu.image\n}",
            [4, 2],
            "did you mean `input`?",
        ),
        (
            "deny contains \"x\" if {\n\tcoverge.complete({\"image\"})\n\tz == 1\n}",
            [5, 2],
            "nothing here defines `z`",
        ),
        (
            "deny contains \"x\" if {\n\tcoverage.complete({\"image\"}); cov == 1\n}",
            [4, 32],
            "nothing here defines `cov`",
        ),
    ] {
        let text = format!("package main\n\n{body}\n");
        let text = match body.contains("coverage.") {
            true => text.replace("main\n\n", "main\nimport data.freehold.lib.coverage\n"),
            false => text,
        };
        let error = load(&[("main.rego", &text)]).expect_err(body);
        let problem = &error.problems()[0];
        let syntax = error
            .problems()
            .iter()
            .find(|one| one.kind == ProblemKind::Syntax);
        let problem = syntax.unwrap_or(problem);
        assert_eq!(problem.range().unwrap()[..2], column, "{body}: {problem:?}");
        assert!(
            problem.help.as_ref().unwrap().contains(help),
            "{body}: {:?}",
            problem.help
        );
    }
}
