//! The only folder that names the policy engine.
//!
//! Known limits of the engine, and what is done about them: its parser takes exponential time on
//! nested brackets, so `nesting` refuses those first; long chains of rules use the stack, so
//! everything runs on [`on_deep_stack`] or [`detach`]; its timer does not reach into builtins, so
//! `checks` refuses literals that no rule can need, and `evaluate` stops waiting for a thread that
//! does not come back. Builtin errors are strict: a swallowed type error would read as a pass.

mod imports;
mod tree;

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::thread;
use std::time::Duration;

use regorus::LimitError;
use regorus::utils::limits::ExecutionTimerConfig;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::PolicyError;
use super::syntax::Module;
pub(super) use imports::spelt_out;

/// Stack for parsing and evaluating, in bytes. Held chains of 19,000 rules when measured.
const STACK_BYTES: usize = 256 << 20;

/// Stack for evaluating the shipped rules, in bytes; one of the main thread's size would do.
const SHIPPED_STACK_BYTES: usize = 32 << 20;

/// Longest one rule, or one test, may run. Shipped rules take microseconds; the limit only aborts.
pub(super) const RULE_SECONDS: u64 = 20;

/// Work units between two looks at the clock.
const CHECK_INTERVAL: NonZeroU32 = NonZeroU32::MIN.saturating_add(1023);

/// What the engine says about a module: the message and, where it names one, the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EngineError {
    /// The message without its decoration.
    pub(super) message: String,
    /// File, line and column, the last two from 1.
    pub(super) place: Option<(String, usize, usize)>,
    /// Whether the timer stopped it.
    pub(super) is_timeout: bool,
}

/// Lines of one module that an evaluation reached, and those it did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCoverage {
    /// File.
    pub file: String,
    /// Lines reached, in order.
    pub covered: Vec<u32>,
    /// Lines with an expression that was never reached, in order.
    pub not_covered: Vec<u32>,
}

/// Modules and documents, ready to evaluate. Cheap to clone once prepared.
#[derive(Clone)]
pub(super) struct Engine {
    inner: regorus::Engine,
}

impl Engine {
    pub(super) fn new() -> Self {
        let mut inner = regorus::Engine::new();
        inner.set_strict_builtin_errors(true);
        inner.set_execution_timer_config(ExecutionTimerConfig {
            limit: Duration::from_secs(RULE_SECONDS),
            check_interval: CHECK_INTERVAL,
        });
        Self { inner }
    }

    /// Sets another limit than [`RULE_SECONDS`], to be looked at with every step.
    #[cfg(test)]
    pub(super) fn set_time_limit(&mut self, limit: Duration) {
        self.inner.set_execution_timer_config(ExecutionTimerConfig {
            limit,
            check_interval: NonZeroU32::MIN,
        });
    }

    /// Parses a module, keeps it and returns its syntax tree. What is prepared is not any more.
    pub(super) fn add_module(&mut self, file: &str, text: &str) -> Result<Module, EngineError> {
        self.add_text(file, text)?;
        match self.inner.get_modules().last() {
            Some(module) => Ok(tree::module(module)),
            None => Err(EngineError::from_message("the module was not kept")),
        }
    }

    /// Parses a module whose syntax tree is known from another text, and keeps it.
    pub(super) fn add_text(&mut self, file: &str, text: &str) -> Result<(), EngineError> {
        self.inner
            .add_policy(file.to_owned(), text.to_owned())
            .map(drop)
            .map_err(|error| EngineError::from_message(&format!("{error:#}")))
    }

    /// Keeps a module whose syntax tree is known, with names behind imports in full.
    pub(super) fn add_spelt_out(&mut self, file: &str, text: &str) -> Result<(), EngineError> {
        match spelt_out(text) {
            Cow::Borrowed(text) => self.add_text(file, text),
            // A line may have grown over the engine's limit.
            Cow::Owned(spelt) => self
                .add_text(file, &spelt)
                .or_else(|_| self.add_text(file, text)),
        }
    }

    /// Solutions of a query: values of its expressions, and its variables.
    pub(super) fn query(&mut self, query: &str) -> Result<Vec<Solution>, EngineError> {
        let results = self
            .inner
            .eval_query(query.to_owned(), false)
            .map_err(|error| stopped(&format!("{error:#}"), error.downcast_ref()))?;
        let json = |value: &regorus::Value| {
            serde_json::to_value(value)
                .map_err(|error| EngineError::from_message(&error.to_string()))
        };
        let mut solutions = Vec::new();
        for result in &results.result {
            let mut solution = Solution::default();
            for expression in &result.expressions {
                // A declaration has no value.
                if expression.value != regorus::Value::Undefined {
                    solution.values.push(json(&expression.value)?);
                }
            }
            if let Value::Object(bindings) = json(&result.bindings)? {
                solution.bindings = bindings;
            }
            if !solution.values.is_empty() {
                solutions.push(solution);
            }
        }
        Ok(solutions)
    }

    /// Runs the engine's own checks over all modules together (unsafe variables, conflicts,
    /// recursion), which it otherwise puts off until the first evaluation.
    pub(super) fn prepare(&mut self) -> Result<(), EngineError> {
        self.inner
            .eval_query("true".to_owned(), false)
            .map(|_| ())
            .map_err(|error| EngineError::from_message(&format!("{error:#}")))
    }

    /// Adds a document under `data`; values that differ from those already there are an error. What
    /// is prepared is not any more.
    pub(super) fn add_data(&mut self, document: Value) -> Result<(), PolicyError> {
        self.inner
            .add_data(to_engine(document)?)
            .map_err(|error| PolicyError::Engine {
                detail: format!("{error:#}"),
            })
    }

    /// Sets `input`. What is prepared stays prepared.
    pub(super) fn set_input(&mut self, input: impl Serialize) -> Result<(), PolicyError> {
        // By way of a text: half the time of a tree of JSON values, and the engine's own reader.
        let document = serde_json::to_string(&input)
            .map_err(|error| error.to_string())
            .and_then(|text| {
                regorus::Value::from_json_str(&text).map_err(|error| format!("{error:#}"))
            })
            .map_err(|detail| PolicyError::Engine {
                detail: format!("a document cannot be handed over: {detail}"),
            })?;
        self.inner.set_input(document);
        Ok(())
    }

    /// Value of the rule at `path` (`data.a.b`); `None` where it is undefined. Sets become arrays,
    /// in the engine's order of values.
    pub(super) fn evaluate(&mut self, path: &str) -> Result<Option<Value>, EngineError> {
        let value = self
            .inner
            .eval_rule(path.to_owned())
            .map_err(|error| stopped(&format!("{error:#}"), error.downcast_ref()))?;
        if value == regorus::Value::Undefined {
            return Ok(None);
        }
        serde_json::to_value(&value)
            .map(Some)
            .map_err(|error| EngineError::from_message(&error.to_string()))
    }

    /// Collects what `print` says instead of writing it to stderr.
    pub(super) fn gather_prints(&mut self) {
        self.inner.set_gather_prints(true);
    }

    /// What `print` said since the last call.
    pub(super) fn take_prints(&mut self) -> Vec<String> {
        self.inner.take_prints().unwrap_or_default()
    }

    /// Starts recording which lines are reached.
    pub(super) fn record_coverage(&mut self) {
        self.inner.set_enable_coverage(true);
    }

    /// Lines reached so far, by file.
    pub(super) fn coverage(&self) -> Vec<LineCoverage> {
        let Ok(report) = self.inner.get_coverage_report() else {
            return Vec::new();
        };
        let mut files: Vec<LineCoverage> = report
            .files
            .into_iter()
            .map(|file| LineCoverage {
                file: file.path,
                covered: file.covered.into_iter().collect(),
                not_covered: file.not_covered.into_iter().collect(),
            })
            .collect();
        files.sort_by(|left, right| left.file.cmp(&right.file));
        files
    }
}

/// One solution of a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Solution {
    /// Values of the query's expressions, in order.
    pub(super) values: Vec<Value>,
    /// Variables by name.
    pub(super) bindings: serde_json::Map<String, Value>,
}

/// An error of an evaluation.
fn stopped(text: &str, limit: Option<&LimitError>) -> EngineError {
    EngineError {
        is_timeout: matches!(limit, Some(LimitError::TimeLimitExceeded { .. })),
        ..EngineError::from_message(text)
    }
}

/// The engine's own conversion turns what it cannot read into undefined, and an undefined input
/// passes every rule; this one says so.
fn to_engine(document: Value) -> Result<regorus::Value, PolicyError> {
    serde_json::from_value(document).map_err(|error| PolicyError::Engine {
        detail: format!("a document cannot be handed over: {error}"),
    })
}

/// Whether the engine has a builtin of this name.
pub(super) fn is_builtin(name: &str) -> bool {
    name == "print" || regorus::unstable::BUILTINS.contains_key(name)
}

/// How many arguments a builtin takes; none for one that does not exist or takes any number.
pub(super) fn arity(name: &str) -> Option<usize> {
    let (_, arity) = regorus::unstable::BUILTINS.get(name)?;
    Some(usize::from(*arity))
}

/// Names of all builtins.
pub(super) fn builtin_names() -> impl Iterator<Item = &'static str> {
    regorus::unstable::BUILTINS.keys().copied()
}

/// Nanoseconds since 1970 of a time of RFC 3339 (`2027-01-01T00:00:00Z`); `None` where it is none.
pub(super) fn nanoseconds(time: &str) -> Option<i64> {
    let mut engine = regorus::Engine::new();
    engine.set_input(regorus::Value::from(time));
    let query = "time.parse_rfc3339_ns(input)".to_owned();
    let results = engine.eval_query(query, false).ok()?;
    let expression = results.result.first()?.expressions.first()?;
    expression.value.as_i64().ok()
}

/// Starts `work` on a thread with a stack deep enough for the shipped rules, or for hostile ones
/// too, and does not wait for it: a builtin cannot be interrupted.
pub(super) fn detach(
    is_shipped: bool,
    work: impl FnOnce() + Send + 'static,
) -> Result<(), PolicyError> {
    let stack = match is_shipped {
        true => SHIPPED_STACK_BYTES,
        false => STACK_BYTES,
    };
    thread::Builder::new()
        .name("policy".to_owned())
        .stack_size(stack)
        .spawn(work)
        .map(drop)
        .map_err(|error| no_thread(&error))
}

fn no_thread(error: &std::io::Error) -> PolicyError {
    PolicyError::Engine {
        detail: format!("no thread could be started: {error}"),
    }
}

/// Runs `work` on a thread with a stack deep enough for hostile policies. A panic of the engine
/// becomes an error.
pub(super) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, PolicyError> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("policy".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| no_thread(&error))?
            .join()
            .map_err(|_| PolicyError::Engine {
                detail: "it stopped on an internal fault".to_owned(),
            })
    })
}

impl EngineError {
    /// Takes the engine's message apart: `--> file:line:column`, some source, `error: message`.
    fn from_message(text: &str) -> Self {
        let place = text
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("--> "))
            .and_then(|place| {
                let mut parts = place.rsplitn(3, ':');
                let column = parts.next()?.trim().parse().ok()?;
                let line = parts.next()?.parse().ok()?;
                Some((parts.next()?.to_owned(), line, column))
            });
        let message = text
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("error: "))
            .unwrap_or_else(|| text.trim())
            .trim();
        Self {
            message: message.to_owned(),
            place,
            is_timeout: false,
        }
    }

    /// The message with its place, in one line.
    pub(super) fn sentence(&self) -> String {
        match &self.place {
            Some((file, line, _)) => format!("{} ({file}:{line})", self.message),
            None => self.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_error_in_a_builtin_is_an_error_and_not_undefined() {
        let mut engine = Engine::new();
        engine
            .add_module("a.rego", "package a\n\nx := count(1)\n")
            .unwrap();
        let error = engine.evaluate("data.a.x").unwrap_err();
        assert!(error.message.contains("count"), "{error:?}");
        assert_eq!(error.place, Some(("a.rego".to_owned(), 3, 12)));
    }

    #[test]
    fn a_time_is_one_of_rfc_3339() {
        let first = nanoseconds("2027-01-01T00:00:00Z").unwrap();
        assert_eq!(nanoseconds("2027-01-01T02:00:00+02:00"), Some(first));
        assert!(nanoseconds("2027-01-01T00:00:01Z").unwrap() > first);
        assert_eq!(nanoseconds("soon"), None);
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        let error = Engine::new()
            .add_module("dir/a.rego", "package a\nx := {")
            .unwrap_err();
        assert_eq!(error.place, Some(("dir/a.rego".to_owned(), 2, 7)));
    }

    #[test]
    fn an_endless_loop_is_stopped_by_the_timer() {
        let mut engine = Engine::new();
        engine.set_time_limit(Duration::from_millis(50));
        let text = "package a\n\nr := numbers.range(1, 300)\n\n\
                    x := count([1 | some a in r; some b in r; some c in r; some d in r])\n\n\
                    y if not x == 1\n";
        engine.add_module("a.rego", text).unwrap();
        assert!(engine.evaluate("data.a.x").unwrap_err().is_timeout);
        assert!(engine.evaluate("data.a.y").unwrap_err().is_timeout);
    }
}
