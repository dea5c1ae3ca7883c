//! Notices package databases whose formats are not read yet (chisel, pacman), so that nothing
//! claims to know what they hold.

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{Gap, GapKind, PackageType, Topic};
use crate::facts::wanted::Files;

/// Chisel's manifest, and pacman's local database.
const DATABASES: [(&str, PackageType); 2] = [
    ("var/lib/chisel/manifest.wall", PackageType::Deb),
    ("var/lib/pacman/local", PackageType::Alpm),
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
