//! Layers read again: which, how often, and that nobody can tell from the facts.

use std::sync::Mutex;

use freehold::facts::{self, model::Facts};
use freehold::image::{Limits, Progress};
use freehold::source::{OpenOptions, Reference, open};

use super::{image, options};
use crate::support::databases::{Installed, alpine, debian, dpkg_status, md5_hex};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

/// Remembers what it was told: layers and bytes expected, bytes read, layers read again.
#[derive(Default)]
struct Told(Mutex<(usize, u64, u64, usize)>);

impl Progress for Told {
    fn expect(&self, layers: usize, bytes: u64) {
        let mut told = self.0.lock().unwrap();
        told.0 = layers;
        told.1 += bytes;
    }

    fn advance(&self, bytes: u64) {
        self.0.lock().unwrap().2 += bytes;
    }

    fn again(&self, layers: usize, bytes: u64) {
        let mut told = self.0.lock().unwrap();
        told.1 += bytes;
        told.3 += layers;
    }
}

/// The facts of these layers, and how many of them were read a second time.
fn read_with(layers: impl IntoIterator<Item = Layer>, options: &facts::Options) -> (Facts, usize) {
    let folder = tempfile::tempdir().unwrap();
    image(layers).write_oci_dir(folder.path());
    let text = format!("oci-dir:{}", folder.path().display());
    let source = open(&Reference::parse(&text).unwrap(), &OpenOptions::default()).unwrap();
    let told = Told::default();
    let facts = facts::collect(&source, options, &told).unwrap();
    let (layers, expected, read, again) = told.0.into_inner().unwrap();
    assert_eq!(layers, source.layers.len());
    assert_eq!(expected, read, "the bar ends where it was said to end");
    (facts, again)
}

fn read(layers: impl IntoIterator<Item = Layer>) -> (Facts, usize) {
    read_with(layers, &options())
}

/// The facts without what differs between two images that hold the same files.
fn without_digests(facts: &Facts) -> serde_json::Value {
    let mut value = serde_json::to_value(facts).unwrap();
    value.as_object_mut().unwrap().remove("image");
    value
}

/// Packages of which one has its files where the guess expects none.
fn guessed_wrongly() -> Vec<Installed> {
    vec![
        Installed::new("vendor", "1")
            .file("opt/vendor/bin/tool", Elf::executable().bytes())
            .file("opt/vendor/data", "data"),
        Installed::new("plain", "1").file("usr/bin/plain", Elf::executable().bytes()),
    ]
}

#[test]
fn a_layer_whose_digests_were_guessed_rightly_is_read_once() {
    let plain = Installed::new("plain", "1").file("usr/bin/plain", Elf::executable().bytes());
    let (facts, again) = read([debian(std::slice::from_ref(&plain))]);
    assert_eq!((facts.ownership.digests_compared, again), (1, 0));
    let (facts, again) = read([alpine(&[plain])]);
    assert_eq!((facts.ownership.digests_compared, again), (1, 0));
}

#[test]
fn only_the_layer_that_lacks_a_packaged_files_digest_is_read_again() {
    let added = Layer::new().executable("opt/own/tool", Elf::executable().bytes());
    let (facts, again) = read([debian(&guessed_wrongly()), added]);
    assert_eq!((facts.ownership.digests_compared, again), (3, 1));
}

#[test]
fn files_of_no_package_are_never_read_again_for_their_digest() {
    let plain = Installed::new("plain", "1").file("usr/bin/plain", "x");
    let added = Layer::new().executable("usr/local/bin/tool", Elf::executable().bytes());
    let (facts, again) = read([debian(&[plain]), added]);
    assert_eq!((facts.ownership.digests_compared, again), (1, 0));
}

#[test]
fn a_wrong_guess_gives_the_same_facts() {
    let plain = Installed::new("plain", "1").file("usr/bin/plain", Elf::executable().bytes());
    // One tree, written in two orders: where apk shows first, MD5 is not expected to be needed.
    let system = |first: &str, last: &str| {
        Layer::new()
            .dir(first)
            .executable("usr/bin/plain", "changed")
            .file("etc/os-release", "ID=debian\n")
            .file(
                "var/lib/dpkg/status",
                dpkg_status(std::slice::from_ref(&plain)),
            )
            .file("var/lib/dpkg/info/plain.list", "/.\n/usr/bin/plain\n")
            .file(
                "var/lib/dpkg/info/plain.md5sums",
                format!("{}  usr/bin/plain\n", md5_hex(&Elf::executable().bytes())),
            )
            .dir(last)
    };
    let (right, once) = read([system("var/lib/dpkg", "etc/apk")]);
    let (wrong, twice) = read([system("etc/apk", "var/lib/dpkg")]);
    assert_eq!((once, twice), (0, 1));
    assert_eq!(right.ownership.modified.total, 1);
    assert_eq!(without_digests(&right), without_digests(&wrong));
}

#[test]
fn a_program_where_a_link_was_recorded_gets_its_digest_all_the_same() {
    let vendor = Installed::new("vendor", "1")
        .file("opt/vendor/data", "data")
        .lists("opt/vendor/link");
    let added = Layer::new().executable("opt/vendor/link", Elf::executable().bytes());
    let (facts, again) = read([debian(&[vendor]), added]);
    assert_eq!(again, 2);
    let modified = &facts.ownership.modified.items;
    assert_eq!(modified[0].found, md5_hex(&Elf::executable().bytes()));
}

#[test]
fn content_that_does_not_fit_into_memory_gives_the_same_facts() {
    let packages = [
        Installed::new("a", "1").file("usr/bin/a", Elf::executable().bytes()),
        Installed::new("b", "1").file("usr/bin/b", "#!/bin/sh\n"),
    ];
    let behind_a_link = Layer::new()
        .file(
            "srv/sources.list",
            "deb http://deb.debian.org/debian trixie main\n",
        )
        .symlink("etc/apt/sources.list", "/srv/sources.list");
    let layers = [debian(&packages), behind_a_link];
    let (in_memory, _) = read(layers.clone());
    assert_eq!(in_memory.repositories.len(), 1);
    for kept_in_memory in [0, 100] {
        let limits = Limits {
            kept_in_memory,
            ..Limits::default()
        };
        let (spilled, again) = read_with(
            layers.clone(),
            &facts::Options {
                limits,
                ..options()
            },
        );
        assert_eq!(again, 1);
        assert_eq!(
            without_digests(&in_memory),
            without_digests(&spilled),
            "{kept_in_memory}"
        );
    }
}
