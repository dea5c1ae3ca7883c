//! Root file systems.

use super::*;

/// An entry as another tar reader sees it.
struct TarEntry {
    name: String,
    kind: tar::EntryType,
    mode: u32,
    link: Option<String>,
    contents: Vec<u8>,
}

fn entries_of(tar: &[u8]) -> Vec<TarEntry> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a UTF-8 name");
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().expect("a sound tar");
    entries
        .map(|entry| {
            let mut entry = entry.expect("a sound entry");
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).expect("sound contents");
            TarEntry {
                name: text(&entry.path_bytes()),
                kind: entry.header().entry_type(),
                mode: entry.header().mode().expect("a mode"),
                link: entry.link_name_bytes().map(|link| text(&link)),
                contents,
            }
        })
        .collect()
}

#[test]
fn a_root_file_system_is_one_layer_of_sorted_entries_with_modes_and_links_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let long = format!("usr/{}/file", "long".repeat(30));
    write(&at("usr/bin/tool"), "tool");
    std::fs::set_permissions(at("usr/bin/tool"), PermissionsExt::from_mode(0o4755)).unwrap();
    std::fs::hard_link(at("usr/bin/tool"), at("usr/bin/zool")).unwrap();
    write(&at(&long), vec![7; 513]);
    write(&at("etc/empty"), "");
    symlink("usr/bin", at("bin")).unwrap();
    symlink("loop", at("loop")).unwrap();
    symlink("/etc/passwd", at("etc/out")).unwrap();
    let read = open_path(folder.path()).unwrap();
    assert_eq!(read.kind.name(), "rootfs");
    assert_eq!(read.layers[0].diff_id, None);
    let tar = read_layer(&read, 0).unwrap();
    assert_eq!(tar, read_layer(&read, 0).unwrap());
    let entries = entries_of(&tar);
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let folder_name = format!("usr/{}/", "long".repeat(30));
    let expected = [
        "bin",
        "etc/",
        "etc/empty",
        "etc/out",
        "loop",
        "usr/",
        "usr/bin/",
        "usr/bin/tool",
        "usr/bin/zool",
        &folder_name,
        &long,
    ];
    assert_eq!(names, expected);
    let entry = |name: &str| entries.iter().find(|entry| entry.name == name).unwrap();
    assert_eq!(entry("usr/bin/tool").mode, 0o4755);
    assert_eq!(entry("usr/bin/tool").contents, b"tool");
    assert_eq!(entry("usr/bin/zool").kind, tar::EntryType::Link);
    assert_eq!(entry("usr/bin/zool").link.as_deref(), Some("usr/bin/tool"));
    assert_eq!(entry("bin").link.as_deref(), Some("usr/bin"));
    assert_eq!(entry("etc/out").link.as_deref(), Some("/etc/passwd"));
    assert_eq!(entry(&long).contents, vec![7; 513]);
}

#[test]
fn a_root_file_system_of_more_files_than_allowed_fails_and_stays_failed() {
    let folder = folder();
    for name in ["a/1", "a/2", "b/3"] {
        write(&folder.path().join(name), "x");
    }
    let limits = SourceLimits {
        rootfs_entries: 4,
        ..SourceLimits::default()
    };
    let reference = Reference::parse(&format!("rootfs:{}", folder.path().display())).unwrap();
    let read = open(
        &reference,
        &OpenOptions {
            limits,
            ..OpenOptions::default()
        },
    )
    .unwrap();
    assert!(matches!(layer_error(&read, 0), SourceError::Limit { .. }));
    let mut reader = read.open_layer(0).unwrap().stored;
    let mut sink = Vec::new();
    reader.read_to_end(&mut sink).unwrap_err();
    reader.read_to_end(&mut sink).unwrap_err();
}
