//! Exceptions that somebody has signed for: what a waiver is for, and where it is in its life.
//!
//! A waiver marks a finding. It changes what `check` blocks on, and never an outcome or a score.

mod file;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

pub use file::{WaiverEntry, WaiverFile, WaiverSource, file_schema};

use super::error::PolicyError;
use super::metadata::RuleInfo;
use super::pack::Pack;
use super::verdict::Finding;
use crate::facts::glob_matches;
use crate::facts::model::ImageFacts;

/// Days before its end from which a waiver is warned about: time for a release cycle of four weeks
/// to bring the fix, or for whoever approves to be asked.
pub const LAPSING_DAYS: i64 = 30;

/// The farthest end of a waiver, in days after the day of judging: two years, our own choice. The
/// date is there so that somebody looks again; one in the year 9999 asks nobody to.
pub const FARTHEST_DAYS: i64 = 731;

/// Where a waiver is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaiverState {
    /// It excuses.
    Active,
    /// It excuses, and lapses soon.
    Lapsing,
    /// Its day has passed: it excuses nothing.
    Lapsed,
}

/// One waiver, checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Waiver {
    /// The rule by its present id, or `<category>.*`.
    pub rule: String,
    /// Pattern or digest of the images it is for; none for every image.
    pub image: Option<String>,
    /// Subject it is for, or a pattern of subjects; none for whatever the rule finds.
    pub subject: Option<String>,
    /// Why.
    pub reason: String,
    /// Where that is discussed.
    pub ticket: Option<String>,
    /// Who agreed, as stated in the file.
    pub approver: Option<String>,
    /// Last day on which it counts, `YYYY-MM-DD`.
    pub expires: String,
    /// Where it is in its life on the day of judging.
    pub state: WaiverState,
    /// File and line.
    pub place: String,
}

impl Waiver {
    /// Whether it still counts.
    pub fn excuses(&self) -> bool {
        self.state != WaiverState::Lapsed
    }

    /// Whether it names this rule, by id or by category.
    pub fn names(&self, rule: &RuleInfo) -> bool {
        match self.rule.strip_suffix(".*") {
            Some(category) => category == rule.category,
            None => self.rule == rule.id,
        }
    }

    fn is_for_image(&self, image: &ImageFacts) -> bool {
        let Some(wanted) = &self.image else {
            return true;
        };
        let digests = [&image.digest, &image.config_digest];
        digests.into_iter().flatten().any(|digest| digest == wanted)
            || matches(wanted, &image.reference)
    }

    fn is_for(&self, rule: &RuleInfo, finding: &Finding) -> bool {
        let subject = self.subject.as_ref();
        self.names(rule) && subject.is_none_or(|wanted| matches(wanted, &finding.subject))
    }
}

/// Whether `text` is what `pattern` says: the same, or with `*` for any characters and `?` for one.
/// Nothing else is special, since names hold brackets: `path:/usr/bin/[` is a program.
fn matches(pattern: &str, text: &str) -> bool {
    let mut escaped = Vec::with_capacity(pattern.len());
    for byte in pattern.bytes() {
        if matches!(byte, b'[' | b'\\') {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    pattern == text || glob_matches(&escaped, text.as_bytes())
}

/// The waivers of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waivers {
    /// SHA-256 of each file that holds some, lower-case hex, by its name.
    pub files: BTreeMap<String, String>,
    all: Vec<Arc<Waiver>>,
}

impl Waivers {
    /// Checks what `sources` say against the rules of `pack`. `now` is the judging time, RFC 3339.
    ///
    /// # Errors
    /// [`PolicyError`] with every problem: keys and values that make no sense, rules that do not
    /// exist, dates that are none, and waivers that stand twice, each with its place.
    pub fn new(sources: &[WaiverSource], pack: &Pack, now: &str) -> Result<Self, PolicyError> {
        let all = file::checked(sources, pack, now)?;
        let files = sources
            .iter()
            .map(|source| (source.file().to_owned(), source.digest().to_owned()));
        Ok(Self {
            files: files.collect(),
            all: all.into_iter().map(Arc::new).collect(),
        })
    }

    /// Every waiver, in the order of the files.
    pub fn all(&self) -> &[Arc<Waiver>] {
        &self.all
    }

    /// Those that are for this image.
    pub fn on(&self, image: &ImageFacts) -> ImageWaivers {
        let mine = self.all.iter().filter(|waiver| waiver.is_for_image(image));
        ImageWaivers {
            waivers: mine.cloned().collect(),
        }
    }
}

/// The waivers that are for one image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageWaivers {
    waivers: Vec<Arc<Waiver>>,
}

impl ImageWaivers {
    /// Every one of them.
    pub fn all(&self) -> &[Arc<Waiver>] {
        &self.waivers
    }

    /// Those that are for a finding.
    pub fn for_finding<'a>(
        &'a self,
        rule: &'a RuleInfo,
        finding: &'a Finding,
    ) -> impl Iterator<Item = &'a Arc<Waiver>> {
        let mine = self.waivers.iter();
        mine.filter(move |waiver| waiver.is_for(rule, finding))
    }

    /// Those that are for a rule that has no answer: what excuses whatever the rule may find
    /// excuses that it could not look, and what excuses one subject does not.
    pub fn for_unknown<'a>(&'a self, rule: &'a RuleInfo) -> impl Iterator<Item = &'a Arc<Waiver>> {
        let mine = self.waivers.iter();
        mine.filter(move |waiver| waiver.subject.is_none() && waiver.names(rule))
    }
}

/// The one that counts of several: one that excuses before one that has lapsed, and of these the
/// one that ends last.
pub fn best<'a>(waivers: impl Iterator<Item = &'a Arc<Waiver>>) -> Option<&'a Arc<Waiver>> {
    waivers.max_by(|left, right| left.expires.cmp(&right.expires))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_has_stars_and_question_marks_and_nothing_else() {
        assert!(matches(
            "registry.example/*",
            "registry.example/team/cart:1"
        ));
        assert!(matches("path:/opt/?/run", "path:/opt/a/run"));
        assert!(matches("path:/usr/bin/[", "path:/usr/bin/["));
        assert!(matches("path:/usr/bin/[*", "path:/usr/bin/[x"));
        assert!(!matches("path:/usr/bin/[ab]", "path:/usr/bin/a"));
        assert!(matches("path:/a\\*", "path:/a\\b"));
        assert!(!matches("registry.example/cart", "registry.example/cart:1"));
        assert!(!matches("*.example/cart:1", "registry.example/cart:12"));
    }
}
