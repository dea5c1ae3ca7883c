//! The README names every cap with its flag and its default, as the code has them.

use std::process::Command;

use freehold::image::Limits;
use freehold::source::SourceLimits;

fn section() -> String {
    let readme = include_str!("../../README.md");
    let after = readme.split("## Limits\n").nth(1).unwrap();
    after.split("\n## ").next().unwrap().to_owned()
}

/// A number as flags take it: with K, M, G where it is a whole number of them.
fn shown(number: u64) -> String {
    let units = [(30, "G"), (20, "M"), (10, "K")];
    let unit = units
        .iter()
        .find(|(bits, _)| number > 0 && number.is_multiple_of(1 << bits));
    match unit {
        Some((bits, letter)) => format!("{}{letter}", number >> bits),
        None => number.to_string(),
    }
}

#[test]
fn the_readme_names_the_default_of_every_limit_that_has_a_flag() {
    // Taken apart by name, so that a new limit does not compile before it is named here.
    let Limits {
        max_layers,
        max_entries,
        max_name_bytes,
        max_link_steps,
        max_tar_bytes,
        max_layer_ratio,
        max_path_bytes,
        max_header_bytes,
        max_file_bytes,
        max_kept_bytes,
        kept_in_memory,
    } = Limits::default();
    let expected = [
        ("max-layers", max_layers as u64),
        ("max-entries", max_entries),
        ("max-name-bytes", max_name_bytes),
        ("max-link-steps", max_link_steps),
        ("max-tar-bytes", max_tar_bytes),
        ("max-layer-ratio", max_layer_ratio),
        ("max-path-bytes", max_path_bytes as u64),
        ("max-header-bytes", max_header_bytes),
        ("max-file-bytes", max_file_bytes),
        ("max-kept-bytes", max_kept_bytes),
    ]
    .map(|(flag, default)| (format!("`--{flag}`"), shown(default)));
    let rows: Vec<(String, String)> = section()
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1].to_owned(), cells[2].to_owned())
        })
        .collect();
    assert_eq!(rows, expected);
    let in_memory = format!("{} of it in memory", shown(kept_in_memory as u64));
    assert!(section().contains(&in_memory), "{in_memory}");
}

#[test]
fn the_help_lists_the_same_flags_as_the_readme() {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("freehold"))
        .args(["scan", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let flags: Vec<&str> = help
        .split_whitespace()
        .filter(|word| word.starts_with("--max-"))
        .collect();
    let section = section();
    let rows = section.matches("| `--max-").count();
    assert_eq!(flags.len(), rows, "{flags:?}");
    for flag in flags {
        assert!(section.contains(&format!("| `{flag}` |")), "{flag}");
    }
}

#[test]
fn the_readme_names_the_limits_of_sources() {
    let SourceLimits {
        document_bytes,
        index_depth,
        manifests,
        layers,
        archive_members,
        archive_name_bytes,
        spooled_bytes,
        attached,
        attached_manifest_bytes,
        referrer_pages,
        rootfs_entries,
    } = SourceLimits::default();
    let text = section().split_whitespace().collect::<Vec<_>>().join(" ");
    for named in [
        format!("{} for one index", shown(document_bytes)),
        format!("{index_depth} indexes below one another"),
        format!("{manifests} manifests listed"),
        format!("{archive_members} members of an archive"),
        format!(
            "{} for the header that names one",
            shown(archive_name_bytes)
        ),
        format!("{} for an archive once decompressed", shown(spooled_bytes)),
        format!("{attached} artifacts that one place lists"),
        format!("{} for the manifest of one", shown(attached_manifest_bytes)),
        format!("{referrer_pages} pages of referrers"),
    ] {
        assert!(text.contains(&named), "{named}");
    }
    let flags = Limits::default();
    assert_eq!(
        (layers, rootfs_entries),
        (flags.max_layers, flags.max_entries)
    );
}
