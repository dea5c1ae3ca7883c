//! JSON fields that may be of any type in the wild: what has the expected one is taken, the rest is
//! passed over without being held. A list of millions of empty objects costs nothing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::MAX_TEXT;

/// Texts taken of one list.
const MAX_TEXTS: usize = 1_000;
/// Keys of objects that stand where a text is expected: `{"name": …}` of a person, `{"type": …}` of a
/// licence.
const KEYS: [&str; 2] = ["name", "type"];

/// A text that is neither empty nor absurdly long.
fn short(text: &str) -> Option<Box<str>> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= MAX_TEXT).then(|| text.into())
}

/// A short text, or nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Text(Option<Box<str>>);

impl Text {
    /// The text.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text, or an empty one.
    pub(super) fn or_empty(&self) -> &str {
        self.get().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let one = Gather::OneText.deserialize(from)?;
        Ok(Self(one.into_iter().next()))
    }
}

/// A text, an object with one under a known key, or a list of either.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Texts(Vec<Box<str>>);

impl Texts {
    /// The texts, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Box::as_ref)
    }

    /// The first one.
    pub(super) fn first(&self) -> Option<&str> {
        self.iter().next()
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Gather::List.deserialize(from).map(Self)
    }
}

/// What texts are gathered from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gather {
    /// A text.
    OneText,
    /// Or an object.
    Object,
    /// Or a list of either.
    List,
}

impl<'de> DeserializeSeed<'de> for Gather {
    type Value = Vec<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Gather {
    type Value = Vec<Box<str>>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(short(text).into_iter().collect())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Text::default();
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if self != Self::OneText && found.0.is_none() && KEYS.contains(&&*key) {
                found = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found.0.into_iter().collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while self == Self::List && found.len() < MAX_TEXTS {
            match list.next_element_seed(Self::Object)? {
                Some(texts) => found.extend(texts),
                None => return Ok(found),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }
}

/// The first `N` entries of a list, and whether there are more.
#[derive(Debug)]
pub(super) struct AtMost<T, const N: usize> {
    /// The entries.
    pub(super) items: Vec<T>,
    /// Whether there are more.
    pub(super) more: bool,
}

impl<T, const N: usize> Default for AtMost<T, N> {
    fn default() -> Self {
        let (items, more) = (Vec::new(), false);
        Self { items, more }
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(First(PhantomData))
    }
}

/// Reads the first entries of a list.
struct First<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for First<T, N> {
    type Value = AtMost<T, N>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = AtMost::default();
        while found.items.len() < N {
            match list.next_element()? {
                Some(item) => found.items.push(item),
                None => return Ok(found),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            found.more = true;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> Vec<String> {
        let texts: Texts = serde_json::from_str(json).unwrap();
        texts.iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_text_may_stand_alone_in_an_object_or_in_a_list() {
        assert_eq!(texts("\" MIT \""), ["MIT"]);
        assert_eq!(texts("{\"type\": \"MIT\", \"url\": \"u\"}"), ["MIT"]);
        assert_eq!(
            texts("[\"a\", {\"name\": \"b\", \"type\": \"c\"}, 1]"),
            ["a", "b"]
        );
        let none: [&str; 0] = [];
        for json in [
            "null",
            "1",
            "-1",
            "1.5",
            "true",
            "[[\"a\"]]",
            "{\"name\": {\"name\": 1}}",
            "\"\"",
        ] {
            assert_eq!(texts(json), none, "{json}");
        }
    }

    #[test]
    fn a_text_is_nothing_else() {
        for (json, expected) in [
            ("\"a\"", Some("a")),
            ("{\"name\": \"a\"}", None),
            ("[\"a\"]", None),
            ("null", None),
        ] {
            let text: Text = serde_json::from_str(json).unwrap();
            assert_eq!(text.get(), expected, "{json}");
        }
    }

    #[test]
    fn of_a_long_list_the_first_are_kept() {
        let of = |json| serde_json::from_str::<AtMost<u8, 2>>(json).unwrap();
        assert_eq!((of("[1, 2]").items, of("[1, 2]").more), (vec![1, 2], false));
        assert_eq!(
            (of("[1, 2, 3]").items, of("[1, 2, 3]").more),
            (vec![1, 2], true)
        );
    }
}
