//! Documents that are no documents, or are made to cost much.

use serde_json::{Value, json};

use super::super::{MAX_DEPTH, MAX_VALUES, check};
use super::{JSON_VERSIONS, assert_invalid, checked, cyclonedx, cyclonedx_xml, set, spdx};
use crate::facts::model::{SbomFormat, SbomValidity};

#[test]
fn what_has_no_schema_is_neither_valid_nor_invalid() {
    for (format, version) in [
        (SbomFormat::CyclonedxJson, "1.1"),
        (SbomFormat::CyclonedxJson, "9.9"),
        (SbomFormat::CyclonedxXml, "2.0"),
        (SbomFormat::SpdxJson, "2.1"),
        (SbomFormat::SpdxTagValue, "2.1"),
        (SbomFormat::SpdxJsonLd, "3.0.0"),
    ] {
        let validity = check(format, Some(version), b"{}");
        assert_eq!(
            (validity.valid, validity.strict),
            (None, None),
            "{format:?} {version}"
        );
        assert_eq!(validity.errors.total, 1);
        assert!(validity.errors.items[0].contains(version));
    }
    let syft = check(SbomFormat::SyftJson, Some("16.0.0"), b"{}");
    assert_eq!(syft, SbomValidity::default());
}

#[test]
fn a_document_that_states_no_version_is_invalid() {
    for format in [
        SbomFormat::CyclonedxJson,
        SbomFormat::SpdxJson,
        SbomFormat::SpdxJsonLd,
    ] {
        assert_eq!(check(format, None, b"{}").valid, Some(false), "{format:?}");
    }
    let xml = check(SbomFormat::CyclonedxXml, None, b"<bom/>");
    assert_eq!(xml.valid, Some(false));
    let tags = check(SbomFormat::SpdxTagValue, None, b"DocumentName: ours\n");
    assert_invalid(&tags, "`SPDXVersion` is missing");
}

#[test]
fn what_is_no_json_and_no_xml_is_invalid() {
    for bytes in [b"".as_slice(), b"{", b"\xff", b"{\"a\":1,}"] {
        let validity = check(SbomFormat::CyclonedxJson, Some("1.5"), bytes);
        assert_invalid(&validity, "it is not JSON");
        assert_eq!(validity.strict, Some(false));
    }
    for bytes in [b"".as_slice(), b"<bom", b"<bom></mob>"] {
        let validity = check(SbomFormat::CyclonedxXml, Some("1.5"), bytes);
        assert_eq!((validity.valid, validity.strict), (Some(false), None));
    }
}

#[test]
fn a_deeply_nested_document_is_not_checked() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for format in [
        SbomFormat::CyclonedxJson,
        SbomFormat::SpdxJson,
        SbomFormat::SpdxJsonLd,
    ] {
        let validity = check(format, None, nested(500_000).as_bytes());
        assert_eq!((validity.valid, validity.strict), (None, None));
        assert!(validity.errors.items[0].contains("nested deeper"));
        assert_eq!(
            check(format, None, nested(MAX_DEPTH).as_bytes()).valid,
            Some(false)
        );
    }
    let xml = "<a>".repeat(500_000) + &"</a>".repeat(500_000);
    let validity = check(SbomFormat::CyclonedxXml, Some("1.5"), xml.as_bytes());
    assert_ne!(validity.valid, Some(true));
}

#[test]
fn components_may_nest_as_deep_as_json_may() {
    let mut inner = json!({ "type": "library", "name": "inner", "version": "1" });
    for _ in 0..60 {
        inner =
            json!({ "type": "library", "name": "outer", "version": "1", "components": [inner] });
    }
    for version in JSON_VERSIONS {
        let mut document = cyclonedx(version);
        set(&mut document, "/components", json!([inner]));
        let validity = checked(SbomFormat::CyclonedxJson, version, &document);
        assert_eq!(validity.valid, Some(true), "{version}: {validity:?}");
    }
}

#[test]
fn a_document_type_is_refused_and_no_entity_expanded() {
    let lol = "<!DOCTYPE bom [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    let document = cyclonedx_xml("1.5")
        .replace("<bom ", &format!("{lol}<bom "))
        .replace("<name>one", "<name>&b;");
    let validity = check(SbomFormat::CyclonedxXml, Some("1.5"), document.as_bytes());
    assert_eq!(validity.valid, Some(false));
    assert_eq!(validity.strict, None, "the strict parser never saw it");
}

#[test]
fn an_element_of_very_many_attributes_is_not_checked() {
    let many: String = (0..300_000).map(|n| format!("a{n}='>' ")).collect();
    let document = cyclonedx_xml("1.5").replace("<bom ", &format!("<bom {many}"));
    let validity = check(SbomFormat::CyclonedxXml, Some("1.5"), document.as_bytes());
    assert_eq!(validity.valid, None);
    assert!(validity.errors.items[0].contains("attributes"));
}

#[test]
fn very_many_values_are_not_checked() {
    let document = "[".to_owned() + &"0,".repeat(MAX_VALUES) + "0]";
    let validity = check(SbomFormat::CyclonedxJson, Some("1.5"), document.as_bytes());
    assert_eq!(validity.valid, None);
    assert!(validity.errors.items[0].contains("values"));
}

#[test]
fn very_many_errors_are_counted_to_a_thousand_and_listed_to_twenty() {
    let mut document = spdx("2.3");
    let packages: Vec<Value> = (0..5_000).map(|_| json!({ "a\u{1b}[1m": 1 })).collect();
    set(&mut document, "/packages", json!(packages));
    let validity = checked(SbomFormat::SpdxJson, "2.3", &document);
    assert_eq!(validity.errors.items.len(), 20);
    assert!(validity.errors.total == 1_000);
    assert!(validity.errors.truncated);
    let texts = validity.errors.items.concat();
    assert!(!texts.contains('\u{1b}'));
}

#[test]
fn a_licence_of_very_many_parentheses_is_kept_from_the_strict_parser() {
    let deep = "(".repeat(200_000) + "MIT" + &")".repeat(200_000);
    let mut document = spdx("2.3");
    set(&mut document, "/packages/0/licenseDeclared", json!(deep));
    let validity = checked(SbomFormat::SpdxJson, "2.3", &document);
    assert_eq!((validity.valid, validity.strict), (Some(true), None));
    // The second of two properties of one name hides the first from a parser, not from another.
    let text = serde_json::to_string(&document).unwrap();
    let twice = text.replacen(
        "\"filesAnalyzed\"",
        "\"licenseDeclared\":\"MIT\",\"filesAnalyzed\"",
        1,
    );
    assert_ne!(text, twice);
    check(SbomFormat::SpdxJson, Some("2.3"), twice.as_bytes());
}

#[test]
fn a_strict_parser_says_why_it_refuses() {
    let mut document = cyclonedx("1.5");
    set(
        &mut document,
        "/dependencies/0/dependsOn",
        json!(["nowhere"]),
    );
    let validity = checked(SbomFormat::CyclonedxJson, "1.5", &document);
    assert_eq!((validity.valid, validity.strict), (Some(true), Some(false)));
    assert!(validity.strict_error.unwrap().contains("nowhere"));
    let mut document = spdx("2.3");
    set(&mut document, "/creationInfo/created", json!("2024-05-06"));
    let validity = checked(SbomFormat::SpdxJson, "2.3", &document);
    assert_eq!(validity.strict, Some(false));
    assert!(validity.strict_error.is_some());
}
