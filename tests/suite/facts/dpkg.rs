//! dpkg's databases: `status`, `info/` and distroless' `status.d`.

use freehold::facts::model::{Coverage, DatabaseState, GapKind, PackageType, Topic};
use freehold::image::Limits;

use super::{coverage_of, facts_with, gaps, image, names, options, package, read, states, unowned};
use crate::support::databases::{Installed, debian, distroless, dpkg_status};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

const STATUS: &str = "/var/lib/dpkg/status";

fn with_status(status: impl Into<Vec<u8>>) -> Layer {
    let status = status.into();
    Layer::new()
        .file("etc/os-release", "ID=debian\n")
        .file("var/lib/dpkg/status", status)
        .with_parents()
}

#[test]
fn a_package_has_its_stanzas_fields_and_a_purl() {
    let hello = Installed::new("hello", "1:2.10-3+b1")
        .field("Source: hello-src (2.10-3)")
        .field("Maintainer: Packaging <packages@example.org>")
        .field("Origin: Example")
        .field("Description: greets\n in two lines\n .\n Version: not a field")
        .file("usr/bin/hello", "x");
    let facts = read([debian(&[hello, Installed::new("plain", "1")])]);
    let found = package(&facts, "hello");
    assert_eq!(found.package_type, PackageType::Deb);
    assert_eq!(found.version, "1:2.10-3+b1");
    assert_eq!(found.arch.as_deref(), Some("amd64"));
    let source = found.source.as_ref().unwrap();
    assert_eq!(source.name, "hello-src");
    assert_eq!(source.version.as_deref(), Some("2.10-3"));
    assert_eq!(
        found.maintainer.as_deref(),
        Some("Packaging <packages@example.org>")
    );
    assert_eq!(found.origin.as_deref(), Some("Example"));
    let purl = "pkg:deb/debian/hello@1:2.10-3%2Bb1?arch=amd64&distro=debian-13";
    assert_eq!(found.purl.as_deref(), Some(purl));
    let source = package(&facts, "plain").source.as_ref().unwrap();
    assert_eq!((source.name.as_str(), &source.version), ("plain", &None));
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Complete)]);
    assert_eq!(facts.gaps, []);
}

#[test]
fn only_packages_whose_files_are_on_disk_are_listed() {
    let state =
        |name: &str, state: &str| Installed::new(name, "1").status(&format!("install ok {state}"));
    let facts = read([debian(&[
        state("a-installed", "installed"),
        state("b-half-installed", "half-installed"),
        state("c-unpacked", "unpacked"),
        state("d-half-configured", "half-configured"),
        state("e-awaited", "triggers-awaited"),
        state("f-pending", "triggers-pending"),
        state("g-config", "config-files"),
        state("h-gone", "not-installed"),
    ])]);
    let expected = [
        "a-installed",
        "b-half-installed",
        "c-unpacked",
        "d-half-configured",
        "e-awaited",
        "f-pending",
    ];
    assert_eq!(names(&facts), expected);
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Complete)]);
}

#[test]
fn a_removed_package_without_a_version_is_no_damage() {
    let facts = read([with_status(
        "Package: gone\nStatus: purge ok not-installed\n\n",
    )]);
    assert_eq!(facts.gaps, []);
}

#[test]
fn the_list_of_a_co_installable_package_carries_its_architecture() {
    let libc = Installed::new("libc6", "2.41")
        .list_name("libc6:amd64")
        .file(
            "usr/lib/x86_64-linux-gnu/libc.so.6",
            Elf::shared_object("libc.so.6").bytes(),
        );
    let facts = read([debian(&[libc])]);
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Complete)]);
    let files = package(&facts, "libc6").files.clone().unwrap();
    assert_eq!((files.recorded, files.present), (1, 1));
    assert_eq!(facts.ownership.executables.traceable, 1);
    assert_eq!(facts.ownership.digests_compared, 1);
}

#[test]
fn junk_in_the_middle_keeps_the_rest_and_makes_the_database_damaged() {
    let mut status = dpkg_status(&[Installed::new("first", "1")]).into_bytes();
    status.extend(b"\x00\xff\xfe no field at all\n\n");
    status.extend(dpkg_status(&[Installed::new("last", "2")]).into_bytes());
    let facts = read([with_status(status)]);
    assert_eq!(names(&facts), ["first", "last"]);
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Damaged)]);
    assert_eq!(
        gaps(&facts),
        [(Topic::Packages, Some(STATUS), GapKind::Corrupt)]
    );
    assert_eq!(coverage_of(&facts, Topic::Ownership), Coverage::Partial);
    assert_eq!(unowned(&facts), Vec::<&str>::new());
}

#[test]
fn a_database_that_breaks_off_is_damaged() {
    let whole = dpkg_status(&[Installed::new("first", "1"), Installed::new("last", "2")]);
    for cut in [whole.len() - 4, whole.len() / 2 + 10] {
        let facts = read([with_status(&whole[..cut])]);
        assert_eq!(
            states(&facts),
            [(STATUS, DatabaseState::Damaged)],
            "at {cut}"
        );
        assert!(names(&facts).contains(&"first"));
    }
}

#[test]
fn two_stanzas_run_together_are_damage_not_one_package() {
    let whole = dpkg_status(&[Installed::new("first", "1"), Installed::new("last", "2")]);
    let joined = whole.replacen("\n\n", "\n", 1);
    let facts = read([with_status(joined)]);
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Damaged)]);
}

#[test]
fn a_field_too_long_to_be_one_is_damage() {
    let long = "v".repeat(100 << 10);
    let facts = read([with_status(dpkg_status(&[Installed::new("big", &long)]))]);
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Damaged)]);
    assert!(printed_length(&facts) < 64 << 10);
}

fn printed_length(facts: &freehold::facts::model::Facts) -> usize {
    super::printed(facts).len()
}

#[test]
fn a_database_over_the_limit_is_a_gap_that_names_the_flag() {
    let limits = Limits {
        max_file_bytes: 1 << 10,
        ..Limits::default()
    };
    let status = dpkg_status(&[Installed::new("a", "1")]) + &"x".repeat(2 << 10);
    let layer = with_status(status).executable("usr/bin/tool", Elf::executable().bytes());
    let facts = facts_with(
        &image([layer]),
        &freehold::facts::Options {
            limits,
            ..options()
        },
    );
    assert_eq!(
        gaps(&facts),
        [(Topic::Packages, Some(STATUS), GapKind::Limit)]
    );
    assert!(facts.gaps[0].detail.contains("--max-file-bytes"));
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Damaged)]);
    assert_eq!(facts.ownership.executables.undetermined, 1);
    assert_eq!(facts.ownership.executables.unowned, 0);
}

#[test]
fn one_line_of_many_megabytes_is_damage_and_no_package() {
    let facts = read([with_status(vec![b'P'; 8 << 20])]);
    assert_eq!(names(&facts), Vec::<&str>::new());
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Damaged)]);
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let status = dpkg_status(&[Installed::new("a", "1"), Installed::new("b", "2")]);
    let facts = read([with_status(status.replace('\n', "\r\n"))]);
    assert_eq!(names(&facts), ["a", "b"]);
    assert_eq!(package(&facts, "b").version, "2");
    assert_eq!(facts.gaps, []);
}

#[test]
fn a_maintainer_in_latin_1_is_shown_and_no_damage() {
    let mut status = dpkg_status(&[Installed::new("a", "1")]).into_bytes();
    status.truncate(status.len() - 1);
    status.extend(b"Maintainer: Ren\xe9\n\n");
    let facts = read([with_status(status)]);
    assert_eq!(package(&facts, "a").maintainer.as_deref(), Some("Ren\\xe9"));
    assert_eq!(facts.gaps, []);
}

#[test]
fn a_package_without_its_list_leaves_ownership_open() {
    let with = Installed::new("with", "1").file("usr/bin/with", "#!/bin/sh\n");
    let without = Installed::new("without", "1")
        .without_list()
        .file("usr/bin/without", Elf::executable().bytes());
    let facts = read([debian(&[with, without])]);
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Reduced)]);
    assert!(package(&facts, "without").files.is_none());
    assert_eq!(unowned(&facts), Vec::<&str>::new());
    let executables = &facts.ownership.executables;
    assert_eq!((executables.traceable, executables.undetermined), (1, 1));
}

#[test]
fn a_list_that_makes_no_sense_leaves_ownership_open() {
    let hello = Installed::new("hello", "1").file("usr/bin/hello", Elf::executable().bytes());
    let junk = Layer::new().file("var/lib/dpkg/info/hello.list", "\u{1}usr/bin/hello\n");
    let facts = read([debian(&[hello]), junk]);
    let path = Some("/var/lib/dpkg/info/hello.list");
    assert_eq!(gaps(&facts), [(Topic::Ownership, path, GapKind::Corrupt)]);
    assert_eq!(facts.ownership.executables.unowned, 0);
    assert_eq!(coverage_of(&facts, Topic::Integrity), Coverage::Partial);
    assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Complete);
}

#[test]
fn digests_that_make_no_sense_are_not_an_intact_package() {
    let hello = Installed::new("hello", "1").file("usr/bin/hello", Elf::executable().bytes());
    let junk = Layer::new().file("var/lib/dpkg/info/hello.md5sums", "zz  usr/bin/hello\n");
    let facts = read([debian(&[hello]), junk]);
    let path = Some("/var/lib/dpkg/info/hello.md5sums");
    assert_eq!(gaps(&facts), [(Topic::Integrity, path, GapKind::Corrupt)]);
    assert_eq!(facts.ownership.executables.traceable, 1);
    assert_eq!(coverage_of(&facts, Topic::Ownership), Coverage::Complete);
}

#[test]
fn a_database_that_is_gone_is_absent_not_a_gap() {
    let hello = Installed::new("hello", "1").file("usr/bin/hello", Elf::executable().bytes());
    for layer in [
        Layer::new().whiteout("var/lib/dpkg"),
        Layer::new().whiteout("var/lib/dpkg/status"),
        Layer::new().file("var/lib/dpkg/status", ""),
    ] {
        let facts = read([debian(std::slice::from_ref(&hello)), layer]);
        assert_eq!(states(&facts), [(STATUS, DatabaseState::Absent)]);
        assert_eq!(facts.gaps, []);
        assert_eq!(names(&facts), Vec::<&str>::new());
        assert_eq!(facts.ownership.executables.share, Some(0.0));
    }
}

#[test]
fn one_control_file_a_package_is_a_reduced_database() {
    let libc = Installed::new("libc6", "2.41")
        .file("usr/lib/libc.so.6", Elf::shared_object("libc.so.6").bytes());
    let layer = distroless(&[libc], true)
        .symlink("usr/lib/alias.so", "libc.so.6")
        .file("etc/app.conf", "x")
        .file("usr/lib/extra.so", Elf::shared_object("extra.so").bytes());
    let facts = read([layer]);
    let place = "/var/lib/dpkg/status.d";
    assert_eq!(states(&facts), [(place, DatabaseState::Reduced)]);
    assert_eq!(package(&facts, "libc6").database, place);
    assert_eq!(unowned(&facts), ["/usr/lib/extra.so"]);
    // md5sums name neither links nor configuration.
    assert_eq!(facts.ownership.files.undetermined, 3);
}

#[test]
fn control_files_without_digests_say_nothing_of_ownership() {
    let libc = Installed::new("libc6", "2.41")
        .file("usr/lib/libc.so.6", Elf::shared_object("libc.so.6").bytes());
    let facts = read([distroless(&[libc], false)]);
    assert!(package(&facts, "libc6").files.is_none());
    let executables = &facts.ownership.executables;
    assert_eq!((executables.unowned, executables.undetermined), (0, 1));
    assert_eq!(
        (executables.share, executables.share_max),
        (Some(0.0), Some(1.0))
    );
}

#[test]
fn a_database_behind_a_linked_directory_is_read_all_the_same() {
    let status = dpkg_status(&[Installed::new("a", "1")]);
    let facts = read([
        Layer::new()
            .file("etc/os-release", "ID=debian\n")
            .file("srv/packages/status", status)
            .file("srv/packages/info/a.list", "/.\n"),
        Layer::new().symlink("var/lib/dpkg", "/srv/packages"),
    ]);
    assert_eq!(names(&facts), ["a"]);
    assert_eq!(states(&facts), [(STATUS, DatabaseState::Complete)]);
    assert_eq!(facts.package_databases[0].layer, Some(1));
}

#[test]
fn a_database_behind_a_loop_of_links_is_a_gap() {
    let facts = read([Layer::new()
        .file("etc/os-release", "ID=debian\n")
        .symlink("var/lib/dpkg", "dpkg")]);
    assert!(gaps(&facts).contains(&(Topic::Packages, Some(STATUS), GapKind::Unresolvable)));
    assert_eq!(states(&facts)[0], (STATUS, DatabaseState::Damaged));
}
