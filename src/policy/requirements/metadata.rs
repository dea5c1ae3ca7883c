//! The METADATA block of a requirement.

use serde::Deserialize;
use serde_json::Value;

use super::RequirementInfo;
use crate::facts::model::Topic;
use crate::policy::documents::yaml_sentence;
use crate::policy::error::{Problem, ProblemKind, closest};
use crate::policy::files::{Origin, PackFile};
use crate::policy::metadata::{Resource, find_block, url};

/// The keys of a block, as written. OPA's own keys that say nothing here are allowed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    title: Option<String>,
    description: Option<String>,
    #[serde(default)]
    related_resources: Vec<Resource>,
    custom: Option<Custom>,
    #[serde(rename = "scope")]
    _scope: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Value>,
    #[serde(rename = "organizations")]
    _organizations: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    needs: Option<Vec<String>>,
    build_sibling: Option<bool>,
    stability: Option<String>,
}

/// What the block above `package` says about requirement `name`, and everything wrong with it. What
/// is missing keeps the value that claims least: nothing helps at build time.
pub(super) fn read(name: &str, file: &PackFile) -> (RequirementInfo, Vec<Problem>) {
    let mut info = RequirementInfo {
        name: name.to_owned(),
        title: name.to_owned(),
        description: String::new(),
        needs: Vec::new(),
        build_sibling: false,
        stability: "experimental".to_owned(),
        related: Vec::new(),
    };
    let mut reader = Reader {
        file,
        start: 0,
        end: file.text.len(),
        problems: Vec::new(),
    };
    let Some(found) = find_block(&file.text) else {
        reader.report("package", "the requirement has no METADATA block");
        return (info, reader.problems);
    };
    (reader.start, reader.end) = (found.start, found.end);
    match yaml_serde::from_str::<Block>(&found.yaml) {
        Ok(block) => reader.fill(&mut info, block),
        Err(error) => {
            let sentence = yaml_sentence(&error);
            let message = format!("the METADATA block cannot be read: {sentence}");
            reader.report("METADATA", &message);
        }
    }
    (info, reader.problems)
}

struct Reader<'a> {
    file: &'a PackFile,
    /// Where the block is in the file's text.
    start: usize,
    end: usize,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn fill(&mut self, info: &mut RequirementInfo, block: Block) {
        self.set("title", &mut info.title, block.title);
        self.set("description", &mut info.description, block.description);
        info.related = block.related_resources.into_iter().map(url).collect();
        if info.related.is_empty() && self.file.origin == Origin::Embedded {
            self.report("METADATA", "the METADATA block names no source");
        }
        let custom = block.custom.unwrap_or_default();
        match custom.needs {
            Some(names) => info.needs = self.topics(&names),
            None => self.report("custom", "the METADATA block has no `needs`"),
        }
        match custom.build_sibling {
            Some(helps) => info.build_sibling = helps,
            None => self.report("custom", "the METADATA block has no `build_sibling`"),
        }
        match custom.stability.as_deref() {
            Some(stage @ ("experimental" | "stable" | "deprecated")) => {
                info.stability = stage.to_owned();
            }
            None => self.report("custom", "the METADATA block has no `stability`"),
            Some(_) => {
                let message = "`stability` is not one of experimental, stable, deprecated";
                self.report("stability", message);
            }
        }
    }

    fn set(&mut self, key: &str, target: &mut String, value: Option<String>) {
        match value {
            Some(value) if !value.trim().is_empty() => *target = value.trim().to_owned(),
            _ => self.report("METADATA", &format!("the METADATA block has no `{key}`")),
        }
    }

    fn topics(&mut self, names: &[String]) -> Vec<Topic> {
        let mut topics = Vec::new();
        for name in names {
            match Topic::ALL.into_iter().find(|topic| topic.name() == name) {
                Some(topic) => topics.push(topic),
                None => {
                    let known = closest(name, Topic::ALL.iter().map(|topic| topic.name()));
                    let hint = known.map(|known| format!("; did you mean `{known}`?"));
                    let hint = hint.unwrap_or_default();
                    self.report(
                        name,
                        &format!("`needs` names `{name}`, which is no topic{hint}"),
                    );
                }
            }
        }
        topics.sort_unstable();
        topics.dedup();
        topics
    }

    /// Reports a problem at the first place the block has `word`, else at its start.
    fn report(&mut self, word: &str, message: &str) {
        let block = self.file.text.get(self.start..self.end);
        let offset = block.and_then(|block| block.find(word));
        let start = self.start.saturating_add(offset.unwrap_or(0));
        let end = start.saturating_add(word.len());
        let problem = Problem::in_file(ProblemKind::Metadata, &self.file.name, message);
        self.problems.push(problem.at(&self.file.text, start, end));
    }
}
