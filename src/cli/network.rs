//! How registries and daemons are reached, from flags and environment.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::args::NetworkFlags;
use super::error::CliError;
use crate::source::{Engine, Environment, ImageName, Login, Network, Place, Reference};

/// Bytes of a password.
const PASSWORD_BYTES: u64 = 64 << 10;

/// Works out the flags; `references` are those of all images of the command and `packs` those of
/// its rules, which one login must not be sent to different registries of.
///
/// # Errors
/// [`CliError::OneLogin`] or [`CliError::Password`].
pub(super) fn network(
    flags: &NetworkFlags,
    references: &[Reference],
    packs: &[ImageName],
) -> Result<Network, CliError> {
    let login = match &flags.username {
        None => None,
        Some(username) => {
            let packs = packs.iter().map(ImageName::registry);
            let registries = references.iter().filter_map(registry).chain(packs);
            let registries: BTreeSet<&str> = registries.collect();
            if registries.len() > 1 {
                let registries: Vec<&str> = registries.into_iter().collect();
                return Err(CliError::OneLogin {
                    registries: registries.join(", "),
                });
            }
            Some(Login {
                username: username.clone(),
                password: password()?,
            })
        }
    };
    Ok(Network {
        insecure: flags.insecure,
        ca_file: flags.ca_file.clone(),
        login,
        credential_helpers: !flags.no_credential_helpers,
        attached: !flags.no_attached,
        environment: environment(),
    })
}

/// The registry a reference names.
pub(super) fn registry(reference: &Reference) -> Option<&str> {
    match reference.place() {
        Place::Registry { name, .. } => Some(name.registry()),
        _ => None,
    }
}

/// Whether a reference is read over the network: registries are, and daemons that do not listen at
/// a socket in the file system.
pub(super) fn is_remote(reference: &Reference, environment: &Environment) -> bool {
    let address = match reference.place() {
        Place::Registry { .. } => return true,
        Place::Daemon { engine, .. } => match engine {
            Engine::Docker => &environment.docker_host,
            Engine::Podman => &environment.container_host,
        },
        _ => return false,
    };
    address
        .as_ref()
        .is_some_and(|address| !address.starts_with("unix:"))
}

/// The password on standard input, without the end of its line.
#[expect(
    clippy::disallowed_methods,
    reason = "the one read of standard input; it is capped"
)]
fn password() -> Result<String, CliError> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(PASSWORD_BYTES);
    let read = input
        .read_to_string(&mut text)
        .map_err(|_| CliError::Password)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let password = line.strip_suffix('\r').unwrap_or(line);
    // What fills the cap may have been cut, and is no password.
    match password.is_empty() || read as u64 == PASSWORD_BYTES {
        true => Err(CliError::Password),
        false => Ok(password.to_owned()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read in this room; these variables belong to other programs, so they are no flags"
)]
fn environment() -> Environment {
    let path = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Environment {
        home: path("HOME"),
        // A process's own folder belongs to its user.
        user_id: std::fs::metadata("/proc/self").ok().map(|own| own.uid()),
        runtime_dir: path("XDG_RUNTIME_DIR"),
        config_home: path("XDG_CONFIG_HOME"),
        docker_host: text("DOCKER_HOST"),
        // Set is set, as for docker, whatever it says.
        docker_tls: path("DOCKER_TLS_VERIFY").is_some(),
        container_host: text("CONTAINER_HOST"),
        docker_config: path("DOCKER_CONFIG"),
        registry_auth_file: path("REGISTRY_AUTH_FILE"),
    }
}
