//! Layers as they arrive: several at once, each into a bounded buffer that a reader empties. A
//! transfer that breaks goes on where it broke, into the same reader.
//!
//! This is HTTP/1.1, with a connection for each layer: on one connection for all of them, layers
//! that wait for their reader would hold up the one that is being read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::select;
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::client::Repository;
use super::http;
use crate::source::digest::{Digest, VerifyingReader};
use crate::source::error::SourceError;
use crate::source::runtime::Runtime;

/// Downloads begun before their layers are opened.
const AHEAD: usize = 4;
/// Bytes of one layer that wait for its reader, at most. Six layers at once took 140 MB at 1 MiB,
/// and 170 MB at 4 MiB, which was no faster.
const WAITING: usize = 1 << 20;
/// Bytes of one piece of them, at most.
const PIECE: usize = 64 << 10;
/// What a smaller piece counts: it may hold the HTTP library's whole read buffer.
const LEAST_PIECE: usize = 8 << 10;
/// Tries in a row that bring next to nothing before a layer is given up.
const FRUITLESS: u32 = 5;
/// Wait before the second try; each further one in a row is twice as long.
const BACK_OFF: Duration = Duration::from_millis(200);
/// Bytes that must arrive within [`http::IDLE`], 1 KiB a second: a transfer below that counts as
/// broken. A try that brings less is fruitless, so that drops of bytes do not go on for ever.
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
    begun: BTreeMap<usize, UnboundedReceiver<Piece>>,
    /// Opened at any time.
    opened: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
struct Layer {
    digest: Digest,
    size: u64,
    what: String,
}

/// Bytes with their place among those that wait, or why there are no more.
type Piece = Result<(Bytes, OwnedSemaphorePermit), SourceError>;

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
            piece: None,
            failed: None,
        };
        Ok(Box::new(
            VerifyingReader::new(arriving, layer.digest, layer.what).with_size(layer.size),
        ))
    }

    fn begin(&self, layer: &Layer) -> UnboundedReceiver<Piece> {
        let (sender, receiver) = unbounded_channel();
        let unwanted = sender.clone();
        let transfer = Transfer {
            repository: Arc::clone(&self.repository),
            layer: layer.clone(),
            sender,
            room: Arc::new(Semaphore::new(WAITING)),
            at: 0,
        };
        self.runtime.handle().spawn(async move {
            // A reader that is dropped ends the transfer, whatever it waits for.
            select(pin!(transfer.run()), pin!(unwanted.closed())).await;
        });
        receiver
    }
}

/// One layer on its way.
struct Transfer {
    repository: Arc<Repository>,
    layer: Layer,
    sender: UnboundedSender<Piece>,
    /// Room for pieces that nobody has read yet.
    room: Arc<Semaphore>,
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
                Ended::Wrong(error) => return self.give_up(error),
                Ended::Broken(reason) => reason,
            };
            fruitless = match self.at.saturating_sub(before) {
                SLOWEST.. => 1,
                _ => fruitless.saturating_add(1),
            };
            if fruitless >= FRUITLESS {
                return self.give_up(self.broken(reason));
            }
            let doublings = fruitless.saturating_sub(1);
            sleep(BACK_OFF.saturating_mul(1u32.checked_shl(doublings).unwrap_or(u32::MAX))).await;
        }
    }

    fn broken(&self, reason: String) -> SourceError {
        SourceError::BrokenTransfer {
            what: self.layer.what.clone(),
            at: self.at,
            size: self.layer.size,
            reason,
        }
    }

    fn give_up(&self, error: SourceError) {
        // A reader that has gone does not want to know.
        let _ = self.sender.send(Err(error));
    }

    /// One connection, from where the last one broke.
    async fn connection(&mut self) -> Ended {
        if self.at >= self.layer.size {
            return Ended::Complete;
        }
        let Layer { digest, what, .. } = &self.layer;
        match self.repository.blob(digest, what, self.at).await {
            Ok(answer) => self.receive(answer).await,
            // The client has tried often enough.
            Err(error @ SourceError::Unreachable { .. }) => {
                Ended::Wrong(self.broken(error.to_string()))
            }
            Err(error) => Ended::Wrong(error),
        }
    }

    /// Hands on what arrives. Where that is the whole layer, since the server ignores ranges,
    /// what was handed on before is left out.
    async fn receive(&mut self, mut answer: Response) -> Ended {
        let whole = answer.status() == StatusCode::OK;
        let mut known = if whole { self.at } else { 0 };
        if let Some(error) = self.mismatch(answer.content_length(), whole) {
            return Ended::Wrong(error);
        }
        let (mut patience, mut arrived) = (http::IDLE, 0u64);
        loop {
            let start = Instant::now();
            let mut piece = match timeout(patience, answer.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Err(error)) => return Ended::Broken(http::reason(&error)),
                Ok(Ok(None)) => return Ended::Broken("the registry sent no more".into()),
                Err(_) => return Ended::Broken("the registry sends nothing, or too slowly".into()),
            };
            // Only the registry's time counts, not the reader's.
            patience = patience.saturating_sub(start.elapsed());
            arrived = arrived.saturating_add(piece.len() as u64);
            if arrived >= SLOWEST {
                (patience, arrived) = (http::IDLE, 0);
            }
            let skipped = piece
                .len()
                .min(usize::try_from(known).unwrap_or(usize::MAX));
            known = known.saturating_sub(skipped as u64);
            drop(piece.split_to(skipped));
            if !self.hand_on(piece).await {
                return Ended::Unwanted;
            }
            if self.at == self.layer.size {
                return Ended::Complete;
            }
        }
    }

    /// What an answer that states another length than the layer's has to be refused for. One that
    /// states none may go on after the layer's end: that is not read, and the digest decides.
    fn mismatch(&self, length: Option<u64>, whole: bool) -> Option<SourceError> {
        let start = if whole { 0 } else { self.at };
        let (found, stated) = (start.saturating_add(length?), self.layer.size);
        // A part may end early.
        let wrong = found > stated || (whole && found < stated);
        wrong.then(|| SourceError::SizeMismatch {
            what: self.layer.what.clone(),
            stated,
            found,
        })
    }

    /// Waits until there is room for a piece and hands it on, no further than the layer goes;
    /// false when nobody wants it.
    async fn hand_on(&mut self, mut piece: Bytes) -> bool {
        let left = self.layer.size.saturating_sub(self.at);
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        while !piece.is_empty() {
            let part = piece.split_to(piece.len().min(PIECE));
            let length = part.len();
            let weight = u32::try_from(length.max(LEAST_PIECE)).unwrap_or(u32::MAX);
            let room = Arc::clone(&self.room).acquire_many_owned(weight).await;
            let sent = room.is_ok_and(|room| self.sender.send(Ok((part, room))).is_ok());
            if !sent {
                return false;
            }
            self.at = self.at.saturating_add(length as u64);
        }
        true
    }
}

/// A layer's bytes as a reader. After an error it goes on failing with it.
struct Arriving {
    receiver: UnboundedReceiver<Piece>,
    piece: Option<(Bytes, OwnedSemaphorePermit)>,
    failed: Option<SourceError>,
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = &self.failed {
            return Err(error.clone().into());
        }
        let mut piece = match self.piece.take() {
            Some(piece) => piece,
            None => match self.receiver.blocking_recv() {
                Some(Ok(piece)) => piece,
                Some(Err(error)) => {
                    self.failed = Some(error.clone());
                    return Err(error.into());
                }
                None => return Ok(0),
            },
        };
        let part = piece.0.split_to(piece.0.len().min(buffer.len()));
        if let Some(target) = buffer.get_mut(..part.len()) {
            target.copy_from_slice(&part);
        }
        // A piece that is used up makes room for the next.
        self.piece = Some(piece).filter(|(rest, _)| !rest.is_empty());
        Ok(part.len())
    }
}
