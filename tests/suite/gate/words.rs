//! What `check` says on a screen: enough to know what to do next, and no number that misleads.

use freehold::report::document::{BaselineReport, NotRead, Report};
use freehold::report::text::Style;
use freehold::report::{markdown, table};
use freehold::scorecard::Axis;
use serde_json::json;

use super::{Desk, TIME, ends_with, judged, named, run, said, setuid, system};
use crate::sample_report::{blocked, image, report, score};

const PLAIN: Style = Style {
    width: 80,
    colour: false,
};

/// A policy for Conforma that denies now, denies later, and warns.
const FOREIGN: &str = "package team

deny contains {\"msg\": \"it runs as root\", \"code\": \"team.no_root\"}

deny contains {
\t\"msg\": \"the label is missing\",
\t\"code\": \"team.label\",
\t\"effective_on\": \"2026-12-01T00:00:00Z\",
}

warn contains {\"msg\": \"one\", \"code\": \"team.one\"}

warn contains {\"msg\": \"two\", \"code\": \"team.two\"}
";

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Standard output, line by line.
fn screen(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).unwrap()
}

/// What `check` says of an image under the foreign policy.
fn foreign(desk: &Desk, flags: &[&str]) -> String {
    let image = desk.image("image", [system()]);
    let policy = desk.file("team.rego", FOREIGN);
    screen(&[&["check", &image, TIME, "-p", &policy], flags].concat())
}

#[test]
fn a_finding_with_a_code_is_waived_by_what_the_screen_shows() {
    let desk = Desk::new();
    let shown = foreign(&desk, &[]);
    let line = shown.lines().find(|line| line.contains("subject "));
    let subject = line.unwrap().trim().strip_prefix("subject ").unwrap();
    assert_eq!(subject, "code:team.no_root");
    for subject in [subject, "code:team.*", "co*", "'*'", "'?ode:team.no_root'"] {
        let text = format!(
            "waivers:\n  - {{rule: team, reason: r, expires: 2027-01-31, subject: {subject}}}\n"
        );
        let file = desk.file("w.yaml", &text);
        let (image, policy) = (desk.image("image", [system()]), desk.path("team.rego"));
        let policy = policy.display().to_string();
        let found = judged(&image, &["-p", &policy, "--waivers", &file]);
        let wanted = ("team".to_owned(), "code:team.no_root".to_owned());
        assert_eq!(named(&found, "waived"), [wanted], "{subject}");
    }
    let shown = foreign(&desk, &["--waivers", desk.path("w.yaml").to_str().unwrap()]);
    assert!(
        shown.contains("Nothing blocks. 1 finding is waived."),
        "{shown}"
    );
}

#[test]
fn a_subject_the_message_says_is_not_repeated() {
    let desk = Desk::new();
    let image = desk.image("image", [system(), setuid("app/helper")]);
    let shown = said(&run(&["check", &image, TIME]));
    assert!(shown.contains("/app/helper is setuid"), "{shown}");
    assert!(!shown.contains("subject "), "{shown}");
}

#[test]
fn what_a_rule_that_blocks_found_beside_that_is_named_with_its_reason() {
    let desk = Desk::new();
    let shown = foreign(&desk, &[]);
    let line = "3 more       team: 1 from 2026-12-01, 2 warnings";
    assert!(shown.contains(line), "{shown}");
    assert!(!shown.contains("the label is missing"), "{shown}");
    let shown = flat(&foreign(&desk, &["--all"]));
    assert!(
        shown.contains("it denies from 2026-12-01: - the label is missing"),
        "{shown}"
    );
    assert!(shown.contains("a warning: - one"), "{shown}");
}

#[test]
fn of_several_images_one_line_at_the_end_says_what_became_of_them() {
    let desk = Desk::new();
    let bad = desk.image("bad", [system(), setuid("app/helper")]);
    let good = desk.image("good", [system()]);
    let output = run(&["check", &bad, &good, TIME]);
    ends_with(&output, 1);
    let text = String::from_utf8(output.stdout).unwrap();
    let sentence = format!("1 of 2 images blocked: {bad}");
    assert!(
        flat(&text).contains(&format!("{sentence}. exit 1 ")),
        "{text}"
    );
    assert_eq!(text.matches("exit ").count(), 1, "{text}");
    assert!(
        text.lines().last().unwrap().starts_with("exit 1 "),
        "{text}"
    );
    let output = run(&["check", &bad, &good, "oci-dir:no", TIME]);
    ends_with(&output, 2);
    let text = said(&output);
    let sentence = format!("1 of 3 images blocked: {bad}; 1 could not be read. exit 2");
    assert!(text.contains(&sentence), "{text}");
    let text = said(&run(&["check", &bad, &good, TIME, "--advise"]));
    assert!(text.contains("1 of 2 images would be blocked:"), "{text}");
    assert!(text.contains("exit 0"), "{text}");
    let text = said(&run(&["check", &good, &good, TIME]));
    assert!(text.contains("None of 2 images blocked. exit 0"), "{text}");
}

/// A report of `check` on images of which the first is blocked.
fn several() -> Report {
    let mut first = image("oci-dir:images/a|b");
    first.gate = Some(blocked(&first));
    let mut other = image("oci-dir:images/other");
    other.gate = first.gate.clone();
    if let Some(gate) = &mut other.gate {
        gate.blocked = false;
    }
    report("check", vec![first, other])
}

#[test]
fn markdown_on_several_images_begins_with_the_same_sentence() {
    let mut report = several();
    report.not_read = vec![NotRead {
        position: 2,
        reference: "oci-dir:images/gone".to_owned(),
        code: None,
        message: "gone".to_owned(),
    }];
    let text = markdown::print(&report, None);
    let line = text.lines().nth(2).unwrap();
    assert!(line.starts_with("**1 of 3 images blocked: "), "{text}");
    assert!(line.ends_with("; 1 could not be read.**"), "{text}");
    report.images.truncate(1);
    report.not_read.clear();
    let text = markdown::print(&report, None);
    assert!(!text.contains("images blocked"), "{text}");
}

#[test]
fn a_missed_threshold_says_what_is_open_what_costs_most_and_how_to_see_more() {
    let mut report = several();
    report.images.truncate(1);
    let image = &mut report.images[0];
    let axes = &mut image.scorecard.axes;
    axes.insert(Axis::Portability, Some(score(20.0, 55.5, 60.0)));
    let shown = table::check(&report, PLAIN, false);
    let words = flat(&shown);
    for part in [
        "portability is at 20 to 55.5 (unknown counts as nothing); at least 60 is asked for. Most \
         points are lost by proprietary.traceable_executables",
        "see freehold scan 'oci-dir:images/a|b' --profile=balanced",
        "--explain=portability",
    ] {
        assert!(words.contains(part), "{part}\n{shown}");
    }
    report.run.profile.origin = "mine.yaml".to_owned();
    let shown = table::check(&report, PLAIN, false);
    assert!(shown.contains("--profile=mine.yaml"), "{shown}");
}

#[test]
fn a_baseline_of_another_image_is_named() {
    let mut report = several();
    report.run.baseline = Some(BaselineReport {
        file: "base.json".to_owned(),
        digest: "0".repeat(64),
        judged_at: "2026-11-20T08:00:00Z".to_owned(),
    });
    for (image, earlier) in report
        .images
        .iter_mut()
        .zip(["oci-dir:images/a|b", "old:1"])
    {
        image.gate.as_mut().unwrap().compared_with = Some(earlier.to_owned());
    }
    let shown = table::check(&report, PLAIN, false);
    assert_eq!(
        shown.matches("baseline base.json, of ").count(),
        1,
        "{shown}"
    );
    assert!(shown.contains("baseline base.json, of old:1"), "{shown}");
    let text = markdown::print(&report, None);
    assert_eq!(text.matches("Baseline: ").count(), 1, "{text}");
}

#[test]
fn findings_are_counted_with_their_rules_and_waived_ones_as_findings() {
    let desk = Desk::new();
    let layer = setuid("app/helper").setuid("srv/other", "#!/bin/sh\n");
    let image = desk.image("image", [system(), layer]);
    let shown = said(&run(&["check", &image, TIME]));
    assert!(shown.contains("2 findings of 1 rule block."), "{shown}");
    let shown = screen(&["scan", &image, TIME, "--profile", "gate"]);
    let line = shown
        .lines()
        .find(|line| line.starts_with("Profile gate, "));
    let words: Vec<&str> = line.unwrap().split(' ').collect();
    let numbers = [words[2], words[4]].map(|word| word.parse::<usize>().unwrap());
    assert_eq!((words[3], words[5]), ("of", "rules"), "{shown}");
    assert!(
        shown.contains(&format!("{} rules in all", numbers[0])),
        "{shown}"
    );
    assert!(numbers[0] < numbers[1], "{shown}");
}

#[test]
fn a_comparison_says_what_would_settle_unknown_evidence() {
    let desk = Desk::new();
    let one = desk.image("one", [system()]);
    let other = desk.image("other", [system(), setuid("app/helper")]);
    let shown = said(&run(&["compare", &one, &other, TIME]));
    let hint = "to settle ? A, B: name the image in its registry";
    assert!(shown.contains(hint), "{shown}");
    let mut report = report("compare", vec![image("a:1"), image("b:1")]);
    report.comparison = Some(crate::sample_report::comparison(&report.images));
    for image in &mut report.images {
        image.attached_evidence.complete = true;
    }
    let shown = table::compare(&report, PLAIN);
    assert!(!shown.contains("to settle"), "{shown}");
}

/// The categories of an axis add up to what they weigh, and their rules to the category.
#[test]
fn the_points_of_an_axis_add_up() {
    let desk = Desk::new();
    let image = desk.image("image", [system()]);
    let found = judged(&image, &["--profile", "balanced"]);
    let rules = found["scorecard"]["rules"].as_array().unwrap();
    let of_axis = |axis: &str, key: &str| -> f64 {
        let rules = rules.iter().filter(|rule| rule["axis"] == axis);
        rules.map(|rule| rule[key].as_f64().unwrap()).sum()
    };
    for axis in Axis::ALL.map(Axis::name) {
        assert!((of_axis(axis, "share") - 100.0).abs() < 0.001, "{axis}");
        let score = found["scorecard"]["axes"][axis]["score"].as_f64().unwrap();
        assert!((of_axis(axis, "points") - score).abs() < 0.051, "{axis}");
    }
}

#[test]
fn the_sums_of_an_explanation_are_rounded_at_the_end() {
    let desk = Desk::new();
    let image = desk.image("image", [system()]);
    let shown = screen(&["scan", &image, TIME, "--explain", "portability"]);
    let sums = shown.lines().filter(|line| line.contains(", weight "));
    let of = sums.map(|line| line.rsplit_once(" of ").unwrap().1.trim());
    assert_eq!(of.collect::<Vec<_>>(), ["20", "10", "30", "40"], "{shown}");
}

#[test]
fn counts_that_leave_nothing_open_are_one_number() {
    let mut report = report("compare", vec![image("a:1"), image("b:1")]);
    report.comparison = Some(crate::sample_report::comparison(&report.images));
    for image in &mut report.images {
        image.requirements.as_mut().unwrap().needs.truncate(1);
    }
    let shown = table::compare(&report, PLAIN);
    assert!(shown.contains("the counts make them 30\n"), "{shown}");
}

#[test]
fn a_category_that_counts_nowhere_says_so() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("rules")).unwrap();
    desk.file("rules/team.rego", FOREIGN);
    let shown = screen(&["policy", "docs", desk.path("rules").to_str().unwrap()]);
    assert!(
        shown.contains("## team\n\nCounts in no score.\n"),
        "{shown}"
    );
}

#[test]
fn no_suggestion_names_what_the_program_starts_for_itself() {
    for word in ["polcy", "policy-work", "policy-workers", "worker"] {
        let output = run(&[word]);
        ends_with(&output, 2);
        let text = said(&output);
        assert!(!text.contains("policy-worker'"), "{text}");
        assert!(!text.contains("similar subcommands"), "{text}");
    }
    let help = said(&run(&["--help"]));
    assert!(!help.contains("policy-worker"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        let text = said(&run(&["completions", shell]));
        assert!(!text.contains("worker"), "{shell}");
    }
    // It answers a program, never a person: without its limits, or a question, it fails.
    ends_with(&run(&["policy-worker"]), 2);
    ends_with(&run(&["policy-worker", "1073741824", "5"]), 2);
}

#[test]
fn a_file_where_a_directory_is_meant_is_refused_in_words_of_the_command() {
    let desk = Desk::new();
    let file = desk.file("team.rego", FOREIGN);
    for (command, word) in [("check", "checked"), ("test", "tested")] {
        let output = run(&["policy", command, &file, "--width", "200"]);
        ends_with(&output, 2);
        let text = said(&output);
        assert!(text.contains(&format!("rules are {word} with")), "{text}");
    }
}

#[test]
fn one_layer_is_one_layer() {
    let desk = Desk::new();
    let base = desk.image("base", [system()]);
    let image = desk.image("image", [system(), setuid("app/helper")]);
    let found = judged(&image, &["--base", &base]);
    let basis = found["summary"]["base"]["basis"].as_str().unwrap();
    assert!(basis.starts_with("the lowest layer is that of "), "{basis}");
    assert_eq!(found["summary"]["base"]["layers"], json!(1));
}
