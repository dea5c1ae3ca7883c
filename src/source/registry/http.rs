//! The HTTP library: how it is set up, what is read of its answers, and what its failures mean.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Response, Url};
use serde::Deserialize;
use tokio::time::timeout;

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

/// A client for `host`: with the system's roots and those of `--ca-file`, redirects as `policy` has
/// them, and the proxies of the environment, which are not asked for this machine itself.
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
        let roots = Certificate::from_pem_bundle(pem).map_err(|error| no_client(host, &error))?;
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(|error| no_client(host, &error))
}

/// The HTTP library could not be set up, which is for want of certificates.
fn no_client(host: &str, error: &dyn Error) -> SourceError {
    SourceError::Unreachable {
        host: host.to_owned(),
        reason: chain(error),
        help: "install the system's certificates (ca-certificates), or name some with --ca-file"
            .into(),
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

/// Why there is no body.
pub(super) enum Unread {
    /// It broke off; another try may bring it.
    Broken(reqwest::Error),
    /// Another try would bring no more.
    Refused(SourceError),
}

impl From<SourceError> for Unread {
    fn from(error: SourceError) -> Self {
        Self::Refused(error)
    }
}

/// The body of an answer, at most `limit` bytes; `what` names it in errors.
pub(super) async fn body(
    response: Response,
    limit: u64,
    host: &str,
    what: &str,
) -> Result<Vec<u8>, Unread> {
    let over = || {
        Unread::Refused(SourceError::Limit {
            what: what.to_owned(),
            limit: format!("{limit} bytes"),
        })
    };
    if response.content_length().is_some_and(|bytes| bytes > limit) {
        return Err(over());
    }
    match timeout(DOCUMENT, collect(response, limit)).await {
        Ok(Ok((_, true))) => Err(over()),
        Ok(Ok((bytes, false))) => Ok(bytes),
        Ok(Err(error)) => Err(Unread::Broken(error)),
        Err(_) => Err(Unread::Refused(SourceError::Unreachable {
            host: host.to_owned(),
            reason: format!("{what} took longer than {} seconds", DOCUMENT.as_secs()),
            help: "try again later".into(),
        })),
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

/// What an answer that is an error says of itself, or nothing.
pub(super) async fn said(response: Response) -> String {
    match timeout(CONNECT, collect(response, ERROR_BYTES)).await {
        Ok(Ok((bytes, _))) => message(&bytes),
        _ => String::new(),
    }
}

/// The message, or else the code, of an error's envelope (OCI distribution-spec, "Error Codes"),
/// or what a token server has in its place (RFC 6749, section 5.2; Docker Hub's says `details`).
fn message(bytes: &[u8]) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Envelope {
        errors: Vec<Item>,
        error_description: String,
        message: String,
        details: String,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Item {
        code: String,
        message: String,
    }
    let envelope: Envelope = serde_json::from_slice(bytes).unwrap_or_default();
    let errors = envelope.errors.into_iter();
    let mut texts: Vec<String> = errors.flat_map(|one| [one.message, one.code]).collect();
    texts.extend([
        envelope.error_description,
        envelope.message,
        envelope.details,
    ]);
    let first = texts.iter().find(|text| !text.is_empty());
    first.map_or(String::new(), |text| printable(text))
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

/// Whether no other try can go better: the peer is not to be trusted, is not one, or is silent.
pub(super) fn is_hopeless(error: &reqwest::Error) -> bool {
    let silent = error.is_timeout() && !error.is_connect();
    silent || error.is_redirect() || error.is_builder() || tls_failure(error).is_some()
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
    fn what_an_error_says_is_found_in_every_form() {
        for (text, said) in [
            (r#"{"errors":[{"code":"DENIED","message":"no"}]}"#, "no"),
            (
                r#"{"errors":[{"code":"ODD_CODE","detail":{}}]}"#,
                "ODD_CODE",
            ),
            (r#"{"error":"x","error_description":"gone"}"#, "gone"),
            (r#"{"details":"wrong password"}"#, "wrong password"),
            (r#"{"errors":"\u001b[31m"}"#, ""),
            (r#"{"message":"\u001b[31m"}"#, "\\u{1b}[31m"),
            ("<html>", ""),
        ] {
            assert_eq!(message(text.as_bytes()), said, "{text}");
        }
    }

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
