//! Build instructions without the values of variables, which may be secret.

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

/// An instruction of the history with the values of variables left out.
///
/// `ENV` and `ARG` instructions, and the build arguments BuildKit and the old builder put in front
/// of `RUN` (`|2 A=1 B=2 /bin/sh -c …`), lose every value; elsewhere only secret-shaped ones do.
pub fn redact_instruction(text: &str) -> String {
    let trimmed = text.trim_start();
    let marker = trimmed.strip_prefix("/bin/sh -c #(nop)").unwrap_or(trimmed);
    let declares = ["ENV ", "ARG "]
        .iter()
        .any(|word| marker.trim_start().to_ascii_uppercase().starts_with(word));
    let mut arguments = build_argument_count(trimmed);
    let mut words = Vec::new();
    for word in text.split(' ') {
        let is_count = word.starts_with('|') && arguments > 0;
        let hide_all = declares || (arguments > 0 && !is_count);
        if hide_all && word.contains('=') {
            arguments = arguments.saturating_sub(1);
        }
        words.push(redact_word(word, hide_all));
    }
    let mut redacted = words.join(" ");
    if declares {
        redacted = hide_after_first_value(&redacted);
    }
    if let Some((at, _)) = redacted.char_indices().nth(MAX_LENGTH) {
        redacted.truncate(at);
        redacted.push_str(HIDDEN);
    }
    redacted
}

/// `|N` in front of a RUN instruction: so many build arguments follow.
fn build_argument_count(text: &str) -> usize {
    text.strip_prefix("RUN ")
        .unwrap_or(text)
        .strip_prefix('|')
        .and_then(|rest| rest.split(' ').next())
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}

fn redact_word(word: &str, hide_all: bool) -> String {
    let Some((name, value)) = word.split_once('=') else {
        return word.to_owned();
    };
    let upper = name.to_ascii_uppercase();
    let secret = SECRET_WORDS.iter().any(|part| upper.contains(part));
    if value.is_empty() || !(hide_all || secret) {
        return word.to_owned();
    }
    format!("{name}={HIDDEN}")
}

/// A quoted value may hold spaces, so what follows the first value of ENV or ARG goes as well,
/// except further `NAME=…` pairs.
fn hide_after_first_value(text: &str) -> String {
    let mut seen_value = false;
    let kept: Vec<&str> = text
        .split(' ')
        .filter(|word| {
            let pair = word.contains('=');
            let keep = !seen_value || pair;
            seen_value |= pair;
            keep
        })
        .collect();
    kept.join(" ")
}
