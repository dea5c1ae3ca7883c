//! apk's repositories: `/etc/apk/repositories` and `repositories.d` (apk-repositories(5)).

use super::url::address;
use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{GapKind, Repository, RepositoryKind, Side, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

const FILE: &str = "etc/apk/repositories";
const DIRECTORY: &str = "etc/apk/repositories.d";
const SUFFIX: &str = ".list";
/// Repositories read from one file.
const MAX_LINES: usize = 10_000;

/// Reads apk's repositories.
pub struct ApkRepositoriesExtractor;

impl Extractor for ApkRepositoriesExtractor {
    fn name(&self) -> &'static str {
        "apk-repositories"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Path(FILE), Want::In(DIRECTORY, SUFFIX)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut found = files.within(DIRECTORY, SUFFIX, Topic::Repositories, &mut out);
        found.extend(files.one(FILE, Topic::Repositories, &mut out));
        for file in &found {
            if lines(&file.bytes).nth(MAX_LINES).is_some() {
                let at = (file.path.as_str(), file.layer);
                let detail = "it has more than 10,000 lines; the rest was not read";
                out.gap(Topic::Repositories, GapKind::Limit, at, detail);
            }
            out.repositories.extend(
                lines(&file.bytes)
                    .take(MAX_LINES)
                    .filter_map(|line| repository(&lossless(line.trim_ascii()), file)),
            );
            out.cut_repositories();
        }
        out
    }
}

/// `[@tag] URL`; a `#` starts a comment line.
fn repository(line: &str, file: &Found<'_>) -> Option<Repository> {
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (tag, url) = match line.strip_prefix('@') {
        Some(rest) => {
            let (tag, url) = rest.split_once(char::is_whitespace)?;
            (Some(tag), url.trim_start())
        }
        None => (None, line),
    };
    let address = address(url);
    Some(Repository {
        kind: RepositoryKind::Apk,
        url: address.url,
        host: address.host,
        suites: tag.map(str::to_owned).into_iter().collect(),
        components: Vec::new(),
        signed_by: None,
        unsigned_allowed: false,
        enabled: true,
        credentials: address.credentials,
        path: file.path.clone(),
        layer: file.layer,
        side: Side::Unknown,
    })
}
