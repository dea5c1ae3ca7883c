//! Packages from dpkg: `status` with `info/*.list` and `info/*.md5sums`, or distroless' one file a
//! package in `status.d`.
//!
//! Formats: deb-control(5) for stanzas, dpkg's `infodb` for `info/` (dpkg-query(1),
//! `--control-show`), distroless' PACKAGE_METADATA.md for `status.d`.

mod lists;
mod status;

use std::collections::BTreeMap;

use crate::facts::contract::{Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{DatabaseState, PackageDatabase, PackageType, Topic};
use crate::facts::wanted::{Files, Found};
use lists::FileLists;
use status::{Stanza, parse_stanzas};

const STATUS: &str = "var/lib/dpkg/status";
const STATUS_D: &str = "var/lib/dpkg/status.d";
const INFO: &str = "var/lib/dpkg/info";
const LIST: &str = ".list";
const MD5SUMS: &str = ".md5sums";

/// Reads dpkg's databases.
pub struct DpkgExtractor;

impl Extractor for DpkgExtractor {
    fn name(&self) -> &'static str {
        "dpkg"
    }

    fn wants(&self) -> Vec<Want> {
        vec![
            Want::Path(STATUS),
            Want::In(STATUS_D, ""),
            Want::In(INFO, LIST),
            Want::In(INFO, MD5SUMS),
        ]
    }

    fn claims(&self) -> bool {
        true
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let gaps_before = out.gaps.len();
        let status = files.one(STATUS, Topic::Packages, &mut out);
        let unread = out.gaps.len() > gaps_before;
        let mut info = FileLists::read(files, &mut out);
        if let Some(file) = status {
            read_status(&file, &mut info, &mut out);
        } else if unread {
            let basis = "the status file is there and could not be read";
            push_database(&mut out, STATUS, None, (DatabaseState::Damaged, basis), 0);
        }
        read_status_d(files, &mut info, &mut out);
        out
    }
}

fn read_status(file: &Found<'_>, info: &mut FileLists<'_>, out: &mut Extraction) {
    let stanzas = parse_stanzas(file, true, out);
    let damaged = stanzas.damaged;
    let mut packages: Vec<Installed> = Vec::new();
    let mut without_list = 0u64;
    for stanza in stanzas.list.iter().filter(|stanza| stanza.is_unpacked()) {
        let Some(mut installed) = stanza.package(file) else {
            continue;
        };
        claim_files(stanza, info, &mut installed, out);
        if installed.list != FileList::Full {
            without_list = without_list.saturating_add(1);
        }
        packages.push(installed);
    }
    let count = packages.len() as u64;
    let (state, basis) = if damaged {
        let basis = "status could not be read in full".to_owned();
        (DatabaseState::Damaged, basis)
    } else if without_list > 0 {
        let basis = format!("{without_list} of {count} packages have no file list in {INFO}");
        (DatabaseState::Reduced, basis)
    } else {
        let basis = "status, with a file list for every package".to_owned();
        (DatabaseState::Complete, basis)
    };
    push_database(out, STATUS, Some(file.layer), (state, &basis), count);
    out.packages.extend(packages);
}

/// Claims the files of a package, with its configuration among them.
fn claim_files(
    stanza: &Stanza,
    info: &mut FileLists<'_>,
    installed: &mut Installed,
    out: &mut Extraction,
) {
    info.claim_files(installed, out);
    stanza.claim_conffiles(installed);
}

fn read_status_d(files: &Files<'_>, info: &mut FileLists<'_>, out: &mut Extraction) {
    let gaps_before = out.gaps.len();
    let found = files.within(STATUS_D, "", Topic::Packages, out);
    let mut damaged = out.gaps.len() > gaps_before;
    let mut sums: BTreeMap<&str, &Found<'_>> = BTreeMap::new();
    for file in &found {
        if let Some(name) = file.name.strip_suffix(MD5SUMS) {
            sums.insert(name, file);
        }
    }
    let has_sums = !sums.is_empty();
    let mut count = 0u64;
    for file in found.iter().filter(|file| !file.name.ends_with(MD5SUMS)) {
        let stanzas = parse_stanzas(file, false, out);
        damaged |= stanzas.damaged;
        for stanza in &stanzas.list {
            // These files hold the package's control file: installed by being there.
            let Some(mut installed) = stanza.package(file) else {
                continue;
            };
            installed.package.database = format!("/{STATUS_D}");
            claim_files(stanza, info, &mut installed, out);
            if installed.list == FileList::None {
                match sums.remove(file.name.as_str()) {
                    Some(sums) => info.claim_md5sums(&mut installed, sums, out),
                    // Where digests are kept at all, a package without them has no content to list.
                    None if has_sums => installed.list = FileList::Content,
                    None => {}
                }
            }
            out.packages.push(installed);
            count = count.saturating_add(1);
        }
    }
    if count > 0 || damaged {
        let (state, basis) = if damaged {
            (
                DatabaseState::Damaged,
                "a file in status.d could not be read in full",
            )
        } else {
            (
                DatabaseState::Reduced,
                "status.d: one control file a package, no status, no lists",
            )
        };
        let layer = found.first().map(|file| file.layer);
        push_database(out, STATUS_D, layer, (state, basis), count);
    }
}

fn push_database(
    out: &mut Extraction,
    path: &str,
    layer: Option<u32>,
    (state, basis): (DatabaseState, &str),
    packages: u64,
) {
    out.databases.push(PackageDatabase {
        package_type: PackageType::Deb,
        path: format!("/{path}"),
        layer,
        state,
        basis: basis.to_owned(),
        packages,
    });
}
