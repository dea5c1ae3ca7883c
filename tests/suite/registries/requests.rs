//! What requests do when answers break off, never end, or lead elsewhere.

use std::process::{Command, Output, Stdio};

use serde_json::json;

use super::server::{Fault, Login, Registry, Settings};
use super::{ends_with, facts, image, layout, program, run, said, without_source};

const FOR_EVER: usize = usize::MAX;

fn serving(folder: &tempfile::TempDir) -> Settings {
    Settings::default().repository("team/app", folder.path())
}

/// The facts, asked for as `me` with the password `s3cret`.
fn as_me(registry: &Registry) -> Output {
    let mut child = program()
        .args(["facts", &registry.name("team/app"), "--username", "me"])
        .arg("--password-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"s3cret").unwrap();
    drop(input);
    child.wait_with_output().unwrap()
}

#[test]
fn a_document_that_breaks_off_is_asked_for_again() {
    let image = image(1);
    let (folder, local) = layout(&image);
    let registry = serving(&folder)
        .login(Login::AnonymousToken)
        .fault("/manifests/", 1, Fault::Cut(10))
        .fault("/token", 1, Fault::Cut(5))
        .fault(&image.config_digest(), 1, Fault::Cut(20))
        .start();
    let found = facts(&registry.name("team/app"), &[]);
    assert_eq!(found, facts(&local, &[]));
}

#[test]
fn an_error_without_an_end_takes_no_memory() {
    let image = image(1);
    let (folder, _) = layout(&image);
    for (part, status) in [
        (image.layer_digest(0), 404),
        (image.layer_digest(0), 400),
        (image.config_digest(), 404),
        ("/manifests/".into(), 400),
    ] {
        let registry = serving(&folder)
            .fault(&part, FOR_EVER, Fault::Endless(status))
            .start();
        let name = registry.name("team/app");
        let mut command = Command::new("sh");
        for (name, value) in program().get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let limited = "ulimit -v 2000000; exec \"$0\" facts \"$1\"";
        let output = command
            .args(["-c", limited])
            .args([program().get_program(), name.as_ref()])
            .output()
            .unwrap();
        ends_with(&output, 2);
    }
}

#[test]
fn a_challenge_from_where_a_redirect_leads_is_not_answered() {
    let (folder, _) = layout(&image(1));
    for login in [Login::Token("me", "s3cret"), Login::Basic("me", "s3cret")] {
        let elsewhere = serving(&folder).login(login.clone()).start();
        let redirect = Fault::Redirect(format!("http://{}", elsewhere.address()));
        let registry = serving(&folder)
            .login(login)
            .fault("/blobs/", FOR_EVER, redirect)
            .start();
        let output = as_me(&registry);
        ends_with(&output, 2);
        let log = elsewhere.log();
        assert!(!log.is_empty());
        for request in log {
            assert_eq!(request.header("authorization"), None, "{request:?}");
        }
    }
}

#[test]
fn a_password_goes_to_the_token_server_and_only_its_token_to_the_registry() {
    let (folder, local) = layout(&image(3));
    let login = Login::Token("me", "s3cret");
    let server = Settings::default().login(login.clone()).start();
    let registry = serving(&folder).login(login).token_server(&server).start();
    let output = as_me(&registry);
    ends_with(&output, 0);
    assert_eq!(without_source(&output), facts(&local, &[]));
    let sent = |registry: &Registry, kind: &str| {
        let log = registry.log();
        let headers = log.iter().filter_map(|one| one.header("authorization"));
        headers.filter(|text| text.starts_with(kind)).count()
    };
    assert_eq!((sent(&server, "Basic "), sent(&server, "Bearer ")), (1, 0));
    assert_eq!(sent(&registry, "Basic "), 0);
    // The manifest, the configuration and three layers, at least.
    assert!(sent(&registry, "Bearer ") >= 5);
}

#[test]
fn redirects_that_go_round_end() {
    let (folder, _) = layout(&image(1));
    let round = Fault::Redirect(String::new());
    let registry = serving(&folder)
        .fault("/manifests/", FOR_EVER, round)
        .start();
    let output = run(&["facts", &registry.name("team/app")]);
    ends_with(&output, 2);
    assert!(
        said(&output).contains("redirects too often"),
        "{}",
        said(&output)
    );
    assert_eq!(registry.count("GET", "/manifests/"), 6);
}

#[test]
fn a_token_that_is_none_is_refused() {
    let (folder, _) = layout(&image(1));
    let body = |text: String| Fault::Body("application/json", text.into_bytes());
    for (fault, words) in [
        (Fault::Endless(200), "over the limit"),
        (body("<html>".into()), "answers with no token"),
        (body(json!({"token": ""}).to_string()), "no usable token"),
        (
            body(json!({"token": "a\r\nb: c"}).to_string()),
            "no usable token",
        ),
        (Fault::Status(403, Vec::new()), "refuses a token"),
    ] {
        let registry = serving(&folder)
            .login(Login::AnonymousToken)
            .fault("/token", FOR_EVER, fault.clone())
            .start();
        let output = run(&["facts", &registry.name("team/app")]);
        ends_with(&output, 2);
        assert!(
            said(&output).contains(words),
            "{fault:?}: {}",
            said(&output)
        );
    }
}

#[test]
fn what_is_not_found_is_named_as_it_was_asked_for() {
    let (folder, _) = layout(&image(1));
    let registry = serving(&folder).start();
    let digest = format!("sha256:{}", "0".repeat(64));
    for rest in ["team/app:none".to_owned(), format!("team/app@{digest}")] {
        let output = run(&["facts", &registry.name(&rest)]);
        ends_with(&output, 2);
        let words = format!("has no image `{rest}`");
        assert!(said(&output).contains(&words), "{}", said(&output));
    }
}
