//! Whether the list of packages is all there is, as far as anybody can tell.

use crate::facts::model::{Coverage, DatabaseState, Facts, Gap, Topic};

/// Topics that the list of packages rests on.
const TOPICS: [Topic; 4] = [
    Topic::Packages,
    Topic::LanguagePackages,
    Topic::PackageDatabases,
    Topic::Binaries,
];

/// How complete a list of packages is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completeness {
    /// Nothing is known that it lacks.
    Complete,
    /// Something is known to be missing, or was not read.
    Incomplete,
    /// A whole kind of package was not read.
    Unknown,
}

/// How complete the packages of `facts` are, with the reasons in the order of the document.
pub(super) fn of(facts: &Facts) -> (Completeness, Vec<String>) {
    let mut reasons: Vec<String> = facts
        .gaps
        .iter()
        .filter(|gap| touches(gap))
        .map(said)
        .collect();
    for database in &facts.package_databases {
        let state = match database.state {
            DatabaseState::Absent => "absent",
            DatabaseState::Damaged => "damaged",
            DatabaseState::Complete | DatabaseState::Reduced => continue,
        };
        let (kind, path) = (database.package_type.name(), &database.path);
        reasons.push(format!(
            "the {kind} database {path} is {state}: {}",
            database.basis
        ));
    }
    let executables = &facts.ownership.executables;
    if executables.unowned > 0 {
        reasons.push(format!(
            "{} of {} executables belong to no package and do not say what they were built from",
            executables.unowned, executables.total
        ));
    }
    let mut unknown = false;
    for topic in TOPICS {
        let Some(coverage) = facts.topics.get(&topic) else {
            continue;
        };
        unknown |= matches!(coverage.coverage, Coverage::Missing | Coverage::NotSearched);
        if coverage.coverage != Coverage::Complete && reasons.is_empty() {
            let reason = coverage.reason.as_deref().unwrap_or("not read in full");
            reasons.push(format!("{}: {reason}", topic.name()));
        }
    }
    let completeness = match (unknown, reasons.is_empty()) {
        (true, _) => Completeness::Unknown,
        (false, false) => Completeness::Incomplete,
        (false, true) => Completeness::Complete,
    };
    (completeness, reasons)
}

/// A gap of the files leaves what describes itself incomplete, too.
fn touches(gap: &Gap) -> bool {
    gap.topic == Topic::Files || TOPICS.contains(&gap.topic)
}

fn said(gap: &Gap) -> String {
    match &gap.path {
        Some(path) => format!("{}: {path}: {}", gap.topic.name(), gap.detail),
        None => format!("{}: {}", gap.topic.name(), gap.detail),
    }
}
