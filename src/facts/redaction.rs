//! Build instructions and arguments without the values of variables, which may be secret.

use std::collections::BTreeMap;

/// What stands for a value that is left out.
const HIDDEN: &str = "…";
/// Longest instruction kept, in characters.
const MAX_LENGTH: usize = 2_000;
/// Parts of a name that make its value secret-shaped wherever it stands.
const SECRET_WORDS: [&str; 7] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "APIKEY",
    "API_KEY",
    "CREDENTIAL",
];
/// What may stand between a pair and the next within one word.
const SEPARATORS: [char; 9] = ['=', ',', ';', '&', '|', '(', '?', '"', '\''];
/// How the shell form of RUN starts unless SHELL says otherwise.
const SHELL: &str = " /bin/sh -c";

/// An instruction of the history with the values of variables left out.
///
/// `ENV` and `ARG` instructions keep the first name only, since a value may hold what looks like
/// the next pair; the build arguments BuildKit and the old builder put in front of `RUN`
/// (`|2 A=1 B=2 /bin/sh -c …`) go altogether. Elsewhere secret-shaped values and the user part of
/// addresses are hidden.
pub fn redact_instruction(text: &str) -> String {
    let mut redacted = match declaration(text) {
        Some(declared) => declared,
        None => redact_words(&without_build_arguments(text)),
    };
    if let Some((at, _)) = redacted.char_indices().nth(MAX_LENGTH) {
        redacted.truncate(at);
        redacted.push_str(HIDDEN);
    }
    redacted
}

/// Arguments of an entry point or command with secret-shaped values hidden.
pub(super) fn redact_arguments(words: &[String]) -> Vec<String> {
    let mut hide_next = false;
    let redact = |word: &String| {
        let hidden = std::mem::replace(&mut hide_next, announces_secret(word));
        if hidden {
            HIDDEN.to_owned()
        } else {
            redact_words(word)
        }
    };
    words.iter().map(redact).collect()
}

/// Labels or annotations with secret-shaped values hidden.
pub(super) fn redact_values(pairs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let redact = |(name, value): (&String, &String)| {
        let shown = if is_secret_name(name) {
            HIDDEN.to_owned()
        } else {
            redact_words(value)
        };
        (name.clone(), shown)
    };
    pairs.iter().map(redact).collect()
}

/// An address without its user part, secret-shaped values, and the query of a signed address, which
/// is a credential as a whole.
pub(super) fn redact_address(text: &str) -> String {
    let shown = redact_words(text);
    let Some((address, query)) = shown.split_once('?') else {
        return shown;
    };
    let lower = query.to_ascii_lowercase();
    let signed = ["signature=", "sig="]
        .iter()
        .any(|name| lower.contains(name));
    if signed {
        format!("{address}?{HIDDEN}")
    } else {
        shown
    }
}

/// `ENV NAME=value …`, the older `ENV NAME value`, and `ARG`: what comes before the first value.
fn declaration(text: &str) -> Option<String> {
    let trimmed = text.trim_start();
    let marker = trimmed.strip_prefix("/bin/sh -c #(nop)").unwrap_or(trimmed);
    let marker = marker.trim_start();
    let (keyword, rest) = marker.split_once(char::is_whitespace)?;
    if !["ENV", "ARG"].contains(&keyword.to_ascii_uppercase().as_str()) {
        return None;
    }
    let rest = rest.trim();
    let name = rest.split(|c: char| c == '=' || c.is_whitespace()).next()?;
    let value = rest.get(name.len()..)?;
    let before = text.get(..text.len().saturating_sub(marker.len()))?;
    let hidden = if value.is_empty() { "" } else { "=…" };
    Some(format!("{before}{keyword} {name}{hidden}"))
}

/// Takes out what stands between `|N` and the shell.
fn without_build_arguments(text: &str) -> String {
    let after_keyword = text.strip_prefix("RUN ").unwrap_or(text);
    let counted = after_keyword.strip_prefix('|').and_then(|rest| {
        // With the space in front, so that a shell without arguments before it is found as well.
        let (count, arguments) = rest.split_at_checked(rest.find(' ')?)?;
        count.parse::<usize>().ok().map(|_| arguments)
    });
    let Some(arguments) = counted else {
        return text.to_owned();
    };
    let before = text.len().saturating_sub(arguments.len());
    let kept = text.get(..before).unwrap_or_default();
    let command = arguments
        .find(SHELL)
        .or_else(|| arguments.find(" /"))
        .and_then(|at| arguments.get(at..))
        .unwrap_or_default();
    format!("{kept} {HIDDEN}{command}")
}

/// Hides secret-shaped words; what stands between words is kept.
fn redact_words(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut hide_next = false;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let space = piece.get(word.len()..).unwrap_or_default();
        if word.is_empty() {
            redacted.push_str(space);
            continue;
        }
        if hide_next {
            redacted.push_str(HIDDEN);
        } else {
            redacted.push_str(&redact_word(word));
        }
        redacted.push_str(space);
        hide_next = announces_secret(word);
    }
    redacted
}

/// `--password`, `Bearer` and the like: the next word is the secret.
fn announces_secret(word: &str) -> bool {
    let option = word.starts_with('-') && !word.contains('=') && is_secret_name(word);
    let scheme = word.trim_start_matches(['"', '\'']).to_ascii_lowercase();
    option || scheme == "bearer" || scheme == "basic"
}

/// Whether the name at the end of `text` speaks of a secret: in `type=secret,id` it is `id`.
fn is_secret_name(text: &str) -> bool {
    let name = text.rsplit(SEPARATORS).next().unwrap_or(text);
    let upper = name.to_ascii_uppercase().replace('-', "_");
    SECRET_WORDS.iter().any(|part| upper.contains(part))
}

fn redact_word(word: &str) -> String {
    let secret = word
        .match_indices('=')
        .filter_map(|(at, _)| Some((word.get(..at)?, word.get(at.checked_add(1)?..)?)))
        .find(|(name, value)| !value.is_empty() && is_secret_name(name));
    if let Some((name, _)) = secret {
        let name = without_user(name).unwrap_or_else(|| name.to_owned());
        return format!("{name}={HIDDEN}");
    }
    without_user(word).unwrap_or_else(|| word.to_owned())
}

/// `scheme://user:password@host` without the user part (RFC 3986, section 3.2.1).
fn without_user(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (_, host) = authority.rsplit_once('@')?;
    let path = rest.get(authority.len()..)?;
    Some(format!("{scheme}://{HIDDEN}@{host}{path}"))
}
