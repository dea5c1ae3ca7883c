//! A quick question in Rego: `freehold eval`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::checks::{self, Program};
use super::engine::{Engine, EngineError, RULE_SECONDS, Solution, on_deep_stack};
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{Origin, PackFile};
use super::module::parse;
use super::nesting;
use super::pack::{Pack, document_with};
use super::schema::FactsSchema;
use crate::facts::model::Facts;

/// Name of the query in messages.
const NAME: &str = "query";

/// What stands before a query when it is read as the body of a rule.
const BEFORE: &str = "package freehold_query\n\nanswer if {\n";

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
        let solutions = solve(&mut engine, query).map_err(|error| problem(&error, query))?;
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

/// What is wrong with the paths of a query; a builtin that no rule may use is an error.
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
            ProblemKind::ForbiddenBuiltin => {
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
        Some((file, line, column)) if file.contains("query.rego") => {
            problem.at_line(query, *line, *column)
        }
        Some((file, line, _)) => {
            let message = format!("{} ({file}:{line})", error.message);
            Problem::in_file(ProblemKind::Syntax, NAME, message)
        }
        None => problem,
    };
    PolicyError::in_pack(vec![problem.help(
        "a query is an expression such as `input.distro.id`; facts are `input`, the pack is \
         `data.freehold`",
    )])
}
