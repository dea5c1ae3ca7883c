//! The readers against documents written here, one for each rule and each oddity. Documents of Syft
//! and Trivy were compared with them by an independent reader when they were written.

mod samples;

use super::*;
use crate::facts::model::SbomFormat;
use samples::{CYCLONEDX_JSON, CYCLONEDX_XML, SPDX_JSON, SPDX3, SYFT, TAG_VALUE};

fn sbom(text: &str) -> SbomDocument {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn refused(text: &str) -> String {
    read(text.as_bytes()).expect_err(text).to_string()
}

fn names(document: &SbomDocument) -> Vec<&str> {
    let components = document.components.iter();
    components
        .map(|component| component.name.as_str())
        .collect()
}

fn spdx(rest: &str) -> String {
    format!(r#"{{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT",{rest}}}"#)
}

fn cyclonedx(rest: &str) -> String {
    format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.6",{rest}}}"#)
}

fn xml(rest: &str) -> String {
    format!(r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.6">{rest}</bom>"#)
}

#[test]
fn the_same_sbom_reads_the_same_in_every_format() {
    let all = [
        (SPDX_JSON, SbomFormat::SpdxJson, "2.3"),
        (TAG_VALUE, SbomFormat::SpdxTagValue, "2.3"),
        (SPDX3, SbomFormat::SpdxJsonLd, "3.0.1"),
        (CYCLONEDX_JSON, SbomFormat::CyclonedxJson, "1.6"),
        (CYCLONEDX_XML, SbomFormat::CyclonedxXml, "1.6"),
        (SYFT, SbomFormat::SyftJson, "16.0.0"),
    ];
    for (text, format, version) in all {
        let document = sbom(text);
        assert_eq!(document.format, format);
        assert_eq!(document.version.as_deref(), Some(version), "{format:?}");
        assert_eq!(
            document.created.as_deref(),
            Some("2024-01-02T03:04:05Z"),
            "{format:?}"
        );
        assert_eq!(
            names(&document),
            sorted_as(&document, ["zlib1g", "libpng"]),
            "{format:?}"
        );
        let subject = document.subject.as_ref().expect("a subject");
        assert_eq!(
            (subject.name.as_str(), subject.kind),
            ("image", ComponentKind::Image)
        );
        let zlib = document
            .components
            .iter()
            .find(|c| c.name == "zlib1g")
            .unwrap();
        assert_eq!(zlib.version.as_deref(), Some("1:1.3-1"), "{format:?}");
        assert_eq!(
            zlib.purl.as_deref(),
            Some("pkg:deb/debian/zlib1g@1%3A1.3-1"),
            "{format:?}"
        );
        assert_eq!(
            zlib.supplier.as_deref(),
            Some("A. Maker (a@example.org)"),
            "{format:?}"
        );
        assert_eq!(zlib.identifiers, ["cpe:2.3:a"], "{format:?}");
        assert_eq!(
            zlib.hashes,
            [("sha256".to_owned(), "ab01".to_owned())],
            "{format:?}"
        );
        let license = SbomLicense {
            text: "Zlib".to_owned(),
            is_expression: true,
        };
        assert_eq!(zlib.licenses, [license], "{format:?}");
        let file = &document.files[0];
        assert_eq!(document.files.len(), 1, "{format:?}");
        assert_eq!(
            (file.path.as_str(), file.sha256.as_deref()),
            ("usr/lib/z.so", Some("cd02"))
        );
        assert!(document.relationships >= 2, "{format:?}");
        assert!(
            document.related.len() >= 2,
            "{format:?}: {:?}",
            document.related
        );
        assert_eq!(document.duplicate_ids, [""; 0], "{format:?}");
        assert_eq!(document.unread, [""; 0], "{format:?}");
    }
}

/// The two names in the order the document has them: a graph has none.
fn sorted_as<'a>(document: &SbomDocument, mut names: [&'a str; 2]) -> [&'a str; 2] {
    if document
        .components
        .first()
        .is_some_and(|first| first.name == names[1])
    {
        names.reverse();
    }
    names
}

#[test]
fn who_made_a_document_and_when_is_read_of_every_format_that_says_it() {
    for text in [SPDX_JSON, TAG_VALUE, SPDX3, CYCLONEDX_JSON, CYCLONEDX_XML] {
        let document = sbom(text);
        assert_eq!(
            document.identifier.as_deref(),
            Some("https://example.org/1")
        );
        assert_eq!(document.authors[0].trim_end_matches(" ()"), "Example");
        assert_eq!(document.tools[0].replace('-', " "), "maker 1.2");
        assert!(
            document.contexts[0].ends_with("build"),
            "{:?}",
            document.contexts
        );
    }
}

#[test]
fn what_is_not_asserted_is_no_licence_and_no_supplier() {
    for text in [SPDX_JSON, TAG_VALUE, SPDX3] {
        let document = sbom(text);
        let libpng = document.components.iter().find(|c| c.name == "libpng");
        assert_eq!(libpng.unwrap().licenses, []);
        assert_eq!(libpng.unwrap().supplier, None);
    }
}

#[test]
fn files_of_tag_value_belong_to_the_package_before_them() {
    let document = sbom(
        "SPDXVersion: SPDX-2.2\nFileName: ./of-none\nSPDXID: SPDXRef-f\n\
         PackageName: p\nSPDXID: SPDXRef-p\nFileName: ./of-p\nSPDXID: SPDXRef-g\n\
         Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\n",
    );
    assert_eq!((document.relationships, document.files.len()), (1, 2));
    assert_eq!(document.related, ["SPDXRef-p"]);
    assert_eq!(
        names(&document),
        ["p"],
        "a package of files alone is a package"
    );
}

#[test]
fn a_relationship_counts_once_however_it_is_turned() {
    assert_eq!(sbom(SPDX_JSON).relationships, 2);
    assert_eq!(
        sbom(SPDX_JSON).related,
        ["SPDXRef-a", "SPDXRef-b", "SPDXRef-image"]
    );
    assert_eq!(sbom(CYCLONEDX_JSON).related, ["a", "b"]);
}

#[test]
fn a_field_of_the_wrong_type_costs_that_field_alone() {
    let document = sbom(&cyclonedx(
        r#""metadata": [], "components": [
          {"type": "library", "name": "a", "version": 7, "licenses": {}, "purl": "pkg:npm/a@7"},
          3, null, {"type": ["x"], "name": "b", "hashes": [{"alg": "SHA-1", "content": "xyz"}]},
          {"name": "c", "version": 8}], "dependencies": {}"#,
    ));
    assert_eq!(names(&document), ["a", "b", "c"]);
    assert_eq!(document.components[0].purl.as_deref(), Some("pkg:npm/a@7"));
    assert_eq!(document.components[1].hashes, []);
    let told = document.unread.join("\n");
    for part in [
        "`metadata`",
        "`version` is of a type that the format does not give it (2 times)",
    ] {
        assert!(told.contains(part), "{told}");
    }
    for part in [
        "`licenses`",
        "`components`",
        "`type`",
        "`dependencies`",
        "not hexadecimal",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts_and_a_note_says_so() {
    let document = sbom(&cyclonedx(
        r#""components": [{"name": "first"}],
           "components": [{"name": "a", "name": "b", "version": "1"}]"#,
    ));
    assert_eq!(names(&document), ["b"]);
    assert!(
        document.unread[0].contains("stands twice"),
        "{:?}",
        document.unread
    );
}

#[test]
fn an_empty_component_is_one_all_the_same() {
    let json = sbom(&cyclonedx(r#""components": [{}, {"name": ""}]"#));
    let xml = sbom(&xml(
        "<components><component/><component> </component></components>",
    ));
    for document in [json, xml] {
        assert_eq!(names(&document), ["", ""]);
        assert_eq!(document.unread, ["a component has no name (2 times)"]);
    }
}

#[test]
fn lists_that_stand_twice_in_xml_are_both_read_and_a_note_says_so() {
    let list = "<components><component><name>a</name></component></components>";
    let document = sbom(&xml(&format!("{list}{list}")));
    assert_eq!(names(&document), ["a", "a"]);
    assert_eq!(
        document.unread,
        ["a part of it stands twice, and both were read"]
    );
}

#[test]
fn cyclonedx_with_a_wrong_format_name_is_read_all_the_same() {
    let text = cyclonedx(r#""components": [{"name": "a"}]"#);
    assert_eq!(names(&sbom(&text.replace("CycloneDX", "Other"))), ["a"]);
    let text = text
        .replace("bomFormat", "x")
        .replace('{', r#"{"$schema": 1,"#);
    assert_eq!(read(text.as_bytes()), Err(Refused::Unrecognised));
}

#[test]
fn a_document_that_is_not_well_formed_is_refused() {
    let cut = |text: &str| text[..text.len() - 3].to_owned();
    assert!(refused(&cut(SPDX_JSON)).contains("ends too early"));
    assert!(refused(&format!("{SYFT} x")).contains("not well-formed"));
    assert!(refused(&cut(CYCLONEDX_XML)).contains("XML"));
    assert!(refused(&format!("{CYCLONEDX_XML}{CYCLONEDX_XML}")).contains("more than one"));
    assert!(refused("SPDXVersion: SPDX-2.3\nA: <text>b\n").contains("never closed"));
    assert_eq!(read(b"{}"), Err(Refused::Unrecognised));
    assert_eq!(read(b""), Err(Refused::Unrecognised));
    assert_eq!(read(b"<html></html>"), Err(Refused::Unrecognised));
    let utf16: Vec<u8> = SPDX_JSON
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        read(&[b"\xff\xfe", &*utf16].concat()),
        Err(Refused::Encoding)
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_document() {
    for text in [SPDX_JSON, TAG_VALUE, CYCLONEDX_XML] {
        assert_eq!(sbom(&format!("\u{feff}{text}")), sbom(text));
    }
}

#[test]
fn deep_nesting_is_refused_where_it_is_read_and_passed_over_where_it_is_not() {
    let deep = "[".repeat(100_000);
    let closed = "]".repeat(100_000);
    let told = refused(&cyclonedx(&format!(r#""components": {deep}{closed}"#)));
    assert!(told.contains("nested too deeply"), "{told}");
    let document = sbom(&cyclonedx(&format!(
        r#""x": {deep}{closed}, "components": [{{"name": "a", "y": {deep}{closed}}}]"#
    )));
    assert_eq!(names(&document), ["a"]);
    let nested = "<components><component>".repeat(1_000);
    let closed = "</component></components>".repeat(1_000);
    let told = refused(&xml(&format!("{nested}{closed}")));
    assert!(told.contains("nested too deeply"), "{told}");
    let skipped = format!("{}{}", "<a>".repeat(30_000), "</a>".repeat(30_000));
    let document = sbom(&xml(&format!(
        "{skipped}<components><component><name>b</name></component></components>"
    )));
    assert_eq!(names(&document), ["b"]);
}

#[test]
fn xml_has_the_entities_of_xml_and_no_others() {
    let of = |name: &str| {
        xml(&format!(
            r#"<components><component><name>{name}</name></component></components>"#
        ))
    };
    assert_eq!(
        names(&sbom(&of("a&amp;&lt;&gt;&apos;&quot;&#x41;&#66;"))),
        ["a&<>'\"AB"]
    );
    assert!(refused(&of("&b;")).contains("does not define"));
    let bomb = r#"<!DOCTYPE bom [<!ENTITY b "bbbbbbbb">]>"#;
    assert!(refused(&format!("{bomb}{}", of("&b;"))).contains("document type"));
    let attribute = of("a").replace("<component>", r#"<component bom-ref="&b;">"#);
    assert!(refused(&attribute).contains("does not define"));
}

#[test]
fn licences_of_cyclonedx_are_identifiers_names_and_expressions() {
    let json = cyclonedx(
        r#""components": [{"name": "a", "licenses": [
          {"license": {"id": "MIT"}}, {"license": {"name": "Own licence"}},
          {"expression": "MIT OR Apache-2.0", "expressionDetails": []}]}]"#,
    );
    let xml = xml(
        r#"<components><component><name>a</name><licenses><license><id>MIT</id></license>
          <license><name>Own licence</name></license>
          <expression bom-ref="l">MIT OR Apache-2.0</expression></licenses></component></components>"#,
    );
    for text in [json, xml.clone(), xml.replace(
        r#"<expression bom-ref="l">MIT OR Apache-2.0</expression>"#,
        r#"<expression-detailed expression="MIT OR Apache-2.0"><details/></expression-detailed>"#,
    )] {
        let document = sbom(&text);
        let licenses = document.components[0].licenses.iter();
        let licenses: Vec<_> = licenses.map(|l| (l.text.as_str(), l.is_expression)).collect();
        let all = [("MIT", true), ("Own licence", false), ("MIT OR Apache-2.0", true)];
        assert_eq!(licenses, all, "{text}");
    }
}

#[test]
fn paths_of_components_are_read_where_tools_write_them() {
    let json = cyclonedx(
        r#""components": [{"name": "a", "properties": [
          {"name": "syft:location:0:path", "value": "/b"}, {"name": "syft:location:0:layerID", "value": "c"},
          {"name": "aquasecurity:trivy:FilePath", "value": "d"}],
          "evidence": {"occurrences": [{"location": "/e"}]}}]"#,
    );
    assert_eq!(sbom(&json).components[0].paths, ["/e", "/b", "d"]);
    let xml = xml(r#"<components><component><name>a</name><properties>
          <property name="syft:location:0:path">/b</property></properties><evidence><occurrences>
          <occurrence><location>/e</location></occurrence></occurrences></evidence></component></components>"#);
    assert_eq!(sbom(&xml).components[0].paths, ["/e", "/b"]);
    let spdx = spdx(
        r#""packages": [{"name": "a", "sourceInfo": "acquired package info from DPKG DB: /b, /c"},
          {"name": "d", "sourceInfo": "built from: /e"}]"#,
    );
    let document = sbom(&spdx);
    assert_eq!(document.components[0].paths, ["/b", "/c"]);
    assert_eq!(document.components[1].paths, [""; 0]);
}

#[test]
fn a_described_package_stays_a_component_and_a_described_image_does_not() {
    let about = |package: &str, others: &str| {
        sbom(&spdx(&format!(
            r#""documentDescribes": ["SPDXRef-p"],
               "packages": [{{"SPDXID": "SPDXRef-p", "name": "p" {package}}},
                 {{"SPDXID": "SPDXRef-q", "name": "q"}}],
               "relationships": [{others}]"#
        )))
    };
    let holds = r#"{"spdxElementId": "SPDXRef-p", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-q"}"#;
    let purl = |purl: &str| {
        format!(r#", "externalRefs": [{{"referenceType": "purl", "referenceLocator": "{purl}"}}]"#)
    };
    let cases = [
        ("a package about itself", about("", ""), 2),
        (
            "a package with a purl and dependencies",
            about(&purl("pkg:apk/p@1"), holds),
            2,
        ),
        ("the root of others", about("", holds), 1),
        (
            "an image by its purl",
            about(&purl("pkg:oci/p@sha256%3Aab"), ""),
            1,
        ),
        (
            "a container",
            about(r#", "primaryPackagePurpose": "CONTAINER""#, ""),
            1,
        ),
        (
            "a directory, as Syft has it",
            about(r#", "primaryPackagePurpose": "FILE""#, ""),
            1,
        ),
        (
            "an operating system",
            about(r#", "primaryPackagePurpose": "OPERATING-SYSTEM""#, ""),
            1,
        ),
    ];
    for (what, document, components) in cases {
        assert_eq!(
            document.subject.as_ref().map(|s| s.name.as_str()),
            Some("p"),
            "{what}"
        );
        assert_eq!(document.components.len(), components, "{what}");
    }
    let two = sbom(&spdx(
        r#""documentDescribes": ["SPDXRef-p", "SPDXRef-q"],
           "packages": [{"SPDXID": "SPDXRef-p", "name": "p"}, {"SPDXID": "SPDXRef-q", "name": "q"}]"#,
    ));
    assert_eq!((two.subject, two.components.len()), (None, 2));
}

#[test]
fn the_subject_of_cyclonedx_is_a_component_if_it_is_a_package() {
    let about = |component: &str| {
        sbom(&cyclonedx(&format!(
            r#""metadata": {{"supplier": {{"name": "S"}}, "component": {component}}}, "components": []"#
        )))
    };
    let package = about(r#"{"type": "library", "name": "p", "purl": "pkg:npm/p@1"}"#);
    assert_eq!(names(&package), ["p"]);
    assert_eq!(package.components[0].supplier.as_deref(), Some("S"));
    let application = about(
        r#"{"type": "application", "bom-ref": "p", "name": "p", "components": [{"name": "q", "bom-ref": "q"}]}"#,
    );
    assert_eq!(names(&application), ["q"]);
    assert_eq!(application.related, ["p", "q"]);
    assert_eq!(
        names(&about(
            r#"{"type": "container", "name": "i", "purl": "pkg:oci/i"}"#
        )),
        [""; 0]
    );
}

#[test]
fn kinds_of_components_are_what_the_formats_and_trivy_say() {
    let document = sbom(&cyclonedx(
        r#""components": [{"type": "operating-system", "name": "debian"},
          {"type": "machine-learning-model", "name": "m"}, {"type": "container", "name": "i"},
          {"type": "application", "name": "go.mod", "properties":
            [{"name": "aquasecurity:trivy:Class", "value": "lang-pkgs"}]},
          {"type": "firmware", "name": "f", "purl": "pkg:deb/debian/f@1"}, {"name": "untyped"}]"#,
    ));
    use ComponentKind::{Image, OperatingSystem, Other, Package};
    let kinds: Vec<_> = document.components.iter().map(|c| c.kind).collect();
    assert_eq!(
        kinds,
        [OperatingSystem, Other, Image, Other, Package, Package]
    );
    let document = sbom(&spdx(
        r#""packages": [{"SPDXID": "SPDXRef-Application-1", "name": "gomod", "primaryPackagePurpose": "APPLICATION"},
          {"SPDXID": "SPDXRef-2", "name": "a", "primaryPackagePurpose": "APPLICATION"},
          {"SPDXID": "SPDXRef-3", "name": "f", "primaryPackagePurpose": "FILE"}]"#,
    ));
    let kinds: Vec<_> = document.components.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [Other, Package, ComponentKind::File]);
}

#[test]
fn identifiers_that_two_elements_share_are_told() {
    let document = sbom(&cyclonedx(
        r#""metadata": {"component": {"type": "container", "name": "i", "bom-ref": "x"}},
           "components": [{"name": "a", "bom-ref": "x"}, {"name": "b", "bom-ref": "y"},
             {"type": "file", "name": "c", "bom-ref": "y"}, {"name": "d", "bom-ref": "y"}]"#,
    ));
    assert_eq!(document.duplicate_ids, ["x", "y"]);
}

#[test]
fn a_graph_of_spdx_3_may_be_one_element_with_the_others_in_it() {
    let document = sbom(
        r#"{"@context": ["https://spdx.org/rdf/3.0.0/spdx-context.jsonld"],
          "type": "SpdxDocument", "spdxId": "urn:d", "name": "d",
          "creationInfo": {"type": "CreationInfo", "specVersion": "3.0.0", "created": "2024-01-01T00:00:00Z",
            "createdBy": [{"type": "Person", "spdxId": "urn:me", "name": "Me"}]},
          "rootElement": [{"type": "software_Package", "spdxId": "urn:p", "name": "p",
            "originatedBy": [{"type": "Organization", "spdxId": "urn:o", "name": "O"}],
            "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/p@1"}]}]}"#,
    );
    assert_eq!(names(&document), ["p"]);
    assert_eq!(document.version.as_deref(), Some("3.0.0"));
    assert_eq!(document.authors, ["Me"]);
    assert_eq!(document.components[0].supplier.as_deref(), Some("O"));
    assert_eq!(document.components[0].purl.as_deref(), Some("pkg:npm/p@1"));
    assert_eq!(document.subject.as_ref().unwrap().name, "p");
    assert_eq!(document.unread, [""; 0]);
}

#[test]
fn more_than_is_taken_is_told() {
    let components = vec![r#"{"name":"a"}"#; MAX_COMPONENTS + 2].join(",");
    let document = sbom(&cyclonedx(&format!(r#""components": [{components}]"#)));
    assert_eq!(document.components.len(), MAX_COMPONENTS);
    assert_eq!(
        document.unread,
        [format!(
            "it has more than {MAX_COMPONENTS} components or other elements (2 times)"
        )]
    );
    let long = "x".repeat(300 << 10);
    let document = sbom(&cyclonedx(&format!(
        r#""components": [{{"name": "{long}", "version": "1"}}]"#
    )));
    assert_eq!(document.components[0].version.as_deref(), Some("1"));
    assert!(
        document.unread[0].contains("longer than"),
        "{:?}",
        document.unread
    );
    assert!(
        document.unread[1].contains("no name"),
        "{:?}",
        document.unread
    );
    let licenses = (0..1_001).map(|n| format!(r#"{{"expression":"L{n}"}}"#));
    let licenses = licenses.collect::<Vec<_>>().join(",");
    let document = sbom(&cyclonedx(&format!(
        r#""components": [{{"name": "a", "licenses": [{licenses}]}}]"#
    )));
    assert_eq!(document.components[0].licenses.len(), 1_000);
    assert!(
        document.unread[0].contains("licences"),
        "{:?}",
        document.unread
    );
}

#[test]
fn attributes_over_the_limit_are_told() {
    let many = r#"x="1" "#.repeat(70);
    let document = sbom(&xml(&format!(
        r#"<components><component {many} bom-ref="a"><name>a</name></component></components>"#
    )));
    assert_eq!(names(&document), ["a"]);
    assert_eq!(document.unread, ["an element has more than 64 attributes"]);
}

#[test]
fn a_format_is_recognised_by_the_head_of_a_document() {
    let all = [
        (SPDX_JSON, SbomFormat::SpdxJson),
        (TAG_VALUE, SbomFormat::SpdxTagValue),
        (SPDX3, SbomFormat::SpdxJsonLd),
        (CYCLONEDX_JSON, SbomFormat::CyclonedxJson),
        (CYCLONEDX_XML, SbomFormat::CyclonedxXml),
    ];
    for (text, format) in all {
        assert_eq!(recognise(&text.as_bytes()[..200]).format, format);
    }
    let syft = r#"{"artifacts": [{"id": "a", "foundBy": "dpkg-db-cataloger", "#;
    assert_eq!(recognise(syft.as_bytes()).format, SbomFormat::SyftJson);
    let sorted = r#"{"SPDXID": "SPDXRef-DOCUMENT", "packages": [{"name": "a"#;
    assert_eq!(recognise(sorted.as_bytes()).format, SbomFormat::SpdxJson);
    // What stands in a text or below the document is no key of it.
    let text = r#"{"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [{"spdxVersion": "SPDX-2.3"}]}"#;
    let recognised = recognise(text.as_bytes());
    assert_eq!(recognised.format, SbomFormat::CyclonedxJson);
    assert_eq!(recognised.version.as_deref(), Some("1.7"));
}
