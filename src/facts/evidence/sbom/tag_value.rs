//! SPDX 2 tag-value, brought into the shape that its JSON has.
//!
//! Format: SPDX 2.3: `Tag: value` in a line, or `<text>…</text>` over several (annex F of 2.2,
//! clause 6 onwards for the tags); a name or identifier starts the next element.

use super::Refused;
use super::document::SbomDocument;
use super::json::{Json, MAX_TEXT, Sink};
use super::notes::Note;
use super::spdx2::Reader;
use crate::facts::model::SbomFormat;

const OPEN: &str = "<text>";
const CLOSE: &str = "</text>";

/// Tags whose value is a field of the element they stand in.
const FIELDS: [(&str, &str); 13] = [
    ("SPDXID", "SPDXID"),
    ("PackageVersion", "versionInfo"),
    ("PackageSupplier", "supplier"),
    ("PackageOriginator", "originator"),
    ("PackageLicenseConcluded", "licenseConcluded"),
    ("PackageLicenseDeclared", "licenseDeclared"),
    ("PrimaryPackagePurpose", "primaryPackagePurpose"),
    ("PackageSourceInfo", "sourceInfo"),
    ("Created", "created"),
    ("CreatorComment", "comment"),
    ("SPDXVersion", "spdxVersion"),
    ("DocumentNamespace", "documentNamespace"),
    ("DocumentName", "name"),
];

/// Reads a document.
pub(super) fn read(text: &str) -> Result<SbomDocument, Refused> {
    let mut lines = Lines {
        reader: Reader::new(SbomFormat::SpdxTagValue),
        element: Json::object(),
        kind: Kind::Document,
        package: None,
    };
    let mut rest = text;
    while let Some((line, after)) = next_line(rest) {
        let from_here = rest;
        rest = after;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = line.split_once(':') else {
            lines.reader.draft.notes.add(Note::NoTag);
            continue;
        };
        let value = value.trim();
        if value.starts_with(OPEN) {
            let (value, after) = long_value(from_here)?;
            rest = after;
            lines.tag(tag.trim(), value);
        } else {
            lines.tag(tag.trim(), value);
        }
    }
    lines.close();
    Ok(lines.reader.draft.finish())
}

fn next_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    Some(text.split_once('\n').unwrap_or((text, "")))
}

/// The first value in `<text>` of a text, which may go on over lines, and what comes after its last
/// line.
fn long_value(text: &str) -> Result<(&str, &str), Refused> {
    let unclosed = || Refused::Malformed("a `<text>` is never closed".to_owned());
    let (_, behind) = text.split_once(OPEN).ok_or_else(unclosed)?;
    let (inside, after) = behind.split_once(CLOSE).ok_or_else(unclosed)?;
    let after = after.split_once('\n').map_or("", |(_, after)| after);
    Ok((inside.trim(), after))
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Document,
    Package,
    File,
    /// A snippet, an extracted licence, an annotation, a review: not read.
    Other,
}

/// The lines so far.
struct Lines<'a> {
    reader: Reader,
    /// The element that is being read.
    element: Json<'a>,
    kind: Kind,
    /// Identifier of the package that files belong to (clause 7.1: files follow their package).
    package: Option<String>,
}

impl<'a> Lines<'a> {
    fn tag(&mut self, tag: &str, value: &'a str) {
        if value.len() > MAX_TEXT {
            self.reader.draft.notes.add(Note::LongText);
            return;
        }
        match tag {
            "PackageName" => self.open(Kind::Package, "name", value),
            "FileName" => self.open(Kind::File, "fileName", value),
            "SnippetSPDXID" | "SnippetSPDXIdentifier" | "LicenseID" => {
                self.close();
                self.kind = Kind::Other;
            }
            "Relationship" => self.relationship(value),
            "Creator" => self.push("creators", Json::borrowed(value)),
            "PackageChecksum" | "FileChecksum" => self.checksum(value),
            "ExternalRef" => self.reference(value),
            _ => self.field(tag, value),
        }
    }

    fn open(&mut self, kind: Kind, key: &'static str, value: &'a str) {
        self.close();
        self.kind = kind;
        self.element.set(key, Json::borrowed(value));
    }

    /// Hands on the element that was being read.
    fn close(&mut self) {
        let element = std::mem::replace(&mut self.element, Json::object());
        let id = element
            .get("SPDXID")
            .and_then(Json::text)
            .map(str::to_owned);
        match self.kind {
            Kind::Document => self.document(&element),
            Kind::Package => {
                self.package = id;
                self.reader.take("packages", &element);
            }
            Kind::File => {
                if let (Some(package), Some(file)) = (&self.package, &id) {
                    self.reader
                        .draft
                        .relate(package, super::draft::CONTAINS, file);
                }
                self.reader.take("files", &element);
            }
            Kind::Other => (),
        }
    }

    fn document(&mut self, element: &Json<'a>) {
        for key in ["spdxVersion", "documentNamespace", "name"] {
            if let Some(value) = element.get(key) {
                self.reader.take(key, value);
            }
        }
        self.reader.take("creationInfo", element);
    }

    fn field(&mut self, tag: &str, value: &'a str) {
        let Some((_, key)) = FIELDS.iter().find(|(name, _)| *name == tag) else {
            return;
        };
        if self.kind != Kind::Other && !self.element.set(key, Json::borrowed(value)) {
            self.reader.draft.notes.add(Note::DuplicateKey);
        }
    }

    fn push(&mut self, key: &'static str, value: Json<'a>) {
        if self.kind == Kind::Other {
            return;
        }
        if let Json::Object(fields) = &mut self.element {
            let list = fields.iter_mut().find(|(name, _)| *name == key);
            match list {
                Some((_, Json::List(values))) => values.push(value),
                _ => fields.push((key, Json::List(vec![value]))),
            }
        }
    }

    /// `SHA1: 85ed…` (clause 7.10).
    fn checksum(&mut self, value: &'a str) {
        let (algorithm, sum) = value.split_once(':').unwrap_or(("", value));
        let mut checksum = Json::object();
        checksum.set("algorithm", Json::borrowed(algorithm.trim()));
        checksum.set("checksumValue", Json::borrowed(sum.trim()));
        self.push("checksums", checksum);
    }

    /// `CATEGORY TYPE LOCATOR` (clause 7.21).
    fn reference(&mut self, value: &'a str) {
        let mut parts = value.split_whitespace();
        let (_, kind, locator) = (parts.next(), parts.next(), parts.next());
        let mut reference = Json::object();
        reference.set("referenceType", Json::borrowed(kind.unwrap_or_default()));
        reference.set(
            "referenceLocator",
            Json::borrowed(locator.unwrap_or_default()),
        );
        self.push("externalRefs", reference);
    }

    /// `FROM KIND TO` (clause 11.1).
    fn relationship(&mut self, value: &'a str) {
        let mut parts = value.split_whitespace();
        let mut relationship = Json::object();
        for key in ["spdxElementId", "relationshipType", "relatedSpdxElement"] {
            relationship.set(key, Json::borrowed(parts.next().unwrap_or_default()));
        }
        self.reader.take("relationships", &relationship);
    }
}
