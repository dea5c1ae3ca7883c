//! Package managers: which are there, and whether they would work.

use super::Draft;
use super::libc::loader_kind;
use super::loader::{Loader, LoaderKind, origins};
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

/// Where zypper's repositories are (zypper(8)).
const ZYPP: &str = "/etc/zypp/";

/// Fills in `package_managers`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let origins = origins(draft);
    let mut loader = Loader::new(draft, &origins);
    let managers = KNOWN
        .iter()
        .filter_map(|known| manager(draft, &mut loader, known))
        .collect();
    draft.facts.package_managers = managers;
}

fn manager(
    draft: &Draft<'_>,
    loader: &mut Loader<'_, '_>,
    known: &Known,
) -> Option<PackageManager> {
    let program = find_in_path(draft, known.name)?;
    let node = draft.tree.node(program.id)?;
    let mut check = Check::default();
    check.program(draft, loader, &program);
    for helper in known.helpers {
        match find_in_path(draft, helper) {
            Some(found) => check.program(draft, loader, &found),
            None => check.obstacle(format!(
                "{helper}, which it starts, is not in the search path"
            )),
        }
    }
    check.database(draft, known.package_type);
    if known.level == ManagerLevel::Repository {
        check.repositories(draft, known);
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
    fn program(&mut self, draft: &Draft<'_>, loader: &mut Loader<'_, '_>, program: &Resolved) {
        let Some(node) = draft.tree.node(program.id) else {
            return;
        };
        let path = display_path(&program.path);
        match draft.probed(node) {
            Some(Probed::Elf(elf)) => {
                self.interpreter(draft, &path, elf);
                let kind = elf
                    .interpreter
                    .as_deref()
                    .map(|name| loader_kind(draft, name));
                let load = loader.load(program.id, kind.unwrap_or(LoaderKind::Glibc));
                self.uncertain |= load.uncertain;
                for missing in load.missing {
                    let library = missing.library;
                    self.obstacle(format!("{path} needs {library}, which is not there"));
                }
            }
            Some(Probed::Script(interpreter)) => {
                if draft.tree.resolve(interpreter.as_bytes(), true).is_err() {
                    self.obstacle(format!("{path} needs {interpreter}, which is not there"));
                }
            }
            _ => self.obstacle(format!("{path} is neither an ELF program nor a script")),
        }
    }

    fn interpreter(&mut self, draft: &Draft<'_>, path: &str, elf: &Elf) {
        if let Some(interpreter) = &elf.interpreter
            && draft.tree.resolve(interpreter.as_bytes(), true).is_err()
        {
            self.obstacle(format!("{path} needs {interpreter}, which is not there"));
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
        } else {
            self.obstacle("its database is not there".to_owned());
        }
    }

    fn repositories(&mut self, draft: &Draft<'_>, known: &Known) {
        let kind = match known.package_type {
            PackageType::Deb => RepositoryKind::Apt,
            PackageType::Apk => RepositoryKind::Apk,
            PackageType::Rpm => RepositoryKind::Yum,
            PackageType::Alpm => {
                self.uncertain = true;
                return;
            }
        };
        // zypper has a directory of its own, and looks into no other.
        let mine = |path: &str| {
            kind != RepositoryKind::Yum || path.starts_with(ZYPP) == (known.name == "zypper")
        };
        let any = draft.facts.repositories.iter().any(|repository| {
            repository.kind == kind && repository.enabled && mine(&repository.path)
        });
        if !any {
            self.obstacle("no repository is configured".to_owned());
        }
    }
}
