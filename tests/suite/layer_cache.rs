//! The layer cache: what it saves, what it refuses, and that nothing else can be told of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use freehold::facts::{self, BaseChoice};
use freehold::image::{CacheRefused, ImageError, LayerCache, Limits, Progress};
use freehold::source::{OpenOptions, Reference, open};
use tempfile::TempDir;

use crate::support::databases::{Installed, debian};
use crate::support::elf::Elf;
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

const ROOM: u64 = 1 << 30;

/// Counts layers that were known, and layers read again.
#[derive(Default)]
struct Told {
    known: AtomicUsize,
    again: AtomicUsize,
}

impl Progress for Told {
    fn expect(&self, _layers: usize, _bytes: u64) {}

    fn advance(&self, _bytes: u64) {}

    fn again(&self, layers: usize, _bytes: u64) {
        self.again.fetch_add(layers, Ordering::Relaxed);
    }

    fn known(&self, layers: usize) {
        self.known.fetch_add(layers, Ordering::Relaxed);
    }
}

/// What came of reading an image: its facts as text, layers known, layers read again.
type Read = (Result<String, ImageError>, usize, usize);

fn read_with(image: &Path, cache: &Path, limits: Limits, room: u64) -> Read {
    let text = format!("oci-dir:{}", image.display());
    let source = open(&Reference::parse(&text).unwrap(), &OpenOptions::default()).unwrap();
    let options = facts::Options {
        limits,
        threads: 2,
        role: None,
        base: BaseChoice::Unknown,
        cache: Some(Arc::new(LayerCache::open(cache, room).unwrap())),
        evidence: facts::EvidenceOptions::default(),
    };
    let told = Told::default();
    let facts = facts::collect(&source, &options, &told)
        .map(|facts| serde_json::to_string(&facts).unwrap());
    (facts, told.known.into_inner(), told.again.into_inner())
}

fn read(image: &Path, cache: &Path) -> Read {
    read_with(image, cache, Limits::default(), ROOM)
}

fn written(layers: impl IntoIterator<Item = Layer>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    layers
        .into_iter()
        .fold(ImageBuilder::new(), ImageBuilder::layer)
        .write_oci_dir(folder.path());
    folder
}

fn base() -> Layer {
    debian(&[Installed::new("plain", "1").file("usr/bin/plain", Elf::executable().bytes())])
}

fn entries(cache: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(cache).unwrap();
    let mut paths: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn an_image_that_shares_layers_pays_for_the_new_ones_only() {
    let cache = tempfile::tempdir().unwrap();
    let one = written([base(), Layer::new().file("app/one", "1")]);
    let two = written([base(), Layer::new().file("app/two", "2")]);
    assert_eq!(read(one.path(), cache.path()).1, 0);
    assert_eq!(read(two.path(), cache.path()).1, 1);
    assert_eq!(read(one.path(), cache.path()).1, 2);
    assert_eq!(entries(cache.path()).len(), 3);
}

#[test]
fn what_a_second_pass_learnt_is_known_as_well() {
    let cache = tempfile::tempdir().unwrap();
    // Nothing is expected of packages below /opt, so their digests come with a second pass.
    let image = written([debian(&[
        Installed::new("vendor", "1").file("opt/vendor/bin/tool", Elf::executable().bytes())
    ])]);
    let (cold, _, again) = read(image.path(), cache.path());
    assert_eq!(again, 1);
    let (warm, known, again) = read(image.path(), cache.path());
    assert_eq!((known, again), (1, 0));
    assert_eq!(cold.unwrap(), warm.unwrap());
}

#[test]
fn a_damaged_entry_is_dropped_and_made_anew() {
    let image = written([base()]);
    let cache = tempfile::tempdir().unwrap();
    let expected = read(image.path(), cache.path()).0.unwrap();
    let entry = entries(cache.path()).remove(0);
    let sound = fs::read(&entry).unwrap();
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| bytes[40] ^= 1,
        |bytes| bytes.push(0),
    ];
    for damage in damages {
        let mut bytes = sound.clone();
        damage(&mut bytes);
        fs::write(&entry, bytes).unwrap();
        let (facts, known, _) = read(image.path(), cache.path());
        assert_eq!((facts.unwrap(), known), (expected.clone(), 0));
        assert_eq!(fs::read(&entry).unwrap(), sound, "it was made anew");
        assert_eq!(read(image.path(), cache.path()).1, 1);
    }
}

#[test]
fn an_entry_counts_only_for_the_diff_id_that_was_verified() {
    let cache = tempfile::tempdir().unwrap();
    let honest = written([base()]);
    assert!(read(honest.path(), cache.path()).0.is_ok());
    let liar = tempfile::tempdir().unwrap();
    let image = ImageBuilder::new().layer(base()).wrong_diff_id(0);
    image.write_oci_dir(liar.path());
    let (result, known, _) = read(liar.path(), cache.path());
    assert!(matches!(result, Err(ImageError::Source { layer: 1, .. })));
    assert_eq!(known, 0);
}

#[test]
fn blobs_are_hashed_although_their_layer_is_known() {
    let cache = tempfile::tempdir().unwrap();
    let image = written([base()]);
    assert!(read(image.path(), cache.path()).0.is_ok());
    let blobs = image.path().join("blobs/sha256");
    let largest = entries(&blobs)
        .into_iter()
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&largest, bytes).unwrap();
    let empty = tempfile::tempdir().unwrap();
    let cold = read(image.path(), empty.path()).0.unwrap_err();
    let warm = read(image.path(), cache.path()).0.unwrap_err();
    assert_eq!(format!("{warm:?}"), format!("{cold:?}"));
    assert_eq!(entries(empty.path()), Vec::<PathBuf>::new());
}

#[test]
fn other_limits_are_other_entries_and_totals_still_count() {
    let cache = tempfile::tempdir().unwrap();
    let image = written([base(), Layer::new().file("a", "1").file("b", "2")]);
    let (facts, ..) = read(image.path(), cache.path());
    assert!(facts.is_ok());
    let tight = || Limits {
        max_entries: 4,
        ..Limits::default()
    };
    for _ in 0..2 {
        let (result, known, _) = read_with(image.path(), cache.path(), tight(), ROOM);
        assert!(result.is_err());
        assert!(known < 2);
    }
}

#[test]
fn a_layer_of_which_a_limit_cut_something_is_not_kept() {
    let cache = tempfile::tempdir().unwrap();
    let image = written([base()]);
    let limits = Limits {
        max_file_bytes: 3,
        ..Limits::default()
    };
    let (facts, ..) = read_with(image.path(), cache.path(), limits, ROOM);
    assert!(facts.is_ok());
    assert_eq!(entries(cache.path()), Vec::<PathBuf>::new());
}

#[test]
fn the_cache_keeps_to_its_size() {
    let cache = tempfile::tempdir().unwrap();
    let image = written((0..6).map(|n| Layer::new().file("a", format!("{n}"))));
    read(image.path(), cache.path()).0.unwrap();
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let one = size(&entries(cache.path())[0]);
    let room = one * 5 / 2;
    let more = written([Layer::new().file("b", "more")]);
    let (facts, ..) = read_with(more.path(), cache.path(), Limits::default(), room);
    facts.unwrap();
    let left: u64 = entries(cache.path()).iter().map(size).sum();
    assert!(left > 0 && left <= room, "{left} of {room}");
}

#[test]
fn a_directory_that_others_could_write_to_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let open = place.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let link = place.path().join("link");
    fs::create_dir(place.path().join("real")).unwrap();
    symlink("real", &link).unwrap();
    for directory in [open, link] {
        let refused = LayerCache::open(&directory, ROOM).unwrap_err();
        assert!(
            matches!(refused, CacheRefused::NotPrivate { .. }),
            "{refused}"
        );
    }
    let made = place.path().join("a/b");
    LayerCache::open(&made, ROOM).unwrap();
    let mode = fs::metadata(&made).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn entries_are_for_their_owner_alone_and_named_by_nothing_from_the_image() {
    let cache = tempfile::tempdir().unwrap();
    let image = written([Layer::new().file("name-from-the-image", "1")]);
    read(image.path(), cache.path()).0.unwrap();
    let entry = entries(cache.path()).remove(0);
    let mode = fs::metadata(&entry).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    let name = entry.file_name().unwrap().to_str().unwrap();
    let stem = name.strip_suffix(".layer").unwrap();
    assert!(stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit()));
}
