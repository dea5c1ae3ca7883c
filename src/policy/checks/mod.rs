//! What is checked when a pack is loaded, beyond its syntax.
//!
//! Undefined is not an error in Rego: a rule that reads a misspelt path, or compares with a value
//! that cannot occur, finds nothing, and that would read as a pass. These checks follow each rule
//! through its helpers and name such places.

mod arguments;
pub(super) mod borders;
mod bounds;
mod calls;
mod kinds;
mod program;
pub(super) mod recursion;
mod references;
mod resolve;
pub(super) mod tests;
mod typed;
mod walk;
pub(super) mod whole;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use kinds::Kinds;
pub(super) use program::{Parsed, Program};

use super::error::Problem;
use super::syntax::Span;
use crate::facts::model::Topic;
use walk::Walker;

/// What one module reads, helpers included.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Topics, each with the first place that reads it: file, text and span.
    pub(super) topics: BTreeMap<Topic, Read>,
    /// Names of topics whose coverage is read: the rule itself minds how complete they are.
    pub(super) minded: BTreeSet<String>,
}

/// One place that reads facts.
#[derive(Debug, Clone)]
pub(super) struct Read {
    /// Index of the module.
    pub(super) module: usize,
    /// Where in it.
    pub(super) span: Span,
    /// What is read, as written in a rule.
    pub(super) path: String,
}

/// Walks module `index` and everything it uses.
pub(super) fn walk_module(program: &Program<'_>, index: usize) -> (Reads, Vec<Problem>) {
    let mut walker = Walker::new(program);
    walker.walk_module(index);
    walker.finish()
}
