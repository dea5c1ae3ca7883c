//! Signatures made by cosign (tests/fixtures/signatures), good and changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::engine::testing::sign_with_new_key;
use super::*;

const CI: &str = "https://ci.example";
const ROBOT: &str = "https://ci.example/team/image/build.yml@refs/heads/main";
const PERSON: &str = "ann@team.example";

type Annotations = BTreeMap<String, String>;

#[expect(clippy::disallowed_methods, reason = "fixtures of our own")]
fn read(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures");
    fs::read(path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn annotations(name: &str) -> Annotations {
    serde_json::from_slice(&read(&format!("{name}.annotations.json"))).unwrap()
}

fn bundle(name: &str) -> Value {
    serde_json::from_slice(&read(&format!("bundles/{name}.sigstore.json"))).unwrap()
}

fn digest() -> String {
    let digest = Sha256::digest(read("manifest.json"));
    format!("sha256:{}", HEXLOWER.encode(&digest))
}

fn exact(text: &str) -> Matcher {
    Matcher::exact(text).unwrap()
}

fn keys(names: &[&str]) -> Vec<TrustedKey> {
    let read = |name: &&str| TrustedKey::from_pem(name, &read(&format!("{name}.pub"))).unwrap();
    names.iter().flat_map(read).collect()
}

fn root(name: &str) -> Option<TrustRoot> {
    Some(TrustRoot::from_json(name, &read(name)).unwrap())
}

/// All the keys, the identity of the build, and the root that the fixtures were made with.
fn trust() -> Trust {
    Trust {
        keys: keys(&["p384", "rsa", "ed25519", "p256"]),
        identities: vec![TrustedIdentity::new("the build", exact(CI), exact(ROBOT))],
        root: root("trusted_root.json"),
        leniency: Leniency::default(),
    }
}

fn lenient() -> Trust {
    Trust {
        leniency: Leniency {
            ignore_tlog: true,
            ignore_sct: false,
        },
        ..trust()
    }
}

fn simple(name: &str, trust: &Trust) -> Checked {
    let (payload, annotations) = (
        read(&format!("simple/{name}.payload")),
        annotations(&format!("simple/{name}")),
    );
    simple_of(&payload, &annotations, trust)
}

fn simple_of(payload: &[u8], annotations: &Annotations, trust: &Trust) -> Checked {
    let digest = digest();
    let wanted = Wanted {
        platform: Some(&digest),
        ..Wanted::default()
    };
    verify_simple_signing(payload, annotations, &wanted, trust)
}

fn envelope(name: &str, trust: &Trust) -> Checked {
    let (payload, annotations) = (
        read(&format!("envelopes/{name}.payload")),
        annotations(&format!("envelopes/{name}")),
    );
    envelope_of(&payload, &annotations, trust)
}

fn envelope_of(payload: &[u8], annotations: &Annotations, trust: &Trust) -> Checked {
    let digest = digest();
    let wanted = Wanted {
        platform: Some(&digest),
        ..Wanted::default()
    };
    verify_dsse(payload, annotations, &wanted, trust)
}

fn verify(bundle: &Value, trust: &Trust) -> Checked {
    let digest = digest();
    let wanted = Wanted {
        platform: Some(&digest),
        ..Wanted::default()
    };
    verify_bundle(bundle.to_string().as_bytes(), &wanted, trust)
}

#[track_caller]
fn assert_refused(checked: &Checked, verdict: Verdict, reason: &str) {
    let verification = &checked.verification;
    let said = verification.reason.as_deref().unwrap_or("");
    assert!(
        verification.verdict == verdict && said.contains(reason),
        "{:?}: {said}",
        verification.verdict
    );
    assert_eq!(verification.trusted_as, None);
}

#[track_caller]
fn assert_verified(checked: &Checked, name: &str, logged: bool) {
    let verification = &checked.verification;
    assert_eq!(verification.verdict, Verdict::Verified, "{verification:?}");
    assert_eq!(verification.trusted_as.as_deref(), Some(name));
    assert_eq!(verification.reason, None);
    assert_eq!(verification.logged, logged);
    assert_eq!(checked.subject.is, SubjectIs::Platform);
}

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
    for name in ["p256", "p384", "rsa"] {
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
fn nobody_in_particular_cannot_be_trusted() {
    assert_eq!(Matcher::exact("").unwrap_err(), TrustError::Anybody);
    for expression in ["", ".*", "^", "a?"] {
        assert_eq!(
            Matcher::regexp(expression).unwrap_err(),
            TrustError::Anybody
        );
    }
    assert!(matches!(Matcher::regexp("("), Err(TrustError::Regexp(_))));
}

#[test]
fn certificates_are_held_against_the_signed_time_the_root_and_the_log_of_certificates() {
    for (name, verdict, reason) in [
        (
            "wrong-late",
            Verdict::Invalid,
            "had expired when it was signed",
        ),
        ("wrong-sct", Verdict::Invalid, "(SCT) is refused"),
        (
            "wrong-no-sct",
            Verdict::Unverifiable,
            "carries no timestamp of a log",
        ),
        (
            "wrong-authority",
            Verdict::Invalid,
            "does not lead to an authority",
        ),
        (
            "wrong-stranger",
            Verdict::Unverifiable,
            "of an authority that the trust root does not",
        ),
    ] {
        assert_refused(&simple(name, &trust()), verdict, reason);
        assert_refused(&simple(name, &lenient()), verdict, reason);
    }
    let without_sct = Trust {
        leniency: Leniency {
            ignore_tlog: false,
            ignore_sct: true,
        },
        ..trust()
    };
    for name in ["wrong-sct", "wrong-no-sct"] {
        assert_verified(&simple(name, &without_sct), "the build", true);
    }
}

#[test]
fn without_the_right_root_or_key_nothing_is_claimed() {
    let rootless = Trust {
        root: None,
        ..trust()
    };
    let other = Trust {
        root: root("another_root.json"),
        ..trust()
    };
    let keyless = Trust {
        keys: Vec::new(),
        ..trust()
    };
    let other_key = Trust {
        keys: keys(&["rsa"]),
        ..trust()
    };
    for (trust, name, reason) in [
        (
            &rootless,
            "keyless",
            "no trust root to check the certificate by",
        ),
        (&rootless, "p256", "no trust root to check its log entry by"),
        (&other, "keyless", "a log that the trust root does not have"),
        (&other, "p256", "a log that the trust root does not have"),
        (&keyless, "p256", "no key was given"),
        (&other_key, "p256", "made with a key that was not given"),
    ] {
        assert_refused(&verify(&bundle(name), trust), Verdict::Unverifiable, reason);
    }
    let unnamed = simple("p256", &other_key);
    assert_refused(&unnamed, Verdict::Unverifiable, "does not say which");
    let prehashed = simple("ed25519", &lenient());
    assert_refused(&prehashed, Verdict::Unverifiable, "Ed25519ph");
}

/// Changes the text at a pointer, by what is done with the bytes it stands for in Base64.
fn change(value: &mut Value, pointer: &str, with: impl Fn(&mut Vec<u8>)) {
    let text = value.pointer(pointer).and_then(Value::as_str);
    let mut bytes = BASE64.decode(text.expect(pointer).as_bytes()).unwrap();
    with(&mut bytes);
    *value.pointer_mut(pointer).unwrap() = json!(BASE64.encode(&bytes));
}

fn flip_last(bytes: &mut [u8]) {
    *bytes.last_mut().unwrap() ^= 1;
}

const ENTRY: &str = "/verificationMaterial/tlogEntries/0";

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

/// An envelope over a payload, signed here with a key of its own, and the trust in that key.
fn signed_here(payload_type: &str, payload: &[u8]) -> (Vec<u8>, Trust) {
    let pae = [
        format!(
            "DSSEv1 {} {payload_type} {} ",
            payload_type.len(),
            payload.len()
        )
        .as_bytes(),
        payload,
    ]
    .concat();
    let (pem, signature) = sign_with_new_key(&pae);
    let envelope = json!({
        "payloadType": payload_type,
        "payload": BASE64.encode(payload),
        "signatures": [{"sig": BASE64.encode(&signature)}],
    });
    let mut keys = TrustedKey::from_pem("here", pem.as_bytes()).unwrap();
    keys[0].unlogged = true;
    let trust = Trust {
        keys,
        ..Trust::default()
    };
    (envelope.to_string().into_bytes(), trust)
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
        Verdict::Invalid,
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
fn keys_are_read_from_pem_of_any_kind_that_can_be_checked() {
    let all: Vec<u8> = ["p256", "p384", "rsa", "ed25519"]
        .iter()
        .flat_map(|name| read(&format!("{name}.pub")))
        .collect();
    let read_keys = TrustedKey::from_pem("all", &all).unwrap();
    let fingerprints: BTreeSet<String> = read_keys.iter().map(TrustedKey::fingerprint).collect();
    assert_eq!(fingerprints.len(), 4);
    let certificate = &annotations("simple/keyless")[CERTIFICATE_ANNOTATION];
    assert_eq!(
        TrustedKey::from_pem("it", certificate.as_bytes())
            .unwrap()
            .len(),
        1
    );
    for (text, wanted) in [
        ("", TrustError::NoKey("no block begins with -----BEGIN")),
        (
            "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n",
            TrustError::NoKey("a block of it is no Base64"),
        ),
        (
            "-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n",
            TrustError::NoKey("a block of it is no public key"),
        ),
    ] {
        assert_eq!(
            TrustedKey::from_pem("it", text.as_bytes()).unwrap_err(),
            wanted
        );
    }
    let nonsense = "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n";
    assert!(matches!(
        TrustedKey::from_pem("it", nonsense.as_bytes()),
        Err(TrustError::UnusableKey(_))
    ));
    let many = String::from_utf8(read("p256.pub")).unwrap().repeat(65);
    assert_eq!(
        TrustedKey::from_pem("it", many.as_bytes()).unwrap_err(),
        TrustError::TooManyKeys
    );
}

#[test]
fn a_trust_root_is_whole_or_refused() {
    let good: Value = serde_json::from_slice(&read("trusted_root.json")).unwrap();
    let parse = |root: &Value| TrustRoot::from_json("it", root.to_string().as_bytes()).map(drop);
    assert_eq!(parse(&good), Ok(()));
    let mut endless = good.clone();
    let period = endless.pointer_mut("/tlogs/0/publicKey/validFor").unwrap();
    period.as_object_mut().unwrap().shift_remove("start");
    assert!(matches!(parse(&endless), Err(TrustError::Root(_))));
    let mut broken = good;
    change(&mut broken, "/tlogs/0/publicKey/rawBytes", |bytes| {
        bytes.truncate(9)
    });
    assert!(matches!(parse(&broken), Err(TrustError::Root(_))));
}

#[test]
fn the_embedded_root_is_of_the_day_that_is_stated() {
    let root = TrustRoot::public_good().unwrap();
    assert_eq!(root.as_of, Some("2026-10-13"));
    assert_eq!(
        root.digest,
        "sha256:6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66"
    );
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
