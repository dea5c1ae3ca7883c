//! The one door for YAML of people: text in, a JSON value out, and the place of every key and value.
//!
//! YAML 1.2 with its core schema, and less: what is quoted is a string, keys are strings and stand
//! once, one document, no merge keys, no tags but the core ones. Anchors are allowed as long as what
//! they stand for stays small. Whatever YAML 1.1 reads differently in a way that changes a value
//! (a leading zero) is refused instead of guessed.

mod decode;
mod reader;
mod scalar;

use std::ops::Range;

use serde_json::Value;

use super::error::{Problem, ProblemKind};

pub(super) use decode::kind_of;

/// Bytes of one text.
pub const MAX_BYTES: usize = 1 << 20;

/// Maps and lists inside each other, aliases followed.
pub const MAX_DEPTH: usize = 64;

/// Values of one document, aliases followed; a value behind an anchor counts for the anchor too.
pub const MAX_NODES: usize = 100_000;

/// Bytes of text in the values of one document, counted the same way.
pub const MAX_TEXT: usize = 4 << 20;

/// Where one value stands, in characters of the text, and where what it holds stands.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    /// The key before it; none in a list and at the root.
    key: Option<Range<usize>>,
    /// The value itself.
    value: Range<usize>,
    /// What it holds, in the order of the value's own entries. Empty for what an alias stands for.
    children: Vec<Place>,
}

/// One YAML text, read.
#[derive(Debug, Clone)]
pub struct Document {
    file: String,
    text: String,
    value: Value,
    place: Place,
}

/// Reads `text`, the content of `file` (its name is only shown). An empty text is null.
///
/// # Errors
/// A [`Problem`] of `kind` that points at what is wrong: text that is not YAML, a key given twice or
/// that is no string, a second document, a tag, a control character, a number JSON cannot hold;
/// [`ProblemKind::TooLarge`] over one of the limits of this module.
pub fn read(kind: ProblemKind, file: &str, text: &str) -> Result<Document, Problem> {
    // A byte order mark is no character of the document.
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    read_part(kind, file, content, content)
}

/// Reads YAML that is part of `text`: `content`, character for character, but with spaces for what
/// is not YAML, so that every place in it is one in `text`.
///
/// # Errors
/// As those of [`read`].
pub(super) fn read_part(
    kind: ProblemKind,
    file: &str,
    text: &str,
    content: &str,
) -> Result<Document, Problem> {
    if content.len() > MAX_BYTES {
        let message = format!("the file is larger than {MAX_BYTES} bytes");
        return Err(Problem::in_file(ProblemKind::TooLarge, file, message));
    }
    let refused = |refusal: reader::Refusal| {
        let kind = match refusal.is_limit {
            true => ProblemKind::TooLarge,
            false => kind,
        };
        let problem = Problem::in_file(kind, file, refusal.message);
        point(problem, text, &refusal.place).help(refusal.help)
    };
    let (value, place) = reader::read(content).map_err(refused)?;
    Ok(Document {
        file: file.to_owned(),
        text: text.to_owned(),
        value,
        place,
    })
}

impl Document {
    /// What the text says.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What the text says, as its own.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// Name of the file, as it is shown.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// A problem with the value at `pointer` (RFC 6901), pointing at the value; at the nearest value
    /// around it where there is none.
    pub fn problem(&self, kind: ProblemKind, pointer: &str, message: impl Into<String>) -> Problem {
        self.at(Problem::in_file(kind, &self.file, message), pointer)
    }

    /// Points `problem` at the value at `pointer` (RFC 6901). A value that takes no room, such as a
    /// missing one, or that goes on over lines, is pointed at by its key.
    pub fn at(&self, problem: Problem, pointer: &str) -> Problem {
        let place = self.find(pointer);
        let is_short = !place.value.is_empty() && self.is_one_line(&place.value);
        match &place.key {
            Some(key) if !is_short => point(problem, &self.text, key),
            _ => point(problem, &self.text, &place.value),
        }
    }

    /// Points `problem` at the key of the value at `pointer` (RFC 6901); at the value where it has
    /// none.
    pub fn at_key(&self, problem: Problem, pointer: &str) -> Problem {
        let place = self.find(pointer);
        point(
            problem,
            &self.text,
            place.key.as_ref().unwrap_or(&place.value),
        )
    }

    /// The place of `pointer`, or of the nearest value around it.
    fn find(&self, pointer: &str) -> &Place {
        let (mut place, mut value) = (&self.place, &self.value);
        for token in pointer.split('/').skip(1) {
            let name = unescaped(token);
            let index = match value {
                Value::Object(fields) => fields.keys().position(|key| *key == name),
                Value::Array(_) => name.parse().ok(),
                _ => None,
            };
            let inner = match value {
                Value::Object(fields) => fields.get(&name),
                Value::Array(items) => index.and_then(|index| items.get(index)),
                _ => None,
            };
            let child = index.and_then(|index| place.children.get(index));
            let (Some(inner), Some(child)) = (inner, child) else {
                break;
            };
            (place, value) = (child, inner);
        }
        place
    }

    fn is_one_line(&self, range: &Range<usize>) -> bool {
        let length = range.end.saturating_sub(range.start);
        let mut inside = self.text.chars().skip(range.start).take(length);
        !inside.any(|character| character == '\n')
    }
}

/// A key or a position as one step of a pointer (RFC 6901, section 3).
pub fn step(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Points at characters of `text`, on their first line. Control characters are shown as
/// replacement characters, so that a text of others cannot write to a terminal.
fn point(problem: Problem, text: &str, place: &Range<usize>) -> Problem {
    let shown: String = text.chars().map(shown).collect();
    let byte = |index: usize| {
        let at = shown.char_indices().nth(index);
        at.map_or(shown.len(), |(byte, _)| byte)
    };
    let (start, end) = (byte(place.start), byte(place.end));
    let covered = shown.get(start..end).unwrap_or_default();
    let first = covered.lines().next().unwrap_or_default().trim_end();
    let end = start.saturating_add(first.len());
    problem.at(&shown, start, end)
}

fn shown(character: char) -> char {
    match reader::is_forbidden(character) || is_direction(character) {
        true => char::REPLACEMENT_CHARACTER,
        false => character,
    }
}

/// Characters that turn the direction of text (Unicode Standard Annex 9, section 2).
fn is_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
