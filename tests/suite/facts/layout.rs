//! Directories and permissions.

use freehold::facts::model::{Capped, EntryKind, LinkState, PermissionEntry, WellKnown};

use super::read;
use crate::support::databases::{Installed, debian};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

fn paths(list: &Capped<PermissionEntry>) -> Vec<&str> {
    list.items.iter().map(|entry| entry.path.as_str()).collect()
}

#[test]
fn setuid_and_setgid_files_have_their_mode_owner_and_layer() {
    let owner = Installed::new("passwd", "1").file("usr/bin/passwd", "x");
    let layer = Layer::new()
        .setuid("usr/local/bin/helper", "x")
        .executable("usr/bin/wall", "x")
        .mode(0o2755)
        .owned_by(0, 5)
        .dir("var/mail")
        .mode(0o2775);
    let bits = Layer::new().setuid("usr/bin/passwd", "x");
    let layout = read([debian(&[owner]), layer, bits]).layout;
    let found: Vec<_> = layout
        .setuid
        .items
        .iter()
        .map(|e| {
            (
                e.path.as_str(),
                e.mode.as_str(),
                e.setuid,
                e.setgid,
                e.gid,
                e.layer,
            )
        })
        .collect();
    let expected = [
        ("/usr/bin/passwd", "4755", true, false, 0, 3),
        ("/usr/bin/wall", "2755", false, true, 5, 2),
        ("/usr/local/bin/helper", "4755", true, false, 0, 2),
    ];
    assert_eq!(found, expected);
    assert_eq!(layout.setuid.items[0].owner.as_deref(), Some("passwd"));
    assert_eq!(layout.setuid.items[2].owner, None);
    assert!(layout.setuid.items[2].owner_known);
}

#[test]
fn world_writable_leaves_sticky_directories_links_and_devices_out() {
    let layer = Layer::new()
        .file("srv/open", "x")
        .mode(0o666)
        .dir("srv/shared")
        .mode(0o777)
        .dir("tmp")
        .mode(0o1777)
        .symlink("srv/link", "open")
        .device("dev/null", 1, 3)
        .mode(0o666)
        .fifo("srv/pipe")
        .mode(0o622);
    let layout = read([layer]).layout;
    let expected = ["/srv/open", "/srv/pipe", "/srv/shared"];
    assert_eq!(paths(&layout.world_writable), expected);
    assert_eq!(layout.world_writable.items[2].kind, EntryKind::Directory);
    assert_eq!(paths(&layout.devices), ["/dev/null"]);
    assert_eq!(layout.devices.items[0].kind, EntryKind::CharacterDevice);
}

#[test]
fn programs_outside_the_standard_directories_are_stray() {
    let owner = Installed::new("owner", "1").file("srv/packaged", "#!/bin/sh\n");
    let elf = || Elf::executable().bytes();
    let layer = Layer::new()
        .executable("app/server", elf())
        .executable("app/run.sh", "#!/bin/sh\n")
        .file("app/run-without-the-bit.sh", "#!/bin/sh\n")
        .file("app/plugin.so", Elf::shared_object("plugin.so").bytes())
        .executable("libertine/server", elf())
        .executable("usr/tool", elf());
    let standard = [
        "bin",
        "sbin",
        "opt/x",
        "usr/bin",
        "usr/local/x",
        "usr/libexec",
        "lib64",
        "usr/lib",
    ]
    .iter()
    .fold(Layer::new(), |layer, place| {
        layer.executable(&format!("{place}/program"), elf())
    });
    let layout = read([debian(&[owner]), layer, standard]).layout;
    let stray: Vec<_> = layout
        .stray_executables
        .items
        .iter()
        .map(|e| e.path.as_str())
        .collect();
    assert_eq!(
        stray,
        [
            "/app/run.sh",
            "/app/server",
            "/libertine/server",
            "/usr/tool"
        ]
    );
}

#[test]
fn top_level_entries_have_kind_target_and_layer() {
    let layout = read([
        Layer::new().dir("usr").symlink("bin", "usr/bin"),
        Layer::new()
            .dir("opt/vendor")
            .dir("nix")
            .file("usr/notes", "x"),
    ])
    .layout;
    let found: Vec<_> = layout
        .top_level
        .iter()
        .map(|e| (e.name.as_str(), e.kind, e.target.as_deref(), e.layer))
        .collect();
    let expected = [
        ("bin", EntryKind::Symlink, Some("usr/bin"), 1),
        ("nix", EntryKind::Directory, None, 2),
        ("opt", EntryKind::Directory, None, 2),
        ("usr", EntryKind::Directory, None, 1),
    ];
    assert_eq!(found, expected);
    assert_eq!(layout.opt[0].path, "/opt/vendor");
    assert_eq!(
        (layout.usr[0].path.as_str(), layout.usr[0].kind),
        ("/usr/notes", EntryKind::File)
    );
}

#[test]
fn the_state_of_each_merged_directory_is_told() {
    let merge = read([Layer::new()
        .dir("usr/bin")
        .dir("usr/lib")
        .symlink("bin", "usr/bin")
        .symlink("lib", "/opt/lib")
        .dir("sbin")])
    .layout
    .usr_merge;
    assert_eq!(
        (merge.bin, merge.sbin, merge.lib),
        (
            LinkState::Merged,
            LinkState::Directory,
            LinkState::OtherLink
        )
    );
    assert_eq!(
        read([Layer::new().dir("usr")]).layout.usr_merge.bin,
        LinkState::Absent
    );
}

#[test]
fn a_merge_broken_by_a_higher_layer_is_named_unless_it_is_mended() {
    let merged = Layer::new()
        .file("usr/bin/sh", "x")
        .symlink("bin", "usr/bin");
    let broken = Layer::new().dir("bin").executable("bin/tool", "x");
    let layout = read([merged.clone(), broken.clone()]).layout;
    assert_eq!(layout.usr_merge.bin, LinkState::Directory);
    let found: Vec<_> = layout
        .usr_merge
        .broken
        .iter()
        .map(|e| (e.path.as_str(), e.layer))
        .collect();
    assert_eq!(found, [("/bin", 2)]);
    let mended = Layer::new().symlink("bin", "usr/bin");
    assert_eq!(read([merged, broken, mended]).layout.usr_merge.broken, []);
}

#[test]
fn well_known_places_are_found_through_links_and_only_where_they_are() {
    let layer = Layer::new()
        .file("etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "PEM")
        .symlink(
            "etc/ssl/certs/ca-certificates.crt",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        )
        .symlink("etc/ssl/cert.pem", "/nowhere")
        .dir("tmp")
        .mode(0o1777)
        .file("usr/share/zoneinfo/UTC", "x")
        .file("usr/share/zoneinfo/Europe/Paris", "x");
    let layout = read([layer]).layout;
    let found: Vec<_> = layout
        .well_known
        .iter()
        .map(|place| (place.holds, place.path.as_str(), place.kind, place.size))
        .collect();
    let expected = [
        (
            WellKnown::CaBundle,
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            EntryKind::File,
            3,
        ),
        (
            WellKnown::CaBundle,
            "/etc/ssl/certs/ca-certificates.crt",
            EntryKind::File,
            3,
        ),
        (
            WellKnown::TimeZones,
            "/usr/share/zoneinfo",
            EntryKind::Directory,
            2,
        ),
        (WellKnown::TemporaryFiles, "/tmp", EntryKind::Directory, 0),
    ];
    assert_eq!(found, expected);
    assert_eq!(layout.well_known[3].mode, "1777");
}
