//! Where a daemon listens: where its variable says (docker(1), "DOCKER_HOST"; podman(1),
//! "CONTAINER_HOST"), else where it does by default.

use std::fmt;
use std::path::{Path, PathBuf};

use reqwest::Url;

use crate::source::error::SourceError;
use crate::source::network::{Environment, Network};
use crate::source::reference::Engine;
use crate::source::registry::is_loopback;

/// Docker's port without TLS, where an address has none.
const PORT: u16 = 2375;

/// Where a daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket in the file system.
    Socket(PathBuf),
    /// `http://HOST:PORT`.
    Tcp(String),
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => path.display().fmt(out),
            Self::Tcp(url) => out.write_str(url),
        }
    }
}

/// Where to look for a daemon, in this order.
pub(super) fn addresses(engine: Engine, network: &Network) -> Result<Vec<Address>, SourceError> {
    let environment = &network.environment;
    let (variable, stated) = match engine {
        Engine::Docker => ("DOCKER_HOST", &environment.docker_host),
        Engine::Podman => ("CONTAINER_HOST", &environment.container_host),
    };
    match stated {
        Some(stated) => {
            let tls = engine == Engine::Docker && environment.docker_tls;
            let address = stated_address(stated, tls, network.insecure);
            let address = address.map_err(|reason| SourceError::DaemonAddress {
                variable: variable.to_owned(),
                reason,
            })?;
            Ok(vec![address])
        }
        None => Ok(default_sockets(engine, environment)
            .into_iter()
            .map(Address::Socket)
            .collect()),
    }
}

/// The address that a variable states, or why it is none. The reason does not repeat the address,
/// which may hold a login.
fn stated_address(stated: &str, tls: bool, insecure: bool) -> Result<Address, String> {
    let Some((scheme, rest)) = stated.split_once("://") else {
        return Err("it is no address such as unix:///var/run/docker.sock".into());
    };
    match scheme {
        "unix" if Path::new(rest).is_absolute() => Ok(Address::Socket(PathBuf::from(rest))),
        "unix" => Err("the path of a socket has to be absolute".into()),
        "tcp" | "http" if tls => Err("DOCKER_TLS_VERIFY asks for TLS, which is not spoken".into()),
        "tcp" | "http" => {
            let url = Url::parse(&format!("http://{rest}")).ok();
            let plain = url.filter(|url| {
                let login = !url.username().is_empty() || url.password().is_some();
                let more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
                !login && !more
            });
            let Some((host, port)) = plain.as_ref().and_then(|url| {
                // A port of 80 reads like none.
                let stated = rest.trim_end_matches('/').ends_with(":80");
                let default = if scheme == "http" || stated { 80 } else { PORT };
                Some((url.host_str()?, url.port().unwrap_or(default)))
            }) else {
                return Err("it has to be a host and a port, and nothing else".into());
            };
            match is_loopback(host) || insecure {
                true => Ok(Address::Tcp(format!("http://{host}:{port}"))),
                false => Err("another machine is asked without TLS only with --insecure".into()),
            }
        }
        "https" => Err("TLS to a daemon is not spoken".into()),
        "ssh" => Err("daemons are not asked over ssh".into()),
        "npipe" => Err("the pipes of Windows are not spoken to".into()),
        _ => Err("only unix:// and tcp:// are spoken".into()),
    }
}

/// The sockets of a daemon (docker: "Daemon socket option" of dockerd(8), rootless mode, Docker
/// Desktop; podman-system-service(1)).
fn default_sockets(engine: Engine, environment: &Environment) -> Vec<PathBuf> {
    let below = |base: Option<&PathBuf>, rest: &str| base.map(|base| base.join(rest));
    let runtime = environment.runtime_dir.clone().or_else(|| {
        // What a login sets `XDG_RUNTIME_DIR` to (pam_systemd(8)); cron jobs and sudo lose it.
        let id = environment.user_id?;
        Some(PathBuf::from(format!("/run/user/{id}")))
    });
    let places = match engine {
        Engine::Docker => [
            Some(PathBuf::from("/var/run/docker.sock")),
            below(runtime.as_ref(), "docker.sock"),
            below(environment.home.as_ref(), ".docker/run/docker.sock"),
        ],
        Engine::Podman => [
            below(runtime.as_ref(), "podman/podman.sock"),
            Some(PathBuf::from("/run/podman/podman.sock")),
            None,
        ],
    };
    places.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(docker_host: &str, insecure: bool) -> Result<Address, String> {
        stated_address(docker_host, false, insecure)
    }

    #[test]
    fn a_daemon_is_where_its_variable_says() {
        let tcp = |url: &str| Ok(Address::Tcp(url.to_owned()));
        for (text, insecure, address) in [
            (
                "unix:///a/b.sock",
                false,
                Ok(Address::Socket("/a/b.sock".into())),
            ),
            ("tcp://127.0.0.1:2376/", false, tcp("http://127.0.0.1:2376")),
            ("tcp://localhost", false, tcp("http://localhost:2375")),
            ("tcp://[::1]:80", false, tcp("http://[::1]:80")),
            ("http://localhost", false, tcp("http://localhost:80")),
            (
                "tcp://daemon.example:2375",
                true,
                tcp("http://daemon.example:2375"),
            ),
        ] {
            assert_eq!(stated(text, insecure), address, "{text}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused_and_a_login_not_repeated() {
        for text in [
            "tcp://daemon.example:2375",
            "tcp://127.0.0.1.daemon.example:2375",
            "ssh://me:hunter2@daemon.example",
            "tcp://me:hunter2@127.0.0.1:1",
            "tcp://:hunter2@127.0.0.1:1",
            "tcp://127.0.0.1:1/containers?hunter2",
            "https://127.0.0.1:2376",
            "npipe:////./pipe/docker",
            "unix://relative",
            "me:hunter2@daemon.example",
            "nothing",
        ] {
            let reason = stated(text, false).unwrap_err();
            assert!(!reason.contains("hunter2"), "{reason}");
        }
        assert!(stated_address("tcp://127.0.0.1:2376", true, true).is_err());
    }

    #[test]
    fn a_user_has_sockets_of_their_own_whether_the_session_says_so_or_not() {
        let of = |runtime_dir: Option<&str>| {
            let environment = Environment {
                runtime_dir: runtime_dir.map(PathBuf::from),
                user_id: Some(1000),
                ..Environment::default()
            };
            default_sockets(Engine::Podman, &environment)
        };
        let system = PathBuf::from("/run/podman/podman.sock");
        let own = PathBuf::from("/run/user/1000/podman/podman.sock");
        assert_eq!(of(None), [own, system.clone()]);
        assert_eq!(of(Some("/a")), ["/a/podman/podman.sock".into(), system]);
    }
}
