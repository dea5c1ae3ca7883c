//! Rules and functions that refer to themselves, by way of others or not. Rego forbids it (OPA:
//! `rego_recursion_error`), and the engine notices it too late or not at all: a function that calls
//! itself ends the whole program with its stack.

use std::collections::{BTreeMap, BTreeSet};

use super::program::Parsed;
use super::references::{Reference, head_path, of};
use crate::policy::error::{Problem, ProblemKind};
use crate::policy::syntax::Span;

/// Circles that are told; one is enough to work on.
const MAX_TOLD: usize = 10;

/// Steps of a circle that are written out.
const MAX_STEPS: usize = 8;

/// One way from a node to another, and where it is written: module and place.
#[derive(Clone, Copy)]
struct Edge {
    to: usize,
    place: Option<(usize, Span)>,
}

/// Names of `data`, each a node for what lies at and below it, and the definitions.
#[derive(Default)]
struct Graph {
    /// Full paths of names that lead to definitions, with the node of each.
    names: BTreeMap<String, usize>,
    /// The node of the definitions at a path.
    definitions: BTreeMap<String, usize>,
    /// Ways on, by node.
    edges: Vec<Vec<Edge>>,
    /// Path of the definitions, by node; none for a mere name.
    paths: Vec<Option<String>>,
}

/// Problems for the circles among `modules`, at the first reference of each.
pub(in crate::policy) fn check(modules: &[Parsed], problems: &mut Vec<Problem>) {
    let mut graph = Graph::default();
    for parsed in modules {
        for rule in &parsed.module.rules {
            graph.define(&full(parsed, head_path(rule)));
        }
    }
    for (index, parsed) in modules.iter().enumerate() {
        let references = of(parsed).of_rules;
        for (rule, found) in parsed.module.rules.iter().zip(references) {
            let path = full(parsed, head_path(rule)).join(".");
            if let Some(from) = graph.definitions.get(&path).copied() {
                found
                    .iter()
                    .for_each(|reference| graph.refer(from, index, reference));
            }
        }
    }
    for circle in graph.circles() {
        problems.extend(graph.problem(&circle, modules));
    }
}

fn full(parsed: &Parsed, names: Vec<String>) -> Vec<String> {
    let mut path = parsed.package.clone();
    path.extend(names);
    path
}

impl Graph {
    fn node(&mut self, path: Option<String>) -> usize {
        self.edges.push(Vec::new());
        self.paths.push(path);
        self.edges.len().saturating_sub(1)
    }

    fn join(&mut self, from: usize, edge: Edge) {
        if let Some(edges) = self.edges.get_mut(from) {
            edges.push(edge);
        }
    }

    /// Adds the names that lead to a definition, and its node.
    fn define(&mut self, path: &[String]) {
        let whole = path.join(".");
        if self.definitions.contains_key(&whole) {
            return;
        }
        let definition = self.node(Some(whole.clone()));
        self.definitions.insert(whole, definition);
        let mut below = definition;
        let mut rest = path;
        loop {
            let name = rest.join(".");
            let known = self.names.get(&name).copied();
            let node = known.unwrap_or_else(|| self.node(None));
            let edge = Edge {
                to: below,
                place: None,
            };
            self.join(node, edge);
            if known.is_some() {
                return;
            }
            self.names.insert(name, node);
            below = node;
            match rest.split_last() {
                Some((_, parent)) if !parent.is_empty() => rest = parent,
                _ => return,
            }
        }
    }

    /// A reference leads to everything at and below its path, and to a definition above it.
    fn refer(&mut self, from: usize, module: usize, reference: &Reference) {
        let place = Some((module, reference.span));
        if let Some(to) = self.names.get(&reference.path.join(".")).copied() {
            self.join(from, Edge { to, place });
            return;
        }
        for length in (1..reference.path.len()).rev() {
            let above = reference.path.get(..length).unwrap_or_default().join(".");
            if let Some(to) = self.definitions.get(&above).copied() {
                self.join(from, Edge { to, place });
                return;
            }
        }
    }

    /// Circles of edges, found by a search that goes deep first and keeps its own stack.
    fn circles(&self) -> Vec<Vec<Edge>> {
        let mut circles = Vec::new();
        let mut done: BTreeSet<usize> = BTreeSet::new();
        for start in self.definitions.values().copied() {
            let mut way: Vec<(usize, Option<Edge>, std::slice::Iter<'_, Edge>)> = Vec::new();
            let mut on_way: BTreeSet<usize> = BTreeSet::new();
            if !done.insert(start) {
                continue;
            }
            on_way.insert(start);
            way.push((start, None, self.edges_of(start)));
            while let Some((node, _, edges)) = way.last_mut() {
                let Some(edge) = edges.next().copied() else {
                    on_way.remove(node);
                    way.pop();
                    continue;
                };
                if on_way.contains(&edge.to) {
                    let behind = way.iter().skip_while(|(node, ..)| *node != edge.to);
                    let entered = behind.skip(1).filter_map(|(_, entered, _)| *entered);
                    circles.push(entered.chain([edge]).collect());
                    if circles.len() >= MAX_TOLD {
                        return circles;
                    }
                } else if done.insert(edge.to) {
                    on_way.insert(edge.to);
                    way.push((edge.to, Some(edge), self.edges_of(edge.to)));
                }
            }
        }
        circles
    }

    fn edges_of(&self, node: usize) -> std::slice::Iter<'_, Edge> {
        self.edges
            .get(node)
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
    }

    /// What is said of a circle, beginning with the reference that stands first in the pack.
    fn problem(&self, circle: &[Edge], modules: &[Parsed]) -> Option<Problem> {
        let is_written = |edge: &&Edge| edge.place.is_some();
        let first = circle
            .iter()
            .filter(is_written)
            .map(|edge| edge.place)
            .min()?;
        let start = circle.iter().position(|edge| edge.place == first)?;
        let mut turned = circle.to_vec();
        turned.rotate_left(start);
        let names: Vec<&str> = turned
            .iter()
            .filter_map(|edge| self.paths.get(edge.to)?.as_deref())
            .map(|path| path.strip_prefix("data.").unwrap_or(path))
            .collect();
        // The first reference is written in the definition the circle comes back to.
        let own = *names.last()?;
        let mut steps = vec![own];
        match names.len() > MAX_STEPS {
            true => {
                steps.extend(names.iter().take(MAX_STEPS));
                steps.extend(["…", own]);
            }
            false => steps.extend(names),
        }
        let (module, span) = first?;
        let parsed = modules.get(module)?;
        let name = own.rsplit('.').next().unwrap_or(own);
        let message = format!("rule `{name}` refers to itself: {}", steps.join(" -> "));
        let problem = Problem::in_file(ProblemKind::Recursion, &parsed.file, message)
            .at(&parsed.text, span.start, span.end)
            .help(
                "Rego has no recursion: iterate with `some … in`, `every` or a comprehension, use \
                 `walk` or `graph.reachable`, or let one of them read less than a whole package",
            );
        Some(problem)
    }
}
