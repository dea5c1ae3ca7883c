//! The async runtime, which nothing outside this room sees: requests go in, blocking answers come
//! out.

use std::future::Future;

use tokio::runtime::{Builder, Handle, Runtime as Tokio};

use super::error::SourceError;

/// Threads that move bytes. Hashing and decompressing happen elsewhere, so two are plenty.
const WORKERS: usize = 2;

/// A running runtime; its tasks end with it.
#[derive(Debug)]
pub(super) struct Runtime {
    tokio: Option<Tokio>,
    handle: Handle,
}

impl Runtime {
    /// Starts one.
    pub(super) fn start() -> Result<Self, SourceError> {
        let tokio = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("network")
            .enable_all()
            .build()
            .map_err(|error| SourceError::Unreadable {
                path: "the network".into(),
                reason: error.to_string(),
            })?;
        let handle = tokio.handle().clone();
        Ok(Self {
            tokio: Some(tokio),
            handle,
        })
    }

    /// Waits for an answer. Not to be called from a task of the runtime itself.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle.block_on(future)
    }

    /// What starts tasks on it.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // A look-up of a name may still be on its way; nobody waits for it.
        if let Some(tokio) = self.tokio.take() {
            tokio.shutdown_background();
        }
    }
}
