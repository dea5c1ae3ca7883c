//! Package managers: which are there, and whether they would work.

use std::collections::BTreeSet;

use super::Draft;
use super::programs::find_in_path;
use crate::facts::model::{
    DatabaseState, ManagerLevel, PackageManager, PackageType, RepositoryKind,
};
use crate::facts::probes::{Elf, Probed};
use crate::facts::text::display_path;
use crate::image::Resolved;

/// A package manager and where it is installed.
struct Known {
    name: &'static str,
    package_type: PackageType,
    level: ManagerLevel,
    /// Programs it starts and cannot do without.
    helpers: &'static [&'static str],
}

/// What dpkg refuses to start without (dpkg, `src/main/help.c`, `checkpath`).
const DPKG_HELPERS: &[&str] = &["sh", "rm", "tar", "dpkg-deb", "ldconfig"];

const KNOWN: [Known; 10] = [
    known(
        "apt-get",
        PackageType::Deb,
        ManagerLevel::Repository,
        &["dpkg"],
    ),
    known("dpkg", PackageType::Deb, ManagerLevel::File, DPKG_HELPERS),
    known("apk", PackageType::Apk, ManagerLevel::Repository, &[]),
    known("dnf", PackageType::Rpm, ManagerLevel::Repository, &[]),
    known("microdnf", PackageType::Rpm, ManagerLevel::Repository, &[]),
    known("tdnf", PackageType::Rpm, ManagerLevel::Repository, &[]),
    known("yum", PackageType::Rpm, ManagerLevel::Repository, &[]),
    known("zypper", PackageType::Rpm, ManagerLevel::Repository, &[]),
    known("rpm", PackageType::Rpm, ManagerLevel::File, &[]),
    known("pacman", PackageType::Alpm, ManagerLevel::Repository, &[]),
];

const fn known(
    name: &'static str,
    package_type: PackageType,
    level: ManagerLevel,
    helpers: &'static [&'static str],
) -> Known {
    Known {
        name,
        package_type,
        level,
        helpers,
    }
}

/// Directories the loaders search by default (ld.so(8); musl's `ld-musl` built-in path), beside the
/// multiarch ones.
const LIBRARY_DIRECTORIES: [&str; 5] = ["lib64", "usr/lib64", "lib", "usr/lib", "usr/local/lib"];

/// Libraries followed from one program.
const MAX_LIBRARIES: usize = 1_000;

/// Fills in `package_managers`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let managers = KNOWN
        .iter()
        .filter_map(|known| manager(draft, known))
        .collect();
    draft.facts.package_managers = managers;
}

fn manager(draft: &Draft<'_>, known: &Known) -> Option<PackageManager> {
    let program = find_in_path(draft, known.name)?;
    let node = draft.tree.node(program.id)?;
    let mut check = Check::default();
    check.program(draft, &program);
    for helper in known.helpers {
        match find_in_path(draft, helper) {
            Some(found) => check.program(draft, &found),
            None => check.obstacle(format!(
                "{helper}, which it starts, is not in the search path"
            )),
        }
    }
    check.database(draft, known.package_type);
    if known.level == ManagerLevel::Repository {
        check.repositories(draft, known.package_type);
    }
    let operational = if !check.obstacles.is_empty() {
        Some(false)
    } else if check.uncertain {
        None
    } else {
        Some(true)
    };
    Some(PackageManager {
        name: known.name.to_owned(),
        package_type: known.package_type,
        level: known.level,
        path: display_path(&program.path),
        layer: node.layer,
        operational,
        obstacles: check.obstacles,
    })
}

/// Collects what stands in the way.
#[derive(Default)]
struct Check {
    obstacles: Vec<String>,
    uncertain: bool,
}

impl Check {
    fn obstacle(&mut self, text: String) {
        if !self.obstacles.contains(&text) {
            self.obstacles.push(text);
        }
    }

    /// The program itself: its interpreter, and its libraries to the last one.
    fn program(&mut self, draft: &Draft<'_>, program: &Resolved) {
        let Some(node) = draft.tree.node(program.id) else {
            return;
        };
        let path = display_path(&program.path);
        match draft.probed(node) {
            Some(Probed::Elf(elf)) => self.elf(draft, &path, program, elf),
            Some(Probed::Script(interpreter)) => {
                if draft.tree.resolve(interpreter.as_bytes(), true).is_err() {
                    self.obstacle(format!("{path} needs {interpreter}, which is not there"));
                }
            }
            _ => self.obstacle(format!("{path} is neither an ELF program nor a script")),
        }
    }

    fn elf(&mut self, draft: &Draft<'_>, path: &str, program: &Resolved, elf: &Elf) {
        if let Some(interpreter) = &elf.interpreter
            && draft.tree.resolve(interpreter.as_bytes(), true).is_err()
        {
            self.obstacle(format!("{path} needs {interpreter}, which is not there"));
        }
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut todo = vec![(program.path.clone(), elf.clone())];
        while let Some((origin, elf)) = todo.pop() {
            let Some(needed) = &elf.needed else {
                self.uncertain = true;
                continue;
            };
            for library in needed {
                if seen.len() >= MAX_LIBRARIES || !seen.insert(library.clone()) {
                    continue;
                }
                match find_library(draft, &origin, &elf, library) {
                    None => self.obstacle(format!("{path} needs {library}, which is not there")),
                    Some((path, Some(elf))) => todo.push((path, elf)),
                    Some((_, None)) => self.uncertain = true,
                }
            }
        }
    }

    fn database(&mut self, draft: &Draft<'_>, package_type: PackageType) {
        let states: Vec<DatabaseState> = draft
            .facts
            .package_databases
            .iter()
            .filter(|database| database.package_type == package_type)
            .map(|database| database.state)
            .collect();
        if states.contains(&DatabaseState::Complete) {
            return;
        }
        if states.contains(&DatabaseState::Damaged) {
            self.uncertain = true;
        } else if states.contains(&DatabaseState::Reduced) {
            self.obstacle("its database is reduced to a package list".to_owned());
        } else if matches!(package_type, PackageType::Deb | PackageType::Apk) {
            self.obstacle("its database is not there".to_owned());
        } else {
            self.uncertain = true;
        }
    }

    fn repositories(&mut self, draft: &Draft<'_>, package_type: PackageType) {
        let kind = match package_type {
            PackageType::Deb => RepositoryKind::Apt,
            PackageType::Apk => RepositoryKind::Apk,
            _ => {
                self.uncertain = true;
                return;
            }
        };
        let any = draft
            .facts
            .repositories
            .iter()
            .any(|repository| repository.kind == kind && repository.enabled);
        if !any {
            self.obstacle("no repository is configured".to_owned());
        }
    }
}

/// Finds a library as the loader would: run paths, then the default directories. Its own headers
/// come with it when they could be read.
fn find_library(
    draft: &Draft<'_>,
    origin: &[u8],
    elf: &Elf,
    library: &str,
) -> Option<(Vec<u8>, Option<Elf>)> {
    let origin = display_path(origin);
    let directory = origin
        .rsplit_once('/')
        .map_or("", |(directory, _)| directory);
    let run_paths = elf.run_paths.iter().map(|path| {
        path.replace("$ORIGIN", directory)
            .replace("${ORIGIN}", directory)
    });
    let triplet = multiarch_triplet(elf.machine);
    let multiarch = triplet
        .into_iter()
        .flat_map(|triplet| [format!("lib/{triplet}"), format!("usr/lib/{triplet}")]);
    let defaults = LIBRARY_DIRECTORIES.iter().map(|&path| path.to_owned());
    let candidates = run_paths.chain(multiarch).chain(defaults);
    let named_by_path = library.contains('/').then(|| library.to_owned());
    candidates
        .map(|directory| format!("{directory}/{library}"))
        .chain(named_by_path)
        .find_map(|path| {
            let found = draft.tree.resolve(path.as_bytes(), true).ok()?;
            let node = draft.tree.node(found.id)?;
            node.content()?;
            let headers = match draft.probed(node) {
                Some(Probed::Elf(elf)) => Some(elf.as_ref().clone()),
                _ => None,
            };
            Some((found.path, headers))
        })
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
