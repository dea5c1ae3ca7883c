//! Syft's own JSON, of all versions of its schema.
//!
//! Format: Syft, `schema/json/schema-*.json`. Licences were texts before 7.0, CPEs before 16.0;
//! `source.target` held until 7.0 what `source.metadata` holds since.

use super::Refused;
use super::document::{ComponentKind, SbomComponent, SbomDocument};
use super::draft::{CONTAINS, DEPENDS_ON, Draft, file_of};
use super::json::{Json, Sink, Take, stream};
use super::notes::{Note, Notes};
use crate::facts::model::SbomFormat;

const TOP: &[(&str, Take)] = &[
    ("artifacts", Take::Each),
    ("artifactRelationships", Take::Each),
    ("files", Take::Each),
    ("source", Take::Whole),
    ("descriptor", Take::Whole),
    ("schema", Take::Whole),
];

const KEYS: &[&str] = &[
    "id",
    "name",
    "version",
    "type",
    "purl",
    "cpes",
    "cpe",
    "licenses",
    "value",
    "spdxExpression",
    "locations",
    "location",
    "path",
    "metadata",
    "target",
    "maintainer",
    "vendor",
    "author",
    "authors",
    "digest",
    "digests",
    "algorithm",
    "userInput",
    "manifestDigest",
    "parent",
    "child",
    "timestamp",
];

/// Who made a package, in the words of the package managers: apk and dpkg, rpm, npm and PyPI.
const MAKERS: [&str; 3] = ["maintainer", "vendor", "author"];

/// Reads a document.
pub(super) fn read(text: &str) -> Result<SbomDocument, Refused> {
    let draft = Draft::new(SbomFormat::SyftJson);
    let mut reader = Reader { draft };
    stream(text, &mut reader)?;
    Ok(reader.draft.finish())
}

struct Reader {
    draft: Draft,
}

impl Sink for Reader {
    fn top(&self) -> &'static [(&'static str, Take)] {
        TOP
    }

    fn keys(&self) -> &'static [&'static str] {
        KEYS
    }

    fn take(&mut self, key: &'static str, value: &Json<'_>) {
        if !self.draft.is_object(value, key) {
            return;
        }
        match key {
            "artifacts" => self.package(value),
            "artifactRelationships" => self.relationship(value),
            "files" => self.file(value),
            "source" => self.source(value),
            "descriptor" => self.descriptor(value),
            _ => self.draft.document.version = self.draft.text(value, "version"),
        }
    }

    fn notes(&mut self) -> &mut Notes {
        &mut self.draft.notes
    }
}

impl Reader {
    fn descriptor(&mut self, value: &Json<'_>) {
        let parts = ["name", "version"].map(|key| self.draft.text(value, key));
        let tool = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if !tool.is_empty() {
            self.draft.document.tools.push(tool);
        }
        self.draft.document.created = self.draft.text(value, "timestamp");
    }

    /// What was scanned; of a directory or file only the path that the user gave is known.
    fn source(&mut self, value: &Json<'_>) {
        let draft = &mut self.draft;
        let is_image = draft.text(value, "type").as_deref() == Some("image");
        let place = ["metadata", "target"];
        // The target of a directory is its path as a text.
        let details = place.iter().find_map(|key| match value.get(key) {
            Some(details @ Json::Object(_)) => Some(details),
            _ => None,
        });
        let mut subject = SbomComponent {
            id: draft.text(value, "id"),
            version: draft.text(value, "version"),
            kind: if is_image {
                ComponentKind::Image
            } else {
                ComponentKind::Other
            },
            ..SbomComponent::default()
        };
        let name = draft.text(value, "name");
        let typed = details.and_then(|details| draft.text(details, "userInput"));
        let target = value.get("target").and_then(Json::text).map(str::to_owned);
        subject.name = name.or(typed).or(target).unwrap_or_default();
        let digest = details.and_then(|details| draft.text(details, "manifestDigest"));
        if let Some((algorithm, sum)) = digest.as_deref().and_then(|digest| digest.split_once(':'))
        {
            let hash = draft.hash(Some(algorithm.to_owned()), Some(sum.to_owned()));
            subject.hashes.extend(hash);
        }
        draft.element(subject.id.as_deref());
        draft.document.name = (!subject.name.is_empty()).then(|| subject.name.clone());
        draft.document.subject = Some(subject);
    }

    fn package(&mut self, value: &Json<'_>) {
        let draft = &mut self.draft;
        let mut component = SbomComponent {
            id: draft.text(value, "id"),
            name: draft.text(value, "name").unwrap_or_default(),
            version: draft.text(value, "version"),
            purl: draft.text(value, "purl"),
            ..SbomComponent::default()
        };
        for cpe in draft.list(value, "cpes") {
            let text = match cpe {
                Json::Object(_) => draft.text(cpe, "cpe"),
                _ => draft.plain(cpe, "cpes"),
            };
            component.identifiers.extend(text);
        }
        for license in draft.list(value, "licenses") {
            if let Json::Object(_) = license {
                let expression = draft.text(license, "spdxExpression");
                let is_expression = expression.is_some();
                let text = expression.or_else(|| draft.text(license, "value"));
                draft.license(&mut component.licenses, text, is_expression);
            } else {
                let text = draft.plain(license, "licenses");
                draft.license(&mut component.licenses, text, false);
            }
        }
        for location in draft.list(value, "locations") {
            component.paths.extend(draft.text(location, "path"));
        }
        if let Some(metadata @ Json::Object(_)) = value.get("metadata") {
            self.details(metadata, &mut component);
        }
        self.draft.component(component);
    }

    /// What the package manager says. Its fields differ with the manager, so that one of another
    /// type is none of ours.
    fn details(&mut self, metadata: &Json<'_>, component: &mut SbomComponent) {
        let text = |key: &&str| metadata.get(key).and_then(Json::text);
        component.supplier = MAKERS.iter().find_map(text).map(str::to_owned);
        if let Some(Json::List(digests)) = metadata.get("digest") {
            for digest in digests {
                let hash = self.digest(digest);
                component.hashes.extend(hash);
            }
        }
    }

    fn digest(&mut self, value: &Json<'_>) -> Option<(String, String)> {
        let algorithm = self.draft.text(value, "algorithm");
        let sum = self.draft.text(value, "value");
        self.draft.hash(algorithm, sum)
    }

    fn file(&mut self, value: &Json<'_>) {
        let id = self.draft.text(value, "id");
        let location = self.draft.object(value, "location");
        let path = location.and_then(|location| self.draft.text(location, "path"));
        let mut hashes = Vec::new();
        for digest in self.draft.list(value, "digests") {
            hashes.extend(self.digest(digest));
        }
        let file = file_of(&path.unwrap_or_default(), &hashes);
        self.draft.file(id.as_deref(), file);
    }

    fn relationship(&mut self, value: &Json<'_>) {
        let ends = ["parent", "type", "child"].map(|key| self.draft.text(value, key));
        let [Some(parent), Some(kind), Some(child)] = ends else {
            self.draft
                .notes
                .add(Note::Incomplete("artifactRelationships"));
            return;
        };
        match kind.as_str() {
            "contains" => self.draft.relate(&parent, CONTAINS, &child),
            "dependency-of" => self.draft.relate(&child, DEPENDS_ON, &parent),
            other => self.draft.relate(&parent, other, &child),
        }
    }
}
