//! What a scalar means: the core schema (YAML 1.2.2, section 10.3.2).

use saphyr_parser::{ScalarStyle, Tag};
use serde_json::{Number, Value};

/// The kind of value a scalar is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Whatever the core schema makes of it.
    Any,
    /// A string.
    Text,
    /// What its tag says: the name of a kind other than a string.
    Tagged(&'static str),
}

impl Wants {
    /// What tag and style ask for; none for a tag outside the core schema.
    pub(super) fn of(tag: Option<&Tag>, style: ScalarStyle) -> Option<Self> {
        let Some(tag) = tag else {
            return Some(match style {
                ScalarStyle::Plain => Self::Any,
                _ => Self::Text,
            });
        };
        // The tag `!` alone makes any scalar a string (section 6.9.1).
        if tag.suffix.is_empty() && tag.handle == "!" || tag.suffix == "!" && tag.handle.is_empty()
        {
            return Some(Self::Text);
        }
        if !tag.is_yaml_core_schema() {
            return None;
        }
        match tag.suffix.as_str() {
            "str" => Some(Self::Text),
            "null" => Some(Self::Tagged("null")),
            "bool" => Some(Self::Tagged("bool")),
            "int" => Some(Self::Tagged("int")),
            "float" => Some(Self::Tagged("float")),
            _ => None,
        }
    }
}

/// Why a scalar has no value.
#[derive(Debug)]
pub(super) struct Wrong {
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: &'static str,
}

/// The value of a scalar.
pub(super) fn resolve(text: &str, wants: Wants) -> Result<Value, Wrong> {
    if wants == Wants::Text {
        return Ok(Value::String(text.to_owned()));
    }
    let value = plain(text)?;
    let is_wanted = match wants {
        Wants::Any | Wants::Text => true,
        Wants::Tagged("null") => value.is_null(),
        Wants::Tagged("bool") => value.is_boolean(),
        Wants::Tagged("int") => value.is_i64() || value.is_u64(),
        Wants::Tagged(_) => value.is_number(),
    };
    match (is_wanted, wants) {
        (false, Wants::Tagged(kind)) => Err(Wrong {
            message: format!("`{}` is not what the tag `!!{kind}` says", shown(text)),
            help: "remove the tag, or write a value of its kind",
        }),
        _ => Ok(value),
    }
}

fn plain(text: &str) -> Result<Value, Wrong> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(not_finite(text)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err(not_finite(text));
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|digit| digit.is_digit(radix))
        {
            let number = u64::from_str_radix(digits, radix).map_err(|_| too_big(text))?;
            return Ok(Value::from(number));
        }
    }
    if is_digits(unsigned) {
        return whole(text, unsigned);
    }
    match is_decimal(unsigned) {
        true => decimal(text),
        false => Ok(Value::String(text.to_owned())),
    }
}

fn whole(text: &str, unsigned: &str) -> Result<Value, Wrong> {
    // YAML 1.1 reads `010` as 8, 1.2 as 10: whoever wrote it meant one of the two, or a string.
    if unsigned.len() > 1 && unsigned.starts_with('0') {
        return Err(Wrong {
            message: format!("the number `{}` begins with a zero", shown(text)),
            help: "put it in quotes for a string, write it without the zero for a number",
        });
    }
    let written = text.strip_prefix('+').unwrap_or(text);
    match (written.parse::<u64>(), written.parse::<i64>()) {
        (Ok(number), _) => Ok(Value::from(number)),
        (_, Ok(number)) => Ok(Value::from(number)),
        _ => Err(too_big(text)),
    }
}

fn decimal(text: &str) -> Result<Value, Wrong> {
    let number: f64 = text.parse().map_err(|_| too_big(text))?;
    Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| too_big(text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `(\. [0-9]+ | [0-9]+ (\. [0-9]*)?) ([eE] [-+]? [0-9]+)?`
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let is_exponent = exponent
        .is_none_or(|exponent| is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    let is_mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(mantissa),
    };
    is_exponent && is_mantissa
}

fn not_finite(text: &str) -> Wrong {
    Wrong {
        message: format!("`{}` is not a finite number", shown(text)),
        help: "write a number with digits, or put it in quotes for a string",
    }
}

fn too_big(text: &str) -> Wrong {
    Wrong {
        message: format!("the number `{}` does not fit into 64 bits", shown(text)),
        help: "put it in quotes for a string",
    }
}

fn shown(text: &str) -> String {
    super::reader::short(text)
}
