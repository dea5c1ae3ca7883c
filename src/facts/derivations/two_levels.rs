//! Unowned files by directory of the first two levels, without holding every directory.

use std::cmp::{Ordering, Reverse};

use super::best::Best;
use crate::facts::model::{Capped, DirectoryTotal};
use crate::facts::text::display_path;

/// Sums while the tree is walked: what is below one directory comes without a break, so at most
/// three are open, `/`, one of the first level and one of the second.
pub(super) struct Directories {
    open: Vec<Open>,
    done: Best<DirectoryTotal>,
}

/// A directory that more may come of.
struct Open {
    path: Vec<u8>,
    files: u64,
    executables: u64,
    bytes: u64,
}

impl Directories {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            open: Vec::new(),
            done: Best::new(most_executables_first),
        }
    }

    /// Adds a file to the first two levels of its directory. Files come in the order of
    /// [`crate::image::FileTree::walk`].
    pub(super) fn add(&mut self, path: &[u8], executable: bool, bytes: u64) {
        let directory = two_levels(path);
        while let Some(last) = self.open.pop_if(|last| !is_below(directory, &last.path)) {
            self.done.add(last.into_total());
        }
        if self.open.last().is_none_or(|last| last.path != directory) {
            self.open.push(Open {
                path: directory.to_vec(),
                files: 0,
                executables: 0,
                bytes: 0,
            });
        }
        if let Some(last) = self.open.last_mut() {
            last.files = last.files.saturating_add(1);
            last.executables = last.executables.saturating_add(u64::from(executable));
            last.bytes = last.bytes.saturating_add(bytes);
        }
    }

    /// Those with the most executables.
    pub(super) fn into_capped(mut self) -> Capped<DirectoryTotal> {
        for open in self.open.drain(..) {
            self.done.add(open.into_total());
        }
        self.done.into_capped()
    }
}

impl Open {
    fn into_total(self) -> DirectoryTotal {
        DirectoryTotal {
            path: display_path(&self.path),
            files: self.files,
            executables: self.executables,
            bytes: self.bytes,
        }
    }
}

/// The first two components of a file's directory, or what there is of them.
fn two_levels(path: &[u8]) -> &[u8] {
    let mut ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let first = ends.next();
    let end = ends.next().or(first).map_or(0, |(at, _)| at);
    path.get(..end).unwrap_or_default()
}

/// Whether a path is a directory or below it.
fn is_below(path: &[u8], directory: &[u8]) -> bool {
    directory.is_empty()
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

fn most_executables_first(a: &DirectoryTotal, b: &DirectoryTotal) -> Ordering {
    let rank = |of: &DirectoryTotal| (Reverse(of.executables), Reverse(of.bytes));
    (rank(a), &a.path).cmp(&(rank(b), &b.path))
}
