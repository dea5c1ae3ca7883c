//! Where programs are looked for, and which of them are shells.

use super::Draft;
use crate::image::Resolved;

/// The search path of Debian's and Alpine's root user.
pub(super) const SEARCH_PATH: [&str; 6] = [
    "usr/local/sbin",
    "usr/local/bin",
    "usr/sbin",
    "usr/bin",
    "sbin",
    "bin",
];

/// Command shells by the name of their program: shells(5) of Debian and Alpine, and BusyBox.
pub(super) const SHELLS: [&str; 12] = [
    "ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "yash", "zsh",
];

/// A program by its name alone, as the search path finds it.
pub(super) fn find_in_path(draft: &Draft<'_>, name: &str) -> Option<Resolved> {
    SEARCH_PATH
        .iter()
        .find_map(|directory| find_runnable(draft, &format!("{directory}/{name}")))
}

/// A program as a container's configuration names it: by path, relative to the working directory
/// (OCI image-spec, config.md, `WorkingDir`), or by name.
pub(super) fn find_started(draft: &Draft<'_>, program: &str) -> Option<Resolved> {
    if program.contains('/') {
        find_file(draft, program)
    } else {
        find_in_path(draft, program)
    }
}

/// A regular file by its path, relative to the working directory.
pub(super) fn find_file(draft: &Draft<'_>, path: &str) -> Option<Resolved> {
    let working_dir = draft.facts.image.config.working_dir.as_deref();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", working_dir.unwrap_or_default())
    };
    let found = draft.tree.resolve(path.as_bytes(), true).ok()?;
    draft.tree.node(found.id)?.content()?;
    Some(found)
}

/// A regular file with an execute bit.
fn find_runnable(draft: &Draft<'_>, path: &str) -> Option<Resolved> {
    let found = draft.tree.resolve(path.as_bytes(), true).ok()?;
    let node = draft.tree.node(found.id)?;
    (node.content().is_some() && node.mode & 0o111 != 0).then_some(found)
}
