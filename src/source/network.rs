//! How the network and the sockets of this machine may be used. Nothing here is used unless a
//! reference names a registry or a daemon.

use std::fmt;
use std::path::PathBuf;

/// How registries and daemons are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Plain HTTP to hosts that are not loopback, and TLS certificates nobody vouches for.
    pub insecure: bool,
    /// A file of PEM certificates trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Name and password for the registry; before any stored credentials.
    pub login: Option<Login>,
    /// Whether programs that a credentials file names (`credsStore`, `credHelpers`) may be run.
    pub credential_helpers: bool,
    /// Whether evidence attached to the image is looked for.
    pub attached: bool,
    /// What the environment says.
    pub environment: Environment,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            insecure: false,
            ca_file: None,
            login: None,
            credential_helpers: true,
            attached: true,
            environment: Environment::default(),
        }
    }
}

/// A name and its password. The password is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub username: String,
    /// The password or token.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Login({}, …)", self.username)
    }
}

/// The variables of the environment that say where daemons and credentials are, gathered by the
/// caller: this room reads none. Proxies alone (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`,
/// `NO_PROXY`) are left to the HTTP library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// The user's number, where podman's run-time folder for want of `XDG_RUNTIME_DIR` is named
    /// for it.
    pub user_id: Option<u32>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub config_home: Option<PathBuf>,
    /// `DOCKER_HOST`: the Docker daemon's address.
    pub docker_host: Option<String>,
    /// `DOCKER_TLS_VERIFY`: whether that daemon is to be asked over TLS.
    pub docker_tls: bool,
    /// `CONTAINER_HOST`: podman's address.
    pub container_host: Option<String>,
    /// `DOCKER_CONFIG`: the folder of docker's `config.json`.
    pub docker_config: Option<PathBuf>,
    /// `REGISTRY_AUTH_FILE`: podman's credentials file.
    pub registry_auth_file: Option<PathBuf>,
}
