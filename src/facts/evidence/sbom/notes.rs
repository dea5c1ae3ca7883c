//! What was left out of a document, counted by reason.

use std::collections::BTreeMap;

use super::cyclonedx_xml::MAX_ATTRIBUTES;
use super::document::{MAX_COMPONENTS, MAX_FILES};
use super::draft::{MAX_LICENSES, MAX_RELATIONSHIPS};
use super::json::{MAX_TEXT, MAX_VALUES};

/// A reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Note {
    /// A key stands twice in an object: readers may differ on what it says.
    DuplicateKey,
    /// A part of an XML document stands twice in it.
    DuplicateElement,
    /// A field is not of the type the format gives it.
    WrongType(&'static str),
    /// A hash is not hexadecimal.
    OddHash,
    /// A text is over the limit.
    LongText,
    /// A value is over the limit of what is held at once.
    TooManyValues,
    /// A component over the limit.
    TooManyComponents,
    /// A file over the limit.
    TooManyFiles,
    /// A relationship over the limit.
    TooManyRelationships,
    /// A licence over the limit.
    TooManyLicenses,
    /// An attribute over the limit.
    TooManyAttributes,
    /// A component without a name.
    NoName,
    /// An entry lacks what makes it one.
    Incomplete(&'static str),
    /// A line of tag-value that has no tag.
    NoTag,
}

impl Note {
    fn told(self) -> String {
        match self {
            Self::DuplicateKey => {
                "a key stands twice in one object, and the last one was taken".to_owned()
            }
            Self::DuplicateElement => "a part of it stands twice, and both were read".to_owned(),
            Self::WrongType(field) => {
                format!("`{field}` is of a type that the format does not give it")
            }
            Self::OddHash => "a hash is not hexadecimal".to_owned(),
            Self::LongText => format!("a text is longer than {MAX_TEXT} bytes"),
            Self::TooManyValues => format!("an entry has more than {MAX_VALUES} values"),
            Self::TooManyComponents => {
                format!("it has more than {MAX_COMPONENTS} components or other elements")
            }
            Self::TooManyFiles => format!("it has more than {MAX_FILES} files"),
            Self::TooManyRelationships => {
                format!("it has more than {MAX_RELATIONSHIPS} relationships")
            }
            Self::TooManyLicenses => {
                format!("a component has more than {MAX_LICENSES} licences")
            }
            Self::TooManyAttributes => {
                format!("an element has more than {MAX_ATTRIBUTES} attributes")
            }
            Self::NoName => "a component has no name".to_owned(),
            Self::Incomplete(field) => format!("an entry of `{field}` lacks a part"),
            Self::NoTag => "a line has no tag".to_owned(),
        }
    }
}

/// Reasons, and how often each was met.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<Note, u64>);

impl Notes {
    /// Counts a reason.
    pub(super) fn add(&mut self, note: Note) {
        let count = self.0.entry(note).or_default();
        *count = count.saturating_add(1);
    }

    /// A line for each reason.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(note, count): (&Note, &u64)| match count {
            1 => note.told(),
            _ => format!("{} ({count} times)", note.told()),
        };
        self.0.iter().map(line).collect()
    }
}
