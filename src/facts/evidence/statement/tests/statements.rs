//! Statements as such: what they are, and what they speak of.

use serde_json::json;

use super::super::subject::MAX_SUBJECTS;
use super::super::{MAX_BYTES, Refused, Statement, subject};
use super::{about_image, digest, read};
use crate::facts::model::{PredicateKind, SubjectIs};

fn with_subjects(subjects: &serde_json::Value) -> Vec<u8> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": subjects,
        "predicateType": "https://example.com/x/v1",
        "predicate": {},
    });
    statement.to_string().into_bytes()
}

fn is(of: &Statement<'_>, manifest: char, index: Option<char>) -> SubjectIs {
    let manifest = format!("sha256:{}", digest(manifest));
    let index = index.map(|digit| format!("sha256:{}", digest(digit)));
    subject(of, Some(&manifest), index.as_deref()).is
}

#[test]
fn an_unknown_predicate_is_listed() {
    let bytes = about_image(
        "https://example.com/deployed/v3",
        &json!({ "anything": [1] }),
    );
    let statement = read(&bytes);
    assert_eq!(statement.predicate_type, "https://example.com/deployed/v3");
    assert_eq!(statement.kind, PredicateKind::Other);
    assert_eq!(
        statement.statement_type.as_deref(),
        Some("https://in-toto.io/Statement/v1")
    );
    assert_eq!(statement.unread, None);
}

#[test]
fn kinds_go_by_the_type() {
    let kinds = [
        (
            "https://slsa.dev/provenance/v0.2",
            PredicateKind::Provenance,
        ),
        (
            "https://slsa.dev/provenance/v1.1",
            PredicateKind::Provenance,
        ),
        ("https://spdx.dev/Document", PredicateKind::Sbom),
        ("https://spdx.dev/Document/v2.3", PredicateKind::Sbom),
        ("https://cyclonedx.org/bom/v1.6", PredicateKind::Sbom),
        ("https://syft.dev/bom", PredicateKind::Sbom),
        ("https://openvex.dev/ns", PredicateKind::Vex),
        ("https://openvex.dev/ns/v0.2.0", PredicateKind::Vex),
        (
            "cosign.sigstore.dev/attestation/vuln/v1",
            PredicateKind::VulnerabilityScan,
        ),
        ("cosign.sigstore.dev/attestation/v1", PredicateKind::Other),
        (
            "https://slsa.dev/verification_summary/v1",
            PredicateKind::VerificationSummary,
        ),
        (
            "https://in-toto.io/attestation/test-result/v0.1",
            PredicateKind::TestResult,
        ),
        (
            "https://in-toto.io/attestation/scai/attribute-report/v0.2",
            PredicateKind::Other,
        ),
        (
            "https://apko.dev/image-configuration",
            PredicateKind::ImageConfiguration,
        ),
        (
            "https://sigstore.dev/cosign/sign/v1",
            PredicateKind::ImageSignature,
        ),
        ("https://docker.com/dhi/fips/v0.1", PredicateKind::Vendor),
        ("https://scout.docker.com/sbom/v0.1", PredicateKind::Vendor),
        ("https://chainguard.dev/end-of-life", PredicateKind::Vendor),
        ("https://notdocker.com/x", PredicateKind::Other),
        ("https://openvex.devious/ns", PredicateKind::Other),
        ("", PredicateKind::Other),
    ];
    for (predicate_type, kind) in kinds {
        let bytes = about_image(predicate_type, &json!({}));
        assert_eq!(read(&bytes).kind, kind, "{predicate_type}");
    }
}

#[test]
fn a_subject_is_the_platform_the_index_or_another_image() {
    let of = |digit: char| with_subjects(&json!([{ "digest": { "sha256": digest(digit) } }]));
    let (a, b) = (of('a'), of('b'));
    let (a, b) = (read(&a), read(&b));
    assert_eq!(is(&a, 'a', Some('b')), SubjectIs::Platform);
    assert_eq!(is(&b, 'a', Some('b')), SubjectIs::Index);
    assert_eq!(is(&b, 'a', Some('c')), SubjectIs::AnotherImage);
    assert_eq!(subject(&a, None, None).is, SubjectIs::Unstated);
}

#[test]
fn the_best_of_several_subjects_counts_and_is_named() {
    let bytes = with_subjects(&json!([
        { "name": "other", "digest": { "sha256": digest('c') } },
        { "name": "index", "digest": { "sha256": digest('b') } },
        { "name": "here", "digest": { "sha512": "AB", "sha256": digest('A') } },
    ]));
    let manifest = format!("sha256:{}", digest('a'));
    let index = format!("sha256:{}", digest('b'));
    let found = subject(&read(&bytes), Some(&manifest), Some(&index));
    assert_eq!(found.is, SubjectIs::Platform);
    assert_eq!(found.name.as_deref(), Some("here"));
    assert_eq!(found.digests.first().map(String::as_str), Some("sha512:ab"));
    assert_eq!(found.digests.len(), 4);
}

#[test]
fn what_cannot_be_compared_is_unstated() {
    for subjects in [
        json!([]),
        json!(null),
        json!([{ "name": "registry.example/shop:1" }]),
        json!([{ "digest": { "gitCommit": "5b7d09c" } }]),
        json!([{ "digest": "sha256:aa" }, 7, null, []]),
    ] {
        let bytes = with_subjects(&subjects);
        assert_eq!(
            is(&read(&bytes), 'a', None),
            SubjectIs::Unstated,
            "{subjects}"
        );
    }
}

#[test]
fn subjects_beyond_the_cap_leave_it_open_which_image_is_meant() {
    let one = json!({ "digest": { "sha256": digest('c') } });
    let mut subjects = vec![one; MAX_SUBJECTS];
    let full = with_subjects(&json!(subjects));
    assert_eq!(is(&read(&full), 'a', None), SubjectIs::AnotherImage);
    subjects.push(json!({ "digest": { "sha256": digest('a') } }));
    let over = with_subjects(&json!(subjects));
    let statement = read(&over);
    assert_eq!(statement.subjects.len(), MAX_SUBJECTS);
    assert!(statement.unread.is_some());
    assert_eq!(is(&statement, 'a', None), SubjectIs::Unstated);
}

#[test]
fn what_is_no_statement_is_refused() {
    for bytes in [
        &b"{}"[..],
        b"[]",
        b" [\"https://in-toto.io/Statement/v1\", \"x\", [], {}]",
        b"7",
        b"\"x\"",
        b"null",
        br#"{"_type": "link", "predicateType": "x"}"#,
        br#"{"_type": "https://in-toto.io/Statement/v1", "subject": 7}"#,
        br#"{"spdxVersion": "SPDX-2.3"}"#,
    ] {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(
            super::super::read(bytes),
            Err(Refused::NotAStatement),
            "{text}"
        );
    }
}

#[test]
fn broken_json_is_refused_with_its_place() {
    let bytes = b"{\"_type\": \"https://in-toto.io/Statement/v1\",\n  \"subject\": [";
    assert_eq!(
        super::super::read(bytes),
        Err(Refused::NotJson {
            line: 2,
            column: 14
        })
    );
    assert!(matches!(
        super::super::read(b""),
        Err(Refused::NotJson { .. })
    ));
    assert!(matches!(
        super::super::read(&[0xff; 9]),
        Err(Refused::NotJson { .. })
    ));
}

#[test]
fn a_part_that_is_there_twice_is_refused() {
    let bytes =
        br#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"a","predicateType":"b"}"#;
    assert!(matches!(
        super::super::read(bytes),
        Err(Refused::NotJson { .. })
    ));
}

#[test]
fn size_is_capped() {
    let bytes = vec![b' '; MAX_BYTES + 1];
    assert_eq!(
        super::super::read(&bytes),
        Err(Refused::TooLarge(MAX_BYTES + 1))
    );
}

#[test]
fn a_predicate_of_too_many_values_or_too_deep_is_noted() {
    let types = ["https://slsa.dev/provenance/v1", "https://openvex.dev/ns"];
    let many = format!("{{\"statements\": [{}0]}}", "0,".repeat(500_000));
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for (predicate_type, predicate) in types.iter().flat_map(|t| [(t, &many), (t, &deep)]) {
        let bytes = format!(
            "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"{predicate_type}\",\
             \"predicate\":{predicate}}}"
        );
        let statement = read(bytes.as_bytes());
        assert!(statement.unread.is_some(), "{predicate_type}");
        assert_eq!((statement.provenance, statement.vex), (None, None));
    }
}

#[test]
fn a_predicate_that_is_missing_is_noted() {
    let bytes = br#"{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://slsa.dev/provenance/v0.2"}"#;
    let statement = read(bytes);
    assert_eq!(statement.kind, PredicateKind::Provenance);
    assert_eq!(statement.unread.as_deref(), Some("it has no predicate"));
}

#[test]
fn facts_have_what_the_statement_says() {
    use crate::facts::model::{EvidenceOrigin, OriginKind, Side, SignatureFormat, Verification};

    let bytes = about_image(
        "https://in-toto.io/attestation/test-result/v0.1",
        &json!({ "result": "PASSED" }),
    );
    let statement = read(&bytes);
    let about = subject(&statement, Some(&format!("sha256:{}", digest('a'))), None);
    let origin = EvidenceOrigin {
        kind: OriginKind::Given,
        path: Some("tests.json".to_owned()),
        layer: None,
        side: Side::Unknown,
        owner: None,
        artifact: None,
        attached_to: None,
        digest: None,
        size: 7,
    };
    let signed = (Some(SignatureFormat::Dsse), Verification::default());
    let attestation = statement.attestation(origin.clone(), about, signed);
    assert_eq!(attestation.origin, origin);
    assert_eq!(attestation.subject.is, SubjectIs::Platform);
    assert_eq!(attestation.signature, Some(SignatureFormat::Dsse));
    assert_eq!(attestation.kind, PredicateKind::TestResult);
    assert_eq!(attestation.test_result.as_deref(), Some("PASSED"));
    assert_eq!(attestation.unread, None);
}
