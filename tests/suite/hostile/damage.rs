//! Damage at every place of a small image: refused, never half read.

use std::collections::BTreeMap;

use freehold::facts::model::Facts;
use freehold::facts::{self, BaseChoice};
use freehold::image::{Limits, Silent};
use freehold::source::{self, OpenOptions, Reference};

use super::*;
use crate::support::image_builder::{compress, docker_save_tar, write};
use crate::support::layer::Compression;

/// Reads an image; what it says when it refuses.
fn read(reference: &str) -> Result<Facts, String> {
    let reference = Reference::parse(reference).unwrap();
    let source =
        source::open(&reference, &OpenOptions::default()).map_err(|error| error.to_string())?;
    let options = facts::Options {
        limits: Limits::default(),
        threads: 1,
        role: None,
        base: BaseChoice::Unknown,
        cache: None,
        evidence: facts::EvidenceOptions::default(),
    };
    facts::collect(&source, &options, &Silent).map_err(|error| error.to_string())
}

fn read_dir(folder: &Path) -> Result<Facts, String> {
    read(&format!("oci-dir:{}", folder.display()))
}

fn image(compression: Compression) -> ImageBuilder {
    let layer = Layer::new()
        .file("etc/os-release", "ID=debian\n")
        .symlink("bin", "usr/bin");
    ImageBuilder::new().compression(compression).layer(layer)
}

/// The files of a layout below `blobs`, and the folder they were written to.
fn blobs(image: &ImageBuilder) -> (tempfile::TempDir, BTreeMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    image.write_oci_dir(folder.path());
    let mut files = image.layout().files();
    files.retain(|name, _| name.starts_with("blobs/"));
    assert_eq!(files.len(), 3);
    assert!(read_dir(folder.path()).is_ok());
    (folder, files)
}

const COMPRESSIONS: [Compression; 3] = [Compression::Plain, Compression::Gzip, Compression::Zstd];

#[test]
fn a_changed_bit_anywhere_in_a_blob_is_refused() {
    for compression in COMPRESSIONS {
        let (folder, files) = blobs(&image(compression));
        for (name, sound) in files {
            for at in 0..sound.len() {
                let mut bytes = sound.clone();
                bytes[at] ^= 1 << (at % 8);
                write(&folder.path().join(&name), bytes);
                assert!(read_dir(folder.path()).is_err(), "{name}, byte {at}");
            }
            write(&folder.path().join(&name), sound);
        }
    }
}

#[test]
fn a_blob_cut_anywhere_is_refused() {
    for compression in COMPRESSIONS {
        let (folder, files) = blobs(&image(compression));
        for (name, sound) in files {
            for length in 0..sound.len() {
                write(&folder.path().join(&name), &sound[..length]);
                assert!(read_dir(folder.path()).is_err(), "{name}, {length} bytes");
            }
            write(&folder.path().join(&name), sound);
        }
    }
}

/// Whoever cut the layer also put its digest and size right, so that only its own form and the
/// diff ID are left to tell.
#[test]
fn a_compressed_layer_cut_anywhere_is_refused_under_its_new_digest() {
    let tar = Layer::new().file("etc/os-release", "ID=debian\n").tar();
    for compression in [Compression::Gzip, Compression::Zstd] {
        let sound = compress(&tar, compression);
        for length in 1..sound.len() {
            let cut = Layer::verbatim(&sound[..length]).compressed(Compression::Plain);
            let folder = tempfile::tempdir().unwrap();
            let diff_ids = serde_json::json!({
                "type": "layers",
                "diff_ids": [crate::support::image_builder::digest_of(&tar)],
            });
            ImageBuilder::new()
                .layer(cut)
                .top_level_field("rootfs", diff_ids)
                .write_oci_dir(folder.path());
            assert!(read_dir(folder.path()).is_err(), "{length} bytes");
        }
    }
}

/// Only the end marker may be missing, or a part of it.
#[test]
fn an_archive_cut_anywhere_is_refused_or_read_as_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    let image = image(Compression::Plain);
    for (kind, sound) in [
        ("oci-archive", image.layout().oci_archive_tar()),
        ("docker-archive", image.layout().docker_archive_tar()),
        ("docker-archive", docker_save_tar(&[&image])),
    ] {
        let reference = format!("{kind}:{}", path.display());
        write(&path, &sound);
        let whole = read(&reference).unwrap();
        let mut refused = 0;
        for length in (0..sound.len()).step_by(61) {
            write(&path, &sound[..length]);
            match read(&reference) {
                Ok(facts) => assert_eq!(facts, whole, "{kind}, {length} bytes"),
                Err(_) => refused += 61,
            }
        }
        assert!(refused > sound.len() / 2, "{kind}: {refused} bytes");
    }
}

#[test]
fn a_negative_size_is_refused() {
    let mut tar = Layer::new().file("a", "1").tar();
    tar[124..136].fill(0xff);
    tar[148..156].fill(b' ');
    let sum: u32 = tar[..512].iter().map(|&byte| u32::from(byte)).sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    is_refused(Layer::verbatim(tar), &[], "bad size");
}

#[test]
fn an_entry_that_stands_twice_is_there_once_with_its_last_content() {
    let layer = Layer::new()
        .file("etc/os-release", "ID=one\n")
        .file("./etc/os-release", "ID=two\n")
        .file("/etc//os-release", "ID=debian\n");
    let facts = facts_of(layer, &[]).unwrap();
    assert_eq!(facts["distro"]["id"], "debian");
    assert_eq!(facts["ownership"]["files"]["total"], 1);
}
