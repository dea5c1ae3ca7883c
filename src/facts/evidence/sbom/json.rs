//! JSON documents of any size as small trees: the great lists of an SBOM are handed on one entry
//! at a time, of each entry only the keys that are read are kept, and texts are borrowed.
//!
//! Format: RFC 8259. Where an object names a key twice the last one counts (section 4 leaves it
//! open), and a note says so.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Refused;
use super::notes::{Note, Notes};

/// Bytes of one text: names, purls and expressions are far below, full texts of licences below.
pub(super) const MAX_TEXT: usize = 256 << 10;
/// Values held at once, 40 bytes each; nested lists are one entry of the outer one.
pub(super) const MAX_VALUES: usize = 1 << 20;

/// A value, of which only what is read is kept.
#[derive(Debug, PartialEq)]
pub(super) enum Json<'a> {
    /// `null`, and what was left out.
    Null,
    /// A number or a truth value: nothing that is read here is one.
    Scalar,
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object: the keys that are read, each once.
    Object(Vec<(&'static str, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// A text, when this is one that is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// The value behind a key, when this is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(fields) = self else {
            return None;
        };
        let field = fields.iter().find(|(name, _)| *name == key)?;
        Some(&field.1)
    }

    /// Sets a key of an object; false where it had a value before.
    pub(super) fn set(&mut self, key: &'static str, value: Self) -> bool {
        let Self::Object(fields) = self else {
            return false;
        };
        if let Some(field) = fields.iter_mut().find(|(name, _)| *name == key) {
            field.1 = value;
            return false;
        }
        fields.push((key, value));
        true
    }

    /// An object without a key.
    pub(super) const fn object() -> Self {
        Self::Object(Vec::new())
    }

    /// A text that was taken from elsewhere.
    pub(super) fn borrowed(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// How a value of the document itself is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// As one value.
    Whole,
    /// As a list, entry by entry.
    Each,
}

/// Who takes the values of a document.
pub(super) trait Sink {
    /// Keys of the document that are read, and how.
    fn top(&self) -> &'static [(&'static str, Take)];
    /// Keys that are read of the objects below.
    fn keys(&self) -> &'static [&'static str];
    /// A value of the document, or an entry of a list of it.
    fn take(&mut self, key: &'static str, value: &Json<'_>);
    /// Where notes go.
    fn notes(&mut self) -> &mut Notes;
}

/// Reads a JSON document into a sink. A document that is not well-formed is refused, and all that
/// the sink was told of it with it.
pub(super) fn stream(text: &str, sink: &mut dyn Sink) -> Result<(), Refused> {
    let counts = top_keys(text, sink)?;
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Document { sink, counts })
        .map_err(|error| refused(&error))
}

/// Reads a JSON document that is one object of the kind that lists hold.
pub(super) fn stream_one(
    text: &str,
    key: &'static str,
    sink: &mut dyn Sink,
) -> Result<(), Refused> {
    let (keys, mut left) = (sink.keys(), MAX_VALUES);
    let mut json = serde_json::Deserializer::from_str(text);
    let node = Node {
        keys,
        left: &mut left,
        notes: sink.notes(),
    };
    let value = node.deserialize(&mut json).and_then(|value| {
        json.end()?;
        Ok(value)
    });
    sink.take(key, &value.map_err(|error| refused(&error))?);
    Ok(())
}

/// What is wrong with a document, without a word of it.
pub(super) fn refused(error: &serde_json::Error) -> Refused {
    let (line, column) = (error.line(), error.column());
    let what = if error.to_string().starts_with("recursion limit") {
        "is nested too deeply"
    } else if error.is_eof() {
        "ends too early"
    } else {
        "is not well-formed"
    };
    Refused::Malformed(format!("its JSON {what}: line {line}, column {column}"))
}

/// How often each key that is read stands in the document itself: of a list that stands twice, the
/// entries of the last one alone are to be handed on.
fn top_keys(text: &str, sink: &mut dyn Sink) -> Result<Vec<u32>, Refused> {
    let top = sink.top();
    let mut counts = vec![0; top.len()];
    let mut json = serde_json::Deserializer::from_str(text);
    let counted = json.deserialize_map(Counter {
        top,
        counts: &mut counts,
    });
    let counted = counted.and_then(|()| json.end());
    counted.map_err(|error| refused(&error))?;
    if counts.iter().any(|&count| count > 1) {
        sink.notes().add(Note::DuplicateKey);
    }
    Ok(counts)
}

/// Counts the keys of the document.
struct Counter<'c> {
    top: &'static [(&'static str, Take)],
    counts: &'c mut [u32],
}

impl<'de> Visitor<'de> for Counter<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(at) = map.next_key_seed(TopKey(self.top))? {
            if let Some(count) = at.and_then(|at| self.counts.get_mut(at)) {
                *count = count.saturating_add(1);
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The document itself.
struct Document<'s> {
    sink: &'s mut dyn Sink,
    /// How often each key is still to come.
    counts: Vec<u32>,
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let top = self.sink.top();
        while let Some(at) = map.next_key_seed(TopKey(top))? {
            let known = at.and_then(|at| Some((top.get(at)?, self.counts.get_mut(at)?)));
            let Some(((key, take), count)) = known else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            *count = count.saturating_sub(1);
            if *count > 0 {
                map.next_value::<IgnoredAny>()?;
            } else if *take == Take::Each {
                map.next_value_seed(Each {
                    key,
                    sink: self.sink,
                })?;
            } else {
                let (keys, mut left) = (self.sink.keys(), MAX_VALUES);
                let value = map.next_value_seed(Node {
                    keys,
                    left: &mut left,
                    notes: self.sink.notes(),
                })?;
                self.sink.take(key, &value);
            }
        }
        Ok(())
    }
}

/// The place of a key in a table of keys, if it is there.
struct TopKey(&'static [(&'static str, Take)]);

impl<'de> DeserializeSeed<'de> for TopKey {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for TopKey {
    type Value = Option<usize>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|(name, _)| *name == key))
    }
}

/// A key that is read, if it is one.
struct Key(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<&'static str>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|name| **name == key).copied())
    }
}

/// The entries of a list, one by one.
struct Each<'s> {
    key: &'static str,
    sink: &'s mut dyn Sink,
}

impl<'de> DeserializeSeed<'de> for Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl Each<'_> {
    fn no_list<E>(self) -> Result<(), E> {
        self.sink.notes().add(Note::WrongType(self.key));
        Ok(())
    }
}

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let (keys, mut left) = (self.sink.keys(), MAX_VALUES);
            let node = Node {
                keys,
                left: &mut left,
                notes: self.sink.notes(),
            };
            match list.next_element_seed(node)? {
                Some(value) => self.sink.take(self.key, &value),
                None => return Ok(()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.no_list()
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.no_list()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.no_list()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.no_list()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.no_list()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.no_list()
    }
}

/// A value with all that is read below it.
struct Node<'n> {
    keys: &'static [&'static str],
    /// Values that may still be held.
    left: &'n mut usize,
    notes: &'n mut Notes,
}

impl Node<'_> {
    fn again(&mut self) -> Node<'_> {
        Node {
            keys: self.keys,
            left: self.left,
            notes: self.notes,
        }
    }

    fn text<'a>(self, text: Cow<'a, str>) -> Json<'a> {
        if text.len() > MAX_TEXT {
            self.notes.add(Note::LongText);
            return Json::Null;
        }
        Json::Text(text)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        let Some(left) = self.left.checked_sub(1) else {
            self.notes.add(Note::TooManyValues);
            from.deserialize_ignored_any(IgnoredAny)?;
            return Ok(Json::Null);
        };
        *self.left = left;
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Json<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Json::Scalar)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Json::Scalar)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Json::Scalar)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Json::Scalar)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(self.text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while *self.left > 0 {
            match list.next_element_seed(self.again())? {
                Some(value) => values.push(value),
                None => return Ok(Json::List(values)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            self.notes.add(Note::TooManyValues);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Json::object();
        while let Some(key) = map.next_key_seed(Key(self.keys))? {
            let Some(key) = key else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value_seed(self.again())?;
            if !object.set(key, value) {
                self.notes.add(Note::DuplicateKey);
            }
        }
        Ok(object)
    }
}
