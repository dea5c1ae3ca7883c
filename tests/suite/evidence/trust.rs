//! Who is trusted to sign: flags, `freehold.yaml`, the pins that are shipped.

use std::fs;

use super::signed::{Attached, BUILD, ISSUER, evidence, fixture, signed, verdicts, written};
use crate::registries::{ends_with, program, run, said};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

const KEYLESS: &str = "keyless";

/// A configuration with this text, and the flag that names it.
fn config(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("freehold.yaml");
    fs::write(&path, text).unwrap();
    let name = path.display().to_string();
    (folder, name)
}

#[test]
fn a_configuration_names_signers_and_the_report_calls_them_so() {
    let (_image, reference) = written(&signed(&[Attached::bundle(KEYLESS)]));
    let text = format!("trust:\n  our-ci:\n    issuer: {ISSUER}\n    identity: {BUILD}\n");
    let (_folder, path) = config(&text);
    let found = evidence(&reference, &["--config", &path]);
    assert_eq!(verdicts(&found, "signatures"), ["verified"]);
    let name = &found["signatures"]["items"][0]["verification"]["trusted_as"];
    assert_eq!(name, "our-ci");
}

#[test]
fn a_key_of_a_configuration_is_found_beside_it() {
    let (_image, reference) = written(&signed(&[Attached::simple("p256")]));
    let (folder, path) = config("trust:\n  vendor: {key: vendor.pub, ignore_tlog: true}\n");
    fs::copy(fixture("p256.pub"), folder.path().join("vendor.pub")).unwrap();
    let found = evidence(&reference, &["--config", &path]);
    assert_eq!(verdicts(&found, "signatures"), ["verified"]);
}

#[test]
fn the_configuration_of_the_current_directory_counts() {
    let (_image, reference) = written(&signed(&[Attached::bundle(KEYLESS)]));
    let text = format!("trust: {{ci: {{issuer: {ISSUER:?}, identity_regexp: '^https://ci'}}}}");
    let (folder, _) = config(&text);
    let root = fixture("trusted_root.json");
    let output = program()
        .current_dir(folder.path())
        .args(["evidence", &reference, "--trusted-root", &root])
        .output()
        .unwrap();
    ends_with(&output, 0);
    assert!(
        said(&output).contains("image verified [1]"),
        "{}",
        said(&output)
    );
}

/// Who names a signer says who must have signed.
#[test]
fn flags_win_over_the_configuration() {
    let (_image, reference) = written(&signed(&[Attached::bundle(KEYLESS)]));
    let text = format!("trust: {{ci: {{issuer: {ISSUER:?}, identity: {BUILD:?}}}}}");
    let (_folder, path) = config(&text);
    let key = fixture("p384.pub");
    let found = evidence(&reference, &["--config", &path, "--key", &key]);
    assert_eq!(verdicts(&found, "signatures"), ["authentic"]);
}

#[test]
fn what_cannot_be_trusted_is_an_error_that_says_why() {
    let (_image, reference) = written(&signed(&[]));
    let (_a, unknown_key) = config("trsut: {}\n");
    let (_b, nobody) = config("trust: {ci: {issuer: https://ci.example}}\n");
    let (_c, anybody) =
        config("trust: {ci: {issuer: https://ci.example, identity_regexp: '.*'}}\n");
    let twice = "trust: {ci: {issuer: https://ci.example, identity: a, identity_regexp: b}}\n";
    let (_d, twice) = config(twice);
    let payload = fixture("simple/p256.payload");
    for (flags, words) in [
        (["--config", &unknown_key], "there is no key `trsut`"),
        (["--config", &nobody], "ci cannot be used"),
        (["--config", &anybody], "ci cannot be used"),
        (["--config", &twice], "says one thing twice"),
        (["--config", "/nonexistent.yaml"], "cannot be read"),
        (["--key", &payload], "holds no public key"),
        (["--trusted-root", &payload], "no trust root"),
        (
            ["--certificate-identity", BUILD],
            "--certificate-oidc-issuer",
        ),
    ] {
        let output = run(&[&["evidence", &reference], &flags[..]].concat());
        ends_with(&output, 2);
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}

/// Who names a signer wants to hear before the image ships that they signed it.
#[test]
fn check_blocks_where_none_of_those_who_were_named_signed() {
    let root = fixture("trusted_root.json");
    let (right, other) = (fixture("p256.pub"), fixture("p384.pub"));
    let (_a, signed_by_key) = written(&signed(&[Attached::simple("p256-logged")]));
    let (_b, signed_keyless) = written(&signed(&[Attached::bundle(KEYLESS)]));
    for (reference, flags, code) in [
        (&signed_by_key, vec![], 0),
        (&signed_by_key, vec!["--key", &right], 0),
        (&signed_by_key, vec!["--key", &other], 1),
        (&signed_keyless, vec![], 0),
        (&signed_keyless, vec!["--key", &other], 1),
    ] {
        let arguments = ["check", reference, "--trusted-root", &root];
        let output = run(&[&arguments, &flags[..]].concat());
        ends_with(&output, code);
        let said = said(&output);
        assert_eq!(
            said.contains("none of those who were named signed it"),
            code == 1,
            "{said}"
        );
    }
}

/// Nobody knows of an image in a layout that carries no evidence; that is not enough either.
#[test]
fn check_blocks_where_it_cannot_be_said_whether_those_who_were_named_signed() {
    let folder = tempfile::tempdir().unwrap();
    let image = ImageBuilder::new().layer(Layer::new().file("etc/os-release", "ID=debian\n"));
    image.write_oci_dir(folder.path());
    let reference = format!("oci-dir:{}", folder.path().display());
    ends_with(&run(&["check", &reference]), 0);
    let output = run(&["check", &reference, "--key", &fixture("p256.pub")]);
    ends_with(&output, 1);
    assert!(
        said(&output).contains("provenance.signature_verified"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_file_that_is_not_what_was_said_is_an_error_that_names_the_right_flag() {
    let (_image, reference) = written(&signed(&[]));
    let (bundle, statement) = (
        fixture("bundles/p256.sigstore.json"),
        fixture("envelopes/openvex.payload"),
    );
    let key = fixture("p256.pub");
    for (flag, file, words) in [
        (
            "--sbom",
            &bundle,
            "it looks like a Sigstore bundle: give it with --bundle",
        ),
        ("--sbom", &key, "--sbom takes an SBOM"),
        ("--attestation", &bundle, "give it with --bundle"),
        (
            "--bundle",
            &statement,
            "it looks like a statement: give it with --attestation",
        ),
        ("--bundle", &key, "it is no Sigstore bundle"),
    ] {
        let output = run(&["evidence", &reference, flag, file]);
        ends_with(&output, 2);
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}

/// A signature of somebody who is known for another image does not become this one's.
#[test]
fn a_signer_who_is_shipped_is_a_signer_whose_source_is_named() {
    let pins = freehold::policy::signers::pins(&[]).unwrap();
    assert!(pins.contains_key("chainguard_free"), "{pins:?}");
    for (name, pin) in pins {
        let by_identity =
            pin.issuer.is_some() && (pin.identity.is_some() || pin.identity_regexp.is_some());
        assert!(pin.key.is_some() || by_identity, "{name}");
    }
}
