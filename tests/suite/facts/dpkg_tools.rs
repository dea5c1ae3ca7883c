//! What dpkg's tools move, link and generate.

use crate::support::databases::{Installed, debian, md5_hex};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

use super::{gaps, package, read, unowned};
use freehold::facts::model::{GapKind, Topic};

const DIVERSIONS: &str = "var/lib/dpkg/diversions";

#[test]
fn a_diverted_file_belongs_to_the_package_that_was_moved_aside() {
    let shell = Installed::new("shell", "1").lists("bin/sh");
    let other = Installed::new("other", "1").file("bin/sh", Elf::static_executable().bytes());
    let moved = Layer::new()
        .executable("bin/sh.distrib", Elf::executable().bytes())
        .file(DIVERSIONS, "/bin/sh\n/bin/sh.distrib\nother\n");
    let facts = read([debian(&[shell, other]), moved]);
    assert_eq!(unowned(&facts), ["/etc/os-release"]);
    assert_eq!(facts.ownership.executables.traceable, 2);
    assert_eq!(package(&facts, "shell").layer, 2);
}

#[test]
fn a_file_the_administrator_moved_aside_is_not_missing() {
    let bytes = Elf::executable().bytes();
    let init = Installed::new("init", "1").lists("sbin/initctl");
    let sums = format!("{}  sbin/initctl\n", md5_hex(&bytes));
    let moved = Layer::new()
        .executable("sbin/initctl.distrib", bytes)
        .file("var/lib/dpkg/info/init.md5sums", sums)
        .file(DIVERSIONS, "/sbin/initctl\n/sbin/initctl.distrib\n:\n");
    let facts = read([debian(&[init]), moved]);
    assert!(facts.ownership.missing_by_package.is_empty());
    assert_eq!(facts.ownership.digests_compared, 1);
    assert_eq!(facts.ownership.modified.total, 0);
}

#[test]
fn diversions_that_break_off_are_a_gap() {
    let facts = read([
        debian(&[Installed::new("a", "1")]),
        Layer::new().file(DIVERSIONS, "/bin/sh\n/bin/sh.distrib\n"),
    ]);
    let place = Some("/var/lib/dpkg/diversions");
    assert_eq!(gaps(&facts), [(Topic::Ownership, place, GapKind::Corrupt)]);
}

#[test]
fn links_of_alternatives_are_generated_slaves_included() {
    let vim = Installed::new("vim", "9").file("usr/bin/vim.basic", Elf::executable().bytes());
    let group =
        "auto\n/usr/bin/editor\neditor.1\n/usr/share/man/editor.1\n\n/usr/bin/vim.basic\n50\n\n\n";
    let links = Layer::new()
        .file("var/lib/dpkg/alternatives/editor", group)
        .symlink("etc/alternatives/editor", "/usr/bin/vim.basic")
        .symlink("etc/alternatives/editor.1", "/usr/share/man/vim.1")
        .symlink("usr/bin/editor", "/etc/alternatives/editor")
        .symlink("usr/share/man/editor.1", "/etc/alternatives/editor.1")
        .symlink("usr/bin/not-in-the-group", "/usr/bin/vim.basic");
    let facts = read([debian(&[vim]), links]);
    assert_eq!(
        unowned(&facts),
        ["/etc/os-release", "/usr/bin/not-in-the-group"]
    );
}

#[test]
fn a_program_under_the_name_of_an_alternative_is_nobodys() {
    let group = "auto\n/usr/bin/editor\n\n";
    let planted = Layer::new()
        .file("var/lib/dpkg/alternatives/editor", group)
        .executable("usr/bin/editor", Elf::executable().bytes());
    let facts = read([debian(&[Installed::new("a", "1")]), planted]);
    assert_eq!(unowned(&facts)[0], "/usr/bin/editor");
}

#[test]
fn caches_and_byte_code_are_generated() {
    let generated = Layer::new()
        .file("etc/ld.so.cache", "x")
        .file("var/cache/apt/pkgcache.bin", "x")
        .file("usr/lib/python3/__pycache__/a.cpython-313.pyc", "x")
        .executable("var/lib/dpkg/info/a.postinst", "#!/bin/sh\n");
    let facts = read([debian(&[Installed::new("a", "1")]), generated]);
    assert_eq!(unowned(&facts), ["/etc/os-release"]);
    // Those four, and dpkg's status, list and digests.
    assert_eq!(facts.ownership.files.generated, 7);
    assert_eq!(facts.ownership.executables.share, Some(1.0));
}

#[test]
fn a_program_in_a_cache_is_nobodys() {
    for place in [
        "var/cache/apt/archives/tool",
        "usr/lib/python3/__pycache__/x.pyc",
        "etc/hosts",
    ] {
        let planted = Layer::new().file(place, Elf::executable().bytes());
        let facts = read([debian(&[Installed::new("a", "1")]), planted]);
        assert_eq!(unowned(&facts)[0], format!("/{place}"));
        assert_eq!(facts.ownership.executables.share, Some(0.0));
    }
}

#[test]
fn nothing_is_generated_where_no_package_is() {
    let facts = read([Layer::new().file("etc/ld.so.cache", "x")]);
    assert_eq!(unowned(&facts), ["/etc/ld.so.cache"]);
}
