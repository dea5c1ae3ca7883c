//! What dpkg's own tools move and link: diversions and alternatives.
//!
//! Formats: dpkg-divert(1) with `diversions` in groups of three lines; update-alternatives(1) with
//! one file a group in `alternatives/`.

use crate::facts::contract::{Diversion, Extraction, Extractor, Want};
use crate::facts::model::{GapKind, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::Files;

const DIVERSIONS: &str = "var/lib/dpkg/diversions";
const ALTERNATIVES: &str = "var/lib/dpkg/alternatives";
/// Diversions, and links of all alternative groups together; a full desktop has some hundreds.
const MAX_DIVERSIONS: usize = 100_000;
const MAX_LINKS: usize = 100_000;

/// Reads diversions and alternatives.
pub struct DpkgToolsExtractor;

impl Extractor for DpkgToolsExtractor {
    fn name(&self) -> &'static str {
        "dpkg-tools"
    }

    fn wants(&self) -> Vec<Want> {
        vec![Want::Path(DIVERSIONS), Want::In(ALTERNATIVES, "")]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        if let Some(file) = files.one(DIVERSIONS, Topic::Ownership, &mut out) {
            let mut left = lines(&file.bytes).filter(|line| !line.is_empty());
            let at_most = MAX_DIVERSIONS.saturating_mul(3);
            let all: Vec<&[u8]> = left.by_ref().take(at_most).collect();
            if left.next().is_some() {
                let detail = format!("only the first {MAX_DIVERSIONS} diversions were read");
                let at = (file.path.as_str(), file.layer);
                out.gap(Topic::Ownership, GapKind::Limit, at, &detail);
            }
            let groups = all.chunks_exact(3);
            if !groups.remainder().is_empty() {
                out.gap(
                    Topic::Ownership,
                    GapKind::Corrupt,
                    (&file.path, file.layer),
                    "its lines do not come in threes",
                );
            }
            out.diversions = groups
                .filter_map(|group| match group {
                    [from, to, by] => Some(Diversion {
                        from: from.strip_prefix(b"/")?.to_vec(),
                        to: to.strip_prefix(b"/")?.to_vec(),
                        by: lossless(by),
                    }),
                    _ => None,
                })
                .collect();
        }
        for file in files.within(ALTERNATIVES, "", Topic::Ownership, &mut out) {
            let room = MAX_LINKS.saturating_sub(out.generated.len());
            let links = alternative_links(&file.name, &file.bytes, room);
            if links.len() > room {
                let detail = format!("only {MAX_LINKS} links of alternatives were read");
                let at = (file.path.as_str(), file.layer);
                out.gap(Topic::Ownership, GapKind::Limit, at, &detail);
                break;
            }
            out.generated.extend(links);
        }
        out
    }
}

/// The links a group has: its own, its slaves', and those in `/etc/alternatives`.
///
/// First line: mode; second: the group's link; then pairs of slave name and slave link up to an
/// empty line. The choices after that are packaged files. Little more than `room` are returned.
fn alternative_links(name: &str, bytes: &[u8], room: usize) -> Vec<Vec<u8>> {
    let mut head = lines(bytes).skip(1);
    let mut links = Vec::new();
    let mut add = |name: &[u8], link: &[u8]| {
        links.push([b"etc/alternatives/", name].concat());
        links.push(link.strip_prefix(b"/").unwrap_or(link).to_vec());
    };
    if let Some(link) = head.next() {
        add(name.as_bytes(), link);
    }
    let slaves: Vec<&[u8]> = head
        .take_while(|line| !line.is_empty())
        .take(room.saturating_add(2))
        .collect();
    for pair in slaves.chunks_exact(2) {
        if let [name, link] = pair {
            add(name, link);
        }
    }
    links
}
