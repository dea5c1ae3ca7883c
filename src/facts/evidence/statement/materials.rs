//! Addresses of what a build used, and what they lead to.

use serde_json::Value;

use super::json;
use super::subject::digests;
use crate::facts::model::{Material, MaterialKind};
use crate::facts::redaction;

/// Where a version-controlled source begins so (SPDX 2.3, section 7.7; purl-spec, purl types; the
/// Open Build Service's `disturl`).
const REPOSITORY_SCHEMES: [&str; 12] = [
    "git+",
    "git://",
    "git@",
    "ssh://",
    "hg+",
    "svn+",
    "svn://",
    "bzr+",
    "obs://",
    "pkg:github/",
    "pkg:gitlab/",
    "pkg:bitbucket/",
];

/// Hosts on which an address of two parts, `OWNER/NAME`, is a repository.
const FORGES: [&str; 4] = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];

/// What addresses of container images begin with.
const IMAGE_SCHEMES: [&str; 5] = [
    "pkg:docker/",
    "pkg:oci/",
    "oci://",
    "docker://",
    "docker-image://",
];

/// Binary packages by purl type (purl-spec, purl types).
const PACKAGE_SCHEMES: [&str; 7] = [
    "pkg:deb/",
    "pkg:rpm/",
    "pkg:apk/",
    "pkg:alpm/",
    "pkg:bitnami/",
    "pkg:conda/",
    "pkg:nuget/",
];

/// Ends of names of source packages and archives.
const SOURCE_ENDS: [&str; 17] = [
    ".dsc",
    ".diff.gz",
    ".src.rpm",
    ".tar",
    ".tar.gz",
    ".tar.bz2",
    ".tar.xz",
    ".tar.zst",
    ".tar.lz",
    ".tar.lzma",
    ".tgz",
    ".tbz2",
    ".txz",
    ".zip",
    ".crate",
    ".patch",
    ".diff",
];

/// Ends of names of binary packages and programs.
const BINARY_ENDS: [&str; 14] = [
    ".deb",
    ".udeb",
    ".rpm",
    ".apk",
    ".whl",
    ".egg",
    ".jar",
    ".war",
    ".nupkg",
    ".conda",
    ".exe",
    ".msi",
    ".appimage",
    ".pkg.tar.zst",
];

/// Words in the name of an archive that say for which machine it was built: nobody builds sources
/// for one. Between `-`, `_` and `.`.
const MACHINES: [&str; 16] = [
    "amd64", "x64", "i386", "i686", "arm64", "aarch64", "armv7", "armhf", "ppc64le", "s390x",
    "riscv64", "linux64", "darwin", "macos", "win64", "musl",
];

/// A resource a statement describes: `uri` with a digest (in-toto attestation framework,
/// "ResourceDescriptor"; SLSA v0.2, `materials`). Nothing where it has no address.
pub(super) fn material(resource: &Value) -> Option<Material> {
    let addresses = ["/uri", "/downloadLocation", "/name"];
    let uri = json::first_text(resource, &addresses)?;
    Some(Material {
        kind: kind(&uri, resource),
        uri: redaction::redact_address(&uri),
        digest: best_digest(resource),
    })
}

/// A repository by address, with a commit where one is stated.
pub(super) fn repository(uri: &str, commit: Option<&str>) -> Material {
    Material {
        uri: redaction::redact_address(uri),
        kind: MaterialKind::Repository,
        digest: commit.map(|commit| format!("gitCommit:{commit}")),
    }
}

/// The address without what says how and of which revision it is fetched, for comparison.
pub(super) fn plain_address(uri: &str) -> &str {
    let bare = uri.strip_prefix("git+").unwrap_or(uri);
    let bare = bare.split(['#', '?']).next().unwrap_or_default();
    let path = bare
        .split_once("://")
        .map_or(0, |(scheme, _)| scheme.len().saturating_add(3));
    let path = bare.get(path..).unwrap_or_default();
    // An `@` before the path is of the user.
    let slash = path.find('/').unwrap_or_default();
    let at = path.rfind('@').filter(|at| *at > slash);
    let path = at.and_then(|at| path.get(..at)).unwrap_or(path);
    path.trim_end_matches('/').trim_end_matches(".git")
}

/// The strongest of a resource's digests; of a repository's, the commit.
fn best_digest(resource: &Value) -> Option<String> {
    const ORDER: [&str; 6] = ["gitCommit", "sha512", "sha384", "sha256", "sha1", "gitTree"];
    let rank = |digest: &String| {
        let algorithm = digest
            .split_once(':')
            .map_or("", |(algorithm, _)| algorithm);
        let known = ORDER
            .iter()
            .position(|known| known.eq_ignore_ascii_case(algorithm));
        known.unwrap_or(ORDER.len())
    };
    digests(resource).into_iter().min_by_key(rank)
}

/// What an address leads to.
fn kind(uri: &str, resource: &Value) -> MaterialKind {
    let lower = uri.to_ascii_lowercase();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|b| lower.starts_with(b));
    if begins(&IMAGE_SCHEMES) {
        return MaterialKind::Image;
    }
    if begins(&PACKAGE_SCHEMES) {
        // purl-spec: `arch=source` of deb, `arch=src` of rpm.
        let source = lower.contains("arch=source") || lower.contains("arch=src");
        return if source {
            MaterialKind::SourceArchive
        } else {
            MaterialKind::BinaryPackage
        };
    }
    let commit = resource.pointer("/digest/gitCommit").is_some();
    if commit || begins(&REPOSITORY_SCHEMES) || is_repository(&lower) {
        return MaterialKind::Repository;
    }
    let path = lower.split(['#', '?']).next().unwrap_or_default();
    let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    if ends(&BINARY_ENDS) && !path.ends_with(".src.rpm") {
        return MaterialKind::BinaryPackage;
    }
    if !ends(&SOURCE_ENDS) {
        return MaterialKind::Other;
    }
    if names_a_machine(path) {
        MaterialKind::BinaryPackage
    } else {
        MaterialKind::SourceArchive
    }
}

/// `https://HOST/…/NAME.git`, with a fragment or without, and `https://FORGE/OWNER/NAME`.
fn is_repository(uri: &str) -> bool {
    let path = uri.split(['#', '?']).next().unwrap_or_default();
    if path.ends_with(".git") || path.contains(".git@") {
        return true;
    }
    let plain = plain_address(uri);
    let mut parts = plain.split('/');
    let forge = parts.next().is_some_and(|host| FORGES.contains(&host));
    forge && parts.filter(|part| !part.is_empty()).count() == 2
}

fn names_a_machine(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.contains("x86_64")
        || name
            .split(['-', '_', '.'])
            .any(|word| MACHINES.contains(&word))
}
