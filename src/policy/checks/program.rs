//! All modules of a pack, with what is needed to find a rule by its path.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::policy::schema::FactsSchema;
use crate::policy::syntax::{Expr, Module, Rule, RuleHead, Span};

/// One module with where it came from.
#[derive(Debug)]
pub(in crate::policy) struct Parsed {
    /// Name of the file.
    pub(in crate::policy) file: String,
    /// Its text.
    pub(in crate::policy) text: String,
    /// Its package: `[data, freehold, fhs, usr_merge_consistent]`.
    pub(in crate::policy) package: Vec<String>,
    /// Its syntax tree.
    pub(in crate::policy) module: Module,
}

impl Parsed {
    /// Names of the rules the module defines.
    pub(in crate::policy) fn rule_names(&self) -> BTreeSet<&str> {
        self.module.rules.iter().filter_map(Rule::name).collect()
    }

    /// The package as written in a path: `data.freehold.fhs.usr_merge_consistent`.
    pub(in crate::policy) fn package_path(&self) -> String {
        self.package.join(".")
    }

    /// What an imported name stands for.
    pub(super) fn imported(&self, name: &str) -> Option<Vec<String>> {
        self.import(name).map(|(path, _)| path)
    }

    /// What an imported name stands for, and where that is written.
    pub(super) fn import(&self, name: &str) -> Option<(Vec<String>, Span)> {
        self.module.imports.iter().find_map(|import| {
            let path = import.refr.static_path()?;
            let alias = match import.alias {
                Some(span) => span.text(&self.text),
                None => path.last()?,
            };
            (alias == name).then(|| (path, import.refr.span()))
        })
    }
}

/// Modules, documents and the schema.
pub(in crate::policy) struct Program<'m> {
    pub(super) modules: &'m [Parsed],
    pub(super) schema: &'m FactsSchema,
    data: &'m Value,
    rules: BTreeMap<String, Vec<(usize, &'m Rule)>>,
    packages: BTreeSet<String>,
}

impl<'m> Program<'m> {
    /// Indexes `modules`; `data` is the document at `data`.
    pub(in crate::policy) fn new(
        modules: &'m [Parsed],
        schema: &'m FactsSchema,
        data: &'m Value,
    ) -> Self {
        let mut rules: BTreeMap<String, Vec<(usize, &'m Rule)>> = BTreeMap::new();
        let mut packages = BTreeSet::new();
        for (index, parsed) in modules.iter().enumerate() {
            let mut prefix = String::new();
            for part in &parsed.package {
                if !prefix.is_empty() {
                    prefix.push('.');
                }
                prefix.push_str(part);
                packages.insert(prefix.clone());
            }
            for rule in &parsed.module.rules {
                if let Some(name) = rule.name() {
                    let path = format!("{prefix}.{name}");
                    rules.entry(path).or_default().push((index, rule));
                }
            }
        }
        Self {
            modules,
            schema,
            data,
            rules,
            packages,
        }
    }

    /// Definitions of the rule at `path`; empty when there is none.
    pub(super) fn rules_at(&self, path: &str) -> &[(usize, &'m Rule)] {
        self.rules.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many arguments the function at `path` takes, by definition; none where it is no
    /// function.
    pub(super) fn arities(&self, path: &str) -> Vec<usize> {
        let definitions = self.rules_at(path).iter();
        let counts = definitions.filter_map(|(_, rule)| match rule {
            Rule::Spec {
                head:
                    RuleHead::Func {
                        refr: Expr::Var { .. },
                        args,
                        ..
                    },
                ..
            } => Some(args.len()),
            _ => None,
        });
        counts.collect()
    }

    /// Whether `path` leads to, or towards, a package.
    pub(super) fn is_package_prefix(&self, path: &str) -> bool {
        self.packages.contains(path)
    }

    /// The document below `data` at `path` (which begins with `data`).
    pub(super) fn document_at(&self, path: &[String]) -> Option<&'m Value> {
        path.iter()
            .skip(1)
            .try_fold(self.data, |node, name| node.get(name))
    }

    /// Names that exist below `path`, for suggestions.
    pub(super) fn names_below(&self, path: &[String]) -> BTreeSet<String> {
        let prefix = format!("{}.", path.join("."));
        let declared = self.rules.keys().chain(self.packages.iter());
        let mut names: BTreeSet<String> = declared
            .filter_map(|full| full.strip_prefix(&prefix)?.split('.').next())
            .map(str::to_owned)
            .collect();
        if let Some(Value::Object(fields)) = self.document_at(path) {
            names.extend(fields.keys().cloned());
        }
        names
    }

    /// Names of all functions and rules of package `package`, for suggestions.
    pub(super) fn all_names(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().filter_map(|path| path.rsplit('.').next())
    }
}
