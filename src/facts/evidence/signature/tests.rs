use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

fn read(name: &str) -> Vec<u8> {
    let root = PathBuf::from(std::env::var("FIXTURES").unwrap());
    fs::read(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
fn annotations(name: &str) -> BTreeMap<String, String> {
    serde_json::from_slice(&read(&format!("{name}.annotations.json"))).unwrap()
}
const ROBOT: &str = "https://ci.example/team/image/build.yml@refs/heads/main";
fn trust() -> Trust {
    let keys = ["p256", "p384", "rsa", "ed25519"].iter().flat_map(|name| {
        TrustedKey::from_pem(name, &read(&format!("{name}.pub"))).unwrap()
    });
    Trust {
        keys: keys.collect(),
        identities: vec![TrustedIdentity::new("ci", Matcher::exact("https://ci.example").unwrap(), Matcher::exact(ROBOT).unwrap())],
        root: Some(TrustRoot::from_json("test", &read("trusted_root.json")).unwrap()),
        leniency: Leniency::default(),
    }
}
#[test]
fn show() {
    let manifest = read("manifest.json");
    let digest = format!("sha256:{}", data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(&manifest)));
    let wanted = Wanted { platform: Some(&digest), index: None, manifest: Some(&manifest) };
    let mut names: Vec<_> = ["simple", "envelopes", "bundles"].iter().flat_map(|d| fs::read_dir(PathBuf::from(std::env::var("FIXTURES").unwrap()).join(d)).unwrap().map(move |e| format!("{d}/{}", e.unwrap().file_name().into_string().unwrap()))).filter(|n| !n.ends_with("annotations.json")).collect();
    names.sort();
    for lenient in [false, true] {
    let mut trust = trust();
    trust.leniency.ignore_tlog = lenient;
    for name in &names {
        let checked = if name.starts_with("bundles") {
            verify_bundle(&read(name), &wanted, &trust)
        } else {
            let base = name.trim_end_matches(".payload");
            match name.starts_with("simple") {
                true => verify_simple_signing(&read(name), &annotations(base), &wanted, &trust),
                false => verify_dsse(&read(name), &annotations(base), &wanted, &trust),
            }
        };
        let v = &checked.verification;
        println!("{name}: {:?} {:?} as {:?} at {:?} logged {} subject {:?} signer {:?}", v.verdict, v.reason, v.trusted_as, v.signed_at, v.logged, checked.subject.is, v.signer.as_ref().map(|s| (s.identity.clone(), s.issuer.clone(), s.key.clone(), s.certificate.clone())));
    }
    println!("-- lenient");
    }
    let _: Value = Value::Null;
}
