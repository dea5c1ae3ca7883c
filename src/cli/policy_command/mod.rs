//! `freehold policy`: rules, and what helps to write them.

mod check;
mod explain;
mod new;
mod test;

use std::path::PathBuf;

use super::args::{NetworkFlags, PageFormat, PolicyCommand, PolicyDocsFlags, PolicyListFlags};
use super::error::CliError;
use super::exit_code::Exit;
use super::{Call, network, output, packs};
use crate::policy::files::Origin;
use crate::policy::origin::PackSource;
use crate::policy::pack::Pack;
use crate::policy::profile::Profile;
use crate::report::json;
use crate::report::table::{Listed, ListedRule, rules_markdown, rules_table};

/// Does what is asked about rules.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn policy(command: &PolicyCommand, call: &Call<'_>) -> Result<Exit, CliError> {
    match command {
        PolicyCommand::New(flags) => new::new(flags, call),
        PolicyCommand::Test(flags) => test::test(flags, call),
        PolicyCommand::Check(flags) => check::check(flags, call),
        PolicyCommand::List(flags) => list(flags, call),
        PolicyCommand::Explain(flags) => explain::explain(flags, call),
        PolicyCommand::Docs(flags) => docs(flags, call),
    }
}

fn list(flags: &PolicyListFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let pack = loaded(&flags.policy, &flags.data, &flags.network, call)?;
    let profile = flags.profile.as_deref();
    let profile = profile.map(|name| Profile::load(name, &pack)).transpose()?;
    let is_listed = |id: &String| {
        let profile = profile.as_ref();
        profile.is_none_or(|profile| profile.rules.contains(id))
    };
    let rules: Vec<ListedRule<'_>> = pack
        .rules()
        .iter()
        .filter(|rule| is_listed(&rule.info.id))
        .map(|rule| ListedRule::new(&pack, rule, profile.as_ref()))
        .collect();
    let requirements = pack.requirements().iter().filter(|one| {
        let wanted = profile.as_ref().map(|profile| &profile.requirements);
        wanted.is_none_or(|wanted| wanted.counts.contains_key(&one.info.name))
    });
    let listed = Listed {
        rules,
        requirements: requirements.map(|one| &*one.info).collect(),
    };
    let text = match flags.format {
        PageFormat::Table => rules_table(&listed, call.terminal.style()),
        PageFormat::Json => json::print(&listed)?,
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}

/// The reference: of all shipped rules, or of those of one source alone.
fn docs(flags: &PolicyDocsFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let pack = loaded(flags.source.as_slice(), &[], &flags.network, call)?;
    let origin = match flags.source {
        Some(_) => Origin::User,
        None => Origin::Embedded,
    };
    let rules: Vec<ListedRule<'_>> = pack
        .rules()
        .iter()
        .filter(|rule| rule.origin == origin)
        .map(|rule| ListedRule::new(&pack, rule, None))
        .collect();
    let requirements = pack.requirements().iter();
    let requirements = requirements.filter(|one| one.origin == origin);
    let listed = Listed {
        rules,
        requirements: requirements.map(|one| &*one.info).collect(),
    };
    output::write(&rules_markdown(&listed), call.output)?;
    Ok(Exit::Done)
}

/// The pack, after its warnings were told.
fn loaded(
    policy: &[PackSource],
    data: &[PathBuf],
    flags: &NetworkFlags,
    call: &Call<'_>,
) -> Result<Pack, CliError> {
    let network = network::network(flags, &[], &packs::names(policy))?;
    let pack = packs::pack(policy, data, &network)?;
    for warning in pack.warnings() {
        call.terminal.warning(warning);
    }
    Ok(pack)
}
