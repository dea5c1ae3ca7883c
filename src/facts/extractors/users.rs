//! Names of users and groups: who the configured user is, and who packages say owns a file
//! (passwd(5), group(5)).

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::Topic;
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::Files;

const PASSWD: &str = "etc/passwd";
const GROUP: &str = "etc/group";
/// Lines read of each.
const MAX_NAMES: usize = 100_000;

/// Reads `/etc/passwd` and `/etc/group`.
pub struct UsersExtractor;

impl Extractor for UsersExtractor {
    fn name(&self) -> &'static str {
        "users"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Path(PASSWD), Want::Path(GROUP)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        out.users = names(files, PASSWD, &mut out);
        out.groups = names(files, GROUP, &mut out);
        out
    }
}

/// Names and numbers: in both files the first field and the third.
fn names(files: &Files<'_>, path: &'static str, out: &mut Extraction) -> Vec<(String, u64)> {
    let Some(file) = files.one(path, Topic::Image, out) else {
        return Vec::new();
    };
    lines(&file.bytes)
        .take(MAX_NAMES)
        .filter_map(|line| {
            let mut fields = line.split(|&b| b == b':');
            let name = fields.next()?;
            let number = std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
            Some((lossless(name), number))
        })
        .collect()
}
