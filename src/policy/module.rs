//! One file of Rego, handed to the engine.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::checks::Parsed;
use super::engine::{Engine, EngineError, spelt_out};
use super::error::{Problem, ProblemKind, closest};
use super::files::PackFile;
use super::nesting;
use super::rule_tests::package_of;

/// Adds one module to the engine after looking at its depth. The engine gets names behind imports
/// in full; the tree is that of the text as it is written.
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
    let refused = |error| syntax_problem(&error, &[file]);
    let module = match spelt_out(&file.text) {
        Cow::Borrowed(text) => engine.add_module(&file.name, text).map_err(refused)?,
        Cow::Owned(_) => {
            let mut alone = Engine::new();
            let module = alone.add_module(&file.name, &file.text).map_err(refused)?;
            engine
                .add_spelt_out(&file.name, &file.text)
                .map_err(refused)?;
            module
        }
    };
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
    let usual = "rules are Rego v1: `deny contains finding if { … }`";
    match named {
        Some((file, line, column)) => {
            let problem = Problem::in_file(ProblemKind::Syntax, &file.name, &error.message);
            let column = column_in(&file.text, line, column, undefined(error));
            let problem = problem.at_line(&file.text, line, column);
            match undefined(error) {
                Some(name) => problem.help(meant(name, file, among, line)),
                None => problem.help(usual),
            }
        }
        None => {
            let name = among.first().map_or("policies", |file| file.name.as_str());
            Problem::in_file(ProblemKind::Syntax, name, &error.message).help(usual)
        }
    }
}

/// The name that an error says is not defined.
pub(super) fn undefined(error: &EngineError) -> Option<&str> {
    let rest = error.message.strip_prefix("use of undefined variable `")?;
    rest.split('`').next()
}

/// The column in characters, from 1, of one the engine names: it counts a tab as four, and the text
/// it was given may have longer names than the one that was written. `name` is what is there.
pub(super) fn column_in(text: &str, line: usize, column: usize, name: Option<&str>) -> usize {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let mut counted = 1_usize;
    let mut offset = line.len();
    let mut found = 1_usize;
    for (at, character) in line.char_indices() {
        if counted >= column {
            offset = at;
            break;
        }
        let width = if character == '\t' { 4 } else { 1 };
        counted = counted.saturating_add(width);
        found = found.saturating_add(1);
    }
    let Some(name) = name else {
        return found;
    };
    let rest = line.get(offset..).unwrap_or_default();
    if rest.starts_with(name) {
        return found;
    }
    let places = line.match_indices(name).map(|(at, _)| at);
    let whole = places.filter(|at| is_whole(line, *at, name.len()));
    let nearest = whole.min_by_key(|at| at.abs_diff(offset));
    nearest.map_or(found, |at| {
        let before = line.get(..at).unwrap_or_default();
        before.chars().count().saturating_add(1)
    })
}

/// Whether nothing that belongs to a name stands around these bytes of a line.
fn is_whole(line: &str, start: usize, length: usize) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = line.as_bytes();
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    !is_part(before) && !is_part(bytes.get(start.saturating_add(length)))
}

/// What was meant by a name that is not defined: one of the package, an import, or a variable of the
/// same rule.
fn meant(name: &str, file: &PackFile, among: &[&PackFile], line: usize) -> String {
    let package = package_of(file);
    let is_same = |other: &&&PackFile| other.name == file.name || package_of(other) == package;
    let mut names = BTreeSet::from(["input".to_owned(), "data".to_owned()]);
    for other in among.iter().filter(is_same) {
        let Ok(module) = Engine::new().add_module(&other.name, &other.text) else {
            continue;
        };
        for rule in &module.rules {
            names.extend(rule.name().map(str::to_owned));
            let span = rule.span();
            let text = span.text(&other.text);
            let last = span.line.saturating_add(text.lines().count());
            if other.name == file.name && (span.line..=last).contains(&line) {
                names.extend(words(text).map(str::to_owned));
            }
        }
        if other.name == file.name {
            for import in &module.imports {
                let path = import.refr.static_path().unwrap_or_default();
                let alias = import.alias.map(|span| span.text(&other.text).to_owned());
                names.extend(alias.or_else(|| path.last().cloned()));
            }
        }
    }
    names.remove(name);
    // Of two letters, any other two are one step away.
    let near = closest(name, names.iter().map(String::as_str));
    match near.filter(|_| name.len() > 2) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!(
            "nothing here defines `{name}`: bind it with `:=` or `some`, or define a rule of that \
             name in the package"
        ),
    }
}

/// The names in a text that begin a reference, roughly: those behind a dot are left out.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.');
    // Every second piece stands in quotes.
    text.split(['"', '`'])
        .step_by(2)
        .flat_map(move |code| code.split(is_end))
        .filter_map(|word| word.split('.').next())
        .filter(|word| !word.is_empty() && !is_keyword(word))
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "some"
            | "every"
            | "not"
            | "if"
            | "in"
            | "contains"
            | "with"
            | "as"
            | "else"
            | "true"
            | "false"
            | "null"
    ) || word.starts_with(|c: char| c.is_ascii_digit())
}

/// A file of the shipped pack as the engine gets it: its tree is not looked at closely enough to
/// need the text as it is written too.
pub(super) fn spelt(file: &PackFile) -> PackFile {
    PackFile {
        text: spelt_out(&file.text).into_owned(),
        ..file.clone()
    }
}
