//! Nothing an image says may become markup.
//!
//! GitHub and GitLab turn much more than CommonMark into something that acts: `@names`, `#12`, `!12`,
//! `owner/name#12`, addresses, commit hashes, `:emoji:`, HTML, and commands at the start of a line.
//! Code spans are the one form in which both leave text alone (GitHub Flavored Markdown 0.29, 6.3), so
//! every word that is more than letters goes into one.

use crate::report::table::words::flow;
use crate::report::text::{escape, shorten};

/// Columns of a text; a longer one loses its middle.
const MOST: usize = 1_000;

/// A code span with this text; never empty. The fence is longer than any run of back-ticks inside.
pub(crate) fn code(text: &str) -> String {
    let text = shorten(&escape(&flow(text)), MOST);
    if text.is_empty() {
        return "`''`".to_owned();
    }
    let mut longest: usize = 0;
    let mut run: usize = 0;
    for character in text.chars() {
        run = if character == '`' {
            run.saturating_add(1)
        } else {
            0
        };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.saturating_add(1));
    match longest {
        0 => format!("{fence}{text}{fence}"),
        _ => format!("{fence} {text} {fence}"),
    }
}

/// A sentence for a cell of a table: there, a bar ends the cell even inside code (GFM, 4.10).
pub(super) fn cell(text: &str) -> String {
    match text {
        "-" => text.to_owned(),
        _ => prose(text).replace('|', "\\|"),
    }
}

/// A sentence: plain words as they are, everything else in code spans. What stands between two
/// back-ticks already is one code span.
pub(crate) fn prose(text: &str) -> String {
    let text = shorten(&flow(text), MOST);
    let parts: Vec<&str> = text.split('`').collect();
    let is_balanced = parts.len() % 2 == 1;
    let between = || parts.iter().skip(1).step_by(2);
    if !is_balanced || between().any(|part| part.trim().is_empty()) {
        return words(&text);
    }
    let mut out = String::new();
    for (position, part) in parts.iter().enumerate() {
        let shown = match position % 2 {
            0 => words(part),
            _ => code(part),
        };
        // Two spans that touch would be one.
        if out.ends_with('`') && shown.starts_with('`') {
            out.push(' ');
        }
        out.push_str(&shown);
    }
    out
}

fn words(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

fn word(word: &str) -> String {
    const OPENING: [char; 3] = ['(', '\'', '"'];
    const CLOSING: [char; 9] = ['.', ',', ';', ':', '?', ')', '\'', '"', '%'];
    let core = word.trim_start_matches(OPENING).trim_end_matches(CLOSING);
    if is_plain(core) {
        return word.to_owned();
    }
    let start = word
        .len()
        .saturating_sub(word.trim_start_matches(OPENING).len());
    let (head, rest) = word.split_at(start);
    match rest.split_at_checked(core.len()) {
        Some((core, tail)) => format!("{head}{}{tail}", code(core)),
        None => code(word),
    }
}

/// Letters and digits, with hyphens or apostrophes between them; neither a commit hash nor `GH-12`.
/// Numbers with a decimal point and punctuation on its own are plain too.
fn is_plain(core: &str) -> bool {
    let in_number = |character: char| character.is_ascii_digit() || character == '.';
    if core.chars().all(in_number) {
        return true;
    }
    let allowed =
        |character: char| character.is_alphanumeric() || character == '-' || character == '\'';
    let has_digit = core.chars().any(|character| character.is_ascii_digit());
    let is_hash =
        core.len() >= 7 && has_digit && core.chars().all(|digit| digit.is_ascii_hexdigit());
    core.starts_with(char::is_alphanumeric)
        && core.ends_with(char::is_alphanumeric)
        && core.chars().all(allowed)
        && !(has_digit && core.contains('-'))
        && !is_hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_stays_one_and_paths_become_code() {
        assert_eq!(
            prose("/opt/x (setuid) belongs to no package, see `dpkg -S`"),
            "`/opt/x` (setuid) belongs to no package, see `dpkg -S`"
        );
    }

    #[test]
    fn what_would_act_becomes_code() {
        for text in [
            "@team",
            "#12",
            "!12",
            "a/b#1",
            "https://x.y",
            "www.x.y",
            "<b>",
            "[a](b)",
            "**x**",
            ":tada:",
            "~bug",
            "/close",
            "0123abcd",
            "GH-12",
            "-",
            "a_b_",
            "&amp;",
            "|",
            "~~x~~",
        ] {
            let shown = prose(text);
            let outside: Vec<&str> = shown.split('`').step_by(2).collect();
            assert_eq!(shown.matches('`').count(), 2, "{shown}");
            let acts = |part: &&str| part.chars().any(|character| !"):;".contains(character));
            assert!(!outside.iter().any(acts), "{shown}");
        }
    }

    #[test]
    fn no_number_of_back_ticks_ends_a_span() {
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(code(""), "`''`");
        assert_eq!(prose("it`s @x"), "`` it`s `` `@x`");
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert_eq!(cell("6.9 kB, 97%, -"), "6.9 kB, 97%, `-`");
    }
}
