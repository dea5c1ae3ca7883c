//! One repository of one registry: its manifests, referrers and small blobs, each read with a cap
//! and checked against its digest, and its layers, which are handed on as they arrive.

use std::fmt;

use reqwest::header::{ACCEPT, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, LINK, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::credentials::Credential;
use super::http::{self, Unread};
use super::name::{ImageName, ManifestReference};
use super::token::{Authorization, Challenge, TokenRequest, said_of};
use super::tries::{Patience, Tries, is_passing};
use crate::source::digest::{Digest, DigestVerifier};
use crate::source::error::{SourceError, printable};
use crate::source::network::Network;

/// What may be sent in answer to a request for a manifest (distribution-spec, "Pulling
/// manifests"). Docker's schema 1 is asked for by nobody and refused by name.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// What helps when a registry lacks a part of an image.
pub(super) const INCOMPLETE: &str =
    "the registry does not hold all of the image; push or mirror it again";

/// Tokens asked for in one request's stead: others may use up, or outlive, the one just got.
const RENEWALS: u32 = 3;

/// A repository, and what is known of how to ask it.
pub(super) struct Repository {
    name: ImageName,
    scheme: &'static str,
    client: Client,
    network: Network,
    ca: Option<Vec<u8>>,
    credential: Credential,
    patience: Patience,
    authorization: Mutex<Authorization>,
}

/// What is asked for.
struct Wanted<'a> {
    /// Its path on the registry.
    path: &'a str,
    /// The header that says which form or part of it.
    header: (HeaderName, &'a str),
    /// How messages name it.
    what: &'a str,
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
            network: network.clone(),
            ca,
            credential,
            patience: Patience::default(),
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
                // What servers of TLS answer to plain HTTP: a refusal, or the way to themselves.
                Ok(Ok(answer))
                    if scheme == "http"
                        && (answer.status() == StatusCode::BAD_REQUEST
                            || answer.url().scheme() == "https") => {}
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
        let wanted = Wanted {
            path: &path,
            header: (ACCEPT, MANIFEST_TYPES),
            what: &what,
        };
        let Some(fetched) = self.document(&wanted, &[404], limit).await? else {
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
        let wanted = Wanted {
            path,
            header: (ACCEPT, accept),
            what: &what,
        };
        // Registries without the API answer in all of these ways.
        self.document(&wanted, &[400, 404, 405, 406, 501], limit)
            .await
    }

    /// A blob that is read whole; `None` if there is none.
    pub(super) async fn small_blob(
        &self,
        digest: &Digest,
        what: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let wanted = Wanted {
            path: &self.path(&format!("blobs/{digest}")),
            header: (ACCEPT, "*/*"),
            what,
        };
        let Some(fetched) = self.document(&wanted, &[404], limit).await? else {
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
        let range = format!("bytes={from}-");
        let wanted = Wanted {
            path: &self.path(&format!("blobs/{digest}")),
            // Only what broke is asked for in part: not every server knows ranges.
            header: match from {
                0 => (ACCEPT, "*/*"),
                _ => (RANGE, &range),
            },
            what,
        };
        let mut tries = Tries::again(self.name.host(), &self.patience);
        let answer = self.ask(&wanted, &mut tries).await?;
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
                help: INCOMPLETE.into(),
            }),
            status => Err(self.failed(what, status, &http::said(answer).await)),
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v2/{}/{rest}", self.name.repository())
    }

    /// A document that is read whole; `None` when the status is one of `absent`. Asked for again
    /// when it breaks off.
    async fn document(
        &self,
        wanted: &Wanted<'_>,
        absent: &[u16],
        limit: u64,
    ) -> Result<Option<Fetched>, SourceError> {
        let mut tries = Tries::new(self.name.host(), &self.patience);
        loop {
            let answer = self.ask(wanted, &mut tries).await?;
            let status = answer.status();
            if absent.contains(&status.as_u16()) {
                return Ok(None);
            }
            if status != StatusCode::OK {
                let said = http::said(answer).await;
                return Err(self.failed(wanted.what, status, &said));
            }
            match self.read(answer, wanted.what, limit).await {
                Ok(fetched) => return Ok(Some(fetched)),
                Err(Unread::Refused(error)) => return Err(error),
                Err(Unread::Broken(error)) => tries.failed(&error).await?,
            }
        }
    }

    /// The body of an answer that is no error.
    async fn read(&self, answer: Response, what: &str, limit: u64) -> Result<Fetched, Unread> {
        let nonsense = |reason: &str| Unread::Refused(self.nonsense(reason));
        let media_type = media_type(answer.headers());
        if media_type.eq_ignore_ascii_case("text/html") {
            return Err(nonsense("it answers with a web page"));
        }
        let next = match next_page(answer.headers(), answer.url()) {
            Some(next) if !self.is_own(&next) => {
                return Err(nonsense("its list goes on at another address"));
            }
            next => next.map(|next| {
                let query = next.query().map(|query| format!("?{query}"));
                format!("{}{}", next.path(), query.unwrap_or_default())
            }),
        };
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
        wanted: &Wanted<'_>,
        tries: &mut Tries<'_>,
    ) -> Result<Response, SourceError> {
        let url = format!("{}://{}{}", self.scheme, self.name.host(), wanted.path);
        let (header, value) = &wanted.header;
        let mut renewals = 0u32;
        loop {
            let authorization = self.authorization.lock().await.clone();
            let request = self.client.get(&url).header(header, *value);
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
            if is_passing(status) {
                if tries.busy(answer.headers()).await {
                    continue;
                }
                let said = http::said(answer).await;
                return Err(self.failed(wanted.what, status, &said));
            }
            // Where a redirect leads is not the registry: its challenge would have the password
            // sent to a server of its choice.
            let own = self.is_own(answer.url());
            if own && status == StatusCode::UNAUTHORIZED && renewals < RENEWALS {
                renewals = renewals.saturating_add(1);
                if self.renew(&authorization, answer.headers()).await? {
                    continue;
                }
            }
            if own && matches!(status.as_u16(), 401 | 403) {
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

    /// Whether an address is one of the registry, and not of where it redirects to.
    fn is_own(&self, url: &Url) -> bool {
        Url::parse(&format!("{}://{}", self.scheme, self.name.host()))
            .is_ok_and(|own| own.origin() == url.origin())
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
            host: self.name.registry(),
            plain: self.scheme == "http",
            network: &self.network,
            ca: self.ca.as_deref(),
            patience: &self.patience,
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
        let said = said_of(status, said);
        let what = printable(what);
        match status {
            StatusCode::TOO_MANY_REQUESTS => SourceError::RegistryBusy { host, said },
            _ => SourceError::RegistryFailed { host, what, said },
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

/// Where the next page is (RFC 8288, section 3; distribution-spec, "Listing Referrers").
fn next_page(headers: &HeaderMap, url: &Url) -> Option<Url> {
    let texts = headers.get_all(LINK).iter();
    let texts = texts.filter_map(|text| text.to_str().ok());
    let links = texts.flat_map(|text| text.split('<').filter_map(|link| link.split_once('>')));
    let is_next = |parameters: &str| {
        let plain = parameters.replace(['"', ' '], "").to_ascii_lowercase();
        plain
            .split([';', ','])
            .any(|parameter| parameter == "rel=next")
    };
    let (target, _) = links.into_iter().find(|(_, text)| is_next(text))?;
    url.join(target).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let url = Url::parse("https://registry.example/v2/a/referrers/b").unwrap();
        let next = |text: &str| {
            let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_str(text).unwrap())]);
            next_page(&headers, &url).map(|url| url.to_string())
        };
        let found = Some("https://registry.example/v2/x?n=2".to_owned());
        for text in [
            "</v2/x?n=2>; rel=\"next\"",
            "</v2/x?n=2>;rel=next",
            "</v2/y>; rel=\"first\", </v2/x?n=2>; title=\"a\"; rel=\"next\"",
        ] {
            assert_eq!(next(text), found, "{text}");
        }
        for text in [
            "",
            "next",
            "</v2/x>; rel=\"prev\"",
            "</v2/x>; rel=\"nextish\"",
        ] {
            assert_eq!(next(text), None, "{text}");
        }
        let other = next("<https://other.example/v2/x>; rel=next");
        assert_eq!(other, Some("https://other.example/v2/x".to_owned()));
    }
}
