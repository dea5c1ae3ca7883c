//! The squash against a naive model of the same rules, on random stacks of layers.
//!
//! The model keeps flat maps from path to entry and re-scans them for every step; it shares no
//! code and no data structure with the product.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    File(String, u8),
    Dir(String),
    Symlink(String, String),
    Fifo(String),
    HardLink(String, String),
    Whiteout(String),
    Opaque(String),
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4)
        .prop_map(|parts| parts.join("/"))
}

fn step() -> impl Strategy<Value = Step> {
    let target = prop::sample::select(vec!["a", "b", "/a", "/a/b", "../c", "..", "c/b", "/"]);
    prop_oneof![
        4 => (path(), any::<u8>()).prop_map(|(path, content)| Step::File(path, content)),
        2 => path().prop_map(Step::Dir),
        2 => (path(), target).prop_map(|(path, target)| Step::Symlink(path, target.to_owned())),
        1 => path().prop_map(Step::Fifo),
        1 => (path(), path()).prop_map(|(path, target)| Step::HardLink(path, target)),
        2 => path().prop_map(Step::Whiteout),
        1 => path().prop_map(Step::Opaque),
    ]
}

fn layer(steps: &[Step]) -> Layer {
    steps.iter().fold(Layer::new(), |layer, step| match step {
        Step::File(path, content) => layer.file(path, content.to_string()),
        Step::Dir(path) => layer.dir(path),
        Step::Symlink(path, target) => layer.symlink(path, target),
        Step::Fifo(path) => layer.fifo(path),
        Step::HardLink(path, target) => layer.hardlink(path, target),
        Step::Whiteout(path) => layer.whiteout(path),
        Step::Opaque(path) => layer.opaque(path),
    })
}

/// Entries by path, as [`listing`] writes them; those of a layer that is being read without its
/// number.
type Flat = BTreeMap<String, String>;

fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn remove_tree(map: &mut Flat, path: &str) {
    map.retain(|key, _| key != path && !is_below(key, path));
}

#[derive(Default)]
struct Upper {
    entries: Flat,
    whiteouts: Vec<String>,
    opaque: Vec<String>,
}

/// A directory path with the layer's own links followed; `None` for a loop.
fn follow(entries: &Flat, path: &str) -> Option<String> {
    let mut done: Vec<String> = Vec::new();
    let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut links = 0;
    while let Some(part) = todo.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                done.pop();
                continue;
            }
            _ => done.push(part),
        }
        if let Some(target) = entries
            .get(&done.join("/"))
            .and_then(|e| e.strip_prefix("link "))
        {
            links += 1;
            if links > 40 {
                return None;
            }
            done.pop();
            if target.starts_with('/') {
                done.clear();
            }
            todo.extend(target.split('/').rev().map(str::to_owned));
        }
    }
    Some(done.join("/"))
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}

impl Upper {
    fn make_directories(&mut self, path: &str) {
        let mut at = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            at = join(&at, part);
            if self.entries.get(&at).map(String::as_str) != Some("dir") {
                self.entries.insert(at.clone(), "dir".into());
            }
        }
    }

    fn put(&mut self, path: &str, entry: String) {
        let Some(parent) = follow(&self.entries, split(path).0) else {
            return;
        };
        self.make_directories(&parent);
        let path = join(&parent, split(path).1);
        if entry == "dir" && self.entries.get(&path).map(String::as_str) == Some("dir") {
            return;
        }
        remove_tree(&mut self.entries, &path);
        self.whiteouts.retain(|w| !is_below(w, &path));
        self.opaque.retain(|o| o != &path && !is_below(o, &path));
        self.entries.insert(path, entry);
    }

    /// The directory a whiteout stands in, or `None` when a link or file is in the way.
    fn whiteout_parent(&mut self, parent: &str) -> Option<()> {
        let mut at = String::new();
        for part in parent.split('/').filter(|part| !part.is_empty()) {
            at = join(&at, part);
            if self.entries.get(&at).is_some_and(|entry| entry != "dir") {
                return None;
            }
            self.entries.insert(at.clone(), "dir".into());
        }
        Some(())
    }

    fn step(&mut self, lower: &Flat, step: &Step) {
        match step {
            Step::File(path, content) => self.put(path, format!("file {content}")),
            Step::Dir(path) => self.put(path, "dir".into()),
            Step::Symlink(path, target) => self.put(path, format!("link {target}")),
            Step::Fifo(path) => self.put(path, "Fifo".into()),
            Step::HardLink(path, target) => {
                // The place is made before the target is looked for, as unpacking does.
                let Some(place) = follow(&self.entries, split(path).0) else {
                    return;
                };
                self.make_directories(&place);
                let (parent, name) = split(target);
                let own = follow(&self.entries, parent)
                    .and_then(|parent| self.entries.get(&join(&parent, name)))
                    .filter(|entry| *entry != "dir");
                let lower = lower.get(target).filter(|entry| entry.starts_with("file "));
                // A link to a lower file is a copy of it that this layer made.
                if let Some(entry) = own.or(lower) {
                    self.put(path, without_layer(entry).to_owned());
                }
            }
            Step::Whiteout(path) => {
                if self.whiteout_parent(split(path).0).is_some() {
                    self.whiteouts.push(path.clone());
                }
            }
            Step::Opaque(path) => {
                if self.whiteout_parent(path).is_some() {
                    self.opaque.push(path.clone());
                }
            }
        }
    }
}

fn without_layer(entry: &str) -> &str {
    entry.split(" @").next().unwrap_or_default()
}

fn lay(lower: &mut Flat, steps: &[Step], number: usize) {
    let mut upper = Upper::default();
    for step in steps {
        upper.step(lower, step);
    }
    for directory in &upper.opaque {
        lower.retain(|key, _| !is_below(key, directory));
    }
    for path in &upper.whiteouts {
        remove_tree(lower, path);
    }
    for (path, entry) in upper.entries {
        let joins = entry == "dir" && lower.get(&path).map(String::as_str) == Some("dir");
        if !joins {
            remove_tree(lower, &path);
            let entry = if entry == "dir" {
                entry
            } else {
                format!("{entry} @{number}")
            };
            lower.insert(path, entry);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_squash_agrees_with_the_naive_model(
        stack in prop::collection::vec(prop::collection::vec(step(), 0..8), 1..5)
    ) {
        let mut expected = Flat::new();
        for (steps, number) in stack.iter().zip(1..) {
            lay(&mut expected, steps, number);
        }
        let layers: Vec<Layer> = stack.iter().map(|steps| layer(steps)).collect();
        let found: Flat = listing(&merged(&layers).tree);
        prop_assert_eq!(found, expected);
    }
}
