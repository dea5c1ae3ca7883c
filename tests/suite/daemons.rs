//! Images that a daemon hands out over its socket.

use std::path::Path;
use std::process::Output;

use freehold::source::{
    Environment, Network, OpenOptions, Reference, SourceError, SourceLimits, open,
};
use serde_json::{Value, json};

use crate::registries::{ends_with, program, said, without_source};
use crate::support::daemon::{Answer, Daemon};
use crate::support::image_builder::{ImageBuilder, docker_save_tar};
use crate::support::layer::Layer;

const JSON: &str = "/images/team/app:1/json";
const GET: &str = "/images/team/app:1/get";

fn facts(reference: &str, address: &str) -> Output {
    program()
        .args(["facts", reference])
        .env("DOCKER_HOST", address)
        .env("CONTAINER_HOST", address)
        .output()
        .unwrap()
}

/// What docker knows of an image with these tags.
fn known(tags: &[&str]) -> Answer {
    Answer::Plain(200, json!({"Id": "sha256:0", "RepoTags": tags}).to_string())
}

/// A daemon that holds `team/app:1` and answers this when it is asked for the archive.
fn holding(export: Answer) -> Daemon {
    Daemon::start([(JSON, known(&["team/app:1"])), (GET, export)])
}

fn image() -> ImageBuilder {
    ImageBuilder::new().tag("team/app:1").layer(
        Layer::new()
            .file("etc/os-release", "ID=debian\n")
            .file("usr/bin/x", "x"),
    )
}

fn written(write: impl FnOnce(&ImageBuilder, &Path)) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    write(&image(), &path);
    std::fs::read(path).unwrap()
}

/// As docker wrote archives until version 24, and as it does since.
fn archives() -> [Vec<u8>; 2] {
    [
        written(ImageBuilder::write_docker_save),
        written(ImageBuilder::write_docker_archive),
    ]
}

#[test]
fn an_image_is_the_same_through_a_daemon() {
    let folder = tempfile::tempdir().unwrap();
    image().write_oci_dir(folder.path());
    let local = program().arg("facts").arg(folder.path()).output().unwrap();
    let expected = without_source(&local);
    for archive in archives() {
        let daemon = holding(Answer::Chunks(archive));
        for scheme in ["docker", "docker-daemon", "podman"] {
            let output = facts(&format!("{scheme}:team/app:1"), &daemon.address());
            ends_with(&output, 0);
            let got = without_source(&output);
            for topic in ["packages", "ownership", "layout", "elf"] {
                assert_eq!(got[topic], expected[topic], "{scheme}: {topic}");
            }
            let whole: Value = serde_json::from_slice(&output.stdout).unwrap();
            let name = scheme.trim_end_matches("-daemon");
            assert_eq!(whole["image"]["source"], name);
            let places = whole["attached_evidence"]["places"].as_array().unwrap();
            let carried = places.iter().any(|one| one["state"] != "not_carried");
            assert!(!carried, "{places:#?}");
        }
    }
}

#[test]
fn a_platform_that_the_daemon_has_not_is_refused() {
    let [archive, _] = archives();
    let daemon = holding(Answer::Chunks(archive));
    let output = program()
        .args(["facts", "docker:team/app:1", "--platform", "linux/s390x"])
        .env("DOCKER_HOST", daemon.address())
        .output()
        .unwrap();
    ends_with(&output, 2);
    assert!(said(&output).contains("has no image for linux/s390x; there is linux/amd64"));
}

#[test]
fn a_daemon_that_has_it_not_or_fails_says_so() {
    let [archive, _] = archives();
    let half = archive.len() / 2;
    let fails = Answer::Plain(
        500,
        "{\"cause\": \"c\", \"message\": \"no \\u001b[31mspace\"}".into(),
    );
    let page = Answer::Plain(404, "<h1>It works</h1>".into());
    let two = docker_save_tar(&[&image(), &image().tag("team/other:1").user("1")]);
    for (known, export, words) in [
        (
            page,
            Answer::Nothing,
            "status 404, and it does not answer like a daemon",
        ),
        (
            Answer::Plain(200, "It works".into()),
            Answer::Nothing,
            "does not answer like a daemon",
        ),
        (Answer::Nothing, Answer::Nothing, "the connection broke"),
        (
            Answer::Endless(200),
            Answer::Nothing,
            "its answer is over 4194304 bytes",
        ),
        (Answer::Endless(500), Answer::Nothing, "status 500"),
        (
            Answer::Plain(307, String::new()),
            Answer::Nothing,
            "status 307",
        ),
        (self::known(&[]), fails, "no \\u{1b}[31mspace, status 500"),
        (self::known(&[]), Answer::Nothing, "the connection broke"),
        (
            self::known(&[]),
            Answer::Cut(archive.clone(), half),
            "it broke off",
        ),
        (
            self::known(&[]),
            Answer::BadChunks(archive.clone()),
            "it broke off",
        ),
        (
            self::known(&[]),
            Answer::Chunks(Vec::new()),
            "neither a tar archive",
        ),
        (
            self::known(&[]),
            Answer::Chunks(vec![0; 10_240]),
            "has no `manifest.json`",
        ),
        (
            self::known(&[]),
            Answer::Chunks(two),
            "it hands out several images",
        ),
    ] {
        let shown = format!("{known:?}").chars().take(60).collect::<String>();
        let daemon = Daemon::start([(JSON, known), (GET, export)]);
        let output = facts("docker:team/app:1", &daemon.address());
        ends_with(&output, 2);
        assert!(said(&output).contains(words), "{shown}: {}", said(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn no_name_leads_to_another_question() {
    for (name, asked) in [
        ("team/other", Some("GET /images/team/other/json")),
        (
            "team/app:1?x=y#z",
            Some("GET /images/team/app:1%3Fx=y%23z/json"),
        ),
        ("a%2F..%2Fb", Some("GET /images/a%252F..%252Fb/json")),
        ("a b\r\nX: y", None),
        (".\t./containers", None),
        ("../containers", None),
        ("a/../../containers", None),
        ("a//b", None),
        ("/a", None),
        (".", None),
    ] {
        let daemon = Daemon::start([]);
        let output = facts(&format!("docker:{name}"), &daemon.address());
        ends_with(&output, 2);
        let words = match asked {
            Some(_) => "it has no such image: No such image: \\u{1b}[31mit",
            None => "no name of an image",
        };
        assert!(said(&output).contains(words), "{name}: {}", said(&output));
        assert_eq!(daemon.asked(), Vec::from_iter(asked), "{name}");
    }
}

#[test]
fn a_name_without_a_tag_means_latest_although_docker_exports_all_its_tags() {
    let latest = image().tag("team/app:latest").user("7");
    let all = docker_save_tar(&[&image(), &latest]);
    let one = docker_save_tar(&[&latest]);
    let daemon = Daemon::start([
        (
            "/images/team/app/json",
            known(&["team/app:2", "team/app:latest"]),
        ),
        ("/images/team/app/get", Answer::Chunks(all)),
        ("/images/team/app:latest/get", Answer::Chunks(one)),
    ]);
    let output = facts("docker:team/app", &daemon.address());
    ends_with(&output, 0);
    let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(facts["image"]["config_digest"], latest.config_digest());
}

#[test]
fn an_archive_without_an_end_is_given_up() {
    let daemon = holding(Answer::Endless(200));
    let options = OpenOptions {
        limits: SourceLimits {
            spooled_bytes: 1 << 20,
            ..SourceLimits::default()
        },
        network: Network {
            environment: Environment {
                container_host: Some(daemon.address()),
                ..Environment::default()
            },
            ..Network::default()
        },
        ..OpenOptions::default()
    };
    let error = open(&Reference::parse("podman:team/app:1").unwrap(), &options).unwrap_err();
    assert!(matches!(error, SourceError::Limit { .. }), "{error}");
}

#[test]
fn nobody_listening_is_said_with_where_it_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // A socket whose owner has gone, a file, and nothing at all.
    drop(std::os::unix::net::UnixListener::bind(at("left.sock")).unwrap());
    std::fs::write(at("file.sock"), "").unwrap();
    for (name, words) in [
        ("left.sock", "left.sock (connection refused)"),
        ("file.sock", "file.sock (connection refused)"),
        ("none.sock", "none.sock (not there)"),
    ] {
        let address = format!("unix://{}", at(name).display());
        let output = facts("podman:team/app", &address);
        ends_with(&output, 2);
        let text = said(&output);
        assert!(
            text.contains(words) && text.contains("podman system service"),
            "{text}"
        );
        ends_with(&facts("docker:team/app", &address), 2);
    }
}

#[test]
fn an_address_that_is_not_spoken_is_refused_by_its_variable() {
    for (address, words) in [
        ("ssh://me@machine.example", "not asked over ssh"),
        ("npipe:////./pipe/docker_engine", "pipes of Windows"),
        ("https://127.0.0.1:2376", "TLS to a daemon"),
        ("tcp://machine.example:2375", "--insecure"),
    ] {
        let output = facts("docker:team/app", address);
        ends_with(&output, 2);
        let text = said(&output);
        assert!(
            text.contains("DOCKER_HOST") && text.contains(words),
            "{text}"
        );
    }
    let output = program()
        .args(["facts", "docker:team/app"])
        .env("DOCKER_HOST", "tcp://127.0.0.1:2376")
        .env("DOCKER_TLS_VERIFY", "1")
        .output()
        .unwrap();
    ends_with(&output, 2);
    assert!(
        said(&output).contains("DOCKER_TLS_VERIFY"),
        "{}",
        said(&output)
    );
}
