//! Images that a daemon on this machine holds: the Docker Engine API (docs.docker.com, "Engine
//! API"), which podman's service speaks as well. The daemon streams an archive, which is read like
//! any other.
//!
//! | file | its one job |
//! |---|---|
//! | `address` | where a daemon listens |
//! | `api` | what it is asked, and what its answers mean |

mod address;
mod api;

use std::sync::Arc;

use super::archive::Archive;
use super::error::{SourceError, printable};
use super::reference::Engine;
use super::runtime::Runtime;
use super::{Request, SourceImage, SourceKind, docker_archive};
use address::addresses;
use api::{Daemon, Exported};

/// Opens an image that a daemon holds; `request` chooses by platform alone.
pub(super) fn open(
    engine: Engine,
    name: &str,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let limits = &request.options.limits;
    let addresses = addresses(engine, &request.options.network)?;
    let runtime = Arc::new(Runtime::start()?);
    let find = Daemon::find(engine, name, &addresses, limits.document_bytes);
    let (daemon, held) = runtime.wait(find)?;
    let answer = runtime.wait(daemon.export(held.exported_as(name)))?;
    let stream = Exported::new(Arc::clone(&runtime), daemon.clone(), answer);
    let shown = format!("{}:{}", engine.name(), printable(name));
    let archive = Archive::from_stream(stream, &shown, limits)?;
    let image = docker_archive::open(archive, request).map_err(|error| match error {
        SourceError::Ambiguous { .. } => daemon.cannot("it hands out several images".into()),
        other => other,
    })?;
    Ok(SourceImage {
        kind: match engine {
            Engine::Docker => SourceKind::DockerDaemon,
            Engine::Podman => SourceKind::PodmanDaemon,
        },
        ..image
    })
}
