//! `freehold policy explain`.

use super::loaded;
use crate::cli::args::{PageFormat, PolicyExplainFlags};
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::settings::Reading;
use crate::cli::{Call, clock, facts_command, output};
use crate::policy::explain;
use crate::policy::pack::Pack;
use crate::policy::profile::Profile;
use crate::policy::rules::PackRule;
use crate::report::json;
use crate::report::table::{ExplainedRule, ListedRule, SeenRule, rule_explained};
use crate::scan::{self, Judgement};
use crate::scorecard::{Axis, explanation};

/// Says what a rule asks, and what it sees in an image.
///
/// # Errors
/// Any [`CliError`].
pub(super) fn explain(flags: &PolicyExplainFlags, call: &Call<'_>) -> Result<Exit, CliError> {
    let pack = loaded(&flags.policy, &flags.data, &flags.reading.network, call)?;
    let rule = pack
        .rule(&flags.rule)
        .ok_or_else(|| no_rule(flags, &pack))?;
    let mut profile = Profile::load(&flags.profile, &pack)?;
    let id = &rule.info.id;
    let is_on = profile.rules.contains(id);
    let share = explanation::share_of(id, &pack, &profile);
    let listed = ListedRule::new(&pack, rule, Some(&profile));
    // Asked about, it is judged, even if the profile has it off.
    profile.rules.insert(id.clone());
    let image = flags.image.as_deref();
    let image = image
        .map(|image| seen(image, rule, (&pack, &profile), flags, call))
        .transpose()?;
    let explained = ExplainedRule {
        listed,
        profile: &profile.name,
        is_on,
        share,
        image,
    };
    let text = match flags.format {
        PageFormat::Table => rule_explained(&explained, call.terminal.style()),
        PageFormat::Json => json::print(&explained)?,
    };
    output::write(&text, call.output)?;
    Ok(Exit::Done)
}

fn no_rule(flags: &PolicyExplainFlags, pack: &Pack) -> CliError {
    let mut requirements = pack.requirements().iter();
    let is_requirement = requirements.any(|one| one.info.name == flags.rule);
    CliError::NoRule {
        rule: flags.rule.clone(),
        help: match pack.likely_rule(&flags.rule) {
            Some(id) => format!("did you mean `{id}`?"),
            None if is_requirement => {
                "it is a requirement; `freehold scan` and `compare` say why an image meets it"
                    .to_owned()
            }
            None => "`freehold policy list` names them; add your own with --policy DIR".to_owned(),
        },
    }
}

fn seen(
    image: &str,
    rule: &PackRule,
    (pack, profile): (&Pack, &Profile),
    flags: &PolicyExplainFlags,
    call: &Call<'_>,
) -> Result<SeenRule, CliError> {
    let now = clock::judging_time(flags.effective_time.as_deref())?;
    let images = [image.to_owned()];
    let reading = Reading::new(&flags.reading, &images, &flags.policy, call)?;
    let facts = facts_command::read(image, &reading, call.terminal)?;
    let seen = explain::explain(pack, rule, profile, &facts, &now)?;
    let judgement = Judgement {
        pack,
        profile,
        now: &now,
    };
    let scan = scan::judge(facts, judgement)?;
    let id = &rule.info.id;
    let share = Axis::of_category(&rule.info.category).and_then(|axis| {
        let explained = explanation::explain(&scan.scorecard, profile, axis);
        let row = explained.rows.into_iter().find(|row| row.rule == *id)?;
        Some(row.share)
    });
    let mut verdicts = scan.scorecard.verdicts.into_iter();
    let verdict = verdicts
        .find(|verdict| verdict.rule.id == *id)
        .ok_or_else(|| no_rule(flags, pack))?;
    Ok(SeenRule {
        reference: scan.facts.image.reference,
        digest: scan.facts.image.digest,
        share,
        verdict,
        seen,
    })
}
