//! Control characters, wherever an image can put them, never reach a terminal.

use serde_json::json;

use super::*;
use crate::support::databases::{Installed, alpine, debian};
use crate::support::elf::Elf;

/// Clears the screen, turns text round, sets the title, starts a line of its own.
const EVIL: &str = "e\u{1b}[2J\u{9b}31m\u{202e}\u{7}\u{7f}\rPASSED";

/// An image whose every string is hostile.
fn evil_image() -> ImageBuilder {
    let files = ["x.spdx.json", "k.pem", "usr/bin/x"];
    let mut layer = debian(&[Installed::new(EVIL, EVIL)
        .field(&format!("Maintainer: {EVIL}"))
        .field(&format!("Source: {EVIL} ({EVIL})"))
        .file(&format!("usr/bin/{EVIL}"), Elf::executable().bytes())])
    .file(
        "usr/lib/os-release",
        format!("ID={EVIL}\nNAME=\"{EVIL}\"\nVERSION_ID=\"{EVIL}\"\nPRETTY_NAME=\"{EVIL}\"\n"),
    )
    .file(
        "etc/apt/sources.list",
        format!("deb [signed-by=/{EVIL}] http://{EVIL}/ {EVIL} {EVIL}\n"),
    )
    .file("etc/passwd", format!("{EVIL}:x:0:0:{EVIL}:/:/bin/sh\n"))
    .file(
        "lib/apk/db/installed",
        format!("P:{EVIL}\nV:{EVIL}\nbad\n\n"),
    )
    .file("etc/apk/repositories", format!("http://{EVIL}/x\n"))
    .file(&format!("../{EVIL}"), "")
    .hardlink(&format!("h{EVIL}"), "nothing")
    .setuid(
        &format!("a\nb{EVIL}"),
        Elf::executable().interpreter(EVIL).bytes(),
    )
    .symlink(&format!("loop{EVIL}"), &format!("loop{EVIL}"));
    for name in files {
        layer = layer.executable(&format!("{EVIL}/{name}"), "{\"spdxVersion\": \"SPDX-2.3\"}");
    }
    ImageBuilder::new()
        .layer(layer)
        .layer(alpine(&[Installed::new(EVIL, EVIL)]))
        .user(EVIL)
        .env(EVIL, EVIL)
        .label(EVIL, EVIL)
        .annotation("org.opencontainers.image.title", EVIL)
        .history(EVIL)
        .entrypoint(&[EVIL])
        .working_dir(EVIL)
        .created(EVIL)
}

fn assert_printable(what: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{what} is not UTF-8"));
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let bad = text
        .char_indices()
        .find(|&(_, c)| c != '\n' && (c.is_control() || turns(c)));
    if let Some((at, c)) = bad {
        let around: String = text[at..].chars().take(60).collect();
        panic!("{what} holds {c:?}: {around:?}");
    }
}

#[test]
fn every_command_prints_a_hostile_image_without_its_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    evil_image().write_oci_dir(folder.path());
    let image = format!("oci-dir:{}", folder.path().display());
    for arguments in [
        vec!["scan", &image],
        vec!["scan", &image, "--explain", "portability"],
        vec!["scan", &image, "-f", "json"],
        vec!["check", &image],
        vec!["check", &image, "-f", "json"],
        vec!["compare", &image, &image],
        vec!["facts", &image],
    ] {
        let output = run(&arguments);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stdout.is_empty());
        assert_printable(&format!("stdout of {arguments:?}"), &output.stdout);
        assert_printable(&format!("stderr of {arguments:?}"), &output.stderr);
    }
}

/// Images that are refused, each for something else that a hostile string takes part in.
fn refused() -> Vec<(&'static str, ImageBuilder)> {
    let plain = || ImageBuilder::new().layer(Layer::new().file("a", "1"));
    let descriptor = |media_type: &str, digest: &str| json!([{"mediaType": media_type, "digest": digest, "size": 1}]);
    let tar = "application/vnd.oci.image.layer.v1.tar";
    vec![
        (
            "media type",
            plain().manifest_field("layers", descriptor(EVIL, "sha256:0")),
        ),
        (
            "digest",
            plain().manifest_field("layers", descriptor(tar, EVIL)),
        ),
        (
            "schema",
            plain().manifest_field("schemaVersion", json!(EVIL)),
        ),
        ("platform", plain().platform(&format!("linux/{EVIL}"))),
        ("system", plain().platform(&format!("{EVIL}/amd64"))),
        ("tags", plain().tag(EVIL)),
        (
            "type",
            plain().top_level_field("config", json!({"Env": {EVIL: EVIL}})),
        ),
        (
            "diff ID",
            plain().top_level_field("rootfs", json!({"diff_ids": [EVIL]})),
        ),
        (
            "encrypted",
            plain().manifest_field("layers", descriptor(&format!("{tar}+encrypted{EVIL}"), "x")),
        ),
    ]
}

#[test]
fn refusals_quote_a_hostile_image_without_its_control_characters() {
    for (what, image) in refused() {
        let folder = tempfile::tempdir().unwrap();
        image.write_oci_dir(folder.path());
        let reference = format!("oci-dir:{}:other", folder.path().display());
        for reference in [reference.trim_end_matches(":other"), reference.as_str()] {
            let output = run(&["scan", reference]);
            assert_printable(&format!("{what}, stdout"), &output.stdout);
            assert_printable(&format!("{what}, stderr"), &output.stderr);
            if reference.ends_with(":other") {
                assert_eq!(output.status.code(), Some(2), "{what}");
                assert!(!output.stderr.is_empty());
            }
        }
    }
}
