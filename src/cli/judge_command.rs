//! `freehold scan`, `check` and `compare`: images judged and reported.

use super::Call;
use super::args::{CheckFlags, CompareFlags, JudgingFlags, ReadingFlags, ReportFormat, ScanFlags};
use super::concerning::Concerning;
use super::error::CliError;
use super::exit_code::Exit;
use super::facts_command;
use super::reports::Formats;
use super::settings::{Reading, Settings, named_limits};
use super::values::Explain;
use crate::facts::model::NamedBy;
use crate::report::assemble::{self, Judged, NOT_JUDGED};
use crate::report::document::{
    DataTable, NotRead, PackReport, ProfileReport, Report, Run, WaiversReport,
};
use crate::report::table;
use crate::report::text::Style;
use crate::scan::{self, Scan};
use crate::scorecard::comparison;
use crate::scorecard::gate::{self, Gate};
use crate::source::without_login;

/// Profile of `scan` and `compare` unless another is named.
const DEFAULT_PROFILE: &str = "balanced";

/// Profile of `check` unless another is named.
const GATE_PROFILE: &str = "gate";

/// The rule that asks whether those who must have signed did.
const SIGNED: &str = "provenance.signature_verified";

/// Scores images one by one.
///
/// # Errors
/// Any [`CliError`] that concerns all of them.
pub(super) fn scan(flags: &ScanFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let asked = Asked::new("scan", &flags.images, &flags.judging, call)?;
    asked.explains(flags.explain.as_ref())?;
    let run = judge_all(&asked, &flags.reading, DEFAULT_PROFILE, call)?;
    let report = run.report(&asked, None, None, call);
    let table = |style| match &flags.explain {
        Some(explain) => explained(&report, explain, style),
        None => Ok(table::scan(&report, style, flags.severity)),
    };
    let written = asked.formats.write(&report, flags.severity, call, table);
    Ok(run.exit().max(written))
}

/// Decides whether images may ship.
///
/// # Errors
/// Any [`CliError`] that concerns all of them.
pub(super) fn check(flags: &CheckFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let asked = Asked::new("check", &flags.images, &flags.judging, call)?;
    let run = judge_all(&asked, &flags.reading, GATE_PROFILE, call)?;
    let profile = &run.settings.profile;
    let fail_on = flags.fail_on.unwrap_or(profile.fail_on);
    let gates: Vec<Gate> = run
        .scans
        .iter()
        .map(|scan| gate::decide(&scan.scorecard, profile, fail_on))
        .collect();
    let report = run.report(&asked, Some(&gates), None, call);
    let table = |style| Ok(table::check(&report, style));
    let written = asked.formats.write(&report, None, call, table);
    let blocked = gates.iter().any(|gate| gate.blocked);
    let verdict = if blocked {
        Exit::Violations
    } else {
        Exit::Done
    };
    Ok(verdict.max(run.exit()).max(written))
}

/// Puts images side by side.
///
/// # Errors
/// Any [`CliError`] that concerns all of them.
pub(super) fn compare(flags: &CompareFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let asked = Asked::new("compare", &flags.images, &flags.judging, call)?;
    asked.explains(flags.explain.as_ref())?;
    let run = judge_all(&asked, &flags.reading, DEFAULT_PROFILE, call)?;
    let scorecards: Vec<_> = run
        .scans
        .iter()
        .map(|scan| scan.scorecard.clone())
        .collect();
    let compared = comparison::compare(&scorecards, &run.settings.profile);
    let report = run.report(&asked, None, Some(&compared), call);
    let table = |style| match &flags.explain {
        Some(explain) => explained(&report, explain, style),
        None => Ok(table::compare(&report, style)),
    };
    let written = asked.formats.write(&report, None, call, table);
    Ok(run.exit().max(written))
}

/// What was asked.
struct Asked<'a> {
    command: &'static str,
    images: &'a [String],
    judging: &'a JudgingFlags,
    formats: Formats,
}

impl<'a> Asked<'a> {
    fn new(
        command: &'static str,
        images: &'a [String],
        judging: &'a JudgingFlags,
        call: &Call<'_>,
    ) -> Result<Self, CliError> {
        Ok(Self {
            command,
            images,
            judging,
            formats: Formats::new(&judging.format, call.output, command)?,
        })
    }

    /// An explanation is text: without a table it would be left out without a word.
    fn explains(&self, explain: Option<&Explain>) -> Result<(), CliError> {
        match explain {
            Some(_) if !self.formats.has(ReportFormat::Table) => Err(CliError::ExplainFormat),
            _ => Ok(()),
        }
    }
}

/// What came of it: images that could be judged, and those that could not.
struct Judgements {
    settings: Settings,
    reading: Reading,
    scans: Vec<Scan>,
    not_read: Vec<NotRead>,
}

/// Judges every image; one that cannot be read does not keep the others from being reported.
fn judge_all(
    asked: &Asked<'_>,
    reading: &ReadingFlags,
    default_profile: &str,
    call: &Call<'_>,
) -> Result<Judgements, CliError> {
    let reading = Reading::new(reading, asked.images, &asked.judging.policy, call.terminal)?;
    let read = |image: &String| facts_command::read(image, &reading, call.terminal);
    let (mut settings, mut first) = match asked.images.first() {
        // Nothing can be wrong with what is shipped, so the first image need not wait for it.
        Some(image) if asked.judging.is_as_shipped() => {
            let (settings, facts) = beside(
                || Settings::new(asked.judging, default_profile),
                || read(image),
            );
            (settings?, Some(facts))
        }
        _ => (Settings::new(asked.judging, default_profile)?, None),
    };
    for warning in settings.pack.warnings() {
        call.terminal.warning(warning);
    }
    let named_by = reading.options.evidence.trust.named_by;
    if asked.command == "check" && named_by == NamedBy::Flags {
        // Who says who must have signed wants to hear of it before the image ships.
        settings.profile.require(SIGNED);
    }
    let mut judgements = Judgements {
        settings,
        reading: Reading::clone(&reading),
        scans: Vec::new(),
        not_read: Vec::new(),
    };
    for (position, image) in asked.images.iter().enumerate() {
        let facts = first.take().unwrap_or_else(|| read(image));
        let judged = facts.and_then(|facts| {
            let judgement = judgements.settings.judgement();
            scan::judge(facts, judgement).map_err(CliError::from)
        });
        let shown = without_login(image);
        match judged {
            Ok(scan) => judgements.scans.push(scan),
            Err(error) => {
                judgements.not_read.push(not_read(position, &shown, &error));
                if asked.images.len() > 1 {
                    call.terminal.error(&Concerning::new(&shown, error));
                } else {
                    call.terminal.error(&error);
                }
            }
        }
    }
    Ok(judgements)
}

/// Does two things at once.
fn beside<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let running = scope.spawn(one);
        let other = other();
        match running.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn not_read(position: usize, image: &str, error: &CliError) -> NotRead {
    let diagnostic: &dyn miette::Diagnostic = error;
    NotRead {
        position,
        reference: image.to_owned(),
        code: diagnostic.code().map(|code| code.to_string()),
        message: with_causes(error),
    }
}

/// The message of an error and of everything that led to it.
fn with_causes(error: &CliError) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}

impl Judgements {
    /// The worst end this run can claim before any gate.
    fn exit(&self) -> Exit {
        if self.not_read.is_empty() {
            Exit::Done
        } else {
            Exit::Failed
        }
    }

    fn report(
        &self,
        asked: &Asked<'_>,
        gates: Option<&[Gate]>,
        compared: Option<&comparison::Comparison>,
        call: &Call<'_>,
    ) -> Report {
        let judged: Vec<Judged<'_>> = self
            .scans
            .iter()
            .enumerate()
            .map(|(at, scan)| Judged {
                facts: &scan.facts,
                scorecard: &scan.scorecard,
                gate: gates.and_then(|gates| gates.get(at)),
            })
            .collect();
        let run = self.run(asked, call);
        let profile = &self.settings.profile;
        assemble::report(run, profile, &judged, compared, self.not_read.clone())
    }

    fn run(&self, asked: &Asked<'_>, call: &Call<'_>) -> Run {
        let settings = &self.settings;
        let tables = settings.pack.tables().iter().map(|table| {
            let entry = DataTable {
                digest: table.digest.clone(),
                as_of: table.as_of.clone(),
            };
            (table.file.clone(), entry)
        });
        let directories = asked.judging.policy.iter();
        let searched = self.scans.iter().map(|scan| {
            let image = &scan.facts.image;
            let attached = table::searched(&scan.facts.attached_evidence);
            format!(
                "{}: manifest, configuration and layers; {attached}",
                image.reference
            )
        });
        Run {
            command: asked.command.to_owned(),
            arguments: call.arguments.clone(),
            profile: ProfileReport {
                name: settings.profile.name.clone(),
                origin: settings.profile.source.clone(),
                changes: settings.profile_changes.clone(),
            },
            pack: PackReport {
                digest: settings.pack.digest().to_owned(),
                rules: settings.pack.rules().len() as u64,
                directories: directories.map(|path| path.display().to_string()).collect(),
            },
            waivers: WaiversReport::default(),
            baseline: None,
            data: tables.collect(),
            judged_at: settings.now.clone(),
            network_used: self.reading.network_used,
            limits: named_limits(&self.reading.options.limits),
            searched: searched.collect(),
            not_judged: NOT_JUDGED.map(str::to_owned).to_vec(),
        }
    }
}

/// The sum behind a number, instead of the scorecard.
fn explained(report: &Report, explain: &Explain, style: Style) -> Result<String, CliError> {
    let part = explain.part.as_deref();
    table::explain(report, explain.axis, part, style).ok_or_else(|| CliError::NothingToExplain {
        part: part.unwrap_or(explain.axis.name()).to_owned(),
    })
}
