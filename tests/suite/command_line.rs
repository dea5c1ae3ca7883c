//! The program as a person or a pipeline runs it: exit status, both streams, and the flags.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::reports::assert_fresh;
use super::support::image_builder::ImageBuilder;
use super::support::layer::Layer;

const TIME: &str = "--effective-time=2026-11-21";

pub fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("freehold"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FREEHOLD_")) {
        command.env_remove(name);
    }
    command.env_remove("GITHUB_STEP_SUMMARY");
    command.env("FREEHOLD_NO_CACHE", "1");
    command
}

pub fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn ends_with(output: &Output, code: i32) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
}

pub fn example(name: &str) -> String {
    format!("oci-dir:examples/images/{name}")
}

fn image_with(layer: Layer) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    ImageBuilder::new()
        .layer(Layer::new().file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"))
        .layer(layer)
        .write_oci_dir(&path);
    let reference = format!("oci-dir:{}", path.display());
    (folder, reference)
}

fn private_key() -> (tempfile::TempDir, String) {
    let words = [
        "-----BEGIN",
        "PRIVATE KEY-----\nAAAA\n-----END",
        "PRIVATE KEY-----\n",
    ];
    image_with(Layer::new().file("root/key.pem", words.join(" ")))
}

fn facts_file(folder: &Path, image: &str) -> PathBuf {
    let file = folder.join("facts.json");
    let output = run(&["facts", image, "-o", file.to_str().unwrap()]);
    ends_with(&output, 0);
    assert!(output.stdout.is_empty());
    file
}

#[test]
fn a_scan_answers_on_stdout_and_is_silent_on_stderr() {
    let output = run(&["scan", &example("mainstream"), TIME]);
    ends_with(&output, 0);
    assert_eq!(text(&output.stderr), "");
    assert!(text(&output.stdout).contains("can we leave?"));
}

#[test]
fn check_passes_the_examples_and_blocks_an_added_private_key() {
    for name in ["mainstream", "distroless", "vendor-distro"] {
        let output = run(&["check", &example(name), TIME]);
        ends_with(&output, 0);
        assert!(text(&output.stdout).starts_with("PASSED"));
    }
    let (_folder, image) = private_key();
    let output = run(&["check", &image, TIME]);
    ends_with(&output, 1);
    let out = text(&output.stdout);
    assert!(out.starts_with("BLOCKED"), "{out}");
    assert!(out.contains("/root/key.pem"), "{out}");
}

#[test]
fn fail_on_sets_what_blocks() {
    let (_folder, image) = private_key();
    let report = |fail_on: &str| run(&["check", &image, TIME, "--fail-on", fail_on, "-f", "json"]);
    let strict: Value = serde_json::from_slice(&report("info").stdout).unwrap();
    let usual: Value = serde_json::from_slice(&report("high").stdout).unwrap();
    let blocking = |document: &Value| {
        document["images"][0]["gate"]["blocking"]
            .as_array()
            .unwrap()
            .len()
    };
    assert!(blocking(&strict) >= blocking(&usual));
    assert_eq!(usual["images"][0]["scorecard"]["verdict"], "blocked");
    assert_eq!(
        strict["images"][0]["scorecard"]["axes"],
        usual["images"][0]["scorecard"]["axes"]
    );
}

#[test]
fn an_unreadable_image_ends_with_2_and_the_others_are_still_reported() {
    let (_folder, blocked) = private_key();
    let output = run(&[
        "check",
        &example("mainstream"),
        "no/such/image",
        &blocked,
        TIME,
    ]);
    ends_with(&output, 2);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("PASSED") && out.contains("BLOCKED"), "{out}");
    assert!(out.contains("NOT READ  no/such/image"), "{out}");
    assert!(err.contains("source::") && err.contains("help:"), "{err}");
    assert!(err.contains("`no/such/image`"), "{err}");
}

#[test]
fn a_base_that_is_not_below_the_image_is_said_to_be_so() {
    let (base, image) = (example("mainstream"), example("distroless"));
    let output = run(&["check", &image, "--base", &base, TIME]);
    ends_with(&output, 0);
    let flat = |bytes: &[u8]| {
        let text = text(bytes);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = "is not below this image";
    assert!(flat(&output.stdout).contains(told), "{output:?}");
    assert!(flat(&output.stderr).contains(told), "{output:?}");
    let output = run(&["check", &image, "--base", &base, TIME, "--quiet"]);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_part_of_a_trust_root_that_cannot_be_used_is_told_and_vouches_for_nothing() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures");
    let good = std::fs::read_to_string(fixtures.join("trusted_root.json")).unwrap();
    let mut broken: Value = serde_json::from_str(&good).unwrap();
    broken["tlogs"][0]["publicKey"]["rawBytes"] = "bm9uZQ==".into();
    let only = serde_json::json!({"mediaType": broken["mediaType"], "tlogs": broken["tlogs"]});
    let folder = tempfile::tempdir().unwrap();
    let (_image, reference) = image_with(Layer::new());
    let bundle = fixtures.join("bundles/keyless.sigstore.json");
    let asked = |name: &str, roots: &[&Value]| {
        let file = folder.path().join(name);
        let lines: Vec<String> = roots.iter().map(ToString::to_string).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        let (root, bundle) = (file.to_str().unwrap(), bundle.to_str().unwrap());
        run(&[
            "facts",
            &reference,
            "--bundle",
            bundle,
            "--trusted-root",
            root,
        ])
    };
    let reason = |output: &Output| {
        let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
        let reason = &facts["signatures"]["items"][0]["verification"]["reason"];
        reason.as_str().unwrap().to_owned()
    };
    // Lines are folded wherever the name of the folder makes them long.
    let is_told = |output: &Output| {
        let told = text(&output.stderr);
        let told: String = told.chars().filter(char::is_ascii_alphanumeric).collect();
        told.contains("tlogsnumber1")
    };
    let output = asked("broken", &[&broken]);
    ends_with(&output, 0);
    assert!(is_told(&output));
    assert!(reason(&output).contains("a log that the trust root does not have"));

    let good: Value = serde_json::from_str(&good).unwrap();
    let output = asked("both", &[&broken, &good]);
    ends_with(&output, 0);
    assert!(is_told(&output));
    assert!(reason(&output).contains("it is about another image"));

    let output = asked("useless", &[&only]);
    ends_with(&output, 2);
    assert!(is_told(&output));
}

#[test]
fn one_problem_of_a_profile_or_a_pack_is_told_once() {
    for (flag, name) in [("--profile", "gatee"), ("--policy", "no-such-folder")] {
        let output = run(&["scan", &example("distroless"), flag, name]);
        ends_with(&output, 2);
        let err = text(&output.stderr);
        assert_eq!(err.matches(name).count(), 1, "{err}");
        assert_eq!(err.matches("policy::").count(), 1, "{err}");
    }
}

#[test]
fn a_comparison_of_one_readable_image_says_that_there_is_none() {
    let output = run(&["compare", "no/such/image", &example("distroless"), TIME]);
    ends_with(&output, 2);
    let out = text(&output.stdout);
    assert!(out.contains("Nothing to compare"), "{out}");
    assert!(out.contains("B  distroless"), "{out}");
    let output = run(&[
        "compare",
        "no/such/image",
        &example("distroless"),
        "-f",
        "json",
        TIME,
    ]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["not_read"][0]["position"], 0);
}

#[test]
fn misuse_ends_with_2_and_says_what_is_wrong() {
    for (arguments, expected) in [
        (vec!["scan"], "IMAGE"),
        (vec!["compare", "one"], "values required"),
        (vec!["scan", "x", "--no-such-flag"], "--no-such-flag"),
        (vec!["scan", "x", "--severity", "dreadful"], "dreadful"),
        (vec!["scan", "x", "--effective-time", "soon"], "cli::time"),
        (vec!["scan", "x", "--profile", "no-such"], "policy::profile"),
        (vec!["scan", "x", "--platform", "x"], "source::"),
        (vec!["facts", "facts:Cargo.toml"], "cli::facts_document"),
        (vec!["facts", "facts:no-such-file"], "cli::unreadable"),
        (vec!["policy", "test", "examples/images"], "cli::no_tests"),
        (vec!["policy", "test", "Cargo.toml"], "cli::not_a_directory"),
        (
            vec!["scan", "x", "-f", "json", "--explain", "evidence"],
            "cli::explain_format",
        ),
        (vec!["scan", "x", "-f", "pdf"], "sarif"),
        (vec!["scan", "x", "-f", "json="], "json="),
        (
            vec!["scan", "x", "-f", "json", "-f", "table"],
            "cli::formats",
        ),
        (
            vec!["scan", "x", "-f", "json=/x", "-o", "y"],
            "cli::formats",
        ),
        (vec!["compare", "x", "y", "-f", "junit"], "cli::formats"),
        (
            vec!["scan", "examples/images/hardened", "--base-layers", "4"],
            "scan::base_layers",
        ),
    ] {
        let output = run(&arguments);
        ends_with(&output, 2);
        let err = text(&output.stderr);
        assert!(err.contains(expected), "{arguments:?}: {err}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [
        vec!["--help"],
        vec!["scan", "-h"],
        vec!["sbom", "-h"],
        vec!["--version"],
    ] {
        let output = run(&arguments);
        ends_with(&output, 0);
        assert!(!output.stdout.is_empty() && output.stderr.is_empty());
    }
}

#[test]
fn a_reader_that_stops_early_causes_no_error() {
    let mut child = program()
        .args(["facts", &example("mainstream")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    ends_with(&output, 0);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_closed_pipe_does_not_hide_that_check_blocks() {
    let (_folder, image) = private_key();
    let mut child = program()
        .args(["check", &image, TIME])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn saved_facts_are_judged_like_the_image() {
    let folder = tempfile::tempdir().unwrap();
    let image = example("vendor-distro");
    let saved = format!("facts:{}", facts_file(folder.path(), &image).display());
    let judged = |reference: &str| -> Value {
        let output = run(&["scan", reference, TIME, "-f", "json"]);
        ends_with(&output, 0);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(judged(&image)["images"], judged(&saved)["images"]);
    let output = run(&["scan", &saved, "--base-layers", "1"]);
    ends_with(&output, 2);
    assert!(text(&output.stderr).contains("--base-layers"));
}

#[test]
fn facts_are_the_same_bytes_on_every_run_and_at_any_number_of_threads() {
    let facts = |threads: &str| run(&["facts", &example("hardened"), "--threads", threads]).stdout;
    let one = facts("1");
    assert!(one.len() > 1_000);
    assert!(one == facts("8"));
}

#[test]
fn a_base_image_splits_what_is_ours_from_what_was_there() {
    let (base, image) = (example("mainstream"), example("hardened"));
    let output = run(&["scan", &image, "--base", &base, TIME, "-f", "json"]);
    ends_with(&output, 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sides: Vec<&str> = report["images"][0]["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["side"].as_str().unwrap())
        .collect();
    assert_eq!(sides.first(), Some(&"base"));
    assert_eq!(sides.last(), Some(&"added"));
}

#[test]
fn a_package_database_that_cannot_be_read_is_never_told_as_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in [
        ("etc/os-release", "ID=rhel\nVERSION_ID=\"10\"\n"),
        ("var/lib/rpm/rpmdb.sqlite", "SQLite format 3\0"),
    ] {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    let image = format!("rootfs:{}", folder.path().display());
    let output = run(&["compare", &image, &example("mainstream"), TIME]);
    ends_with(&output, 0);
    let out = text(&output.stdout);
    for (label, expected) in [
        ("packages", "?"),
        ("package database", "damaged"),
        ("updates come from", "none"),
    ] {
        let row = out.lines().find_map(|line| line.trim().strip_prefix(label));
        let cell = row.and_then(|cells| cells.split_whitespace().next());
        assert_eq!(cell, Some(expected), "{label}\n{out}");
    }
    let output = run(&["scan", &image, TIME]);
    assert!(!text(&output.stdout).contains("no packages"));
}

#[test]
fn the_environment_sets_flags_and_flags_win() {
    let scan = |arguments: &[&str]| {
        let mut command = program();
        command
            .env("FREEHOLD_FORMAT", "json")
            .args(["scan", &example("distroless"), TIME]);
        text(&command.args(arguments).output().unwrap().stdout)
    };
    assert!(scan(&[]).starts_with('{'));
    assert!(!scan(&["--format", "table"]).starts_with('{'));
}

#[test]
fn several_formats_are_written_in_one_run_each_to_its_own_place() {
    let (_image, image) = private_key();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let wanted = |format: &str, name: &str| format!("{format}={}", file(name).display());
    let output = program()
        .args(["check", &image, TIME, "-f", "table", "-f"])
        .arg(wanted("sarif", "out.sarif"))
        .args(["-f", &wanted("junit", "out.xml")])
        .args(["-f", &wanted("markdown", "no/such/folder.md")])
        .args(["-f", &wanted("json", "out.json")])
        .output()
        .unwrap();
    // One of them could not be written: that is an error, and the others are there.
    ends_with(&output, 2);
    assert!(text(&output.stderr).contains("cli::unwritable"));
    assert!(text(&output.stdout).starts_with("BLOCKED"));
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let sarif: Value = serde_json::from_str(&read("out.sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results[0]["ruleId"], "hardening.no_private_keys");
    assert!(read("out.xml").contains("<failure message=\"/root/key.pem"));
    let json: Value = serde_json::from_str(&read("out.json")).unwrap();
    assert_eq!(json["images"][0]["scorecard"]["verdict"], "blocked");
}

#[test]
fn the_environment_may_name_several_formats() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.xml");
    let output = program()
        .env(
            "FREEHOLD_FORMAT",
            format!("json=-,junit={}", file.display()),
        )
        .args(["check", &example("distroless"), TIME])
        .output()
        .unwrap();
    ends_with(&output, 0);
    assert!(text(&output.stdout).starts_with('{'));
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("<?xml"));
}

#[test]
fn the_summary_of_a_step_grows_and_only_where_annotations_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary");
    std::fs::write(&summary, "of another step\n").unwrap();
    let check = |format: &str| {
        let mut command = program();
        command.env("GITHUB_STEP_SUMMARY", &summary);
        let image = example("mainstream");
        let arguments = ["check", &image, TIME, "--fail-on", "low", "-f", format];
        let output = command.args(arguments).output().unwrap();
        ends_with(&output, 0);
        text(&output.stdout)
    };
    check("markdown");
    let read = || std::fs::read_to_string(&summary).unwrap();
    assert_eq!(read(), "of another step\n");
    let out = check("github");
    assert!(out.lines().all(|line| line.starts_with("::")), "{out}");
    let text = read();
    assert!(
        text.starts_with("of another step\n## Freehold: passed\n"),
        "{text}"
    );
}

#[test]
fn every_format_says_so_when_nothing_could_be_read() {
    for (format, said) in [
        ("sarif", "\"executionSuccessful\": false"),
        ("junit", "<error message="),
        ("github", "::error title=not read%3A no/such/image::"),
        ("markdown", "## Freehold: not decided"),
    ] {
        let output = run(&["check", "no/such/image", "-f", format, TIME]);
        ends_with(&output, 2);
        let out = text(&output.stdout);
        assert!(out.contains(said), "{format}: {out}");
    }
}

#[test]
fn a_report_says_how_it_came_about() {
    let image = example("distroless");
    let output = run(&["scan", &image, TIME, "-f", "json", "--max-layers", "77"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &report["run"];
    assert_eq!(run["judged_at"], "2026-11-21T00:00:00Z");
    assert_eq!(run["limits"]["max-layers"], 77);
    assert_eq!(run["network_used"], false);
    assert_eq!(run["profile"]["name"], "balanced");
    assert_eq!(run["arguments"][1], image);
    assert!(
        run["data"]
            .as_object()
            .is_some_and(|tables| !tables.is_empty())
    );
}

#[test]
fn an_explanation_adds_up_to_the_score() {
    let image = example("vendor-distro");
    let output = run(&["scan", &image, TIME, "-f", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let card = &report["images"][0]["scorecard"];
    for (axis, score) in card["axes"].as_object().unwrap() {
        let rules = card["rules"].as_array().unwrap().iter();
        let of_axis = rules.filter(|rule| rule["axis"] == axis.as_str());
        let points: f64 = of_axis.map(|rule| rule["points"].as_f64().unwrap()).sum();
        let score = score["score"].as_f64().unwrap();
        assert!(
            (points - score).abs() < 1.0,
            "{axis}: {points} is not {score}"
        );
    }
    let output = run(&["scan", &image, TIME, "--explain", "portability"]);
    ends_with(&output, 0);
    assert!(text(&output.stdout).contains("mainstream_base"));
    ends_with(
        &run(&["scan", &image, TIME, "--explain", "portability.nothing"]),
        2,
    );
}

#[test]
fn policy_list_shows_every_rule_and_requirement_in_every_format() {
    let document: Value =
        serde_json::from_slice(&run(&["policy", "list", "-f", "json"]).stdout).unwrap();
    let table = text(&run(&["policy", "list"]).stdout);
    let page = text(&run(&["policy", "docs"]).stdout);
    for (kind, key, least) in [("rules", "id", 19), ("requirements", "name", 13)] {
        let listed = document[kind].as_array().unwrap();
        assert!(listed.len() >= least);
        for one in listed {
            let name = one[key].as_str().unwrap();
            assert!(table.contains(name) && page.contains(name), "{name}");
        }
    }
}

#[test]
fn policy_test_runs_the_shipped_tests_and_fails_on_a_false_one() {
    ends_with(&run(&["policy", "test", "policies"]), 0);
    let folder = tempfile::tempdir().unwrap();
    let rule = "package mine\n\ndeny contains \"never\" if false\n";
    let test = "package mine_test\n\ntest_it if data.mine.deny == {\"something\"}\n";
    std::fs::write(folder.path().join("mine.rego"), rule).unwrap();
    std::fs::write(folder.path().join("mine_test.rego"), test).unwrap();
    let output = run(&["policy", "test", folder.path().to_str().unwrap()]);
    ends_with(&output, 1);
    assert!(text(&output.stdout).contains("test_it"));
}

#[test]
fn output_that_is_no_terminal_has_no_colours_and_no_progress() {
    let output = run(&["scan", &example("hardened"), "no/such/image", TIME]);
    for stream in [&output.stdout, &output.stderr] {
        assert!(!stream.contains(&0x1b));
    }
}

/// The comparison in the README is what the program prints, down to its footer, which names the
/// digest of the pack.
#[test]
fn the_readme_shows_what_the_program_prints() {
    let images = ["distroless", "hardened", "mainstream", "vendor-distro"];
    let paths = images.map(|name| format!("examples/images/{name}"));
    let mut arguments = vec!["compare", TIME];
    arguments.extend(paths.iter().map(String::as_str));
    let printed = text(&run(&arguments).stdout);
    let shown = printed.split("\nProfile ").next().unwrap().trim_end();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(file).unwrap();
    let start = readme.find("```text\n").unwrap() + "```text\n".len();
    let length = readme[start..].find("\n```").unwrap();
    let end = start + length;
    let fresh = format!("{}{shown}{}", &readme[..start], &readme[end..]);
    assert_fresh("README.md", &fresh);
}

#[test]
fn verbose_counts_the_layers_read_twice() {
    let said = |flags: &[&str]| {
        let image = example("mainstream");
        let arguments = [&["facts", image.as_str()], flags].concat();
        let output = run(&arguments);
        ends_with(&output, 0);
        text(&output.stderr)
    };
    assert_eq!(said(&[]), "");
    let counts = "`oci-dir:examples/images/mainstream`: 2 layers read, 0 a second time, 0 known from an earlier scan\n";
    assert_eq!(said(&["-v"]), counts);
}
