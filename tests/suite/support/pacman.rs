//! pacman's local database to be, with the files it lists. What it writes was compared with what
//! pacman 6.0.2 writes; `tests/real/pacman.py` compares what is read of the latter.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::databases::md5_hex;
use super::layer::{Compression, Layer, compress};

/// Hex SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Where the database is.
pub const LOCAL: &str = "var/lib/pacman/local";

/// A package: `Alpm::new("tool", "1:1.2-3").file("usr/bin/tool", bytes)`.
#[derive(Debug, Clone)]
pub struct Alpm {
    name: String,
    version: String,
    sections: String,
    files: Vec<(String, Vec<u8>)>,
    links: Vec<(String, String)>,
    backup: Vec<String>,
    missing: Vec<&'static str>,
}

impl Alpm {
    /// A package without files.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            sections: String::new(),
            files: Vec::new(),
            links: Vec::new(),
            backup: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Adds a file, mode 0755, to the image and to the package's lists.
    pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), bytes.into()));
        self
    }

    /// Adds a configuration file.
    pub fn config(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.backup.push(path.into());
        self.file(path, bytes)
    }

    /// Adds a symbolic link.
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.links.push((path.into(), target.into()));
        self
    }

    /// Adds a section to `desc`.
    pub fn section(mut self, name: &str, values: &[&str]) -> Self {
        let _ = writeln!(self.sections, "%{name}%\n{}\n", values.join("\n"));
        self
    }

    /// Leaves `desc`, `files` or `mtree` out.
    pub fn without(mut self, name: &'static str) -> Self {
        self.missing.push(name);
        self
    }

    /// Its directory in the database.
    pub fn folder(&self) -> String {
        format!("{LOCAL}/{}-{}", self.name, self.version)
    }

    /// Text of `desc`.
    pub fn desc(&self) -> String {
        format!(
            "%NAME%\n{}\n\n%VERSION%\n{}\n\n%ARCH%\nx86_64\n\n{}",
            self.name, self.version, self.sections
        )
    }

    /// Text of `files`.
    pub fn list(&self) -> String {
        let mut paths: Vec<String> = Vec::new();
        let files = self.files.iter().map(|(path, _)| path);
        for path in files.chain(self.links.iter().map(|(path, _)| path)) {
            let parents = path
                .match_indices('/')
                .map(|(at, _)| path[..=at].to_owned());
            paths.extend(parents.chain([path.clone()]));
        }
        paths.sort();
        paths.dedup();
        let mut text = format!("%FILES%\n{}\n\n", paths.join("\n"));
        if !self.backup.is_empty() {
            text.push_str("%BACKUP%\n");
            for (path, bytes) in self.files.iter().filter(|(p, _)| self.backup.contains(p)) {
                let _ = writeln!(text, "{path}\t{}", md5_hex(bytes));
            }
            text.push('\n');
        }
        text
    }

    /// Text of `mtree` before it is compressed.
    pub fn mtree(&self) -> String {
        let mut text = "#mtree\n/set type=file uid=0 gid=0 mode=755\n".to_owned();
        let _ = writeln!(text, "./.PKGINFO time=1.5 mode=644 size=1");
        for (path, bytes) in &self.files {
            let (size, sum) = (bytes.len(), sha256_hex(bytes));
            let path = path.replace(' ', "\\040");
            let _ = writeln!(text, "./{path} time=1.5 size={size} sha256digest={sum}");
        }
        for (path, target) in &self.links {
            let _ = writeln!(text, "./{path} time=1.5 mode=777 type=link link={target}");
        }
        text
    }
}

/// An Arch system: `os-release`, pacman's database, and the packages' files.
pub fn arch(packages: &[Alpm]) -> Layer {
    let mut layer = Layer::new().file("etc/os-release", "ID=arch\nNAME=\"Arch Linux\"\n");
    for package in packages {
        for (path, bytes) in &package.files {
            layer = layer.executable(path, bytes.clone());
        }
        for (path, target) in &package.links {
            layer = layer.symlink(path, target);
        }
        let folder = package.folder();
        let mtree = compress(package.mtree().as_bytes(), Compression::Gzip);
        let parts = [
            ("desc", package.desc().into_bytes()),
            ("files", package.list().into_bytes()),
            ("mtree", mtree),
        ];
        for (name, bytes) in parts {
            if !package.missing.contains(&name) {
                layer = layer.file(&format!("{folder}/{name}"), bytes);
            }
        }
    }
    layer
        .file(&format!("{LOCAL}/ALPM_DB_VERSION"), "9\n")
        .with_parents()
}
