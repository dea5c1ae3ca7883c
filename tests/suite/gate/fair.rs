//! What is untouched and legitimate passes without a flag.

use super::{Desk, TIME, ends_with, run, said};
use crate::support::chisel::Wall;
use crate::support::databases::{Installed, alpine, debian, distroless};
use crate::support::layer::Layer;
use crate::support::rpm::{Header, sqlite};

fn passes(name: &str, layers: impl IntoIterator<Item = Layer>) {
    let desk = Desk::new();
    let image = desk.image("image", layers);
    let output = run(&["check", &image, TIME]);
    ends_with(&output, 0);
    assert!(
        said(&output).starts_with("PASSED"),
        "{name}: {}",
        said(&output)
    );
}

fn slim() -> Layer {
    let passwd = Installed::new("passwd", "1:4.17").file("usr/bin/passwd", "passwd");
    let base = Installed::new("base-files", "13.8").file("usr/bin/true", "true");
    debian(&[passwd, base]).setuid("usr/bin/passwd", "passwd")
}

#[test]
fn a_debian_with_the_setuid_programs_of_its_packages() {
    passes("Debian slim", [slim()]);
}

#[test]
fn an_alpine() {
    let busybox = Installed::new("busybox", "1.36.1-r29").file("bin/busybox", "busybox");
    let layer = alpine(&[busybox]).file("etc/alpine-release", "3.20.3\n");
    passes("Alpine", [layer]);
}

#[test]
fn a_distroless_with_and_without_checksums() {
    for with_sums in [true, false] {
        let packages = [Installed::new("tzdata", "2025b").file("usr/share/zoneinfo/UTC", "UTC")];
        passes("distroless static", [distroless(&packages, with_sums)]);
    }
}

#[test]
fn a_micro_image_with_the_rpm_database_alone() {
    let files = [("/usr/bin/bash", "", 0o100_755, 0, "")];
    let blob = Header::package("bash", "5.2.26", "6.el10")
        .files(&files)
        .bytes();
    let layer = Layer::new()
        .file(
            "etc/os-release",
            "ID=rhel\nID_LIKE=fedora\nVERSION_ID=\"10.0\"\n",
        )
        .file(
            "etc/redhat-release",
            "Red Hat Enterprise Linux release 10.0 (Coughlan)\n",
        )
        .file("var/lib/rpm/rpmdb.sqlite", sqlite(&[&blob], 1))
        .executable("usr/bin/bash", "bash");
    passes("UBI micro", [layer]);
}

#[test]
fn a_chiselled_ubuntu() {
    let wall = Wall::new().package("libc6", "2.39-0ubuntu8").file(
        "libc6_libs",
        "usr/lib/x86_64-linux-gnu/libc.so.6",
        "libc",
    );
    passes("chiselled Ubuntu", [wall.ubuntu()]);
}

/// A vendor that rebuilds Debian packages names itself in their versions and fields.
#[test]
fn a_rebuilt_debian() {
    let rebuilt = Installed::new("openssl", "3.5.1-1+vendor1")
        .field("Maintainer: Vendor <packages@vendor.example>")
        .file("usr/bin/openssl", "openssl");
    let layer = debian(&[rebuilt]).file("opt/vendor/sbom.json", "{}");
    passes("rebuilt Debian", [layer]);
}

#[test]
fn a_from_source_distribution() {
    let packages =
        [Installed::new("wolfi-baselayout", "20230201-r24").file("usr/bin/true", "true")];
    let layer = alpine(&packages).file(
        "etc/os-release",
        "ID=wolfi\nNAME=\"Wolfi\"\nVERSION_ID=20230201\n",
    );
    passes("Wolfi", [layer]);
}

#[test]
fn nothing_at_all_and_a_single_program() {
    passes("empty", [Layer::new()]);
    passes("one program", [Layer::new().executable("app", "\u{7f}ELF")]);
}
