//! Images that a daemon hands out over its socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::registries::{ends_with, program, said, without_source};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

/// How the daemon behaves when it is asked for the archive.
#[derive(Clone, Copy)]
enum Export {
    Whole,
    CutAfter(usize),
    BadChunks,
    Fails,
}

struct Daemon {
    folder: TempDir,
}

impl Daemon {
    /// One that holds `team/app:1` and nothing else.
    fn start(archive: Vec<u8>, export: Export) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("it.sock")).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let archive = archive.clone();
                thread::spawn(move || serve(&stream, &archive, export));
            }
        });
        Self { folder }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("it.sock")
    }

    fn facts(&self, reference: &str) -> Output {
        facts(reference, &format!("unix://{}", self.socket().display()))
    }
}

fn facts(reference: &str, address: &str) -> Output {
    program()
        .args(["facts", reference])
        .env("DOCKER_HOST", address)
        .env("CONTAINER_HOST", address)
        .output()
        .unwrap()
}

fn serve(stream: &UnixStream, archive: &[u8], export: Export) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut request = String::new();
        let mut line = String::from(" ");
        while !line.trim_end().is_empty() || line == " " {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            request.push_str(&line);
        }
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let plain = |status: u16, body: &str| {
            let length = body.len();
            format!("HTTP/1.1 {status} It\r\nContent-Length: {length}\r\n\r\n{body}")
        };
        let answer = match path.as_str() {
            "/_ping" => plain(200, "OK"),
            "/images/team/app:1/json" => plain(200, "{\"Id\": \"sha256:0\"}"),
            "/images/team/app:1/get" => {
                if !send(&mut writer, archive, export) {
                    return;
                }
                continue;
            }
            _ => plain(404, "{\"message\": \"No such image\"}"),
        };
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The archive in chunks, as daemons send it; whether the connection is still good.
fn send(writer: &mut impl Write, archive: &[u8], export: Export) -> bool {
    let head = b"HTTP/1.1 200 It\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk =
        |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    if let Export::Fails = export {
        let body = "{\"message\": \"no \\u001b[31mspace left\"}";
        let head = format!("HTTP/1.1 500 It\r\nContent-Length: {}\r\n\r\n", body.len());
        return writer.write_all((head + body).as_bytes()).is_ok();
    }
    let end = match export {
        Export::CutAfter(bytes) => bytes,
        _ => archive.len(),
    };
    if writer.write_all(head).is_err() {
        return false;
    }
    for bytes in archive[..end].chunks(1000) {
        if writer.write_all(&chunk(bytes)).is_err() {
            return false;
        }
    }
    match export {
        Export::Whole => writer.write_all(b"0\r\n\r\n").is_ok(),
        Export::BadChunks => writer.write_all(b"zz\r\n").is_err(),
        _ => false,
    }
}

fn image() -> ImageBuilder {
    ImageBuilder::new().tag("team/app:1").layer(
        Layer::new()
            .file("etc/os-release", "ID=debian\n")
            .file("usr/bin/x", "x"),
    )
}

fn written(write: impl FnOnce(&ImageBuilder, &Path)) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    write(&image(), &path);
    (folder, path)
}

/// As docker wrote archives until version 24, and as it does since.
fn archives() -> [Vec<u8>; 2] {
    let (_old, old) = written(ImageBuilder::write_docker_save);
    let (_new, new) = written(ImageBuilder::write_docker_archive);
    [old, new].map(|path| std::fs::read(path).unwrap())
}

#[test]
fn an_image_is_the_same_through_a_daemon() {
    let (_folder, path) = written(ImageBuilder::write_oci_dir);
    let local = program().arg("facts").arg(&path).output().unwrap();
    let expected = without_source(&local);
    for archive in archives() {
        let daemon = Daemon::start(archive, Export::Whole);
        for scheme in ["docker", "docker-daemon", "podman"] {
            let output = daemon.facts(&format!("{scheme}:team/app:1"));
            ends_with(&output, 0);
            let facts = without_source(&output);
            for topic in ["packages", "ownership", "layout", "elf"] {
                assert_eq!(facts[topic], expected[topic], "{scheme}: {topic}");
            }
            let whole: Value = serde_json::from_slice(&output.stdout).unwrap();
            let name = if scheme == "podman" {
                "podman"
            } else {
                "docker"
            };
            assert_eq!(whole["image"]["source"], name);
        }
    }
}

#[test]
fn a_daemon_that_has_it_not_or_fails_says_so() {
    let [archive, _] = archives();
    let half = archive.len() / 2;
    for (export, name, words) in [
        (Export::Whole, "team/other", "no such image"),
        (Export::Whole, "../containers", "no name of an image"),
        (Export::Whole, "team/app:1?x=y#z", "no such image"),
        (
            Export::Fails,
            "team/app:1",
            "status 500, no \\u{1b}[31mspace left",
        ),
        (Export::CutAfter(half), "team/app:1", "the daemon broke off"),
        (Export::BadChunks, "team/app:1", "the daemon broke off"),
    ] {
        let daemon = Daemon::start(archive.clone(), export);
        let output = daemon.facts(&format!("docker:{name}"));
        ends_with(&output, 2);
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_archive_of_nothing_but_zeros_is_no_image() {
    let daemon = Daemon::start(vec![0; 10_240], Export::Whole);
    ends_with(&daemon.facts("docker:team/app:1"), 2);
}

#[test]
fn nobody_listening_is_said_with_where_it_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("none.sock");
    let output = facts("podman:team/app", &format!("unix://{}", socket.display()));
    ends_with(&output, 2);
    let text = said(&output);
    assert!(
        text.contains("none.sock") && text.contains("podman system service"),
        "{text}"
    );
    let output = facts("docker:team/app", "ssh://me@machine.example");
    ends_with(&output, 2);
    assert!(said(&output).contains("DOCKER_HOST"), "{}", said(&output));
}
