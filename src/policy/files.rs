//! The files of a pack: those embedded in the binary, and those of `--policy DIR`.
//!
//! The one place of this room that opens files. Every read is capped.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::error::{Problem, ProblemKind};

/// Largest policy, table or profile, in bytes; the engine's own limit for a policy is the same.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Files read from one directory tree.
const MAX_FILES: usize = 5_000;

/// Depth of a directory tree.
const MAX_DEPTH: usize = 16;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// Where a file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Shipped in the binary.
    Embedded,
    /// Given with `--policy`.
    User,
}

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// Whether the file is Rego that tests rules (`*_test.rego`).
    pub(super) fn is_test(&self) -> bool {
        self.file_name().ends_with("_test.rego")
    }

    /// Whether the file is a profile (`profiles/*.yaml`).
    pub(super) fn is_profile(&self) -> bool {
        self.place.len() == 2 && self.is_yaml() && self.place.first().is_some_and(is_profiles)
    }

    /// Whether the file is a document that rules read: `data/*.yaml`, `**/parameters.yaml`.
    pub(super) fn is_document(&self) -> bool {
        let in_data = self.place.first().is_some_and(|part| part == "data");
        self.is_yaml() && ((in_data && self.place.len() == 2) || self.stem() == "parameters")
    }

    /// Whether the name ends like YAML.
    pub(super) fn is_yaml(&self) -> bool {
        let name = self.file_name();
        name.ends_with(".yaml") || name.ends_with(".yml")
    }
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
        Ok(text) => files.push(PackFile {
            name: path.display().to_string(),
            place,
            text,
            origin: Origin::User,
        }),
        Err(problem) => problems.push(problem),
    }
}

/// The text of one file of the user.
pub(super) fn read_text(path: &Path) -> Result<String, Problem> {
    let name = path.display().to_string();
    let text = read_capped(path).map_err(|error| unreadable(&name, &error))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes");
        return Err(Problem::in_file(ProblemKind::TooLarge, &name, message));
    }
    Ok(text)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the capped read of this room: pack files and profiles the user names"
)]
fn read_capped(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(MAX_FILE_BYTES.saturating_add(1))
        .read_to_string(&mut text)?;
    Ok(text)
}

fn unreadable(name: &str, error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::NotFound {
        let message = format!("`{name}` does not exist");
        return Problem::in_file(ProblemKind::Unreadable, name, message)
            .help("give a directory of rules, or one `.rego` file");
    }
    let message = format!("`{name}` cannot be read: {error}");
    Problem::in_file(ProblemKind::Unreadable, name, message)
        .help("check its permissions, and that it is a directory or a text file")
}

fn is_wanted(place: &[String]) -> bool {
    place.last().is_some_and(|name| {
        [".rego", ".yaml", ".yml"]
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
