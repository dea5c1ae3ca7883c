//! Libraries that are needed and that the loader would not find.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Draft;
use super::elf::{Belongs, is_native, started_by};
use super::libc::loader_kind;
use super::loader::{Load, Loader, LoaderKind, Missing, origins};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{Capped, Gap, GapKind, LibcFamily, MissingLibrary, NeededBy, Topic};
use crate::facts::probes::{Elf, ElfKind, Probed};
use crate::facts::text::display_path;
use crate::image::{NodeId, NodeKind};

/// Fills in `elf.missing_libraries`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let origins = origins(draft);
    let mut loader = Loader::new(draft, &origins);
    let mut found = Found::default();
    let (programs, libraries) = startable(draft);
    for &(id, kind) in &programs {
        let load = loader.load(id, kind);
        found.program(id, load);
    }
    let kind = main_loader(draft);
    for &id in &libraries {
        if !found.loaded.contains(&id) {
            found.plugin(id, loader.load(id, kind));
        }
    }
    let complete = loader.within_limit();
    let uncertain: Vec<Gap> = (!complete)
        .then(|| Gap {
            topic: Topic::Elf,
            path: None,
            layer: None,
            kind: GapKind::Limit,
            detail: "too many libraries to look for; not every one was".to_owned(),
        })
        .into_iter()
        .collect();
    let missing = if complete {
        found.into_facts(draft, &origins)
    } else {
        Vec::new()
    };
    draft.facts.elf.missing_libraries = Capped::new(missing, LIST_LIMIT);
    draft.facts.gaps.extend(uncertain);
}

/// Dynamic programs with their loaders, and libraries, each once, by path.
fn startable(draft: &Draft<'_>) -> (Vec<(NodeId, LoaderKind)>, Vec<NodeId>) {
    let mut seen = HashSet::new();
    let (mut programs, mut libraries) = (Vec::new(), Vec::new());
    draft.tree.walk(|_, id, node| {
        let Some(Probed::Elf(elf)) = draft.probed(node) else {
            return;
        };
        if let Some(interpreter) = started_by(draft, node, elf) {
            if seen.insert(id) {
                programs.push((id, loader_kind(draft, interpreter)));
            }
            return;
        }
        let is_library = elf.kind == ElfKind::Library && is_native(draft, elf);
        if is_library && elf.is_dynamic() && seen.insert(id) {
            libraries.push(id);
        }
    });
    (programs, libraries)
}

/// The loader that most programs have.
fn main_loader(draft: &Draft<'_>) -> LoaderKind {
    let musl = match draft.facts.libc.main {
        Some(family) => family == LibcFamily::Musl,
        None => draft.facts.libc.family == LibcFamily::Musl,
    };
    if musl {
        LoaderKind::Musl
    } else {
        LoaderKind::Glibc
    }
}

/// What was not found, each library of a file once.
#[derive(Default)]
struct Found {
    missing: BTreeMap<Missing, (NeededBy, Option<NodeId>)>,
    loaded: HashSet<NodeId>,
}

impl Found {
    fn program(&mut self, id: NodeId, load: Load) {
        for missing in load.missing {
            let needed_by = if missing.by == id {
                NeededBy::Program
            } else {
                NeededBy::Library
            };
            self.missing.entry(missing).or_insert((needed_by, Some(id)));
        }
        self.loaded.extend(load.loaded);
    }

    /// Only what the library itself needs: those below it speak for themselves.
    fn plugin(&mut self, id: NodeId, load: Load) {
        for missing in load.missing {
            if missing.by == id {
                self.missing
                    .entry(missing)
                    .or_insert((NeededBy::Plugin, None));
            }
        }
    }

    fn into_facts(
        self,
        draft: &Draft<'_>,
        origins: &std::collections::HashMap<NodeId, Vec<u8>>,
    ) -> Vec<MissingLibrary> {
        if self.missing.is_empty() {
            return Vec::new();
        }
        let names = self
            .missing
            .keys()
            .map(|missing| missing.library.as_bytes());
        let elsewhere = elsewhere(draft, &names.collect());
        let environment = !draft.loader_paths.environment.is_empty();
        let path_of = |id: NodeId| origins.get(&id).map(|path| display_path(path));
        let mut list: Vec<MissingLibrary> = self
            .missing
            .into_iter()
            .filter_map(|(missing, (needed_by, program))| {
                let node = draft.tree.node(missing.by)?;
                let Some(Probed::Elf(elf)) = draft.probed(node) else {
                    return None;
                };
                let elsewhere = elsewhere.get(missing.library.as_bytes()).cloned();
                if needed_by == NeededBy::Plugin && elsewhere.is_some() {
                    return None;
                }
                let belongs = Belongs::of(draft, missing.by, node);
                Some(MissingLibrary {
                    path: path_of(missing.by)?,
                    library: missing.library.into_string(),
                    needed_by,
                    program: program.and_then(path_of),
                    wrong_machine: missing.wrong_machine,
                    elsewhere,
                    searched: searched(elf, environment),
                    owner: belongs.owner,
                    package_name: belongs.package_name,
                    layer: belongs.layer,
                    side: belongs.side,
                })
            })
            .collect();
        list.sort_by(|a, b| (&a.path, &a.library).cmp(&(&b.path, &b.library)));
        list
    }
}

/// The first file or link of each name, wherever it is.
fn elsewhere(draft: &Draft<'_>, names: &BTreeSet<&[u8]>) -> BTreeMap<Vec<u8>, String> {
    let mut found = BTreeMap::new();
    draft.tree.walk(|path, _, node| {
        let is_file = matches!(node.kind, NodeKind::File(_) | NodeKind::Symlink(_));
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        if is_file && names.contains(name) && !found.contains_key(name) {
            found.insert(name.to_vec(), display_path(path));
        }
    });
    found
}

fn searched(elf: &Elf, environment: bool) -> Vec<String> {
    let dynamic = elf.dynamic();
    let run_path = dynamic.into_iter().flat_map(|dynamic| {
        let shown = if dynamic.runpath.is_empty() {
            &dynamic.rpath
        } else {
            &dynamic.runpath
        };
        shown.iter().map(|path| path.to_string())
    });
    let variable = environment.then(|| "LD_LIBRARY_PATH".to_owned());
    run_path.chain(variable).collect()
}
