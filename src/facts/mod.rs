//! What is in the image; no opinions.
//!
//! Facts are made in three ways, in three explicit lists: [`probes::PROBES`] run in the layer
//! pass, [`extractors::EXTRACTORS`] on the merged tree, [`derivations::DERIVATIONS`] on what both
//! gave. `contract` says what each may do.

mod anywhere;
mod attached;
mod base_boundary;
mod compressed;
mod contract;
mod coverage;
mod derivations;
mod evidence;
mod exclusions;
mod extractors;
mod generated_paths;
mod image_facts;
mod inspector;
pub mod model;
mod places;
mod probes;
mod redaction;
mod second_pass;
mod shared_directories;
mod text;
mod wanted;

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

pub use base_boundary::BASE_DIGEST;
pub use evidence::sbom;
pub use evidence::{
    EvidenceOptions, Given, GivenKind, GivenRefused, Leniency, Matcher, Trust, TrustError,
    TrustRoot, TrustedIdentity, TrustedKey, check_given,
};
pub use exclusions::glob_matches;
pub use redaction::redact_instruction;
pub use text::display_path;

use crate::image::{
    Anomaly, AnomalyKind, Image, ImageError, LayerCache, Limits, Progress, ReadOptions, part, read,
};
use crate::source::SourceImage;
use anywhere::Matches;
use contract::{Extraction, LoaderPaths, cut};
use derivations::{DERIVATIONS, Draft, NodeSet, Owners};
use evidence::Gathered;
use extractors::EXTRACTORS;
use inspector::FirstPass;
use model::{
    Capped, ElfSummary, Facts, Gap, GapKind, Layout, Libc, Ownership, RoleName, SCHEMA, Topic,
};
use probes::Probed;
use wanted::{Files, WantList};

/// Entries kept of a list that can be cut.
pub const LIST_LIMIT: usize = 1_000;

/// Directories taken of `LD_LIBRARY_PATH`.
const MAX_LIBRARY_PATH: usize = 256;

/// How facts are collected.
#[derive(Debug, Clone)]
pub struct Options {
    /// Caps on reading layers.
    pub limits: Limits,
    /// Layers in flight at once.
    pub threads: usize,
    /// The image's role, when the user says so.
    pub role: Option<RoleName>,
    /// Where the base ends.
    pub base: BaseChoice,
    /// What earlier scans learnt of layers.
    pub cache: Option<Arc<LayerCache>>,
    /// Evidence the user gave, and who is trusted to sign.
    pub evidence: EvidenceOptions,
}

/// Where the base image ends, as far as the user said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseChoice {
    /// Nothing was said.
    Unknown,
    /// So many of the lowest layers.
    Layers(u32),
    /// The layers of another image.
    DiffIds {
        /// Its reference.
        reference: String,
        /// Its diff IDs, lowest first.
        diff_ids: Vec<String>,
    },
    /// Nothing was said, and the image that annotations name as the base was found.
    Annotated {
        /// Where it was found.
        reference: String,
        /// Its diff IDs, lowest first.
        diff_ids: Vec<String>,
    },
}

/// Names of everything that makes facts, in the order it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Probes.
    pub probes: Vec<&'static str>,
    /// Extractors.
    pub extractors: Vec<&'static str>,
    /// Derivations.
    pub derivations: Vec<&'static str>,
}

/// What is registered.
pub fn registered() -> Registered {
    Registered {
        probes: probes::PROBES.iter().map(|probe| probe.name()).collect(),
        extractors: EXTRACTORS
            .iter()
            .map(|extractor| extractor.name())
            .collect(),
        derivations: DERIVATIONS
            .iter()
            .map(|derivation| derivation.name)
            .collect(),
    }
}

/// Reads an image and states the facts.
///
/// # Errors
/// An [`ImageError`] when the layers do not make a tree that can be trusted. Whatever goes wrong
/// after that is a gap in the facts.
pub fn collect(
    source: &SourceImage,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Facts, ImageError> {
    let wants = WantList::new(EXTRACTORS.iter().flat_map(|extractor| extractor.wants()));
    let read_options = ReadOptions {
        limits: &options.limits,
        threads: options.threads,
        progress,
        cache: options.cache.as_deref(),
    };
    // What is attached comes over the network while the layers are read.
    let (evidence, layers) = std::thread::scope(|scope| {
        let gathering = scope.spawn(|| evidence::gather(source, &options.evidence));
        let layers = read_layers(source, &wants, read_options);
        (gathering.join(), layers)
    });
    let (image, mut extraction) = layers?;
    extraction.cut_packages();
    extraction.cut_repositories();
    extraction.cut_trust_keys();
    extraction.cut_credentials();
    let evidence = evidence.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let facts = assemble(source, options, &image, (extraction, evidence), progress);
    image.tree.check_link_steps()?;
    Ok(facts)
}

/// The merged tree, and what extractors found in it.
fn read_layers(
    source: &SourceImage,
    wants: &WantList,
    options: ReadOptions<'_>,
) -> Result<(Image<Probed>, Extraction), ImageError> {
    let mut image = read(source, &FirstPass::new(wants, options.progress), options)?;
    let extraction = second_pass::complete(source, wants, options, &mut image)?;
    Ok((image, extraction))
}

/// Runs every extractor; their order, not their speed, orders the result.
fn extract(image: &Image<Probed>, matches: &Matches, progress: &dyn Progress) -> Extraction {
    let files = Files::new(&image.tree, matches);
    let parts: Vec<Extraction> = EXTRACTORS
        .par_iter()
        .map(|extractor| part(progress, extractor.name(), || extractor.extract(&files)))
        .collect();
    let mut all = Extraction::default();
    for part in parts {
        all.join(part);
    }
    all.follow_diversions();
    all
}

fn assemble(
    source: &SourceImage,
    options: &Options,
    image: &Image<Probed>,
    (extraction, evidence): (Extraction, Gathered),
    progress: &dyn Progress,
) -> Facts {
    let mut gaps = extraction.gaps;
    gaps.extend(evidence.gaps);
    gaps.extend(image.anomalies.iter().filter_map(anomaly_gap));
    let facts = Facts {
        schema: SCHEMA.to_owned(),
        image: image_facts::image_facts(source, &image.layers, options),
        distro: extraction.distro.unwrap_or_default(),
        packages: Vec::new(),
        package_databases: extraction.databases,
        package_managers: Vec::new(),
        repositories: extraction.repositories,
        trust_keys: extraction.trust_keys,
        layout: Layout::default(),
        ownership: Ownership::default(),
        elf: ElfSummary::default(),
        libc: Libc::default(),
        binaries: Capped::default(),
        shells: Vec::new(),
        tools: Capped::default(),
        sboms: Capped::default(),
        signatures: Capped::new(evidence.signatures, LIST_LIMIT),
        attestations: Capped::new(evidence.attestations, LIST_LIMIT),
        trust: options.evidence.trust.trusted(),
        private_keys: Capped::default(),
        // Cut when it is known which of them a package owns.
        credentials: Capped::of_total(extraction.credentials, 0),
        attached_evidence: attached::attached_evidence(source.attached()),
        topics: BTreeMap::new(),
        gaps,
    };
    let mut draft = Draft {
        tree: &image.tree,
        installed: extraction.packages,
        described: extraction.described,
        mentioned: extraction.mentioned,
        sboms: extraction.sboms.into_iter().chain(evidence.sboms).collect(),
        removals: &image.removals,
        generated: extraction.generated,
        excluded: extraction.excluded,
        users: extraction.users,
        groups: extraction.groups,
        overridden: extraction.overridden.into_iter().collect(),
        matched: derivations::NodeSet::default(),
        loader_paths: LoaderPaths {
            environment: library_path(&source.config.config.env),
            ..extraction.loader_paths.unwrap_or_default()
        },
        self_described: NodeSet::default(),
        owners: Owners::default(),
        facts,
    };
    for derivation in DERIVATIONS {
        part(progress, derivation.name, || (derivation.run)(&mut draft));
    }
    let mut facts = draft.facts;
    cut_lists(&mut facts);
    facts.gaps = coverage::listed(std::mem::take(&mut facts.gaps));
    facts.topics = coverage::topics(&facts);
    facts
}

/// Directories of `LD_LIBRARY_PATH`, separated by colons or semicolons (ld.so(8)).
fn library_path(env: &[String]) -> Vec<String> {
    let value = env
        .iter()
        .find_map(|variable| variable.strip_prefix("LD_LIBRARY_PATH="));
    let directories = value.unwrap_or_default().split([':', ';']);
    directories
        .filter(|directory| !directory.is_empty())
        .take(MAX_LIBRARY_PATH)
        .map(str::to_owned)
        .collect()
}

/// Cuts the lists that grow with the number of files. No sound image comes near the limit.
fn cut_lists(facts: &mut Facts) {
    let gaps = &mut facts.gaps;
    let interpreters = (Topic::Elf, "interpreters");
    cut(&mut facts.elf.interpreters, LIST_LIMIT, interpreters, gaps);
    let layout = &mut facts.layout;
    for (list, what) in [
        (&mut layout.top_level, "entries of /"),
        (&mut layout.usr, "entries of /usr"),
        (&mut layout.var, "entries of /var"),
        (&mut layout.opt, "entries of /opt"),
    ] {
        cut(list, LIST_LIMIT, (Topic::Layout, what), gaps);
    }
    let broken = (Topic::Layout, "links into /usr that were replaced");
    cut(&mut layout.usr_merge.broken, LIST_LIMIT, broken, gaps);
}

fn anomaly_gap(anomaly: &Anomaly) -> Option<Gap> {
    let (kind, detail) = match anomaly.kind {
        AnomalyKind::RefusedName => (
            GapKind::Refused,
            "its name leaves the image or is empty; the entry was left out",
        ),
        AnomalyKind::DanglingHardLink => (
            GapKind::Unresolvable,
            "it is a hard link to nothing; the entry was left out",
        ),
        AnomalyKind::Sparse => (
            GapKind::Unsupported,
            "it is stored as a sparse file; its content was not looked at",
        ),
        AnomalyKind::LinkLoop => (
            GapKind::Unresolvable,
            "its directory is a link that goes in circles; the entry was left out",
        ),
    };
    Some(Gap {
        topic: Topic::Files,
        path: Some(text::lossless(&anomaly.path)),
        layer: Some(anomaly.layer),
        kind,
        detail: detail.to_owned(),
    })
}
