//! Layers whose tar stream ends where a strict reader would not expect it.

use freehold::facts::model::Facts;
use freehold::{facts, image, source};

use super::support::image_builder::ImageBuilder;
use super::support::layer::Layer;

const BLOCK: usize = 512;
const CONTENT: &str = "owned outright\n";

fn layer_of_one_file(cut_to: usize) -> Layer {
    let mut tar = Layer::new().file("etc/motd", CONTENT).tar();
    tar.truncate(cut_to);
    Layer::verbatim(tar)
}

fn read(layer: Layer) -> Result<Facts, image::ImageError> {
    let folder = tempfile::tempdir().unwrap();
    ImageBuilder::new()
        .layer(layer)
        .write_oci_dir(folder.path());
    let reference = format!("oci-dir:{}", folder.path().display())
        .parse()
        .unwrap();
    let opened = source::open(&reference, &source::OpenOptions::default()).unwrap();
    let options = facts::Options {
        limits: image::Limits::default(),
        threads: 1,
        role: None,
        base: facts::BaseChoice::Unknown,
        cache: None,
        evidence: facts::EvidenceOptions::default(),
    };
    facts::collect(&opened, &options, &image::Silent)
}

/// `umoci insert` writes neither the padding of the last file nor the end marker.
#[test]
fn a_layer_that_ends_with_the_last_byte_of_a_file_is_read_in_full() {
    let facts = read(layer_of_one_file(BLOCK + CONTENT.len())).unwrap();
    assert_eq!(facts.ownership.files.total, 1);
    assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
}

#[test]
fn a_layer_that_ends_one_byte_earlier_is_refused() {
    assert!(read(layer_of_one_file(BLOCK + CONTENT.len() - 1)).is_err());
}

#[test]
fn a_layer_that_ends_inside_a_header_is_refused() {
    assert!(read(layer_of_one_file(BLOCK - 1)).is_err());
}
