//! What a page about a rule says beyond its METADATA: parameters with their comments, and the
//! messages of its findings.

use regex::Regex;
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::closest;
use super::files::PackFile;
use super::pack::Pack;
use super::rules::PackRule;

/// A message in a rule: `msg := "…"`, `"msg": sprintf("…"`.
pub(super) const MESSAGE: &str = r#"\bmsg"?\s*:=?\s*(?:sprintf\(\s*)?"((?:[^"\\]|\\.)*)""#;

/// Messages named for one rule.
const MAX_MESSAGES: usize = 20;

/// A parameter of a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value in the pack.
    pub default: Value,
    /// Its value in the profile, where that differs.
    pub profile: Option<Value>,
    /// The comment above it, in one line.
    pub comment: String,
}

impl Pack {
    /// The parameters of a rule by name, with what the profile makes of them.
    pub fn parameters_of(&self, id: &str, profile: Option<&Map<String, Value>>) -> Vec<Parameter> {
        let Some(values) = self.parameters(id) else {
            return Vec::new();
        };
        let mut place: Vec<&str> = id.split('.').collect();
        place.push("parameters.yaml");
        let is_here = |file: &&PackFile| file.place.iter().map(String::as_str).eq(place.clone());
        let text = self.sources.iter().rev().find(is_here);
        let text = text.map_or("", |file| file.text.as_str());
        let parameters = values.iter().map(|(name, default)| {
            let changed = profile.and_then(|profile| profile.get(name));
            Parameter {
                name: name.clone(),
                default: default.clone(),
                profile: changed.filter(|value| *value != default).cloned(),
                comment: comment(text, name),
            }
        });
        parameters.collect()
    }

    /// The messages of a rule's findings as written, `%s` and all, in order, each once.
    pub fn messages_of(&self, rule: &PackRule) -> Vec<String> {
        let Ok(pattern) = Regex::new(MESSAGE) else {
            return Vec::new();
        };
        let mut found: Vec<String> = Vec::new();
        for file in self.sources.iter().filter(|file| rule.is_in(&file.name)) {
            for message in pattern.captures_iter(&file.text) {
                let text = message.get(1).map_or("", |text| text.as_str());
                let text = text.replace("\\\"", "\"");
                if !text.is_empty() && !found.contains(&text) && found.len() < MAX_MESSAGES {
                    found.push(text);
                }
            }
        }
        found
    }

    /// The rule that was likely meant by `text`: of this name in another category, or misspelt.
    pub fn likely_rule(&self, text: &str) -> Option<&str> {
        let ids = self.rules().iter().map(|rule| rule.info.id.as_str());
        let by_name = |id: &&str| id.rsplit('.').next() == Some(text);
        ids.clone().find(by_name).or_else(|| closest(text, ids))
    }
}

/// The comment directly above `name` in a `parameters.yaml`.
fn comment(text: &str, name: &str) -> String {
    let mut above: Vec<&str> = Vec::new();
    for line in text.lines() {
        let content = line.trim();
        match content.strip_prefix('#') {
            Some(comment) => above.push(comment.trim()),
            None => {
                let indent = line.len().saturating_sub(line.trim_start().len());
                let is_key = content
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(':'));
                if is_key && indent > 0 {
                    return above.join(" ");
                }
                above.clear();
            }
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_the_comment_above_it_and_no_other() {
        let text = "parameters:\n  # One,\n  # two.\n  share: 1\n\n  # Of nobody.\n\n  sample: 2\n";
        assert_eq!(comment(text, "share"), "One, two.");
        assert_eq!(comment(text, "sample"), "");
    }
}
