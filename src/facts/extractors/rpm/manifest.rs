//! The lists of packages that Azure Linux (CBL-Mariner) leaves in images without a database.
//!
//! `container-manifest-2` is what `rpm -qa --qf` printed: fields between tabs, NAME,
//! VERSION-RELEASE, INSTALLTIME, BUILDTIME, VENDOR, an empty one, SIZE, ARCH, EPOCHNUM, SOURCERPM
//! (azurelinux, `toolkit/tools/imagegen/installutils`). `container-manifest-1` has names only.

use super::package::source_package;
use crate::facts::contract::{FileList, Installed, MAX_PACKAGES};
use crate::facts::model::{Package, PackageType};
use crate::facts::text::{lines, lossless};

/// Packages of a manifest, and how many lines were none.
pub(super) fn read(bytes: &[u8], database: &(String, u32)) -> (Vec<Installed>, u64) {
    let mut bad = 0u64;
    let mut packages = Vec::new();
    for line in lines(bytes)
        .filter(|line| !line.is_empty())
        .take(MAX_PACKAGES)
    {
        match package(&lossless(line), database) {
            Some(package) => packages.push(Installed {
                package,
                claims: Vec::new(),
                list: FileList::None,
            }),
            None => bad = bad.saturating_add(1),
        }
    }
    (packages, bad)
}

fn package(line: &str, database: &(String, u32)) -> Option<Package> {
    let fields: Vec<&str> = line.split('\t').collect();
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
