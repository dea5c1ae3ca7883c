//! What a predicate is about, by its type.

use crate::facts::model::PredicateKind;

/// Beginnings of predicate types that are defined in public, with what they are about. A type is of
/// a kind if it is the beginning itself or goes on with `/`.
const KINDS: [(&str, PredicateKind); 23] = [
    // SLSA, "Provenance", v0.1 to v1.
    ("https://slsa.dev/provenance", PredicateKind::Provenance),
    // in-toto attestation framework, before the predicate moved to SLSA.
    ("https://in-toto.io/Provenance", PredicateKind::Provenance),
    // SLSA, "Verification Summary Attestation".
    (
        "https://slsa.dev/verification_summary",
        PredicateKind::VerificationSummary,
    ),
    // in-toto attestation framework, spec/predicates: spdx.md, cyclonedx.md.
    ("https://spdx.dev/Document", PredicateKind::Sbom),
    ("https://spdx.dev/spdx", PredicateKind::Sbom),
    ("https://cyclonedx.org/bom", PredicateKind::Sbom),
    ("https://cyclonedx.org/BOM", PredicateKind::Sbom),
    ("https://cyclonedx.org/schema", PredicateKind::Sbom),
    // Syft's own format (syft, "attestation").
    ("https://syft.dev/bom", PredicateKind::Sbom),
    // OpenVEX specification, "Attestation".
    ("https://openvex.dev/ns", PredicateKind::Vex),
    ("openvex.dev/ns", PredicateKind::Vex),
    // OASIS CSAF 2.0.
    ("https://docs.oasis-open.org/csaf/csaf", PredicateKind::Vex),
    // cosign, specs/COSIGN_VULN_ATTESTATION_SPEC.md; with and without a scheme.
    (
        "https://cosign.sigstore.dev/attestation/vuln",
        PredicateKind::VulnerabilityScan,
    ),
    (
        "cosign.sigstore.dev/attestation/vuln",
        PredicateKind::VulnerabilityScan,
    ),
    // in-toto attestation framework, spec/predicates: vuln.md, test-result.md.
    (
        "https://in-toto.io/attestation/vulns",
        PredicateKind::VulnerabilityScan,
    ),
    (
        "https://in-toto.io/attestation/vuln",
        PredicateKind::VulnerabilityScan,
    ),
    (
        "https://in-toto.io/attestation/test-result",
        PredicateKind::TestResult,
    ),
    // apko, image configuration.
    (
        "https://apko.dev/image-configuration",
        PredicateKind::ImageConfiguration,
    ),
    // cosign 3, signatures in bundles.
    (
        "https://sigstore.dev/cosign/sign",
        PredicateKind::ImageSignature,
    ),
    // Defined in public, and read no further here: other predicates of the framework (link, release,
    // scai, runtime trace, reference), and cosign's COSIGN_PREDICATE_SPEC.md.
    ("https://in-toto.io", PredicateKind::Other),
    ("https://cosign.sigstore.dev", PredicateKind::Other),
    ("cosign.sigstore.dev", PredicateKind::Other),
    ("https://slsa.dev", PredicateKind::Other),
];

/// Hosts whose predicate types only their owner defines: what they mean can be read with that
/// vendor's tools alone. Sources: Docker's pages on the attestations of its hardened images and of
/// Scout; Chainguard's on those of its images; JFrog's on evidence.
const VENDOR_HOSTS: [&str; 6] = [
    "docker.com",
    "chainguard.dev",
    "apko.dev",
    "mobyproject.org",
    "jfrog.com",
    "root.io",
];

/// What a predicate of this type is about.
pub(super) fn kind(predicate_type: &str) -> PredicateKind {
    let known = KINDS.iter().find(|(beginning, _)| {
        let rest = predicate_type.strip_prefix(beginning);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '@', '#']))
    });
    if let Some((_, kind)) = known {
        return *kind;
    }
    let address = predicate_type
        .split_once("://")
        .map_or(predicate_type, |(_, rest)| rest);
    let host = address.split(['/', '?', '#']).next().unwrap_or_default();
    let vendor = VENDOR_HOSTS.iter().any(|vendor| {
        let before = host.strip_suffix(vendor);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    });
    if vendor {
        PredicateKind::Vendor
    } else {
        PredicateKind::Other
    }
}
