//! What leaving an image would involve: a summary of facts, without judgement.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::model::{
    Coverage, DatabaseState, Facts, GapKind, MainTree, ManagerLevel, Package, Repository,
    RungTotal, Side, Topic,
};

/// Facts about the way out. Null means that it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct ExitFacts {
    /// Packages of the distribution.
    pub packages: Option<u64>,
    /// Packages of programming languages and others that describe themselves, those left out that a
    /// package of the distribution brought.
    pub language_packages: Option<u64>,
    /// Their types, as in purl, sorted.
    pub package_types: Vec<String>,
    /// Worst state of the package databases; null when there is none, or none could be looked for.
    pub database: Option<DatabaseState>,
    /// Whether package databases were looked for in full.
    pub database_known: bool,
    /// Managers that would install a package in the image as it is.
    pub working_managers: Vec<String>,
    /// Managers that are there and would not work.
    pub broken_managers: Vec<String>,
    /// Whether package managers were looked for in full.
    pub managers_known: bool,
    /// Hosts of the enabled repositories, sorted.
    pub update_hosts: Vec<String>,
    /// Whether repositories were looked for in full.
    pub repositories_known: bool,
    /// Whether an enabled repository carries a user name or password in its address.
    pub update_credentials: bool,
    /// Executables: ELF files, and scripts with an execute bit.
    pub executables: Option<u64>,
    /// Share of them that belongs to a package, 0 to 1; null when some cannot be said.
    pub traceable_share: Option<f64>,
    /// Executables no package owns.
    pub unowned_executables: Option<u64>,
    /// How many executables can be traced how far, the lowest rung first.
    pub rungs: Vec<RungTotal>,
    /// Executables on no rung: their owner cannot be said.
    pub undetermined_executables: u64,
    /// By side, the directory that explains most executables without an owner.
    pub main_trees: BTreeMap<Side, MainTree>,
    /// Share of packages whose record names the source package, 0 to 1; null without packages.
    pub source_named_share: Option<f64>,
    /// Share of packages whose record names the commit of the recipe, 0 to 1; null without packages.
    pub commit_named_share: Option<f64>,
    /// Shells, by program, sorted.
    pub shells: Vec<String>,
    /// Whether shells were looked for in full.
    pub shells_known: bool,
    /// User the image runs as, as written; empty means root.
    pub user: String,
    /// Whether that user is root; null when it cannot be looked up.
    pub runs_as_root: Option<bool>,
}

impl ExitFacts {
    /// Sums up a facts document.
    pub fn of(facts: &Facts) -> Self {
        let known = |topic| is_complete(facts, topic);
        let packages_known = known(Topic::Packages);
        let enabled = || facts.repositories.iter().filter(|entry| entry.enabled);
        let executables = &facts.ownership.executables;
        let ownership_known = known(Topic::Ownership);
        Self {
            packages: packages_known.then(|| system(facts).count() as u64),
            language_packages: known(Topic::LanguagePackages).then(|| {
                let described = facts.packages.iter().filter(|found| !found.installed);
                described.filter(|found| found.owner.is_none()).count() as u64
            }),
            package_types: package_types(facts),
            database: worst_database(facts),
            database_known: known(Topic::PackageDatabases),
            working_managers: managers(facts, true),
            broken_managers: managers(facts, false),
            managers_known: known(Topic::PackageManagers),
            update_hosts: enabled()
                .filter_map(host)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            repositories_known: known(Topic::Repositories) && !has_unread_format(facts),
            update_credentials: enabled().any(|entry| entry.credentials),
            executables: ownership_known.then_some(executables.total),
            traceable_share: executables.share.filter(|_| ownership_known),
            unowned_executables: (ownership_known && executables.undetermined == 0)
                .then_some(executables.unowned),
            rungs: executables.rungs.clone(),
            undetermined_executables: executables.undetermined,
            main_trees: facts.ownership.main_trees.clone(),
            source_named_share: share(facts, packages_known, |source| source.is_some()),
            commit_named_share: share(facts, packages_known, |source| {
                source.is_some_and(|source| source.commit.is_some())
            }),
            shells: shells(facts),
            shells_known: known(Topic::Shells),
            user: facts.image.config.user.clone(),
            runs_as_root: facts.image.config.runs_as_root,
        }
    }
}

fn is_complete(facts: &Facts, topic: Topic) -> bool {
    facts
        .topics
        .get(&topic)
        .is_some_and(|state| state.coverage == Coverage::Complete)
}

/// Whether there is a package database of a format that is not read. Repositories of its manager
/// are not looked for either.
fn has_unread_format(facts: &Facts) -> bool {
    facts
        .gaps
        .iter()
        .any(|gap| gap.topic == Topic::Packages && gap.kind == GapKind::Unsupported)
}

/// Packages of the distribution: what is left of it, and its sources, count when a team leaves.
fn system(facts: &Facts) -> impl Iterator<Item = &Package> {
    let packages = facts.packages.iter();
    packages.filter(|package| package.installed)
}

fn package_types(facts: &Facts) -> Vec<String> {
    let types = system(facts).map(|package| package.package_type.name());
    types
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn worst_database(facts: &Facts) -> Option<DatabaseState> {
    facts
        .package_databases
        .iter()
        .map(|entry| entry.state)
        .max()
}

fn managers(facts: &Facts, operational: bool) -> Vec<String> {
    facts
        .package_managers
        .iter()
        .filter(|manager| manager.level == ManagerLevel::Repository)
        .filter(|manager| manager.operational == Some(operational))
        .map(|manager| manager.name.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn shells(facts: &Facts) -> Vec<String> {
    let programs: BTreeSet<String> = facts
        .shells
        .iter()
        .map(|shell| shell.program.clone())
        .collect();
    programs.into_iter().collect()
}

/// A repository's host, or its address when it has none (a local path).
fn host(repository: &Repository) -> Option<String> {
    Some(
        repository
            .host
            .clone()
            .unwrap_or_else(|| repository.url.clone()),
    )
}

fn share(
    facts: &Facts,
    known: bool,
    has: impl Fn(Option<&crate::facts::model::SourcePackage>) -> bool,
) -> Option<f64> {
    let total = system(facts).count();
    let named = system(facts)
        .filter(|package| has(package.source.as_ref()))
        .count();
    (known && total > 0).then(|| named as f64 / total as f64)
}
