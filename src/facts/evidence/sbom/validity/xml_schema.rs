//! The official XML schemas of CycloneDX, each compiled once.

use std::sync::OnceLock;

use uppsala::{Parser, XsdValidator};

use super::reasons::Reasons;
use super::{strict, unchecked};
use crate::facts::model::SbomValidity;

/// Levels an XML document may be nested: as many as [`super::MAX_DEPTH`] allows JSON, whose
/// arrays XML has as elements too.
const MAX_DEPTH: u32 = 127;

/// Levels of one that the strict parser is given (see there), and no document type either.
const MAX_STRICT_DEPTH: u32 = 32;

/// Attributes of one element; the parser compares each with each. CycloneDX has five.
const MAX_ATTRIBUTES: usize = 256;

/// A schema that is part of the program.
pub(super) struct XmlSchema {
    version: &'static str,
    text: &'static str,
    compiled: OnceLock<Option<XsdValidator>>,
}

/// The SPDX licence list, which all of them import.
const LICENSES: &str = include_str!("schemas/spdx.xsd");

/// CycloneDX by version, the newest last.
static CYCLONEDX: [XmlSchema; 8] = [
    XmlSchema::new("1.0", include_str!("schemas/bom-1.0.xsd")),
    XmlSchema::new("1.1", include_str!("schemas/bom-1.1.xsd")),
    XmlSchema::new("1.2", include_str!("schemas/bom-1.2.xsd")),
    XmlSchema::new("1.3", include_str!("schemas/bom-1.3.xsd")),
    XmlSchema::new("1.4", include_str!("schemas/bom-1.4.xsd")),
    XmlSchema::new("1.5", include_str!("schemas/bom-1.5.xsd")),
    XmlSchema::new("1.6", include_str!("schemas/bom-1.6.xsd")),
    XmlSchema::new("1.7", include_str!("schemas/bom-1.7.xsd")),
];

/// The schema of a version of CycloneDX XML; the newest where none is stated.
pub(super) fn cyclonedx(version: Option<&str>) -> Option<&'static XmlSchema> {
    match version {
        Some(version) => CYCLONEDX.iter().find(|schema| schema.version == version),
        None => CYCLONEDX.last(),
    }
}

impl XmlSchema {
    const fn new(version: &'static str, text: &'static str) -> Self {
        Self {
            version,
            text,
            compiled: OnceLock::new(),
        }
    }

    /// Checks a document. One that declares a document type is refused unread: CycloneDX has none,
    /// and what it declares are entities.
    pub(super) fn check(&self, bytes: &[u8]) -> SbomValidity {
        let name = format!("CycloneDX {} XML schema", self.version);
        let Ok(text) = std::str::from_utf8(bytes) else {
            return unchecked("it is not UTF-8");
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if has_crowded_element(text) {
            return unchecked(format!(
                "an element has more than {MAX_ATTRIBUTES} attributes"
            ));
        }
        let compiled = self.compiled.get_or_init(|| compile(self.text));
        let Some(validator) = compiled else {
            return unchecked(format!("the {name} could not be used"));
        };
        let mut reasons = Reasons::default();
        match parser(MAX_DEPTH).parse(text) {
            Ok(document) => {
                for error in validator.validate(&document) {
                    reasons.push("", error);
                    if reasons.is_full() {
                        break;
                    }
                }
            }
            Err(error) => reasons.push("", error),
        }
        let mut validity = reasons.verdict(&name);
        if parser(MAX_STRICT_DEPTH).parse(text).is_ok() {
            strict::cyclonedx_xml(Some(self.version), text).write_to(&mut validity);
        }
        validity
    }
}

/// Whether an element may have more attributes than [`MAX_ATTRIBUTES`], namespaces included. `<` stands
/// in no value of an attribute (XML 1.0, section 2.3); what stands in comments is counted too.
fn has_crowded_element(text: &str) -> bool {
    text.split('<').any(|element| {
        let mut quote = None;
        let mut attributes = 0usize;
        for byte in element.bytes() {
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => attributes = attributes.saturating_add(1),
                (None, b'>') => break,
                _ => {}
            }
        }
        attributes > MAX_ATTRIBUTES
    })
}

fn parser(levels: u32) -> Parser {
    Parser::new().with_max_depth(levels).with_forbid_dtd(true)
}

fn compile(text: &str) -> Option<XsdValidator> {
    let text = self_contained(text)?;
    let document = Parser::new().parse(&text).ok()?;
    XsdValidator::from_schema(&document).ok()
}

/// A schema of CycloneDX with the licence list in it as a type of its own, instead of an import: an
/// import would have to be a file.
fn self_contained(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("<xs:import ")?;
    let (_, after) = rest.split_once("/>")?;
    let (_, licenses) = LICENSES.split_once("<xs:simpleType name=\"licenseId\">")?;
    let (licenses, _) = licenses.split_once("</xs:simpleType>")?;
    let (schema, _) = after.rsplit_once("</xs:schema>")?;
    let schema = schema.replace("\"spdx:licenseId\"", "\"bom:spdxLicenseId\"");
    Some(format!(
        "{before}{schema}<xs:simpleType name=\"spdxLicenseId\">{licenses}</xs:simpleType></xs:schema>"
    ))
}
