//! Statements as tools write them, and as nobody should.

mod predicates;
mod provenance;
mod statements;

use serde_json::{Value, json};

use super::Statement;

/// Hexadecimal digits of a SHA-256 digest that is `digit` throughout.
fn digest(digit: char) -> String {
    digit.to_string().repeat(64)
}

/// A statement about the image whose digest is all `a`.
fn about_image(predicate_type: &str, predicate: &Value) -> Vec<u8> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "registry.example/shop", "digest": { "sha256": digest('a') } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    });
    statement.to_string().into_bytes()
}

/// The statement in some bytes that are one.
fn read(payload: &[u8]) -> Statement<'_> {
    super::read(payload).unwrap()
}
