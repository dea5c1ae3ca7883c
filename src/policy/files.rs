//! The files of a pack: those embedded in the binary, and those of `--policy DIR`.
//!
//! The one place of this room that opens files. Every read is capped.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::error::{Problem, ProblemKind};

/// Largest policy, table or profile, in bytes; the engine's own limit for a policy is the same.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 20;

/// Largest JSON document, in bytes: data of a bundle is one file.
pub(super) const MAX_JSON_BYTES: u64 = 8 << 20;

/// Files read from one directory tree.
pub(super) const MAX_FILES: usize = 5_000;

/// Depth of a directory tree.
const MAX_DEPTH: usize = 16;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// Where a file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Origin {
    /// Shipped in the binary.
    Embedded,
    /// Given with `--policy`.
    User,
}

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackFile {
    /// Name to show: the path as the user would write it.
    pub name: String,
    /// Path inside the pack, in parts.
    pub place: Vec<String>,
    /// Content.
    pub text: String,
    /// Where it came from.
    pub origin: Origin,
}

impl PackFile {
    /// Last part of the path.
    pub(super) fn file_name(&self) -> &str {
        self.place.last().map(String::as_str).unwrap_or_default()
    }

    /// File name without its ending.
    pub(super) fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Whether the file is Rego.
    pub(super) fn is_rego(&self) -> bool {
        self.file_name().ends_with(".rego")
    }

    /// Takes the byte order mark off the start of Rego, as `opa` does.
    pub(super) fn skip_mark(&mut self) {
        if self.is_rego() && self.text.starts_with('\u{feff}') {
            self.text.remove(0);
        }
    }

    /// Whether the file is Rego that tests rules (`*_test.rego`).
    pub(super) fn is_test(&self) -> bool {
        self.file_name().ends_with("_test.rego")
    }

    /// Whether the file is a profile (`profiles/*.yaml`).
    pub(super) fn is_profile(&self) -> bool {
        self.place.len() == 2 && self.is_yaml() && self.place.first().is_some_and(is_profiles)
    }

    /// Whether the file is a document that rules read: `data/*.yaml`, `**/parameters.yaml`, or
    /// [`Self::is_mounted`]; JSON as well as YAML.
    pub(super) fn is_document(&self) -> bool {
        let in_data = self.place.first().is_some_and(|part| part == "data");
        let is_named = (in_data && self.place.len() == 2) || self.stem() == "parameters";
        is_data(self.file_name()) && (is_named || self.is_mounted())
    }

    /// Whether the file is `data.json` or `data.yaml`: a document that stands at its directory below
    /// `data` (openpolicyagent.org, "Bundles", "Bundle File Format").
    pub(super) fn is_mounted(&self) -> bool {
        is_data(self.file_name()) && self.stem() == "data"
    }

    /// Names the file `data`, so that it stands at its directory below `data`.
    pub(super) fn mount(&mut self) {
        if let Some(name) = self.place.last_mut() {
            let end = name.rsplit_once('.').map_or("", |(_, end)| end);
            *name = format!("data.{end}");
        }
    }

    /// Whether the name ends like YAML.
    pub(super) fn is_yaml(&self) -> bool {
        let name = self.file_name();
        name.ends_with(".yaml") || name.ends_with(".yml")
    }
}

/// Whether a name ends like YAML or JSON.
pub(super) fn is_data(name: &str) -> bool {
    [".json", ".yaml", ".yml"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn is_profiles(part: &String) -> bool {
    part == "profiles"
}

/// The files embedded in the binary, sorted by path.
pub(super) fn embedded() -> Vec<PackFile> {
    let mut files = Vec::new();
    let mut pending = vec![&EMBEDDED];
    while let Some(directory) = pending.pop() {
        pending.extend(directory.dirs());
        for file in directory.files() {
            let place = parts(file.path());
            if let (Some(text), true) = (file.contents_utf8(), is_wanted(&place)) {
                files.push(PackFile {
                    name: format!("policies/{}", place.join("/")),
                    place,
                    text: text.to_owned(),
                    origin: Origin::Embedded,
                });
            }
        }
    }
    files.sort_by(|left, right| left.place.cmp(&right.place));
    files
}

/// The files below `root`, or `root` itself if it is a file, sorted by path. Hidden files and
/// directories are left out; links to directories are not followed.
pub(super) fn read_tree(root: &Path, problems: &mut Vec<Problem>) -> Vec<PackFile> {
    walk(root, is_wanted, problems)
}

/// The documents of `--data`: the JSON and YAML files below `root`, or `root` itself if it is a
/// file. Each stands at its directory below `data`, whatever its name, as for `opa eval --data`.
pub(super) fn read_data(root: &Path, problems: &mut Vec<Problem>) -> Vec<PackFile> {
    let is_document = |place: &[String]| place.last().is_some_and(|name| is_data(name));
    let mut files = walk(root, is_document, problems);
    for file in &mut files {
        if !is_data(file.file_name()) {
            let message = format!("`{}` is neither JSON nor YAML by its name", file.name);
            let problem = Problem::in_file(ProblemKind::Unreadable, &file.name, message);
            let help = "--data takes `.json`, `.yaml` and `.yml` files, and directories of them; \
                        rules are given with --policy";
            problems.push(problem.help(help));
        }
        file.mount();
    }
    files.retain(PackFile::is_mounted);
    files
}

fn walk(
    root: &Path,
    is_wanted: impl Fn(&[String]) -> bool,
    problems: &mut Vec<Problem>,
) -> Vec<PackFile> {
    let mut files = Vec::new();
    let mut pending = vec![(root.to_path_buf(), Vec::new())];
    while let Some((path, place)) = pending.pop() {
        let name = path.display().to_string();
        if place.is_empty() && path.is_file() {
            let file_name = path.file_name().map(lossy).unwrap_or_default();
            add_file(&path, vec![file_name], &mut files, problems);
            continue;
        }
        if place.len() > MAX_DEPTH || files.len() > MAX_FILES {
            let limit = format!("more than {MAX_FILES} files, or {MAX_DEPTH} levels");
            problems.push(Problem::in_file(ProblemKind::TooLarge, &name, limit));
            return files;
        }
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                problems.push(unreadable(&name, &error));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    problems.push(unreadable(&name, &error));
                    continue;
                }
            };
            let file_name = lossy(entry.file_name());
            if file_name.starts_with('.') {
                continue;
            }
            let mut place = place.clone();
            place.push(file_name);
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                pending.push((entry.path(), place));
            } else if is_wanted(&place) && entry.path().is_file() {
                add_file(&entry.path(), place, &mut files, problems);
            }
        }
    }
    files.sort_by(|left, right| left.place.cmp(&right.place));
    files
}

fn add_file(
    path: &Path,
    place: Vec<String>,
    files: &mut Vec<PackFile>,
    problems: &mut Vec<Problem>,
) {
    match read_text(path) {
        Ok(text) => {
            let mut file = PackFile {
                name: path.display().to_string(),
                place,
                text,
                origin: Origin::User,
            };
            file.skip_mark();
            files.push(file);
        }
        Err(problem) => problems.push(problem),
    }
}

/// The text of one file of the user.
pub(super) fn read_text(path: &Path) -> Result<String, Problem> {
    let name = path.display().to_string();
    let limit = limit_of(&name);
    let text = read_capped(path, limit).map_err(|error| unreadable(&name, &error))?;
    if text.len() as u64 > limit {
        let message = format!("the file is larger than {limit} bytes");
        return Err(Problem::in_file(ProblemKind::TooLarge, &name, message));
    }
    Ok(text)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the capped read of this room: pack files and profiles the user names"
)]
fn read_capped(path: &Path, limit: u64) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(limit.saturating_add(1))
        .read_to_string(&mut text)?;
    Ok(text)
}

/// The bytes of a bundle, one more than `limit` at most.
#[expect(
    clippy::disallowed_methods,
    reason = "the capped read of this room: bundles the user names"
)]
pub(super) fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Problem> {
    let read = || {
        let mut bytes = Vec::new();
        let file = File::open(path)?;
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| unreadable(&path.display().to_string(), &error))
}

/// Largest file of this name, in bytes.
pub(super) fn limit_of(name: &str) -> u64 {
    match name.ends_with(".json") {
        true => MAX_JSON_BYTES,
        false => MAX_FILE_BYTES,
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::NotFound {
        let message = format!("`{name}` does not exist");
        return Problem::in_file(ProblemKind::Unreadable, name, message).help(
            "give a directory, one `.rego` file, a bundle (`.tar.gz`), or `oci://` and a name",
        );
    }
    let message = format!("`{name}` cannot be read: {error}");
    Problem::in_file(ProblemKind::Unreadable, name, message)
        .help("check its permissions, and that it is a directory or a text file")
}

/// Whether a file is looked at. Of JSON only what is read: directories hold other JSON.
fn is_wanted(place: &[String]) -> bool {
    let in_data = place.len() == 2 && place.first().is_some_and(|part| part == "data");
    place.last().is_some_and(|name| {
        let is_json = ["data.json", "parameters.json"].contains(&name.as_str())
            || (in_data && name.ends_with(".json"));
        is_json
            || [".rego", ".yaml", ".yml"]
                .iter()
                .any(|end| name.ends_with(end))
    })
}

fn parts(path: &Path) -> Vec<String> {
    path.iter().map(lossy).collect()
}

fn lossy(name: impl AsRef<OsStr>) -> String {
    name.as_ref().to_string_lossy().into_owned()
}
