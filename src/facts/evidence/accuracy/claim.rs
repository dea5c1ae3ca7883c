//! What a component of an SBOM says it is, in a form that packages can be compared with.

use std::borrow::Cow;

use super::purl::Purl;
use super::spelling;
use crate::facts::evidence::sbom::{ComponentKind, SbomComponent};
use crate::facts::model::PackageType;

/// The ecosystems that are read from images.
pub(super) const READ: [PackageType; 15] = [
    PackageType::Deb,
    PackageType::Apk,
    PackageType::Rpm,
    PackageType::Alpm,
    PackageType::Pypi,
    PackageType::Npm,
    PackageType::Gem,
    PackageType::Composer,
    PackageType::Nuget,
    PackageType::Conda,
    PackageType::Maven,
    PackageType::Golang,
    PackageType::Cargo,
    PackageType::Bitnami,
    PackageType::Generic,
];

/// purl types that are registered (purl-spec, `types/`) or a vendor's own, and not read from images.
const OTHER_TYPES: [&str; 29] = [
    "bazel",
    "bitbucket",
    "chrome-extension",
    "cocoapods",
    "conan",
    "cpan",
    "cran",
    "dhi",
    "docker",
    "github",
    "gitlab",
    "githubactions",
    "hackage",
    "hex",
    "huggingface",
    "julia",
    "luarocks",
    "mlflow",
    "oci",
    "opam",
    "otp",
    "pub",
    "qpkg",
    "swid",
    "swift",
    "terraform",
    "vscode-extension",
    "yocto",
    "wordpress",
];

/// Values of the qualifier `arch` that say that a purl names a source package (purl-spec, types
/// `deb` and `rpm`).
const SOURCE: [&str; 2] = ["source", "src"];

/// Places looked at of one component.
const MAX_PATHS: usize = 64;

/// Keys that were imported stand among rpm's packages under this name.
const RPM_KEY: &str = "gpg-pubkey";

/// What a component says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    /// Ecosystem.
    pub(super) ecosystem: PackageType,
    /// Name, spelt.
    pub(super) name: Cow<'a, str>,
    /// Go: what follows `#`, which may be the rest of the module's path, or a package within it.
    pub(super) subpath: Cow<'a, str>,
    /// Version, spelt; empty where none is stated.
    pub(super) version: Cow<'a, str>,
    /// Architecture, of system packages; empty where none is stated.
    pub(super) arch: Cow<'a, str>,
    /// Whether it says that it names a source package.
    pub(super) is_source: bool,
    /// Where it says it was found; several lists where several components say the same.
    pub(super) paths: Vec<&'a [String]>,
    /// Name as written.
    pub(super) shown_name: Cow<'a, str>,
    /// Version as written, the epoch put in front.
    pub(super) shown_version: Cow<'a, str>,
}

impl Claim<'_> {
    /// Where it says it was found, without a slash in front.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let paths = self.paths.iter().flat_map(|paths| paths.iter());
        paths
            .take(MAX_PATHS)
            .map(|path| path.trim_start_matches('/'))
    }
}

/// How a component can be compared.
#[derive(Debug)]
pub(super) enum Reading<'a> {
    /// By what its purl says.
    Claim(Claim<'a>),
    /// By its name and version only.
    NameOnly,
    /// Not at all.
    NotCompared,
}

/// Reads a component. `system` is what the image's system packages are, if it has any.
pub(super) fn read(component: &SbomComponent, system: Option<PackageType>) -> Reading<'_> {
    let kind = component.kind;
    if matches!(kind, ComponentKind::OperatingSystem | ComponentKind::Image) {
        return Reading::NotCompared;
    }
    let Some(purl) = component.purl.as_deref().and_then(Purl::parse) else {
        return match kind {
            ComponentKind::Package if !component.name.is_empty() => Reading::NameOnly,
            _ => Reading::NotCompared,
        };
    };
    match ecosystem(&purl, system) {
        Some(PackageType::Rpm) if purl.name == RPM_KEY => Reading::NotCompared,
        Some(ecosystem) => Reading::Claim(claim(ecosystem, purl, component)),
        None => Reading::NotCompared,
    }
}

/// The ecosystem of a purl, if it is read from images. Trivy puts a distribution's name, or `none`,
/// where the type of a system package should be, and names its architecture.
fn ecosystem(purl: &Purl<'_>, system: Option<PackageType>) -> Option<PackageType> {
    let kind = purl.kind.as_ref();
    let read = READ.into_iter().find(|read| read.name() == kind);
    let is_system = purl.namespace.is_empty()
        && !purl.qualifier("arch").is_empty()
        && !OTHER_TYPES.contains(&kind);
    read.or(system.filter(|_| is_system))
}

fn claim<'a>(ecosystem: PackageType, purl: Purl<'a>, component: &'a SbomComponent) -> Claim<'a> {
    let arch = match ecosystem.is_system() {
        true => purl.qualifier("arch"),
        false => Cow::Borrowed(""),
    };
    let stated = with_epoch(ecosystem, &purl);
    let shown_name = full_name(ecosystem, &purl);
    let name = spelling::name(ecosystem, shown_name.clone());
    let field = component.version.as_deref().unwrap_or_default();
    let (version, shown_version) = version(ecosystem, &name, stated, field);
    Claim {
        ecosystem,
        name,
        subpath: match ecosystem {
            PackageType::Golang => spelling::name(ecosystem, purl.subpath),
            _ => Cow::Borrowed(""),
        },
        version,
        is_source: SOURCE.contains(&arch.as_ref()),
        arch,
        paths: vec![&component.paths],
        shown_name,
        shown_version,
    }
}

/// The version, spelt and as written. A component that states two, in its purl and beside it, is
/// taken at the word of the one that says more. Where they contradict each other it states neither:
/// people read the one and scanners the other, so that somebody is told a version that is not there.
fn version<'a>(
    ecosystem: PackageType,
    name: &str,
    stated: Cow<'a, str>,
    field: &'a str,
) -> (Cow<'a, str>, Cow<'a, str>) {
    let beside = spelling::version(ecosystem, name, Cow::Borrowed(field));
    let own = spelling::version(ecosystem, name, stated.clone());
    if says_no_more(&beside, &own) {
        (own, stated)
    } else if says_no_more(&own, &beside) {
        (beside, Cow::Borrowed(field))
    } else {
        // No version has a space in it.
        let both = format!("{stated} and {}", field.trim());
        (Cow::Owned(both.clone()), Cow::Owned(both))
    }
}

/// Whether a version is another one or a part of it. The epoch may be left out, and what a
/// distribution or a build adds behind a dash.
fn says_no_more(one: &str, other: &str) -> bool {
    let rest = without_epoch(other).strip_prefix(without_epoch(one));
    one.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn without_epoch(version: &str) -> &str {
    match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => version,
    }
}

/// The version with its epoch, which may be a qualifier (purl-spec, types `deb` and `rpm`).
fn with_epoch<'a>(ecosystem: PackageType, purl: &Purl<'a>) -> Cow<'a, str> {
    let epoch = match ecosystem.is_system() && !purl.version.contains(':') {
        true => purl.qualifier("epoch"),
        false => Cow::Borrowed(""),
    };
    match epoch.as_ref() {
        "" | "0" => purl.version.clone(),
        epoch => Cow::Owned(format!("{epoch}:{}", purl.version)),
    }
}

/// The name with its namespace, as the ecosystem joins the two. That of a system package is its
/// distribution, or whoever rebuilt it: the package is the same.
fn full_name<'a>(ecosystem: PackageType, purl: &Purl<'a>) -> Cow<'a, str> {
    let separator = match ecosystem {
        PackageType::Maven => ':',
        PackageType::Npm | PackageType::Composer | PackageType::Golang => '/',
        _ => return purl.name.clone(),
    };
    match purl.namespace.as_ref() {
        "" => purl.name.clone(),
        namespace => Cow::Owned(format!("{namespace}{separator}{}", purl.name)),
    }
}
