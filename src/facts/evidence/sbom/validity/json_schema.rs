//! The official JSON schemas of CycloneDX and SPDX, each compiled once.

use std::sync::OnceLock;

use jsonschema::{PatternOptions, Registry, ValidationError, Validator};
use serde_json::{Map, Value};

use super::reasons::Reasons;

/// A schema that is part of the program.
pub(super) struct JsonSchema {
    name: &'static str,
    text: &'static str,
    compiled: OnceLock<Option<Validator>>,
}

/// Where SPDX 3 has its elements.
const GRAPH: &str = "@graph";
/// Elements of a graph that are checked at a time. The validator finds all errors of all elements
/// before it gives the first, and an element that is none of a hundred classes costs a millisecond.
const MAX_ELEMENTS: usize = 1_000;

/// Schemas that those of CycloneDX refer to, with the addresses they call them by.
const REFERENCED: [(&str, &str); 3] = [
    (
        "http://cyclonedx.org/schema/jsf-0.82.schema.json",
        include_str!("schemas/jsf-0.82.schema.json"),
    ),
    (
        "http://cyclonedx.org/schema/cryptography-defs.schema.json",
        include_str!("schemas/cryptography-defs.schema.json"),
    ),
    (
        "http://cyclonedx.org/schema/spdx.schema.json",
        include_str!("schemas/spdx.schema.json"),
    ),
];

/// CycloneDX by version, the newest last. 1.2 and 1.3 have a strict schema, which the tests of the
/// specification use.
static CYCLONEDX: [(&str, JsonSchema); 6] = [
    (
        "1.2",
        JsonSchema::new(
            "CycloneDX 1.2 strict JSON schema",
            include_str!("schemas/bom-1.2-strict.schema.json"),
        ),
    ),
    (
        "1.3",
        JsonSchema::new(
            "CycloneDX 1.3 strict JSON schema",
            include_str!("schemas/bom-1.3-strict.schema.json"),
        ),
    ),
    (
        "1.4",
        JsonSchema::new(
            "CycloneDX 1.4 JSON schema",
            include_str!("schemas/bom-1.4.schema.json"),
        ),
    ),
    (
        "1.5",
        JsonSchema::new(
            "CycloneDX 1.5 JSON schema",
            include_str!("schemas/bom-1.5.schema.json"),
        ),
    ),
    (
        "1.6",
        JsonSchema::new(
            "CycloneDX 1.6 JSON schema",
            include_str!("schemas/bom-1.6.schema.json"),
        ),
    ),
    (
        "1.7",
        JsonSchema::new(
            "CycloneDX 1.7 JSON schema",
            include_str!("schemas/bom-1.7.schema.json"),
        ),
    ),
];

static SPDX_2_2: JsonSchema = JsonSchema::new(
    "SPDX 2.2.2 JSON schema",
    include_str!("schemas/spdx-schema-2.2.2.json"),
);

static SPDX_2_3: JsonSchema = JsonSchema::new(
    "SPDX 2.3 JSON schema",
    include_str!("schemas/spdx-schema-2.3.json"),
);

static SPDX_3_0_1: JsonSchema = JsonSchema::new(
    "SPDX 3.0.1 JSON schema",
    include_str!("schemas/spdx-schema-3.0.1.json"),
);

/// The schema of a version of CycloneDX JSON; the newest where none is stated.
pub(super) fn cyclonedx(version: Option<&str>) -> Option<&'static JsonSchema> {
    let found = match version {
        Some(version) => CYCLONEDX.iter().find(|(of, _)| *of == version),
        None => CYCLONEDX.last(),
    };
    found.map(|(_, schema)| schema)
}

/// The schema of a version of SPDX 2 JSON.
pub(super) fn spdx_2(version: Option<&str>) -> Option<&'static JsonSchema> {
    match version {
        Some("2.2") => Some(&SPDX_2_2),
        Some("2.3") | None => Some(&SPDX_2_3),
        Some(_) => None,
    }
}

/// The schema of a version of SPDX 3 JSON-LD. 3.0.0 had another context and was replaced by 3.0.1
/// (SPDX 3.0.1, annex "Differences from previous editions").
pub(super) fn spdx_3(version: Option<&str>) -> Option<&'static JsonSchema> {
    match version {
        Some("3.0" | "3.0.1") | None => Some(&SPDX_3_0_1),
        Some(_) => None,
    }
}

impl JsonSchema {
    const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text,
            compiled: OnceLock::new(),
        }
    }

    /// What it is called in a report.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Adds what the schema finds wrong; false where the schema itself could not be used.
    pub(super) fn check(&self, document: &Value, reasons: &mut Reasons) -> bool {
        let compiled = self.compiled.get_or_init(|| compile(self.text));
        let Some(validator) = compiled else {
            return false;
        };
        let graph = document.get(GRAPH).and_then(Value::as_array);
        let Some(graph) = graph.filter(|graph| graph.len() > MAX_ELEMENTS) else {
            self.check_part(validator, (document, 0), reasons);
            return true;
        };
        for (number, elements) in graph.chunks(MAX_ELEMENTS).enumerate() {
            let first = number.saturating_mul(MAX_ELEMENTS);
            let part = with_graph(document, elements);
            self.check_part(validator, (&part, first), reasons);
            if reasons.is_full() {
                break;
            }
        }
        true
    }

    /// Checks a document, or a part of it whose graph begins with the element of that number.
    fn check_part(
        &self,
        validator: &Validator,
        (document, first): (&Value, usize),
        reasons: &mut Reasons,
    ) {
        for error in validator.iter_errors(document) {
            if self.is_the_plain_schema(&error) {
                continue;
            }
            // Masked: a value may be the whole document.
            let path = moved(error.instance_path().as_str(), first);
            reasons.push(&path, error.masked());
            if reasons.is_full() {
                break;
            }
        }
    }

    /// Whether a strict schema refuses no more than that the document names the plain one of the
    /// same version as its schema, which many writers do.
    fn is_the_plain_schema(&self, error: &ValidationError<'_>) -> bool {
        let named = error.instance().as_str().unwrap_or_default();
        let plain = CYCLONEDX.iter().any(|(version, schema)| {
            schema.name == self.name
                && named == format!("http://cyclonedx.org/schema/bom-{version}.schema.json")
        });
        plain && error.instance_path().as_str() == "/$schema"
    }
}

/// A document with other elements in its graph.
fn with_graph(document: &Value, elements: &[Value]) -> Value {
    let properties = document.as_object().into_iter().flatten();
    let others = properties.filter(|(key, _)| *key != GRAPH);
    let mut part: Map<String, Value> = others.map(|(k, v)| (k.clone(), v.clone())).collect();
    part.insert(GRAPH.to_owned(), Value::Array(elements.to_vec()));
    Value::Object(part)
}

/// The path of an element, by its number in all of the graph.
fn moved(path: &str, first: usize) -> String {
    let in_graph = path.strip_prefix("/@graph/");
    let (number, rest) = in_graph.map_or(("", ""), |path| {
        path.split_at(path.find('/').unwrap_or(path.len()))
    });
    match number.parse::<usize>() {
        Ok(number) => format!("/@graph/{}{rest}", number.saturating_add(first)),
        Err(_) => path.to_owned(),
    }
}

/// Compiles a schema; formats such as `iri-reference` are asserted, as the tests of CycloneDX do.
/// References lead to [`REFERENCED`] or nowhere.
fn compile(text: &str) -> Option<Validator> {
    let schema = serde_json::from_str(text).ok()?;
    let mut registry = Registry::new();
    for (address, text) in REFERENCED {
        let referenced: Value = serde_json::from_str(text).ok()?;
        registry = registry.add(address, referenced).ok()?;
    }
    let registry = registry.prepare().ok()?;
    let options = jsonschema::options()
        .offline()
        .should_validate_formats(true)
        .with_registry(&registry);
    // Patterns in linear time; only SPDX 3 looks ahead, and only at the start.
    let linear = options
        .clone()
        .with_pattern_options(PatternOptions::regex());
    linear
        .build(&schema)
        .or_else(|_| options.build(&schema))
        .ok()
}
