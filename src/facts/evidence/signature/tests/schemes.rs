//! Keys of each kind and the schemes they sign by; keys with a certificate beside.

use serde_json::Value;

use super::*;

fn changed(name: &str) -> Value {
    let good = read(&format!("envelopes/{name}.payload"));
    let mut changed: Value = serde_json::from_slice(&good).unwrap();
    change(&mut changed, "/signatures/0/sig", |bytes| flip_last(bytes));
    changed
}

#[test]
fn envelopes_are_checked_by_keys_of_each_kind() {
    for (name, key) in [
        ("ed25519", "ed25519"),
        ("p384", "p384"),
        ("p521", "p521"),
        ("plain-ed25519", "ed25519"),
        ("plain-p384", "p384"),
        ("plain-p521", "p521"),
        ("plain-rsa-pss", "rsa"),
        ("plain-rsa", "rsa"),
    ] {
        assert_verified(&envelope(name, &lenient()), key, false);
        let none = Annotations::new();
        let checked = envelope_of(changed(name).to_string().as_bytes(), &none, &lenient());
        assert_refused(&checked, Verdict::Unverifiable, "does not say which");
    }
}

#[test]
fn a_payload_that_was_changed_fits_no_key_of_any_kind() {
    for name in ["p256", "p384", "p521", "rsa", "ed25519"] {
        let good = annotations(&format!("simple/{name}"));
        let mut payload = read(&format!("simple/{name}.payload"));
        assert_verified(&simple_of(&payload, &good, &lenient()), name, false);
        flip_last(&mut payload);
        let checked = simple_of(&payload, &good, &lenient());
        assert_refused(&checked, Verdict::Unverifiable, "fits none of the keys");
    }
}

#[test]
fn a_log_entry_is_checked_by_the_scheme_of_the_signature_where_the_verifier_has_it() {
    assert_verified(&envelope("plain-p384-hashed", &trust()), "p384", true);
    for name in ["p384-logged", "p521-logged", "ed25519-logged"] {
        let checked = simple(name, &trust());
        assert_refused(&checked, Verdict::Unverifiable, "for its signature scheme");
        let key = name.strip_suffix("-logged").unwrap();
        assert_verified(&simple(name, &lenient()), key, false);
    }
    let checked = envelope("plain-p384-logged", &trust());
    assert_refused(&checked, Verdict::Unverifiable, "for its signature scheme");
    let checked = envelope("plain-p384-logged", &lenient());
    assert_verified(&checked, "p384", false);
}

#[test]
fn an_entry_of_another_signature_is_refused_whatever_the_scheme() {
    for (name, key, other) in [
        ("plain-p384-hashed", "p384", "simple/p256-logged"),
        ("plain-p384-hashed", "p384", "envelopes/p256-hashed"),
    ] {
        let mut beside = annotations(&format!("envelopes/{name}"));
        let entry = annotations(other)[LOG_ANNOTATION].clone();
        beside.insert(LOG_ANNOTATION.to_owned(), entry);
        let payload = read(&format!("envelopes/{name}.payload"));
        let checked = envelope_of(&payload, &beside, &trust());
        assert_refused(&checked, Verdict::Invalid, "");
        let signer = checked.verification.signer.unwrap();
        assert_eq!(signer.key, Some(keys(&[key])[0].fingerprint()));
    }
}

#[test]
fn a_key_that_fits_counts_whatever_certificate_lies_beside() {
    let logged = simple("p256-certified-logged", &trust());
    assert_verified(&logged, "p256", true);
    assert!(logged.verification.signer.unwrap().key.is_some());
    assert_verified(&simple("p256-certified", &lenient()), "p256", false);
    let reason = "no entry of a transparency log";
    let strict = simple("p256-certified", &trust());
    assert_refused(&strict, Verdict::Unverifiable, reason);

    let keyless = Trust {
        keys: keys(&["p384", "rsa"]),
        ..trust()
    };
    let checked = simple("p256-certified-logged", &keyless);
    assert_refused(&checked, Verdict::Unverifiable, "of an authority");
    assert_eq!(checked.verification.signer.unwrap().key, None);

    let payload = read("simple/p256-certified-logged.payload");
    let mut other = annotations("simple/p256-certified-logged");
    let entry = annotations("simple/p256-logged")[LOG_ANNOTATION].clone();
    other.insert(LOG_ANNOTATION.to_owned(), entry);
    assert_refused(&simple_of(&payload, &other, &trust()), Verdict::Invalid, "");
    let mut other = annotations("simple/p256-certified-logged");
    let certificate = annotations("simple/keyless")[CERTIFICATE_ANNOTATION].clone();
    other.insert(CERTIFICATE_ANNOTATION.to_owned(), certificate);
    assert_refused(&simple_of(&payload, &other, &trust()), Verdict::Invalid, "");
}

#[test]
fn a_certificate_whose_signature_the_verifier_cannot_check_is_not_called_wrong() {
    for name in ["p521", "ed25519"] {
        let strangers = Trust {
            keys: keys(&["p256"]),
            ..lenient()
        };
        let beside = annotations(&format!("simple/{name}-certified"));
        let mut payload = read(&format!("simple/{name}-certified.payload"));
        let checked = simple_of(&payload, &beside, &strangers);
        assert_refused(&checked, Verdict::Unverifiable, "for its signature scheme");
        assert_verified(&simple_of(&payload, &beside, &lenient()), name, false);
        flip_last(&mut payload);
        let checked = simple_of(&payload, &beside, &lenient());
        assert_refused(&checked, Verdict::Unverifiable, "no entry of a");
    }
}

#[test]
fn a_key_of_a_certificate_that_vouches_for_itself_is_no_reason_to_refuse_it() {
    // The short-lived key of a build, given as one would give any key.
    let certificate = annotations("simple/keyless")[CERTIFICATE_ANNOTATION].clone();
    let trust = Trust {
        keys: TrustedKey::from_pem("the key", certificate.as_bytes()).unwrap(),
        ..trust()
    };
    assert_verified(&simple("keyless", &trust), "the key", true);
}
