//! Pieces of a tar stream on their way from the decoder to those who read them.
//!
//! A chunk is shared, not copied. Whoever lets go of it last hands its buffer back, so that a layer
//! of any length is read with a handful of buffers.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Bytes of one chunk: large enough that handing it over costs nothing, small enough that those in
/// flight stay in the processor's cache.
const CHUNK_BYTES: usize = 128 << 10;

/// Chunks a reader may be behind.
const IN_FLIGHT: usize = 8;

type Chunk = Arc<Vec<u8>>;

/// Where the decoder puts its chunks.
pub(super) struct ChunkWriter {
    readers: Vec<SyncSender<Chunk>>,
    spent: Receiver<Vec<u8>>,
}

/// A stream of chunks with `N` readers, each of which sees all of them.
pub(super) fn chunks<const N: usize>() -> (ChunkWriter, [ChunkReader; N]) {
    let (give_back, spent) = channel();
    let mut readers = Vec::with_capacity(N);
    let ends = std::array::from_fn(|_| {
        let (sender, receiver) = sync_channel(IN_FLIGHT);
        readers.push(sender);
        ChunkReader {
            receiver,
            give_back: give_back.clone(),
            chunk: Chunk::default(),
            at: 0,
            total: 0,
        }
    });
    (ChunkWriter { readers, spent }, ends)
}

impl ChunkWriter {
    /// An empty chunk to be filled.
    pub(super) fn buffer(&self) -> Vec<u8> {
        let spent = self.spent.try_recv();
        spent.unwrap_or_else(|_| vec![0; CHUNK_BYTES])
    }

    /// Hands the first `filled` bytes of a buffer to every reader; false when one of them has gone.
    pub(super) fn send(&self, mut buffer: Vec<u8>, filled: usize) -> bool {
        buffer.truncate(filled);
        let chunk = Arc::new(buffer);
        self.readers
            .iter()
            .all(|reader| reader.send(Arc::clone(&chunk)).is_ok())
    }
}

/// One reader's end: the chunks one after another.
pub(super) struct ChunkReader {
    receiver: Receiver<Chunk>,
    give_back: Sender<Vec<u8>>,
    chunk: Chunk,
    at: usize,
    total: u64,
}

impl ChunkReader {
    /// What is left of the current chunk, or the next one; empty at the end of the stream.
    pub(super) fn piece(&mut self) -> &[u8] {
        while self.at >= self.chunk.len() {
            let Ok(next) = self.receiver.recv() else {
                return &[];
            };
            self.total = self.total.saturating_add(next.len() as u64);
            let spent = std::mem::replace(&mut self.chunk, next);
            self.at = 0;
            if let Some(mut buffer) = Arc::into_inner(spent).filter(|b| b.capacity() > 0) {
                buffer.resize(CHUNK_BYTES, 0);
                // The decoder may be done and gone.
                let _ = self.give_back.send(buffer);
            }
        }
        self.chunk.get(self.at..).unwrap_or_default()
    }

    /// Marks bytes of the current chunk as read.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// Reads what is left and returns the length of the whole stream, in bytes.
    pub(super) fn finish(mut self) -> u64 {
        loop {
            let left = self.piece().len();
            if left == 0 {
                return self.total;
            }
            self.advance(left);
        }
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.piece().read(buffer)?;
        self.advance(got);
        Ok(got)
    }
}

impl BufRead for ChunkReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.piece())
    }

    fn consume(&mut self, bytes: usize) {
        self.advance(bytes);
    }
}
