//! Modules in, requirements out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{CATEGORY, PackRequirement, metadata, wanted};
use crate::facts::model::Topic;
use crate::policy::checks::{self, Parsed};
use crate::policy::error::{Problem, ProblemKind};
use crate::policy::files::{Origin, PackFile};
use crate::policy::rules::{Modules, rule_path};

/// Finds the requirements and checks each, by name. Paths that do not exist have been reported with
/// those of rules.
pub(in crate::policy) fn collect(
    modules: &Modules<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<PackRequirement> {
    let mut found: BTreeMap<&str, PackRequirement> = BTreeMap::new();
    for (index, (file, parsed)) in modules.files.iter().zip(modules.parsed).enumerate() {
        let Some(name) = name_of(&parsed.package) else {
            continue;
        };
        let (mut requirement, found_here) = read(name, file, parsed);
        problems.extend(found_here);
        // What is shipped is checked by a test.
        let (reads, flaws) = match modules.program {
            Some(program) => checks::walk_module(program, index),
            None => Default::default(),
        };
        problems.extend(complete_needs(&mut requirement, modules.parsed, &reads));
        let flaw = flaws.iter().find(|problem| problem.kind.blinds());
        requirement.flaw = flaw.map(|problem| {
            let first = problem.sentence();
            format!("the requirement reads what does not exist: {first}")
        });
        if let Some(known) = found.insert(name, requirement) {
            let message = format!("requirement `{name}` is already defined in {}", known.file);
            let help = "a requirement is one file; give it a name of its own";
            let problem = Problem::in_file(ProblemKind::DuplicateId, &file.name, message);
            problems.push(at_package(problem, parsed).help(help));
        }
    }
    found.into_values().collect()
}

/// The name of the requirement in a package.
fn name_of(package: &[String]) -> Option<&str> {
    match package {
        [data, freehold, category, name]
            if data == "data" && freehold == "freehold" && category == CATEGORY =>
        {
            Some(name)
        }
        _ => None,
    }
}

fn at_package(problem: Problem, parsed: &Parsed) -> Problem {
    let span = parsed.module.package.span;
    problem.at(&parsed.text, span.start, span.end)
}

fn read(name: &str, file: &PackFile, parsed: &Parsed) -> (PackRequirement, Vec<Problem>) {
    let (info, mut problems) = metadata::read(name, file);
    let names = parsed.rule_names();
    let path = |name: &str| {
        names
            .contains(name)
            .then(|| rule_path(&parsed.package, name))
    };
    let requirement = PackRequirement {
        info: Arc::new(info),
        file: file.name.clone(),
        origin: file.origin,
        met: path("met"),
        unmet: path("unmet"),
        unknown: path("unknown"),
        flaw: None,
    };
    let mut complain = |kind, message: String, help: &str| {
        let problem = Problem::in_file(kind, &file.name, message);
        problems.push(at_package(problem, parsed).help(help));
    };
    if requirement.met.is_none() {
        let message = format!("requirement `{name}` does not define `met`");
        let help = "`met`, `unmet` and `unknown` are reasons: `met := \"…\" if { … }`";
        complain(ProblemKind::Metadata, message, help);
    }
    if name == wanted::SERVICES {
        let message = format!("no requirement can be called `{name}`");
        let help = "a profile gives the number of all services under that key";
        complain(ProblemKind::DuplicateId, message, help);
    }
    let place = [CATEGORY, name, &format!("{name}.rego")].map(str::to_owned);
    let is_flat = file.origin == Origin::User && file.place.len() < 3;
    if !is_flat && file.place != place {
        let message = format!(
            "package and path differ: the requirement belongs in {}",
            place.join("/")
        );
        let help = "name, path and package of a requirement are spelled the same";
        complain(ProblemKind::MisplacedRule, message, help);
    }
    (requirement, problems)
}

/// Adds the topics a requirement reads and does not name, so that missing facts make it unknown, and
/// returns a problem for each. A topic whose coverage it reads is left to it.
fn complete_needs(
    requirement: &mut PackRequirement,
    parsed: &[Parsed],
    reads: &checks::Reads,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let info = Arc::make_mut(&mut requirement.info);
    for (topic, read) in &reads.topics {
        let name = topic.name();
        if reads.minded.contains(name) || info.needs.contains(topic) {
            continue;
        }
        info.needs.push(*topic);
        let Some(module) = parsed.get(read.module) else {
            continue;
        };
        let message = format!(
            "requirement `{}` reads `{}` and its `needs` does not name `{name}`",
            info.name, read.path
        );
        let problem = Problem::in_file(ProblemKind::IncompleteNeeds, &module.file, message);
        let problem = problem.at(&module.text, read.span.start, read.span.end);
        problems.push(problem.help(format!("add `{name}` to `needs` in its METADATA")));
    }
    let needs: &mut Vec<Topic> = &mut info.needs;
    needs.sort_unstable();
    problems
}
