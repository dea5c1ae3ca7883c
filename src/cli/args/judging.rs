//! Flags of `scan`, `check` and `compare`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::reading::ReadingFlags;
use crate::cli::reports::Wanted;
use crate::cli::values::{self, Explain, FormatParser};
use crate::policy::verdict::Severity;

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
