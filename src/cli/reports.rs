//! Which formats a report is written in, and where each of them goes.

use std::path::{Path, PathBuf};

use super::Call;
use super::args::ReportFormat;
use super::error::CliError;
use super::exit_code::Exit;
use super::output;
use crate::policy::verdict::Severity;
use crate::report::document::Report;
use crate::report::text::Style;
use crate::report::{github, json, junit, markdown, sarif};

/// The variable in which GitHub Actions names the file of a step's summary (docs.github.com,
/// "Workflow commands").
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// A format, and where the command line says it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The format.
    pub(crate) format: ReportFormat,
    /// The place.
    pub(crate) place: Place,
}

/// Where a format goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where the answer goes: `--output`, else standard output.
    Answer,
    /// Standard output, whatever `--output` says: `=-`.
    Stdout,
    /// A file of its own.
    File(PathBuf),
}

/// The formats of one run, each with its file; without one, standard output.
#[derive(Debug)]
pub(super) struct Formats {
    entries: Vec<(ReportFormat, Option<PathBuf>)>,
}

impl Formats {
    /// Settles where each format goes, before any image is read. Without `wanted`, a table.
    ///
    /// # Errors
    ///
    /// [`CliError::OnePlace`], [`CliError::NothingToWrite`] and [`CliError::CompareFormat`].
    pub(super) fn new(
        wanted: &[Wanted],
        output: Option<&Path>,
        command: &str,
    ) -> Result<Self, CliError> {
        let table = [Wanted {
            format: ReportFormat::Table,
            place: Place::Answer,
        }];
        let wanted = if wanted.is_empty() { &table } else { wanted };
        let mut entries: Vec<(ReportFormat, Option<PathBuf>)> = Vec::new();
        for Wanted { format, place } in wanted {
            if command == "compare" && format.judges_one() {
                return Err(CliError::CompareFormat {
                    format: format.name(),
                });
            }
            let file = match place {
                Place::Answer => output.map(Path::to_path_buf),
                Place::Stdout => None,
                Place::File(file) => Some(file.clone()),
            };
            let same = |other: &Option<PathBuf>| settled(other) == settled(&file);
            if let Some((first, _)) = entries.iter().find(|(_, other)| same(other)) {
                return Err(CliError::OnePlace {
                    first: first.name(),
                    second: format.name(),
                    place: shown(file.as_deref()),
                });
            }
            entries.push((*format, file));
        }
        match output {
            Some(file) if wanted.iter().all(|one| one.place != Place::Answer) => {
                Err(CliError::NothingToWrite {
                    file: shown(Some(file)),
                })
            }
            _ => Ok(Self { entries }),
        }
    }

    /// Whether a format is among them.
    pub(super) fn has(&self, format: ReportFormat) -> bool {
        self.entries.iter().any(|(other, _)| *other == format)
    }

    /// Writes the report in every format. What goes wrong with one is told and keeps none of the
    /// others from being written. Where no image could be judged there is no table to show people,
    /// and programs still get the document that says so.
    pub(super) fn write(
        &self,
        report: &Report,
        least: Option<Severity>,
        call: &Call<'_>,
        table: impl Fn(Style) -> Result<String, CliError>,
    ) -> Exit {
        let mut exit = Exit::Done;
        let mut told = |result: Result<(), CliError>| {
            if let Err(error) = result {
                call.terminal.error(&error);
                exit = Exit::Failed;
            }
        };
        for (format, file) in &self.entries {
            if *format == ReportFormat::Table && report.images.is_empty() {
                continue;
            }
            let text = match format {
                ReportFormat::Table => table(style(file.as_deref(), call)),
                ReportFormat::Json => json::print(report).map_err(CliError::from),
                ReportFormat::Sarif => sarif::print(report, least).map_err(CliError::from),
                ReportFormat::Junit => Ok(junit::print(report, least)),
                ReportFormat::Github => Ok(github::print(report, least)),
                ReportFormat::Markdown => Ok(markdown::print(report, least)),
            };
            told(text.and_then(|text| output::write(&text, file.as_deref())));
        }
        if self.has(ReportFormat::Github)
            && let Some(summary) = step_summary()
        {
            told(output::append(&markdown::print(report, least), &summary));
        }
        exit
    }
}

/// A file's path such that two ways of writing it are one, as far as its folder is there.
fn settled(file: &Option<PathBuf>) -> Option<PathBuf> {
    let file = file.as_ref()?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), file.file_name()) {
        (Ok(folder), Some(name)) => Some(folder.join(name)),
        _ => Some(file.clone()),
    }
}

fn shown(file: Option<&Path>) -> String {
    file.map_or_else(
        || "standard output".to_owned(),
        |file| format!("`{}`", file.display()),
    )
}

/// The terminal's style; a file has no colours.
fn style(file: Option<&Path>, call: &Call<'_>) -> Style {
    let style = call.terminal.style();
    Style {
        colour: style.colour && file.is_none(),
        ..style
    }
}

/// The file of the step's summary, where GitHub Actions runs this.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read in this room, and the runner names the file there"
)]
fn step_summary() -> Option<PathBuf> {
    let file = std::env::var_os(STEP_SUMMARY)?;
    (!file.is_empty()).then(|| PathBuf::from(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(format: ReportFormat, place: Place) -> Wanted {
        Wanted { format, place }
    }

    fn file(name: &str) -> Place {
        Place::File(PathBuf::from(name))
    }

    #[test]
    fn each_format_has_a_place_of_its_own() {
        let table = || wanted(ReportFormat::Table, Place::Answer);
        let good = [table(), wanted(ReportFormat::Sarif, file("a.sarif"))];
        assert!(Formats::new(&good, None, "check").is_ok());
        for (bad, output) in [
            (
                vec![table(), wanted(ReportFormat::Json, Place::Answer)],
                None,
            ),
            (
                vec![table(), wanted(ReportFormat::Json, Place::Stdout)],
                None,
            ),
            (
                vec![table(), wanted(ReportFormat::Json, file("./x"))],
                Some("x"),
            ),
            (
                vec![
                    wanted(ReportFormat::Json, file("x")),
                    wanted(ReportFormat::Sarif, file("src/../x")),
                ],
                None,
            ),
        ] {
            let error = Formats::new(&bad, output.map(Path::new), "scan").unwrap_err();
            assert!(matches!(error, CliError::OnePlace { .. }), "{error}");
        }
    }

    #[test]
    fn an_output_file_that_nothing_goes_to_is_an_error() {
        let all_elsewhere = [wanted(ReportFormat::Json, file("a.json"))];
        let error = Formats::new(&all_elsewhere, Some(Path::new("x")), "scan").unwrap_err();
        assert!(matches!(error, CliError::NothingToWrite { .. }), "{error}");
    }

    #[test]
    fn a_comparison_has_no_findings_to_annotate() {
        let sarif = [wanted(ReportFormat::Sarif, Place::Answer)];
        assert!(Formats::new(&sarif, None, "compare").is_err());
        let markdown = [wanted(ReportFormat::Markdown, Place::Answer)];
        assert!(Formats::new(&markdown, None, "compare").is_ok());
    }
}
