//! Packages that files say they are, or are made of: Java artifacts, Go modules, Rust crates.

use super::{Draft, NodeSet};
use crate::facts::contract::{Claim, FileList, Installed, MAX_DESCRIBED_BYTES, MAX_PACKAGES};
use crate::facts::extractors::language_url;
use crate::facts::model::{Gap, GapKind, Package, PackageType, Topic};
use crate::facts::probes::{
    Artifact, Contents, GoBuild, GoModule, JavaArchive, Probed, RustBuild, Unread, WITHIN,
};
use crate::facts::text::display_path;
use crate::image::NodeId;

/// Module that stands for Go's standard library (purl-spec and Go's vulnerability database).
const STANDARD_LIBRARY: &str = "stdlib";

/// Adds the packages to those that files describe, before ownership is settled.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut found = Found::default();
    let mut seen = NodeSet::default();
    draft.tree.walk(|path, id, node| {
        let place = || Place {
            path: display_path(path),
            layer: node.layer,
            claim: path.to_vec(),
        };
        match draft.probed(node) {
            Some(Probed::Elf(elf)) => {
                let contents = elf.contents.as_deref();
                if let Some(contents) = contents.filter(|_| seen.insert(id)) {
                    found.elf(&place(), contents, id);
                }
            }
            Some(Probed::Java(archive)) if seen.insert(id) => found.archive(&place(), archive),
            _ => {}
        }
    });
    draft.self_described = found.self_described;
    draft.facts.gaps.extend(found.gaps);
    draft.described.extend(found.packages);
    draft.describe_no_more(found.left_out);
}

/// Where a file is.
struct Place {
    path: String,
    layer: u32,
    claim: Vec<u8>,
}

#[derive(Default)]
struct Found {
    packages: Vec<Installed>,
    /// Bytes of their texts.
    bytes: usize,
    left_out: u64,
    gaps: Vec<Gap>,
    self_described: NodeSet,
}

impl Found {
    fn elf(&mut self, place: &Place, contents: &Contents, id: NodeId) {
        if contents.describes_itself() {
            self.self_described.insert(id);
        }
        if let Some(go) = &contents.go {
            self.go(place, go);
        }
        if let Some(rust) = &contents.rust {
            self.rust(place, rust);
        }
        match contents.unread {
            Some(Unread::NotKept) => self.gap(
                place,
                GapKind::Limit,
                "what it was built from is too long, or too far from its start, and was not read",
            ),
            Some(Unread::Damaged) => self.gap(
                place,
                GapKind::Corrupt,
                "the list of what it was built from cannot be read",
            ),
            None => {}
        }
    }

    fn go(&mut self, place: &Place, build: &GoBuild) {
        // What follows the version names experiments the toolchain was built with.
        let toolchain = build.toolchain.split([' ', '-']).next();
        if let Some(version) = toolchain.and_then(|name| name.strip_prefix("go")) {
            self.module(place, STANDARD_LIBRARY, version);
        }
        for GoModule { path, version } in build.main.iter().chain(&build.modules) {
            self.module(place, path, version);
        }
        self.gap_if(build.cut, place);
    }

    fn module(&mut self, place: &Place, path: &str, version: &str) {
        self.add(place, PackageType::Golang, path, version);
    }

    fn rust(&mut self, place: &Place, build: &RustBuild) {
        for found in build.root.iter().chain(&build.crates) {
            self.add(place, PackageType::Cargo, &found.name, &found.version);
        }
        self.gap_if(build.cut, place);
    }

    fn archive(&mut self, place: &Place, archive: &JavaArchive) {
        if let Some(own) = &archive.own {
            // A script may go by any name: it is the archive's own only with coordinates in it.
            let is_its_own = own.group.is_some() || !archive.starts_itself;
            let claim = is_its_own.then(|| Claim::new(place.claim.clone()));
            let package = artifact(own, (&place.path, true), place);
            self.push(Installed {
                claims: claim.into_iter().collect(),
                ..described(package)
            });
        }
        for found in &archive.within {
            let at = inside(place, &found.place);
            let package = artifact(&found.artifact, (&at, found.own), place);
            self.push(described(package));
        }
        for (within, kind, detail) in &archive.unread {
            self.gaps.push(Gap {
                topic: Topic::Binaries,
                path: Some(inside(place, within)),
                layer: Some(place.layer),
                kind: *kind,
                detail: detail.to_string(),
            });
        }
    }

    fn add(&mut self, place: &Place, package_type: PackageType, name: &str, version: &str) {
        let at = (place.path.clone(), place.layer);
        let mut package = Package::new(package_type, name.to_owned(), version.to_owned(), at);
        package.purl = Some(language_url(package_type, name, version, &[]));
        self.push(described(package));
    }

    /// Adds a package, unless there are too many.
    fn push(&mut self, package: Installed) {
        let bytes = self.bytes.saturating_add(package.text_bytes());
        if self.packages.len() < MAX_PACKAGES && bytes <= MAX_DESCRIBED_BYTES {
            self.bytes = bytes;
            self.packages.push(package);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    fn gap_if(&mut self, cut: bool, place: &Place) {
        if cut {
            let detail = "it was built from more packages than are taken";
            self.gap(place, GapKind::Limit, detail);
        }
    }

    fn gap(&mut self, place: &Place, kind: GapKind, detail: &str) {
        self.gaps.push(Gap {
            topic: Topic::Binaries,
            path: Some(place.path.clone()),
            layer: Some(place.layer),
            kind,
            detail: detail.to_owned(),
        });
    }
}

/// A package without files of its own.
fn described(package: Package) -> Installed {
    Installed {
        package,
        claims: Vec::new(),
        list: FileList::None,
        trees: Vec::new(),
    }
}

/// The place of something within an archive.
fn inside(place: &Place, within: &str) -> String {
    if within.is_empty() {
        place.path.clone()
    } else {
        format!("{}{WITHIN}{within}", place.path)
    }
}

/// The package of an artifact in the archive at `path`. Without a group, which its namespace would
/// be, it has no purl (purl-spec, type `maven`).
fn artifact(artifact: &Artifact, (path, own): (&str, bool), place: &Place) -> Package {
    let name = match &artifact.group {
        Some(group) => format!("{group}:{}", artifact.name),
        None => artifact.name.to_string(),
    };
    let ending = path.rsplit('.').next().filter(|_| own);
    let file_type = ending.unwrap_or("jar").to_ascii_lowercase();
    let purl = artifact.group.as_ref().map(|group| {
        let name = format!("{group}/{}", artifact.name);
        let qualifiers = [("type", file_type.as_str())];
        language_url(PackageType::Maven, &name, &artifact.version, &qualifiers)
    });
    let at = (path.to_owned(), place.layer);
    let package = Package::new(PackageType::Maven, name, artifact.version.to_string(), at);
    Package {
        purl,
        vendor: artifact.vendor.as_deref().map(str::to_owned),
        licenses: artifact.license.iter().map(ToString::to_string).collect(),
        ..package
    }
}
