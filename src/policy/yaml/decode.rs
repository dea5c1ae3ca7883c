//! A document as a Rust type; what does not fit is said at its place.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use super::reader::short;
use super::{Document, step};
use crate::policy::error::{Problem, ProblemKind, closest};

/// Problems listed of one document.
const MAX_PROBLEMS: usize = 50;

impl Document {
    /// The document as a `T`; an empty document is an empty map.
    ///
    /// # Errors
    /// The first thing that does not fit: a [`Problem`] of `kind` at the wrong value, or of
    /// [`ProblemKind::UnknownKey`] at a key `T` does not have.
    pub fn decode<T: DeserializeOwned>(&self, kind: ProblemKind) -> Result<T, Problem> {
        self.decode_value(kind, &self.content(kind)?, "")
    }

    /// The value at `pointer` (RFC 6901) as a `T`; a missing one is null.
    ///
    /// # Errors
    /// As those of [`Self::decode`].
    pub fn decode_at<T: DeserializeOwned>(
        &self,
        kind: ProblemKind,
        pointer: &str,
    ) -> Result<T, Problem> {
        let value = self.value.pointer(pointer).unwrap_or(&Value::Null);
        self.decode_value(kind, value, pointer)
    }

    /// The document as a `T` without what does not fit, and every problem of it: an entry of a map
    /// that is wrong is left out, a list with a wrong item is left out as a whole. For types whose
    /// every key is optional, so that all errors of a file can be said at once.
    pub fn decode_all<T: DeserializeOwned + Default>(
        &self,
        kind: ProblemKind,
    ) -> (T, Vec<Problem>) {
        let mut value = match self.content(kind) {
            Ok(value) => value,
            Err(problem) => return (T::default(), vec![problem]),
        };
        let mut problems = Vec::new();
        while problems.len() < MAX_PROBLEMS {
            match serde_path_to_error::deserialize(&value) {
                Ok(decoded) => return (decoded, problems),
                Err(error) => {
                    let pointer = pointer("", error.path());
                    let message = error.into_inner().to_string();
                    problems.push(self.misfit(kind, &pointer, &message));
                    if !remove(&mut value, &pointer) {
                        break;
                    }
                }
            }
        }
        (T::default(), problems)
    }

    /// The map the document is. Serde would read a list as the fields of a type in their order.
    fn content(&self, kind: ProblemKind) -> Result<Value, Problem> {
        match &self.value {
            Value::Null => Ok(Value::Object(Map::new())),
            Value::Object(_) => Ok(self.value.clone()),
            _ => Err(self.misfit(kind, "", "invalid type: expected a map")),
        }
    }

    fn decode_value<T: DeserializeOwned>(
        &self,
        kind: ProblemKind,
        value: &Value,
        root: &str,
    ) -> Result<T, Problem> {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let pointer = pointer(root, error.path());
            self.misfit(kind, &pointer, &error.into_inner().to_string())
        })
    }

    /// What serde says, in our words.
    fn misfit(&self, kind: ProblemKind, pointer: &str, said: &str) -> Problem {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let name = super::unescaped(name);
        let known: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
        if said.starts_with("unknown field") {
            let message = format!("there is no key `{}` here", short(&name));
            let problem = self.problem(ProblemKind::UnknownKey, pointer, message);
            return self.at_key(problem, pointer).help(one_of(&name, &known));
        }
        if let Some(rest) = said.strip_prefix("unknown variant `") {
            let value = rest.split('`').next().unwrap_or_default();
            let message = format!("`{}` is not known here", short(value));
            let problem = self.problem(kind, pointer, message);
            return problem.help(one_of(value, &known));
        }
        if let Some(rest) = said.strip_prefix("missing field `") {
            let missing = rest.split('`').next().unwrap_or_default();
            let problem = self.problem(kind, pointer, format!("the key `{missing}` is missing"));
            return problem.help(format!("add `{missing}:`"));
        }
        let wanted = said.rsplit_once("expected ").map(|(_, wanted)| wanted);
        let is_value = said.starts_with("invalid value");
        let given = match self.value.pointer(pointer) {
            Some(value) if is_value => short(&value.to_string()),
            Some(value) => kind_of(value).to_owned(),
            None => "nothing".to_owned(),
        };
        match (wanted, is_value || said.starts_with("invalid type")) {
            (Some(wanted), true) => {
                let what = match pointer {
                    "" => "the file".to_owned(),
                    _ => format!("`{}`", short(&name)),
                };
                let message = format!("{what} is {given}, where {} belongs", plainly(wanted));
                self.problem(kind, pointer, message).help(remedy(wanted))
            }
            _ => self.problem(kind, pointer, short(said)),
        }
    }
}

/// What one may write instead of `wrong`.
fn one_of(wrong: &str, known: &[&str]) -> String {
    match closest(wrong, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "remove it".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

/// What a value is, in words.
pub(in crate::policy) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// Serde's names of what it expects, in words.
fn plainly(wanted: &str) -> &str {
    match wanted {
        "a sequence" => "a list",
        "a boolean" => "a truth value",
        "f64" | "f32" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 up",
        "i64" | "i32" => "a whole number",
        other if other.starts_with("struct ") => "a map",
        other => other,
    }
}

fn remedy(wanted: &str) -> &'static str {
    match plainly(wanted) {
        "a list" => "write it as `[a, b]`, or one item a line after `- `",
        "a map" => "write `key: value`, one a line and indented",
        "a truth value" => "write `true` or `false`",
        "a whole number" | "a whole number from 0 up" => "write digits alone, without quotes",
        "a string" => "write one text, in quotes if it looks like a number",
        _ => "write the value without quotes",
    }
}

fn pointer(root: &str, path: &Path) -> String {
    path.iter()
        .fold(root.to_owned(), |pointer, segment| match segment {
            Segment::Map { key } => step(&pointer, key),
            Segment::Seq { index } => step(&pointer, &index.to_string()),
            Segment::Enum { .. } | Segment::Unknown => pointer,
        })
}

/// Takes the entry at `pointer` out, or the list around an item; false where there is none.
fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return false;
    };
    match value.pointer_mut(parent) {
        Some(Value::Object(entries)) => entries.shift_remove(&super::unescaped(name)).is_some(),
        Some(Value::Array(_)) => remove(value, parent),
        _ => false,
    }
}
