//! Events of the parser to one value with places. No recursion: depth is counted, not trusted.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, MAX_NODES, MAX_TEXT, Place, scalar};

/// Why a text is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: String,
    /// Where, in characters.
    pub(super) place: Range<usize>,
    /// Whether a limit of ours was passed.
    pub(super) is_limit: bool,
}

/// Reads one document.
pub(super) fn read(text: &str) -> Result<(Value, Place), Refusal> {
    for (index, character) in text.chars().enumerate() {
        if is_forbidden(character) {
            return Err(control(character, index..index.saturating_add(1)));
        }
    }
    let mut parser = Parser::new_from_str(text);
    let mut builder = Builder::default();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| not_yaml(&error))?;
        builder.take(event, span)?;
    }
    Ok(builder.root.unwrap_or_else(|| {
        let nothing = Place {
            key: None,
            value: 0..0,
            children: Vec::new(),
        };
        (Value::Null, nothing)
    }))
}

/// Whether YAML has no such character (YAML 1.2.2, section 5.1, `c-printable`), or one version takes it
/// for a line break and another does not (section 5.4): a comment would end there for some.
pub(super) fn is_forbidden(character: char) -> bool {
    let is_space = matches!(character, '\t' | '\n' | '\r');
    let is_break = matches!(character, '\u{2028}' | '\u{2029}');
    let is_none = matches!(character, '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    (character.is_control() && !is_space) || is_break || is_none
}

/// A map or a list that is not finished.
struct Frame {
    value: Open,
    children: Vec<Place>,
    start: usize,
    anchor: usize,
    /// The key this map or list belongs to, in the map around it.
    key: Option<Key>,
}

enum Open {
    /// The entries so far, and the key that waits for its value.
    Map(Map<String, Value>, Option<Key>),
    List(Vec<Value>),
}

type Key = (String, Range<usize>);

/// What an anchor stands for, and its size.
struct Anchored {
    value: Value,
    size: Size,
}

#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    text: usize,
    depth: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Frame>,
    anchors: BTreeMap<usize, Anchored>,
    root: Option<(Value, Place)>,
    documents: usize,
    nodes: usize,
    text: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Refusal> {
        let place = range(span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(place),
            Event::Scalar(text, style, anchor, tag) => {
                let wants = scalar::Wants::of(tag.as_deref(), style)
                    .ok_or_else(|| foreign_tag(tag.as_deref(), place.clone()))?;
                self.scalar(&text, style, (wants, anchor), place)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", &place)?;
                self.open(Open::List(Vec::new()), anchor, place)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", &place)?;
                self.open(Open::Map(Map::new(), None), anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place.end),
            Event::Alias(anchor) => self.alias(anchor, place),
        }
    }

    fn document(&mut self, place: Range<usize>) -> Result<(), Refusal> {
        self.documents = self.documents.saturating_add(1);
        match self.documents > 1 {
            true => Err(refusal(
                "a second document begins here",
                "keep one document in a file: remove the `---` or split the file",
                place,
            )),
            false => Ok(()),
        }
    }

    /// Whether the next value is a key of a map.
    fn wants_key(&self) -> bool {
        let last = self.open.last().map(|frame| &frame.value);
        matches!(last, Some(Open::Map(_, None)))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        (wants, anchor): (scalar::Wants, usize),
        place: Range<usize>,
    ) -> Result<(), Refusal> {
        if let Some(character) = text.chars().find(|character| is_forbidden(*character)) {
            return Err(control(character, place));
        }
        if self.wants_key() && style == ScalarStyle::Plain && text == "<<" {
            let help = "write out the keys it would bring; YAML 1.2 has no merge keys";
            return Err(refusal("merge keys are not read", help, place));
        }
        let value = scalar::resolve(text, wants)
            .map_err(|wrong| refusal(wrong.message, wrong.help, place.clone()))?;
        self.spend(size(&value), &place)?;
        if self.wants_key() {
            return self.key(value, anchor, place);
        }
        self.anchor(anchor, &value, &place)?;
        self.add(value, place, Vec::new());
        Ok(())
    }

    fn key(&mut self, value: Value, anchor: usize, place: Range<usize>) -> Result<(), Refusal> {
        self.anchor(anchor, &value, &place)?;
        let Value::String(name) = value else {
            let message = format!("the key `{value}` is not a string");
            return Err(refusal(message, "put the key in quotes", place));
        };
        let Some(frame) = self.open.last_mut() else {
            return Ok(());
        };
        if let Open::Map(entries, waiting) = &mut frame.value {
            if entries.contains_key(&name) {
                let message = format!("the key `{}` is given twice", short(&name));
                return Err(refusal(message, "keep one of the two", place));
            }
            *waiting = Some((name, place));
        }
        Ok(())
    }

    fn open(&mut self, value: Open, anchor: usize, place: Range<usize>) -> Result<(), Refusal> {
        if self.wants_key() {
            let help = "write a string before the colon";
            return Err(refusal("a key has to be a string", help, place));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(place));
        }
        let one = Size {
            nodes: 1,
            ..Size::default()
        };
        self.spend(one, &place)?;
        let key = self
            .open
            .last_mut()
            .and_then(|frame| match &mut frame.value {
                Open::Map(_, waiting) => waiting.take(),
                Open::List(_) => None,
            });
        // The map around this one waits for its value again when this one is closed.
        self.open.push(Frame {
            value,
            children: Vec::new(),
            start: place.start,
            anchor,
            key,
        });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Refusal> {
        let Some(frame) = self.open.pop() else {
            return Ok(());
        };
        let value = match frame.value {
            Open::Map(entries, _) => Value::Object(entries),
            Open::List(items) => Value::Array(items),
        };
        let place = frame.start..end.max(frame.start);
        self.anchor(frame.anchor, &value, &place)?;
        if let (Some(key), Some(outer)) = (frame.key, self.open.last_mut())
            && let Open::Map(_, waiting) = &mut outer.value
        {
            *waiting = Some(key);
        }
        self.add(value, place, frame.children);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: Range<usize>) -> Result<(), Refusal> {
        if self.wants_key() {
            return Err(refusal(
                "a key cannot be an alias",
                "write the key out",
                place,
            ));
        }
        let Some(known) = self.anchors.get(&anchor) else {
            let help = "an alias may only name what was finished before it";
            return Err(refusal(
                "the alias stands inside what it names",
                help,
                place,
            ));
        };
        let (value, size) = (known.value.clone(), known.size);
        if self.open.len().saturating_add(size.depth) > MAX_DEPTH {
            return Err(too_deep(place));
        }
        self.spend(size, &place)?;
        self.add(value, place, Vec::new());
        Ok(())
    }

    /// Remembers what an anchor stands for; the copy counts.
    fn anchor(
        &mut self,
        anchor: usize,
        value: &Value,
        place: &Range<usize>,
    ) -> Result<(), Refusal> {
        if anchor == 0 {
            return Ok(());
        }
        let size = size(value);
        self.spend(size, place)?;
        let value = value.clone();
        self.anchors.insert(anchor, Anchored { value, size });
        Ok(())
    }

    fn spend(&mut self, size: Size, place: &Range<usize>) -> Result<(), Refusal> {
        self.nodes = self.nodes.saturating_add(size.nodes);
        self.text = self.text.saturating_add(size.text);
        if self.nodes <= MAX_NODES && self.text <= MAX_TEXT {
            return Ok(());
        }
        let message =
            format!("the document grows over {MAX_NODES} values, or {MAX_TEXT} bytes of text");
        Err(Refusal {
            is_limit: true,
            ..refusal(
                message,
                "aliases count as what they stand for: use fewer, or split the file",
                place.clone(),
            )
        })
    }

    fn add(&mut self, value: Value, place: Range<usize>, children: Vec<Place>) {
        let place = Place {
            key: None,
            value: place,
            children,
        };
        let Some(frame) = self.open.last_mut() else {
            self.root = Some((value, place));
            return;
        };
        match &mut frame.value {
            Open::List(items) => {
                items.push(value);
                frame.children.push(place);
            }
            Open::Map(entries, waiting) => {
                if let Some((name, key)) = waiting.take() {
                    entries.insert(name, value);
                    frame.children.push(Place {
                        key: Some(key),
                        ..place
                    });
                }
            }
        }
    }
}

/// How large a value is. Its depth is that of the reader: at most [`MAX_DEPTH`].
fn size(value: &Value) -> Size {
    let inside = |values: &mut dyn Iterator<Item = &Value>| {
        values.map(size).fold(Size::default(), |sum, one| Size {
            nodes: sum.nodes.saturating_add(one.nodes),
            text: sum.text.saturating_add(one.text),
            depth: sum.depth.max(one.depth),
        })
    };
    let (within, text) = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => return leaf(0),
        Value::String(text) => return leaf(text.len()),
        Value::Array(items) => (inside(&mut items.iter()), 0),
        Value::Object(entries) => {
            let keys: usize = entries.keys().map(String::len).sum();
            (inside(&mut entries.values()), keys)
        }
    };
    Size {
        nodes: within.nodes.saturating_add(1),
        text: within.text.saturating_add(text),
        depth: within.depth.saturating_add(1),
    }
}

fn leaf(text: usize) -> Size {
    Size {
        nodes: 1,
        text,
        depth: 0,
    }
}

fn check_tag(tag: Option<&Tag>, own: &str, place: &Range<usize>) -> Result<(), Refusal> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == own) => {
            Err(foreign_tag(Some(tag), place.clone()))
        }
        _ => Ok(()),
    }
}

fn foreign_tag(tag: Option<&Tag>, place: Range<usize>) -> Refusal {
    let name = tag.map(ToString::to_string).unwrap_or_default();
    let message = format!("the tag `{}` is not read", short(&name));
    let help = "remove it: only the tags of YAML's core schema are known";
    refusal(message, help, place)
}

fn control(character: char, place: Range<usize>) -> Refusal {
    let code = u32::from(character);
    let message = format!("the character U+{code:04X} has no place in YAML");
    refusal(message, "remove it, or save the file as UTF-8 text", place)
}

fn too_deep(place: Range<usize>) -> Refusal {
    Refusal {
        is_limit: true,
        ..refusal(
            format!("maps and lists are nested more than {MAX_DEPTH} deep"),
            "nothing Freehold reads is nested so deep",
            place,
        )
    }
}

fn not_yaml(error: &ScanError) -> Refusal {
    let at: &Marker = error.marker();
    let message = format!("this is not YAML: {}", short(error.info()));
    let help = "look at the indentation, brackets and quotes of this line and the one before";
    refusal(message, help, at.index()..at.index().saturating_add(1))
}

fn refusal(message: impl Into<String>, help: impl Into<String>, place: Range<usize>) -> Refusal {
    Refusal {
        message: message.into(),
        help: help.into(),
        place,
        is_limit: false,
    }
}

/// Text of the file as it may stand in a message: printable, and cut.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().take(LONGEST).map(super::shown).collect();
    shown = shown.replace(['\n', '\r', '\t'], " ");
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

fn range(span: Span) -> Range<usize> {
    span.start.index()..span.end.index()
}
