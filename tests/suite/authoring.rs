//! What a policy author runs: `policy new`, `check`, `test`, `list`, `explain`, `docs`, and `eval`.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::judging::{facts_document, metadata, write};

const TIME: &str = "--effective-time=2026-11-21";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("freehold"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FREEHOLD_")) {
        command.env_remove(name);
    }
    command.env("FREEHOLD_NO_CACHE", "1").current_dir(folder);
    command.args(arguments).output().unwrap()
}

/// Exit status and both streams.
fn ran(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = run(folder, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Saved facts of an image with nothing in it, changed by `change`.
fn facts(folder: &Path, change: impl FnOnce(&mut Value)) -> String {
    let mut document = facts_document();
    change(&mut document);
    std::fs::write(folder.join("facts.json"), document.to_string()).unwrap();
    "facts:facts.json".to_owned()
}

const TEST: &str = "package main_test\n\nimport data.main\n\n";

/// What `policy test` says of one test of a rule that denies each label.
fn failed(test: &str) -> String {
    let folder = temporary();
    let rule = "package main\n\ndeny contains msg if {\n\tsome name, value in input.image.labels\n\
                \tvalue != \"\"\n\tmsg := sprintf(\"label %s\", [name])\n}\n\n\
                _long(text) if {\n\tcount(text) > 3\n}\n\nlong(text) if _long(text)\n";
    let files = [
        ("main.rego", rule),
        ("main_test.rego", &format!("{TEST}{test}")),
    ];
    write(folder.path(), &files);
    let (code, out, err) = ran(folder.path(), &["policy", "test", "."]);
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    out
}

#[test]
fn a_new_rule_passes_its_checks_and_its_tests() {
    let folder = temporary();
    let new = ["policy", "new", "acme.base_is_ours", "--dir", "rules"];
    let (code, out, err) = ran(folder.path(), &new);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("freehold policy test rules"), "{out}");
    for extra in ["base_is_ours.rego", "base_is_ours_test.rego"] {
        assert!(
            folder
                .path()
                .join("rules/acme/base_is_ours")
                .join(extra)
                .is_file()
        );
    }
    let (code, out, err) = ran(folder.path(), &["policy", "check", "rules", "--strict"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(out, "1 rule, 1 test file: 0 errors, 0 warnings\n");
    let (code, out, _) = ran(
        folder.path(),
        &["policy", "test", "rules", "--threshold", "100"],
    );
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("2 tests passed, 0 failed"), "{out}");
}

#[test]
fn a_new_rule_overwrites_nothing() {
    let folder = temporary();
    write(folder.path(), &[("acme/mine/mine_test.rego", "mine")]);
    let (code, _, err) = ran(folder.path(), &["policy", "new", "acme.mine"]);
    assert_eq!(code, 2);
    assert!(err.contains("nothing is overwritten"), "{err}");
    assert!(!folder.path().join("acme/mine/mine.rego").exists());
}

#[test]
fn a_name_that_is_no_id_or_is_taken_is_refused() {
    let folder = temporary();
    for (id, said) in [
        ("../../x.y", "not the id of a rule"),
        ("acme", "not the id of a rule"),
        ("acme.not", "a word of Rego"),
        ("lib.mine", "not a category"),
        ("hardening.no_setuid", "exists already"),
    ] {
        let (code, _, err) = ran(folder.path(), &["policy", "new", id]);
        assert_eq!(code, 2, "{id}");
        assert!(err.contains(said), "{id}: {err}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_failed_comparison_shows_both_sides_and_what_was_counted() {
    let out = failed(
        "test_a if {\n\tcount(main.deny) == 2 with input as {\"image\": {\"labels\": {\"a\": \"b\"}}}\n}\n",
    );
    assert!(out.contains("line 6"), "{out}");
    assert!(out.contains("count(main.deny) = 1"), "{out}");
    assert!(out.contains("main.deny = [\"label a\"]"), "{out}");
    assert!(out.contains("right    2"), "{out}");
}

#[test]
fn a_failed_comparison_after_a_text_and_a_second_input_is_found() {
    let out = failed(
        "test_a if {\n\tsome msg in main.deny with input as {\"image\": {\"labels\": {\"a\": \"b\"}}}\n\
         \tmsg == \"label a\"\n\tcount(main.deny) == 0 with input as {\"image\": {\"labels\": {\"c\": \"d\"}}}\n\
         \tmsg == \"label b\"\n}\n",
    );
    assert!(out.contains("line 8"), "{out}");
    assert!(out.contains("main.deny = [\"label c\"]"), "{out}");
}

#[test]
fn sets_that_differ_show_what_is_missing_and_what_is_too_much() {
    let out = failed(
        "test_a if {\n\tmain.deny == {\"label a\", \"label z\"} with input as {\"image\": {\"labels\": {\"a\": \"b\", \"c\": \"d\"}}}\n}\n",
    );
    assert!(out.contains("only left   \"label c\""), "{out}");
    assert!(out.contains("only right  \"label z\""), "{out}");
}

#[test]
fn a_failed_test_shows_where_the_rule_it_asks_stopped() {
    let out = failed(
        "test_a if {\n\tcount(main.deny) > 0 with input as {\"image\": {\"labels\": {\"a\": \"\"}}}\n}\n",
    );
    assert!(
        out.contains("held     some name, value in input.image.labels"),
        "{out}"
    );
    assert!(out.contains("false    value != \"\""), "{out}");
    assert!(out.contains("-        msg := sprintf("), "{out}");
}

#[test]
fn a_failed_call_shows_its_arguments_and_the_function() {
    let out = failed("test_a if {\n\ttext := \"abc\"\n\tmain.long(text)\n}\n");
    assert!(out.contains("line 7"), "{out}");
    assert!(out.contains("argument  text = \"abc\""), "{out}");
    assert!(out.contains("long(text)  main.rego:13"), "{out}");
}

#[test]
fn an_every_that_fails_names_the_elements() {
    let out = failed("test_a if {\n\tevery x in [1, 2, 3] {\n\t\tx < 3\n\t}\n}\n");
    assert!(out.contains("[{\"x\":3}]"), "{out}");
}

#[test]
fn an_undefined_reference_shows_how_far_it_goes() {
    let out = failed("test_a if {\n\tfacts := {\"a\": {\"b\": 1}}\n\tfacts.a.c == 1\n}\n");
    assert!(out.contains("facts.a.c is undefined"), "{out}");
    assert!(out.contains("defined  facts.a = {\"b\":1}"), "{out}");
}

fn two_branches() -> tempfile::TempDir {
    let folder = temporary();
    let rule = "package main\n\ndeny contains \"a\" if input.image.source == \"a\"\n\n\
                deny contains msg if {\n\tinput.image.source == \"b\"\n\tmsg := \"b\"\n}\n";
    let tests = format!(
        "{TEST}test_a if \"a\" in main.deny with input as {{\"image\": {{\"source\": \"a\"}}}}\n\n\
         test_no if {{\n\tprint(\"<seen>\")\n\tfalse\n}}\n"
    );
    write(
        folder.path(),
        &[("main.rego", rule), ("main_test.rego", &tests)],
    );
    folder
}

#[test]
fn lines_no_test_reaches_are_named_and_a_threshold_fails() {
    let folder = two_branches();
    let test = [
        "policy",
        "test",
        ".",
        "--run",
        "test_a$",
        "--threshold",
        "90",
    ];
    let (code, out, err) = ran(folder.path(), &test);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("main.rego:5,7"), "{out}");
    assert!(out.contains("1 test passed, 0 failed"), "{out}");
    assert!(err.contains("90 % are asked for"), "{err}");
    let test = [
        "policy",
        "test",
        ".",
        "--run",
        "test_a$",
        "--threshold",
        "10",
    ];
    assert_eq!(ran(folder.path(), &test).0, 0);
    let (code, _, err) = ran(folder.path(), &["policy", "test", ".", "--run", "("]);
    assert_eq!(code, 2);
    assert!(err.contains("not a regular expression"), "{err}");
    let (code, _, err) = ran(folder.path(), &["policy", "test", ".", "--run", "zzz"]);
    assert_eq!(code, 2);
    assert!(err.contains("no test matches `zzz`"), "{err}");
}

#[test]
fn junit_has_a_case_for_each_test_and_is_escaped() {
    let folder = two_branches();
    let (code, out, _) = ran(folder.path(), &["policy", "test", ".", "-f", "junit"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("<testsuite name=\"main_test\" tests=\"2\" failures=\"1\" errors=\"0\">"),
        "{out}"
    );
    assert!(
        out.contains("name=\"test_a\" classname=\"main_test\""),
        "{out}"
    );
    assert!(out.contains("<failure message="), "{out}");
    assert!(out.contains("&lt;seen&gt;"), "{out}");
}

#[test]
fn check_finds_what_is_not_written_as_the_pack_asks() {
    let folder = temporary();
    let rule = format!(
        "{}package freehold.acme.mine\n\ndeny contains {{\"msg\": \"It is bad.\", \"subject\": \"mine\", \"evidence\": {{}}}} if {{\n\
         \tinput.image.source == \"registry\"\n}}\n",
        metadata("needs: [image]")
    )
    .replace("# title: ", "# title: Ensure ");
    write(
        folder.path(),
        &[
            ("acme/mine/mine.rego", &rule),
            ("acme/mine/parameters.yaml", "parameters:\n  unread: 1\n"),
        ],
    );
    let (code, out, err) = ran(folder.path(), &["policy", "check", ".", "-f", "json"]);
    assert_eq!(code, 0, "{err}");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["rules"], json!(["acme.mine"]));
    let problems = document["problems"].as_array().unwrap();
    for said in [
        "has no test beside it",
        "the message ends with a full stop",
        "`mine` is not how a subject is written",
        "no rule reads the parameter `unread`",
        "has no comment",
        "not what is true when the rule passes",
    ] {
        let found = problems
            .iter()
            .find(|one| one["message"].as_str().unwrap().contains(said));
        let found = found.unwrap_or_else(|| panic!("{said}: {out}"));
        assert_eq!(found["severity"], "warning");
        assert!(found["range"]["line"].as_u64().unwrap() > 0);
    }
    assert_eq!(
        ran(folder.path(), &["policy", "check", ".", "--strict"]).0,
        1
    );
}

#[test]
fn check_says_what_keeps_a_pack_from_loading() {
    let folder = temporary();
    write(
        folder.path(),
        &[("mine.rego", "package main\n\ndeny contains x if {\n")],
    );
    let (code, out, err) = ran(folder.path(), &["policy", "check", "."]);
    assert_eq!((code, out.as_str()), (1, "1 error, 0 warnings\n"));
    assert!(err.contains("mine.rego:"), "{err}");
}

#[test]
fn the_shipped_pack_is_written_as_it_asks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, out, err) = ran(root, &["policy", "check", "policies", "--strict"]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn a_rule_is_explained_without_an_image() {
    let folder = temporary();
    let (code, out, _) = ran(
        folder.path(),
        &[
            "policy",
            "explain",
            "hardening.elf_hardening",
            "--width=100",
        ],
    );
    assert_eq!(code, 0);
    for said in [
        "points of the axis",
        "minimum_share = 0.95",
        "it builds compilers and Python",
        "to fix it",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let (code, _, err) = ran(folder.path(), &["policy", "explain", "no_setuid"]);
    assert_eq!(code, 2);
    assert!(err.contains("did you mean `hardening.no_setuid`?"), "{err}");
}

#[test]
fn a_rule_is_explained_by_what_it_saw() {
    let folder = temporary();
    let image = facts(folder.path(), |facts| {
        facts["image"]["role"]["name"] = json!("app")
    });
    let explain = [
        "policy",
        "explain",
        "hardening.non_root_user",
        "--image",
        &image,
        TIME,
    ];
    let (code, out, err) = ran(folder.path(), &explain);
    assert_eq!(code, 0, "{err}");
    for said in [
        "outcome      fail",
        "the image starts as root (no USER is set)",
        "input.image.config.runs_as_root",
        "held     input.image.config.runs_as_root == true",
        "false    input.image.source == \"rootfs\"",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let mut explain = explain.to_vec();
    explain.extend(["-f", "json"]);
    let document: Value = serde_json::from_str(&ran(folder.path(), &explain).1).unwrap();
    assert_eq!(document["image"]["verdict"]["outcome"], "fail");
    assert!(document["image"]["bodies"].as_array().unwrap().len() > 2);
}

#[test]
fn a_list_is_of_the_rules_a_profile_has_on() {
    let folder = temporary();
    let list = |profile: &[&str]| -> [usize; 2] {
        let mut arguments = vec!["policy", "list", "-f", "json"];
        arguments.extend(profile);
        let document: Value = serde_json::from_str(&ran(folder.path(), &arguments).1).unwrap();
        ["rules", "requirements"].map(|kind| document[kind].as_array().unwrap().len())
    };
    let ([all, requirements], [gate, counted]) = (list(&[]), list(&["--profile", "gate"]));
    assert!(gate > 0 && gate < all, "{gate} of {all}");
    assert!(
        requirements >= 13 && counted == 0,
        "{counted} of {requirements}"
    );
}

#[test]
fn docs_of_a_directory_are_of_its_rules_alone() {
    let folder = temporary();
    assert_eq!(
        ran(folder.path(), &["policy", "new", "acme.mine", "--dir", "r"]).0,
        0
    );
    let (code, out, _) = ran(folder.path(), &["policy", "docs", "r"]);
    assert_eq!(code, 0);
    assert!(out.contains("### acme.mine"), "{out}");
    assert!(out.contains("`the image has no label %s`"), "{out}");
    assert!(!out.contains("hardening.no_setuid"), "{out}");
}

#[test]
fn eval_answers_a_query_and_says_when_it_is_undefined() {
    let folder = temporary();
    let image = facts(folder.path(), |facts| {
        facts["image"]["labels"] = json!({"b": "2", "a": "1"});
        facts["distro"]["id"] = json!("debian");
    });
    let eval = |query: &str| ran(folder.path(), &["eval", query, &image, TIME]);
    assert_eq!(eval("input.distro.id").1, "\"debian\"\n");
    assert_eq!(
        eval("{x | some x in [3, 1, 2]} | {1}").1,
        "[\n  1,\n  2,\n  3\n]\n"
    );
    let (code, out, _) = eval(
        "[{\"name\": name, \"value\": value} | some name, value in input.image.labels; value > \"1\"]",
    );
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, found), (0, json!([{"name": "b", "value": "2"}])));
    assert_eq!(eval("data.freehold.now").1, "\"2026-11-21T00:00:00Z\"\n");
    assert_eq!(eval("false").1, "false\n");

    let (code, out, err) = eval("input.disto.id");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("did you mean `input.distro`?"), "{err}");
    for (query, said) in [
        ("input.distro.id ==", "query:1"),
        ("count(1)", "query:1:7"),
        ("some x in [1, 2]; x > 1", "put it into a list"),
        ("time.now_ns()", "may not be used"),
        (
            "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
            "nested too deeply",
        ),
    ] {
        let (code, out, err) = eval(query);
        assert_eq!((code, out.as_str()), (2, ""), "{query}");
        assert!(err.contains(said), "{query}: {err}");
    }
}

#[test]
fn eval_prints_a_list_of_objects_as_a_table() {
    let folder = temporary();
    let image = facts(folder.path(), |facts| {
        facts["image"]["labels"] = json!({"b": "2", "a": "1"});
    });
    let query = "some name, value in input.image.labels";
    let (code, out, _) = ran(folder.path(), &["eval", query, &image, "-f", "table"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "  name  value\n  a     1\n  b     2\n")
    );
}
