//! Packages of programming languages, each read from the file in which it names itself.

mod activestate;
mod bitnami;
mod conda;
mod dotnet;
mod gemspec;
mod go_modules;
mod java_runtime;
mod json;
mod melange;
mod node;
mod php;
mod purl;
mod python;
mod ruby;
mod spdx;

pub use activestate::ActiveStateExtractor;
pub use bitnami::BitnamiExtractor;
pub use conda::CondaExtractor;
pub use dotnet::DotnetExtractor;
pub use go_modules::GoModulesExtractor;
pub use java_runtime::JavaRuntimeExtractor;
pub use melange::MelangeExtractor;
pub use node::NodeExtractor;
pub use php::PhpExtractor;
pub use purl::language_url;
pub use python::PythonExtractor;
pub use ruby::RubyExtractor;

use crate::facts::contract::{Claim, Extraction, FileList, Installed, MAX_CLAIMS};
use crate::facts::model::{GapKind, Package, PackageType, Topic};
use crate::facts::text::lossless;
use crate::facts::wanted::Found;

/// Bytes of a name, a version or a licence; what is longer is none.
const MAX_TEXT: usize = 1_024;
/// Bytes of a file that describes one package. The longest real ones carry a whole manual.
const MAX_DESCRIPTION: usize = 4 << 20;
/// Bytes of one recorded path, and of all that one extractor keeps. The fullest real environments
/// have a tenth of it.
const MAX_PATH: usize = 4_096;
const MAX_PATHS: usize = 64 << 20;

/// A package as its own file describes it; `None` when its name or version is missing or absurd.
fn described(
    package_type: PackageType,
    (name, version): (&str, &str),
    file: &Found<'_>,
) -> Option<Package> {
    let sound = |text: &str| !text.is_empty() && text.len() <= MAX_TEXT;
    if !sound(name) || !sound(version) {
        return None;
    }
    let purl = purl::language_url(package_type, name, version, &[]);
    let found_in = (file.path.clone(), file.layer);
    let package = Package::new(package_type, name.to_owned(), version.to_owned(), found_in);
    Some(Package {
        purl: Some(purl),
        ..package
    })
}

/// A package that owns whole directories.
fn owning(package: Package, trees: Vec<Vec<u8>>) -> Installed {
    Installed {
        package,
        claims: Vec::new(),
        list: FileList::None,
        trees,
    }
}

/// Notes that a file which should describe a package does not.
fn no_package(file: &Found<'_>, detail: &str, out: &mut Extraction) {
    let at = (file.path.as_str(), file.layer);
    out.gap(Topic::LanguagePackages, GapKind::Corrupt, at, detail);
}

/// Whether a file that describes a package is short enough to be read; says so when not.
fn readable(file: &Found<'_>, out: &mut Extraction) -> bool {
    no_longer_than(MAX_DESCRIPTION, file, out)
}

/// Whether a file has at most so many bytes; says so when not.
fn no_longer_than(limit: usize, file: &Found<'_>, out: &mut Extraction) -> bool {
    let readable = file.bytes.len() <= limit;
    if !readable {
        let at = (file.path.as_str(), file.layer);
        let detail = format!("it is longer than {limit} bytes");
        out.gap(Topic::LanguagePackages, GapKind::Limit, at, &detail);
    }
    readable
}

/// The directory `levels` above a file, without a slash in front.
fn above(path: &str, levels: usize) -> &str {
    let mut directory = path.trim_start_matches('/');
    for _ in 0..levels {
        directory = directory.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    directory
}

/// `path` as recorded relative to `directory`, with `.` and `..` taken out. `None` when it climbs
/// over the root: such a file cannot be in the image.
fn joined(directory: &str, path: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let from = if path.starts_with(b"/") {
        ""
    } else {
        directory
    };
    for part in from
        .as_bytes()
        .split(|&b| b == b'/')
        .chain(path.split(|&b| b == b'/'))
    {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join(&b'/'))
}

/// Counts what all packages of one extractor claim.
#[derive(Default)]
struct Claims {
    taken: usize,
    bytes: usize,
    left_out: u64,
}

impl Claims {
    /// Adds a claim unless there are too many or the path is too long.
    fn add(&mut self, path: Vec<u8>, to: &mut Vec<Claim>) {
        if self.take(path.len()) {
            to.push(Claim::new(path));
        }
    }

    /// Adds a claim on `path` as recorded relative to `directory`.
    fn add_joined(&mut self, directory: &str, path: &[u8], to: &mut Vec<Claim>) {
        to.extend(self.join(directory, path).map(Claim::new));
    }

    /// [`joined`], counted. What is left out is not even put together.
    fn join(&mut self, directory: &str, path: &[u8]) -> Option<Vec<u8>> {
        let longest = directory.len().saturating_add(path.len());
        let is_taken = !path.is_empty() && self.take(longest);
        is_taken.then(|| joined(directory, path)).flatten()
    }

    fn take(&mut self, bytes: usize) -> bool {
        let all = self.bytes.saturating_add(bytes);
        if bytes > MAX_PATH || all > MAX_PATHS || self.taken >= MAX_CLAIMS {
            self.left_out = self.left_out.saturating_add(1);
            return false;
        }
        self.taken = self.taken.saturating_add(1);
        self.bytes = all;
        true
    }

    /// Says how many were left out.
    fn note(&self, what: &str, out: &mut Extraction) {
        if self.left_out > 0 {
            out.gaps.push(crate::facts::model::Gap {
                topic: Topic::Ownership,
                path: None,
                layer: None,
                kind: GapKind::Limit,
                detail: format!("{} recorded paths of {what} were left out", self.left_out),
            });
        }
    }
}

/// Whether a name can only be that of a file: letters, digits, `.`, `-`, `_`, `+`, and not `.` or
/// `..`. Names of which directories are made must be.
fn plain_name(name: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    name.len() <= MAX_TEXT && name.bytes().all(sound) && !matches!(name, "" | "." | "..")
}

/// Bytes without the mark of byte order that some editors put in front of UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Text as written, without white space around it; `None` when there is none.
fn text(bytes: &[u8]) -> Option<String> {
    Some(lossless(bytes.trim_ascii())).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_paths_stay_inside_the_image() {
        let of = |path: &str| joined("usr/lib/python3", path.as_bytes());
        assert_eq!(of("a/b.py"), Some(b"usr/lib/python3/a/b.py".to_vec()));
        assert_eq!(of("../../bin/a"), Some(b"usr/bin/a".to_vec()));
        assert_eq!(of("/opt/./a"), Some(b"opt/a".to_vec()));
        assert_eq!(of("../../../../etc/passwd"), None);
    }

    #[test]
    fn directories_above_a_file() {
        assert_eq!(above("/a/b/c.txt", 1), "a/b");
        assert_eq!(above("/a/b/c.txt", 2), "a");
        assert_eq!(above("/c.txt", 3), "");
    }
}
