//! The examples for pipelines do what they say: they parse, ask for no more than they need, pin what
//! they use, and every command line of ours in them runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn yaml(name: &str) -> Value {
    yaml_serde::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every string below `value`.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}

/// The scripts of an example.
fn scripts(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    match name {
        "github-actions.yml" => {
            for job in yaml(name)["jobs"].as_object().unwrap().values() {
                let steps = job["steps"].as_array().unwrap().iter();
                found.extend(steps.filter_map(|step| step["run"].as_str().map(str::to_owned)));
            }
        }
        "gitlab-ci.yml" => {
            for job in yaml(name).as_object().unwrap().values() {
                strings(&job["before_script"], &mut found);
                strings(&job["script"], &mut found);
            }
        }
        _ => {
            let text = text(name);
            found.extend(text.split("'''").skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

const EXAMPLES: [&str; 3] = ["github-actions.yml", "gitlab-ci.yml", "Jenkinsfile"];

/// Runs a script's command line of ours on an image, in an empty folder, as the pipeline's shell
/// would. Returns the folder.
fn run(line: &str, image: &Path) -> (tempfile::TempDir, std::process::Output) {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(assert_cmd::cargo::cargo_bin!("freehold"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-euc", line])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path)
        .env("IMAGE", image)
        .env("FREEHOLD_NO_CACHE", "1")
        .env("CI_REGISTRY_USER", "robot")
        .env("CI_REGISTRY_PASSWORD", "secret")
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (folder, output)
}

/// The lines of ours in an example.
fn commands(name: &str) -> Vec<String> {
    let lines = scripts(name)
        .into_iter()
        .flat_map(|script| script.lines().map(str::to_owned).collect::<Vec<_>>());
    let ours = |line: &String| line.contains("freehold check ");
    lines
        .filter(ours)
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn every_command_line_in_an_example_runs_and_writes_what_the_pipeline_picks_up() {
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/images/mainstream");
    for name in EXAMPLES {
        let commands = commands(name);
        assert_eq!(commands.len(), 1, "{name}: {commands:?}");
        let (folder, output) = run(&commands[0], &image);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        let example = text(name);
        for file in [
            "freehold.json",
            "freehold.sarif",
            "freehold.xml",
            "freehold.md",
        ] {
            let there = folder.path().join(file).is_file();
            assert_eq!(there, example.contains(file), "{name}: {file}");
        }
        let summary = folder.path().join("summary.md").is_file();
        assert_eq!(summary, commands[0].contains("-f github"), "{name}");
        let (_, output) = run(&commands[0], Path::new("/no/such/image"));
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
}

#[test]
fn every_action_is_pinned_to_a_commit_and_every_download_to_a_digest() {
    let mut actions = 0;
    for line in text("github-actions.yml").lines() {
        if let Some((_, action)) = line.split_once("uses: ") {
            let (_, pin) = action.split_once('@').unwrap();
            let commit = pin.split(' ').next().unwrap();
            assert_eq!(commit.len(), 40, "{line}");
            assert!(
                commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{line}"
            );
            actions += 1;
        }
    }
    assert!(actions > 1);
    for name in EXAMPLES {
        let scripts = scripts(name).join("\n");
        let download = scripts
            .find("\"$FREEHOLD_URL\"")
            .unwrap_or_else(|| panic!("{name}"));
        let check = scripts
            .find("\"$FREEHOLD_SHA256  ")
            .unwrap_or_else(|| panic!("{name}"));
        let first_use = scripts.find("chmod +x").unwrap();
        assert!(download < check && check < first_use, "{name}");
        assert!(!text(name).contains("https://"), "{name} names a host");
    }
}

#[test]
fn the_workflow_asks_for_no_more_than_it_needs() {
    let workflow = yaml("github-actions.yml");
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let job = &workflow["jobs"]["check"]["permissions"];
    let wanted = serde_json::json!({"contents": "read", "security-events": "write"});
    assert_eq!(*job, wanted);
    // `pull_request_target` would give the token of the base to code of a fork.
    assert!(!text("github-actions.yml").contains("pull_request_target"));
}

#[test]
fn nothing_untrusted_is_pasted_into_a_script() {
    for script in scripts("github-actions.yml") {
        assert!(!script.contains("${{"), "{script}");
    }
}
