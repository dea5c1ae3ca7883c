//! Places where programs look for certificates, time zones, locales and room for temporary files.

use super::entry_kind;
use crate::facts::derivations::Draft;
use crate::facts::model::{WellKnown, WellKnownPlace};
use crate::facts::text::display_path;
use crate::image::NodeKind;

/// Every place, with what is looked for there.
///
/// Certificates: the files that Go's crypto/x509 tries on Linux (root_linux.go), which are those of
/// Debian, Fedora, openSUSE and Alpine. Time zones: tzset(3). Locales: locale(7), and the names glibc
/// and Debian give `C.UTF-8`. Temporary files: FHS 3.0, 3.18 and 5.15.
const PLACES: [(WellKnown, &str); 11] = [
    (WellKnown::CaBundle, "etc/ssl/certs/ca-certificates.crt"),
    (WellKnown::CaBundle, "etc/pki/tls/certs/ca-bundle.crt"),
    (WellKnown::CaBundle, "etc/ssl/ca-bundle.pem"),
    (
        WellKnown::CaBundle,
        "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    ),
    (WellKnown::CaBundle, "etc/ssl/cert.pem"),
    (WellKnown::TimeZones, "usr/share/zoneinfo"),
    (WellKnown::Utf8Locale, "usr/lib/locale/C.utf8"),
    (WellKnown::Utf8Locale, "usr/lib/locale/C.UTF-8"),
    (WellKnown::LocaleArchive, "usr/lib/locale/locale-archive"),
    (WellKnown::TemporaryFiles, "tmp"),
    (WellKnown::TemporaryFiles, "var/tmp"),
];

/// The places that are there.
pub(super) fn places(draft: &Draft<'_>) -> Vec<WellKnownPlace> {
    let mut found: Vec<WellKnownPlace> = PLACES
        .into_iter()
        .filter_map(|(holds, path)| place(draft, holds, path))
        .collect();
    found.sort();
    found
}

fn place(draft: &Draft<'_>, holds: WellKnown, path: &str) -> Option<WellKnownPlace> {
    let found = draft.tree.resolve(path.as_bytes(), true).ok()?;
    let node = draft.tree.node(found.id)?;
    Some(WellKnownPlace {
        holds,
        path: display_path(path.as_bytes()),
        kind: entry_kind(node),
        mode: format!("{:04o}", node.mode),
        uid: node.uid.into(),
        size: match node.kind {
            NodeKind::Directory(_) => draft.tree.entries(found.id).count() as u64,
            _ => node.size,
        },
        layer: node.layer,
        side: draft.side(node.layer),
    })
}
