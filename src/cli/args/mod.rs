//! Every flag and its help text; no decisions.

mod evidence;
mod judging;
mod policy;
mod reading;
mod setup;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};

pub(crate) use evidence::{
    EvidenceFlags, EvidenceFormat, FactsFlags, GivenFlags, SbomCommand, SbomFlags, SbomFormat,
    SbomVerifyFlags, SbomWriteFlags,
};
pub(crate) use judging::{CheckFlags, CompareFlags, JudgingFlags, ReportFormat, ScanFlags};
pub(crate) use policy::{
    EvalFlags, PageFormat, PolicyCheckFlags, PolicyCommand, PolicyDocsFlags, PolicyExplainFlags,
    PolicyListFlags, PolicyNewFlags, PolicyTestFlags, TestFormat,
};
pub(crate) use reading::{CacheFlags, LimitFlags, NetworkFlags, ReadingFlags};
pub(crate) use setup::{CompletionsFlags, InitFlags, SchemaFlags, SchemaName};

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

Exit status: 0 done (check: passed), 1 check found violations (policy test, policy check: failed; \
eval: undefined), 2 usage or input error.
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
    /// Write rules: start, check, test, list, explain and document them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Ask a quick question in Rego about the facts of one image
    Eval(Box<EvalFlags>),
    /// Write a commented freehold.yaml into the current directory
    Init(InitFlags),
    /// Print the JSON Schema of a document, for editors and programs
    Schema(SchemaFlags),
    /// Print the completions of a shell
    Completions(CompletionsFlags),
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
    /// Configuration [default: freehold.yaml in the current directory, where there is one]
    #[arg(long, global = true, value_name = "FILE", env = "FREEHOLD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
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
