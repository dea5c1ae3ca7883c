//! SPDX 2.3 JSON, by `spdx-rs`.
//!
//! The crate falls short in one place: it writes `"spdxIdentifierReference": null` into every
//! annotation, which the schema of SPDX 2.3 JSON does not allow. It is taken out of the value
//! before that is printed.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use spdx_rs::models::{
    Algorithm, Annotation, AnnotationType, Checksum, CreationInfo, DocumentCreationInformation,
    ExternalPackageReference, ExternalPackageReferenceCategory, OtherLicensingInformationDetected,
    PackageInformation, PrimaryPackagePurpose, Relationship, RelationshipType, SPDX,
    SpdxExpression,
};

use super::inventory::{self, IMAGE, Item};
use super::licenses::{self, License};
use super::{Described, SbomError, completeness, uuid};

/// The only value of a field that must be there and is not known.
const NOT_SAID: &str = "NOASSERTION";
/// The time of a document whose image states none: one is demanded (SPDX 2.3, section 6.9).
const NO_TIME: &str = "1970-01-01T00:00:00Z";
/// Who writes (SPDX 2.3, section 6.8).
const TOOL: &str = concat!("Tool: freehold-", env!("CARGO_PKG_VERSION"));

/// The document.
pub(super) fn document(described: &Described<'_>) -> Result<String, SbomError> {
    let mut document = spdx(described);
    let uuid = uuid(print(&document)?.as_bytes());
    // The address for those without one of their own (SPDX 2.3, section 6.5).
    document
        .document_creation_information
        .spdx_document_namespace = format!("https://spdx.org/spdxdocs/freehold-{uuid}");
    print(&document)
}

fn print(document: &SPDX) -> Result<String, SbomError> {
    let mut value = serde_json::to_value(document)?;
    for package in members(&mut value, "packages") {
        for annotation in members(package, "annotations") {
            if let Some(annotation) = annotation.as_object_mut() {
                annotation.shift_remove("spdxIdentifierReference");
            }
        }
    }
    Ok(serde_json::to_string_pretty(&value)?)
}

fn members<'a>(value: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = value.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

fn spdx(described: &Described<'_>) -> SPDX {
    let facts = described.facts;
    let items = inventory::items(facts);
    let references = license_references(&items);
    let time = described.created.as_deref().unwrap_or(NO_TIME);
    let (_, reasons) = completeness::of(facts);
    let lists = items.iter().map(|item| package(item, &references, time));
    SPDX {
        document_creation_information: DocumentCreationInformation {
            spdx_version: "SPDX-2.3".to_owned(),
            document_name: facts.image.reference.clone(),
            spdx_document_namespace: String::new(),
            creation_info: CreationInfo {
                license_list_version: None,
                creators: vec![TOOL.to_owned()],
                created: time.parse().unwrap_or_default(),
                creator_comment: None,
            },
            document_comment: comment(&reasons),
            ..DocumentCreationInformation::default()
        },
        package_information: std::iter::once(image(described, time))
            .chain(lists)
            .collect(),
        other_licensing_information_detected: extracted(&references),
        relationships: relationships(&items, !reasons.is_empty()),
        file_information: Vec::new(),
        snippet_information: Vec::new(),
        annotations: Vec::new(),
        spdx_ref_counter: 0,
    }
}

fn comment(reasons: &[String]) -> Option<String> {
    let begin = "The list of packages is incomplete:\n";
    (!reasons.is_empty()).then(|| format!("{begin}{}", reasons.join("\n")))
}

/// What both kinds of package have: nothing was analysed file by file, and nothing is concluded.
fn blank(name: &str, id: &str) -> PackageInformation {
    PackageInformation {
        package_name: name.to_owned(),
        package_spdx_identifier: reference(id),
        package_download_location: NOT_SAID.to_owned(),
        files_analyzed: Some(false),
        concluded_license: Some(SpdxExpression::default()),
        declared_license: Some(SpdxExpression::default()),
        copyright_text: Some(NOT_SAID.to_owned()),
        ..PackageInformation::default()
    }
}

fn reference(id: &str) -> String {
    format!("SPDXRef-{id}")
}

fn image(described: &Described<'_>, time: &str) -> PackageInformation {
    let facts = described.facts;
    let checksum = inventory::image_digest(facts).and_then(|(algorithm, digits)| {
        let algorithm = match algorithm {
            "sha256" => Algorithm::SHA256,
            "sha512" => Algorithm::SHA512,
            _ => return None,
        };
        Some(Checksum::new(algorithm, digits))
    });
    PackageInformation {
        package_version: facts.image.digest.clone(),
        package_checksum: checksum.into_iter().collect(),
        external_reference: purl(inventory::image_purl(described)),
        primary_package_purpose: Some(PrimaryPackagePurpose::Container),
        annotations: annotations(inventory::image_properties(facts), time),
        ..blank(&facts.image.reference, IMAGE)
    }
}

fn package(item: &Item<'_>, references: &References, time: &str) -> PackageInformation {
    let package = item.package;
    let licenses = licenses::all(&package.licenses);
    let several = "recorded one by one, without saying whether all apply or any one";
    PackageInformation {
        package_version: Some(package.version.clone()).filter(|version| !version.is_empty()),
        package_supplier: inventory::supplier(package).map(supplier),
        external_reference: purl(package.purl.clone()),
        declared_license: Some(declared(&licenses, references)),
        comments_on_license: (licenses.len() > 1).then(|| several.to_owned()),
        annotations: annotations(inventory::package_properties(package), time),
        ..blank(&package.name, &item.id)
    }
}

/// `Organization: NAME (MAIL)` (SPDX 2.3, section 7.5). Whether a name is a person's cannot be
/// told; who supplies packages is an organisation, if only of one.
fn supplier(text: &str) -> String {
    let parts = text
        .strip_suffix('>')
        .and_then(|text| text.rsplit_once('<'));
    match parts.map(|(name, mail)| (name.trim(), mail.trim())) {
        Some((name, mail)) if !name.is_empty() && !name.contains('<') => {
            format!("Organization: {name} ({mail})")
        }
        _ => format!("Organization: {text}"),
    }
}

fn purl(purl: Option<String>) -> Vec<ExternalPackageReference> {
    let category = ExternalPackageReferenceCategory::PackageManager;
    purl.into_iter()
        .map(|purl| ExternalPackageReference::new(category.clone(), "purl".to_owned(), purl, None))
        .collect()
}

fn annotations(properties: Vec<(String, String)>, time: &str) -> Vec<Annotation> {
    let annotation = |(name, value)| Annotation {
        annotator: TOOL.to_owned(),
        annotation_date: time.parse().unwrap_or_default(),
        annotation_type: AnnotationType::Other,
        spdx_identifier_reference: None,
        annotation_comment: format!("{name}={value}"),
    };
    properties.into_iter().map(annotation).collect()
}

/// Texts that are no expression, each with its `LicenseRef-`.
type References = BTreeMap<String, String>;

fn license_references(items: &[Item<'_>]) -> References {
    let stated = items
        .iter()
        .flat_map(|item| licenses::all(&item.package.licenses));
    let mut references: References = stated
        .filter_map(|license| match license {
            License::Named(text) => Some((text, String::new())),
            // What the crate cannot read back goes the same way.
            License::Identifier(text) | License::Expression(text) => {
                expression(&text).is_none().then(|| (text, String::new()))
            }
        })
        .collect();
    for (number, reference) in (1_u32..).zip(references.values_mut()) {
        *reference = format!("LicenseRef-freehold-{number}");
    }
    references
}

fn expression(text: &str) -> Option<SpdxExpression> {
    serde_json::from_value(json!(text)).ok()
}

/// Several licences are joined by `AND`: whoever heeds all of them heeds any one.
fn declared(licenses: &[License], references: &References) -> SpdxExpression {
    let is_one = licenses.len() == 1;
    let parts: Vec<String> = licenses
        .iter()
        .map(|license| match license {
            License::Identifier(text) | License::Expression(text) | License::Named(text)
                if references.contains_key(text) =>
            {
                references.get(text).cloned().unwrap_or_default()
            }
            License::Expression(text) if !is_one => format!("({text})"),
            License::Identifier(text) | License::Expression(text) | License::Named(text) => {
                text.clone()
            }
        })
        .collect();
    expression(&parts.join(" AND ")).unwrap_or_default()
}

fn extracted(references: &References) -> Vec<OtherLicensingInformationDetected> {
    references
        .iter()
        .map(|(text, id)| OtherLicensingInformationDetected {
            license_identifier: id.clone(),
            extracted_text: text.clone(),
            license_name: NOT_SAID.to_owned(),
            license_cross_reference: Vec::new(),
            license_comment: Some("as the package's own database states it".to_owned()),
        })
        .collect()
}

/// What the document describes, and what contains what. A list that is not complete says so here
/// as well: the image contains something nobody can name (SPDX 2.3, section 11.1).
fn relationships(items: &[Item<'_>], is_incomplete: bool) -> Vec<Relationship> {
    let image = reference(IMAGE);
    let related = |from: &str, kind, to: &str| Relationship::new(from, to, kind, None);
    let mut found = vec![related(
        "SPDXRef-DOCUMENT",
        RelationshipType::Describes,
        &image,
    )];
    for item in items {
        let id = reference(&item.id);
        if !item.is_contained {
            found.push(related(&image, RelationshipType::Contains, &id));
        }
        for contained in &item.contains {
            let contained = reference(contained);
            found.push(related(&id, RelationshipType::Contains, &contained));
        }
    }
    if is_incomplete {
        found.push(related(&image, RelationshipType::Contains, NOT_SAID));
    }
    found
}
