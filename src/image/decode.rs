//! First stage of a layer: stored bytes in, chunks of tar out. The source checks the stored bytes'
//! digest as they pass.

use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::budget::Budget;
use super::chunks::ChunkWriter;
use super::error::LayerFault;
use super::limits::{Limits, RATIO_FREE_BYTES};
use super::progress::Progress;
use crate::source::{Compression, LayerReader};

/// Stored bytes read at once.
const INPUT_BYTES: usize = 128 << 10;

/// Decompresses one layer, within the limits.
pub(super) struct Decode<'a> {
    pub(super) limits: &'a Limits,
    pub(super) budget: &'a Budget<'a>,
    pub(super) progress: &'a dyn Progress,
}

impl Decode<'_> {
    /// Runs to the end of the layer, or ends quietly when nobody reads the chunks any more.
    pub(super) fn run(&self, layer: LayerReader, out: &ChunkWriter) -> Result<(), LayerFault> {
        let taken = AtomicU64::new(0);
        let stored = Counted {
            inner: layer.stored,
            total: &taken,
            progress: self.progress,
        };
        let mut tar: Box<dyn Read + '_> = match layer.compression {
            Compression::None => Box::new(stored),
            Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(
                INPUT_BYTES,
                stored,
            ))),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(
                INPUT_BYTES,
                stored,
            ))?),
        };
        let mut given = 0u64;
        loop {
            let mut chunk = out.buffer();
            let filled = fill(&mut tar, &mut chunk)?;
            if filled == 0 {
                return Ok(());
            }
            self.budget.take_tar(filled as u64)?;
            given = given.saturating_add(filled as u64);
            self.check_ratio(given, taken.load(Ordering::Relaxed))?;
            if !out.send(chunk, filled) {
                return Ok(());
            }
        }
    }

    fn check_ratio(&self, given: u64, taken: u64) -> Result<(), LayerFault> {
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
