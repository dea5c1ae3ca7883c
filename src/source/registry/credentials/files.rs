//! Credentials files: podman's `auth.json` (containers-auth.json(5)) and docker's `config.json`,
//! which have one form.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, BASE64_NOPAD};
use serde::Deserialize;

use super::super::name::ImageName;
use super::{Credential, helper};
use crate::source::error::SourceError;
use crate::source::files::{open_file, read_capped};
use crate::source::network::Environment;

/// Bytes of a credentials file.
const FILE_BYTES: u64 = 4 << 20;
/// What docker stores its own registry's credential under.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Where credentials may be stored, in the order of containers-auth.json(5).
pub(super) fn places(environment: &Environment) -> Vec<PathBuf> {
    let below = |base: &Option<PathBuf>, rest: &str| base.as_ref().map(|base| base.join(rest));
    let home = &environment.home;
    let config = environment
        .config_home
        .clone()
        .or_else(|| below(home, ".config"));
    let docker = environment
        .docker_config
        .clone()
        .or_else(|| below(home, ".docker"));
    if let Some(only) = &environment.registry_auth_file {
        return vec![only.clone()];
    }
    [
        below(&environment.runtime_dir, "containers/auth.json"),
        below(&config, "containers/auth.json"),
        below(&docker, "config.json"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A credentials file as written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialsFile {
    #[serde(default)]
    auths: BTreeMap<String, Option<Entry>>,
    #[serde(default)]
    creds_store: Option<String>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, Option<String>>,
}

#[derive(Default, Deserialize)]
struct Entry {
    #[serde(default)]
    auth: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    identitytoken: Option<String>,
    #[serde(default)]
    registrytoken: Option<String>,
}

impl CredentialsFile {
    /// Reads one; `None` if there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, SourceError> {
        let unusable = |reason: &str| SourceError::Credentials {
            place: format!("`{}`", path.display()),
            reason: reason.to_owned(),
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(unusable("it is not a file")),
            Err(_) => return Ok(None),
        }
        let file = open_file(path).map_err(|_| unusable("this user may not read it"))?;
        let what = "the credentials file";
        let bytes = read_capped(file, FILE_BYTES, what).map_err(|_| unusable("it is too long"))?;
        // The parser's message would quote what it stumbled over.
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|error| {
            unusable(&format!(
                "it is no credentials file (line {}, column {})",
                error.line(),
                error.column()
            ))
        })
    }

    /// The credential for a repository. A helper for the registry comes before the general one,
    /// and both before what the file itself holds, as docker has it; what a helper does not know
    /// is looked for further on.
    pub(super) fn credential(
        &self,
        name: &ImageName,
        helpers: bool,
    ) -> Result<Option<Credential>, SourceError> {
        let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let host = match name.registry() {
            "docker.io" => DOCKER_HUB,
            host => host,
        };
        let by_host = [host, name.registry()].into_iter();
        let special = by_host
            .filter_map(|host| self.cred_helpers.get(host).and_then(set))
            .next();
        for program in [special, set(&self.creds_store)].into_iter().flatten() {
            if let Some(found) = helper::ask(&program, host, helpers)? {
                return Ok(Some(found));
            }
        }
        Ok(self.entry(name).and_then(Entry::credential))
    }

    /// The entry for the longest part of the name: `host/namespace/repository`, then shorter, then
    /// the host alone, in any spelling it may have.
    fn entry(&self, name: &ImageName) -> Option<&Entry> {
        let keys = self.auths.iter();
        let mut known: BTreeMap<&str, &Entry> = BTreeMap::new();
        for (key, entry) in keys {
            if let Some(entry) = entry {
                known.entry(canonical(key)).or_insert(entry);
            }
        }
        let whole = format!("{}/{}", name.registry(), name.repository());
        let mut part = whole.as_str();
        loop {
            if let Some(entry) = known.get(part) {
                return Some(entry);
            }
            part = part.rsplit_once('/')?.0;
        }
    }
}

/// A key without scheme and version of the API, Docker Hub under the name that image names have.
fn canonical(key: &str) -> &str {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    let key = key.trim_end_matches('/');
    let key = key
        .strip_suffix("/v1")
        .or_else(|| key.strip_suffix("/v2"))
        .unwrap_or(key);
    match key {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => "docker.io",
        key => key,
    }
}

impl Entry {
    fn credential(&self) -> Option<Credential> {
        let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = set(&self.identitytoken) {
            return Some(Credential::IdentityToken(token));
        }
        if let Some(token) = set(&self.registrytoken) {
            return Some(Credential::AccessToken(token));
        }
        if let (Some(username), Some(password)) = (set(&self.username), set(&self.password)) {
            return Some(Credential::Basic { username, password });
        }
        let encoded = set(&self.auth)?;
        let encoded = encoded.trim().as_bytes();
        let decoded = BASE64
            .decode(encoded)
            .or_else(|_| BASE64_NOPAD.decode(encoded));
        let text = String::from_utf8(decoded.ok()?).ok()?;
        // Old versions of docker pad the text with NUL.
        let (username, password) = text.trim_end_matches('\0').split_once(':')?;
        (!username.is_empty() && !password.is_empty()).then(|| Credential::Basic {
            username: username.to_owned(),
            password: password.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str, name: &str) -> Option<Credential> {
        let file: CredentialsFile = serde_json::from_str(json).unwrap();
        file.credential(&ImageName::parse(name).unwrap(), true)
            .unwrap()
    }

    fn basic(username: &str, password: &str) -> Option<Credential> {
        Some(Credential::Basic {
            username: username.into(),
            password: password.into(),
        })
    }

    #[test]
    fn the_longest_part_of_a_name_decides() {
        // me:one, me:two
        let json = r#"{"auths":{
            "registry.example":{"auth":"bWU6b25l"},
            "registry.example/team":{"auth":"bWU6dHdv"}}}"#;
        assert_eq!(found(json, "registry.example/a"), basic("me", "one"));
        assert_eq!(found(json, "registry.example/team/a"), basic("me", "two"));
        assert_eq!(found(json, "registry.example/teams/a"), basic("me", "one"));
        assert_eq!(found(json, "other.example/a"), None);
        assert_eq!(found(json, "registry.example:5000/a"), None);
    }

    #[test]
    fn docker_hub_has_many_spellings() {
        for key in [
            "https://index.docker.io/v1/",
            "index.docker.io",
            "docker.io",
            "https://registry-1.docker.io/v2/",
        ] {
            let json = format!(r#"{{"auths":{{"{key}":{{"auth":"bWU6b25l"}}}}}}"#);
            assert_eq!(found(&json, "debian"), basic("me", "one"), "{key}");
        }
    }

    #[test]
    fn tokens_come_before_passwords_and_empty_words_count_as_none() {
        let json = |entry: &str| format!(r#"{{"credsStore":"","auths":{{"a.example":{entry}}}}}"#);
        let of = |entry: &str| found(&json(entry), "a.example/x");
        assert_eq!(
            of(r#"{"auth":"bWU6b25l","identitytoken":"t"}"#),
            Some(Credential::IdentityToken("t".into()))
        );
        assert_eq!(
            of(r#"{"registrytoken":"t"}"#),
            Some(Credential::AccessToken("t".into()))
        );
        assert_eq!(
            of(r#"{"username":"me","password":"p:w"}"#),
            basic("me", "p:w")
        );
        for empty in ["{}", r#"{"auth":""}"#, r#"{"auth":"%%"}"#, "null"] {
            assert_eq!(of(empty), None, "{empty}");
        }
    }
}
