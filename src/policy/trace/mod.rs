//! Why a rule, or a test, comes out as it does: each expression of its bodies, and whether it held.
//!
//! Nothing is guessed from a run of the rule. For each expression a rule is added beside it, in the
//! same package with the same imports, which counts the solutions of the body up to there, and the
//! engine evaluates that. What is shown is therefore what was evaluated.

mod detail;
mod tree;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::Engine;
use super::files::PackFile;
use super::rules::rule_path;
pub use detail::{Difference, Operand};
pub(super) use tree::{Definition, Statement, Tree};

/// Definitions of one rule that are taken apart.
const MAX_DEFINITIONS: usize = 24;

/// Expressions of one body that are looked at.
const MAX_STATEMENTS: usize = 60;

/// Rules and functions followed from one expression.
const MAX_FOLLOWED: usize = 3;

/// First letters of the names of what is added.
const PROBE: &str = "__freehold_";

/// Whether an expression held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It held for at least one solution.
    Held,
    /// It was false or undefined for every solution of the expressions before it.
    False,
    /// An expression before it did not hold.
    NotReached,
    /// It could not be evaluated.
    Errored(String),
}

/// One expression of a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Line it starts on, from 1.
    pub line: usize,
    /// The expression as written.
    pub text: String,
    /// Whether it held.
    pub state: State,
    /// Solutions of the body up to and with it.
    pub solutions: u64,
    /// Values in it, for the first solution of what comes before; where it did not hold.
    pub operands: Vec<Operand>,
    /// How the two sides of a comparison differ, where both are lists or objects.
    pub difference: Option<Difference>,
    /// The rules and functions it refers to, one level deep; where it did not hold.
    pub within: Vec<Body>,
}

/// One body of a rule, function or test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// File it is in.
    pub file: String,
    /// Head of its definition, in one line.
    pub head: String,
    /// Line of the definition, from 1.
    pub line: usize,
    /// Position among the bodies of the definition; those after the first are behind `else`.
    pub otherwise: usize,
    /// Whether all of it held.
    pub held: bool,
    /// Its expressions.
    pub steps: Vec<Step>,
}

/// The modules of a pack, and an engine that holds them with documents and input.
pub(super) struct Lab {
    engine: Engine,
    trees: BTreeMap<Vec<String>, Vec<Tree>>,
}

/// The expression something is looked at from.
struct Caller<'a> {
    tree: &'a Tree,
    /// What comes before it in its body.
    before: &'a [Statement],
    /// Its `with` modifiers.
    with: &'a str,
    /// Arguments of the call, as written.
    arguments: Vec<&'a str>,
}

impl Lab {
    /// Takes the modules apart that `engine` holds; a module that cannot be is left out.
    pub(super) fn new(engine: Engine, files: &[PackFile]) -> Self {
        let mut trees: BTreeMap<Vec<String>, Vec<Tree>> = BTreeMap::new();
        for file in files.iter().filter(|file| file.is_rego()) {
            if let Ok(tree) = Tree::parse(file) {
                trees.entry(tree.package.clone()).or_default().push(tree);
            }
        }
        Self { engine, trees }
    }

    /// The modules of a package.
    pub(super) fn package(&self, package: &[String]) -> &[Tree] {
        self.trees.get(package).map_or(&[], Vec::as_slice)
    }

    /// Every body of the rule `name` of `package`, and for the expressions that did not hold their
    /// values and what they refer to.
    pub(super) fn trace(&self, package: &[String], name: &str) -> Vec<Body> {
        self.bodies(package, name, None)
    }

    fn bodies(&self, package: &[String], name: &str, caller: Option<&Caller<'_>>) -> Vec<Body> {
        let mut found = Vec::new();
        for tree in self.package(package) {
            for definition in tree.named(name).take(MAX_DEFINITIONS) {
                for (otherwise, statements) in definition.bodies.iter().enumerate() {
                    let probe = Probe {
                        lab: self,
                        tree,
                        definition,
                        statements,
                        caller,
                    };
                    found.extend(probe.body(otherwise));
                }
            }
        }
        found
    }
}

/// One body under the lens.
struct Probe<'a> {
    lab: &'a Lab,
    tree: &'a Tree,
    definition: &'a Definition,
    statements: &'a [Statement],
    caller: Option<&'a Caller<'a>>,
}

impl<'a> Probe<'a> {
    fn body(&self, otherwise: usize) -> Option<Body> {
        if let (Some(parameters), Some(caller)) = (&self.definition.parameters, self.caller)
            && parameters.len() != caller.arguments.len()
        {
            return None;
        }
        if self.definition.parameters.is_some() && self.caller.is_none() {
            return None;
        }
        let statements = self.statements.get(..MAX_STATEMENTS);
        let statements = statements.unwrap_or(self.statements);
        let counted: Vec<String> = (1..=statements.len())
            .map(|upto| {
                let kept = statements.get(..upto).unwrap_or_default();
                format!("count([1 |\n{}])", lines(kept))
            })
            .collect();
        let counts = self.evaluate(&counted)?;
        let mut broken = false;
        let mut steps = Vec::new();
        for (at, (statement, count)) in statements.iter().zip(counts).enumerate() {
            let solutions = count.as_ref().ok().and_then(Value::as_u64).unwrap_or(0);
            let state = match &count {
                _ if broken => State::NotReached,
                Err(error) => State::Errored(error.clone()),
                Ok(_) if solutions > 0 => State::Held,
                Ok(_) => State::False,
            };
            let mut step = Step {
                line: statement.line,
                text: statement.text.clone(),
                state,
                solutions,
                operands: Vec::new(),
                difference: None,
                within: Vec::new(),
            };
            if !broken && solutions == 0 {
                let before = statements.get(..at).unwrap_or_default();
                self.explain(statement, before, &mut step);
                broken = true;
            }
            steps.push(step);
        }
        Some(Body {
            file: self.tree.file.clone(),
            head: self.definition.title.clone(),
            line: self.definition.line,
            otherwise,
            held: !broken && statements.len() == self.statements.len(),
            steps,
        })
    }

    /// Adds the values in an expression that did not hold, and what it refers to.
    fn explain(&self, statement: &Statement, before: &[Statement], step: &mut Step) {
        let wanted = detail::wanted(statement);
        let asked: Vec<String> = wanted
            .iter()
            .map(|operand| operand.query(statement, before))
            .collect();
        // Without an answer there is no value to show.
        if let Some(values) = self.evaluate(&asked) {
            (step.operands, step.difference) = detail::answer(wanted, values);
        }
        if self.caller.is_some() {
            return;
        }
        let mut followed = 0_usize;
        for (node, arguments) in detail::followed(statement) {
            if followed >= MAX_FOLLOWED {
                break;
            }
            let Some((package, name)) = self.tree.target(node) else {
                continue;
            };
            let caller = Caller {
                tree: self.tree,
                before,
                with: &statement.with,
                arguments,
            };
            let bodies = self.lab.bodies(&package, &name, Some(&caller));
            followed = followed.saturating_add(usize::from(!bodies.is_empty()));
            step.within.extend(bodies);
        }
    }

    /// Values of expressions put beside the rule; none when they cannot be put there.
    fn evaluate(&self, expressions: &[String]) -> Option<Vec<Result<Value, String>>> {
        let mut engine = self.lab.engine.clone();
        let parameters = self.definition.parameters.as_ref();
        let head = parameters.map_or_else(String::new, |names| format!("({})", names.join(", ")));
        let mut own = self.tree.head.clone();
        for (at, expression) in expressions.iter().enumerate() {
            own.push_str(&format!("\n{PROBE}{at}{head} := {expression}\n"));
        }
        engine
            .add_spelt_out(&format!("{}.probe", self.tree.file), &own)
            .ok()?;
        let mut package = &self.tree.package;
        let mut prefix = PROBE.to_owned();
        if let Some(caller) = self.caller {
            prefix = format!("{PROBE}call_");
            let mut calls = caller.tree.head.clone();
            for at in 0..expressions.len() {
                let path = rule_path(&self.tree.package, &format!("{PROBE}{at}"));
                calls.push_str(&caller.call(&format!("{prefix}{at}"), &path, head.is_empty()));
            }
            package = &caller.tree.package;
            engine
                .add_spelt_out(&format!("{}.caller", caller.tree.file), &calls)
                .ok()?;
        }
        engine.prepare().ok()?;
        let answers = (0..expressions.len()).map(|at| {
            let value = engine.evaluate(&rule_path(package, &format!("{prefix}{at}")));
            let value = value.map_err(|error| error.message)?;
            let value = match self.caller {
                // The first solution of what comes before the call.
                Some(_) => value.and_then(|list| list.get(0).cloned()),
                None => value,
            };
            Ok(value.unwrap_or(Value::Null))
        });
        Some(answers.collect())
    }
}

impl Caller<'_> {
    /// A rule that evaluates `path` where the call stands.
    fn call(&self, name: &str, path: &str, is_rule: bool) -> String {
        let arguments = match is_rule {
            true => String::new(),
            false => format!("({})", self.arguments.join(", ")),
        };
        format!(
            "\n{name} := [{PROBE}value |\n{}\t{PROBE}value := {path}{arguments} {}\n]\n",
            lines(self.before),
            self.with
        )
    }
}

/// The statements, one below the other, after one that always holds.
fn lines(statements: &[Statement]) -> String {
    let mut text = "\ttrue\n".to_owned();
    for statement in statements {
        text.push_str(&format!("\t{}\n", statement.text));
    }
    text
}
