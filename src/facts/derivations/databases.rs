//! Package databases that should be there and are not.

use super::Draft;
use crate::facts::model::{DatabaseState, PackageDatabase, PackageType};
use crate::image::Removal;

/// Paths that only a distribution's own packages put in place, and the format they imply. Sources:
/// dpkg, base-files, apk-tools, rpm, Arch's filesystem and pacman as packaged.
const TRACES: [(&str, PackageType); 9] = [
    ("var/lib/dpkg", PackageType::Deb),
    ("etc/dpkg", PackageType::Deb),
    ("etc/debian_version", PackageType::Deb),
    ("etc/apk", PackageType::Apk),
    ("etc/alpine-release", PackageType::Apk),
    ("etc/redhat-release", PackageType::Rpm),
    ("etc/rpm", PackageType::Rpm),
    ("etc/arch-release", PackageType::Alpm),
    ("etc/pacman.conf", PackageType::Alpm),
];

/// Adds an `absent` database where the distribution's files are there without it, and turns an
/// emptied one into an absent one.
pub(super) fn derive(draft: &mut Draft<'_>) {
    for database in &mut draft.facts.package_databases {
        if database.packages == 0 && database.state == DatabaseState::Complete {
            database.state = DatabaseState::Absent;
            "it is there and lists no package".clone_into(&mut database.basis);
        }
    }
    let Some((package_type, basis)) = expected(draft) else {
        return;
    };
    let found = draft
        .facts
        .package_databases
        .iter()
        .any(|database| database.package_type == package_type);
    if found {
        return;
    }
    let removed = removed_in(draft.removals, package_type);
    let basis = match removed {
        Some(layer) => format!("{basis}; layer {layer} removed it"),
        None => basis,
    };
    draft.facts.package_databases.push(PackageDatabase {
        package_type,
        path: usual_place(package_type).to_owned(),
        layer: removed,
        state: DatabaseState::Absent,
        basis,
        packages: 0,
    });
}

/// The format the distribution uses, by what it declares or by the traces it left.
fn expected(draft: &Draft<'_>) -> Option<(PackageType, String)> {
    let distro = &draft.facts.distro;
    if let (Some(package_type), Some(id)) = (distro.native_package_type, &distro.id) {
        let basis = format!("os-release names {id}, and there is no database of its format");
        return Some((package_type, basis));
    }
    TRACES
        .iter()
        .find(|(path, _)| draft.tree.lookup(path.as_bytes()).is_some())
        .map(|(path, package_type)| {
            let basis = format!("/{path} is there, and no database of that format");
            (*package_type, basis)
        })
}

/// The highest layer that took a database of this format away.
fn removed_in(removals: &[Removal], package_type: PackageType) -> Option<u32> {
    let places: &[&[u8]] = match package_type {
        PackageType::Deb => &[
            b"var/lib/dpkg/status",
            b"var/lib/dpkg/status.d",
            b"var/lib/chisel/manifest.wall",
        ],
        PackageType::Apk => &[b"lib/apk/db/installed", b"usr/lib/apk/db/installed"],
        PackageType::Rpm => &[b"var/lib/rpm", b"usr/lib/sysimage/rpm", b"usr/share/rpm"],
        PackageType::Alpm => &[b"var/lib/pacman/local"],
    };
    let covers = |removed: &[u8], place: &[u8]| {
        let rest = place.strip_prefix(removed);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    };
    removals
        .iter()
        .filter(|removal| places.iter().any(|place| covers(&removal.path, place)))
        .map(|removal| removal.layer)
        .max()
}

fn usual_place(package_type: PackageType) -> &'static str {
    match package_type {
        PackageType::Deb => "/var/lib/dpkg/status",
        PackageType::Apk => "/lib/apk/db/installed",
        PackageType::Rpm => "/var/lib/rpm",
        PackageType::Alpm => "/var/lib/pacman/local",
    }
}
