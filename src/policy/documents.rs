//! The documents rules read: tables and parameters, as one tree below `data.freehold`.
//!
//! A file is mounted at the directory it is in: `data/distros.yaml` holds the key `distros` and is
//! read as `data.freehold.data.distros`.

use serde_json::{Map, Value};

use super::digest::sha256_hex;
use super::error::{Problem, ProblemKind};
use super::files::{Origin, PackFile};
use super::yaml;

/// One table of the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Default)]
pub(super) struct Documents {
    /// The tree below `data.freehold`.
    pub(super) tree: Map<String, Value>,
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
                digest: sha256_hex(file.text.as_bytes()),
                origin: file.origin,
            });
        }
        let directories = file.place.split_last().map(|(_, parents)| parents);
        let mut target = &mut self.tree;
        for name in directories.unwrap_or_default() {
            let entry = target
                .entry(name.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            match entry {
                Value::Object(fields) => target = fields,
                _ => return,
            }
        }
        merge(target, document, is_table);
    }
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

/// What a YAML error says, without its place: the place of a block inside another file is not the
/// place in that file.
pub(super) fn yaml_sentence(error: &yaml_serde::Error) -> String {
    let text = error.to_string();
    match error.location() {
        Some(at) => {
            let place = format!(" at line {} column {}", at.line(), at.column());
            text.replacen(&place, "", 1)
        }
        None => text,
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
