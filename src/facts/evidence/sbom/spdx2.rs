//! SPDX 2.2 and 2.3, as JSON; tag-value is brought into the same shape.
//!
//! Format: SPDX 2.3 (clauses 6 to 12) and its JSON schema; 2.2 has a subset of the fields.

use super::Refused;
use super::document::{ComponentKind, SbomComponent, SbomDocument};
use super::draft::{CONTAINS, DEPENDS_ON, Draft, file_of, kind_of};
use super::json::{Json, Sink, Take, stream};
use super::notes::{Note, Notes};
use crate::facts::model::SbomFormat;

/// Identifier of the document itself (clause 6.3).
const DOCUMENT: &str = "SPDXRef-DOCUMENT";
/// SPDX' words for "not stated" and "there is none".
const NOT_STATED: [&str; 2] = ["NOASSERTION", "NONE"];
/// Words for when an SBOM was made, as CISA's "Types of Software Bill of Material Documents" (2023)
/// introduces them: SPDX 2 has no field for it, so it stands in comments.
const CONTEXT_WORDS: [&str; 3] = ["sbom type", "type of sbom", "lifecycle"];
/// What identifiers begin with of the packages by which Trivy stands for a lock file or a program
/// and the packages in it.
const TRIVY_GROUP: &str = "SPDXRef-Application-";
/// What stands in front of the paths in Syft's `sourceInfo`.
const SYFT_SOURCE: &str = "acquired package info";

const TOP: &[(&str, Take)] = &[
    ("spdxVersion", Take::Whole),
    ("documentNamespace", Take::Whole),
    ("name", Take::Whole),
    ("comment", Take::Whole),
    ("creationInfo", Take::Whole),
    ("documentDescribes", Take::Each),
    ("packages", Take::Each),
    ("files", Take::Each),
    ("relationships", Take::Each),
];

const KEYS: &[&str] = &[
    "SPDXID",
    "name",
    "versionInfo",
    "supplier",
    "originator",
    "licenseConcluded",
    "licenseDeclared",
    "checksums",
    "algorithm",
    "checksumValue",
    "externalRefs",
    "referenceCategory",
    "referenceType",
    "referenceLocator",
    "primaryPackagePurpose",
    "sourceInfo",
    "hasFiles",
    "fileName",
    "spdxElementId",
    "relationshipType",
    "relatedSpdxElement",
    "created",
    "creators",
    "comment",
];

/// Reads a document.
pub(super) fn read(text: &str) -> Result<SbomDocument, Refused> {
    let mut reader = Reader::new(SbomFormat::SpdxJson);
    stream(text, &mut reader)?;
    Ok(reader.draft.finish())
}

/// A document while it is read.
pub(super) struct Reader {
    /// What is read so far.
    pub(super) draft: Draft,
}

impl Reader {
    /// Nothing read yet.
    pub(super) fn new(format: SbomFormat) -> Self {
        let draft = Draft::new(format);
        Self { draft }
    }
}

impl Sink for Reader {
    fn top(&self) -> &'static [(&'static str, Take)] {
        TOP
    }

    fn keys(&self) -> &'static [&'static str] {
        KEYS
    }

    fn take(&mut self, key: &'static str, value: &Json<'_>) {
        match key {
            "packages" => self.package(value),
            "files" => self.file(value),
            "relationships" => self.relationship(value),
            "documentDescribes" => {
                if let Some(id) = self.draft.plain(value, key) {
                    self.draft.describes(&id);
                }
            }
            "creationInfo" => self.creation(value),
            _ => self.header(key, value),
        }
    }

    fn notes(&mut self) -> &mut Notes {
        &mut self.draft.notes
    }
}

impl Reader {
    fn header(&mut self, key: &'static str, value: &Json<'_>) {
        let text = self.draft.plain(value, key);
        let document = &mut self.draft.document;
        match key {
            "spdxVersion" => document.version = text.map(|text| without("SPDX-", &text)),
            "documentNamespace" => document.identifier = text,
            "name" => document.name = text,
            _ => self.context(text),
        }
    }

    fn creation(&mut self, value: &Json<'_>) {
        self.draft.document.created = self.draft.text(value, "created");
        for creator in self.draft.texts(value, "creators") {
            let document = &mut self.draft.document;
            match creator.trim_start().strip_prefix("Tool:") {
                Some(tool) => document.tools.push(tool.trim().to_owned()),
                None => document.authors.extend(person(&creator)),
            }
        }
        let comment = self.draft.text(value, "comment");
        self.context(comment);
    }

    fn context(&mut self, comment: Option<String>) {
        let Some(comment) = comment else { return };
        let words = comment.to_lowercase();
        if CONTEXT_WORDS.iter().any(|word| words.contains(word)) {
            self.draft.document.contexts.push(comment);
        }
    }

    fn package(&mut self, value: &Json<'_>) {
        if !self.draft.is_object(value, "packages") {
            return;
        }
        let draft = &mut self.draft;
        let id = draft.text(value, "SPDXID");
        for file in draft.texts(value, "hasFiles") {
            draft.relate(id.as_deref().unwrap_or_default(), CONTAINS, &file);
        }
        let mut component = SbomComponent {
            name: draft.text(value, "name").unwrap_or_default(),
            version: draft.text(value, "versionInfo"),
            hashes: self.hashes(value),
            id,
            ..SbomComponent::default()
        };
        self.references(value, &mut component);
        let draft = &mut self.draft;
        let makers = ["supplier", "originator"].map(|key| draft.text(value, key));
        component.supplier = makers.iter().flatten().find_map(|maker| person(maker));
        for key in ["licenseConcluded", "licenseDeclared"] {
            let license = draft.text(value, key);
            let license = license.filter(|text| !NOT_STATED.contains(&text.trim()));
            draft.license(&mut component.licenses, license, true);
        }
        let stated = self.purpose(value, &component);
        component.kind = kind_of(component.purl.as_deref(), stated);
        component.paths = self.paths(value);
        self.draft.component(component);
    }

    /// Clause 7.24. Tag-value and Trivy write `OPERATING-SYSTEM`, the schema `OPERATING_SYSTEM`.
    fn purpose(&mut self, value: &Json<'_>, component: &SbomComponent) -> ComponentKind {
        let purpose = self.draft.text(value, "primaryPackagePurpose");
        let id = component.id.as_deref().unwrap_or_default();
        let is_group = id.starts_with(TRIVY_GROUP) && component.version.is_none();
        match purpose.unwrap_or_default().replace('-', "_").as_str() {
            "CONTAINER" => ComponentKind::Image,
            "OPERATING_SYSTEM" => ComponentKind::OperatingSystem,
            "FILE" => ComponentKind::File,
            "DEVICE" | "FIRMWARE" | "OTHER" => ComponentKind::Other,
            "APPLICATION" if is_group => ComponentKind::Other,
            _ => ComponentKind::Package,
        }
    }

    /// Clause 7.21: purls are of the category PACKAGE-MANAGER, which the schema of 2.2 spells with
    /// an underscore; the type alone says enough.
    fn references(&mut self, value: &Json<'_>, component: &mut SbomComponent) {
        for reference in self.draft.list(value, "externalRefs") {
            let kind = self.draft.text(reference, "referenceType");
            let locator = self.draft.text(reference, "referenceLocator");
            let (Some(kind), Some(locator)) = (kind, locator) else {
                continue;
            };
            // A type may be an IRI that ends in its name (annex F).
            match kind.rsplit('/').next().unwrap_or_default() {
                "purl" if component.purl.is_none() => component.purl = Some(locator),
                "cpe22Type" | "cpe23Type" | "swid" | "swh" | "gitoid" => {
                    component.identifiers.push(locator);
                }
                _ => (),
            }
        }
    }

    fn hashes(&mut self, value: &Json<'_>) -> Vec<(String, String)> {
        let mut hashes = Vec::new();
        for checksum in self.draft.list(value, "checksums") {
            let algorithm = self.draft.text(checksum, "algorithm");
            let sum = self.draft.text(checksum, "checksumValue");
            hashes.extend(self.draft.hash(algorithm, sum));
        }
        hashes
    }

    /// Where Syft found a package: `acquired package info from DPKG DB: /a, /b`.
    fn paths(&mut self, value: &Json<'_>) -> Vec<String> {
        let Some(source) = self.draft.text(value, "sourceInfo") else {
            return Vec::new();
        };
        let paths = source.split_once(": ").map(|(_, paths)| paths);
        let paths = paths.filter(|_| source.starts_with(SYFT_SOURCE));
        let paths = paths.unwrap_or_default().split(", ");
        paths
            .filter(|path| path.starts_with('/'))
            .map(str::to_owned)
            .collect()
    }

    fn file(&mut self, value: &Json<'_>) {
        if !self.draft.is_object(value, "files") {
            return;
        }
        let id = self.draft.text(value, "SPDXID");
        let name = self.draft.text(value, "fileName").unwrap_or_default();
        let file = file_of(&name, &self.hashes(value));
        self.draft.file(id.as_deref(), file);
    }

    /// Clause 11.1. Those that stand both ways round are turned the same way, so that a pair that is
    /// stated twice counts once.
    fn relationship(&mut self, value: &Json<'_>) {
        if !self.draft.is_object(value, "relationships") {
            return;
        }
        let from = self.draft.text(value, "spdxElementId");
        let kind = self.draft.text(value, "relationshipType");
        let to = self.draft.text(value, "relatedSpdxElement");
        let (Some(from), Some(kind), Some(to)) = (from, kind, to) else {
            self.draft.notes.add(Note::Incomplete("relationships"));
            return;
        };
        if NOT_STATED.contains(&to.as_str()) {
            return;
        }
        match kind.replace('-', "_").as_str() {
            "DESCRIBES" if from == DOCUMENT => self.draft.describes(&to),
            "DESCRIBED_BY" if to == DOCUMENT => self.draft.describes(&from),
            "CONTAINS" => self.draft.relate(&from, CONTAINS, &to),
            "CONTAINED_BY" => self.draft.relate(&to, CONTAINS, &from),
            "DEPENDS_ON" => self.draft.relate(&from, DEPENDS_ON, &to),
            "DEPENDENCY_OF" => self.draft.relate(&to, DEPENDS_ON, &from),
            other => self.draft.relate(&from, other, &to),
        }
    }
}

/// `Organization: X (mail)` and `Person: X` without what kind of maker it is.
fn person(text: &str) -> Option<String> {
    let text = text.trim();
    let kinds = ["Organization:", "Person:"];
    let name = kinds.iter().find_map(|kind| text.strip_prefix(kind));
    let name = name.unwrap_or(text).trim();
    // `Person: ()` is what is left of a template.
    let stated = !name.is_empty() && name != "()" && !NOT_STATED.contains(&name);
    stated.then(|| name.to_owned())
}

fn without(prefix: &str, text: &str) -> String {
    let text = text.trim();
    text.strip_prefix(prefix).unwrap_or(text).to_owned()
}
