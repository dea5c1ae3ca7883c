//! What a registry is told about who asks.

use std::fmt;

/// A credential for one registry. Never shown, not even in part.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) enum Credential {
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
