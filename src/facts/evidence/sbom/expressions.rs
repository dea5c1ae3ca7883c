//! SPDX licence expressions (SPDX 2.3, annex D).

use spdx_expressions::{Expression, ParseMode};

/// Longest text that is read as an expression, in bytes.
const MAX_BYTES: usize = 8 << 10;
/// Parentheses of one expression that may open: some parsers call themselves for each.
const MAX_PARENTHESES: usize = 32;

/// Deprecated identifiers stay valid, `GPL-2.0+` among them (annex A.3).
const LISTED: ParseMode = ParseMode {
    allow_deprecated: true,
    allow_postfix_plus_on_gpl: true,
    ..ParseMode::STRICT
};

/// Whether a text is short and shallow enough to be given to a parser of expressions.
pub fn is_modest(text: &str) -> bool {
    text.len() <= MAX_BYTES && text.matches('(').count() <= MAX_PARENTHESES
}

/// Whether a text is an expression of identifiers on the SPDX licence list and `LicenseRef-`s.
pub fn is_valid(text: &str) -> bool {
    is_modest(text) && Expression::parse_mode(text, LISTED).is_ok()
}

/// Whether a text has the form of an expression, whatever its identifiers: licence lists grow.
pub fn is_well_formed(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut open = 0usize;
    let mut after = After::Operator;
    for token in spaced.split_whitespace() {
        let operator = Operator::of(token);
        after = match (after, token, operator) {
            (After::Operator, "(", _) => {
                open = open.saturating_add(1);
                After::Operator
            }
            (After::License | After::Term, ")", _) if open > 0 => {
                open = open.saturating_sub(1);
                After::Term
            }
            (After::License | After::Term, _, Some(Operator::AndOr)) => After::Operator,
            (After::License, _, Some(Operator::With)) => After::With,
            (After::Operator, _, None) if is_identifier(token) => After::License,
            (After::With, _, None) if is_identifier(token) => After::Term,
            _ => return false,
        };
    }
    open == 0 && matches!(after, After::License | After::Term)
}

/// What stands to the left of a token.
#[derive(Clone, Copy)]
enum After {
    /// Nothing, a parenthesis that opens, `AND` or `OR`.
    Operator,
    /// A licence, which may have an exception.
    License,
    /// Anything else that is whole.
    Term,
    /// `WITH`.
    With,
}

/// Operators are matched in any case (annex D.2).
#[derive(Clone, Copy)]
enum Operator {
    AndOr,
    With,
}

impl Operator {
    fn of(token: &str) -> Option<Self> {
        let is = |operator: &str| token.eq_ignore_ascii_case(operator);
        if is("AND") || is("OR") {
            Some(Self::AndOr)
        } else {
            is("WITH").then_some(Self::With)
        }
    }
}

/// `[DocumentRef-…:]identifier[+]`.
fn is_identifier(token: &str) -> bool {
    let is_text = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        !text.is_empty() && text.chars().all(is_part)
    };
    let token = token.strip_suffix('+').unwrap_or(token);
    match token.split_once(':') {
        Some((document, rest)) => {
            document.starts_with("DocumentRef-") && is_text(document) && is_text(rest)
        }
        None => is_text(token),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_valid, is_well_formed};

    #[test]
    fn an_expression_names_licences_of_the_list() {
        for text in [
            "MIT",
            "GPL-2.0+",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            "(MIT OR Apache-2.0) AND LicenseRef-ours",
        ] {
            assert!(is_valid(text), "{text}");
        }
        for text in [
            "",
            "MIT, BSD",
            "MIT/Apache-2.0",
            "Ours-1.0",
            "MIT AND",
            "(MIT",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn an_unknown_licence_is_well_formed_and_a_sentence_is_not() {
        for text in [
            "Ours-1.0 OR MIT",
            "GFDL-NIV-1.3+ and (DocumentRef-a:LicenseRef-b WITH Ours-exception)",
        ] {
            assert!(is_well_formed(text), "{text}");
        }
        for text in [
            "MIT, BSD",
            "see the file",
            "MIT OR",
            "OR MIT",
            "()",
            "(MIT",
            "MIT)",
            "(MIT) WITH x",
            "MIT WITH a WITH b",
            "libstdc++",
            "",
        ] {
            assert!(!is_well_formed(text), "{text}");
        }
    }

    #[test]
    fn very_long_and_very_deep_texts_are_not_parsed() {
        let deep = format!("{}MIT{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(!is_valid(&deep));
        let long = vec!["MIT"; 100_000].join(" AND ");
        assert!(!is_valid(&long));
    }
}
