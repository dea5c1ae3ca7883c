//! Scores, their explanation, the gate and the comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use freehold::facts::model::Side;
use freehold::policy::metadata::RuleInfo;
use freehold::policy::profile::Profile;
use freehold::policy::verdict::{Finding, FindingKind, Outcome, Severity, Verdict};
use freehold::scorecard::comparison::compare;
use freehold::scorecard::explanation::explain;
use freehold::scorecard::gate::{self, Gate, Terms};
use freehold::scorecard::marks::Marks;
use freehold::scorecard::{Axis, Grade, Score, Scorecard, score};
use proptest::prelude::*;
use serde_json::json;

fn profile() -> Profile {
    Profile {
        name: "test".to_owned(),
        description: String::new(),
        source: String::new(),
        extends: Vec::new(),
        rules: BTreeSet::new(),
        weights: BTreeMap::new(),
        severities: BTreeMap::new(),
        parameters: BTreeMap::new(),
        category_weights: [
            ("exit", 4.0),
            ("proprietary", 3.0),
            ("distro", 2.0),
            ("fhs", 1.0),
        ]
        .map(|(name, weight)| (name.to_owned(), weight))
        .into(),
        axis_weights: BTreeMap::new(),
        required_evidence: BTreeSet::new(),
        thresholds: BTreeMap::new(),
        fail_on: Severity::High,
        requirements: freehold::policy::requirements::Wanted::default(),
    }
}

fn verdict(id: &str, weight: f64, outcome: Outcome, credit: Option<f64>) -> Verdict {
    let rule = RuleInfo {
        id: id.to_owned(),
        category: id.split('.').next().unwrap().to_owned(),
        title: id.to_owned(),
        description: String::new(),
        severity: Severity::Medium,
        weight,
        needs: Vec::new(),
        applies_to: Vec::new(),
        remediation: String::new(),
        effort: "low".to_owned(),
        stability: "stable".to_owned(),
        effective_on: None,
        aliases: Vec::new(),
        controls: json!({}),
        related: Vec::new(),
    };
    Verdict {
        rule: Arc::new(rule),
        severity: Severity::Medium,
        weight,
        outcome,
        credit,
        reason: None,
        fault: None,
        findings: Vec::new(),
    }
}

fn pass(id: &str, weight: f64) -> Verdict {
    verdict(id, weight, Outcome::Pass, Some(1.0))
}

fn fail(id: &str, weight: f64) -> Verdict {
    verdict(id, weight, Outcome::Fail, Some(0.0))
}

fn unknown(id: &str, weight: f64) -> Verdict {
    verdict(id, weight, Outcome::Unknown, None)
}

fn not_applicable(id: &str, weight: f64) -> Verdict {
    verdict(id, weight, Outcome::NotApplicable, None)
}

fn axis(verdicts: &[Verdict], axis: Axis) -> Option<Score> {
    score(verdicts, &profile()).axis(axis).copied()
}

fn with_finding(mut verdict: Verdict, kind: FindingKind, severity: Severity) -> Verdict {
    verdict.findings.push(Finding {
        kind,
        msg: "m".to_owned(),
        subject: "image".to_owned(),
        severity,
        side: Side::Unknown,
        evidence: json!({}),
        fingerprint: String::new(),
    });
    verdict
}

/// The decision without waivers and without a baseline.
fn decide(card: &Scorecard, profile: &Profile, fail_on: Severity) -> Gate {
    let terms = Terms {
        profile,
        fail_on,
        marks: Marks::default(),
        scores_compare: false,
    };
    gate::decide(card, &terms)
}

#[test]
fn a_category_is_credit_over_weight_and_an_axis_their_weighted_mean() {
    let verdicts = [
        pass("distro.a", 1.0),
        fail("distro.b", 3.0),
        verdict("fhs.a", 1.0, Outcome::Warn, Some(0.5)),
        not_applicable("exit.a", 9.0),
    ];
    // distro 25 at weight 2, fhs 50 at weight 1: (50 + 50) / 3. exit has no applicable rule.
    let found = axis(&verdicts, Axis::Portability).unwrap();
    assert_eq!(
        (found.score, found.score_max, found.coverage),
        (33.3, 33.3, 100.0)
    );
    assert_eq!(found.grade, Grade::F);
}

#[test]
fn an_axis_without_applicable_rules_has_no_score() {
    assert_eq!(
        axis(&[not_applicable("hardening.a", 1.0)], Axis::Hardening),
        None
    );
    assert_eq!(axis(&[], Axis::Evidence), None);
    assert_eq!(axis(&[pass("hardening.a", 0.0)], Axis::Hardening), None);
}

#[test]
fn vendor_and_foreign_categories_are_never_scored() {
    let verdicts = [
        fail("vendor.a", 1.0),
        fail("main", 1.0),
        pass("hardening.a", 1.0),
    ];
    let card = score(&verdicts, &profile());
    assert!(
        card.axes
            .iter()
            .all(|axis| axis.score.is_none_or(|score| score.score == 100.0))
    );
    assert_eq!(card.verdicts.len(), 3);
}

#[test]
fn unknown_counts_nothing_below_and_everything_above() {
    let verdicts = [pass("hardening.a", 4.0), unknown("hardening.b", 1.0)];
    let found = axis(&verdicts, Axis::Hardening).unwrap();
    assert_eq!(
        (found.score, found.score_max, found.coverage),
        (80.0, 100.0, 80.0)
    );
    assert_eq!(found.grade, Grade::B);
    let verdicts = [pass("hardening.a", 2.0), unknown("hardening.b", 1.0)];
    assert_eq!(
        axis(&verdicts, Axis::Hardening).unwrap().grade,
        Grade::Ungraded
    );
}

#[test]
fn grades_begin_at_90_75_60_and_40() {
    let grade_of = |credit: f64| {
        let verdicts = [verdict("hardening.a", 1.0, Outcome::Warn, Some(credit))];
        axis(&verdicts, Axis::Hardening).unwrap().grade
    };
    let expected = [
        (0.9, Grade::A),
        (0.899, Grade::B),
        (0.75, Grade::B),
        (0.749, Grade::C),
        (0.6, Grade::C),
        (0.599, Grade::D),
        (0.4, Grade::D),
        (0.399, Grade::F),
    ];
    for (credit, grade) in expected {
        assert_eq!(grade_of(credit), grade, "{credit}");
    }
}

#[test]
fn a_failed_critical_rule_caps_the_grade_at_d() {
    let mut critical = fail("hardening.b", 1.0);
    critical.severity = Severity::Critical;
    let found = axis(
        &[pass("hardening.a", 19.0), critical.clone()],
        Axis::Hardening,
    )
    .unwrap();
    assert_eq!((found.score, found.grade), (95.0, Grade::D));
    let found = axis(&[fail("hardening.a", 19.0), critical], Axis::Hardening).unwrap();
    assert_eq!(found.grade, Grade::F);
}

#[test]
fn an_unknown_critical_rule_withholds_the_grade() {
    let mut critical = unknown("hardening.b", 1.0);
    critical.severity = Severity::Critical;
    let found = axis(&[pass("hardening.a", 19.0), critical], Axis::Hardening).unwrap();
    assert_eq!((found.score, found.grade), (95.0, Grade::Ungraded));
}

#[test]
fn an_explanation_adds_up_to_the_score() {
    let verdicts = [
        pass("distro.a", 1.0),
        fail("distro.b", 3.0),
        unknown("exit.a", 2.0),
        pass("proprietary.a", 1.0),
        not_applicable("fhs.a", 1.0),
        pass("hardening.a", 1.0),
    ];
    let card = score(&verdicts, &profile());
    let sum = explain(&card, &profile(), Axis::Portability);
    let found = card.axis(Axis::Portability).unwrap();
    assert_eq!(sum.rows.len(), 5);
    assert!((sum.points - found.score).abs() < 0.051, "{sum:?}");
    assert!((sum.points_max - found.score_max).abs() < 0.051, "{sum:?}");
    let shares: f64 = sum.rows.iter().map(|row| row.share).sum();
    assert!((shares - 100.0).abs() < 1e-9);
}

#[test]
fn the_gate_blocks_on_severe_denials_of_failed_rules_only() {
    let verdicts = [
        with_finding(fail("hardening.a", 1.0), FindingKind::Deny, Severity::Low),
        with_finding(
            fail("hardening.b", 1.0),
            FindingKind::Warn,
            Severity::Critical,
        ),
        with_finding(
            unknown("hardening.c", 1.0),
            FindingKind::Deny,
            Severity::Critical,
        ),
    ];
    let card = score(&verdicts, &profile());
    let gate = decide(&card, &profile(), Severity::High);
    assert!(!gate.blocked, "{gate:?}");
    assert_eq!((gate.blocking.len(), gate.not_blocking.len()), (0, 3));
    assert_eq!(gate.unknown_other.len(), 1);
    let gate = decide(&card, &profile(), Severity::Low);
    assert!(gate.blocked);
    assert_eq!(gate.blocking[0].rule.id, "hardening.a");
}

#[test]
fn the_gate_blocks_on_required_evidence_that_is_unknown() {
    let mut profile = profile();
    profile.required_evidence.insert("provenance.a".to_owned());
    let card = score(&[unknown("provenance.a", 1.0)], &profile);
    let gate = decide(&card, &profile, Severity::High);
    assert!(gate.blocked);
    assert_eq!(gate.unknown_required.len(), 1);
    let card = score(&[fail("provenance.a", 1.0)], &profile);
    assert!(!decide(&card, &profile, Severity::High).blocked);
}

#[test]
fn the_gate_compares_thresholds_with_the_lower_end() {
    let mut profile = profile();
    profile.thresholds.insert("hardening".to_owned(), 80.0);
    let verdicts = [pass("hardening.a", 4.0), unknown("hardening.b", 1.0)];
    assert!(!decide(&score(&verdicts, &profile), &profile, Severity::High).blocked);
    profile.thresholds.insert("hardening".to_owned(), 80.1);
    let gate = decide(&score(&verdicts, &profile), &profile, Severity::High);
    assert_eq!(gate.thresholds_missed[0].got, Some(80.0));
    let gate = decide(&score(&[], &profile), &profile, Severity::High);
    assert!(gate.blocked, "an axis nobody judged meets no threshold");
}

#[test]
fn a_comparison_keeps_the_order_and_ties_ranges_that_overlap() {
    let cards = [
        score(
            &[pass("hardening.a", 1.0), unknown("hardening.b", 1.0)],
            &profile(),
        ),
        score(
            &[pass("hardening.a", 1.0), pass("hardening.b", 1.0)],
            &profile(),
        ),
        score(
            &[fail("hardening.a", 1.0), fail("hardening.b", 1.0)],
            &profile(),
        ),
        score(&[], &profile()),
    ];
    let comparison = compare(&cards, &profile());
    let hardening = &comparison.axes[3];
    assert_eq!(hardening.ties, [vec![1], vec![0], vec![], vec![]]);
    assert_eq!(hardening.scores[2].unwrap().score, 0.0);
    assert_eq!(hardening.scores[3], None);
}

#[test]
fn a_comparison_scores_only_what_applies_to_every_image() {
    let first = [
        pass("hardening.a", 1.0),
        fail("hardening.b", 1.0),
        pass("exit.a", 1.0),
    ];
    let second = [
        verdict("hardening.a", 1.0, Outcome::Warn, Some(0.5)),
        not_applicable("hardening.b", 1.0),
        fail("exit.a", 1.0),
    ];
    let cards = [score(&first, &profile()), score(&second, &profile())];
    let comparison = compare(&cards, &profile());
    assert_eq!(comparison.common_rules, ["exit.a", "hardening.a"]);
    let of = |image: usize| comparison.common[image][3].score.unwrap().score;
    assert_eq!((of(0), of(1)), (100.0, 50.0));
    let differences: Vec<(&str, f64)> = comparison
        .differences
        .iter()
        .map(|difference| (difference.rule.as_str(), difference.points))
        .collect();
    assert_eq!(differences, [("exit.a", 100.0), ("hardening.a", 50.0)]);
}

#[test]
fn an_image_to_which_little_applies_does_not_hide_how_the_others_differ() {
    let cards = [
        score(&[pass("exit.a", 1.0), fail("exit.b", 3.0)], &profile()),
        score(&[fail("exit.a", 1.0), fail("exit.b", 3.0)], &profile()),
        score(
            &[not_applicable("exit.a", 1.0), not_applicable("exit.b", 3.0)],
            &profile(),
        ),
    ];
    let comparison = compare(&cards, &profile());
    assert!(comparison.common_rules.is_empty());
    assert_eq!(comparison.differences.len(), 1, "{comparison:?}");
    let difference = &comparison.differences[0];
    assert_eq!(
        (difference.rule.as_str(), difference.points),
        ("exit.a", 25.0)
    );
    assert_eq!(
        difference.outcomes,
        [Outcome::Pass, Outcome::Fail, Outcome::NotApplicable]
    );
    assert_eq!(difference.credits, [Some(1.0), Some(0.0), None]);
}

#[test]
fn a_rule_that_applies_to_one_image_alone_is_no_difference() {
    let cards = [
        score(&[pass("exit.a", 1.0), pass("exit.b", 1.0)], &profile()),
        score(
            &[fail("exit.a", 1.0), not_applicable("exit.b", 1.0)],
            &profile(),
        ),
    ];
    let differences = compare(&cards, &profile()).differences;
    assert_eq!(differences.len(), 1);
    assert_eq!(
        (differences[0].rule.as_str(), differences[0].points),
        ("exit.a", 100.0)
    );
}

/// Verdicts of any shape, each on a rule of its own.
fn any_verdicts() -> impl Strategy<Value = Vec<Verdict>> {
    let categories = [
        "distro",
        "fhs",
        "proprietary",
        "exit",
        "hardening",
        "vendor",
    ];
    let one = (
        0..categories.len(),
        0_u8..6,
        0.0..1.0_f64,
        0_u8..5,
        any::<bool>(),
    );
    prop::collection::vec(one, 1..25).prop_map(move |drawn| {
        drawn
            .into_iter()
            .enumerate()
            .map(
                |(number, (category, weight, credit, outcome, is_critical))| {
                    let id = format!("{}.rule_{number}", categories[category]);
                    let weight = f64::from(weight);
                    let mut made = match outcome {
                        0 => pass(&id, weight),
                        1 => verdict(&id, weight, Outcome::Warn, Some(credit)),
                        2 => verdict(&id, weight, Outcome::Fail, Some(credit)),
                        3 => unknown(&id, weight),
                        _ => not_applicable(&id, weight),
                    };
                    if is_critical {
                        made.severity = Severity::Critical;
                    }
                    made
                },
            )
            .collect()
    })
}

proptest! {
    #[test]
    fn hiding_evidence_never_raises_a_score_or_a_grade(
        verdicts in any_verdicts(),
        hidden in prop::collection::vec(any::<bool>(), 25),
    ) {
        let mut fewer = verdicts.clone();
        for (verdict, hide) in fewer.iter_mut().zip(hidden) {
            if hide && verdict.credit.is_some() {
                verdict.outcome = Outcome::Unknown;
                verdict.credit = None;
            }
        }
        for each in Axis::ALL {
            let (before, after) = (axis(&verdicts, each), axis(&fewer, each));
            prop_assert_eq!(before.is_some(), after.is_some());
            if let (Some(before), Some(after)) = (before, after) {
                prop_assert!(after.score <= before.score);
                prop_assert!(after.score_max >= before.score_max);
                prop_assert!(after.coverage <= before.coverage);
                // Withheld for a critical rule that is unknown, the grade may still come out as D:
                // the cap it was withheld for.
                let is_at_worst_d = before.grade == Grade::Ungraded
                    && before.coverage >= 75.0
                    && after.grade >= Grade::D;
                prop_assert!(
                    after.grade >= before.grade || is_at_worst_d,
                    "{before:?} {after:?}"
                );
            }
        }
    }

    #[test]
    fn a_further_unknown_rule_never_raises_a_score_within_its_category(
        verdicts in any_verdicts(),
        weight in 1_u8..9,
    ) {
        let mut more = verdicts.clone();
        more.push(unknown("hardening.more", f64::from(weight)));
        let (before, after) = (axis(&verdicts, Axis::Hardening), axis(&more, Axis::Hardening));
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(after.score <= before.score);
        }
    }

    #[test]
    fn scores_are_ranges_within_0_and_100(verdicts in any_verdicts()) {
        for each in Axis::ALL {
            if let Some(found) = axis(&verdicts, each) {
                prop_assert!(0.0 <= found.score && found.score <= found.score_max);
                prop_assert!(found.score_max <= 100.0 && found.coverage <= 100.0);
                let width = found.score_max - found.score;
                prop_assert!((width - (100.0 - found.coverage)).abs() < 0.16);
            }
        }
    }

    #[test]
    fn more_credit_never_lowers_a_score(verdicts in any_verdicts(), index in 0_usize..25) {
        let mut better = verdicts.clone();
        if let Some(verdict) = better.get_mut(index)
            && verdict.credit.is_some()
        {
            verdict.outcome = Outcome::Pass;
            verdict.credit = Some(1.0);
        }
        for each in Axis::ALL {
            if let (Some(before), Some(after)) = (axis(&verdicts, each), axis(&better, each)) {
                prop_assert!(after.score >= before.score);
            }
        }
    }
}
