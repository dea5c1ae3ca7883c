//! Signatures that hold, and whose they are.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};

use super::*;

#[test]
fn bundles_of_named_signers_are_verified_with_their_log_entry() {
    for (name, signer) in [
        ("p256", "p256"),
        ("rsa", "rsa"),
        ("keyless", "the build"),
        ("keyless-provenance", "the build"),
        ("message", "the build"),
    ] {
        let checked = verify(&bundle(name), &trust());
        assert_verified(&checked, signer, true);
        assert!(checked.verification.signed_at.is_some(), "{name}");
    }
}

#[test]
fn signatures_beside_an_image_are_verified_with_their_log_entry() {
    for (name, signer) in [("p256-logged", "p256"), ("keyless", "the build")] {
        assert_verified(&simple(name, &trust()), signer, true);
        assert_verified(&envelope(name, &trust()), signer, true);
    }
}

#[test]
fn a_signature_without_a_log_entry_holds_where_none_is_asked_for() {
    for name in ["p256", "p384", "p521", "rsa", "ed25519"] {
        let reason = "no entry of a transparency log";
        assert_refused(&simple(name, &trust()), Verdict::Unverifiable, reason);
        assert_verified(&simple(name, &lenient()), name, false);
        let mut keys = keys(&[name]);
        keys[0].unlogged = true;
        let unlogged = Trust {
            keys,
            ..Trust::default()
        };
        assert_verified(&simple(name, &unlogged), name, false);
    }
    for name in ["spdxjson", "cyclonedx", "slsaprovenance1", "openvex"] {
        assert_verified(&envelope(name, &lenient()), "p256", false);
    }
    assert_verified(&verify(&bundle("p256-unlogged"), &lenient()), "p256", false);
}

#[test]
fn a_timestamp_says_when_in_place_of_a_log() {
    for (name, signer) in [("keyless-unlogged", "the build"), ("p256-stamped", "p256")] {
        let reason = "no entry of a transparency log";
        assert_refused(
            &verify(&bundle(name), &trust()),
            Verdict::Unverifiable,
            reason,
        );
        let checked = verify(&bundle(name), &lenient());
        assert_verified(&checked, signer, false);
        assert!(checked.verification.signed_at.is_some(), "{name}");
    }
}

#[test]
fn a_good_signature_of_somebody_who_was_not_named_is_authentic() {
    for checked in [
        verify(&bundle("keyless-person"), &trust()),
        simple("keyless-stamped", &trust()),
    ] {
        let verification = checked.verification;
        assert_eq!(verification.verdict, Verdict::Authentic);
        let signer = verification.signer.unwrap();
        assert_eq!(signer.identity.as_deref(), Some(PERSON));
        assert_eq!(signer.issuer.as_deref(), Some("https://issuer.example"));
        assert!(verification.logged && verification.trusted_as.is_none());
    }
}

#[test]
fn an_identity_is_named_by_both_its_issuer_and_itself() {
    let regexp = |text| Matcher::regexp(text).unwrap();
    for (issuer, identity, verdict) in [
        (exact(CI), exact(ROBOT), Verdict::Verified),
        (exact(CI), regexp("team/image"), Verdict::Verified),
        (regexp("^https://ci"), exact(ROBOT), Verdict::Verified),
        (
            exact("https://ci.example/"),
            exact(ROBOT),
            Verdict::Authentic,
        ),
        (
            exact(CI),
            exact("https://ci.example/team"),
            Verdict::Authentic,
        ),
        (exact(CI), regexp("^team/image"), Verdict::Authentic),
        (exact(CI), exact(PERSON), Verdict::Authentic),
    ] {
        let trust = Trust {
            identities: vec![TrustedIdentity::new("it", issuer, identity)],
            ..trust()
        };
        let checked = verify(&bundle("keyless"), &trust);
        assert_eq!(checked.verification.verdict, verdict);
    }
}

#[test]
fn a_good_signature_of_another_image_says_nothing_of_this_one() {
    let other = format!("sha256:{}", "0".repeat(64));
    let wanted = Wanted {
        platform: Some(&other),
        ..Wanted::default()
    };
    let trust = trust();
    let payload = read("simple/keyless.payload");
    let signed = read("envelopes/keyless.payload");
    for checked in [
        verify_bundle(bundle("keyless").to_string().as_bytes(), &wanted, &trust),
        verify_bundle(bundle("message").to_string().as_bytes(), &wanted, &trust),
        verify_simple_signing(&payload, &annotations("simple/keyless"), &wanted, &trust),
        verify_dsse(&signed, &annotations("envelopes/keyless"), &wanted, &trust),
    ] {
        assert_refused(
            &checked,
            Verdict::Invalid,
            "it is about another image: sha256:",
        );
        assert_eq!(checked.subject.is, SubjectIs::AnotherImage);
        assert_eq!(checked.subject.digests, [digest()]);
    }
    let digest = digest();
    let index = Wanted {
        platform: Some(&other),
        index: Some(&digest),
        manifest: None,
    };
    let checked = verify_bundle(bundle("keyless").to_string().as_bytes(), &index, &trust);
    assert_eq!(checked.verification.verdict, Verdict::Verified);
    assert_eq!(checked.subject.is, SubjectIs::Index);
}

#[test]
fn one_good_signature_of_several_is_enough_and_none_is_none() {
    let mut envelope: Value = serde_json::from_slice(&read("envelopes/openvex.payload")).unwrap();
    let good = envelope["signatures"][0].clone();
    let other = json!({"sig": BASE64.encode(b"another")});
    envelope["signatures"] = json!([other, good]);
    let checked = envelope_of(
        envelope.to_string().as_bytes(),
        &Annotations::new(),
        &lenient(),
    );
    assert_verified(&checked, "p256", false);
    envelope["signatures"] = json!([]);
    let checked = envelope_of(
        envelope.to_string().as_bytes(),
        &Annotations::new(),
        &lenient(),
    );
    assert_eq!(checked.verification.verdict, Verdict::Unsigned);
}

#[test]
fn a_signature_of_the_notary_project_is_recognised_and_not_verified() {
    let certificate = &annotations("simple/keyless")[CERTIFICATE_ANNOTATION];
    let (_, der) = trust::pem(certificate).next().unwrap();
    let payload = json!({"targetArtifact": {"digest": digest()}}).to_string();
    let envelope = json!({
        "payload": BASE64URL_NOPAD.encode(payload.as_bytes()),
        "header": {"x5c": [BASE64.encode(&der.unwrap())]},
    });
    let digest = digest();
    let wanted = Wanted {
        platform: Some(&digest),
        ..Wanted::default()
    };
    let checked = read_notation(envelope.to_string().as_bytes(), &wanted);
    assert_refused(&checked, Verdict::Unverifiable, "Notary Project");
    assert_eq!(checked.subject.is, SubjectIs::Platform);
    let signer = checked.verification.signer.unwrap();
    assert_eq!(signer.identity.as_deref(), Some(ROBOT));
    let cose = read_notation(&[0xd2, 0x84], &wanted);
    assert_refused(&cose, Verdict::Unverifiable, "Notary Project");
    assert_eq!(cose.verification.signer, None);
}

#[test]
fn an_envelope_may_be_logged_by_the_hash_of_what_it_signs() {
    for (name, signer) in [("p256-hashed", "p256"), ("keyless-hashed", "the build")] {
        assert_verified(&envelope(name, &trust()), signer, true);
        let mut other = annotations(&format!("envelopes/{name}"));
        let entry = annotations("simple/p256-logged")[LOG_ANNOTATION].clone();
        other.insert(LOG_ANNOTATION.to_owned(), entry);
        let payload = read(&format!("envelopes/{name}.payload"));
        let checked = envelope_of(&payload, &other, &trust());
        assert_refused(&checked, Verdict::Invalid, "");
    }
}
