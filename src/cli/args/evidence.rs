//! Flags of `facts`, `sbom` and `evidence`, and of evidence that is given.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand, ValueEnum};

use super::reading::ReadingFlags;

/// Formats of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvidenceFormat {
    /// For people
    Table,
    /// For programs: the part of schemas/facts-1.json that is about evidence
    Json,
}

/// Formats of an SBOM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SbomFormat {
    /// CycloneDX 1.5
    CyclonedxJson,
    /// SPDX 2.3
    SpdxJson,
}

/// Flags of `facts`.
#[derive(Debug, Args)]
pub(crate) struct FactsFlags {
    /// Image to read
    #[arg(value_name = "IMAGE", required_unless_present = "schema")]
    pub(crate) image: Option<String>,
    /// Print the JSON Schema of the document instead
    #[arg(long, conflicts_with = "image")]
    pub(crate) schema: bool,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Flags of `sbom`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SbomFlags {
    /// What to do instead of writing.
    #[command(subcommand)]
    pub(crate) command: Option<SbomCommand>,
    /// How to write.
    #[command(flatten)]
    pub(crate) write: SbomWriteFlags,
}

/// Commands about SBOMs.
#[derive(Debug, Subcommand)]
pub(crate) enum SbomCommand {
    /// Compare the SBOMs of an image with what is in it
    Verify(SbomVerifyFlags),
}

/// Flags of `sbom` alone.
#[derive(Debug, Args)]
pub(crate) struct SbomWriteFlags {
    /// Image to read
    #[arg(value_name = "IMAGE", required = true)]
    pub(crate) image: Option<String>,
    /// Format of the SBOM
    #[arg(short, long, value_enum, required = true, env = "FREEHOLD_FORMAT")]
    pub(crate) format: Option<SbomFormat>,
    /// Time written into the SBOM, in seconds since 1970 [default: when the image was created]
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH")]
    pub(crate) source_date_epoch: Option<u32>,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Flags of `sbom verify`.
#[derive(Debug, Args)]
pub(crate) struct SbomVerifyFlags {
    /// Image to read
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    /// Format of the comparison
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: EvidenceFormat,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Flags of `evidence`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceFlags {
    /// Image to read
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    /// Format of the list
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: EvidenceFormat,
    /// Count ages until this time (RFC 3339, or a date) instead of until now
    #[arg(long, value_name = "TIME", env = "FREEHOLD_EFFECTIVE_TIME")]
    pub(crate) effective_time: Option<String>,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Evidence beside the image, and who is trusted to sign. Names as cosign has them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Evidence")]
pub(crate) struct GivenFlags {
    /// SBOM of the image, in a file; may be repeated
    #[arg(long, value_name = "FILE", env = "FREEHOLD_SBOM")]
    pub(crate) sbom: Vec<PathBuf>,
    /// Statement about the image, bare or in a DSSE envelope, in a file; may be repeated
    #[arg(long, value_name = "FILE", env = "FREEHOLD_ATTESTATION")]
    pub(crate) attestation: Vec<PathBuf>,
    /// Sigstore bundle over the image or a statement about it, in a file; may be repeated
    #[arg(long, value_name = "FILE", env = "FREEHOLD_BUNDLE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// Trust signatures made with the public keys in FILE (PEM); may be repeated
    #[arg(long, value_name = "FILE", env = "FREEHOLD_KEY")]
    pub(crate) key: Vec<PathBuf>,
    /// Trust keyless signatures of this identity, an e-mail address or URI
    #[arg(
        long,
        value_name = "NAME",
        env = "FREEHOLD_CERTIFICATE_IDENTITY",
        group = "identity",
        requires = "issuer"
    )]
    pub(crate) certificate_identity: Option<String>,
    /// The same by a regular expression
    #[arg(
        long,
        value_name = "REGEXP",
        env = "FREEHOLD_CERTIFICATE_IDENTITY_REGEXP",
        group = "identity",
        requires = "issuer"
    )]
    pub(crate) certificate_identity_regexp: Option<String>,
    /// Who vouches for that identity: the URL of an OpenID Connect issuer
    #[arg(
        long,
        value_name = "URL",
        env = "FREEHOLD_CERTIFICATE_OIDC_ISSUER",
        group = "issuer",
        requires = "identity"
    )]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// The same by a regular expression
    #[arg(
        long,
        value_name = "REGEXP",
        env = "FREEHOLD_CERTIFICATE_OIDC_ISSUER_REGEXP",
        group = "issuer",
        requires = "identity"
    )]
    pub(crate) certificate_oidc_issuer_regexp: Option<String>,
    /// Sigstore roots to check against, as `cosign trusted-root create` and `gh attestation
    /// trusted-root` write them
    /// [default: those of the public Sigstore instance that are built in]
    #[arg(long, value_name = "FILE", env = "FREEHOLD_TRUSTED_ROOT")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// Do without an entry in a transparency log
    #[arg(long, env = "FREEHOLD_INSECURE_IGNORE_TLOG", value_parser = FalseyValueParser::new())]
    pub(crate) insecure_ignore_tlog: bool,
    /// Do without the timestamp of a certificate transparency log
    #[arg(long, env = "FREEHOLD_INSECURE_IGNORE_SCT", hide_short_help = true, value_parser = FalseyValueParser::new())]
    pub(crate) insecure_ignore_sct: bool,
}
