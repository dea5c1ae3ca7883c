//! Layers as they arrive: several at once, each into a bounded buffer that a reader empties. A
//! transfer that breaks goes on where it broke, into the same reader.
//!
//! [`Repository`] asks for a layer, logs in and waits for a busy registry; what happens once bytes
//! flow is dealt with here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep, timeout};

use super::client::{self, Repository};
use super::http;
use crate::source::digest::{Digest, VerifyingReader};
use crate::source::error::SourceError;
use crate::source::runtime::Runtime;

/// Downloads begun before their layers are opened.
const AHEAD: usize = 4;
/// Bytes of one piece in the buffer, at most.
const PIECE: usize = 64 << 10;
/// Pieces in the buffer of one layer: with [`PIECE`], 4 MiB.
const PIECES: usize = 64;
/// Tries in a row that bring no byte before a layer is given up.
const FRUITLESS: u32 = 5;
/// Wait before the second try; each further one in a row is twice as long.
const BACK_OFF: Duration = Duration::from_millis(200);
/// Bytes that must arrive within [`http::IDLE`]; a transfer below that counts as broken.
const SLOWEST: u64 = 30 << 10;

/// The layers of one image.
#[derive(Debug)]
pub(in crate::source) struct Downloads {
    repository: Arc<Repository>,
    runtime: Arc<Runtime>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    layers: Vec<Layer>,
    /// Begun, and not opened yet.
    begun: BTreeMap<usize, Receiver<Piece>>,
    /// Opened at any time.
    opened: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
struct Layer {
    digest: Digest,
    size: u64,
    what: String,
}

type Piece = Result<Bytes, SourceError>;

impl Downloads {
    /// None yet.
    pub(super) fn new(repository: Arc<Repository>, runtime: Arc<Runtime>) -> Self {
        Self {
            repository,
            runtime,
            state: Mutex::default(),
        }
    }

    /// Adds the next layer and returns its place.
    pub(super) fn add(&self, digest: &Digest, size: u64, what: &str) -> usize {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.layers.push(Layer {
            digest: digest.clone(),
            size,
            what: what.to_owned(),
        });
        state.layers.len().saturating_sub(1)
    }

    /// The bytes of a layer, from its first. The layers after it begin to arrive as well, as they
    /// are likely to be opened next.
    pub(in crate::source) fn open(
        &self,
        index: usize,
    ) -> Result<Box<dyn Read + Send>, SourceError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(layer) = state.layers.get(index).cloned() else {
            let number = index.saturating_add(1);
            return Err(SourceError::NoSuchLayer { number });
        };
        let begun = state.begun.remove(&index);
        let receiver = begun.unwrap_or_else(|| self.begin(&layer));
        // A layer opened again is wanted for itself, not as one of all.
        if state.opened.insert(index) {
            let end = index.saturating_add(AHEAD);
            for next in index.saturating_add(1)..=end {
                let Some(layer) = state.layers.get(next).cloned() else {
                    break;
                };
                if !state.opened.contains(&next) && !state.begun.contains_key(&next) {
                    state.begun.insert(next, self.begin(&layer));
                }
            }
        }
        let arriving = Arriving {
            receiver,
            piece: Bytes::new(),
            failed: None,
        };
        Ok(Box::new(
            VerifyingReader::new(arriving, layer.digest, layer.what).with_size(layer.size),
        ))
    }

    fn begin(&self, layer: &Layer) -> Receiver<Piece> {
        let (sender, receiver) = channel(PIECES);
        let transfer = Transfer {
            repository: Arc::clone(&self.repository),
            layer: layer.clone(),
            sender,
            at: 0,
        };
        self.runtime.handle().spawn(transfer.run());
        receiver
    }
}

/// One layer on its way.
struct Transfer {
    repository: Arc<Repository>,
    layer: Layer,
    sender: Sender<Piece>,
    /// Bytes handed to the reader.
    at: u64,
}

/// Why one connection brought no more.
enum Ended {
    /// All bytes are there.
    Complete,
    /// Nobody reads any more.
    Unwanted,
    /// The connection broke, for this reason.
    Broken(String),
    /// It makes no sense to go on.
    Wrong(SourceError),
}

impl Transfer {
    async fn run(mut self) {
        let mut fruitless = 0u32;
        loop {
            let before = self.at;
            let reason = match self.connection().await {
                Ended::Complete | Ended::Unwanted => return,
                Ended::Wrong(error) => return self.give_up(error).await,
                Ended::Broken(reason) => reason,
            };
            fruitless = match self.at > before {
                true => 1,
                false => fruitless.saturating_add(1),
            };
            if fruitless >= FRUITLESS {
                let error = SourceError::BrokenTransfer {
                    what: self.layer.what.clone(),
                    at: self.at,
                    size: self.layer.size,
                    reason,
                };
                return self.give_up(error).await;
            }
            let doublings = fruitless.saturating_sub(1);
            sleep(BACK_OFF.saturating_mul(1u32.checked_shl(doublings).unwrap_or(u32::MAX))).await;
        }
    }

    async fn give_up(&self, error: SourceError) {
        // A reader that has gone does not want to know.
        let _ = self.sender.send(Err(error)).await;
    }

    /// One connection, from where the last one broke.
    async fn connection(&mut self) -> Ended {
        if self.at >= self.layer.size {
            return Ended::Complete;
        }
        let Layer { digest, size, what } = &self.layer;
        match self.repository.blob(digest, (self.at, *size), what).await {
            Ok(arriving) => self.receive(arriving).await,
            Err(error) => Ended::Wrong(error),
        }
    }

    /// Hands on what arrives, except for bytes that were handed on before.
    async fn receive(&mut self, arriving: client::Arriving) -> Ended {
        let client::Arriving { mut answer, start } = arriving;
        let mut known = self.at.saturating_sub(start);
        let (mut patience, mut arrived) = (http::IDLE, 0u64);
        loop {
            let start = Instant::now();
            let mut piece = match timeout(patience, answer.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) => return Ended::Broken("the registry sent no more".into()),
                Ok(Err(error)) => return Ended::Broken(http::reason(&error)),
                Err(_) => return Ended::Broken("the registry sends nothing, or too slowly".into()),
            };
            // Only the registry's time counts, not the reader's.
            patience = patience.saturating_sub(start.elapsed());
            arrived = arrived.saturating_add(piece.len() as u64);
            if arrived >= SLOWEST {
                (patience, arrived) = (http::IDLE, 0);
            }
            let skipped = usize::try_from(known)
                .unwrap_or(usize::MAX)
                .min(piece.len());
            known = known.saturating_sub(skipped as u64);
            drop(piece.split_to(skipped));
            let found = self.at.saturating_add(piece.len() as u64);
            if found > self.layer.size {
                return Ended::Wrong(SourceError::SizeMismatch {
                    what: self.layer.what.clone(),
                    stated: self.layer.size,
                    found,
                });
            }
            while !piece.is_empty() {
                let part = piece.split_to(piece.len().min(PIECE));
                let length = part.len() as u64;
                if self.sender.send(Ok(part)).await.is_err() {
                    return Ended::Unwanted;
                }
                self.at = self.at.saturating_add(length);
            }
            if self.at == self.layer.size {
                return Ended::Complete;
            }
        }
    }
}

/// A layer's bytes as a reader. After an error it goes on failing with it.
struct Arriving {
    receiver: Receiver<Piece>,
    piece: Bytes,
    failed: Option<SourceError>,
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = &self.failed {
            return Err(error.clone().into());
        }
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => {
                    self.failed = Some(error.clone());
                    return Err(error.into());
                }
                None => return Ok(0),
            }
        }
        let part = self.piece.split_to(self.piece.len().min(buffer.len()));
        if let Some(target) = buffer.get_mut(..part.len()) {
            target.copy_from_slice(&part);
        }
        Ok(part.len())
    }
}
