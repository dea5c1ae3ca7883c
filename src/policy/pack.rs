//! A pack: rules, the documents they read, and profiles; checked as a whole when it is loaded.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::checks::{Parsed, Program, borders, recursion, whole};
use super::documents::Documents;
pub use super::documents::Table;
use super::engine::{Engine, on_deep_stack};
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{self, Origin, PackFile};
use super::metadata::CATEGORIES;
use super::module::{parse, spelt, syntax_problem};
use super::origin::{Part, PartOrigin};
use super::profile::Profile;
use super::requirements::{self, PackRequirement};
use super::rules::{self, Modules, PackRule};
use super::sandbox::{Isolation, Sandbox};
use super::schema::FactsSchema;
use super::together;
use crate::source::Digest;

/// Definitions of rules in one pack. A chain of this many still fits the evaluation stack.
const MAX_DEFINITIONS: usize = 10_000;

/// Rules, documents and profiles, ready to evaluate.
#[derive(Clone)]
pub struct Pack {
    /// Empty in a pack that [`Self::sandbox`] holds; see [`Self::engine`].
    engine: Engine,
    /// What runs the rules where others wrote some of them.
    pub(super) sandbox: Option<Arc<Sandbox>>,
    origins: Vec<PartOrigin>,
    pub(super) rules: Vec<PackRule>,
    pub(super) requirements: Vec<PackRequirement>,
    pub(super) documents: Documents,
    pub(super) profiles: Vec<PackFile>,
    /// Every file it was made of, tests too.
    pub(super) sources: Arc<[PackFile]>,
    warnings: Vec<Problem>,
    digest: String,
    ready: Arc<Mutex<Option<Ready>>>,
}

/// An engine with the documents of one run in it, prepared, and the changes that run makes to the
/// documents of the pack.
struct Ready {
    changes: Map<String, Value>,
    questions: String,
    engine: Engine,
}

/// How far a pack is looked at before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    /// Everything that is checked at load.
    All,
    /// What is needed to use it: the files are those of the binary, which a test checks in full.
    Shipped,
}

impl Pack {
    /// The pack in the binary.
    ///
    /// # Errors
    /// [`PolicyError`] with what makes it unusable; a test keeps the shipped pack free of problems.
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
        Self::assemble(
            extra.iter().map(|path| Part::directory(path)).collect(),
            None,
        )
    }

    /// The pack in the binary and `parts`, in their order. Where one of them is foreign, everything
    /// that is Rego or YAML is read and run in child processes of `isolation`.
    ///
    /// # Errors
    /// As [`Self::load`]; [`PolicyError::Stopped`] when the child process dies, and when there are
    /// foreign parts and no `isolation`.
    pub fn assemble(parts: Vec<Part>, isolation: Option<&Isolation>) -> Result<Self, PolicyError> {
        if parts.is_empty() {
            return on_deep_stack(|| build(&files::embedded(), Vec::new(), Checks::Shipped))?;
        }
        let problems: Vec<Problem> = parts
            .iter()
            .flat_map(|part| part.problems.clone())
            .collect();
        let shipped = files::embedded();
        let mut sources: Vec<(bool, &str, &[PackFile])> = parts.iter().map(Part::files).collect();
        sources.push((false, "the shipped pack", &shipped));
        let overlaps = borders::overlaps(&sources);
        if !overlaps.is_empty() {
            return Err(PolicyError::in_pack(overlaps));
        }
        let own: Vec<PackFile> = parts.iter().flat_map(|part| part.files.clone()).collect();
        let foreign = parts.iter().filter(|part| part.is_foreign);
        let names: Vec<&str> = foreign.map(|part| part.origin.name.as_str()).collect();
        let mut pack = if names.is_empty() {
            let mut all = files::embedded();
            all.extend(own);
            on_deep_stack(|| build(&all, problems, Checks::All))??
        } else {
            // What could not be read leaves nothing to hand over.
            if !problems.is_empty() {
                return Err(PolicyError::in_pack(problems));
            }
            Self::sandboxed(own, &names.join(", "), isolation)?
        };
        pack.unweigh(&parts);
        let idle = |part: &&Part| part.origin.kind != "data" && !pack.uses(&part.files);
        let idle = parts.iter().filter(idle);
        let idle: Vec<Problem> = idle.map(|part| no_rules(&part.origin.name)).collect();
        if !idle.is_empty() {
            return Err(PolicyError::in_pack(idle));
        }
        for part in parts {
            pack.warnings.extend(part.warnings);
            pack.origins.push(part.origin);
        }
        Ok(pack)
    }

    /// Takes the weight off the rules that others wrote: they may block, and move no score unless a
    /// profile says so.
    fn unweigh(&mut self, parts: &[Part]) {
        let foreign = parts.iter().filter(|part| part.is_foreign);
        let files: BTreeSet<&str> = foreign
            .flat_map(|part| part.files.iter().map(|file| file.name.as_str()))
            .collect();
        for rule in &mut self.rules {
            let is_scored = CATEGORIES.contains(&rule.info.category.as_str());
            if is_scored && files.contains(rule.file.as_str()) {
                Arc::make_mut(&mut rule.info).weight = 0.0;
            }
        }
    }

    /// A pack of which child processes of `isolation` run everything.
    fn sandboxed(
        own: Vec<PackFile>,
        name: &str,
        isolation: Option<&Isolation>,
    ) -> Result<Self, PolicyError> {
        let sandbox = Sandbox::new(own, name, isolation)?;
        let loaded = sandbox.load()?;
        let mut all = files::embedded();
        all.extend(sandbox.files.iter().cloned());
        Ok(Self {
            engine: Engine::new(),
            rules: loaded.rules,
            requirements: loaded.requirements,
            documents: loaded.documents,
            profiles: profiles_of(&all),
            warnings: sandbox.with_texts(loaded.warnings),
            digest: digest(&all),
            sources: all.into(),
            ready: Arc::default(),
            origins: Vec::new(),
            sandbox: Some(Arc::new(sandbox)),
        })
    }

    /// The engine with all rules in it.
    ///
    /// # Errors
    /// [`PolicyError::Stopped`] for a pack that runs in child processes: an engine without its rules
    /// would pass everything.
    pub(super) fn engine(&self) -> Result<&Engine, PolicyError> {
        match &self.sandbox {
            None => Ok(&self.engine),
            Some(sandbox) => Err(sandbox.not_here()),
        }
    }

    /// What the pack was put together from, beside what is shipped.
    pub fn origins(&self) -> &[PartOrigin] {
        &self.origins
    }

    /// Whether its rules run in child processes.
    pub fn is_sandboxed(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Whether a user's files add anything to judge with: a rule, a table, parameters, a profile,
    /// or a library where other files hold rules.
    fn uses(&self, own: &[PackFile]) -> bool {
        let is_requirement = |file: &PackFile| {
            let mut all = self.requirements.iter();
            all.any(|requirement| requirement.file == file.name)
        };
        let is_rule = |file: &PackFile| {
            self.rules.iter().any(|rule| rule.is_in(&file.name)) || is_requirement(file)
        };
        let origins = || {
            let rules = self.rules.iter().map(|rule| rule.origin);
            rules.chain(self.requirements.iter().map(|one| one.origin))
        };
        let has_users = || origins().any(|origin| origin == Origin::User);
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
        on_deep_stack(|| build(all, problems, Checks::All))?
    }

    /// Makes the pack ready to judge with the parameters of `profile` at the time `now` (RFC 3339),
    /// which is otherwise done when the first image is judged. Images judged with the same two
    /// share it, whatever threads they are judged on.
    ///
    /// # Errors
    /// [`PolicyError::Engine`] when the documents cannot be handed over.
    pub fn prepare(&self, profile: &Profile, now: &str) -> Result<(), PolicyError> {
        // Each child process makes its own.
        match self.sandbox {
            Some(_) => Ok(()),
            None => self.ready(profile, now).map(drop),
        }
    }

    /// The rules that are on in `profile`.
    pub(super) fn rules_on(&self, profile: &Profile) -> Vec<PackRule> {
        let is_on = |rule: &&PackRule| profile.rules.contains(&rule.info.id);
        self.rules.iter().filter(is_on).cloned().collect()
    }

    /// An engine with the documents of the pack, the changes of this run and the questions to the
    /// rules that are on, prepared.
    pub(super) fn ready(&self, profile: &Profile, now: &str) -> Result<Engine, PolicyError> {
        let changes = changes(profile, now);
        let questions = together::module(&self.rules_on(profile));
        let is_same = |ready: &&Ready| ready.changes == changes && ready.questions == questions;
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = ready.as_ref().filter(is_same) {
            return Ok(ready.engine.clone());
        }
        let engine = on_deep_stack(|| {
            let mut engine = self.engine()?.clone();
            engine.add_data(document_with(&self.documents, changes.clone()))?;
            let added = engine.add_text("questions", &questions);
            added
                .and_then(|()| engine.prepare())
                .map_err(|error| PolicyError::Engine {
                    detail: error.sentence(),
                })?;
            Ok(engine)
        })??;
        *ready = Some(Ready {
            changes,
            questions,
            engine: engine.clone(),
        });
        Ok(engine)
    }

    /// The rules, by category and id.
    pub fn rules(&self) -> &[PackRule] {
        &self.rules
    }

    /// The requirements a profile can count, by name.
    pub fn requirements(&self) -> &[PackRequirement] {
        &self.requirements
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
}

/// The profiles among files, by name.
fn profiles_of(all: &[PackFile]) -> Vec<PackFile> {
    let mut profiles: Vec<PackFile> = all
        .iter()
        .filter(|file| file.is_profile())
        .cloned()
        .collect();
    profiles.sort_by(|left, right| left.stem().cmp(right.stem()));
    profiles
}

/// Sorts files and reads the documents.
pub(super) fn sort_files<'a>(all: &'a [PackFile], problems: &mut Vec<Problem>) -> Sorted<'a> {
    let mut sorted = Sorted {
        modules: Vec::new(),
        tests: Vec::new(),
        documents: Documents::default(),
    };
    for file in all {
        if file.is_test() {
            sorted.tests.push(file);
        } else if file.is_rego() {
            sorted.modules.push(file);
        } else if file.is_document() {
            sorted.documents.add(file, problems);
        } else if !file.is_profile() {
            let message = "nothing reads this file";
            let help = "tables are `data/<name>.yaml`, parameters `<category>/<rule>/\
                        parameters.yaml`, profiles `profiles/<name>.yaml`";
            let problem = Problem::in_file(ProblemKind::IgnoredFile, &file.name, message);
            problems.push(problem.help(help));
        }
    }
    sorted
}

/// What a run adds to the pack's documents.
pub(super) fn changes(profile: &Profile, now: &str) -> Map<String, Value> {
    let mut tree = Map::new();
    for (id, parameters) in &profile.parameters {
        let mut below: Map<String, Value> = Map::new();
        below.insert("parameters".to_owned(), Value::Object(parameters.clone()));
        for name in id.rsplit('.') {
            below = Map::from_iter([(name.to_owned(), Value::Object(below))]);
        }
        super::documents::merge(&mut tree, below, false);
    }
    tree.insert("now".to_owned(), Value::from(now));
    tree
}

/// Builds a pack from files, on the present stack.
pub(super) fn build(
    all: &[PackFile],
    problems: Vec<Problem>,
    checks: Checks,
) -> Result<Pack, PolicyError> {
    build_with_modules(all, problems, checks).map(|(pack, _)| pack)
}

/// As [`build`], with the modules it is made of: those of tests are not among them.
pub(super) fn build_with_modules(
    all: &[PackFile],
    mut problems: Vec<Problem>,
    checks: Checks,
) -> Result<(Pack, Vec<Parsed>), PolicyError> {
    let sorted = sort_files(all, &mut problems);
    let mut engine = Engine::new();
    let mut parsed = Vec::new();
    let mut kept = Vec::new();
    for file in &sorted.modules {
        let added = match checks {
            Checks::All => parse(&mut engine, file),
            Checks::Shipped => parse(&mut engine, &spelt(file)),
        };
        match added {
            Ok(module) => {
                parsed.push(module);
                kept.push(*file);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let (rules, requirements) = match checks {
        Checks::Shipped => {
            let modules = Modules {
                files: &kept,
                program: None,
                parsed: &parsed,
            };
            collect(&modules, &mut problems)
        }
        Checks::All => {
            prepare(&mut engine, &kept, &parsed, &mut problems);
            let schema = FactsSchema::embedded()?;
            let data = document(&sorted.documents);
            let program = Program::new(&parsed, &schema, &data);
            let modules = Modules {
                files: &kept,
                program: Some(&program),
                parsed: &parsed,
            };
            let (rules, requirements) = collect(&modules, &mut problems);
            whole::check_ids(&rules, &mut problems);
            let documents: Vec<&PackFile> = all.iter().filter(|file| file.is_document()).collect();
            borders::check(&kept, &parsed, &documents, &mut problems);
            (rules, requirements)
        }
    };
    let warnings = judge(all, problems)?;
    let pack = Pack {
        engine,
        rules,
        requirements,
        documents: sorted.documents,
        profiles: profiles_of(all),
        sources: all.into(),
        warnings,
        digest: digest(all),
        ready: Arc::default(),
        origins: Vec::new(),
        sandbox: None,
    };
    Ok((pack, parsed))
}

/// The rules and the requirements of the modules.
fn collect(
    modules: &Modules<'_>,
    problems: &mut Vec<Problem>,
) -> (Vec<PackRule>, Vec<PackRequirement>) {
    let rules = rules::collect(modules, problems);
    (rules, requirements::collect(modules, problems))
}

/// Lets the engine check all modules together.
fn prepare(
    engine: &mut Engine,
    files: &[&PackFile],
    parsed: &[Parsed],
    problems: &mut Vec<Problem>,
) {
    let definitions: usize = parsed.iter().map(|parsed| parsed.module.rules.len()).sum();
    if definitions > MAX_DEFINITIONS {
        let message = format!("the pack has more than {MAX_DEFINITIONS} definitions");
        let problem = Problem::in_file(ProblemKind::TooLarge, "policies", message);
        problems.push(problem.help("split it, or leave out what you do not use"));
        return;
    }
    let before = problems.len();
    recursion::check(parsed, problems);
    if problems.len() == before
        && let Err(error) = engine.prepare()
    {
        problems.push(syntax_problem(&error, files));
    }
}

/// The document at `data`.
pub(super) fn document(documents: &Documents) -> Value {
    document_with(documents, Map::new())
}

/// The document at `data` with more below `data.freehold`, which replaces what is there.
pub(super) fn document_with(documents: &Documents, more: Map<String, Value>) -> Value {
    let mut tree = documents.tree.clone();
    super::documents::merge(&mut tree, more, false);
    let mut whole = documents.others.clone();
    whole.insert("freehold".to_owned(), Value::Object(tree));
    Value::Object(whole)
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

/// See [`Pack::digest`].
pub(super) fn digest(all: &[PackFile]) -> String {
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
    Digest::sha256(&bytes).hex().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn the_shipped_pack_is_sound_and_the_same_without_its_checks() {
        let files = files::embedded();
        let checked = Pack::from_files(&files, Vec::new()).unwrap();
        assert_eq!(checked.warnings(), []);
        let trusted = Pack::embedded().unwrap();
        assert_eq!(trusted.rules, checked.rules);
        assert_eq!(trusted.digest, checked.digest);
        assert_eq!(trusted.warnings(), []);
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
