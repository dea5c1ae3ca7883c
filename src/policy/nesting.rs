//! Depth of a module, counted before the parser sees it.
//!
//! The engine's parser tries a `[` or `{` as a comprehension first and as a literal second, so its
//! time doubles with each level: 0.02 s at 10 levels, half a minute at 20 when measured. A chain
//! of operators (`+`, `in`, `not`, `else` …), of calls or of brackets (`x[0][0]…`) makes a tree as
//! deep as the chain is long, and everything that walks it recurses.

/// Deepest nesting of `[` and `{` that is handed to the parser.
pub(super) const MAX_DEPTH: usize = 10;

/// Deepest nesting of `(`; the engine's own limit, which it applies to expressions and not to
/// calls.
pub(super) const MAX_PARENTHESES: usize = 32;

/// Most operators in one file. Shipped rules have a few dozen.
pub(super) const MAX_OPERATORS: usize = 2_000;

/// Words that make a tree deeper.
const OPERATOR_WORDS: [&str; 5] = ["in", "not", "else", "with", "every"];

/// Byte offset of the first bracket deeper than [`MAX_DEPTH`], or of the first operator over
/// [`MAX_OPERATORS`]; strings and comments left out.
pub(super) fn first_too_deep(text: &str) -> Option<usize> {
    let mut counts = Counts::default();
    let mut inside = Inside::Code;
    let mut escaped = false;
    let mut word = 0_usize;
    let mut before = b' ';
    for (offset, byte) in text.bytes().enumerate() {
        if !(byte.is_ascii_alphanumeric() || byte == b'_') {
            let is_code = matches!(inside, Inside::Code);
            if is_code && !counts.word(text.get(word..offset).unwrap_or_default()) {
                return Some(offset);
            }
            word = offset.saturating_add(1);
        }
        match (inside, byte) {
            (Inside::Comment | Inside::String, b'\n') => inside = Inside::Code,
            (Inside::String, _) if escaped => escaped = false,
            (Inside::String, b'\\') => escaped = true,
            (Inside::String, b'"') | (Inside::RawString, b'`') => inside = Inside::Code,
            (Inside::Comment | Inside::String | Inside::RawString, _) => {}
            (Inside::Code, b'#') => inside = Inside::Comment,
            (Inside::Code, b'"') => inside = Inside::String,
            (Inside::Code, b'`') => inside = Inside::RawString,
            (Inside::Code, _) if !counts.byte(byte, before) => return Some(offset),
            (Inside::Code, _) => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    None
}

#[derive(Clone, Copy)]
enum Inside {
    Code,
    Comment,
    String,
    RawString,
}

#[derive(Default)]
struct Counts {
    brackets: usize,
    parentheses: usize,
    operators: usize,
}

impl Counts {
    /// Counts one byte of code, and the last one that was no space; false when that was too much.
    fn byte(&mut self, byte: u8, before: u8) -> bool {
        // One more link of a reference.
        if before == b']' && matches!(byte, b'[' | b'.') {
            self.operators = self.operators.saturating_add(1);
        }
        match byte {
            b'[' | b'{' => self.brackets = self.brackets.saturating_add(1),
            b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
            b'(' => self.parentheses = self.parentheses.saturating_add(1),
            b')' => self.parentheses = self.parentheses.saturating_sub(1),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' => {
                self.operators = self.operators.saturating_add(1);
            }
            _ => {}
        }
        self.is_within()
    }

    /// Counts one word of code; false when that was too much.
    fn word(&mut self, word: &str) -> bool {
        if OPERATOR_WORDS.contains(&word) {
            self.operators = self.operators.saturating_add(1);
        }
        self.is_within()
    }

    fn is_within(&self) -> bool {
        self.brackets <= MAX_DEPTH
            && self.parentheses <= MAX_PARENTHESES
            && self.operators <= MAX_OPERATORS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_bracket_is_refused_and_the_tenth_is_not() {
        let nested = |levels: usize| format!("x := {}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(first_too_deep(&nested(10)), None);
        assert_eq!(first_too_deep(&nested(11)), Some(15));
    }

    #[test]
    fn endless_chains_of_operators_and_calls_are_refused() {
        for link in [" + 1", " in 1", " else := 1", "\nnot 1", "[0\n]", "[0].a"] {
            let text = format!("x := 1{} ", link.repeat(2_002));
            assert!(first_too_deep(&text).is_some(), "{link}");
        }
        let calls = format!("x := {}1", "f(".repeat(40));
        assert!(first_too_deep(&calls).is_some());
    }

    #[test]
    fn words_that_contain_an_operator_are_none() {
        assert_eq!(first_too_deep(&"inside notes_in ".repeat(3_000)), None);
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let text = "x := \"[[[[[[[[[[[[\\\"[\" # [[[[[[[[[[[[\ny := `{{{{{{{{{{{{`\n";
        assert_eq!(first_too_deep(text), None);
        assert_eq!(first_too_deep(&"# not in\n".repeat(3_000)), None);
        assert_eq!(first_too_deep(&"x := \"not in it\"\n".repeat(3_000)), None);
    }

    #[test]
    fn a_string_that_is_not_closed_does_not_hide_what_follows() {
        let text = format!("x := \"\n{}", "[".repeat(12));
        assert!(first_too_deep(&text).is_some());
    }
}
