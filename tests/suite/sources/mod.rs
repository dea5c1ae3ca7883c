//! Reading images from folders and archives.

mod archives;
mod attached;
mod layouts;
mod listing;
mod rootfs;
mod selection;

use std::io::Read;
use std::path::Path;

use freehold::source::{
    Compression as Stored, Digest, OpenOptions, Platform, Reference, SearchState, SourceError,
    SourceImage, SourceLimits, open,
};
use serde_json::json;
use tempfile::TempDir;

use crate::support::image_builder::{
    Compression, ImageBuilder, Layer, Layout, compress, docker_save_tar, write,
};

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub fn open_text(text: &str) -> Result<SourceImage, SourceError> {
    open(&Reference::parse(text)?, &OpenOptions::default())
}

pub fn open_path(path: &Path) -> Result<SourceImage, SourceError> {
    open_text(path.to_str().expect("a UTF-8 path"))
}

pub fn open_for(path: &Path, platform: &str) -> Result<SourceImage, SourceError> {
    let platform: Platform = platform.parse()?;
    let options = OpenOptions {
        platform: Some(platform),
        ..OpenOptions::default()
    };
    open(
        &Reference::parse(path.to_str().expect("a UTF-8 path"))?,
        &options,
    )
}

pub fn error_of(result: Result<SourceImage, SourceError>) -> SourceError {
    result.expect_err("an error")
}

pub fn read_layer(image: &SourceImage, index: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    image
        .open_layer(index)?
        .stored
        .read_to_end(&mut bytes)
        .map(|_| bytes)
}

/// The error that reading a layer to its end brings.
pub fn layer_error(image: &SourceImage, index: usize) -> SourceError {
    let error = read_layer(image, index).expect_err("an error");
    SourceError::from_io(&error)
        .expect("an error of the source")
        .clone()
}

pub fn tar_of(image: &SourceImage, index: usize) -> Vec<u8> {
    let bytes = read_layer(image, index).expect("a sound layer");
    let mut tar = Vec::new();
    match image.open_layer(index).expect("a layer").compression {
        Stored::None => return bytes,
        Stored::Gzip => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut tar),
        Stored::Zstd => zstd::Decoder::new(&bytes[..])
            .expect("zstd")
            .read_to_end(&mut tar),
    }
    .expect("a sound stream");
    tar
}

pub fn layers() -> [Layer; 2] {
    [
        Layer::new()
            .dir("etc")
            .file("etc/os-release", "ID=debian\n"),
        Layer::new()
            .whiteout("etc/os-release")
            .symlink("lib", "usr/lib"),
    ]
}

pub fn image() -> ImageBuilder {
    let [lower, upper] = layers();
    ImageBuilder::new()
        .layer(lower)
        .layer(upper)
        .user("65532")
        .label("a", "b")
        .env("PATH", "/bin")
        .entrypoint(&["/bin/app"])
        .expose("80/tcp")
        .history("COPY . /")
}
