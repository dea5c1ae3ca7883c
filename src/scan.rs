//! The order of things.

use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

use crate::facts::model::{Facts, RoleName};
use crate::facts::{self, BaseChoice, EvidenceOptions, GivenRefused};
use crate::image::{ImageError, LayerCache, Limits, Progress};
use crate::policy::origin::{Layer, Part};
use crate::policy::pack::Pack;
use crate::policy::profile::Profile;
use crate::policy::requirements::Answer;
use crate::policy::{self, error::PolicyError};
use crate::scorecard::{self, Scorecard};
use crate::source::{
    self, Digest, ImageName, Network, OpenOptions, Platform, Reference, RemoteArtifact,
    SourceError, SourceImage, SourceLimits, without_login,
};

/// How images are read.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// Platform asked for.
    pub platform: Option<Platform>,
    /// Role of the image, when the user says so.
    pub role: Option<RoleName>,
    /// Where the base ends.
    pub base: BaseChoice,
    /// The other images that are at hand: one may be the base that annotations name.
    pub beside: Vec<Reference>,
    /// Layers in flight at once.
    pub threads: usize,
    /// Caps.
    pub limits: Limits,
    /// How registries and daemons are reached.
    pub network: Network,
    /// What earlier scans learnt of layers; `None` to read every layer in full.
    pub cache: Option<Arc<LayerCache>>,
    /// Evidence the user gave, and who is trusted to sign.
    pub evidence: EvidenceOptions,
}

impl ScanOptions {
    fn open(&self) -> OpenOptions {
        OpenOptions {
            platform: self.platform.clone(),
            limits: SourceLimits {
                layers: self.limits.max_layers,
                rootfs_entries: self.limits.max_entries,
                ..SourceLimits::default()
            },
            network: self.network.clone(),
        }
    }
}

/// What facts are judged with.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'a> {
    /// The rules.
    pub pack: &'a Pack,
    /// Which of them count, and for how much.
    pub profile: &'a Profile,
    /// The judging time, RFC 3339.
    pub now: &'a str,
}

/// One image, read and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// What was read.
    pub facts: Facts,
    /// What the rules say, and the numbers.
    pub scorecard: Scorecard,
    /// What it says, by itself, to the requirements that the profile counts.
    pub answers: Vec<Answer>,
}

/// A scan cannot go on.
#[derive(Debug, Error, Diagnostic)]
pub enum ScanError {
    /// The image cannot be had.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] SourceError),
    /// Its layers cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Image(#[from] ImageError),
    /// The base is said to have more layers than the image.
    #[error("the base cannot have {asked} layers: the image has {layers}")]
    #[diagnostic(
        code(scan::base_layers),
        help("give --base-layers a number from 0 to {layers}, or name the base image with --base")
    )]
    BaseLayers {
        /// What `--base-layers` says.
        asked: u32,
        /// Layers of the image.
        layers: usize,
    },
    /// A file with evidence is not what it was said to be.
    #[error("{0}")]
    #[diagnostic(code(scan::given), help("{}", .0.help))]
    Given(GivenRefused),
    /// The rules cannot be evaluated.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Policy(#[from] PolicyError),
}

/// Reads one image: source, layers, facts.
///
/// # Errors
/// [`ScanError::Given`], [`ScanError::Source`], [`ScanError::BaseLayers`] or [`ScanError::Image`].
pub fn read_facts(
    reference: &Reference,
    options: &ScanOptions,
    progress: &dyn Progress,
) -> Result<Facts, ScanError> {
    facts::check_given(&options.evidence.given).map_err(ScanError::Given)?;
    let image = source::open(reference, &options.open())?;
    let layers = image.layers.len();
    if let BaseChoice::Layers(asked) = options.base
        && usize::try_from(asked).is_ok_and(|asked| asked > layers)
    {
        return Err(ScanError::BaseLayers { asked, layers });
    }
    let base = match &options.base {
        BaseChoice::Unknown => annotated_base(reference, &image, options),
        said => said.clone(),
    };
    let facts_options = facts::Options {
        limits: options.limits.clone(),
        threads: options.threads,
        role: options.role,
        base,
        cache: options.cache.clone(),
        evidence: options.evidence.clone(),
    };
    Ok(facts::collect(&image, &facts_options, progress)?)
}

/// The base that an image's annotations name by digest, where it is in the same layout or among the
/// images at hand. One that cannot be opened is not.
fn annotated_base(reference: &Reference, image: &SourceImage, options: &ScanOptions) -> BaseChoice {
    let named = image.annotations.get(facts::BASE_DIGEST);
    let Some(digest) = named.and_then(|text| Digest::parse(text, "the base").ok()) else {
        return BaseChoice::Unknown;
    };
    let mut open = options.open();
    open.network.attached = false;
    open.platform = Some(image.platform.clone());
    let sibling = reference.sibling(&digest);
    let beside = options.beside.iter().filter(|other| *other != reference);
    for candidate in sibling.iter().chain(beside) {
        let Ok(found) = source::open(candidate, &open) else {
            continue;
        };
        let digests = [&found.manifest_digest, &found.index_digest];
        if digests.contains(&&Some(digest.clone())) {
            let diff_ids = found.config.rootfs.diff_ids.iter();
            return BaseChoice::Annotated {
                reference: without_login(candidate.text()),
                diff_ids: diff_ids.map(ToString::to_string).collect(),
            };
        }
    }
    BaseChoice::Unknown
}

/// Judges facts, read just now or saved earlier.
///
/// # Errors
/// [`ScanError::Policy`].
pub fn judge(facts: Facts, judgement: Judgement<'_>) -> Result<Scan, ScanError> {
    let Judgement { pack, profile, now } = judgement;
    let verdicts = policy::evaluate(pack, profile, &facts, now)?;
    let scorecard = scorecard::score(&verdicts, profile);
    let answers = requirements(&facts, judgement)?;
    Ok(Scan {
        facts,
        scorecard,
        answers,
    })
}

/// Asks facts for the requirements that the profile counts, and for nothing else.
///
/// # Errors
/// [`ScanError::Policy`].
pub fn requirements(facts: &Facts, judgement: Judgement<'_>) -> Result<Vec<Answer>, ScanError> {
    let Judgement { pack, profile, now } = judgement;
    Ok(policy::requirements::evaluate(pack, profile, facts, now)?)
}

/// Fetches rules from a registry; `text` is their name there. Nothing but the manifest is asked for before its layers are known to
/// be those of a pack, and few enough.
///
/// # Errors
/// [`ScanError::Source`], and [`ScanError::Policy`] for an artifact that is no pack.
pub fn fetch_pack(text: &str, network: &Network) -> Result<Part, ScanError> {
    let artifact = RemoteArtifact::open(&ImageName::parse(text)?, network)?;
    let shown = format!("oci://{text}");
    let listed = artifact.layers.iter();
    let listed = listed.map(|layer| (layer.media_type.as_str(), layer.size));
    Part::check_artifact(&shown, listed)?;
    let layers = artifact.layers.iter().map(|layer| {
        Ok(Layer {
            bytes: artifact.read(layer)?,
            media_type: layer.media_type.clone(),
            title: layer.title.clone(),
        })
    });
    let layers: Vec<Layer> = layers.collect::<Result<_, SourceError>>()?;
    Ok(Part::artifact(&shown, artifact.digest.to_string(), layers))
}

/// The diff IDs of a base image, lowest first. Its layers are not read, and nothing attached to it
/// is looked for.
///
/// # Errors
/// [`ScanError::Source`].
pub fn base_layers(reference: &Reference, options: &ScanOptions) -> Result<Vec<String>, ScanError> {
    let mut open = options.open();
    open.network.attached = false;
    let image = source::open(reference, &open)?;
    let diff_ids = image.config.rootfs.diff_ids.iter();
    Ok(diff_ids.map(ToString::to_string).collect())
}
