//! A profile file and those it extends, one after the other.

use std::path::{Path, PathBuf};

use super::file::ProfileFile;
use crate::policy::error::{Problem, ProblemKind, closest};
use crate::policy::files::{self, Origin};
use crate::policy::pack::Pack;
use crate::policy::yaml::{self, Document};

/// Longest chain of `extends`.
const MAX_EXTENDS: usize = 8;

/// One profile file: what it says, and where.
pub(super) struct Link {
    /// What it says, without what is wrong in it.
    pub(super) file: ProfileFile,
    /// The text, with its places.
    pub(super) document: Document,
    /// Directory that a relative `extends` starts from; none for a profile of a pack.
    directory: Option<PathBuf>,
    /// The name it was asked for by.
    name: String,
    /// Whether it came with the program.
    pub(super) is_shipped: bool,
}

/// A file that was found.
struct Found {
    file: String,
    text: String,
    directory: Option<PathBuf>,
    is_shipped: bool,
}

/// The profile called `wanted` and what it extends, nearest first. What is wrong with a file is added
/// to `problems`; the chain ends where it cannot go on.
pub(super) fn read(wanted: &str, pack: &Pack, problems: &mut Vec<Problem>) -> Vec<Link> {
    let mut chain: Vec<Link> = Vec::new();
    let mut next = Some(wanted.to_owned());
    while let Some(name) = next.take() {
        let found = match find(&name, chain.last(), pack) {
            Ok(found) => found,
            Err(problem) => {
                problems.push(problem);
                break;
            }
        };
        if let Some(problem) = circle(&name, &found.file, &chain) {
            problems.push(problem);
            break;
        }
        match yaml::read(ProblemKind::Yaml, &found.file, &found.text) {
            Ok(document) => {
                let (file, mut wrong) =
                    document.decode_all::<ProfileFile>(ProblemKind::InvalidValue);
                problems.append(&mut wrong);
                next.clone_from(&file.extends);
                chain.push(Link {
                    file,
                    document,
                    directory: found.directory,
                    name,
                    is_shipped: found.is_shipped,
                });
            }
            Err(problem) => problems.push(problem),
        }
    }
    chain
}

/// What is wrong with going on to `file`, if it was there before or is one too many.
fn circle(name: &str, file: &str, chain: &[Link]) -> Option<Problem> {
    let from = chain.last()?;
    let first = chain.iter().position(|link| link.document.file() == file);
    let (message, help) = match first {
        Some(first) => {
            let names = chain.iter().skip(first).map(|link| link.name.as_str());
            let way: Vec<&str> = names.chain([name]).collect();
            (
                format!("profile `{name}` extends itself: {}", way.join(" → ")),
                "let the last of them extend a shipped profile, or none",
            )
        }
        None if chain.len() >= MAX_EXTENDS => (
            format!("more than {MAX_EXTENDS} profiles extend each other"),
            "put what they say into fewer files",
        ),
        None => return None,
    };
    let problem = from
        .document
        .problem(ProblemKind::ExtendsCycle, "/extends", message);
    Some(problem.help(help))
}

/// A profile of the pack by name, else a file, beside the one that names it.
fn find(name: &str, from: Option<&Link>, pack: &Pack) -> Result<Found, Problem> {
    if let Some(file) = pack.profiles.iter().rev().find(|file| file.stem() == name) {
        return Ok(Found {
            file: file.name.clone(),
            text: file.text.clone(),
            directory: None,
            is_shipped: file.origin == Origin::Embedded,
        });
    }
    let directory = from.and_then(|link| link.directory.as_deref());
    let path = directory.unwrap_or(Path::new("")).join(name);
    // A profile of a pack names others of it: its directory is not known.
    let may_be_file = from.is_none_or(|link| link.directory.is_some());
    if may_be_file && path.is_file() {
        let at = |problem| match from {
            Some(link) => link.document.at(problem, "/extends"),
            None => problem,
        };
        return Ok(Found {
            text: files::read_text(&path).map_err(at)?,
            file: path.display().to_string(),
            directory: path.parent().map(Path::to_path_buf),
            is_shipped: false,
        });
    }
    let names = pack.profile_names();
    let help = match closest(name, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("profiles are {}; or give a file", names.join(", ")),
    };
    let message = format!("there is no profile `{name}`, and no such file");
    let kind = ProblemKind::UnknownProfile;
    let problem = match from {
        Some(link) => link.document.problem(kind, "/extends", message),
        None => Problem::in_file(kind, name, message),
    };
    Err(problem.help(help))
}
