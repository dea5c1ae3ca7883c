//! What can be wrong with a pack, a profile or a rule's test, said with file, span and help.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode, SourceSpan};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Kinds of [`Problem`]; each has a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProblemKind {
    /// A file could not be read.
    Unreadable,
    /// A file, or a pack, is over a limit.
    TooLarge,
    /// Brackets are nested deeper than the parser can be trusted with.
    TooDeep,
    /// The text is not Rego v1.
    Syntax,
    /// The text is not YAML, or not the YAML expected there.
    Yaml,
    /// METADATA is missing, incomplete or malformed.
    Metadata,
    /// Two rules have the same id.
    DuplicateId,
    /// Id, path and package of a rule differ.
    MisplacedRule,
    /// A rule reads facts that its `needs` does not name.
    IncompleteNeeds,
    /// A path into `input` that the facts schema does not have.
    UnknownInputPath,
    /// A value compared with a fact that can never have it.
    ImpossibleValue,
    /// A path into `data` that the pack does not have.
    UnknownDataPath,
    /// A builtin whose result does not depend on the facts alone.
    ForbiddenBuiltin,
    /// A call that would fill memory, or run where no clock can stop it.
    ExcessiveWork,
    /// A function that exists neither in the pack nor as a builtin.
    UnknownFunction,
    /// A call with more or fewer arguments than the function takes.
    WrongArguments,
    /// A rule that refers to itself, by way of others or not.
    Recursion,
    /// A file of a user's pack that no part of Freehold reads.
    IgnoredFile,
    /// A user's file changes parameters of a shipped rule.
    Override,
    /// Something that would change what another rule, or another source, says.
    Overlap,
    /// A bundle, or an artifact of a registry, that is not what it should be.
    Bundle,
    /// A signature that nobody looked at.
    NotVerified,
    /// A rule, its message or its test is not written as the pack asks for.
    Style,
    /// A directory given as a pack adds nothing to judge with.
    NoRules,
    /// A profile that switches no rule on.
    EmptyProfile,
    /// A profile with this name does not exist.
    UnknownProfile,
    /// A key that the file does not have.
    UnknownKey,
    /// A rule id, or pattern, that matches no rule.
    UnknownRule,
    /// A parameter that the rule does not have.
    UnknownParameter,
    /// A requirement that the pack does not have.
    UnknownRequirement,
    /// A value outside what is allowed there.
    InvalidValue,
    /// Profiles that extend each other in a circle, or too many of them.
    ExtendsCycle,
    /// A waiver that makes no sense.
    Waiver,
    /// The configuration says something that makes no sense.
    Config,
    /// A waiver of a rule that does not exist.
    WaiverRule,
    /// Two waivers of the same.
    WaiverTwice,
}

impl ProblemKind {
    /// The stable code, `room::part::problem`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "policy::pack::unreadable",
            Self::TooLarge => "policy::pack::too_large",
            Self::TooDeep => "policy::pack::too_deep",
            Self::Syntax => "policy::pack::syntax",
            Self::Yaml => "policy::pack::yaml",
            Self::Metadata => "policy::pack::metadata",
            Self::DuplicateId => "policy::pack::duplicate_id",
            Self::MisplacedRule => "policy::pack::misplaced_rule",
            Self::IncompleteNeeds => "policy::pack::incomplete_needs",
            Self::UnknownInputPath => "policy::pack::unknown_input_path",
            Self::ImpossibleValue => "policy::pack::impossible_value",
            Self::UnknownDataPath => "policy::pack::unknown_data_path",
            Self::ForbiddenBuiltin => "policy::pack::forbidden_builtin",
            Self::ExcessiveWork => "policy::pack::excessive_work",
            Self::UnknownFunction => "policy::pack::unknown_function",
            Self::WrongArguments => "policy::pack::wrong_arguments",
            Self::Recursion => "policy::pack::recursion",
            Self::IgnoredFile => "policy::pack::ignored_file",
            Self::Override => "policy::pack::override",
            Self::Overlap => "policy::pack::overlap",
            Self::Bundle => "policy::pack::bundle",
            Self::NotVerified => "policy::pack::not_verified",
            Self::Style => "policy::check::style",
            Self::NoRules => "policy::pack::no_rules",
            Self::EmptyProfile => "policy::profile::empty",
            Self::UnknownProfile => "policy::profile::unknown_profile",
            Self::UnknownKey => "policy::yaml::unknown_key",
            Self::UnknownRule => "policy::profile::unknown_rule",
            Self::UnknownParameter => "policy::profile::unknown_parameter",
            Self::UnknownRequirement => "policy::profile::unknown_requirement",
            Self::InvalidValue => "policy::profile::invalid_value",
            Self::ExtendsCycle => "policy::profile::extends_cycle",
            Self::Waiver => "policy::waivers::invalid",
            Self::Config => "cli::config",
            Self::WaiverRule => "policy::waivers::unknown_rule",
            Self::WaiverTwice => "policy::waivers::duplicate",
        }
    }

    /// Whether the problem stops a user's pack too. The other kinds are warnings there, and errors
    /// in the embedded pack.
    pub(super) fn is_fatal(self) -> bool {
        !matches!(
            self,
            Self::Metadata
                | Self::MisplacedRule
                | Self::IncompleteNeeds
                | Self::UnknownInputPath
                | Self::ImpossibleValue
                | Self::UnknownDataPath
                | Self::IgnoredFile
                | Self::Override
                | Self::NotVerified
                | Self::Style
        )
    }

    /// Whether a rule with this problem may stay silent about what it was written to find: it
    /// follows a path, or waits for a value, that does not exist.
    pub(super) fn blinds(self) -> bool {
        matches!(
            self,
            Self::UnknownInputPath | Self::ImpossibleValue | Self::UnknownDataPath
        )
    }
}

/// Longest part of a line that is shown beside a problem, in characters.
const MAX_SHOWN_LINE: usize = 500;

/// One problem in one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Kind, which gives the code.
    pub kind: ProblemKind,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Name of the file, as the user would write it.
    pub file: String,
    /// Line the problem is on, from 1, where one is known.
    pub line: Option<usize>,
    /// Text of the file and the span, where the problem has a place.
    place: Option<Box<(NamedSource<Arc<str>>, SourceSpan)>>,
    is_warning: bool,
}

impl Problem {
    /// A problem with a file as a whole.
    pub(crate) fn in_file(kind: ProblemKind, file: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: None,
            file: file.to_owned(),
            line: None,
            place: None,
            is_warning: false,
        }
    }

    /// Points at bytes `start..end` of the file's text.
    pub(super) fn at(mut self, text: &str, start: usize, end: usize) -> Self {
        let start = start.min(text.len());
        let length = end.min(text.len()).saturating_sub(start);
        let before = text.as_bytes().get(..start).unwrap_or_default();
        let breaks = before.iter().filter(|byte| **byte == b'\n').count();
        self.line = Some(breaks.saturating_add(1));
        let source = NamedSource::new(&self.file, Arc::<str>::from(text));
        self.place = Some(Box::new((source, SourceSpan::from((start, length)))));
        self
    }

    /// Text and span to show. None where a line of them is too long to read: one line of others may be
    /// as long as a file. A snippet has the line before and the line after too.
    fn snippet(&self) -> Option<&(NamedSource<Arc<str>>, SourceSpan)> {
        let place = self.place.as_deref()?;
        let (text, span): (&str, _) = (place.0.inner(), place.1);
        let end = span.offset().saturating_add(span.len());
        let before = text.get(..span.offset())?.rsplit('\n').take(2);
        let after = text.get(end..)?.split('\n').take(2);
        let within = text.get(span.offset()..end)?.split('\n');
        // A line that begins in one part and ends in the next is at most three of these.
        let is_long = |part: &str| part.chars().nth(MAX_SHOWN_LINE).is_some();
        let mut parts = before.chain(within).chain(after);
        (!parts.any(is_long)).then_some(place)
    }

    /// Points at a line and column, both from 1 (columns in characters).
    pub(super) fn at_line(self, text: &str, line: usize, column: usize) -> Self {
        let mut start = 0_usize;
        for (number, content) in (1_usize..).zip(text.split_inclusive('\n')) {
            if number == line {
                let offset: usize = content
                    .chars()
                    .take(column.saturating_sub(1))
                    .map(char::len_utf8)
                    .sum();
                let end = start.saturating_add(content.trim_end().len());
                return self.at(text, start.saturating_add(offset).min(end), end);
            }
            start = start.saturating_add(content.len());
        }
        self.at(text, text.len(), text.len())
    }

    /// Adds what to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The problem with its place and what to do about it, in one line.
    pub(super) fn sentence(&self) -> String {
        let mut text = match self.line {
            Some(line) => format!("{} ({}:{line})", self.message, self.file),
            None => self.to_string(),
        };
        if let Some(help) = &self.help {
            text.push_str("; ");
            text.push_str(help);
        }
        text
    }

    /// The problem without the text around it, for another process that has the text.
    pub(super) fn to_sent(&self) -> SentProblem {
        let span = self
            .place
            .as_ref()
            .map(|place| (place.1.offset(), place.1.len()));
        SentProblem {
            kind: self.kind,
            message: self.message.clone(),
            help: self.help.clone(),
            file: self.file.clone(),
            line: self.line,
            span,
            is_warning: self.is_warning,
        }
    }

    /// Where the problem starts and ends, as lines and columns from 1 (columns in characters, the
    /// end behind the last one), where it has a place.
    pub fn range(&self) -> Option<[usize; 4]> {
        let (source, span) = &**self.place.as_ref()?;
        let text: &str = source.inner();
        let end = span.offset().saturating_add(span.len());
        let at = |offset: usize| {
            let before = text.get(..offset).unwrap_or(text);
            let line = before.matches('\n').count().saturating_add(1);
            let last = before.rsplit('\n').next().unwrap_or_default();
            (line, last.chars().count().saturating_add(1))
        };
        let ((line, column), (end_line, end_column)) = (at(span.offset()), at(end));
        Some([line, column, end_line, end_column])
    }

    /// Whether it leaves the pack usable.
    pub fn is_warning(&self) -> bool {
        self.is_warning
    }

    /// Turns the problem into a warning.
    pub(super) fn into_warning(mut self) -> Self {
        self.is_warning = true;
        self
    }
}

/// A [`Problem`] on its way between processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SentProblem {
    kind: ProblemKind,
    message: String,
    help: Option<String>,
    pub(super) file: String,
    line: Option<usize>,
    /// Offset and length in the file's text, in bytes.
    span: Option<(usize, usize)>,
    is_warning: bool,
}

impl SentProblem {
    /// The problem again, with the text of its file.
    pub(super) fn into_problem(self, text: Option<&str>) -> Problem {
        let mut problem = Problem {
            kind: self.kind,
            message: self.message,
            help: self.help,
            file: self.file,
            line: self.line,
            place: None,
            is_warning: self.is_warning,
        };
        let whole = |(start, length): &(usize, usize)| {
            let text = text?;
            text.get(*start..start.checked_add(*length)?)?;
            Some((text, *start, *length))
        };
        if let Some((text, start, length)) = self.span.as_ref().and_then(whole) {
            problem = problem.at(text, start, start.saturating_add(length));
        }
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With a place, the snippet names the file.
        match (self.snippet(), self.line) {
            (Some(_), _) => formatter.write_str(&self.message),
            (None, Some(line)) => write!(formatter, "{} ({}:{line})", self.message, self.file),
            (None, None) if self.message.contains(&self.file) => formatter.write_str(&self.message),
            (None, None) => write!(formatter, "{} ({})", self.message, self.file),
        }
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.kind.code()))
    }

    fn severity(&self) -> Option<Severity> {
        Some(if self.is_warning {
            Severity::Warning
        } else {
            Severity::Error
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let (source, _) = self.snippet()?;
        Some(source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, span) = self.snippet()?;
        let label = LabeledSpan::new_with_span(Some("here".to_owned()), *span);
        Some(Box::new(std::iter::once(label)))
    }
}

/// Why a pack, a profile or an evaluation could not be had.
#[derive(Debug, Error, Diagnostic)]
pub enum PolicyError {
    /// A pack or a profile has one problem, which says it all.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Problem(Problem),
    /// The pack has several problems; all of them are listed.
    #[error("the policy pack cannot be used: {} problems", .problems.len())]
    #[diagnostic(code(policy::pack))]
    Pack {
        /// Every problem found, by file and place.
        #[related]
        problems: Vec<Problem>,
    },
    /// The profile has several problems; all of them are listed.
    #[error("profile `{name}` cannot be used: {} problems", .problems.len())]
    #[diagnostic(code(policy::profile))]
    Profile {
        /// The profile as asked for.
        name: String,
        /// Every problem found.
        #[related]
        problems: Vec<Problem>,
    },
    /// The waivers have several problems; all of them are listed.
    #[error("the waivers cannot be used: {} problems", .problems.len())]
    #[diagnostic(code(policy::waivers))]
    Waivers {
        /// Every problem found, by file and place.
        #[related]
        problems: Vec<Problem>,
    },
    /// The configuration has several problems; all of them are listed.
    #[error("the configuration cannot be used: {} problems", .problems.len())]
    #[diagnostic(code(cli::config))]
    Config {
        /// Every problem found, by place.
        #[related]
        problems: Vec<Problem>,
    },
    /// A rule or a test ran longer than the wall-clock limit, which only aborts a run: what a
    /// slower machine could not finish is no verdict.
    #[error("{what} ran longer than {seconds} seconds")]
    #[diagnostic(
        code(policy::engine::time_limit),
        help(
            "look for lists iterated inside lists, and for long ranges; a profile can switch a rule off"
        )
    )]
    TimeLimit {
        /// The rule or the test, in words.
        what: String,
        /// The limit.
        seconds: u64,
    },
    /// A rule says more than anyone reads, and more than memory should hold.
    #[error("{what} has more than {limit}")]
    #[diagnostic(
        code(policy::engine::output_limit),
        help(
            "say what is wrong once, and let `evidence` hold counts; a profile can switch a rule off"
        )
    )]
    OutputLimit {
        /// The rule, in words.
        what: String,
        /// The limit, in words.
        limit: String,
    },
    /// The child process that runs fetched rules died, or was stopped.
    #[error("the rules of {pack} could not be run to the end: {reason}")]
    #[diagnostic(
        code(policy::sandbox::stopped),
        help(
            "nothing was judged with them. Look for numbers.range, sprintf or nested loops without an end; \
             rules you trust can be unpacked and given as a directory, where only the time of each is limited"
        )
    )]
    Stopped {
        /// The parts of the pack that others made, in words.
        pack: String,
        /// What happened.
        reason: String,
    },
    /// The policy engine failed outside any rule.
    #[error("the policy engine failed: {detail}")]
    #[diagnostic(code(policy::engine::failed))]
    Engine {
        /// What it said.
        detail: String,
    },
}

impl PolicyError {
    /// The error that `problems` of a pack make; there is at least one.
    pub(super) fn in_pack(problems: Vec<Problem>) -> Self {
        single(problems).map_or_else(|problems| Self::Pack { problems }, Self::Problem)
    }

    /// The error that `problems` of profile `name` make; there is at least one.
    pub(super) fn in_profile(name: &str, problems: Vec<Problem>) -> Self {
        let name = name.to_owned();
        single(problems).map_or_else(|problems| Self::Profile { name, problems }, Self::Problem)
    }

    /// The error that `problems` of waivers make; there is at least one.
    pub(super) fn in_waivers(problems: Vec<Problem>) -> Self {
        single(problems).map_or_else(|problems| Self::Waivers { problems }, Self::Problem)
    }

    /// The error that `problems` of the configuration make; there is at least one.
    pub(crate) fn in_config(problems: Vec<Problem>) -> Self {
        single(problems).map_or_else(|problems| Self::Config { problems }, Self::Problem)
    }

    /// The problems it lists; empty where the evaluation failed.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Problem(problem) => std::slice::from_ref(problem),
            Self::Pack { problems }
            | Self::Profile { problems, .. }
            | Self::Waivers { problems }
            | Self::Config { problems } => problems,
            Self::TimeLimit { .. }
            | Self::OutputLimit { .. }
            | Self::Stopped { .. }
            | Self::Engine { .. } => &[],
        }
    }
}

/// The only problem there is, or all of them.
fn single(mut problems: Vec<Problem>) -> Result<Problem, Vec<Problem>> {
    match (problems.pop(), problems.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            problems.extend(last);
            Err(problems)
        }
    }
}

/// The candidate closest to `wanted`, if it is close enough to be a likely misspelling: at most
/// a third of its length in edits (Levenshtein), and never more than three.
pub(super) fn closest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = wanted.chars().count().div_ceil(3).min(3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 100)
        .map(|candidate| (edits(wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, have) in left.chars().take(200).enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(index.saturating_add(1));
        for ((want, pair), above) in right.iter().zip(row.windows(2)).zip(row.iter().skip(1)) {
            let diagonal = pair.first().copied().unwrap_or(usize::MAX);
            let replaced = diagonal.saturating_add(usize::from(*want != have));
            let deleted = above.saturating_add(1);
            let inserted = next.last().copied().unwrap_or(0).saturating_add(1);
            next.push(replaced.min(deleted).min(inserted));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_suggested_and_a_stranger_is_not() {
        let names = ["packages", "package_databases", "layout"];
        assert_eq!(closest("pakcages", names), Some("packages"));
        assert_eq!(closest("volumes", names), None);
    }

    #[test]
    fn a_line_too_long_to_read_is_not_shown() {
        let at = |text: &str| Problem::in_file(ProblemKind::Syntax, "x", "m").at(text, 2, 3);
        let short = at(&format!("a\nbb\n{}", "c".repeat(500)));
        assert!(short.source_code().is_some() && short.labels().is_some());
        assert_eq!(short.to_string(), "m");
        for text in [
            format!("a\nb{}", "b".repeat(501)),
            format!("a\nb\n{}", "c".repeat(501)),
        ] {
            let long = at(&text);
            assert!(long.source_code().is_none() && long.labels().is_none());
            assert_eq!(long.to_string(), "m (x:2)");
            assert_eq!(long.range(), Some([2, 1, 2, 2]));
        }
    }

    #[test]
    fn a_problem_knows_its_line() {
        let text = "a\nbb\nccc\n";
        let problem = Problem::in_file(ProblemKind::Syntax, "x", "m").at(text, 5, 8);
        assert_eq!(problem.line, Some(3));
        let problem = Problem::in_file(ProblemKind::Syntax, "x", "m").at_line(text, 2, 2);
        assert_eq!(problem.line, Some(2));
        assert_eq!(problem.place.map(|place| place.1.offset()), Some(3));
    }
}
