//! OPA bundles (openpolicyagent.org, "Bundles", "Bundle File Format"): what each file of one is to
//! a pack.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::documents::leaves;
use super::error::{Problem, ProblemKind};
use super::files::{self, Origin, PackFile};
use super::rule_tests::package_of;
use super::unpack::{self, Member, Refused};

/// The manifest of a bundle; other keys of it mean nothing here.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    /// Paths below `data` that the bundle owns.
    roots: Option<Vec<String>>,
    rego_version: Option<u64>,
    #[serde(default)]
    file_rego_versions: Map<String, Value>,
}

/// Files, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    /// What a pack reads.
    pub(super) files: Vec<PackFile>,
    /// What makes the bundle unusable.
    pub(super) problems: Vec<Problem>,
    /// What the user should know.
    pub(super) warnings: Vec<Problem>,
}

/// The files of the bundle `bytes`; `name` is what the user calls it.
pub(super) fn read(name: &str, bytes: &[u8]) -> Unpacked {
    let mut unpacked = Unpacked::default();
    let members = match unpack::files(bytes) {
        Ok(members) => members,
        Err(refused) => {
            unpacked.problems.push(problem_of(name, &refused));
            return unpacked;
        }
    };
    let mut manifest = Manifest::default();
    for member in members {
        let shown = format!("{name}:{}", member.place.join("/"));
        match member.place.join("/").as_str() {
            ".manifest" => match serde_json::from_slice(&member.bytes) {
                Ok(read) => manifest = read,
                Err(error) => {
                    let message = format!("the bundle's manifest cannot be read: {error}");
                    let problem = Problem::in_file(ProblemKind::Bundle, &shown, message);
                    unpacked.problems.push(problem.help(BUILD));
                }
            },
            ".signatures.json" => {
                let message = "the bundle's signature is not verified";
                let help = "pin the pack by its digest instead: oci://NAME@sha256:…";
                let problem = Problem::in_file(ProblemKind::NotVerified, &shown, message);
                unpacked.warnings.push(problem.help(help).into_warning());
            }
            "policy.wasm" => {
                let message = "compiled rules (`policy.wasm`) are not run";
                let help = "build the bundle with its Rego: opa build without -t wasm";
                let problem = Problem::in_file(ProblemKind::IgnoredFile, &shown, message);
                unpacked.warnings.push(problem.help(help).into_warning());
            }
            _ => add(&mut unpacked, shown, member),
        }
    }
    check_manifest(name, &manifest, &mut unpacked);
    unpacked
}

/// What to do about a bundle that cannot be used.
const BUILD: &str =
    "build it with `opa build freehold:.` in the directory, or give the directory itself";

/// The refusal of a bundle as a problem that names bundle, entry and remedy.
fn problem_of(name: &str, refused: &Refused) -> Problem {
    let kind = match refused.is_limit {
        true => ProblemKind::TooLarge,
        false => ProblemKind::Bundle,
    };
    let message = match &refused.entry {
        Some(entry) => format!("`{entry}` in bundle `{name}` {}", refused.reason),
        None => format!("bundle `{name}` {}", refused.reason),
    };
    Problem::in_file(kind, name, message).help(BUILD)
}

/// Adds a member that a pack reads; as in a directory, hidden files and other kinds are left out.
fn add(unpacked: &mut Unpacked, shown: String, member: Member) {
    let is_hidden = member.place.iter().any(|part| part.starts_with('.'));
    let mut file = PackFile {
        name: shown,
        place: member.place,
        text: String::new(),
        origin: Origin::User,
    };
    let is_read = file.is_rego() || file.is_document() || file.is_profile();
    if is_hidden || !is_read {
        return;
    }
    match text_of(&file.name, member.bytes) {
        Ok(text) => {
            file.text = text;
            file.skip_mark();
            unpacked.files.push(file);
        }
        Err(problem) => unpacked.problems.push(problem),
    }
}

/// The text of a file of others: not too large, UTF-8, and without control characters, which
/// would reach the terminal in a message that shows the place.
pub(super) fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    let limit = files::limit_of(name);
    if bytes.len() as u64 > limit {
        let message = format!("the file is larger than {limit} bytes");
        return Err(Problem::in_file(ProblemKind::TooLarge, name, message));
    }
    let refuse = |message: &str| Problem::in_file(ProblemKind::Bundle, name, message).help(BUILD);
    let text = String::from_utf8(bytes).map_err(|_| refuse("the file is not UTF-8"))?;
    let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.contains(is_control) {
        true => Err(refuse("the file has control characters")),
        false => Ok(text),
    }
}

/// Rules of the manifest: Rego v1 only, and packages within the roots.
fn check_manifest(name: &str, manifest: &Manifest, unpacked: &mut Unpacked) {
    let is_old = |version: &Value| version.as_u64() == Some(0);
    if manifest.rego_version == Some(0) || manifest.file_rego_versions.values().any(is_old) {
        let message = format!("bundle `{name}` is written in Rego v0");
        let problem = Problem::in_file(ProblemKind::Bundle, name, message);
        let help = "bring its rules to Rego v1 (`opa fmt --v0-v1 -w DIR`) and build it again";
        unpacked.problems.push(problem.help(help));
    }
    let Some(roots) = &manifest.roots else {
        return;
    };
    let is_root = |path: &str| {
        roots.iter().any(|root| {
            let root = root.trim_matches('/');
            root.is_empty() || path == root || path.starts_with(&format!("{root}/"))
        })
    };
    for file in unpacked.files.iter().filter(|file| file.is_document()) {
        let outside = leaves(file).find(|(path, _)| !is_root(&path.join("/")));
        if let Some((path, _)) = outside {
            let path = unpack::printable(&path.join("."));
            let message = format!("`data.{path}` is outside the roots of the bundle's manifest");
            let problem = Problem::in_file(ProblemKind::Bundle, &file.name, message);
            unpacked.problems.push(problem.help(BUILD));
        }
    }
    for file in &unpacked.files {
        let Some(package) = package_of(file) else {
            continue;
        };
        let path = package.replace('.', "/");
        // A package with brackets has no path in this spelling; OPA checked it when it was built.
        if !package.contains('[') && !is_root(&path) {
            let message = format!(
                "package `{}` is outside the roots of the bundle's manifest",
                unpack::printable(package)
            );
            let problem = Problem::in_file(ProblemKind::Bundle, &file.name, message);
            unpacked.problems.push(problem.help(BUILD));
        }
    }
}
