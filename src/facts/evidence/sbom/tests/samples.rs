//! One SBOM in six formats: an image with two packages, one needed by the other, and a file.

pub(super) const SPDX_JSON: &str = r#"{
  "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "image",
  "documentNamespace": "https://example.org/1",
  "creationInfo": {"created": "2024-01-02T03:04:05Z",
    "creators": ["Tool: maker-1.2", "Organization: Example ()"],
    "comment": "SBOM type: build"},
  "packages": [
    {"SPDXID": "SPDXRef-image", "name": "image", "primaryPackagePurpose": "CONTAINER"},
    {"SPDXID": "SPDXRef-a", "name": "zlib1g", "versionInfo": "1:1.3-1",
     "supplier": "NOASSERTION", "originator": "Person: A. Maker (a@example.org)",
     "licenseConcluded": "NOASSERTION", "licenseDeclared": "Zlib",
     "checksums": [{"algorithm": "SHA256", "checksumValue": "AB01"}],
     "externalRefs": [
       {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a"},
       {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl",
        "referenceLocator": "pkg:deb/debian/zlib1g@1%3A1.3-1"}]},
    {"SPDXID": "SPDXRef-b", "name": "libpng", "versionInfo": "1.6"}],
  "files": [{"SPDXID": "SPDXRef-f", "fileName": "./usr/lib/z.so",
    "checksums": [{"algorithm": "SHA256", "checksumValue": "cd02"}]}],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
     "relatedSpdxElement": "SPDXRef-image"},
    {"spdxElementId": "SPDXRef-image", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-a"},
    {"spdxElementId": "SPDXRef-a", "relationshipType": "CONTAINED_BY", "relatedSpdxElement": "SPDXRef-image"},
    {"spdxElementId": "SPDXRef-a", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-b"},
    {"spdxElementId": "SPDXRef-b", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NONE"}]
}"#;

pub(super) const TAG_VALUE: &str = "\
SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
DocumentName: image
DocumentNamespace: https://example.org/1
Creator: Tool: maker-1.2
Creator: Organization: Example ()
Created: 2024-01-02T03:04:05Z
CreatorComment: <text>SBOM type:
PackageName: not a package
build</text>

##### A file that belongs to no package

FileName: ./usr/lib/z.so
SPDXID: SPDXRef-f
FileChecksum: SHA256: cd02

PackageName: image
SPDXID: SPDXRef-image
PrimaryPackagePurpose: CONTAINER

PackageName: zlib1g
SPDXID: SPDXRef-a
PackageVersion: 1:1.3-1
PackageSupplier: NOASSERTION
PackageOriginator: Person: A. Maker (a@example.org)
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: Zlib
PackageChecksum: SHA256: AB01
PackageCopyrightText: <text>2024, A: Maker</text>
ExternalRef: SECURITY cpe23Type cpe:2.3:a
ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/zlib1g@1%3A1.3-1

PackageName: libpng
SPDXID: SPDXRef-b
PackageVersion: 1.6

LicenseID: LicenseRef-1
LicenseName: Own
ExtractedText: <text>PackageName: neither</text>

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-image
Relationship: SPDXRef-image CONTAINS SPDXRef-a
Relationship: SPDXRef-a DEPENDENCY_OF SPDXRef-b
";

pub(super) const SPDX3: &str = r#"{
  "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
  "@graph": [
    {"type": "Relationship", "spdxId": "urn:r1", "creationInfo": "_:c", "from": "urn:image",
     "relationshipType": "contains", "to": ["urn:a", "urn:f"]},
    {"type": "LifecycleScopedRelationship", "spdxId": "urn:r2", "from": "urn:b",
     "relationshipType": "dependsOn", "to": "urn:a"},
    {"type": "Relationship", "spdxId": "urn:r3", "from": "urn:a",
     "relationshipType": "hasDeclaredLicense", "to": ["urn:zlib"]},
    {"type": "Relationship", "spdxId": "urn:r4", "from": "urn:a",
     "relationshipType": "hasConcludedLicense",
     "to": ["https://spdx.org/rdf/3.0.1/terms/Licensing/NoAssertion"]},
    {"type": "Relationship", "spdxId": "urn:r5", "from": "urn:b",
     "relationshipType": "hasConcludedLicense", "to": ["urn:none"]},
    {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:none",
     "simplelicensing_licenseExpression": "NOASSERTION"},
    {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:zlib",
     "simplelicensing_licenseExpression": "Zlib"},
    {"type": "SpdxDocument", "spdxId": "https://example.org/1", "name": "image",
     "creationInfo": "_:c", "rootElement": ["urn:sbom"]},
    {"type": "software_Sbom", "spdxId": "urn:sbom", "software_sbomType": ["build"],
     "rootElement": ["urn:image"],
     "element": ["urn:a", {"type": "software_Package", "spdxId": "urn:b", "name": "libpng",
       "software_packageVersion": "1.6"}]},
    {"type": "software_Package", "spdxId": "urn:image", "name": "image",
     "software_primaryPurpose": "container"},
    {"type": "software_Package", "spdxId": "urn:a", "name": "zlib1g",
     "software_packageVersion": "1:1.3-1", "suppliedBy": "urn:maker",
     "software_packageUrl": "pkg:deb/debian/zlib1g@1%3A1.3-1",
     "externalIdentifier": [
       {"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a"}],
     "verifiedUsing": [
       {"type": "PackageVerificationCode", "algorithm": "sha1", "hashValue": "00"},
       {"type": "Hash", "algorithm": "sha256", "hashValue": "ab01"}]},
    {"type": "software_File", "spdxId": "urn:f", "name": "/usr/lib/z.so",
     "verifiedUsing": {"type": "Hash", "algorithm": "sha256", "hashValue": "cd02"}},
    {"type": "Person", "spdxId": "urn:maker", "name": "A. Maker (a@example.org)"},
    {"type": "Organization", "spdxId": "urn:example", "name": "Example"},
    {"type": "Tool", "spdxId": "urn:tool", "name": "maker-1.2"},
    {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2024-01-02T03:04:05Z",
     "createdBy": ["urn:example"], "createdUsing": ["urn:tool"]}]
}"#;

pub(super) const CYCLONEDX_JSON: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": "https://example.org/1",
  "metadata": {"timestamp": "2024-01-02T03:04:05Z", "lifecycles": [{"phase": "build"}],
    "tools": {"components": [{"type": "application", "name": "maker", "version": "1.2"}]},
    "authors": [{"name": "Example"}],
    "component": {"type": "container", "bom-ref": "i", "name": "image"}},
  "components": [
    {"type": "library", "bom-ref": "a", "name": "zlib1g", "version": "1:1.3-1",
     "publisher": "A. Maker (a@example.org)", "cpe": "cpe:2.3:a",
     "purl": "pkg:deb/debian/zlib1g@1%3A1.3-1", "licenses": [{"license": {"id": "Zlib"}}],
     "hashes": [{"alg": "SHA-256", "content": "AB01"}],
     "components": [{"type": "file", "bom-ref": "f", "name": "/usr/lib/z.so",
       "hashes": [{"alg": "SHA-256", "content": "cd02"}]}]},
    {"type": "library", "bom-ref": "b", "name": "libpng", "version": "1.6"}],
  "dependencies": [{"ref": "b", "dependsOn": ["a"]}]
}"#;

pub(super) const CYCLONEDX_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6" xmlns="urn:other" serialNumber="https://example.org/1">
  <c:metadata>
    <c:timestamp>2024-01-02T03:04:05Z</c:timestamp>
    <c:lifecycles><c:lifecycle><c:phase>build</c:phase></c:lifecycle></c:lifecycles>
    <c:tools><c:tool><c:vendor>v</c:vendor><c:name>maker</c:name><c:version>1.2</c:version></c:tool></c:tools>
    <c:authors><c:author><c:name>Example</c:name></c:author></c:authors>
    <c:component type="container" bom-ref="i"><c:name>image</c:name></c:component>
  </c:metadata>
  <components><component type="library"><name>of another vocabulary</name></component></components>
  <c:components>
    <c:component type="library" bom-ref="a">
      <name>of another vocabulary</name>
      <c:publisher>A. Maker (a&#64;example.org)</c:publisher>
      <c:name><![CDATA[zlib1g]]></c:name><!-- a comment --><c:version>1:1.3-1</c:version>
      <c:hashes><c:hash alg="SHA-256">AB01</c:hash></c:hashes>
      <c:licenses><c:license><c:id>Zlib</c:id><c:text>long</c:text></c:license></c:licenses>
      <c:cpe>cpe:2.3:a</c:cpe>
      <c:purl>pkg:deb/debian/zlib1g@1%3A1.3-1</c:purl>
      <c:components><c:component type="file" bom-ref="f"><c:name>/usr/lib/z.so</c:name>
        <c:hashes><c:hash alg="SHA-256">cd02</c:hash></c:hashes></c:component></c:components>
    </c:component>
    <c:component type="library" bom-ref="b"><c:name>libpng</c:name><c:version>1.6</c:version></c:component>
  </c:components>
  <c:dependencies><c:dependency ref="b"><c:dependency ref="a"/></c:dependency></c:dependencies>
</c:bom>"#;

pub(super) const SYFT: &str = r#"{
  "artifacts": [
    {"id": "a", "name": "zlib1g", "version": "1:1.3-1", "type": "deb",
     "purl": "pkg:deb/debian/zlib1g@1%3A1.3-1", "cpes": [{"cpe": "cpe:2.3:a"}],
     "licenses": [{"value": "zlib", "spdxExpression": "Zlib"}],
     "locations": [{"path": "/var/lib/dpkg/status"}],
     "metadata": {"maintainer": "A. Maker (a@example.org)", "files": [{"path": "/x"}],
       "digest": [{"algorithm": "sha256", "value": "ab01"}]}},
    {"id": "b", "name": "libpng", "version": "1.6", "type": "binary", "purl": "", "cpes": ["cpe:2.3:b"],
     "licenses": ["libpng"]}],
  "artifactRelationships": [
    {"parent": "i", "child": "a", "type": "contains"},
    {"parent": "a", "child": "b", "type": "dependency-of"}],
  "files": [{"id": "f", "location": {"path": "/usr/lib/z.so"},
    "digests": [{"algorithm": "sha256", "value": "cd02"}]}],
  "source": {"id": "i", "name": "image", "type": "image",
    "metadata": {"manifestDigest": "sha256:ef03"}},
  "distro": {"name": "debian"},
  "descriptor": {"name": "maker", "version": "1.2", "timestamp": "2024-01-02T03:04:05Z"},
  "schema": {"version": "16.0.0"}
}"#;
