//! Private keys in PEM (RFC 7468) and OpenSSH's form of it.

use super::Probed;
use crate::facts::contract::Probe;
use crate::facts::text::lines;
use crate::image::{Excerpts, FileView};
use serde::{Deserialize, Serialize};

/// How far into a file a key block is looked for: keys often follow a certificate chain.
const KEY_BYTES: usize = 256 << 10;
const BEGIN: &[u8] = b"-----BEGIN ";
/// What `openssl pkcs12` writes in front of a key.
const BAG: &[u8] = b"Bag Attributes";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const END: &[u8] = b"-----";
/// Label ending of every private key: RFC 7468 section 10 and 11, RFC 5915, PKCS #1, OpenSSH.
const PRIVATE_KEY: &[u8] = b"PRIVATE KEY";
/// OpenPGP secret keys end so (RFC 9580, section 6.2).
const PGP_PRIVATE: &[u8] = b"PRIVATE KEY BLOCK";

/// A private key's label, never its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateKey {
    /// Label, such as `RSA PRIVATE KEY`.
    pub label: String,
    /// Whether the block says that it is encrypted.
    pub encrypted: bool,
}

/// Looks for private keys in files that look like PEM or are named like keys.
pub struct PrivateKeyProbe;

impl Probe for PrivateKeyProbe {
    fn name(&self) -> &'static str {
        "private-key"
    }

    fn wants(&self, file: &FileView<'_>) -> usize {
        let peek = file.peek.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file.peek);
        let start = peek.trim_ascii_start();
        let name = file.path.rsplit(|&b| b == b'/').next().unwrap_or_default();
        let named = name.ends_with(b".pem") || name.ends_with(b".key") || name.starts_with(b"id_");
        if start.starts_with(BEGIN) || start.starts_with(BAG) || named {
            KEY_BYTES
        } else {
            0
        }
    }

    fn probe(&self, _file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Probed> {
        let head = excerpts.head();
        let mut lines = lines(head).filter(|line| !line.trim_ascii().is_empty());
        // A block without content is an example in a text, not a key; a key may follow it.
        let (label, first) = loop {
            let label = lines.by_ref().find_map(key_label)?;
            let first = lines.next()?;
            if !first.starts_with(END) {
                break (label, first);
            }
        };
        let encrypted = label.starts_with("ENCRYPTED")
            || (first.starts_with(b"Proc-Type:") && first.ends_with(b"ENCRYPTED"));
        Some(Probed::PrivateKey(Box::new(PrivateKey {
            label,
            encrypted,
        })))
    }
}

fn key_label(line: &[u8]) -> Option<String> {
    let label = line.trim_ascii().strip_prefix(BEGIN)?.strip_suffix(END)?;
    let is_key = label.ends_with(PRIVATE_KEY) || label.ends_with(PGP_PRIVATE);
    is_key.then(|| String::from_utf8_lossy(label).into_owned())
}
