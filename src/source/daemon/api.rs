//! What a daemon is asked (Docker Engine API, "Inspect an image" and "Export an image"), and what
//! its answers mean.

use std::error::Error;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;
use tokio::time::timeout;

use super::address::Address;
use crate::source::config::or_default;
use crate::source::error::{SourceError, printable};
use crate::source::reference::Engine;
use crate::source::runtime::Runtime;
use crate::source::select::names_match;

/// Until somebody accepts a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Until a daemon answers, or sends more of an answer.
const IDLE: Duration = Duration::from_secs(60);
/// Until an export begins: docker and podman write the whole archive to their own disk first.
const GATHER: Duration = Duration::from_secs(15 * 60);
/// Bytes read of an answer that is an error.
const ERROR_BYTES: u64 = 8 << 10;

/// A daemon, asked for one image.
#[derive(Debug, Clone)]
pub(super) struct Daemon {
    engine: Engine,
    /// What the user calls the image.
    name: String,
    at: String,
    client: Client,
    base: String,
}

/// What a daemon knows of an image, as far as it is needed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Held {
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
}

impl Held {
    /// What to ask the export by. A name without a tag means `latest` everywhere but there, where
    /// docker takes it to mean all its tags; so the tag is added that the daemon itself has for
    /// the image.
    pub(super) fn exported_as<'a>(&'a self, name: &'a str) -> &'a str {
        let tag = self.repo_tags.iter().find(|tag| names_match(tag, name));
        tag.map_or(name, String::as_str)
    }
}

/// What a daemon says about a failure. Podman has further members.
#[derive(Deserialize)]
struct Complaint {
    message: String,
}

impl Daemon {
    /// The first of some addresses at which somebody listens, and what it knows of an image;
    /// `limit` caps its answer in bytes.
    pub(super) async fn find(
        engine: Engine,
        name: &str,
        addresses: &[Address],
        limit: u64,
    ) -> Result<(Self, Held), SourceError> {
        let mut tried = Vec::new();
        for address in addresses {
            let daemon = Self::at(engine, name, address)?;
            let url = daemon.url(name, "json")?;
            let answer = match timeout(IDLE, daemon.client.get(url).send()).await {
                Ok(Err(error)) if error.is_connect() => {
                    tried.push(format!("{address} ({})", why(&error)));
                    continue;
                }
                answer => daemon.judge(answer.ok()).await?,
            };
            let known = daemon.body(answer, limit).await?;
            let nonsense = |_| daemon.cannot("it does not answer like a daemon".into());
            let held = serde_json::from_slice(&known).map_err(nonsense)?;
            return Ok((daemon, held));
        }
        Err(SourceError::NoDaemon {
            engine: engine.name().to_owned(),
            tried: tried.join(", "),
            help: match engine {
                Engine::Docker => {
                    "start it, become a user who may write to its socket, or say with DOCKER_HOST \
                     where it listens; podman's service is podman:NAME"
                }
                Engine::Podman => {
                    "start its service with `systemctl --user start podman.socket` or \
                     `podman system service`, or say with CONTAINER_HOST where it listens"
                }
            }
            .into(),
        })
    }

    fn at(engine: Engine, name: &str, address: &Address) -> Result<Self, SourceError> {
        let builder = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT);
        let (builder, base) = match address {
            Address::Socket(path) => (builder.unix_socket(path.clone()), "http://localhost"),
            Address::Tcp(url) => (builder, url.as_str()),
        };
        let at = address.to_string();
        let client = builder.build().map_err(|error| SourceError::Unreadable {
            path: at.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            engine,
            name: printable(name),
            at,
            client,
            base: base.to_owned(),
        })
    }

    /// The archive of an image, while it arrives.
    pub(super) async fn export(&self, name: &str) -> Result<Response, SourceError> {
        let url = self.url(name, "get")?;
        let answer = timeout(GATHER, self.client.get(url).send()).await;
        self.judge(answer.ok()).await
    }

    /// The image cannot be had, for this reason.
    pub(super) fn cannot(&self, reason: String) -> SourceError {
        SourceError::Daemon {
            engine: self.engine.name().to_owned(),
            at: self.at.clone(),
            name: self.name.clone(),
            reason,
        }
    }

    /// `/images/NAME/WHAT`. Each slash of the name is a slash of the path, as the API has it;
    /// everything else is escaped, and no part of a name leads elsewhere.
    fn url(&self, name: &str, what: &str) -> Result<Url, SourceError> {
        let leads_elsewhere = |part: &str| part.is_empty() || part == "." || part == "..";
        // Some white space is not escaped but left out (URL Standard, "URL parsing"), which could
        // make such a part of another one.
        let printed = name.bytes().all(|byte| byte.is_ascii_graphic());
        if !printed || name.split('/').any(leads_elsewhere) {
            return Err(self.cannot("that is no name of an image".into()));
        }
        let mut url = Url::parse(&self.base).map_err(|error| self.cannot(error.to_string()))?;
        match url.path_segments_mut() {
            Ok(mut path) => {
                let start = path.clear().push("images");
                start.extend(name.split('/')).push(what);
            }
            Err(()) => return Err(self.cannot("its address has no paths".into())),
        }
        Ok(url)
    }

    /// An answer that is one; `None` is none in time.
    async fn judge(
        &self,
        answer: Option<Result<Response, reqwest::Error>>,
    ) -> Result<Response, SourceError> {
        let answer = match answer {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => {
                return Err(self.cannot(format!("the connection broke ({})", why(&error))));
            }
            None => return Err(self.cannot("it does not answer".into())),
        };
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let said = self.body(answer, ERROR_BYTES).await.unwrap_or_default();
        let said = serde_json::from_slice::<Complaint>(&said);
        Err(self.cannot(match (status, said) {
            (StatusCode::NOT_FOUND, Ok(said)) => {
                format!("it has no such image: {}", printable(&said.message))
            }
            (_, Ok(said)) => format!("{}, status {}", printable(&said.message), status.as_u16()),
            (_, Err(_)) => format!(
                "status {}, and it does not answer like a daemon",
                status.as_u16()
            ),
        }))
    }

    /// The whole of a small answer.
    async fn body(&self, mut answer: Response, limit: u64) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::new();
        loop {
            match timeout(IDLE, answer.chunk()).await {
                Ok(Ok(Some(piece))) => bytes.extend_from_slice(&piece),
                Ok(Ok(None)) => return Ok(bytes),
                Ok(Err(error)) => {
                    return Err(self.cannot(format!("it broke off ({})", why(&error))));
                }
                Err(_) => return Err(self.cannot("it does not send the rest".into())),
            }
            if bytes.len() as u64 > limit {
                return Err(self.cannot(format!("its answer is over {limit} bytes")));
            }
        }
    }
}

/// The innermost cause of a failure, without the address.
fn why(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(ErrorKind::NotFound) => "not there".to_owned(),
        Some(kind) if kind != ErrorKind::Other => kind.to_string(),
        _ => printable(&cause.to_string()),
    }
}

/// The archive as a reader. Its errors carry a [`SourceError`].
pub(super) struct Exported {
    runtime: Arc<Runtime>,
    daemon: Daemon,
    answer: Response,
    piece: Bytes,
}

impl Exported {
    /// What `daemon` began to answer.
    pub(super) fn new(runtime: Arc<Runtime>, daemon: Daemon, answer: Response) -> Self {
        Self {
            runtime,
            daemon,
            answer,
            piece: Bytes::new(),
        }
    }
}

impl Read for Exported {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let answer = &mut self.answer;
            let next = async { timeout(IDLE, answer.chunk()).await };
            let reason = match self.runtime.wait(next) {
                Ok(Ok(Some(piece))) => {
                    self.piece = piece;
                    continue;
                }
                Ok(Ok(None)) => return Ok(0),
                Ok(Err(error)) => format!("it broke off ({})", why(&error)),
                Err(_) => "it does not send the rest".to_owned(),
            };
            return Err(self.daemon.cannot(reason).into());
        }
        let part = self.piece.split_to(self.piece.len().min(buffer.len()));
        if let Some(target) = buffer.get_mut(..part.len()) {
            target.copy_from_slice(&part);
        }
        Ok(part.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported_as(tags: &[&str], name: &str) -> String {
        let repo_tags = tags.iter().map(|&tag| tag.to_owned()).collect();
        Held { repo_tags }.exported_as(name).to_owned()
    }

    #[test]
    fn a_name_without_a_tag_is_exported_with_the_one_it_means() {
        let docker = ["team/app:1", "team/app:latest"];
        assert_eq!(exported_as(&docker, "team/app"), "team/app:latest");
        assert_eq!(exported_as(&docker, "team/app:1"), "team/app:1");
        let podman = ["docker.io/library/debian:latest"];
        assert_eq!(exported_as(&podman, "debian"), podman[0]);
        let id = "0123456789ab";
        assert_eq!(exported_as(&docker, id), id);
        assert_eq!(exported_as(&[], "x"), "x");
    }
}
