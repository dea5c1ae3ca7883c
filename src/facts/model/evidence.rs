//! What all evidence has in common: where it was found, what it speaks of, who signed it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttachedTo, Side};

/// Where a piece of evidence was found.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// A file inside the image.
    Image,
    /// Attached to the image in its registry or layout.
    Attached,
    /// A file the user named (`--sbom`, `--attestation`, `--bundle`).
    Given,
}

/// Where a piece of evidence was found, exactly enough to fetch it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceOrigin {
    /// Which kind of place.
    pub kind: OriginKind,
    /// Path in the image, or the name of the file that was given, as it was typed.
    pub path: Option<String>,
    /// Layer of the file.
    pub layer: Option<u32>,
    /// Base or added; unknown for what is no file of the image.
    pub side: Side,
    /// Package that owns the file, when one does.
    pub owner: Option<String>,
    /// Digest of the manifest of the artifact it was attached by.
    pub artifact: Option<String>,
    /// Which of the image's digests that artifact is attached to.
    pub attached_to: Option<AttachedTo>,
    /// SHA-256 of the bytes: `sha256:<hex>`; null where they were not read.
    pub digest: Option<String>,
    /// Bytes.
    pub size: u64,
}

/// What a statement, signature or SBOM speaks of, compared with the image that is read.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SubjectIs {
    /// This image's manifest, that is, this platform.
    Platform,
    /// The index this image was chosen from, that is, all its platforms.
    Index,
    /// Another digest than this image has.
    AnotherImage,
    /// It names no digest that could be compared.
    #[default]
    Unstated,
}

/// The subject of a piece of evidence.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSubject {
    /// What it is to this image: the best of its digests counts.
    pub is: SubjectIs,
    /// The digests it names, as `algorithm:hex`, at most 16.
    pub digests: Vec<String>,
    /// The name it gives, such as a reference or purl.
    pub name: Option<String>,
}

/// What came of checking a signature.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Good, and by a signer that was named beforehand: a key or identity of the user's or a pin.
    Verified,
    /// Cryptographically good; the signer is named and nobody said to trust it.
    Authentic,
    /// Wrong: see the reason.
    Invalid,
    /// It cannot be checked: the reason says what is missing.
    Unverifiable,
    /// There is no signature.
    #[default]
    Unsigned,
}

/// Who signed.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// Of a key: SHA-256 of its SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7), `sha256:<hex>`.
    pub key: Option<String>,
    /// Of a certificate: its subject alternative name (an e-mail address or URI).
    pub identity: Option<String>,
    /// Of a certificate of Fulcio: the OpenID Connect issuer (Fulcio's oid-info.md,
    /// 1.3.6.1.4.1.57264.1.8 and .1.1).
    pub issuer: Option<String>,
    /// Of any other certificate: its subject.
    pub certificate: Option<String>,
}

/// A signature, checked.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// What came of it.
    pub verdict: Verdict,
    /// Why it is not verified, in one sentence without a full stop; null when it is.
    pub reason: Option<String>,
    /// Who signed, as far as the signature or the key that fits it says.
    pub signer: Option<Signer>,
    /// Name of the key, identity or pin that named the signer beforehand.
    pub trusted_as: Option<String>,
    /// When it was signed, RFC 3339, by a log or timestamp authority that was checked; null where no
    /// checked time is known.
    pub signed_at: Option<String>,
    /// Whether an entry in a transparency log was checked (Rekor: inclusion proof or signed entry
    /// timestamp).
    pub logged: bool,
}

/// Form of a signature.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SignatureFormat {
    /// cosign's signature of a payload that names a manifest digest (SIGNATURE_SPEC.md).
    CosignSimpleSigning,
    /// A Sigstore bundle (protobuf-specs, sigstore_bundle.proto).
    SigstoreBundle,
    /// A Dead Simple Signing Envelope.
    Dsse,
    /// A signature of the Notary Project: recognised, never verified here.
    Notation,
}

/// A signature over the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Where it was found.
    pub origin: EvidenceOrigin,
    /// Form.
    pub format: SignatureFormat,
    /// What was signed.
    pub subject: EvidenceSubject,
    /// Whether it holds.
    pub verification: Verification,
}

/// Who said whom to trust.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NamedBy {
    /// Flags of this run: then who was named must have signed, and nobody else is trusted.
    Flags,
    /// `freehold.yaml`, beside the publishers that are shipped.
    Configuration,
    /// Nobody but the publishers that are shipped (`policies/data/signers.yaml`).
    #[default]
    Shipped,
}

/// Who was trusted when signatures were checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trusted {
    /// Who said so.
    pub named_by: NamedBy,
    /// The configuration that was read, if one was.
    pub configuration: Option<String>,
    /// Keys by name, each with the SHA-256 of its SubjectPublicKeyInfo: `sha256:<hex>`.
    pub keys: Vec<NamedDigest>,
    /// Names of identities.
    pub identities: Vec<String>,
    /// The trust root: its source, and the SHA-256 of its text; null without one.
    pub root: Option<NamedDigest>,
    /// The day the embedded root was taken; null for a file's.
    pub root_as_of: Option<String>,
    /// Whether entries in a transparency log were done without.
    pub ignored_tlog: bool,
    /// Whether timestamps of a certificate transparency log were done without.
    pub ignored_sct: bool,
}

/// Something by name and digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedDigest {
    /// Name.
    pub name: String,
    /// `sha256:<hex>`.
    pub digest: String,
}
