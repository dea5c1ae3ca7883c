//! What the loader would do at the start of a program: find its libraries, and theirs.
//!
//! glibc (ld.so(8), `elf/dl-load.c`): `DT_RPATH` of the object and of those that loaded it, unless
//! the object has a `DT_RUNPATH`; `LD_LIBRARY_PATH`; `DT_RUNPATH`; what ldconfig(8) was told;
//! the built-in directories. musl (`ldso/dynlink.c`, `load_library`): `LD_LIBRARY_PATH`; both
//! run paths of the object and of those that loaded it; `/etc/ld-musl-ARCH.path`, or its
//! built-in directories. Both take a library that is loaded already whatever its place, and leave
//! files for another machine or class aside.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Draft;
use crate::facts::probes::{DynamicSection, Elf, Linkage, Probed};
use crate::facts::text::lossless;
use crate::image::{NodeId, NodeKind};

/// Libraries followed from one program.
const MAX_LIBRARIES: usize = 1_000;
/// Objects whose run paths are looked at on the way back to the program.
const MAX_LOADERS: usize = 16;
/// Directories looked into for all programs together: a hundred times what the fullest images need.
const MAX_LOOKUPS: u64 = 50_000_000;
/// Built-in directories: glibc's with either name of the 64-bit one, then Debian's multiarch ones
/// (`lib/TRIPLET`), which are built in there.
const GLIBC_DIRECTORIES: [&str; 4] = ["lib64", "usr/lib64", "lib", "usr/lib"];
const MUSL_DIRECTORIES: [&str; 3] = ["lib", "usr/local/lib", "usr/lib"];
/// Libraries musl is itself, by the start of their names (`load_library`, `reserved`).
const MUSL_OWN: [&str; 7] = [
    "libc.",
    "libpthread.",
    "librt.",
    "libm.",
    "libdl.",
    "libutil.",
    "libxnet.",
];

/// Whose loader it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum LoaderKind {
    /// glibc, or one that works like it.
    Glibc,
    /// musl.
    Musl,
}

/// A library a file needs and the loader would not find.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missing {
    /// The file that needs it.
    pub(super) by: NodeId,
    /// Name as the file has it.
    pub(super) library: Box<str>,
    /// A file of that name is where the loader looks, for another machine or class.
    pub(super) wrong_machine: bool,
}

/// What became of one start.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// Files loaded, the program first.
    pub(super) loaded: Vec<NodeId>,
    /// Libraries not found.
    pub(super) missing: Vec<Missing>,
    /// Something could not be told: a library may be missing that is not listed, or the other way
    /// round where a run path could not be followed.
    pub(super) uncertain: bool,
}

/// A loaded file.
struct Object<'d> {
    id: NodeId,
    dynamic: Option<&'d DynamicSection>,
    /// Directories of its run paths.
    rpath: Directories,
    runpath: Directories,
    /// Place of the one that loaded it.
    loader: Option<usize>,
}

/// Outcome of one search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    Found(NodeId),
    WrongMachine,
    Nowhere,
}

/// What a library must be to serve a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Wanted {
    kind: LoaderKind,
    machine: u16,
    is_64: bool,
}

/// Directories, each list shared by all that search it.
type Directories = Rc<[NodeId]>;

/// Looks libraries up, remembering where it has been.
pub(super) struct Loader<'d, 'a> {
    draft: &'d Draft<'a>,
    /// Path of each ELF file, for `$ORIGIN`.
    origins: &'d HashMap<NodeId, Vec<u8>>,
    directories: HashMap<String, Option<NodeId>>,
    /// Paths of those, without links.
    paths: HashMap<NodeId, Vec<u8>>,
    common: HashMap<(Wanted, Box<str>), Search>,
    defaults: HashMap<(LoaderKind, u16), Directories>,
    environment: Option<Directories>,
    lookups: u64,
}

/// Path of each ELF file of the image; of those with several names, the first.
pub(super) fn origins(draft: &Draft<'_>) -> HashMap<NodeId, Vec<u8>> {
    let mut origins = HashMap::new();
    draft.tree.walk(|path, id, node| {
        if matches!(draft.probed(node), Some(Probed::Elf(_))) {
            origins.entry(id).or_insert_with(|| path.to_vec());
        }
    });
    origins
}

impl<'d, 'a> Loader<'d, 'a> {
    /// In this tree.
    pub(super) fn new(draft: &'d Draft<'a>, origins: &'d HashMap<NodeId, Vec<u8>>) -> Self {
        Self {
            draft,
            origins,
            directories: HashMap::new(),
            paths: HashMap::new(),
            common: HashMap::new(),
            defaults: HashMap::new(),
            environment: None,
            lookups: 0,
        }
    }

    /// Whether every search was carried out; beyond the cap nothing is found.
    pub(super) fn within_limit(&self) -> bool {
        self.lookups <= MAX_LOOKUPS
    }

    /// Loads a file with all it needs.
    pub(super) fn load(&mut self, id: NodeId, kind: LoaderKind) -> Load {
        let mut load = Load::default();
        let Some(elf) = self.elf(id) else {
            load.uncertain = true;
            return load;
        };
        let wanted = Wanted {
            kind,
            machine: elf.machine,
            is_64: elf.is_64,
        };
        let mut known: HashSet<&str> = HashSet::new();
        let mut present: HashSet<NodeId> = HashSet::from([id]);
        let mut objects = vec![self.object(id, elf, None, &mut load)];
        let mut next = 0;
        while let Some(dynamic) = objects.get(next).map(|object| object.dynamic) {
            let by = next;
            next = next.saturating_add(1);
            for library in dynamic.iter().flat_map(|dynamic| dynamic.needed.iter()) {
                if known.contains(&**library) || is_provided(kind, library) {
                    continue;
                }
                if objects.len() >= MAX_LIBRARIES || !self.within_limit() {
                    load.uncertain = true;
                    break;
                }
                match self.find((&objects, by), wanted, library, &mut load) {
                    Search::Found(found) => {
                        known.insert(library);
                        let elf = self.elf(found);
                        let soname = elf.and_then(|elf| elf.dynamic()?.soname.as_deref());
                        known.extend(soname);
                        match elf {
                            Some(elf) if present.insert(found) => {
                                objects.push(self.object(found, elf, Some(by), &mut load));
                            }
                            Some(_) => {}
                            None => load.uncertain = true,
                        }
                    }
                    other => load.missing.push(Missing {
                        by: objects.get(by).map_or(id, |object| object.id),
                        library: library.clone(),
                        wrong_machine: other == Search::WrongMachine,
                    }),
                }
            }
        }
        load.loaded = objects.iter().map(|object| object.id).collect();
        load
    }

    fn elf(&self, id: NodeId) -> Option<&'d Elf> {
        match self.draft.probed(self.draft.tree.node(id)?) {
            Some(Probed::Elf(elf)) => Some(elf),
            _ => None,
        }
    }

    fn object(
        &mut self,
        id: NodeId,
        elf: &'d Elf,
        loader: Option<usize>,
        load: &mut Load,
    ) -> Object<'d> {
        load.uncertain |= elf.linkage == Linkage::Unread;
        let dynamic = elf.dynamic();
        let mut directories = |paths: &[Box<str>]| -> Directories {
            let mut found = Vec::new();
            for path in paths {
                for candidate in self.expand(path, id, elf.machine) {
                    found.extend(self.directory(&candidate));
                }
                load.uncertain |= !path.is_empty() && !path.starts_with(['/', '$']);
            }
            found.into()
        };
        let rpath = dynamic.map_or_else(Rc::default, |dynamic| directories(&dynamic.rpath));
        let runpath = dynamic.map_or_else(Rc::default, |dynamic| directories(&dynamic.runpath));
        Object {
            id,
            dynamic,
            rpath,
            runpath,
            loader,
        }
    }

    /// Looks for a library on behalf of the object at place `by`.
    fn find(
        &mut self,
        (objects, by): (&[Object<'_>], usize),
        wanted: Wanted,
        library: &str,
        load: &mut Load,
    ) -> Search {
        if library.contains('/') {
            load.uncertain |= !library.starts_with('/');
            let found = self.draft.tree.resolve(library.as_bytes(), true).ok();
            return found.map_or(Search::Nowhere, |found| Search::Found(found.id));
        }
        let (before, after) = run_paths(objects, by, wanted.kind);
        let environment = self.environment();
        let mut outcome = Search::Nowhere;
        let own = before.iter().chain([&environment]).chain(&after);
        for directories in own {
            match self.among(directories, wanted, library) {
                Search::Nowhere => {}
                Search::WrongMachine => outcome = Search::WrongMachine,
                found @ Search::Found(_) => return found,
            }
        }
        match self.common_search(wanted, library) {
            Search::Nowhere => outcome,
            other => other,
        }
    }

    /// What comes after all run paths.
    fn common_search(&mut self, wanted: Wanted, library: &str) -> Search {
        let key = (wanted, Box::from(library));
        if let Some(known) = self.common.get(&key) {
            return *known;
        }
        let directories = self.default_directories(wanted.kind, wanted.machine);
        let outcome = self.among(&directories, wanted, library);
        self.common.insert(key, outcome);
        outcome
    }

    fn among(&mut self, directories: &[NodeId], wanted: Wanted, library: &str) -> Search {
        let mut outcome = Search::Nowhere;
        for &directory in directories {
            self.lookups = self.lookups.saturating_add(1);
            let Some(found) = self.entry(directory, library) else {
                continue;
            };
            match self.elf(found) {
                Some(elf) if (elf.machine, elf.is_64) != (wanted.machine, wanted.is_64) => {
                    outcome = Search::WrongMachine
                }
                _ => return Search::Found(found),
            }
        }
        outcome
    }

    /// The regular file of a name in a directory, after links.
    fn entry(&self, directory: NodeId, name: &str) -> Option<NodeId> {
        let tree = self.draft.tree;
        let id = tree.child(directory, name.as_bytes())?;
        match tree.node(id)?.kind {
            NodeKind::File(_) => Some(id),
            NodeKind::Symlink(_) => {
                let path = self.paths.get(&directory)?;
                let found = tree
                    .resolve(&[path.as_slice(), b"/", name.as_bytes()].concat(), true)
                    .ok()?;
                tree.node(found.id)?.content().map(|_| found.id)
            }
            _ => None,
        }
    }

    fn default_directories(&mut self, kind: LoaderKind, machine: u16) -> Directories {
        if let Some(known) = self.defaults.get(&(kind, machine)) {
            return Rc::clone(known);
        }
        let paths = &self.draft.loader_paths;
        let listed: Vec<String> = match kind {
            LoaderKind::Glibc => {
                let multiarch = multiarch_triplet(machine).into_iter();
                let multiarch =
                    multiarch.flat_map(|name| [format!("lib/{name}"), format!("usr/lib/{name}")]);
                let built_in = GLIBC_DIRECTORIES.iter().map(|&path| path.to_owned());
                let configured = paths.glibc.iter().cloned();
                configured.chain(multiarch).chain(built_in).collect()
            }
            LoaderKind::Musl => {
                let own = |name: &str| paths.musl.get(name).cloned();
                let configured = musl_architectures(machine)
                    .iter()
                    .find_map(|&name| own(name));
                let built_in = || MUSL_DIRECTORIES.map(str::to_owned).to_vec();
                configured.unwrap_or_else(built_in)
            }
        };
        let found: Directories = listed
            .iter()
            .filter_map(|path| self.directory(path))
            .collect();
        self.defaults.insert((kind, machine), Rc::clone(&found));
        found
    }

    fn environment(&mut self) -> Directories {
        if let Some(known) = &self.environment {
            return Rc::clone(known);
        }
        let paths = &self.draft.loader_paths.environment;
        let found: Directories = paths
            .iter()
            .filter_map(|path| self.directory(path))
            .collect();
        self.environment = Some(Rc::clone(&found));
        found
    }

    fn directory(&mut self, path: &str) -> Option<NodeId> {
        if let Some(known) = self.directories.get(path) {
            return *known;
        }
        let found = self.draft.tree.resolve(path.as_bytes(), true).ok();
        let found = found.map(|found| {
            self.paths.insert(found.id, found.path);
            found.id
        });
        self.directories.insert(path.to_owned(), found);
        found
    }

    /// A run path with `$ORIGIN`, `$LIB` and `$PLATFORM` replaced (ld.so(8), "Rpath token
    /// expansion"); `$LIB` may mean several.
    fn expand(&self, path: &str, id: NodeId, machine: u16) -> Vec<String> {
        let origin = self.origins.get(&id).map(|path| lossless(path));
        let origin = origin.as_deref().unwrap_or_default();
        let origin = origin
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory);
        let platform = musl_architectures(machine)
            .first()
            .copied()
            .unwrap_or_default();
        let path = path
            .replace("${ORIGIN}", origin)
            .replace("$ORIGIN", origin)
            .replace("${PLATFORM}", platform)
            .replace("$PLATFORM", platform)
            .replace("${LIB}", "$LIB");
        if !path.contains("$LIB") {
            return vec![path];
        }
        let multiarch = multiarch_triplet(machine).map(|name| format!("lib/{name}"));
        let names = ["lib64".to_owned(), "lib".to_owned()]
            .into_iter()
            .chain(multiarch);
        names.map(|name| path.replace("$LIB", &name)).collect()
    }
}

/// Run paths before and after `LD_LIBRARY_PATH`.
fn run_paths(
    objects: &[Object<'_>],
    by: usize,
    kind: LoaderKind,
) -> (Vec<Directories>, Vec<Directories>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut place = Some(by);
    for step in 0..MAX_LOADERS {
        let Some(object) = place.and_then(|place| objects.get(place)) else {
            break;
        };
        let has_runpath = object
            .dynamic
            .is_some_and(|dynamic| !dynamic.runpath.is_empty());
        match kind {
            LoaderKind::Musl => after.extend([&object.runpath, &object.rpath].map(Rc::clone)),
            LoaderKind::Glibc if step == 0 && has_runpath => {
                return (before, vec![Rc::clone(&object.runpath)]);
            }
            LoaderKind::Glibc if has_runpath => {}
            LoaderKind::Glibc => before.push(Rc::clone(&object.rpath)),
        }
        place = object.loader;
    }
    (before, after)
}

/// What is there without a file: musl's own libraries.
fn is_provided(kind: LoaderKind, library: &str) -> bool {
    kind == LoaderKind::Musl && MUSL_OWN.iter().any(|start| library.starts_with(start))
}

/// Debian's multiarch directory (Debian wiki, "Multiarch/Tuples") by `e_machine`.
fn multiarch_triplet(machine: u16) -> Option<&'static str> {
    match machine {
        object::elf::EM_X86_64 => Some("x86_64-linux-gnu"),
        object::elf::EM_AARCH64 => Some("aarch64-linux-gnu"),
        object::elf::EM_386 => Some("i386-linux-gnu"),
        object::elf::EM_ARM => Some("arm-linux-gnueabihf"),
        object::elf::EM_PPC64 => Some("powerpc64le-linux-gnu"),
        object::elf::EM_S390 => Some("s390x-linux-gnu"),
        object::elf::EM_RISCV => Some("riscv64-linux-gnu"),
        _ => None,
    }
}

/// musl's names of an architecture (`arch/*/reloc.h`, `LDSO_ARCH`), the plain one first.
fn musl_architectures(machine: u16) -> &'static [&'static str] {
    match machine {
        object::elf::EM_X86_64 => &["x86_64"],
        object::elf::EM_AARCH64 => &["aarch64"],
        object::elf::EM_386 => &["i386"],
        object::elf::EM_ARM => &["armhf", "arm", "armel"],
        object::elf::EM_PPC64 => &["powerpc64le", "powerpc64"],
        object::elf::EM_S390 => &["s390x"],
        object::elf::EM_RISCV => &["riscv64"],
        object::elf::EM_LOONGARCH => &["loongarch64"],
        _ => &[],
    }
}
