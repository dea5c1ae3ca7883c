//! SBOMs, wherever they were found: what they say, and whether it is true.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Capped, EvidenceOrigin, EvidenceSubject, Verification};

/// Format of an SBOM document.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SbomFormat {
    /// SPDX 2.x JSON.
    SpdxJson,
    /// SPDX 2.x tag-value.
    SpdxTagValue,
    /// SPDX 3 JSON-LD.
    SpdxJsonLd,
    /// CycloneDX JSON.
    CyclonedxJson,
    /// CycloneDX XML.
    CyclonedxXml,
    /// Syft's own JSON.
    SyftJson,
    /// Named like an SBOM and not recognised as one.
    Unrecognised,
}

/// What an SBOM describes.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SbomScope {
    /// The whole image.
    Image,
    /// The image this one was built on, and not what was added.
    Base,
    /// One package or product inside the image, as melange, Bitnami and PEP 770 write them.
    Package,
    /// Another image: it names another digest, or hardly anything of it is here.
    AnotherImage,
    /// It cannot be said, because the document or the image could not be read.
    #[default]
    Unknown,
}

/// An SBOM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sbom {
    /// Where it was found.
    pub origin: EvidenceOrigin,
    /// Format.
    pub format: SbomFormat,
    /// Version of the format, as the document states it.
    pub version: Option<String>,
    /// What it says of its subject.
    pub subject: EvidenceSubject,
    /// What it describes.
    pub scope: SbomScope,
    /// The signature over it; `unsigned` for a bare document.
    pub verification: Verification,
    /// When it was made, as it says, RFC 3339.
    pub created: Option<String>,
    /// Programs that made it, with versions.
    pub tools: Vec<String>,
    /// People and organisations that made it.
    pub authors: Vec<String>,
    /// Components it lists; nested ones count, the subject does not.
    pub components: u64,
    /// Files it lists.
    pub files: u64,
    /// Relationships it states.
    pub relationships: u64,
    /// Why it was not, or not all, read.
    pub unread: Option<String>,
    /// Whether it keeps to its format.
    pub validity: SbomValidity,
    /// Shares of the elements that lists of minimum elements ask for.
    pub elements: Vec<ElementShare>,
    /// How it compares with what was read from the image; null where it cannot or need not be.
    pub accuracy: Option<SbomAccuracy>,
}

impl Sbom {
    /// Whether it is about the image and not about one package in it.
    pub fn is_of_image(&self) -> bool {
        self.format != SbomFormat::Unrecognised && self.scope != SbomScope::Package
    }

    /// An SBOM of which nothing but its place and format is known.
    pub fn unread(origin: EvidenceOrigin, format: SbomFormat, why: Option<&str>) -> Self {
        Self {
            origin,
            format,
            version: None,
            subject: EvidenceSubject::default(),
            scope: SbomScope::default(),
            verification: Verification::default(),
            created: None,
            tools: Vec::new(),
            authors: Vec::new(),
            components: 0,
            files: 0,
            relationships: 0,
            unread: why.map(str::to_owned),
            validity: SbomValidity::default(),
            elements: Vec::new(),
            accuracy: None,
        }
    }
}

/// Whether a document keeps to its format.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SbomValidity {
    /// Against the format's official schema, or its specification where it has none; null where this
    /// version has none here.
    pub valid: Option<bool>,
    /// What it was checked with, such as `CycloneDX 1.6 JSON schema`.
    pub checked_with: Option<String>,
    /// Why it is not valid: the first reasons, each with its place in the document.
    pub errors: Capped<String>,
    /// What a strict parser of the format made of it; null where there is none for this version.
    pub strict: Option<bool>,
    /// Why the strict parser refused it.
    pub strict_error: Option<String>,
}

/// A list of minimum elements.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ElementList {
    /// NTIA, "The Minimum Elements For a Software Bill of Materials", July 2021.
    #[serde(rename = "ntia_2021")]
    Ntia2021,
    /// CISA, "2025 Minimum Elements for a Software Bill of Materials", draft of August 2025.
    #[serde(rename = "cisa_2025_draft")]
    Cisa2025Draft,
    /// Not of a list: what a reader of SBOMs relies on.
    General,
}

/// How much of an SBOM has an element.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElementShare {
    /// Which list asks for it.
    pub list: ElementList,
    /// The element: `supplier_name`, `component_name`, `component_version`, `unique_identifiers`,
    /// `dependency_relationship`, `author`, `timestamp`, `component_hash`, `license`, `tool_name`,
    /// `generation_context`, `unique_ids`, `license_expression`.
    pub element: String,
    /// Components that have it, or 1 and 0 for an element of the document.
    pub have: u64,
    /// Components in all, or 1.
    pub of: u64,
    /// `have` of `of`, 0 to 1; 0 where there is nothing to count.
    pub share: f64,
}

/// An SBOM against the image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SbomAccuracy {
    /// All ecosystems together.
    pub overall: AccuracyCounts,
    /// Each ecosystem by purl type, sorted.
    pub ecosystems: Vec<EcosystemAccuracy>,
    /// Packages of the image that the SBOM does not list: purls or `type name version`.
    pub missing: Capped<SbomDifference>,
    /// Components of the SBOM that the image does not have.
    pub phantom: Capped<SbomDifference>,
    /// Components that are in the image in another version.
    pub wrong_version: Capped<SbomDifference>,
    /// Components that nothing in the image could confirm or deny, such as the operating system,
    /// files, and ecosystems that are not read: `type name version`, or `name version` where there is
    /// no purl. Those that say they are packages come first, then by name. They count for nothing.
    pub not_compared: Capped<String>,
    /// Packages found by a component's name and version alone, as it has no purl.
    pub matched_by_name: u64,
    /// Regular files of the image.
    pub image_files: u64,
    /// Those that belong to a package that the SBOM lists, or that it lists by path.
    pub files_accounted: u64,
    /// Files it lists with a digest that is not that of the file in the image.
    pub file_digests_wrong: Capped<String>,
    /// Whether the packages of the image were read in full: a missing package is certain either
    /// way, a phantom only then.
    pub image_complete: bool,
}

/// Counts of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccuracyCounts {
    /// Packages in the image, less the `optional` ones.
    pub in_image: u64,
    /// Packages in the image that this SBOM leaves out, as any may: language packages that a system
    /// package brought, and what a file of an application or a module names beside the installed
    /// packages, such as the application itself. Those it lists count in `in_image`, so that the two
    /// together are the same for every SBOM of the image.
    pub optional: u64,
    /// Components in the SBOM that were compared.
    pub in_sbom: u64,
    /// Same package, same version.
    pub matched: u64,
    /// In the image, not in the SBOM.
    pub missing: u64,
    /// In the SBOM, not in the image.
    pub phantom: u64,
    /// In both, with another version.
    pub wrong_version: u64,
    /// Of the image's packages, the share that the SBOM names, in whatever version; null when the
    /// image has none.
    pub recall: Option<f64>,
    /// Of the SBOM's components, the share that is in the image, in whatever version; null when
    /// there are none.
    pub precision: Option<f64>,
    /// Of the packages in both, the share with the same version; null when there are none.
    pub version_accuracy: Option<f64>,
}

/// Counts of one ecosystem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EcosystemAccuracy {
    /// purl type: `deb`, `pypi`, …
    pub ecosystem: String,
    /// Counts.
    pub counts: AccuracyCounts,
}

/// A package that the SBOM and the image do not agree on.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct SbomDifference {
    /// purl type.
    pub ecosystem: String,
    /// Name.
    pub name: String,
    /// Version in the image; null where it is not there.
    pub in_image: Option<String>,
    /// Version in the SBOM; null where it is not there.
    pub in_sbom: Option<String>,
    /// Layer of the package in the image.
    pub layer: Option<u32>,
}
