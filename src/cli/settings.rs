//! What the flags mean, worked out once: rules, profile, time, limits.

use std::collections::BTreeMap;
use std::num::NonZero;

use super::Call;
use super::args::{JudgingFlags, LimitFlags, ReadingFlags};
use super::cache;
use super::clock;
use super::config::Config;
use super::error::CliError;
use super::given;
use super::network;
use super::packs;
use super::saved_facts;
use super::trust;
use crate::facts::{BaseChoice, EvidenceOptions};
use crate::image::Limits;
use crate::policy::origin::{PackSource, directories};
use crate::policy::pack::Pack;
use crate::policy::profile::Profile;
use crate::policy::waivers::{WaiverSource, Waivers};
use crate::scan::{self, Judgement, ScanOptions};
use crate::scorecard::Axis;
use crate::source::{Network, Place, Reference};

/// How images are judged.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The rules.
    pub(crate) pack: Pack,
    /// Which of them count.
    pub(crate) profile: Profile,
    /// How the profile differs from the shipped one it starts from.
    pub(crate) profile_changes: Vec<String>,
    /// Exceptions in force.
    pub(crate) waivers: Waivers,
    /// The judging time, RFC 3339.
    pub(crate) now: String,
}

/// How images are read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// For the scan.
    pub(crate) options: ScanOptions,
    /// A flag that cannot be applied to a saved document, if one was given.
    pub(crate) layer_flag: Option<&'static str>,
    /// Whether an image or a pack is named that is read over the network.
    pub(crate) network_used: bool,
}

impl Settings {
    /// Works out the flags that say how images are judged.
    ///
    /// # Errors
    /// [`CliError`] when a pack, profile, waiver or time makes no sense.
    pub(crate) fn new(
        judging: &JudgingFlags,
        default_profile: &str,
        config: &Config,
        network: &Network,
    ) -> Result<Self, CliError> {
        let now = clock::judging_time(judging.effective_time.as_deref())?;
        let pack = packs::pack(&judging.policy, &judging.data, network)?;
        let wanted = judging.profile.as_deref().unwrap_or(default_profile);
        let profile = Profile::load(wanted, &pack)?;
        pack.prepare(&profile, &now)?;
        let profile_changes = changes(&profile, &pack)?;
        let given = judging.waivers.iter().map(|path| WaiverSource::read(path));
        let stated = config.waivers.iter().cloned().map(Ok);
        let sources = stated.chain(given).collect::<Result<Vec<_>, _>>()?;
        let waivers = Waivers::new(&sources, &pack, &now)?;
        Ok(Self {
            pack,
            profile,
            profile_changes,
            waivers,
            now,
        })
    }

    /// Sets least scores of axes, in place of the profile's.
    pub(crate) fn set_thresholds(&mut self, thresholds: &[(Axis, f64)]) {
        for (axis, score) in thresholds {
            let name = axis.name();
            self.profile.thresholds.insert(name.to_owned(), *score);
            let change = format!("threshold of {name} is {score}");
            self.profile_changes.push(change);
        }
    }

    /// What facts are judged with.
    pub(crate) fn judgement(&self) -> Judgement<'_> {
        Judgement {
            pack: &self.pack,
            profile: &self.profile,
            now: &self.now,
        }
    }
}

/// How `profile` differs from the shipped profile it extends; empty when it extends none.
fn changes(profile: &Profile, pack: &Pack) -> Result<Vec<String>, CliError> {
    let names = pack.profile_names();
    let shipped = profile
        .extends
        .iter()
        .find(|name| names.contains(&name.as_str()));
    match shipped {
        Some(name) => Ok(profile.differences(&Profile::load(name, pack)?)),
        None => Ok(Vec::new()),
    }
}

impl Reading {
    /// Works out the flags that say how `images` are read; a base image is opened, and its layers
    /// are not read.
    ///
    /// # Errors
    /// [`CliError`] when the platform or the base makes no sense.
    pub(crate) fn new(
        flags: &ReadingFlags,
        images: &[String],
        policy: &[PackSource],
        call: &Call<'_>,
    ) -> Result<Self, CliError> {
        let terminal = call.terminal;
        // What is no reference is said of that image alone, later.
        let named = images.iter().chain(&flags.base);
        let references: Vec<Reference> = named.filter_map(|text| text.parse().ok()).collect();
        let platform = flags.platform.as_deref().map(str::parse).transpose()?;
        let (cache, refused) = cache::open(&flags.cache)?;
        if let Some(refused) = refused {
            terminal.detail(&refused);
        }
        let mut options = ScanOptions {
            platform,
            role: flags.role,
            base: BaseChoice::Unknown,
            beside: references
                .iter()
                .filter(|reference| is_cheap(reference))
                .cloned()
                .collect(),
            threads: flags.threads.unwrap_or_else(processors),
            limits: limits(&flags.limits),
            network: network::network(&flags.network, &references, &packs::names(policy))?,
            cache,
            evidence: EvidenceOptions {
                given: given::given(&flags.given, images.len())?,
                trust: trust::trust(&flags.given, &directories(policy), call.config, terminal)?,
            },
        };
        options.base = match (&flags.base, flags.base_layers) {
            (Some(reference), _) => base(reference, &options)?,
            (None, Some(layers)) => BaseChoice::Layers(layers),
            (None, None) => BaseChoice::Unknown,
        };
        let given = [
            ("--base", flags.base.is_some()),
            ("--base-layers", flags.base_layers.is_some()),
            ("--role", flags.role.is_some()),
            ("--platform", flags.platform.is_some()),
        ];
        let layer_flag = given
            .into_iter()
            .find(|(_, given)| *given)
            .map(|(name, _)| name)
            .or_else(|| given::named(&flags.given));
        let environment = &options.network.environment;
        let remote = |one: &Reference| network::is_remote(one, environment);
        let network_used = references.iter().any(remote) || !packs::names(policy).is_empty();
        Ok(Self {
            options,
            layer_flag,
            network_used,
        })
    }
}

/// Whether manifest and configuration can be had without the layers.
fn is_cheap(reference: &Reference) -> bool {
    matches!(
        reference.place(),
        Place::OciDir { .. } | Place::OciArchive { .. } | Place::Registry { .. }
    )
}

fn base(text: &str, options: &ScanOptions) -> Result<BaseChoice, CliError> {
    let reference = Reference::parse(text)?;
    let diff_ids = match reference.place() {
        Place::Facts { path } => {
            let layers = saved_facts::read(path)?.image.layers;
            layers
                .into_iter()
                .filter_map(|layer| layer.diff_id)
                .collect()
        }
        _ => scan::base_layers(&reference, options)?,
    };
    Ok(BaseChoice::DiffIds {
        reference: text.to_owned(),
        diff_ids,
    })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn limits(flags: &LimitFlags) -> Limits {
    let default = Limits::default();
    let length = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    Limits {
        max_layers: flags.max_layers.unwrap_or(default.max_layers),
        max_entries: flags.max_entries.unwrap_or(default.max_entries),
        max_name_bytes: flags.max_name_bytes.unwrap_or(default.max_name_bytes),
        max_link_steps: flags.max_link_steps.unwrap_or(default.max_link_steps),
        max_tar_bytes: flags.max_tar_bytes.unwrap_or(default.max_tar_bytes),
        max_layer_ratio: flags.max_layer_ratio.unwrap_or(default.max_layer_ratio),
        max_path_bytes: flags.max_path_bytes.map_or(default.max_path_bytes, length),
        max_header_bytes: flags.max_header_bytes.unwrap_or(default.max_header_bytes),
        max_file_bytes: flags.max_file_bytes.unwrap_or(default.max_file_bytes),
        max_kept_bytes: flags.max_kept_bytes.unwrap_or(default.max_kept_bytes),
        kept_in_memory: default.kept_in_memory,
    }
}

/// The limits by the names of their flags.
pub(crate) fn named_limits(limits: &Limits) -> BTreeMap<String, u64> {
    [
        ("max-layers", limits.max_layers as u64),
        ("max-entries", limits.max_entries),
        ("max-name-bytes", limits.max_name_bytes),
        ("max-link-steps", limits.max_link_steps),
        ("max-tar-bytes", limits.max_tar_bytes),
        ("max-layer-ratio", limits.max_layer_ratio),
        ("max-path-bytes", limits.max_path_bytes as u64),
        ("max-header-bytes", limits.max_header_bytes),
        ("max-file-bytes", limits.max_file_bytes),
        ("max-kept-bytes", limits.max_kept_bytes),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
