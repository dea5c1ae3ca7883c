//! Everything that can be said of a directory of rules without an image: `freehold policy check`.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use super::checks::{self, Parsed};
use super::engine::on_deep_stack;
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{self, Origin, PackFile};
use super::module::{parse, syntax_problem};
use super::origin::Part;
use super::pack::{Checks, Pack, build_with_modules, document};
use super::reference::MESSAGE;
use super::rule_tests::lay_over;
use super::rules::PackRule;
use super::sandbox::{Isolation, Sandbox};

/// Longest line, in characters (policies/README.md, "Style"; the default of Regal's rule
/// `line-length` too).
const MAX_LINE: usize = 120;

/// Most lines of a file of rules or tests (the limit this pack keeps itself).
const MAX_LINES: usize = 200;

/// A subject that is written out, or made with `sprintf`.
const SUBJECT: &str = r#"\bsubject"?\s*:=?\s*(?:sprintf\(\s*)?"((?:[^"\\]|\\.)*)""#;

/// How a subject may begin (policies/README.md, "Read a rule").
const SUBJECTS: [&str; 8] = [
    "image", "path:/", "path:%", "pkg:", "repo:", "key:", "%s", "%v",
];

/// Words a title begins with when it says what the rule does, not what is true.
const ORDERS: [&str; 9] = [
    "check", "checks", "ensure", "ensures", "verify", "verifies", "deny", "denies", "warn",
];

/// What was found in a directory.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Ids of the rules below the directory.
    pub rules: Vec<String>,
    /// Number of `*_test.rego` files.
    pub test_files: usize,
    /// Errors, by file and place: the pack cannot be used.
    pub errors: Vec<Problem>,
    /// Warnings, by file and place.
    pub warnings: Vec<Problem>,
}

/// Checks the rules below `directory`, laid over the embedded pack as tests are: all that loading
/// them would say, their tests' syntax, and their style.
///
/// # Errors
/// [`PolicyError::Engine`] when the engine fails outside any rule. Problems are no errors here.
pub fn check(directory: &Path) -> Result<Checked, PolicyError> {
    check_part(Part::directory(directory), None)
}

/// Checks the rules of a directory, a bundle or an artifact, as [`check`] does; those of a foreign
/// part in a child process of `isolation`.
///
/// # Errors
/// As [`check`], and [`PolicyError::Stopped`] when the child process dies or there is none.
pub fn check_part(part: Part, isolation: Option<&Isolation>) -> Result<Checked, PolicyError> {
    if !part.is_foreign {
        return check_over_shipped(part.files, part.problems);
    }
    if !part.problems.is_empty() {
        return Ok(Checked {
            errors: part.problems,
            warnings: part.warnings,
            ..Checked::default()
        });
    }
    let sandbox = Sandbox::new(part.files, &part.origin.name, isolation)?;
    let mut checked = sandbox.check()?;
    checked.warnings.extend(part.warnings);
    Ok(checked)
}

/// Checks `own`, laid over the embedded files.
pub(super) fn check_over_shipped(
    own: Vec<PackFile>,
    problems: Vec<Problem>,
) -> Result<Checked, PolicyError> {
    let all = lay_over(files::embedded(), own);
    on_deep_stack(|| check_files(&all, problems))?
}

fn check_files(all: &[PackFile], problems: Vec<Problem>) -> Result<Checked, PolicyError> {
    let own: Vec<&PackFile> = all
        .iter()
        .filter(|file| file.origin == Origin::User)
        .collect();
    let mut checked = Checked {
        test_files: own.iter().filter(|file| file.is_test()).count(),
        ..Checked::default()
    };
    match build_with_modules(all, problems, Checks::All) {
        Ok((pack, parsed)) => {
            let rules = pack.rules.iter();
            let rules: Vec<&PackRule> = rules.filter(|rule| rule.origin == Origin::User).collect();
            checked.rules = rules.iter().map(|rule| rule.info.id.clone()).collect();
            if rules.is_empty() && checked.test_files == 0 && own.iter().all(|file| file.is_rego())
            {
                let message = "there is no rule here";
                let problem = Problem::in_file(ProblemKind::NoRules, "the directory", message);
                let help = "`freehold policy new CATEGORY.RULE` makes one";
                checked.errors.push(problem.help(help));
            }
            checked.warnings = pack.warnings().to_vec();
            checked.errors.extend(test_problems(&pack, parsed, &own)?);
            for rule in rules {
                rule_style(&pack, rule, &own, &mut checked.warnings);
            }
        }
        Err(error) if error.problems().is_empty() => return Err(error),
        Err(error) => checked.errors.extend(error.problems().iter().cloned()),
    }
    for file in own.iter().filter(|file| file.is_rego()) {
        file_style(file, &mut checked.warnings);
    }
    checked.warnings = std::mem::take(&mut checked.warnings)
        .into_iter()
        .map(Problem::into_warning)
        .collect();
    checked.warnings.sort_by(|left, right| {
        (&left.file, left.line, left.kind).cmp(&(&right.file, right.line, right.kind))
    });
    Ok(checked)
}

/// What is wrong with the tests before any is run.
fn test_problems(
    pack: &Pack,
    modules: Vec<Parsed>,
    own: &[&PackFile],
) -> Result<Vec<Problem>, PolicyError> {
    let mut engine = pack.engine()?.clone();
    let mut problems = Vec::new();
    let tests: Vec<&PackFile> = own.iter().filter(|file| file.is_test()).copied().collect();
    let mut parsed = Vec::new();
    for file in &tests {
        match parse(&mut engine, file) {
            Ok(module) => parsed.push(module),
            Err(problem) => problems.push(problem),
        }
    }
    checks::tests::check(modules, parsed, &document(&pack.documents), &mut problems)?;
    if problems.is_empty()
        && let Err(error) = engine.prepare()
    {
        problems.push(syntax_problem(&error, &tests));
    }
    Ok(problems)
}

fn style(file: &PackFile, message: impl Into<String>) -> Problem {
    Problem::in_file(ProblemKind::Style, &file.name, message)
}

/// Lengths of a file and its lines.
fn file_style(file: &PackFile, warnings: &mut Vec<Problem>) {
    let lines = file.text.lines().count();
    if lines > MAX_LINES {
        let message = format!("the file has {lines} lines, and the limit is {MAX_LINES}");
        let help = "move what several rules share into a library, records of tests too";
        warnings.push(
            style(file, message)
                .at_line(&file.text, MAX_LINES, 1)
                .help(help),
        );
    }
    for (number, line) in (1_usize..).zip(file.text.lines()) {
        let length = line.chars().count();
        // A link cannot be broken.
        if length > MAX_LINE && !line.contains("https://") {
            let message = format!("the line has {length} characters, and the limit is {MAX_LINE}");
            let behind = MAX_LINE.saturating_add(1);
            warnings.push(style(file, message).at_line(&file.text, number, behind));
            return;
        }
    }
    let is_empty_test = file.is_test() && !file.text.lines().any(|line| line.starts_with("test_"));
    if is_empty_test {
        let help = "a test is a rule called `test_…`; other rules are not run";
        warnings.push(
            style(file, "the file holds no test")
                .at_line(&file.text, 1, 1)
                .help(help),
        );
    }
}

/// How a rule is written. One without METADATA is somebody else's kind of rule (conftest's, say),
/// and only what concerns every rule is asked of it.
fn rule_style(pack: &Pack, rule: &PackRule, own: &[&PackFile], warnings: &mut Vec<Problem>) {
    let Some(file) = own.iter().find(|file| file.name == rule.file) else {
        return;
    };
    test_beside(rule, file, own, warnings);
    if rule.info.description.is_empty() {
        return;
    }
    title(rule, file, warnings);
    names(rule, file, warnings);
    messages(file, warnings);
    subjects(file, warnings);
    parameters(pack, rule, own, warnings);
}

fn test_beside(rule: &PackRule, file: &PackFile, own: &[&PackFile], warnings: &mut Vec<Problem>) {
    let folder = file.place.split_last().map(|(_, folder)| folder);
    let wanted = format!("{}_test.rego", file.stem());
    let is_beside = |other: &&&PackFile| {
        other.file_name() == wanted && other.place.split_last().map(|(_, folder)| folder) == folder
    };
    if own.iter().find(is_beside).is_none() {
        let message = format!("rule `{}` has no test beside it", rule.info.id);
        let help = format!("write `{wanted}`; `freehold policy new` shows how one begins");
        warnings.push(at_word(file, "package", message).help(help));
    }
}

/// A problem at the first line that starts with `word`, or with it in a comment.
fn at_word(file: &PackFile, word: &str, message: impl Into<String>) -> Problem {
    let is_here = |line: &str| {
        let content = line.trim_start_matches(['#', ' ', '\t']);
        content.starts_with(word)
    };
    let line = file.text.lines().position(is_here).unwrap_or(0);
    style(file, message).at_line(&file.text, line.saturating_add(1), 1)
}

fn title(rule: &PackRule, file: &PackFile, warnings: &mut Vec<Problem>) {
    let title = rule.info.title.trim();
    let first = title.split_whitespace().next().unwrap_or_default();
    let is_order = ORDERS.contains(&first.to_lowercase().as_str());
    let asks = title
        .split_whitespace()
        .any(|word| ["must", "should", "shall"].contains(&word));
    if is_order || asks {
        let message = "the title says what is asked for, not what is true when the rule passes";
        let help = "write `The image starts as an ordinary user`, not `Ensure it is not root`";
        warnings.push(at_word(file, "title:", message).help(help));
    }
    if title.ends_with('.') {
        warnings.push(at_word(file, "title:", "the title ends with a full stop"));
    }
}

/// Ids are spelled in one way, those that were given up too.
fn names(rule: &PackRule, file: &PackFile, warnings: &mut Vec<Problem>) {
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !rule.info.id.split('.').all(is_name) {
        let message = format!(
            "the id `{}` is not in small letters, digits and `_`",
            rule.info.id
        );
        warnings.push(at_word(file, "package", message));
    }
    for alias in &rule.info.aliases {
        let mut parts = alias.split('.');
        let is_id = parts.clone().count() == 2 && parts.all(is_name);
        if *alias == rule.info.id {
            let message = format!("`aliases` names the rule itself, `{alias}`");
            warnings.push(at_word(file, "aliases:", message));
        } else if !is_id {
            let message = format!("`aliases` names `{alias}`, which is not the id of a rule");
            let help = "an id is `<category>.<rule>`";
            warnings.push(at_word(file, "aliases:", message).help(help));
        }
    }
}

fn messages(file: &PackFile, warnings: &mut Vec<Problem>) {
    for (start, end, text) in literals(MESSAGE, file) {
        let message = match text.trim_end() {
            "" => "the message says nothing",
            ended if ended.ends_with('.') && !ended.ends_with("...") => {
                "the message ends with a full stop"
            }
            ended if ended.ends_with('!') => "the message shouts",
            _ => continue,
        };
        let help = "a message names the thing in one sentence: \
                    `/opt/x is setuid and no package owns it (layer 3)`";
        warnings.push(style(file, message).at(&file.text, start, end).help(help));
    }
}

/// A finding is known again by its subject. What is not written out cannot be seen from here; the
/// evaluation refuses it.
fn subjects(file: &PackFile, warnings: &mut Vec<Problem>) {
    let help = "it is one of `path:/x`, `pkg:TYPE/NAME` without a version, `repo:HOST/PATH`, \
                `key:FINGERPRINT` and `image`";
    for (start, end, text) in literals(SUBJECT, file) {
        let is_known = SUBJECTS.iter().any(|form| match *form {
            "image" => text == "image",
            form => text.starts_with(form),
        });
        if !is_known {
            let message = format!("`{text}` is not how a subject is written");
            warnings.push(style(file, message).at(&file.text, start, end).help(help));
        }
    }
    if !file.text.contains("subject") {
        let message = "the findings have no `subject`";
        let problem = at_word(file, "deny", message);
        warnings.push(problem.help(format!("waivers and baselines rest on it; {help}")));
    }
}

/// Texts in a file, without comments: start, end, and what is between the quotes.
fn literals<'a>(pattern: &str, file: &'a PackFile) -> Vec<(usize, usize, &'a str)> {
    let Ok(pattern) = Regex::new(pattern) else {
        return Vec::new();
    };
    let found = pattern.captures_iter(&file.text).filter_map(|found| {
        let text = found.get(1)?;
        let before = file.text.get(..text.start())?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        (!line.trim_start().starts_with('#')).then(|| (text.start(), text.end(), text.as_str()))
    });
    found.collect()
}

/// A parameter nobody reads changes nothing when it is set.
fn parameters(pack: &Pack, rule: &PackRule, own: &[&PackFile], warnings: &mut Vec<Problem>) {
    let Some(values) = pack.parameters(&rule.info.id) else {
        return;
    };
    let mut place: Vec<&str> = rule.info.id.split('.').collect();
    place.push("parameters.yaml");
    let is_here = |file: &&&PackFile| file.place.iter().map(String::as_str).eq(place.clone());
    let Some(file) = own.iter().find(is_here) else {
        return;
    };
    let modules = own.iter().filter(|file| file.is_rego() && !file.is_test());
    let code: BTreeSet<&str> = modules
        .flat_map(|module| {
            module
                .text
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        })
        .collect();
    for name in values.keys().filter(|name| !code.contains(name.as_str())) {
        let message = format!("no rule reads the parameter `{name}`");
        let help = format!(
            "read it as `data.freehold.{}.parameters.{name}`, or leave it out",
            rule.info.id
        );
        warnings.push(at_word(file, &format!("{name}:"), message).help(help));
    }
    for parameter in pack.parameters_of(&rule.info.id, None) {
        if parameter.comment.is_empty() {
            let message = format!("the parameter `{}` has no comment", parameter.name);
            let help = "say above it what it means, its unit, and why it has this value";
            let word = format!("{}:", parameter.name);
            warnings.push(at_word(file, &word, message).help(help));
        }
    }
}
