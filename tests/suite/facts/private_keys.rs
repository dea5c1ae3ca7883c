//! Private keys: found, described, never shown.

use freehold::facts::model::{Facts, PrivateKeyFile};

use super::{printed, read};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;

const BODY: &str = "bm90IGEgcmVhbCBrZXk=";

fn block(label: &str) -> String {
    // Built from parts, so that no scanner takes this file for a key.
    format!(
        "-----{} {label}-----\n{BODY}\n-----{} {label}-----\n",
        "BEGIN", "END"
    )
}

fn keys(path: &str, text: impl Into<Vec<u8>>) -> Vec<PrivateKeyFile> {
    let facts = read([Layer::new().file(path, text)]);
    assert!(!printed(&facts).contains(BODY), "the key itself was kept");
    facts.private_keys.items
}

#[test]
fn every_kind_of_private_key_is_named_by_its_label() {
    for label in [
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ] {
        let [found] = keys("srv/anything", block(label)).try_into().unwrap();
        assert_eq!((found.label.as_str(), found.encrypted), (label, false));
        assert_eq!((found.path.as_str(), found.layer), ("/srv/anything", 1));
    }
}

#[test]
fn encryption_is_told_by_label_or_header() {
    let [found] = keys("a.key", block("ENCRYPTED PRIVATE KEY"))
        .try_into()
        .unwrap();
    assert!(found.encrypted);
    let headed =
        block("RSA PRIVATE KEY").replace(BODY, &format!("Proc-Type: 4,ENCRYPTED\n\n{BODY}"));
    let [found] = keys("a.key", headed).try_into().unwrap();
    assert!(found.encrypted);
}

#[test]
fn a_key_behind_certificates_is_found() {
    let bundle = block("CERTIFICATE").repeat(20) + &block("PRIVATE KEY").replace('\n', "\r\n");
    assert_eq!(keys("etc/server.crt", bundle).len(), 1);
}

#[test]
fn a_key_behind_an_empty_block_is_found() {
    let example = format!(
        "-----{0} PRIVATE KEY-----\n\n-----{1} PRIVATE KEY-----\n",
        "BEGIN", "END"
    );
    assert_eq!(keys("a.pem", example.clone()), []);
    assert_eq!(keys("a.pem", example + &block("PRIVATE KEY")).len(), 1);
}

#[test]
fn a_key_below_a_heading_is_found_by_the_name_of_its_file() {
    let text = format!("my key\n{}", block("PRIVATE KEY"));
    for name in [
        "root/.ssh/id_ed25519",
        "etc/tls/server.key",
        "etc/tls/server.pem",
    ] {
        assert_eq!(keys(name, text.clone()).len(), 1, "{name}");
    }
}

#[test]
fn public_keys_and_certificates_are_none() {
    for label in [
        "PUBLIC KEY",
        "CERTIFICATE",
        "PGP PUBLIC KEY BLOCK",
        "RSA PUBLIC KEY",
    ] {
        assert_eq!(keys("a.pem", block(label)), []);
    }
    assert_eq!(
        keys("root/.ssh/id_rsa.pub", "ssh-rsa AAAA web@example.org\n"),
        []
    );
}

#[test]
fn a_key_knows_its_package_and_whether_that_can_be_known() {
    let key = block("PRIVATE KEY");
    let packaged = Installed::new("ssl-cert", "1").file("usr/share/test.key", key.clone());
    let added = Layer::new().file("srv/own.key", key.clone());
    let owners = |facts: &Facts| -> Vec<_> {
        let items = facts.private_keys.items.iter();
        items
            .map(|k| (k.path.clone(), k.owner.clone(), k.owner_known))
            .collect()
    };
    let facts = read([debian(std::slice::from_ref(&packaged)), added.clone()]);
    let expected = [
        ("/srv/own.key".to_owned(), None, true),
        (
            "/usr/share/test.key".to_owned(),
            Some("ssl-cert".to_owned()),
            true,
        ),
    ];
    assert_eq!(owners(&facts), expected);
    let facts = read([debian(&[packaged.without_list()]), added]);
    assert!(
        owners(&facts)
            .iter()
            .all(|(_, owner, known)| owner.is_none() && !known)
    );
}
