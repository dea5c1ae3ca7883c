//! Long lines of rendered diagnostics, folded without breaking what is meant to be copied.

use super::wrap::width;

/// Folds the message and help lines of a rendered diagnostic to `limit` columns, at spaces. What
/// stands in back-ticks, a path or a digest stays whole and may be longer than the limit. Lines of
/// a source excerpt are left alone.
pub fn fold_rendered(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        fold_line(&mut out, line, limit);
    }
    out
}

fn fold_line(out: &mut String, line: &str, limit: usize) {
    let Some((mark, message)) = split_mark(line) else {
        out.push_str(line);
        out.push('\n');
        return;
    };
    let indent = width(&without_colour(mark));
    let mut used = indent;
    out.push_str(mark);
    for (number, piece) in pieces(message).into_iter().enumerate() {
        let columns = width(&without_colour(&piece));
        let fits = used.saturating_add(1).saturating_add(columns) <= limit;
        if number > 0 && fits {
            out.push(' ');
            used = used.saturating_add(1);
        } else if number > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = indent;
        }
        out.push_str(&piece);
        used = used.saturating_add(columns);
    }
    out.push('\n');
}

/// Splits a line into its mark (`  x `, `  help: `, an arrow) with the space after it, and the
/// text. None for a line that is no message.
fn split_mark(line: &str) -> Option<(&str, &str)> {
    let shown = without_colour(line);
    let word = shown.strip_prefix("  ")?.split(' ').next()?;
    let is_mark = matches!(word, "x" | "help:") || !word.chars().any(char::is_alphanumeric);
    if word.is_empty() || !is_mark {
        return None;
    }
    let plain = word.chars().last()?;
    let end = line.find(plain)?.checked_add(plain.len_utf8())?;
    let end = line
        .get(end..)?
        .find(' ')?
        .checked_add(end)?
        .checked_add(1)?;
    Some((line.get(..end)?, line.get(end..)?))
}

/// The text at its spaces, but not at those between back-ticks.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut quoted = false;
    let closes = |rest: &str| rest.contains('`');
    for (at, character) in text.char_indices() {
        if character == '`' {
            let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
            quoted = !quoted && closes(rest);
        }
        if character == ' ' && !quoted {
            pieces.push(std::mem::take(&mut piece));
        } else {
            piece.push(character);
        }
    }
    pieces.push(piece);
    pieces
}

/// The text without colour sequences (ECMA-48, SGR).
fn without_colour(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, part) in text.split("\u{1b}[").enumerate() {
        match part.split_once('m') {
            Some((_, rest)) if number > 0 => out.push_str(rest),
            _ => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_command_is_not_broken() {
        let text = "  x one two three `four five six seven` eight\n";
        let folded = fold_rendered(text, 20);
        assert_eq!(
            folded,
            "  x one two three\n    `four five six seven`\n    eight\n"
        );
    }

    #[test]
    fn a_digest_stays_whole() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let folded = fold_rendered(&format!("  help: want {digest} instead\n"), 40);
        assert!(folded.lines().any(|line| line.trim() == digest), "{folded}");
    }

    #[test]
    fn a_source_excerpt_is_left_alone() {
        let text = format!("  3 | {}\n   :  ^^^\n", "word ".repeat(30));
        assert_eq!(fold_rendered(&text, 40), text);
    }

    #[test]
    fn colours_take_no_room() {
        let text = "  \u{1b}[31mx\u{1b}[0m one two three\n";
        assert_eq!(fold_rendered(text, 17), text);
        let folded = fold_rendered(text, 12);
        assert_eq!(folded, "  \u{1b}[31mx\u{1b}[0m one two\n    three\n");
    }

    #[test]
    fn a_single_back_tick_quotes_nothing() {
        assert_eq!(pieces("it` s so"), ["it`", "s", "so"]);
    }
}
