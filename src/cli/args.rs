//! Every flag and its help text; no decisions.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::values::{self, Explain};
use crate::facts::model::RoleName;
use crate::policy::verdict::Severity;

/// Shown under the help of the program.
const AFTER_HELP: &str = "\
References:
  NAME[:TAG|@DIGEST]              an image in a registry; registry:NAME says so
  docker:NAME, podman:NAME        an image that a daemon on this machine holds
  oci-dir:PATH[:TAG|@DIGEST]      an OCI image layout folder
  oci-archive:PATH[:TAG|@DIGEST]  a tar of one
  docker-archive:PATH[:TAG|@DIGEST]
                                  what `docker save` writes
  rootfs:PATH                     a folder that holds a root file system
  facts:FILE                      what `freehold facts` printed
  PATH                            a folder or archive of any kind, told apart when it is opened

Exit status: 0 done (check: passed), 1 check found violations, 2 usage or input error.
Every flag but --explain, --username and --password-stdin can be set in the environment: --fail-on as FREEHOLD_FAIL_ON, and so on; \
--source-date-epoch as SOURCE_DATE_EPOCH.";

/// Reads container images and says, with evidence, whether adopting them leaves you owners or
/// tenants.
#[derive(Debug, Parser)]
#[command(name = "freehold", version, after_help = AFTER_HELP, max_term_width = 100, help_expected = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Flags of every command.
    #[command(flatten)]
    pub(crate) common: CommonFlags,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Score one or more images and say what stands behind each number
    Scan(ScanFlags),
    /// Say whether images may ship; exit status 1 blocks
    Check(CheckFlags),
    /// Put images side by side: can we leave them, and live with them?
    Compare(CompareFlags),
    /// Print everything read from one image, as policies see it
    Facts(FactsFlags),
    /// Write the packages of one image as an SBOM, or put the SBOMs it has to the test
    Sbom(Box<SbomFlags>),
    /// Show what evidence an image has, and whether its signatures hold
    Evidence(EvidenceFlags),
    /// List the rules, or test your own
    #[command(subcommand)]
    Policy(PolicyCommand),
}

/// Commands about rules.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// List the rules with severity, axis and title
    List(PolicyListFlags),
    /// Run the tests (`*_test.rego`) of a directory of rules
    Test(PolicyTestFlags),
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(crate) struct CommonFlags {
    /// Write to FILE instead of standard output
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "FREEHOLD_OUTPUT"
    )]
    pub(crate) output: Option<PathBuf>,
    /// Show no progress and no warnings
    #[arg(short, long, global = true, env = "FREEHOLD_QUIET", value_parser = FalseyValueParser::new())]
    pub(crate) quiet: bool,
    /// Say on standard error how many layers were read, and how many of them twice
    #[arg(short, long, global = true, env = "FREEHOLD_VERBOSE", value_parser = FalseyValueParser::new())]
    pub(crate) verbose: bool,
    /// Use no colours; so does a non-empty NO_COLOR
    #[arg(long, global = true, env = "FREEHOLD_NO_COLOR", value_parser = FalseyValueParser::new())]
    pub(crate) no_color: bool,
    /// Columns of text output [default: the terminal's, 100 at most; 80 without one]
    #[arg(long, global = true, value_name = "COLUMNS", env = "FREEHOLD_WIDTH",
          value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
}

/// Formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Table,
    /// For programs: schemas/report-1.json
    Json,
}

/// Formats of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvidenceFormat {
    /// For people
    Table,
    /// For programs: the part of schemas/facts-1.json that is about evidence
    Json,
}

/// Formats of the list of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// The reference page of all rules
    Markdown,
}

/// Formats of an SBOM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SbomFormat {
    /// CycloneDX 1.5
    CyclonedxJson,
    /// SPDX 2.3
    SpdxJson,
}

/// Flags of `scan`.
#[derive(Debug, Args)]
pub(crate) struct ScanFlags {
    /// Images to read
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<String>,
    /// Leave findings below this severity out of the table; scores stay as they are
    #[arg(long, value_name = "SEVERITY", env = "FREEHOLD_SEVERITY", value_parser = values::severity())]
    pub(crate) severity: Option<Severity>,
    /// Print the sum behind an axis, or behind one of its categories
    #[arg(long, value_name = "AXIS[.CATEGORY]", value_parser = values::explain)]
    pub(crate) explain: Option<Explain>,
    /// How to read and judge.
    #[command(flatten)]
    pub(crate) judging: JudgingFlags,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Flags of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckFlags {
    /// Images to read
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<String>,
    /// Least severity of a failed rule's findings that blocks; warnings never block
    /// [default: the profile's, else high]
    #[arg(long, value_name = "SEVERITY", env = "FREEHOLD_FAIL_ON", value_parser = values::severity())]
    pub(crate) fail_on: Option<Severity>,
    /// How to judge.
    #[command(flatten)]
    pub(crate) judging: JudgingFlags,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Flags of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareFlags {
    /// Images to put side by side, two or more
    #[arg(required = true, num_args = 2.., value_name = "IMAGE")]
    pub(crate) images: Vec<String>,
    /// Print the sum behind an axis, for one image by its letter or one category
    #[arg(long, value_name = "AXIS[.LETTER|.CATEGORY]", value_parser = values::explain)]
    pub(crate) explain: Option<Explain>,
    /// How to judge.
    #[command(flatten)]
    pub(crate) judging: JudgingFlags,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Flags of `facts`.
#[derive(Debug, Args)]
pub(crate) struct FactsFlags {
    /// Image to read
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
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

/// Flags of `policy list`.
#[derive(Debug, Args)]
pub(crate) struct PolicyListFlags {
    /// Format of the list
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: ListFormat,
    /// Add the rules of a directory, or of one .rego file; may be repeated
    #[arg(short, long, value_name = "DIR", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PathBuf>,
}

/// Flags of `policy test`.
#[derive(Debug, Args)]
pub(crate) struct PolicyTestFlags {
    /// Directory of rules and their tests
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// How images are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct JudgingFlags {
    /// Format of the report
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: ReportFormat,
    /// Add the rules of a directory, or of one .rego file; may be repeated
    #[arg(short, long, value_name = "DIR", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PathBuf>,
    /// Shipped profile or profile file: which rules count, and for how much
    /// [default: balanced; check: gate]
    #[arg(long, value_name = "NAME|FILE", env = "FREEHOLD_PROFILE")]
    pub(crate) profile: Option<String>,
    /// Judge as of this time (RFC 3339, or a date) instead of now
    #[arg(long, value_name = "TIME", env = "FREEHOLD_EFFECTIVE_TIME")]
    pub(crate) effective_time: Option<String>,
}

impl JudgingFlags {
    /// Whether only shipped rules and profiles are asked for.
    pub(crate) fn is_as_shipped(&self) -> bool {
        self.policy.is_empty() && self.profile.is_none() && self.effective_time.is_none()
    }
}

/// How images are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingFlags {
    /// Platform to read [default: linux on this machine's architecture]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", env = "FREEHOLD_PLATFORM")]
    pub(crate) platform: Option<String>,
    /// What kind of image it is, instead of inferring it
    #[arg(long, value_name = "ROLE", env = "FREEHOLD_ROLE", value_parser = values::role())]
    pub(crate) role: Option<RoleName>,
    /// The base image: its layers count as the base's, the rest as yours
    #[arg(
        long,
        value_name = "IMAGE",
        env = "FREEHOLD_BASE",
        conflicts_with = "base_layers"
    )]
    pub(crate) base: Option<String>,
    /// How many of the lowest layers are the base's
    #[arg(long, value_name = "N", env = "FREEHOLD_BASE_LAYERS")]
    pub(crate) base_layers: Option<u32>,
    /// Layers read at the same time [default: one per processor]
    #[arg(long, value_name = "N", env = "FREEHOLD_THREADS", value_parser = values::threads)]
    pub(crate) threads: Option<usize>,
    /// Evidence beside the image, and who is trusted to sign.
    #[command(flatten)]
    pub(crate) given: GivenFlags,
    /// How registries are reached.
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
    /// Where layers are remembered.
    #[command(flatten)]
    pub(crate) cache: CacheFlags,
    /// Caps.
    #[command(flatten)]
    pub(crate) limits: LimitFlags,
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
    /// Configuration [default: freehold.yaml in the current directory, where there is one]
    #[arg(long, value_name = "FILE", env = "FREEHOLD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// How registries and daemons are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Registries")]
pub(crate) struct NetworkFlags {
    /// Log in to the registry as NAME [default: what docker and podman have stored]
    // Not from the environment: there it would demand a password of every command.
    #[arg(long, value_name = "NAME", requires = "password_stdin")]
    pub(crate) username: Option<String>,
    /// Read the password or token from standard input
    #[arg(long, requires = "username")]
    pub(crate) password_stdin: bool,
    /// Trust the certificates in FILE (PEM) beside the system's
    #[arg(long, value_name = "FILE", env = "FREEHOLD_CA_FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Allow plain HTTP, and certificates that nobody vouches for
    #[arg(long, env = "FREEHOLD_INSECURE", value_parser = FalseyValueParser::new())]
    pub(crate) insecure: bool,
    /// Run no credential helper that a credentials file names
    #[arg(long, env = "FREEHOLD_NO_CREDENTIAL_HELPERS", value_parser = FalseyValueParser::new())]
    pub(crate) no_credential_helpers: bool,
    /// Do not look for signatures, SBOMs and attestations attached to the image
    #[arg(long, env = "FREEHOLD_NO_ATTACHED", value_parser = FalseyValueParser::new())]
    pub(crate) no_attached: bool,
}

/// Where what was learnt of layers is kept for the next scan.
#[derive(Debug, Args)]
#[command(next_help_heading = "Layer cache")]
pub(crate) struct CacheFlags {
    /// Keep what was learnt of layers in DIR [default: freehold in the user's cache directory]
    #[arg(long, value_name = "DIR", env = "FREEHOLD_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Size of the cache; what was not used for the longest time makes room [default: 2G]
    #[arg(long, value_name = "SIZE", env = "FREEHOLD_CACHE_SIZE", hide_short_help = true, value_parser = values::size)]
    pub(crate) cache_size: Option<u64>,
    /// Read every layer in full, and remember nothing
    #[arg(long, env = "FREEHOLD_NO_CACHE", value_parser = FalseyValueParser::new())]
    pub(crate) no_cache: bool,
}

/// Caps on what is read from one image.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits (sizes in bytes, or with K, M, G, T)")]
pub(crate) struct LimitFlags {
    /// Layers of one image
    #[arg(
        long,
        value_name = "N",
        env = "FREEHOLD_MAX_LAYERS",
        hide_short_help = true
    )]
    pub(crate) max_layers: Option<usize>,
    /// Files and directories in all layers together
    #[arg(
        long,
        value_name = "N",
        env = "FREEHOLD_MAX_ENTRIES",
        hide_short_help = true
    )]
    pub(crate) max_entries: Option<u64>,
    /// Size of all paths and link targets together
    #[arg(long, value_name = "SIZE", env = "FREEHOLD_MAX_NAME_BYTES", hide_short_help = true, value_parser = values::size)]
    pub(crate) max_name_bytes: Option<u64>,
    /// Path components walked through symbolic links, over all look-ups
    #[arg(
        long,
        value_name = "N",
        env = "FREEHOLD_MAX_LINK_STEPS",
        hide_short_help = true
    )]
    pub(crate) max_link_steps: Option<u64>,
    /// Uncompressed size of all layers together
    #[arg(long, value_name = "SIZE", env = "FREEHOLD_MAX_TAR_BYTES", hide_short_help = true, value_parser = values::size)]
    pub(crate) max_tar_bytes: Option<u64>,
    /// Uncompressed bytes for each compressed byte of a layer
    #[arg(
        long,
        value_name = "N",
        env = "FREEHOLD_MAX_LAYER_RATIO",
        hide_short_help = true
    )]
    pub(crate) max_layer_ratio: Option<u64>,
    /// Length of one path
    #[arg(long, value_name = "SIZE", env = "FREEHOLD_MAX_PATH_BYTES", hide_short_help = true, value_parser = values::size)]
    pub(crate) max_path_bytes: Option<u64>,
    /// Length of one extended tar header
    #[arg(long, value_name = "SIZE", env = "FREEHOLD_MAX_HEADER_BYTES", hide_short_help = true, value_parser = values::size)]
    pub(crate) max_header_bytes: Option<u64>,
    /// Size of one file whose content is read
    #[arg(long, value_name = "SIZE", env = "FREEHOLD_MAX_FILE_BYTES", hide_short_help = true, value_parser = values::size)]
    pub(crate) max_file_bytes: Option<u64>,
    /// Size of all files whose content is kept
    #[arg(long, value_name = "SIZE", env = "FREEHOLD_MAX_KEPT_BYTES", hide_short_help = true, value_parser = values::size)]
    pub(crate) max_kept_bytes: Option<u64>,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    #[test]
    fn the_flags_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_comparison_needs_two_images() {
        assert!(Arguments::try_parse_from(["freehold", "compare", "a"]).is_err());
        assert!(Arguments::try_parse_from(["freehold", "compare", "a", "b"]).is_ok());
    }

    #[test]
    fn a_base_is_named_in_one_way_only() {
        let both = ["freehold", "scan", "a", "--base", "b", "--base-layers", "2"];
        assert!(Arguments::try_parse_from(both).is_err());
    }
}
