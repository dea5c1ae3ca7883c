//! A layer to be: entries in, tar stream out, byte for byte the same on every run.
//!
//! The encoder writes ustar headers with pax records where ustar cannot hold a value (POSIX.1,
//! `pax`). It does not judge names: `../x` and `/x` are written as given, since the tests need
//! hostile layers too.

use std::io::Write;

/// Modification time of every entry unless the test says otherwise: 2024-01-01T00:00:00Z.
pub const MTIME: u64 = 1_704_067_200;

/// How a layer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Plain,
    Gzip,
    Zstd,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    path: Vec<u8>,
    kind: u8,
    mode: u32,
    uid: u64,
    gid: u64,
    mtime: u64,
    link: Vec<u8>,
    device: (u32, u32),
    contents: Vec<u8>,
    pax: Vec<(String, Vec<u8>)>,
}

/// A layer to be: `Layer::new().file("etc/os-release", "ID=debian\n").dir("opt")`.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    entries: Vec<Entry>,
    verbatim: Option<Vec<u8>>,
    compression: Option<Compression>,
    media_type: Option<String>,
}

impl Layer {
    /// A layer without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// A layer whose tar stream is exactly these bytes, sound or not.
    pub fn verbatim(tar: impl Into<Vec<u8>>) -> Self {
        Self {
            verbatim: Some(tar.into()),
            ..Self::default()
        }
    }

    fn entry(mut self, path: &str, kind: u8, mode: u32) -> Self {
        self.entries.push(Entry {
            path: path.as_bytes().to_vec(),
            kind,
            mode,
            uid: 0,
            gid: 0,
            mtime: MTIME,
            link: Vec::new(),
            device: (0, 0),
            contents: Vec::new(),
            pax: Vec::new(),
        });
        self
    }

    fn change_last(mut self, change: impl FnOnce(&mut Entry)) -> Self {
        change(self.entries.last_mut().expect("an entry to change"));
        self
    }

    /// A regular file, mode 0644, owned by root.
    pub fn file(self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        let contents = contents.into();
        self.entry(path, b'0', 0o644)
            .change_last(|entry| entry.contents = contents)
    }

    /// A regular file, mode 0755.
    pub fn executable(self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.file(path, contents).mode(0o755)
    }

    /// A regular file, mode 4755.
    pub fn setuid(self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.file(path, contents).mode(0o4755)
    }

    /// A directory, mode 0755.
    pub fn dir(self, path: &str) -> Self {
        self.entry(path, b'5', 0o755)
    }

    /// A symbolic link at `path` to `target`.
    pub fn symlink(self, path: &str, target: &str) -> Self {
        let link = target.as_bytes().to_vec();
        self.entry(path, b'2', 0o777)
            .change_last(|entry| entry.link = link)
    }

    /// A hard link at `path` to the entry `target`.
    pub fn hardlink(self, path: &str, target: &str) -> Self {
        let link = target.as_bytes().to_vec();
        self.entry(path, b'1', 0o644)
            .change_last(|entry| entry.link = link)
    }

    /// A character device.
    pub fn device(self, path: &str, major: u32, minor: u32) -> Self {
        self.entry(path, b'3', 0o600)
            .change_last(|entry| entry.device = (major, minor))
    }

    /// A named pipe.
    pub fn fifo(self, path: &str) -> Self {
        self.entry(path, b'6', 0o644)
    }

    /// Deletes `path` of the layers below (OCI image-spec, layer.md, "Whiteouts").
    pub fn whiteout(self, path: &str) -> Self {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let slash = if parent.is_empty() { "" } else { "/" };
        self.file(&format!("{parent}{slash}.wh.{name}"), "")
    }

    /// Hides what the layers below put into `path` (layer.md, "Opaque Whiteout").
    pub fn opaque(self, path: &str) -> Self {
        self.file(&format!("{path}/.wh..wh..opq"), "")
    }

    /// Sets the mode of the entry just added.
    pub fn mode(self, mode: u32) -> Self {
        self.change_last(|entry| entry.mode = mode)
    }

    /// Sets the owner of the entry just added.
    pub fn owned_by(self, uid: u64, gid: u64) -> Self {
        self.change_last(|entry| (entry.uid, entry.gid) = (uid, gid))
    }

    /// Sets the modification time of the entry just added, in seconds since 1970.
    pub fn modified_at(self, seconds: u64) -> Self {
        self.change_last(|entry| entry.mtime = seconds)
    }

    /// Gives the entry just added an extended attribute (pax `SCHILY.xattr.`).
    pub fn xattr(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.pax(&format!("SCHILY.xattr.{name}"), value)
    }

    /// Puts a pax record before the entry just added.
    pub fn pax(self, keyword: &str, value: impl Into<Vec<u8>>) -> Self {
        let record = (keyword.to_owned(), value.into());
        self.change_last(|entry| entry.pax.push(record))
    }

    /// Adds the directories above every entry that the layer does not hold yet, as build tools
    /// do: each before its first child.
    pub fn with_parents(mut self) -> Self {
        let mut known: std::collections::BTreeSet<Vec<u8>> = std::collections::BTreeSet::new();
        let mut complete = Self::new();
        for entry in std::mem::take(&mut self.entries) {
            let slashes: Vec<usize> = entry
                .path
                .iter()
                .enumerate()
                .filter(|(_, b)| **b == b'/')
                .map(|(i, _)| i)
                .collect();
            for end in slashes {
                let parent = entry.path[..end].to_vec();
                if known.insert(parent.clone()) {
                    complete = complete.dir(std::str::from_utf8(&parent).expect("a UTF-8 name"));
                }
            }
            known.insert(entry.path.clone());
            complete.entries.push(entry);
        }
        self.entries = complete.entries;
        self
    }

    /// Stores the layer this way, whatever the image's default.
    pub fn compressed(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// States this media type, whatever the bytes are.
    pub fn media_type(mut self, media_type: &str) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// The stated media type, if the test chose one.
    pub fn chosen_media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// How the layer is stored in an image whose default is `default`.
    pub fn compression_or(&self, default: Compression) -> Compression {
        self.compression.unwrap_or(default)
    }

    /// The tar stream.
    pub fn tar(&self) -> Vec<u8> {
        if let Some(bytes) = &self.verbatim {
            return bytes.clone();
        }
        let mut out = Vec::new();
        for entry in &self.entries {
            write_entry(&mut out, entry);
        }
        out.extend([0; 1024]);
        out
    }
}

/// Compresses bytes, the same way on every run.
pub fn compress(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::Plain => bytes.to_vec(),
        Compression::Gzip => {
            let level = flate2::Compression::new(6);
            let mut encoder = flate2::GzBuilder::new().mtime(0).write(Vec::new(), level);
            encoder.write_all(bytes).expect("writing to memory");
            encoder.finish().expect("writing to memory")
        }
        Compression::Zstd => zstd::encode_all(bytes, 3).expect("writing to memory"),
    }
}

fn write_entry(out: &mut Vec<u8>, entry: &Entry) {
    let mut pax = entry.pax.clone();
    if entry.path.len() > 100 {
        pax.push(("path".into(), entry.path.clone()));
    }
    if entry.link.len() > 100 {
        pax.push(("linkpath".into(), entry.link.clone()));
    }
    if !pax.is_empty() {
        let records: Vec<u8> = pax
            .iter()
            .flat_map(|(key, value)| pax_record(key, value))
            .collect();
        let mut extension = entry.clone();
        extension.path = b"PaxHeaders/entry".to_vec();
        extension.kind = b'x';
        extension.mode = 0o644;
        extension.link.clear();
        extension.contents = records;
        write_block(out, &extension);
    }
    write_block(out, entry);
}

fn write_block(out: &mut Vec<u8>, entry: &Entry) {
    let mut header = [0_u8; 512];
    put(&mut header, 0, 100, &entry.path);
    put_octal(&mut header, 100, 8, u64::from(entry.mode));
    put_octal(&mut header, 108, 8, entry.uid);
    put_octal(&mut header, 116, 8, entry.gid);
    put_octal(&mut header, 124, 12, entry.contents.len() as u64);
    put_octal(&mut header, 136, 12, entry.mtime);
    header[156] = entry.kind;
    put(&mut header, 157, 100, &entry.link);
    put(&mut header, 257, 8, b"ustar\x0000");
    put_octal(&mut header, 329, 8, u64::from(entry.device.0));
    put_octal(&mut header, 337, 8, u64::from(entry.device.1));
    header[148..156].fill(b' ');
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    put(&mut header, 148, 8, format!("{sum:06o}\0 ").as_bytes());
    out.extend(header);
    out.extend(&entry.contents);
    out.resize(out.len().next_multiple_of(512), 0);
}

fn put(header: &mut [u8; 512], at: usize, width: usize, value: &[u8]) {
    let length = value.len().min(width);
    header[at..at + length].copy_from_slice(&value[..length]);
}

fn put_octal(header: &mut [u8; 512], at: usize, width: usize, value: u64) {
    put(
        header,
        at,
        width,
        format!("{value:0digits$o}\0", digits = width - 1).as_bytes(),
    );
}

/// One pax record: `LENGTH KEYWORD=VALUE\n`, where LENGTH counts itself.
fn pax_record(keyword: &str, value: &[u8]) -> Vec<u8> {
    let rest = keyword.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    let mut record = format!("{length} {keyword}=").into_bytes();
    record.extend_from_slice(value);
    record.push(b'\n');
    record
}
