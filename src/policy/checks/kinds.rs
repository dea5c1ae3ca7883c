//! Kinds of values (Rego's types), as far as a rule's text and the facts schema tell them.

use std::fmt;
use std::ops::BitOr;

use serde_json::Value;

/// A set of kinds: what a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Kinds(u8);

impl Kinds {
    pub(in crate::policy) const NULL: Self = Self(1);
    pub(in crate::policy) const BOOLEAN: Self = Self(2);
    pub(in crate::policy) const NUMBER: Self = Self(4);
    pub(in crate::policy) const STRING: Self = Self(8);
    pub(in crate::policy) const ARRAY: Self = Self(16);
    pub(in crate::policy) const OBJECT: Self = Self(32);
    pub(in crate::policy) const SET: Self = Self(64);
    pub(in crate::policy) const LIST: Self = Self(16 | 64);
    pub(in crate::policy) const COLLECTION: Self = Self(16 | 32 | 64);
    /// What `count` takes.
    pub(super) const COUNTED: Self = Self(8 | 16 | 32 | 64);
    /// What `to_number` takes.
    pub(super) const NUMERIC: Self = Self(1 | 2 | 4 | 8);

    /// Whether no value is of both.
    pub(super) fn excludes(self, other: Self) -> bool {
        self.0 & other.0 == 0
    }

    /// Without null, which says that there is no value.
    pub(super) fn without_null(self) -> Self {
        Self(self.0 & !Self::NULL.0)
    }

    /// The kind of a value.
    pub(in crate::policy) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// The kind a JSON Schema names (JSON Schema 2020-12, validation, 6.1.1).
    pub(in crate::policy) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" | "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `a string`, `a string or null`, `a string, an array or a set`.
impl fmt::Display for Kinds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::STRING, "a string"),
            (Self::NUMBER, "a number"),
            (Self::BOOLEAN, "a boolean"),
            (Self::ARRAY, "an array"),
            (Self::OBJECT, "an object"),
            (Self::SET, "a set"),
            (Self::NULL, "null"),
        ];
        let held = names.iter().filter(|(kind, _)| !self.excludes(*kind));
        let held: Vec<&str> = held.map(|(_, name)| *name).collect();
        match held.split_last() {
            Some((last, rest)) if !rest.is_empty() => {
                write!(formatter, "{} or {last}", rest.join(", "))
            }
            _ => formatter.write_str(&held.concat()),
        }
    }
}
