//! Layers that arrive late, in pieces, wrong or not at all.

use std::process::Stdio;

use super::server::{Fault, Settings};
use super::{ends_with, facts, image, layout, program, run, said, without_source};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

const FOR_EVER: usize = usize::MAX;

#[test]
fn a_transfer_that_breaks_goes_on_where_it_broke() {
    let image = image(3);
    let (folder, local) = layout(&image);
    let expected = facts(&local, &[]);
    let digest = image.layer_digest(1);
    for after in [0, 1, 6, 1000, 40_000] {
        let registry = Settings::default()
            .repository("app", folder.path())
            .fault_of(Some("GET"), &digest, 2, Fault::Cut(after))
            .start();
        assert_eq!(facts(&registry.name("app"), &[]), expected, "{after}");
        let ranges: Vec<String> = registry
            .log()
            .iter()
            .filter(|one| one.method == "GET" && one.target.contains(&digest))
            .map(|one| one.header("range").unwrap_or_default().to_owned())
            .collect();
        let from = |at: usize| match at {
            0 => String::new(),
            at => format!("bytes={at}-"),
        };
        assert_eq!(ranges, [from(0), from(after), from(2 * after)]);
    }
}

#[test]
fn a_server_without_ranges_starts_again_and_nothing_is_read_twice() {
    let image = image(2);
    let (folder, local) = layout(&image);
    let digest = image.layer_digest(1);
    let registry = Settings::default()
        .repository("app", folder.path())
        .fault_of(Some("GET"), &digest, 1, Fault::Cut(5000))
        .fault_of(Some("GET"), &digest, 1, Fault::IgnoreRange)
        .start();
    assert_eq!(facts(&registry.name("app"), &[]), facts(&local, &[]));
}

#[test]
fn many_layers_that_trickle_in_reach_one_thread() {
    let (folder, local) = layout(&image(50));
    let registry = Settings::default()
        .repository("app", folder.path())
        .fault_of(Some("GET"), "/blobs/", FOR_EVER, Fault::Trickle(20_000, 10))
        .start();
    let found = facts(&registry.name("app"), &["--threads", "1"]);
    assert_eq!(found, facts(&local, &[]));
}

#[test]
fn a_layer_that_is_not_the_one_stated_ends_the_scan() {
    let image = image(2);
    let (folder, _) = layout(&image);
    let digest = image.layer_digest(1);
    let blob = folder.path().join("blobs").join(digest.replace(':', "/"));
    let sound = std::fs::read(&blob).unwrap();
    let mut changed = sound.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let longer = [sound.clone(), vec![0; 10]].concat();
    let shorter = sound[..sound.len() - 10].to_vec();
    for (bytes, words) in [
        (
            changed,
            vec![
                "has the digest",
                "cannot be decompressed",
                "is not a readable tar",
            ],
        ),
        (longer, vec!["bytes, and"]),
        (shorter, vec!["bytes, and", "broke off after"]),
    ] {
        std::fs::write(&blob, bytes).unwrap();
        let registry = Settings::default().repository("app", folder.path()).start();
        let output = run(&["facts", &registry.name("app")]);
        ends_with(&output, 2);
        let text = said(&output);
        assert!(words.iter().any(|word| text.contains(word)), "{text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_layer_that_is_missing_refused_or_never_ends_ends_the_scan() {
    let image = image(2);
    let (folder, _) = layout(&image);
    let digest = image.layer_digest(1);
    let retry = vec![("Retry-After", "0".to_owned())];
    for (fault, words) in [
        (Fault::Status(404, Vec::new()), "is missing"),
        (Fault::Status(403, Vec::new()), "refuses"),
        (Fault::Status(503, retry), "fails at"),
        (Fault::Endless(404), "is missing"),
        (Fault::Endless(403), "refuses"),
        (Fault::Endless(200), "has the digest"),
        (Fault::Cut(2000), "broke off after 10000 of"),
    ] {
        let registry = Settings::default()
            .repository("app", folder.path())
            .fault(&digest, FOR_EVER, fault.clone())
            .start();
        let output = run(&["facts", &registry.name("app")]);
        ends_with(&output, 2);
        assert!(
            said(&output).contains(words),
            "{fault:?}: {}",
            said(&output)
        );
    }
}

#[test]
fn a_layer_is_asked_for_again_when_the_registry_says() {
    let image = image(3);
    let (folder, local) = layout(&image);
    let digest = image.layer_digest(1);
    let expected = facts(&local, &[]);
    for status in [429, 500, 503] {
        let retry = vec![("Retry-After", "0".to_owned())];
        let registry = Settings::default()
            .repository("app", folder.path())
            .fault_of(Some("GET"), &digest, 3, Fault::Status(status, retry))
            .start();
        assert_eq!(facts(&registry.name("app"), &[]), expected, "{status}");
    }
}

#[test]
fn layers_that_nobody_reads_hold_nothing_up() {
    let image = image(4);
    let (folder, _) = layout(&image);
    let refused = Fault::Status(403, Vec::new());
    for late in [Fault::Trickle(1, 600_000), Fault::Stall(600_000)] {
        let registry = Settings::default()
            .repository("app", folder.path())
            .fault(&image.layer_digest(1), FOR_EVER, refused.clone())
            .fault(&image.layer_digest(2), FOR_EVER, late)
            .start();
        let output = run(&["facts", &registry.name("app"), "--threads", "1"]);
        ends_with(&output, 2);
    }
}

#[test]
fn a_registry_that_dies_in_the_middle_of_a_layer_may_come_back() {
    let image = image(2);
    let (folder, local) = layout(&image);
    let digest = image.layer_digest(1);
    let settings = || Settings::default().repository("app", folder.path());
    let slow = Fault::Trickle(1000, 100);
    let registry = settings().fault_of(Some("GET"), &digest, 1, slow).start();
    let name = registry.name("app");
    let mut command = program();
    let command = command.args(["facts", &name]).stdout(Stdio::piped());
    let scan = command.stderr(Stdio::piped()).spawn().unwrap();
    while registry.count("GET", &digest) == 0 {
        std::thread::yield_now();
    }
    let address = registry.address();
    drop(registry);
    let registry = settings().start_at(address);
    let output = scan.wait_with_output().unwrap();
    ends_with(&output, 0);
    assert_eq!(without_source(&output), facts(&local, &[]));
    assert_eq!(registry.count("GET", &digest), 1);
}

#[test]
fn a_layer_read_twice_is_the_same_twice() {
    // A database behind a symbolic link: its content is wanted only when all layers are known.
    let status =
        "Package: base-files\nStatus: install ok installed\nVersion: 13\nArchitecture: all\n\n";
    let image = ImageBuilder::new()
        .layer(
            Layer::new()
                .file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n")
                .file("opt/elsewhere/status", status),
        )
        .layer(Layer::new().symlink("var/lib/dpkg", "/opt/elsewhere"));
    let (folder, local) = layout(&image);
    let expected = facts(&local, &[]);
    assert_eq!(expected["packages"][0]["name"], "base-files", "{expected}");
    let registry = Settings::default()
        .repository("app", folder.path())
        .fault_of(
            Some("GET"),
            &image.layer_digest(0),
            1,
            Fault::Trickle(100, 1),
        )
        .fault_of(Some("GET"), &image.layer_digest(0), 1, Fault::Cut(20))
        .start();
    assert_eq!(facts(&registry.name("app"), &[]), expected);
    assert!(registry.count("GET", &image.layer_digest(0)) > 1);
}

#[test]
fn the_json_report_says_that_the_network_was_used() {
    let (folder, local) = layout(&image(1));
    let registry = Settings::default().repository("app", folder.path()).start();
    for (reference, used) in [(registry.name("app"), true), (local, false)] {
        let output = program()
            .args(["scan", "-f", "json", &reference])
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["run"]["network_used"], used, "{reference}");
    }
}
