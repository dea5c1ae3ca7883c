//! Rules from a registry: as conftest pushes them, as one bundle, and as they should not be.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::{Fault, Login, Registry, Settings};
use super::{ends_with, image, layout, run, said};
use crate::packs::made::{BUNDLE, DATA, DENIES, REGO, artifact, bundle};
use crate::support::image_builder::{OCI_INDEX, REF_NAME, digest_of, json_bytes};
use crate::support::layout::Layout;

const FOR_EVER: usize = usize::MAX;

const READS_DATA: &str = "package main\n\n\
    deny contains word if some word in data.limits.words\n\n\
    deny contains word if some word in data.team.words\n";

/// A folder with this layout, served as `team/rules` with these faults.
fn serve(layout: &Layout, faults: &[(&str, Fault)]) -> (TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    layout.write_oci_dir(folder.path());
    let mut settings = Settings::default().repository("team/rules", folder.path());
    for (part, fault) in faults {
        settings = settings.fault(part, FOR_EVER, fault.clone());
    }
    (folder, settings.start())
}

/// `check` of an image with the rules of a registry; exit status, report or what was said.
fn check(registry: &Registry, rest: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let (_image, reference) = layout(&image(1));
    let policy = format!("oci://{}", registry.name(rest));
    let arguments = ["check", &reference, "-f", "json", "--policy", &policy];
    let output = run(&[&arguments, more].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), report, said(&output))
}

/// The findings of `main` in a report.
fn messages(report: &Value) -> Vec<String> {
    let text = report.to_string();
    ["one", "two", "no"]
        .into_iter()
        .filter(|word| text.contains(&format!("\"msg\":\"{word}\"")))
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_conftest_pushes_is_read_and_pinned() {
    let (layout, digest) = artifact(&[
        (REGO, Some("policy/main.rego"), READS_DATA.as_bytes()),
        (
            DATA,
            Some("policy/settings.json"),
            br#"{"limits": {"words": ["one"]}}"#,
        ),
        (DATA, Some("policy/team/more.yaml"), b"words: [two]\n"),
    ]);
    let (_folder, registry) = serve(&layout, &[]);
    let (status, report, said) = check(&registry, "team/rules:latest", &[]);
    assert_eq!(status, Some(1), "{said}");
    assert_eq!(messages(&report), ["one", "two"]);
    let source = &report["run"]["pack"]["sources"][0];
    assert_eq!(source["kind"], "oci");
    assert_eq!(source["digest"], digest.as_str());
    assert_eq!(report["run"]["network_used"], true);
    let (again, pinned, said) = check(&registry, &format!("team/rules@{digest}"), &[]);
    assert_eq!(again, Some(1), "{said}");
    assert_eq!(
        pinned["run"]["pack"]["digest"],
        report["run"]["pack"]["digest"]
    );
}

#[test]
fn the_command_to_repeat_a_run_pins_its_rules() {
    let (rules, digest) = artifact(&[(REGO, Some("main.rego"), DENIES.as_bytes())]);
    let (_folder, registry) = serve(&rules, &[]);
    let (_image, reference) = layout(&image(1));
    let policy = format!("oci://{}", registry.name("team/rules:latest"));
    for flag in [
        vec!["--policy", &policy],
        vec![&format!("--policy={policy}")],
    ] {
        let output = run(&[&["check", &reference, "--width", "200"], &*flag].concat());
        ends_with(&output, 1);
        let pinned = format!("oci://{}", registry.name(&format!("team/rules@{digest}")));
        assert!(said(&output).contains(&pinned), "{}", said(&output));
    }
}

#[test]
fn a_bundle_in_one_layer_is_read() {
    let bytes = bundle(&[
        ("/data.json", r#"{"team": {"words": ["two"]}}"#),
        ("/main.rego", READS_DATA),
    ]);
    let (layout, _) = artifact(&[(BUNDLE, None, &bytes)]);
    let (_folder, registry) = serve(&layout, &[]);
    let (status, report, all) = check(&registry, "team/rules", &[]);
    assert_eq!(status, Some(1), "{all}");
    assert_eq!(messages(&report), ["two"]);
    let policy = format!("oci://{}", registry.name("team/rules"));
    let output = run(&["policy", "list", "--policy", &policy]);
    ends_with(&output, 0);
    assert!(said(&output).contains("main"), "{}", said(&output));
}

#[test]
fn what_is_no_pack_is_refused_before_it_is_fetched() {
    let (folder, _) = layout(&image(2));
    let registry = Settings::default()
        .repository("team/app", folder.path())
        .start();
    let (status, _, said) = check(&registry, "team/app", &[]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("no pack of rules") || said.contains("alone"),
        "{said}"
    );
    assert!(
        !registry
            .log()
            .iter()
            .any(|request| request.path().contains("/blobs/"))
    );

    let rego = (REGO, Some("main.rego"), DENIES.as_bytes());
    let packed = bundle(&[("main.rego", DENIES)]);
    for (layers, reason) in [
        (vec![], "it has no layers"),
        (vec![rego, ("text/plain", None, &b"x"[..])], "`text/plain`"),
        (vec![rego, (BUNDLE, None, &packed[..])], "one layer, alone"),
        (
            vec![(REGO, Some("../main.rego"), &b"x"[..])],
            "leads out of",
        ),
        (vec![rego, rego], "two layers called"),
        (
            vec![(REGO, Some("main.txt"), &b"x"[..])],
            "does not end in `.rego`",
        ),
        (vec![(REGO, Some("main.rego"), &b"\xff"[..])], "not UTF-8"),
    ] {
        let (_folder, registry) = serve(&artifact(&layers).0, &[]);
        let (status, _, said) = check(&registry, "team/rules", &[]);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(reason), "{reason}: {said}");
    }
}

#[test]
fn an_index_and_a_name_that_is_not_there_are_told() {
    let index = json_bytes(&json!({
        "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [],
    }));
    let entry = json!({
        "mediaType": OCI_INDEX, "digest": digest_of(&index), "size": index.len(),
        "annotations": {REF_NAME: "latest"},
    });
    let (_folder, registry) = serve(&Layout::new().blob(index).entry(entry), &[]);
    for (rest, code) in [
        ("team/rules", "source::not_an_artifact"),
        ("team/rules:2", "source::registry::not_found"),
        ("team/UPPER", "source::"),
    ] {
        let (status, _, said) = check(&registry, rest, &[]);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(code), "{rest}: {said}");
    }
}

#[test]
fn a_registry_that_lies_about_rules_is_caught() {
    let (layout, digest) = artifact(&[(REGO, Some("main.rego"), DENIES.as_bytes())]);
    let blob = digest_of(DENIES.as_bytes());
    let html = Fault::Body("text/html", b"<html>log in</html>".to_vec());
    let other = Fault::Body("application/octet-stream", b"package main\n".to_vec());
    let endless = Fault::Endless(200);
    for (part, fault, reason) in [
        ("/manifests/", html.clone(), "web page"),
        ("/blobs/", html, "web page"),
        ("/blobs/", other, "source::"),
        ("/blobs/", endless, "source::"),
    ] {
        let (_folder, registry) = serve(&layout, &[(part, fault)]);
        let (status, _, said) = check(&registry, "team/rules", &[]);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(reason), "{reason}: {said}");
    }
    let (_folder, registry) = serve(&layout.clone().drop_blob(&blob), &[]);
    let (status, _, said) = check(&registry, "team/rules", &[]);
    assert_eq!(status, Some(2));
    assert!(said.contains("does not hold all of"), "{said}");

    // A manifest that is not the one the digest names.
    let changed = Fault::Body(
        "application/vnd.oci.image.manifest.v1+json",
        br#"{"schemaVersion": 2, "config": {"digest": "", "size": 0}, "layers": []}"#.to_vec(),
    );
    let (_folder, registry) = serve(&layout, &[("/manifests/", changed)]);
    let (status, _, said) = check(&registry, &format!("team/rules@{digest}"), &[]);
    assert_eq!(status, Some(2));
    assert!(said.contains("digest"), "{said}");
}

#[test]
fn rules_that_lead_in_a_circle_are_given_up() {
    let (layout, _) = artifact(&[(REGO, Some("main.rego"), DENIES.as_bytes())]);
    let (_one, first) = serve(&layout, &[]);
    let address = format!("http://{}", first.address());
    drop(first);
    let folder = tempfile::tempdir().unwrap();
    layout.write_oci_dir(folder.path());
    let circle = Settings::default()
        .repository("team/rules", folder.path())
        .fault("/manifests/", FOR_EVER, Fault::Redirect(address.clone()));
    let registry = circle.start_at(address.trim_start_matches("http://").parse().unwrap());
    let (status, _, said) = check(&registry, "team/rules", &[]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("source::"), "{said}");
}

#[test]
fn one_login_is_not_sent_to_the_registry_of_the_rules_too() {
    let (rules, _) = artifact(&[(REGO, Some("main.rego"), DENIES.as_bytes())]);
    let (_folder, packs) = serve(&rules, &[]);
    let (folder, _) = layout(&image(1));
    let images = Settings::default()
        .repository("team/app", folder.path())
        .login(Login::Basic("me", "secret"))
        .start();
    let policy = format!("oci://{}", packs.name("team/rules"));
    let login = ["--username", "me", "--password-stdin"];
    let name = images.name("team/app");
    let output = run(&[&["check", &name, "--policy", &policy], &login[..]].concat());
    ends_with(&output, 2);
    assert!(
        said(&output).contains("cli::one_login"),
        "{}",
        said(&output)
    );
    assert!(packs.log().is_empty());
}
