//! A quick question in Rego: `freehold eval`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::checks::{self, Program};
use super::engine::{Engine, EngineError, RULE_SECONDS, Solution, on_deep_stack};
use super::error::{PolicyError, Problem, ProblemKind, closest};
use super::files::{Origin, PackFile};
use super::module::{column_in, parse, undefined};
use super::nesting;
use super::pack::{Pack, document_with};
use super::schema::FactsSchema;
use crate::facts::model::Facts;

/// Name of the query in messages.
const NAME: &str = "query";

/// Part of the name the engine gives a query.
const QUERY_FILE: &str = "query.rego";

/// What stands before a query when it is read as the body of a rule.
const BEFORE: &str = "package freehold_query\n\nanswer if {\n";

/// Largest answer as JSON, in MiB. People read it, and programs that want more ask for facts.
const MAX_ANSWER_MIB: usize = 64;

/// Solutions kept.
const MAX_SOLUTIONS: usize = 100_000;

/// What a query gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Its value: of a query that is one expression without variables that expression's, else a
    /// list with the variables of each solution. Sets are sorted lists. None where it is undefined.
    pub value: Option<Value>,
    /// Why nothing may have been found: paths of the query that the facts do not have.
    pub doubts: Vec<String>,
}

/// Evaluates `query` with the facts as `input`, and rules, tables and the time as `data`.
///
/// # Errors
/// [`PolicyError`] when the query cannot be read or evaluated; [`PolicyError::TimeLimit`] when it
/// runs too long. A builtin error is an error, as with `opa eval --strict-builtin-errors`.
pub fn query(pack: &Pack, facts: &Facts, query: &str, now: &str) -> Result<Answer, PolicyError> {
    if let Some(sandbox) = &pack.sandbox {
        return sandbox.query(query, facts, now);
    }
    if let Some(offset) = nesting::first_too_deep(query) {
        let message = "the query is nested too deeply";
        let problem = Problem::in_file(ProblemKind::TooDeep, NAME, message);
        let end = offset.saturating_add(1);
        return Err(PolicyError::in_pack(vec![problem.at(query, offset, end)]));
    }
    if is_misread(query) {
        let message = "`some` with further expressions behind it is not understood as a query";
        let problem = Problem::in_file(ProblemKind::Syntax, NAME, message);
        let help = "put it into a list: `[p.name | some p in input.packages; p.type == \"deb\"]`";
        return Err(PolicyError::in_pack(vec![problem.help(help)]));
    }
    on_deep_stack(|| {
        let doubts = doubts(pack, query)?;
        let mut engine = pack.engine()?.clone();
        let time = Map::from_iter([("now".to_owned(), Value::from(now))]);
        engine.add_data(document_with(&pack.documents, time))?;
        engine.set_input(facts)?;
        let solutions =
            solve(&mut engine, query).map_err(|error| problem(&explained(error, query), query))?;
        let value = match solutions.as_slice() {
            [] => None,
            [one] if one.bindings.is_empty() && one.values.len() == 1 => {
                one.values.first().cloned()
            }
            all => Some(
                all.iter()
                    .take(MAX_SOLUTIONS)
                    .map(|one| match one.bindings.is_empty() {
                        true => one.values.last().cloned().unwrap_or_default(),
                        false => Value::Object(one.bindings.clone()),
                    })
                    .collect(),
            ),
        };
        if value.as_ref().is_some_and(is_too_large) {
            let message = format!("the answer has more than {MAX_ANSWER_MIB} MiB");
            let problem = Problem::in_file(ProblemKind::TooLarge, NAME, message);
            let help = "ask for less: `count(…)`, or a list with a condition";
            return Err(PolicyError::in_pack(vec![problem.help(help)]));
        }
        Ok(Answer { value, doubts })
    })?
}

/// Whether the engine would give a wrong answer: in a query, though not in a rule or a list, it ends
/// a loop over `some … in` with the first element for which a later expression does not hold.
fn is_misread(query: &str) -> bool {
    let statements = query.split([';', '\n']).map(str::trim);
    let statements = statements.filter(|statement| !statement.is_empty());
    let has_loop = statements.clone().any(|one| one.starts_with("some "));
    has_loop && statements.count() > 1
}

/// The engine takes a query that is nothing but a union (`a | b`) for half a comprehension; behind
/// another expression it is read as meant.
fn solve(engine: &mut Engine, query: &str) -> Result<Vec<Solution>, EngineError> {
    match engine.query(query) {
        Err(error) if error.message.contains("try parse as comprehension") => {
            let mut solutions = engine.query(&format!("true; {query}"))?;
            for solution in &mut solutions {
                solution.values = solution.values.split_off(1.min(solution.values.len()));
            }
            Ok(solutions)
        }
        answer => answer,
    }
}

/// Whether a value takes more than [`MAX_ANSWER_MIB`] as JSON. It is not kept.
fn is_too_large(value: &Value) -> bool {
    struct Room(usize);
    impl std::io::Write for Room {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let left = self.0.checked_sub(bytes.len());
            self.0 = left.ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    serde_json::to_writer(Room(MAX_ANSWER_MIB << 20), value).is_err()
}

/// What the engine says about a query, where it says only that it expected something: read as the
/// body of a rule, the same text is an error with a reason.
fn explained(error: EngineError, query: &str) -> EngineError {
    if error.message != "expecting" {
        return error;
    }
    if query.trim().is_empty() {
        return EngineError {
            message: "the query is empty".to_owned(),
            ..error
        };
    }
    let Some(said) = body_error(query) else {
        return error;
    };
    let before = BEFORE.matches('\n').count();
    let last = query.lines().count();
    let place = said.place.map(|(_, line, column)| {
        let line = line.saturating_sub(before);
        // The bracket behind the query stands for its end.
        match line > last {
            true => (last, usize::MAX),
            false => (line.max(1), column),
        }
    });
    EngineError {
        message: said.message,
        place: place.map(|(line, column)| (QUERY_FILE.to_owned(), line, column)),
        ..error
    }
}

/// What the engine says about the query as the body of a rule.
fn body_error(query: &str) -> Option<EngineError> {
    let text = format!("{BEFORE}{query}\n}}\n");
    Engine::new().add_text(NAME, &text).err()
}

/// What is wrong with the paths of a query; what no rule may do is an error.
fn doubts(pack: &Pack, query: &str) -> Result<Vec<String>, PolicyError> {
    let file = PackFile {
        name: NAME.to_owned(),
        place: vec![NAME.to_owned()],
        text: format!("{BEFORE}{query}\n}}\n"),
        origin: Origin::User,
    };
    // What is no body of a rule is for the engine to judge as a query.
    let Ok(parsed) = parse(&mut Engine::new(), &file) else {
        return Ok(Vec::new());
    };
    let schema = FactsSchema::embedded()?;
    let data = document_with(&pack.documents, Map::new());
    let modules = [parsed];
    let program = Program::new(&modules, &schema, &data);
    let (_, problems) = checks::walk_module(&program, 0);
    let mut doubts = Vec::new();
    for problem in problems {
        match problem.kind {
            ProblemKind::ForbiddenBuiltin
            | ProblemKind::ExcessiveWork
            | ProblemKind::WrongArguments => {
                let own = Problem::in_file(problem.kind, NAME, problem.message);
                let own = own.help(problem.help.unwrap_or_default());
                return Err(PolicyError::in_pack(vec![own]));
            }
            ProblemKind::UnknownInputPath | ProblemKind::ImpossibleValue => {
                let help = problem.help.map(|help| format!("; {help}"));
                doubts.push(format!("{}{}", problem.message, help.unwrap_or_default()));
            }
            _ => {}
        }
    }
    Ok(doubts)
}

fn problem(error: &EngineError, query: &str) -> PolicyError {
    if error.is_timeout {
        return PolicyError::TimeLimit {
            what: "the query".to_owned(),
            seconds: RULE_SECONDS,
        };
    }
    let problem = Problem::in_file(ProblemKind::Syntax, NAME, &error.message);
    let problem = match &error.place {
        Some((file, line, column)) if file.contains(QUERY_FILE) => {
            let column = column_in(query, *line, *column, undefined(error));
            problem.at_line(query, *line, column)
        }
        Some((file, line, _)) => {
            let message = format!("{} ({file}:{line})", error.message);
            Problem::in_file(ProblemKind::Syntax, NAME, message)
        }
        None => problem,
    };
    let meant = undefined(error).and_then(|name| closest(name, ["input", "data"]));
    PolicyError::in_pack(vec![problem.help(match meant {
        Some(name) => format!("did you mean `{name}`?"),
        None => "a query is an expression such as `input.distro.id`; facts are `input`, the pack is \
                 `data.freehold`"
            .to_owned(),
    })])
}
