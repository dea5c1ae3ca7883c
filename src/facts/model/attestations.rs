//! Statements about the image (in-toto), by what their predicate says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Capped, EvidenceOrigin, EvidenceSubject, SignatureFormat, Verification};

/// What a predicate is about.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PredicateKind {
    /// SLSA provenance, v0.2 or v1.
    Provenance,
    /// An SBOM; its content is in `input.sboms`.
    Sbom,
    /// VEX (OpenVEX, CSAF).
    Vex,
    /// Findings of a vulnerability scanner.
    VulnerabilityScan,
    /// in-toto test result.
    TestResult,
    /// SLSA verification summary.
    VerificationSummary,
    /// apko's image configuration, from which the image can be built again.
    ImageConfiguration,
    /// cosign's signature of the image in a bundle (`https://sigstore.dev/cosign/sign/v1`).
    ImageSignature,
    /// Another kind, which only its vendor defines.
    Vendor,
    /// Another kind.
    #[default]
    Other,
}

/// A statement about the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// Where it was found.
    pub origin: EvidenceOrigin,
    /// Type of the statement, such as `https://in-toto.io/Statement/v1`.
    pub statement_type: Option<String>,
    /// Type of its predicate.
    pub predicate_type: String,
    /// What that is about.
    pub kind: PredicateKind,
    /// What it speaks of.
    pub subject: EvidenceSubject,
    /// Form of its signature; null where it has none.
    pub signature: Option<SignatureFormat>,
    /// Whether its signature holds.
    pub verification: Verification,
    /// The time its predicate states, RFC 3339.
    pub made_at: Option<String>,
    /// What it says, if it is provenance.
    pub provenance: Option<Provenance>,
    /// What it says, if it is VEX.
    pub vex: Option<VexSummary>,
    /// What it says, if it is a verification summary.
    pub summary: Option<VerificationSummary>,
    /// What it says, if it is a test result: `PASSED`, `WARNED` or `FAILED`.
    pub test_result: Option<String>,
    /// Why its predicate was not, or not all, read.
    pub unread: Option<String>,
}

/// What built the image, from what (SLSA provenance v0.2 and v1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// `builder.id`.
    pub builder: Option<String>,
    /// `buildType`.
    pub build_type: Option<String>,
    /// The source the build was asked for: v0.2 `invocation.configSource`; in v1 the first of the
    /// external parameters and resolved dependencies that names a repository.
    pub source: Option<Material>,
    /// Materials (v0.2) or resolved dependencies (v1).
    pub materials: Capped<Material>,
    /// Whether parameters of the build are stated.
    pub has_parameters: bool,
    /// v0.2 `metadata.completeness.parameters`.
    pub complete_parameters: Option<bool>,
    /// v0.2 `metadata.completeness.environment`.
    pub complete_environment: Option<bool>,
    /// v0.2 `metadata.completeness.materials`; v1 has no such claim.
    pub complete_materials: Option<bool>,
    /// v0.2 `metadata.reproducible`.
    pub reproducible: Option<bool>,
    /// Identifier of this run of the build.
    pub invocation: Option<String>,
    /// When the build began, RFC 3339.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// What a material is, by its address.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MaterialKind {
    /// A version-controlled source: `git+…`, a forge's repository, `pkg:github/…`.
    Repository,
    /// A source archive: `.dsc`, `.orig.tar.*`, `.src.rpm`, `.tar.*` and the like.
    SourceArchive,
    /// A container image.
    Image,
    /// A binary package: `.deb`, `.rpm`, `.apk`, `pkg:deb/…` and the like.
    BinaryPackage,
    /// Anything else.
    #[default]
    Other,
}

/// Something a build used.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Its address, credentials taken out.
    pub uri: String,
    /// What it is, by its address.
    pub kind: MaterialKind,
    /// Its digest or commit as `algorithm:value`, where one is stated.
    pub digest: Option<String>,
}

/// What a VEX document says.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct VexSummary {
    /// Author.
    pub author: Option<String>,
    /// Statements.
    pub statements: u64,
    /// Those that say `not_affected`.
    pub not_affected: u64,
    /// Those of them that give no justification and no impact statement (OpenVEX 0.2.0, "Status
    /// Justifications").
    pub unjustified: u64,
    /// Those that say `affected`.
    pub affected: u64,
    /// Those that say `fixed`.
    pub fixed: u64,
    /// Those that say `under_investigation`.
    pub under_investigation: u64,
}

/// What a verification summary says (SLSA, "Verification Summary Attestation").
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct VerificationSummary {
    /// `verifier.id`.
    pub verifier: Option<String>,
    /// `verificationResult`.
    pub result: Option<String>,
    /// `verifiedLevels`, such as `SLSA_BUILD_LEVEL_3`.
    pub levels: Vec<String>,
}
