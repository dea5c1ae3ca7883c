//! Java archives: the artifacts they name, in themselves and in archives within them.
//!
//! Formats: JAR File Specification; Jakarta Servlet ("Web Applications", `WEB-INF/lib`), Jakarta EE
//! Platform ("Application Assembly and Deployment", EAR), Spring Boot ("The Executable Jar Format",
//! `BOOT-INF/lib`). Whatever lies in an archive and is named like one is looked into.

mod identity;
mod zip;

use serde::{Deserialize, Serialize};

pub use identity::Artifact;

use self::identity::{Coordinates, Manifest, identify};
use self::zip::{Archive, Budget, Content, Entry, Fault, Part};
use super::Probed;
use crate::facts::contract::Probe;
use crate::facts::model::GapKind;
use crate::facts::text::lossless;
use crate::image::{Excerpts, FileView, Whole};

/// Endings of the names of Java archives: applications, modules and plug-ins of servers included.
const ENDINGS: [&[u8]; 9] = [
    b".jar", b".war", b".ear", b".par", b".sar", b".nar", b".hpi", b".jpi", b".kar",
];
/// First bytes: an entry, the end of an empty archive, a script that starts it.
const STARTS: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"#!"];
/// Archives within archives; an EAR with a WAR with a JAR has three of them.
const MAX_DEPTH: usize = 4;
/// Bytes of a manifest, or of a `pom.properties`.
const MAX_DESCRIPTION: u64 = 1 << 20;
/// Bytes of an archive that has to be inflated: it is held in memory.
const MAX_INNER: u64 = 64 << 20;
/// How many times its stored size an inner archive may have once inflated. Its own content is
/// compressed already.
const MAX_RATIO: u64 = 100;
/// Artifacts of one file, those within it included; and what could not be read, likewise.
const MAX_ARTIFACTS: usize = 20_000;
const MAX_FAULTS: usize = 20;
/// Bytes of a path within an archive.
const MAX_PATH: usize = 1_024;
/// Bytes of the outermost archive's first part that the probe sees beside all of it.
const HEAD_BYTES: usize = 64;
/// Between archive and entry, as Java's `JarURLConnection` writes it.
pub const WITHIN: &str = "!/";

/// What a Java archive says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JavaArchive {
    /// Whether it begins with a script that starts it.
    pub starts_itself: bool,
    /// What it is.
    pub own: Option<Artifact>,
    /// What is in it.
    pub within: Vec<Within>,
    /// What could not be read: the place, as in [`Within`], and why.
    pub unread: Vec<(Box<str>, GapKind, Box<str>)>,
}

/// An artifact within an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// Path from the outermost archive of the one that holds it; empty for that itself.
    pub place: Box<str>,
    /// Whether it is what that archive is, and not copied into it.
    pub own: bool,
    /// The artifact.
    pub artifact: Artifact,
}

impl JavaArchive {
    /// Bytes of memory it takes beyond its own size.
    pub fn weight(&self) -> u64 {
        let text = |text: &Option<Box<str>>| text.as_deref().map_or(0, str::len);
        let texts = self.within.iter().map(
            |Within {
                 place, artifact, ..
             }| {
                let names = artifact.name.len().saturating_add(artifact.version.len());
                [&artifact.group, &artifact.vendor, &artifact.license]
                    .into_iter()
                    .map(text)
                    .fold(names.saturating_add(place.len()), usize::saturating_add)
                    .saturating_add(200) as u64
            },
        );
        let unread = self.unread.iter().map(|(place, _, detail)| {
            let texts = place.len().saturating_add(detail.len());
            texts.saturating_add(100) as u64
        });
        texts.chain(unread).fold(0, u64::saturating_add)
    }
}

/// Reads Java archives.
pub struct JarProbe;

impl Probe for JarProbe {
    fn name(&self) -> &'static str {
        "java-archive"
    }

    fn wants(&self, file: &FileView<'_>) -> usize {
        if is_archive(file.path) && STARTS.iter().any(|start| file.peek.starts_with(start)) {
            HEAD_BYTES
        } else {
            0
        }
    }

    fn whole(&self, file: &FileView<'_>) -> bool {
        self.wants(file) > 0
    }

    fn probe(&self, file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Probed> {
        let mut found = JavaArchive {
            starts_itself: file.peek.starts_with(b"#!"),
            ..JavaArchive::default()
        };
        let Some(whole) = excerpts.whole() else {
            found.fault("", Fault::Limit);
            return Some(Probed::Java(Box::new(found)));
        };
        let mut walk = Walk {
            found,
            budget: Budget::new(file.size),
        };
        let name = file.path.rsplit(|&b| b == b'/').next().unwrap_or_default();
        match walk.archive(Part::all(whole), "", (&lossless(name), 0)) {
            Ok(own) => walk.found.own = own,
            // What begins with a script and is no archive is a script.
            Err(_) if walk.found.starts_itself => return None,
            Err(fault) => walk.found.fault("", fault),
        }
        Some(Probed::Java(Box::new(walk.found)))
    }
}

fn is_archive(path: &[u8]) -> bool {
    ENDINGS.iter().any(|ending| {
        let start = path.len().saturating_sub(ending.len());
        path.get(start..)
            .is_some_and(|end| end.eq_ignore_ascii_case(ending))
    })
}

fn is_properties(name: &[u8]) -> bool {
    name.starts_with(b"META-INF/maven/") && name.ends_with(b"/pom.properties")
}

fn is_manifest(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF")
}

fn is_wanted(name: &[u8]) -> bool {
    is_archive(name)
        || is_manifest(name)
        || is_properties(name)
        || Coordinates::of_path(name).is_some()
}

/// The walk over one archive and those within it.
struct Walk {
    found: JavaArchive,
    budget: Budget,
}

impl Walk {
    /// Reads an archive at `place` within the outermost; what it is.
    fn archive(
        &mut self,
        part: Part<'_>,
        place: &str,
        (file, depth): (&str, usize),
    ) -> Result<Option<Artifact>, Fault> {
        let archive = Archive::open(part, &mut self.budget, is_wanted)?;
        let mut manifest = Manifest::default();
        let mut coordinates = Vec::new();
        for entry in &archive.entries {
            if is_manifest(&entry.name) {
                let bytes = self.description(&archive, entry, place);
                manifest = bytes.map_or(manifest, |bytes| Manifest::parse(&bytes));
            } else if is_properties(&entry.name) {
                let bytes = self.description(&archive, entry, place);
                coordinates.extend(bytes.and_then(|bytes| Coordinates::parse(&bytes)));
            } else if is_archive(&entry.name) {
                self.inner(&archive, entry, (place, depth));
            } else {
                coordinates.extend(Coordinates::of_path(&entry.name));
            }
        }
        let identity = identify(file, coordinates, &manifest);
        for artifact in identity.embedded {
            self.add(place, false, artifact);
        }
        Ok(identity.own)
    }

    fn description(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry,
        place: &str,
    ) -> Option<Vec<u8>> {
        match archive.bytes(entry, MAX_DESCRIPTION, &mut self.budget) {
            Ok(bytes) => Some(bytes),
            Err(fault) => {
                self.found.fault(&inside(place, entry), fault);
                None
            }
        }
    }

    fn inner(&mut self, archive: &Archive<'_>, entry: &Entry, (place, depth): (&str, usize)) {
        let place = inside(place, entry);
        let file = place.rsplit('/').next().unwrap_or_default();
        match self.open_inner(archive, entry, &place, (file, depth)) {
            Ok(Some(artifact)) => self.add(&place, true, artifact),
            Ok(None) => {}
            Err(fault) => self.found.fault(&place, fault),
        }
    }

    fn open_inner(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry,
        place: &str,
        (file, depth): (&str, usize),
    ) -> Result<Option<Artifact>, Fault> {
        let depth = depth.saturating_add(1);
        if depth >= MAX_DEPTH || place.len() > MAX_PATH || entry.is_bomb(MAX_RATIO) {
            return Err(Fault::Limit);
        }
        match archive.content(entry, MAX_INNER, &mut self.budget)? {
            Content::Stored(part) => self.archive(part, place, (file, depth)),
            Content::Inflated(bytes) => {
                let part = Part::all(Whole::Memory(&bytes));
                self.archive(part, place, (file, depth))
            }
        }
    }

    fn add(&mut self, place: &str, own: bool, artifact: Artifact) {
        if self.found.within.len() < MAX_ARTIFACTS {
            let place = place.into();
            self.found.within.push(Within {
                place,
                own,
                artifact,
            });
        } else {
            self.found.fault("", Fault::Limit);
        }
    }
}

/// The place of an entry within the archive at `place`.
fn inside(place: &str, entry: &Entry) -> String {
    let name = lossless(&entry.name);
    if place.is_empty() {
        name
    } else {
        format!("{place}{WITHIN}{name}")
    }
}

impl JavaArchive {
    fn fault(&mut self, place: &str, fault: Fault) {
        let (kind, detail) = match fault {
            Fault::Damaged => (GapKind::Corrupt, "it cannot be read as a ZIP archive"),
            Fault::Overlapping => (GapKind::Refused, "its entries share bytes"),
            Fault::Limit => (
                GapKind::Limit,
                "it is too large, nested too deep, or inflates too much",
            ),
            Fault::Unsupported => (
                GapKind::Unsupported,
                "it is encrypted or compressed in a way Java does not know",
            ),
            Fault::Unreadable => (
                GapKind::Unresolvable,
                "it could not be read back from the temporary file",
            ),
        };
        let unread = (Box::from(place), kind, Box::from(detail));
        if self.unread.len() < MAX_FAULTS && !self.unread.contains(&unread) {
            self.unread.push(unread);
        }
    }
}
