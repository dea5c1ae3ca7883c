//! The evidence of one image: as a document of its own, and in a few numbers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::model::{
    AttachedEvidence, Attestation, Capped, Facts, Gap, PlatformFacts, SCHEMA, Sbom, SbomAccuracy,
    SbomFormat, SbomScope, Signature, Topic, TopicCoverage, Trusted, Verdict,
};

/// The part of the facts document that is about evidence, under the keys it has there.
#[derive(Debug, Serialize)]
pub struct EvidenceReport<'a> {
    /// `freehold.facts/v1`: the keys and their meaning are those of that document.
    pub schema: &'static str,
    /// Reference, as it was given.
    pub reference: &'a str,
    /// Digest of the manifest.
    pub digest: Option<&'a str>,
    /// Digest of the index.
    pub index_digest: Option<&'a str>,
    /// Platform.
    pub platform: &'a PlatformFacts,
    /// Where it was looked for.
    pub attached_evidence: &'a AttachedEvidence,
    /// SBOMs.
    pub sboms: &'a Capped<Sbom>,
    /// Signatures.
    pub signatures: &'a Capped<Signature>,
    /// Statements.
    pub attestations: &'a Capped<Attestation>,
    /// Who was trusted to sign.
    pub trust: &'a Trusted,
    /// How far it was read.
    pub topics: BTreeMap<Topic, &'a TopicCoverage>,
    /// What was not read.
    pub gaps: Vec<&'a Gap>,
}

impl<'a> EvidenceReport<'a> {
    /// The part of these facts.
    pub fn of(facts: &'a Facts) -> Self {
        let about = [Topic::Sboms, Topic::AttachedEvidence];
        let topics = facts.topics.iter();
        Self {
            schema: SCHEMA,
            reference: &facts.image.reference,
            digest: facts.image.digest.as_deref(),
            index_digest: facts.image.index_digest.as_deref(),
            platform: &facts.image.platform,
            attached_evidence: &facts.attached_evidence,
            sboms: &facts.sboms,
            signatures: &facts.signatures,
            attestations: &facts.attestations,
            trust: &facts.trust,
            topics: topics
                .filter(|(topic, _)| about.contains(topic))
                .map(|(topic, coverage)| (*topic, coverage))
                .collect(),
            gaps: facts
                .gaps
                .iter()
                .filter(|gap| about.contains(&gap.topic))
                .collect(),
        }
    }
}

/// The evidence in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EvidenceSummary {
    /// Signatures over the image, by what came of checking them.
    pub signatures: BTreeMap<Verdict, u64>,
    /// Statements about the image, by what came of checking their signatures.
    pub attestations: BTreeMap<Verdict, u64>,
    /// Who was trusted to sign.
    pub trust: Trusted,
    /// SBOMs of the image, those of single packages left out.
    pub sboms: Vec<SbomSummary>,
}

/// An SBOM in a few numbers; shares run from 0 to 1 and are null where nothing was compared.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SbomSummary {
    /// Format.
    pub format: SbomFormat,
    /// Version of the format.
    pub version: Option<String>,
    /// What it describes.
    pub scope: SbomScope,
    /// Share of the image's packages that it lists.
    pub recall: Option<f64>,
    /// Share of its packages that the image has.
    pub precision: Option<f64>,
    /// Share of the packages in both that have the same version.
    pub version_accuracy: Option<f64>,
}

impl EvidenceSummary {
    /// Of these facts.
    pub fn of(facts: &Facts) -> Self {
        let signatures = facts.signatures.items.iter();
        let attestations = facts.attestations.items.iter();
        let sboms = facts.sboms.items.iter();
        Self {
            signatures: counted(signatures.map(|one| one.verification.verdict)),
            attestations: counted(attestations.map(|one| one.verification.verdict)),
            trust: facts.trust.clone(),
            sboms: sboms
                .filter(|sbom| sbom.is_of_image())
                .map(|sbom| SbomSummary::new(sbom, sbom.accuracy.as_ref()))
                .collect(),
        }
    }
}

impl SbomSummary {
    fn new(sbom: &Sbom, accuracy: Option<&SbomAccuracy>) -> Self {
        let overall = accuracy.map(|accuracy| &accuracy.overall);
        Self {
            format: sbom.format,
            version: sbom.version.clone(),
            scope: sbom.scope,
            recall: overall.and_then(|counts| counts.recall),
            precision: overall.and_then(|counts| counts.precision),
            version_accuracy: overall.and_then(|counts| counts.version_accuracy),
        }
    }
}

fn counted(verdicts: impl Iterator<Item = Verdict>) -> BTreeMap<Verdict, u64> {
    let mut counts: BTreeMap<Verdict, u64> = BTreeMap::new();
    for verdict in verdicts {
        let count = counts.entry(verdict).or_default();
        *count = count.saturating_add(1);
    }
    counts
}
