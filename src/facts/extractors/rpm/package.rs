//! One header as a package with its files.

use super::header::{Header, Malformed, Numbers, Texts, tag};
use crate::facts::contract::{
    Account, Attributes, Claim, ClaimFlags, FileList, Installed, MAX_CLAIMS, RecordedDigest,
};
use crate::facts::extractors::openpgp::issuers;
use crate::facts::model::{Package, PackageType, SourcePackage};
use crate::facts::text::lossless;

/// Bytes of one packaged path, and of all texts kept of files, their owners and link targets
/// included: a directory is written once and counts for every file in it.
const MAX_PATH: usize = 4_096;
const MAX_TEXT_BYTES: usize = 128 << 20;
/// What a text takes at least, however short it is.
const LEAST_TEXT_BYTES: usize = 24;

/// File flags (rpm, `include/rpm/rpmfiles.h`, `rpmfileAttrs_e`).
const CONFIG: u64 = 1;
const DOC: u64 = 1 << 1;
const MISSING_OK: u64 = 1 << 3;
const GHOST: u64 = 1 << 6;
const LICENSE: u64 = 1 << 7;
const README: u64 = 1 << 8;
/// File states other than `normal`: replaced, not installed, net shared, wrong colour
/// (`rpmfileState_e`). rpm verifies none of them.
const NOT_OURS: std::ops::RangeInclusive<u64> = 1..=4;
/// What rpm compares of a file, as `%verify` says (`include/rpm/rpmfiles.h`, `rpmVerifyAttrs_e`).
const VERIFY_DIGEST: u64 = 1;
const VERIFY_SIZE: u64 = 1 << 1;
const VERIFY_LINK: u64 = 1 << 2;
const VERIFY_USER: u64 = 1 << 3;
const VERIFY_GROUP: u64 = 1 << 4;
const VERIFY_MODE: u64 = 1 << 6;
/// Digest algorithms, numbered as in OpenPGP (RFC 9580, section 9.5); MD5 where none is named.
const MD5: u64 = 1;
const SHA1: u64 = 2;
const SHA256: u64 = 8;

/// Signatures looked at of one package that may have any number (rpm 6).
const MAX_SIGNATURES: usize = 16;

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
    text_bytes: usize,
    /// Headers that are not what their own digest says; rpm leaves them out as well.
    pub(super) altered: u64,
    /// Headers that name nothing, or of which something cannot be read.
    pub(super) malformed: u64,
    /// Paths that were left out.
    pub(super) left_out: u64,
    /// Digests of an algorithm that is not computed.
    pub(super) odd_digests: u64,
}

impl Reader {
    /// The package or key in a header; `None` when it was counted as something else.
    pub(super) fn read(&mut self, blob: &[u8], database: &(String, u32)) -> Option<Found> {
        let found =
            Header::read(blob)
                .ok_or(Malformed)
                .and_then(|header| match header.is_intact()? {
                    Some(false) => Ok(None),
                    _ => self.found(&header, database).map(Some),
                });
        match found {
            Ok(Some(found)) => return Some(found),
            Ok(None) => self.altered = self.altered.saturating_add(1),
            Err(Malformed) => self.malformed = self.malformed.saturating_add(1),
        }
        None
    }

    fn found(&mut self, header: &Header<'_>, database: &(String, u32)) -> Result<Found, Malformed> {
        let said = |tag| header.text(tag).and_then(|text| text.ok_or(Malformed));
        let (name, version, release) = (said(tag::NAME)?, said(tag::VERSION)?, said(tag::RELEASE)?);
        if name == KEY_NAME {
            return Ok(Found::Key(said(tag::DESCRIPTION)?.to_vec()));
        }
        if name.is_empty() || version.is_empty() {
            return Err(Malformed);
        }
        let mut full = format!("{}-{}", lossless(version), lossless(release));
        if let Some(epoch) = header.numbers(tag::EPOCH)?.next() {
            full = format!("{epoch}:{full}");
        }
        let text = |tag| -> Result<Option<String>, Malformed> {
            Ok(header.text(tag)?.map(lossless).filter(|text| is_said(text)))
        };
        let source = text(tag::SOURCE_RPM)?;
        let package = Package {
            arch: text(tag::ARCH)?,
            source: source.as_deref().and_then(source_package),
            vendor: text(tag::VENDOR)?,
            packager: text(tag::PACKAGER)?,
            modularity: text(tag::MODULARITY_LABEL)?,
            licenses: text(tag::LICENSE)?.into_iter().collect(),
            signature_keys: signature_keys(header)?,
            ..Package::new(PackageType::Rpm, lossless(name), full, database.clone())
        };
        Ok(Found::Package(Box::new(Installed {
            package,
            claims: self.claims(header)?,
            list: FileList::Full,
            trees: Vec::new(),
        })))
    }

    fn claims(&mut self, header: &Header<'_>) -> Result<Vec<Claim>, Malformed> {
        let names = header.texts(tag::BASE_NAMES)?;
        let indexes = header.numbers(tag::DIR_INDEXES)?;
        let directories: Vec<&[u8]> = header.texts(tag::DIR_NAMES)?.collect();
        // Before rpm 4.0, paths were written in full.
        let old = header.texts(tag::OLD_FILE_NAMES)?;
        let mut recorded = Recorded::read(header)?;
        if names.len() != indexes.len() || !recorded.are_of(names.len().max(old.len())) {
            return Err(Malformed);
        }
        let mut claims = Vec::new();
        if names.len() == 0 {
            for path in old {
                claims.extend(self.claim(recorded.next_file(), [b"", path]));
            }
        }
        for (name, index) in names.zip(indexes) {
            let directory = usize::try_from(index).ok().and_then(|i| directories.get(i));
            let directory = directory.ok_or(Malformed)?;
            claims.extend(self.claim(recorded.next_file(), [directory, name]));
        }
        Ok(claims)
    }

    /// A claim, unless its path is too long or there are too many.
    fn claim(&mut self, file: File<'_>, [directory, name]: [&[u8]; 2]) -> Option<Claim> {
        let length = directory.len().saturating_add(name.len());
        self.paths = self.paths.saturating_add(1);
        let attributes = file.attributes();
        self.text_bytes = self
            .text_bytes
            .saturating_add(length.max(LEAST_TEXT_BYTES))
            .saturating_add(text_bytes(&attributes));
        let too_many = self.paths > MAX_CLAIMS || self.text_bytes > MAX_TEXT_BYTES;
        if length > MAX_PATH || too_many {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        let directory = directory.strip_prefix(b"/").unwrap_or(directory);
        let mut path = [directory, name].concat();
        if directory.is_empty() && path.first() == Some(&b'/') {
            path.remove(0);
        }
        let (digest, odd) = file.digest();
        self.odd_digests = self.odd_digests.saturating_add(u64::from(odd));
        Some(Claim {
            digest,
            attributes: Some(Box::new(attributes)),
            flags: file.flags(),
            ..Claim::new(path)
        })
    }
}

/// What a header records of files, in the order of their names.
struct Recorded<'a> {
    algorithm: u64,
    digests: Texts<'a>,
    modes: Numbers<'a>,
    sizes: Numbers<'a>,
    users: Texts<'a>,
    groups: Texts<'a>,
    links: Texts<'a>,
    flags: Numbers<'a>,
    states: Numbers<'a>,
    verify: Numbers<'a>,
}

/// What is recorded of one file.
struct File<'a> {
    algorithm: u64,
    digest: Option<&'a [u8]>,
    mode: Option<u64>,
    size: Option<u64>,
    user: Option<&'a [u8]>,
    group: Option<&'a [u8]>,
    link: Option<&'a [u8]>,
    flags: u64,
    state: Option<u64>,
    verify: u64,
}

impl<'a> Recorded<'a> {
    fn read(header: &Header<'a>) -> Result<Self, Malformed> {
        let mut algorithm = header.numbers(tag::FILE_DIGEST_ALGORITHM)?;
        let long = header.numbers(tag::LONG_FILE_SIZES)?;
        Ok(Self {
            algorithm: algorithm.next().unwrap_or(MD5),
            digests: header.texts(tag::FILE_DIGESTS)?,
            modes: header.numbers(tag::FILE_MODES)?,
            // Only where a file of the package has 4 GiB or more.
            sizes: match long.len() {
                0 => header.numbers(tag::FILE_SIZES)?,
                _ => long,
            },
            users: header.texts(tag::FILE_USERS)?,
            groups: header.texts(tag::FILE_GROUPS)?,
            links: header.texts(tag::FILE_LINK_TOS)?,
            flags: header.numbers(tag::FILE_FLAGS)?,
            states: header.numbers(tag::FILE_STATES)?,
            verify: header.numbers(tag::FILE_VERIFY_FLAGS)?,
        })
    }

    /// Whether each list is left out, or as long as the list of names.
    fn are_of(&self, files: usize) -> bool {
        [
            self.digests.len(),
            self.modes.len(),
            self.sizes.len(),
            self.users.len(),
            self.groups.len(),
            self.links.len(),
            self.flags.len(),
            self.states.len(),
            self.verify.len(),
        ]
        .iter()
        .all(|&length| length == 0 || length == files)
    }

    fn next_file(&mut self) -> File<'a> {
        File {
            algorithm: self.algorithm,
            digest: self.digests.next().filter(|text| !text.is_empty()),
            mode: self.modes.next(),
            size: self.sizes.next(),
            user: self.users.next(),
            group: self.groups.next(),
            link: self.links.next().filter(|text| !text.is_empty()),
            flags: self.flags.next().unwrap_or(0),
            state: self.states.next(),
            // rpm itself compares nothing without this list, which rpmbuild always writes.
            verify: self.verify.next().unwrap_or(u64::MAX),
        }
    }
}

impl File<'_> {
    /// The digest, if one is recorded that is computed as well; else whether one is recorded.
    fn digest(&self) -> (Option<RecordedDigest>, bool) {
        let Some(text) = self.digest else {
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

    /// Whether rpm compares this of the file (`lib/verify.c`, `rpmfilesVerify`).
    fn verifies(&self, what: u64) -> bool {
        self.verify & what != 0
    }

    /// What is recorded and to be compared. The type in the mode is always of use; whether the
    /// permissions are to be compared is among the flags.
    fn attributes(&self) -> Attributes {
        let is_ghost = self.flags & GHOST != 0;
        let (user, group) = (self.verifies(VERIFY_USER), self.verifies(VERIFY_GROUP));
        let link = self.verifies(VERIFY_LINK) && !is_ghost;
        Attributes {
            mode: self.mode.and_then(|mode| u32::try_from(mode).ok()),
            size: self.size.filter(|_| self.verifies(VERIFY_SIZE)),
            user: self.user.filter(|_| user).map(account),
            group: self.group.filter(|_| group).map(account),
            link_target: self.link.filter(|_| link).map(<[u8]>::to_vec),
        }
    }

    fn flags(&self) -> ClaimFlags {
        let has = |bits: u64| self.flags & bits != 0;
        ClaimFlags {
            configuration: has(CONFIG),
            documentation: has(DOC | LICENSE | README),
            ghost: has(GHOST),
            may_be_missing: has(MISSING_OK),
            not_installed: self.state.is_some_and(|state| NOT_OURS.contains(&state)),
            content_may_change: !self.verifies(VERIFY_DIGEST),
            mode_may_change: !self.verifies(VERIFY_MODE),
        }
    }
}

/// Bytes of the texts in what is recorded of a file.
fn text_bytes(recorded: &Attributes) -> usize {
    let account = |account: &Option<Account>| match account {
        Some(Account::Name(name)) => name.len().max(LEAST_TEXT_BYTES),
        _ => 0,
    };
    let link = recorded.link_target.as_ref();
    let link = link.map_or(0, |target| target.len().max(LEAST_TEXT_BYTES));
    let accounts = account(&recorded.user).saturating_add(account(&recorded.group));
    accounts.saturating_add(link)
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
fn signature_keys(header: &Header<'_>) -> Result<Vec<String>, Malformed> {
    let mut keys = Vec::new();
    for tag in [tag::RSA_HEADER, tag::DSA_HEADER, tag::SIG_PGP, tag::SIG_GPG] {
        keys.extend(header.bytes(tag)?.map(issuers).unwrap_or_default());
    }
    for text in header.texts(tag::OPENPGP)?.take(MAX_SIGNATURES) {
        let packets = data_encoding::BASE64.decode(text).unwrap_or_default();
        keys.extend(issuers(&packets));
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
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
            // A ghost's is not compared, and printed as 0.
            recorded.size.unwrap_or(0),
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
