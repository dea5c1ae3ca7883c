//! The lists of packages that Azure Linux (CBL-Mariner) leaves in images without a database.
//!
//! `container-manifest-2` is what `rpm -qa --qf` printed: fields between tabs, NAME,
//! VERSION-RELEASE, INSTALLTIME, BUILDTIME, VENDOR, an empty one, SIZE, ARCH, EPOCHNUM, SOURCERPM;
//! `container-manifest-1` is what `rpm -qa` printed: NAME-VERSION-RELEASE.ARCH (azurelinux,
//! `toolkit/tools/imagegen/installutils`, `generateContainerManifests`).

use super::package::source_package;
use crate::facts::contract::{FileList, Installed, MAX_PACKAGES};
use crate::facts::model::{Package, PackageType};
use crate::facts::text::{lines, lossless};

/// One line as a package.
pub(super) type Line = fn(&str, &(String, u32)) -> Option<Package>;

/// Packages of a manifest, and how many lines were none. Keys that were imported stand among the
/// packages and are none.
pub(super) fn read(bytes: &[u8], line: Line, database: &(String, u32)) -> (Vec<Installed>, u64) {
    let mut bad = 0u64;
    let mut packages = Vec::new();
    for text in lines(bytes)
        .filter(|line| !line.is_empty() && !line.starts_with(b"gpg-pubkey"))
        .take(MAX_PACKAGES)
    {
        match line(&lossless(text), database) {
            Some(package) => packages.push(Installed {
                package,
                claims: Vec::new(),
                list: FileList::None,
                trees: Vec::new(),
            }),
            None => bad = bad.saturating_add(1),
        }
    }
    (packages, bad)
}

/// A line of `container-manifest-2`.
pub(super) fn full(line: &str, database: &(String, u32)) -> Option<Package> {
    let fields: Vec<&str> = line.splitn(12, '\t').collect();
    let field = |at: usize| {
        let text = fields.get(at).copied().unwrap_or_default();
        Some(text).filter(|text| !text.is_empty() && *text != "(none)")
    };
    let (name, version) = (field(0)?, field(1)?);
    let epoch = field(8).filter(|epoch| *epoch != "0");
    let full = epoch.map_or_else(|| version.to_owned(), |epoch| format!("{epoch}:{version}"));
    Some(Package {
        arch: field(7).map(str::to_owned),
        vendor: field(4).map(str::to_owned),
        source: field(9).and_then(source_package),
        ..Package::new(PackageType::Rpm, name.to_owned(), full, database.clone())
    })
}

/// A line of `container-manifest-1`, which says nothing of epochs.
pub(super) fn short(line: &str, database: &(String, u32)) -> Option<Package> {
    let (rest, arch) = line.rsplit_once('.')?;
    let (rest, release) = rest.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let sound =
        ![name, version, release, arch].contains(&"") && !line.contains(char::is_whitespace);
    let full = format!("{version}-{release}");
    sound.then(|| Package {
        arch: Some(arch.to_owned()),
        ..Package::new(PackageType::Rpm, name.to_owned(), full, database.clone())
    })
}
