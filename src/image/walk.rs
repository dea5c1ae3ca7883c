//! Last stage of a layer: tar in, entries out, with what was asked for of each file's content.

use std::io::BufRead;
use std::ops::Range;

use super::budget::Budget;
use super::entry::{Content, FileView, Inspector, PEEK_BYTES, Plan, RawEntry, RawKind, clean_path};
use super::error::LayerFault;
use super::excerpts::{Excerpts, Further, tidy};
use super::file_digests::{Digesting, FileDigests};
use super::kept::{Kept, Store};
use super::limits::{Limits, MAX_LINK_TARGET};
use super::spool::{IN_MEMORY, MAX_WHOLE, Spool, Whole};
use super::tar::{TarEntry, TarKind, TarReader};

/// The walk over one layer's entries.
pub(super) struct Walk<'a, I: Inspector> {
    inspector: &'a I,
    shared: Shared<'a>,
    number: u32,
    found: Walked<I::Value>,
    /// First bytes of the current file, as many as somebody asked for.
    head: Vec<u8>,
    /// Ranges of it further on.
    further: Further,
    /// All of it, if it was asked for and is large.
    spool: Spool,
    digests: Digesting,
}

/// What the walks over all layers share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    /// Caps.
    pub(super) limits: &'a Limits,
    /// What is used up of them.
    pub(super) budget: &'a Budget<'a>,
    /// Where content is kept.
    pub(super) store: &'a Store,
}

/// What a walk found.
#[derive(Debug, Clone)]
pub(super) struct Walked<V> {
    /// Entries in the order of the archive.
    pub(super) entries: Vec<RawEntry>,
    /// What was learnt of each regular file.
    pub(super) contents: Vec<Content<V>>,
    /// Digests of them, where asked for.
    pub(super) digests: FileDigests,
    /// Names that were refused, as stored.
    pub(super) refused: Vec<Vec<u8>>,
    /// Regular files stored with their holes left out, whose content was not looked at.
    pub(super) sparse: Vec<Vec<u8>>,
    /// Bytes of paths and link targets, as they count against the limit.
    pub(super) name_bytes: u64,
    /// Bytes of kept files, likewise.
    pub(super) kept_bytes: u64,
}

impl<'a, I: Inspector> Walk<'a, I> {
    /// Over layer `number` (from 1).
    pub(super) fn new(inspector: &'a I, shared: Shared<'a>, number: u32) -> Self {
        Self {
            inspector,
            shared,
            number,
            found: Walked {
                entries: Vec::new(),
                contents: Vec::new(),
                digests: FileDigests::default(),
                refused: Vec::new(),
                sparse: Vec::new(),
                name_bytes: 0,
                kept_bytes: 0,
            },
            head: Vec::new(),
            further: Further::default(),
            spool: Spool::default(),
            digests: Digesting::default(),
        }
    }

    /// Walks to the end of the archive.
    pub(super) fn run(mut self, tar: impl BufRead) -> Result<Walked<I::Value>, LayerFault> {
        let mut tar = TarReader::new(tar, self.shared.limits);
        while let Some(entry) = tar.next_entry()? {
            self.entry(entry, &mut tar)?;
        }
        self.found.digests = self.digests.finish();
        Ok(self.found)
    }

    fn entry<R: BufRead>(
        &mut self,
        entry: TarEntry,
        tar: &mut TarReader<'_, R>,
    ) -> Result<(), LayerFault> {
        self.shared.budget.take_entry()?;
        if entry.path.len() > self.shared.limits.max_path_bytes {
            return Err(LayerFault::Limit(
                "the length of a path",
                self.shared.limits.max_path_bytes as u64,
                "--max-path-bytes",
            ));
        }
        let target = match &entry.kind {
            TarKind::HardLink(target) | TarKind::Symlink(target) => target.len(),
            _ => 0,
        };
        let names = entry.path.len().saturating_add(target);
        self.shared.budget.take_names(names as u64)?;
        self.found.name_bytes = self.found.name_bytes.saturating_add(names as u64);
        let is_directory = entry.kind == TarKind::Directory;
        let Some(path) = clean_path(&entry.path).filter(|p| is_directory || !p.is_empty()) else {
            self.found.refused.push(entry.path);
            return Ok(());
        };
        self.inspector.notice(&path);
        let (kind, target) = match &entry.kind {
            TarKind::File => (RawKind::File(self.file(&path, &entry, tar)?), Vec::new()),
            TarKind::Sparse => (RawKind::File(self.sparse_file(&path)), Vec::new()),
            TarKind::HardLink(target) => match clean_path(target) {
                Some(target) => (RawKind::HardLink, target),
                None => {
                    self.found.refused.push(entry.path);
                    return Ok(());
                }
            },
            TarKind::Symlink(target) if target.len() > MAX_LINK_TARGET => {
                self.found.refused.push(entry.path);
                return Ok(());
            }
            TarKind::Symlink(target) => (RawKind::Symlink, target.clone()),
            TarKind::Directory => (RawKind::Directory, Vec::new()),
            TarKind::CharacterDevice => (RawKind::CharacterDevice, Vec::new()),
            TarKind::BlockDevice => (RawKind::BlockDevice, Vec::new()),
            TarKind::Fifo => (RawKind::Fifo, Vec::new()),
        };
        let mut raw = RawEntry::new(kind, &path, &target);
        raw.mode = entry.mode;
        raw.uid = account(entry.uid);
        raw.gid = account(entry.gid);
        raw.size = entry.size;
        raw.capability = entry.capability;
        self.found.entries.push(raw);
        Ok(())
    }

    /// Adds what was learnt of a regular file; its place among them.
    fn learn(&mut self, content: Content<I::Value>) -> u32 {
        let ordinal = u32::try_from(self.found.contents.len()).unwrap_or(u32::MAX);
        self.found.contents.push(content);
        ordinal
    }

    /// A file whose bytes in the archive are not its content.
    fn sparse_file(&mut self, path: &[u8]) -> u32 {
        self.found.sparse.push(path.to_vec());
        self.learn(Content {
            value: None,
            kept: Kept::Sparse,
        })
    }

    /// Streams one file by: peek, ask, then hash, collect and keep in one pass.
    fn file<R: BufRead>(
        &mut self,
        path: &[u8],
        entry: &TarEntry,
        tar: &mut TarReader<'_, R>,
    ) -> Result<u32, LayerFault> {
        self.head.clear();
        self.further.clear();
        self.spool.clear();
        self.collect(PEEK_BYTES, tar)?;
        let mut peek = [0u8; PEEK_BYTES];
        for (to, from) in peek.iter_mut().zip(&self.head) {
            *to = *from;
        }
        let view = FileView {
            layer: self.number,
            ordinal: u32::try_from(self.found.contents.len()).unwrap_or(u32::MAX),
            path,
            mode: entry.mode,
            size: entry.size,
            peek: peek.get(..self.head.len()).unwrap_or_default(),
        };
        let plan = self.inspector.plan(&view);
        let content = self.carry_out(plan, &view, tar)?;
        Ok(self.learn(content))
    }

    fn carry_out<R: BufRead>(
        &mut self,
        plan: Plan,
        view: &FileView<'_>,
        tar: &mut TarReader<'_, R>,
    ) -> Result<Content<I::Value>, LayerFault> {
        let too_large = view.size > self.shared.limits.max_file_bytes.min(plan.keep);
        let keep = plan.keep > 0 && !too_large;
        if keep {
            self.shared.budget.take_kept(view.size)?;
            // Growing step by step would take twice as much memory; what a header only claims to
            // be there takes none.
            let left = usize::try_from(view.size).unwrap_or(usize::MAX);
            let left = left.saturating_sub(self.head.len());
            self.head.try_reserve_exact(left).unwrap_or_default();
            self.found.kept_bytes = self.found.kept_bytes.saturating_add(view.size);
        }
        self.digests.begin(view.ordinal, plan.digests);
        self.digests.update(&self.head);
        self.collect(plan.probe_bytes, tar)?;
        let mut probed = self.head.len().min(plan.probe_bytes);
        let whole = plan.whole && view.size <= MAX_WHOLE;
        if whole {
            self.collect_whole(keep, view.size, tar)?;
        } else if plan.probe_bytes > 0 {
            let head = self.head.get(..probed).unwrap_or_default();
            let ranges = self.inspector.further(view, head);
            let (reach, ranges) = tidy(ranges, probed, view.size);
            self.collect(if keep { usize::MAX } else { reach }, tar)?;
            probed = if keep && !ranges.is_empty() {
                self.head.len()
            } else {
                reach.min(self.head.len())
            };
            if !keep {
                self.collect_further(&ranges, tar)?;
            }
        } else if keep {
            self.collect(usize::MAX, tar)?;
        }
        self.digest_rest(tar)?;
        let head = self.head.get(..probed).filter(|_| plan.probe_bytes > 0);
        let value = head.and_then(|head| {
            let in_memory = || Whole::Memory(&self.head);
            let content = whole.then(|| self.spool.whole().unwrap_or_else(in_memory));
            let excerpts = Excerpts::new(head, &self.further).with_whole(content);
            self.inspector.probe(view, &excerpts).map(Box::new)
        });
        if let Some(value) = &value {
            let weight = self.inspector.weight(value);
            self.shared.budget.take_kept(weight)?;
            self.found.kept_bytes = self.found.kept_bytes.saturating_add(weight);
        }
        let kept = match (plan.keep, too_large) {
            (0, _) => Kept::NotAsked,
            (_, true) => Kept::TooLarge,
            (_, false) => self.shared.store.keep(&self.head)?,
        };
        self.digests.end();
        Ok(Content { value, kept })
    }

    /// Reads on until `wanted` bytes of the file are in `head`.
    fn collect<R: BufRead>(
        &mut self,
        wanted: usize,
        tar: &mut TarReader<'_, R>,
    ) -> Result<(), LayerFault> {
        let head = &mut self.head;
        let most = wanted.saturating_sub(head.len());
        read_on(most, &mut self.digests, tar, |piece| {
            head.extend_from_slice(piece);
        })?;
        Ok(())
    }

    /// Collects all of a file: in `head`, or a large one that is not to be kept in the temporary file.
    fn collect_whole<R: BufRead>(
        &mut self,
        keep: bool,
        size: u64,
        tar: &mut TarReader<'_, R>,
    ) -> Result<(), LayerFault> {
        if keep || size <= IN_MEMORY {
            return self.collect(usize::MAX, tar);
        }
        let spool = &mut self.spool;
        spool.extend(&self.head).map_err(LayerFault::Spill)?;
        let mut written = Ok(());
        read_on(usize::MAX, &mut self.digests, tar, |piece| {
            if written.is_ok() {
                written = spool.extend(piece);
            }
        })?;
        written.map_err(LayerFault::Spill)
    }

    /// Collects ranges beyond `head`, in order and apart from each other.
    fn collect_further<R: BufRead>(
        &mut self,
        ranges: &[Range<u64>],
        tar: &mut TarReader<'_, R>,
    ) -> Result<(), LayerFault> {
        let (further, digests) = (&mut self.further, &mut self.digests);
        let mut at = self.head.len() as u64;
        let length = |from: u64, to: u64| usize::try_from(to.saturating_sub(from));
        for range in ranges {
            let gap = length(at, range.start).unwrap_or(usize::MAX);
            read_on(gap, digests, tar, |_| {})?;
            further.begin(range.start);
            let wanted = length(range.start, range.end).unwrap_or(usize::MAX);
            read_on(wanted, digests, tar, |piece| further.extend(piece))?;
            at = range.end;
        }
        Ok(())
    }

    /// Reads the file to its end if it is to be digested.
    fn digest_rest<R: BufRead>(&mut self, tar: &mut TarReader<'_, R>) -> Result<(), LayerFault> {
        if self.digests.any() {
            read_on(usize::MAX, &mut self.digests, tar, |_| {})?;
        }
        Ok(())
    }
}

/// A user or group number. Linux knows 32 bits of one (credentials(7)); a larger one is nobody's.
fn account(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Reads up to `most` bytes of the current file, all of them digested.
fn read_on<R: BufRead>(
    most: usize,
    digests: &mut Digesting,
    tar: &mut TarReader<'_, R>,
    mut take: impl FnMut(&[u8]),
) -> Result<(), LayerFault> {
    let mut left = most;
    loop {
        let got = tar.content(left, |piece| {
            digests.update(piece);
            take(piece);
        })?;
        if got == 0 {
            return Ok(());
        }
        left = left.saturating_sub(got);
    }
}
