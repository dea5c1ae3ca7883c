//! One file of Rego, handed to the engine.

use std::borrow::Cow;

use super::checks::Parsed;
use super::engine::{Engine, EngineError, spelt_out};
use super::error::{Problem, ProblemKind};
use super::files::PackFile;
use super::nesting;

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

/// A file of the shipped pack as the engine gets it: its tree is not looked at closely enough to
/// need the text as it is written too.
pub(super) fn spelt(file: &PackFile) -> PackFile {
    PackFile {
        text: spelt_out(&file.text).into_owned(),
        ..file.clone()
    }
}
