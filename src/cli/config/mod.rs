//! `freehold.yaml`: what a team says once for all its runs.

mod under;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::error::CliError;
use super::input;
use crate::policy::error::{PolicyError, Problem, ProblemKind};
use crate::policy::origin::PackSource;
use crate::policy::severity::Severity;
use crate::policy::waivers::{WaiverEntry, WaiverSource};
use crate::policy::yaml::{self, Document, step};
use crate::report::document::ConfigurationReport;
use crate::scorecard::Axis;

/// The file that is read where none is named.
pub(super) const DEFAULT: &str = "freehold.yaml";

/// The other ending of YAML, which is easily taken for it.
const MISNAMED: &str = "freehold.yml";

/// The configuration of a team. Names of files in it count from the folder it is in; flags and
/// `FREEHOLD_*` variables win over it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "freehold.yaml")]
struct ConfigFile {
    /// Rules beside the shipped ones (`--policy`): directories, bundles, `oci://` references.
    policy: Vec<String>,
    /// Tables and documents for rules (`--data`).
    data: Vec<String>,
    /// What `scan` judges with.
    scan: CommandEntry,
    /// What `compare` judges with.
    compare: CommandEntry,
    /// What `check` judges with, and blocks on.
    check: CheckEntry,
    /// Exceptions: what `check` is not to block on, why, and until when.
    waivers: Vec<WaiverEntry>,
    /// Who is trusted to sign, by the name a report is to call them.
    trust: BTreeMap<String, SignerEntry>,
}

/// How a command judges.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CommandEntry {
    /// Shipped profile or profile file (`--profile`).
    profile: Option<String>,
}

/// How `check` judges, and what it blocks on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CheckEntry {
    /// Shipped profile or profile file (`--profile`).
    profile: Option<String>,
    /// Least severity that blocks (`--fail-on`): info, low, medium, high or critical.
    #[schemars(extend("enum" = ["info", "low", "medium", "high", "critical", null]))]
    fail_on: Option<String>,
    /// Least score of an axis, 0 to 100 (`--threshold`), by axis: portability, operability,
    /// evidence, hardening.
    thresholds: BTreeMap<String, f64>,
    /// A report: only what it does not know blocks (`--baseline`).
    baseline: Option<String>,
}

/// Who is trusted: a key, or an identity and who vouches for it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SignerEntry {
    /// A file with public keys in PEM, or their text.
    pub(super) key: Option<String>,
    /// OpenID Connect issuer.
    pub(super) issuer: Option<String>,
    /// The same as a regular expression.
    pub(super) issuer_regexp: Option<String>,
    /// Identity in the certificate.
    pub(super) identity: Option<String>,
    /// The same as a regular expression.
    pub(super) identity_regexp: Option<String>,
    /// Whether its owner signs without a transparency log.
    pub(super) ignore_tlog: bool,
}

/// The configuration in force; without a file, one that says nothing.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// The file.
    pub(super) path: Option<String>,
    /// SHA-256 of it, lower-case hex.
    digest: String,
    /// Rules beside the shipped ones, as a flag would name them.
    pub(super) policy: Vec<PackSource>,
    /// Tables and documents for rules.
    pub(super) data: Vec<PathBuf>,
    /// Profile of `scan`, of `compare` and of `check`.
    pub(super) profiles: BTreeMap<&'static str, String>,
    /// Least severity that blocks.
    pub(super) fail_on: Option<Severity>,
    /// Least score of an axis.
    pub(super) thresholds: BTreeMap<Axis, f64>,
    /// A report that is known already.
    pub(super) baseline: Option<PathBuf>,
    /// Exceptions, where the file has some.
    pub(super) waivers: Option<WaiverSource>,
    /// Who is trusted to sign, by name.
    pub(super) trust: BTreeMap<String, SignerEntry>,
    folder: PathBuf,
}

impl Config {
    /// Reads the file that was named, else the one in the current directory, if there is one.
    ///
    /// # Errors
    /// [`CliError::Unreadable`], and [`CliError::Policy`] with everything that is wrong in it.
    pub(super) fn load(named: Option<&Path>) -> Result<Self, CliError> {
        let path = match named {
            Some(path) => path,
            None if lies_here()? => Path::new(DEFAULT),
            None => return Ok(Self::default()),
        };
        let bytes = input::bytes(path, yaml::MAX_BYTES as u64)?;
        let text = String::from_utf8_lossy(&bytes);
        Self::read(path, &text).map_err(CliError::Policy)
    }

    fn read(path: &Path, text: &str) -> Result<Self, PolicyError> {
        let name = path.display().to_string();
        let refused = |problem| PolicyError::in_config(vec![problem]);
        let document = yaml::read(ProblemKind::Config, &name, text).map_err(refused)?;
        let (file, mut problems) = document.decode_all::<ConfigFile>(ProblemKind::Config);
        let fail_on = severity(&document, &file.check, &mut problems);
        let thresholds = thresholds(&document, &file.check, &mut problems);
        if !problems.is_empty() {
            return Err(PolicyError::in_config(problems));
        }
        let mut config = Self {
            path: Some(name),
            digest: input::sha256(text.as_bytes()),
            folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
            fail_on,
            thresholds,
            trust: file.trust,
            ..Self::default()
        };
        config.policy = file.policy.iter().map(|name| config.source(name)).collect();
        config.data = file
            .data
            .iter()
            .map(|name| config.folder.join(name))
            .collect();
        config.baseline = file.check.baseline.map(|name| config.folder.join(name));
        for (command, profile) in [
            ("scan", file.scan.profile),
            ("compare", file.compare.profile),
            ("check", file.check.profile),
        ] {
            if let Some(profile) = profile {
                config.profiles.insert(command, config.profile(profile));
            }
        }
        if !file.waivers.is_empty() {
            let source = WaiverSource::of_configuration(document, text, file.waivers);
            config.waivers = Some(source);
        }
        Ok(config)
    }

    /// What a report says of it; none without a file.
    pub(super) fn report(&self) -> Option<ConfigurationReport> {
        Some(ConfigurationReport {
            file: self.path.clone()?,
            digest: self.digest.clone(),
        })
    }

    /// A file named in the configuration.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A pack: what has a scheme is no file.
    fn source(&self, name: &str) -> PackSource {
        let text = match name.contains("://") {
            true => name.to_owned(),
            false => self.folder.join(name).display().to_string(),
        };
        let Ok(source) = text.parse();
        source
    }

    /// A profile: a file where there is one, else a name.
    fn profile(&self, name: String) -> String {
        let file = self.folder.join(&name);
        match file.is_file() {
            true => file.display().to_string(),
            false => name,
        }
    }
}

/// Whether [`DEFAULT`] is in the current directory.
///
/// # Errors
/// [`CliError::Policy`] for what looks like a configuration and cannot be read as one: waivers and
/// limits in it would be passed over in silence.
fn lies_here() -> Result<bool, CliError> {
    let refused = |file: &str, message: String, help: &str| {
        let problem = Problem::in_file(ProblemKind::Config, file, message).help(help);
        CliError::Policy(PolicyError::in_config(vec![problem]))
    };
    if Path::new(MISNAMED).symlink_metadata().is_ok() {
        let message = format!("`{MISNAMED}` is not read: a configuration is called `{DEFAULT}`");
        let help = "rename it, or name the one to read with --config";
        return Err(refused(MISNAMED, message, help));
    }
    let path = Path::new(DEFAULT);
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Ok(_) if !path.is_file() => {
            let message =
                format!("`{DEFAULT}` is no file: a directory, a link to nothing or the like");
            let help = "take it away, or name another one with --config";
            Err(refused(DEFAULT, message, help))
        }
        // What the system refuses is told by the read.
        _ => Ok(true),
    }
}

/// The JSON Schema (2020-12) of `freehold.yaml`, made from its type: `schemas/config-1.json`.
pub(super) fn schema() -> schemars::Schema {
    schemars::schema_for!(ConfigFile)
}

fn severity(document: &Document, check: &CheckEntry, problems: &mut Problems) -> Option<Severity> {
    let name = check.fail_on.as_deref()?;
    let severity = Severity::from_name(name);
    if severity.is_none() {
        let message = format!("`{name}` is no severity");
        let problem = document.problem(ProblemKind::Config, "/check/fail_on", message);
        let names = Severity::ALL.map(Severity::name).join(", ");
        problems.push(problem.help(format!("severities are {names}")));
    }
    severity
}

fn thresholds(
    document: &Document,
    check: &CheckEntry,
    problems: &mut Problems,
) -> BTreeMap<Axis, f64> {
    let mut found = BTreeMap::new();
    for (name, least) in &check.thresholds {
        let at = step("/check/thresholds", name);
        let axis = Axis::ALL.into_iter().find(|axis| axis.name() == name);
        match axis {
            None => {
                let message = format!("`{name}` is no axis");
                let problem = document.problem(ProblemKind::Config, &at, message);
                let names = Axis::ALL.map(Axis::name).join(", ");
                problems.push(
                    document
                        .at_key(problem, &at)
                        .help(format!("axes are {names}")),
                );
            }
            Some(_) if !(0.0..=100.0).contains(least) => {
                let message = format!("{least} is not from 0 to 100");
                let problem = document.problem(ProblemKind::Config, &at, message);
                problems.push(problem.help("a score runs from 0 to 100"));
            }
            Some(axis) => {
                found.insert(axis, *least);
            }
        }
    }
    found
}

/// What is wrong with a file.
type Problems = Vec<Problem>;
