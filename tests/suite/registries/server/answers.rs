//! What a registry says to a request.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::{Fault, Login, Referrers, Shared};
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
        let path = request.target.split('?').next().unwrap_or_default();
        if path == "/token" {
            return self.token(request);
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
                let mut tokens = self.tokens.lock().unwrap();
                let uses = tokens.get_mut(token).filter(|uses| **uses > 0);
                let allowed = uses.map(|uses| *uses -= 1).is_some();
                let realm = format!("http://{}/token", self.address);
                (allowed, format!("Bearer realm=\"{realm}\",service=\"it\""))
            }
        };
        let answer = Answer::error(401, "UNAUTHORIZED", "authentication required");
        (!allowed).then(|| answer.header("WWW-Authenticate", challenge))
    }

    fn token(&self, request: &Request) -> Answer {
        let sent = request.header("authorization").unwrap_or_default();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let asked = format!("{}&{body}", request.target);
        let known = match &self.settings.login {
            Login::AnonymousToken => sent.is_empty(),
            Login::Token(name, password) => sent == basic(name, password),
            Login::Refresh(token) => {
                request.method == "POST"
                    && body.contains("grant_type=refresh_token")
                    && body.contains(&format!("refresh_token={token}"))
            }
            _ => false,
        };
        let scoped = asked.contains("scope=repository%3A") && asked.contains("%3Apull");
        if !known || !scoped {
            return Answer::error(401, "UNAUTHORIZED", "incorrect username or password");
        }
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("token-{}", tokens.len());
        let uses = self.settings.token_uses.unwrap_or(usize::MAX);
        tokens.insert(token.clone(), uses);
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
        let all = descriptors_of(layout, subject);
        let query = request
            .target
            .split_once("from=")
            .map(|(_, from)| from.parse());
        let from: usize = query.unwrap_or(Ok(0)).unwrap();
        let some: Vec<Value> = all.iter().skip(from).take(page).cloned().collect();
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": some});
        let answer = Answer::new(200).body(OCI_INDEX, index.to_string());
        let next = from + page;
        if next >= all.len() {
            return answer;
        }
        let link = format!("</v2/{name}/referrers/{subject}?from={next}>; rel=\"next\"");
        answer.header("Link", link)
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
    let range = request.header("range").filter(|_| !ignore_range);
    let Some(range) = range.and_then(|range| range.strip_prefix("bytes=")) else {
        return Some(Answer::new(200).body(kind, bytes));
    };
    let (from, to) = range.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let end = to
        .parse()
        .map_or(bytes.len(), |to: usize| to + 1)
        .min(bytes.len());
    if from >= bytes.len() {
        return Some(Answer::error(416, "SIZE_INVALID", "out of range"));
    }
    let span = format!("bytes {from}-{}/{}", end - 1, bytes.len());
    Some(
        Answer::new(206)
            .header("Content-Range", span)
            .body(kind, &bytes[from..end]),
    )
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
