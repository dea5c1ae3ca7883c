//! Keys that package managers trust, compared with what gpg and openssl said of them.

use freehold::facts::model::{Coverage, Facts, GapKind, Topic, TrustKeyKind};

use super::{coverage_of, gaps, read};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;

const ED25519: &[u8] = include_bytes!("../../fixtures/keys/ed25519.gpg");
const ED25519_ARMOURED: &str = include_str!("../../fixtures/keys/ed25519.asc");
const RSA_ARMOURED: &str = include_str!("../../fixtures/keys/rsa.asc");
const TWO: &[u8] = include_bytes!("../../fixtures/keys/two.gpg");
const APK: &[u8] = include_bytes!("../../fixtures/keys/apk.rsa.pub");

const FIRST: &str = "7fb1f0ab12685f0f4f5b9d9439e7cee9d5858f9e";
const SECOND: &str = "9590dfcf5a9f20ff206cb284cf37e62cfcb7e41b";
const APK_FINGERPRINT: &str = "4f0b6d6611831f44978dcd5c9784b5850de7cffc24f93d0dce4c3ac646100d7f";

fn fingerprints(facts: &Facts) -> Vec<&str> {
    facts
        .trust_keys
        .iter()
        .map(|k| k.fingerprint.as_str())
        .collect()
}

fn trusted(name: &str, bytes: impl Into<Vec<u8>>) -> Facts {
    read([Layer::new().file(&format!("etc/apt/trusted.gpg.d/{name}"), bytes)])
}

#[test]
fn fingerprints_and_user_ids_are_those_gpg_prints() {
    let facts = trusted("a.gpg", ED25519);
    assert_eq!(fingerprints(&facts), [FIRST]);
    let key = &facts.trust_keys[0];
    assert_eq!(key.kind, TrustKeyKind::Openpgp);
    assert_eq!(
        key.user_ids,
        ["Example Archive Signing Key <archive@example.org>"]
    );
    assert_eq!(facts.gaps, []);
    assert_eq!(fingerprints(&trusted("a.asc", ED25519_ARMOURED)), [FIRST]);
    assert_eq!(fingerprints(&trusted("a.asc", RSA_ARMOURED)), [SECOND]);
}

#[test]
fn every_certificate_of_a_keyring_counts() {
    assert_eq!(fingerprints(&trusted("two.gpg", TWO)), [FIRST, SECOND]);
    let both = format!("{ED25519_ARMOURED}\n{RSA_ARMOURED}");
    assert_eq!(fingerprints(&trusted("two.asc", both)), [FIRST, SECOND]);
}

#[test]
fn headers_and_line_ends_of_an_armoured_key_change_nothing() {
    let begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
    let headed = ED25519_ARMOURED.replace(begin, &format!("{begin}Version: X\nComment:\n"));
    assert_eq!(fingerprints(&trusted("a.asc", headed)), [FIRST]);
    let windows = ED25519_ARMOURED.replace('\n', "\r\n");
    assert_eq!(fingerprints(&trusted("a.asc", windows)), [FIRST]);
}

#[test]
fn a_keyring_that_cannot_be_read_is_a_gap() {
    let mut trailing = ED25519.to_vec();
    trailing.push(0x7f);
    let mut many = ED25519.to_vec();
    many.extend([0xcd, 0x00].repeat(100_001));
    let cut = ED25519[..ED25519.len() - 3].to_vec();
    let indeterminate = [&[0x9b_u8][..], &[0; 8], ED25519].concat();
    for bytes in [b"hunter2".to_vec(), trailing, many, cut, indeterminate] {
        let facts = trusted("a.gpg", bytes);
        let place = Some("/etc/apt/trusted.gpg.d/a.gpg");
        assert_eq!(gaps(&facts), [(Topic::TrustKeys, place, GapKind::Corrupt)]);
        assert_eq!(facts.trust_keys, []);
        assert_eq!(coverage_of(&facts, Topic::TrustKeys), Coverage::Partial);
    }
}

#[test]
fn an_empty_keyring_trusts_nobody() {
    let facts = trusted("a.gpg", "");
    assert_eq!((facts.trust_keys.len(), facts.gaps.len()), (0, 0));
}

#[test]
fn a_shared_keyring_counts_only_where_a_repository_names_it() {
    let keyring = "usr/share/keyrings/example.gpg";
    let named =
        "deb [signed-by=/usr/share/keyrings/example.gpg] http://a.example.org/ trixie main\n";
    let not_named = "deb http://a.example.org/ trixie main\n";
    for (text, expected) in [(named, vec![FIRST]), (not_named, vec![])] {
        let package = Installed::new("example-keyring", "1").file(keyring, ED25519);
        let layer = Layer::new().file("etc/apt/sources.list", text);
        let facts = read([debian(&[package]), layer]);
        assert_eq!(fingerprints(&facts), expected);
        let owners: Vec<_> = facts
            .trust_keys
            .iter()
            .map(|k| k.owner.as_deref())
            .collect();
        assert!(owners.iter().all(|owner| *owner == Some("example-keyring")));
    }
}

#[test]
fn a_keyring_named_in_an_unusual_place_is_a_gap_and_one_that_is_not_there_is_none() {
    let text = "deb [signed-by=/opt/vendor/key.gpg] http://a.example.org/ trixie main\n";
    let list = Layer::new().file("etc/apt/sources.list", text);
    let facts = read([list.clone().file("opt/vendor/key.gpg", ED25519)]);
    let gap = (
        Topic::TrustKeys,
        Some("/opt/vendor/key.gpg"),
        GapKind::Unsupported,
    );
    assert_eq!(gaps(&facts), [gap]);
    assert_eq!(read([list]).gaps, []);
}

#[test]
fn a_key_written_into_a_repository_counts() {
    let dotted: String = ED25519_ARMOURED
        .lines()
        .map(|line| format!(" {}\n", if line.is_empty() { "." } else { line }))
        .collect();
    let text = format!("Types: deb\nURIs: http://a.example.org/\nSuites: x\nSigned-By:\n{dotted}");
    let facts = read([Layer::new().file("etc/apt/sources.list.d/a.sources", text)]);
    assert_eq!(facts.gaps, []);
    assert_eq!(fingerprints(&facts), [FIRST]);
    assert_eq!(
        facts.trust_keys[0].path,
        "/etc/apt/sources.list.d/a.sources"
    );
    assert_eq!(facts.repositories[0].signed_by.as_deref(), Some("(inline)"));
}

#[test]
fn an_apk_key_has_the_digest_openssl_gives_its_der_form() {
    let facts = read([Layer::new().file("etc/apk/keys/a.rsa.pub", APK)]);
    assert_eq!(fingerprints(&facts), [APK_FINGERPRINT]);
    assert_eq!(facts.trust_keys[0].kind, TrustKeyKind::ApkRsa);
    assert_eq!(facts.gaps, []);
}

#[test]
fn an_apk_key_that_is_none_is_a_gap() {
    let facts = read([Layer::new().file("etc/apk/keys/a.rsa.pub", "not a key")]);
    let gap = (
        Topic::TrustKeys,
        Some("/etc/apk/keys/a.rsa.pub"),
        GapKind::Corrupt,
    );
    assert_eq!(gaps(&facts), [gap]);
}
