//! Names that do not survive a copy to another file system or tool.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::super::{Draft, Owner};
use super::Ranked;
use crate::facts::model::{Capped, NameProblem, UnportableName};
use crate::facts::text::display_path;
use crate::image::{NodeId, ROOT};

/// Longest name in bytes (Linux, `NAME_MAX`; ext4, XFS, Btrfs and overlayfs keep to it).
const MAX_NAME: usize = 255;
/// Refused by Windows (Microsoft, "Naming Files, Paths, and Namespaces"). POSIX' portable file name
/// character set (POSIX.1-2024, 3.265) has none of them.
const RESERVED: &[u8] = b"<>:\"|?*\\";

/// Every such name in the image.
pub(super) fn unportable(draft: &Draft<'_>) -> Capped<UnportableName> {
    let mut found = Ranked::default();
    in_directory(draft, b"", ROOT, &mut found);
    draft.tree.walk(|path, id, node| {
        if node.is_directory() {
            in_directory(draft, path, id, &mut found);
        }
    });
    found.into_capped()
}

fn in_directory(
    draft: &Draft<'_>,
    directory: &[u8],
    id: NodeId,
    found: &mut Ranked<UnportableName>,
) {
    let twice = folded_twice(draft, id);
    for (name, child) in draft.tree.entries(id) {
        let mut problems = of_name(name);
        if has_upper_case(name) && clashes(draft, id, name, &twice) {
            problems.push(NameProblem::CaseClash);
        }
        if problems.is_empty() {
            continue;
        }
        problems.sort_unstable();
        let answerable = answerable(draft, child);
        let owner = draft.owners.of(answerable);
        found.add(owner, || {
            let separator: &[u8] = if directory.is_empty() { b"" } else { b"/" };
            let node = draft.tree.node(child);
            let layer = node.map_or(0, |node| node.layer);
            UnportableName {
                path: display_path(&[directory, separator, name].concat()),
                problems,
                owner: draft.owner_name(answerable),
                owner_known: owner != Owner::Undetermined,
                generated: owner == Owner::Generated,
                layer,
                side: draft.side(layer),
            }
        });
    }
}

/// The node whose owner answers for the name. Not every database lists directories (dpkg's md5sums do
/// not), so an unlisted one is of whoever owns something directly in it.
fn answerable(draft: &Draft<'_>, id: NodeId) -> NodeId {
    let owned = |id: &NodeId| draft.owners.of(*id) != Owner::Nobody;
    if owned(&id) {
        return id;
    }
    let mut inside = draft.tree.entries(id).map(|(_, inside)| inside);
    inside.find(owned).unwrap_or(id)
}

/// What is wrong with a name by itself.
fn of_name(name: &[u8]) -> Vec<NameProblem> {
    let text = std::str::from_utf8(name);
    let control = match text {
        Ok(text) => text.chars().any(char::is_control),
        Err(_) => name.iter().any(u8::is_ascii_control),
    };
    let mut problems = Vec::new();
    let mut note = |is_so: bool, problem| {
        if is_so {
            problems.push(problem);
        }
    };
    note(text.is_err(), NameProblem::NotUtf8);
    note(control, NameProblem::ControlCharacter);
    note(name.len() > MAX_NAME, NameProblem::LongName);
    note(
        matches!(name.last(), Some(b'.' | b' ')),
        NameProblem::TrailingDotOrSpace,
    );
    note(
        name.iter().any(|b| RESERVED.contains(b)),
        NameProblem::ReservedCharacter,
    );
    problems
}

/// Two names can clash only if one of them has an upper-case letter.
fn has_upper_case(name: &[u8]) -> bool {
    match std::str::from_utf8(name) {
        Ok(text) => text.chars().any(char::is_uppercase),
        Err(_) => name.iter().any(u8::is_ascii_uppercase),
    }
}

fn folded(name: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => name.to_ascii_lowercase(),
    }
}

/// Whether the directory has the name in lower case, or another that becomes the same.
fn clashes(draft: &Draft<'_>, directory: NodeId, name: &[u8], twice: &HashSet<u64>) -> bool {
    let folded = folded(name);
    draft.tree.child(directory, &folded).is_some() || twice.contains(&hash(&folded))
}

/// Hashes of what two or more names with upper-case letters become in lower case. Eight bytes for
/// each, and for one directory at a time, however many names an image has.
fn folded_twice(draft: &Draft<'_>, directory: NodeId) -> HashSet<u64> {
    let names = draft.tree.entries(directory).map(|(name, _)| name);
    let mut hashes: Vec<u64> = names
        .filter(|name| has_upper_case(name))
        .map(|name| hash(&folded(name)))
        .collect();
    hashes.sort_unstable();
    hashes
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        })
        .collect()
}

/// The same in every run: facts repeat.
fn hash(bytes: &[u8]) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(bytes)
}
