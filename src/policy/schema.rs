//! The facts document's JSON Schema, asked one question at a time: what lies below this node?

use serde_json::Value;

use super::checks::Kinds;
use super::error::PolicyError;
use crate::facts::model::Topic;

/// The schema every facts document obeys, generated from [`crate::facts::model::Facts`].
pub const FACTS_SCHEMA: &str = include_str!("../../schemas/facts-1.json");

/// Longest chain of references and alternatives that is followed.
const MAX_HOPS: usize = 32;

/// The schema, parsed.
#[derive(Debug)]
pub(super) struct FactsSchema {
    document: Value,
}

/// What the schema says about a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Below<'s> {
    /// It is there, with this schema.
    Node(&'s Value),
    /// It can never be there.
    Nothing,
    /// The schema does not say.
    Unsaid,
}

impl FactsSchema {
    /// The schema this version writes.
    pub(super) fn embedded() -> Result<Self, PolicyError> {
        let document = serde_json::from_str(FACTS_SCHEMA).map_err(|error| PolicyError::Engine {
            detail: format!("the facts schema cannot be read: {error}"),
        })?;
        Ok(Self { document })
    }

    /// The node of `input` itself.
    pub(super) fn root(&self) -> &Value {
        &self.document
    }

    /// The schema of field `name` of `node`.
    pub(super) fn field<'s>(&'s self, node: &'s Value, name: &str) -> Below<'s> {
        let node = self.resolve(node);
        if let Some(field) = node.get("properties").and_then(|fields| fields.get(name)) {
            return Below::Node(field);
        }
        match node.get("additionalProperties") {
            Some(Value::Bool(false)) => Below::Nothing,
            Some(other @ Value::Object(_)) if self.allows_key(node, name) => Below::Node(other),
            Some(Value::Object(_)) => Below::Nothing,
            _ if node.get("type").is_some() || node.get("enum").is_some() => {
                if self.is_type(node, "object") {
                    Below::Unsaid
                } else {
                    Below::Nothing
                }
            }
            _ if node.get("oneOf").is_some() => Below::Nothing,
            _ => Below::Unsaid,
        }
    }

    /// The schema of what iterating over `node` gives: elements of an array, values of a map.
    pub(super) fn element<'s>(&'s self, node: &'s Value) -> Below<'s> {
        let node = self.resolve(node);
        if let Some(items) = node.get("items") {
            return Below::Node(items);
        }
        if node.get("properties").is_some() {
            return Below::Unsaid;
        }
        match node.get("additionalProperties") {
            Some(other @ Value::Object(_)) => Below::Node(other),
            _ if node.get("oneOf").is_some() => Below::Nothing,
            _ if node.get("type").is_some() && !self.is_type(node, "object") => Below::Nothing,
            _ => Below::Unsaid,
        }
    }

    /// Whether `node` is a list.
    pub(super) fn is_list(&self, node: &Value) -> bool {
        self.is_type(self.resolve(node), "array")
    }

    /// Whether `node` is an object with fixed fields.
    pub(super) fn is_record(&self, node: &Value) -> bool {
        self.resolve(node).get("properties").is_some()
    }

    /// Names of the fields of `node`, for suggestions.
    pub(super) fn field_names<'s>(&'s self, node: &'s Value) -> Vec<&'s str> {
        let node = self.resolve(node);
        let fields = node.get("properties").and_then(Value::as_object);
        let mut names: Vec<&str> = fields
            .map(|fields| fields.keys().map(String::as_str).collect())
            .unwrap_or_default();
        if let Some(keys) = node.get("propertyNames") {
            names.extend(self.values(keys).unwrap_or_default());
        }
        names
    }

    /// The strings `node` can be, where the schema lists them.
    pub(super) fn values<'s>(&'s self, node: &'s Value) -> Option<Vec<&'s str>> {
        let node = self.resolve(node);
        if let Some(values) = node.get("enum").and_then(Value::as_array) {
            return values.iter().map(Value::as_str).collect();
        }
        let choices = node.get("oneOf")?.as_array()?;
        let mut all = Vec::new();
        for choice in choices {
            match choice.get("const") {
                Some(value) => all.push(value.as_str()?),
                None => all.extend(self.values(choice)?),
            }
        }
        Some(all)
    }

    /// What a value described by `node` may be; none where the schema does not say.
    pub(super) fn kinds(&self, node: &Value) -> Option<Kinds> {
        self.kinds_within(node, MAX_HOPS)
    }

    fn kinds_within(&self, node: &Value, hops: usize) -> Option<Kinds> {
        let below = hops.checked_sub(1)?;
        if let Some(Value::String(reference)) = node.get("$ref") {
            let target = self.document.pointer(reference.strip_prefix('#')?)?;
            return self.kinds_within(target, below);
        }
        if let Some(value) = node.get("const") {
            return Some(Kinds::of(value));
        }
        let any = |mut all: Vec<Option<Kinds>>| {
            let first = all.pop()??;
            all.into_iter()
                .try_fold(first, |kinds, more| Some(kinds | more?))
        };
        if let Some(Value::Array(values)) = node.get("enum") {
            return any(values.iter().map(|value| Some(Kinds::of(value))).collect());
        }
        if let Some(Value::Array(choices)) = node.get("anyOf").or_else(|| node.get("oneOf")) {
            let each = choices
                .iter()
                .map(|choice| self.kinds_within(choice, below));
            return any(each.collect());
        }
        match node.get("type")? {
            Value::String(name) => Kinds::named(name),
            Value::Array(names) => any(names
                .iter()
                .map(|name| Kinds::named(name.as_str()?))
                .collect()),
            _ => None,
        }
    }

    fn allows_key(&self, node: &Value, name: &str) -> bool {
        node.get("propertyNames")
            .and_then(|keys| self.values(keys))
            .is_none_or(|keys| keys.contains(&name))
    }

    fn is_type(&self, node: &Value, wanted: &str) -> bool {
        match node.get("type") {
            Some(Value::String(name)) => name == wanted,
            Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
            _ => false,
        }
    }

    /// Follows `$ref`, and the one alternative that is not null.
    fn resolve<'s>(&'s self, node: &'s Value) -> &'s Value {
        let mut current = node;
        for _ in 0..MAX_HOPS {
            let next = match (current.get("$ref"), current.get("anyOf")) {
                (Some(Value::String(reference)), _) => reference
                    .strip_prefix('#')
                    .and_then(|pointer| self.document.pointer(pointer)),
                (_, Some(Value::Array(choices))) => {
                    let mut real = choices
                        .iter()
                        .filter(|choice| choice.get("type") != Some(&Value::from("null")));
                    match (real.next(), real.next()) {
                        (Some(only), None) => Some(only),
                        _ => None,
                    }
                }
                _ => None,
            };
            match next {
                Some(next) => current = next,
                None => return current,
            }
        }
        current
    }
}

/// The topics a read of `path` rests on (the list at [`Topic`] says which part of the document
/// belongs to which). The document's own words (`schema`, `topics`, `gaps`) rest on none.
pub(super) fn topics_of(path: &[String]) -> Vec<Topic> {
    let mut names = path.iter().map(String::as_str);
    let Some(first) = names.next() else {
        return Vec::new();
    };
    match (first, names.next()) {
        ("ownership", None) => vec![Topic::Ownership, Topic::Integrity],
        (
            "ownership",
            Some(
                "modified" | "attributes_changed" | "missing" | "missing_by_package"
                | "differences" | "digests_compared",
            ),
        ) => {
            vec![Topic::Integrity]
        }
        ("libc", _) => vec![Topic::Elf],
        ("signatures" | "attestations", _) => vec![Topic::AttachedEvidence],
        _ => Topic::ALL
            .into_iter()
            .filter(|topic| topic.name() == first)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::model::Facts;

    fn generated() -> String {
        // What is written, not what is read: every key is always there.
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Facts>();
        let mut text = serde_json::to_string_pretty(&schema).unwrap();
        text.push('\n');
        text
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "rewriting a generated file of the repository, when asked to"
    )]
    fn the_facts_schema_is_the_one_the_types_give() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/facts-1.json");
        if std::env::var_os("FREEHOLD_BLESS").is_some() {
            std::fs::write(path, generated()).unwrap();
            return;
        }
        assert!(
            FACTS_SCHEMA == generated(),
            "schemas/facts-1.json is stale: run the tests once with FREEHOLD_BLESS=1"
        );
    }

    #[test]
    fn paths_that_exist_are_found_and_others_are_not() {
        let schema = FactsSchema::embedded().unwrap();
        let Below::Node(packages) = schema.field(schema.root(), "packages") else {
            panic!("packages is not in the schema")
        };
        assert!(schema.is_list(packages));
        let Below::Node(package) = schema.element(packages) else {
            panic!("packages has no elements")
        };
        assert!(matches!(schema.field(package, "name"), Below::Node(_)));
        assert_eq!(schema.field(package, "nme"), Below::Nothing);
        assert_eq!(schema.field(schema.root(), "volumes"), Below::Nothing);
        let Below::Node(source) = schema.field(package, "source") else {
            panic!("source is not in the schema")
        };
        assert!(matches!(schema.field(source, "commit"), Below::Node(_)));
        let Below::Node(kind) = schema.field(package, "type") else {
            panic!("type is not in the schema")
        };
        assert!(schema.values(kind).unwrap().contains(&"deb"));
    }

    #[test]
    fn every_key_of_the_document_rests_on_its_topic() {
        let schema = FactsSchema::embedded().unwrap();
        for name in schema.field_names(schema.root()) {
            let topics = topics_of(&[name.to_owned()]);
            let none = ["schema", "topics", "gaps", "trust"].contains(&name);
            assert_eq!(topics.is_empty(), none, "{name}: {topics:?}");
        }
        let modified = ["ownership".to_owned(), "modified".to_owned()];
        assert_eq!(topics_of(&modified), [Topic::Integrity]);
    }
}
