//! Credentials files: podman's `auth.json` (containers-auth.json(5)) and docker's `config.json`,
//! which have one form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use data_encoding::{BASE64, BASE64_NOPAD};
use serde::Deserialize;

use super::super::name::ImageName;
use super::{Credential, helper};
use crate::source::error::{SourceError, printable};
use crate::source::files::{open_file, read_capped};
use crate::source::network::Environment;

/// Bytes of a credentials file.
const FILE_BYTES: u64 = 4 << 20;
/// What docker stores its own registry's credential under.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Where credentials may be stored, in the order of containers-auth.json(5). A file that
/// `REGISTRY_AUTH_FILE` names is the only one, as for podman.
pub(super) fn places(environment: &Environment) -> Vec<PathBuf> {
    let below = |base: &Option<PathBuf>, rest: &str| base.as_ref().map(|base| base.join(rest));
    // Where podman keeps them for want of `XDG_RUNTIME_DIR`, as for root.
    let run = environment
        .user_id
        .map(|id| PathBuf::from(format!("/run/containers/{id}/auth.json")));
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
        below(&environment.runtime_dir, "containers/auth.json").or(run),
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
    /// Where it is.
    #[serde(skip)]
    path: PathBuf,
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
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(unusable(path, "it is not a file")),
            Err(error) if is_absence(&error) => return Ok(None),
            Err(_) => return Err(unusable(path, "this user may not look for it")),
        }
        let file = open_file(path).map_err(|_| unusable(path, "this user may not read it"))?;
        let bytes = read_capped(file, FILE_BYTES, "the credentials file");
        let bytes = bytes.map_err(|_| unusable(path, "it cannot be read, or is too long"))?;
        match serde_json::from_slice(&bytes) {
            Ok(file) => Ok(Some(Self {
                path: path.to_owned(),
                ..file
            })),
            // The parser's message would quote what it stumbled over.
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let at = format!("it is no credentials file (line {line}, column {column})");
                Err(unusable(path, &at))
            }
        }
    }

    /// The credential for a repository. A helper for the registry comes before the general one,
    /// and both before what the file itself holds, as docker has it; what a helper does not know
    /// is looked for further on. Helpers are run only if they may be.
    pub(super) fn credential(
        &self,
        name: &ImageName,
        helpers: bool,
    ) -> Result<Option<Credential>, SourceError> {
        // A helper is asked in the spelling the file has; docker's own in that of docker.
        let spellings = match name.registry() {
            "docker.io" => &[DOCKER_HUB, "docker.io"][..],
            host => &[host][..],
        };
        let special = spellings.iter().find_map(|host| {
            let program = self.cred_helpers.get(*host)?;
            set(program).map(|program| (program, *host))
        });
        let general = set(&self.creds_store).zip(spellings.first().copied());
        let mut not_run = None;
        for (program, host) in special.into_iter().chain(general) {
            if !helpers {
                not_run = Some(program);
            } else if let Some(found) = helper::ask(program, host)? {
                return Ok(Some(found));
            }
        }
        let stored = self.stored(name)?;
        Ok(stored.or_else(|| not_run.map(|program| Credential::NotAsked(printable(program)))))
    }

    /// What the entry for the longest part of the name holds: `host/namespace/repository`, then
    /// shorter, then the host alone, in any spelling it may have.
    fn stored(&self, name: &ImageName) -> Result<Option<Credential>, SourceError> {
        let whole = format!("{}/{}", name.registry(), name.repository());
        let mut part = Some(whole.as_str());
        while let Some(key) = part {
            let other = |found: &str| found != key && canonical(found) == key;
            let others = self.auths.iter().filter(|(found, _)| other(found));
            let exact = self.auths.get_key_value(key).into_iter();
            for (key, entry) in exact.chain(others) {
                match entry.as_ref().map(Entry::credential) {
                    None | Some(Some(None)) => {}
                    Some(Some(found)) => return Ok(found),
                    Some(None) => {
                        let key = printable(key);
                        let reason = format!("its entry `{key}` is not understood");
                        return Err(unusable(&self.path, &reason));
                    }
                }
            }
            part = key.rsplit_once('/').map(|(shorter, _)| shorter);
        }
        Ok(None)
    }
}

fn unusable(path: &Path, reason: &str) -> SourceError {
    SourceError::Credentials {
        place: format!("`{}`", path.display()),
        reason: reason.to_owned(),
    }
}

/// Whether an error says that there is no such file.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// A text that is there and not empty.
fn set(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
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
    /// What it holds, if anything; `None` if that is not understood.
    fn credential(&self) -> Option<Option<Credential>> {
        let word = |text| set(text).map(str::to_owned);
        if let Some(token) = word(&self.identitytoken) {
            return Some(Some(Credential::IdentityToken(token)));
        }
        if let Some(token) = word(&self.registrytoken) {
            return Some(Some(Credential::AccessToken(token)));
        }
        if let (Some(username), Some(password)) = (word(&self.username), word(&self.password)) {
            return Some(Some(Credential::Basic { username, password }));
        }
        let Some(encoded) = set(&self.auth) else {
            return Some(None);
        };
        let encoded = encoded.trim().as_bytes();
        let decoded = BASE64
            .decode(encoded)
            .or_else(|_| BASE64_NOPAD.decode(encoded));
        let text = String::from_utf8(decoded.ok()?).ok()?;
        // Old versions of docker pad the text with NUL.
        let (username, password) = text.trim_end_matches('\0').split_once(':')?;
        let whole = !username.is_empty() && !password.is_empty();
        Some(whole.then(|| Credential::Basic {
            username: username.to_owned(),
            password: password.to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(json: &str, name: &str, helpers: bool) -> Result<Option<Credential>, SourceError> {
        let file: CredentialsFile = serde_json::from_str(json).unwrap();
        file.credential(&ImageName::parse(name).unwrap(), helpers)
    }

    fn found(json: &str, name: &str) -> Option<Credential> {
        asked(json, name, true).unwrap()
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
        for empty in ["{}", r#"{"auth":""}"#, r#"{"auth":"OjA="}"#, "null"] {
            assert_eq!(of(empty), None, "{empty}");
        }
    }

    #[test]
    fn an_entry_that_is_not_understood_is_named_and_not_quoted() {
        for auth in ["%%", "bWU=", "//4="] {
            let json = format!(r#"{{"auths":{{"a.example":{{"auth":"{auth}"}}}}}}"#);
            let error = asked(&json, "a.example/x", true).unwrap_err().to_string();
            assert!(
                error.contains("`a.example`") && !error.contains(auth),
                "{error}"
            );
            assert_eq!(found(&json, "b.example/x"), None);
        }
    }

    #[test]
    fn an_empty_entry_hides_no_other_and_the_plain_spelling_comes_first() {
        // me:one, me:two
        let json = r#"{"auths":{
            "https://registry.example/v2/":{"auth":"bWU6dHdv"},
            "registry.example":{"auth":"bWU6b25l"},
            "registry.example/team":{}}}"#;
        assert_eq!(found(json, "registry.example/team/a"), basic("me", "one"));
    }

    #[test]
    fn a_helper_that_may_not_be_run_is_remembered_where_nothing_else_is_found() {
        let json = r#"{"credsStore":"vault","auths":{"a.example":{"auth":"bWU6b25l"}}}"#;
        assert_eq!(
            asked(json, "a.example/x", false).unwrap(),
            basic("me", "one")
        );
        assert_eq!(
            asked(json, "b.example/x", false).unwrap(),
            Some(Credential::NotAsked("vault".into()))
        );
    }
}
