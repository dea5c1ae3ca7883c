//! One layer's record as bytes.
//!
//! `postcard` in the middle, a SHA-256 of it at the end: a torn or damaged entry is none. Bytes that
//! are not ours can at worst make a record of some other layer, never one that takes more memory
//! than the entry is long.

use std::io::{self, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes as as_bytes;
use sha2::{Digest as _, Sha256};

use crate::image::entry::{Content, LayerRecord, RawEntry};
use crate::image::file_digests::FileDigests;
use crate::image::kept::{Kept, Store};
use crate::image::walk::Walked;
use crate::source::Digest;

/// Length of the digest at the end.
const TRAILER: usize = 32;

/// A record on its way to disk.
#[derive(Serialize)]
struct Out<'a, V> {
    diff_id: &'a str,
    tar_bytes: u64,
    name_bytes: u64,
    kept_bytes: u64,
    entries: &'a [RawEntry],
    contents: Vec<OutContent<'a, V>>,
    digests: &'a FileDigests,
    refused: &'a [Vec<u8>],
    sparse: &'a [Vec<u8>],
}

#[derive(Serialize)]
struct OutContent<'a, V> {
    value: Option<&'a V>,
    kept: KeptForm<'a>,
}

/// The same on its way back.
#[derive(Deserialize)]
#[serde(bound = "V: DeserializeOwned")]
struct In<'a, V> {
    diff_id: &'a str,
    tar_bytes: u64,
    name_bytes: u64,
    kept_bytes: u64,
    entries: Vec<RawEntry>,
    #[serde(borrow)]
    contents: Vec<InContent<'a, V>>,
    digests: FileDigests,
    refused: Vec<Vec<u8>>,
    sparse: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(bound = "V: DeserializeOwned")]
struct InContent<'a, V> {
    value: Option<Box<V>>,
    #[serde(borrow)]
    kept: KeptForm<'a>,
}

#[derive(Serialize, Deserialize)]
enum KeptForm<'a> {
    NotAsked,
    Sparse,
    #[serde(borrow)]
    Whole(#[serde(with = "as_bytes")] std::borrow::Cow<'a, [u8]>),
}

/// Writes a record, none of whose content is `TooLarge`.
pub(super) fn encode<V: Serialize>(
    layer: &LayerRecord<V>,
    diff_id: &Digest,
    out: &mut dyn Write,
) -> io::Result<()> {
    let walked = &layer.walked;
    let contents = walked.contents.iter().map(|content| {
        let kept = match &content.kept {
            Kept::Whole(bytes) => KeptForm::Whole(bytes.read()?),
            Kept::Sparse => KeptForm::Sparse,
            Kept::NotAsked | Kept::TooLarge => KeptForm::NotAsked,
        };
        io::Result::Ok(OutContent {
            value: content.value.as_deref(),
            kept,
        })
    });
    let record = Out {
        diff_id: &diff_id.to_string(),
        tar_bytes: layer.tar_bytes,
        name_bytes: walked.name_bytes,
        kept_bytes: walked.kept_bytes,
        entries: &walked.entries,
        contents: contents.collect::<io::Result<_>>()?,
        digests: &walked.digests,
        refused: &walked.refused,
        sparse: &walked.sparse,
    };
    let mut hashed = Hashed {
        out: io::BufWriter::new(out),
        hash: Sha256::new(),
    };
    postcard::to_io(&record, &mut hashed).map_err(io::Error::other)?;
    let Hashed { mut out, hash } = hashed;
    out.write_all(&hash.finalize())?;
    out.flush()
}

/// Reads a record; `None` when it is damaged or of another diff ID.
pub(super) fn decode<V: DeserializeOwned>(
    bytes: &[u8],
    diff_id: &Digest,
    store: &Store,
) -> Option<LayerRecord<V>> {
    let (body, trailer) = bytes.split_at_checked(bytes.len().checked_sub(TRAILER)?)?;
    if Sha256::digest(body).as_slice() != trailer {
        return None;
    }
    let record: In<'_, V> = postcard::from_bytes(body).ok()?;
    if record.diff_id != diff_id.to_string() {
        return None;
    }
    let contents = record.contents.into_iter().map(|content| {
        let kept = match content.kept {
            KeptForm::Whole(bytes) => store.keep(&bytes).ok()?,
            KeptForm::Sparse => Kept::Sparse,
            KeptForm::NotAsked => Kept::NotAsked,
        };
        Some(Content {
            value: content.value,
            kept,
        })
    });
    Some(LayerRecord {
        walked: Walked {
            contents: contents.collect::<Option<_>>()?,
            entries: record.entries,
            digests: record.digests,
            refused: record.refused,
            sparse: record.sparse,
            name_bytes: record.name_bytes,
            kept_bytes: record.kept_bytes,
        },
        tar_bytes: record.tar_bytes,
    })
}

/// Hashes what it passes on.
struct Hashed<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hash.update(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
