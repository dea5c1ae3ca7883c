//! Each planted fault blocks without a flag, and says what to do.

use serde_json::json;

use super::{Desk, TIME, ends_with, judged, named, run, said, setuid, system};
use crate::evidence::signed::{Attached, BUILD, ISSUER, fixture, signed, written};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

/// What `check` says of an image with a fault, which ends with 1.
fn blocked(layers: impl IntoIterator<Item = Layer>) -> String {
    let desk = Desk::new();
    let image = desk.image("image", layers);
    let output = run(&["check", &image, TIME]);
    ends_with(&output, 1);
    let out = said(&output);
    assert!(out.starts_with("BLOCKED"), "{out}");
    out
}

/// Asserts that these words are in `text`.
fn says(text: &str, words: &[&str]) {
    for part in words {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_private_key() {
    let words = [
        "-----BEGIN",
        "PRIVATE KEY-----\nAAAA\n-----END",
        "PRIVATE KEY-----\n",
    ];
    let out = blocked([system(), Layer::new().file("root/key.pem", words.join(" "))]);
    says(
        &out,
        &[
            "1 finding blocks.",
            "hardening.no_private_keys",
            "fix Remove the key",
        ],
    );
}

/// What is in them is in no format of the report.
#[test]
fn credentials_of_which_no_value_is_shown() {
    let secret = "hunter2verymuch";
    let login = format!(r#"{{"auths":{{"registry.example":{{"auth":"{secret}"}}}}}}"#);
    let added = Layer::new()
        .file(
            "root/.npmrc",
            format!("//registry.example/:_authToken={secret}\n"),
        )
        .file("root/.docker/config.json", login)
        .file(
            "root/.m2/settings.xml",
            format!("<a><password>{secret}</password></b>"),
        );
    let layers = [system(), added];
    let out = blocked(layers.clone());
    says(
        &out,
        &[
            "hardening.no_credentials",
            "/root/.npmrc holds a registry token no package owns (layer 2)",
            "/root/.docker/config.json holds a login of an image registry",
            "fix Remove the file",
        ],
    );
    let desk = Desk::new();
    let image = desk.image("image", layers);
    for format in ["table", "json", "sarif", "junit", "github", "markdown"] {
        let output = run(&["check", &image, TIME, "--all", "-f", format]);
        ends_with(&output, 1);
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(".npmrc"),
            "{format}"
        );
        for stream in [&output.stdout, &output.stderr] {
            assert!(
                !String::from_utf8_lossy(stream).contains(secret),
                "{format}"
            );
        }
    }
    let facts = run(&["facts", &image]);
    ends_with(&facts, 0);
    assert!(!String::from_utf8_lossy(&facts.stdout).contains(secret));
}

#[test]
fn a_file_of_credentials_that_cannot_be_read() {
    let desk = Desk::new();
    let added = Layer::new().file("root/.docker/config.json", r#"{"auths":{"a":"#);
    let image = desk.image("image", [system(), added]);
    let found = judged(&image, &[]);
    assert_eq!(named(&found, "blocking"), []);
    assert_eq!(
        found["gate"]["unknown_required"],
        json!(["hardening.no_credentials"])
    );
}

#[test]
fn a_setuid_program_of_nobody_with_layer_instruction_and_remedy() {
    let desk = Desk::new();
    let path = desk.path("image");
    ImageBuilder::new()
        .layer(system())
        .layer(setuid("usr/local/bin/helper").with_parents())
        .history("ADD rootfs.tar /")
        .history("COPY tools/ /usr/local/bin # buildkit")
        .write_oci_dir(&path);
    let image = format!("oci-dir:{}", path.display());
    let output = run(&["check", &image, TIME, "--base-layers", "1"]);
    ends_with(&output, 1);
    says(
        &said(&output),
        &[
            "hardening.no_setuid",
            "/usr/local/bin/helper is setuid",
            "layer 2, yours COPY tools/ /usr/local/bin # buildkit",
            "fix Run `chmod u-s,g-s`",
            "to reproduce freehold check",
            "--base-layers 1",
        ],
    );
}

#[test]
fn a_program_with_capabilities_of_nobody() {
    // vfs_cap_data, revision 2 (linux/capability.h): cap_net_raw permitted and effective.
    let mut capability = vec![1, 0, 0, 2, 0, 0x20, 0, 0];
    capability.resize(20, 0);
    let layer = Layer::new()
        .executable("usr/local/bin/ping", "ping")
        .xattr("security.capability", capability);
    says(
        &blocked([system(), layer]),
        &["hardening.file_capabilities"],
    );
}

#[test]
fn a_packaged_program_that_was_changed() {
    let out = blocked([
        system(),
        Layer::new().executable("usr/bin/true", "#!/bin/sh\nfalse\n"),
    ]);
    says(
        &out,
        &[
            "proprietary.packages_unmodified",
            "/usr/bin/true is not what coreutils installed",
        ],
    );
}

/// The certificate had run out when the signature was made.
#[test]
fn a_signature_that_is_wrong() {
    let root = fixture("trusted_root.json");
    let (_image, reference) = written(&signed(&[Attached::simple("wrong-late")]));
    let flags = [
        "--trusted-root",
        &root,
        "--certificate-identity",
        BUILD,
        "--certificate-oidc-issuer",
        ISSUER,
    ];
    let found = judged(&reference, &flags);
    assert_eq!(found["gate"]["blocked"], true);
    let rules: Vec<String> = named(&found, "blocking")
        .into_iter()
        .map(|(rule, _)| rule)
        .collect();
    assert!(
        rules.contains(&"provenance.signature_invalid".to_owned()),
        "{rules:?}"
    );
}

#[test]
fn a_package_database_that_a_layer_deleted_or_emptied() {
    for layer in [
        Layer::new().whiteout("var/lib/dpkg"),
        Layer::new().file("var/lib/dpkg/status", ""),
    ] {
        let out = blocked([system(), layer.with_parents()]);
        says(&out, &["customization.package_database_intact", "layer 2"]);
    }
}

#[test]
fn an_image_that_was_made_without_a_database_is_not_blocked_for_it() {
    let desk = Desk::new();
    let layer = Layer::new().file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n");
    let image = desk.image("image", [layer]);
    ends_with(&run(&["check", &image, TIME]), 0);
}

/// A layer that cannot be read ends the run, and not well.
#[test]
fn a_layer_that_is_damaged() {
    let desk = Desk::new();
    let path = desk.path("image");
    let image = ImageBuilder::new().layer(system());
    let digest = image.layer_digest(0);
    image
        .layout()
        .flip_byte_in_blob(&digest)
        .write_oci_dir(&path);
    let output = run(&["check", &format!("oci-dir:{}", path.display()), TIME]);
    ends_with(&output, 2);
    assert!(said(&output).contains("layer 1"), "{}", said(&output));
}

/// What is refused in a layer may be what the rules look for.
#[test]
fn a_layer_of_which_a_part_could_not_be_read() {
    let desk = Desk::new();
    let hidden = Layer::new().setuid("../outside", "x").file("a", "a");
    let path = desk.path("image");
    ImageBuilder::new()
        .layer(system())
        .layer(hidden)
        .write_oci_dir(&path);
    let image = format!("oci-dir:{}", path.display());
    let output = run(&["check", &image, TIME]);
    ends_with(&output, 1);
    says(
        &said(&output),
        &["required rules have no answer.", "? hardening.no_setuid"],
    );
    let found = judged(&image, &[]);
    assert_eq!(named(&found, "blocking"), []);
    assert_eq!(
        found["gate"]["unknown_required"],
        json!([
            "hardening.file_capabilities",
            "hardening.no_credentials",
            "hardening.no_private_keys",
            "hardening.no_setuid"
        ])
    );
}

#[test]
fn a_threshold_that_is_missed() {
    let desk = Desk::new();
    let image = desk.image("image", [system()]);
    let check = |threshold: &str| {
        run(&[
            "check",
            &image,
            TIME,
            "--profile",
            "balanced",
            "--threshold",
            threshold,
        ])
    };
    ends_with(&check("evidence=0"), 0);
    let output = check("evidence=99.5");
    ends_with(&output, 1);
    says(
        &said(&output),
        &["1 threshold is missed.", "at least 99.5 is asked for"],
    );
    let profile = desk.file(
        "own.yaml",
        "name: own\nextends: balanced\nthresholds: {evidence: 99}\n",
    );
    ends_with(&run(&["check", &image, TIME, "--profile", &profile]), 1);
    let lower = [
        "check",
        &image,
        TIME,
        "--profile",
        &profile,
        "--threshold",
        "evidence=0",
    ];
    ends_with(&run(&lower), 0);
    ends_with(&check("evidence=101"), 2);
    ends_with(&check("price=1"), 2);
}

#[test]
fn advice_tells_everything_and_ends_with_0() {
    let desk = Desk::new();
    let image = desk.image("image", [system(), setuid("app/helper")]);
    let output = run(&["check", &image, TIME, "--advise"]);
    ends_with(&output, 0);
    let out = said(&output);
    assert!(out.starts_with("WOULD BLOCK"), "{out}");
    says(
        &out,
        &["1 finding blocks.", "hardening.no_setuid", "exit 0"],
    );
    let found = judged(&image, &["--advise"]);
    assert_eq!(found["gate"]["blocked"], true);
    assert_eq!(found["gate"]["advised"], true);
    ends_with(
        &run(&["check", &image, "no/such/image", TIME, "--advise"]),
        2,
    );
}
