//! A METADATA block, of a rule or of a requirement: the comment above `package`, which is YAML.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::facts::model::Topic;
use crate::policy::error::{Problem, ProblemKind, closest};
use crate::policy::files::{Origin, PackFile};
use crate::policy::rule_tests::package_of;
use crate::policy::yaml::{self, Document};

/// The keys of a block, as written; `C` are those below `custom`. OPA's own keys that say nothing
/// here are allowed (openpolicyagent.org, "Policy Language", section "Metadata").
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct Block<C> {
    pub(in crate::policy) title: Option<String>,
    pub(in crate::policy) description: Option<String>,
    #[serde(default)]
    related_resources: Vec<Resource>,
    pub(in crate::policy) custom: Option<C>,
    #[serde(rename = "scope")]
    _scope: Option<IgnoredAny>,
    #[serde(rename = "authors")]
    _authors: Option<IgnoredAny>,
    #[serde(rename = "organizations")]
    _organizations: Option<IgnoredAny>,
    #[serde(rename = "schemas")]
    _schemas: Option<IgnoredAny>,
    #[serde(rename = "entrypoint")]
    _entrypoint: Option<IgnoredAny>,
}

/// A source, as OPA lets it be written.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "a source is an address, or a map with the key `ref`"
)]
enum Resource {
    Url(String),
    Described {
        #[serde(rename = "ref")]
        url: String,
    },
}

/// Reads the keys of one block and keeps everything wrong with them.
pub(in crate::policy) struct Reader {
    document: Document,
    is_shipped: bool,
    /// Whether the block is of a rule in the form of this pack, which has to say everything. One
    /// written for another engine may say more than its name, and in words of its own.
    is_own: bool,
    problems: Vec<Problem>,
}

impl Reader {
    /// The block of a file; `None` when it has none.
    ///
    /// # Errors
    /// The [`Problem`] with a block that is not YAML.
    pub(in crate::policy) fn open(file: &PackFile) -> Option<Result<Self, Problem>> {
        let block = find(&file.text)?;
        let document = yaml::read_part(ProblemKind::Metadata, &file.name, &file.text, &block);
        Some(document.map(|document| Self {
            document,
            is_shipped: file.origin == Origin::Embedded,
            is_own: package_of(file).is_some_and(|name| name.starts_with("freehold.")),
            problems: Vec::new(),
        }))
    }

    /// What the block says, as far as it can be read.
    pub(in crate::policy) fn keys<C: DeserializeOwned + Default>(&mut self) -> Block<C> {
        let (block, problems) = self.document.decode_all(ProblemKind::Metadata);
        let is_ours = |problem: &Problem| self.is_own || problem.kind != ProblemKind::UnknownKey;
        let problems = problems.into_iter().filter(is_ours).map(in_metadata);
        self.problems.extend(problems);
        block
    }

    /// Everything that was wrong.
    pub(in crate::policy) fn finish(self) -> Vec<Problem> {
        self.problems
    }

    /// Takes a text over, which has to say something.
    pub(in crate::policy) fn set(
        &mut self,
        pointer: &str,
        target: &mut String,
        value: Option<String>,
    ) {
        match value {
            Some(value) if !value.trim().is_empty() => *target = value.trim().to_owned(),
            Some(_) => self.report(pointer, &format!("`{}` says nothing", last(pointer))),
            None => self.missing(pointer),
        }
    }

    /// Takes one of several words over.
    pub(in crate::policy) fn choose(
        &mut self,
        pointer: &str,
        target: &mut String,
        value: Option<String>,
        from: &[&str],
    ) {
        match value {
            Some(value) if from.contains(&value.as_str()) => *target = value,
            Some(_) => {
                let message = format!("`{}` is not one of {}", last(pointer), from.join(", "));
                self.report(pointer, &message);
            }
            None => self.missing(pointer),
        }
    }

    /// The topics of `needs`, each once.
    pub(in crate::policy) fn needs(&mut self, names: Option<Vec<String>>) -> Vec<Topic> {
        const POINTER: &str = "/custom/needs";
        let Some(names) = names else {
            self.missing(POINTER);
            return Vec::new();
        };
        let mut topics = Vec::new();
        for (at, name) in names.iter().enumerate() {
            match Topic::ALL.into_iter().find(|topic| topic.name() == name) {
                Some(topic) => topics.push(topic),
                None => {
                    let known = closest(name, Topic::ALL.iter().map(|topic| topic.name()));
                    let mut message = format!("`needs` names `{name}`, which is no topic");
                    if let Some(known) = known {
                        message.push_str(&format!("; did you mean `{known}`?"));
                    }
                    self.report(&format!("{POINTER}/{at}"), &message);
                }
            }
        }
        topics.sort_unstable();
        topics.dedup();
        topics
    }

    /// The addresses of a block's sources. What is shipped names one at least.
    pub(in crate::policy) fn sources<C>(&mut self, block: &mut Block<C>) -> Vec<String> {
        let resources = std::mem::take(&mut block.related_resources).into_iter();
        let urls: Vec<String> = resources
            .map(|resource| match resource {
                Resource::Url(url) | Resource::Described { url } => url,
            })
            .collect();
        if urls.is_empty() && self.is_shipped {
            self.report("/related_resources", "the METADATA block names no source");
        }
        for (at, url) in urls.iter().enumerate() {
            if !url.starts_with("https://") {
                let message = format!("source `{url}` is not an https address");
                self.report(&format!("/related_resources/{at}"), &message);
            }
        }
        urls
    }

    /// Says that a key is missing, unless it is there and was found wrong before.
    pub(in crate::policy) fn missing(&mut self, pointer: &str) {
        let value = self.document.value().pointer(pointer);
        if self.is_own && value.is_none_or(serde_json::Value::is_null) {
            let message = format!("the METADATA block has no `{}`", last(pointer));
            self.report(pointer, &message);
        }
    }

    /// Reports a problem at the value at `pointer` (RFC 6901), or at what is around it.
    pub(in crate::policy) fn report(&mut self, pointer: &str, message: &str) {
        let problem = self
            .document
            .problem(ProblemKind::Metadata, pointer, message);
        self.problems.push(problem);
    }
}

fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}

/// A problem with a block: a key that METADATA does not have is no more than that.
fn in_metadata(mut problem: Problem) -> Problem {
    if problem.kind == ProblemKind::UnknownKey {
        problem.kind = ProblemKind::Metadata;
    }
    problem
}

/// The text up to the end of the block whose next line of code is `package`, with spaces for all
/// that is not the block's YAML, so that everything stands where it does in the file.
fn find(text: &str) -> Option<String> {
    let mut found: Option<String> = None;
    let mut is_open = false;
    let mut offset = 0_usize;
    for whole in text.split_inclusive('\n') {
        offset = offset.saturating_add(whole.len());
        let line = whole.trim_end();
        match line.strip_prefix('#') {
            Some(comment) if comment.trim() == "METADATA" => {
                is_open = true;
                found = text.get(..offset).map(blank);
            }
            Some(comment) => {
                if let (Some(found), true) = (&mut found, is_open) {
                    found.push(' ');
                    found.push_str(comment);
                    found.push_str(&blank(whole.get(line.len()..).unwrap_or_default()));
                }
            }
            None => {
                is_open = false;
                if line.starts_with("package") {
                    return found;
                }
                if !line.is_empty() {
                    found = None;
                }
            }
        }
    }
    None
}

fn blank(text: &str) -> String {
    let spaces = text.chars().map(|character| match character {
        '\n' => '\n',
        _ => ' ',
    });
    spaces.collect()
}
