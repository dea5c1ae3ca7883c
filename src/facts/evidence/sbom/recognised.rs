//! Which format a document has, by the keys of the document itself: the head of one will do, if the
//! key that tells comes before the cut.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::cyclonedx_xml::NAMESPACE;
use crate::facts::model::SbomFormat;

/// Bytes of a text document looked at for its first tag or namespace.
const HEAD: usize = 16 << 10;
/// What the addresses of SPDX 3's contexts have in front of the version.
const SPDX3_CONTEXT: &str = "spdx.org/rdf/";
/// Bytes of a text that tells a format.
const MAX_SAID: usize = 200;
/// Texts of a list of contexts.
const MAX_TEXTS: usize = 20;

/// What a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Format.
    pub format: SbomFormat,
    /// Version of the format as stated, without `SPDX-`; none where it comes later, or
    /// only within.
    pub version: Option<String>,
    /// Whether it is a graph of elements (SPDX 3), and not one element.
    pub(super) has_graph: bool,
}

/// Recognises a document, or the beginning of one.
pub fn recognise(bytes: &[u8]) -> Recognised {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii_start().starts_with(b"{") {
        return keys(bytes).recognised();
    }
    let head = head(bytes);
    let text = String::from_utf8_lossy(head);
    let found = |format, version: Option<&str>| Recognised {
        format,
        version: version.map(|version| version.trim().trim_start_matches("SPDX-").to_owned()),
        has_graph: false,
    };
    if text.trim_start().starts_with('<') {
        let Some((_, after)) = text.split_once(NAMESPACE) else {
            return found(SbomFormat::Unrecognised, None);
        };
        return found(SbomFormat::CyclonedxXml, after.split(['"', '\'']).next());
    }
    let line = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("SPDXVersion:"));
    match line {
        Some(version) => found(SbomFormat::SpdxTagValue, Some(version)),
        None => found(SbomFormat::Unrecognised, None),
    }
}

/// The keys of a JSON document until they tell the format: where it is cut or broken, those before.
fn keys(bytes: &[u8]) -> Keys {
    // Syft's packages come first, and may fill the head.
    let found_by = b"\"foundBy\"";
    let mut keys = Keys {
        syft: head(bytes)
            .windows(found_by.len())
            .any(|part| part == found_by),
        ..Keys::default()
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // An error ends what can be known; reading the document tells it.
    let _ = json.deserialize_map(&mut keys);
    keys
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..HEAD).unwrap_or(bytes)
}

/// What tells the formats apart.
#[derive(Debug, Default)]
struct Keys {
    spdx_version: Option<String>,
    spdx_document: bool,
    spdx3: bool,
    /// The version in the address of SPDX 3's context.
    context_version: Option<String>,
    graph: bool,
    cyclonedx: bool,
    spec_version: Option<String>,
    artifacts: bool,
    /// Other keys that Syft's documents have.
    syft: bool,
}

impl Keys {
    fn recognised(self) -> Recognised {
        let (format, version) = if let Some(version) = self.spdx_version {
            let version = version.trim_start_matches("SPDX-").to_owned();
            (SbomFormat::SpdxJson, Some(version))
        } else if self.cyclonedx {
            (SbomFormat::CyclonedxJson, self.spec_version)
        } else if self.spdx3 {
            (SbomFormat::SpdxJsonLd, self.context_version)
        } else if self.spdx_document {
            (SbomFormat::SpdxJson, None)
        } else if self.artifacts && self.syft {
            (SbomFormat::SyftJson, None)
        } else {
            (SbomFormat::Unrecognised, None)
        };
        Recognised {
            format,
            version,
            has_graph: self.graph,
        }
    }
}

impl Keys {
    /// Whether no other key can add to what is known.
    fn settled(&self) -> bool {
        let cyclonedx = self.cyclonedx && self.spec_version.is_some();
        let syft = self.artifacts && self.syft;
        self.spdx_version.is_some() || cyclonedx || (self.spdx3 && self.graph) || syft
    }

    /// `https://spdx.org/rdf/3.0.1/spdx-context.jsonld` (SPDX 3.0.1, Serialization).
    fn context(&mut self, said: &Said) {
        let versions = said
            .0
            .iter()
            .filter_map(|text| text.split_once(SPDX3_CONTEXT));
        for (_, after) in versions.filter(|(_, after)| after.starts_with('3')) {
            self.spdx3 = true;
            self.context_version = after.split('/').next().map(str::to_owned);
        }
    }
}

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match &*key {
                "spdxVersion" => self.spdx_version = map.next_value::<Said>()?.0.into_iter().next(),
                "specVersion" => self.spec_version = map.next_value::<Said>()?.0.into_iter().next(),
                "SPDXID" => self.spdx_document = map.next_value::<Said>()?.has("SPDXRef-DOCUMENT"),
                "$schema" => {
                    self.cyclonedx |= map.next_value::<Said>()?.has("cyclonedx.org/schema");
                }
                "@context" => self.context(&map.next_value()?),
                key => {
                    // Known before the value is: it may be cut.
                    self.cyclonedx |= key == "bomFormat";
                    self.graph |= key == "@graph";
                    self.artifacts |= key == "artifacts";
                    self.syft |= matches!(key, "artifactRelationships" | "descriptor" | "distro");
                    if !self.settled() {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
            }
            if self.settled() {
                return Err(A::Error::custom("the format is known"));
            }
        }
        Ok(())
    }
}

/// A short text, or those of a list; nothing of anything else.
struct Said(Vec<String>);

impl Said {
    fn has(&self, part: &str) -> bool {
        self.0.iter().any(|text| text.contains(part))
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SaidVisitor)
    }
}

struct SaidVisitor;

impl<'de> Visitor<'de> for SaidVisitor {
    type Value = Said;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Said, E> {
        let texts = (text.len() <= MAX_SAID).then(|| text.to_owned());
        Ok(Said(texts.into_iter().collect()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Said, E> {
        Ok(Said(Vec::new()))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Said, E> {
        Ok(Said(Vec::new()))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Said, E> {
        Ok(Said(Vec::new()))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Said, E> {
        Ok(Said(Vec::new()))
    }

    fn visit_unit<E: Error>(self) -> Result<Said, E> {
        Ok(Said(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Said, A::Error> {
        let mut texts = Vec::new();
        while let Some(Said(more)) = list.next_element::<Said>()? {
            texts.extend(more);
            texts.truncate(MAX_TEXTS);
        }
        Ok(Said(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Said(Vec::new()))
    }
}
