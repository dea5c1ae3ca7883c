//! One header as a package with its files.

use super::header::{Header, tag};
use crate::facts::contract::{
    Account, Attributes, Claim, ClaimFlags, FileList, Installed, MAX_CLAIMS, RecordedDigest,
};
use crate::facts::extractors::openpgp::issuers;
use crate::facts::model::{Package, PackageType, SourcePackage};
use crate::facts::text::lossless;

/// Bytes of one packaged path, and of all of them: a directory is written once and counts for every
/// file in it.
const MAX_PATH: usize = 4_096;
const MAX_PATH_BYTES: usize = 128 << 20;

/// File flags (rpm, `include/rpm/rpmfiles.h`, `rpmfileAttrs_e`).
const CONFIG: u32 = 1;
const DOC: u32 = 1 << 1;
const MISSING_OK: u32 = 1 << 3;
const GHOST: u32 = 1 << 6;
const LICENSE: u32 = 1 << 7;
const README: u32 = 1 << 8;
/// File states other than `normal`: replaced, not installed, net shared, wrong colour
/// (`rpmfileState_e`). rpm verifies none of them.
const NOT_OURS: std::ops::RangeInclusive<u32> = 1..=4;
/// Digest algorithms, numbered as in OpenPGP (RFC 9580, section 9.5); MD5 where none is named.
const MD5: u32 = 1;
const SHA1: u32 = 2;
const SHA256: u32 = 8;

/// Keys that were imported stand among the packages under this name.
const KEY_NAME: &[u8] = b"gpg-pubkey";

/// What one header holds.
pub(super) enum Found {
    /// A package.
    Package(Box<Installed>),
    /// An OpenPGP certificate, armoured.
    Key(Vec<u8>),
}

/// Reads headers, and counts what all of them together hold.
#[derive(Default)]
pub(super) struct Reader {
    paths: usize,
    path_bytes: usize,
    /// Paths that were left out.
    pub(super) left_out: u64,
    /// Digests of an algorithm that is not computed.
    pub(super) odd_digests: u64,
}

impl Reader {
    /// The package or key in a header; `None` when it names neither.
    pub(super) fn read(&mut self, blob: &[u8], database: &(String, u32)) -> Option<Found> {
        let header = Header::read(blob)?;
        let name = header.text(tag::NAME)?;
        let (version, release) = (header.text(tag::VERSION)?, header.text(tag::RELEASE)?);
        if name == KEY_NAME {
            return Some(Found::Key(header.text(tag::DESCRIPTION)?.to_vec()));
        }
        if name.is_empty() || version.is_empty() {
            return None;
        }
        let mut full = format!("{}-{}", lossless(version), lossless(release));
        if let Some(epoch) = header.numbers(tag::EPOCH).first() {
            full = format!("{epoch}:{full}");
        }
        let text = |tag| header.text(tag).map(lossless).filter(|text| is_said(text));
        let source = text(tag::SOURCE_RPM);
        let package = Package {
            arch: text(tag::ARCH),
            source: source.as_deref().and_then(source_package),
            vendor: text(tag::VENDOR),
            packager: text(tag::PACKAGER),
            modularity: text(tag::MODULARITY_LABEL),
            licenses: text(tag::LICENSE).into_iter().collect(),
            signature_keys: signature_keys(&header),
            ..Package::new(PackageType::Rpm, lossless(name), full, database.clone())
        };
        Some(Found::Package(Box::new(Installed {
            package,
            claims: self.claims(&header),
            list: FileList::Full,
        })))
    }

    fn claims(&mut self, header: &Header<'_>) -> Vec<Claim> {
        let recorded = Recorded::read(header);
        let names = header.texts(tag::BASE_NAMES);
        if names.is_empty() {
            let names = header.texts(tag::OLD_FILE_NAMES).into_iter().enumerate();
            return names
                .filter_map(|(at, path)| self.claim(&recorded, at, &[path]))
                .collect();
        }
        let directories = header.texts(tag::DIR_NAMES);
        let indexes = header.numbers(tag::DIR_INDEXES);
        let parts = names.into_iter().zip(indexes).enumerate();
        let mut claims = Vec::new();
        for (at, (name, directory)) in parts {
            let index = usize::try_from(directory).unwrap_or(usize::MAX);
            match directories.get(index) {
                Some(directory) => claims.extend(self.claim(&recorded, at, &[directory, name])),
                None => self.left_out = self.left_out.saturating_add(1),
            }
        }
        claims
    }

    fn claim(&mut self, recorded: &Recorded<'_>, at: usize, parts: &[&[u8]]) -> Option<Claim> {
        let length = parts
            .iter()
            .fold(0usize, |sum, part| sum.saturating_add(part.len()));
        self.paths = self.paths.saturating_add(1);
        self.path_bytes = self.path_bytes.saturating_add(length);
        let too_many = self.paths > MAX_CLAIMS || self.path_bytes > MAX_PATH_BYTES;
        if length > MAX_PATH || too_many {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        let path = parts.concat();
        let path = path.strip_prefix(b"/").map_or(path.clone(), <[u8]>::to_vec);
        let (digest, odd) = recorded.digest(at);
        self.odd_digests = self.odd_digests.saturating_add(u64::from(odd));
        Some(Claim {
            digest,
            attributes: Some(Box::new(recorded.attributes(at))),
            flags: recorded.flags(at),
            ..Claim::new(path)
        })
    }
}

/// What a header records of files, in the order of their names.
struct Recorded<'a> {
    algorithm: u32,
    digests: Vec<&'a [u8]>,
    modes: Vec<u32>,
    sizes: Vec<u32>,
    long_sizes: Vec<u64>,
    users: Vec<&'a [u8]>,
    groups: Vec<&'a [u8]>,
    links: Vec<&'a [u8]>,
    flags: Vec<u32>,
    states: Vec<u32>,
}

impl<'a> Recorded<'a> {
    fn read(header: &Header<'a>) -> Self {
        let algorithm = header.numbers(tag::FILE_DIGEST_ALGORITHM);
        Self {
            algorithm: algorithm.first().copied().unwrap_or(MD5),
            digests: header.texts(tag::FILE_DIGESTS),
            modes: header.numbers(tag::FILE_MODES),
            sizes: header.numbers(tag::FILE_SIZES),
            long_sizes: header.long_numbers(tag::LONG_FILE_SIZES),
            users: header.texts(tag::FILE_USERS),
            groups: header.texts(tag::FILE_GROUPS),
            links: header.texts(tag::FILE_LINK_TOS),
            flags: header.numbers(tag::FILE_FLAGS),
            states: header.numbers(tag::FILE_STATES),
        }
    }

    /// The digest, if one is recorded that is computed as well; else whether one is recorded.
    fn digest(&self, at: usize) -> (Option<RecordedDigest>, bool) {
        let Some(text) = self.digests.get(at).filter(|text| !text.is_empty()) else {
            return (None, false);
        };
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text).ok();
        let digest = bytes.and_then(|bytes| match self.algorithm {
            MD5 => bytes.try_into().ok().map(RecordedDigest::Md5),
            SHA1 => bytes.try_into().ok().map(RecordedDigest::Sha1),
            SHA256 => bytes.try_into().ok().map(RecordedDigest::Sha256),
            _ => None,
        });
        (digest, digest.is_none())
    }

    fn attributes(&self, at: usize) -> Attributes {
        let short = self.sizes.get(at).copied().map(u64::from);
        let link = self.links.get(at).filter(|link| !link.is_empty());
        Attributes {
            mode: self.modes.get(at).copied(),
            size: self.long_sizes.get(at).copied().or(short),
            user: self.users.get(at).map(|name| account(name)),
            group: self.groups.get(at).map(|name| account(name)),
            link_target: link.map(|link| link.to_vec()),
        }
    }

    fn flags(&self, at: usize) -> ClaimFlags {
        let flags = self.flags.get(at).copied().unwrap_or(0);
        let has = |bits: u32| flags & bits != 0;
        ClaimFlags {
            configuration: has(CONFIG),
            documentation: has(DOC | LICENSE | README),
            ghost: has(GHOST),
            may_be_missing: has(MISSING_OK),
            not_installed: self
                .states
                .get(at)
                .is_some_and(|state| NOT_OURS.contains(state)),
        }
    }
}

/// `root` is user and group 0 everywhere.
fn account(name: &[u8]) -> Account {
    match name {
        b"root" => Account::Number(0),
        name => Account::Name(lossless(name).into()),
    }
}

/// rpm's word for nothing.
fn is_said(text: &str) -> bool {
    !text.is_empty() && text != "(none)"
}

/// `name-version-release.src.rpm`; `nosrc` where the sources may not be passed on.
pub(super) fn source_package(file: &str) -> Option<SourcePackage> {
    let stem = file
        .strip_suffix(".src.rpm")
        .or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let mut dashes = stem.rmatch_indices('-').map(|(at, _)| at);
    let (_, at) = (dashes.next()?, dashes.next()?);
    let (name, version) = stem.split_at_checked(at)?;
    Some(SourcePackage {
        name: name.to_owned(),
        version: Some(version.trim_start_matches('-').to_owned()),
        commit: None,
    })
}

/// Key IDs of the signatures over the header, or of old over header and payload.
fn signature_keys(header: &Header<'_>) -> Vec<String> {
    let mut keys: Vec<String> = [tag::RSA_HEADER, tag::DSA_HEADER, tag::SIG_PGP, tag::SIG_GPG]
        .into_iter()
        .filter_map(|tag| header.bytes(tag))
        .flat_map(issuers)
        .collect();
    for text in header.texts(tag::OPENPGP) {
        let packets = data_encoding::BASE64.decode(text).unwrap_or_default();
        keys.extend(issuers(&packets));
    }
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_packages_are_split_from_the_right() {
        let of = |file: &str| source_package(file).map(|s| (s.name, s.version));
        let named = |name: &str, version: &str| Some((name.to_owned(), Some(version.to_owned())));
        assert_eq!(of("bash-5.1.8-6.el9.src.rpm"), named("bash", "5.1.8-6.el9"));
        assert_eq!(of("a-b-1-2.nosrc.rpm"), named("a-b", "1-2"));
        assert_eq!(of("bash.src.rpm"), None);
        assert_eq!(of("bash-5.1.8-6.el9.x86_64.rpm"), None);
    }

    const HEADERS: &[u8] = include_bytes!("../../../../tests/fixtures/rpm/headers.bin");
    const DUMP: &str = include_str!("../../../../tests/fixtures/rpm/dump.txt");

    /// A claim as `rpm -ql --dump` prints a file, the time left out.
    fn dumped(claim: &Claim) -> String {
        let recorded = claim.attributes.as_ref().unwrap();
        let account = |account: &Option<Account>| match account {
            Some(Account::Name(name)) => name.to_string(),
            Some(Account::Number(_)) => "root".to_owned(),
            None => "(none)".to_owned(),
        };
        let digest = match claim.digest {
            Some(RecordedDigest::Sha256(digest)) => data_encoding::HEXLOWER.encode(&digest),
            _ => "0".repeat(64),
        };
        let link = recorded.link_target.as_deref().unwrap_or(b"X");
        let mode = recorded.mode.unwrap();
        format!(
            "/{} {} {digest} 0{mode:o} {} {} {} {} {}",
            lossless(&claim.path),
            recorded.size.unwrap(),
            account(&recorded.user),
            account(&recorded.group),
            u8::from(claim.flags.configuration),
            u8::from(claim.flags.documentation),
            lossless(link),
        )
    }

    #[test]
    fn files_are_recorded_as_rpm_prints_them() {
        let mut rest = HEADERS;
        let mut lines = Vec::new();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (blob, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            let found = Reader::default().read(blob, &("/var/lib/rpm".to_owned(), 1));
            let Some(Found::Package(installed)) = found else {
                panic!("no package");
            };
            lines.extend(installed.claims.iter().map(dumped));
            rest = after;
        }
        let mut expected: Vec<String> = DUMP
            .lines()
            .map(|line| {
                let mut fields: Vec<&str> = line.split(' ').collect();
                // Time, and device number.
                fields.remove(9);
                fields.remove(2);
                fields.join(" ")
            })
            .collect();
        lines.sort();
        expected.sort();
        assert_eq!(lines, expected);
    }
}
