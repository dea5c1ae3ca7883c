//! Where the parts of a pack come from, and their files: `--policy` and `--data`.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::artifact;
use super::bundle::{self, Unpacked};
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{self, PackFile};
use super::pack;
use super::unpack::MAX_STORED;
use crate::source::Digest;

/// Where rules are, as the user names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackSource {
    /// A directory, or one `.rego` file.
    Directory(PathBuf),
    /// An OPA bundle: a file called `*.tar.gz` or `*.tgz`.
    Bundle(PathBuf),
    /// An artifact in a registry: what follows `oci://`.
    Registry(String),
}

impl FromStr for PackSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_bundle = [".tar.gz", ".tgz"].iter().any(|end| text.ends_with(end));
        Ok(match text.strip_prefix("oci://") {
            Some(name) => Self::Registry(name.to_owned()),
            None if is_bundle => Self::Bundle(text.into()),
            None => Self::Directory(text.into()),
        })
    }
}

impl fmt::Display for PackSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) | Self::Bundle(path) => path.display().fmt(out),
            Self::Registry(name) => write!(out, "oci://{name}"),
        }
    }
}

/// The directories and files among `sources`: those that this machine's user wrote.
pub fn directories(sources: &[PackSource]) -> Vec<PathBuf> {
    let own = sources.iter().filter_map(|source| match source {
        PackSource::Directory(path) => Some(path.clone()),
        PackSource::Bundle(_) | PackSource::Registry(_) => None,
    });
    own.collect()
}

/// One part of a pack, as a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartOrigin {
    /// `directory`, `file`, `bundle`, `oci` or `data`.
    pub kind: &'static str,
    /// The name the user gave it.
    pub name: String,
    /// `sha256:` and hex: of a bundle's bytes, of an artifact's manifest, else as
    /// [`pack::Pack::digest`] over the part's files.
    pub digest: String,
}

/// A layer of an artifact, as fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its media type.
    pub media_type: String,
    /// `org.opencontainers.image.title` (OCI image-spec, annotations.md): a file's name.
    pub title: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// One part of a pack, read: files that nobody has parsed yet.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it came from.
    pub origin: PartOrigin,
    /// Whether others made it, so that it is parsed and judged with in a child process only.
    pub is_foreign: bool,
    pub(super) files: Vec<PackFile>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl Part {
    /// Whether others made it, its name, and its files.
    pub(super) fn files(&self) -> (bool, &str, &[PackFile]) {
        (self.is_foreign, &self.origin.name, &self.files)
    }

    /// A directory in the layout of the embedded pack, or flat; or one `.rego` file.
    pub fn directory(path: &Path) -> Self {
        let mut problems = Vec::new();
        let files = files::read_tree(path, &mut problems);
        let kind = if path.is_file() { "file" } else { "directory" };
        Self::own(kind, path, files, problems)
    }

    /// Documents for rules to read (`--data`): a JSON or YAML file, or a directory of them.
    pub fn data(path: &Path) -> Self {
        let mut problems = Vec::new();
        let files = files::read_data(path, &mut problems);
        Self::own("data", path, files, problems)
    }

    fn own(kind: &'static str, path: &Path, files: Vec<PackFile>, problems: Vec<Problem>) -> Self {
        Self {
            origin: PartOrigin {
                kind,
                name: path.display().to_string(),
                digest: format!("sha256:{}", pack::digest(&files)),
            },
            is_foreign: false,
            files,
            problems,
            warnings: Vec::new(),
        }
    }

    /// An OPA bundle. What is wrong with it is said when the pack is put together.
    pub fn bundle(path: &Path) -> Self {
        let name = path.display().to_string();
        match files::read_bytes(path, MAX_STORED) {
            Ok(bytes) => {
                let digest = Digest::sha256(&bytes).to_string();
                Self::foreign("bundle", name.clone(), digest, bundle::read(&name, &bytes))
            }
            Err(problem) => {
                let unpacked = Unpacked {
                    problems: vec![problem],
                    ..Unpacked::default()
                };
                Self::foreign("bundle", name, String::new(), unpacked)
            }
        }
    }

    /// Whether an artifact with these layers (media type, size in bytes) is a pack of rules; asked
    /// before they are fetched. `name` is what the user calls it.
    ///
    /// # Errors
    /// [`PolicyError`] that says what it is instead.
    pub fn check_artifact<'a>(
        name: &str,
        layers: impl Iterator<Item = (&'a str, u64)>,
    ) -> Result<(), PolicyError> {
        artifact::check(name, layers)
    }

    /// An artifact of a registry; `digest` is its manifest's.
    pub fn artifact(name: &str, digest: String, layers: Vec<Layer>) -> Self {
        Self::foreign("oci", name.to_owned(), digest, artifact::read(name, layers))
    }

    fn foreign(kind: &'static str, name: String, digest: String, unpacked: Unpacked) -> Self {
        let mut warnings = unpacked.warnings;
        let pins = |file: &&PackFile| file.is_document() && file.stem() == "signers";
        for file in unpacked.files.iter().filter(pins) {
            let message = "signers that a fetched pack names are not trusted";
            let help = "name those you trust under `trust` in freehold.yaml";
            let problem = Problem::in_file(ProblemKind::IgnoredFile, &file.name, message);
            warnings.push(problem.help(help).into_warning());
        }
        let mut problems = unpacked.problems;
        problems.extend(unpacked.files.iter().filter_map(shadows));
        if unpacked.files.len() > files::MAX_FILES {
            let message = format!("`{name}` has more than {} files", files::MAX_FILES);
            problems.push(Problem::in_file(ProblemKind::TooLarge, &name, message));
        }
        Self {
            origin: PartOrigin { kind, name, digest },
            is_foreign: true,
            files: unpacked.files,
            problems,
            warnings,
        }
    }
}

/// A profile of others must not take the name of a shipped one: `check` would follow it unasked.
fn shadows(file: &PackFile) -> Option<Problem> {
    let shipped = || files::embedded().into_iter().filter(PackFile::is_profile);
    if !file.is_profile() || !shipped().any(|profile| profile.stem() == file.stem()) {
        return None;
    }
    let message = format!("`{}` is the name of a shipped profile", file.stem());
    let problem = Problem::in_file(ProblemKind::Bundle, &file.name, message);
    Some(problem.help("give the profile a name of its own, which `extends` the shipped one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_told_by_how_it_is_written() {
        let parsed = |text: &str| text.parse::<PackSource>().unwrap();
        assert_eq!(parsed("rules"), PackSource::Directory("rules".into()));
        assert_eq!(
            parsed("a/b.tar.gz"),
            PackSource::Bundle("a/b.tar.gz".into())
        );
        assert_eq!(parsed("b.tgz"), PackSource::Bundle("b.tgz".into()));
        let name = "registry.example/rules:1";
        assert_eq!(
            parsed(&format!("oci://{name}")),
            PackSource::Registry(name.into())
        );
    }
}
