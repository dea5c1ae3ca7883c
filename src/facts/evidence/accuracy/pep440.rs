//! Versions of Python packages in their normal form.
//!
//! Source: PEP 440, "Normalization", and "Public version identifiers", by which trailing zeros of
//! the release do not count.

/// The normal form; what is no version of PEP 440 is only put into lower case.
pub(super) fn normal(version: &str) -> String {
    let text = version.trim().to_ascii_lowercase();
    normalised(text.strip_prefix('v').unwrap_or(&text)).unwrap_or(text)
}

fn normalised(text: &str) -> Option<String> {
    let (public, local) = match text.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (text, None),
    };
    let (epoch, public) = match public.split_once('!') {
        Some((epoch, public)) => (number(epoch)?, public),
        None => ("0", public),
    };
    let mut rest = public;
    let mut release: Vec<&str> = Vec::new();
    loop {
        let (digits, behind) = digits(rest);
        release.push(number(digits)?);
        let next = behind.strip_prefix('.');
        rest = behind;
        match next.filter(|next| next.starts_with(|c: char| c.is_ascii_digit())) {
            Some(next) => rest = next,
            None => break,
        }
    }
    while release.len() > 1 && release.last() == Some(&"0") {
        release.pop();
    }
    let mut normal = match epoch {
        "0" => String::new(),
        epoch => format!("{epoch}!"),
    };
    normal.push_str(&release.join("."));
    while !rest.is_empty() {
        rest = suffix(rest, &mut normal)?;
    }
    if let Some(local) = local {
        normal.push('+');
        let parts = local.split(['-', '_', '.']);
        let parts: Vec<&str> = parts.map(|part| number(part).unwrap_or(part)).collect();
        normal.push_str(&parts.join("."));
    }
    Some(normal)
}

/// Adds a pre-, post- or development release to `normal`; gives what follows it.
fn suffix<'a>(text: &'a str, normal: &mut String) -> Option<&'a str> {
    let (bare, separated) = match text.strip_prefix(['.', '-', '_']) {
        Some(bare) => (bare, true),
        None => (text, false),
    };
    let end = bare.find(|c: char| !c.is_ascii_alphabetic());
    let (word, behind) = bare.split_at_checked(end.unwrap_or(bare.len()))?;
    let spelt = match word {
        "a" | "alpha" => "a",
        "b" | "beta" => "b",
        "rc" | "c" | "pre" | "preview" => "rc",
        "post" | "rev" | "r" => ".post",
        "dev" => ".dev",
        // `1.0-1` is `1.0.post1`.
        "" if separated && text.starts_with('-') => ".post",
        _ => return None,
    };
    let behind = match behind.strip_prefix(['.', '-', '_']) {
        Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => next,
        _ => behind,
    };
    let (found, behind) = digits(behind);
    if word.is_empty() && found.is_empty() {
        return None;
    }
    normal.push_str(spelt);
    normal.push_str(number(found).unwrap_or("0"));
    Some(behind)
}

/// The digits at the start, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

/// A number without leading zeros.
fn number(text: &str) -> Option<&str> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match text.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    })
}
