//! `freehold scan`, `check` and `compare`: images judged and reported.

use std::path::PathBuf;

use super::Call;
use super::args::{CheckFlags, CompareFlags, JudgingFlags, ReadingFlags, ReportFormat, ScanFlags};
use super::baseline;
use super::concerning::Concerning;
use super::error::CliError;
use super::exit_code::Exit;
use super::facts_command;
use super::reports::Formats;
use super::settings::{Reading, Settings, named_limits};
use super::siblings::{Served, Siblings};
use super::values::Explain;
use crate::facts::model::NamedBy;
use crate::report::assemble::{self, Judged, NOT_JUDGED};
use crate::report::document::{
    DataTable, NotRead, PackPart, PackReport, ProfileReport, Report, Run, WaiverReport,
    WaiverState, WaiversReport,
};
use crate::report::text::Style;
use crate::report::{decision, table};
use crate::scan::{self, Scan};
use crate::scorecard::comparison;
use crate::scorecard::gate::{self, Gate, Terms};
use crate::scorecard::marks::Marks;
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
    let siblings = Siblings::new(&flags.build_sibling, &flags.images)?;
    let mut run = judge_all(&asked, &flags.reading, DEFAULT_PROFILE, call)?;
    run.serve(&siblings, call);
    let report = run.report(&asked, &Found::default(), call);
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
    let read = |path: &PathBuf| baseline::Given::read(path, &flags.images);
    let baseline = flags.baseline.as_ref().map(read).transpose()?;
    let mut run = judge_all(&asked, &flags.reading, GATE_PROFILE, call)?;
    run.settings.set_thresholds(&flags.threshold);
    let gates = run.gates(flags, baseline.as_ref());
    let found = Found {
        gates: Some(&gates),
        advised: flags.advise,
        baseline: baseline.as_ref(),
        compared: None,
    };
    let report = run.report(&asked, &found, call);
    let table = |style| Ok(table::check(&report, style, flags.all));
    let written = asked.formats.write(&report, None, call, table);
    let written = written.max(run.faults(&gates));
    let blocks = gates.iter().any(|gate| gate.blocked) && !flags.advise;
    let verdict = match blocks {
        true => Exit::Violations,
        false => Exit::Done,
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
    let siblings = Siblings::new(&flags.build_sibling, &flags.images)?;
    let mut run = judge_all(&asked, &flags.reading, DEFAULT_PROFILE, call)?;
    run.serve(&siblings, call);
    let scorecards: Vec<_> = run
        .scans
        .iter()
        .map(|scan| scan.scorecard.clone())
        .collect();
    let compared = comparison::compare(&scorecards, &run.settings.profile);
    let found = Found {
        compared: Some(&compared),
        ..Found::default()
    };
    let report = run.report(&asked, &found, call);
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

/// What was made of the scorecards.
#[derive(Default)]
struct Found<'a> {
    /// The decisions of `check`.
    gates: Option<&'a [Gate]>,
    /// Whether they are advice only.
    advised: bool,
    /// What they compared with.
    baseline: Option<&'a baseline::Given>,
    /// The comparison of `compare`.
    compared: Option<&'a comparison::Comparison>,
}

/// What came of it: images that could be judged, and those that could not.
struct Judgements {
    settings: Settings,
    reading: Reading,
    scans: Vec<Scan>,
    /// Positions of these images among those asked for.
    positions: Vec<usize>,
    not_read: Vec<NotRead>,
    /// What each image offers to the services of the profile; empty where none are counted.
    served: Vec<Served>,
    /// Whether every build image that was named could be read.
    siblings_read: bool,
}

/// Judges every image; one that cannot be read does not keep the others from being reported.
fn judge_all(
    asked: &Asked<'_>,
    reading: &ReadingFlags,
    default_profile: &str,
    call: &Call<'_>,
) -> Result<Judgements, CliError> {
    let reading = Reading::new(reading, asked.images, &asked.judging.policy, call)?;
    let network = &reading.options.network;
    let read = |image: &String| facts_command::read(image, &reading, call.terminal);
    let (mut settings, mut first) = match asked.images.first() {
        // Nothing can be wrong with what is shipped, so the first image need not wait for it.
        Some(image) if asked.judging.is_as_shipped() => {
            let (settings, facts) = beside(
                || Settings::new(asked.judging, default_profile, call.config, network),
                || read(image),
            );
            (settings?, Some(facts))
        }
        _ => (
            Settings::new(asked.judging, default_profile, call.config, network)?,
            None,
        ),
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
        positions: Vec::new(),
        not_read: Vec::new(),
        served: Vec::new(),
        siblings_read: true,
    };
    for (position, image) in asked.images.iter().enumerate() {
        let facts = first.take().unwrap_or_else(|| read(image));
        let judged = facts.and_then(|facts| {
            let judgement = judgements.settings.judgement();
            scan::judge(facts, judgement).map_err(CliError::from)
        });
        let shown = without_login(image);
        match judged {
            Ok(scan) => {
                tell_faults(&scan, &shown, call);
                judgements.scans.push(scan);
                judgements.positions.push(position);
            }
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

/// Says which of a user's rules have no answer by their own fault.
fn tell_faults(scan: &Scan, image: &str, call: &Call<'_>) {
    for verdict in &scan.scorecard.verdicts {
        if let Some(file) = &verdict.fault {
            call.terminal.error(&CliError::RuleFault {
                rule: verdict.rule.id.clone(),
                file: file.clone(),
                image: image.to_owned(),
                reason: verdict.reason.clone().unwrap_or_default(),
            });
        }
    }
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
        if self.not_read.is_empty() && self.siblings_read {
            Exit::Done
        } else {
            Exit::Failed
        }
    }

    /// Sets the images against what the services of the profile need.
    fn serve(&mut self, siblings: &Siblings, call: &Call<'_>) {
        let how = (&self.settings, &self.reading);
        let (served, all_read) = siblings.serve(&self.scans, &self.positions, how, call.terminal);
        self.reading.network_used |= siblings.use_network(&self.reading);
        (self.served, self.siblings_read) = (served, all_read);
    }

    /// The end of a check in which a user's rule could not be asked, unless somebody waived it.
    fn faults(&self, gates: &[Gate]) -> Exit {
        let is_open = |(scan, gate): (&Scan, &Gate)| {
            let mut verdicts = scan.scorecard.verdicts.iter();
            let mut faulty = verdicts.by_ref().filter(|verdict| verdict.fault.is_some());
            faulty.any(|verdict| {
                let mut required = gate.unknown_required.iter();
                required.any(|unknown| unknown.rule.id == verdict.rule.id)
            })
        };
        match self.scans.iter().zip(gates).any(is_open) {
            true => Exit::Failed,
            false => Exit::Done,
        }
    }

    /// What the image at this place of `scans` is held against.
    fn marks<'b>(&self, at: usize, baseline: Option<&'b baseline::Given>) -> Marks<'b> {
        let scan = self.scans.get(at);
        let position = self.positions.get(at);
        Marks {
            waivers: scan
                .map(|scan| self.settings.waivers.on(&scan.facts.image))
                .unwrap_or_default(),
            baseline: position.and_then(|position| baseline?.image(*position)),
        }
    }

    /// The decision on every image that was judged.
    fn gates(&self, flags: &CheckFlags, baseline: Option<&baseline::Given>) -> Vec<Gate> {
        let profile = &self.settings.profile;
        let decide = |(at, scan): (usize, &Scan)| {
            let terms = Terms {
                profile,
                fail_on: flags.fail_on.unwrap_or(profile.fail_on),
                marks: self.marks(at, baseline),
                scores_compare: baseline.is_some_and(|given| given.has_profile(&profile.name)),
            };
            gate::decide(&scan.scorecard, &terms)
        };
        self.scans.iter().enumerate().map(decide).collect()
    }

    fn report(&self, asked: &Asked<'_>, found: &Found<'_>, call: &Call<'_>) -> Report {
        let marks: Vec<Marks<'_>> = (0..self.scans.len())
            .map(|at| self.marks(at, found.baseline))
            .collect();
        let judged: Vec<Judged<'_>> = (self.scans.iter().zip(&marks).enumerate())
            .map(|(at, (scan, marks))| Judged {
                facts: &scan.facts,
                scorecard: &scan.scorecard,
                marks,
                gate: found.gates.and_then(|gates| gates.get(at)),
                advised: found.advised,
                serving: self
                    .served
                    .get(at)
                    .map(|(serving, sibling)| (serving, sibling)),
            })
            .collect();
        let mut run = self.run(asked, call);
        run.waivers = decision::waivers(&self.settings.waivers, &judged);
        run.baseline = found.baseline.map(|given| given.report.clone());
        warn_of_lapsing(&run, call);
        let (profile, compared) = (&self.settings.profile, found.compared);
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
        let sources = settings.pack.origins().iter().map(|part| PackPart {
            kind: part.kind.to_owned(),
            name: without_login(&part.name),
            digest: part.digest.clone(),
        });
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
                sources: sources.collect(),
            },
            configuration: call.config.report(),
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

/// Says which waivers in use end soon.
fn warn_of_lapsing(run: &Run, call: &Call<'_>) {
    let lapsing = |waiver: &&WaiverReport| waiver.state == WaiverState::Lapsing;
    for waiver in run.waivers.used.iter().filter(lapsing) {
        let subject = waiver.subject.as_ref();
        call.terminal.warning(&CliError::WaiverLapses {
            what: subject.map_or_else(
                || waiver.rule.clone(),
                |subject| format!("{} on {subject}", waiver.rule),
            ),
            place: waiver.place.clone(),
            expires: waiver.expires.clone(),
        });
    }
}

/// The sum behind a number, instead of the scorecard.
fn explained(report: &Report, explain: &Explain, style: Style) -> Result<String, CliError> {
    let part = explain.part.as_deref();
    table::explain(report, explain.axis, part, style).ok_or_else(|| CliError::NothingToExplain {
        part: part.unwrap_or(explain.axis.name()).to_owned(),
    })
}
