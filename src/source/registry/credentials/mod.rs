//! What a registry is told about who asks.
//!
//! docker_credential was measured and left: it knows no namespaces, none of Docker Hub's
//! spellings, and takes an empty helper name for a helper.
//!
//! | file | its one job |
//! |---|---|
//! | `files` | credentials files of docker and podman |
//! | `helper` | programs that keep credentials |

mod files;
mod helper;

use std::fmt;

use super::name::ImageName;
use crate::source::error::SourceError;
use crate::source::network::Network;
use files::CredentialsFile;

/// A credential for one registry. Never shown, not even in part.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum Credential {
    /// None.
    #[default]
    Anonymous,
    /// Name and password, sent as HTTP Basic (RFC 7617) to the registry or its token server.
    Basic {
        /// The name.
        username: String,
        /// The password or personal access token.
        password: String,
    },
    /// An OAuth 2 refresh token (docker's `identitytoken`), exchanged for an access token.
    IdentityToken(String),
    /// An access token (docker's `registrytoken`), sent as it is.
    AccessToken(String),
    /// None known, since this helper program may not be run.
    NotAsked(String),
}

impl Credential {
    /// What a refusal should add to what the registry says; mostly nothing.
    pub(super) fn note(&self) -> String {
        match self {
            Self::NotAsked(program) => format!(
                "; `docker-credential-{program}` was not asked, as --no-credential-helpers wants"
            ),
            _ => String::new(),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Basic { .. } => "Basic(…)",
            Self::IdentityToken(_) => "IdentityToken(…)",
            Self::AccessToken(_) => "AccessToken(…)",
            Self::NotAsked(_) => "NotAsked",
        })
    }
}

/// Finds the credential for a repository: the one given on the command line, else the first that a
/// credentials file holds, else none.
///
/// # Errors
/// [`SourceError::Credentials`] when a file or a helper program that should hold it cannot be
/// read. Nothing of its content is repeated.
pub(super) fn find(name: &ImageName, network: &Network) -> Result<Credential, SourceError> {
    if let Some(login) = &network.login {
        return Ok(Credential::Basic {
            username: login.username.clone(),
            password: login.password.clone(),
        });
    }
    let mut best = Credential::Anonymous;
    for path in files::places(&network.environment) {
        let Some(file) = CredentialsFile::read(&path)? else {
            continue;
        };
        match file.credential(name, network.credential_helpers)? {
            None => {}
            Some(not_asked @ Credential::NotAsked(_)) => best = not_asked,
            Some(found) => return Ok(found),
        }
    }
    Ok(best)
}
