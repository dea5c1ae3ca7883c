//! User names, to tell whether the configured user is root (passwd(5)).

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::Topic;
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::Files;

const PASSWD: &str = "etc/passwd";
/// Lines read.
const MAX_USERS: usize = 100_000;

/// Reads `/etc/passwd`.
pub struct UsersExtractor;

impl Extractor for UsersExtractor {
    fn name(&self) -> &'static str {
        "users"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Path(PASSWD)]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        if let Some(file) = files.one(PASSWD, Topic::Image, &mut out) {
            out.users = lines(&file.bytes)
                .take(MAX_USERS)
                .filter_map(|line| {
                    let mut fields = line.split(|&b| b == b':');
                    let name = fields.next()?;
                    let uid = std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
                    Some((lossless(name), uid))
                })
                .collect();
        }
        out
    }
}
