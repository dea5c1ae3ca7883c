//! Facts of the image as such: identity, configuration, layers, history.

use std::collections::BTreeMap;

use super::Options;
use super::base_boundary;
use super::model::{
    Base, Health, HistoryEntry, ImageConfig, ImageFacts, LayerFacts, PlatformFacts, Role, RoleName,
    Side,
};
use super::redaction::{redact_arguments, redact_instruction, redact_values};
use crate::image::LayerCount;
use crate::source::{HistoryStep, LayerBlob, Platform, RunConfiguration, SourceImage};

/// Puts the image's own facts together.
pub(super) fn image_facts(
    source: &SourceImage,
    counts: &[LayerCount],
    options: &Options,
) -> ImageFacts {
    let base = base_boundary::find(source, &options.base);
    let history = history(&source.config.history, source.layers.len());
    let layers = layers(source, counts, &base, &history);
    ImageFacts {
        reference: source.reference.clone(),
        source: source.kind.name().to_owned(),
        digest: source.manifest_digest.as_ref().map(ToString::to_string),
        index_digest: source.index_digest.as_ref().map(ToString::to_string),
        config_digest: source.config_digest.as_ref().map(ToString::to_string),
        platform: platform(&source.platform),
        platforms: source
            .platforms
            .as_deref()
            .map(|offered| offered.iter().map(platform).collect()),
        created: source.config.created.clone(),
        annotations: redact_values(&source.annotations),
        labels: redact_values(&source.config.config.labels),
        config: config(&source.config.config),
        stored_bytes: total(layers.iter().map(|layer| layer.stored_bytes)),
        tar_bytes: total(layers.iter().map(|layer| layer.tar_bytes)),
        layers,
        history,
        role: match options.role {
            Some(name) => Role {
                name,
                basis: "given with --role".to_owned(),
            },
            // Inferred last of all, when everything else is known.
            None => Role {
                name: RoleName::Base,
                basis: String::new(),
            },
        },
        base,
    }
}

fn platform(platform: &Platform) -> PlatformFacts {
    PlatformFacts {
        os: platform.os.clone(),
        architecture: platform.architecture.clone(),
        variant: platform.variant.clone(),
    }
}

fn total(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.fold(0, u64::saturating_add)
}

fn config(config: &RunConfiguration) -> ImageConfig {
    let mut env_names: Vec<String> = config
        .env
        .iter()
        .filter_map(|variable| variable.split('=').next())
        .map(str::to_owned)
        .collect();
    env_names.sort();
    env_names.dedup();
    ImageConfig {
        user: config.user.clone(),
        runs_as_root: None,
        entrypoint: redact_arguments(&config.entrypoint),
        cmd: redact_arguments(&config.cmd),
        working_dir: config.working_dir.clone().filter(|dir| !dir.is_empty()),
        env_names,
        exposed_ports: config.exposed_ports.clone(),
        volumes: config.volumes.clone(),
        stop_signal: config.stop_signal.clone(),
        health: match &config.healthcheck {
            Some(check) if check.test.first().is_some_and(|word| word == "NONE") => {
                Health::Disabled
            }
            Some(check) if !check.test.is_empty() => Health::Defined,
            _ => Health::None,
        },
    }
}

/// History steps, those that made a layer paired with it. When their number is not that of the
/// layers nothing is paired: a wrong instruction is worse than none.
fn history(steps: &[HistoryStep], layers: usize) -> Vec<HistoryEntry> {
    let with_layer = steps.iter().filter(|step| !step.empty_layer).count();
    let paired = with_layer == layers;
    let mut next = 1u32;
    steps
        .iter()
        .map(|step| {
            let layer = (paired && !step.empty_layer).then_some(next);
            next = next.saturating_add(u32::from(layer.is_some()));
            HistoryEntry {
                created: step.created.clone(),
                created_by: step.created_by.as_deref().map(redact_instruction),
                comment: step.comment.as_deref().map(redact_instruction),
                layer,
            }
        })
        .collect()
}

fn layers(
    source: &SourceImage,
    counts: &[LayerCount],
    base: &Base,
    history: &[HistoryEntry],
) -> Vec<LayerFacts> {
    let made_by: BTreeMap<u32, &str> = history
        .iter()
        .filter_map(|step| Some((step.layer?, step.created_by.as_deref()?)))
        .collect();
    (1u32..)
        .zip(source.layers.iter().zip(counts))
        .map(
            |(number, (blob, count)): (u32, (&LayerBlob, &LayerCount))| LayerFacts {
                number,
                digest: blob.digest.as_ref().map(ToString::to_string),
                diff_id: blob.diff_id.as_ref().map(ToString::to_string),
                media_type: blob.media_type.clone(),
                stored_bytes: blob.stored_bytes,
                tar_bytes: count.tar_bytes,
                entries: count.entries,
                side: match base.layers {
                    Some(base) if number <= base => Side::Base,
                    Some(_) => Side::Added,
                    None => Side::Unknown,
                },
                created_by: made_by.get(&number).map(|&text| text.to_owned()),
            },
        )
        .collect()
}
