//! Package URLs taken apart (purl-spec, PURL-SPECIFICATION.rst, "How to parse a purl string").

use std::borrow::Cow;

/// Bytes of the longest purl that is looked at.
const MAX_BYTES: usize = 8 << 10;

/// Qualifiers looked at of one purl.
const MAX_QUALIFIERS: usize = 32;

/// The parts of a purl, percent-decoded. A part that is not there is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Purl<'a> {
    /// Type, in lower case.
    pub(super) kind: Cow<'a, str>,
    /// Segments before the name, joined with slashes.
    pub(super) namespace: Cow<'a, str>,
    /// Name.
    pub(super) name: Cow<'a, str>,
    /// Version.
    pub(super) version: Cow<'a, str>,
    /// Segments after `#`.
    pub(super) subpath: Cow<'a, str>,
    qualifiers: &'a str,
}

impl<'a> Purl<'a> {
    /// Takes a purl apart. `None` for what is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let scheme = text.get(..4)?;
        if text.len() > MAX_BYTES || !scheme.eq_ignore_ascii_case("pkg:") {
            return None;
        }
        let rest = text.get(4..)?.trim_start_matches('/');
        let (rest, subpath) = rest.rsplit_once('#').unwrap_or((rest, ""));
        let (rest, qualifiers) = rest.rsplit_once('?').unwrap_or((rest, ""));
        let (kind, rest) = rest.split_once('/')?;
        let (rest, version) = split_version(rest.trim_matches('/'));
        let (namespace, name) = rest.rsplit_once('/').unwrap_or(("", rest));
        if kind.is_empty() || name.is_empty() {
            return None;
        }
        Some(Self {
            kind: lower(Cow::Borrowed(kind)),
            namespace: decode(namespace.trim_matches('/')),
            name: decode(name),
            version: decode(version),
            subpath: decode(subpath.trim_matches('/')),
            qualifiers,
        })
    }

    /// The namespace and the name, with a slash between.
    pub(super) fn full_name(&self) -> Cow<'a, str> {
        match self.namespace.as_ref() {
            "" => self.name.clone(),
            namespace => Cow::Owned(format!("{namespace}/{}", self.name)),
        }
    }

    /// A qualifier, or nothing.
    pub(super) fn qualifier(&self, key: &str) -> Cow<'a, str> {
        let mut pairs = self.qualifiers.split('&').take(MAX_QUALIFIERS);
        pairs
            .find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.eq_ignore_ascii_case(key).then(|| decode(value))
            })
            .unwrap_or_default()
    }
}

/// Name and version. An `@` that begins a segment is the scope of an npm package that was not
/// percent-encoded, and no version follows it.
fn split_version(text: &str) -> (&str, &str) {
    match text.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !name.ends_with('/') => (name, version),
        _ => (text, ""),
    }
}

/// Percent-decoding (RFC 3986, section 2.1). A plus sign is a plus sign. What does not decode to
/// UTF-8 stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        match (byte, after) {
            (b'%', [high, low, behind @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = behind;
                }
                _ => {
                    bytes.push(byte);
                    rest = after;
                }
            },
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// In ASCII lower case.
pub(super) fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        text
    }
}
