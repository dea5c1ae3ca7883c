//! The documents rules read: tables and parameters, as one tree below `data.freehold`.
//!
//! A file is mounted at the directory it is in: `data/distros.yaml` holds the key `distros` and is
//! read as `data.freehold.data.distros`. `data.json` and `data.yaml` stand at their directory below
//! `data` itself, as in OPA bundles (openpolicyagent.org, "Bundles").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{Problem, ProblemKind};
use super::files::{Origin, PackFile};
use super::yaml;
use crate::source::Digest;

/// One table of the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name: the file's, without ending.
    pub name: String,
    /// The file.
    pub file: String,
    /// The day its content was checked, as the table states it.
    pub as_of: Option<String>,
    /// SHA-256 of the file, lower-case hex.
    pub digest: String,
    /// Where it came from.
    pub origin: Origin,
}

/// All documents of a pack.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Documents {
    /// The tree below `data.freehold`.
    pub(super) tree: Map<String, Value>,
    /// What else is below `data`, for a user's own rules.
    pub(super) others: Map<String, Value>,
    /// The tables among them.
    pub(super) tables: Vec<Table>,
}

impl Documents {
    /// Adds one file. Objects are merged and lists of tables are extended, so that a user's table
    /// adds to the shipped one; any other value, and every parameter, replaces what was there.
    pub(super) fn add(&mut self, file: &PackFile, problems: &mut Vec<Problem>) {
        let document = match parse(file) {
            Ok(document) => document,
            Err(problem) => return problems.push(problem),
        };
        if file.is_mounted() {
            return self.mount(file, document, problems);
        }
        let is_table = file.stem() != "parameters";
        if !document.contains_key(file.stem()) {
            let message = format!("the document has no top-level key `{}`", file.stem());
            let help = "its one top-level key is named like the file";
            let problem = Problem::in_file(ProblemKind::Yaml, &file.name, message).help(help);
            return problems.push(problem.at_line(&file.text, 1, 1));
        }
        if is_table {
            self.tables.push(Table {
                name: file.stem().to_owned(),
                file: file.name.clone(),
                as_of: as_of(&document, file.stem()),
                digest: Digest::sha256(file.text.as_bytes()).hex().to_owned(),
                origin: file.origin,
            });
        }
        let tree = below(directories(file), document);
        merge(&mut self.tree, tree, is_table);
    }

    /// Merges a document that stands at its directory. Tables and parameters below `freehold` are
    /// treated as those of files of their own are; elsewhere objects are merged and lists extended.
    fn mount(
        &mut self,
        file: &PackFile,
        document: Map<String, Value>,
        problems: &mut Vec<Problem>,
    ) {
        let mut tree = below(directories(file), document);
        match tree.remove("freehold") {
            None => {}
            Some(Value::Object(own)) => {
                for (name, value) in own {
                    let extend = name == "data";
                    merge(&mut self.tree, Map::from_iter([(name, value)]), extend);
                }
            }
            Some(_) => {
                let message = "`freehold` is not a map";
                problems.push(Problem::in_file(ProblemKind::Yaml, &file.name, message));
            }
        }
        merge(&mut self.others, tree, true);
        self.tables.push(Table {
            name: "data".to_owned(),
            file: file.name.clone(),
            as_of: None,
            digest: Digest::sha256(file.text.as_bytes()).hex().to_owned(),
            origin: file.origin,
        });
    }
}

/// The values of a document that are no maps, or empty ones, with their paths below `data`; nothing
/// of one that cannot be read.
pub(super) fn leaves(file: &PackFile) -> impl Iterator<Item = (Vec<String>, Value)> {
    let mut found = Vec::new();
    if let Ok(document) = parse(file) {
        let mut path: Vec<String> = match file.is_mounted() {
            true => Vec::new(),
            false => vec!["freehold".to_owned()],
        };
        path.extend_from_slice(directories(file));
        let mut pending = vec![(path, Value::Object(document))];
        while let Some((path, value)) = pending.pop() {
            match value {
                Value::Object(fields) if !fields.is_empty() => {
                    for (name, value) in fields {
                        let inner = path.iter().cloned().chain([name]).collect();
                        pending.push((inner, value));
                    }
                }
                value => found.push((path, value)),
            }
        }
    }
    found.into_iter()
}

fn directories(file: &PackFile) -> &[String] {
    let parents = file.place.split_last().map(|(_, parents)| parents);
    parents.unwrap_or_default()
}

/// `document` inside maps with these names, the first outermost.
fn below(names: &[String], document: Map<String, Value>) -> Map<String, Value> {
    names.iter().rev().fold(document, |inner, name| {
        Map::from_iter([(name.clone(), Value::Object(inner))])
    })
}

fn parse(file: &PackFile) -> Result<Map<String, Value>, Problem> {
    match yaml::read(ProblemKind::Yaml, &file.name, &file.text)?.into_value() {
        Value::Object(document) => Ok(document),
        _ => {
            let message = "the document is not a map";
            Err(Problem::in_file(ProblemKind::Yaml, &file.name, message))
        }
    }
}

fn as_of(document: &Map<String, Value>, name: &str) -> Option<String> {
    document
        .get(name)
        .and_then(|table| table.get("as_of"))
        .or_else(|| document.get("as_of"))
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// Merges `source` over `target`. The depth is at most [`yaml::MAX_DEPTH`].
pub(super) fn merge(
    target: &mut Map<String, Value>,
    source: Map<String, Value>,
    extend_lists: bool,
) {
    for (name, value) in source {
        match (target.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new, extend_lists),
            (Some(Value::Array(old)), Value::Array(new)) if extend_lists => {
                for item in new {
                    if !old.contains(&item) {
                        old.push(item);
                    }
                }
            }
            (_, value) => {
                target.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(place: &[&str], text: &str) -> PackFile {
        PackFile {
            name: place.join("/"),
            place: place.iter().map(|part| (*part).to_owned()).collect(),
            text: text.to_owned(),
            origin: Origin::User,
        }
    }

    #[test]
    fn a_users_table_adds_to_the_shipped_one() {
        let mut documents = Documents::default();
        let mut problems = Vec::new();
        let shipped = "distros: {as_of: \"2026-01-02\", debian: {hosts: [a]}}";
        documents.add(&file(&["data", "distros.yaml"], shipped), &mut problems);
        let mine = "distros: {debian: {hosts: [b]}, acme: {hosts: [c]}}";
        documents.add(&file(&["data", "distros.yaml"], mine), &mut problems);
        assert_eq!(problems, []);
        let table = &documents.tree["data"]["distros"];
        assert_eq!(table["debian"]["hosts"], serde_json::json!(["a", "b"]));
        assert_eq!(table["acme"]["hosts"], serde_json::json!(["c"]));
        assert_eq!(documents.tables[0].as_of.as_deref(), Some("2026-01-02"));
    }

    #[test]
    fn a_parameter_replaces_a_list_instead_of_extending_it() {
        let mut documents = Documents::default();
        let mut problems = Vec::new();
        for text in ["parameters: {hosts: [a]}", "parameters: {hosts: [b]}"] {
            let place = ["distro", "identified", "parameters.yaml"];
            documents.add(&file(&place, text), &mut problems);
        }
        let parameters = &documents.tree["distro"]["identified"]["parameters"];
        assert_eq!(parameters["hosts"], serde_json::json!(["b"]));
    }

    #[test]
    fn a_document_under_another_key_is_refused() {
        let mut documents = Documents::default();
        let mut problems = Vec::new();
        documents.add(
            &file(&["data", "distros.yaml"], "dsitros: {}"),
            &mut problems,
        );
        assert_eq!(problems[0].kind, ProblemKind::Yaml);
        assert!(documents.tree.is_empty());
    }
}
