//! A rule to start from: the file, and the test beside it.

use super::error::{Problem, ProblemKind};
use super::pack::Pack;
use super::requirements;

/// Longest name of a category or a rule.
const MAX_NAME: usize = 60;

/// Names that are directories of a pack, not categories.
const RESERVED: [&str; 5] = [
    "lib",
    "data",
    "profiles",
    "freehold",
    requirements::CATEGORY,
];

/// Words of the language (Rego v1; OPA documentation, "Reserved Names").
const KEYWORDS: [&str; 16] = [
    "as", "contains", "default", "else", "every", "false", "if", "import", "in", "input", "not",
    "null", "package", "some", "true", "with",
];

/// The label the example looks for (OCI image specification, annotations.md).
const LABEL: &str = "org.opencontainers.image.source";

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Path below the directory of rules, in parts.
    pub place: Vec<String>,
    /// Its text.
    pub text: String,
}

/// The files of a new rule `<category>.<rule>`, in the order they are best written: a rule that
/// denies images without a label, and tests of both outcomes. They rest on nothing but the facts,
/// so that OPA runs them without the shipped libraries.
///
/// # Errors
/// A [`Problem`] when the name cannot be the id of a rule, or is one already.
pub fn scaffold(id: &str, pack: &Pack) -> Result<[NewFile; 2], Box<Problem>> {
    let (category, rule) = parts(id).map_err(Box::new)?;
    if let Some(taken) = pack.rule(id) {
        let message = format!("rule `{id}` exists already, in {}", taken.file);
        let problem = Problem::in_file(ProblemKind::DuplicateId, id, message);
        return Err(Box::new(
            problem.help("choose another name, or change that rule"),
        ));
    }
    let place = |file: String| vec![category.to_owned(), rule.to_owned(), file];
    Ok([
        NewFile {
            place: place(format!("{rule}.rego")),
            text: module(category, rule),
        },
        NewFile {
            place: place(format!("{rule}_test.rego")),
            text: test(category, rule),
        },
    ])
}

fn parts(id: &str) -> Result<(&str, &str), Problem> {
    let refuse = |message: String, help: &str| {
        let problem = Problem::in_file(ProblemKind::InvalidValue, "RULE", message);
        Err(problem.help(help))
    };
    let shown: String = id.chars().take(MAX_NAME).collect();
    let Some((category, rule)) = id.split_once('.') else {
        return refuse(
            format!("`{shown}` is not the id of a rule"),
            "an id is a category and a name: `hardening.no_telnet`, or `acme.base_is_ours` for a \
             category of your own",
        );
    };
    for name in [category, rule] {
        let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !starts || !name.chars().all(is_name) || name.len() > MAX_NAME {
            return refuse(
                format!("`{shown}` is not the id of a rule"),
                "category and name are made of small letters, digits and `_`, and start with a letter",
            );
        }
        if KEYWORDS.contains(&name) {
            return refuse(
                format!("`{name}` is a word of Rego"),
                "no part of an id can be one",
            );
        }
    }
    if rule.ends_with("_test") {
        return refuse(
            format!("`{rule}` is the name of a test"),
            "the test of a rule is called like the rule, with `_test` behind it",
        );
    }
    if RESERVED.contains(&category) {
        return refuse(
            format!("`{category}` is not a category"),
            "the pack keeps other files in a directory of that name",
        );
    }
    Ok((category, rule))
}

/// `base_is_ours` as the start of a sentence.
fn sentence(rule: &str) -> String {
    let words = rule.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn module(category: &str, rule: &str) -> String {
    format!(
        "\
# METADATA
# title: {title}
# description: >-
#   Say why it matters, to whoever reads the finding and has to act on it. The title says what is
#   true when the rule passes.
# custom:
#   severity: medium
#   weight: 1
#   needs: [image]
#   remediation: Add LABEL {LABEL} to the Dockerfile.
#   effort: low
#   stability: experimental
package freehold.{category}.{rule}

# An example to change: `freehold facts IMAGE` prints all that a rule can read as `input`.
deny contains {{\"msg\": msg, \"subject\": \"image\", \"evidence\": {{\"label\": _label}}}} if {{
	not input.image.labels[_label]
	msg := sprintf(\"the image has no label %s\", [_label])
}}

_label := \"{LABEL}\"
",
        title = sentence(rule),
    )
}

fn test(category: &str, rule: &str) -> String {
    format!(
        "\
package freehold.{category}.{rule}_test

import data.freehold.{category}.{rule} as rule

_image(labels) := {{\"image\": {{\"labels\": labels}}}}

test_passes_an_image_with_the_label if {{
	count(rule.deny) == 0 with input as _image({{\"{LABEL}\": \"https://git.example/a\"}})
}}

test_denies_an_image_without_it if {{
	some finding in rule.deny with input as _image({{}})
	finding.msg == \"the image has no label {LABEL}\"
	finding.subject == \"image\"
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_the_directory_is_refused() {
        for id in [
            "a", "..", "a./b", "a.b.c", "a.B", "A.b", "../a.b", "a.b/c", "lib.a", "data.a",
            "a.not", "a.x_test", "a.", ".a", "a.1b",
        ] {
            assert!(parts(id).is_err(), "{id}");
        }
        assert_eq!(
            parts("acme.base_is_ours").unwrap(),
            ("acme", "base_is_ours")
        );
    }
}
