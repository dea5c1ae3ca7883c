//! Trust roots: without some parts, with parts that cannot be used, and several together.

use serde_json::{Value, json};

use super::*;

fn json_root(name: &str) -> Value {
    serde_json::from_slice(&read(name)).unwrap()
}

fn parse(roots: &[&Value]) -> Result<TrustRoot, TrustError> {
    let lines: Vec<String> = roots.iter().map(ToString::to_string).collect();
    TrustRoot::from_json("it", lines.join("\n").as_bytes())
}

fn trust_in(roots: &[&Value]) -> Trust {
    Trust {
        root: Some(parse(roots).unwrap()),
        ..trust()
    }
}

#[test]
fn a_part_of_a_root_that_cannot_be_used_is_left_out_and_told() {
    let good = json_root("trusted_root.json");
    assert_eq!(parse(&[&good]).unwrap().skipped, Vec::<String>::new());
    let mut endless = good.clone();
    let period = endless.pointer_mut("/tlogs/0/publicKey/validFor").unwrap();
    period.as_object_mut().unwrap().shift_remove("start");
    let mut no_key = good.clone();
    no_key["ctlogs"][0]["publicKey"]["rawBytes"] = json!("bm9uZQ==");
    let mut no_certificate = good.clone();
    let first = "/certificateAuthorities/0/certChain/certificates/0/rawBytes";
    change(&mut no_certificate, first, |bytes| bytes.truncate(9));
    for (root, list, reason) in [
        (&endless, "tlogs", "log that the trust root does not have"),
        (&no_key, "ctlogs", "no log of certificates"),
        (
            &no_certificate,
            "certificateAuthorities",
            "no authority of certificates",
        ),
    ] {
        let skipped = parse(&[root]).unwrap().skipped;
        assert!(
            skipped.len() == 1 && skipped[0].starts_with(&format!("{list}, number 1: ")),
            "{skipped:?}"
        );
        let trust = trust_in(&[root]);
        let checked = verify(&bundle("keyless"), &trust);
        assert_refused(&checked, Verdict::Unverifiable, reason);
        // A log that cannot be used is no reason to do without one.
        let unlogged = verify(&bundle("p256-unlogged"), &trust);
        assert_refused(&unlogged, Verdict::Unverifiable, "no entry");
    }
    for mut root in [no_key.clone(), no_certificate] {
        let list = match root == no_key {
            true => "ctlogs",
            false => "certificateAuthorities",
        };
        let right = good[list][0].clone();
        root[list].as_array_mut().unwrap().push(right);
        assert_eq!(parse(&[&root]).unwrap().skipped.len(), 1);
        let checked = verify(&bundle("keyless"), &trust_in(&[&root]));
        assert_verified(&checked, "the build", true);
    }
}

#[test]
fn what_is_no_root_is_refused() {
    let good = json_root("trusted_root.json");
    let mut twice = good.clone();
    let log = good["tlogs"][0].clone();
    twice["tlogs"].as_array_mut().unwrap().push(log.clone());
    let mut useless = log;
    useless["publicKey"]["rawBytes"] = json!("bm9uZQ==");
    let useless = json!({"mediaType": good["mediaType"], "tlogs": [useless]});
    for (roots, reason) in [
        (&[][..], "it is empty"),
        (&[&json!([])], "invalid"),
        (&[&json!({"tlogs": []})], "mediaType"),
        (&[&good, &json!(1)], "invalid"),
        (&[&twice], "duplicate"),
        (&[&useless], "tlogs, number 1: "),
        (&[&good; 17], "more roots"),
    ] {
        let error = parse(roots).map(drop).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn of_several_roots_one_has_to_vouch_for_all() {
    let (good, another) = (
        json_root("trusted_root.json"),
        json_root("another_root.json"),
    );
    for roots in [[&good, &another], [&another, &good]] {
        let trust = trust_in(&roots);
        for (name, signer) in [("keyless", "the build"), ("p256", "p256")] {
            assert_verified(&verify(&bundle(name), &trust), signer, true);
        }
        for name in ["p256-unlogged", "keyless-unlogged"] {
            let checked = verify(&bundle(name), &trust);
            assert_refused(&checked, Verdict::Unverifiable, "no entry");
        }
        let wrong = simple("wrong-late", &trust);
        assert_refused(&wrong, Verdict::Invalid, "had expired");
    }
    // The log of one does not vouch for the certificates of the other.
    let (mut logs, mut authorities) = (good.clone(), good.clone());
    logs["certificateAuthorities"] = another["certificateAuthorities"].clone();
    authorities["tlogs"] = another["tlogs"].clone();
    let checked = verify(&bundle("keyless"), &trust_in(&[&logs, &authorities]));
    assert_refused(
        &checked,
        Verdict::Unverifiable,
        "the trust root does not have",
    );
    // One without logs beside one with some waives no key's entry.
    authorities["tlogs"] = json!([]);
    let checked = verify(&bundle("p256-unlogged"), &trust_in(&[&logs, &authorities]));
    assert_refused(&checked, Verdict::Unverifiable, "no entry");
}

#[test]
fn a_root_without_logs_asks_for_no_entry_of_one() {
    let mut private = json_root("trusted_root.json");
    private["tlogs"] = Value::Array(Vec::new());
    for (name, signer) in [
        ("p256-unlogged", "p256"),
        ("p256-stamped", "p256"),
        ("keyless-unlogged", "the build"),
    ] {
        let checked = verify(&bundle(name), &trust_in(&[&private]));
        assert_verified(&checked, signer, false);
    }
    let reason = "a log that the trust root does not have";
    for name in ["p256", "keyless"] {
        let checked = verify(&bundle(name), &trust_in(&[&private]));
        assert_refused(&checked, Verdict::Unverifiable, reason);
    }
    let mut private = json_root("trusted_root.json");
    private["ctlogs"] = Value::Array(Vec::new());
    let checked = simple("wrong-no-sct", &trust_in(&[&private]));
    assert_verified(&checked, "the build", true);
}
