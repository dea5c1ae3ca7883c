//! Names, manifests, logins and refusals.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use super::server::{Fault, Login, Registry, Settings};
use super::{ends_with, facts, image, layout, program, run, said};
use crate::support::image_builder::{ImageBuilder, OCI_INDEX, OCI_MANIFEST};
use crate::support::layer::Layer;

const FOR_EVER: usize = usize::MAX;

fn serving(folder: &tempfile::TempDir) -> Settings {
    Settings::default().repository("team/app", folder.path())
}

fn with_login(registry: &Registry, name: &str, password: &str) -> Output {
    let mut command = program();
    command.args(["facts", &registry.name("team/app")]);
    let login = ["--password-stdin", "--username", name];
    fed(&mut command, &login, &format!("{password}\n"))
}

/// The command with these arguments added and this on its standard input.
fn fed(command: &mut Command, more: &[&str], input: &str) -> Output {
    let mut child = command
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that has read enough closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn an_image_is_the_same_through_a_registry_by_name_tag_and_digest() {
    let image = image(3);
    let (folder, local) = layout(&image);
    let registry = serving(&folder).start();
    let expected = facts(&local, &[]);
    for rest in [
        "team/app".to_owned(),
        "team/app:latest".into(),
        format!("team/app@{}", image.manifest_digest()),
        format!("team/app:nonsense@{}", image.manifest_digest()),
    ] {
        assert_eq!(facts(&registry.name(&rest), &[]), expected, "{rest}");
    }
    let name = registry.name("team/app");
    assert_eq!(facts(&format!("registry:{name}"), &[]), expected);
    assert_eq!(facts(&format!("docker://{name}"), &[]), expected);
}

#[test]
fn a_platform_is_chosen_from_an_index_and_no_document_is_asked_for_twice() {
    let folder = tempfile::tempdir().unwrap();
    let of = |platform: &str| {
        let layer = Layer::new().file(
            "etc/os-release",
            format!("ID={}\n", platform.replace('/', "")),
        );
        ImageBuilder::new()
            .platform(platform)
            .untagged()
            .layer(layer)
    };
    let arm = of("linux/arm64");
    let layout = arm
        .layout()
        .image(&of("linux/s390x"))
        .nested(Some("latest"));
    layout.write_oci_dir(folder.path());
    let registry = serving(&folder).start();
    let found = facts(
        &registry.name("team/app"),
        &["--platform", "linux/arm64", "--no-attached"],
    );
    assert_eq!(found["image"]["digest"], json!(arm.manifest_digest()));
    assert!(found["image"]["index_digest"].is_string());
    assert_eq!(
        registry.count("GET", "/manifests/"),
        2,
        "{:?}",
        registry.log()
    );
    let output = run(&[
        "facts",
        &registry.name("team/app"),
        "--platform",
        "linux/riscv64",
    ]);
    ends_with(&output, 2);
    assert!(said(&output).contains("linux/s390x"), "{}", said(&output));
}

#[test]
fn logins_of_every_kind_get_in_and_wrong_ones_do_not() {
    let (folder, local) = layout(&image(3));
    let expected = facts(&local, &[]);
    for login in [Login::Basic("me", "s3cret"), Login::Token("me", "s3cret")] {
        let registry = serving(&folder).login(login).start();
        let output = with_login(&registry, "me", "s3cret");
        ends_with(&output, 0);
        assert_eq!(super::without_source(&output), expected);
        let output = with_login(&registry, "me", "wr0ng");
        ends_with(&output, 2);
        let text = said(&output);
        assert!(
            text.contains("refuses") && text.contains("--username"),
            "{text}"
        );
        assert!(!text.contains("wr0ng"), "{text}");
        ends_with(&run(&["facts", &registry.name("team/app")]), 2);
    }
    let registry = serving(&folder).login(Login::AnonymousToken).start();
    assert_eq!(facts(&registry.name("team/app"), &[]), expected);
}

#[test]
fn a_token_that_is_used_up_in_the_middle_is_renewed() {
    let (folder, local) = layout(&image(8));
    let registry = serving(&folder)
        .login(Login::AnonymousToken)
        .token_uses(7)
        .start();
    assert_eq!(facts(&registry.name("team/app"), &[]), facts(&local, &[]));
    assert!(registry.count("GET", "/token") > 1);
}

#[test]
fn a_password_does_not_follow_a_redirect() {
    let (folder, local) = layout(&image(3));
    let elsewhere = serving(&folder).start();
    let registry = serving(&folder)
        .login(Login::Basic("me", "s3cret"))
        .fault(
            "/blobs/",
            FOR_EVER,
            Fault::Redirect(format!("http://{}", elsewhere.address())),
        )
        .start();
    let output = with_login(&registry, "me", "s3cret");
    ends_with(&output, 0);
    assert_eq!(super::without_source(&output), facts(&local, &[]));
    let log = elsewhere.log();
    assert!(log.len() >= 4, "{log:?}");
    for request in log {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
}

#[test]
fn a_token_server_without_tls_of_another_machine_gets_no_password() {
    let (folder, _) = layout(&image(1));
    let challenge = "Bearer realm=\"http://registry.example/token\"".to_owned();
    let refusal = Fault::Status(401, vec![("WWW-Authenticate", challenge)]);
    let registry = serving(&folder)
        .fault("/manifests/", FOR_EVER, refusal)
        .start();
    let output = with_login(&registry, "me", "s3cret");
    ends_with(&output, 2);
    assert!(
        said(&output).contains("does not use TLS"),
        "{}",
        said(&output)
    );
}

#[test]
fn what_a_registry_refuses_is_said_as_it_is() {
    let (folder, _) = layout(&image(1));
    let status = |status: u16| Fault::Status(status, Vec::new());
    for (fault, words) in [
        (status(401), "refuses"),
        (status(403), "refuses"),
        (status(404), "has no image"),
        (status(429), "asked too often"),
        (status(500), "a fault was asked for"),
        (
            Fault::Body("text/html", b"<html>log in</html>".to_vec()),
            "web page",
        ),
        (
            Fault::Body("text/plain", b"hello".to_vec()),
            "does not answer like a registry",
        ),
        (
            Fault::Body(OCI_INDEX, vec![b' '; 5 << 20]),
            "over the limit",
        ),
        (Fault::Endless(200), "over the limit"),
        (Fault::Endless(404), "has no image"),
    ] {
        let retry = vec![("Retry-After", "0".to_owned())];
        let fault = match fault {
            Fault::Status(status, _) => Fault::Status(status, retry),
            other => other,
        };
        let registry = serving(&folder)
            .fault("/manifests/", FOR_EVER, fault.clone())
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
fn a_registry_that_is_busy_is_asked_again_when_it_says() {
    let (folder, local) = layout(&image(2));
    let retry = vec![("Retry-After", "0".to_owned())];
    let registry = serving(&folder)
        .fault("/manifests/", 2, Fault::Status(429, retry.clone()))
        .fault_of(Some("GET"), "/blobs/", 3, Fault::Status(503, retry))
        .start();
    assert_eq!(facts(&registry.name("team/app"), &[]), facts(&local, &[]));
}

#[test]
fn a_manifest_that_is_not_the_one_asked_for_is_refused() {
    let image = image(1);
    let (folder, _) = layout(&image);
    let (other, _) = layout(&super::image(2));
    let manifest = super::image(2).manifest_digest().replace(':', "/");
    let bytes = std::fs::read(other.path().join("blobs").join(manifest)).unwrap();
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let registry = serving(&folder)
        .fault("/manifests/", FOR_EVER, Fault::Body(kind, bytes))
        .start();
    let name = registry.name(&format!("team/app@{}", image.manifest_digest()));
    let output = run(&["facts", &name]);
    ends_with(&output, 2);
    assert!(
        said(&output).contains("has the digest"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_tag_after_a_relative_archive_chooses_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("image.tar");
    image(1).write_oci_archive(&archive);
    let output = program()
        .args(["facts", "image.tar:latest"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    ends_with(&output, 0);
}

#[test]
fn a_document_that_can_be_read_in_two_ways_or_in_none_is_refused() {
    let (folder, _) = layout(&image(1));
    let both = json!({"schemaVersion": 2, "manifests": [], "config": {}, "layers": []});
    let lying = json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "manifests": []});
    let old = json!({"schemaVersion": 1, "fsLayers": [], "history": []});
    for (kind, body, words) in [
        (OCI_INDEX, both.to_string(), "an image as well"),
        (OCI_MANIFEST, both.to_string(), "an image as well"),
        (OCI_INDEX, lying.to_string(), "what calls itself"),
        ("application/json", old.to_string(), "schema 1"),
        (OCI_MANIFEST, old.to_string(), "schema 1"),
        ("application/json", "{}".into(), "where a manifest belongs"),
        (OCI_INDEX, "[".into(), "is not valid"),
    ] {
        let registry = serving(&folder)
            .fault(
                "/manifests/",
                FOR_EVER,
                Fault::Body(kind, body.into_bytes()),
            )
            .start();
        let output = run(&["facts", &registry.name("team/app")]);
        ends_with(&output, 2);
        assert!(said(&output).contains(words), "{kind}: {}", said(&output));
    }
}

#[test]
fn a_name_that_nobody_answers_to_may_have_been_a_path() {
    // Nothing listens on a port that was just given back.
    let address = Settings::default().start().address();
    let output = run(&["check", &format!("{address}/team/app")]);
    ends_with(&output, 2);
    let text = said(&output);
    assert!(text.contains("cannot be reached"), "{text}");
    assert!(!text.contains("there is no path"), "{text}");
    // A short name is Docker Hub's; the proxy keeps the test on this machine.
    let proxy = format!("http://{address}");
    let output = program()
        .args(["check", "no-such-image"])
        .env("HTTPS_PROXY", &proxy)
        .output()
        .unwrap();
    ends_with(&output, 2);
    let text = said(&output);
    assert!(
        text.contains("there is no path") && text.contains("cannot be reached"),
        "{text}"
    );
}

#[test]
fn one_login_is_not_sent_to_two_registries() {
    for images in [
        ["compare", "one.example/a", "two.example/b"].as_slice(),
        &["scan", "one.example/a", "--base", "two.example/b"],
    ] {
        let login = ["--username", "me", "--password-stdin"];
        let output = run(&[images, &login].concat());
        ends_with(&output, 2);
        let text = said(&output);
        assert!(text.contains("one.example, two.example"), "{text}");
    }
}

#[test]
fn a_password_written_into_a_name_is_not_repeated() {
    for name in [
        "me:hunter2@registry.example/a",
        "me:hunter2@registry.example",
    ] {
        let output = run(&["scan", "-f", "json", name, "registry:x@sha256:0"]);
        ends_with(&output, 2);
        assert!(!said(&output).contains("hunter2"), "{}", said(&output));
    }
}

#[test]
fn a_login_is_a_name_and_a_password_from_standard_input() {
    let lonely = run(&["scan", "registry.example/a", "--username", "me"]);
    ends_with(&lonely, 2);
    assert!(
        said(&lonely).contains("--password-stdin"),
        "{}",
        said(&lonely)
    );
    let (folder, local) = layout(&image(1));
    let registry = serving(&folder).start();
    let empty = with_login(&registry, "me", "");
    ends_with(&empty, 2);
    assert!(said(&empty).contains("no password"), "{}", said(&empty));
    ends_with(&with_login(&registry, "me", &"x".repeat(70_000)), 2);
    // A name in the environment asks no command for a password.
    let output = program()
        .env("FREEHOLD_USERNAME", "me")
        .args(["facts", &local])
        .output()
        .unwrap();
    ends_with(&output, 0);
}

#[test]
fn a_report_holds_no_password() {
    let (folder, _) = layout(&image(1));
    let registry = serving(&folder).login(Login::Basic("me", "s3cret")).start();
    let mut command = program();
    command.args(["scan", "-f", "json", &registry.name("team/app")]);
    let output = fed(
        &mut command,
        &["--username", "me", "--password-stdin"],
        "s3cret\r\n",
    );
    ends_with(&output, 0);
    let text = said(&output);
    assert!(
        text.contains("--password-stdin") && !text.contains("s3cret"),
        "{text}"
    );
}

#[test]
fn a_proxy_is_used_for_other_machines_and_not_for_this_one() {
    let (folder, local) = layout(&image(2));
    let registry = serving(&folder).start();
    let proxy = format!("http://{}", registry.address());
    let through = |name: &str| {
        let output = program()
            .args(["facts", "--insecure", name])
            .env("HTTP_PROXY", &proxy)
            .env("http_proxy", &proxy)
            .output()
            .unwrap();
        ends_with(&output, 0);
        super::without_source(&output)
    };
    assert_eq!(
        through("registry.invalid:5000/team/app"),
        facts(&local, &[])
    );
    let other = serving(&folder).start();
    let before = registry.log().len();
    through(&other.name("team/app"));
    assert_eq!(registry.log().len(), before);
}

#[test]
fn what_to_run_again_names_the_digest_and_not_the_tag() {
    let key = [
        "-----BEGIN",
        "PRIVATE KEY-----\nAAAA\n-----END",
        "PRIVATE KEY-----\n",
    ];
    let image = image(1).layer(Layer::new().file("root/key.pem", key.join(" ")));
    let (folder, _) = layout(&image);
    let registry = serving(&folder).start();
    let output = run(&["check", "--width", "300", &registry.name("team/app:latest")]);
    ends_with(&output, 1);
    let pinned = registry.name(&format!("team/app@{}", image.manifest_digest()));
    assert!(
        said(&output).contains(&format!("check --width 300 {pinned}")),
        "{}",
        said(&output)
    );
}
