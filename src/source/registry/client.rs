//! One repository of one registry: its manifests, referrers and small blobs, each read with a cap
//! and checked against its digest, and its layers, which are handed on as they arrive.

use std::fmt;

use reqwest::header::{ACCEPT, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::credentials::Credential;
use super::http::{self, Tries};
use super::name::{ImageName, ManifestReference};
use super::token::{Authorization, Challenge, TokenRequest, said_of};
use crate::source::digest::{Digest, DigestVerifier};
use crate::source::error::{SourceError, printable};
use crate::source::network::Network;

/// What may be sent in answer to a request for a manifest (distribution-spec, "Pulling
/// manifests"). Docker's schema 1 is asked for by nobody and refused by name.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// Tokens asked for in one request's stead: others may use up, or outlive, the one just got.
const RENEWALS: u32 = 3;

/// A repository, and what is known of how to ask it.
pub(super) struct Repository {
    name: ImageName,
    scheme: &'static str,
    client: Client,
    /// Follows no redirects: for requests that carry a password in their body or to another host.
    token_client: Client,
    network: Network,
    credential: Credential,
    authorization: Mutex<Authorization>,
}

/// A document as a registry sent it, with the digest of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    /// Digest of the bytes.
    pub(super) digest: Digest,
    /// Media type of the answer, without parameters.
    pub(super) media_type: String,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// Where the next page is, as a path of the same registry.
    pub(super) next: Option<String>,
}

impl fmt::Debug for Repository {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Repository({})", self.name)
    }
}

impl Repository {
    /// Gets ready to ask. A host on this machine is asked whether it speaks plain HTTP, and so is
    /// any with `--insecure`; all others must speak TLS.
    pub(super) async fn connect(
        name: &ImageName,
        credential: Credential,
        network: &Network,
    ) -> Result<Self, SourceError> {
        let ca = network.ca_file.as_deref();
        let ca = ca.map(http::read_ca_file).transpose()?;
        let redirects = http::redirects(network.insecure);
        let mut repository = Self {
            name: name.clone(),
            scheme: "https",
            client: http::client(name.host(), network, ca.as_deref(), redirects)?,
            token_client: http::client(name.host(), network, ca.as_deref(), Policy::none())?,
            network: network.clone(),
            credential,
            authorization: Mutex::default(),
        };
        if http::is_loopback(name.host()) || network.insecure {
            repository.scheme = repository.scheme_spoken().await?;
        }
        Ok(repository)
    }

    /// Asks without credentials. Loopback registries mostly speak plain HTTP, others mostly TLS.
    async fn scheme_spoken(&self) -> Result<&'static str, SourceError> {
        let order = match http::is_loopback(self.name.host()) {
            true => ["http", "https"],
            false => ["https", "http"],
        };
        let mut failure = None;
        for scheme in order {
            let url = format!("{scheme}://{}/v2/", self.name.host());
            match timeout(http::IDLE, self.client.get(url).send()).await {
                // What servers of TLS answer to plain HTTP.
                Ok(Ok(answer))
                    if scheme == "http" && answer.status() == StatusCode::BAD_REQUEST => {}
                Ok(Ok(_)) => return Ok(scheme),
                Ok(Err(error)) => failure = Some(http::unreachable(self.name.host(), &error)),
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or_else(|| self.nonsense("it does not answer")))
    }

    /// A manifest or index; `None` if there is none.
    pub(super) async fn manifest(
        &self,
        reference: &ManifestReference,
        limit: u64,
    ) -> Result<Option<Fetched>, SourceError> {
        let path = self.path(&format!("manifests/{reference}"));
        let what = format!("manifest {reference}");
        let Some(fetched) = self.document(&path, MANIFEST_TYPES, &what, limit).await? else {
            return Ok(None);
        };
        if let ManifestReference::Digest(stated) = reference {
            verify(stated, &fetched.bytes, &what)?;
            return Ok(Some(Fetched {
                digest: stated.clone(),
                ..fetched
            }));
        }
        Ok(Some(fetched))
    }

    /// One page of the referrers API (distribution-spec, "Listing Referrers"), from its first path
    /// or from the `next` of the page before; `None` where the API is not offered.
    pub(super) async fn referrers(
        &self,
        subject: &Digest,
        next: Option<&str>,
        limit: u64,
    ) -> Result<Option<Fetched>, SourceError> {
        let first = self.path(&format!("referrers/{subject}"));
        let path = next.unwrap_or(&first);
        let what = format!("the referrers of {subject}");
        let accept = "application/vnd.oci.image.index.v1+json";
        let tries = Tries::new(self.name.host());
        let answer = self
            .ask(Method::GET, path, &[(ACCEPT, accept)], tries)
            .await?;
        // Registries without the API answer in all of these ways.
        if matches!(answer.status().as_u16(), 400 | 404 | 405 | 406 | 501) {
            return Ok(None);
        }
        self.read(answer, &what, limit).await.map(Some)
    }

    /// A blob that is read whole; `None` if there is none.
    pub(super) async fn small_blob(
        &self,
        digest: &Digest,
        what: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let path = self.path(&format!("blobs/{digest}"));
        let Some(fetched) = self.document(&path, "*/*", what, limit).await? else {
            return Ok(None);
        };
        verify(digest, &fetched.bytes, what)?;
        Ok(Some(fetched.bytes))
    }

    /// Asks for a blob from its byte `from` on (distribution-spec, "Pulling blobs"; RFC 9110,
    /// section 14): waits as long as the registry wants, and renews a token that is no longer
    /// good. The answer is the whole blob (200) or that part of it (206); it is not verified.
    pub(super) async fn blob(
        &self,
        digest: &Digest,
        what: &str,
        from: u64,
    ) -> Result<Response, SourceError> {
        let path = self.path(&format!("blobs/{digest}"));
        let range = format!("bytes={from}-");
        // Only what broke is asked for in part: not every server knows ranges.
        let headers = [(ACCEPT, "*/*"), (RANGE, range.as_str())];
        let headers = if from == 0 {
            &headers[..1]
        } else {
            &headers[..]
        };
        let tries = Tries::again(self.name.host());
        let answer = self.ask(Method::GET, &path, headers, tries).await?;
        let part = answer.headers().get(CONTENT_RANGE);
        let part = part.and_then(|text| text.to_str().ok()).unwrap_or_default();
        match answer.status() {
            StatusCode::OK => Ok(answer),
            StatusCode::PARTIAL_CONTENT if part.starts_with(&format!("bytes {from}-")) => {
                Ok(answer)
            }
            StatusCode::PARTIAL_CONTENT => {
                Err(self.nonsense("it sends another part than asked for"))
            }
            StatusCode::NOT_FOUND => Err(SourceError::MissingBlob {
                what: what.to_owned(),
                digest: digest.clone(),
                help: "the registry does not hold all of the image; push or mirror it again".into(),
            }),
            status => {
                let said = http::said(answer).await;
                Err(self.failed(what, status, &said))
            }
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v2/{}/{rest}", self.name.repository())
    }

    async fn document(
        &self,
        path: &str,
        accept: &str,
        what: &str,
        limit: u64,
    ) -> Result<Option<Fetched>, SourceError> {
        let tries = Tries::new(self.name.host());
        let answer = self
            .ask(Method::GET, path, &[(ACCEPT, accept)], tries)
            .await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            _ => self.read(answer, what, limit).await.map(Some),
        }
    }

    /// The body of an answer that is no error.
    async fn read(&self, answer: Response, what: &str, limit: u64) -> Result<Fetched, SourceError> {
        let status = answer.status();
        if status != StatusCode::OK {
            let said = http::said(answer).await;
            return Err(self.failed(what, status, &said));
        }
        let media_type = media_type(answer.headers());
        let next = next_page(answer.headers(), &answer.url().clone());
        if media_type.eq_ignore_ascii_case("text/html") {
            return Err(self.nonsense("it answers with a web page"));
        }
        let bytes = http::body(answer, limit, self.name.host(), what).await?;
        Ok(Fetched {
            digest: Digest::sha256(&bytes),
            media_type,
            bytes,
            next,
        })
    }

    /// Asks until there is an answer that waiting or logging in would not change. 404 and other
    /// plain refusals of a path are the caller's to understand.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        mut tries: Tries,
    ) -> Result<Response, SourceError> {
        let url = format!("{}://{}{path}", self.scheme, self.name.host());
        let mut renewals = 0u32;
        loop {
            let authorization = self.authorization.lock().await.clone();
            let request = self.client.request(method.clone(), &url);
            let request = headers.iter().fold(request, |request, (name, value)| {
                request.header(name, *value)
            });
            let request = authorization.apply(request);
            let answer = match timeout(http::IDLE, request.send()).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => {
                    tries.failed(&error).await?;
                    continue;
                }
                Err(_) => return Err(self.silent()),
            };
            let status = answer.status();
            if http::is_passing(status) {
                if tries.busy(answer.headers()).await {
                    continue;
                }
                let said = http::said(answer).await;
                return Err(self.failed("the request", status, &said));
            }
            if status == StatusCode::UNAUTHORIZED && renewals < RENEWALS {
                renewals = renewals.saturating_add(1);
                if self.renew(&authorization, answer.headers()).await? {
                    continue;
                }
            }
            if matches!(status.as_u16(), 401 | 403) {
                let said = said_of(status, &http::said(answer).await) + &self.credential.note();
                return Err(SourceError::RegistryDenied {
                    host: self.name.registry().to_owned(),
                    what: format!("`{}`", self.name.repository()),
                    said,
                });
            }
            return Ok(answer);
        }
    }

    /// Answers a challenge, unless another request has done so meanwhile. False when there is
    /// nothing better to send than what was refused.
    async fn renew(
        &self,
        refused: &Authorization,
        headers: &HeaderMap,
    ) -> Result<bool, SourceError> {
        let mut authorization = self.authorization.lock().await;
        if *authorization != *refused {
            return Ok(true);
        }
        let Some(challenge) = Challenge::read(headers) else {
            return Ok(false);
        };
        let scope = format!("repository:{}:pull", self.name.repository());
        let request = TokenRequest {
            client: &self.token_client,
            host: self.name.registry(),
            plain: self.scheme == "http" || self.network.insecure,
            scope: &scope,
            credential: &self.credential,
        };
        match request.answer(&challenge).await? {
            Some(found) if found != *refused => {
                *authorization = found;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn failed(&self, what: &str, status: StatusCode, said: &str) -> SourceError {
        let host = self.name.registry().to_owned();
        match status.as_u16() {
            429 => SourceError::RegistryBusy { host },
            _ => SourceError::RegistryFailed {
                host,
                what: printable(what),
                said: said_of(status, said),
            },
        }
    }

    fn silent(&self) -> SourceError {
        SourceError::Unreachable {
            host: self.name.registry().to_owned(),
            reason: format!("no answer within {} seconds", http::IDLE.as_secs()),
            help: "try again later".into(),
        }
    }

    /// An answer that makes no sense.
    pub(super) fn nonsense(&self, reason: &str) -> SourceError {
        SourceError::RegistryAnswer {
            host: self.name.registry().to_owned(),
            reason: reason.to_owned(),
        }
    }
}

fn verify(stated: &Digest, bytes: &[u8], what: &str) -> Result<(), SourceError> {
    let mut verifier = DigestVerifier::new(stated.clone(), what);
    verifier.update(bytes);
    verifier.finish()
}

/// The media type of an answer without its parameters; empty if there is none.
fn media_type(headers: &HeaderMap) -> String {
    let text = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let stem = text.unwrap_or_default().split(';').next();
    stem.unwrap_or_default().trim().to_owned()
}

/// The next page (RFC 8288), if it is of the same registry.
fn next_page(headers: &HeaderMap, url: &reqwest::Url) -> Option<String> {
    let text = headers.get("link")?.to_str().ok()?;
    let (target, parameters) = text.strip_prefix('<')?.split_once('>')?;
    if !parameters.replace(['"', ' '], "").contains("rel=next") {
        return None;
    }
    let next = url.join(target).ok()?;
    let same = next.origin() == url.origin();
    let query = next.query().map(|query| format!("?{query}"));
    same.then(|| format!("{}{}", next.path(), query.unwrap_or_default()))
}
