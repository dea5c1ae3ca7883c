//! Facts, verdicts and numbers, put into the report document. Nothing is decided here.

use std::collections::BTreeMap;

use super::decision;
use super::document::{
    AxisComparison, BuildSibling, CategoryScore, Comparison, EvidenceSummary, ExitFacts,
    FindingReport, ImageReport, ImageSummary, LayerReport, NotRead, Order, Rank, Report,
    RequirementReport, RequirementsReport, RuleDifference, RuleReport, Run, SCHEMA, Scorecard,
    Tool,
};
use crate::facts::model::Facts;
use crate::policy::profile::Profile;
use crate::policy::verdict::{Finding, Verdict};
use crate::scorecard::comparison::Comparison as Compared;
use crate::scorecard::explanation::{ExplainedRule, explain};
use crate::scorecard::gate::Gate;
use crate::scorecard::marks::{Mark, Marks};
use crate::scorecard::order::{Order as Ordered, Rank as Ranked};
use crate::scorecard::serving::Serving;
use crate::scorecard::{self, Axis, AxisScore, Score};

/// What no rule of Freehold judges.
pub const NOT_JUDGED: [&str; 4] = ["CVEs", "malware", "run-time behaviour", "licence advice"];

/// One image with everything known about it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// What was read.
    pub facts: &'a Facts,
    /// Verdicts and scores.
    pub scorecard: &'a scorecard::Scorecard,
    /// Waivers that are for the image, and what was known of it.
    pub marks: &'a Marks<'a>,
    /// The decision, if one was asked for.
    pub gate: Option<&'a Gate>,
    /// Whether the decision is advice only.
    pub advised: bool,
    /// What it offers to the services of the profile, and its build sibling, if any are counted.
    pub serving: Option<(&'a Serving, &'a BuildSibling)>,
}

/// The report on `images`, judged with `profile`.
pub fn report(
    run: Run,
    profile: &Profile,
    images: &[Judged<'_>],
    compared: Option<&Compared>,
    not_read: Vec<NotRead>,
) -> Report {
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        run,
        images: images.iter().map(|judged| image(judged, profile)).collect(),
        comparison: compared.map(comparison),
        not_read,
    }
}

fn image(judged: &Judged<'_>, profile: &Profile) -> ImageReport {
    let facts = judged.facts;
    let image = &facts.image;
    ImageReport {
        reference: image.reference.clone(),
        source: image.source.clone(),
        digest: image.digest.clone(),
        config_digest: image.config_digest.clone(),
        platform: image.platform.clone(),
        summary: summary(facts),
        exit: ExitFacts::of(facts),
        layers: image
            .layers
            .iter()
            .map(|layer| LayerReport {
                number: layer.number,
                digest: layer.digest.clone(),
                side: layer.side,
                created_by: layer.created_by.clone(),
            })
            .collect(),
        scorecard: scorecard(judged, profile),
        requirements: judged
            .serving
            .map(|(serving, sibling)| requirements(serving, sibling, profile)),
        gate: judged
            .gate
            .map(|gate| decision::gate(gate, judged.marks, judged.advised)),
        topics: facts.topics.clone(),
        attached_evidence: facts.attached_evidence.clone(),
        evidence: EvidenceSummary::of(facts),
        gaps: facts.gaps.clone(),
    }
}

fn summary(facts: &Facts) -> ImageSummary {
    let mut packages: BTreeMap<String, u64> = BTreeMap::new();
    // What a system package owns is counted as that package.
    for package in facts.packages.iter().filter(|found| found.owner.is_none()) {
        let number = packages
            .entry(package.package_type.name().to_owned())
            .or_default();
        *number = number.saturating_add(1);
    }
    let distro = &facts.distro;
    let versioned = || match (&distro.name, &distro.version_id) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (name, _) => name.clone().or_else(|| distro.id.clone()),
    };
    ImageSummary {
        distro: distro.pretty_name.clone().or_else(versioned),
        packages,
        stored_bytes: facts.image.stored_bytes,
        tar_bytes: facts.image.tar_bytes,
        role: facts.image.role.clone(),
        base: facts.image.base.clone(),
    }
}

fn scorecard(judged: &Judged<'_>, profile: &Profile) -> Scorecard {
    let scored = judged.scorecard;
    let explained: BTreeMap<String, ExplainedRule> = Axis::ALL
        .into_iter()
        .flat_map(|axis| explain(scored, profile, axis).rows)
        .map(|row| (row.rule.clone(), row))
        .collect();
    let verdict = |gate: &Gate| if gate.blocked { "blocked" } else { "passed" }.to_owned();
    Scorecard {
        verdict: judged.gate.map(verdict),
        axes: scored
            .axes
            .iter()
            .map(|scored| (scored.axis, scored.score))
            .collect(),
        categories: scored.axes.iter().flat_map(categories).collect(),
        rules: scored
            .verdicts
            .iter()
            .map(|verdict| rule(verdict, judged.marks, explained.get(&verdict.rule.id)))
            .collect(),
    }
}

fn categories(scored: &AxisScore) -> impl Iterator<Item = CategoryScore> {
    let axis = scored.axis;
    scored.categories.iter().filter_map(move |category| {
        Some(CategoryScore {
            name: category.category.clone(),
            axis,
            weight: category.weight,
            score: category.score?,
        })
    })
}

fn rule(verdict: &Verdict, marks: &Marks<'_>, explained: Option<&ExplainedRule>) -> RuleReport {
    let rule = &verdict.rule;
    let findings = verdict.findings.iter().zip(marks.of(verdict));
    RuleReport {
        id: rule.id.clone(),
        title: rule.title.clone(),
        description: rule.description.clone(),
        category: rule.category.clone(),
        axis: Axis::of_category(&rule.category),
        severity: verdict.severity,
        weight: verdict.weight,
        outcome: verdict.outcome,
        score: verdict.credit.map(percent),
        share: explained.map_or(0.0, |row| six_decimals(row.share)),
        points: explained.map_or(0.0, |row| six_decimals(row.points)),
        reason: verdict.reason.clone(),
        at_fault: verdict.fault.is_some(),
        findings: findings
            .map(|(found, mark)| finding(found, &mark))
            .collect(),
        needs: rule.needs.clone(),
        controls: rule.controls.clone(),
        remediation: rule.remediation.clone(),
        effort: rule.effort.clone(),
        stability: rule.stability.clone(),
        related: rule.related.clone(),
    }
}

/// A share of 1 in percent, one decimal.
fn percent(share: f64) -> f64 {
    (share * 1_000.0).round() / 10.0
}

/// Points of an axis, of which many are added up: what is shown is rounded after that, to two
/// decimals, and must not show what was lost here.
fn six_decimals(points: f64) -> f64 {
    (points * 1_000_000.0).round() / 1_000_000.0
}

/// One finding with what is known of it.
pub(super) fn finding(finding: &Finding, mark: &Mark) -> FindingReport {
    FindingReport {
        kind: finding.kind,
        msg: finding.msg.clone(),
        subject: finding.subject.clone(),
        severity: finding.severity,
        side: finding.side,
        evidence: finding.evidence.clone(),
        fingerprint: finding.fingerprint.clone(),
        waiver: mark.waiver.as_deref().map(decision::waiver),
        known: mark.known,
    }
}

fn requirements(
    serving: &Serving,
    sibling: &BuildSibling,
    profile: &Profile,
) -> RequirementsReport {
    let needs = serving.needs.iter().map(|need| RequirementReport {
        name: need.requirement.name.clone(),
        title: need.requirement.title.clone(),
        services: need.services,
        standing: need.standing,
        alone: need.alone,
        reason: need.reason.clone(),
        sibling_reason: need.sibling_reason.clone(),
    });
    RequirementsReport {
        services: profile.requirements.services,
        share: serving.share,
        build_sibling: sibling.clone(),
        needs: needs.collect(),
    }
}

fn comparison(compared: &Compared) -> Comparison {
    let axes = compared.axes.iter().map(|row| {
        let shared = compared
            .common
            .iter()
            .map(|scores| axis_score(scores, row.axis));
        let comparison = AxisComparison {
            scores: row.scores.clone(),
            shared_rules: shared.collect(),
            ties: row.ties.clone(),
        };
        (row.axis, comparison)
    });
    let differences = compared
        .differences
        .iter()
        .map(|difference| RuleDifference {
            rule: difference.rule.clone(),
            title: difference.title.clone(),
            axis: difference.axis,
            points: difference.points,
            outcomes: difference.outcomes.clone(),
            credits: difference
                .credits
                .iter()
                .map(|credit| credit.map(percent))
                .collect(),
        });
    Comparison {
        axes: axes.collect(),
        shared_rules: compared.common_rules.clone(),
        order: compared.order.as_ref().map(order),
        differences: differences.collect(),
    }
}

fn order(order: &Ordered) -> Order {
    let standing = |standing: &Ranked| Rank {
        score: standing.score,
        score_max: standing.score_max,
        best: standing.best,
        worst: standing.worst,
    };
    let standings = order.standings.iter();
    Order {
        weights: order.weights.clone(),
        standings: standings.map(|one| one.as_ref().map(standing)).collect(),
    }
}

fn axis_score(scores: &[AxisScore], axis: Axis) -> Option<Score> {
    scores.iter().find(|scored| scored.axis == axis)?.score
}
