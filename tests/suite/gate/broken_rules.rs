//! A rule of one's own that cannot be asked leaves no gate open.

use super::*;

/// A folder with this rule, and an image it is asked about.
fn asked(rule: &str, more: &[&str]) -> std::process::Output {
    let desk = Desk::new();
    let file = desk.file("house.rego", rule);
    let image = format!(
        "oci-dir:{}/examples/images/mainstream",
        env!("CARGO_MANIFEST_DIR")
    );
    run(&[
        &["check", &image, TIME, "-p", &file, "--width=200"][..],
        more,
    ]
    .concat())
}

const WRONG: [(&str, &str); 5] = [
    ("deny contains 5", "is not an object"),
    ("deny contains {\"message\": \"x\"}", "msg"),
    ("deny := \"x\"", "not a set"),
    (
        "deny contains \"x\" if to_number(\"z\") == 1",
        "parse string",
    ),
    ("deny contains \"x\" if input.image.lables.team", "labels"),
];

#[test]
fn a_rule_with_a_fault_of_its_own_ends_the_check_with_2_and_is_named() {
    for (body, words) in WRONG {
        let output = asked(&format!("package main\n\n{body}\n"), &[]);
        ends_with(&output, 2);
        let said = said(&output);
        assert!(said.contains("house.rego"), "{body}: {said}");
        assert!(said.contains(words), "{body}: {said}");
        let table = String::from_utf8_lossy(&output.stdout);
        assert!(table.starts_with("BLOCKED"), "{body}: {table}");
        assert!(table.contains("exit 2"), "{body}: {table}");
    }
}

#[test]
fn advice_about_a_rule_with_a_fault_still_ends_with_2() {
    let output = asked("package main\n\ndeny contains 5\n", &["--advise"]);
    ends_with(&output, 2);
}

#[test]
fn a_rule_with_a_fault_may_be_waived_as_a_whole() {
    let desk = Desk::new();
    let text = "waivers:\n  - rule: main\n    reason: being mended\n    expires: 2026-12-31\n";
    let waivers = desk.file("w.yaml", text);
    let output = asked(
        "package main\n\ndeny contains 5\n",
        &["--waivers", &waivers],
    );
    ends_with(&output, 0);
}
