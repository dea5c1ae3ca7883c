//! SPDX licence expressions (SPDX 2.3, annex D).

use spdx::{Expression, ParseMode};

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

const WELL_FORMED: ParseMode = ParseMode {
    allow_unknown: true,
    ..LISTED
};

/// Whether a text is short and shallow enough to be given to a parser of expressions.
pub fn is_modest(text: &str) -> bool {
    text.len() <= MAX_BYTES && text.matches('(').count() <= MAX_PARENTHESES
}

/// Whether a text is an expression of identifiers on the SPDX licence list and `LicenseRef-`s.
pub fn is_valid(text: &str) -> bool {
    is_modest(text) && Expression::parse_mode(text, LISTED).is_ok()
}

/// Whether a text has the form of an expression, whatever its identifiers: licence lists grow. One
/// that is not modest counts as formed, as it was not read.
pub fn is_well_formed(text: &str) -> bool {
    !is_modest(text) || Expression::parse_mode(text, WELL_FORMED).is_ok()
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
        for text in ["", "MIT, BSD", "MIT/Apache-2.0", "Ours-1.0", "MIT AND", "(MIT"] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn an_unknown_licence_is_well_formed_and_a_sentence_is_not() {
        assert!(is_well_formed("Ours-1.0 OR MIT"));
        for text in ["MIT, BSD", "see the file", "MIT OR", "()", ""] {
            assert!(!is_well_formed(text), "{text}");
        }
    }

    #[test]
    fn very_long_and_very_deep_texts_are_not_parsed() {
        let deep = format!("{}MIT{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(!is_valid(&deep) && is_well_formed(&deep));
        let long = vec!["MIT"; 100_000].join(" AND ");
        assert!(!is_valid(&long));
    }
}
