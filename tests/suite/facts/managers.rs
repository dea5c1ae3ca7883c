//! Package managers: there, and usable or not.

use freehold::facts::model::{Facts, ManagerLevel, PackageManager};

use super::read;
use crate::support::databases::{Installed, alpine, debian, distroless};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

const LOADER: &str = "lib64/ld-linux-x86-64.so.2";
const LIBC: &str = "usr/lib/x86_64-linux-gnu/libc.so.6";

fn program() -> Vec<u8> {
    Elf::executable().needs("libc.so.6").bytes()
}

/// A Debian system on which apt and dpkg would run.
fn usable() -> Layer {
    [
        "usr/bin/apt-get",
        "usr/bin/dpkg",
        "bin/sh",
        "bin/rm",
        "bin/tar",
        "usr/bin/dpkg-deb",
        "sbin/ldconfig",
    ]
    .into_iter()
    .fold(debian(&[Installed::new("a", "1")]), |layer, path| {
        layer.executable(path, program())
    })
    .executable(LOADER, Elf::shared_object("ld-linux-x86-64.so.2").bytes())
    .file(LIBC, Elf::shared_object("libc.so.6").bytes())
    .file(
        "etc/apt/sources.list",
        "deb http://a.example.org/ trixie main\n",
    )
}

fn manager<'a>(facts: &'a Facts, name: &str) -> &'a PackageManager {
    facts
        .package_managers
        .iter()
        .find(|m| m.name == name)
        .unwrap()
}

/// What stands in apt's way once this layer lies on top.
fn apt_after(change: Layer) -> (Option<bool>, String) {
    let facts = read([usable(), change]);
    let apt = manager(&facts, "apt-get");
    (apt.operational, apt.obstacles.join("; "))
}

#[test]
fn apt_and_dpkg_with_all_they_need_are_operational() {
    let facts = read([usable()]);
    let apt = manager(&facts, "apt-get");
    assert_eq!((apt.operational, apt.obstacles.len()), (Some(true), 0));
    assert_eq!((apt.path.as_str(), apt.layer), ("/usr/bin/apt-get", 1));
    assert_eq!(apt.level, ManagerLevel::Repository);
    let dpkg = manager(&facts, "dpkg");
    assert_eq!(
        (dpkg.operational, dpkg.level),
        (Some(true), ManagerLevel::File)
    );
}

#[test]
fn each_thing_that_is_gone_is_named() {
    for (gone, words) in [
        (LIBC, "needs libc.so.6, which is not there"),
        (
            LOADER,
            "needs /lib64/ld-linux-x86-64.so.2, which is not there",
        ),
        ("etc/apt/sources.list", "no repository is configured"),
        ("var/lib/dpkg/info", "its database is reduced"),
        ("var/lib/dpkg", "its database is not there"),
        (
            "usr/bin/dpkg",
            "dpkg, which it starts, is not in the search path",
        ),
    ] {
        let (operational, obstacles) = apt_after(Layer::new().whiteout(gone));
        assert_eq!(operational, Some(false), "{gone}");
        assert!(obstacles.contains(words), "{gone}: {obstacles}");
    }
}

#[test]
fn dpkg_misses_each_of_its_helpers() {
    for (path, name) in [
        ("bin/sh", "sh"),
        ("bin/tar", "tar"),
        ("sbin/ldconfig", "ldconfig"),
    ] {
        let facts = read([usable(), Layer::new().whiteout(path)]);
        let dpkg = manager(&facts, "dpkg");
        assert_eq!(dpkg.operational, Some(false));
        let expected = format!("{name}, which it starts, is not in the search path");
        assert_eq!(dpkg.obstacles, [expected]);
    }
}

#[test]
fn a_library_of_a_library_is_missed_as_well() {
    let libapt = Elf::shared_object("libapt.so").needs("libgone.so").bytes();
    let change = Layer::new()
        .executable(
            "usr/bin/apt-get",
            Elf::executable().needs("libapt.so").bytes(),
        )
        .file("usr/lib/libapt.so", libapt);
    let (operational, obstacles) = apt_after(change);
    assert_eq!(operational, Some(false));
    assert!(obstacles.contains("needs libgone.so"), "{obstacles}");
}

#[test]
fn a_library_beside_the_program_is_found_through_its_run_path() {
    let tool = Elf::executable()
        .needs("libapt.so")
        .runpath("$ORIGIN/../private");
    let change = Layer::new()
        .executable("usr/bin/apt-get", tool.bytes())
        .file(
            "usr/private/libapt.so",
            Elf::shared_object("libapt.so").bytes(),
        );
    assert_eq!(apt_after(change), (Some(true), String::new()));
}

#[test]
fn a_script_needs_its_interpreter() {
    let script = |line: &str| Layer::new().executable("usr/bin/apt-get", format!("{line}\n"));
    let (operational, obstacles) = apt_after(script("#!/usr/bin/perl -w"));
    assert_eq!(operational, Some(false));
    assert!(obstacles.contains("needs /usr/bin/perl"), "{obstacles}");
    assert_eq!(apt_after(script("#! /bin/sh")).0, Some(true));
}

#[test]
fn a_text_without_an_interpreter_line_is_no_program() {
    let (operational, obstacles) = apt_after(Layer::new().executable("usr/bin/apt-get", "apt"));
    assert_eq!(operational, Some(false));
    assert!(obstacles.contains("neither an ELF program nor a script"));
}

#[test]
fn a_switched_off_repository_is_none() {
    let stanza = "Types: deb\nURIs: http://a.example.org/\nSuites: x\nEnabled: no\n";
    let change = Layer::new()
        .whiteout("etc/apt/sources.list")
        .file("etc/apt/sources.list.d/a.sources", stanza);
    assert_eq!(apt_after(change).0, Some(false));
}

#[test]
fn a_damaged_database_leaves_it_open() {
    let change = Layer::new().file("var/lib/dpkg/status", "junk\n");
    assert_eq!(apt_after(change), (None, String::new()));
}

#[test]
fn a_library_that_cannot_be_read_leaves_it_open() {
    let change = Layer::new().file(LIBC, "GROUP ( a b )");
    assert_eq!(apt_after(change), (None, String::new()));
}

#[test]
fn an_obstacle_outweighs_a_doubt() {
    let change = Layer::new()
        .file(LIBC, "GROUP ( a b )")
        .whiteout("etc/apt/sources.list");
    assert_eq!(apt_after(change).0, Some(false));
}

#[test]
fn a_file_without_an_execute_bit_is_no_manager() {
    let facts = read([debian(&[]).file("usr/bin/apt-get", program())]);
    assert_eq!(facts.package_managers, []);
}

#[test]
fn a_static_apk_with_a_repository_is_operational() {
    let apk = Layer::new()
        .executable("sbin/apk", Elf::static_executable().bytes())
        .file("etc/apk/repositories", "https://a.example.org/main\n");
    let facts = read([alpine(&[Installed::new("a", "1")]), apk]);
    assert_eq!(manager(&facts, "apk").operational, Some(true));
}

#[test]
fn dpkg_over_distroless_metadata_is_not_operational() {
    let layer = distroless(&[Installed::new("a", "1")], true);
    let facts = read([
        layer,
        usable(),
        Layer::new().whiteout("var/lib/dpkg/status"),
    ]);
    let dpkg = manager(&facts, "dpkg");
    assert_eq!(dpkg.operational, Some(false));
    assert!(dpkg.obstacles[0].contains("reduced"));
}

#[test]
fn a_manager_whose_database_could_not_be_read_is_left_open() {
    let facts = read([Layer::new()
        .file("etc/os-release", "ID=fedora\n")
        .file("var/lib/rpm/rpmdb.sqlite", "damaged")
        .executable("usr/bin/rpm", Elf::static_executable().bytes())]);
    assert_eq!(manager(&facts, "rpm").operational, None);
}
