//! Small images that ask for much work or memory.

use super::*;
use crate::support::databases::{Installed, debian};
use crate::support::image_builder::OCI_INDEX;
use crate::support::layer::{Compression, compress};
use crate::support::rpm::{self, Header};

const MEMBER: usize = 32 << 20;

/// A layer whose stored bytes are these; the program is to stop before their diff ID matters.
fn stored(bytes: Vec<u8>, media_type: &str) -> Layer {
    Layer::verbatim(bytes)
        .compressed(Compression::Plain)
        .media_type(media_type)
}

/// Ten gibibytes in a few hundred kilobytes: one compressed piece, many times over.
fn bomb(compression: Compression, media_type: &str) -> Layer {
    let head = Layer::new()
        .file("zeros", "")
        .pax("size", (10_u64 << 30).to_string())
        .tar();
    // Without the two zero blocks at the end: the file goes on.
    let mut bytes = compress(&head[..head.len() - 1024], compression);
    let member = compress(&vec![0; MEMBER], compression);
    for _ in 0..(10_usize << 30) / MEMBER {
        bytes.extend_from_slice(&member);
    }
    stored(bytes, media_type)
}

#[test]
fn ten_gibibytes_of_zeros_are_stopped_by_their_ratio() {
    for (compression, suffix) in [(Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")] {
        let media_type = format!("application/vnd.oci.image.layer.v1.tar+{suffix}");
        is_refused(bomb(compression, &media_type), &[], "--max-layer-ratio");
    }
}

#[test]
fn a_header_of_sixteen_mebibytes_is_refused() {
    let layer = Layer::new()
        .file("a", "")
        .pax("comment", vec![b'x'; 16 << 20]);
    is_refused(layer, &[], "--max-header-bytes");
    let layer = Layer::new()
        .file("a", "")
        .pax("path", vec![b'x'; 900 << 10]);
    is_refused(layer, &[], "--max-path-bytes");
}

#[test]
fn names_that_fill_the_memory_are_refused() {
    let long = vec!["n".repeat(200); 19].join("/");
    let layer = (0..2_000).fold(Layer::new(), |layer, number| {
        layer.file(&format!("{long}/{number}"), "")
    });
    is_refused(layer, &["--max-name-bytes=4M"], "--max-name-bytes");
    let layer = (0..2_000).fold(Layer::new(), |layer, number| {
        layer.symlink(&number.to_string(), &long)
    });
    is_refused(layer, &["--max-name-bytes=4M"], "--max-name-bytes");
}

/// Symbolic links, each of which walks through a directory and back a thousand times before it
/// leads to the next one; the last leads to `d`.
fn winding_links(count: usize) -> Layer {
    (0..count).fold(Layer::new().dir("d"), |layer, number| {
        let next = match number + 1 {
            last if last == count => "d".to_owned(),
            next => format!("a{next}"),
        };
        let target = format!("{}{next}", "d/../".repeat(780));
        layer.symlink(&format!("a{number}"), &target)
    })
}

#[test]
fn entries_below_long_chains_of_links_are_counted_by_their_steps() {
    let layer = (0..20_000).fold(winding_links(9), |layer, number| {
        layer.file(&format!("a0/{number}"), "")
    });
    is_refused(layer, &["--max-link-steps=1000000"], "--max-link-steps");
    let layer = (0..20_000).fold(winding_links(9), |layer, number| {
        layer.hardlink(&format!("h{number}"), "a0/x")
    });
    is_refused(layer, &["--max-link-steps=1000000"], "--max-link-steps");
}

#[test]
fn packaged_paths_below_long_chains_of_links_are_counted_by_their_steps() {
    let mut package = Installed::new("a", "1");
    for number in 0..20_000 {
        package = package.lists(&format!("a0/{number}/x"));
    }
    let folder = tempfile::tempdir().unwrap();
    ImageBuilder::new()
        .layer(debian(&[package]))
        .layer(winding_links(9))
        .write_oci_dir(folder.path());
    let told = facts(folder.path(), &["--max-link-steps=1000000"]).expect_err("it was read");
    assert!(told.contains("--max-link-steps"), "{told}");
}

#[test]
fn a_long_chain_of_hard_links_is_one_file() {
    let layer = (1..50_000).fold(Layer::new().file("h0", "x"), |layer, number| {
        layer.hardlink(&format!("h{number}"), &format!("h{}", number - 1))
    });
    let facts = facts_of(layer, &[]).unwrap();
    assert_eq!(facts["ownership"]["files"]["total"], 50_000);
    assert_eq!(facts["ownership"]["bytes"]["total"], 1);
}

#[test]
fn a_hundred_thousand_files_of_one_directory_are_read() {
    let layer = (0..100_000).fold(Layer::new(), |layer, number| {
        layer.file(&format!("opt/{number}"), "")
    });
    let facts = facts_of(layer, &[]).unwrap();
    assert_eq!(facts["ownership"]["files"]["total"], 100_000);
    assert_eq!(facts["ownership"]["unowned"]["truncated"], true);
}

const STATUS: &str = "var/lib/dpkg/status";

fn with_status(status: impl Into<Vec<u8>>) -> Layer {
    Layer::new()
        .file("etc/os-release", "ID=debian\n")
        .file(STATUS, status)
}

#[test]
fn a_database_of_sixty_mebibytes_is_a_gap() {
    let stanza = "Package: a\nStatus: install ok installed\nVersion: 1\n\n";
    let status = stanza.repeat((60 << 20) / stanza.len());
    let facts = has_gap(with_status(status), "limit", "/var/lib/dpkg/status");
    assert_eq!(facts["package_databases"][0]["state"], "damaged");
}

#[test]
fn a_line_of_forty_mebibytes_is_a_gap_and_the_rest_is_read() {
    let long = "x".repeat(40 << 20);
    let status = format!(
        "Package: a\nStatus: install ok installed\nVersion: 1\nSource: {long}\n\n\
         Package: b\nStatus: install ok installed\nVersion: 2\n"
    );
    let facts = has_gap(with_status(status), "corrupt", "/var/lib/dpkg/status");
    assert_eq!(facts["packages"][1]["name"], "b");
    assert_eq!(facts["package_databases"][0]["state"], "damaged");
}

#[test]
fn file_lists_of_more_than_a_million_lines_are_a_gap_and_accuse_nobody() {
    let list = "/a\n".repeat(1_100_000);
    let layer = debian(&[Installed::new("a", "1").without_list()])
        .file("opt/x", "x")
        .file("var/lib/dpkg/info/a.list", list);
    let facts = has_gap(layer, "limit", "/var/lib/dpkg/info/a.list");
    assert_eq!(facts["ownership"]["files"]["unowned"], 0);
}

#[test]
fn digests_of_more_than_a_million_files_are_a_gap_and_accuse_nobody() {
    let sums = "0123456789abcdef0123456789abcdef  a\n".repeat(1_100_000);
    let layer = debian(&[Installed::new("a", "1").without_list()])
        .file("opt/x", "x")
        .file("var/lib/dpkg/info/a.md5sums", sums);
    let facts = has_gap(layer, "limit", "/var/lib/dpkg/info/a.md5sums");
    assert_eq!(facts["ownership"]["files"]["unowned"], 0);
    assert_eq!(facts["ownership"]["modified"]["total"], 0);
}

#[test]
fn an_apk_database_of_more_than_a_million_files_is_a_gap() {
    let database = format!("P:a\nV:1\nF:a\n{}\n", "R:x\n".repeat(1_100_000));
    let layer = Layer::new()
        .file("etc/os-release", "ID=alpine\n")
        .file("opt/x", "x")
        .file("lib/apk/db/installed", database);
    let facts = has_gap(layer, "limit", "/lib/apk/db/installed");
    assert_eq!(facts["ownership"]["files"]["unowned"], 0);
}

#[test]
fn diversions_and_alternatives_without_number_are_gaps() {
    let plain = || debian(&[Installed::new("a", "1")]);
    let diversions = "/a\n/b\n:\n".repeat(200_000);
    let layer = plain().file("var/lib/dpkg/diversions", diversions);
    has_gap(layer, "limit", "/var/lib/dpkg/diversions");
    let group = format!("auto\n/x\n{}\n", "s\n/y\n".repeat(60_000));
    let layer = plain().file("var/lib/dpkg/alternatives/x", group);
    has_gap(layer, "limit", "/var/lib/dpkg/alternatives/x");
    let group = format!("auto\n/x\n{}\n", "s\n/y\n".repeat(5_000));
    let layer = (10..40).fold(plain(), |layer, number| {
        layer.file(&format!("var/lib/dpkg/alternatives/g{number}"), &*group)
    });
    has_gap(layer, "limit", "/var/lib/dpkg/alternatives/g19");
}

#[test]
fn an_index_of_very_many_manifests_is_refused() {
    let image = ImageBuilder::new().layer(Layer::new().file("a", "1"));
    let mut layout = image.layout();
    let entry = layout.entries_mut()[0].clone();
    let manifests = vec![entry; 2_000];
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests,
    });
    let folder = tempfile::tempdir().unwrap();
    layout
        .index_bytes(index.to_string())
        .write_oci_dir(folder.path());
    let told = facts(folder.path(), &[]).expect_err("it was read");
    assert!(told.contains("over the limit of 1000"), "{told}");
}

#[test]
fn a_document_of_many_mebibytes_is_refused_before_it_is_read() {
    let image = ImageBuilder::new().layer(Layer::new().file("a", "1"));
    let padded = |builder: ImageBuilder| {
        let folder = tempfile::tempdir().unwrap();
        builder.write_oci_dir(folder.path());
        facts(folder.path(), &[]).expect_err("it was read")
    };
    let padding = "x".repeat(5 << 20);
    let manifest = image.clone().annotation("a", &padding);
    let configuration = image.label("a", &padding);
    for told in [padded(manifest), padded(configuration)] {
        assert!(told.contains("over the limit of 4194304 bytes"), "{told}");
    }
}

#[test]
fn a_compressed_archive_that_grows_without_measure_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar.gz");
    let mut bytes = compress(
        &Layer::new().file("a", "1").tar()[..1024],
        Compression::Gzip,
    );
    let member = compress(&vec![0; MEMBER], Compression::Gzip);
    for _ in 0..20 {
        bytes.extend_from_slice(&member);
    }
    std::fs::write(&path, bytes).unwrap();
    let output = run(&["facts", path.to_str().unwrap()]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("over the limit"), "{told}");
}

#[test]
fn lists_without_end_are_cut_and_the_cut_is_a_gap() {
    let lines: String = (0..2_000)
        .map(|number| format!("deb http://{number}.example/ a b\n"))
        .collect();
    let mut layer = debian(&[Installed::new("a", "1")])
        .file("etc/apt/sources.list", lines.as_str())
        .file("etc/apk/repositories", lines.replace("deb ", "").as_str());
    for number in 0..1_500 {
        layer = layer
            .dir(&number.to_string())
            .dir(&format!("opt/{number}"))
            .file(
                &format!("etc/{number}.spdx.json"),
                "{\"spdxVersion\": \"SPDX-2.3\"}",
            );
    }
    let facts = facts_of(layer, &[]).unwrap();
    let cut: Vec<&str> = facts["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|gap| gap["kind"] == "limit")
        .map(|gap| gap["topic"].as_str().unwrap())
        .collect();
    assert_eq!(cut, ["repositories", "layout", "layout", "sboms"]);
    for (list, items) in [
        ("repositories", &facts["repositories"]),
        ("sboms", &facts["sboms"]["items"]),
    ] {
        assert_eq!(items.as_array().unwrap().len(), 1_000, "{list}");
        assert_eq!(facts["topics"][list]["coverage"], "partial", "{list}");
    }
}

#[test]
fn packages_beyond_the_limit_are_a_gap_and_accuse_nobody() {
    let packages: String = (0..60_000)
        .map(|number| format!("Package: p{number}\nStatus: install ok installed\nVersion: 1\n\n"))
        .collect();
    let facts = has_gap(
        with_status(packages).file("opt/x", "x"),
        "limit",
        "/var/lib/dpkg/status",
    );
    assert_eq!(facts["packages"].as_array().unwrap().len(), 50_000);
    assert_eq!(facts["ownership"]["files"]["unowned"], 0);
    let many = (0..51_000).fold(Layer::new().file("opt/x", "x"), |layer, number| {
        let control = format!("Package: p{number}\nVersion: 1\n");
        layer.file(&format!("var/lib/dpkg/status.d/p{number}"), control)
    });
    let facts = facts_of(many, &[]).unwrap();
    assert_eq!(facts["packages"].as_array().unwrap().len(), 50_000);
    assert_eq!(facts["topics"]["packages"]["coverage"], "partial");
    assert_eq!(facts["ownership"]["files"]["unowned"], 0);
}

/// The gap of an rpm database whose records overlap.
fn has_overlapping_records(path: &str, database: Vec<u8>) {
    let layer = Layer::new()
        .file("etc/os-release", "ID=fedora\n")
        .file("opt/x", "x")
        .file(path, database);
    let facts = has_gap(layer, "corrupt", &format!("/{path}"));
    let gaps = facts["gaps"].to_string();
    assert!(gaps.contains("could not be put together"), "{gaps}");
    assert_eq!(facts["package_databases"][0]["state"], "damaged");
    assert_eq!(facts["ownership"]["files"]["unowned"], 0);
}

#[test]
fn records_of_rpm_that_share_their_bytes_are_taken_once() {
    let small = Header::package("a", "1", "1").text(1004, &"x".repeat(900));
    let small = small.bytes();
    has_overlapping_records("var/lib/rpm/rpmdb.sqlite", rpm::sqlite(&[&small], 1_000));
    has_overlapping_records("var/lib/rpm/Packages.db", rpm::ndb_nested(20_000));
    // Every value of the page begins at its front and ends where its key is said to be.
    let mut hash = rpm::bdb(&[], false);
    hash[rpm::BDB_PAGE + 20..rpm::BDB_PAGE + 22].copy_from_slice(&20u16.to_le_bytes());
    for item in 0..20 {
        let at = rpm::BDB_PAGE + 26 + item * 2;
        let place: u16 = if item % 2 == 0 { 500 } else { 100 };
        hash[at..at + 2].copy_from_slice(&place.to_le_bytes());
    }
    hash[rpm::BDB_PAGE + 100] = 1;
    has_overlapping_records("var/lib/rpm/Packages", hash);
}

#[test]
fn names_of_very_many_files_of_rpm_are_a_gap_and_accuse_nobody() {
    // One directory with a long name, written once and counted for every file.
    let directory = format!("/{}/", "d".repeat(2_000));
    let count = 100_000;
    let header = Header::package("a", "1", "1")
        .texts(1117, &vec!["x"; count])
        .texts(1118, &[&directory])
        .words(1116, &vec![0; count]);
    let layer = Layer::new()
        .file("etc/os-release", "ID=fedora\n")
        .file("opt/x", "x")
        .file("var/lib/rpm/Packages.db", rpm::ndb_of(&[header]));
    let facts = has_gap(layer, "limit", "/var/lib/rpm/Packages.db");
    assert_eq!(facts["ownership"]["files"]["unowned"], 0);
}
