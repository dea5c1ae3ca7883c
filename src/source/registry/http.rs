//! One request and its answer: redirects, tries, waits and caps.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Response, StatusCode, Url};
use tokio::time::{sleep, timeout};

use crate::source::error::{SourceError, printable};
use crate::source::files::{open_file, read_capped};
use crate::source::network::Network;

/// How the program names itself.
pub(super) const USER_AGENT: &str = concat!("freehold/", env!("CARGO_PKG_VERSION"));
/// Until a connection stands.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// Until the head of an answer is there, and between two pieces of its body.
pub(super) const IDLE: Duration = Duration::from_secs(30);
/// Until a document, which is small, is there in full.
const DOCUMENT: Duration = Duration::from_secs(60);
/// Requests made for one answer.
const TRIES: u32 = 5;
/// Of these, connections that may fail before a registry that never answered counts as not there.
const FIRST_CONTACTS: u32 = 2;
/// First wait between two tries; each further one is twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);
/// Longest wait a server may ask for (RFC 9110, section 10.2.3).
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Redirects followed.
const REDIRECTS: usize = 5;
/// Bytes read of an answer that is an error.
const ERROR_BYTES: u64 = 8 << 10;
/// Bytes of a file of certificates.
const CA_FILE_BYTES: u64 = 4 << 20;

/// Certificates of `--ca-file`, as PEM.
pub(super) fn read_ca_file(path: &Path) -> Result<Vec<u8>, SourceError> {
    let unusable = |reason: &str| SourceError::CaFile {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    };
    let regular = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if path.exists() && !regular {
        return Err(unusable("it is not a file"));
    }
    let what = format!("`{}`", path.display());
    let pem = read_capped(open_file(path)?, CA_FILE_BYTES, &what)?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(pem),
        Ok(_) => Err(unusable("it holds no certificate in PEM form")),
        Err(error) => Err(unusable(&chain(&error))),
    }
}

/// What every client of ours has: the system's roots and those of `--ca-file`, proxies of the
/// environment, and redirects as `policy` has them.
pub(super) fn client(
    host: &str,
    network: &Network,
    ca: Option<&[u8]>,
    policy: Policy,
) -> Result<Client, SourceError> {
    let mut builder: ClientBuilder = Client::builder()
        .user_agent(USER_AGENT)
        // See `download`: a layer has a connection of its own.
        .http1_only()
        .connect_timeout(CONNECT)
        .read_timeout(IDLE)
        .redirect(policy)
        .tls_danger_accept_invalid_certs(network.insecure);
    // No proxy leads back to this machine; the field leaves it out unasked.
    if is_loopback(host) {
        builder = builder.no_proxy();
    }
    if let Some(pem) = ca {
        let roots = Certificate::from_pem_bundle(pem).map_err(|error| no_client(&error))?;
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(|error| no_client(&error))
}

/// The HTTP library could not be set up, for want of system certificates for instance.
pub(super) fn no_client(error: &dyn Error) -> SourceError {
    SourceError::Unreadable {
        path: "the network".into(),
        reason: chain(error),
    }
}

/// Follows a few redirects, none from TLS to plain HTTP. Credentials stay behind when host or
/// port change: the HTTP library sees to it.
pub(super) fn redirects(insecure: bool) -> Policy {
    Policy::custom(move |attempt| {
        let from_tls = attempt.previous().iter().any(|url| url.scheme() == "https");
        if attempt.previous().len() > REDIRECTS {
            attempt.error("it redirects too often")
        } else if from_tls && attempt.url().scheme() != "https" && !insecure {
            attempt.error("it redirects from TLS to plain HTTP")
        } else {
            attempt.follow()
        }
    })
}

/// How often one answer has been tried for.
pub(super) struct Tries {
    host: String,
    made: u32,
    connections: u32,
}

impl Tries {
    /// None yet; `host` is who is asked.
    pub(super) fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            made: 0,
            connections: 0,
        }
    }

    /// None yet, of a registry that has answered before and may come back.
    pub(super) fn again(host: &str) -> Self {
        Self {
            connections: TRIES,
            ..Self::new(host)
        }
    }

    /// After a request that brought no answer: waits for the next try, or says why there is none.
    pub(super) async fn failed(&mut self, error: &reqwest::Error) -> Result<(), SourceError> {
        let first = self.connections < FIRST_CONTACTS;
        self.connections = self.connections.saturating_add(1);
        let hopeless = error.is_redirect() || error.is_builder() || tls_failure(error).is_some();
        let unreached = error.is_connect() && first && self.connections >= FIRST_CONTACTS;
        if hopeless || unreached || !self.wait(None).await {
            return Err(unreachable(&self.host, error));
        }
        Ok(())
    }

    /// After an answer that asks to come back later: waits, or says false when there is no further
    /// try.
    pub(super) async fn busy(&mut self, headers: &HeaderMap) -> bool {
        self.wait(retry_after(headers)).await
    }

    async fn wait(&mut self, asked: Option<Duration>) -> bool {
        let wait = BACK_OFF.saturating_mul(1u32.checked_shl(self.made).unwrap_or(u32::MAX));
        self.made = self.made.saturating_add(1);
        if self.made >= TRIES {
            return false;
        }
        sleep(asked.unwrap_or(wait).min(LONGEST_WAIT)).await;
        true
    }
}

/// Whether an answer asks to come back later (RFC 9110, section 15; RFC 6585, section 4). 501 and
/// 505 will not change by waiting.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504 | 506..=599)
}

/// Seconds to wait, where an answer names them. A date is left aside, since reading it takes a
/// clock: the usual wait serves.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The body of an answer, at most `limit` bytes; `what` names it in errors.
pub(super) async fn body(
    response: Response,
    limit: u64,
    host: &str,
    what: &str,
) -> Result<Vec<u8>, SourceError> {
    let over = || SourceError::Limit {
        what: what.to_owned(),
        limit: format!("{limit} bytes"),
    };
    if response.content_length().is_some_and(|bytes| bytes > limit) {
        return Err(over());
    }
    match timeout(DOCUMENT, collect(response, limit)).await {
        Ok(Ok((_, true))) => Err(over()),
        Ok(Ok((bytes, false))) => Ok(bytes),
        Ok(Err(error)) => Err(unreachable(host, &error)),
        Err(_) => Err(SourceError::Unreachable {
            host: host.to_owned(),
            reason: format!("{what} took longer than {} seconds", DOCUMENT.as_secs()),
            help: "try again later".into(),
        }),
    }
}

/// Up to `limit` bytes, and whether there are more.
async fn collect(mut response: Response, limit: u64) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let cap = usize::try_from(limit).unwrap_or(usize::MAX);
    while let Some(piece) = response.chunk().await? {
        let room = cap.saturating_sub(bytes.len());
        bytes.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
        if piece.len() > room {
            return Ok((bytes, true));
        }
    }
    Ok((bytes, false))
}

/// What an answer that is an error says of itself: the message of its envelope (OCI
/// distribution-spec, "Error Codes"), or nothing.
pub(super) async fn said(response: Response) -> String {
    let bytes = timeout(CONNECT, collect(response, ERROR_BYTES)).await;
    let Ok(Ok((bytes, _))) = bytes else {
        return String::new();
    };
    let envelope: Result<oci_client::errors::OciEnvelope, _> = serde_json::from_slice(&bytes);
    let messages = envelope.map(|envelope| envelope.errors).unwrap_or_default();
    let first = messages.into_iter().find(|error| !error.message.is_empty());
    first.map_or(String::new(), |error| printable(&error.message))
}

/// No answer came.
pub(super) fn unreachable(host: &str, error: &reqwest::Error) -> SourceError {
    let help = match tls_failure(error) {
        Some(TlsFailure::Untrusted) => {
            "name the certificate of its authority with --ca-file; --insecure trusts anybody"
        }
        Some(TlsFailure::NotTls) => "if it speaks plain HTTP, say so with --insecure",
        None => "check the name, the connection and the proxy settings",
    };
    SourceError::Unreachable {
        host: host.to_owned(),
        reason: reason(error),
        help: help.into(),
    }
}

/// The last cause of a failure, without the address: it may be signed, which makes it a credential.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    match causes.pop() {
        Some(last) => printable(&last),
        None if error.is_timeout() => "it does not answer".into(),
        None => "the answer broke off".into(),
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    printable(&text)
}

enum TlsFailure {
    Untrusted,
    NotTls,
}

/// Whether TLS is what failed. The libraries say so in words only.
fn tls_failure(error: &reqwest::Error) -> Option<TlsFailure> {
    let text = chain(error);
    if text.contains("certificate") {
        Some(TlsFailure::Untrusted)
    } else if text.contains("InvalidContentType") || text.contains("corrupt message") {
        Some(TlsFailure::NotTls)
    } else {
        None
    }
}

/// Whether a host name, with or without a port, is this machine.
pub(in crate::source) fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine_and_nothing_that_looks_like_it() {
        for host in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:5000",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "registry.example",
            "127.0.0.1.example",
            "localhost.example",
            "10.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
