//! What predicates say that are no provenance.

use serde_json::{Value, json};

use super::super::json::is_time;
use super::{about_image, read};
use crate::facts::model::{PredicateKind, VexSummary};

/// The SBOM in a predicate of a type, as text.
fn sbom(predicate_type: &str, predicate: &Value) -> Option<String> {
    let bytes = about_image(predicate_type, predicate);
    let document = read(&bytes).sbom?;
    Some(String::from_utf8(document.into_owned()).unwrap())
}

#[test]
fn an_sbom_is_handed_on_byte_by_byte() {
    let document = r#"{ "spdxVersion":"SPDX-2.3",  "x": 1.50 }"#;
    let bytes = format!(
        "{{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":\
         \"https://spdx.dev/Document\",\"subject\":[],\"predicate\": {document} }}"
    );
    assert_eq!(
        read(bytes.as_bytes()).sbom.as_deref(),
        Some(document.as_bytes())
    );
}

#[test]
fn the_ways_cosign_wraps_an_sbom_are_undone() {
    let document = json!({ "spdxVersion": "SPDX-2.2" });
    let text = document.to_string();
    for predicate in [
        document.clone(),
        json!(text),
        json!({ "Data": document, "Timestamp": "" }),
        json!({ "Data": text, "Timestamp": "" }),
    ] {
        assert_eq!(
            sbom("https://spdx.dev/Document", &predicate),
            Some(text.clone())
        );
    }
    let tags = "SPDXVersion: SPDX-2.2\nDataLicense: CC0-1.0\n";
    assert_eq!(
        sbom("https://spdx.dev/Document", &json!(tags)).as_deref(),
        Some(tags)
    );
}

#[test]
fn an_sbom_of_a_type_that_does_not_say_so_is_told_by_its_marks() {
    let custom = "cosign.sigstore.dev/attestation/v1";
    for document in [
        json!({ "spdxVersion": "SPDX-2.2" }),
        json!({ "bomFormat": "CycloneDX" }),
    ] {
        let text = document.to_string();
        let predicate = json!({ "Data": text, "Timestamp": "2026-10-02T08:00:00Z" });
        let bytes = about_image(custom, &predicate);
        assert_eq!(read(&bytes).kind, PredicateKind::Sbom);
        assert_eq!(sbom(custom, &predicate), Some(text));
    }
    for other in [
        json!("spdxVersion"),
        json!({ "Data": "[]" }),
        json!({ "Data": "x" }),
    ] {
        assert_eq!(sbom(custom, &other), None);
    }
}

#[test]
fn what_is_no_document_is_no_sbom() {
    for predicate in [json!([]), json!(7), json!({ "Data": [] })] {
        let bytes = about_image("https://cyclonedx.org/bom", &predicate);
        let statement = read(&bytes);
        assert_eq!(statement.sbom, None);
        assert_eq!(
            statement.unread.as_deref(),
            Some("its predicate is no SBOM")
        );
    }
}

#[test]
fn openvex_is_counted_by_status() {
    let predicate = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "Shop",
        "timestamp": "2026-10-01T08:00:00Z",
        "statements": [
            { "status": "not_affected", "justification": "component_not_present" },
            { "status": "not_affected", "impact_statement": "never called" },
            { "status": "not_affected", "justification": " " },
            { "status": "fixed" },
            { "status": "affected" },
            { "status": "under_investigation" },
            { "status": "perhaps" },
            7,
        ],
    });
    let bytes = about_image("https://openvex.dev/ns/v0.2.0", &predicate);
    let statement = read(&bytes);
    let counted = VexSummary {
        author: Some("Shop".to_owned()),
        statements: 8,
        not_affected: 3,
        unjustified: 1,
        affected: 1,
        fixed: 1,
        under_investigation: 1,
    };
    assert_eq!(statement.vex, Some(counted));
    assert_eq!(statement.made_at.as_deref(), Some("2026-10-01T08:00:00Z"));
}

#[test]
fn csaf_is_counted_by_vulnerability_and_status() {
    let predicate = json!({
        "document": {
            "category": "csaf_vex",
            "publisher": { "name": "Shop" },
            "tracking": { "current_release_date": "2026-10-01T08:00:00.000Z" },
        },
        "vulnerabilities": [
            { "product_status": { "known_not_affected": ["a", "b"] },
              "flags": [{ "label": "component_not_present" }] },
            { "product_status": { "known_not_affected": ["a"], "fixed": ["b"], "first_fixed": ["b"] } },
            { "product_status": { "known_not_affected": ["a"] },
              "threats": [{ "category": "impact", "details": "x" }] },
        ],
    });
    let bytes = about_image("https://docs.oasis-open.org/csaf/csaf/v2.0", &predicate);
    let vex = read(&bytes).vex.unwrap();
    assert_eq!(
        (vex.statements, vex.not_affected, vex.unjustified, vex.fixed),
        (4, 3, 1, 1)
    );
    assert_eq!(vex.author.as_deref(), Some("Shop"));
}

#[test]
fn a_verification_summary_names_verifier_result_and_levels() {
    let predicate = json!({
        "verifier": { "id": "https://example.com/verifier" },
        "timeVerified": "2026-10-01T08:00:00+02:00",
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3", 7],
    });
    let bytes = about_image("https://slsa.dev/verification_summary/v1", &predicate);
    let statement = read(&bytes);
    let summary = statement.summary.unwrap();
    assert_eq!(
        summary.verifier.as_deref(),
        Some("https://example.com/verifier")
    );
    assert_eq!(summary.result.as_deref(), Some("PASSED"));
    assert_eq!(summary.levels, ["SLSA_BUILD_LEVEL_3"]);
    assert_eq!(
        statement.made_at.as_deref(),
        Some("2026-10-01T08:00:00+02:00")
    );
    let empty = about_image("https://slsa.dev/verification_summary/v1", &json!({}));
    assert!(read(&empty).unread.is_some());
}

#[test]
fn a_test_result_is_one_of_three_words() {
    let of = |result: Value| {
        let predicate = json!({ "result": result });
        let bytes = about_image(
            "https://in-toto.io/attestation/test-result/v0.1",
            &predicate,
        );
        let statement = read(&bytes);
        (statement.test_result.clone(), statement.unread.is_some())
    };
    assert_eq!(of(json!("PASSED")), (Some("PASSED".to_owned()), false));
    assert_eq!(of(json!("failed")), (Some("FAILED".to_owned()), false));
    assert_eq!(of(json!("excellent")), (None, true));
    assert_eq!(of(json!(null)), (None, true));
}

#[test]
fn scans_and_custom_predicates_say_when() {
    let scan = json!({ "metadata": { "scanFinishedOn": "2026-10-01T08:00:00Z" } });
    let bytes = about_image("https://cosign.sigstore.dev/attestation/vuln/v1", &scan);
    assert_eq!(
        read(&bytes).made_at.as_deref(),
        Some("2026-10-01T08:00:00Z")
    );
    let custom = json!({ "Data": "foo\n", "Timestamp": "2026-10-02T08:00:00Z" });
    let bytes = about_image("https://cosign.sigstore.dev/attestation/v1", &custom);
    assert_eq!(
        read(&bytes).made_at.as_deref(),
        Some("2026-10-02T08:00:00Z")
    );
}

#[test]
fn times_are_of_rfc_3339() {
    for time in [
        "2026-10-01T08:00:00Z",
        "2026-10-01t08:00:00.123456789z",
        "2026-10-01 08:00:00-05:30",
    ] {
        assert!(is_time(time), "{time}");
    }
    for text in [
        "",
        "2026-10-01",
        "2026-10-01T08:00Z",
        "2026-10-01T08:00:00",
        "2026-10-01T08:00:00.Z",
        "2026-10-01T08:00:00+0200",
        "2026-10-01T08:00:0Zé",
        "x2026-10-01T08:00:00Z",
        "2026-10-01T08:00:00++2:00",
    ] {
        assert!(!is_time(text), "{text}");
    }
}
