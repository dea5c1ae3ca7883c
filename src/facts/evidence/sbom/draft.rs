//! An SBOM while it is read: the caps, the identifiers, the relationships, and which component is
//! the subject.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::document::{
    ComponentKind, MAX_COMPONENTS, MAX_FILES, SbomComponent, SbomDocument, SbomFile, SbomLicense,
};
use super::json::Json;
use super::notes::{Note, Notes};
use crate::facts::model::SbomFormat;

/// Relationships taken of one SBOM, twelve bytes each.
pub(super) const MAX_RELATIONSHIPS: usize = 2_000_000;
/// Identifiers told of those that two elements share.
const MAX_DUPLICATES: usize = 16;
/// Licences taken of one component.
pub(super) const MAX_LICENSES: usize = 1_000;

/// Kinds of relationships that say that one element is part of another, as they are kept here.
pub(super) const CONTAINS: &str = "contains";
/// That one element needs another.
pub(super) const DEPENDS_ON: &str = "depends_on";

/// An SBOM while it is read.
pub(super) struct Draft {
    /// What is read so far.
    pub(super) document: SbomDocument,
    /// What was left out.
    pub(super) notes: Notes,
    /// Identifiers that the document says it describes, the first two: only one alone matters.
    described: BTreeSet<String>,
    /// Identifiers of all elements.
    ids: HashSet<Box<str>>,
    /// Numbers of the texts that relationships name.
    names: HashMap<Box<str>, u32>,
    /// From, kind, to.
    relations: HashSet<(u32, u32, u32)>,
}

impl Draft {
    /// A document of which nothing but the format is known.
    pub(super) fn new(format: SbomFormat) -> Self {
        Self {
            document: SbomDocument {
                format,
                version: None,
                identifier: None,
                name: None,
                created: None,
                authors: Vec::new(),
                tools: Vec::new(),
                contexts: Vec::new(),
                subject: None,
                components: Vec::new(),
                files: Vec::new(),
                relationships: 0,
                related: Vec::new(),
                duplicate_ids: Vec::new(),
                unread: Vec::new(),
            },
            notes: Notes::default(),
            described: BTreeSet::new(),
            ids: HashSet::new(),
            names: HashMap::new(),
            relations: HashSet::new(),
        }
    }

    /// Takes a component. One without a name is kept: it is a component all the same.
    pub(super) fn component(&mut self, component: SbomComponent) {
        if self.document.components.len() >= MAX_COMPONENTS {
            self.notes.add(Note::TooManyComponents);
            return;
        }
        if component.name.is_empty() {
            self.notes.add(Note::NoName);
        }
        self.element(component.id.as_deref());
        self.document.components.push(component);
    }

    /// Takes a file with its identifier.
    pub(super) fn file(&mut self, id: Option<&str>, file: SbomFile) {
        if self.document.files.len() >= MAX_FILES {
            self.notes.add(Note::TooManyFiles);
            return;
        }
        self.element(id);
        self.document.files.push(file);
    }

    /// Remembers the identifier of an element, and that two share it.
    pub(super) fn element(&mut self, id: Option<&str>) {
        let Some(id) = id else { return };
        if !self.ids.insert(id.into()) {
            let told = &mut self.document.duplicate_ids;
            if told.len() < MAX_DUPLICATES && !told.iter().any(|other| other == id) {
                told.push(id.to_owned());
            }
        }
    }

    /// Takes a relationship. One that is stated twice counts once.
    pub(super) fn relate(&mut self, from: &str, kind: &str, to: &str) {
        let relation = (self.number(from), self.number(kind), self.number(to));
        if self.relations.len() < MAX_RELATIONSHIPS {
            self.relations.insert(relation);
        } else if !self.relations.contains(&relation) {
            self.notes.add(Note::TooManyRelationships);
        }
    }

    /// The number of a text; those over the limit share one.
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.names.get(text) {
            return number;
        }
        if self.names.len() >= MAX_RELATIONSHIPS {
            return u32::MAX;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.insert(text.into(), number);
        number
    }

    /// A field that should hold a text.
    pub(super) fn text(&mut self, value: &Json<'_>, key: &'static str) -> Option<String> {
        match value.get(key)? {
            text @ Json::Text(_) => text.text().map(str::to_owned),
            Json::Null => None,
            _ => {
                self.notes.add(Note::WrongType(key));
                None
            }
        }
    }

    /// The entries of a field that should hold a list.
    pub(super) fn list<'v, 'a>(
        &mut self,
        value: &'v Json<'a>,
        key: &'static str,
    ) -> &'v [Json<'a>] {
        match value.get(key) {
            Some(Json::List(values)) => values,
            None | Some(Json::Null) => &[],
            Some(_) => {
                self.notes.add(Note::WrongType(key));
                &[]
            }
        }
    }

    /// A field that should hold an object; anything else is like an empty one.
    pub(super) fn object<'v, 'a>(
        &mut self,
        value: &'v Json<'a>,
        key: &'static str,
    ) -> Option<&'v Json<'a>> {
        match value.get(key) {
            Some(object @ Json::Object(_)) => Some(object),
            None | Some(Json::Null) => None,
            Some(_) => {
                self.notes.add(Note::WrongType(key));
                None
            }
        }
    }

    /// The texts of a field that should hold a list of texts.
    pub(super) fn texts(&mut self, value: &Json<'_>, key: &'static str) -> Vec<String> {
        let mut texts = Vec::new();
        for entry in self.list(value, key) {
            match entry {
                Json::Text(_) => texts.extend(entry.text().map(str::to_owned)),
                Json::Null => (),
                _ => self.notes.add(Note::WrongType(key)),
            }
        }
        texts
    }

    /// A hash in the one form: `SHA-256`, `SHA256` and `sha256` are the same algorithm.
    pub(super) fn hash(
        &mut self,
        algorithm: Option<String>,
        value: Option<String>,
    ) -> Option<(String, String)> {
        let mut algorithm = algorithm?.to_ascii_lowercase();
        algorithm.retain(|c| c != '-' && c != '_');
        let value = value?.trim().to_ascii_lowercase();
        let is_hex = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex {
            self.notes.add(Note::OddHash);
        }
        is_hex.then_some((algorithm, value))
    }

    /// Remembers that the document describes an element.
    pub(super) fn describes(&mut self, id: &str) {
        if self.described.len() < 2 {
            self.described.insert(id.to_owned());
        }
    }

    /// Adds a licence that is not there yet.
    pub(super) fn license(
        &mut self,
        licenses: &mut Vec<SbomLicense>,
        text: Option<String>,
        is_expression: bool,
    ) {
        let Some(text) = text else { return };
        if licenses.len() >= MAX_LICENSES {
            self.notes.add(Note::TooManyLicenses);
        } else if !licenses.iter().any(|other| other.text == text) {
            licenses.push(SbomLicense {
                text,
                is_expression,
            });
        }
    }

    /// The document, once all of it was read.
    pub(super) fn finish(mut self) -> SbomDocument {
        self.choose_subject();
        self.document.relationships = u64::try_from(self.relations.len()).unwrap_or(u64::MAX);
        self.document.related = self.related();
        self.document.unread = self.notes.lines();
        self.document
    }

    /// The one component that the document says it describes. It is none of the components, unless
    /// it is a package like the others: the one package of a document about a package.
    fn choose_subject(&mut self) {
        if let Some(subject) = &self.document.subject {
            // CycloneDX names it apart from the components.
            let listed = |other: &SbomComponent| subject.id.is_some() && other.id == subject.id;
            if self.is_package(subject) && !self.document.components.iter().any(listed) {
                let subject = subject.clone();
                self.document.components.insert(0, subject);
            }
            return;
        }
        let [id] = self.described.iter().collect::<Vec<_>>()[..] else {
            return;
        };
        let is_it = |component: &SbomComponent| component.id.as_ref() == Some(id);
        let Some(at) = self.document.components.iter().position(is_it) else {
            return;
        };
        let Some(subject) = self.document.components.get(at).cloned() else {
            return;
        };
        if !self.is_package(&subject) {
            self.document.components.remove(at);
        }
        self.document.subject = Some(subject);
    }

    /// Whether a subject is one of the packages: no image, operating system or file (Syft's
    /// word for a directory), and either
    /// named as a package by a purl or without another component in it. CycloneDX' subject has
    /// all of the others in it.
    fn is_package(&self, subject: &SbomComponent) -> bool {
        if matches!(
            subject.kind,
            ComponentKind::Image | ComponentKind::OperatingSystem | ComponentKind::File
        ) {
            return false;
        }
        subject.purl.is_some() || (self.document.subject.is_none() && !self.holds_others(subject))
    }

    /// Whether components are part of a component, or needed by it.
    fn holds_others(&self, subject: &SbomComponent) -> bool {
        let number = |id: Option<&str>| id.and_then(|id| self.names.get(id)).copied();
        let others: HashSet<u32> = self
            .document
            .components
            .iter()
            .filter(|other| other.id != subject.id)
            .filter_map(|other| number(other.id.as_deref()))
            .collect();
        let kinds = [number(Some(CONTAINS)), number(Some(DEPENDS_ON))];
        let from = number(subject.id.as_deref());
        self.relations.iter().any(|(parent, kind, child)| {
            Some(*parent) == from && kinds.contains(&Some(*kind)) && others.contains(child)
        })
    }

    /// Identifiers of components on either side of a relationship.
    fn related(&self) -> Vec<String> {
        let ends: HashSet<u32> = self
            .relations
            .iter()
            .flat_map(|&(from, _, to)| [from, to])
            .collect();
        let subject = self.document.subject.iter();
        let ids = subject
            .chain(&self.document.components)
            .filter_map(|component| component.id.as_deref());
        let is_related = |id: &&str| {
            let number = self.names.get(*id);
            number.is_some_and(|number| ends.contains(number))
        };
        let related: BTreeSet<&str> = ids.filter(is_related).collect();
        related.into_iter().map(str::to_owned).collect()
    }
}

/// A path without `./` or `/` in front.
pub(super) fn relative(path: &str) -> &str {
    let path = path
        .strip_prefix('.')
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(path);
    path.trim_start_matches('/')
}

/// The kind that a purl settles: images have types of their own (purl-spec, types `oci` and
/// `docker`).
pub(super) fn kind_of(purl: Option<&str>, stated: ComponentKind) -> ComponentKind {
    match purl {
        Some(purl) if purl.starts_with("pkg:oci/") || purl.starts_with("pkg:docker/") => {
            ComponentKind::Image
        }
        Some(_) if stated == ComponentKind::Other => ComponentKind::Package,
        _ => stated,
    }
}

/// A file with the hashes that files are compared by.
pub(super) fn file_of(path: &str, hashes: &[(String, String)]) -> SbomFile {
    let hash = |wanted: &str| {
        let found = hashes.iter().find(|(algorithm, _)| algorithm == wanted)?;
        Some(found.1.clone())
    };
    SbomFile {
        path: relative(path).to_owned(),
        sha256: hash("sha256"),
        sha1: hash("sha1"),
    }
}

impl Draft {
    /// A value that should be a text.
    pub(super) fn plain(&mut self, value: &Json<'_>, key: &'static str) -> Option<String> {
        if !matches!(value, Json::Text(_) | Json::Null) {
            self.notes.add(Note::WrongType(key));
        }
        value.text().map(str::to_owned)
    }

    /// Whether an entry of a list is an object, as it should be.
    pub(super) fn is_object(&mut self, value: &Json<'_>, key: &'static str) -> bool {
        let is_object = matches!(value, Json::Object(_));
        if !is_object && *value != Json::Null {
            self.notes.add(Note::WrongType(key));
        }
        is_object
    }
}
