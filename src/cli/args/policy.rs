//! Flags of `policy` and `eval`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand, ValueEnum};

use super::reading::{NetworkFlags, ReadingFlags};
use crate::cli::values;
use crate::policy::origin::PackSource;

/// Shown under the help of `policy`.
const POLICY_EXAMPLES: &str = "\
Examples:
  freehold policy new acme.base_is_ours --dir rules   start a rule, with its test
  freehold policy check rules                         what is wrong with the rules, without running them
  freehold policy test rules --coverage               run their tests, and name the lines none reaches
  freehold policy explain acme.base_is_ours -p rules --image debian:13
                                                      why a rule says what it says of an image
  freehold scan debian:13 -p rules                    judge an image with them";

/// Shown under the help of `eval`.
const EVAL_EXAMPLES: &str = "\
Examples:
  freehold eval input.distro.id debian:13
  freehold eval '[p.name | some p in input.packages; p.type == \"deb\"]' facts:debian.json
  freehold eval 'some name, value in input.image.labels' debian:13 -f table
  freehold eval data.freehold.hardening.no_setuid.deny facts:debian.json

A query that is one expression prints its value; one with variables of its own prints them, solution
by solution. Sets are sorted lists. Exit status: 0 defined, 1 undefined or without a solution (what
`opa eval --fail` does), 2 the query or the image cannot be read. A builtin error is an error, as with
`opa eval --strict-builtin-errors`.";

/// Commands about rules.
#[derive(Debug, Subcommand)]
#[command(after_help = POLICY_EXAMPLES)]
pub(crate) enum PolicyCommand {
    /// Write a rule to start from, with its METADATA and its test
    New(PolicyNewFlags),
    /// Run the tests (`*_test.rego`) of rules
    Test(PolicyTestFlags),
    /// Say what is wrong with a directory of rules: all that loading finds, and their style
    Check(PolicyCheckFlags),
    /// List the rules with severity, axis and title
    List(PolicyListFlags),
    /// Say what a rule asks and why, and what it sees in an image
    Explain(Box<PolicyExplainFlags>),
    /// Write the reference of the rules (Markdown), made from their METADATA
    Docs(PolicyDocsFlags),
}

/// Formats for people and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// Formats of a run of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// For CI servers
    Junit,
}

/// Flags of `policy new`.
#[derive(Debug, Args)]
pub(crate) struct PolicyNewFlags {
    /// Id of the rule: a category and a name, such as `acme.base_is_ours`
    #[arg(value_name = "CATEGORY.RULE")]
    pub(crate) rule: String,
    /// Directory of rules to write into; made where it does not exist
    #[arg(long, value_name = "DIR", default_value = ".", env = "FREEHOLD_DIR")]
    pub(crate) dir: PathBuf,
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
    pub(crate) format: PageFormat,
    /// Add rules: a directory, one .rego file, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry; may be repeated
    #[arg(short, long, value_name = "SOURCE", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PackSource>,
    /// Add documents for rules to read: a JSON or YAML file, or a directory of them; may be
    /// repeated
    #[arg(short, long, value_name = "FILE|DIR", env = "FREEHOLD_DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// Only the rules that a profile has on, with its severities and weights
    #[arg(long, value_name = "NAME|FILE", env = "FREEHOLD_PROFILE")]
    pub(crate) profile: Option<String>,
    /// How registries are reached.
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
}

/// Flags of `policy test`.
#[derive(Debug, Args)]
pub(crate) struct PolicyTestFlags {
    /// Rules and their tests: a directory, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry
    #[arg(value_name = "SOURCE")]
    pub(crate) source: PackSource,
    /// Format of the results
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: TestFormat,
    /// Name the lines of rules that no test reaches
    #[arg(long, env = "FREEHOLD_COVERAGE", value_parser = FalseyValueParser::new())]
    pub(crate) coverage: bool,
    /// Fail when fewer lines are reached, in percent; means --coverage
    #[arg(long, value_name = "PERCENT", env = "FREEHOLD_TEST_THRESHOLD", value_parser = values::percent)]
    pub(crate) threshold: Option<f64>,
    /// Only tests whose name (package and test) this regular expression matches
    #[arg(long, value_name = "REGEXP", env = "FREEHOLD_RUN")]
    pub(crate) run: Option<String>,
    /// How registries are reached.
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
}

/// Flags of `policy check`.
#[derive(Debug, Args)]
pub(crate) struct PolicyCheckFlags {
    /// Rules and their tests: a directory, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry
    #[arg(value_name = "SOURCE")]
    pub(crate) source: PackSource,
    /// Format of what is found; JSON is for editors
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: PageFormat,
    /// Exit 1 on warnings too
    #[arg(long, env = "FREEHOLD_STRICT", value_parser = FalseyValueParser::new())]
    pub(crate) strict: bool,
    /// How registries are reached.
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
}

/// Flags of `policy explain`.
#[derive(Debug, Args)]
pub(crate) struct PolicyExplainFlags {
    /// Id of the rule, present or former
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// Image to look at the rule in
    #[arg(long, value_name = "IMAGE", env = "FREEHOLD_IMAGE")]
    pub(crate) image: Option<String>,
    /// Format of the page
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: PageFormat,
    /// Add rules: a directory, one .rego file, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry; may be repeated
    #[arg(short, long, value_name = "SOURCE", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PackSource>,
    /// Add documents for rules to read: a JSON or YAML file, or a directory of them; may be
    /// repeated
    #[arg(short, long, value_name = "FILE|DIR", env = "FREEHOLD_DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// Shipped profile or profile file to look at the rule in
    #[arg(
        long,
        value_name = "NAME|FILE",
        default_value = "balanced",
        env = "FREEHOLD_PROFILE"
    )]
    pub(crate) profile: String,
    /// Judge as of this time (RFC 3339, or a date) instead of now
    #[arg(long, value_name = "TIME", env = "FREEHOLD_EFFECTIVE_TIME")]
    pub(crate) effective_time: Option<String>,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// Flags of `policy docs`.
#[derive(Debug, Args)]
pub(crate) struct PolicyDocsFlags {
    /// Directory, bundle or oci:// name of rules; the shipped ones without it
    #[arg(value_name = "SOURCE")]
    pub(crate) source: Option<PackSource>,
    /// How registries are reached.
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
}

/// Flags of `eval`.
#[derive(Debug, Args)]
#[command(after_help = EVAL_EXAMPLES)]
pub(crate) struct EvalFlags {
    /// The query; facts are `input`, rules and tables `data.freehold`
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    /// Image to read
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    /// Format of the answer: JSON, or a table of a list of objects
    #[arg(
        short,
        long,
        value_enum,
        default_value = "json",
        env = "FREEHOLD_FORMAT"
    )]
    pub(crate) format: PageFormat,
    /// Add rules: a directory, one .rego file, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry; may be repeated
    #[arg(short, long, value_name = "SOURCE", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PackSource>,
    /// Add documents for rules to read: a JSON or YAML file, or a directory of them; may be
    /// repeated
    #[arg(short, long, value_name = "FILE|DIR", env = "FREEHOLD_DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// Time that `data.freehold.now` says (RFC 3339, or a date) instead of now
    #[arg(long, value_name = "TIME", env = "FREEHOLD_EFFECTIVE_TIME")]
    pub(crate) effective_time: Option<String>,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}
