//! apt's repositories: one-line and deb822 form (sources.list(5)).

use std::collections::BTreeMap;

use super::trust_keys::read_keyring;
use super::url::address;
use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{GapKind, Repository, RepositoryKind, Side, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

const FILE: &str = "etc/apt/sources.list";
const DIRECTORY: &str = "etc/apt/sources.list.d";
const ONE_LINE: &str = ".list";
const DEB822: &str = ".sources";
/// What stands for a key that is written into the entry itself.
const INLINE: &str = "(inline)";
/// Lines read from one file.
const MAX_LINES: usize = 10_000;
/// Addresses times suites and components of one stanza.
const MAX_NAMES: usize = 10_000;

/// Reads apt's repositories. `deb-src` lines offer source, not packages, and are left out.
pub struct AptSourcesExtractor;

impl Extractor for AptSourcesExtractor {
    fn name(&self) -> &'static str {
        "apt-sources"
    }

    fn wants(&self) -> Vec<Want> {
        vec![
            Want::Path(FILE),
            Want::In(DIRECTORY, ONE_LINE),
            Want::In(DIRECTORY, DEB822),
        ]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut one_line = files.within(DIRECTORY, ONE_LINE, Topic::Repositories, &mut out);
        one_line.extend(files.one(FILE, Topic::Repositories, &mut out));
        for file in &one_line {
            note_cut(file, &mut out);
            read_one_line(file, &mut out);
            out.cut_repositories();
        }
        for file in files.within(DIRECTORY, DEB822, Topic::Repositories, &mut out) {
            note_cut(&file, &mut out);
            read_deb822(&file, &mut out);
            out.cut_repositories();
        }
        out
    }
}

fn note_cut(file: &Found<'_>, out: &mut Extraction) {
    if lines(&file.bytes).nth(MAX_LINES).is_some() {
        let at = (file.path.as_str(), file.layer);
        let detail = "it has more than 10,000 lines; the rest was not read";
        out.gap(Topic::Repositories, GapKind::Limit, at, detail);
    }
}

fn read_one_line(file: &Found<'_>, out: &mut Extraction) {
    for line in lines(&file.bytes).take(MAX_LINES) {
        let line = lossless(line);
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with("deb-src") {
            continue;
        }
        match one_line(line, file) {
            Some(repository) => out.repositories.push(repository),
            None => out.gap(
                Topic::Repositories,
                GapKind::Corrupt,
                (&file.path, file.layer),
                "a line is no deb or deb-src entry",
            ),
        }
    }
}

/// `deb [ option=value … ] URI SUITE [COMPONENT …]`
fn one_line(line: &str, file: &Found<'_>) -> Option<Repository> {
    let rest = line.strip_prefix("deb")?;
    let mut rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
    let mut options = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('[') {
        let (text, after) = inside.split_once(']')?;
        for option in text.split_whitespace() {
            let (key, value) = option.split_once('=')?;
            options.insert(key.trim_end_matches(['+', '-']), value);
        }
        rest = after;
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    let uri = words.next()?;
    let suites = vec![words.next()?];
    let trusted = options.get("trusted").is_some_and(|value| is_yes(value));
    let signed_by = options.get("signed-by").map(|value| (*value).to_owned());
    Some(
        Entry {
            suites,
            components: words.collect(),
            signed_by,
            trusted,
            enabled: true,
        }
        .repository(&uri, file),
    )
}

/// What both forms say of a repository beside its address.
struct Entry {
    suites: Vec<String>,
    components: Vec<String>,
    signed_by: Option<String>,
    trusted: bool,
    enabled: bool,
}

impl Entry {
    fn repository(&self, uri: &str, file: &Found<'_>) -> Repository {
        let address = address(uri);
        Repository {
            kind: RepositoryKind::Apt,
            url: address.url,
            host: address.host,
            suites: self.suites.clone(),
            components: self.components.clone(),
            signed_by: self.signed_by.clone(),
            unsigned_allowed: self.trusted,
            enabled: self.enabled,
            credentials: address.credentials,
            path: file.path.clone(),
            layer: file.layer,
            side: Side::Unknown,
        }
    }
}

fn read_deb822(file: &Found<'_>, out: &mut Extraction) {
    let mut stanza = BTreeMap::new();
    let mut last = None;
    for line in lines(&file.bytes).take(MAX_LINES).chain([&b""[..]]) {
        let line = lossless(line);
        if line.trim().is_empty() {
            push_stanza(&std::mem::take(&mut stanza), file, out);
            last = None;
        } else if line.starts_with('#') {
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = last.as_ref().and_then(|key| stanza.get_mut(key)) {
                let value: &mut String = value;
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = line.split_once(':') {
            let key = key.trim().to_ascii_lowercase();
            stanza.insert(key.clone(), value.trim().to_owned());
            last = Some(key);
        } else {
            out.gap(
                Topic::Repositories,
                GapKind::Corrupt,
                (&file.path, file.layer),
                "a line is no field of a stanza",
            );
        }
    }
}

fn push_stanza(stanza: &BTreeMap<String, String>, file: &Found<'_>, out: &mut Extraction) {
    let words = |key: &str| -> Vec<String> {
        let value = stanza.get(key).map(String::as_str).unwrap_or_default();
        value.split_whitespace().map(str::to_owned).collect()
    };
    if !words("types").iter().any(|kind| kind == "deb") {
        return;
    }
    let signed_by = stanza.get("signed-by").map(|value| {
        // The key itself may stand here, armoured.
        if value.contains("BEGIN PGP") {
            // An empty line is written as a dot.
            read_keyring(file, value.replace("\n.\n", "\n\n").as_bytes(), out);
            INLINE.to_owned()
        } else {
            value.clone()
        }
    });
    let entry = Entry {
        suites: words("suites"),
        components: words("components"),
        signed_by,
        trusted: stanza.get("trusted").is_some_and(|value| is_yes(value)),
        enabled: stanza.get("enabled").is_none_or(|value| is_yes(value)),
    };
    let uris = words("uris");
    // Each address is written out with all its suites and components.
    let names = entry.suites.len().saturating_add(entry.components.len());
    if uris.len().saturating_mul(names.max(1)) > MAX_NAMES {
        out.gap(
            Topic::Repositories,
            GapKind::Limit,
            (&file.path, file.layer),
            "a stanza names too many repositories to be listed",
        );
        return;
    }
    out.repositories
        .extend(uris.iter().map(|uri| entry.repository(uri, file)));
}

/// apt's idea of true (apt.conf(5)).
fn is_yes(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "yes" | "true" | "with" | "on" | "enable" | "1"
    )
}
