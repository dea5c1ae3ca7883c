//! No file of a user, and none of others, changes what a rule says that is not its own.

use super::*;

/// A facts document in which the gate has something to block, and the flags that judge it.
fn blocked() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let layer = Layer::new().file("root/key.pem", KEY);
    let path = folder.path().join("image");
    ImageBuilder::new()
        .layer(Layer::new().file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"))
        .layer(layer)
        .write_oci_dir(&path);
    let reference = format!("oci-dir:{}", path.display());
    (folder, reference)
}

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

/// Files that would silence the rule on private keys, and what is said of them.
const SILENCERS: [(&str, &str, &str); 13] = [
    (
        "data.json",
        "{\"freehold\":{\"hardening\":{\"no_private_keys\":{\"deny\":[]}}}}",
        "no place for a document",
    ),
    (
        "data.json",
        "{\"freehold_questions\":{\"q0\":{}}}",
        "the program uses itself",
    ),
    (
        "hardening/no_private_keys/parameters.yaml",
        "parameters: {}\ndeny: []\n",
        "no place for a document",
    ),
    (
        "freehold/hardening/no_private_keys/data.yaml",
        "deny: []\n",
        "no place for a document",
    ),
    (
        "hardening/no_private_keys/parameters.yaml",
        "parameters: {test_data: 5}\n",
        "of another kind",
    ),
    (
        "hardening/no_private_keys/parameters.yaml",
        "parameters: {tset_data: []}\n",
        "has no",
    ),
    ("data/fhs.yaml", "fhs: null\n", "of another kind"),
    (
        "a.rego",
        "package freehold.hardening.no_private_keys.regex\n\nmatch(pattern, value) := true\n",
        "inside or around",
    ),
    (
        "a.rego",
        "package freehold.lib\n\nintruder.is_null(x) := false\n",
        "inside or around",
    ),
    (
        "a.rego",
        "package freehold\n\nhardening.no_private_keys.not_applicable := \"x\"\n",
        "inside or around",
    ),
    (
        "a.rego",
        "package freehold.hardening.mine\n\nimport rego.v1\n\ndeny contains \"x\" if count([]) == 1\n\ncount(x) := 0\n",
        "stand in for the builtin",
    ),
    (
        "a.rego",
        "package main.regex\n\nmatch(pattern, value) := true\n",
        "stand in for the builtin",
    ),
    (
        "a.rego",
        "package freehold.acme\n\ndeny contains \"x\"\n",
        "nothing asks package",
    ),
];

#[test]
fn nothing_given_with_policy_silences_a_shipped_rule() {
    let (_image, reference) = blocked();
    ends_with(&run(&["check", &reference]), 1);
    for (name, content, words) in SILENCERS {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[(name, content)]);
        let flag = folder.path().display().to_string();
        let output = run(&["check", &reference, "--policy", &flag, "--width=400"]);
        ends_with(&output, 2);
        assert!(
            said(&output).contains(words),
            "{name} {content}: {}",
            said(&output)
        );
    }
}

#[test]
fn nothing_in_a_bundle_silences_a_shipped_rule() {
    let (_image, reference) = blocked();
    let loud = (
        "loud.rego",
        "package loud\n\ndeny contains \"x\" if false\n",
    );
    for (name, content, words) in SILENCERS {
        let (_folder, path) = written(&bundle(&[loud, (name, content)]));
        let flag = path.display().to_string();
        let output = run(&["check", &reference, "--policy", &flag, "--width=400"]);
        ends_with(&output, 2);
        let said = said(&output);
        let is_refused = said.contains(words) || said.contains("in the shipped pack");
        assert!(
            is_refused || said.contains("and in"),
            "{name} {content}: {said}"
        );
    }
}

#[test]
fn a_bundle_has_no_package_or_document_in_common_with_the_teams_own() {
    let folder = tempfile::tempdir().unwrap();
    let own = "package main\n\ndeny contains \"ours\" if not input.image.labels[data.shop.label]\n";
    write(
        folder.path(),
        &[
            ("main.rego", own),
            ("data.json", "{\"shop\": {\"label\": \"team\"}}"),
        ],
    );
    let flag = folder.path().display().to_string();
    let (_image, reference) = layout(&image(1));
    let check = |more: &[&str]| run(&[&["check", &reference, "-p", &flag], more].concat());
    ends_with(&check(&[]), 1);
    for (name, content) in [
        ("a.rego", "package main\n\nexception contains [\"\"]\n"),
        (
            "a.rego",
            "package main.team\n\ndeny contains \"x\" if false\n",
        ),
        ("data.json", "{\"shop\": {\"label\": \"other\"}}"),
        ("data.json", "{\"main\": {\"deny\": []}}"),
    ] {
        let loud = (
            "loud.rego",
            "package loud\n\ndeny contains \"x\" if false\n",
        );
        let (_folder, path) = written(&bundle(&[loud, (name, content)]));
        let bundle = path.display().to_string();
        for flags in [["-p", &bundle], ["--policy", &bundle]] {
            ends_with(&check(&flags), 2);
        }
    }
}

#[test]
fn parameters_of_a_shipped_rule_that_a_directory_changes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let place = "hardening/no_private_keys/parameters.yaml";
    write(folder.path(), &[(place, "parameters: {test_data: []}\n")]);
    let flag = folder.path().display().to_string();
    let (_image, reference) = blocked();
    let output = run(&["check", &reference, "-p", &flag]);
    ends_with(&output, 1);
    assert!(said(&output).contains("are changed"), "{}", said(&output));
}

#[test]
fn rules_of_others_move_no_score() {
    let text = "# METADATA\n# title: x\n# custom: {weight: 100}\npackage freehold.hardening.nice\n\n\
                deny contains \"x\" if false\n";
    let pack = open(&bundle(&[("nice.rego", text)])).unwrap();
    let rule = pack.rule("hardening.nice").unwrap();
    assert_eq!(rule.info.weight, 0.0);
}
