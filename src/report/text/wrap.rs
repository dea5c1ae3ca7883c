//! Fitting text into columns.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Breaks `text` into lines of at most `limit` columns, at spaces where there are any. Runs of
/// spaces inside a line are kept. Never returns an empty list.
pub(crate) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let joined = width(&line).saturating_add(1).saturating_add(width(word));
        if line.is_empty() {
            line.push_str(word);
        } else if joined <= limit {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
        break_long(&mut line, limit, &mut lines);
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// Moves what is over `limit` columns out of `line`, one full line at a time. Looks at each line's
/// worth of text once: a word of others may be as long as a document.
fn break_long(line: &mut String, limit: usize, lines: &mut Vec<String>) {
    let mut rest = line.as_str();
    while let Some((head, tail)) = rest.split_at_checked(cut_at(rest, limit))
        && !tail.is_empty()
    {
        let cut = good_cut(head, tail, limit);
        lines.push(rest.get(..cut).unwrap_or(head).to_owned());
        rest = rest.get(cut..).unwrap_or(tail);
    }
    if rest.len() < line.len() {
        *line = rest.to_owned();
    }
}

/// Where to break a word whose first `limit` columns are `head`: before a full stop or after a slash,
/// hyphen or the like in their second half, so that a host name is broken between its labels; else
/// behind them.
fn good_cut(head: &str, tail: &str, limit: usize) -> usize {
    let mut next = tail.chars().next();
    for (at, character) in head.char_indices().rev() {
        let end = at.saturating_add(character.len_utf8());
        let is_seam = next == Some('.') || ['/', '-', '_', ':', ',', '@'].contains(&character);
        if is_seam {
            let columns = head.get(..end).map_or(0, width);
            return if columns.saturating_mul(2) >= limit {
                end
            } else {
                head.len()
            };
        }
        next = Some(character);
    }
    head.len()
}

/// Byte position where the first `limit` columns end; after at least one character.
fn cut_at(text: &str, limit: usize) -> usize {
    let mut used = 0_usize;
    for (position, character) in text.char_indices() {
        used = used.saturating_add(character.width().unwrap_or(0));
        if used > limit && position > 0 {
            return position;
        }
    }
    text.len()
}

/// Shortens `text` to `limit` columns by leaving out its middle: both ends of a path or a reference
/// say more than its first half.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    const MARK: &str = "...";
    if width(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(MARK.len());
    let head = room / 3;
    let head_end = if head == 0 { 0 } else { cut_at(text, head) };
    let tail_room = room.saturating_sub(head);
    let mut tail_start = text.len();
    for (position, _) in text.char_indices().rev() {
        if text.get(position..).map_or(0, width) > tail_room {
            break;
        }
        tail_start = position;
    }
    format!(
        "{}{MARK}{}",
        text.get(..head_end).unwrap_or_default(),
        text.get(tail_start..).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_limit() {
        let text = "a sentence with a/very/long/path/that/has/no/spaces/at/all and 漢字漢字漢字";
        for limit in 4..50 {
            for line in wrap(text, limit) {
                assert!(width(&line) <= limit, "{limit}: {line:?}");
            }
        }
    }

    #[test]
    fn a_host_name_is_broken_between_its_labels() {
        assert_eq!(wrap("alpinelinux.org", 12), ["alpinelinux", ".org"]);
        assert_eq!(wrap("averylonglabel.org", 12), ["averylonglab", "el.org"]);
    }

    #[test]
    fn a_word_as_long_as_a_document_takes_no_more_room_than_it_has() {
        for text in [
            "a".repeat(1 << 20),
            "-.".repeat(1 << 19),
            "漢".repeat(1 << 19),
        ] {
            let lines = wrap(&text, 78);
            assert_eq!(lines.concat(), text);
            let held: usize = lines.iter().map(String::capacity).sum();
            assert!(held <= text.len() * 2, "{held}");
        }
    }

    #[test]
    fn wrapping_loses_no_word() {
        let text = "one two three four five six seven";
        assert_eq!(wrap(text, 9).join(" "), text);
    }

    #[test]
    fn both_ends_of_a_shortened_path_are_kept() {
        let short = shorten("registry/team/project/image-with-a-long-name:1.2.3", 24);
        assert_eq!(width(&short), 24);
        assert!(short.starts_with("registr"), "{short}");
        assert!(short.ends_with("name:1.2.3"), "{short}");
    }
}
