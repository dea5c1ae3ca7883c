//! Keys that apt, apk and dnf trust.
//!
//! apt: apt-secure(8) and sources.list(5), `Signed-By`; keyrings in `/usr/share/keyrings` count
//! only where a repository names them, which is settled once repositories are known. apk: every
//! key in `/etc/apk/keys` (apk-keys(5)). dnf and its kin: keys in `/etc/pki/rpm-gpg` count, too, where
//! a repository names them (dnf.conf(5), `gpgkey`); those that were imported are in rpm's database.

use sha2::{Digest as _, Sha256};

use super::openpgp::certificates;
use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{GapKind, Side, Topic, TrustKey, TrustKeyKind};
use crate::facts::text::lossless;
use crate::facts::wanted::{Files, Found};

const APT_FILE: &str = "etc/apt/trusted.gpg";
const APT_DIRECTORIES: [&str; 3] = [
    "etc/apt/trusted.gpg.d",
    "etc/apt/keyrings",
    "usr/share/keyrings",
];
const APK_DIRECTORY: &str = "etc/apk/keys";
const RPM_DIRECTORY: &str = "etc/pki/rpm-gpg";

/// Reads keyrings.
pub struct TrustKeysExtractor;

impl Extractor for TrustKeysExtractor {
    fn name(&self) -> &'static str {
        "trust-keys"
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = vec![
            Want::Path(APT_FILE),
            Want::In(APK_DIRECTORY, ""),
            Want::In(RPM_DIRECTORY, ""),
        ];
        for directory in APT_DIRECTORIES {
            wants.extend([".gpg", ".asc", ".pgp"].map(|suffix| Want::In(directory, suffix)));
        }
        wants
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut keyrings: Vec<Found<'_>> = files
            .one(APT_FILE, Topic::TrustKeys, &mut out)
            .into_iter()
            .collect();
        for directory in APT_DIRECTORIES {
            for suffix in [".gpg", ".asc", ".pgp"] {
                keyrings.extend(files.within(directory, suffix, Topic::TrustKeys, &mut out));
            }
        }
        keyrings.extend(files.within(RPM_DIRECTORY, "", Topic::TrustKeys, &mut out));
        for file in &keyrings {
            read_keyring(file, &file.bytes, &mut out);
            out.cut_trust_keys();
        }
        for file in files.within(APK_DIRECTORY, "", Topic::TrustKeys, &mut out) {
            read_apk_key(&file, &mut out);
            out.cut_trust_keys();
        }
        out
    }
}

/// Adds the certificates in `bytes`, which are `file` or a part of it.
pub(super) fn read_keyring(file: &Found<'_>, bytes: &[u8], out: &mut Extraction) {
    // An empty keyring is what a package leaves behind once its keys are retired.
    if bytes.is_empty() {
        return;
    }
    match certificates(bytes) {
        Some(found) => out
            .trust_keys
            .extend(found.into_iter().map(|certificate| TrustKey {
                kind: TrustKeyKind::Openpgp,
                fingerprint: certificate.fingerprint,
                user_ids: certificate.user_ids,
                path: file.path.clone(),
                layer: file.layer,
                side: Side::Unknown,
                owner: None,
            })),
        None => out.gap(
            Topic::TrustKeys,
            GapKind::Corrupt,
            (&file.path, file.layer),
            "it is no OpenPGP keyring",
        ),
    }
}

fn read_apk_key(file: &Found<'_>, out: &mut Extraction) {
    let text = lossless(&file.bytes);
    let der = text
        .split_once("-----BEGIN PUBLIC KEY-----")
        .and_then(|(_, after)| after.split_once("-----END PUBLIC KEY-----"))
        .map(|(body, _)| body.split_whitespace().collect::<String>())
        .and_then(|body| data_encoding::BASE64.decode(body.as_bytes()).ok());
    match der {
        Some(der) => out.trust_keys.push(TrustKey {
            kind: TrustKeyKind::ApkRsa,
            fingerprint: data_encoding::HEXLOWER.encode(&Sha256::digest(der)),
            user_ids: Vec::new(),
            path: file.path.clone(),
            layer: file.layer,
            side: Side::Unknown,
            owner: None,
        }),
        None => out.gap(
            Topic::TrustKeys,
            GapKind::Corrupt,
            (&file.path, file.layer),
            "it is no PEM public key",
        ),
    }
}
