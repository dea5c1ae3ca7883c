//! Whether a value is a secret or stands for one.

/// What examples have where a secret belongs, beside signs such as `xxx` and `<token>`.
const WORDS: [&str; 12] = [
    "changeme",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "replace_me",
    "redacted",
    "placeholder",
    "example",
    "none",
    "null",
    "~",
];

/// Whether a value is written out: not empty, no variable, no placeholder. Quotes around it do not count.
pub(super) fn is_literal(value: &str) -> bool {
    let value = unquoted(value.trim());
    let lower = value.to_ascii_lowercase();
    !(value.is_empty()
        || is_variable(value)
        || is_enclosed(value, "<", ">")
        || is_one_sign(&lower)
        || WORDS.contains(&lower.as_str())
        || ["your-", "your_", "your "].iter().any(|start| lower.starts_with(start))
        // Keys of Amazon's documentation end so (IAM User Guide, "IAM identifiers").
        || value.ends_with("EXAMPLE")
        || value.ends_with("EXAMPLEKEY"))
}

fn unquoted(value: &str) -> &str {
    let strip = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    strip('"').or_else(|| strip('\'')).unwrap_or(value).trim()
}

/// A value that a program or a person puts in later: `${X}`, `$X`, `{{ x }}`, `@X@`, `%X%`, `%s`, `%(x)s`.
fn is_variable(value: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    let inside = |open, close| {
        value
            .split_once(open)
            .is_some_and(|(_, rest): (_, &str)| rest.contains(close))
    };
    inside("${", "}")
        || inside("{{", "}}")
        || inside("%(", ")s")
        || inside("$(", ")")
        || value == "%s"
        || value.strip_prefix('$').is_some_and(|name| {
            name.starts_with(|c: char| c == '_' || c.is_ascii_uppercase())
                && name
                    .chars()
                    .all(|c| c == '_' || c.is_ascii_uppercase() || c.is_ascii_digit())
        })
        || ["%", "@", "__"].iter().any(|sign| {
            let name = value
                .strip_prefix(sign)
                .and_then(|rest| rest.strip_suffix(sign));
            name.is_some_and(is_name)
        })
}

fn is_enclosed(value: &str, open: &str, close: &str) -> bool {
    value.starts_with(open) && value.ends_with(close)
}

/// `xxxx`, `****`, `...`.
fn is_one_sign(value: &str) -> bool {
    ['x', '*', '.', '-', '_', '?']
        .iter()
        .any(|sign| value.chars().all(|c| c == *sign))
}

#[cfg(test)]
mod tests {
    use super::is_literal;

    #[test]
    fn what_stands_for_a_secret_is_none() {
        for value in [
            "",
            " ",
            "\"\"",
            "''",
            "xxx",
            "XXXX",
            "***",
            "...",
            "changeme",
            "CHANGE_ME",
            "<token>",
            "<your token>",
            "${TOKEN}",
            "'${TOKEN}'",
            "${TOKEN-}",
            "$TOKEN",
            "Bearer ${TOKEN}",
            "%s",
            "%TOKEN%",
            "%(token)s",
            "{{ token }}",
            "$(cat /token)",
            "@TOKEN@",
            "__TOKEN__",
            "null",
            "~",
            "your-token-here",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ] {
            assert!(!is_literal(value), "{value}");
        }
        for value in [
            "hunter2",
            "npm_0123",
            "$apr1$abc",
            "pa$$",
            "a<b>",
            "p%40ss",
            "\"q\"",
            "$ecret",
            "%%x",
            "password",
        ] {
            assert!(is_literal(value), "{value}");
        }
    }
}
