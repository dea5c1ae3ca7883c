//! How images are read: flags of every command that takes one.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::evidence::GivenFlags;
use crate::cli::values;
use crate::facts::model::RoleName;

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
