//! What a name or a step leads to, in the facts schema and in the pack.

use std::collections::BTreeSet;

use serde_json::Value;

use super::typed::{Typed, written};
use super::walk::{Walker, place};
use crate::policy::error::{ProblemKind, closest};
use crate::policy::schema::Below;
use crate::policy::syntax::{Expr, Span};

/// Entries of a table that are looked at.
const MAX_ENTRIES: usize = 10_000;

impl<'m> Walker<'_, 'm> {
    pub(super) fn variable(&mut self, name: &str) -> Typed<'m> {
        if let Some(typed) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            return typed.clone();
        }
        if let Some((path, span)) = self.import(name) {
            return self.at_path(&path, span);
        }
        let mut local = self.package();
        local.push(name.to_owned());
        let full = local.join(".");
        if !self.program.rules_at(&full).is_empty() {
            return self.rule(&full, &[]);
        }
        self.at_path(&[name.to_owned()], Span::default())
    }

    /// Meaning of a path made of names only, written at `span`.
    fn at_path(&mut self, path: &[String], span: Span) -> Typed<'m> {
        let mut names = path.iter();
        let mut typed = match names.next().map(String::as_str) {
            Some("input") => Typed::Fact {
                node: self.program.schema.root(),
                path: Vec::new(),
            },
            Some("data") => Typed::Data(vec!["data".to_owned()]),
            _ => return Typed::Untyped,
        };
        for name in names {
            typed = self.step(typed, name, span);
        }
        typed
    }

    pub(super) fn step(&mut self, base: Typed<'m>, name: &str, span: Span) -> Typed<'m> {
        match base {
            Typed::Fact { node, mut path } => match self.program.schema.field(node, name) {
                Below::Node(node) => {
                    path.push(name.to_owned());
                    Typed::Fact { node, path }
                }
                Below::Unsaid => Typed::Untyped,
                Below::Nothing => {
                    let parent = written(&path);
                    path.push(name.to_owned());
                    let names = self.program.schema.field_names(node);
                    let help = if self.program.schema.is_list(node) {
                        format!("`{parent}` is a list: iterate over it with `some … in {parent}`")
                    } else {
                        suggestion(name, &names, &parent)
                    };
                    let message = format!("facts have no `{}`", written(&path));
                    self.report(ProblemKind::UnknownInputPath, span, message, help);
                    Typed::Untyped
                }
            },
            Typed::Record(fields) => fields.get(name).cloned().unwrap_or(Typed::Untyped),
            Typed::Data(mut path) => {
                path.push(name.to_owned());
                self.data(path, span)
            }
            Typed::Entries { nodes, path } => self.entry_field(&nodes, &path, name, span),
            Typed::List(_) | Typed::Untyped => Typed::Untyped,
        }
    }

    /// A field of the entries of a table. One that no entry has is a misspelling.
    fn entry_field(
        &mut self,
        nodes: &[&'m Value],
        path: &str,
        name: &str,
        span: Span,
    ) -> Typed<'m> {
        let found: Vec<&'m Value> = nodes.iter().filter_map(|node| node.get(name)).collect();
        let path = format!("{path}.{name}");
        if found.is_empty() && nodes.iter().any(|node| node.is_object()) {
            let fields = nodes.iter().filter_map(|node| node.as_object());
            let names: BTreeSet<&str> = fields
                .flat_map(|map| map.keys().map(String::as_str))
                .collect();
            let help = match closest(name, names) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "look at the table in the pack's `data` directory".to_owned(),
            };
            let message = format!("no entry has `{path}`");
            self.report(ProblemKind::UnknownDataPath, span, message, help);
            return Typed::Untyped;
        }
        Typed::Entries { nodes: found, path }
    }

    fn data(&mut self, path: Vec<String>, span: Span) -> Typed<'m> {
        let full = path.join(".");
        if !self.program.rules_at(&full).is_empty() {
            return self.rule(&full, &[]);
        }
        if full == "data.freehold.now" {
            return Typed::Untyped;
        }
        match self.program.document_at(&path) {
            Some(document) if !document.is_object() => {
                return Typed::Entries {
                    nodes: vec![document],
                    path: full,
                };
            }
            Some(_) => return Typed::Data(path),
            None if self.program.is_package_prefix(&full) => return Typed::Data(path),
            None => {}
        }
        let parent = path.split_last().map(|(_, parent)| parent.to_vec());
        let parent = parent.unwrap_or_default();
        let names = self.program.names_below(&parent);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let name = path.last().map(String::as_str).unwrap_or_default();
        let help = suggestion(name, &names, &parent.join("."));
        let message = format!("the pack has no `{full}`");
        self.report(ProblemKind::UnknownDataPath, span, message, help);
        Typed::Untyped
    }

    /// Meaning of `base[x]` for an `x` that is not a fixed name.
    pub(super) fn indexed(&mut self, base: Typed<'m>) -> Typed<'m> {
        match base {
            Typed::Fact { node, mut path } => match self.program.schema.element(node) {
                Below::Node(node) => {
                    path.push("_".to_owned());
                    Typed::Fact { node, path }
                }
                Below::Nothing | Below::Unsaid => Typed::Untyped,
            },
            Typed::List(element) => *element,
            Typed::Data(path) => {
                let document = self.program.document_at(&path);
                entries(document.into_iter(), &path.join("."))
            }
            Typed::Entries { nodes, path } => entries(nodes.into_iter(), &path),
            Typed::Record(_) | Typed::Untyped => Typed::Untyped,
        }
    }

    /// Meaning of one element when iterating over `collection`.
    pub(super) fn element(&mut self, collected: &Typed<'m>, collection: &'m Expr) -> Typed<'m> {
        if let (Typed::Fact { node, path }, Some(span)) = (collected, place(collection)) {
            let schema = self.program.schema;
            let is_cut_list = matches!(schema.field(node, "items"), Below::Node(_));
            if schema.is_record(node) && is_cut_list {
                let path = written(path);
                let message = format!("`{path}` is not a list itself");
                let help = format!("did you mean `{path}.items`?");
                self.report(ProblemKind::UnknownInputPath, span, message, help);
            } else if schema.element(node) == Below::Nothing {
                let message = format!("`{}` has no elements", written(path));
                let help = "it holds a single value".to_owned();
                self.report(ProblemKind::UnknownInputPath, span, message, help);
            }
        }
        self.indexed(collected.clone())
    }

    /// Reports a comparison of a fact with a text it can never be. Whether there is a list of its
    /// values.
    pub(super) fn compare(&mut self, fact: &Typed<'m>, literal: &'m Expr) -> bool {
        let (Typed::Fact { node, path }, Some(text)) = (fact, literal.as_text()) else {
            return false;
        };
        let Some(values) = self.program.schema.values(node) else {
            return false;
        };
        if let (false, Some(span)) = (values.contains(&text), place(literal)) {
            let message = format!("`{}` is never `{text}`", written(path));
            let help = match closest(text, values.iter().copied()) {
                Some(value) => format!("did you mean `{value}`?"),
                None => format!("it is one of {}", values.join(", ")),
            };
            self.report(ProblemKind::ImpossibleValue, span, message, help);
        }
        true
    }
}

/// What iterating over any of `nodes` gives.
fn entries<'m>(nodes: impl Iterator<Item = &'m Value>, path: &str) -> Typed<'m> {
    let mut found: Vec<&'m Value> = Vec::new();
    for node in nodes {
        match node {
            Value::Array(items) => found.extend(items),
            Value::Object(fields) => found.extend(fields.values()),
            _ => {}
        }
    }
    found.truncate(MAX_ENTRIES);
    Typed::Entries {
        nodes: found,
        path: format!("{path}[_]"),
    }
}

fn suggestion(name: &str, names: &[&str], parent: &str) -> String {
    match closest(name, names.iter().copied()) {
        Some(name) => format!("did you mean `{parent}.{name}`?"),
        None if names.is_empty() => format!("nothing lies below `{parent}`"),
        None => format!("`{parent}` has {}", names.join(", ")),
    }
}
