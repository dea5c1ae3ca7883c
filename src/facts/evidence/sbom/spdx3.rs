//! SPDX 3.0 as JSON-LD: a graph of elements in any order, that name one another.
//!
//! Format: SPDX 3.0.1, its JSON schema and context. Elements may stand inside the field that names
//! them, the graph may be a bare object, and a list of one may be written without brackets.

use std::collections::{HashMap, HashSet};

use super::document::{ComponentKind, MAX_COMPONENTS, SbomComponent, SbomDocument};
use super::draft::{CONTAINS, DEPENDS_ON, Draft, file_of, kind_of};
use super::json::{Json, Sink, Take, stream, stream_one};
use super::notes::{Note, Notes};
use super::{Recognised, Refused};
use crate::facts::model::SbomFormat;

const TOP: &[(&str, Take)] = &[("@graph", Take::Each)];

const KEYS: &[&str] = &[
    "type",
    "@type",
    "spdxId",
    "@id",
    "name",
    "creationInfo",
    "created",
    "createdBy",
    "createdUsing",
    "specVersion",
    "rootElement",
    "element",
    "software_sbomType",
    "software_packageVersion",
    "software_packageUrl",
    "software_primaryPurpose",
    "software_contentIdentifier",
    "software_contentIdentifierValue",
    "suppliedBy",
    "originatedBy",
    "externalIdentifier",
    "externalIdentifierType",
    "identifier",
    "verifiedUsing",
    "algorithm",
    "hashValue",
    "from",
    "to",
    "relationshipType",
    "simplelicensing_licenseExpression",
];

/// Words for the same in an expression.
const NOT_STATED: [&str; 2] = ["NOASSERTION", "NONE"];
/// External identifiers that name software (Core, ExternalIdentifierType).
const SOFTWARE: [&str; 5] = ["cpe22", "cpe23", "swid", "swhid", "gitoid"];
/// Licences of SPDX' own list, which need not be in the document.
const LISTED: [&str; 2] = ["https://spdx.org/licenses/", "http://spdx.org/licenses/"];
/// Ends of the identifiers that say that nothing is said (Core and ExpandedLicensing, individuals).
const NOTHING: [&str; 6] = [
    "NoAssertion",
    "None",
    "NoAssertionElement",
    "NoneElement",
    "NoAssertionLicense",
    "NoneLicense",
];

/// Reads a document.
pub(super) fn read(text: &str, recognised: Recognised) -> Result<SbomDocument, Refused> {
    let mut reader = Reader::new();
    reader.draft.document.version = recognised.version;
    if recognised.has_graph {
        stream(text, &mut reader)?;
    } else {
        stream_one(text, "@graph", &mut reader)?;
    }
    Ok(reader.finish())
}

/// When and by whom elements were made.
#[derive(Default)]
struct Creation {
    version: Option<String>,
    created: Option<String>,
    by: Vec<String>,
    using: Vec<String>,
}

/// A document while it is read: what elements name is looked up once all were seen.
struct Reader {
    draft: Draft,
    packages: Vec<(SbomComponent, Vec<String>)>,
    creations: HashMap<String, Creation>,
    /// That of the document, else of the first element.
    creation: Option<String>,
    /// Names of persons, organisations and tools.
    names: HashMap<String, String>,
    /// Texts of licences, and whether they are expressions.
    licenses: HashMap<String, (String, bool)>,
    /// Packages and files, and the licences that relationships give them, those that were concluded
    /// first.
    licensed: Vec<(bool, String, String)>,
    /// What describes what.
    described: Vec<(Option<String>, String)>,
    /// Identifiers of the document and of the collections in it.
    collections: HashSet<String>,
}

impl Reader {
    fn new() -> Self {
        Self {
            draft: Draft::new(SbomFormat::SpdxJsonLd),
            packages: Vec::new(),
            creations: HashMap::new(),
            creation: None,
            names: HashMap::new(),
            licenses: HashMap::new(),
            licensed: Vec::new(),
            described: Vec::new(),
            collections: HashSet::new(),
        }
    }
}

impl Sink for Reader {
    fn top(&self) -> &'static [(&'static str, Take)] {
        TOP
    }

    fn keys(&self) -> &'static [&'static str] {
        KEYS
    }

    fn take(&mut self, _: &'static str, value: &Json<'_>) {
        if self.draft.is_object(value, "@graph") {
            self.element(value);
        }
    }

    fn notes(&mut self) -> &mut Notes {
        &mut self.draft.notes
    }
}

impl Reader {
    /// Takes an element; what it is called by.
    fn element(&mut self, value: &Json<'_>) -> Option<String> {
        let id = ["spdxId", "@id"].map(|key| self.draft.text(value, key));
        let id = id.into_iter().flatten().next();
        let kind = ["type", "@type"].map(|key| self.draft.text(value, key));
        let kind = kind.into_iter().flatten().next().unwrap_or_default();
        // `software_Package`, or the IRI that it stands for.
        let kind = kind.rsplit(['/', '_', '#']).next().unwrap_or_default();
        match kind {
            "CreationInfo" => return Some(self.creation_info(id, value)),
            "Package" | "AIPackage" | "DatasetPackage" => self.package(id.clone(), kind, value),
            "File" => self.file(id.as_deref(), value),
            "SpdxDocument" | "Sbom" | "Bom" | "Bundle" => self.collection(id.clone(), kind, value),
            "Relationship" | "LifecycleScopedRelationship" => self.relationship(value),
            "Agent" | "Person" | "Organization" | "SoftwareAgent" | "Tool" => {
                let name = self.draft.text(value, "name");
                let fits = self.fits(self.names.len());
                if let (Some(id), Some(name), true) = (&id, name, fits) {
                    self.names.insert(id.clone(), name);
                }
            }
            _ => self.license(id.as_ref(), value),
        }
        // An element may define its creation where it names it.
        let creation = self.references(value, "creationInfo").pop();
        if kind == "SpdxDocument" || self.creation.is_none() {
            self.creation = creation.or(self.creation.take());
        }
        id
    }

    /// Whether one more element of a kind is taken.
    fn fits(&mut self, count: usize) -> bool {
        let fits = count < MAX_COMPONENTS;
        if !fits {
            self.draft.notes.add(Note::TooManyComponents);
        }
        fits
    }

    fn creation_info(&mut self, id: Option<String>, value: &Json<'_>) -> String {
        let info = Creation {
            version: self.draft.text(value, "specVersion"),
            created: self.draft.text(value, "created"),
            by: self.references(value, "createdBy"),
            using: self.references(value, "createdUsing"),
        };
        let id = id.unwrap_or_else(|| format!("creation {}", self.creations.len()));
        if self.fits(self.creations.len()) {
            self.creations.insert(id.clone(), info);
        }
        id
    }

    /// The elements that a field names, those that stand in it taken.
    fn references(&mut self, value: &Json<'_>, key: &'static str) -> Vec<String> {
        let mut ids = Vec::new();
        for entry in many(value, key) {
            match entry {
                Json::Text(_) => ids.extend(entry.text().map(str::to_owned)),
                Json::Object(_) => ids.extend(self.element(entry)),
                Json::Null => (),
                _ => self.draft.notes.add(Note::WrongType(key)),
            }
        }
        ids
    }

    fn package(&mut self, id: Option<String>, kind: &str, value: &Json<'_>) {
        if !self.fits(self.packages.len()) {
            return;
        }
        let draft = &mut self.draft;
        let mut component = SbomComponent {
            id,
            name: draft.text(value, "name").unwrap_or_default(),
            version: draft.text(value, "software_packageVersion"),
            purl: draft.text(value, "software_packageUrl"),
            ..SbomComponent::default()
        };
        for identifier in many(value, "externalIdentifier") {
            let kind = draft.text(identifier, "externalIdentifierType");
            let text = draft.text(identifier, "identifier");
            let (Some(kind), Some(text)) = (kind, text) else {
                continue;
            };
            if kind == "packageUrl" && component.purl.is_none() {
                component.purl = Some(text);
            } else if SOFTWARE.contains(&kind.as_str()) {
                component.identifiers.push(text);
            }
        }
        for identifier in many(value, "software_contentIdentifier") {
            let text = draft.text(identifier, "software_contentIdentifierValue");
            component.identifiers.extend(text);
        }
        component.hashes = self.hashes(value);
        let purpose = self.draft.text(value, "software_primaryPurpose");
        let stated = purpose_of(kind, purpose.as_deref().unwrap_or_default());
        component.kind = kind_of(component.purl.as_deref(), stated);
        let mut makers = self.references(value, "suppliedBy");
        makers.extend(self.references(value, "originatedBy"));
        self.packages.push((component, makers));
    }

    fn file(&mut self, id: Option<&str>, value: &Json<'_>) {
        let name = self.draft.text(value, "name").unwrap_or_default();
        let file = file_of(&name, &self.hashes(value));
        self.draft.file(id, file);
    }

    /// Hashes; a package verification code is one of its own kind.
    fn hashes(&mut self, value: &Json<'_>) -> Vec<(String, String)> {
        let mut hashes = Vec::new();
        for method in many(value, "verifiedUsing") {
            let kind = method.get("type").or_else(|| method.get("@type"));
            let is_hash = kind
                .and_then(Json::text)
                .is_none_or(|kind| kind.ends_with("Hash"));
            if is_hash {
                let algorithm = self.draft.text(method, "algorithm");
                let sum = self.draft.text(method, "hashValue");
                hashes.extend(self.draft.hash(algorithm, sum));
            }
        }
        hashes
    }

    fn collection(&mut self, id: Option<String>, kind: &str, value: &Json<'_>) {
        let roots = self.references(value, "rootElement");
        // Elements may be defined in the list of what belongs to the collection.
        self.references(value, "element");
        self.described
            .extend(roots.into_iter().map(|root| (id.clone(), root)));
        let name = self.draft.text(value, "name");
        for context in many(value, "software_sbomType")
            .iter()
            .filter_map(Json::text)
        {
            self.draft.document.contexts.push(context.to_owned());
        }
        let document = &mut self.draft.document;
        if kind == "SpdxDocument" {
            document.identifier = id.clone();
            document.name = name;
        }
        self.collections.extend(id);
    }

    /// Core, Relationship: one `from`, several `to`.
    fn relationship(&mut self, value: &Json<'_>) {
        let from = self.references(value, "from").pop();
        let kind = self.draft.text(value, "relationshipType");
        let to = self.references(value, "to");
        let (Some(from), Some(kind)) = (from, kind) else {
            self.draft.notes.add(Note::Incomplete("relationships"));
            return;
        };
        for to in to.into_iter().filter(|to| !is_nothing(to)) {
            match kind.as_str() {
                "hasConcludedLicense" => self.licensed.push((true, from.clone(), to)),
                "hasDeclaredLicense" => self.licensed.push((false, from.clone(), to)),
                "describes" => self.described.push((Some(from.clone()), to)),
                "contains" => self.draft.relate(&from, CONTAINS, &to),
                "dependsOn" => self.draft.relate(&from, DEPENDS_ON, &to),
                other => self.draft.relate(&from, other, &to),
            }
        }
    }

    /// A licence has an expression, or a name.
    fn license(&mut self, id: Option<&String>, value: &Json<'_>) {
        let expression = self.draft.text(value, "simplelicensing_licenseExpression");
        let is_expression = expression.is_some();
        let text = expression.or_else(|| self.draft.text(value, "name"));
        let fits = self.fits(self.licenses.len());
        if let (Some(id), Some(text), true) = (id, text, fits) {
            self.licenses.insert(id.clone(), (text, is_expression));
        }
    }

    fn finish(mut self) -> SbomDocument {
        self.header();
        let mut licensed: HashMap<String, Vec<(bool, String)>> = HashMap::new();
        for (concluded, from, to) in std::mem::take(&mut self.licensed) {
            licensed.entry(from).or_default().push((!concluded, to));
        }
        for (mut component, makers) in std::mem::take(&mut self.packages) {
            let maker = makers.into_iter().find(|maker| !is_nothing(maker));
            component.supplier = maker.map(|maker| self.name(maker));
            let id = component.id.clone().unwrap_or_default();
            let mut licenses = licensed.remove(&id).unwrap_or_default();
            licenses.sort();
            for (_, license) in licenses {
                let Some((text, is_expression)) = self.license_text(license) else {
                    continue;
                };
                self.draft
                    .license(&mut component.licenses, Some(text), is_expression);
            }
            self.draft.component(component);
        }
        // A document may describe a list of components that describes the image.
        for (from, to) in std::mem::take(&mut self.described) {
            match from {
                Some(from) if !self.collections.contains(&from) => {
                    self.draft.relate(&from, "describes", &to);
                }
                _ if self.collections.contains(&to) => (),
                _ => self.draft.describes(&to),
            }
        }
        self.draft.finish()
    }

    fn header(&mut self) {
        let creation = self.creation.take();
        let creation = creation.and_then(|id| self.creations.remove(&id));
        let only = || self.creations.drain().map(|(_, creation)| creation).next();
        let Some(creation) = creation.or_else(only) else {
            return;
        };
        let authors = creation.by.into_iter().map(|id| self.name(id)).collect();
        let tools = creation.using.into_iter().map(|id| self.name(id)).collect();
        let document = &mut self.draft.document;
        document.version = creation.version.or(document.version.take());
        document.created = creation.created;
        document.authors = authors;
        document.tools = tools;
    }

    /// The name of an element, else its identifier: it may be defined in another document.
    fn name(&self, id: String) -> String {
        self.names.get(&id).cloned().unwrap_or(id)
    }

    /// The text of a licence; none where it says that nothing is said.
    fn license_text(&self, id: String) -> Option<(String, bool)> {
        if let Some((text, is_expression)) = self.licenses.get(&id) {
            let stated = !NOT_STATED.contains(&text.trim());
            return stated.then(|| (text.clone(), *is_expression));
        }
        let listed = LISTED.iter().find_map(|list| id.strip_prefix(list));
        Some(match listed {
            Some(listed) => (listed.to_owned(), true),
            None => (id, false),
        })
    }
}

/// Software, SoftwarePurpose; a model and a set of data are packages of other kinds.
fn purpose_of(kind: &str, purpose: &str) -> ComponentKind {
    if kind != "Package" {
        return ComponentKind::Other;
    }
    match purpose {
        "container" | "filesystemImage" | "diskImage" => ComponentKind::Image,
        "operatingSystem" => ComponentKind::OperatingSystem,
        "file" => ComponentKind::File,
        "data" | "device" | "deviceDriver" | "firmware" | "model" | "other" | "platform" => {
            ComponentKind::Other
        }
        _ => ComponentKind::Package,
    }
}

/// Whether an identifier says that nothing is said, or that there is nothing.
fn is_nothing(id: &str) -> bool {
    let name = id.rsplit(['/', '_', '#']).next().unwrap_or_default();
    NOTHING.contains(&name)
}

/// The entries of a list, or the one that stands without brackets.
fn many<'v, 'a>(value: &'v Json<'a>, key: &str) -> &'v [Json<'a>] {
    match value.get(key) {
        Some(Json::List(values)) => values,
        Some(Json::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}
