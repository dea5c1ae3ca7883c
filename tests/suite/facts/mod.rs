//! The facts room: what is said of images whose content is known.

mod apk;
mod binaries;
mod bitnami;
mod chisel;
mod conda;
mod config;
mod content;
mod coverage;
mod credentials;
mod distro;
mod dotnet;
mod dpkg;
mod dpkg_config;
mod dpkg_tools;
mod elf;
mod elf_libraries;
mod hostile;
mod integrity;
mod java;
mod keys;
mod layout;
mod libc;
mod links_and_names;
mod managers;
mod melange;
mod node;
mod ownership;
mod pacman;
mod php;
mod planted;
mod private_keys;
mod python;
mod repositories;
mod role;
mod rpm;
mod ruby;
mod second_pass;
mod sides;
mod tools;
mod yum_repos;

use std::sync::Arc;

use freehold::facts::model::{Coverage, DatabaseState, Facts, GapKind, Package, Topic};
use freehold::facts::{self, BaseChoice};
use freehold::image::{LayerCache, Limits, Silent};
use freehold::source::{OpenOptions, Reference, open};

use crate::support::image_builder::ImageBuilder;
use crate::support::layer::{Compression, Layer};

fn options() -> facts::Options {
    facts::Options {
        limits: Limits::default(),
        threads: 2,
        role: None,
        base: BaseChoice::Unknown,
        cache: None,
        evidence: facts::EvidenceOptions::default(),
    }
}

/// The facts of an image, read as a user would have it read: without a cache, and the same when one
/// is filled and when it is full.
fn facts_with(image: &ImageBuilder, options: &facts::Options) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    image.write_oci_dir(folder.path());
    let text = format!("oci-dir:{}", folder.path().display());
    let source = open(&Reference::parse(&text).unwrap(), &OpenOptions::default()).unwrap();
    let mut facts = facts::collect(&source, options, &Silent).unwrap();
    let place = tempfile::tempdir().unwrap();
    let cached = facts::Options {
        cache: Some(Arc::new(LayerCache::open(place.path(), 1 << 30).unwrap())),
        ..options.clone()
    };
    for state in ["filled", "full"] {
        let known = facts::collect(&source, &cached, &Silent).unwrap();
        assert_eq!(printed(&known), printed(&facts), "the cache is {state}");
    }
    // The only thing that differs from run to run.
    "oci-dir:x".clone_into(&mut facts.image.reference);
    facts
}

fn facts_of(image: &ImageBuilder) -> Facts {
    facts_with(image, &options())
}

fn image(layers: impl IntoIterator<Item = Layer>) -> ImageBuilder {
    layers
        .into_iter()
        .fold(ImageBuilder::new(), ImageBuilder::layer)
}

/// The facts of one layer, read once and without a cache, for tests that read thousands.
fn read_once(layer: &Layer) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer.clone().compressed(Compression::Plain);
    image([layer]).write_oci_dir(folder.path());
    let text = format!("oci-dir:{}", folder.path().display());
    let source = open(&Reference::parse(&text).unwrap(), &OpenOptions::default()).unwrap();
    facts::collect(&source, &options(), &Silent).unwrap()
}

/// The facts of these layers, lowest first.
fn read(layers: impl IntoIterator<Item = Layer>) -> Facts {
    facts_of(&image(layers))
}

fn package<'a>(facts: &'a Facts, name: &str) -> &'a Package {
    let found = facts.packages.iter().find(|package| package.name == name);
    found.unwrap_or_else(|| panic!("no package {name}"))
}

fn names(facts: &Facts) -> Vec<&str> {
    facts.packages.iter().map(|p| p.name.as_str()).collect()
}

fn states(facts: &Facts) -> Vec<(&str, DatabaseState)> {
    let databases = facts.package_databases.iter();
    databases.map(|d| (d.path.as_str(), d.state)).collect()
}

fn unowned(facts: &Facts) -> Vec<&str> {
    let items = facts.ownership.unowned.items.iter();
    items.map(|file| file.path.as_str()).collect()
}

fn gaps(facts: &Facts) -> Vec<(Topic, Option<&str>, GapKind)> {
    let gaps = facts.gaps.iter();
    gaps.map(|gap| (gap.topic, gap.path.as_deref(), gap.kind))
        .collect()
}

fn coverage_of(facts: &Facts, topic: Topic) -> Coverage {
    facts.topics[&topic].coverage
}

/// Everything a user can get to see of these facts.
fn printed(facts: &Facts) -> String {
    serde_json::to_string(facts).unwrap()
}
