//! Waivers as people write them: a file, or the key `waivers` of the configuration.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{FARTHEST_DAYS, LAPSING_DAYS, Waiver, WaiverState};
use crate::policy::date;
use crate::policy::error::{PolicyError, Problem, ProblemKind, closest};
use crate::policy::files;
use crate::policy::pack::Pack;
use crate::policy::yaml::{self, Document, step};
use crate::source::Digest;

/// Where the list stands, in a file of waivers as in the configuration (RFC 6901).
const LIST: &str = "/waivers";

/// Waivers of one run. Each is held against each finding of its rule.
const MAX_WAIVERS: usize = 1_000;

/// A file of waivers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Waivers of Freehold")]
pub struct WaiverFile {
    /// Exceptions: what `check` is not to block on, why, and until when.
    #[schemars(length(max = 1_000))]
    pub waivers: Vec<WaiverEntry>,
}

/// One exception as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverEntry {
    /// Id or former id of a rule, or `<category>.*` for every rule of a category.
    #[schemars(length(min = 1))]
    pub rule: String,
    /// Images it is for: the reference as it is given to the command, with `*` for any characters
    /// and `?` for one, or the `sha256:` digest of a manifest or a configuration. Without it, every
    /// image.
    #[schemars(length(min = 1))]
    pub image: Option<String>,
    /// Subject of the findings it is for, such as `path:/app/helper`, or `code:team.no_root` of a
    /// rule written for Conforma, with `*` and `?` as above. Without it, whatever the rule finds, and
    /// that it could not look.
    #[schemars(length(min = 1))]
    pub subject: Option<String>,
    /// Why this is accepted.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Where that is discussed.
    #[schemars(length(min = 1))]
    pub ticket: Option<String>,
    /// Who agreed. It is reported as stated here: nobody checks it.
    #[schemars(length(min = 1))]
    pub approver: Option<String>,
    /// Last day on which it counts, `YYYY-MM-DD`, at most two years ahead.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub expires: String,
}

/// The JSON Schema (2020-12) of a file of waivers, made from its type: `schemas/waivers-1.json`.
///
/// # Errors
/// Those of `serde_json`.
pub fn file_schema() -> Result<String, serde_json::Error> {
    let schema = schemars::schema_for!(WaiverFile);
    serde_json::to_string_pretty(&schema).map(|text| format!("{text}\n"))
}

/// A document that holds waivers, with the places in it.
#[derive(Debug, Clone)]
pub struct WaiverSource {
    document: Document,
    digest: String,
    entries: Vec<WaiverEntry>,
}

impl WaiverSource {
    /// Reads a file of waivers.
    ///
    /// # Errors
    /// [`PolicyError`]: the file cannot be read, is no YAML, or has other keys than waivers have.
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        let text = files::read_text(path).map_err(in_waivers)?;
        let file = path.display().to_string();
        let document = yaml::read(ProblemKind::Waiver, &file, &text).map_err(in_waivers)?;
        let read: WaiverFile = document.decode(ProblemKind::Waiver).map_err(in_waivers)?;
        Ok(Self {
            document,
            digest: Digest::sha256(text.as_bytes()).hex().to_owned(),
            entries: read.waivers,
        })
    }

    /// The waivers of a configuration: `entries` as decoded from the key `waivers` of `document`,
    /// whose content is `text`.
    pub fn of_configuration(document: Document, text: &str, entries: Vec<WaiverEntry>) -> Self {
        Self {
            document,
            digest: Digest::sha256(text.as_bytes()).hex().to_owned(),
            entries,
        }
    }

    /// Name of the file.
    pub(super) fn file(&self) -> &str {
        self.document.file()
    }

    /// SHA-256 of the file, lower-case hex.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }
}

/// A problem with a file, in the words of waivers.
fn in_waivers(mut problem: Problem) -> PolicyError {
    match problem.kind {
        ProblemKind::UnknownKey => problem.kind = ProblemKind::Waiver,
        ProblemKind::Unreadable => {
            problem.help = Some("--waivers takes a YAML file (schemas/waivers-1.json)".to_owned());
        }
        _ => {}
    }
    PolicyError::in_waivers(vec![problem])
}

/// The waivers of `sources`, if nothing is wrong with any.
pub(super) fn checked(
    sources: &[WaiverSource],
    pack: &Pack,
    now: &str,
) -> Result<Vec<Waiver>, PolicyError> {
    let mut checker = Checker {
        pack,
        today: date::days(now.get(..10).unwrap_or(now)).unwrap_or_default(),
        seen: BTreeMap::new(),
        problems: Vec::new(),
    };
    let mut all = Vec::new();
    for source in sources {
        for (position, entry) in source.entries.iter().enumerate() {
            if all.len() >= MAX_WAIVERS {
                let message = format!("there are more than {MAX_WAIVERS} waivers");
                let kind = ProblemKind::TooLarge;
                let problem = source.document.problem(kind, LIST, message);
                checker
                    .problems
                    .push(problem.help("waive a category, or repair what they are for"));
                return Err(PolicyError::in_waivers(checker.problems));
            }
            let at = step(LIST, &position.to_string());
            let at = At {
                document: &source.document,
                pointer: &at,
            };
            all.push(checker.check(at, entry));
        }
    }
    match checker.problems.is_empty() {
        true => Ok(all),
        false => Err(PolicyError::in_waivers(checker.problems)),
    }
}

/// What a waiver is for: two that are for the same are one too many.
type Target = (String, Option<String>, Option<String>);

/// Where an entry stands.
#[derive(Clone, Copy)]
struct At<'a> {
    document: &'a Document,
    /// Of the entry (RFC 6901).
    pointer: &'a str,
}

impl At<'_> {
    fn problem(self, kind: ProblemKind, key: &str, message: String) -> Problem {
        let pointer = step(self.pointer, key);
        self.document.problem(kind, &pointer, message)
    }

    /// File and line.
    fn place(self) -> String {
        let here = self.document.problem(ProblemKind::Waiver, self.pointer, "");
        format!("{}:{}", self.document.file(), here.line.unwrap_or(1))
    }
}

struct Checker<'a> {
    pack: &'a Pack,
    /// Day of judging, in days since 1970.
    today: i64,
    /// What was waived so far, and where.
    seen: BTreeMap<Target, String>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn check(&mut self, at: At<'_>, entry: &WaiverEntry) -> Waiver {
        let place = at.place();
        self.texts(at, entry);
        let rule = self.rule(at, &entry.rule);
        if let Some(image) = &entry.image {
            self.image(at, image);
        }
        if let Some(subject) = &entry.subject {
            self.subject(at, subject);
        }
        let state = self.state(at, &entry.expires);
        let target = (rule.clone(), entry.image.clone(), entry.subject.clone());
        if let Some(first) = self.seen.insert(target, place.clone()) {
            let message = format!("the same is waived at {first} already");
            let problem = at
                .document
                .problem(ProblemKind::WaiverTwice, at.pointer, message);
            let help = "remove one of the two; to prolong a waiver, change its date";
            self.problems.push(problem.help(help));
        }
        Waiver {
            rule,
            image: entry.image.clone(),
            subject: entry.subject.clone(),
            reason: entry.reason.trim().to_owned(),
            ticket: entry.ticket.clone(),
            approver: entry.approver.clone(),
            expires: entry.expires.clone(),
            state,
            place,
        }
    }

    fn report(&mut self, at: At<'_>, key: &str, message: String, help: &str) {
        let problem = at.problem(ProblemKind::Waiver, key, message);
        self.problems.push(problem.help(help));
    }

    /// Whatever is given has to say something.
    fn texts(&mut self, at: At<'_>, entry: &WaiverEntry) {
        let texts = [
            ("image", entry.image.as_ref()),
            ("subject", entry.subject.as_ref()),
            ("reason", Some(&entry.reason)),
            ("ticket", entry.ticket.as_ref()),
            ("approver", entry.approver.as_ref()),
        ];
        for (key, text) in texts {
            if text.is_some_and(|text| text.trim().is_empty()) {
                let help = match key {
                    "reason" => "say why this is accepted: whoever reads it next has to know",
                    _ => "leave the key out, or say what it is",
                };
                self.report(at, key, format!("`{key}` is empty"), help);
            }
        }
    }

    /// The rule by its present id.
    fn rule(&mut self, at: At<'_>, wanted: &str) -> String {
        let rules = self.pack.rules();
        let known = match wanted.strip_suffix(".*") {
            Some(category) => {
                let mut categories = rules.iter().map(|rule| &rule.info.category);
                categories
                    .any(|name| name == category)
                    .then(|| wanted.to_owned())
            }
            None => self.pack.rule(wanted).map(|rule| rule.info.id.clone()),
        };
        if let Some(id) = known {
            return id;
        }
        let categories = rules.iter().map(|rule| format!("{}.*", rule.info.category));
        let ids = rules.iter().map(|rule| rule.info.id.clone());
        let candidates: Vec<String> = ids.chain(categories).collect();
        let help = match closest(wanted, candidates.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => {
                "`freehold policy list` names them; `CATEGORY.*` is every rule of one".to_owned()
            }
        };
        let message = format!("there is no rule `{wanted}`");
        let problem = at.problem(ProblemKind::WaiverRule, "rule", message);
        self.problems.push(problem.help(help));
        wanted.to_owned()
    }

    /// A digest has to be one, and no reference holds a space.
    fn image(&mut self, at: At<'_>, image: &str) {
        let is_digest = |hex: &str| {
            let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            hex.len() == 64 && hex.bytes().all(is_hex)
        };
        if image
            .strip_prefix("sha256:")
            .is_some_and(|hex| !is_digest(hex))
        {
            let message = "this is no digest".to_owned();
            let help = "write `sha256:` and all of its 64 digits, in lower case";
            self.report(at, "image", message, help);
        }
    }

    /// Subjects have one of few forms (policies/README.md); anything else would never match.
    fn subject(&mut self, at: At<'_>, subject: &str) {
        if could_match(subject) || subject.trim().is_empty() {
            return;
        }
        let help = match subject.starts_with('/') {
            true => format!("did you mean `path:{subject}`?"),
            false => "it is `image`, or begins with `path:`, `pkg:`, `repo:`, `key:` or `code:`; \
                      `check -f json` has it"
                .to_owned(),
        };
        self.report(
            at,
            "subject",
            "no finding has such a subject".to_owned(),
            &help,
        );
    }

    /// Where the waiver is in its life.
    fn state(&mut self, at: At<'_>, expires: &str) -> WaiverState {
        let Some(last) = date::days(expires) else {
            let help = "write the last day on which it counts, as 2027-01-31";
            let message = format!("`{expires}` is no day");
            self.report(at, "expires", message, help);
            return WaiverState::Lapsed;
        };
        let left = last.saturating_sub(self.today);
        if left > FARTHEST_DAYS {
            let message = format!("`{expires}` is more than two years away");
            let help = "name a day on which somebody looks at it again";
            self.report(at, "expires", message, help);
        }
        match left {
            ..0 => WaiverState::Lapsed,
            0..=LAPSING_DAYS => WaiverState::Lapsing,
            _ => WaiverState::Active,
        }
    }
}

/// Whether some finding may have this subject, or one that this pattern is for.
fn could_match(subject: &str) -> bool {
    const FORMS: [&str; 5] = ["path:", "pkg:", "repo:", "key:", "code:"];
    let fixed = subject.split(['*', '?']).next().unwrap_or_default();
    let is_pattern = fixed.len() < subject.len();
    let begins = |form: &str| fixed.starts_with(form) || (is_pattern && form.starts_with(fixed));
    subject == "image"
        || (is_pattern && "image".starts_with(fixed))
        || FORMS.into_iter().any(begins)
}
