//! The three ways facts are made, each behind one contract.
//!
//! A **probe** runs in the layer pass on one file's first bytes. An **extractor** runs on the
//! merged tree, sees only the paths it asked for, and cannot fail as a whole: it returns facts and
//! gaps. A **derivation** is a function over what probes and extractors gave; it sees no bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::LIST_LIMIT;
use super::evidence::ReadSbom;
use super::exclusions::Exclusion;
use super::model::{
    CredentialFile, Distro, Gap, GapKind, Package, PackageDatabase, PackageType, Repository, Topic,
    TrustKey,
};
use super::probes::Probed;
use super::wanted::Files;
use crate::image::{Algorithms, Digests, Excerpts, FileView};

/// Turns one file's first bytes into a small value. Pure: same bytes, same value.
pub trait Probe: Sync {
    /// Stable name, kebab-case.
    fn name(&self) -> &'static str;
    /// How many of the file's first bytes it needs; 0 when the file does not concern it.
    fn wants(&self, file: &FileView<'_>) -> usize;
    /// Whether it needs all of the file.
    fn whole(&self, _file: &FileView<'_>) -> bool {
        false
    }
    /// Ranges it needs beside them, now that it sees them.
    fn further(&self, _file: &FileView<'_>, _head: &[u8]) -> Vec<Range<u64>> {
        Vec::new()
    }
    /// The value. The first bytes are at least those asked for, or the whole file if it is shorter.
    fn probe(&self, file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Probed>;
}

/// A path an extractor asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// This file, after links.
    Path(&'static str),
    /// The files directly in a directory whose names end so; an empty suffix means all.
    In(&'static str, &'static str),
    /// Files of these names in each directory directly in a directory.
    Below(&'static str, &'static [&'static str]),
    /// The files anywhere whose paths end so; in each component `*` stands for any bytes.
    Anywhere(&'static str),
}

/// Reads one topic from the files it asked for. Blind to other extractors.
pub trait Extractor: Sync {
    /// Stable name, kebab-case.
    fn name(&self) -> &'static str;
    /// What it may read; nothing else is offered.
    fn wants(&self) -> Vec<Want>;
    /// Whether its packages claim files.
    fn claims(&self) -> bool {
        false
    }
    /// Whether its files may be far larger than those of others: they are then read in the second
    /// pass, when it is known which of them count.
    fn reads_large(&self) -> bool {
        false
    }
    /// Facts and gaps.
    fn extract(&self, files: &Files<'_>) -> Extraction;
}

/// What extractors give. Lists are joined in the order of the extractor list, then sorted.
#[derive(Debug, Default)]
pub struct Extraction {
    /// Distribution.
    pub distro: Option<Distro>,
    /// System packages with the files they claim.
    pub packages: Vec<Installed>,
    /// Language packages, which describe themselves, with the files and directories they claim.
    pub described: Vec<Installed>,
    /// Bytes of their texts.
    described_bytes: usize,
    /// Language packages that files name and nothing installed. They own no file; SBOMs are compared
    /// with them.
    pub mentioned: Vec<Mention>,
    /// Bytes of their texts.
    mentioned_bytes: usize,
    /// How many were left out, because they are too many or their texts too long together.
    not_described: u64,
    /// Package databases.
    pub databases: Vec<PackageDatabase>,
    /// Repositories.
    pub repositories: Vec<Repository>,
    /// Keys; their owners are filled in later.
    pub trust_keys: Vec<TrustKey>,
    /// Files with credentials; their owners and sides are filled in later.
    pub credentials: Vec<CredentialFile>,
    /// Paths package tools put in place without listing them, such as alternatives.
    pub generated: Vec<Vec<u8>>,
    /// Packaged paths that were moved aside: a claim on the first by any package but `by` is a
    /// claim on the second.
    pub diversions: Vec<Diversion>,
    /// Paths whose owner and mode the administrator set apart from their package's, without a slash
    /// in front (dpkg-statoverride(1)).
    pub overridden: Vec<Vec<u8>>,
    /// What package tools were told to leave out when they unpack, in the order it was said.
    pub excluded: Vec<Exclusion>,
    /// User names and their numbers.
    pub users: Vec<(String, u64)>,
    /// Group names and their numbers.
    pub groups: Vec<(String, u64)>,
    /// SBOM files; their sides and owners are filled in later.
    pub sboms: Vec<ReadSbom>,
    /// Where the loaders look for libraries.
    pub loader_paths: Option<LoaderPaths>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

impl Extraction {
    /// Adds another extraction.
    pub fn join(&mut self, other: Self) {
        self.distro = self.distro.take().or(other.distro);
        self.packages.extend(other.packages);
        self.describe_all(other.described);
        other
            .mentioned
            .into_iter()
            .for_each(|one| self.mention(one));
        self.not_described = self.not_described.saturating_add(other.not_described);
        self.databases.extend(other.databases);
        self.repositories.extend(other.repositories);
        self.trust_keys.extend(other.trust_keys);
        self.credentials.extend(other.credentials);
        self.generated.extend(other.generated);
        self.diversions.extend(other.diversions);
        self.overridden.extend(other.overridden);
        self.excluded.extend(other.excluded);
        self.users.extend(other.users);
        self.groups.extend(other.groups);
        self.sboms.extend(other.sboms);
        self.loader_paths = self.loader_paths.take().or(other.loader_paths);
        self.gaps.extend(other.gaps);
    }

    /// Cuts the packages of either kind to as many as are taken.
    pub fn cut_packages(&mut self) {
        let named = (Topic::Packages, "packages");
        cut(&mut self.packages, MAX_PACKAGES, named, &mut self.gaps);
        if self.not_described > 0 {
            let detail = format!("{} packages were left out", self.not_described);
            self.gaps.push(Gap {
                topic: Topic::LanguagePackages,
                path: None,
                layer: None,
                kind: GapKind::Limit,
                detail,
            });
        }
    }

    /// Cuts the repositories to as many as are listed.
    pub fn cut_repositories(&mut self) {
        let named = (Topic::Repositories, "repositories");
        cut(&mut self.repositories, LIST_LIMIT, named, &mut self.gaps);
    }

    /// Cuts the keys to as many as are listed.
    pub fn cut_trust_keys(&mut self) {
        let named = (Topic::TrustKeys, "trust keys");
        cut(&mut self.trust_keys, LIST_LIMIT, named, &mut self.gaps);
    }

    /// Cuts the files with credentials to as many as are looked at.
    pub fn cut_credentials(&mut self) {
        let named = (Topic::Credentials, "files with credentials");
        cut(
            &mut self.credentials,
            MAX_CREDENTIALS,
            named,
            &mut self.gaps,
        );
    }

    /// Puts claims where dpkg put the files (dpkg-divert(1)), for everything that compares them.
    pub fn follow_diversions(&mut self) {
        let diverted: BTreeMap<&[u8], &Diversion> = self
            .diversions
            .iter()
            .map(|diversion| (diversion.from.as_slice(), diversion))
            .collect();
        if diverted.is_empty() {
            return;
        }
        for installed in &mut self.packages {
            for claim in &mut installed.claims {
                let diversion = diverted.get(claim.path.as_slice());
                if let Some(diversion) = diversion.filter(|d| d.by != installed.package.name) {
                    claim.path.clone_from(&diversion.to);
                }
            }
        }
    }

    /// Adds a language package, unless there are too many.
    pub fn describe(&mut self, mut installed: Installed) {
        installed.package.drop_long_texts();
        let bytes = self.described_bytes.saturating_add(installed.text_bytes());
        if self.described.len() < MAX_PACKAGES && bytes <= MAX_DESCRIBED_BYTES {
            self.described_bytes = bytes;
            self.described.push(installed);
        } else {
            self.not_described = self.not_described.saturating_add(1);
        }
    }

    /// Adds a package that is only mentioned, unless there are too many.
    pub fn mention(&mut self, mention: Mention) {
        let Package {
            name,
            version,
            database,
            ..
        } = &mention.package;
        let lengths = [name.len(), version.len(), database.len()];
        let bytes = lengths
            .into_iter()
            .fold(self.mentioned_bytes, usize::saturating_add);
        if self.mentioned.len() < MAX_PACKAGES && bytes <= MAX_DESCRIBED_BYTES {
            self.mentioned_bytes = bytes;
            self.mentioned.push(mention);
        } else {
            self.not_described = self.not_described.saturating_add(1);
        }
    }

    /// Adds language packages.
    pub fn describe_all(&mut self, all: impl IntoIterator<Item = Installed>) {
        for installed in all {
            self.describe(installed);
        }
    }

    /// Notes a gap in the file at a path and layer.
    pub fn gap(&mut self, topic: Topic, kind: GapKind, at: (&str, u32), detail: &str) {
        self.gaps.push(Gap {
            topic,
            path: Some(at.0.to_owned()),
            layer: Some(at.1),
            kind,
            detail: detail.to_owned(),
        });
    }
}

/// A language package that a file of the image names beside the installed ones.
#[derive(Debug, Clone)]
pub struct Mention {
    /// The package; its database is that file.
    pub package: Package,
    /// Whether the file describes what lies around it: the application itself, or a part of a module.
    /// Otherwise it only says what is needed to build that, which may be there or not.
    pub is_there: bool,
}

/// Directories the loaders are configured to look for libraries in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoaderPaths {
    /// Of `ld.so.conf`, in order.
    pub glibc: Vec<String>,
    /// Of `ld-musl-ARCH.path`, by musl's name of the architecture.
    pub musl: BTreeMap<String, Vec<String>>,
    /// `LD_LIBRARY_PATH` of the image's configuration. Values of variables are never printed.
    pub environment: Vec<String>,
    /// Whether the configuration names directories that were not read.
    pub incomplete: bool,
}

/// A package as its database describes it, with the files it claims.
#[derive(Debug)]
pub struct Installed {
    /// The record that goes into the document.
    pub package: Package,
    /// Files and links it claims, directories included where the list has them.
    pub claims: Vec<Claim>,
    /// How complete that list is.
    pub list: FileList,
    /// Directories all of whose files are its own, but for what lies in another package's such
    /// directory below.
    pub trees: Vec<Vec<u8>>,
}

impl Installed {
    /// Bytes of its texts, claims apart, which are counted where they are read.
    pub fn text_bytes(&self) -> usize {
        let Package {
            name,
            version,
            database,
            purl,
            maintainer,
            ..
        } = &self.package;
        let optional = [purl, maintainer].into_iter().flatten().map(String::len);
        let licenses = self.package.licenses.iter().map(String::len);
        let trees = self.trees.iter().map(Vec::len);
        let lengths = [name.len(), version.len(), database.len()].into_iter();
        let all = lengths.chain(optional).chain(licenses).chain(trees);
        all.fold(0, usize::saturating_add)
    }

    /// Whether its database records a digest for every file that is neither link nor
    /// configuration, as dpkg does.
    pub fn lists_content(&self) -> bool {
        self.package.package_type == PackageType::Deb
            && self.claims.iter().any(|claim| claim.digest.is_some())
    }
}

/// What a database says about a package's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileList {
    /// Every file and link.
    Full,
    /// Regular files that are not configuration (dpkg's md5sums).
    Content,
    /// Nothing.
    None,
}

/// One path a package claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Path without a slash in front, as recorded.
    pub path: Vec<u8>,
    /// Digest of its content, if recorded.
    pub digest: Option<RecordedDigest>,
    /// What else is recorded of it; `None` where the database has no such thing.
    pub attributes: Option<Box<Attributes>>,
    /// What the package says of the file's role.
    pub flags: ClaimFlags,
}

impl Claim {
    /// A path of which nothing but its name is recorded.
    pub fn new(path: Vec<u8>) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }
}

/// What a database records of a path beside its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// File type and permission bits as in `st_mode` (inode(7)); the type bits are 0 where only
    /// permissions are recorded.
    pub mode: Option<u32>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Owning user, by name (rpm) or number.
    pub user: Option<Account>,
    /// Owning group, likewise.
    pub group: Option<Account>,
    /// Target of a symbolic link, as written.
    pub link_target: Option<Vec<u8>>,
}

/// A user or group as a database records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// By name.
    Name(Box<str>),
    /// By number.
    Number(u64),
}

/// What a package says of a file's role. All false where the format has no such flag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClaimFlags {
    /// Configuration: dpkg's conffiles, rpm's `%config`, pacman's `backup`.
    pub configuration: bool,
    /// Documentation: rpm's `%doc`, `%license`.
    pub documentation: bool,
    /// rpm's `%ghost`: owned and not shipped.
    pub ghost: bool,
    /// rpm's `%config(missingok)`: may be absent.
    pub may_be_missing: bool,
    /// The database says that it was never installed (rpm's file state `not installed`, `nodocs`).
    pub not_installed: bool,
    /// Its content may become another than the recorded one: rpm's `%verify(not filedigest)`.
    pub content_may_change: bool,
    /// Its permissions may become others: rpm's `%verify(not mode)`.
    pub mode_may_change: bool,
}

/// Packages of one image: ten times what the fullest desktop has. Rules walk over all of them.
pub const MAX_PACKAGES: usize = 50_000;

/// Files with credentials that are looked at: a thousand times what anybody forgot in an image.
pub const MAX_CREDENTIALS: usize = 50_000;

/// Bytes of the texts of all language packages: the fullest real images have some megabytes.
pub const MAX_DESCRIBED_BYTES: usize = 32 << 20;

/// Cuts a list that has more than `limit` items and says so; `what` names them.
pub fn cut<T>(list: &mut Vec<T>, limit: usize, (topic, what): (Topic, &str), gaps: &mut Vec<Gap>) {
    if list.len() > limit {
        list.truncate(limit);
        gaps.push(Gap {
            topic,
            path: None,
            layer: None,
            kind: GapKind::Limit,
            detail: format!("only the first {limit} {what} were taken"),
        });
    }
}

/// Files that the packages of one database may claim in all. Each takes about a hundred bytes of
/// memory and a look-up; the fullest real images have a tenth of it.
pub const MAX_CLAIMS: usize = 1_000_000;

/// A digest a package database records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordedDigest {
    /// dpkg; pacman's configuration.
    Md5([u8; 16]),
    /// apk; old rpm.
    Sha1([u8; 20]),
    /// rpm, chisel, pacman.
    Sha256([u8; 32]),
}

impl RecordedDigest {
    /// What must be computed to compare with it.
    pub fn algorithm(self) -> Algorithms {
        Algorithms {
            md5: matches!(self, Self::Md5(_)),
            sha1: matches!(self, Self::Sha1(_)),
            sha256: matches!(self, Self::Sha256(_)),
        }
    }

    /// Whether it is the one that was computed; false where none of its algorithm was.
    pub fn is_of(self, digests: Digests) -> bool {
        match self {
            Self::Md5(bytes) => digests.md5 == Some(bytes),
            Self::Sha1(bytes) => digests.sha1 == Some(bytes),
            Self::Sha256(bytes) => digests.sha256 == Some(bytes),
        }
    }

    /// Name of its algorithm as facts print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5(_) => "md5",
            Self::Sha1(_) => "sha1",
            Self::Sha256(_) => "sha256",
        }
    }
}

/// A dpkg diversion (dpkg-divert(1)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diversion {
    /// Path that packages claim.
    pub from: Vec<u8>,
    /// Where their file really is.
    pub to: Vec<u8>,
    /// Package whose own file stays at `from`; `:` for the local administrator.
    pub by: String,
}
