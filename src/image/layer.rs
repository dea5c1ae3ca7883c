//! One pass over one layer, in stages that run at the same time.
//!
//! ```text
//! source ──▶ decode ──▶ chunks ──▶ walk    headers, probes, digests of files, kept content
//!  verifies stored bytes       └─▶ verify  digest of the tar stream
//! ```
//!
//! So a layer that holds most of an image's bytes still keeps several processors busy. A layer
//! counts only when every stage has ended cleanly and the diff ID is the one the configuration
//! names.

use std::io::{self, Read as _};
use std::thread::{Builder, ScopedJoinHandle, scope};

use super::cache::{Key, LayerCache};
use super::chunks::{ChunkReader, chunks};
use super::decode::Decode;
use super::entry::{Inspector, LayerRecord};
use super::error::{ImageError, LayerFault};
use super::progress::Progress;
use super::walk::{Shared, Walk};
use crate::source::{DigestVerifier, LayerBlob, SourceError, SourceImage, SourceKind};

/// Stored bytes read at once where they are only hashed.
const HASHED_AT_ONCE: usize = 256 << 10;

/// What every layer's pass shares.
pub(super) struct Pass<'a, I> {
    pub(super) source: &'a SourceImage,
    pub(super) inspector: &'a I,
    pub(super) progress: &'a dyn Progress,
    pub(super) shared: Shared<'a>,
    /// What earlier scans learnt; `None` when nothing is to be taken from it or put there.
    pub(super) cache: Option<&'a LayerCache>,
}

impl<I: Inspector> Pass<'_, I> {
    /// Reads layer `index` (from 0).
    pub(super) fn layer(&self, index: usize) -> Result<LayerRecord<I::Value>, ImageError> {
        let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        self.known_or_read(index, number)
            .map_err(|fault| fault.in_layer(number))
    }

    fn known_or_read(
        &self,
        index: usize,
        number: u32,
    ) -> Result<LayerRecord<I::Value>, LayerFault> {
        let blob = self.source.layers.get(index);
        let key = blob.and_then(|blob| Key::of(blob, self.shared.limits));
        let (Some(cache), Some(blob), Some(key)) = (self.cache, blob, key) else {
            return self.run(index, number);
        };
        if let Some(known) = cache.get(&key, self.shared.store)
            && self.is_unchanged(index, blob)
        {
            self.shared.budget.take_layer(&known)?;
            self.progress.known(1);
            return Ok(known);
        }
        let read = self.run(index, number)?;
        cache.put(&key, &read);
        Ok(read)
    }

    /// Whether the stored bytes still are those their digest names. What is here is hashed; what a
    /// registry holds under that digest is not fetched. A layer that fails is read in full, so that
    /// the fault is named as it would be without a cache.
    fn is_unchanged(&self, index: usize, blob: &LayerBlob) -> bool {
        if self.source.kind == SourceKind::Registry {
            self.progress.advance(blob.stored_bytes);
            return true;
        }
        let Ok(mut layer) = self.source.open_layer(index) else {
            return false;
        };
        let mut buffer = vec![0; HASHED_AT_ONCE];
        loop {
            match layer.stored.read(&mut buffer) {
                Ok(0) => return true,
                Ok(got) => self.progress.advance(got as u64),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn run(&self, index: usize, number: u32) -> Result<LayerRecord<I::Value>, LayerFault> {
        let layer = self.source.open_layer(index)?;
        let diff_id = self.diff_id(index, number)?;
        let decode = Decode {
            limits: self.shared.limits,
            budget: self.shared.budget,
            progress: self.progress,
        };
        let (out, [to_walk, to_verify]) = chunks();
        let (walked, decoded, verified) = scope(|scope| {
            let stage = |name: &str| Builder::new().name(format!("{name}-{number}"));
            let decoding = stage("decode").spawn_scoped(scope, move || decode.run(layer, &out))?;
            let verifying =
                stage("verify").spawn_scoped(scope, move || verify(to_verify, diff_id))?;
            let walked = self.walk(number, to_walk);
            io::Result::Ok((walked, outcome(decoding), outcome(verifying)))
        })?;
        // The decoder's word comes first: a tar that ends early often means a cut-off blob. A
        // digest has its say only where the stream was read to its end.
        decoded?;
        if matches!(walked, Ok(_) | Err(LayerFault::Tar(_))) {
            verified?;
        }
        walked
    }

    fn diff_id(&self, index: usize, number: u32) -> Result<Option<DigestVerifier>, LayerFault> {
        let Some(blob) = self.source.layers.get(index) else {
            return Err(LayerFault::Source(SourceError::NoSuchLayer {
                number: index.saturating_add(1),
            }));
        };
        let expected = blob.diff_id.clone();
        Ok(
            expected
                .map(|digest| DigestVerifier::new(digest, format!("diff ID of layer {number}"))),
        )
    }

    /// Walks the tar stream and then drains it: what follows the end-of-archive marker belongs to
    /// the diff ID as well. A blob that is damaged often shows first as a broken tar; there too the
    /// rest is read, so that the digest, which says so plainly, gets its word.
    fn walk(&self, number: u32, mut tar: ChunkReader) -> Result<LayerRecord<I::Value>, LayerFault> {
        let walk = Walk::new(self.inspector, self.shared, number);
        match walk.run(&mut tar) {
            Ok(walked) => Ok(LayerRecord {
                walked,
                tar_bytes: tar.finish(),
            }),
            Err(fault) => {
                if matches!(fault, LayerFault::Tar(_)) {
                    tar.finish();
                }
                Err(fault)
            }
        }
    }
}

/// Compares the whole tar stream with its digest, where the configuration states one.
fn verify(mut tar: ChunkReader, diff_id: Option<DigestVerifier>) -> Result<(), LayerFault> {
    let Some(mut diff_id) = diff_id else {
        tar.finish();
        return Ok(());
    };
    loop {
        let piece = tar.piece();
        if piece.is_empty() {
            return Ok(diff_id.finish()?);
        }
        diff_id.update(piece);
        let read = piece.len();
        tar.advance(read);
    }
}

/// How a stage ended.
fn outcome(stage: ScopedJoinHandle<'_, Result<(), LayerFault>>) -> Result<(), LayerFault> {
    stage.join().unwrap_or_else(|_| {
        Err(LayerFault::Io(io::Error::other(
            "a stage of the reader died",
        )))
    })
}
