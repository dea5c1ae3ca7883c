//! Package databases to be, with the files they list: dpkg's and apk's.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use sha1::Sha1;

use super::layer::Layer;

/// Hex MD5, as dpkg records it.
pub fn md5_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Md5::digest(bytes))
}

/// `Q1…`, as apk records a SHA-1.
pub fn apk_checksum(bytes: &[u8]) -> String {
    format!("Q1{}", data_encoding::BASE64.encode(&Sha1::digest(bytes)))
}

/// A package to be installed: `Installed::new("hello", "1.0").file("usr/bin/hello", bytes)`.
#[derive(Debug, Clone)]
pub struct Installed {
    name: String,
    version: String,
    status: String,
    fields: String,
    files: Vec<(String, Vec<u8>, u32)>,
    listed: Vec<String>,
    has_list: bool,
    list_name: String,
}

impl Installed {
    /// A package without files.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            status: "install ok installed".into(),
            fields: String::new(),
            files: Vec::new(),
            listed: Vec::new(),
            has_list: true,
            list_name: name.into(),
        }
    }

    /// Adds a file, mode 0755, to the image and to the package's list.
    pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), bytes.into(), 0o755));
        self
    }

    /// Lists a path without putting anything there.
    pub fn lists(mut self, path: &str) -> Self {
        self.listed.push(path.into());
        self
    }

    /// Adds lines to the stanza or block.
    pub fn field(mut self, line: &str) -> Self {
        self.fields.push_str(line);
        self.fields.push('\n');
        self
    }

    /// Sets dpkg's `Status`.
    pub fn status(mut self, status: &str) -> Self {
        self.status = status.into();
        self
    }

    /// Leaves the file list out (dpkg).
    pub fn without_list(mut self) -> Self {
        self.has_list = false;
        self
    }

    /// Names the file list as dpkg does for `Multi-Arch: same`.
    pub fn list_name(mut self, name: &str) -> Self {
        self.list_name = name.into();
        self
    }

    fn stanza(&self) -> String {
        format!(
            "Package: {}\nStatus: {}\nVersion: {}\nArchitecture: amd64\n{}\n",
            self.name, self.status, self.version, self.fields
        )
    }

    fn md5sums(&self) -> String {
        let line =
            |(path, bytes, _): &(String, Vec<u8>, u32)| format!("{}  {path}\n", md5_hex(bytes));
        self.files.iter().map(line).collect()
    }

    fn block(&self) -> String {
        let mut text = format!(
            "P:{}\nV:{}\nA:x86_64\n{}",
            self.name, self.version, self.fields
        );
        for (path, bytes, _) in &self.files {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            let _ = write!(text, "F:{directory}\nR:{name}\nZ:{}\n", apk_checksum(bytes));
        }
        for path in &self.listed {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            let _ = write!(text, "F:{directory}\nR:{name}\n");
        }
        text.push('\n');
        text
    }
}

fn with_files(packages: &[Installed]) -> Layer {
    packages
        .iter()
        .flat_map(|package| &package.files)
        .fold(Layer::new(), |layer, (path, bytes, mode)| {
            layer.file(path, bytes.clone()).mode(*mode)
        })
}

/// dpkg's `status` of these packages.
pub fn dpkg_status(packages: &[Installed]) -> String {
    packages.iter().map(Installed::stanza).collect()
}

/// A Debian system: `os-release`, dpkg's database, and the packages' files.
pub fn debian(packages: &[Installed]) -> Layer {
    let mut layer = with_files(packages)
        .file(
            "etc/os-release",
            "ID=debian\nNAME=Debian\nVERSION_ID=\"13\"\n",
        )
        .file("var/lib/dpkg/status", dpkg_status(packages));
    for package in packages.iter().filter(|package| package.has_list) {
        let info = format!("var/lib/dpkg/info/{}", package.list_name);
        let mut list = "/.\n".to_owned();
        for (path, ..) in &package.files {
            let _ = writeln!(list, "/{path}");
        }
        for path in &package.listed {
            let _ = writeln!(list, "/{path}");
        }
        layer = layer
            .file(&format!("{info}.list"), list)
            .file(&format!("{info}.md5sums"), package.md5sums());
    }
    layer.with_parents()
}

/// A distroless system: one control file a package in `status.d`.
pub fn distroless(packages: &[Installed], with_sums: bool) -> Layer {
    let mut layer = with_files(packages).file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n");
    for package in packages {
        let place = format!("var/lib/dpkg/status.d/{}", package.name);
        let control = format!("Package: {}\nVersion: {}\n", package.name, package.version);
        layer = layer.file(&place, control);
        if with_sums {
            layer = layer.file(&format!("{place}.md5sums"), package.md5sums());
        }
    }
    layer.with_parents()
}

/// apk's `installed` of these packages.
pub fn apk_installed(packages: &[Installed]) -> String {
    packages.iter().map(Installed::block).collect()
}

/// An Alpine system: `os-release`, apk's database, and the packages' files.
pub fn alpine(packages: &[Installed]) -> Layer {
    with_files(packages)
        .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n")
        .file("lib/apk/db/installed", apk_installed(packages))
        .with_parents()
}
