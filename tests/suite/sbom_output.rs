//! The SBOMs that Freehold writes, read back with the crates of their formats.

use std::collections::BTreeSet;

use cyclonedx_bom::models::component::Component;
use cyclonedx_bom::models::composition::AggregateType;
use cyclonedx_bom::prelude::{Bom, SpecVersion, Validate as _};
use serde_json::Value;
use spdx_rs::models::{PackageInformation, RelationshipType, SPDX};

use super::registries::server::Settings;
use super::registries::{ends_with, layout, program, run};
use super::support::databases::{Installed, alpine, debian, dpkg_status};
use super::support::image_builder::ImageBuilder;
use super::support::layer::Layer;

const FORMATS: [&str; 2] = ["cyclonedx-json", "spdx-json"];
const TIME: &str = "2025-02-03T04:05:06Z";
const BROUGHT: &str = "usr/share/nodejs/rimraf/package.json";

/// Packages of a system, of languages, one that Debian brought, and licences of every kind.
fn packages() -> ImageBuilder {
    let node = |name: &str, rest: &str| {
        format!("{{\"name\": \"{name}\", \"version\": \"1.0.0\", {rest}}}")
    };
    let rimraf = Installed::new("node-rimraf", "3.0.2-1").file(BROUGHT, node("rimraf", "\"x\": 1"));
    let system = [rimraf, Installed::new("libc6", "2:2.41-1+b1")];
    let licensed = [
        ("single", "\"license\": \"MIT\""),
        ("choice", "\"license\": \"(MIT OR Apache-2.0)\""),
        ("odd", "\"license\": \"MIT, BSD (see file)\""),
        ("private", "\"license\": \"LicenseRef-Sun\""),
        ("unsaid", "\"license\": \"NOASSERTION\""),
        (
            "several",
            "\"licenses\": [{\"type\": \"MIT\"}, {\"type\": \"my \\u202e own\"}]",
        ),
    ];
    let mut layer = Layer::new();
    for (name, license) in licensed {
        let path = format!("app/node_modules/{name}/package.json");
        layer = layer.file(&path, node(name, license));
    }
    // One thing at two places is two components.
    let twice = "app/node_modules/odd/node_modules/single/package.json";
    let layer = layer.file(twice, node("single", "\"license\": \"MIT\""));
    let base = debian(&system).file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n");
    ImageBuilder::new()
        .created("2025-02-03T05:05:06.789+01:00")
        .layer(base)
        .layer(layer.with_parents())
}

/// What the program writes of an image, in one of the formats.
fn written(image: &ImageBuilder, format: &str, more: &[&str]) -> String {
    let (_folder, reference) = layout(image);
    sbom(&reference, format, more)
}

fn sbom(reference: &str, format: &str, more: &[&str]) -> String {
    let output = run(&[&["sbom", reference, "-f", format], more].concat());
    ends_with(&output, 0);
    String::from_utf8(output.stdout).unwrap()
}

fn cyclonedx(text: &str) -> Bom {
    let bom = Bom::parse_from_json_v1_5(text.as_bytes()).unwrap();
    let validity = bom.validate_version(SpecVersion::V1_5);
    assert!(validity.passed(), "{validity:?}");
    bom
}

fn component<'a>(bom: &'a Bom, name: &str) -> &'a Component {
    let components = &bom.components.as_ref().unwrap().0;
    components
        .iter()
        .find(|found| &*found.name == name)
        .unwrap()
}

fn property(component: &Component, name: &str) -> Option<String> {
    let properties = &component.properties.as_ref().unwrap().0;
    let found = properties.iter().find(|property| property.name == name);
    found.map(|property| property.value.to_string())
}

fn spdx(text: &str) -> SPDX {
    serde_json::from_str(text).unwrap()
}

fn package<'a>(document: &'a SPDX, name: &str) -> &'a PackageInformation {
    let mut packages = document.package_information.iter();
    packages.find(|found| found.package_name == name).unwrap()
}

fn related(document: &SPDX, kind: &RelationshipType) -> BTreeSet<(String, String)> {
    let relationships = document.relationships.iter();
    relationships
        .filter(|found| found.relationship_type == *kind)
        .map(|found| {
            (
                found.spdx_element_id.clone(),
                found.related_spdx_element.clone(),
            )
        })
        .collect()
}

#[test]
fn cyclonedx_has_every_package_of_the_facts_with_what_is_known_of_it() {
    let image = packages();
    let bom = cyclonedx(&written(&image, "cyclonedx-json", &[]));
    let components = &bom.components.as_ref().unwrap().0;
    let (_folder, reference) = layout(&image);
    let facts: Value = serde_json::from_slice(&run(&["facts", &reference]).stdout).unwrap();
    let listed = facts["packages"].as_array().unwrap();
    assert_eq!(listed.len(), 10);
    assert_eq!(components.len(), listed.len());
    for (component, package) in components.iter().zip(listed) {
        assert_eq!(&*component.name, package["name"].as_str().unwrap());
        let version = component.version.as_deref();
        assert_eq!(version, package["version"].as_str());
        let purl = component.purl.as_ref().map(ToString::to_string);
        assert_eq!(purl.as_deref(), package["purl"].as_str());
        for key in ["type", "arch", "database", "owner", "maintainer"] {
            let value = property(component, &format!("freehold:{key}"));
            assert_eq!(value.as_deref(), package[key].as_str(), "{key}");
        }
        let layer = property(component, "freehold:layer").unwrap();
        assert_eq!(layer, package["layer"].to_string());
        let supplier = component
            .supplier
            .as_ref()
            .and_then(|found| found.name.clone());
        assert_eq!(supplier.as_deref(), package["maintainer"].as_str());
    }
    let metadata = bom.metadata.as_ref().unwrap();
    assert_eq!(metadata.timestamp.as_ref().unwrap().to_string(), TIME);
    let described = metadata.component.as_ref().unwrap();
    let digest = image.manifest_digest();
    assert_eq!(described.version.as_deref(), Some(digest.as_str()));
    assert_eq!(
        described.hashes.as_ref().unwrap().0[0].content.0,
        digest[7..]
    );
    assert!(described.purl.is_none());
    assert_eq!(
        property(described, "freehold:layer:2"),
        Some(image.diff_id(1))
    );
}

#[test]
fn cyclonedx_names_licences_that_are_no_expression() {
    let text = written(&packages(), "cyclonedx-json", &[]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let licenses = |name: &str| {
        let components = document["components"].as_array().unwrap();
        let found = components.iter().find(|found| found["name"] == name);
        found.unwrap()["licenses"].to_string()
    };
    assert_eq!(licenses("single"), r#"[{"license":{"id":"MIT"}}]"#);
    assert_eq!(
        licenses("choice"),
        r#"[{"expression":"(MIT OR Apache-2.0)"}]"#
    );
    assert_eq!(
        licenses("odd"),
        r#"[{"license":{"name":"MIT, BSD (see file)"}}]"#
    );
    assert_eq!(
        licenses("private"),
        r#"[{"license":{"name":"LicenseRef-Sun"}}]"#
    );
    assert_eq!(licenses("unsaid"), "null");
    assert_eq!(licenses("libc6"), "null");
    let several = licenses("several");
    assert!(several.contains(r#"{"license":{"id":"MIT"}}"#), "{several}");
    // What could steer a terminal is escaped in the text, and the same for whoever parses it.
    assert!(text.contains(r"my \u202e own") && !text.contains('\u{202e}'));
}

#[test]
fn spdx_says_the_same_of_each_package() {
    let image = packages();
    let document = spdx(&written(&image, "spdx-json", &[]));
    let bom = cyclonedx(&written(&image, "cyclonedx-json", &[]));
    let creation = &document.document_creation_information;
    assert_eq!(creation.spdx_version, "SPDX-2.3");
    let time: String = serde_json::to_value(creation.creation_info.created)
        .unwrap()
        .to_string();
    assert_eq!(time, format!("\"{TIME}\""));
    let components = &bom.components.as_ref().unwrap().0;
    let (described, listed) = document.package_information.split_first().unwrap();
    assert_eq!(described.package_version, Some(image.manifest_digest()));
    assert_eq!(
        described.package_checksum[0].value,
        image.manifest_digest()[7..]
    );
    assert_eq!(listed.len(), components.len());
    for (package, component) in listed.iter().zip(components) {
        let id = format!("SPDXRef-{}", component.bom_ref.as_ref().unwrap());
        assert_eq!(package.package_spdx_identifier, id);
        assert_eq!(package.package_name, &*component.name);
        assert_eq!(
            package.package_version.as_deref(),
            component.version.as_deref()
        );
        let purls = package.external_reference.iter();
        let purls: Vec<&str> = purls
            .map(|found| found.reference_locator.as_str())
            .collect();
        let purl: Vec<&str> = component.purl.iter().map(AsRef::as_ref).collect();
        assert_eq!(purls, purl);
        let properties = &component.properties.as_ref().unwrap().0;
        let said: Vec<String> = properties
            .iter()
            .map(|property| format!("{}={}", property.name, &*property.value))
            .collect();
        let annotations = package.annotations.iter();
        let annotated: Vec<String> = annotations
            .map(|annotation| annotation.annotation_comment.clone())
            .collect();
        assert_eq!(annotated, said);
    }
    let ids: BTreeSet<&str> = document
        .package_information
        .iter()
        .map(|package| package.package_spdx_identifier.as_str())
        .collect();
    assert_eq!(ids.len(), document.package_information.len());
}

#[test]
fn spdx_refers_to_the_text_of_licences_that_are_no_expression() {
    let document = spdx(&written(&packages(), "spdx-json", &[]));
    let declared = |name: &str| {
        let declared = &package(&document, name).declared_license;
        declared.as_ref().unwrap().to_string()
    };
    let reference = |text: &str| {
        let mut texts = document.other_licensing_information_detected.iter();
        let found = texts.find(|found| found.extracted_text == text).unwrap();
        found.license_identifier.clone()
    };
    assert_eq!(declared("single"), "MIT");
    assert_eq!(declared("choice"), "(MIT OR Apache-2.0)");
    assert_eq!(declared("odd"), reference("MIT, BSD (see file)"));
    assert_eq!(declared("private"), reference("LicenseRef-Sun"));
    assert_eq!(declared("unsaid"), "NOASSERTION");
    assert_eq!(declared("libc6"), "NOASSERTION");
    let own = reference("my \u{202e} own");
    assert_eq!(declared("several"), format!("MIT AND {own}"));
    assert!(package(&document, "several").comments_on_license.is_some());
    assert_eq!(document.other_licensing_information_detected.len(), 3);
}

#[test]
fn spdx_annotations_have_no_key_that_the_schema_refuses() {
    let text = written(&packages(), "spdx-json", &[]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let packages = document["packages"].as_array().unwrap().iter();
    let annotations: Vec<&Value> = packages
        .flat_map(|package| package["annotations"].as_array().unwrap())
        .collect();
    assert!(annotations.len() > 20);
    for annotation in annotations {
        let keys: Vec<&String> = annotation.as_object().unwrap().keys().collect();
        let allowed = ["annotator", "annotationDate", "annotationType", "comment"];
        assert_eq!(keys, allowed);
    }
    assert!(!text.contains("null"));
}

#[test]
fn what_a_package_brought_belongs_to_it_and_the_rest_to_the_image() {
    let image = packages();
    let document = spdx(&written(&image, "spdx-json", &[]));
    let id = |name: &str| package(&document, name).package_spdx_identifier.clone();
    let contains = related(&document, &RelationshipType::Contains);
    let pair = |from: String, to: String| (from, to);
    let root = "SPDXRef-Image".to_owned();
    assert!(contains.contains(&pair(id("node-rimraf"), id("rimraf"))));
    assert!(contains.contains(&pair(root.clone(), id("node-rimraf"))));
    assert!(!contains.contains(&pair(root.clone(), id("rimraf"))));
    assert_eq!(contains.len(), document.package_information.len() - 1);
    let describes = related(&document, &RelationshipType::Describes);
    assert_eq!(
        describes,
        BTreeSet::from([pair("SPDXRef-DOCUMENT".into(), root)])
    );

    let bom = cyclonedx(&written(&image, "cyclonedx-json", &[]));
    let reference = |name: &str| component(&bom, name).bom_ref.clone().unwrap();
    let dependencies = &bom.dependencies.as_ref().unwrap().0;
    let of = |from: &str| {
        let found = dependencies
            .iter()
            .find(|found| found.dependency_ref == from);
        found.unwrap().dependencies.clone()
    };
    assert_eq!(of(&reference("node-rimraf")), [reference("rimraf")]);
    assert!(of("Image").contains(&reference("node-rimraf")));
    assert!(!of("Image").contains(&reference("rimraf")));
}

#[test]
fn the_same_image_gives_the_same_bytes_and_another_one_another_number() {
    let (_folder, reference) = layout(&packages());
    let other = packages().layer(Layer::new().file("x", "x"));
    let saved = tempfile::NamedTempFile::new().unwrap();
    let path = saved.path().to_str().unwrap();
    ends_with(&run(&["facts", &reference, "-o", path]), 0);
    for format in FORMATS {
        let one = sbom(&reference, format, &["--threads", "1"]);
        assert_eq!(one, sbom(&reference, format, &["--threads", "4"]));
        assert_eq!(one, sbom(&format!("facts:{path}"), format, &[]));
        let number = |text: &str| {
            let document: Value = serde_json::from_str(text).unwrap();
            let number = [&document["serialNumber"], &document["documentNamespace"]];
            number
                .into_iter()
                .find_map(Value::as_str)
                .unwrap()
                .to_owned()
        };
        assert_ne!(number(&one), number(&written(&other, format, &[])));
        let later = program()
            .args(["sbom", &reference, "-f", format])
            .env("SOURCE_DATE_EPOCH", "1")
            .output()
            .unwrap();
        let later = String::from_utf8(later.stdout).unwrap();
        assert!(later.contains("\"1970-01-01T00:00:01Z\"") && !later.contains(TIME));
    }
}

/// What each format says of the completeness of an image's packages: the aggregate, the reasons.
fn completeness(image: &ImageBuilder) -> (AggregateType, Vec<String>) {
    let bom = cyclonedx(&written(image, "cyclonedx-json", &[]));
    let compositions = &bom.compositions.as_ref().unwrap().0;
    let parts = compositions.iter().find(|found| found.assemblies.is_some());
    let properties = bom.metadata.as_ref().unwrap().properties.as_ref();
    let reasons: Vec<String> = properties
        .into_iter()
        .flat_map(|properties| &properties.0)
        .filter(|property| property.name == "freehold:incomplete")
        .map(|property| property.value.to_string())
        .collect();
    let document = spdx(&written(image, "spdx-json", &[]));
    let comment = document
        .document_creation_information
        .document_comment
        .clone();
    let said = comment.unwrap_or_default();
    assert_eq!(said.lines().skip(1).collect::<Vec<_>>(), reasons);
    let unknown = ("SPDXRef-Image".to_owned(), "NOASSERTION".to_owned());
    let open = related(&document, &RelationshipType::Contains).contains(&unknown);
    assert_eq!(open, !reasons.is_empty());
    (parts.unwrap().aggregate.clone(), reasons)
}

#[test]
fn a_list_that_lacks_something_says_so() {
    let (aggregate, reasons) = completeness(&packages());
    assert_eq!((aggregate, reasons.len()), (AggregateType::Complete, 0));

    let mut status = dpkg_status(&[Installed::new("first", "1")]).into_bytes();
    status.extend(b"\x00\xff no field at all\n\n");
    let damaged = Layer::new()
        .file("etc/os-release", "ID=debian\n")
        .file("var/lib/dpkg/status", status);
    let (aggregate, reasons) = completeness(&ImageBuilder::new().layer(damaged.with_parents()));
    assert_eq!(aggregate, AggregateType::Incomplete);
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("/var/lib/dpkg/status"))
    );

    let broken = "app/node_modules/a/package.json";
    let broken = packages().layer(Layer::new().file(broken, "{\"name\": ").with_parents());
    let (aggregate, reasons) = completeness(&broken);
    assert_eq!(aggregate, AggregateType::Incomplete);
    assert!(reasons[0].contains("/app/node_modules/a"), "{reasons:?}");

    let program = Layer::new().executable("app/run", "#!/bin/sh\n");
    let (aggregate, reasons) = completeness(&packages().layer(program.with_parents()));
    assert_eq!(aggregate, AggregateType::Incomplete);
    assert!(reasons[0].contains("1 of 1 executables"), "{reasons:?}");
}

#[test]
fn a_licence_of_twenty_thousand_parentheses_is_a_text() {
    let deep = format!("{}MIT{}", "(".repeat(20_000), ")".repeat(20_000));
    let package = Installed::new("deep", "1-r0").field(&format!("L:{deep}"));
    let layer = alpine(&[package]).file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n");
    let image = ImageBuilder::new().layer(layer);
    cyclonedx(&written(&image, "cyclonedx-json", &[]));
    let document = spdx(&written(&image, "spdx-json", &[]));
    let texts = &document.other_licensing_information_detected;
    assert_eq!(texts[0].extracted_text, deep);
}

#[test]
fn an_image_of_a_registry_has_a_package_url() {
    let image = packages().tag("1.2");
    let (folder, _) = layout(&image);
    let registry = Settings::default()
        .repository("team/app", folder.path())
        .start();
    let name = registry.name("team/app:1.2");
    let repository = name.trim_end_matches(":1.2").replace(':', "%3A");
    let digest = image.manifest_digest().replace(':', "%3A");
    let expected = format!("pkg:oci/app@{digest}?arch=amd64&repository_url={repository}&tag=1.2");
    let bom = cyclonedx(&sbom(&name, "cyclonedx-json", &[]));
    let described = bom.metadata.unwrap().component.unwrap();
    assert_eq!(described.purl.unwrap().to_string(), expected);
    let document = spdx(&sbom(&name, "spdx-json", &[]));
    let purls = &document.package_information[0].external_reference;
    assert_eq!(purls[0].reference_locator, expected);
}

#[test]
fn a_format_must_be_named() {
    let output = run(&["sbom", "examples/images/mainstream"]);
    ends_with(&output, 2);
    assert!(output.stdout.is_empty());
}
