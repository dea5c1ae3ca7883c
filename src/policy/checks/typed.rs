//! What a variable of a rule stands for, as far as that can be said without running it.

use std::collections::BTreeMap;

use serde_json::Value;

/// What an expression stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Typed<'m> {
    /// Nothing is known.
    Untyped,
    /// A part of the facts document.
    Fact {
        /// Its schema.
        node: &'m Value,
        /// How it was reached from `input`; an element of a list is `_`.
        path: Vec<String>,
    },
    /// A collection made in a rule.
    List(Box<Typed<'m>>),
    /// An object made in a rule.
    Record(BTreeMap<String, Typed<'m>>),
    /// A place below `data`.
    Data(Vec<String>),
    /// What iterating over a document of the pack gives: any of these values.
    Entries {
        /// The values.
        nodes: Vec<&'m Value>,
        /// How they were reached.
        path: String,
    },
}

impl Typed<'_> {
    /// What can be said of a value that is one or the other.
    pub(super) fn join(self, other: Self) -> Self {
        let is_same = match (&self, &other) {
            (Self::Fact { node: left, .. }, Self::Fact { node: right, .. }) => {
                same_shape(left, right)
            }
            (left, right) => left == right,
        };
        if is_same { self } else { Self::Untyped }
    }

    /// A short text that tells two meanings apart.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Untyped => "?".to_owned(),
            Self::Fact { path, .. } => format!("input.{}", path.join(".")),
            Self::List(element) => format!("[{}]", element.key()),
            Self::Record(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, typed)| format!("{name}:{}", typed.key()))
                    .collect();
                format!("{{{}}}", fields.join(","))
            }
            Self::Data(path) => path.join("."),
            Self::Entries { path, .. } => path.clone(),
        }
    }
}

/// Whether two nodes of the schema say the same, whatever they are described as.
fn same_shape(left: &Value, right: &Value) -> bool {
    let (Some(left), Some(right)) = (left.as_object(), right.as_object()) else {
        return left == right;
    };
    let said = |(name, _): &(&String, &Value)| *name != "description";
    left.iter().filter(said).eq(right.iter().filter(said))
}

/// A path into `input` as a rule writes it: `input.packages[_].name`, `input.image.labels["a.b"]`.
pub(super) fn written(path: &[String]) -> String {
    let mut text = "input".to_owned();
    for step in path {
        if step == "_" {
            text.push_str("[_]");
        } else if is_name(step) {
            text.push('.');
            text.push_str(step);
        } else {
            text.push_str(&format!("[{step:?}]"));
        }
    }
    text
}

/// Whether a key may stand behind a dot (Rego grammar, `var`).
fn is_name(step: &str) -> bool {
    let is_letter = |character: char| character.is_ascii_alphabetic() || character == '_';
    step.starts_with(is_letter)
        && (step.chars()).all(|character| is_letter(character) || character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn a_key_that_is_no_name_stands_in_brackets() {
        let path = ["image", "labels", "org.example.team"].map(str::to_owned);
        assert_eq!(written(&path), r#"input.image.labels["org.example.team"]"#);
        let path = ["packages", "_", "name"].map(str::to_owned);
        assert_eq!(written(&path), "input.packages[_].name");
    }
}
