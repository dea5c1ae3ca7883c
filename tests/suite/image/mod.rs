//! The image room: layers laid over one another, and what hostile ones are turned into.

mod hostile;
mod model;
mod squash;

use std::collections::BTreeMap;

use freehold::image::{
    Excerpts, FileTree, FileView, Image, ImageError, Inspector, Kept, LayerCache, Limits, NodeKind,
    Plan, ReadOptions, Silent, read,
};
use freehold::source::{OpenOptions, Reference, open};

use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

/// Keeps every file.
struct KeepAll;

impl Inspector for KeepAll {
    type Value = ();

    fn plan(&self, _file: &FileView<'_>) -> Plan {
        Plan {
            keep: u64::MAX,
            ..Plan::default()
        }
    }

    fn probe(&self, _file: &FileView<'_>, _excerpts: &Excerpts<'_>) -> Option<()> {
        None
    }
}

fn read_layers(layers: &[Layer], limits: &Limits) -> Result<Image<()>, ImageError> {
    let folder = tempfile::tempdir().unwrap();
    let image = layers
        .iter()
        .cloned()
        .fold(ImageBuilder::new(), ImageBuilder::layer);
    image.write_oci_dir(folder.path());
    let text = format!("oci-dir:{}", folder.path().display());
    let source = open(&Reference::parse(&text).unwrap(), &OpenOptions::default()).unwrap();
    let options = ReadOptions {
        limits,
        threads: 2,
        progress: &Silent,
        cache: None,
    };
    let result = read(&source, &KeepAll, options);
    let place = tempfile::tempdir().unwrap();
    let cache = LayerCache::open(place.path(), 1 << 30).unwrap();
    for state in ["filled", "full"] {
        let cache = Some(&cache);
        let known = read(&source, &KeepAll, ReadOptions { cache, ..options });
        assert_eq!(outcome(&known), outcome(&result), "the cache is {state}");
    }
    result
}

/// Every node with what was kept of its content.
fn nodes(tree: &FileTree<()>) -> Vec<String> {
    let mut all = Vec::new();
    tree.walk(|path, _, node| {
        let content = node.content().and_then(|id| tree.content(id));
        let kept = content.map(|content| match &content.kept {
            Kept::Whole(bytes) => format!("{:?}", bytes.read().unwrap()),
            other => format!("{other:?}"),
        });
        all.push(format!("{path:?} {node:?} {kept:?}"));
    });
    all
}

/// All that can be told of a result.
fn outcome(result: &Result<Image<()>, ImageError>) -> String {
    match result {
        Ok(image) => format!(
            "{:?} {:?} {:?} {:?}",
            nodes(&image.tree),
            image.layers,
            image.anomalies,
            image.removals
        ),
        Err(error) => format!("{error:?}"),
    }
}

fn merged(layers: &[Layer]) -> Image<()> {
    read_layers(layers, &Limits::default()).unwrap()
}

/// The tree as text: `dir`, `file CONTENT`, `link TARGET`, each but directories with its layer.
fn listing(tree: &FileTree<()>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    tree.walk(|path, _, node| {
        let text = match &node.kind {
            NodeKind::Directory(_) => "dir".to_owned(),
            NodeKind::Symlink(target) => {
                format!("link {} @{}", String::from_utf8_lossy(target), node.layer)
            }
            NodeKind::File(id) => {
                let Kept::Whole(kept) = &tree.content(*id).unwrap().kept else {
                    panic!("every file was asked for");
                };
                let bytes = kept.read().unwrap();
                format!("file {} @{}", String::from_utf8_lossy(&bytes), node.layer)
            }
            other => format!("{other:?} @{}", node.layer),
        };
        all.insert(String::from_utf8_lossy(path).into_owned(), text);
    });
    all
}

/// What is at a path of the merged layers, as [`listing`] says it.
fn at(layers: &[Layer], path: &str) -> Option<String> {
    listing(&merged(layers).tree).remove(path)
}
