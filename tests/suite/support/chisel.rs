//! chisel's `manifest.wall` to be, written from the text of Chisel's reference ("Chisel manifest").

use std::fmt::Write as _;

use super::layer::{Compression, Layer, compress};
use super::pacman::sha256_hex;

/// Where the manifest is.
pub const MANIFEST: &str = "var/lib/chisel/manifest.wall";

/// A manifest: lines in any order, sorted when it is written.
#[derive(Debug, Clone, Default)]
pub struct Wall {
    lines: Vec<String>,
    files: Vec<(String, Vec<u8>)>,
    links: Vec<(String, String)>,
}

impl Wall {
    /// One with a line for itself, as every manifest has.
    pub fn new() -> Self {
        Self::default()
            .package("base-files", "13ubuntu10")
            .line(r#"{"kind":"slice","name":"base-files_chisel"}"#)
            .line(&format!(
                r#"{{"kind":"path","path":"/{MANIFEST}","mode":"0644","slices":["base-files_chisel"]}}"#
            ))
            .content("base-files_chisel", MANIFEST)
    }

    /// Adds a line as it is.
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Adds a package.
    pub fn package(self, name: &str, version: &str) -> Self {
        let digest = sha256_hex(name.as_bytes());
        self.line(&format!(
            r#"{{"kind":"package","name":"{name}","version":"{version}","sha256":"{digest}","arch":"amd64"}}"#
        ))
    }

    fn content(self, slice: &str, path: &str) -> Self {
        self.line(&format!(
            r#"{{"kind":"content","slice":"{slice}","path":"/{path}"}}"#
        ))
    }

    /// Adds a file, mode 0755, of a slice.
    pub fn file(mut self, slice: &str, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let (sum, size) = (sha256_hex(&bytes), bytes.len());
        self.files.push((path.into(), bytes));
        self.content(slice, path).line(&format!(
            r#"{{"kind":"path","path":"/{path}","mode":"0755","slices":["{slice}"],"sha256":"{sum}","size":{size}}}"#
        ))
    }

    /// Adds a file that a slice's script changed.
    pub fn mutated(mut self, slice: &str, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let (before, after) = (sha256_hex(b"as packaged"), sha256_hex(&bytes));
        let size = bytes.len();
        self.files.push((path.into(), bytes));
        self.content(slice, path).line(&format!(
            r#"{{"kind":"path","path":"/{path}","mode":"0755","slices":["{slice}"],"sha256":"{before}","final_sha256":"{after}","size":{size}}}"#
        ))
    }

    /// Adds a symbolic link of a slice.
    pub fn link(mut self, slice: &str, path: &str, target: &str) -> Self {
        self.links.push((path.into(), target.into()));
        self.content(slice, path).line(&format!(
            r#"{{"kind":"path","path":"/{path}","mode":"0777","slices":["{slice}"],"link":"{target}"}}"#
        ))
    }

    /// The text before it is compressed.
    pub fn text(&self) -> String {
        let mut lines = self.lines.clone();
        lines.sort();
        let count = lines.len() + 1;
        let mut text = format!("{{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":{count}}}\n");
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// The bytes as stored.
    pub fn bytes(&self) -> Vec<u8> {
        zstd(self.text().as_bytes())
    }

    /// A chiselled Ubuntu: `os-release`, the manifest, and the files of the slices.
    pub fn ubuntu(&self) -> Layer {
        let mut layer = Layer::new().file(MANIFEST, self.bytes());
        for (path, bytes) in &self.files {
            layer = layer.executable(path, bytes.clone());
        }
        for (path, target) in &self.links {
            layer = layer.symlink(path, target);
        }
        layer
            .file("etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\n")
            .with_parents()
    }
}

/// Text as a manifest.
pub fn zstd(text: &[u8]) -> Vec<u8> {
    compress(text, Compression::Zstd)
}
