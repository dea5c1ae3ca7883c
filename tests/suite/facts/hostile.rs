//! Random bytes where something is expected: facts or gaps, never a panic.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};

use super::{printed, read};
use crate::support::chisel::Wall;
use crate::support::elf::Elf;
use crate::support::layer::Layer;
use crate::support::pacman::Alpm;

const CASES: u32 = 48;

/// Random bytes, or sound ones with a few of them changed or a piece cut off.
fn damaged(sound: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let changed = (
        Just(sound),
        vec((any::<usize>(), any::<u8>()), 0..8),
        any::<usize>(),
    )
        .prop_map(|(mut bytes, changes, end)| {
            for (at, byte) in changes {
                let length = bytes.len();
                bytes[at % length] = byte;
            }
            if end % 3 == 0 {
                bytes.truncate(end % bytes.len());
            }
            bytes
        });
    prop_oneof![vec(any::<u8>(), 0..600), changed]
}

/// Puts damaged bytes at `path` and looks for what must hold whatever they are.
fn survives(path: &'static str, sound: &[u8]) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
    .run(&damaged(sound.to_vec()), |bytes| {
        let facts = read([Layer::new()
            .file("etc/os-release", "ID=debian\n")
            .executable("usr/bin/x", Elf::executable().bytes())
            .file(path, bytes)]);
        let files = &facts.ownership.files;
        let parts =
            files.owned + files.generated + files.plumbing + files.unowned + files.undetermined;
        assert_eq!(parts, files.total);
        let mut text = String::new();
        write!(text, "{}", printed(&facts)).unwrap();
        let again: freehold::facts::model::Facts = serde_json::from_str(&text).unwrap();
        assert_eq!(again, facts);
        Ok(())
    });
    result.unwrap();
}

#[test]
fn any_bytes_as_a_dpkg_status_are_survived() {
    survives(
        "var/lib/dpkg/status",
        b"Package: a\nStatus: install ok installed\nVersion: 1\nSource: b (2)\n\n",
    );
}

#[test]
fn any_bytes_as_a_list_digests_diversions_and_alternatives_are_survived() {
    survives(
        "var/lib/dpkg/status.d/a.md5sums",
        b"0123456789abcdef0123456789abcdef  usr/bin/x\n",
    );
    survives("var/lib/dpkg/diversions", b"/usr/bin/x\n/usr/bin/y\n:\n");
    survives(
        "var/lib/dpkg/alternatives/x",
        b"auto\n/usr/bin/x\ny\n/usr/bin/y\n\n",
    );
}

#[test]
fn any_bytes_as_an_apk_database_are_survived() {
    survives(
        "lib/apk/db/installed",
        b"P:a\nV:1\nF:usr/bin\nR:x\nZ:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\n\n",
    );
}

#[test]
fn any_bytes_as_os_release_are_survived() {
    survives("usr/lib/os-release", b"ID=\"debian\"\nVERSION_ID='13'\n");
    survives("etc/debian_version", b"13.1\n");
}

#[test]
fn any_bytes_as_a_keyring_are_survived() {
    survives(
        "etc/apt/trusted.gpg.d/a.gpg",
        include_bytes!("../../fixtures/keys/two.gpg"),
    );
    survives(
        "etc/apt/trusted.gpg.d/a.asc",
        include_bytes!("../../fixtures/keys/ed25519.asc"),
    );
    survives(
        "etc/apk/keys/a.rsa.pub",
        include_bytes!("../../fixtures/keys/apk.rsa.pub"),
    );
}

#[test]
fn any_bytes_as_repositories_are_survived() {
    survives("etc/apt/sources.list", b"deb [a=b] http://u:p@h/ x y\n");
    survives(
        "etc/apt/sources.list.d/a.sources",
        b"Types: deb\nURIs: http://h/\nSuites: x\n",
    );
    survives("etc/apk/repositories", b"@t https://h/x\n");
}

#[test]
fn any_bytes_as_an_elf_file_are_survived() {
    let elf = Elf::executable()
        .needs("libc.so.6")
        .runpath("/x:$ORIGIN")
        .bytes();
    survives("usr/bin/apt-get", &elf);
    survives("usr/lib/a.so", &Elf::shared_object("a.so").bytes());
}

#[test]
fn any_bytes_as_users_sboms_and_keys_are_survived() {
    survives("etc/passwd", b"root:x:0:0::/:/bin/sh\n");
    survives("a.spdx.json", b"{\"spdxVersion\": \"SPDX-2.3\"}");
    survives(
        "a.key",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    );
}

#[test]
fn any_bytes_as_a_chisel_manifest_are_survived() {
    let sound = Wall::new().file("base-files_bin", "usr/bin/x", "x");
    survives("var/lib/chisel/manifest.wall", &sound.bytes());
}

#[test]
fn any_bytes_as_a_pacman_description_are_survived() {
    let sound = Alpm::new("a", "1-1").section("LICENSE", &["MIT"]).desc();
    survives("var/lib/pacman/local/a-1-1/desc", sound.as_bytes());
}
