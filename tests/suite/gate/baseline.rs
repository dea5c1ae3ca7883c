//! Baselines: what was there does not block, and what is new or worse does.

use serde_json::{Value, json};

use super::{Desk, TIME, document, ends_with, judged, named, run, said, setuid, system};
use crate::support::layer::Layer;

const RULE: &str = "hardening.no_setuid";

fn read(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// An earlier report on an image with one setuid program, changed.
fn changed(desk: &Desk, change: impl FnOnce(&mut Value)) -> String {
    let image = desk.image("earlier", [system(), setuid("app/old")]);
    let path = desk.report("main.json", &[&image], &[]);
    let mut report = read(&path);
    change(&mut report);
    desk.file("main.json", &report.to_string())
}

/// The rule in a report.
fn rule(report: &mut Value) -> &mut Value {
    let rules = report["images"][0]["scorecard"]["rules"]
        .as_array_mut()
        .unwrap();
    rules.iter_mut().find(|rule| rule["id"] == RULE).unwrap()
}

fn subject(path: &str) -> (String, String) {
    (RULE.to_owned(), format!("path:{path}"))
}

#[test]
fn what_is_known_does_not_block_and_what_is_new_does() {
    let desk = Desk::new();
    let baseline = changed(&desk, |_| {});
    let same = desk.image(
        "same",
        [system(), setuid("app/old"), Layer::new().file("a", "a")],
    );
    let output = run(&["check", &same, TIME, "--baseline", &baseline]);
    ends_with(&output, 0);
    assert!(
        said(&output).contains("Nothing new blocks. 1 older one does not"),
        "{}",
        said(&output)
    );
    let more = desk.image("more", [system(), setuid("app/old"), setuid("app/new")]);
    let flags = ["--baseline", &baseline];
    let found = document(&more, &flags);
    assert_eq!(
        named(&found["images"][0], "blocking"),
        [subject("/app/new")]
    );
    assert_eq!(named(&found["images"][0], "known"), [subject("/app/old")]);
    let told = &found["run"]["baseline"];
    assert_eq!(told["file"], baseline.as_str());
    assert_eq!(told["judged_at"], "2026-11-21T00:00:00Z");
    assert_eq!(told["digest"].as_str().unwrap().len(), 64);
    let compared = found["images"][0]["gate"]["compared_with"]
        .as_str()
        .unwrap();
    assert!(compared.ends_with("/earlier"), "{compared}");
    let text = run(&["check", &more, TIME, "--baseline", &baseline, "--all"]);
    let text = said(&text);
    assert!(text.contains("/app/old is setuid"), "{text}");
    assert!(text.contains("--baseline"), "{text}");
}

#[test]
fn what_became_worse_is_new() {
    for (what, change) in [
        ("severity", json!({"severity": "medium"})),
        ("kind", json!({"kind": "warn"})),
        ("waived", json!({"waiver": {"rule": RULE}})),
        ("another subject", json!({"subject": "path:/app"})),
    ] {
        let desk = Desk::new();
        let baseline = changed(&desk, |report| {
            let finding = rule(report)["findings"][0].as_object_mut().unwrap();
            finding.extend(change.as_object().unwrap().clone());
        });
        let image = desk.image("now", [system(), setuid("app/old")]);
        let found = judged(&image, &["--baseline", &baseline]);
        assert_eq!(named(&found, "blocking"), [subject("/app/old")], "{what}");
    }
    let desk = Desk::new();
    let baseline = changed(&desk, |report| rule(report)["outcome"] = json!("unknown"));
    let image = desk.image("now", [system(), setuid("app/old")]);
    let found = judged(&image, &["--baseline", &baseline]);
    assert_eq!(named(&found, "blocking"), [subject("/app/old")]);
}

/// A policy of strings has one subject for all it finds: one that is known excuses no other.
#[test]
fn a_subject_with_more_findings_than_before_is_not_known_as_a_whole() {
    let desk = Desk::new();
    let image = desk.image("image", [system()]);
    let policy = |messages: &str| {
        let text = format!("package main\n\ndeny contains msg if some msg in {messages}\n");
        desk.file("mine.rego", &text)
    };
    let path = policy("[\"first\"]");
    let baseline = desk.report("main.json", &[&image], &["--policy", &path]);
    let flags = ["--policy", &path, "--baseline", &baseline];
    assert_eq!(judged(&image, &flags)["gate"]["blocked"], false);
    policy("[\"another\"]");
    assert_eq!(judged(&image, &flags)["gate"]["blocked"], true);
    policy("[\"first\", \"second\"]");
    let found = judged(&image, &flags);
    assert_eq!(found["gate"]["blocking"][0]["finding"]["msg"], "second");
    assert_eq!(found["gate"]["known"][0]["finding"]["msg"], "first");
}

#[test]
fn a_known_finding_whose_waiver_lapsed_blocks() {
    let desk = Desk::new();
    let baseline = changed(&desk, |_| {});
    let image = desk.image("now", [system(), setuid("app/old")]);
    let text = format!("waivers:\n  - {{rule: {RULE}, reason: r, expires: 2026-11-01}}\n");
    let waivers = desk.file("w.yaml", &text);
    let found = judged(&image, &["--baseline", &baseline, "--waivers", &waivers]);
    assert_eq!(named(&found, "blocking"), [subject("/app/old")]);
}

#[test]
fn a_threshold_is_a_ratchet() {
    let desk = Desk::new();
    let image = desk.image("image", [system()]);
    let flags = ["--profile", "balanced", "--threshold", "evidence=90"];
    let path = desk.report("main.json", &[&image], &flags);
    let blocked = |change: f64, profile: &str| {
        let mut report = read(&path);
        let score = &mut report["images"][0]["scorecard"]["axes"]["evidence"]["score"];
        *score = json!(score.as_f64().unwrap() + change);
        report["run"]["profile"]["name"] = json!(profile);
        let baseline = desk.file("changed.json", &report.to_string());
        judged(&image, &[&flags[..], &["--baseline", &baseline]].concat())["gate"].take()
    };
    for change in [0.0, -1.0] {
        let gate = blocked(change, "balanced");
        assert_eq!(gate["blocked"], false, "{change}");
        assert_eq!(gate["thresholds_known"][0]["axis"], "evidence");
    }
    assert_eq!(blocked(1.0, "balanced")["blocked"], true);
    // Scores of another profile are other scores.
    assert_eq!(blocked(0.0, "regulated")["blocked"], true);
}

#[test]
fn several_images_are_paired_by_repository_or_not_at_all() {
    let desk = Desk::new();
    let one = desk.image("one", [system(), setuid("app/old")]);
    let two = desk.image("two", [system(), setuid("app/other")]);
    let baseline = desk.report("main.json", &[&one, &two], &[]);
    let output = run(&["check", &two, &one, TIME, "--baseline", &baseline]);
    ends_with(&output, 0);
    let output = run(&["check", &two, TIME, "--baseline", &baseline]);
    ends_with(&output, 0);
    let three = desk.image("three", [system()]);
    let output = run(&["check", &three, TIME, "--baseline", &baseline]);
    ends_with(&output, 2);
    let flat = said(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(flat.contains("cli::baseline_image"), "{flat}");
    assert!(flat.contains("has no image of that repository"), "{flat}");
}

#[test]
fn what_is_no_report_of_this_version_is_refused() {
    let desk = Desk::new();
    let image = desk.image("image", [system()]);
    let good = desk.report("main.json", &[&image], &[]);
    let text = std::fs::read_to_string(&good).unwrap();
    for (name, text) in [
        (
            "another schema",
            text.replace("freehold.report/v1", "freehold.report/v9"),
        ),
        ("cut", text[..text.len() / 2].to_owned()),
        ("empty", String::new()),
        (
            "another document",
            "{\"version\": \"2.1.0\", \"runs\": []}".to_owned(),
        ),
        (
            "no images",
            "{\"schema\": \"freehold.report/v1\"}".to_owned(),
        ),
    ] {
        let file = desk.file("bad.json", &text);
        let output = run(&["check", &image, TIME, "--baseline", &file]);
        ends_with(&output, 2);
        assert!(
            said(&output).contains("cli::baseline"),
            "{name}: {}",
            said(&output)
        );
    }
    let huge = desk.path("huge.json");
    std::fs::File::create(&huge)
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    let output = run(&["check", &image, TIME, "--baseline", huge.to_str().unwrap()]);
    ends_with(&output, 2);
    assert!(
        said(&output).contains("cli::unreadable"),
        "{}",
        said(&output)
    );
    ends_with(
        &run(&["check", &image, TIME, "--baseline", "/no/such.json"]),
        2,
    );
}
