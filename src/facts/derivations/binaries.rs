//! ELF files that say what they are, with whose they are; and the packages of those that no system
//! package owns.

use std::collections::BTreeMap;

use super::{Draft, NodeSet, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::contract::{FileList, Installed, MAX_PACKAGES};
use crate::facts::extractors::language_url;
use crate::facts::model::{Binary, BinaryBasis, Capped, Package, PackageType};
use crate::facts::probes::{Contents, GoBuild, PackageNote, Probed, RustBuild};
use crate::facts::text::display_path;
use crate::image::{Node, NodeId};

/// Settings that have a field of their own.
const COMMIT: &str = "vcs.revision";
const MODIFIED: &str = "vcs.modified";

/// Fills in `binaries`, and adds packages that notes and stated versions name.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut binaries = Vec::new();
    let mut packages = Vec::new();
    let mut seen = NodeSet::default();
    draft.tree.walk(|path, id, node| {
        let Some(Probed::Elf(elf)) = draft.probed(node) else {
            return;
        };
        let contents = elf.contents.as_deref();
        let Some(contents) = contents.filter(|_| seen.insert(id)) else {
            return;
        };
        let blank = blank(draft, &display_path(path), (id, node));
        let is_packaged = matches!(draft.owners.of(id), Owner::Package(_));
        for binary in listed(contents, &blank, is_packaged) {
            if !is_packaged {
                packages.extend(named_package(contents, &binary));
            }
            binaries.push(binary);
        }
    });
    let room = MAX_PACKAGES.saturating_sub(draft.described.len());
    let left_out = packages.len().saturating_sub(room) as u64;
    draft.describe_no_more(left_out);
    draft.described.extend(packages.into_iter().take(room));
    draft.facts.binaries = Capped::new(binaries, LIST_LIMIT);
}

/// A record that says nothing yet but where its file is.
fn blank(draft: &Draft<'_>, path: &str, (id, node): (NodeId, &Node)) -> Binary {
    Binary {
        path: path.to_owned(),
        basis: BinaryBasis::StatedVersion,
        name: None,
        version: None,
        toolchain: None,
        modules: 0,
        commit: None,
        modified: None,
        settings: BTreeMap::new(),
        owner: draft.owner_name(id),
        layer: node.layer,
        side: draft.side(node.layer),
    }
}

/// One record for each thing that tells.
fn listed(contents: &Contents, blank: &Binary, is_packaged: bool) -> Vec<Binary> {
    let of = |basis, name: &str, version: &str| Binary {
        basis,
        name: Some(name.to_owned()),
        version: Some(version.to_owned()),
        ..blank.clone()
    };
    let go = contents.go.iter().map(|build| of_go(build, blank));
    let rust = contents.rust.iter().map(|build| of_rust(build, blank));
    let note = contents
        .note
        .iter()
        .map(|note| of(BinaryBasis::PackageNote, &note.name, &note.version));
    let stated = contents
        .stated
        .iter()
        .filter(|_| !is_packaged)
        .map(|stated| of(BinaryBasis::StatedVersion, &stated.product, &stated.version));
    go.chain(rust).chain(note).chain(stated).collect()
}

fn of_go(build: &GoBuild, blank: &Binary) -> Binary {
    let mut settings: BTreeMap<String, String> = build
        .settings
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    let commit = settings.remove(COMMIT);
    let modified = settings.remove(MODIFIED);
    let main = build.main.as_ref();
    Binary {
        basis: BinaryBasis::GoBuildInfo,
        name: main
            .map(|module| &module.path)
            .or(build.package.as_ref())
            .map(ToString::to_string),
        version: main.map(|module| module.version.to_string()),
        toolchain: Some(build.toolchain.to_string()),
        modules: build.modules.len() as u64,
        commit,
        modified: modified.and_then(|value| value.parse().ok()),
        settings,
        ..blank.clone()
    }
}

fn of_rust(build: &RustBuild, blank: &Binary) -> Binary {
    let root = build.root.as_ref();
    Binary {
        basis: BinaryBasis::CargoAuditable,
        name: root.map(|root| root.name.to_string()),
        version: root.map(|root| root.version.to_string()),
        modules: build.crates.len() as u64,
        ..blank.clone()
    }
}

/// The package that a note or a stated version names. It is of no ecosystem: the package a note
/// names was installed somewhere else, and here is only its file.
fn named_package(contents: &Contents, binary: &Binary) -> Option<Installed> {
    let note = match binary.basis {
        BinaryBasis::PackageNote => contents.note.as_ref(),
        BinaryBasis::StatedVersion => None,
        BinaryBasis::GoBuildInfo | BinaryBasis::CargoAuditable => return None,
    };
    let (name, version) = (binary.name.clone()?, binary.version.clone()?);
    let distro = note.and_then(distro);
    let arch = note.and_then(|note| note.architecture.as_deref().map(str::to_owned));
    let qualifiers = [
        ("arch", arch.as_deref().unwrap_or_default()),
        ("distro", distro.as_deref().unwrap_or_default()),
    ];
    let purl = language_url(PackageType::Generic, &name, &version, &qualifiers);
    let at = (binary.path.clone(), binary.layer);
    let package = Package::new(PackageType::Generic, name, version, at);
    Some(Installed {
        package: Package {
            purl: Some(purl),
            arch,
            vendor: distro,
            ..package
        },
        claims: Vec::new(),
        list: FileList::None,
        trees: Vec::new(),
    })
}

/// The distribution a note names, as purls write it: `fedora-40`.
fn distro(note: &PackageNote) -> Option<String> {
    let id = note.os.as_deref()?;
    Some(match note.os_version.as_deref() {
        Some(version) => format!("{id}-{version}"),
        None => id.to_owned(),
    })
}
