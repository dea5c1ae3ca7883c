//! Fingerprints and user IDs of OpenPGP certificates, and who issued a signature (RFC 9580; RFC 4880 for version 4).
//!
//! No signature is checked: this only says which keys a package manager would trust.

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Packets read from one file, and the largest that is looked into.
const MAX_PACKETS: usize = 100_000;
const MAX_PACKET: usize = 1 << 20;
/// Signature packets read of one package.
const MAX_SIGNATURES: usize = 16;
const TAG_SIGNATURE: u8 = 2;
const TAG_PUBLIC_KEY: u8 = 6;
const TAG_USER_ID: u8 = 13;
/// Subpackets that name the issuer.
const ISSUER: u8 = 16;
const FINGERPRINT: u8 = 33;

/// One certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    /// Fingerprint of the primary key, lower-case hex.
    pub(super) fingerprint: String,
    pub(super) user_ids: Vec<String>,
}

/// The certificates in a file, binary or armoured. `None` when it is neither.
pub(super) fn certificates(bytes: &[u8]) -> Option<Vec<Certificate>> {
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        return read_packets(bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    let mut all = Vec::new();
    for block in text.split("-----BEGIN PGP PUBLIC KEY BLOCK-----").skip(1) {
        all.extend(read_packets(&dearmour(block)?)?);
    }
    (!all.is_empty()).then_some(all)
}

/// Key IDs of the issuers that the signature packets in `bytes` name, lower-case hex. Only what the
/// packets say of themselves: nothing is verified.
pub(super) fn issuers(mut bytes: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..MAX_SIGNATURES {
        let Some((tag, body, rest)) = packet(bytes) else {
            break;
        };
        if tag == TAG_SIGNATURE {
            all.extend(issuer(body));
        }
        bytes = rest;
    }
    all
}

/// The issuer of one signature: in version 3 at a fixed place (RFC 4880, section 5.2.2), later in a
/// subpacket (RFC 9580, sections 5.2.3.12 and 5.2.3.35).
fn issuer(body: &[u8]) -> Option<String> {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let width = match body.first()? {
        3 => return body.get(7..15).map(hex),
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let (length, rest) = body.get(4..)?.split_at_checked(width)?;
    let (hashed, rest) = rest.split_at_checked(big_endian(length))?;
    let (length, rest) = rest.split_at_checked(width)?;
    let unhashed = rest.get(..big_endian(length))?;
    [hashed, unhashed].into_iter().find_map(|area| {
        subpackets(area).find_map(|(kind, body)| match (kind, body) {
            (ISSUER, id) if id.len() == 8 => Some(hex(id)),
            // A key ID is the end of a version 4 fingerprint and the start of a version 6 one.
            (FINGERPRINT, [4, print @ ..]) => print.get(12..20).map(hex),
            (FINGERPRINT, [6, print @ ..]) => print.get(..8).map(hex),
            _ => None,
        })
    })
}

/// Subpackets of an area: kind, without its critical bit, and body (RFC 9580, section 5.2.3.7).
fn subpackets(mut area: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (length, rest) = match area.split_first()? {
            // Only here do two-octet lengths go up to 254.
            (&first @ 192..=254, rest) => {
                let (&second, rest) = rest.split_first()?;
                let high = usize::from(first).checked_sub(192)?.checked_mul(256)?;
                (
                    high.checked_add(usize::from(second))?.checked_add(192)?,
                    rest,
                )
            }
            _ => new_length(area)?,
        };
        let (body, rest) = rest.split_at_checked(length)?;
        area = rest;
        let (kind, body) = body.split_first()?;
        Some((kind & 0x7f, body))
    })
}

/// The radix-64 body of an armoured block (RFC 9580, section 6.2): after the headers and an empty
/// line, up to the checksum or the tail.
fn dearmour(block: &str) -> Option<Vec<u8>> {
    let body: String = block
        .lines()
        .map(str::trim)
        .skip(1)
        .skip_while(|line| line.contains(':'))
        .take_while(|line| !line.starts_with('=') && !line.starts_with("-----"))
        .collect();
    data_encoding::BASE64.decode(body.as_bytes()).ok()
}

fn read_packets(mut bytes: &[u8]) -> Option<Vec<Certificate>> {
    let mut all: Vec<Certificate> = Vec::new();
    for _ in 0..MAX_PACKETS {
        if bytes.is_empty() {
            break;
        }
        let (tag, body, rest) = packet(bytes)?;
        if tag == TAG_PUBLIC_KEY {
            all.push(Certificate {
                fingerprint: fingerprint(body)?,
                user_ids: Vec::new(),
            });
        } else if let (TAG_USER_ID, Some(last)) = (tag, all.last_mut()) {
            last.user_ids
                .push(String::from_utf8_lossy(body).into_owned());
        }
        bytes = rest;
    }
    (bytes.is_empty() && !all.is_empty()).then_some(all)
}

/// Splits the first packet off: tag, body, rest (RFC 9580, section 4.2). Partial lengths are for
/// data, not for keys, and are refused; so are indeterminate ones.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (tag, length, rest) = if first & 0x40 != 0 {
        let (length, rest) = new_length(rest)?;
        (first & 0x3f, length, rest)
    } else if first & 0x03 == 0x03 {
        return None;
    } else {
        let size = 1usize.checked_shl(u32::from(first & 0x03))?;
        let (field, rest) = rest.split_at_checked(size)?;
        ((first & 0x3c) >> 2, big_endian(field), rest)
    };
    if first & 0x80 == 0 || length > MAX_PACKET {
        return None;
    }
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}

fn new_length(rest: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = rest.split_first()?;
    match first {
        0..=191 => Some((usize::from(first), rest)),
        192..=223 => {
            let (&second, rest) = rest.split_first()?;
            let high = usize::from(first).checked_sub(192)?.checked_mul(256)?;
            Some((
                high.checked_add(usize::from(second))?.checked_add(192)?,
                rest,
            ))
        }
        255 => {
            let (field, rest) = rest.split_at_checked(4)?;
            Some((big_endian(field), rest))
        }
        _ => None,
    }
}

fn big_endian(field: &[u8]) -> usize {
    field.iter().fold(0usize, |sum, &byte| {
        sum.saturating_mul(256).saturating_add(usize::from(byte))
    })
}

/// RFC 9580, section 5.5.4: SHA-1 over `0x99`, two octets of length and the body for version 4;
/// SHA-256 over `0x9b` and four octets of length for version 6.
fn fingerprint(body: &[u8]) -> Option<String> {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    match body.first()? {
        4 => {
            let length = u16::try_from(body.len()).ok()?.to_be_bytes();
            let digest = Sha1::new()
                .chain_update([0x99])
                .chain_update(length)
                .chain_update(body);
            Some(hex(&digest.finalize()))
        }
        6 => {
            let length = u32::try_from(body.len()).ok()?.to_be_bytes();
            let digest = Sha256::new()
                .chain_update([0x9b])
                .chain_update(length)
                .chain_update(body);
            Some(hex(&digest.finalize()))
        }
        _ => None,
    }
}
