//! Repositories of dnf, yum, microdnf, tdnf and zypper: `*.repo` files, one section a repository
//! (dnf.conf(5), "Repo options"; zypper(8), "Repository files").

use std::collections::{BTreeMap, BTreeSet};

use super::url::address;
use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{GapKind, Repository, RepositoryKind, Side, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

/// dnf's `reposdir`, and zypper's directory.
const DIRECTORIES: [&str; 4] = [
    "etc/yum.repos.d",
    "etc/yum/repos.d",
    "etc/distro.repos.d",
    "etc/zypp/repos.d",
];
const SUFFIX: &str = ".repo";
/// What a repository does not say for itself is said here, in the section `main`; `gpgcheck` is off
/// where nobody says anything (dnf.conf(5)).
const MAIN: [&str; 3] = ["etc/dnf/dnf.conf", "etc/yum.conf", "etc/tdnf/tdnf.conf"];
/// zypper asks for signatures unless it is told not to (zypp.conf(5), `gpgcheck`).
const ZYPP: &str = "/etc/zypp/";
/// Lines read from one file.
const MAX_LINES: usize = 10_000;
/// Addresses, and keys, taken of one repository.
const MAX_WORDS: usize = 100;
/// Options that carry a secret beside the address.
const SECRETS: [&str; 4] = ["username", "password", "proxy_username", "proxy_password"];

/// Reads `*.repo` files.
pub struct YumReposExtractor;

impl Extractor for YumReposExtractor {
    fn name(&self) -> &'static str {
        "yum-repos"
    }

    fn wants(&self) -> Vec<Want> {
        let directories = DIRECTORIES.map(|directory| Want::In(directory, SUFFIX));
        let main = MAIN.map(Want::Path);
        directories.into_iter().chain(main).collect()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        // One place is often a link to another.
        let mut seen = BTreeSet::new();
        let mut checked = None;
        let mut found = Vec::new();
        for path in MAIN {
            found.extend(files.one(path, Topic::Repositories, &mut out));
        }
        for directory in DIRECTORIES {
            found.extend(files.within(directory, SUFFIX, Topic::Repositories, &mut out));
        }
        for file in found.iter().filter(|file| seen.insert(&file.real_path)) {
            for (id, section) in sections(file, &mut out) {
                if id == "main" {
                    checked = checked.or(section.flag("gpgcheck"));
                    continue;
                }
                let default = checked.unwrap_or(file.path.starts_with(ZYPP));
                let repositories = section.repositories(&id, default, file, &mut out);
                out.repositories.extend(repositories);
            }
            out.cut_repositories();
        }
        out
    }
}

/// Sections by their names in brackets. A line that is indented goes on with the one before it.
fn sections(file: &Found<'_>, out: &mut Extraction) -> Vec<(String, Section)> {
    let at = (file.path.as_str(), file.layer);
    if lines(&file.bytes).nth(MAX_LINES).is_some() {
        let detail = "it has more than 10,000 lines; the rest was not read";
        out.gap(Topic::Repositories, GapKind::Limit, at, detail);
    }
    let mut all: Vec<(String, Section)> = Vec::new();
    let mut odd = 0u64;
    for line in lines(&file.bytes).take(MAX_LINES) {
        let line = lossless(line);
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        if let Some(id) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            all.push((id.to_owned(), Section::default()));
            continue;
        }
        let section = all.last_mut().map(|(_, section)| section);
        let taken = section.and_then(|section| match line.starts_with([' ', '\t']) {
            true => section.go_on(text),
            false => section.set(text),
        });
        odd = odd.saturating_add(u64::from(taken.is_none()));
    }
    if odd > 0 {
        let detail = format!("{odd} lines are no options of a repository");
        out.gap(Topic::Repositories, GapKind::Corrupt, at, &detail);
    }
    all
}

/// The options of one section.
#[derive(Default)]
struct Section {
    options: BTreeMap<String, String>,
    last: String,
}

impl Section {
    /// `key = value`
    fn set(&mut self, text: &str) -> Option<()> {
        let (key, value) = text.split_once('=')?;
        self.last = key.trim().to_ascii_lowercase();
        self.options
            .insert(self.last.clone(), value.trim().to_owned());
        Some(())
    }

    fn go_on(&mut self, text: &str) -> Option<()> {
        let value = self.options.get_mut(&self.last)?;
        value.push(' ');
        value.push_str(text);
        Some(())
    }

    /// A boolean (dnf.conf(5), "Types of options"); `None` when it is not set, or to anything else.
    fn flag(&self, key: &str) -> Option<bool> {
        match self.options.get(key)?.to_ascii_lowercase().as_str() {
            "1" | "yes" | "true" | "on" => Some(true),
            "0" | "no" | "false" | "off" => Some(false),
            _ => None,
        }
    }

    /// The parts of a list, between spaces or commas.
    fn words(&self, key: &str) -> impl Iterator<Item = &str> {
        let value = self.options.get(key).map_or("", String::as_str);
        value
            .split([' ', '\t', ','])
            .filter(|word| !word.is_empty())
    }

    /// One repository for each address; `checked` says whether signatures are looked at where the
    /// section says nothing.
    fn repositories(
        &self,
        id: &str,
        checked: bool,
        file: &Found<'_>,
        out: &mut Extraction,
    ) -> Vec<Repository> {
        let places = ["baseurl", "mirrorlist", "metalink"];
        let addresses = || places.iter().flat_map(|place| self.words(place));
        if addresses()
            .chain(self.words("gpgkey"))
            .nth(MAX_WORDS)
            .is_some()
        {
            let at = (file.path.as_str(), file.layer);
            let detail = "a repository has too many addresses and keys to be listed";
            out.gap(Topic::Repositories, GapKind::Limit, at, detail);
            return Vec::new();
        }
        let keys: Vec<String> = self.words("gpgkey").map(key).collect();
        let secret = SECRETS.iter().any(|key| self.options.contains_key(*key));
        addresses()
            .map(|text| {
                let address = address(text);
                Repository {
                    kind: RepositoryKind::Yum,
                    url: address.url,
                    host: address.host,
                    suites: vec![id.to_owned()],
                    components: Vec::new(),
                    signed_by: (!keys.is_empty()).then(|| keys.join(" ")),
                    unsigned_allowed: !self.flag("gpgcheck").unwrap_or(checked),
                    enabled: self.flag("enabled").unwrap_or(true),
                    credentials: address.credentials || secret,
                    path: file.path.clone(),
                    layer: file.layer,
                    side: Side::Unknown,
                }
            })
            .collect()
    }
}

/// A key as a path where it is a file of the image, else as an address without credentials.
fn key(text: &str) -> String {
    match text.strip_prefix("file://") {
        Some(path) => path.to_owned(),
        None => address(text).url,
    }
}
