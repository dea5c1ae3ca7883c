//! CycloneDX 1.0 to 1.7 XML, brought into the shape that its JSON has.
//!
//! Format: the XML schemas of the specification (ECMA-424), `bom-1.2.xsd` to `bom-1.7.xsd`; XML 1.0
//! and Namespaces in XML 1.0. A document type declaration is refused: entities of a document's own
//! are how a small file becomes a large one.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::Refused;
use super::cyclonedx::{KEYS, Reader};
use super::document::SbomDocument;
use super::json::{Json, MAX_TEXT, MAX_VALUES, Sink, Take};
use super::notes::Note;
use crate::facts::model::SbomFormat;

/// What the namespaces of all versions begin with; the version follows.
pub(super) const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";
/// Elements within elements: components in components are two deep.
const MAX_DEPTH: usize = 128;
/// Attributes looked at of one element.
pub(super) const MAX_ATTRIBUTES: usize = 64;
/// Elements that hold a list of elements.
const LISTS: [&str; 8] = [
    "components",
    "hashes",
    "licenses",
    "authors",
    "properties",
    "occurrences",
    "lifecycles",
    "services",
];

/// Reads a document.
pub(super) fn read(text: &str) -> Result<SbomDocument, Refused> {
    let mut xml = NsReader::from_str(text);
    xml.config_mut().expand_empty_elements = true;
    let mut walk = Walk {
        xml,
        reader: Reader::new(SbomFormat::CyclonedxXml),
        left: MAX_VALUES,
    };
    walk.document()?;
    Ok(walk.reader.draft.finish())
}

/// What comes next in a document.
enum Step<'a> {
    /// An element of CycloneDX opens.
    Open(BytesStart<'a>),
    /// An element of another vocabulary opens.
    Foreign,
    /// The element ends.
    Close,
    /// Text, references resolved.
    Text(Cow<'a, str>),
    /// The document ends.
    End,
}

struct Walk<'a> {
    xml: NsReader<&'a [u8]>,
    reader: Reader,
    /// Values that may still be held of the entry that is read.
    left: usize,
}

impl<'a> Walk<'a> {
    fn step(&mut self) -> Result<Step<'a>, Refused> {
        loop {
            let event = match self.xml.read_event() {
                Ok(event) => event,
                Err(_) => return Err(self.malformed("is not well-formed")),
            };
            return Ok(match event {
                Event::Start(start) if self.version(&start).is_some() => Step::Open(start),
                Event::Start(_) | Event::Empty(_) => Step::Foreign,
                Event::End(_) => Step::Close,
                Event::Text(text) => Step::Text(owned(text.xml10_content())),
                Event::CData(text) => Step::Text(owned(text.xml10_content())),
                Event::GeneralRef(reference) => Step::Text(self.resolved(&reference)?),
                Event::DocType(_) => {
                    let why = "it has a document type declaration, which is never read";
                    return Err(Refused::Malformed(why.to_owned()));
                }
                Event::Eof => Step::End,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            });
        }
    }

    /// The version that the namespace of an element names, if it is CycloneDX'.
    fn version(&self, start: &BytesStart<'_>) -> Option<String> {
        match self.xml.resolver().resolve_element(start.name()).0 {
            ResolveResult::Bound(Namespace(name)) => {
                name.strip_prefix(NAMESPACE).map(str::to_owned)
            }
            _ => None,
        }
    }

    /// The five entities and the character references that XML itself defines (section 4.6, 4.1).
    fn resolved(&self, reference: &BytesRef<'_>) -> Result<Cow<'static, str>, Refused> {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            return Ok(Cow::Owned(character.to_string()));
        }
        let text = match &*reference.xml10_content() {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "apos" => "'",
            "quot" => "\"",
            _ => return Err(self.malformed("refers to what it does not define")),
        };
        Ok(Cow::Borrowed(text))
    }

    fn malformed(&self, what: &str) -> Refused {
        let at = self.xml.buffer_position();
        Refused::Malformed(format!("its XML {what}: byte {at}"))
    }

    fn document(&mut self) -> Result<(), Refused> {
        let mut seen = false;
        loop {
            match self.step()? {
                Step::Open(start) if !seen && start.local_name().as_ref() == "bom" => {
                    seen = true;
                    self.bom(&start)?;
                }
                Step::Text(text) if text.trim().is_empty() => (),
                Step::End if seen => return Ok(()),
                _ => return Err(self.malformed("is no `bom` of CycloneDX, or more than one")),
            }
        }
    }

    fn bom(&mut self, start: &BytesStart<'a>) -> Result<(), Refused> {
        let version = self.version(start).unwrap_or_default();
        self.reader
            .take("specVersion", &Json::Text(Cow::Owned(version)));
        let mut parts = Parts::default();
        self.attributes(start, &["serialNumber"], &mut parts)?;
        if let Some(number) = parts.object.get("serialNumber") {
            self.reader.take("serialNumber", number);
        }
        let top = self.reader.top();
        let mut seen = Vec::new();
        while let Some(child) = self.child()? {
            let name = child.local_name();
            let known = top.iter().find(|(key, _)| *key == name.as_ref());
            let Some((key, take)) = known else {
                self.skip()?;
                continue;
            };
            if seen.contains(key) {
                self.reader.draft.notes.add(Note::DuplicateElement);
            }
            seen.push(*key);
            if *take == Take::Each {
                while let Some(entry) = self.child()? {
                    self.whole(key, &entry)?;
                }
            } else {
                self.whole(key, &child)?;
            }
        }
        Ok(())
    }

    fn whole(&mut self, key: &'static str, start: &BytesStart<'a>) -> Result<(), Refused> {
        self.left = MAX_VALUES;
        let value = self.element(start, 0)?;
        self.reader.take(key, &value);
        Ok(())
    }

    /// The next child of the element that is open, what is between skipped.
    fn child(&mut self) -> Result<Option<BytesStart<'a>>, Refused> {
        loop {
            match self.step()? {
                Step::Open(start) => return Ok(Some(start)),
                Step::Foreign => self.skip()?,
                Step::Close => return Ok(None),
                Step::Text(_) => (),
                Step::End => return Err(self.malformed("ends too early")),
            }
        }
    }

    /// Passes over the rest of the element that is open.
    fn skip(&mut self) -> Result<(), Refused> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.step()? {
                Step::Open(_) | Step::Foreign => depth = depth.saturating_add(1),
                Step::Close => depth = depth.saturating_sub(1),
                Step::Text(_) => (),
                Step::End => return Err(self.malformed("ends too early")),
            }
        }
        Ok(())
    }

    /// An element as JSON has it: a list, an object, or a text.
    fn element(&mut self, start: &BytesStart<'a>, depth: usize) -> Result<Json<'static>, Refused> {
        if depth >= MAX_DEPTH {
            return Err(self.malformed("is nested too deeply"));
        }
        let name = start.local_name();
        let name = name.as_ref();
        let mut parts = Parts::default();
        self.attributes(start, KEYS, &mut parts)?;
        loop {
            match self.step()? {
                Step::Open(child) => self.part(name, &child, &mut parts, depth)?,
                Step::Foreign => self.skip()?,
                Step::Text(text) => parts.add_text(&text, &mut self.reader),
                Step::Close => return Ok(parts.json(name)),
                Step::End => return Err(self.malformed("ends too early")),
            }
        }
    }

    fn part(
        &mut self,
        parent: &str,
        start: &BytesStart<'a>,
        parts: &mut Parts,
        depth: usize,
    ) -> Result<(), Refused> {
        let local = start.local_name();
        let (key, is_item) = place(parent, local.as_ref());
        if key.is_none() && !is_item {
            return self.skip();
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.reader.draft.notes.add(Note::TooManyValues);
            return self.skip();
        };
        self.left = left;
        let value = self.element(start, depth.saturating_add(1))?;
        match key {
            _ if is_item => parts.items.push(wrapped(local.as_ref(), value)),
            Some(key @ ("dependsOn" | "provides")) => parts.push(key, reference(value)),
            Some(key @ ("omniborId" | "swhid")) => parts.push(key, value),
            Some(key) if !parts.object.set(key, value) => {
                self.reader.draft.notes.add(Note::DuplicateKey);
            }
            _ => (),
        }
        Ok(())
    }

    fn attributes(
        &mut self,
        start: &BytesStart<'a>,
        keys: &[&'static str],
        parts: &mut Parts,
    ) -> Result<(), Refused> {
        for (at, attribute) in start.attributes().with_checks(false).enumerate() {
            if at >= MAX_ATTRIBUTES {
                self.reader.draft.notes.add(Note::TooManyAttributes);
                return Ok(());
            }
            let Ok(attribute) = attribute else {
                return Err(self.malformed("is not well-formed"));
            };
            let name = attribute.key;
            let Some(key) = keys.iter().find(|key| **key == name.as_ref()) else {
                continue;
            };
            let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else {
                return Err(self.malformed("refers to what it does not define"));
            };
            if value.len() > MAX_TEXT {
                self.reader.draft.notes.add(Note::LongText);
                continue;
            }
            parts
                .object
                .set(key, Json::Text(Cow::Owned(value.into_owned())));
        }
        Ok(())
    }
}

/// An element while it is read.
struct Parts {
    object: Json<'static>,
    items: Vec<Json<'static>>,
    text: String,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            object: Json::object(),
            items: Vec::new(),
            text: String::new(),
        }
    }
}

impl Parts {
    fn push(&mut self, key: &'static str, value: Json<'static>) {
        if let Json::Object(fields) = &mut self.object {
            match fields.iter_mut().find(|(name, _)| *name == key) {
                Some((_, Json::List(values))) => values.push(value),
                _ => fields.push((key, Json::List(vec![value]))),
            }
        }
    }

    fn add_text(&mut self, text: &str, reader: &mut Reader) {
        if self.text.len().saturating_add(text.len()) > MAX_TEXT {
            reader.draft.notes.add(Note::LongText);
        } else {
            self.text.push_str(text);
        }
    }

    fn json(mut self, name: &str) -> Json<'static> {
        let is_empty = self.object == Json::object();
        if LISTS.contains(&name) || (name == "tools" && is_empty) {
            return Json::List(self.items);
        }
        let text = self.text.trim();
        let text = Json::Text(Cow::Owned(text.to_owned()));
        match name {
            // An empty one is one without a name.
            "component" => (),
            "hash" => drop(self.object.set("content", text)),
            "property" => drop(self.object.set("value", text)),
            // Nothing in it is read.
            _ if is_empty && text.text().is_none() => return Json::Null,
            // An `expression` may have a `bom-ref`.
            _ if is_empty || name == "expression" => return text,
            _ => (),
        }
        self.object
    }
}

/// Under which key JSON has a child, or that it is an entry of a list.
fn place(parent: &str, child: &str) -> (Option<&'static str>, bool) {
    let is_item = LISTS.contains(&parent) || (parent, child) == ("tools", "tool");
    let name = match (parent, child) {
        ("dependency", "dependency") => "dependsOn",
        (_, "omnibor") => "omniborId",
        _ => child,
    };
    (KEYS.iter().find(|key| **key == name).copied(), is_item)
}

/// An entry of a list as JSON has it: choices of licences are objects with one key.
fn wrapped(name: &str, value: Json<'static>) -> Json<'static> {
    let key = match name {
        "license" => "license",
        "expression" => "expression",
        _ => return value,
    };
    Json::Object(vec![(key, value)])
}

/// What a `dependency` in a `dependency` refers to.
fn reference(value: Json<'static>) -> Json<'static> {
    let Json::Object(fields) = value else {
        return Json::Null;
    };
    let found = fields.into_iter().find(|(key, _)| *key == "ref");
    found.map_or(Json::Null, |(_, value)| value)
}

fn owned<'a>(text: Cow<'_, str>) -> Cow<'a, str> {
    Cow::Owned(text.into_owned())
}
