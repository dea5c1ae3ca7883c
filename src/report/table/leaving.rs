//! "If you leave": facts about the way out, side by side.

use super::block::{Block, LABEL};
use super::words::percent;
use crate::facts::model::DatabaseState;
use crate::report::document::{ExitFacts, ImageReport};
use crate::report::text::Page;

/// A label, and how its cell is read from the facts of an image.
pub(crate) type LeavingRow = (&'static str, fn(&ExitFacts) -> String);

/// What leaving an image would involve, row by row; indented labels belong to the row above.
pub(crate) const ROWS: [LeavingRow; 11] = [
    ("  packages", packages),
    ("    and of languages", |exit| {
        number(exit.language_packages)
    }),
    ("  package database", database),
    ("  add a package with", manager),
    ("  executables packaged", |exit| share(exit.traceable_share)),
    ("    owned by no package", |exit| {
        number(exit.unowned_executables)
    }),
    ("  packages with source", |exit| {
        package_share(exit, exit.source_named_share)
    }),
    ("    and exact commit", |exit| {
        package_share(exit, exit.commit_named_share)
    }),
    ("  updates come from", hosts),
    ("  shell", |exit| listed(&exit.shells, exit.shells_known)),
    ("  runs as", user),
];

/// The rows of "If you leave" for some of the images.
pub(super) fn leaving(page: &mut Page, images: &[ImageReport], block: &Block<'_>) {
    let mut grid = block.grid(LABEL);
    block.header(&mut grid, "If you leave");
    let cell = |at: usize, show: fn(&ExitFacts) -> String| {
        images
            .get(at)
            .map_or_else(String::new, |image| show(&image.exit))
    };
    for (label, show) in ROWS {
        block.row(&mut grid, label, |at| cell(at, show));
    }
    let credentials = block.judged().any(|at| {
        images
            .get(at)
            .is_some_and(|image| image.exit.update_credentials)
    });
    if credentials {
        block.row(&mut grid, "    login in address", |at| {
            cell(at, |exit| {
                if exit.update_credentials { "yes" } else { "no" }.to_owned()
            })
        });
    }
    page.grid(&grid);
    page.blank();
}

/// `93 deb`, `none`, `?`.
fn packages(exit: &ExitFacts) -> String {
    match exit.packages {
        None => "?".to_owned(),
        Some(0) => "none".to_owned(),
        Some(number) => format!("{number} {}", exit.package_types.join(", ")),
    }
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "?".to_owned(), percent)
}

/// A share of the packages; `-` where there are none.
fn package_share(exit: &ExitFacts, value: Option<f64>) -> String {
    match exit.packages {
        Some(0) => "-".to_owned(),
        _ => share(value),
    }
}

fn database(exit: &ExitFacts) -> String {
    match exit.database {
        Some(DatabaseState::Complete) => "complete",
        Some(DatabaseState::Reduced) => "reduced",
        Some(DatabaseState::Absent) => "removed",
        Some(DatabaseState::Damaged) => "damaged",
        None if exit.database_known => "none",
        None => "?",
    }
    .to_owned()
}

fn manager(exit: &ExitFacts) -> String {
    if !exit.working_managers.is_empty() {
        exit.working_managers.join(", ")
    } else if !exit.broken_managers.is_empty() {
        format!("{} (broken)", exit.broken_managers.join(", "))
    } else if exit.managers_known {
        "nothing".to_owned()
    } else {
        "?".to_owned()
    }
}

fn hosts(exit: &ExitFacts) -> String {
    let mut domains: Vec<String> = exit.update_hosts.iter().map(|host| domain(host)).collect();
    domains.sort();
    domains.dedup();
    listed(&domains, exit.repositories_known)
}

/// A host without its first label where at least two others follow, and it is not an address.
fn domain(host: &str) -> String {
    let numeric = host.ends_with(|character: char| character.is_ascii_digit());
    match host.split_once('.') {
        Some((_, rest)) if rest.contains('.') && !numeric && !host.contains('/') => rest.to_owned(),
        _ => host.to_owned(),
    }
}

fn listed(names: &[String], known: bool) -> String {
    match (names.is_empty(), known) {
        (false, true) => names.join(", "),
        (false, false) => format!("{}, ?", names.join(", ")),
        (true, true) => "none".to_owned(),
        (true, false) => "?".to_owned(),
    }
}

fn user(exit: &ExitFacts) -> String {
    match exit.runs_as_root {
        Some(true) => "root".to_owned(),
        Some(false) => exit.user.split(':').next().unwrap_or_default().to_owned(),
        None => format!("{}?", exit.user),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_host_is_shown_by_its_domain() {
        assert_eq!(domain("mirror.debian.org"), "debian.org");
        assert_eq!(domain("debian.org"), "debian.org");
        assert_eq!(domain("10.0.0.1"), "10.0.0.1");
        assert_eq!(domain("/srv/a.b.c"), "/srv/a.b.c");
    }
}
