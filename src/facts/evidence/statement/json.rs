//! Parts of JSON documents of others, by pointer (RFC 6901): what has the expected type is taken.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::facts::redaction;

/// Characters of one text that are kept.
const MAX_TEXT: usize = 2_000;

/// Values of one predicate. Each takes about 70 bytes of memory whatever it says; the build steps of
/// the longest Dockerfiles have some ten thousand.
const MAX_VALUES: usize = 500_000;

/// Parses a predicate, unless it has too many values. Depth is limited by the parser, to 128.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let values = text.bytes().filter(|b| matches!(b, b',' | b'[' | b'{'));
    if values.count() > MAX_VALUES {
        return Err(format!("its predicate has more than {MAX_VALUES} values"));
    }
    serde_json::from_str(text)
        .map_err(|_| "its predicate is not well-formed or too deep".to_owned())
}

/// A text as it is; nothing if it is empty, and the beginning if it is absurdly long.
pub(super) fn whole_text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    if text.is_empty() {
        return None;
    }
    Some(match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    })
}

/// The text that is all of a value that was not parsed.
pub(super) fn raw_text(raw: &RawValue) -> Option<String> {
    let is_text = raw.get().starts_with('"');
    let value = is_text.then(|| serde_json::from_str(raw.get()).ok())??;
    whole_text(&value)
}

/// The text at a pointer.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(whole_text)
}

/// The first of the texts that there is, as an address: without what lets one in.
pub(super) fn address(value: &Value, pointers: &[&str]) -> Option<String> {
    first_text(value, pointers).map(|text| redaction::redact_address(&text))
}

/// The first text at any of some pointers.
pub(super) fn first_text(value: &Value, pointers: &[&str]) -> Option<String> {
    pointers.iter().find_map(|pointer| text(value, pointer))
}

/// The first boolean at any of some pointers.
pub(super) fn first_bool(value: &Value, pointers: &[&str]) -> Option<bool> {
    pointers.iter().find_map(|p| value.pointer(p)?.as_bool())
}

/// The time at a pointer, as written, if it is of RFC 3339.
pub(super) fn time(value: &Value, pointer: &str) -> Option<String> {
    text(value, pointer).filter(|text| is_time(text))
}

/// The items of the list at a pointer; none where there is no list.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// Whether a text is a `date-time` of RFC 3339, section 5.6.
pub(super) fn is_time(text: &str) -> bool {
    const FORM: &str = "dddd-dd-ddTdd:dd:dd";
    let Some((start, rest)) = text.split_at_checked(FORM.len()) else {
        return false;
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if end.len() == fraction.len() {
                return false;
            }
            end
        }
        None => rest,
    };
    let zone = matches!(rest, "Z" | "z") || has_form(rest.trim_start_matches(['+', '-']), "dd:dd");
    let signed = rest.len() == 1 || rest.len() == 6;
    has_form(&start.replacen(['t', ' '], "T", 1), FORM) && zone && signed
}

/// Whether a text has a digit wherever the form has a `d`, and the form's character elsewhere.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(c, f): (char, char)| if f == 'd' { c.is_ascii_digit() } else { c == f };
    text.len() == form.len() && text.chars().zip(form.chars()).all(fits)
}
