//! What a registry says to a request.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::{Fault, Grant, Login, Referrers, Shared};
use crate::support::image_builder::{OCI_INDEX, REF_NAME, digest_of};

impl Shared {
    /// The answer, before a fault of sending it.
    pub(super) fn answer(&self, request: &Request, fault: Option<&Fault>) -> Answer {
        match fault {
            Some(Fault::Status(status, headers)) => {
                let answer = Answer::error(*status, "FAULT", "a fault was asked for");
                let add =
                    |answer: Answer, (name, value): &(&str, String)| answer.header(name, value);
                return headers.iter().fold(answer, add);
            }
            Some(Fault::Body(kind, body)) => return Answer::new(200).body(kind, body.clone()),
            Some(Fault::Endless(status)) => {
                return Answer::new(*status).header("Content-Type", "application/json");
            }
            Some(Fault::Redirect(address)) => {
                let place = format!("{address}{}", request.target);
                return Answer::new(307).header("Location", place);
            }
            _ => {}
        }
        let path = request.path();
        if path == "/token" {
            return self.token(request);
        }
        if !["GET", "HEAD"].contains(&request.method.as_str()) {
            return Answer::error(405, "UNSUPPORTED", "this registry is for pulling");
        }
        if let Some(refusal) = self.refusal(request) {
            return refusal;
        }
        if path == "/v2/" {
            return Answer::new(200).body("application/json", "{}");
        }
        self.pulled(request, path, fault)
            .unwrap_or_else(|| Answer::error(404, "NAME_UNKNOWN", "it is not here"))
    }

    fn pulled(&self, request: &Request, path: &str, fault: Option<&Fault>) -> Option<Answer> {
        let path = path.strip_prefix("/v2/")?;
        let (rest, last) = path.rsplit_once('/')?;
        let (name, kind) = rest.rsplit_once('/')?;
        let layout = self.settings.repositories.get(name)?;
        match kind {
            "manifests" => manifest(layout, last),
            "blobs" => blob(
                layout,
                last,
                request,
                matches!(fault, Some(Fault::IgnoreRange)),
            ),
            "referrers" => Some(self.referrers(layout, name, last, request)),
            _ => None,
        }
    }

    /// The answer to who may not pull, or none.
    fn refusal(&self, request: &Request) -> Option<Answer> {
        let sent = request.header("authorization").unwrap_or_default();
        let (allowed, challenge) = match &self.settings.login {
            Login::Nobody => return None,
            Login::Basic(name, password) => (
                sent == basic(name, password),
                "Basic realm=\"it\"".to_owned(),
            ),
            _ => {
                let token = sent.strip_prefix("Bearer ").unwrap_or_default();
                let (server, tokens) = match &self.settings.token_server {
                    Some((server, tokens)) => (*server, tokens),
                    None => (self.address, &self.tokens),
                };
                let mut tokens = tokens.lock().unwrap();
                let grant = tokens.get_mut(token).filter(|grant| {
                    let within = format!("/v2/{}/", grant.repository);
                    grant.uses > 0
                        && (request.path() == "/v2/" || request.path().starts_with(&within))
                });
                let allowed = grant.map(|grant| grant.uses -= 1).is_some();
                let realm = format!("http://{server}/token");
                (allowed, format!("Bearer realm=\"{realm}\",service=\"it\""))
            }
        };
        let answer = Answer::error(401, "UNAUTHORIZED", "authentication required");
        (!allowed).then(|| answer.header("WWW-Authenticate", challenge))
    }

    fn token(&self, request: &Request) -> Answer {
        let sent = request.header("authorization").unwrap_or_default();
        let is = |name: &str, value: &str| request.parameter(name).as_deref() == Some(value);
        let known = match &self.settings.login {
            Login::AnonymousToken => sent.is_empty(),
            Login::Token(name, password) => sent == basic(name, password),
            Login::Refresh(token) => {
                request.method == "POST"
                    && is("grant_type", "refresh_token")
                    && is("refresh_token", token)
            }
            _ => false,
        };
        let scope = request.parameter("scope").unwrap_or_default();
        let scope = scope.strip_prefix("repository:");
        let repository = scope.and_then(|scope| scope.strip_suffix(":pull"));
        let Some(repository) = repository.filter(|_| known && is("service", "it")) else {
            return Answer::error(401, "UNAUTHORIZED", "incorrect username or password");
        };
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("token-{}", tokens.len());
        let grant = Grant {
            repository: repository.into(),
            uses: self.settings.token_uses.unwrap_or(usize::MAX),
        };
        tokens.insert(token.clone(), grant);
        let word = match self.settings.login {
            Login::Refresh(_) => "access_token",
            _ => "token",
        };
        Answer::new(200).body("application/json", json!({word: token}).to_string())
    }

    fn referrers(&self, layout: &Path, name: &str, subject: &str, request: &Request) -> Answer {
        let page = match self.settings.referrers.unwrap_or(Referrers::Pages(1000)) {
            Referrers::Status(status) => {
                return Answer::error(status, "UNSUPPORTED", "no referrers");
            }
            Referrers::Pages(page) => page,
        };
        let wanted = request.parameter("artifactType");
        let mut all = descriptors_of(layout, subject);
        all.retain(|one| {
            let wanted = wanted.as_deref();
            wanted.is_none_or(|wanted| one["artifactType"] == wanted)
        });
        let from = request.parameter("from");
        let from: usize = from.map_or(0, |from| from.parse().unwrap());
        let some: Vec<Value> = all.iter().skip(from).take(page).cloned().collect();
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": some});
        let mut answer = Answer::new(200).body(OCI_INDEX, index.to_string());
        let mut next = format!("/v2/{name}/referrers/{subject}?from={}", from + page);
        if let Some(wanted) = wanted {
            answer = answer.header("OCI-Filters-Applied", "artifactType");
            next.push_str(&format!("&artifactType={}", wanted.replace('+', "%2B")));
        }
        match from + page < all.len() {
            true => answer.header("Link", format!("<{next}>; rel=\"next\"")),
            false => answer,
        }
    }
}

fn basic(name: &str, password: &str) -> String {
    format!(
        "Basic {}",
        BASE64.encode(format!("{name}:{password}").as_bytes())
    )
}

fn blob_path(layout: &Path, digest: &str) -> Option<PathBuf> {
    let path = layout.join("blobs").join(digest.replace(':', "/"));
    path.is_file().then_some(path)
}

fn index(layout: &Path) -> Value {
    serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap()
}

fn manifest(layout: &Path, reference: &str) -> Option<Answer> {
    let entries = index(layout)["manifests"].as_array().unwrap().clone();
    let tagged = entries
        .iter()
        .find(|entry| entry["annotations"][REF_NAME].as_str() == Some(reference));
    let digest = match tagged {
        Some(entry) => entry["digest"].as_str().unwrap(),
        None => reference,
    };
    let bytes = fs::read(blob_path(layout, digest)?).unwrap();
    let own: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    // Blobs of other kinds have an endpoint of their own.
    own.get("schemaVersion")?;
    let listed = entries.iter().find(|entry| entry["digest"] == digest);
    let kind = own["mediaType"].as_str().map(str::to_owned).or_else(|| {
        let stated = listed?["mediaType"].as_str()?;
        Some(stated.to_owned())
    });
    let kind = kind.unwrap_or_else(|| "application/vnd.oci.image.manifest.v1+json".into());
    Some(
        Answer::new(200)
            .body(&kind, bytes)
            .header("Docker-Content-Digest", digest),
    )
}

fn blob(layout: &Path, digest: &str, request: &Request, ignore_range: bool) -> Option<Answer> {
    let bytes = fs::read(blob_path(layout, digest)?).unwrap();
    let kind = "application/octet-stream";
    // Ranges are for GET alone, and one that cannot be read is ignored (RFC 9110, section 14.2).
    let range = request
        .header("range")
        .filter(|_| request.method == "GET" && !ignore_range);
    let Some((from, to)) = range.and_then(span) else {
        return Some(Answer::new(200).body(kind, bytes));
    };
    let length = bytes.len();
    if from >= length {
        let answer = Answer::error(416, "SIZE_INVALID", "out of range");
        return Some(answer.header("Content-Range", format!("bytes */{length}")));
    }
    let end = to.map_or(length, |to| (to + 1).min(length));
    let span = format!("bytes {from}-{}/{length}", end - 1);
    Some(
        Answer::new(206)
            .header("Content-Range", span)
            .body(kind, &bytes[from..end]),
    )
}

/// First and last byte of `bytes=FROM-` or `bytes=FROM-TO`.
fn span(range: &str) -> Option<(usize, Option<usize>)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from = from.parse().ok()?;
    match to {
        "" => Some((from, None)),
        to => Some((from, Some(to.parse().ok().filter(|to| *to >= from)?))),
    }
}

/// Descriptors of all manifests of a layout whose subject is this one.
fn descriptors_of(layout: &Path, subject: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in fs::read_dir(layout.join("blobs/sha256")).unwrap().flatten() {
        let bytes = fs::read(entry.path()).unwrap();
        let Ok(manifest) = serde_json::from_slice::<Value>(&bytes) else {
            continue;
        };
        if manifest["subject"]["digest"] == subject {
            let config = manifest["config"]["mediaType"].clone();
            let own = manifest.get("artifactType").cloned();
            found.push(json!({
                "mediaType": manifest["mediaType"],
                "digest": digest_of(&bytes),
                "size": bytes.len(),
                "artifactType": own.unwrap_or(config),
                "annotations": manifest.get("annotations").cloned().unwrap_or(json!({})),
            }));
        }
    }
    found.sort_by_key(|one| one["digest"].to_string());
    found
}
