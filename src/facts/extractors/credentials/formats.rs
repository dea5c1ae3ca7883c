//! Formats of files with credentials, each with its source. A reader says whether one is written out.

use quick_xml::events::Event;
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

use super::literal::is_literal;
use crate::facts::text::{lines, lossless};

/// The bytes are not of the format.
#[derive(Debug)]
pub(super) struct NotParsed;

/// What a reader answers.
type Holds = Result<bool, NotParsed>;

/// npm, "npmrc" (docs.npmjs.com, configuring-npm/npmrc): `key = value`, keys of one registry behind its
/// address and a colon, `${NAME}` from the environment.
pub(super) fn npm(bytes: &[u8]) -> Holds {
    ini(bytes, &['='], |key| {
        let key = key.rsplit(':').next().unwrap_or_default();
        ["_authToken", "_password", "_auth"].contains(&key)
    })
}

/// Python Packaging User Guide, "The .pypirc file": `password` in the section of an index.
pub(super) fn pypi(bytes: &[u8]) -> Holds {
    ini(bytes, &['=', ':'], |key| {
        key.eq_ignore_ascii_case("password")
    })
}

/// AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
pub(super) fn aws(bytes: &[u8]) -> Holds {
    ini(bytes, &['='], |key| {
        ["aws_secret_access_key", "aws_session_token"].contains(&key.to_ascii_lowercase().as_str())
    })
}

/// MySQL Reference Manual, "Using Option Files": `password` of any group.
pub(super) fn mysql(bytes: &[u8]) -> Holds {
    ini(bytes, &['='], |key| key == "password")
}

/// ftp(1), "The .netrc file", and apt_auth.conf(5): words, `password` before each password; a macro
/// lasts to the next empty line.
pub(super) fn netrc(bytes: &[u8]) -> Holds {
    let mut in_macro = false;
    let mut before = String::new();
    for line in text_lines(bytes)? {
        let line = lossless(line);
        if line.trim().is_empty() {
            in_macro = false;
        }
        if in_macro || line.trim_start().starts_with('#') {
            continue;
        }
        for word in line.split_whitespace() {
            in_macro |= word == "macdef";
            match before.as_str() {
                "password" if is_literal(word) => return Ok(true),
                // What follows is a value, whatever it is called.
                "password" | "login" | "account" | "machine" => before.clear(),
                _ => word.clone_into(&mut before),
            }
        }
    }
    Ok(false)
}

/// git-credential-store(1), "Storage format": an address with user name and password in each line.
pub(super) fn git(bytes: &[u8]) -> Holds {
    Ok(text_lines(bytes)?.any(|line| {
        let line = lossless(line);
        let user = line
            .split_once("://")
            .and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
        let password = user.and_then(|(user, _)| user.split_once(':'));
        password.is_some_and(|(_, password)| is_literal(password))
    }))
}

/// libpq, "The Password File": `hostname:port:database:username:password`, a colon inside written `\:`.
pub(super) fn pgpass(bytes: &[u8]) -> Holds {
    Ok(text_lines(bytes)?.any(|line| {
        let line = lossless(line).replace("\\\\", "..").replace("\\:", "..");
        !line.starts_with('#') && line.splitn(5, ':').nth(4).is_some_and(is_literal)
    }))
}

/// Terraform, "CLI Configuration File", `credentials` blocks.
pub(super) fn terraform(bytes: &[u8]) -> Holds {
    assigned(bytes, '=', &["token"])
}

/// The Cargo Book, "Configuration", "Credentials": TOML with `token` or `secret-key` of a registry.
pub(super) fn cargo(bytes: &[u8]) -> Holds {
    assigned(bytes, '=', &["token", "secret-key"])
}

/// Kubernetes, "kubeconfig (v1)", `AuthInfo`: YAML as kubectl writes it, a key and its value in one
/// line; JSON is read likewise.
pub(super) fn kubernetes(bytes: &[u8]) -> Holds {
    assigned(bytes, ':', &["token", "client-key-data", "password"])
}

/// RubyGems Guides, "API key": YAML of keys by name of the host.
pub(super) fn rubygems(bytes: &[u8]) -> Holds {
    Ok(text_lines(bytes)?.any(|line| {
        let line = lossless(line);
        let value = line.rsplit_once(": ").map(|(_, value)| value);
        !line.trim_start().starts_with('#') && value.is_some_and(is_literal)
    }))
}

/// docker login, "Credential stores", and containers-auth.json(5): `auths`, by registry.
pub(super) fn docker(bytes: &[u8]) -> Holds {
    let document = object(bytes)?;
    let auths = document.get("auths").and_then(Value::as_object);
    Ok(auths.is_some_and(has_login))
}

/// The same before `config.json`: what is in `auths` now, alone.
pub(super) fn dockercfg(bytes: &[u8]) -> Holds {
    Ok(has_login(&object(bytes)?))
}

fn has_login(auths: &Map<String, Value>) -> bool {
    let keys = ["auth", "identitytoken", "registrytoken", "password"];
    auths.values().any(|login| has(login, &keys))
}

/// Google's AIP-4110 and AIP-4112: a key of a service account, or a user's refresh token.
pub(super) fn google(bytes: &[u8]) -> Holds {
    let document = Value::Object(object(bytes)?);
    Ok(match document.get("type").and_then(Value::as_str) {
        Some("service_account") => has(&document, &["private_key"]),
        Some("authorized_user") => has(&document, &["refresh_token"]),
        _ => false,
    })
}

/// Terraform, "terraform login": `credentials` by host.
pub(super) fn terraform_login(bytes: &[u8]) -> Holds {
    let document = object(bytes)?;
    let hosts = document.get("credentials").and_then(Value::as_object);
    Ok(hosts.is_some_and(|hosts| hosts.values().any(|host| has(host, &["token"]))))
}

/// Composer, "Authentication for privately hosted packages": by method, then by host.
pub(super) fn composer(bytes: &[u8]) -> Holds {
    let methods = [
        "http-basic",
        "bearer",
        "github-oauth",
        "gitlab-oauth",
        "gitlab-token",
        "bitbucket-oauth",
        "forgejo-token",
    ];
    let document = object(bytes)?;
    let hosts = methods
        .iter()
        .filter_map(|method| document.get(*method)?.as_object());
    Ok(hosts.flat_map(Map::values).any(|login| {
        let keys = ["password", "token", "consumer-secret", "access-token"];
        login.as_str().is_some_and(is_literal) || has(login, &keys)
    }))
}

/// Maven, "Settings Reference", "Servers" and "Proxies"; "Password Encryption": what is encrypted stands
/// in braces.
pub(super) fn maven(bytes: &[u8]) -> Holds {
    let text = lossless(without_mark(bytes));
    let mut xml = Reader::from_str(&text);
    let (mut depth, mut elements) = (0_usize, 0_usize);
    let mut value: Option<String> = None;
    loop {
        match xml.read_event().map_err(|_| NotParsed)? {
            Event::Start(start) => {
                depth = depth.saturating_add(1);
                elements = elements.saturating_add(1);
                let name = start.local_name();
                let is_secret = ["password", "passphrase"].contains(&name.as_ref());
                value = is_secret.then(String::new);
            }
            Event::Text(part) => value.iter_mut().for_each(|v| v.push_str(&part)),
            Event::CData(part) => value.iter_mut().for_each(|v| v.push_str(&part)),
            Event::GeneralRef(_) => value.iter_mut().for_each(|v| v.push('&')),
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                let literal = |v: String| is_literal(&v) && !is_encrypted(&v);
                if value.take().is_some_and(literal) {
                    return Ok(true);
                }
            }
            Event::Eof if text.trim().is_empty() => return Ok(false),
            // Cut off, or no XML at all.
            Event::Eof if depth > 0 || elements == 0 => return Err(NotParsed),
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

fn is_encrypted(value: &str) -> bool {
    let open = value
        .split_once('{')
        .filter(|(front, _)| !front.ends_with('\\'));
    open.is_some_and(|(_, rest)| rest.contains('}'))
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Lines of a file that is text; no such format has a zero byte.
fn text_lines(bytes: &[u8]) -> Result<impl Iterator<Item = &[u8]>, NotParsed> {
    if bytes.contains(&0) {
        return Err(NotParsed);
    }
    Ok(lines(without_mark(bytes)))
}

/// `key = value` in each line, comments behind `#` or `;`.
fn ini(bytes: &[u8], separators: &[char], is_secret: impl Fn(&str) -> bool) -> Holds {
    Ok(text_lines(bytes)?.any(|line| {
        let line = lossless(line);
        let Some((key, value)) = line.split_once(separators) else {
            return false;
        };
        let end = [" #", " ;"]
            .iter()
            .filter_map(|sign| value.find(sign))
            .min();
        let value = end.and_then(|end| value.get(..end)).unwrap_or(value);
        !line.trim_start().starts_with(['#', ';']) && is_secret(key.trim()) && is_literal(value)
    }))
}

/// Whether one of `keys` is set in YAML, TOML or HCL, a key and its value in one line.
fn assigned(bytes: &[u8], separator: char, keys: &[&str]) -> Holds {
    Ok(text_lines(bytes)?.any(|line| {
        let line = lossless(line);
        fields(&line).into_iter().any(|field| {
            let Some((key, value)) = field.split_once(separator) else {
                return false;
            };
            let key = key.trim().trim_start_matches("- ").trim();
            let key = key.rsplit('.').next().unwrap_or_default();
            keys.contains(&key.trim_matches(['"', '\''])) && is_literal(value)
        })
    }))
}

/// Parts of a line between braces and commas that are outside quotes, its comment left out.
fn fields(line: &str) -> Vec<&str> {
    let mut quote = None;
    let mut before = ' ';
    let mut start = 0;
    let mut found = Vec::new();
    for (at, sign) in line.char_indices() {
        match quote {
            Some(open) if sign == open && before != '\\' => quote = None,
            Some(_) => {}
            // An apostrophe inside a word opens nothing.
            None if matches!(sign, '"' | '\'') && !before.is_alphanumeric() => quote = Some(sign),
            None if sign == '#' && before.is_whitespace() => {
                found.extend(line.get(start..at));
                return found;
            }
            // `${NAME}` is one word.
            None if sign == '{' && before == '$' => quote = Some('}'),
            None if matches!(sign, '{' | '}' | ',') => {
                found.extend(line.get(start..at));
                start = at.saturating_add(1);
            }
            None => {}
        }
        before = sign;
    }
    found.extend(line.get(start..));
    found
}

/// A JSON object (RFC 8259); an empty file holds nothing.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, NotParsed> {
    let bytes = without_mark(bytes).trim_ascii();
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(bytes).map_err(|_| NotParsed)
}

/// Whether an object has a literal under one of the keys.
fn has(value: &Value, keys: &[&str]) -> bool {
    keys.iter()
        .filter_map(|key| value.get(*key)?.as_str())
        .any(is_literal)
}
