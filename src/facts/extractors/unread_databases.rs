//! Notices package databases whose formats are not read yet (rpm), so that nothing
//! claims to know what they hold.

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{Gap, GapKind, PackageType, Topic};
use crate::facts::wanted::Files;

/// Where rpm keeps its database (rpm's `%_dbpath` over the years), and Azure Linux's manifests
/// of images without one.
const DATABASES: [(&str, PackageType); 10] = [
    ("var/lib/rpm/Packages", PackageType::Rpm),
    ("var/lib/rpm/Packages.db", PackageType::Rpm),
    ("var/lib/rpm/rpmdb.sqlite", PackageType::Rpm),
    ("usr/lib/sysimage/rpm/Packages", PackageType::Rpm),
    ("usr/lib/sysimage/rpm/Packages.db", PackageType::Rpm),
    ("usr/lib/sysimage/rpm/rpmdb.sqlite", PackageType::Rpm),
    ("usr/share/rpm/Packages", PackageType::Rpm),
    ("usr/share/rpm/Packages.db", PackageType::Rpm),
    ("usr/share/rpm/rpmdb.sqlite", PackageType::Rpm),
    ("var/lib/rpmmanifest/container-manifest-2", PackageType::Rpm),
];

/// Looks for databases of formats that are not read.
pub struct UnreadDatabasesExtractor;

impl Extractor for UnreadDatabasesExtractor {
    fn name(&self) -> &'static str {
        "unread-databases"
    }

    fn wants(&self) -> Vec<Want> {
        DATABASES.map(|(path, _)| Want::Exists(path)).to_vec()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        for (path, package_type) in DATABASES {
            if files.exists(path) {
                out.unread.push(package_type);
                out.gaps.push(Gap {
                    topic: Topic::Packages,
                    path: Some(format!("/{path}")),
                    layer: files.layer(path),
                    kind: GapKind::Unsupported,
                    detail: "package databases of this format are not read yet".to_owned(),
                });
            }
        }
        out
    }
}
