//! Files asked for by the end of their path, wherever they are: `*.dist-info/METADATA`.

use std::collections::{BTreeMap, HashMap};

use super::probes::Probed;
use crate::image::{FileTree, NodeId};

/// Files found for one pattern; what is beyond is a gap of whoever asked.
pub const MAX_FOUND: usize = 50_000;

/// Patterns, ready to be asked about every path of an image.
///
/// A pattern is one or more path components; in each, `*` stands for any bytes but `/`. It
/// matches a path that ends with such components.
#[derive(Debug, Default)]
pub struct Patterns {
    /// Those whose last component is a plain name, by that name.
    named: HashMap<&'static [u8], Vec<Pattern>>,
    /// The others.
    open: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    text: &'static str,
    /// Last one first.
    components: Vec<Component>,
}

#[derive(Debug)]
struct Component {
    before: &'static [u8],
    /// What follows each star.
    after: Vec<&'static [u8]>,
}

impl Component {
    fn new(text: &'static str) -> Self {
        let mut parts = text.split('*').map(str::as_bytes);
        Self {
            before: parts.next().unwrap_or_default(),
            after: parts.collect(),
        }
    }

    fn matches(&self, name: &[u8]) -> bool {
        let Some(rest) = name.strip_prefix(self.before) else {
            return false;
        };
        let Some((last, between)) = self.after.split_last() else {
            return rest.is_empty();
        };
        let Some(mut rest) = rest.strip_suffix(*last) else {
            return false;
        };
        between.iter().all(|part| {
            let found = rest.windows(part.len().max(1)).position(|at| at == *part);
            let end = found.and_then(|at| rest.get(at.checked_add(part.len())?..));
            rest = end.unwrap_or_default();
            end.is_some()
        })
    }
}

impl Patterns {
    /// Adds a pattern.
    pub fn add(&mut self, text: &'static str) {
        let components: Vec<Component> = text.rsplit('/').map(Component::new).collect();
        let pattern = Pattern { text, components };
        match pattern.components.first() {
            Some(last) if last.after.is_empty() => {
                self.named.entry(last.before).or_default().push(pattern);
            }
            _ => self.open.push(pattern),
        }
    }

    /// The patterns that match a path.
    pub fn matching<'a>(&'a self, path: &'a [u8]) -> impl Iterator<Item = &'static str> + 'a {
        let name = path.rsplit(|&b| b == b'/').next().unwrap_or_default();
        let named = self.named.get(name).into_iter().flatten();
        named
            .chain(&self.open)
            .filter(move |pattern| {
                let mut names = path.rsplit(|&b| b == b'/');
                let mut components = pattern.components.iter();
                components.all(|component| names.next().is_some_and(|n| component.matches(n)))
            })
            .map(|pattern| pattern.text)
    }

    /// Regular files of a tree that match, by pattern and in the order of their paths.
    pub fn find(&self, tree: &FileTree<Probed>) -> Matches {
        let mut matches = Matches::default();
        if self.named.is_empty() && self.open.is_empty() {
            return matches;
        }
        tree.walk(|path, id, node| {
            if node.content().is_none() {
                return;
            }
            for pattern in self.matching(path) {
                let found = matches.0.entry(pattern).or_default();
                if found.len() <= MAX_FOUND {
                    found.push((path.into(), id));
                }
            }
        });
        matches
    }
}

/// A file's path and node.
type Match = (Box<[u8]>, NodeId);

/// Files found by pattern.
#[derive(Debug, Default)]
pub struct Matches(BTreeMap<&'static str, Vec<Match>>);

impl Matches {
    /// The files of one pattern, at most [`MAX_FOUND`], and whether there are more.
    pub fn of(&self, pattern: &str) -> (&[Match], bool) {
        let all = self.0.get(pattern).map_or(&[][..], Vec::as_slice);
        match all.get(..MAX_FOUND) {
            Some(first) => (first, all.len() > MAX_FOUND),
            None => (all, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_end_of_a_path_by_whole_components() {
        let mut patterns = Patterns::default();
        patterns.add("*.dist-info/METADATA");
        patterns.add("node_modules/*/package.json");
        patterns.add("specifications/*.gemspec");
        patterns.add("*key*.json");
        let of = |path: &str| patterns.matching(path.as_bytes()).collect::<Vec<_>>();
        assert_eq!(of("usr/lib/x.dist-info/METADATA"), ["*.dist-info/METADATA"]);
        assert_eq!(of("x.dist-info/METADATA"), ["*.dist-info/METADATA"]);
        assert_eq!(of("a/node_modules/b/package.json").len(), 1);
        assert!(of("a/node_modules/b/c/package.json").is_empty());
        assert!(of("METADATA").is_empty());
        for name in ["key.json", "my-key-1.json", "a/monkeys.json", "keykey.json"] {
            assert_eq!(of(name), ["*key*.json"]);
        }
        assert!(
            of("ke.json").is_empty() && of("key.jso").is_empty() && of("key/a.json").is_empty()
        );
        assert!(of("x/METADATA").is_empty());
        assert_eq!(of("gems/specifications/a-1.gemspec").len(), 1);
        assert!(of("specifications/default/a-1.gemspec").is_empty());
    }
}
