//! Waivers: what they excuse, for how long, and what is wrong with those that cannot be.

use serde_json::{Value, json};

use super::{Desk, TIME, document, ends_with, judged, named, run, said, setuid, system};
use crate::reports::assert_fresh;

const RULE: &str = "hardening.no_setuid";

/// An image with a setuid program of nobody in `/app`, and one in `/srv`.
fn image(desk: &Desk) -> String {
    let layer = setuid("app/helper").setuid("srv/other", "#!/bin/sh\n");
    desk.image("image", [system(), layer])
}

/// A waiver of the rule with these further lines.
fn waiver(lines: &str) -> String {
    format!("waivers:\n  - rule: {RULE}\n    reason: goes with the next release\n    {lines}\n")
}

fn waived(desk: &Desk, text: &str) -> (String, Value) {
    let (image, file) = (image(desk), desk.file("w.yaml", text));
    let found = judged(&image, &["--waivers", &file]);
    (file, found)
}

fn setuid_of(path: &str) -> (String, String) {
    (RULE.to_owned(), format!("path:{path}"))
}

#[test]
fn a_waiver_excuses_its_subject_and_no_other_and_changes_no_score() {
    let desk = Desk::new();
    let text = waiver("subject: path:/app/helper\n    expires: 2027-06-30\n    ticket: SEC-1");
    let (file, found) = waived(&desk, &text);
    assert_eq!(named(&found, "waived"), [setuid_of("/app/helper")]);
    assert_eq!(named(&found, "blocking"), [setuid_of("/srv/other")]);
    let without = judged(&image(&desk), &[]);
    assert_eq!(without["scorecard"]["axes"], found["scorecard"]["axes"]);
    let rules = found["scorecard"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == RULE).unwrap();
    assert_eq!(rule["outcome"], "fail");
    let mark = &rule["findings"][0]["waiver"];
    assert_eq!(mark["state"], "active");
    assert_eq!(mark["ticket"], "SEC-1");
    assert_eq!(mark["place"], format!("{file}:2"));
}

#[test]
fn a_result_of_another_tools_rule_is_waived_by_its_code() {
    let desk = Desk::new();
    let result = |term: &str| {
        format!(
            "deny contains {{\"msg\": \"{term}\", \"code\": \"a.b\", \"term\": \"{term}\"}}\n\n"
        )
    };
    let rules = format!("package labels\n\n{}{}", result("one"), result("two"));
    let rules = desk.file("labels.rego", &rules);
    let waiver = waiver("expires: 2027-06-30\n    subject: code:a.b:one").replace(RULE, "labels");
    let waiver = desk.file("w.yaml", &waiver);
    let profile = desk.file("own.yaml", "name: own\nextends: gate\non: [labels]\n");
    let image = desk.image("image", [system()]);
    let flags = [
        "--profile",
        &profile,
        "--policy",
        &rules,
        "--waivers",
        &waiver,
    ];
    let found = judged(&image, &flags);
    let subject = |term: &str| [("labels".to_owned(), format!("code:a.b:{term}"))];
    assert_eq!(named(&found, "waived"), subject("one"));
    assert_eq!(named(&found, "blocking"), subject("two"));
}

#[test]
fn patterns_former_limits_and_whole_rules() {
    for lines in [
        "expires: 2027-06-30",
        "expires: 2027-06-30\n    subject: path:/*",
        "expires: 2027-06-30\n    image: 'oci-dir:*/image'",
        "expires: 2026-11-21",
    ] {
        let desk = Desk::new();
        let (_, found) = waived(&desk, &waiver(lines));
        assert_eq!(found["gate"]["blocked"], false, "{lines}");
    }
    for lines in [
        "expires: 2027-06-30\n    subject: path:/app",
        "expires: 2027-06-30\n    image: 'oci-dir:*/imag'",
        "expires: 2026-11-20",
    ] {
        let desk = Desk::new();
        let (_, found) = waived(&desk, &waiver(lines));
        assert_eq!(found["gate"]["blocked"], true, "{lines}");
    }
    let desk = Desk::new();
    let text = waiver("expires: 2027-06-30").replace(RULE, "hardening.*");
    assert_eq!(waived(&desk, &text).1["gate"]["blocked"], false);
}

#[test]
fn an_image_is_named_by_either_digest() {
    let desk = Desk::new();
    let found = judged(&image(&desk), &[]);
    for key in ["digest", "config_digest"] {
        let digest = found[key].as_str().unwrap();
        let text = waiver(&format!("expires: 2027-06-30\n    image: '{digest}'"));
        assert_eq!(waived(&desk, &text).1["gate"]["blocked"], false, "{key}");
    }
}

#[test]
fn a_lapsed_waiver_blocks_whatever_the_severity_and_is_named() {
    let desk = Desk::new();
    let (file, found) = waived(&desk, &waiver("expires: 2026-10-31"));
    assert_eq!(found["gate"]["lapsed"][0]["state"], "lapsed");
    assert_eq!(named(&found, "blocking").len(), 2);
    let flags = [
        "check",
        &image(&desk),
        TIME,
        "--waivers",
        &file,
        "--fail-on",
        "critical",
    ];
    let output = run(&flags);
    ends_with(&output, 1);
    let out = said(&output);
    assert!(
        out.contains("2 findings of 1 rule block. 1 waiver has lapsed."),
        "{out}"
    );
    assert!(out.contains("waiver lapsed after 2026-10-31"), "{out}");
}

#[test]
fn a_lapsed_waiver_of_nothing_is_only_named() {
    let desk = Desk::new();
    let file = desk.file("w.yaml", &waiver("expires: 2026-10-31"));
    let image = desk.image("clean", [system()]);
    let output = run(&["check", &image, TIME, "--waivers", &file]);
    ends_with(&output, 0);
    let flat = said(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(flat.contains("Waivers that excuse nothing here:"), "{flat}");
    assert!(flat.contains("(hardening.no_setuid, lapsed)"), "{flat}");
}

#[test]
fn a_waiver_that_lapses_soon_is_warned_about_everywhere() {
    let desk = Desk::new();
    let (image, file) = (
        image(&desk),
        desk.file("w.yaml", &waiver("expires: 2026-12-21")),
    );
    for command in ["check", "scan"] {
        let output = run(&[command, &image, TIME, "--waivers", &file]);
        let err = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(err.contains("cli::waiver_lapses"), "{err}");
        let out = said(&output);
        assert!(out.contains("until 2026-12-21, which is soon"), "{out}");
    }
    let found = document(&image, &["--waivers", &file]);
    assert_eq!(found["run"]["waivers"]["used"][0]["state"], "lapsing");
    let file = desk.file("w.yaml", &waiver("expires: 2026-12-22"));
    let found = document(&image, &["--waivers", &file]);
    assert_eq!(found["run"]["waivers"]["used"][0]["state"], "active");
}

#[test]
fn waivers_are_told_apart_by_what_became_of_them() {
    let desk = Desk::new();
    let one = |rule: &str, more: &str| {
        format!("  - rule: {rule}\n    reason: r\n    expires: 2027-06-30\n{more}")
    };
    let text = [
        "waivers:\n".to_owned(),
        one(RULE, ""),
        one(RULE, "    subject: path:/gone\n"),
        one(RULE, "    image: registry.example/*\n"),
        one("exit.*", ""),
    ];
    let file = desk.file("w.yaml", &text.concat());
    let found = document(&image(&desk), &["--waivers", &file]);
    let waivers = &found["run"]["waivers"];
    let places = |list: &str| {
        let list = waivers[list].as_array().unwrap();
        let line = |waiver: &Value| {
            let place = waiver["place"].as_str().unwrap();
            place.rsplit_once(':').unwrap().1.to_owned()
        };
        list.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(places("used"), ["2"]);
    assert_eq!(places("unused"), ["5"]);
    assert_eq!(places("elsewhere"), ["9", "13"]);
    assert_eq!(waivers["files"][&file].as_str().unwrap().len(), 64);
}

#[test]
fn a_required_rule_without_an_answer_is_waived_as_a_whole_only() {
    let desk = Desk::new();
    let path = desk.path("image");
    let hidden = crate::support::layer::Layer::new().file("../outside", "x");
    crate::support::image_builder::ImageBuilder::new()
        .layer(system())
        .layer(hidden)
        .write_oci_dir(&path);
    let image = format!("oci-dir:{}", path.display());
    let whole = waiver("expires: 2027-06-30");
    let file = desk.file("w.yaml", &whole);
    let found = judged(&image, &["--waivers", &file]);
    let gate = &found["gate"];
    assert_eq!(gate["unknown_waived"][0]["rule"], RULE);
    let left = json!([
        "hardening.file_capabilities",
        "hardening.no_credentials",
        "hardening.no_private_keys"
    ]);
    assert_eq!(gate["unknown_required"], left);
    let file = desk.file(
        "w.yaml",
        &waiver("expires: 2027-06-30\n    subject: 'path:/*'"),
    );
    let found = judged(&image, &["--waivers", &file]);
    assert_eq!(found["gate"]["unknown_waived"], json!([]));
}

/// Files with a mistake each, the words it is told in, and where.
fn mistakes() -> Vec<(String, &'static str, &'static str)> {
    let good = waiver("expires: 2027-06-30");
    vec![
        (
            good.replace("reason", "raeson"),
            "there is no key `raeson` here",
            ":3:",
        ),
        (
            good.replace("2027-06-30", "2027-02-30"),
            "`2027-02-30` is no day",
            ":4:",
        ),
        (
            good.replace("2027-06-30", "soon"),
            "`soon` is no day",
            ":4:",
        ),
        (
            good.replace("2027-06-30", "9999-12-31"),
            "more than two years away",
            ":4:",
        ),
        (
            good.replace(RULE, "hardening.no_setiud"),
            "did you mean `hardening.no_setuid`?",
            ":2:",
        ),
        (good.replace(RULE, "'*'"), "there is no rule `*`", ":2:"),
        (
            good.replace("goes with the next release", "' '"),
            "`reason` is empty",
            ":3:",
        ),
        (
            good.replace("    expires: 2027-06-30\n", ""),
            "`expires` is missing",
            ":2:",
        ),
        (
            waiver("expires: 2027-06-30\n    image: sha256:12"),
            "this is no digest",
            ":5:",
        ),
        (
            waiver("expires: 2027-06-30\n    subject: /app/x"),
            "did you mean `path:/app/x`?",
            ":5:",
        ),
        (
            waiver("expires: 2027-06-30\n    subject: setuid"),
            "no finding has such a subject",
            ":5:",
        ),
        (
            format!("{good}{}", good.replace("waivers:\n", "")),
            "is waived at",
            ":5:",
        ),
        (
            "waiver: []\n".to_owned(),
            "there is no key `waiver` here",
            ":1:",
        ),
        ("waivers: {}\n".to_owned(), "where a list belongs", ":1:"),
        ("waivers: [\n".to_owned(), "policy::waivers::invalid", ":"),
    ]
}

#[test]
fn mistakes_are_said_with_their_place() {
    let desk = Desk::new();
    for (text, words, place) in mistakes() {
        let file = desk.file("w.yaml", &text);
        let output = run(&[
            "check",
            "oci-dir:no",
            TIME,
            "--waivers",
            &file,
            "--width",
            "200",
        ]);
        ends_with(&output, 2);
        let said = said(&output);
        assert!(said.contains(words), "{text}\n{said}");
        assert!(said.contains(&format!("w.yaml{place}")), "{text}\n{said}");
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error_in_words_of_waivers() {
    let output = run(&["check", "oci-dir:no", TIME, "--waivers", "/no/such.yaml"]);
    ends_with(&output, 2);
    let said = said(&output);
    assert!(said.contains("`/no/such.yaml` does not exist"), "{said}");
    assert!(said.contains("--waivers takes a YAML file"), "{said}");
}

#[test]
fn two_files_may_not_waive_the_same_and_each_is_read() {
    let desk = Desk::new();
    let image = image(&desk);
    let one = desk.file(
        "a.yaml",
        &waiver("expires: 2027-06-30\n    subject: path:/app/helper"),
    );
    let other = desk.file(
        "b.yaml",
        &waiver("expires: 2027-06-30\n    subject: path:/srv/*"),
    );
    let found = judged(&image, &["--waivers", &one, "--waivers", &other]);
    assert_eq!(found["gate"]["blocked"], false);
    let output = run(&["check", &image, TIME, "--waivers", &one, "--waivers", &one]);
    ends_with(&output, 2);
    assert!(
        said(&output).contains("policy::waivers::duplicate"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_committed_schema_of_waivers_is_what_the_types_say() {
    let made = freehold::policy::waivers::file_schema().unwrap();
    assert_fresh("schemas/waivers-1.json", &made);
    let schema: Value = serde_json::from_str(&made).unwrap();
    let entry = |more: Value| {
        let mut entry = json!({"rule": RULE, "reason": "r", "expires": "2027-06-30"});
        let fields = entry.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        json!({"waivers": [entry]})
    };
    let fits = |document: &Value| jsonschema::is_valid(&schema, document);
    assert!(fits(&entry(json!({"subject": "path:/x", "ticket": "T-1"}))));
    assert!(!fits(&entry(json!({"expires": "soon"}))));
    assert!(!fits(&entry(json!({"reason": ""}))));
    assert!(!fits(&entry(json!({"owner": "me"}))));
    assert!(!fits(&json!({"waivers": [{"rule": RULE, "reason": "r"}]})));
}
