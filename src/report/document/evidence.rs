//! The evidence of one image, as a document of its own.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::facts::model::{
    AttachedEvidence, Attestation, Capped, Facts, Gap, PlatformFacts, Sbom, Signature, Topic,
    TopicCoverage,
};

/// The part of the facts document that is about evidence, under the keys it has there.
#[derive(Debug, Serialize)]
pub struct EvidenceReport<'a> {
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
            reference: &facts.image.reference,
            digest: facts.image.digest.as_deref(),
            index_digest: facts.image.index_digest.as_deref(),
            platform: &facts.image.platform,
            attached_evidence: &facts.attached_evidence,
            sboms: &facts.sboms,
            signatures: &facts.signatures,
            attestations: &facts.attestations,
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
