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

/// Moves what is over `limit` columns out of `line`, one full line at a time.
fn break_long(line: &mut String, limit: usize, lines: &mut Vec<String>) {
    while width(line) > limit {
        let cut = good_cut(line, limit);
        let rest = line.split_off(cut);
        lines.push(std::mem::replace(line, rest));
    }
}

/// Where to break a word of more than `limit` columns: before a full stop or after a slash, hyphen
/// or the like in its second half, so that a host name is broken between its labels; else as late
/// as possible.
fn good_cut(text: &str, limit: usize) -> usize {
    let latest = cut_at(text, limit);
    let is_good = |at: &usize| {
        let head = text.get(..*at).unwrap_or_default();
        let next = text.get(*at..).and_then(|rest| rest.chars().next());
        let is_seam = next == Some('.') || head.ends_with(['/', '-', '_', ':', ',', '@']);
        is_seam && width(head).saturating_mul(2) >= limit
    };
    let starts = text.char_indices().map(|(at, _)| at);
    let seams = starts.take_while(|at| *at <= latest).filter(is_good);
    seams.last().unwrap_or(latest)
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
