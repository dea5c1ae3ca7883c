//! What SPDX 2.2 and 2.3 demand of a JSON document and its schema does not say.

use std::collections::HashSet;

use serde_json::Value;

use super::super::expressions;
use super::reasons::Reasons;

/// Lists of elements that have an identifier.
const ELEMENTS: [&str; 3] = ["packages", "files", "snippets"];
/// Properties that hold licence expressions, or lists of them (sections 7.13, 7.15, 8.5, 9.5).
const EXPRESSIONS: [&str; 5] = [
    "licenseConcluded",
    "licenseDeclared",
    "licenseInfoFromFiles",
    "licenseInfoInFiles",
    "licenseInfoInSnippets",
];

/// Adds what the specification forbids. The numbers of sections are those of SPDX 2.3.
pub(super) fn check(document: &Value, reasons: &mut Reasons) {
    document_information(document, reasons);
    creation(document, reasons);
    let ids = identifiers(document, reasons);
    references(document, &ids, reasons);
    elements(document, |at, element| {
        licenses(&at, element, reasons);
        for key in ["supplier", "originator"] {
            let agent = element.get(key).and_then(Value::as_str);
            if agent.is_some_and(|agent| agent != "NOASSERTION" && !is_agent(agent, false)) {
                let why = "it is no person and no organization";
                reasons.push(&format!("{at}/{key}"), why);
            }
        }
    });
}

/// Whether every licence expression is short and shallow enough for a parser that calls itself.
pub(super) fn has_modest_expressions(document: &Value) -> bool {
    let mut modest = true;
    elements(document, |_, element| {
        modest &= stated_expressions(element).all(|(_, text)| expressions::is_modest(text));
    });
    modest
}

/// Sections 6.1 to 6.3 and 6.5.
fn document_information(document: &Value, reasons: &mut Reasons) {
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    if text("spdxVersion").is_some_and(|version| !version.starts_with("SPDX-2.")) {
        reasons.push("/spdxVersion", "it does not have the form `SPDX-2.N`");
    }
    if text("dataLicense").is_some_and(|license| license != "CC0-1.0") {
        reasons.push("/dataLicense", "it is not `CC0-1.0`");
    }
    if text("SPDXID").is_some_and(|id| id != "SPDXRef-DOCUMENT") {
        reasons.push("/SPDXID", "it is not `SPDXRef-DOCUMENT`");
    }
    if text("documentNamespace").is_some_and(|uri| !is_namespace(uri)) {
        reasons.push("/documentNamespace", "it is not a URI without `#`");
    }
}

/// Whether a text is an absolute URI (RFC 3986, section 3) without a fragment: section 6.5.
pub(super) fn is_namespace(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_part)
        && !rest.is_empty()
        && !rest.contains(|c: char| c == '#' || c.is_whitespace() || c.is_control())
}

/// Sections 6.8 and 6.9.
fn creation(document: &Value, reasons: &mut Reasons) {
    let info = document.get("creationInfo");
    let created = info.and_then(|info| info.get("created"));
    if created
        .and_then(Value::as_str)
        .is_some_and(|time| !is_time(time))
    {
        let why = "it does not have the form `YYYY-MM-DDThh:mm:ssZ`";
        reasons.push("/creationInfo/created", why);
    }
    let creators = info.and_then(|info| info.get("creators"));
    for (index, creator) in listed(creators).iter().enumerate() {
        if creator
            .as_str()
            .is_some_and(|creator| !is_agent(creator, true))
        {
            let at = format!("/creationInfo/creators/{index}");
            reasons.push(&at, "it is no person, organization or tool");
        }
    }
}

/// Whether a text is a time in UTC, to the second: section 6.9.
pub(super) fn is_time(text: &str) -> bool {
    const FORM: &str = "0000-00-00T00:00:00Z";
    text.len() == FORM.len()
        && text
            .bytes()
            .zip(FORM.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                form => byte == form,
            })
}

/// Whether a text names a person or organization, or a tool where one may be named (sections 6.8
/// and 7.5).
pub(super) fn is_agent(text: &str, or_tool: bool) -> bool {
    let Some((kind, name)) = text.split_once(':') else {
        return false;
    };
    let known = matches!(kind, "Person" | "Organization") || or_tool && kind == "Tool";
    known && !name.trim().is_empty()
}

/// Identifiers of the document; adds those of another form (section 7.2) and those that two share.
fn identifiers<'a>(document: &'a Value, reasons: &mut Reasons) -> HashSet<&'a str> {
    let mut ids = HashSet::from(["SPDXRef-DOCUMENT"]);
    for list in ELEMENTS {
        for (index, element) in listed(document.get(list)).iter().enumerate() {
            let Some(id) = element.get("SPDXID").and_then(Value::as_str) else {
                continue; // The schema demands one.
            };
            let at = || format!("/{list}/{index}/SPDXID");
            if !is_identifier(id) {
                reasons.push(
                    &at(),
                    "it is not `SPDXRef-` with letters, digits, `.` and `-`",
                );
            }
            if !ids.insert(id) {
                reasons.push(&at(), format!("`{id}` is the identifier of two elements"));
            }
        }
    }
    ids
}

/// Whether a text is an identifier of an element of this document (section 7.2).
pub(super) fn is_identifier(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    text.strip_prefix("SPDXRef-")
        .is_some_and(|id| !id.is_empty() && id.chars().all(is_part))
}

/// Whether what a text refers to is there, or is in another document, or is `NONE` or
/// `NOASSERTION` (section 11.1).
pub(super) fn is_known(text: &str, ids: &HashSet<&str>) -> bool {
    ids.contains(text)
        || matches!(text, "NONE" | "NOASSERTION")
        || text.starts_with("DocumentRef-") && text.contains(':')
}

/// Adds references to elements that the document does not have.
fn references(document: &Value, ids: &HashSet<&str>, reasons: &mut Reasons) {
    let mut missing = |at: String, id: Option<&Value>| {
        let id = id.and_then(Value::as_str);
        if let Some(id) = id.filter(|id| !is_known(id, ids)) {
            reasons.push(&at, format!("there is no element `{id}`"));
        }
    };
    let relationships = listed(document.get("relationships"));
    for (index, relationship) in relationships.iter().enumerate() {
        for key in ["spdxElementId", "relatedSpdxElement"] {
            missing(
                format!("/relationships/{index}/{key}"),
                relationship.get(key),
            );
        }
    }
    let described = listed(document.get("documentDescribes"));
    for (index, id) in described.iter().enumerate() {
        missing(format!("/documentDescribes/{index}"), Some(id));
    }
    for (index, package) in listed(document.get("packages")).iter().enumerate() {
        for (file, id) in listed(package.get("hasFiles")).iter().enumerate() {
            missing(format!("/packages/{index}/hasFiles/{file}"), Some(id));
        }
    }
}

/// Adds licences that are no expression (section 7.13: an expression, `NONE` or `NOASSERTION`).
fn licenses(at: &str, element: &Value, reasons: &mut Reasons) {
    for (key, text) in stated_expressions(element) {
        if !matches!(text, "NONE" | "NOASSERTION") && !expressions::is_well_formed(text) {
            let why = format!("`{text}` is no licence expression");
            reasons.push(&format!("{at}/{key}"), why);
        }
    }
}

fn stated_expressions(element: &Value) -> impl Iterator<Item = (&'static str, &str)> {
    EXPRESSIONS.into_iter().flat_map(move |key| {
        let stated = element.get(key);
        let one = stated.and_then(Value::as_str);
        let many = listed(stated).iter().filter_map(Value::as_str);
        one.into_iter().chain(many).map(move |text| (key, text))
    })
}

/// Every package, file and snippet, with its place.
fn elements<'a>(document: &'a Value, mut each: impl FnMut(String, &'a Value)) {
    for list in ELEMENTS {
        for (index, element) in listed(document.get(list)).iter().enumerate() {
            each(format!("/{list}/{index}"), element);
        }
    }
}

fn listed(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
