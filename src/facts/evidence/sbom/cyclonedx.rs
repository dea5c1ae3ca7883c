//! CycloneDX 1.2 to 1.7, as JSON; XML is brought into the same shape.
//!
//! Format: the JSON schemas of the specification (ECMA-424), `bom-1.2.schema.json` to `bom-1.7`.

use super::Refused;
use super::document::{ComponentKind, SbomComponent, SbomDocument};
use super::draft::{CONTAINS, DEPENDS_ON, Draft, file_of, kind_of};
use super::json::{Json, Sink, Take, stream};
use super::notes::{Note, Notes};
use crate::facts::model::SbomFormat;

/// Beginnings and ends of the names of properties that hold a path in the image: Syft's locations.
const SYFT_PATH: (&str, &str) = ("syft:location:", ":path");
/// Properties that hold one: Trivy's and cdxgen's.
const PATHS: [&str; 2] = ["aquasecurity:trivy:FilePath", "SrcFile"];
/// What Trivy says of a component that stands for a lock file or a group of packages.
const TRIVY_GROUP: (&str, &str) = ("aquasecurity:trivy:Class", "lang-pkgs");

const TOP: &[(&str, Take)] = &[
    ("specVersion", Take::Whole),
    ("serialNumber", Take::Whole),
    ("metadata", Take::Whole),
    ("components", Take::Each),
    ("dependencies", Take::Each),
];

/// Keys that are read of objects; XML has elements and attributes of the same names.
pub(super) const KEYS: &[&str] = &[
    "bom-ref",
    "type",
    "group",
    "name",
    "version",
    "purl",
    "cpe",
    "swid",
    "tagId",
    "omniborId",
    "swhid",
    "supplier",
    "manufacturer",
    "manufacture",
    "publisher",
    "authors",
    "author",
    "licenses",
    "license",
    "id",
    "expression",
    "hashes",
    "alg",
    "content",
    "evidence",
    "occurrences",
    "location",
    "properties",
    "value",
    "components",
    "component",
    "timestamp",
    "tools",
    "services",
    "lifecycles",
    "phase",
    "ref",
    "dependsOn",
    "provides",
];

/// Reads a document.
pub(super) fn read(text: &str) -> Result<SbomDocument, Refused> {
    let mut reader = Reader::new(SbomFormat::CyclonedxJson);
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
            "components" => self.listed(value, None),
            "dependencies" => self.dependency(value),
            "metadata" => self.metadata(value),
            "specVersion" => self.draft.document.version = self.draft.plain(value, key),
            _ => self.draft.document.identifier = self.draft.plain(value, key),
        }
    }

    fn notes(&mut self) -> &mut Notes {
        &mut self.draft.notes
    }
}

impl Reader {
    fn metadata(&mut self, value: &Json<'_>) {
        if !self.draft.is_object(value, "metadata") {
            return;
        }
        self.draft.document.created = self.draft.text(value, "timestamp");
        let manufacturer = self.organisation(value, "manufacturer");
        let authors = self.people(value).into_iter().chain(manufacturer);
        self.draft.document.authors = authors.collect();
        self.tools(value);
        for lifecycle in self.draft.list(value, "lifecycles") {
            let phase = self.draft.text(lifecycle, "phase");
            let context = phase.or_else(|| self.draft.text(lifecycle, "name"));
            self.draft.document.contexts.extend(context);
        }
        let Some(component) = self.draft.object(value, "component") else {
            return;
        };
        // Both are of the component that is described, before 1.6 at least.
        let makers = ["supplier", "manufacture"].map(|key| self.organisation(value, key));
        let mut subject = self.component(component);
        subject.supplier = subject.supplier.or(makers.into_iter().flatten().next());
        self.draft.element(subject.id.as_deref());
        let id = subject.id.clone();
        self.draft.document.subject = Some(subject);
        for nested in self.draft.list(component, "components") {
            self.listed(nested, id.as_deref());
        }
    }

    /// Until 1.4 a list of tools, then an object with lists of components and services.
    fn tools(&mut self, metadata: &Json<'_>) {
        let Some(tools) = metadata.get("tools") else {
            return;
        };
        let lists = match tools {
            Json::Object(_) => ["components", "services"].map(|key| self.draft.list(tools, key)),
            _ => [self.draft.list(metadata, "tools"), &[]],
        };
        for tool in lists.into_iter().flatten() {
            let name = self.draft.text(tool, "name");
            let version = self.draft.text(tool, "version");
            let told = name.into_iter().chain(version).collect::<Vec<_>>();
            if !told.is_empty() {
                self.draft.document.tools.push(told.join(" "));
            }
        }
    }

    /// A component of a list, and those nested in it: they are part of it.
    fn listed(&mut self, value: &Json<'_>, parent: Option<&str>) {
        if !self.draft.is_object(value, "components") {
            return;
        }
        let component = self.component(value);
        let id = component.id.clone();
        if let (Some(parent), Some(id)) = (parent, &id) {
            self.draft.relate(parent, CONTAINS, id);
        }
        if component.kind == ComponentKind::File {
            let file = file_of(&component.name, &component.hashes);
            self.draft.file(id.as_deref(), file);
        } else {
            self.draft.component(component);
        }
        for nested in self.draft.list(value, "components") {
            self.listed(nested, id.as_deref());
        }
    }

    fn component(&mut self, value: &Json<'_>) -> SbomComponent {
        let draft = &mut self.draft;
        let mut component = SbomComponent {
            id: draft.text(value, "bom-ref"),
            group: draft.text(value, "group"),
            name: draft.text(value, "name").unwrap_or_default(),
            version: draft.text(value, "version"),
            purl: draft.text(value, "purl"),
            identifiers: draft.text(value, "cpe").into_iter().collect(),
            ..SbomComponent::default()
        };
        let swid = draft.object(value, "swid");
        let swid = swid.and_then(|swid| draft.text(swid, "tagId"));
        component.identifiers.extend(swid);
        for key in ["omniborId", "swhid"] {
            component.identifiers.extend(draft.texts(value, key));
        }
        for hash in draft.list(value, "hashes") {
            let (algorithm, sum) = (draft.text(hash, "alg"), draft.text(hash, "content"));
            component.hashes.extend(draft.hash(algorithm, sum));
        }
        component.kind = self.kind(value, component.purl.as_deref());
        component.supplier = self.supplier(value);
        self.licenses(value, &mut component);
        self.paths(value, &mut component);
        component
    }

    /// What `type` says, and what Trivy adds to it.
    fn kind(&mut self, value: &Json<'_>, purl: Option<&str>) -> ComponentKind {
        let stated = match self.draft.text(value, "type").as_deref() {
            Some("container") => ComponentKind::Image,
            Some("operating-system") => ComponentKind::OperatingSystem,
            Some("file") => ComponentKind::File,
            Some("application") if self.is_group(value) => ComponentKind::Other,
            Some("application" | "framework" | "library") | None => ComponentKind::Package,
            Some(_) => ComponentKind::Other,
        };
        kind_of(purl, stated)
    }

    fn is_group(&mut self, value: &Json<'_>) -> bool {
        let (name, group) = TRIVY_GROUP;
        let mut properties = self.draft.list(value, "properties").iter();
        properties.any(|property| {
            let said = ["name", "value"].map(|key| property.get(key).and_then(Json::text));
            said == [Some(name), Some(group)]
        })
    }

    fn supplier(&mut self, value: &Json<'_>) -> Option<String> {
        let organisations = ["supplier", "manufacturer"].map(|key| self.organisation(value, key));
        let publisher = self.draft.text(value, "publisher");
        let people = self.people(value);
        let author = self.draft.text(value, "author");
        let people = (!people.is_empty()).then(|| people.join(", "));
        let makers = organisations.into_iter().flatten();
        makers.chain(publisher).chain(people).chain(author).next()
    }

    /// The name of an organisation.
    fn organisation(&mut self, value: &Json<'_>, key: &'static str) -> Option<String> {
        let organisation = self.draft.object(value, key)?;
        self.draft.text(organisation, "name")
    }

    /// The names of `authors`, or their addresses where they have none.
    fn people(&mut self, value: &Json<'_>) -> Vec<String> {
        let authors = self.draft.list(value, "authors").iter();
        authors
            .filter_map(|author| self.draft.text(author, "name"))
            .collect()
    }

    /// An identifier of the SPDX list, a name, or an expression.
    fn licenses(&mut self, value: &Json<'_>, component: &mut SbomComponent) {
        let licenses = &mut component.licenses;
        for choice in self.draft.list(value, "licenses") {
            let expression = self.draft.text(choice, "expression");
            self.draft.license(licenses, expression, true);
            if let Some(license) = self.draft.object(choice, "license") {
                let id = self.draft.text(license, "id");
                let is_id = id.is_some();
                let text = id.or_else(|| self.draft.text(license, "name"));
                self.draft.license(licenses, text, is_id);
            }
        }
    }

    fn paths(&mut self, value: &Json<'_>, component: &mut SbomComponent) {
        let paths = &mut component.paths;
        if let Some(evidence) = self.draft.object(value, "evidence") {
            for occurrence in self.draft.list(evidence, "occurrences") {
                paths.extend(self.draft.text(occurrence, "location"));
            }
        }
        let (begin, end) = SYFT_PATH;
        for property in self.draft.list(value, "properties") {
            let name = property
                .get("name")
                .and_then(Json::text)
                .unwrap_or_default();
            let is_path = name.starts_with(begin) && name.ends_with(end);
            if is_path || PATHS.contains(&name) {
                paths.extend(self.draft.text(property, "value"));
            }
        }
        paths.dedup();
    }

    fn dependency(&mut self, value: &Json<'_>) {
        if !self.draft.is_object(value, "dependencies") {
            return;
        }
        let Some(from) = self.draft.text(value, "ref") else {
            self.draft.notes.add(Note::Incomplete("dependencies"));
            return;
        };
        for to in self.draft.texts(value, "dependsOn") {
            self.draft.relate(&from, DEPENDS_ON, &to);
        }
        for to in self.draft.texts(value, "provides") {
            self.draft.relate(&from, "provides", &to);
        }
    }
}
