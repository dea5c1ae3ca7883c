//! Licences as SPDX expressions, where they are some.

use cyclonedx_bom::prelude::{SpdxExpression, SpdxIdentifier};

/// Longest text that is read as an expression, in bytes. Parsers of expressions call themselves, ours
/// and those of whoever reads the SBOM; no honest expression comes near.
const MAX_BYTES: usize = 1_024;
/// Parentheses of one expression that may open.
const MAX_PARENTHESES: usize = 32;
/// Licences of one package; joined to one expression they are as deep as they are many. What
/// describes itself is cut at the same number.
const MAX_LICENSES: usize = 100;

/// A licence as a package's database states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum License {
    /// One identifier of the SPDX licence list.
    Identifier(String),
    /// An SPDX expression of identifiers on that list.
    Expression(String),
    /// Any other text: what it means is not guessed.
    Named(String),
}

/// The licences of a package, each once, in the order they are stated; the first of very many.
pub(super) fn all(stated: &[String]) -> Vec<License> {
    let mut licenses = Vec::new();
    let stated = stated.iter().take(MAX_LICENSES);
    for license in stated.filter_map(|text| license(text)) {
        if !licenses.contains(&license) {
            licenses.push(license);
        }
    }
    licenses
}

/// `None` for a text that states none.
fn license(text: &str) -> Option<License> {
    let text = text.trim();
    if matches!(text, "" | "NOASSERTION" | "NONE") {
        return None;
    }
    let owned = text.to_owned();
    Some(if is_excessive(text) || !names_the_list_alone(text) {
        License::Named(owned)
    } else if SpdxIdentifier::try_from(owned.clone()).is_ok() {
        License::Identifier(owned)
    } else if SpdxExpression::try_from(owned.clone()).is_ok() {
        License::Expression(owned)
    } else {
        License::Named(owned)
    })
}

fn is_excessive(text: &str) -> bool {
    text.len() > MAX_BYTES || text.matches('(').count() > MAX_PARENTHESES
}

/// Whether an expression, if it is one, has no part that stands for a text elsewhere, which nobody
/// gives us (`LicenseRef-`, `DocumentRef-`, `AdditionRef-`: SPDX 2.3, annex D), and none of the
/// words for no licence, which are no part of an expression.
fn names_the_list_alone(text: &str) -> bool {
    text.split(|character: char| character.is_whitespace() || "()".contains(character))
        .all(|word| !word.contains("Ref-") && !matches!(word, "NOASSERTION" | "NONE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_list_knows_is_an_expression() {
        let named = |text: &str| Some(License::Named(text.to_owned()));
        assert_eq!(license("MIT"), Some(License::Identifier("MIT".into())));
        let expression = "(MIT OR Apache-2.0) AND GPL-2.0-only WITH Classpath-exception-2.0";
        assert_eq!(
            license(expression),
            Some(License::Expression(expression.into()))
        );
        for text in [
            "MIT, BSD",
            "MIT/Apache-2.0",
            "mit",
            "GPLv2+ and MIT (see file)",
            "LicenseRef-Sun",
            "MIT OR LicenseRef-Sun",
            "MIT OR NOASSERTION",
        ] {
            assert_eq!(license(text), named(text), "{text}");
        }
        for text in [
            format!("{}MIT{}", "(".repeat(33), ")".repeat(33)),
            vec!["MIT"; 200].join(" AND "),
        ] {
            assert_eq!(license(&text), named(&text), "{text}");
        }
        for text in ["", " ", "NONE", "NOASSERTION"] {
            assert_eq!(license(text), None);
        }
    }
}
