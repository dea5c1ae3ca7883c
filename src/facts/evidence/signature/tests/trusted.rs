//! Keys, identities and roots, and what is claimed without the right ones.

use std::collections::BTreeSet;

use super::*;

#[test]
fn nobody_in_particular_cannot_be_trusted() {
    assert_eq!(Matcher::exact("").unwrap_err(), TrustError::Anybody);
    for expression in ["", ".*", "^", "a?", ".", ".+", "^.+$", "[^@]"] {
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
}

#[test]
fn keys_are_read_from_pem_of_any_kind_that_can_be_checked() {
    let all: Vec<u8> = ["p256", "p384", "p521", "rsa", "ed25519"]
        .iter()
        .flat_map(|name| read(&format!("{name}.pub")))
        .collect();
    let read_keys = TrustedKey::from_pem("all", &all).unwrap();
    let fingerprints: BTreeSet<String> = read_keys.iter().map(TrustedKey::fingerprint).collect();
    assert_eq!(fingerprints.len(), 5);
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
            TrustError::PrivateKey,
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
fn the_embedded_root_is_of_the_day_that_is_stated() {
    let root = TrustRoot::public_good().unwrap();
    assert_eq!(root.as_of, Some("2026-10-23"));
    assert_eq!(
        root.digest,
        "sha256:6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66"
    );
}
