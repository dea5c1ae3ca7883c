//! The distribution: os-release(5) and the files beside it that name one.

use std::collections::BTreeMap;

use crate::facts::contract::{Extraction, Extractor, Want};
use crate::facts::model::{Distro, DistroMarker, GapKind, PackageType, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

/// os-release files in the order os-release(5) gives them.
const OS_RELEASE: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// Files that name a distribution or its release, and the `ID` they speak for. Sources: hier and
/// release files as the distributions' base packages ship them (base-files, alpine-release,
/// redhat-release and kin); LSB's `/etc/lsb-release` is left out, as several share it.
const MARKERS: [(&str, &str); 14] = [
    ("etc/alpine-release", "alpine"),
    ("etc/alpaquita-release", "alpaquita"),
    ("etc/amazon-linux-release", "amzn"),
    ("etc/arch-release", "arch"),
    ("etc/azurelinux-release", "azurelinux"),
    ("etc/centos-release", "centos"),
    ("etc/debian_version", "debian"),
    ("etc/fedora-release", "fedora"),
    ("etc/gentoo-release", "gentoo"),
    ("etc/mariner-release", "mariner"),
    ("etc/oracle-release", "ol"),
    ("etc/photon-release", "photon"),
    ("etc/redhat-release", "rhel"),
    ("etc/SuSE-release", "sles"),
];

/// Native package formats by os-release `ID`. Sources: each distribution's own documentation of
/// its package manager.
const NATIVE: [(PackageType, &[&str]); 4] = [
    (
        PackageType::Deb,
        &[
            "debian",
            "ubuntu",
            "dhi",
            "echo",
            "kali",
            "raspbian",
            "linuxmint",
            "pop",
            "devuan",
        ],
    ),
    (
        PackageType::Apk,
        &[
            "alpine",
            "wolfi",
            "chainguard",
            "minimos",
            "alpaquita",
            "secureos",
            "postmarketos",
            "bellsoft-hardened-containers",
        ],
    ),
    (
        PackageType::Rpm,
        &[
            "rhel",
            "fedora",
            "centos",
            "rocky",
            "almalinux",
            "ol",
            "amzn",
            "sles",
            "opensuse",
            "opensuse-leap",
            "opensuse-tumbleweed",
            "suse",
            "photon",
            "azurelinux",
            "mariner",
            "hummingbird",
            "openeuler",
            "sle-micro",
            "sl-micro",
        ],
    ),
    (PackageType::Alpm, &["arch", "archlinux", "manjaro"]),
];

/// Lines of an os-release file that are read, and the longest of them.
const MAX_LINES: usize = 1_000;
const MAX_LINE: usize = 4_096;

/// Reads what the image says it is.
pub struct DistroExtractor;

impl Extractor for DistroExtractor {
    fn name(&self) -> &'static str {
        "distro"
    }

    fn wants(&self) -> Vec<Want> {
        let markers = MARKERS.iter().map(|(path, _)| *path);
        OS_RELEASE
            .into_iter()
            .chain(markers)
            .map(Want::Path)
            .collect()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut found = None;
        for path in OS_RELEASE {
            found = found.or_else(|| files.one(path, Topic::Distro, &mut out));
        }
        let mut distro = match found {
            Some(file) => from_os_release(&file, &mut out),
            None => Distro::default(),
        };
        for (path, family) in MARKERS {
            if let Some(file) = files.one(path, Topic::Distro, &mut out) {
                let first = lines(&file.bytes).next().unwrap_or_default();
                distro.markers.push(DistroMarker {
                    path: file.path,
                    layer: file.layer,
                    family: family.to_owned(),
                    text: lossless(first.get(..MAX_LINE.min(first.len())).unwrap_or_default()),
                });
            }
        }
        out.distro = Some(distro);
        out
    }
}

fn from_os_release(file: &Found<'_>, out: &mut Extraction) -> Distro {
    let mut values = BTreeMap::new();
    for line in lines(&file.bytes).take(MAX_LINES) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match assignment(line) {
            Some((key, value)) => drop(values.insert(key, value)),
            None => {
                out.gap(
                    Topic::Distro,
                    GapKind::Corrupt,
                    (&file.path, file.layer),
                    "a line is no KEY=VALUE assignment",
                );
            }
        }
    }
    if lines(&file.bytes).nth(MAX_LINES).is_some() {
        out.gap(
            Topic::Distro,
            GapKind::Limit,
            (&file.path, file.layer),
            "it has more than 1,000 lines; the rest was not read",
        );
    }
    out.gaps.dedup();
    let mut take = |key: &str| values.remove(key).filter(|value| !value.is_empty());
    let id = take("ID").map(|id| id.to_ascii_lowercase());
    let id_like: Vec<String> = take("ID_LIKE")
        .map(|like| like.split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default();
    Distro {
        os_release: Some(file.real_path.clone()),
        layer: Some(file.layer),
        native_package_type: native_package_type(id.as_deref(), &id_like),
        id,
        id_like,
        name: take("NAME"),
        pretty_name: take("PRETTY_NAME"),
        version_id: take("VERSION_ID"),
        version_codename: take("VERSION_CODENAME"),
        variant_id: take("VARIANT_ID"),
        home_url: take("HOME_URL"),
        support_end: take("SUPPORT_END"),
        other: values,
        markers: Vec::new(),
    }
}

/// `KEY=VALUE` as os-release(5) defines it: shell-compatible assignments without expansion.
fn assignment(line: &[u8]) -> Option<(String, String)> {
    if line.len() > MAX_LINE {
        return None;
    }
    let text = std::str::from_utf8(line).ok()?;
    let (key, value) = text.trim_start_matches('\u{feff}').split_once('=')?;
    let valid = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    valid.then_some(())?;
    Some((key.to_owned(), unquote(value)?))
}

/// Takes shell quotes off. `None` when they do not close.
fn unquote(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => text.extend(chars.next()),
            (None, c) if c.is_whitespace() => break,
            (_, c) => text.push(c),
        }
    }
    quote.is_none().then_some(text)
}

/// The format by `ID`, else by the first known of `ID_LIKE` (os-release(5): closest first).
fn native_package_type(id: Option<&str>, id_like: &[String]) -> Option<PackageType> {
    id.into_iter()
        .chain(id_like.iter().map(String::as_str))
        .find_map(|id| {
            NATIVE
                .iter()
                .find(|(_, ids)| ids.contains(&id))
                .map(|(format, _)| *format)
        })
}
