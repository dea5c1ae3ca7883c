//! Who is trusted to sign, as the user and the pins say.

use data_encoding::{BASE64, HEXLOWER};
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::engine::{Leniency, PublicKey, Root, public_good_json};
use super::printable;
use crate::facts::model::{NamedBy, NamedDigest, Signer, Trusted};

/// Bytes of a key file and of a trust root that are read: forty times the public instance's root.
const MAX_FILE_BYTES: usize = 1 << 20;

/// Keys taken of one file.
const MAX_KEYS: usize = 64;

/// Roots of one file: GitHub's has two.
const MAX_ROOTS: usize = 16;

/// Bytes that a compiled regular expression may take.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// When the embedded trust root of Sigstore's public instance was taken: the release date of the
/// verifier that carries it. A test pins its digest, so that a newer one cannot slip in under the
/// old date.
pub const PUBLIC_GOOD_AS_OF: &str = "2026-10-23";

/// Why something cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The file is larger than is read.
    #[error("it is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge,
    /// It is no text in PEM (RFC 7468) with a public key or a certificate in it.
    #[error("it holds no public key in PEM: {0}")]
    NoKey(&'static str),
    /// It is a private key.
    #[error("it is a private key, which is not needed here: give its public key")]
    PrivateKey,
    /// There are more keys in it than are read.
    #[error("it holds more than {MAX_KEYS} keys")]
    TooManyKeys,
    /// A key that signatures cannot be checked with.
    #[error("a key in it cannot be used: {0}")]
    UnusableKey(String),
    /// A regular expression that is none.
    #[error("it is no regular expression: {0}")]
    Regexp(String),
    /// Who signs, or who vouches for that, is left open.
    #[error(
        "it fits anybody: issuer and identity both have to be stated, and may not match every text"
    )]
    Anybody,
    /// One thing is said exactly and as an expression.
    #[error("it says one thing twice: exactly, and as a regular expression")]
    Twice,
    /// A trust root that is none.
    #[error("it is no trust root: {0}")]
    Root(String),
}

/// Who is trusted to sign, and by whose word certificates, logs and timestamps are believed.
#[derive(Default)]
pub struct Trust {
    /// Keys, of the user or pinned.
    pub keys: Vec<TrustedKey>,
    /// Holders of certificates, of the user or pinned.
    pub identities: Vec<TrustedIdentity>,
    /// Without one, nothing that a certificate or a log vouches for can be checked.
    pub root: Option<TrustRoot>,
    /// What need not hold.
    pub leniency: Leniency,
    /// Who said so.
    pub named_by: NamedBy,
    /// The configuration that was read.
    pub configuration: Option<String>,
}

impl Trust {
    /// What the facts say of it.
    pub fn trusted(&self) -> Trusted {
        let root = self.root.as_ref();
        let key = |key: &TrustedKey| NamedDigest {
            name: key.name.clone(),
            digest: key.fingerprint(),
        };
        Trusted {
            named_by: self.named_by,
            configuration: self.configuration.clone(),
            keys: self.keys.iter().map(key).collect(),
            identities: self.identities.iter().map(|one| one.name.clone()).collect(),
            root: root.map(|root| NamedDigest {
                name: root.source.clone(),
                digest: root.digest.clone(),
            }),
            root_as_of: root.and_then(|root| root.as_of).map(str::to_owned),
            ignored_tlog: self.leniency.ignore_tlog,
            ignored_sct: self.leniency.ignore_sct,
        }
    }

    /// The name under which the holder of a certificate was named beforehand.
    pub(super) fn names(&self, signer: &Signer) -> Option<&str> {
        let issuer = signer.issuer.as_deref()?;
        let identity = signer.identity.as_deref()?;
        let named = self
            .identities
            .iter()
            .find(|it| it.issuer.matches(issuer) && it.identity.matches(identity))?;
        Some(&named.name)
    }

    /// The roots, of which each vouches for itself alone.
    pub(super) fn roots(&self) -> &[Root] {
        self.root.as_ref().map_or(&[], |root| &root.roots)
    }
}

/// A key that is trusted to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// As whose key, or from which file.
    pub name: String,
    /// Whether its owner signs without a transparency log, so that no entry is asked for.
    pub unlogged: bool,
    pub(super) key: PublicKey,
}

impl TrustedKey {
    /// Reads the keys of a PEM file: public keys and those of certificates.
    ///
    /// # Errors
    ///
    /// When there is none, or one of them is of a kind that signatures cannot be checked with.
    pub fn from_pem(name: &str, bytes: &[u8]) -> Result<Vec<Self>, TrustError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(TrustError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| TrustError::NoKey("it is no text"))?;
        let mut keys = Vec::new();
        for (label, der) in pem(text) {
            let der = der.ok_or(TrustError::NoKey("a block of it is no Base64"))?;
            let key = match label {
                "PUBLIC KEY" => PublicKey::from_spki(&der),
                "CERTIFICATE" => PublicKey::from_certificate(&der),
                "RSA PUBLIC KEY" => Err("PKCS#1 without algorithm; PKIX is read".to_owned()),
                _ if label.ends_with("PRIVATE KEY") => return Err(TrustError::PrivateKey),
                _ => return Err(TrustError::NoKey("a block of it is no public key")),
            };
            if keys.len() == MAX_KEYS {
                return Err(TrustError::TooManyKeys);
            }
            keys.push(Self {
                name: name.to_owned(),
                unlogged: false,
                key: key.map_err(TrustError::UnusableKey)?,
            });
        }
        match keys.is_empty() {
            true => Err(TrustError::NoKey("no block begins with -----BEGIN")),
            false => Ok(keys),
        }
    }

    /// SHA-256 of the SubjectPublicKeyInfo, `sha256:<hex>`.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint()
    }
}

/// The blocks of a PEM text (RFC 7468): label, and what it decodes to; `None` when it does not.
pub(super) fn pem(text: &str) -> impl Iterator<Item = (&str, Option<Vec<u8>>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once("-----BEGIN ")?;
        let (label, after) = after.split_once("-----")?;
        let end = format!("-----END {label}-----");
        let (body, after) = after.split_once(end.as_str())?;
        rest = after;
        let packed: Vec<u8> = body
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        Some((label, BASE64.decode(&packed).ok()))
    })
}

/// The holder of a certificate who is trusted to sign.
#[derive(Debug, Clone)]
pub struct TrustedIdentity {
    /// As who.
    pub name: String,
    issuer: Matcher,
    identity: Matcher,
}

impl TrustedIdentity {
    /// Trusts who an issuer of identities vouches for under an identity: both have to match.
    pub fn new(name: &str, issuer: Matcher, identity: Matcher) -> Self {
        Self {
            name: name.to_owned(),
            issuer,
            identity,
        }
    }
}

/// What a text has to be.
#[derive(Debug, Clone)]
pub struct Matcher(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Exact(String),
    Regexp(Regex),
}

impl Matcher {
    /// This text and no other.
    ///
    /// # Errors
    ///
    /// When the text is empty: nobody is named so.
    pub fn exact(text: &str) -> Result<Self, TrustError> {
        match text.is_empty() {
            true => Err(TrustError::Anybody),
            false => Ok(Self(Kind::Exact(text.to_owned()))),
        }
    }

    /// A text in which the expression is found: not anchored, as cosign's `--certificate-identity-
    /// regexp` is not (Go's `regexp.MatchString`).
    ///
    /// # Errors
    ///
    /// When it is no expression, or one that fits texts which name nobody, and so any text.
    pub fn regexp(expression: &str) -> Result<Self, TrustError> {
        let regex = RegexBuilder::new(expression)
            .size_limit(MAX_REGEX_BYTES)
            .build()
            .map_err(|error| TrustError::Regexp(error.to_string()))?;
        // A control character is in no identity and in no issuer.
        match regex.is_match("") || regex.is_match("\u{1}") {
            true => Err(TrustError::Anybody),
            false => Ok(Self(Kind::Regexp(regex))),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Exact(exact) => exact == text,
            Kind::Regexp(regex) => regex.is_match(text),
        }
    }
}

/// A trust root: the authorities, logs and timestamp authorities that are believed; several, where a
/// file holds several.
pub struct TrustRoot {
    /// From where: a file as it was named, or the public instance.
    pub source: String,
    /// The date the embedded one was taken; null for a file, which says none.
    pub as_of: Option<&'static str>,
    /// SHA-256 of its text, `sha256:<hex>`.
    pub digest: String,
    /// The logs and authorities that cannot be used and are left out, and why.
    pub skipped: Vec<String>,
    pub(super) roots: Vec<Root>,
}

impl TrustRoot {
    /// Reads a `trusted_root.json`, as `cosign trusted-root create` writes it (protobuf-specs,
    /// sigstore_trustroot.proto), or several one after another (JSON Lines), as
    /// `gh attestation trusted-root` does.
    ///
    /// # Errors
    ///
    /// When one of them is none, nothing in it can be used, or it names a log twice.
    pub fn from_json(source: &str, bytes: &[u8]) -> Result<Self, TrustError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(TrustError::TooLarge);
        }
        let wrong = |why: &str| TrustError::Root(why.to_owned());
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is no text"))?;
        let mut skipped = Vec::new();
        let mut roots = Vec::new();
        for json in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            let json = json.map_err(|error| TrustError::Root(error.to_string()))?;
            if roots.len() == MAX_ROOTS {
                return Err(wrong("it holds more roots than are read"));
            }
            let root = Root::from_json(json, &mut skipped);
            roots.push(root.map_err(|why| TrustError::Root(printable(&why)))?);
        }
        if roots.is_empty() {
            return Err(wrong("it is empty"));
        }
        Ok(Self {
            source: source.to_owned(),
            as_of: None,
            digest: format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes))),
            skipped: skipped.iter().map(|why| printable(why)).collect(),
            roots,
        })
    }

    /// The root of Sigstore's public instance, as of [`PUBLIC_GOOD_AS_OF`].
    ///
    /// # Errors
    ///
    /// When the embedded text is no trust root, which a test rules out.
    pub fn public_good() -> Result<Self, TrustError> {
        let root = Self::from_json(
            "Sigstore's public instance, embedded",
            public_good_json().as_bytes(),
        )?;
        Ok(Self {
            as_of: Some(PUBLIC_GOOD_AS_OF),
            ..root
        })
    }
}
