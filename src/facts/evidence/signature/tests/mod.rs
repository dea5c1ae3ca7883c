//! Signatures made by cosign (tests/fixtures/signatures), good and changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::cosign::{
    CERTIFICATE_ANNOTATION, LOG_ANNOTATION, SIGNATURE_ANNOTATION, TIMESTAMP_ANNOTATION,
};
use super::engine::testing::sign_with_new_key;
use super::*;

mod changed;
mod good;
mod roots;
mod schemes;
mod trusted;

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
        keys: keys(&["p384", "p521", "rsa", "ed25519", "p256"]),
        identities: vec![TrustedIdentity::new("the build", exact(CI), exact(ROBOT))],
        root: root("trusted_root.json"),
        ..Trust::default()
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
