//! Signatures of which something is changed, missing or too much.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

#[test]
fn a_bundle_of_which_one_part_is_changed_is_invalid_for_that_part() {
    let entry = |rest: &str| format!("{ENTRY}{rest}");
    let flips: [(&str, String, &str); 8] = [
        (
            "signature",
            "/dsseEnvelope/signatures/0/sig".into(),
            "does not fit",
        ),
        (
            "promise",
            entry("/inclusionPromise/signedEntryTimestamp"),
            "inclusion promise",
        ),
        ("root hash", entry("/inclusionProof/rootHash"), "root hash"),
        (
            "proof",
            entry("/inclusionProof/hashes/0"),
            "inclusion proof",
        ),
        ("body", entry("/canonicalizedBody"), "inclusion"),
        (
            "certificate",
            "/verificationMaterial/certificate/rawBytes".into(),
            "certificate",
        ),
        ("statement", "/dsseEnvelope/payload".into(), "no JSON"),
        (
            "log",
            entry("/logId/keyId"),
            "log that the trust root does not have",
        ),
    ];
    for (name, pointer, reason) in flips {
        let mut changed = bundle("keyless");
        change(&mut changed, &pointer, |bytes| flip_last(bytes));
        let checked = verify(&changed, &trust());
        let verdict = match name {
            "log" => Verdict::Unverifiable,
            _ => Verdict::Invalid,
        };
        assert_refused(&checked, verdict, reason);
    }
}

#[test]
fn a_bundle_of_which_a_statement_of_its_log_is_changed_is_invalid() {
    for (pointer, value, reason) in [
        ("/integratedTime", json!("1600000000"), "inclusion promise"),
        ("/integratedTime", json!("99999999999"), "inclusion promise"),
        ("/logIndex", json!("1"), "inclusion promise"),
        ("/inclusionProof/logIndex", json!("0"), "inclusion proof"),
        ("/inclusionProof/treeSize", json!("9999"), "inclusion proof"),
        (
            "/inclusionProof/checkpoint/envelope",
            json!("log.example - 1\n"),
            "checkpoint",
        ),
        (
            "/kindVersion",
            json!({"kind": "intoto", "version": "0.0.2"}),
            "malformed log entry",
        ),
    ] {
        let mut changed = bundle("keyless");
        *changed.pointer_mut(&format!("{ENTRY}{pointer}")).unwrap() = value;
        assert_refused(&verify(&changed, &trust()), Verdict::Invalid, reason);
    }
    let mut changed = bundle("keyless");
    let checkpoint = format!("{ENTRY}/inclusionProof/checkpoint/envelope");
    let text = changed.pointer_mut(&checkpoint).unwrap();
    *text = json!(
        text.as_str()
            .unwrap()
            .replacen("log.example - 1", "log.example - 2", 1)
    );
    assert_refused(&verify(&changed, &trust()), Verdict::Invalid, "checkpoint");
}

#[test]
fn a_statement_that_was_exchanged_does_not_fit_its_signature() {
    let other = bundle("keyless-provenance");
    let mut changed = bundle("keyless");
    changed["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"].clone();
    assert_refused(
        &verify(&changed, &trust()),
        Verdict::Invalid,
        "does not fit",
    );
    let mut changed = bundle("p256");
    changed["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"].clone();
    let reason = "it says it is made with the key of p256, and does not fit it";
    assert_refused(&verify(&changed, &trust()), Verdict::Invalid, reason);
    let mut changed = bundle("p256");
    changed["dsseEnvelope"]["payloadType"] = json!("text/plain");
    assert_refused(
        &verify(&changed, &trust()),
        Verdict::Invalid,
        "payload type",
    );
}

#[test]
fn a_log_entry_of_another_signature_is_refused() {
    for (name, other) in [("keyless", "keyless-provenance"), ("p256", "rsa")] {
        let mut changed = bundle(name);
        *changed.pointer_mut(ENTRY).unwrap() = bundle(other).pointer(ENTRY).unwrap().clone();
        let checked = verify(&changed, &trust());
        assert_eq!(
            checked.verification.verdict,
            Verdict::Invalid,
            "{checked:?}"
        );
    }
}

#[test]
fn what_is_taken_away_is_missed() {
    for (name, pointer, field) in [
        ("keyless", ENTRY, "inclusionProof"),
        ("keyless", "/verificationMaterial", "tlogEntries"),
        ("p256", "/verificationMaterial", "tlogEntries"),
        ("p256", ENTRY, "inclusionProof"),
        ("keyless", ENTRY, "inclusionPromise"),
    ] {
        let mut changed = bundle(name);
        let fields = changed.pointer_mut(pointer).unwrap().as_object_mut();
        assert!(fields.unwrap().shift_remove(field).is_some());
        let checked = verify(&changed, &trust());
        let reason = match field {
            "inclusionPromise" => "says when it was signed",
            _ => "no entry of a transparency log",
        };
        assert_refused(&checked, Verdict::Unverifiable, reason);
    }
}

#[test]
fn what_lies_beside_an_image_is_refused_when_one_part_of_it_is_changed() {
    let payload = read("simple/keyless.payload");
    let good = annotations("simple/keyless");
    let text = String::from_utf8(payload.clone()).unwrap();
    let hex = digest().replace("sha256:", "");
    let other = text.replace(&hex, &"0".repeat(64)).into_bytes();
    let checked = simple_of(&other, &good, &trust());
    assert_refused(&checked, Verdict::Invalid, "does not fit");

    for (name, replacement, reason) in [
        (
            SIGNATURE_ANNOTATION,
            annotations("simple/keyless-stamped")[SIGNATURE_ANNOTATION].clone(),
            "does not fit",
        ),
        (
            CERTIFICATE_ANNOTATION,
            annotations("simple/keyless-stamped")[CERTIFICATE_ANNOTATION].clone(),
            "does not fit",
        ),
        (CERTIFICATE_ANNOTATION, "no PEM".to_owned(), "none in PEM"),
        (
            LOG_ANNOTATION,
            annotations("simple/keyless-stamped")[LOG_ANNOTATION].clone(),
            "log entry does not match",
        ),
        (
            LOG_ANNOTATION,
            "{}".to_owned(),
            "log entry beside it cannot be read",
        ),
        (
            TIMESTAMP_ANNOTATION,
            "[]".to_owned(),
            "timestamp beside it cannot be read",
        ),
        (
            TIMESTAMP_ANNOTATION,
            annotations("simple/keyless-stamped")[TIMESTAMP_ANNOTATION].clone(),
            "timestamp",
        ),
    ] {
        let mut changed = good.clone();
        changed.insert(name.to_owned(), replacement);
        assert_refused(
            &simple_of(&payload, &changed, &trust()),
            Verdict::Invalid,
            reason,
        );
    }
    let mut changed = good.clone();
    changed.remove(LOG_ANNOTATION);
    assert_refused(
        &simple_of(&payload, &changed, &trust()),
        Verdict::Unverifiable,
        "no entry of a transparency log",
    );
    let mut changed = good;
    changed.remove(SIGNATURE_ANNOTATION);
    let checked = simple_of(&payload, &changed, &trust());
    assert_eq!(checked.verification.verdict, Verdict::Unsigned);
}

#[test]
fn a_payload_that_is_no_statement_is_refused_though_its_signature_is_good() {
    let subject = json!([{"digest": {"sha256": digest().replace("sha256:", "")}}]);
    let statement = |kind: Value| json!({"_type": kind, "subject": subject, "predicateType": "p"});
    let known = statement(json!("https://in-toto.io/Statement/v1"));
    let in_toto = "application/vnd.in-toto+json";
    for (payload_type, payload, verdict, reason) in [
        (in_toto, known.clone(), Verdict::Verified, ""),
        (
            in_toto,
            statement(json!("https://in-toto.io/Statement/v9")),
            Verdict::Invalid,
            "unknown type",
        ),
        (
            in_toto,
            statement(Value::Null),
            Verdict::Invalid,
            "states no type",
        ),
        (
            in_toto,
            json!({"_type": "https://in-toto.io/Statement/v1", "subject": []}),
            Verdict::Unverifiable,
            "names no digest",
        ),
        ("application/json", known, Verdict::Invalid, "payload type"),
    ] {
        let (envelope, trust) = signed_here(payload_type, payload.to_string().as_bytes());
        let checked = envelope_of(&envelope, &Annotations::new(), &trust);
        assert_eq!(checked.verification.verdict, verdict, "{checked:?}");
        assert!(
            checked
                .verification
                .reason
                .unwrap_or_default()
                .contains(reason)
        );
    }
}

#[test]
fn what_is_too_much_is_not_looked_at() {
    let mut changed = bundle("keyless");
    let entry = changed.pointer(ENTRY).unwrap().clone();
    changed["verificationMaterial"]["tlogEntries"] = json!(vec![entry; 17]);
    assert_refused(
        &verify(&changed, &trust()),
        Verdict::Unverifiable,
        "more than 16",
    );
    let large = vec![b' '; MAX_SIGNED_BYTES + 1];
    let wanted = Wanted::default();
    let none = Annotations::new();
    for checked in [
        verify_bundle(&large, &wanted, &trust()),
        verify_dsse(&large, &none, &wanted, &trust()),
        verify_simple_signing(&large, &none, &wanted, &trust()),
    ] {
        assert_refused(&checked, Verdict::Unverifiable, "larger than");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_refused(
        &verify_bundle(deep.as_bytes(), &wanted, &trust()),
        Verdict::Unverifiable,
        "no JSON",
    );
    let mut newer = bundle("keyless");
    newer["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.9+json");
    assert_refused(
        &verify(&newer, &trust()),
        Verdict::Unverifiable,
        "version that is known",
    );
}

#[test]
fn no_byte_of_a_bundle_can_be_changed_into_another_verified_one() {
    let trust = trust();
    let digest = digest();
    let wanted = Wanted {
        platform: Some(&digest),
        ..Wanted::default()
    };
    for name in ["keyless", "p256", "message", "keyless-person"] {
        let good = read(&format!("bundles/{name}.sigstore.json"));
        let whole = verify_bundle(&good, &wanted, &trust);
        let mut verdicts = BTreeSet::new();
        for at in (0..good.len()).step_by(29) {
            let mut changed = good.clone();
            changed[at] ^= 1 << (at % 7);
            let checked = verify_bundle(&changed, &wanted, &trust);
            verdicts.insert(checked.verification.verdict);
            if checked.verification.verdict <= Verdict::Authentic {
                assert_eq!(checked.content, whole.content, "{name} at {at}");
                assert_eq!(checked.subject.is, SubjectIs::Platform, "{name} at {at}");
            }
        }
        assert!(verdicts.contains(&Verdict::Invalid), "{name}");
    }
}

#[test]
fn text_of_a_stranger_is_shown_without_its_control_characters() {
    let mut changed = bundle("keyless");
    changed["mediaType"] = json!(format!("\u{1b}[31m\u{202e}{}", "x".repeat(1_000)));
    let reason = verify(&changed, &trust()).verification.reason.unwrap();
    assert!(
        !reason.chars().any(|c| c.is_control() || c == '\u{202e}'),
        "{reason}"
    );
    assert!(reason.chars().count() <= MAX_SHOWN + 1);
}

#[test]
fn a_payload_that_was_changed_under_a_key_that_its_log_names_is_invalid() {
    let text = String::from_utf8(read("simple/p256-logged.payload")).unwrap();
    let changed = text.replace("container", "Container");
    assert_ne!(text, changed);
    let checked = simple_of(
        changed.as_bytes(),
        &annotations("simple/p256-logged"),
        &trust(),
    );
    let reason = "made with the key of p256, and does not fit it";
    assert_refused(&checked, Verdict::Invalid, reason);
    let unlogged = simple_of(changed.as_bytes(), &annotations("simple/p256"), &trust());
    assert_refused(&unlogged, Verdict::Unverifiable, "fits none of the keys");
}

#[test]
fn a_payload_of_simple_signing_has_to_be_of_an_image() {
    let payload = |kind: &str| {
        json!({"critical": {
            "identity": {"docker-reference": "registry.example/image"},
            "image": {"docker-manifest-digest": digest()},
            "type": kind,
        }})
        .to_string()
    };
    for (kind, verdict, reason) in [
        ("cosign container image signature", Verdict::Verified, ""),
        ("https://sigstore.dev/cosign/sign/v1", Verdict::Verified, ""),
        (
            "atomic container signature",
            Verdict::Invalid,
            "of another type",
        ),
    ] {
        let payload = payload(kind);
        let (pem, signature) = sign_with_new_key(payload.as_bytes());
        let mut keys = TrustedKey::from_pem("here", pem.as_bytes()).unwrap();
        keys[0].unlogged = true;
        let trust = Trust {
            keys,
            ..Trust::default()
        };
        let signature = data_encoding::BASE64.encode(&signature);
        let annotations = Annotations::from([(SIGNATURE_ANNOTATION.to_owned(), signature)]);
        let checked = simple_of(payload.as_bytes(), &annotations, &trust);
        assert_eq!(checked.verification.verdict, verdict, "{checked:?}");
        let said = checked.verification.reason.unwrap_or_default();
        assert!(said.contains(reason), "{said}");
        assert_eq!(checked.payload_kind.as_deref(), Some(kind));
        assert_eq!(
            checked.subject.name.as_deref(),
            Some("registry.example/image")
        );
    }
}

#[test]
fn a_bundle_that_readers_may_read_differently_is_invalid() {
    let digest = digest();
    let wanted = Wanted {
        platform: Some(&digest),
        ..Wanted::default()
    };
    let text = bundle("keyless").to_string();
    let with = |part: &str| text.replacen('{', &format!("{{{part},"), 1);
    for (part, reason) in [
        (
            r#""messageSignature":{"signature":"AAAA"}"#,
            "an envelope and a message",
        ),
        (r#""dsseEnvelope":{}"#, "twice"),
        (r#""verificationMaterial":{}"#, "twice"),
        (r#""mediaType":"a""#, "twice"),
    ] {
        let checked = verify_bundle(with(part).as_bytes(), &wanted, &trust());
        assert_refused(&checked, Verdict::Invalid, reason);
    }
    let mut two = bundle("keyless");
    two["verificationMaterial"]["publicKey"] = json!({"hint": ""});
    let checked = verify(&two, &trust());
    assert_refused(&checked, Verdict::Invalid, "more than one signer");
}
