//! Notices package databases whose formats are not read yet (rpm, chisel, pacman), so that nothing
//! claims to know what they hold.

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{Gap, GapKind, Topic};
use crate::facts::wanted::Files;

/// Where rpm keeps its database (rpm's `%_dbpath` over the years), Azure Linux's manifests of
/// images without one, and pacman's local database.
const DATABASES: [&str; 12] = [
    "var/lib/rpm/Packages",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/share/rpm/Packages",
    "usr/share/rpm/Packages.db",
    "usr/share/rpm/rpmdb.sqlite",
    "var/lib/rpmmanifest/container-manifest-2",
    "var/lib/chisel/manifest.wall",
    "var/lib/pacman/local",
];

/// Looks for databases of formats that are not read.
pub struct UnreadDatabasesExtractor;

impl Extractor for UnreadDatabasesExtractor {
    fn name(&self) -> &'static str {
        "unread-databases"
    }

    fn wants(&self) -> Vec<Want> {
        DATABASES.map(Want::Exists).to_vec()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        for path in DATABASES {
            if files.exists(path) {
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
