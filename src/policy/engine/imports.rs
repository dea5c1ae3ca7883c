//! Names read through an import, spelt out.
//!
//! The engine evaluates `lib.name` after `import data.lib` by evaluating every rule of `data.lib`
//! first; `data.lib.name` evaluates one. The detour costs most of the time of judging, makes a rule
//! fail with an error of a rule it does not read, and takes two packages that read each other for
//! a recursion. So the engine gets the text with the paths written in full; lines stay what they
//! are.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// The text with `alias.` written as `data.path.` for each plain import. An alias that also stands
/// alone somewhere may be a variable, and is left as it is.
pub(in crate::policy) fn spelt_out(text: &str) -> Cow<'_, str> {
    let imports = imports(text);
    if imports.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut names: Vec<(usize, &str, &str)> = Vec::new();
    let mut alone: BTreeSet<&str> = BTreeSet::new();
    for (offset, name, is_base) in names_in(text) {
        let Some((alias, path)) = imports.iter().find(|(alias, _)| *alias == name) else {
            continue;
        };
        match is_base {
            true => names.push((offset, alias, path)),
            false => drop(alone.insert(alias)),
        }
    }
    names.retain(|(_, alias, path)| alias != path && !alone.contains(alias));
    if names.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut spelt = String::with_capacity(text.len().saturating_mul(2));
    let mut done = 0_usize;
    for (offset, alias, path) in names {
        spelt.push_str(text.get(done..offset).unwrap_or_default());
        spelt.push_str(path);
        done = offset.saturating_add(alias.len());
    }
    spelt.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(spelt)
}

/// The alias and the path of each `import data.…` on a line of its own.
fn imports(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        if words.next() != Some("import") {
            continue;
        }
        let Some(path) = words.next().filter(|path| path.starts_with("data.")) else {
            continue;
        };
        let is_plain = path.bytes().all(|byte| is_name(byte) || byte == b'.');
        let alias = match (words.next(), words.next(), words.next()) {
            (None, ..) => path.rsplit('.').next(),
            (Some("as"), alias, None) => alias,
            _ => None,
        };
        if let (Some(alias), true) = (alias, is_plain) {
            found.push((alias, path));
        }
    }
    found
}

/// The names in the code that begin a reference: where each is, and whether a dot follows. Strings,
/// comments and `import` and `package` lines are left out.
fn names_in(text: &str) -> Vec<(usize, &str, bool)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let at = |offset: usize| bytes.get(offset).copied().unwrap_or(b'\n');
    let mut offset = 0_usize;
    let mut before = b'\n';
    while offset < bytes.len() {
        let byte = at(offset);
        let start = offset;
        offset = match byte {
            b'"' | b'`' => end_of_string(bytes, offset),
            b'#' => end_of_line(bytes, offset),
            _ if is_name(byte) => {
                let mut end = offset;
                while is_name(at(end)) {
                    end = end.saturating_add(1);
                }
                let name = text.get(offset..end).unwrap_or_default();
                if matches!(name, "import" | "package") && before == b'\n' {
                    end = end_of_line(bytes, end);
                } else if before != b'.' {
                    found.push((offset, name, at(end) == b'.'));
                }
                end
            }
            _ => offset.saturating_add(1),
        };
        before = at(offset.saturating_sub(1).max(start));
    }
    found
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Offset of the next line feed, or of the end.
fn end_of_line(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| *byte == b'\n');
    start.saturating_add(length.unwrap_or(rest.len()))
}

/// Offset behind the string that begins at `start`; one in quotes ends with its line at the latest.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let quote = bytes.get(start).copied().unwrap_or_default();
    let mut escaped = false;
    let first = start.saturating_add(1);
    for (offset, byte) in (first..).zip(bytes.get(first..).unwrap_or_default()) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quote == b'"' => escaped = true,
            b'\n' if quote == b'"' => return offset,
            byte if *byte == quote => return offset.saturating_add(1),
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(body: &str) -> String {
        let head = "package a\n\nimport data.x.lib\nimport data.x.other as o # why\n";
        let text = format!("{head}{body}");
        spelt_out(&text).strip_prefix(head).unwrap().to_owned()
    }

    #[test]
    fn a_name_behind_an_import_is_written_in_full() {
        assert_eq!(
            spelt("a := lib.b + o.f(lib.c[1])"),
            "a := data.x.lib.b + data.x.other.f(data.x.lib.c[1])"
        );
        assert_eq!(spelt("[lib.a|lib.b]"), "[data.x.lib.a|data.x.lib.b]");
        assert_eq!(
            spelt("x if y with lib.b as 3"),
            "x if y with data.x.lib.b as 3"
        );
    }

    #[test]
    fn what_only_looks_like_it_is_left() {
        for body in [
            "a := \"lib.b \\\" lib.c\" # lib.d",
            "a := `lib.b`",
            "a := x.lib.b",
            "a := mylib.b",
            "a := lib_b.c",
            "f(lib) := lib.b",
            "a if some lib in input.all; lib.b",
            "a := lib[\"b\"]",
        ] {
            assert_eq!(spelt(body), body);
        }
    }

    #[test]
    fn a_string_that_is_not_closed_ends_with_its_line() {
        assert_eq!(
            spelt("a := \"lib.b\nb := lib.c"),
            "a := \"lib.b\nb := data.x.lib.c"
        );
        assert_eq!(spelt("a := \"lib.b\\"), "a := \"lib.b\\");
    }
}
