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
}

impl fmt::Debug for Credential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Basic { .. } => "Basic(…)",
            Self::IdentityToken(_) => "IdentityToken(…)",
            Self::AccessToken(_) => "AccessToken(…)",
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
    for path in files::places(&network.environment) {
        let Some(file) = CredentialsFile::read(&path)? else {
            continue;
        };
        if let Some(found) = file.credential(name, network.credential_helpers)? {
            return Ok(found);
        }
    }
    Ok(Credential::Anonymous)
}
