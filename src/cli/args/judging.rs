//! Flags of `scan`, `check` and `compare`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::reading::ReadingFlags;
use crate::cli::reports::Wanted;
use crate::cli::values::{self, Explain, FormatParser};
use crate::policy::origin::PackSource;
use crate::policy::verdict::Severity;
use crate::scorecard::Axis;

/// Formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Table,
    /// For programs: schemas/report-1.json
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for Jenkins and GitLab
    Junit,
    /// Annotations of GitHub Actions, and the summary of its job
    Github,
    /// For merge requests and summaries
    Markdown,
}

impl ReportFormat {
    /// The word of the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }

    /// Whether it can only tell of images one by one.
    pub(crate) fn judges_one(self) -> bool {
        matches!(self, Self::Sarif | Self::Junit | Self::Github)
    }
}

/// Flags of `scan`.
#[derive(Debug, Args)]
pub(crate) struct ScanFlags {
    /// Images to read
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<String>,
    /// Leave findings below this severity out of every format but JSON; scores stay as they are
    #[arg(long, value_name = "SEVERITY", env = "FREEHOLD_SEVERITY", value_parser = values::severity())]
    pub(crate) severity: Option<Severity>,
    /// Print the sum behind an axis, or behind one of its categories
    #[arg(long, value_name = "AXIS[.CATEGORY]", value_parser = values::explain)]
    pub(crate) explain: Option<Explain>,
    /// Name the build image beside an image, by reference or, in a comparison, by letter: what it
    /// provides counts for the profile's requirements; `IMAGE=none` says that there is none; may be
    /// repeated
    #[arg(long, value_name = "IMAGE=BUILD", env = "FREEHOLD_BUILD_SIBLING")]
    pub(crate) build_sibling: Vec<String>,
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
    /// Least score of an axis, 0 to 100; wins over the profile's; may be repeated
    #[arg(long, value_name = "AXIS=SCORE", env = "FREEHOLD_THRESHOLD", value_parser = values::threshold)]
    pub(crate) threshold: Vec<(Axis, f64)>,
    /// An earlier report (-f json): what it has does not block, what is new or worse does
    #[arg(long, value_name = "FILE", env = "FREEHOLD_BASELINE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Print everything and exit with 0 where it would block
    #[arg(long, env = "FREEHOLD_ADVISE", value_parser = FalseyValueParser::new())]
    pub(crate) advise: bool,
    /// Show what does not block in full
    #[arg(long, env = "FREEHOLD_ALL", value_parser = FalseyValueParser::new())]
    pub(crate) all: bool,
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
    /// Name the build image beside an image, by reference or, in a comparison, by letter: what it
    /// provides counts for the profile's requirements; `IMAGE=none` says that there is none; may be
    /// repeated
    #[arg(long, value_name = "IMAGE=BUILD", env = "FREEHOLD_BUILD_SIBLING")]
    pub(crate) build_sibling: Vec<String>,
    /// How to judge.
    #[command(flatten)]
    pub(crate) judging: JudgingFlags,
    /// How to read.
    #[command(flatten)]
    pub(crate) reading: ReadingFlags,
}

/// How images are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct JudgingFlags {
    /// Format of the report, and its file: without one, --output or standard output; `-` is
    /// standard output. May be repeated, or several separated by commas, each with a place of its
    /// own [default: table]
    #[arg(
        short,
        long,
        value_name = "FORMAT[=FILE]",
        value_delimiter = ',',
        env = "FREEHOLD_FORMAT",
        value_parser = FormatParser
    )]
    pub(crate) format: Vec<Wanted>,
    /// Add rules: a directory, one .rego file, an OPA bundle (.tar.gz), or oci:// and a name in a
    /// registry; may be repeated
    #[arg(short, long, value_name = "SOURCE", env = "FREEHOLD_POLICY")]
    pub(crate) policy: Vec<PackSource>,
    /// Add documents for rules to read: a JSON or YAML file, or a directory of them; may be
    /// repeated
    #[arg(short, long, value_name = "FILE|DIR", env = "FREEHOLD_DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// Shipped profile or profile file: which rules count, and for how much
    /// [default: balanced; check: gate]
    #[arg(long, value_name = "NAME|FILE", env = "FREEHOLD_PROFILE")]
    pub(crate) profile: Option<String>,
    /// Judge as of this time (RFC 3339, or a date) instead of now
    #[arg(long, value_name = "TIME", env = "FREEHOLD_EFFECTIVE_TIME")]
    pub(crate) effective_time: Option<String>,
    /// Exceptions with a reason and an end (schemas/waivers-1.json); `check` does not block on
    /// what they excuse, and no score changes; may be repeated
    #[arg(long, value_name = "FILE", env = "FREEHOLD_WAIVERS")]
    pub(crate) waivers: Vec<PathBuf>,
}

impl JudgingFlags {
    /// Whether only shipped rules and profiles are asked for.
    pub(crate) fn is_as_shipped(&self) -> bool {
        self.policy.is_empty()
            && self.data.is_empty()
            && self.profile.is_none()
            && self.effective_time.is_none()
            && self.waivers.is_empty()
    }
}
