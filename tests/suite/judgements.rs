//! Rules on facts: outcomes, findings, and what a profile changes.

use freehold::facts::model::{Side, Topic};
use freehold::policy::error::ProblemKind;
use freehold::policy::evaluate;
use freehold::policy::pack::Pack;
use freehold::policy::profile::Profile;
use freehold::policy::verdict::{FindingKind, Outcome, Severity, Verdict};
use serde_json::json;

use crate::judging::{NOW, facts, judge, kinds, listed, load, metadata, verdict_of, write};

#[test]
fn a_conftest_policy_runs_as_it_is() {
    let first = "package main\n\ndeny contains msg if {\n\tinput.image.config.user == \"\"\n\
                 \tmsg := \"runs as root\"\n}\n\nwarn_late contains {\"msg\": \"late\", \"x\": 1}\n";
    let second = "package main\n\nviolation contains {\"msg\": \"other\"}\n";
    let pack = load(&[("a.rego", first), ("b.rego", second)]).unwrap();
    assert_eq!(pack.warnings(), []);
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Fail);
    assert_eq!(verdict.severity, Severity::High);
    let found: Vec<(&str, &str, FindingKind)> = verdict
        .findings
        .iter()
        .map(|finding| (finding.msg.as_str(), finding.subject.as_str(), finding.kind))
        .collect();
    let expected = [
        ("other", "image", FindingKind::Deny),
        ("runs as root", "image", FindingKind::Deny),
        ("late", "image", FindingKind::Warn),
    ];
    assert_eq!(found, expected);
    assert_eq!(verdict.rule.needs, [Topic::Image]);
}

#[test]
fn denials_warnings_and_silence_are_fail_warn_and_pass() {
    let facts = facts(|_| {});
    let fail = judge("", "deny contains \"x\"\n\nwarn contains \"y\"", &facts);
    assert_eq!((fail.outcome, fail.credit), (Outcome::Fail, Some(0.0)));
    let warn = judge(
        "",
        "deny contains \"x\" if 1 == 2\n\nwarn contains \"y\"",
        &facts,
    );
    assert_eq!((warn.outcome, warn.credit), (Outcome::Warn, Some(0.5)));
    let pass = judge("", "deny contains \"x\" if 1 == 2\n\nscore := 0.2", &facts);
    assert_eq!((pass.outcome, pass.credit), (Outcome::Pass, Some(1.0)));
    let partial = judge("", "deny contains \"x\"\n\nscore := 0.7", &facts);
    assert_eq!(
        (partial.outcome, partial.credit),
        (Outcome::Fail, Some(0.7))
    );
}

#[test]
fn a_rule_for_another_role_is_not_applicable() {
    let verdict = judge(
        "applies_to: [base, build]",
        "deny contains \"x\"",
        &facts(|_| {}),
    );
    assert_eq!(
        (verdict.outcome, verdict.credit),
        (Outcome::NotApplicable, None)
    );
    assert!(verdict.reason.unwrap().contains("runtime"));
}

#[test]
fn a_stated_reason_makes_a_rule_not_applicable_or_unknown() {
    let body = "deny contains \"x\"\n\nnot_applicable := \"no packages\"";
    let verdict = judge("", body, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::NotApplicable);
    assert_eq!(verdict.reason.as_deref(), Some("no packages"));
    let body = "deny contains \"x\"\n\nunknown := \"no dates\"";
    let verdict = judge("", body, &facts(|_| {}));
    assert_eq!(
        (verdict.outcome, verdict.findings.len()),
        (Outcome::Unknown, 1)
    );
}

#[test]
fn a_topic_that_was_not_read_makes_a_rule_unknown() {
    for coverage in ["missing", "not_searched"] {
        let facts = facts(|document| {
            document["topics"]["shells"] = json!({"coverage": coverage, "reason": "because"});
        });
        let verdict = judge("needs: [shells]", "deny contains \"x\"", &facts);
        assert_eq!((verdict.outcome, verdict.credit), (Outcome::Unknown, None));
        assert!(verdict.reason.unwrap().contains("because"));
    }
    let unlisted = facts(|document| {
        document["topics"].as_object_mut().unwrap().remove("shells");
    });
    let verdict = judge(
        "needs: [shells]",
        "deny contains \"x\" if 1 == 2",
        &unlisted,
    );
    assert_eq!(verdict.outcome, Outcome::Unknown);
}

#[test]
fn a_partly_read_topic_hides_a_pass_and_never_a_failure() {
    let facts = facts(|document| {
        document["topics"]["shells"] = json!({"coverage": "partial", "reason": null});
    });
    let outcome = |body: &str| judge("needs: [shells]", body, &facts).outcome;
    assert_eq!(outcome("deny contains \"x\""), Outcome::Fail);
    assert_eq!(outcome("deny contains \"x\" if 1 == 2"), Outcome::Unknown);
    assert_eq!(outcome("warn contains \"x\""), Outcome::Unknown);
}

#[test]
fn an_error_in_a_rule_makes_that_rule_unknown_and_no_other() {
    let broken = format!(
        "{}package freehold.hardening.broken\n\ndeny contains \"x\" if count(1) > 0\n",
        metadata("")
    );
    let fine = format!(
        "{}package freehold.hardening.fine\n\ndeny contains \"x\"\n",
        metadata("")
    );
    let pack = load(&[("broken.rego", &broken), ("fine.rego", &fine)]).unwrap();
    let facts = facts(|_| {});
    let verdict = verdict_of("hardening.broken", &pack, &facts);
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert!(verdict.reason.unwrap().contains("count"));
    assert_eq!(
        verdict_of("hardening.fine", &pack, &facts).outcome,
        Outcome::Fail
    );
}

#[test]
fn findings_that_break_the_contract_make_the_rule_unknown() {
    for body in [
        "deny contains 3",
        "deny contains {\"subject\": \"image\"}",
        "deny contains {\"msg\": \"x\", \"subject\": \"somewhere\"}",
        "deny contains {\"msg\": \"x\", \"severity\": \"huge\"}",
        "deny := true",
        "warn contains \"x\"\n\nscore := 7",
        "deny contains \"x\"\n\nnot_applicable := true",
    ] {
        assert_eq!(
            judge("", body, &facts(|_| {})).outcome,
            Outcome::Unknown,
            "{body}"
        );
    }
}

#[test]
fn what_was_denied_before_an_error_stays_denied() {
    for body in [
        "deny contains \"x\"\n\nscore := 7",
        "deny contains \"x\"\n\nwarn contains 3",
    ] {
        let verdict = judge("", body, &facts(|_| {}));
        assert_eq!(verdict.outcome, Outcome::Fail, "{body}");
        assert!(
            verdict.reason.unwrap_or_default().contains("in full"),
            "{body}"
        );
    }
}

#[test]
fn a_finding_that_says_nothing_answers_nothing() {
    for body in [
        "deny contains \"\"",
        "deny contains {\"msg\": \" \"}",
        "warn contains {\"msg\": \"\", \"subject\": \"path:/x\"}",
    ] {
        let verdict = judge("", body, &facts(|_| {}));
        assert_eq!(verdict.outcome, Outcome::Unknown, "{body}");
        let reason = verdict.reason.unwrap_or_default();
        assert!(reason.contains("`msg` of a finding is empty"), "{reason}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_rule() {
    let rule = format!(
        "\u{feff}{}package freehold.hardening.mine\n\ndeny contains \"x\"\n",
        metadata("")
    );
    let pack = load(&[("mine.rego", &rule)]).unwrap();
    let verdict = verdict_of("hardening.mine", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Fail);
    assert_eq!(verdict.rule.title, "T");
}

#[test]
fn a_rule_before_its_date_only_warns() {
    let early = judge(
        "effective_on: \"2026-11-22\"",
        "deny contains \"x\"",
        &facts(|_| {}),
    );
    assert_eq!(early.outcome, Outcome::Warn);
    let due = judge(
        "effective_on: \"2026-11-21\"",
        "deny contains \"x\"",
        &facts(|_| {}),
    );
    assert_eq!(due.outcome, Outcome::Fail);
}

#[test]
fn a_fingerprint_is_the_rule_and_the_subject_only() {
    let finding = |msg: &str, subject: &str| {
        let body = format!("deny contains {{\"msg\": \"{msg}\", \"subject\": \"{subject}\"}}");
        judge("", &body, &facts(|_| {})).findings[0]
            .fingerprint
            .clone()
    };
    assert_eq!(finding("a", "path:/x"), finding("b", "path:/x"));
    assert_ne!(finding("a", "path:/x"), finding("a", "path:/y"));
}

#[test]
fn a_finding_takes_its_side_and_severity_from_what_it_says() {
    let body = "deny contains {\"msg\": \"a\", \"subject\": \"path:/a\", \"severity\": \"low\",\n\
                \"evidence\": {\"side\": \"added\"}}\n\n\
                deny contains {\"msg\": \"b\", \"subject\": \"path:/b\"}";
    let verdict = judge("", body, &facts(|_| {}));
    let seen: Vec<(Severity, Side)> = verdict
        .findings
        .iter()
        .map(|finding| (finding.severity, finding.side))
        .collect();
    assert_eq!(
        seen,
        [
            (Severity::Medium, Side::Unknown),
            (Severity::Low, Side::Added)
        ]
    );
}

#[test]
fn the_judging_time_is_the_one_given() {
    let body = "deny contains \"x\" if data.freehold.now == \"2026-11-21T00:00:00Z\"";
    assert_eq!(judge("", body, &facts(|_| {})).outcome, Outcome::Fail);
}

#[test]
fn a_profile_changes_parameters_weights_and_severities() {
    let rule = format!(
        "{}package freehold.hardening.mine\n\n\
         deny contains \"x\" if data.freehold.hardening.mine.parameters.limit == 7\n",
        metadata("aliases: [hardening.former]")
    );
    let profile = "name: mine\ndescription: d\nrules: [hardening.former]\n\
                   weights: {hardening.mine: 9}\nseverities: {hardening.mine: critical}\n\
                   parameters: {hardening.mine: {limit: 7}}\n";
    let pack = load(&[
        ("hardening/mine/mine.rego", &rule),
        ("hardening/mine/parameters.yaml", "parameters: {limit: 1}\n"),
        ("profiles/mine.yaml", profile),
        (
            "profiles/child.yaml",
            "extends: mine\nweights: {hardening.mine: 3}\n",
        ),
    ])
    .unwrap();
    assert_eq!(pack.warnings(), []);
    let loaded = Profile::load("mine", &pack).unwrap();
    let verdicts = evaluate(&pack, &loaded, &facts(|_| {}), NOW).unwrap();
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].outcome, Outcome::Fail);
    assert_eq!(
        (verdicts[0].weight, verdicts[0].severity),
        (9.0, Severity::Critical)
    );
    assert_eq!(
        verdict_of("hardening.mine", &pack, &facts(|_| {})).outcome,
        Outcome::Pass
    );
    let child = Profile::load("child", &pack).unwrap();
    assert_eq!(child.weights["hardening.mine"], 3.0);
    assert_eq!(child.severities["hardening.mine"], Severity::Critical);
    assert_eq!(
        child.differences(&loaded),
        ["weight of hardening.mine differs"]
    );
}

#[test]
fn a_parameter_of_another_kind_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let text = "extends: balanced\nparameters:\n  proprietary.traceable_executables:\n    \
                minimum: \"0.5\"\n";
    write(directory.path(), &[("x.yaml", text)]);
    let path = directory.path().join("x.yaml").display().to_string();
    let error = Profile::load(&path, &Pack::embedded().unwrap()).unwrap_err();
    assert_eq!(kinds(listed(&error)), [ProblemKind::InvalidValue]);
}

#[test]
fn a_profile_that_switches_nothing_on_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &[("x.yaml", "name: x\nfail_on: low\n")]);
    let path = directory.path().join("x.yaml").display().to_string();
    let error = Profile::load(&path, &Pack::embedded().unwrap()).unwrap_err();
    assert_eq!(kinds(listed(&error)), [ProblemKind::EmptyProfile]);
}

#[test]
fn mistakes_in_a_profile_are_reported_with_their_lines() {
    let directory = tempfile::tempdir().unwrap();
    let text = "name: bad\nrules: [\"*\", hardening.no_setiud]\nseverities:\n  \
                hardening.no_setuid: hihg\nthresholds: {portablity: 60}\n\
                parameters: {hardening.no_setuid: {nothing: 1}}\n";
    write(
        directory.path(),
        &[("bad.yaml", text), ("key.yaml", "rulez: []\n")],
    );
    let pack = Pack::embedded().unwrap();
    let path = directory.path().join("bad.yaml").display().to_string();
    let error = Profile::load(&path, &pack).unwrap_err();
    let mut seen: Vec<(ProblemKind, Option<usize>)> = listed(&error)
        .iter()
        .map(|problem| (problem.kind, problem.line))
        .collect();
    seen.sort();
    let expected = [
        (ProblemKind::UnknownRule, Some(2)),
        (ProblemKind::UnknownParameter, Some(6)),
        (ProblemKind::InvalidValue, Some(4)),
        (ProblemKind::InvalidValue, Some(5)),
    ];
    assert_eq!(seen, expected, "{error:?}");
    let path = directory.path().join("key.yaml").display().to_string();
    let error = Profile::load(&path, &pack).unwrap_err();
    assert_eq!(kinds(listed(&error)), [ProblemKind::UnknownKey]);
    let error = Profile::load("balancd", &pack).unwrap_err();
    assert!(
        listed(&error)[0]
            .help
            .as_ref()
            .unwrap()
            .contains("balanced")
    );
}

#[test]
fn profiles_that_extend_each_other_are_refused() {
    let pack = load(&[
        ("profiles/a.yaml", "extends: b\n"),
        ("profiles/b.yaml", "extends: a\n"),
    ])
    .unwrap();
    let error = Profile::load("a", &pack).unwrap_err();
    assert_eq!(kinds(listed(&error)), [ProblemKind::ExtendsCycle]);
}

#[test]
fn a_users_rule_is_on_in_a_profile_that_lists_others() {
    let pack = load(&[("a.rego", "package main\n\ndeny contains \"x\"\n")]).unwrap();
    let profile = Profile::load("gate", &pack).unwrap();
    assert!(profile.rules.contains("main"));
}

/// The verdict of a conftest policy with this body, on an image with one package and no labels.
fn conftest_verdict(body: &str) -> Verdict {
    let pack = load(&[("a.rego", &format!("package main\n\n{body}\n"))]).unwrap();
    verdict_of("main", &pack, &facts(|_| {}))
}

#[test]
fn a_rule_that_reads_a_misspelt_path_is_unknown_and_says_why() {
    for body in [
        "deny contains \"x\" if input.layuot.setuid.total > 0",
        "deny contains \"x\" if { some p in input.packages; p.nme == \"x\" }",
        "deny contains \"x\" if input.packages[_].nme == \"x\"",
        "deny contains \"x\" if { some f in input.layout.setuid; f.path == \"x\" }",
        "warn contains \"x\" if true\n\nscore := 1 if count(input.pakages) == 0",
        "deny contains \"x\" if 1 == 2\n\nnot_applicable := \"y\" if not input.pakages",
        "deny contains \"x\" if input.image.role.name == \"runtimes\"",
    ] {
        let (custom, flat) = ("needs: [image, layout, packages]", facts(|_| {}));
        for verdict in [conftest_verdict(body), judge(custom, body, &flat)] {
            assert_eq!(verdict.outcome, Outcome::Unknown, "{body}");
            assert_eq!(verdict.credit, None);
            let reason = verdict.reason.unwrap();
            assert!(reason.contains("reads what does not exist"), "{reason}");
            assert!(reason.contains(".rego:"), "{reason}");
        }
    }
    let reason = conftest_verdict("deny contains \"x\" if input.pakages[_].nme == \"x\"").reason;
    assert!(reason.unwrap().contains("did you mean `input.packages`?"));
}

#[test]
fn a_rule_that_denies_in_spite_of_a_misspelt_path_fails() {
    let verdict = conftest_verdict("deny contains \"x\" if not input.image.lables");
    assert_eq!(
        (verdict.outcome, verdict.credit),
        (Outcome::Fail, Some(0.0))
    );
}

#[test]
fn a_path_that_a_library_misspells_makes_the_rule_unknown() {
    let library = "package freehold.lib.mine\n\nbusy if count(input.shels) > 0\n";
    let rule =
        "package main\n\nimport data.freehold.lib.mine\n\ndeny contains \"x\" if mine.busy\n";
    let pack = load(&[("lib/mine/mine.rego", library), ("a.rego", rule)]).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert!(verdict.reason.unwrap().contains("mine.rego:3"));
}

#[test]
fn a_rule_of_another_role_does_not_apply_however_it_is_spelt() {
    let body = "deny contains \"x\" if count(input.pakages) > 0";
    let verdict = judge("applies_to: [base]", body, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::NotApplicable);
}

#[test]
fn warnings_that_cost_nothing_are_notes_of_a_pass() {
    let facts_read = facts(|_| {});
    let note = judge("", "warn contains \"x\"\n\nscore := 1", &facts_read);
    assert_eq!((note.outcome, note.credit), (Outcome::Pass, Some(1.0)));
    assert_eq!(note.findings[0].kind, FindingKind::Warn);
    let warn = judge("", "warn contains \"x\"\n\nscore := 0.9", &facts_read);
    assert_eq!((warn.outcome, warn.credit), (Outcome::Warn, Some(0.9)));
    let fail = judge("", "deny contains \"x\"\n\nscore := 1", &facts_read);
    assert_eq!((fail.outcome, fail.credit), (Outcome::Fail, Some(1.0)));
    let early = "effective_on: \"2027-01-01\"";
    let early = judge(early, "deny contains \"x\"\n\nscore := 1", &facts_read);
    assert_eq!(early.outcome, Outcome::Warn);
    let partial = facts(|document| {
        document["topics"]["shells"] = json!({"coverage": "partial", "reason": null});
    });
    let body = "warn contains \"x\"\n\nscore := 1";
    let hidden = judge("needs: [shells]", body, &partial);
    assert_eq!(hidden.outcome, Outcome::Unknown);
}

#[test]
fn a_policy_split_over_files_counts_with_everything_in_them() {
    let first = "package main\n\ndeny contains \"first\" if _late\n";
    let second = "package main\n\n_late if input.image.config.user == \"\"\n\n\
                  score := 0.25 if count(input.shells) == 0\n";
    let third = "package main\n\ndeny contains \"third\"\n\nwarn contains \"fourth\"\n";
    let files = [("a.rego", first), ("b.rego", second), ("c.rego", third)];
    for turn in 0..files.len() {
        // File names decide the order of reading.
        let mut files = files;
        files.rotate_left(turn);
        let names = ["1.rego", "2.rego", "3.rego"];
        let named: Vec<(&str, &str)> = names.into_iter().zip(files.map(|file| file.1)).collect();
        let pack = load(&named).unwrap();
        assert_eq!(pack.warnings(), []);
        let verdict = verdict_of("main", &pack, &facts(|_| {}));
        let seen: Vec<&str> = verdict.findings.iter().map(|f| f.msg.as_str()).collect();
        assert_eq!(seen, ["first", "third", "fourth"]);
        assert_eq!(verdict.credit, Some(0.25));
        assert_eq!(verdict.rule.needs, [Topic::Image, Topic::Shells]);
    }
}

#[test]
fn a_misspelling_in_the_other_file_of_a_policy_makes_it_unknown() {
    let rule = "package main\n\ndeny contains \"x\" if 1 == 2\n";
    let other = "package main\n\nunknown := \"y\" if count(input.pakages) > 0\n";
    let pack = load(&[("a.rego", rule), ("b.rego", other)]).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert!(verdict.reason.unwrap().contains("input.pakages"));
}

#[test]
fn a_library_and_a_rule_may_be_split_over_files() {
    let rule = format!(
        "{}package freehold.hardening.mine\n\nimport data.freehold.lib.mine\n\n\
         deny contains mine.one if mine.two == 2\n\ndeny contains _three\n",
        metadata("")
    );
    let pack = load(&[
        (
            "lib/mine/one.rego",
            "package freehold.lib.mine\n\none := \"one\"\n",
        ),
        (
            "lib/mine/two.rego",
            "package freehold.lib.mine\n\ntwo := 2\n",
        ),
        ("mine.rego", &rule),
        (
            "more.rego",
            "package freehold.hardening.mine\n\n_three := \"three\"\n",
        ),
    ])
    .unwrap();
    assert_eq!(pack.warnings(), []);
    let verdict = verdict_of("hardening.mine", &pack, &facts(|_| {}));
    let seen: Vec<&str> = verdict.findings.iter().map(|f| f.msg.as_str()).collect();
    assert_eq!(seen, ["one", "three"]);
}

#[test]
fn a_misspelt_profile_gives_one_diagnostic() {
    let pack = Pack::embedded().unwrap();
    let error = Profile::load("gatee", &pack).unwrap_err();
    let mut text = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
        .render_report(&mut text, &error)
        .unwrap();
    assert_eq!(text.matches("policy::").count(), 1, "{text}");
    assert_eq!(text.matches("gatee").count(), 1, "{text}");
    assert!(text.contains("policy::profile::unknown_profile"), "{text}");
    assert!(text.contains("did you mean `gate`?"), "{text}");
}
