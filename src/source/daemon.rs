//! Images that a daemon on this machine holds: the Docker Engine API (docs.docker.com, "Engine
//! API", "Export an image"), which podman's service speaks as well. The daemon streams an archive,
//! which is read like any other.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;
use tokio::time::timeout;

use super::archive::Archive;
use super::error::{SourceError, printable};
use super::network::{Environment, Network};
use super::reference::Engine;
use super::registry::is_loopback;
use super::runtime::Runtime;
use super::{Request, Selector, SourceImage, SourceKind, docker_archive};

/// Until a daemon has answered: it may have to gather the image first.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes read of an answer that is an error.
const ERROR_BYTES: usize = 8 << 10;

/// Where a daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Socket(PathBuf),
    /// `http://HOST:PORT`.
    Tcp(String),
}

/// Opens an image that a daemon holds.
pub(super) fn open(
    engine: Engine,
    name: &str,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let network = &request.options.network;
    let addresses = addresses(engine, network)?;
    let runtime = Arc::new(Runtime::start()?);
    let daemon = runtime.wait(Daemon::connect(engine, &addresses))?;
    let answer = runtime.wait(daemon.export(name))?;
    let stream = Exported {
        runtime: Arc::clone(&runtime),
        answer,
        piece: bytes::Bytes::new(),
    };
    let shown = format!("{}:{}", engine.name(), printable(name));
    let archive = Archive::from_stream(stream, &shown, &request.options.limits)?;
    let any = Request {
        selector: &Selector::Any,
        ..*request
    };
    let image = docker_archive::open(archive, &any)?;
    Ok(SourceImage {
        kind: match engine {
            Engine::Docker => SourceKind::DockerDaemon,
            Engine::Podman => SourceKind::PodmanDaemon,
        },
        ..image
    })
}

/// Where to look for a daemon: where its variable says, else where it listens by default.
fn addresses(engine: Engine, network: &Network) -> Result<Vec<Address>, SourceError> {
    let environment = &network.environment;
    let (variable, stated) = match engine {
        Engine::Docker => ("DOCKER_HOST", &environment.docker_host),
        Engine::Podman => ("CONTAINER_HOST", &environment.container_host),
    };
    match stated {
        Some(stated) => Ok(vec![stated_address(variable, stated, network)?]),
        None => Ok(default_sockets(engine, environment)
            .into_iter()
            .map(Address::Socket)
            .collect()),
    }
}

fn stated_address(variable: &str, stated: &str, network: &Network) -> Result<Address, SourceError> {
    let refused = |reason: &str| SourceError::DaemonAddress {
        variable: variable.to_owned(),
        // An address may hold a login.
        scheme: printable(stated.split("://").next().unwrap_or_default()),
        reason: reason.to_owned(),
    };
    let Some((scheme, rest)) = stated.split_once("://") else {
        return Err(refused("it has no scheme"));
    };
    match scheme {
        "unix" if Path::new(rest).is_absolute() => Ok(Address::Socket(PathBuf::from(rest))),
        "tcp" | "http" => {
            let url = format!("http://{}", rest.trim_end_matches('/'));
            let host = Url::parse(&url).ok().and_then(|url| {
                let plain = url.username().is_empty() && url.path() == "/";
                plain.then(|| url.host_str().map(str::to_owned)).flatten()
            });
            match host {
                Some(host) if is_loopback(&host) || network.insecure => Ok(Address::Tcp(url)),
                Some(_) => Err(refused(
                    "a daemon of another machine without TLS is asked with --insecure only",
                )),
                None => Err(refused("it is no address")),
            }
        }
        _ => Err(refused("only unix:// and tcp:// are spoken")),
    }
}

fn default_sockets(engine: Engine, environment: &Environment) -> Vec<PathBuf> {
    let below = |base: &Option<PathBuf>, rest: &str| base.as_ref().map(|base| base.join(rest));
    let (runtime, home) = (&environment.runtime_dir, &environment.home);
    let places = match engine {
        Engine::Docker => [
            Some(PathBuf::from("/var/run/docker.sock")),
            below(runtime, "docker.sock"),
            below(home, ".docker/run/docker.sock"),
        ],
        Engine::Podman => [
            below(runtime, "podman/podman.sock"),
            Some(PathBuf::from("/run/podman/podman.sock")),
            None,
        ],
    };
    places.into_iter().flatten().collect()
}

/// A daemon that answers.
struct Daemon {
    engine: Engine,
    client: Client,
    base: String,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default, alias = "cause")]
    message: String,
}

impl Daemon {
    /// The first of some addresses at which somebody answers.
    async fn connect(engine: Engine, addresses: &[Address]) -> Result<Self, SourceError> {
        let mut tried = Vec::new();
        for address in addresses {
            let builder = Client::builder()
                .no_proxy()
                .redirect(Policy::none())
                .read_timeout(PATIENCE);
            let (builder, base, shown) = match address {
                Address::Socket(path) => (
                    builder.unix_socket(path.clone()),
                    "http://localhost".to_owned(),
                    path.display().to_string(),
                ),
                Address::Tcp(url) => (builder, url.clone(), url.clone()),
            };
            let client = builder.build().map_err(|error| SourceError::Unreadable {
                path: shown.clone(),
                reason: error.to_string(),
            })?;
            let answer = timeout(PATIENCE, client.get(format!("{base}/_ping")).send()).await;
            match answer {
                Ok(Ok(_)) => {
                    return Ok(Self {
                        engine,
                        client,
                        base,
                    });
                }
                _ => tried.push(shown),
            }
        }
        Err(SourceError::NoDaemon {
            engine: engine.name().to_owned(),
            tried: tried.join(", "),
            help: match engine {
                Engine::Docker => {
                    "start it, or say with DOCKER_HOST where it listens; podman's service is podman:NAME"
                }
                Engine::Podman => {
                    "start its service: systemctl --user start podman.socket, or podman system service; \
                     or say with CONTAINER_HOST where it listens"
                }
            }
            .into(),
        })
    }

    /// The archive of an image, while it arrives. Asks for the image first: an export of nothing
    /// begins well and is empty.
    async fn export(&self, name: &str) -> Result<Response, SourceError> {
        drop(self.get(name, "json").await?);
        self.get(name, "get").await
    }

    async fn get(&self, name: &str, what: &str) -> Result<Response, SourceError> {
        let failed = |reason: String| SourceError::Daemon {
            engine: self.engine.name().to_owned(),
            name: printable(name),
            reason,
        };
        let mut url = Url::parse(&self.base).map_err(|error| failed(error.to_string()))?;
        match url.path_segments_mut() {
            // Each slash of the name is a slash of the path, as the API has it, and nothing of it
            // can lead elsewhere.
            Ok(mut path) => {
                path.clear().extend(["images"]);
                let unsafe_part = |part: &&str| part.is_empty() || *part == "." || *part == "..";
                if name.split('/').any(|part| unsafe_part(&part)) {
                    return Err(failed("that is no name of an image".into()));
                }
                path.extend(name.split('/')).push(what);
            }
            Err(()) => return Err(failed("its address has no paths".into())),
        }
        let answer = match timeout(PATIENCE, self.client.get(url).send()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => return Err(failed("the connection broke".into())),
            Err(_) => return Err(failed("it does not answer".into())),
        };
        match answer.status() {
            StatusCode::OK => Ok(answer),
            StatusCode::NOT_FOUND => Err(failed("it has no such image".into())),
            status => {
                let said = complaint(answer).await;
                Err(failed(format!("status {}{said}", status.as_u16())))
            }
        }
    }
}

/// What a daemon says about a failure, as the end of a sentence.
async fn complaint(mut answer: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Ok(Some(piece))) = timeout(PATIENCE, answer.chunk()).await {
        let room = ERROR_BYTES.saturating_sub(bytes.len()).min(piece.len());
        bytes.extend_from_slice(piece.get(..room).unwrap_or_default());
        if bytes.len() >= ERROR_BYTES {
            break;
        }
    }
    match serde_json::from_slice::<Complaint>(&bytes) {
        Ok(complaint) if !complaint.message.is_empty() => {
            format!(", {}", printable(&complaint.message))
        }
        _ => String::new(),
    }
}

/// The archive as a reader.
struct Exported {
    runtime: Arc<Runtime>,
    answer: Response,
    piece: bytes::Bytes,
}

impl Read for Exported {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let answer = &mut self.answer;
            let next = async { timeout(PATIENCE, answer.chunk()).await };
            match self.runtime.wait(next) {
                Ok(Ok(Some(piece))) => self.piece = piece,
                Ok(Ok(None)) => return Ok(0),
                Ok(Err(_)) => return Err(io::Error::other("the daemon broke off")),
                Err(_) => return Err(io::Error::other("the daemon sends nothing")),
            }
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

    fn stated(docker_host: &str, insecure: bool) -> Result<Vec<Address>, SourceError> {
        let network = Network {
            insecure,
            environment: Environment {
                docker_host: Some(docker_host.into()),
                ..Environment::default()
            },
            ..Network::default()
        };
        addresses(Engine::Docker, &network)
    }

    #[test]
    fn a_daemon_is_where_its_variable_says() {
        let socket = Address::Socket("/a/b.sock".into());
        assert_eq!(stated("unix:///a/b.sock", false).unwrap(), [socket]);
        let tcp = Address::Tcp("http://127.0.0.1:2375".into());
        assert_eq!(stated("tcp://127.0.0.1:2375", false).unwrap(), [tcp]);
        let far = Address::Tcp("http://daemon.example:2375".into());
        assert_eq!(stated("tcp://daemon.example:2375", true).unwrap(), [far]);
    }

    #[test]
    fn what_is_not_spoken_is_refused_and_a_login_not_repeated() {
        for text in [
            "tcp://daemon.example:2375",
            "ssh://me:hunter2@daemon.example",
            "tcp://me:hunter2@127.0.0.1:1",
            "npipe:////./pipe/docker",
            "unix://relative",
            "nothing",
        ] {
            let error = stated(text, false).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn rootless_sockets_come_after_the_usual_one() {
        let environment = Environment {
            runtime_dir: Some("/run/user/1".into()),
            ..Environment::default()
        };
        assert_eq!(
            default_sockets(Engine::Podman, &environment),
            [
                PathBuf::from("/run/user/1/podman/podman.sock"),
                "/run/podman/podman.sock".into()
            ]
        );
    }
}
