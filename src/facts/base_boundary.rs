//! Where the base image ends: as the user says, by a label that names the base's chain ID, or by
//! the annotations that name the base, where that image is at hand. Never guessed, and never taken
//! on trust: a base whose layers are not the lowest of this image is said to be none.

use super::BaseChoice;
use super::model::Base;
use crate::source::{Digest, SourceImage, without_login};

/// Annotations that name the base (OCI image-spec, annotations.md, "Pre-Defined Annotation Keys").
pub const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";
const BASE_NAME: &str = "org.opencontainers.image.base.name";

/// Labels whose value is the chain ID of the base's layers, which images built on the base inherit.
/// Source: Docker Hardened Images, image labels.
const CHAIN_ID_LABELS: [&str; 1] = ["com.docker.dhi.chain-id"];

/// Longest name of a base that is repeated; names of images end at 255 characters
/// (distribution-spec, "Pulling manifests").
const MAX_NAME: usize = 255;

const NOTHING_SAID: &str = "neither --base nor --base-layers was given";

/// Where the base ends.
pub(super) fn find(source: &SourceImage, choice: &BaseChoice) -> Base {
    let count = source.layers.len();
    match choice {
        BaseChoice::Layers(layers) if *layers as usize <= count => Base {
            layers: Some(*layers),
            basis: "given with --base-layers".to_owned(),
        },
        BaseChoice::Layers(layers) => unknown(format!(
            "--base-layers {layers} is more than the {count} layers there are"
        )),
        BaseChoice::DiffIds {
            reference,
            diff_ids,
        } => by_diff_ids(source, reference, diff_ids),
        BaseChoice::Annotated {
            reference,
            diff_ids,
        } => by_labels(source).unwrap_or_else(|| {
            let reference = format!("the base that annotations name ({reference})");
            by_diff_ids(source, &reference, diff_ids)
        }),
        BaseChoice::Unknown => by_labels(source).unwrap_or_else(|| unknown(not_found(source))),
    }
}

fn unknown(basis: String) -> Base {
    Base {
        layers: None,
        basis,
    }
}

fn by_diff_ids(source: &SourceImage, reference: &str, diff_ids: &[String]) -> Base {
    let own: Vec<String> = source
        .layers
        .iter()
        .filter_map(|layer| layer.diff_id.as_ref().map(ToString::to_string))
        .collect();
    let same = own
        .iter()
        .zip(diff_ids)
        .take_while(|(own, base)| own == base)
        .count();
    if same == diff_ids.len() && same > 0 {
        return Base {
            layers: u32::try_from(same).ok(),
            basis: match same {
                1 => format!("the lowest layer is that of {reference}"),
                _ => format!("the lowest {same} layers are those of {reference}"),
            },
        };
    }
    unknown(format!(
        "{reference} is not below this image: {same} of its {} layers are the same",
        diff_ids.len()
    ))
}

/// The boundary by the first label whose chain ID is that of some lowest layers.
fn by_labels(source: &SourceImage) -> Option<Base> {
    let labels = &source.config.config.labels;
    let stated = CHAIN_ID_LABELS
        .iter()
        .find_map(|label| Some((label, labels.get(*label)?)));
    let (label, stated) = stated?;
    let layers = (1u32..)
        .zip(chain_ids(source))
        .find_map(|(layers, id)| (id.to_string() == *stated).then_some(layers))?;
    Some(Base {
        layers: Some(layers),
        basis: match layers {
            1 => format!("the lowest layer has the chain ID in label {label}"),
            _ => format!("the lowest {layers} layers have the chain ID in label {label}"),
        },
    })
}

/// Chain IDs of the lowest layer, the lowest two, and so on (OCI image-spec, config.md, "Layer
/// ChainID"). The diff IDs are checked when the layers are read.
fn chain_ids(source: &SourceImage) -> impl Iterator<Item = Digest> {
    let diff_ids = source
        .layers
        .iter()
        .map_while(|layer| layer.diff_id.as_ref());
    diff_ids.scan(None, |below: &mut Option<Digest>, diff_id| {
        let chain = match below {
            None => diff_id.clone(),
            Some(below) => Digest::sha256(format!("{below} {diff_id}").as_bytes()),
        };
        *below = Some(chain.clone());
        Some(chain)
    })
}

/// Why nobody knows, and what would settle it.
fn not_found(source: &SourceImage) -> String {
    let mut basis = NOTHING_SAID.to_owned();
    let labels = &source.config.config.labels;
    let label = CHAIN_ID_LABELS
        .iter()
        .find(|label| labels.contains_key(**label));
    if let Some(label) = label {
        basis.push_str("; no lowest layers have the chain ID in label ");
        basis.push_str(label);
    }
    if let Some(name) = annotated(source) {
        basis.push_str("; the annotations name ");
        basis.push_str(&name);
        basis.push_str(" as the base, which is not at hand: --base ");
        basis.push_str(&name);
        basis.push_str(" would settle it");
    }
    basis
}

/// The base that the annotations name: `NAME@DIGEST`, or either.
fn annotated(source: &SourceImage) -> Option<String> {
    let annotation = |key: &str| {
        let value = source.annotations.get(key)?;
        let sound = value.len() <= MAX_NAME && value.bytes().all(|b| b.is_ascii_graphic());
        sound.then_some(value.as_str())
    };
    let digest = annotation(BASE_DIGEST).filter(|text| Digest::parse(text, "the base").is_ok());
    match (annotation(BASE_NAME), digest) {
        (Some(name), Some(digest)) if !name.contains('@') => {
            Some(format!("{}@{digest}", without_login(untagged(name))))
        }
        (Some(name), _) => Some(without_login(name)),
        (None, digest) => digest.map(str::to_owned),
    }
}

/// A name without its tag, since a digest says more.
fn untagged(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((bare, tag)) if !tag.contains('/') => bare,
        _ => name,
    }
}
