//! A pack: rules, the documents they read, and profiles; checked as a whole when it is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::checks::{Parsed, Program};
use super::digest::sha256_hex;
use super::documents::Documents;
pub use super::documents::Table;
use super::engine::{Engine, EngineError, on_deep_stack};
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{self, Origin, PackFile};
use super::nesting;
use super::rules::{self, Modules, PackRule};
use super::schema::FactsSchema;

/// Definitions of rules in one pack. A chain of this many still fits the evaluation stack.
const MAX_DEFINITIONS: usize = 10_000;

/// Rules, documents and profiles, ready to evaluate.
#[derive(Clone)]
pub struct Pack {
    pub(super) engine: Engine,
    pub(super) rules: Vec<PackRule>,
    pub(super) documents: Documents,
    pub(super) profiles: Vec<PackFile>,
    /// Every file it was made of, tests too.
    pub(super) sources: Arc<[PackFile]>,
    warnings: Vec<Problem>,
    digest: String,
}

impl Pack {
    /// The pack in the binary.
    ///
    /// # Errors
    /// [`PolicyError`] with every problem found; a test keeps the shipped pack free of them.
    pub fn embedded() -> Result<Self, PolicyError> {
        Self::load(&[])
    }

    /// The pack in the binary, and every rule, table and profile below the directories `extra`
    /// (`--policy DIR`). A directory has the layout of the embedded pack, or is flat. Packages
    /// outside `freehold` run as they are: each is one rule, called like its package (`main`), of
    /// high severity unless METADATA says otherwise, and never part of a score.
    ///
    /// # Errors
    /// [`PolicyError`] with every problem that makes the pack unusable, a directory that adds no
    /// rule, table or profile among them. Problems of a user's files that do not are
    /// [`Self::warnings`].
    pub fn load(extra: &[PathBuf]) -> Result<Self, PolicyError> {
        let mut problems = Vec::new();
        let mut all = files::embedded();
        let mut roots = Vec::new();
        for root in extra {
            let own = files::read_tree(root, &mut problems);
            roots.push((root.display().to_string(), own.clone()));
            all.extend(own);
        }
        let pack = Self::from_files(&all, problems)?;
        let idle: Vec<Problem> = roots
            .iter()
            .filter(|(_, own)| !pack.uses(own))
            .map(|(root, _)| no_rules(root))
            .collect();
        match idle.is_empty() {
            true => Ok(pack),
            false => Err(PolicyError::in_pack(idle)),
        }
    }

    /// Whether a user's files add anything to judge with: a rule, a table, parameters, a profile,
    /// or a library where other files hold rules.
    fn uses(&self, own: &[PackFile]) -> bool {
        let is_rule = |file: &PackFile| self.rules.iter().any(|rule| rule.is_in(&file.name));
        let has_users = || self.rules.iter().any(|rule| rule.origin == Origin::User);
        own.iter().any(|file| {
            is_rule(file)
                || file.is_profile()
                || file.is_document()
                || (file.is_rego() && !file.is_test() && has_users())
        })
    }

    /// Builds a pack from files, on a stack of its own.
    pub(super) fn from_files(
        all: &[PackFile],
        problems: Vec<Problem>,
    ) -> Result<Self, PolicyError> {
        on_deep_stack(|| build(all, problems))?
    }

    /// The rules, by category and id.
    pub fn rules(&self) -> &[PackRule] {
        &self.rules
    }

    /// The rule with this id or former id.
    pub fn rule(&self, id: &str) -> Option<&PackRule> {
        let by_id = self.rules.iter().find(|rule| rule.info.id == id);
        by_id.or_else(|| {
            self.rules
                .iter()
                .find(|rule| rule.info.aliases.iter().any(|alias| alias == id))
        })
    }

    /// The parameters of a rule as the pack sets them; none for a rule without parameters.
    pub fn parameters(&self, id: &str) -> Option<&Map<String, Value>> {
        let mut names = id.split('.');
        let category = self.documents.tree.get(names.next()?)?;
        category.get(names.next()?)?.get("parameters")?.as_object()
    }

    /// The tables rules read, by name; a user's table follows the shipped one of the same name.
    pub fn tables(&self) -> &[Table] {
        &self.documents.tables
    }

    /// Names of the profiles there are.
    pub fn profile_names(&self) -> Vec<&str> {
        self.profiles.iter().map(PackFile::stem).collect()
    }

    /// SHA-256 over all files in order of their paths, lower-case hex: each as path, a zero byte,
    /// its length in decimal, a zero byte, and its content.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What is wrong with a user's files without making them unusable.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The warnings in words, one line each, for a report.
    pub fn warning_lines(&self) -> Vec<String> {
        self.warnings.iter().map(Problem::sentence).collect()
    }
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pack")
            .field("rules", &self.rules.len())
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

fn no_rules(root: &str) -> Problem {
    let message = format!("`{root}` holds no rule");
    Problem::in_file(ProblemKind::NoRules, root, message)
        .help("a rule is a `.rego` file that defines `deny` or `warn`; tests alone are none")
}

/// Files of one pack by what they are for.
pub(super) struct Sorted<'a> {
    pub(super) modules: Vec<&'a PackFile>,
    pub(super) tests: Vec<&'a PackFile>,
    pub(super) documents: Documents,
    profiles: Vec<PackFile>,
}

/// Sorts files and reads the documents.
pub(super) fn sort_files<'a>(all: &'a [PackFile], problems: &mut Vec<Problem>) -> Sorted<'a> {
    let mut sorted = Sorted {
        modules: Vec::new(),
        tests: Vec::new(),
        documents: Documents::default(),
        profiles: Vec::new(),
    };
    for file in all {
        if file.is_test() {
            sorted.tests.push(file);
        } else if file.is_rego() {
            sorted.modules.push(file);
        } else if file.is_profile() {
            sorted.profiles.push(file.clone());
        } else if file.is_document() {
            sorted.documents.add(file, problems);
        } else {
            let message = "nothing reads this file";
            let help = "tables are `data/<name>.yaml`, parameters `<category>/<rule>/\
                        parameters.yaml`, profiles `profiles/<name>.yaml`";
            let problem = Problem::in_file(ProblemKind::IgnoredFile, &file.name, message);
            problems.push(problem.help(help));
        }
    }
    sorted
        .profiles
        .sort_by(|left, right| left.stem().cmp(right.stem()));
    sorted
}

/// Adds one module to the engine after looking at its depth.
pub(super) fn parse(engine: &mut Engine, file: &PackFile) -> Result<Parsed, Problem> {
    if let Some(offset) = nesting::first_too_deep(&file.text) {
        let message = format!(
            "more than {} nested brackets, {} nested parentheses or {} operators",
            nesting::MAX_DEPTH,
            nesting::MAX_PARENTHESES,
            nesting::MAX_OPERATORS
        );
        return Err(Problem::in_file(ProblemKind::TooDeep, &file.name, message)
            .at(&file.text, offset, offset.saturating_add(1))
            .help("move the inner parts into rules of their own"));
    }
    let module = engine
        .add_module(&file.name, &file.text)
        .map_err(|error| syntax_problem(&error, &[file]))?;
    let mut package = vec!["data".to_owned()];
    let Some(names) = module.package.refr.static_path() else {
        let message = "the package is not a plain path";
        return Err(Problem::in_file(ProblemKind::Syntax, &file.name, message));
    };
    package.extend(names);
    Ok(Parsed {
        file: file.name.clone(),
        text: file.text.clone(),
        package,
        module,
    })
}

/// What the engine says, at the place it names.
pub(super) fn syntax_problem(error: &EngineError, among: &[&PackFile]) -> Problem {
    let named = error.place.as_ref().and_then(|(name, line, column)| {
        let file = among.iter().find(|file| file.name == *name)?;
        Some((file, *line, *column))
    });
    let problem = match named {
        Some((file, line, column)) => {
            let problem = Problem::in_file(ProblemKind::Syntax, &file.name, &error.message);
            problem.at_line(&file.text, line, column)
        }
        None => {
            let name = among.first().map_or("policies", |file| file.name.as_str());
            Problem::in_file(ProblemKind::Syntax, name, &error.message)
        }
    };
    problem.help("rules are Rego v1: `deny contains finding if { … }`")
}

/// Builds a pack from files, on the present stack.
pub(super) fn build(all: &[PackFile], mut problems: Vec<Problem>) -> Result<Pack, PolicyError> {
    let sorted = sort_files(all, &mut problems);
    let mut engine = Engine::new();
    let mut parsed = Vec::new();
    let mut kept = Vec::new();
    for file in &sorted.modules {
        match parse(&mut engine, file) {
            Ok(module) => {
                parsed.push(module);
                kept.push(*file);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let definitions: usize = parsed.iter().map(|parsed| parsed.module.rules.len()).sum();
    if definitions > MAX_DEFINITIONS {
        let message = format!("the pack has more than {MAX_DEFINITIONS} definitions");
        problems.push(Problem::in_file(ProblemKind::TooLarge, "policies", message));
    } else if let Err(error) = engine.prepare() {
        problems.push(syntax_problem(&error, &kept));
    }
    let schema = FactsSchema::embedded()?;
    let data = document(&sorted.documents);
    let program = Program::new(&parsed, &schema, &data);
    let modules = Modules {
        files: &kept,
        program: &program,
        parsed: &parsed,
    };
    let rules = rules::collect(&modules, &mut problems);
    check_ids(&rules, &mut problems);
    check_packages(&kept, &parsed, &mut problems);
    let warnings = judge(all, problems)?;
    Ok(Pack {
        engine,
        rules,
        documents: sorted.documents,
        profiles: sorted.profiles,
        sources: all.into(),
        warnings,
        digest: digest(all),
    })
}

/// The document at `data`.
pub(super) fn document(documents: &Documents) -> Value {
    json!({ "freehold": Value::Object(documents.tree.clone()) })
}

/// The document at `data` with more below `data.freehold`, which replaces what is there.
pub(super) fn document_with(documents: &Documents, more: Map<String, Value>) -> Value {
    let mut tree = documents.tree.clone();
    super::documents::merge(&mut tree, more, false);
    json!({ "freehold": Value::Object(tree) })
}

/// Former ids must not be ids, nor former ids of another rule.
fn check_ids(rules: &[PackRule], problems: &mut Vec<Problem>) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for rule in rules {
        taken.insert(&rule.info.id, &rule.info.id);
    }
    for rule in rules {
        for alias in &rule.info.aliases {
            if let Some(owner) = taken.insert(alias, &rule.info.id) {
                let message = format!("alias `{alias}` is already taken by rule `{owner}`");
                problems.push(Problem::in_file(
                    ProblemKind::DuplicateId,
                    &rule.file,
                    message,
                ));
            }
        }
    }
}

/// A user's file must not add to a package of the embedded pack: that would change what a shipped
/// rule means without changing its name.
fn check_packages(files: &[&PackFile], parsed: &[Parsed], problems: &mut Vec<Problem>) {
    let shipped: BTreeSet<&[String]> = files
        .iter()
        .zip(parsed)
        .filter(|(file, _)| file.origin == Origin::Embedded)
        .map(|(_, parsed)| parsed.package.as_slice())
        .collect();
    for (file, parsed) in files.iter().zip(parsed) {
        if file.origin == Origin::User && shipped.contains(parsed.package.as_slice()) {
            let package = parsed.package.iter().skip(1).cloned().collect::<Vec<_>>();
            let message = format!(
                "package `{}` belongs to the shipped pack",
                package.join(".")
            );
            let span = parsed.module.package.span;
            let problem = Problem::in_file(ProblemKind::DuplicateId, &file.name, message)
                .at(&parsed.text, span.start, span.end)
                .help("give the package a name of its own");
            problems.push(problem);
        }
    }
}

/// Splits problems into those that make the pack unusable and warnings, each once, in order.
fn judge(all: &[PackFile], problems: Vec<Problem>) -> Result<Vec<Problem>, PolicyError> {
    let users: BTreeSet<&str> = all
        .iter()
        .filter(|file| file.origin == Origin::User)
        .map(|file| file.name.as_str())
        .collect();
    let mut errors: Vec<Problem> = Vec::new();
    let mut warnings: Vec<Problem> = Vec::new();
    for problem in problems {
        let is_users = users.contains(problem.file.as_str());
        if problem.kind.is_fatal() || !is_users {
            if !errors.contains(&problem) {
                errors.push(problem);
            }
        } else {
            let warning = problem.into_warning();
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    let by_place = |left: &Problem, right: &Problem| {
        (&left.file, left.line, left.kind).cmp(&(&right.file, right.line, right.kind))
    };
    errors.sort_by(by_place);
    warnings.sort_by(by_place);
    if errors.is_empty() {
        Ok(warnings)
    } else {
        Err(PolicyError::in_pack(errors))
    }
}

fn digest(all: &[PackFile]) -> String {
    let mut sorted: Vec<&PackFile> = all.iter().collect();
    sorted.sort_by(|left, right| (left.origin, &left.place).cmp(&(right.origin, &right.place)));
    let mut bytes = Vec::new();
    for file in sorted {
        bytes.extend_from_slice(file.place.join("/").as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(file.text.len().to_string().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(file.text.as_bytes());
    }
    sha256_hex(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields of facts and tables that shipped rules read.
    const FIELDS: [&str; 12] = [
        ".path", ".layer", ".items", ".owner", ".side", ".name", ".type", ".host", ".state", ".id",
        ".version", ".kind",
    ];

    /// Places in a rule's code where one of [`FIELDS`] is read: start and end.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "offsets within one short text"
    )]
    fn reads(text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut offset = text.find("\npackage").unwrap_or(0);
        for line in text[offset..].split_inclusive('\n') {
            let is_code = !line.contains(['"', '#']) && !line.contains("import");
            for field in FIELDS.iter().filter(|_| is_code) {
                for (at, _) in line.match_indices(field) {
                    let end = at + field.len();
                    if !line[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                        found.push((offset + at, offset + end));
                    }
                }
            }
            offset += line.len();
        }
        found
    }

    #[test]
    fn a_misspelt_field_in_a_shipped_rule_is_found() {
        let all = files::embedded();
        let mut places = Vec::new();
        for (index, file) in all.iter().enumerate() {
            if file.is_rego() && !file.is_test() && !file.name.contains("testing") {
                places.extend(reads(&file.text).into_iter().map(|at| (index, at.0, at.1)));
            }
        }
        assert!(places.len() >= 100, "{}", places.len());
        // Every place would take half a minute; a twelfth of them, spread over the pack.
        for (index, start, end) in places.into_iter().step_by(12) {
            let mut files = all.clone();
            files[index].text.insert(end, 'x');
            let line = all[index].text[..end].lines().last().unwrap_or_default();
            let loaded = Pack::from_files(&files, Vec::new());
            assert!(loaded.is_err(), "{}: {line} at {start}", all[index].name);
        }
    }

    /// A shipped file at `place` with this text.
    fn shipped(place: &str, text: &str) -> PackFile {
        PackFile {
            name: format!("policies/{place}"),
            place: place.split('/').map(str::to_owned).collect(),
            text: text.to_owned(),
            origin: Origin::Embedded,
        }
    }

    #[test]
    fn a_shipped_package_split_over_files_is_seen_whole() {
        let block = "# METADATA\n# title: T\n# description: D\n# related_resources:\n\
            #   - ref: https://example.com/\n# custom:\n#   severity: low\n#   weight: 1\n\
            #   needs: [image]\n#   remediation: R\n#   effort: low\n#   stability: stable\n";
        let rule = format!(
            "{block}package freehold.hardening.split\n\nimport data.freehold.lib.split\n\n\
             deny contains {{\"msg\": split.one, \"subject\": _subject}} if split.two\n"
        );
        let mut all = files::embedded();
        all.extend([
            shipped("hardening/split/split.rego", &rule),
            shipped(
                "hardening/split/subjects.rego",
                "package freehold.hardening.split\n\n_subject := \"image\"\n",
            ),
            shipped(
                "lib/split/one.rego",
                "package freehold.lib.split\n\none := \"one\"\n",
            ),
            shipped(
                "lib/split/two.rego",
                "package freehold.lib.split\n\ntwo if input.image.config.runs_as_root\n",
            ),
        ]);
        let pack = Pack::from_files(&all, Vec::new()).unwrap();
        let mut engine = pack.engine.clone();
        let input = json!({"image": {"config": {"runs_as_root": true}}});
        engine.set_input(input).unwrap();
        let denied = engine
            .evaluate("data.freehold.hardening.split.deny")
            .unwrap();
        assert_eq!(denied, Some(json!([{"msg": "one", "subject": "image"}])));

        let misspelt = |file: &mut PackFile| file.text = file.text.replace("runs_as", "run_as");
        all.iter_mut().rev().take(1).for_each(misspelt);
        let error = Pack::from_files(&all, Vec::new()).unwrap_err();
        assert_eq!(error.problems()[0].kind, ProblemKind::UnknownInputPath);
    }
}
