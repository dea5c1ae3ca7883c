//! Credentials of docker and podman, in files and in helper programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use tempfile::TempDir;

use super::server::{Login, Registry, Settings};
use super::{ends_with, image, layout, program, said};

/// `me:s3cret`.
const SECRET: &str = "bWU6czNjcmV0";

fn registry(login: Login) -> (TempDir, Registry) {
    let (folder, _) = layout(&image(2));
    let settings = Settings::default().repository("team/app", folder.path());
    let registry = settings.login(login).start();
    (folder, registry)
}

fn pull(registry: &Registry, prepare: impl FnOnce(&mut Command)) -> Output {
    let mut command = program();
    command.args(["facts", &registry.name("team/app")]);
    prepare(&mut command);
    command.output().unwrap()
}

fn write(path: &Path, value: &serde_json::Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
}

#[test]
fn credentials_are_found_in_every_place_that_docker_and_podman_use() {
    let (_layout, registry) = registry(Login::Token("me", "s3cret"));
    let host = registry.address().to_string();
    let entry = json!({"auths": {host: {"auth": SECRET}}});
    for (file, variable, value) in [
        (".docker/config.json", "HOME", ""),
        (".config/containers/auth.json", "HOME", ""),
        ("config.json", "DOCKER_CONFIG", ""),
        ("containers/auth.json", "XDG_RUNTIME_DIR", ""),
        ("containers/auth.json", "XDG_CONFIG_HOME", ""),
        ("any.json", "REGISTRY_AUTH_FILE", "any.json"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join(file), &entry);
        let output = pull(&registry, |command| {
            command.env(variable, folder.path().join(value));
        });
        ends_with(&output, 0);
    }
    ends_with(&pull(&registry, |_| {}), 2);
}

#[test]
fn an_identity_token_is_exchanged() {
    let (_layout, registry) = registry(Login::Refresh("refresh-me"));
    let folder = tempfile::tempdir().unwrap();
    let host = registry.address().to_string();
    let entry = json!({"auths": {host: {"identitytoken": "refresh-me"}}});
    write(&folder.path().join("config.json"), &entry);
    let output = pull(&registry, |command| {
        command.env("DOCKER_CONFIG", folder.path());
    });
    ends_with(&output, 0);
}

/// A folder with a helper of this text and a configuration that names it.
fn helper(registry: &Registry, script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("docker-credential-test");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let host = registry.address().to_string();
    let config = json!({"credHelpers": {host: "test"}, "credsStore": ""});
    write(&folder.path().join("config.json"), &config);
    folder
}

fn with_helper(registry: &Registry, folder: &TempDir, more: &[&str]) -> Output {
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    pull(registry, |command| {
        command
            .env("DOCKER_CONFIG", folder.path())
            .env("PATH", path)
            .args(more);
    })
}

#[test]
fn a_helper_is_asked_unless_it_may_not_be() {
    let (_layout, registry) = registry(Login::Basic("me", "s3cret"));
    let answer = r#"read host; [ "$1" = get ] && [ -n "$host" ] && echo '{"Username":"me","Secret":"s3cret"}'"#;
    let folder = helper(&registry, answer);
    ends_with(&with_helper(&registry, &folder, &[]), 0);
    let output = with_helper(&registry, &folder, &["--no-credential-helpers"]);
    ends_with(&output, 2);
    let text = said(&output);
    assert!(
        text.contains("`docker-credential-test` was not asked"),
        "{text}"
    );
}

#[test]
fn a_helper_may_answer_with_an_identity_token() {
    let (_layout, registry) = registry(Login::Refresh("refresh-me"));
    let answer = r#"echo '{"Username":"<token>","Secret":"refresh-me"}'"#;
    let folder = helper(&registry, answer);
    ends_with(&with_helper(&registry, &folder, &[]), 0);
}

#[test]
fn what_a_helper_does_not_know_the_next_file_may() {
    let (_layout, registry) = registry(Login::Basic("me", "s3cret"));
    let folder = helper(&registry, "echo credentials not found; exit 1");
    let home = tempfile::tempdir().unwrap();
    let entry = json!({"auths": {registry.address().to_string(): {"auth": SECRET}}});
    write(&home.path().join(".docker/config.json"), &entry);
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let output = pull(&registry, |command| {
        fs::create_dir(folder.path().join("containers")).unwrap();
        let helpers = folder.path().join("config.json");
        fs::rename(helpers, folder.path().join("containers/auth.json")).unwrap();
        command
            .env("XDG_CONFIG_HOME", folder.path())
            .env("HOME", home.path())
            .env("PATH", path);
    });
    ends_with(&output, 0);
}

#[test]
fn a_helper_that_knows_nothing_is_a_miss_and_one_that_fails_is_an_error() {
    let (_layout, registry) = registry(Login::Nobody);
    let folder = helper(
        &registry,
        "echo 'credentials not found in native keychain'; exit 1",
    );
    ends_with(&with_helper(&registry, &folder, &[]), 0);
    for script in [
        "echo s3cret; exit 1",
        "echo s3cret",
        "head -c 200000 /dev/zero",
    ] {
        let output = with_helper(&registry, &helper(&registry, script), &[]);
        ends_with(&output, 2);
        let text = said(&output);
        assert!(text.contains("docker-credential-test"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn a_credentials_file_that_cannot_be_read_is_named_and_not_quoted() {
    let (_layout, registry) = registry(Login::Nobody);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), "{\"auths\": s3cret").unwrap();
    let output = pull(&registry, |command| {
        command.env("DOCKER_CONFIG", folder.path());
    });
    ends_with(&output, 2);
    let text = said(&output);
    assert!(
        text.contains("config.json") && !text.contains("s3cret"),
        "{text}"
    );
}

#[test]
fn a_helper_is_a_name_and_no_path() {
    let (_layout, registry) = registry(Login::Nobody);
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("config.json"),
        &json!({"credsStore": "x/../../bin/sh"}),
    );
    let output = pull(&registry, |command| {
        command.env("DOCKER_CONFIG", folder.path());
    });
    ends_with(&output, 2);
    assert!(
        said(&output).contains("no name of a helper"),
        "{}",
        said(&output)
    );
}
