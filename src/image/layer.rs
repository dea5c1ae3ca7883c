//! One pass over one layer: decompress, hash, walk the tar, probe and keep.
//!
//! Two stages on scoped threads: the first reads stored bytes (the source verifies their digest)
//! and decompresses; the second hashes the tar stream for the diff ID and walks it. A layer counts
//! only when both have ended cleanly and the diff ID is the one the configuration names.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use flate2::read::MultiGzDecoder;
use md5::{Digest as _, Md5};
use sha1::Sha1;

use super::entry::{
    Content, Digests, FileView, Inspector, Kept, LayerRecord, PEEK_BYTES, Plan, Progress, RawEntry,
    RawKind, clean_path,
};
use super::error::{ImageError, LayerFault};
use super::limits::{Limits, MAX_LINK_TARGET, RATIO_FREE_BYTES};
use super::tar::{TarEntry, TarKind, TarReader};
use crate::source::{Compression, DigestVerifier, LayerReader, SourceError, SourceImage};

const CHUNK: usize = 128 << 10;
const CHUNKS_IN_FLIGHT: usize = 8;

/// What one scan has used up of its limits, shared by all layers.
#[derive(Debug, Default)]
pub(super) struct Budget {
    entries: AtomicU64,
    name_bytes: AtomicU64,
    tar_bytes: AtomicU64,
    kept_bytes: AtomicU64,
}

impl Budget {
    fn take(
        counter: &AtomicU64,
        amount: u64,
        limit: u64,
        (what, flag): (&'static str, &'static str),
    ) -> Result<(), LayerFault> {
        let before = counter.fetch_add(amount, Ordering::Relaxed);
        if before.saturating_add(amount) > limit {
            return Err(LayerFault::Total(what, limit, flag));
        }
        Ok(())
    }
}

/// What every layer's pass shares.
pub(super) struct Pass<'a, I> {
    pub(super) source: &'a SourceImage,
    pub(super) inspector: &'a I,
    pub(super) limits: &'a Limits,
    pub(super) progress: &'a dyn Progress,
    pub(super) budget: &'a Budget,
}

impl<I: Inspector> Pass<'_, I> {
    /// Reads layer `index` (from 0).
    pub(super) fn layer(&self, index: usize) -> Result<LayerRecord<I::Value>, ImageError> {
        let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        self.run(index, number)
            .map_err(|fault| fault.in_layer(number))
    }

    fn run(&self, index: usize, number: u32) -> Result<LayerRecord<I::Value>, LayerFault> {
        let LayerReader {
            compression,
            stored,
        } = self.source.open_layer(index)?;
        let Some(blob) = self.source.layers.get(index) else {
            return Err(LayerFault::Source(SourceError::NoSuchLayer {
                number: index.saturating_add(1),
            }));
        };
        let diff_id = blob
            .diff_id
            .clone()
            .map(|expected| DigestVerifier::new(expected, format!("diff ID of layer {number}")));
        let (sender, receiver) = sync_channel(CHUNKS_IN_FLIGHT);
        std::thread::scope(|scope| {
            let decode = std::thread::Builder::new()
                .name(format!("layer-{number}"))
                .spawn_scoped(scope, move || self.decompress(stored, compression, &sender))
                .map_err(LayerFault::Io)?;
            let walked = self.walk(number, Stream::new(receiver, diff_id));
            let decoded = decode
                .join()
                .unwrap_or_else(|_| Err(LayerFault::Io(io::Error::other("the decoder died"))));
            // The decoder's word comes first: a tar that ends early often means a cut-off blob. But
            // a decoder that only found its reader gone says nothing new.
            decoded?;
            walked
        })
    }

    /// First stage: stored bytes in, chunks of tar out. Ends quietly when the walk has gone.
    fn decompress(
        &self,
        stored: Box<dyn Read + Send>,
        compression: Compression,
        sender: &SyncSender<Vec<u8>>,
    ) -> Result<(), LayerFault> {
        let read_so_far = AtomicU64::new(0);
        let counted = Counted {
            inner: stored,
            total: &read_so_far,
            progress: self.progress,
        };
        let mut decoder: Box<dyn Read + '_> = match compression {
            Compression::None => Box::new(counted),
            Compression::Gzip => Box::new(MultiGzDecoder::new(counted)),
            Compression::Zstd => Box::new(zstd::Decoder::new(counted)?),
        };
        let mut given = 0u64;
        loop {
            let mut chunk = vec![0u8; CHUNK];
            let filled = fill(&mut decoder, &mut chunk)?;
            chunk.truncate(filled);
            if filled == 0 {
                break;
            }
            given = given.saturating_add(filled as u64);
            let taken = read_so_far.load(Ordering::Relaxed);
            self.check_growth(filled as u64, given, taken)?;
            if sender.send(chunk).is_err() {
                return Ok(());
            }
        }
        drop(decoder);
        Ok(())
    }

    fn check_growth(&self, chunk: u64, given: u64, taken: u64) -> Result<(), LayerFault> {
        Budget::take(
            &self.budget.tar_bytes,
            chunk,
            self.limits.max_tar_bytes,
            ("the size of all layers in bytes", "--max-tar-bytes"),
        )?;
        let ratio = self.limits.max_layer_ratio;
        if given > RATIO_FREE_BYTES && given > taken.saturating_mul(ratio) {
            return Err(LayerFault::Limit(
                "the ratio of its uncompressed to its stored size",
                ratio,
                "--max-layer-ratio",
            ));
        }
        Ok(())
    }

    /// Second stage: chunks of tar in, entries out.
    fn walk(&self, number: u32, mut stream: Stream) -> Result<LayerRecord<I::Value>, LayerFault> {
        let mut tar = TarReader::new(&mut stream, self.limits);
        let mut walk = Walk {
            pass: self,
            number,
            entries: Vec::new(),
            contents: Vec::new(),
            refused: Vec::new(),
            sparse: Vec::new(),
            buffer: vec![0u8; CHUNK],
            head: Vec::new(),
        };
        if let Err(fault) = walk.all(&mut tar) {
            // A blob that is damaged often shows first as a broken tar. The rest is read so that
            // the digest, which says so plainly, gets its word.
            if matches!(fault, LayerFault::Tar(_)) {
                stream.finish()?;
            }
            return Err(fault);
        }
        let Walk {
            entries,
            contents,
            refused,
            sparse,
            ..
        } = walk;
        let tar_bytes = stream.finish()?;
        Ok(LayerRecord {
            entries,
            contents,
            refused,
            sparse,
            tar_bytes,
        })
    }
}

/// The walk over one layer's entries.
struct Walk<'a, 'p, I: Inspector> {
    pass: &'a Pass<'p, I>,
    number: u32,
    entries: Vec<RawEntry>,
    contents: Vec<Content<I::Value>>,
    refused: Vec<Vec<u8>>,
    sparse: Vec<Vec<u8>>,
    buffer: Vec<u8>,
    head: Vec<u8>,
}

impl<I: Inspector> Walk<'_, '_, I> {
    fn all<R: Read>(&mut self, tar: &mut TarReader<'_, R>) -> Result<(), LayerFault> {
        while let Some(entry) = tar.next_entry()? {
            self.entry(entry, tar)?;
        }
        Ok(())
    }

    fn entry<R: Read>(
        &mut self,
        entry: TarEntry,
        tar: &mut TarReader<'_, R>,
    ) -> Result<(), LayerFault> {
        let limits = self.pass.limits;
        Budget::take(
            &self.pass.budget.entries,
            1,
            limits.max_entries,
            ("the number of entries in all layers", "--max-entries"),
        )?;
        if entry.path.len() > limits.max_path_bytes {
            return Err(LayerFault::Limit(
                "the length of a path",
                limits.max_path_bytes as u64,
                "--max-path-bytes",
            ));
        }
        let target = match &entry.kind {
            TarKind::HardLink(target) | TarKind::Symlink(target) => target.len(),
            _ => 0,
        };
        Budget::take(
            &self.pass.budget.name_bytes,
            entry.path.len().saturating_add(target) as u64,
            limits.max_name_bytes,
            ("the size of all names in bytes", "--max-name-bytes"),
        )?;
        let is_directory = entry.kind == TarKind::Directory;
        let Some(path) = clean_path(&entry.path).filter(|p| is_directory || !p.is_empty()) else {
            self.refused.push(entry.path);
            return Ok(());
        };
        self.pass.inspector.notice(&path);
        let kind = match entry.kind {
            TarKind::File | TarKind::Sparse => self.file(&path, &entry, tar)?,
            TarKind::HardLink(ref target) => match clean_path(target) {
                Some(target) => RawKind::HardLink(target),
                None => {
                    self.refused.push(entry.path);
                    return Ok(());
                }
            },
            TarKind::Symlink(target) if target.len() > MAX_LINK_TARGET => {
                self.refused.push(entry.path);
                return Ok(());
            }
            TarKind::Symlink(target) => RawKind::Symlink(target),
            TarKind::Directory => RawKind::Directory,
            TarKind::CharacterDevice => RawKind::CharacterDevice,
            TarKind::BlockDevice => RawKind::BlockDevice,
            TarKind::Fifo => RawKind::Fifo,
        };
        self.entries.push(RawEntry {
            path,
            kind,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size: entry.size,
            capability: entry.capability,
        });
        Ok(())
    }

    /// Streams one file by: peek, ask, then hash, collect and keep in one pass.
    fn file<R: Read>(
        &mut self,
        path: &[u8],
        entry: &TarEntry,
        tar: &mut TarReader<'_, R>,
    ) -> Result<RawKind, LayerFault> {
        let ordinal = u32::try_from(self.contents.len()).unwrap_or(u32::MAX);
        self.head.clear();
        while self.head.len() < PEEK_BYTES {
            let want = PEEK_BYTES.saturating_sub(self.head.len());
            let Some(target) = self.buffer.get_mut(..want) else {
                break;
            };
            let got = tar.read_content(target)?;
            if got == 0 {
                break;
            }
            self.head
                .extend_from_slice(target.get(..got).unwrap_or_default());
        }
        let peek = self.head.clone();
        let view = FileView {
            layer: self.number,
            ordinal,
            path,
            mode: entry.mode,
            size: entry.size,
            peek: &peek,
        };
        let content = if entry.kind == TarKind::Sparse {
            self.sparse.push(path.to_vec());
            Content {
                value: None,
                kept: Kept::Sparse,
                digests: Digests::default(),
            }
        } else {
            let plan = self.pass.inspector.plan(&view);
            self.collect(&view, plan, entry.stored, tar)?
        };
        self.contents.push(content);
        Ok(RawKind::File(ordinal))
    }

    fn collect<R: Read>(
        &mut self,
        view: &FileView<'_>,
        plan: Plan,
        stored: u64,
        tar: &mut TarReader<'_, R>,
    ) -> Result<Content<I::Value>, LayerFault> {
        let limits = self.pass.limits;
        let too_large = stored > limits.max_file_bytes;
        let keep = plan.keep && !too_large;
        if keep {
            Budget::take(
                &self.pass.budget.kept_bytes,
                stored,
                limits.max_kept_bytes,
                ("the size of all kept files in bytes", "--max-kept-bytes"),
            )?;
        }
        let wanted = if keep { usize::MAX } else { plan.probe_bytes };
        let mut md5 = plan.md5.then(Md5::new);
        let mut sha1 = plan.sha1.then(Sha1::new);
        update(&mut md5, &mut sha1, &self.head);
        if md5.is_some() || sha1.is_some() || self.head.len() < wanted {
            loop {
                let got = tar.read_content(&mut self.buffer)?;
                if got == 0 {
                    break;
                }
                let bytes = self.buffer.get(..got).unwrap_or_default();
                update(&mut md5, &mut sha1, bytes);
                let room = wanted.saturating_sub(self.head.len()).min(got);
                self.head
                    .extend_from_slice(bytes.get(..room).unwrap_or_default());
                if md5.is_none() && sha1.is_none() && self.head.len() >= wanted {
                    break;
                }
            }
        }
        let probed = self.head.get(..plan.probe_bytes.min(self.head.len()));
        let value = probed
            .filter(|_| plan.probe_bytes > 0)
            .and_then(|head| self.pass.inspector.probe(view, head));
        let kept = match (plan.keep, too_large) {
            (false, _) => Kept::NotAsked,
            (true, true) => Kept::TooLarge,
            (true, false) => Kept::Bytes(self.head.as_slice().into()),
        };
        Ok(Content {
            value,
            kept,
            digests: Digests {
                md5: md5.map(|hash| hash.finalize().into()),
                sha1: sha1.map(|hash| hash.finalize().into()),
            },
        })
    }
}

fn update(md5: &mut Option<Md5>, sha1: &mut Option<Sha1>, bytes: &[u8]) {
    if let Some(hash) = md5 {
        hash.update(bytes);
    }
    if let Some(hash) = sha1 {
        hash.update(bytes);
    }
}

/// Fills `buffer` as far as the input goes.
fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(got) => filled = filled.saturating_add(got),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Counts stored bytes and tells the progress of them.
struct Counted<'a> {
    inner: Box<dyn Read + Send>,
    total: &'a AtomicU64,
    progress: &'a dyn Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.total.fetch_add(got as u64, Ordering::Relaxed);
        self.progress.advance(got as u64);
        Ok(got)
    }
}

/// Chunks from the first stage as a reader; the diff ID is checked as they pass.
struct Stream {
    receiver: Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
    total: u64,
    diff_id: Option<DigestVerifier>,
}

impl Stream {
    fn new(receiver: Receiver<Vec<u8>>, diff_id: Option<DigestVerifier>) -> Self {
        Self {
            receiver,
            chunk: Vec::new(),
            at: 0,
            total: 0,
            diff_id,
        }
    }

    /// Fetches the next chunk, or returns false at the end.
    fn next_chunk(&mut self) -> bool {
        let Ok(chunk) = self.receiver.recv() else {
            return false;
        };
        if let Some(diff_id) = &mut self.diff_id {
            diff_id.update(&chunk);
        }
        self.total = self.total.saturating_add(chunk.len() as u64);
        self.chunk = chunk;
        self.at = 0;
        true
    }

    /// Drains what follows the end-of-archive marker, which the diff ID covers as well, and
    /// returns the length of it all.
    fn finish(mut self) -> Result<u64, LayerFault> {
        while self.next_chunk() {}
        if let Some(diff_id) = self.diff_id {
            diff_id.finish()?;
        }
        Ok(self.total)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.chunk.len() {
            if !self.next_chunk() {
                return Ok(0);
            }
        }
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let got = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..got), rest.get(..got)) {
            to.copy_from_slice(from);
        }
        self.at = self.at.saturating_add(got);
        Ok(got)
    }
}
