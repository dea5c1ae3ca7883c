//! A folder that holds a root file system, presented as an image of one layer: a tar stream made
//! while it is read.
//!
//! The walk is sorted and follows no symbolic link. Modes, owners, times, devices and hard links
//! are kept; sockets are left out, as tar cannot hold them, and so are extended attributes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::attached::Evidence;
use super::config::ImageConfiguration;
use super::error::SourceError;
use super::files::open_file;
use super::tar_encoder::{BLOCK, Entry, Kind, padding};
use super::{LayerBlob, LayerStore, OpenOptions, Platform, SourceImage, SourceKind};

/// Folders of the kernel's file systems: not part of an image where they are mount points.
const KERNEL_FOLDERS: [&[u8]; 3] = [b"dev", b"proc", b"sys"];

/// A folder to stream.
#[derive(Debug, Clone)]
pub(super) struct RootfsFolder {
    root: PathBuf,
    /// Most entries allowed.
    limit: u64,
}

/// Presents a folder as an image.
pub(super) fn open(
    path: &Path,
    reference: &str,
    options: &OpenOptions,
) -> Result<SourceImage, SourceError> {
    let metadata = fs::metadata(path).map_err(|error| SourceError::unreadable(path, &error))?;
    if !metadata.is_dir() {
        return Err(SourceError::NotAnImage {
            path: path.display().to_string(),
            reason: "it is not a folder".into(),
            help: "unpack a tar of a root file system first, then name the folder".into(),
        });
    }
    let platform = options
        .platform
        .clone()
        .unwrap_or_else(Platform::this_machine);
    if platform.is_windows() {
        return Err(SourceError::WindowsImage {
            reference: reference.to_owned(),
        });
    }
    let config = ImageConfiguration {
        os: platform.os.clone(),
        architecture: platform.architecture.clone(),
        variant: platform.variant.clone(),
        ..ImageConfiguration::default()
    };
    let folder = RootfsFolder {
        root: path.to_owned(),
        limit: options.limits.rootfs_entries,
    };
    let layer = LayerBlob {
        digest: None,
        diff_id: None,
        media_type: None,
        stored_bytes: 0,
    };
    Ok(SourceImage {
        reference: reference.to_owned(),
        kind: SourceKind::Rootfs,
        manifest_digest: None,
        index_digest: None,
        platforms: None,
        config_digest: None,
        platform,
        config,
        annotations: BTreeMap::new(),
        layers: vec![layer],
        evidence: Evidence::not_carried(),
        stores: vec![LayerStore::Rootfs(folder)],
    })
}

impl RootfsFolder {
    /// The tar stream.
    pub(super) fn stream(&self) -> Result<RootfsStream, SourceError> {
        let metadata = fs::metadata(&self.root)
            .map_err(|error| SourceError::unreadable(&self.root, &error))?;
        let mut stream = RootfsStream {
            root: self.root.clone(),
            device: metadata.dev(),
            limit: self.limit,
            entries: 0,
            waiting: Vec::new(),
            links: BTreeMap::new(),
            ready: io::Cursor::new(Vec::new()),
            contents: None,
            ended: false,
            failed: None,
        };
        stream.enter(b"")?;
        Ok(stream)
    }
}

/// Contents of the file that is being written.
struct FileContents {
    file: File,
    name: Vec<u8>,
    size: u64,
    left: u64,
}

/// A folder as a tar stream.
pub(super) struct RootfsStream {
    root: PathBuf,
    /// Device of the root, to tell mount points.
    device: u64,
    /// Most entries allowed, and entries seen.
    limit: u64,
    entries: u64,
    /// Names still to be written, the next one last.
    waiting: Vec<Vec<u8>>,
    /// First name of every file that has several, by device and inode.
    links: BTreeMap<(u64, u64), Vec<u8>>,
    /// Header or padding to be handed out.
    ready: io::Cursor<Vec<u8>>,
    contents: Option<FileContents>,
    ended: bool,
    /// Why reading stopped; every further read fails the same way.
    failed: Option<SourceError>,
}

impl RootfsStream {
    fn path(&self, name: &[u8]) -> PathBuf {
        self.root.join(OsStr::from_bytes(name))
    }

    /// Puts the entries of a folder in line, in the order of their names.
    fn enter(&mut self, folder: &[u8]) -> Result<(), SourceError> {
        let path = self.path(folder);
        let unreadable = |error: io::Error| SourceError::unreadable(&path, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(unreadable)? {
            self.entries = self.entries.saturating_add(1);
            if self.entries > self.limit {
                let what = format!("the number of files below `{}`", self.root.display());
                return Err(SourceError::Limit {
                    what,
                    limit: self.limit.to_string(),
                });
            }
            let mut name = folder.to_vec();
            if !name.is_empty() {
                name.push(b'/');
            }
            name.extend_from_slice(entry.map_err(unreadable)?.file_name().as_bytes());
            names.push(name);
        }
        names.sort_unstable_by(|one, other| other.cmp(one));
        self.waiting.append(&mut names);
        Ok(())
    }

    /// Prepares the next entry; false after the last one.
    fn advance(&mut self) -> Result<bool, SourceError> {
        while let Some(name) = self.waiting.pop() {
            let path = self.path(&name);
            let metadata = fs::symlink_metadata(&path)
                .map_err(|error| SourceError::unreadable(&path, &error))?;
            if let Some(entry) = self.describe(name, &path, &metadata)? {
                self.ready = io::Cursor::new(entry.encode());
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The entry for one name; `None` for a socket.
    fn describe(
        &mut self,
        name: Vec<u8>,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<Option<Entry>, SourceError> {
        let kind = metadata.file_type();
        let mut entry = Entry {
            name: name.clone(),
            kind: Kind::File,
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            size: 0,
            mtime: u64::try_from(metadata.mtime()).unwrap_or_default(),
            link: Vec::new(),
            device: (0, 0),
        };
        if kind.is_dir() {
            entry.kind = Kind::Folder;
            entry.name.push(b'/');
            let mounted = metadata.dev() != self.device;
            if !(mounted && KERNEL_FOLDERS.contains(&name.as_slice())) {
                self.enter(&name)?;
            }
        } else if kind.is_symlink() {
            let target =
                fs::read_link(path).map_err(|error| SourceError::unreadable(path, &error))?;
            entry.kind = Kind::Symlink;
            entry.link = target.as_os_str().as_bytes().to_vec();
        } else if kind.is_file() {
            self.describe_file(&mut entry, path, metadata)?;
        } else if kind.is_char_device() || kind.is_block_device() {
            let character = kind.is_char_device();
            entry.kind = if character {
                Kind::CharacterDevice
            } else {
                Kind::BlockDevice
            };
            entry.device = device_numbers(metadata.rdev());
        } else if kind.is_fifo() {
            entry.kind = Kind::Fifo;
        } else {
            return Ok(None);
        }
        Ok(Some(entry))
    }

    /// A regular file: a hard link if it was written under another name, else its contents.
    fn describe_file(
        &mut self,
        entry: &mut Entry,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<(), SourceError> {
        let inode = (metadata.dev(), metadata.ino());
        if metadata.nlink() > 1 {
            if let Some(first) = self.links.get(&inode) {
                entry.kind = Kind::HardLink;
                entry.link.clone_from(first);
                return Ok(());
            }
            self.links.insert(inode, entry.name.clone());
        }
        let file = open_file(path)?;
        let opened = file
            .metadata()
            .map_err(|error| SourceError::unreadable(path, &error))?;
        // Something else may have taken the name since it was looked at.
        if (opened.dev(), opened.ino()) != inode {
            return Err(SourceError::Changed {
                path: path.display().to_string(),
            });
        }
        entry.size = opened.len();
        let (name, size) = (entry.name.clone(), entry.size);
        self.contents = Some(FileContents {
            file,
            name,
            size,
            left: size,
        });
        Ok(())
    }

    /// Hands out contents; zero when the file is done, its padding then being ready.
    fn read_contents(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(contents) = &mut self.contents else {
            return Ok(0);
        };
        if contents.left == 0 {
            self.ready = io::Cursor::new(padding(contents.size));
            self.contents = None;
            return Ok(0);
        }
        let wanted = usize::try_from(contents.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = contents
            .file
            .read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if count == 0 {
            let path = self
                .root
                .join(OsStr::from_bytes(&contents.name))
                .display()
                .to_string();
            return Err(SourceError::Changed { path }.into());
        }
        contents.left = contents
            .left
            .saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

impl Read for RootfsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            if self.contents.is_some() {
                let count = self.read_contents(buffer)?;
                if count > 0 {
                    return Ok(count);
                }
            } else if self.ended {
                return Ok(0);
            } else if let Some(error) = &self.failed {
                return Err(error.clone().into());
            } else {
                match self.advance() {
                    Ok(true) => {}
                    // Two blocks of zeros end the archive.
                    Ok(false) => {
                        self.ended = true;
                        self.ready = io::Cursor::new(vec![0; BLOCK.saturating_mul(2)]);
                    }
                    Err(error) => self.failed = Some(error),
                }
            }
        }
    }
}

/// Major and minor number out of `st_rdev`, as Linux packs them (`makedev(3)`).
fn device_numbers(packed: u64) -> (u64, u64) {
    let major = ((packed >> 8) & 0xfff) | ((packed >> 32) & 0xffff_f000);
    let minor = (packed & 0xff) | ((packed >> 12) & 0xffff_ff00);
    (major, minor)
}
