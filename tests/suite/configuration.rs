//! `freehold.yaml`, and what a team sets up once: `init`, `schema`, `completions`.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::command_line::{ends_with, program, run, text};
use super::reports::assert_fresh;

const TIME: &str = "--effective-time=2026-11-21";

/// Runs in a folder of its own.
fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    program()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// An example image by a path that holds in any folder.
fn image(name: &str) -> String {
    format!(
        "oci-dir:{}/examples/images/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

/// What is said of a configuration with this text.
fn refusal(config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("freehold.yaml"), config).unwrap();
    let output = run_in(folder.path(), &["check", &image("mainstream"), TIME]);
    ends_with(&output, 2);
    text(&output.stderr)
}

fn schema(name: &str) -> Value {
    let output = run(&["schema", name]);
    ends_with(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_schemas_are_those_of_the_repository() {
    for name in ["facts", "report", "config", "waivers", "profile"] {
        let output = run(&["schema", name]);
        ends_with(&output, 0);
        assert_fresh(&format!("schemas/{name}-1.json"), &text(&output.stdout));
    }
    let facts = run(&["facts", "--schema"]);
    assert_eq!(facts.stdout, run(&["schema", "facts"]).stdout);
}

#[test]
fn the_file_that_init_writes_changes_nothing_and_names_every_key() {
    let folder = tempfile::tempdir().unwrap();
    let written = run_in(folder.path(), &["init"]);
    ends_with(&written, 0);
    let config = std::fs::read_to_string(folder.path().join("freehold.yaml")).unwrap();
    let keys = schema("config")["properties"].as_object().unwrap().clone();
    for key in keys.keys() {
        assert!(config.contains(&format!("\n{key}:")), "{key}");
    }
    for part in ["CheckEntry", "SignerEntry", "WaiverEntry"] {
        let fields = schema("config")["$defs"][part]["properties"]
            .as_object()
            .unwrap()
            .clone();
        let named = fields
            .keys()
            .filter(|key| config.contains(&format!("{key}:")));
        assert!(named.count() * 2 > fields.len(), "{part}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    for command in ["check", "scan"] {
        let arguments = [command, &image("hardened"), TIME];
        let with = run_in(folder.path(), &arguments);
        let without = run_in(elsewhere.path(), &arguments);
        // That there is one is said where the command is repeated, and nowhere else.
        let with_it = text(&with.stdout).replace(" --config=freehold.yaml", "");
        assert_eq!(with_it, text(&without.stdout));
        assert_eq!(with.status.code(), without.status.code());
    }
}

#[test]
fn the_file_that_init_writes_is_what_the_schema_says() {
    let folder = tempfile::tempdir().unwrap();
    ends_with(&run_in(folder.path(), &["init", "team.yaml"]), 0);
    let text = std::fs::read_to_string(folder.path().join("team.yaml")).unwrap();
    let document: Value = yaml_serde::from_str(&text).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema("config"))
        .unwrap()
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn init_leaves_a_file_alone_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("freehold.yaml");
    std::fs::write(&file, "trust: {}\n").unwrap();
    let output = run_in(folder.path(), &["init"]);
    ends_with(&output, 2);
    assert!(text(&output.stderr).contains("is there already"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "trust: {}\n");
}

#[test]
fn a_misspelt_key_is_told_with_its_line_and_the_right_one() {
    let said = refusal("policy: []\nwaviers: []\n");
    assert!(said.contains("freehold.yaml:2:1"), "{said}");
    assert!(said.contains("did you mean `waivers`?"), "{said}");
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_once() {
    let said = refusal(
        "check:\n  fail_on: hihg\n  thresholds: {evidence: 101, price: 3}\npolicy: rules\n",
    );
    for part in [
        "`hihg` is no severity",
        "101 is not from 0 to 100",
        "`price` is no axis",
        "freehold.yaml:4",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn what_looks_like_a_configuration_is_never_passed_over() {
    let said_of = |make: &dyn Fn(&Path), flags: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path());
        let image = image("mainstream");
        let arguments = [&["check", &image, TIME], flags].concat();
        let output = run_in(folder.path(), &arguments);
        (output.status.code(), text(&output.stderr))
    };
    let directory = |folder: &Path| std::fs::create_dir(folder.join("freehold.yaml")).unwrap();
    let misnamed = |folder: &Path| std::fs::write(folder.join("freehold.yml"), "").unwrap();
    let (code, said) = said_of(&directory, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`freehold.yaml` is no file"), "{said}");
    let (code, said) = said_of(&misnamed, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`freehold.yml` is not read"), "{said}");
    let named = |folder: &Path| {
        misnamed(folder);
        std::fs::write(folder.join("other.yaml"), "").unwrap();
    };
    let (code, said) = said_of(&named, &["--config=other.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    #[cfg(unix)]
    {
        let dangling = |folder: &Path| {
            std::os::unix::fs::symlink("gone", folder.join("freehold.yaml")).unwrap();
        };
        let (code, said) = said_of(&dangling, &[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("a link to nothing"), "{said}");
    }
}

#[test]
fn a_configuration_that_grows_is_refused() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in ["b", "c", "d", "e", "f", "g"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f"])
    {
        bomb.push_str(&format!(
            "{name}: &{name} [{}]\n",
            vec![format!("*{before}"); 9].join(", ")
        ));
    }
    let said = refusal(&bomb);
    assert!(said.contains("freehold.yaml"), "{said}");
}

#[test]
fn a_shell_gets_its_completions() {
    for (shell, mark) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef freehold"),
        ("fish", "complete -c freehold"),
    ] {
        let output = run(&["completions", shell]);
        ends_with(&output, 0);
        let script = text(&output.stdout);
        assert!(script.contains(mark), "{shell}");
        assert!(script.contains("fail-on"), "{shell}");
    }
    ends_with(&run(&["completions", "tcsh"]), 2);
}

/// A folder with this configuration, and a report of an example under it.
fn judged(config: &str, arguments: &[&str]) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("freehold.yaml"), config).unwrap();
    let mut all = arguments.to_vec();
    all.push(TIME);
    let output = run_in(folder.path(), &all);
    (folder, output)
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

#[test]
fn profiles_are_those_of_the_command_and_a_flag_wins() {
    let config = "scan: {profile: regulated}\ncheck: {profile: balanced}\n";
    let hardened = image("hardened");
    for (arguments, profile) in [
        (vec!["scan", &hardened, "-f", "json"], "regulated"),
        (vec!["check", &hardened, "-f", "json"], "balanced"),
        (
            vec!["compare", &hardened, &hardened, "-f", "json"],
            "balanced",
        ),
        (
            vec!["scan", &hardened, "-f", "json", "--profile", "gate"],
            "gate",
        ),
    ] {
        let (_folder, output) = judged(config, &arguments);
        let report = report(&output);
        assert_eq!(report["run"]["profile"]["name"], profile, "{arguments:?}");
        assert_eq!(report["run"]["configuration"]["file"], "freehold.yaml");
    }
}

#[test]
fn what_blocks_may_be_said_in_the_configuration() {
    let hardened = image("hardened");
    let blocks = |config: &str, flags: &[&str]| {
        let arguments = [&["check", &hardened, "-f", "json"], flags].concat();
        let (_folder, output) = judged(config, &arguments);
        output.status.code() == Some(1)
    };
    let strict = "check: {profile: balanced, thresholds: {portability: 99}, fail_on: critical}\n";
    assert!(blocks(strict, &[]));
    assert!(!blocks(
        "check: {profile: balanced, fail_on: critical}\n",
        &[]
    ));
    assert!(blocks(
        "check: {profile: balanced, fail_on: critical}\n",
        &["--fail-on", "medium"]
    ));
    let never = ["--threshold", "portability=0"];
    assert!(!blocks(strict, &never));
    let (_folder, output) = judged(strict, &["check", &hardened, "--width=200"]);
    let shown = text(&output.stdout);
    assert!(shown.contains("--config=freehold.yaml"), "{shown}");
}

#[test]
fn rules_and_profiles_of_the_configuration_lie_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let team = folder.path().join("team");
    std::fs::create_dir_all(team.join("rules")).unwrap();
    std::fs::write(
        team.join("freehold.yaml"),
        "policy: [rules]\ncheck: {profile: team.yaml}\n",
    )
    .unwrap();
    std::fs::write(team.join("team.yaml"), "extends: gate\nname: team\n").unwrap();
    std::fs::write(
        team.join("rules/house.rego"),
        "package main\n\ndeny contains \"never\" if input.image.source\n",
    )
    .unwrap();
    let output = run_in(
        folder.path(),
        &[
            "check",
            &image("mainstream"),
            "--config",
            "team/freehold.yaml",
            "-f",
            "json",
            TIME,
        ],
    );
    ends_with(&output, 1);
    let report = report(&output);
    assert_eq!(report["run"]["profile"]["name"], "team");
    assert_eq!(report["images"][0]["gate"]["blocking"][0]["rule"], "main");
}

#[test]
fn waivers_of_the_configuration_excuse_and_are_named_with_their_line() {
    let rule = "package main\n\ndeny contains \"never\" if input.image.source\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("house.rego"), rule).unwrap();
    let config = "policy: [house.rego]\nwaivers:\n  - rule: main\n    reason: we know\n    expires: 2027-01-31\n";
    std::fs::write(folder.path().join("freehold.yaml"), config).unwrap();
    let output = run_in(
        folder.path(),
        &["check", &image("mainstream"), "-f", "json", TIME],
    );
    ends_with(&output, 0);
    let waived = &report(&output)["images"][0]["gate"]["waived"][0];
    assert_eq!(waived["finding"]["waiver"]["place"], "freehold.yaml:3");
}

#[test]
fn a_baseline_of_the_configuration_lets_pass_what_it_knows() {
    let rule = "package main\n\ndeny contains \"never\" if input.image.source\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("house.rego"), rule).unwrap();
    let mainstream = image("mainstream");
    let check = ["check", &mainstream, "-p", "house.rego", TIME];
    ends_with(&run_in(folder.path(), &check), 1);
    let made = [&check[..], &["-f", "json", "-o", "known.json"]].concat();
    ends_with(&run_in(folder.path(), &made), 1);
    std::fs::write(
        folder.path().join("freehold.yaml"),
        "check: {baseline: known.json}\n",
    )
    .unwrap();
    ends_with(&run_in(folder.path(), &check), 0);
}

#[test]
fn the_example_of_a_team_holds_together() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/team");
    let all = ["policy", "test", "rules", "--threshold", "100"];
    for arguments in [&["policy", "check", "rules", "--strict"][..], &all] {
        ends_with(&run_in(&folder, arguments), 0);
    }
    let check = ["check", "../images/mainstream", TIME, "-f", "json"];
    let output = run_in(&folder, &check);
    ends_with(&output, 0);
    let waived = &report(&output)["images"][0]["gate"]["waived"][0];
    assert_eq!(waived["rule"], "shop.names_its_team");
    let later = [
        "check",
        "../images/mainstream",
        "--effective-time=2028-01-01",
    ];
    ends_with(&run_in(&folder, &later), 1);
}
