//! Depth of a module, counted before the parser sees it.
//!
//! The engine's parser tries a `[` or `{` as a comprehension first and as a literal second, so its
//! time doubles with each level: 0.02 s at 10 levels, half a minute at 20 when measured. A chain
//! of operators makes a tree as deep as the chain is long, and everything that walks it recurses.

/// Deepest nesting of `[` and `{` that is handed to the parser.
pub(super) const MAX_DEPTH: usize = 10;

/// Most arithmetic and set operators in one file. Shipped rules have a dozen.
pub(super) const MAX_OPERATORS: usize = 2_000;

/// Byte offset of the first bracket deeper than [`MAX_DEPTH`], or of the first operator over
/// [`MAX_OPERATORS`]; strings and comments left out.
pub(super) fn first_too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut operators = 0_usize;
    let mut inside = Inside::Code;
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate() {
        match (inside, byte) {
            (Inside::Comment | Inside::String, b'\n') => inside = Inside::Code,
            (Inside::String, _) if escaped => escaped = false,
            (Inside::String, b'\\') => escaped = true,
            (Inside::String, b'"') | (Inside::RawString, b'`') => inside = Inside::Code,
            (Inside::Comment | Inside::String | Inside::RawString, _) => {}
            (Inside::Code, b'#') => inside = Inside::Comment,
            (Inside::Code, b'"') => inside = Inside::String,
            (Inside::Code, b'`') => inside = Inside::RawString,
            (Inside::Code, b'[' | b'{') => {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    return Some(offset);
                }
            }
            (Inside::Code, b']' | b'}') => depth = depth.saturating_sub(1),
            (Inside::Code, b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|') => {
                operators = operators.saturating_add(1);
                if operators > MAX_OPERATORS {
                    return Some(offset);
                }
            }
            (Inside::Code, _) => {}
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
    fn an_endless_sum_is_refused() {
        assert!(first_too_deep(&format!("x := 1{}", " + 1".repeat(2_001))).is_some());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let text = "x := \"[[[[[[[[[[[[\\\"[\" # [[[[[[[[[[[[\ny := `{{{{{{{{{{{{`\n";
        assert_eq!(first_too_deep(text), None);
    }

    #[test]
    fn a_string_that_is_not_closed_does_not_hide_what_follows() {
        let text = format!("x := \"\n{}", "[".repeat(12));
        assert!(first_too_deep(&text).is_some());
    }
}
