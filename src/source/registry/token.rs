//! From a refusal to a credential the registry accepts: challenges (RFC 9110, section 11.6.1) and
//! the token servers they name (distribution's "Token Authentication Specification" and "OAuth 2").

use std::fmt;

use http_auth::parse_challenges;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use tokio::time::timeout;

use super::credentials::Credential;
use super::http::{self, Unread};
use super::tries::{Patience, Tries, is_passing};
use crate::source::error::{SourceError, printable};
use crate::source::network::Network;

/// Bytes of a token server's answer.
const TOKEN_BYTES: u64 = 64 << 10;
/// Bytes of the parameters of a challenge.
const CHALLENGE_BYTES: usize = 4 << 10;

/// What is sent along with a request. Never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum Authorization {
    /// Nothing.
    #[default]
    None,
    /// Name and password.
    Basic(String, String),
    /// A token, known to fit into a header.
    Bearer(String),
}

impl fmt::Debug for Authorization {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::None => "None",
            Self::Basic(..) => "Basic(…)",
            Self::Bearer(_) => "Bearer(…)",
        })
    }
}

impl Authorization {
    /// Adds it to a request.
    pub(super) fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic(name, password) => request.basic_auth(name, Some(password)),
            Self::Bearer(token) => request.bearer_auth(token),
        }
    }
}

/// What a registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password.
    Basic,
    /// A token of the server at `realm`.
    Bearer {
        /// The token server's address.
        realm: String,
        /// The service to name to it.
        service: Option<String>,
        /// The scope to ask for, where the registry says.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Reads the challenges of a refusal; a token before a password, since a registry that offers
    /// both means people to use tokens.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter();
        let texts = texts.filter_map(|text| text.to_str().ok());
        let mut basic = None;
        for text in texts.filter(|text| text.len() <= CHALLENGE_BYTES) {
            for challenge in parse_challenges(text).unwrap_or_default() {
                let parameter = |name: &str| {
                    let mut parameters = challenge.params.iter();
                    let found = parameters.find(|(key, _)| key.eq_ignore_ascii_case(name));
                    found.map(|(_, value)| value.to_unescaped())
                };
                if challenge.scheme.eq_ignore_ascii_case("basic") {
                    basic = Some(Self::Basic);
                } else if challenge.scheme.eq_ignore_ascii_case("bearer") {
                    return Some(Self::Bearer {
                        realm: parameter("realm")?,
                        service: parameter("service"),
                        scope: parameter("scope"),
                    });
                }
            }
        }
        basic
    }
}

/// Who asks for what, of which token server.
pub(super) struct TokenRequest<'a> {
    /// The registry, for messages.
    pub(super) host: &'a str,
    /// Whether the registry has no TLS.
    pub(super) plain: bool,
    /// How token servers are reached.
    pub(super) network: &'a Network,
    /// Certificates of `--ca-file`.
    pub(super) ca: Option<&'a [u8]>,
    /// Waiting left.
    pub(super) patience: &'a Patience,
    /// The scope asked for unless the challenge names one.
    pub(super) scope: &'a str,
    /// Who asks.
    pub(super) credential: &'a Credential,
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl TokenRequest<'_> {
    /// Answers a challenge. `None` when there is nothing to answer it with.
    pub(super) async fn answer(
        &self,
        challenge: &Challenge,
    ) -> Result<Option<Authorization>, SourceError> {
        match (challenge, self.credential) {
            (_, Credential::AccessToken(token)) => self.checked(token).map(Some),
            (Challenge::Basic, Credential::Basic { username, password }) => Ok(Some(
                Authorization::Basic(username.clone(), password.clone()),
            )),
            (Challenge::Basic, _) => Ok(None),
            (
                Challenge::Bearer {
                    realm,
                    service,
                    scope,
                },
                _,
            ) => {
                let realm = self.realm(realm)?;
                let scope = scope.as_deref().unwrap_or(self.scope);
                let token = self.fetch(&realm, service.as_deref(), scope).await?;
                self.checked(&token).map(Some)
            }
        }
    }

    /// The token server's address, if a password may be sent there: over TLS; or, as when the
    /// registry of this machine has none either, within this machine.
    fn realm(&self, realm: &str) -> Result<Url, SourceError> {
        let nonsense = |reason: &str| self.nonsense(reason);
        let url = Url::parse(realm).map_err(|_| nonsense("its token server has no address"))?;
        let loopback = url.host_str().is_some_and(http::is_loopback);
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.network.insecure || (self.plain && loopback) => Ok(url),
            _ => Err(nonsense(
                "its token server does not use TLS, and a password would be sent in the clear",
            )),
        }
    }

    /// One exchange with the token server, tried again where that may help.
    async fn fetch(
        &self,
        realm: &Url,
        service: Option<&str>,
        scope: &str,
    ) -> Result<String, SourceError> {
        let asked_of = realm.host_str().unwrap_or(self.host);
        // A password must not travel on to where a redirect leads.
        let client = http::client(asked_of, self.network, self.ca, Policy::none())?;
        let mut tries = Tries::new(asked_of, self.patience);
        loop {
            let request = self.request(&client, realm, service, scope);
            let answer = match timeout(http::IDLE, request.send()).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => {
                    tries.failed(&error).await?;
                    continue;
                }
                Err(_) => return Err(self.nonsense("its token server does not answer")),
            };
            let status = answer.status();
            if is_passing(status) && tries.busy(answer.headers()).await {
                continue;
            }
            if status != StatusCode::OK {
                return Err(SourceError::RegistryDenied {
                    host: self.host.to_owned(),
                    what: "a token".into(),
                    said: said_of(status, &http::said(answer).await) + &self.credential.note(),
                });
            }
            let body = match http::body(answer, TOKEN_BYTES, asked_of, "the token").await {
                Ok(body) => body,
                Err(Unread::Refused(error)) => return Err(error),
                Err(Unread::Broken(error)) => {
                    tries.failed(&error).await?;
                    continue;
                }
            };
            let answer: TokenAnswer = serde_json::from_slice(&body)
                .map_err(|_| self.nonsense("its token server answers with no token"))?;
            return Ok(match answer.token.is_empty() {
                true => answer.access_token,
                false => answer.token,
            });
        }
    }

    fn request(
        &self,
        client: &Client,
        realm: &Url,
        service: Option<&str>,
        scope: &str,
    ) -> RequestBuilder {
        let mut url = realm.clone();
        if let Credential::IdentityToken(token) = self.credential {
            // The body is a form; a URL's query has the same encoding.
            let mut form = realm.clone();
            form.set_query(None);
            form.query_pairs_mut()
                .append_pair("grant_type", "refresh_token")
                .append_pair("client_id", "freehold")
                .append_pair("service", service.unwrap_or_default())
                .append_pair("scope", scope)
                .append_pair("refresh_token", token);
            let form = form.query().unwrap_or_default().to_owned();
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            return client.post(url).header(CONTENT_TYPE, kind).body(form);
        }
        url.query_pairs_mut().append_pair("scope", scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", service);
        }
        let request = client.get(url);
        match self.credential {
            Credential::Basic { username, password } => {
                request.basic_auth(username, Some(password))
            }
            _ => request,
        }
    }

    /// A token that fits into a header: RFC 6750, section 2.1.
    fn checked(&self, token: &str) -> Result<Authorization, SourceError> {
        let fits = token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
        if token.is_empty() || !fits {
            return Err(self.nonsense("its token server answers with no usable token"));
        }
        Ok(Authorization::Bearer(token.to_owned()))
    }

    fn nonsense(&self, reason: &str) -> SourceError {
        SourceError::RegistryAnswer {
            host: self.host.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// A status and what was said with it.
pub(super) fn said_of(status: StatusCode, said: &str) -> String {
    match said {
        "" => format!("status {}", status.as_u16()),
        said => printable(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(text).unwrap());
        }
        Challenge::read(&headers)
    }

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let bearer =
            r#"Bearer realm="https://a.example/t",service="s, t",scope="repository:a:pull""#;
        let expected = Some(Challenge::Bearer {
            realm: "https://a.example/t".into(),
            service: Some("s, t".into()),
            scope: Some("repository:a:pull".into()),
        });
        assert_eq!(read(&[bearer]), expected);
        assert_eq!(read(&["Basic realm=\"x\"", bearer]), expected);
        assert_eq!(read(&["basic realm=\"x\""]), Some(Challenge::Basic));
    }

    #[test]
    fn what_cannot_be_answered_is_no_challenge() {
        let long = format!("Bearer realm=\"{}\"", "x".repeat(CHALLENGE_BYTES));
        for text in ["", "Bearer", "Negotiate", "Bearer service=\"x\"", &long] {
            assert_eq!(read(&[text]), None, "{text}");
        }
    }
}
