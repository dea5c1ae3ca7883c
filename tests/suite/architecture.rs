//! The walls between the rooms, as a test: who may name whom, and which door each dependency
//! comes through. `src/lib.rs` draws the same picture.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms whose types it may name, and the crates only it and a few others may.
struct Room {
    name: &'static str,
    rooms: &'static [&'static str],
    crates: &'static [&'static str],
}

/// Crates every room may use: errors and serialisation.
const EVERYWHERE: [&str; 5] = ["miette", "schemars", "serde", "serde_json", "thiserror"];

const ROOMS: [Room; 9] = [
    Room {
        name: "source",
        rooms: &[],
        crates: &[
            "bytes",
            "data_encoding",
            "flate2",
            "futures_util",
            "http_auth",
            "oci_client",
            "reqwest",
            "sha2",
            "tempfile",
            "tokio",
            "zstd",
        ],
    },
    Room {
        name: "image",
        rooms: &["source"],
        crates: &[
            "data_encoding",
            "flate2",
            "md5",
            "postcard",
            "serde_bytes",
            "sha1",
            "sha2",
            "tempfile",
            "zstd",
        ],
    },
    Room {
        name: "facts",
        rooms: &["image", "source"],
        // flate2 for pacman's mtree, zstd for chisel's manifest, quick_xml for CycloneDX XML;
        // cyclonedx_bom, jsonschema, spdx_expressions, spdx_rs and uppsala for whether an SBOM is valid; regex for
        // who may sign, sigstore_verify and x509_cert for whether it holds, with aws_lc_rs and ed25519_dalek for what
        // sigstore_verify has no scheme for.
        crates: &[
            "aws_lc_rs",
            "cyclonedx_bom",
            "data_encoding",
            "ed25519_dalek",
            "flate2",
            "globset",
            "jsonschema",
            "object",
            "quick_xml",
            "rayon",
            "regex",
            "sha1",
            "sha2",
            "sigstore_verify",
            "spdx_expressions",
            "spdx_rs",
            "uppsala",
            "x509_cert",
            "zstd",
        ],
    },
    Room {
        name: "policy",
        // source for digests and how one tar header is read; flate2 for bundles, regex for which tests to run, rustix for
        // the limits of the process that runs them.
        rooms: &["facts", "source"],
        crates: &[
            "flate2",
            "include_dir",
            "regex",
            "regorus",
            "rustix",
            "saphyr_parser",
            "serde_path_to_error",
        ],
    },
    Room {
        name: "scorecard",
        rooms: &["facts", "policy"],
        crates: &[],
    },
    Room {
        name: "report",
        // source for digests and how a reference is written without its tag.
        rooms: &["facts", "policy", "scorecard", "source"],
        // sha2 for the serial numbers of SBOMs, which come from what they say.
        crates: &[
            "comfy_table",
            "cyclonedx_bom",
            "sha2",
            "spdx_rs",
            "unicode_width",
        ],
    },
    Room {
        name: "scan",
        rooms: &["facts", "image", "policy", "scorecard", "source"],
        crates: &[],
    },
    Room {
        name: "cli",
        rooms: &[
            "facts",
            "image",
            "policy",
            "report",
            "scan",
            "scorecard",
            "source",
        ],
        crates: &["clap", "clap_complete", "indicatif", "terminal_size"],
    },
    Room {
        name: "main",
        rooms: &["cli"],
        crates: &[],
    },
];

/// Dependencies that one file, or the files of one folder, alone may name.
const ONE_DOOR: [(&str, &str); 11] = [
    ("saphyr_parser", "src/policy/yaml/"),
    ("serde_path_to_error", "src/policy/yaml/"),
    ("regorus", "src/policy/engine/"),
    ("indicatif", "src/cli/terminal.rs"),
    ("terminal_size", "src/cli/terminal.rs"),
    ("include_dir", "src/policy/files.rs"),
    ("globset", "src/facts/generated_paths.rs"),
    ("sigstore_verify", "src/facts/evidence/signature/engine/"),
    ("x509_cert", "src/facts/evidence/signature/engine/"),
    ("aws_lc_rs", "src/facts/evidence/signature/engine/"),
    ("ed25519_dalek", "src/facts/evidence/signature/engine/"),
];

/// The longest a file may be, tests inside it left out.
const MAX_FILE_LINES: usize = 600;
const MAX_REGO_LINES: usize = 200;

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![directory.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Each source file: its path from the root, its room, its text without comments.
fn sources() -> Vec<(String, String, String)> {
    let src = root().join("src");
    files(&src, "rs")
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&src).unwrap();
            let first = relative.components().next().unwrap().as_os_str();
            let room = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let name = format!("src/{}", relative.display());
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            (name, room, code.join("\n"))
        })
        .collect()
}

/// The names that follow `prefix` in `code`, braces of `use crate::{a, b}` opened.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in inside.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    c if depth == 0 && is_name(c) => word.push(c),
                    ',' if depth == 0 => drop(names.insert(std::mem::take(&mut word))),
                    ':' if depth == 0 => drop(names.insert(word.clone())),
                    _ => {}
                }
            }
            names.insert(word);
        } else {
            names.insert(rest.chars().take_while(|&c| is_name(c)).collect());
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Dependencies by the name they have in code.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[dependencies]").nth(1).unwrap();
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| match name.trim() {
            // The crate's library has another name than its package.
            "md-5" => "md5".to_owned(),
            name => name.replace('-', "_"),
        })
        .collect()
}

#[test]
fn a_room_names_only_the_rooms_to_its_left() {
    let rooms: BTreeMap<&str, &Room> = ROOMS.iter().map(|room| (room.name, room)).collect();
    let mut broken = Vec::new();
    for (file, name, code) in sources() {
        if name == "lib" {
            continue;
        }
        let room = rooms
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{file} is in no room of the table"));
        for named in names_after(&code, "crate::") {
            let own = named == room.name;
            if rooms.contains_key(named.as_str()) && !own && !room.rooms.contains(&named.as_str()) {
                broken.push(format!("{file} names {named}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_dependency_comes_through_its_own_door() {
    let dependencies = dependencies();
    assert!(dependencies.len() > 15, "{dependencies:?}");
    let mut broken = Vec::new();
    let mut used = BTreeSet::new();
    for (file, name, code) in sources() {
        let allowed = ROOMS.iter().find(|room| room.name == name);
        for dependency in &dependencies {
            if !mentions(&code, dependency) {
                continue;
            }
            used.insert(dependency.clone());
            let door = ONE_DOOR
                .iter()
                .find(|(crate_name, _)| crate_name == dependency);
            let through_door = door.is_none_or(|(_, door)| file.starts_with(door));
            let in_room = EVERYWHERE.contains(&dependency.as_str())
                || allowed.is_some_and(|room| room.crates.contains(&dependency.as_str()));
            if !through_door || !in_room {
                broken.push(format!("{file} names {dependency}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    let unused: Vec<_> = dependencies.difference(&used).collect();
    assert!(unused.is_empty(), "dependencies nobody names: {unused:?}");
}

/// Whether code names a crate: `name::` not preceded by a letter or another path.
fn mentions(code: &str, name: &str) -> bool {
    // `name::…`, or a crate taken in whole: `use name as …`.
    let uses = [format!("{name}::"), format!("{name} as ")];
    uses.iter()
        .flat_map(|uses| code.match_indices(uses.as_str()))
        .any(|(at, _)| {
            let before = code[..at].chars().next_back();
            before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
        })
}

#[test]
fn no_file_outgrows_the_house_limit() {
    let mut long = Vec::new();
    for path in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap()
            .lines()
            .count();
        if lines > MAX_FILE_LINES {
            long.push(format!("{}: {lines} lines", path.display()));
        }
    }
    for path in files(&root().join("policies"), "rego") {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > MAX_REGO_LINES {
            long.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let silent: Vec<String> = files(&root().join("src"), "rs")
        .into_iter()
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn what_makes_facts_is_registered_once_and_named_apart() {
    let registered = freehold::facts::registered();
    let all: Vec<&str> = registered
        .probes
        .iter()
        .chain(&registered.extractors)
        .chain(&registered.derivations)
        .copied()
        .collect();
    let distinct: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), distinct.len(), "{all:?}");
    for (folder, contract, count) in [
        ("probes", "impl Probe for", registered.probes.len()),
        (
            "extractors",
            "impl Extractor for",
            registered.extractors.len(),
        ),
        (
            "derivations",
            "pub(super) fn derive(",
            registered.derivations.len(),
        ),
    ] {
        let written: usize = files(&root().join("src/facts").join(folder), "rs")
            .iter()
            .map(|path| fs::read_to_string(path).unwrap().matches(contract).count())
            .sum();
        assert_eq!(
            written, count,
            "{folder}: every one written is in the list, and no other"
        );
    }
}
