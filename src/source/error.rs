//! What can go wrong between a reference and its bytes.
//!
//! Every message names what was read and what is wrong with it; every help says what to do. Text
//! that comes from an image is made printable and cut before it enters a message.

use std::io;
use std::path::Path;

use miette::Diagnostic;
use thiserror::Error;

use super::digest::Digest;
use super::platform::Platform;

/// An image, or a part of it, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum SourceError {
    /// The reference names a path that does not exist.
    #[error("`{path}` does not exist")]
    #[diagnostic(code(source::not_found), help("check the path"))]
    NotFound {
        /// The path.
        path: String,
    },
    /// A file or folder cannot be read.
    #[error("`{path}` cannot be read: {reason}")]
    #[diagnostic(code(source::unreadable), help("check that this user may read it"))]
    Unreadable {
        /// The path.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// The reference has a form that this version does not read.
    #[error("`{reference}`: {what} not supported yet")]
    #[diagnostic(code(source::unsupported_reference))]
    UnsupportedReference {
        /// The reference as given.
        reference: String,
        /// What is not supported, such as `registries are`.
        what: String,
        /// What works instead.
        #[help]
        instead: String,
    },
    /// The reference cannot be understood.
    #[error("`{reference}` is not a reference: {reason}")]
    #[diagnostic(
        code(source::invalid_reference),
        help(
            "write NAME[:TAG|@DIGEST], docker:NAME, podman:NAME, oci-dir:PATH[:TAG|@DIGEST], \
             oci-archive:PATH[:TAG|@DIGEST], docker-archive:PATH[:TAG|@DIGEST], rootfs:PATH \
             or facts:FILE"
        )
    )]
    InvalidReference {
        /// The reference as given.
        reference: String,
        /// Why not.
        reason: String,
    },
    /// The path exists and is no image.
    #[error("`{path}` is not an image: {reason}")]
    #[diagnostic(code(source::not_an_image))]
    NotAnImage {
        /// The path.
        path: String,
        /// What was looked for and not found.
        reason: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// A platform is not written as `os/arch[/variant]`.
    #[error("`{text}` is not a platform")]
    #[diagnostic(
        code(source::invalid_platform),
        help("write os/arch or os/arch/variant, such as linux/arm64 or linux/arm/v7")
    )]
    InvalidPlatform {
        /// The text, made printable.
        text: String,
    },
    /// A digest is malformed or of an unknown algorithm.
    #[error("{what} has the digest `{text}`, which is not a valid one")]
    #[diagnostic(
        code(source::invalid_digest),
        help("a digest is sha256: and 64 lower-case hexadecimal digits, or sha512: and 128")
    )]
    InvalidDigest {
        /// What the digest was given for.
        what: String,
        /// The text, made printable.
        text: String,
    },
    /// A JSON document of the image cannot be understood.
    #[error("{document} is not valid: {reason}")]
    #[diagnostic(
        code(source::invalid_document),
        help("the image is damaged or was written by a broken tool; build or copy it again")
    )]
    InvalidDocument {
        /// Which document.
        document: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// A blob that the image names is not there.
    #[error("{what} ({digest}) is missing")]
    #[diagnostic(code(source::missing_blob))]
    MissingBlob {
        /// What the blob is.
        what: String,
        /// Its digest.
        digest: Digest,
        /// What to do.
        #[help]
        help: String,
    },
    /// A file that the archive names is not in it.
    #[error("{what} (`{name}`) is missing from the archive")]
    #[diagnostic(
        code(source::missing_member),
        help("the archive is incomplete; save the image again")
    )]
    MissingMember {
        /// What the file is.
        what: String,
        /// Its name in the archive, made printable.
        name: String,
    },
    /// A blob has another size than stated.
    #[error("{what} has {found} bytes, and {stated} are stated")]
    #[diagnostic(
        code(source::size_mismatch),
        help("the image is damaged or was changed; copy it again from where it came from")
    )]
    SizeMismatch {
        /// What the blob is.
        what: String,
        /// Bytes stated.
        stated: u64,
        /// Bytes found; at least this many when reading stopped early.
        found: u64,
    },
    /// Bytes do not have the digest they are named by.
    #[error("{what} has the digest {found}, and {expected} is stated")]
    #[diagnostic(
        code(source::digest_mismatch),
        help("the image is damaged or was changed; copy it again from where it came from")
    )]
    DigestMismatch {
        /// What was read.
        what: String,
        /// Digest stated.
        expected: Box<Digest>,
        /// Digest of the bytes.
        found: Box<Digest>,
    },
    /// A blob is a link that leads out of the layout.
    #[error("`{path}` leads out of the image's folder")]
    #[diagnostic(
        code(source::outside_layout),
        help("links out of a layout are not followed; replace the link by the file it points to")
    )]
    OutsideLayout {
        /// The path.
        path: String,
    },
    /// No image has the tag or digest of the reference.
    #[error("`{reference}`: no image is named `{wanted}`; there is\n{available}")]
    #[diagnostic(code(source::no_such_image), help("name one of those"))]
    NoSuchImage {
        /// The reference as given.
        reference: String,
        /// The tag or digest asked for.
        wanted: String,
        /// What there is, a reference and its platforms to a line.
        available: String,
    },
    /// No image is for the platform.
    #[error("`{reference}` has no image for {wanted}; there is {available}")]
    #[diagnostic(
        code(source::no_such_platform),
        help("name one of those with --platform os/arch[/variant]")
    )]
    NoSuchPlatform {
        /// The reference as given.
        reference: String,
        /// The platform asked for, or the default.
        wanted: Box<Platform>,
        /// The platforms there are.
        available: String,
    },
    /// Several images fit the reference.
    #[error("`{reference}` holds several images:\n{available}")]
    #[diagnostic(code(source::ambiguous), help("name one of those"))]
    Ambiguous {
        /// The reference as given.
        reference: String,
        /// What there is, a reference and its platform to a line.
        available: String,
    },
    /// There is nothing to scan.
    #[error("`{reference}` holds no container image{holds}")]
    #[diagnostic(
        code(source::no_image),
        help("attestations, signatures and other artifacts are not images")
    )]
    NoImage {
        /// The reference as given.
        reference: String,
        /// What it holds instead: empty, or starting with `: `.
        holds: String,
    },
    /// A Windows image.
    #[error("`{reference}` is a Windows image")]
    #[diagnostic(code(source::windows_image), help("Windows images are not supported"))]
    WindowsImage {
        /// The reference as given.
        reference: String,
    },
    /// Docker's image manifest version 2, schema 1.
    #[error("{document} is a Docker schema 1 manifest")]
    #[diagnostic(
        code(source::schema_1),
        help(
            "schema 1 is obsolete and cannot be verified; \
             convert the image to OCI, for example with skopeo copy --format oci"
        )
    )]
    SchemaOne {
        /// Which manifest.
        document: String,
    },
    /// An index where the manifest of an artifact belongs.
    #[error("`{name}` is an index, and not an artifact")]
    #[diagnostic(
        code(source::not_an_artifact),
        help("name one manifest of it: oci://NAME@sha256:…")
    )]
    NotAnArtifact {
        /// The name.
        name: String,
    },
    /// A media type that is not read.
    #[error("{what} has the media type `{media_type}`, which is not supported")]
    #[diagnostic(
        code(source::unsupported_media_type),
        help("layers may be tar, tar+gzip or tar+zstd, in OCI's or Docker's words")
    )]
    UnsupportedMediaType {
        /// What has it.
        what: String,
        /// The media type, made printable.
        media_type: String,
    },
    /// An encrypted layer.
    #[error("{what} is encrypted (`{media_type}`)")]
    #[diagnostic(
        code(source::encrypted),
        help("decrypt the image first, for example with skopeo copy --decryption-key")
    )]
    Encrypted {
        /// Which layer.
        what: String,
        /// The media type, made printable.
        media_type: String,
    },
    /// A compression that is not read.
    #[error("{what} is compressed with {compression}, which is not supported")]
    #[diagnostic(code(source::unsupported_compression), help("use gzip, zstd or none"))]
    UnsupportedCompression {
        /// What is compressed.
        what: String,
        /// The name of the compression.
        compression: String,
    },
    /// A compressed archive is damaged.
    #[error("`{path}` cannot be decompressed: {reason}")]
    #[diagnostic(
        code(source::damaged_compression),
        help("the file is cut short or damaged")
    )]
    DamagedCompression {
        /// The path.
        path: String,
        /// What the decompressor said.
        reason: String,
    },
    /// An archive is not sound.
    #[error("`{path}` is not a sound tar archive at byte {offset}: {reason}")]
    #[diagnostic(
        code(source::damaged_archive),
        help("the file is cut short or damaged")
    )]
    DamagedArchive {
        /// The path.
        path: String,
        /// Where, in bytes of the (decompressed) archive.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// Manifest and configuration disagree.
    #[error("the manifest has {layers} layers and the configuration {diff_ids} diff IDs")]
    #[diagnostic(
        code(source::layer_count),
        help("the image was written by a broken tool or changed; build or copy it again")
    )]
    LayerCount {
        /// Layers of the manifest.
        layers: usize,
        /// Diff IDs of the configuration.
        diff_ids: usize,
    },
    /// A reference that is no path, and whose image cannot be had either.
    #[error("there is no path `{reference}`, and as the name of an image: {reason}")]
    #[diagnostic(code(source::no_path_nor_image))]
    NoPathNorImage {
        /// The reference as given.
        reference: String,
        /// What the registry, or the way to it, said.
        reason: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// A registry or daemon cannot be reached.
    #[error("`{host}` cannot be reached: {reason}")]
    #[diagnostic(code(source::unreachable))]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What went wrong on the way.
        reason: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// No daemon answers.
    #[error("{engine} does not answer; it was looked for at {tried}")]
    #[diagnostic(code(source::daemon::none))]
    NoDaemon {
        /// Which daemon.
        engine: String,
        /// Where it was looked for.
        tried: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// A daemon cannot hand out an image.
    #[error("{engine} at {at} cannot hand out `{name}`: {reason}")]
    #[diagnostic(
        code(source::daemon::image),
        help(
            "list its images, pull this one first, or name it without the scheme to read it from its registry"
        )
    )]
    Daemon {
        /// Which daemon.
        engine: String,
        /// Where it listens.
        at: String,
        /// The image.
        name: String,
        /// What it says about it.
        reason: String,
    },
    /// The address of a daemon cannot be used.
    #[error("{variable} cannot be used: {reason}")]
    #[diagnostic(
        code(source::daemon::address),
        help(
            "forward the socket to this machine and name it with unix://PATH, \
             or save the image to a file and name the file"
        )
    )]
    DaemonAddress {
        /// The variable.
        variable: String,
        /// Why not.
        reason: String,
    },
    /// A registry has no such image.
    #[error("the registry `{host}` has no image `{name}`")]
    #[diagnostic(
        code(source::registry::not_found),
        help("check name and tag; some registries hide private images until you log in")
    )]
    RegistryNotFound {
        /// The registry.
        host: String,
        /// Repository and tag or digest.
        name: String,
    },
    /// A registry refuses.
    #[error("the registry `{host}` refuses {what}: {said}")]
    #[diagnostic(
        code(source::registry::denied),
        help(
            "log in with `docker login {host}` or `podman login {host}`, \
             or give --username and --password-stdin"
        )
    )]
    RegistryDenied {
        /// The registry.
        host: String,
        /// What it refuses.
        what: String,
        /// What it says about it.
        said: String,
    },
    /// A registry limits how often it may be asked.
    #[error("the registry `{host}` says that it was asked too often: {said}")]
    #[diagnostic(
        code(source::registry::busy),
        help("wait, or log in: registries allow more to those they know")
    )]
    RegistryBusy {
        /// The registry.
        host: String,
        /// What it says about it.
        said: String,
    },
    /// A registry cannot do what it should.
    #[error("the registry `{host}` fails at {what}: {said}")]
    #[diagnostic(
        code(source::registry::failed),
        help("try again later, or ask who runs it")
    )]
    RegistryFailed {
        /// The registry.
        host: String,
        /// What was asked for.
        what: String,
        /// What it says about it.
        said: String,
    },
    /// A registry answers what no registry answers.
    #[error("`{host}` does not answer like a registry: {reason}")]
    #[diagnostic(
        code(source::registry::answer),
        help("check the name: a web server or a proxy may be answering")
    )]
    RegistryAnswer {
        /// Who answered.
        host: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A layer could not be had in full.
    #[error("{what} broke off after {at} of {size} bytes: {reason}")]
    #[diagnostic(
        code(source::broken_transfer),
        help("the connection or the registry is unsteady; try again")
    )]
    BrokenTransfer {
        /// What was transferred.
        what: String,
        /// Bytes that arrived.
        at: u64,
        /// Bytes stated.
        size: u64,
        /// What broke it.
        reason: String,
    },
    /// Stored credentials cannot be used.
    #[error("{place} cannot be used for credentials: {reason}")]
    #[diagnostic(
        code(source::credentials),
        help(
            "mend it, log in anew, or give --username and --password-stdin; \
             --no-credential-helpers runs no helper"
        )
    )]
    Credentials {
        /// The file or the program.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file of certificates cannot be used.
    #[error("`{path}` cannot be used as --ca-file: {reason}")]
    #[diagnostic(
        code(source::ca_file),
        help("name a file with the authority's certificates in PEM form")
    )]
    CaFile {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A limit was reached.
    #[error("{what} is over the limit of {limit}")]
    #[diagnostic(
        code(source::limit),
        help("the image is larger or deeper than any sound one")
    )]
    Limit {
        /// What is too large, too many or too deep.
        what: String,
        /// The limit and its unit.
        limit: String,
    },
    /// A file changed while it was read.
    #[error("`{path}` changed while it was read")]
    #[diagnostic(code(source::changed), help("scan a folder that nothing writes to"))]
    Changed {
        /// The path.
        path: String,
    },
    /// A layer number that the image does not have.
    #[error("the image has no layer {number}")]
    #[diagnostic(code(source::no_such_layer))]
    NoSuchLayer {
        /// The number, from 1.
        number: usize,
    },
    /// A facts document where an image is needed.
    #[error("`{reference}` is a facts document, not an image")]
    #[diagnostic(code(source::facts_document), help("name an image here"))]
    FactsDocument {
        /// The reference as given.
        reference: String,
    },
}

impl SourceError {
    /// The error that a reader of this room put into an [`io::Error`], if it is one.
    pub fn from_io(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// The same, where the reference may have been meant as a path, and nothing answered to it as
    /// a name.
    pub(super) fn of_a_bare_name(self, reference: &str) -> Self {
        match self {
            Self::Unreachable { .. }
            | Self::RegistryNotFound { .. }
            | Self::RegistryDenied { .. } => Self::NoPathNorImage {
                reference: reference.to_owned(),
                reason: self.to_string(),
                help: self.help().map(|help| help.to_string()).unwrap_or_default(),
            },
            other => other,
        }
    }

    /// `path` could not be opened or read.
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let path = path.display().to_string();
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::Unreadable {
                path,
                reason: error.to_string(),
            },
        }
    }
}

impl From<SourceError> for io::Error {
    fn from(error: SourceError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Text of an image as it may appear in a message: control characters escaped, at most 160
/// characters.
pub(super) fn printable(text: &str) -> String {
    const LONGEST: usize = 160;
    let shown = |c: char| match c {
        '"' | '\'' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    let mut out: String = text.chars().take(LONGEST).map(shown).collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_of_an_image_never_reach_a_message() {
        assert_eq!(
            printable("a\u{1b}[31m\n\u{202e}b\"c\""),
            "a\\u{1b}[31m\\n\\u{202e}b\"c\""
        );
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), 161);
    }
}
