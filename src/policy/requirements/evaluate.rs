//! Requirements on facts: one answer each.

use std::sync::Arc;

use serde_json::Value;

use super::{Answer, Meets, PackRequirement};
use crate::facts::model::{Coverage, Facts};
use crate::policy::engine::{Engine, EngineError, RULE_SECONDS, on_deep_stack};
use crate::policy::error::PolicyError;

use crate::policy::pack::Pack;
use crate::policy::profile::Profile;

/// Asks one image for what `profile` says services need: an answer for each requirement, those of
/// most services first. `now` is the judging time, RFC 3339.
///
/// # Errors
/// [`PolicyError::Engine`] when nothing could be evaluated at all, and [`PolicyError::TimeLimit`]
/// when a requirement runs too long. One that fails by itself is an answer: unknown.
pub fn evaluate(
    pack: &Pack,
    profile: &Profile,
    facts: &Facts,
    now: &str,
) -> Result<Vec<Answer>, PolicyError> {
    let known = |name: &str| {
        let mut all = pack.requirements().iter();
        all.find(|requirement| requirement.info.name == name)
    };
    let wanted = profile.requirements.by_demand().into_iter();
    let asked: Vec<(&PackRequirement, u64)> = wanted
        .filter_map(|(name, services)| Some((known(name)?, services)))
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(sandbox) = &pack.sandbox {
        return sandbox.require(pack, profile, facts, now);
    }
    let mut engine = pack.ready(profile, now)?;
    engine.set_input(facts)?;
    on_deep_stack(|| {
        asked
            .into_iter()
            .map(|(requirement, services)| {
                let (meets, reason) = ask(&engine, requirement, facts)?;
                Ok(Answer {
                    requirement: Arc::clone(&requirement.info),
                    services,
                    meets,
                    reason,
                })
            })
            .collect()
    })?
}

/// The order of questions is the contract with authors: were the facts read in full, does the
/// requirement itself say that it cannot tell, and what does it say. Nothing is met by silence.
fn ask(
    engine: &Engine,
    requirement: &PackRequirement,
    facts: &Facts,
) -> Result<(Meets, String), PolicyError> {
    let unknown = |reason: String| Ok((Meets::Unknown, reason));
    if let Some(reason) = requirement
        .flaw
        .clone()
        .or_else(|| unread(requirement, facts))
    {
        return unknown(reason);
    }
    // A clone: what one requirement leaves behind cannot reach the next.
    let mut engine = engine.clone();
    let mut said = Vec::new();
    for path in [&requirement.unknown, &requirement.met, &requirement.unmet] {
        match reason(&mut engine, path.as_deref()) {
            Ok(reason) => said.push(reason),
            Err(error) if error.is_timeout => {
                return Err(PolicyError::TimeLimit {
                    what: format!("requirement `{}`", requirement.info.name),
                    seconds: RULE_SECONDS,
                });
            }
            Err(error) => {
                let error = error.sentence();
                return unknown(format!("it could not be evaluated in full: {error}"));
            }
        }
    }
    match said.as_slice() {
        [Some(reason), ..] => unknown(reason.clone()),
        [None, Some(reason), None] => Ok((Meets::Yes, reason.clone())),
        [None, None, Some(reason)] => Ok((Meets::No, reason.clone())),
        [None, Some(_), Some(_)] => unknown("it says both met and unmet".to_owned()),
        _ => unknown("it says neither met nor unmet".to_owned()),
    }
}

/// Why the facts it needs are not all there. A topic that the facts do not list was not read.
fn unread(requirement: &PackRequirement, facts: &Facts) -> Option<String> {
    requirement.info.needs.iter().find_map(|topic| {
        let known = facts.topics.get(topic);
        let coverage = known.map_or(Coverage::NotSearched, |topic| topic.coverage);
        let why = match coverage {
            Coverage::Complete => return None,
            Coverage::Partial => "was read only in part",
            Coverage::Missing => "could not be read",
            Coverage::NotSearched => "was not looked for",
        };
        let name = topic.name();
        Some(match known.and_then(|topic| topic.reason.as_deref()) {
            Some(reason) => format!("{name} {why}: {reason}"),
            None => format!("{name} {why}"),
        })
    })
}

/// The reason at `path`; `None` where it is undefined or not there.
fn reason(engine: &mut Engine, path: Option<&str>) -> Result<Option<String>, EngineError> {
    let Some(path) = path else {
        return Ok(None);
    };
    match engine.evaluate(path)? {
        None => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
        Some(other) => {
            let start: String = other.to_string().chars().take(80).collect();
            Err(EngineError {
                message: format!("`{path}` is not a reason in words: {start}"),
                place: None,
                is_timeout: false,
            })
        }
    }
}
