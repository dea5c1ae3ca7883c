//! Literal arguments that make a builtin work without end.
//!
//! The engine looks at the clock between steps of a rule, and a builtin is one step:
//! `numbers.range(1, 100000000)` takes 17 seconds and 2.4 GB, `sprintf("%1000000000d", [1])` 5
//! seconds and 1 GB when measured. What is computed while a rule runs is not seen here; waiting for
//! it ends in `evaluate`.

use crate::policy::syntax::Expr;

/// Largest end of a range. Facts are lists of some thousand entries.
const MAX_RANGE: f64 = 1_000_000.0;

/// Largest width or precision of a verb, in characters.
const MAX_WIDTH: usize = 1_000;

/// Most bits a number may be shifted to the left.
const MAX_SHIFT: f64 = 1_000.0;

/// What is too much about a call, and what to do instead.
pub(super) fn excess(name: &str, params: &[Expr]) -> Option<(String, &'static str)> {
    match name {
        "numbers.range" | "numbers.range_step" => {
            let end = params
                .iter()
                .take(2)
                .find_map(|param| beyond(param, MAX_RANGE))?;
            let message = format!("`{name}` up to {end} is more than a rule can need");
            Some((
                message,
                "iterate over the facts themselves; a range may end at 1000000",
            ))
        }
        "bits.lsh" => {
            let shift = beyond(params.get(1)?, MAX_SHIFT)?;
            let message = format!("`bits.lsh` by {shift} bits is more than a rule can need");
            Some((message, "a shift may be 1000 bits"))
        }
        "sprintf" => {
            let verb = wide_verb(params.first()?.as_text()?)?;
            let message = format!("`sprintf` with the verb `{verb}` can fill memory");
            Some((
                message,
                "use `%s`, `%d` or `%v`; a width may be 1000 characters",
            ))
        }
        _ => None,
    }
}

/// The number, where it is a literal further from zero than `limit`.
fn beyond(param: &Expr, limit: f64) -> Option<f64> {
    match param {
        Expr::Number { value, .. } if value.abs() > limit => Some(*value),
        Expr::Unary { expr, .. } => beyond(expr, limit),
        _ => None,
    }
}

/// The first verb with a width or precision over [`MAX_WIDTH`], or taken from an argument (`*`).
fn wide_verb(format: &str) -> Option<&str> {
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        let verb = rest.get(start..)?;
        let modifiers = |c: char| c.is_ascii_digit() || "+-# .*[]".contains(c);
        let tail = verb.get(1..)?.trim_start_matches(modifiers);
        let length = verb.len().saturating_sub(tail.len());
        let head = verb.get(1..length)?;
        let mut numbers = head.split(|c: char| !c.is_ascii_digit());
        let is_wide = numbers.any(|number| {
            !number.is_empty()
                && number
                    .parse::<usize>()
                    .map_or(true, |width| width > MAX_WIDTH)
        });
        if is_wide || head.contains('*') {
            let letter = tail.chars().next().map_or(0, char::len_utf8);
            return verb.get(..length.saturating_add(letter));
        }
        // `%%` is no verb: its second sign must not begin the next.
        let skipped = if tail.starts_with('%') { 1 } else { 0 };
        rest = tail.get(skipped..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verbs_that_fill_memory_are_found() {
        for format in [
            "%s: %d of %v",
            "%5.2f%%",
            "100%% 9999999",
            "%-20s|",
            "%",
            "%%%d",
        ] {
            assert_eq!(wide_verb(format), None, "{format}");
        }
        for (format, verb) in [
            ("a %1000000d", "%1000000d"),
            ("%s %.99999999999999999999f", "%.99999999999999999999f"),
            ("%*d", "%*d"),
            ("%%%-5000s", "%-5000s"),
        ] {
            assert_eq!(wide_verb(format), Some(verb), "{format}");
        }
    }
}
