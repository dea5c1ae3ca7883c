//! Nothing an image says may steer a terminal.
//!
//! Package names, labels, paths and error texts come from hostile input. Every character that moves
//! the cursor, changes colours, reorders text or takes no room is written as an escape instead, and so
//! is what makes a line a command of a CI runner, which reads the same output.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Makes `text` safe for one line of a terminal: control characters (C0, DEL, C1), bidirectional
/// controls and everything else without a width become `\n`, `\t`, `\r` or `\u{…}`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        push_escaped(&mut out, character);
    }
    out
}

/// Makes a rendered diagnostic safe: line breaks stay, and so do colour sequences (`ESC [ … m`)
/// when `colour` is on; everything else as in [`escape`], and no line is a command of [`tame`].
pub fn escape_rendered(text: &str, colour: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let sequence = if colour { colour_sequence(rest) } else { None };
        if let Some((sequence, after)) = sequence {
            out.push_str(sequence);
            rest = after;
            continue;
        }
        if character == '\n' {
            out.push('\n');
        } else {
            push_escaped(&mut out, character);
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    out.split_inclusive('\n').map(tame).collect()
}

/// A line that a CI runner takes for text. The runner of GitHub Actions obeys what begins, after white
/// space, with `::`, and `##[` anywhere (actions/runner, `ActionCommand`); that of Azure Pipelines obeys
/// `##vso[` anywhere (microsoft/azure-pipelines-agent, `Command`). The first colon and the second `#`
/// are spelt out.
pub(super) fn tame(line: &str) -> Cow<'_, str> {
    let body = line.trim_start();
    if !body.starts_with("::") && !line.contains("##") {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let start = line.len().saturating_sub(body.len());
    for (at, character) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        let is_command = at == start && rest.starts_with("::");
        let is_bracketed = out.ends_with('#')
            && ["#[", "#vso["].iter().any(|form| {
                rest.get(..form.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(form))
            });
        match is_command || is_bracketed {
            true => push_spelt_out(&mut out, character),
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Makes a JSON document safe to print: the characters [`escape`] replaces, line breaks of the
/// layout apart, become `\uXXXX`, which changes nothing for a parser (RFC 8259, section 7).
pub fn escape_json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    let mut units = [0_u16; 2];
    for character in document.chars() {
        if character == '\n' || is_safe(character) {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            push_formatted(&mut out, format_args!("\\u{unit:04x}"));
        }
    }
    out
}

fn is_safe(character: char) -> bool {
    !is_noncharacter(character) && character.width().is_some_and(|width| width > 0)
}

/// Whether no character will ever be assigned there (Unicode, section 23.7, "Noncharacters").
fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    matches!(code, 0xfdd0..=0xfdef) || code & 0xfffe == 0xfffe
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        _ if is_safe(character) => out.push(character),
        _ => push_spelt_out(out, character),
    }
}

fn push_spelt_out(out: &mut String, character: char) {
    push_formatted(out, format_args!("\\u{{{:x}}}", u32::from(character)));
}

fn push_formatted(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(arguments);
}

/// Splits a leading colour sequence (ECMA-48, SGR) off `text`.
fn colour_sequence(text: &str) -> Option<(&str, &str)> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|character: char| !character.is_ascii_digit() && character != ';')?;
    let after = parameters.get(end..)?.strip_prefix('m')?;
    let length = text.len().checked_sub(after.len())?;
    Some((text.get(..length)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_controls_are_spelt_out() {
        assert_eq!(escape("a\u{1b}[31mred"), "a\\u{1b}[31mred");
        assert_eq!(escape("a\u{9b}2J"), "a\\u{9b}2J");
        assert_eq!(escape("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
        assert_eq!(escape("del\u{7f}"), "del\\u{7f}");
    }

    #[test]
    fn text_direction_and_invisible_characters_are_spelt_out() {
        assert_eq!(escape("lib\u{202e}gpj.so"), "lib\\u{202e}gpj.so");
        assert_eq!(escape("a\u{200b}b\u{feff}"), "a\\u{200b}b\\u{feff}");
        assert_eq!(escape("\u{2066}x\u{2069}"), "\\u{2066}x\\u{2069}");
        assert_eq!(escape("\u{e0041}"), "\\u{e0041}");
    }

    #[test]
    fn what_is_no_character_is_spelt_out() {
        let text = "a\u{fffe}b\u{ffff}c\u{fdd0}d\u{fdef}e\u{1fffe}";
        let shown = "a\\u{fffe}b\\u{ffff}c\\u{fdd0}d\\u{fdef}e\\u{1fffe}";
        assert_eq!(escape(text), shown);
        assert_eq!(escape("\u{fffd}"), "\u{fffd}");
        let printed = escape_json("\"\u{ffff}\u{10fffe}\"");
        assert_eq!(printed, "\"\\uffff\\udbff\\udffe\"");
    }

    #[test]
    fn no_line_is_a_command_of_a_ci_runner() {
        assert_eq!(tame("  ::error::x ::y::"), "  \\u{3a}:error::x ::y::");
        assert_eq!(tame("\u{a0}\u{3000}::x::"), "\u{a0}\u{3000}\\u{3a}:x::");
        assert_eq!(tame("a ##[x]###[y]"), "a #\\u{23}[x]##\\u{23}[y]");
        assert_eq!(tame("##VSO[x]y"), "#\\u{23}VSO[x]y");
        assert_eq!(
            escape_rendered("a\n ::x::\n##[y]\n", true),
            "a\n \\u{3a}:x::\n#\\u{23}[y]\n"
        );
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        assert_eq!(
            tame("std::fs ::x ## heading [y]"),
            "std::fs ::x ## heading [y]"
        );
        assert_eq!(escape("Jürgen 漢字 /usr/bin/x"), "Jürgen 漢字 /usr/bin/x");
    }

    #[test]
    fn a_diagnostic_keeps_its_colours_and_nothing_else() {
        let text = "\u{1b}[1;31merror\u{1b}[0m\n\u{1b}[2J\u{1b}]0;title\u{7}";
        let shown = escape_rendered(text, true);
        assert_eq!(
            shown,
            "\u{1b}[1;31merror\u{1b}[0m\n\\u{1b}[2J\\u{1b}]0;title\\u{7}"
        );
        assert!(!escape_rendered(text, false).contains('\u{1b}'));
    }

    #[test]
    fn escaped_json_means_the_same() {
        let value = serde_json::json!({"name": "x\u{9b}31m\u{202e}\u{7f}\u{e0041}"});
        let printed = escape_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(
            printed.chars().all(|c| c == '\n' || is_safe(c)),
            "{printed}"
        );
        let parsed: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(parsed, value);
    }
}
