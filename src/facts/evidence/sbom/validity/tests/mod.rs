//! Each version's schema on a plain document of ours and on what is wrong in it.

mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::check;
use crate::facts::model::{SbomFormat, SbomValidity};

const JSON_VERSIONS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];
const XML_VERSIONS: [&str; 8] = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

fn cyclonedx(version: &str) -> Value {
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": { "timestamp": "2024-05-06T07:08:09Z" },
        "components": [{
            "type": "library",
            "bom-ref": "one",
            "name": "one",
            "version": "1.0",
            "purl": "pkg:generic/one@1.0",
            "hashes": [{ "alg": "SHA-1", "content": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }],
            "licenses": [{ "license": { "id": "MIT" } }],
            "components": [{ "type": "file", "name": "inner", "version": "2" }],
        }],
        "dependencies": [{ "ref": "one" }],
    })
}

fn cyclonedx_xml(version: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/{version}" version="1">
  <components>
    <component type="library">
      <name>one</name>
      <version>1.0</version>
      <hashes><hash alg="SHA-1">da39a3ee5e6b4b0d3255bfef95601890afd80709</hash></hashes>
      <licenses><license><id>MIT</id></license></licenses>
      <purl>pkg:generic/one@1.0</purl>
      <modified>false</modified>
    </component>
  </components>
</bom>
"#
    )
}

fn spdx(version: &str) -> Value {
    let package = |name: &str| {
        json!({
            "SPDXID": format!("SPDXRef-{name}"),
            "name": name,
            "versionInfo": "1.0",
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": false,
            "supplier": "Organization: Ours",
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "MIT OR (Apache-2.0 AND LicenseRef-ours)",
            "copyrightText": "NONE",
        })
    };
    json!({
        "spdxVersion": format!("SPDX-{version}"),
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "ours",
        "documentNamespace": "https://example.com/ours",
        "creationInfo": {
            "created": "2024-05-06T07:08:09Z",
            "creators": ["Tool: by-hand", "Person: Jo ()"],
        },
        "packages": [package("one"), package("two")],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relatedSpdxElement": "SPDXRef-one",
                "relationshipType": "DESCRIBES",
            },
            {
                "spdxElementId": "SPDXRef-one",
                "relatedSpdxElement": "SPDXRef-two",
                "relationshipType": "DEPENDS_ON",
            },
        ],
    })
}

const TAG_VALUE: &str = "\
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: ours
DocumentNamespace: https://example.com/ours
Creator: Tool: by-hand
Created: 2024-05-06T07:08:09Z

# A package

PackageName: one
SPDXID: SPDXRef-one
PackageVersion: 1.0
PackageSupplier: Organization: Ours
PackageDownloadLocation: NONE
FilesAnalyzed: true
PackageChecksum: SHA1: da39a3ee5e6b4b0d3255bfef95601890afd80709
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: MIT
PackageCopyrightText: <text>two
lines</text>
ExternalRef: PACKAGE-MANAGER purl pkg:generic/one@1.0
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-one
PackageComment: <text></text>

FileName: ./a
SPDXID: SPDXRef-a
FileType: TEXT
FileChecksum: SHA1: da39a3ee5e6b4b0d3255bfef95601890afd80709
LicenseConcluded: MIT
LicenseInfoInFile: MIT
FileCopyrightText: NONE

LicenseID: LicenseRef-ours
ExtractedText: <text>Do.</text>
Relationship: SPDXRef-one CONTAINS SPDXRef-a
";

fn spdx_3() -> Value {
    json!({
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {
                "type": "CreationInfo",
                "@id": "_:made",
                "specVersion": "3.0.1",
                "created": "2024-05-06T07:08:09Z",
                "createdBy": ["https://example.com/jo"],
            },
            {
                "type": "Person",
                "spdxId": "https://example.com/jo",
                "creationInfo": "_:made",
                "name": "Jo",
            },
            {
                "type": "software_Package",
                "spdxId": "https://example.com/one",
                "creationInfo": "_:made",
                "name": "one",
                "software_packageVersion": "1.0",
            },
        ],
    })
}

fn checked(format: SbomFormat, version: &str, document: &Value) -> SbomValidity {
    let bytes = serde_json::to_vec(document).unwrap();
    check(format, Some(version), &bytes)
}

/// Sets or, with null, removes what a pointer leads to.
fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    let object = parent.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(key).unwrap();
    } else {
        object.insert(key.to_owned(), value);
    }
}

#[track_caller]
fn assert_invalid(validity: &SbomValidity, reason: &str) {
    let errors = &validity.errors.items;
    assert_eq!(validity.valid, Some(false), "{reason}");
    assert!(
        errors.iter().any(|e| e.contains(reason)),
        "{reason} in {errors:?}"
    );
    assert!(validity.checked_with.is_some());
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "it reads the sources of this very build"
)]
fn every_schema_is_a_copy_of_the_official_one() {
    let directory =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/facts/evidence/sbom/validity/schemas");
    let readme = fs::read_to_string(directory.join("README.md")).unwrap();
    let listed: BTreeMap<_, _> = readme
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, name)| (name.to_owned(), digest.to_owned()))
        .collect();
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(&directory).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name != "README.md" {
            let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(fs::read(&path).unwrap()));
            found.insert(name, digest);
        }
    }
    assert_eq!(found, listed);
}

#[test]
fn a_plain_document_of_every_version_is_valid() {
    for version in JSON_VERSIONS {
        let validity = checked(SbomFormat::CyclonedxJson, version, &cyclonedx(version));
        assert_eq!(validity.valid, Some(true), "{version} {validity:?}");
        let name = validity.checked_with.unwrap();
        assert!(
            name.contains(version) && name.ends_with("JSON schema"),
            "{name}"
        );
        let known = ["1.3", "1.4", "1.5"].contains(&version);
        assert_eq!(validity.strict, known.then_some(true), "{version}");
    }
    for version in XML_VERSIONS {
        let document = cyclonedx_xml(version);
        let validity = check(SbomFormat::CyclonedxXml, Some(version), document.as_bytes());
        assert_eq!(validity.valid, Some(true), "{version} {validity:?}");
        let known = ["1.3", "1.4", "1.5"].contains(&version);
        assert_eq!(validity.strict, known.then_some(true), "{version}");
    }
    for version in ["2.2", "2.3"] {
        let validity = checked(SbomFormat::SpdxJson, version, &spdx(version));
        assert_eq!(validity.valid, Some(true), "{version} {validity:?}");
        assert_eq!(validity.strict, Some(true), "{version} {validity:?}");
        let document = TAG_VALUE.replace("SPDX-2.3", &format!("SPDX-{version}"));
        let validity = check(SbomFormat::SpdxTagValue, Some(version), document.as_bytes());
        assert_eq!(validity.valid, Some(true), "{version} {validity:?}");
        assert_eq!(validity.strict, None, "{version}");
    }
    let validity = checked(SbomFormat::SpdxJsonLd, "3.0.1", &spdx_3());
    assert_eq!(validity.valid, Some(true), "{validity:?}");
}

#[test]
fn what_tools_write_is_judged_as_its_schema_does() {
    let cyclonedx = include_bytes!("../../../../../../tests/fixtures/sbom_validity/syft.cdx.json");
    let xml = include_bytes!("../../../../../../tests/fixtures/sbom_validity/syft.cdx.xml");
    let spdx = include_bytes!("../../../../../../tests/fixtures/sbom_validity/syft.spdx.json");
    let tags = include_bytes!("../../../../../../tests/fixtures/sbom_validity/syft.spdx");
    let trivy = include_bytes!("../../../../../../tests/fixtures/sbom_validity/trivy.cdx.json");
    for (format, version, bytes) in [
        (SbomFormat::CyclonedxJson, "1.6", cyclonedx.as_slice()),
        (SbomFormat::CyclonedxXml, "1.5", xml),
        (SbomFormat::SpdxJson, "2.3", spdx),
        (SbomFormat::SpdxTagValue, "2.2", tags),
        (SbomFormat::CyclonedxJson, "1.5", trivy),
    ] {
        let validity = check(format, Some(version), bytes);
        assert_eq!(validity.valid, Some(true), "{format:?} {validity:?}");
        assert_ne!(validity.strict, Some(false), "{format:?} {validity:?}");
    }
    let wrong = include_bytes!(
        "../../../../../../tests/fixtures/sbom_validity/trivy-operating-system.spdx.json"
    );
    let validity = check(SbomFormat::SpdxJson, Some("2.3"), wrong);
    assert_invalid(&validity, "/packages/1/primaryPackagePurpose");
    assert_eq!((validity.errors.total, validity.strict), (1, Some(false)));
}

#[test]
fn cyclonedx_json_against_its_schema_is_invalid() {
    let wrong = [
        ("/bomFormat", json!("Other"), "/bomFormat"),
        ("/specVersion", Value::Null, "specVersion"),
        ("/serialNumber", json!("urn:uuid:1"), "/serialNumber"),
        ("/surprise", json!(1), "surprise"),
        (
            "/metadata/timestamp",
            json!("yesterday"),
            "/metadata/timestamp",
        ),
        ("/components/0/name", Value::Null, "\"name\""),
        ("/components/0/type", json!("thing"), "/components/0/type"),
        (
            "/components/0/hashes/0/alg",
            json!("CRC"),
            "/components/0/hashes/0/alg",
        ),
        (
            "/components/0/hashes/0/content",
            json!("da39"),
            "/components/0/hashes/0/content",
        ),
        (
            "/components/0/licenses/0/license/id",
            json!("Ours"),
            "/components/0/licenses",
        ),
        (
            "/components/0/components/0/name",
            Value::Null,
            "/components/0/components/0",
        ),
    ];
    for version in JSON_VERSIONS {
        for (pointer, value, reason) in &wrong {
            let mut document = cyclonedx(version);
            set(&mut document, pointer, value.clone());
            let validity = checked(SbomFormat::CyclonedxJson, version, &document);
            assert_invalid(&validity, reason);
        }
    }
}

#[test]
fn cyclonedx_xml_against_its_schema_is_invalid() {
    let wrong = [
        ("<name>one</name>", "", "name"),
        ("type=\"library\"", "type=\"thing\"", "thing"),
        ("alg=\"SHA-1\"", "alg=\"CRC\"", "CRC"),
        ("da39a3ee", "zz", "zz5e6b"),
        ("<id>MIT</id>", "<id>Ours</id>", "Ours"),
        ("<modified>", "<surprise/><modified>", "surprise"),
        ("</components>", "", "components"),
        ("<bom ", "<other ", ""),
    ];
    for version in XML_VERSIONS {
        for (from, to, reason) in wrong {
            let document = cyclonedx_xml(version).replace(from, to);
            let validity = check(SbomFormat::CyclonedxXml, Some(version), document.as_bytes());
            assert_invalid(&validity, reason);
        }
    }
}

#[test]
fn a_document_of_another_version_than_it_says_is_invalid() {
    let document = cyclonedx_xml("1.4");
    let validity = check(SbomFormat::CyclonedxXml, Some("1.6"), document.as_bytes());
    assert_eq!(validity.valid, Some(false));
    let mut document = cyclonedx("1.3");
    set(&mut document, "/vulnerabilities", json!([]));
    assert_invalid(
        &checked(SbomFormat::CyclonedxJson, "1.3", &document),
        "vulnerabilities",
    );
    assert_eq!(
        checked(SbomFormat::CyclonedxJson, "1.4", &document).valid,
        Some(true)
    );
}

#[test]
fn a_strict_schema_lets_a_document_name_the_plain_one() {
    for version in ["1.2", "1.3"] {
        let mut document = cyclonedx(version);
        let plain = format!("http://cyclonedx.org/schema/bom-{version}.schema.json");
        set(&mut document, "/$schema", json!(plain));
        let validity = checked(SbomFormat::CyclonedxJson, version, &document);
        assert_eq!(validity.valid, Some(true), "{validity:?}");
        set(
            &mut document,
            "/$schema",
            json!("http://example.com/schema"),
        );
        assert_invalid(
            &checked(SbomFormat::CyclonedxJson, version, &document),
            "/$schema",
        );
    }
}

#[test]
fn spdx_json_against_its_schema_or_specification_is_invalid() {
    let wrong = [
        ("/spdxVersion", Value::Null, "spdxVersion"),
        ("/spdxVersion", json!("2.3"), "/spdxVersion"),
        ("/dataLicense", json!("MIT"), "/dataLicense"),
        ("/SPDXID", json!("SPDXRef-other"), "/SPDXID"),
        (
            "/documentNamespace",
            json!("https://example.com/#a"),
            "/documentNamespace",
        ),
        ("/documentNamespace", json!("ours"), "/documentNamespace"),
        (
            "/creationInfo/created",
            json!("today"),
            "/creationInfo/created",
        ),
        (
            "/creationInfo/creators",
            json!(["Jo"]),
            "/creationInfo/creators/0",
        ),
        ("/packages/0/name", Value::Null, "\"name\""),
        ("/packages/0/surprise", json!(1), "surprise"),
        (
            "/packages/0/SPDXID",
            json!("SPDXRef-a_b"),
            "/packages/0/SPDXID",
        ),
        ("/packages/0/SPDXID", json!("SPDXRef-two"), "two elements"),
        (
            "/packages/0/supplier",
            json!("Ours"),
            "/packages/0/supplier",
        ),
        (
            "/packages/0/licenseDeclared",
            json!("MIT, BSD"),
            "/packages/0/licenseDeclared",
        ),
        (
            "/relationships/1/relatedSpdxElement",
            json!("SPDXRef-3"),
            "SPDXRef-3",
        ),
        (
            "/relationships/1/relationshipType",
            json!("LIKES"),
            "/relationships/1",
        ),
        (
            "/documentDescribes",
            json!(["SPDXRef-3"]),
            "/documentDescribes/0",
        ),
    ];
    for version in ["2.2", "2.3"] {
        for (pointer, value, reason) in &wrong {
            let mut document = spdx(version);
            set(&mut document, pointer, value.clone());
            assert_invalid(&checked(SbomFormat::SpdxJson, version, &document), reason);
        }
    }
}

#[test]
fn spdx_2_3_makes_optional_what_2_2_demands() {
    for (version, valid) in [("2.2", false), ("2.3", true)] {
        let mut document = spdx(version);
        set(&mut document, "/packages/0/copyrightText", Value::Null);
        let validity = checked(SbomFormat::SpdxJson, version, &document);
        assert_eq!(validity.valid, Some(valid), "{validity:?}");
        let document = TAG_VALUE.replace("FileCopyrightText: NONE\n", "");
        let validity = check(SbomFormat::SpdxTagValue, Some(version), document.as_bytes());
        assert_eq!(validity.valid, Some(valid), "{validity:?}");
    }
}

#[test]
fn tag_value_against_the_specification_is_invalid() {
    let wrong = [
        ("SPDX-2.3", "SPDX-1.2", "line 1: `SPDX-1.2`"),
        ("CC0-1.0", "MIT", "line 2:"),
        ("SPDXRef-DOCUMENT\n", "SPDXRef-other\n", "line 3:"),
        (
            "DocumentName: ours\n",
            "",
            "line 1: `DocumentName` is missing",
        ),
        ("Creator: Tool: by-hand\n", "", "`Creator` is missing"),
        ("2024-05-06T07:08:09Z", "yesterday", "`Created`"),
        ("# A package", "A package", "line 9: there is no tag"),
        ("SPDXID: SPDXRef-one\n", "", "line 11: `SPDXID` is missing"),
        (
            "PackageVersion: 1.0",
            "PackageVersion:",
            "`PackageVersion` has no value",
        ),
        ("PackageVersion", "PackageWeight", "no tag `PackageWeight`"),
        (
            "PackageVersion: 1.0",
            "FileType: TEXT",
            "`FileType` does not belong here",
        ),
        (
            "PackageDownloadLocation: NONE\n",
            "",
            "`PackageDownloadLocation` is missing",
        ),
        ("FilesAnalyzed: true", "FilesAnalyzed: perhaps", "`perhaps`"),
        ("SHA1: da39", "SHA1: x", "`PackageChecksum`"),
        (
            "PackageLicenseDeclared: MIT",
            "PackageLicenseDeclared: MIT, BSD",
            "`MIT, BSD`",
        ),
        ("Do.</text>", "Do.", "`<text>` is not closed"),
        ("PACKAGE-MANAGER", "SHOP", "`ExternalRef`"),
        (
            "SPDXRef-a\n",
            "SPDXRef-one\n",
            "`SPDXRef-one` is the identifier of two",
        ),
        ("FileType: TEXT", "FileType: SONG", "`SONG`"),
        (
            "CONTAINS SPDXRef-a",
            "CONTAINS SPDXRef-b",
            "there is no element `SPDXRef-b`",
        ),
        ("CONTAINS", "LIKES", "`Relationship`"),
    ];
    for (from, to, reason) in wrong {
        let document = TAG_VALUE.replace(from, to);
        let validity = check(SbomFormat::SpdxTagValue, Some("2.3"), document.as_bytes());
        assert_invalid(&validity, reason);
    }
}

#[test]
fn spdx_3_against_its_schema_is_invalid() {
    let wrong = [
        ("/@context", json!("https://example.com/context")),
        ("/@graph/0/created", json!("yesterday")),
        ("/@graph/0/specVersion", Value::Null),
        ("/@graph/2/creationInfo", Value::Null),
        ("/@graph/2/surprise", json!(1)),
        ("/@graph/2/type", json!("Thing")),
    ];
    for (pointer, value) in wrong {
        let mut document = spdx_3();
        set(&mut document, pointer, value);
        let validity = checked(SbomFormat::SpdxJsonLd, "3.0.1", &document);
        assert_eq!(validity.valid, Some(false), "{pointer}");
    }
}

#[test]
fn a_long_graph_is_checked_to_its_end() {
    let mut document = spdx_3();
    let graph = document["@graph"].as_array_mut().unwrap();
    let mut package = graph[2].clone();
    while graph.len() < 2_500 {
        package["spdxId"] = json!(format!("https://example.com/{}", graph.len()));
        graph.push(package.clone());
    }
    let validity = checked(SbomFormat::SpdxJsonLd, "3.0.1", &document);
    assert_eq!(validity.valid, Some(true), "{validity:?}");
    document["@graph"][2_400]["name"] = json!(1);
    let validity = checked(SbomFormat::SpdxJsonLd, "3.0.1", &document);
    assert_invalid(&validity, "/@graph/2400");
}
