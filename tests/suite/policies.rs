//! The policy room: packs, checks, evaluation, profiles, rule tests.

use freehold::facts::model::{Side, Topic};
use freehold::policy::error::{PolicyError, Problem, ProblemKind};
use freehold::policy::pack::Pack;
use freehold::policy::profile::Profile;
use freehold::policy::rule_tests::{self, TestOutcome};
use freehold::policy::verdict::{FindingKind, Outcome, Severity};
use freehold::policy::{FACTS_SCHEMA, evaluate};
use serde_json::json;

use crate::judging::{
    NOW, facts, facts_document, judge, load, metadata, problems, verdict_of, write,
};

/// Problems of one flat rule with this body.
fn problems_of(needs: &str, body: &str) -> Vec<Problem> {
    let head = metadata(&format!("needs: {needs}"));
    let text = format!("{head}package freehold.hardening.mine\n\n{body}\n");
    problems(&[("mine.rego", &text)])
}

fn kinds(problems: &[Problem]) -> Vec<ProblemKind> {
    problems.iter().map(|problem| problem.kind).collect()
}

fn lists(error: &PolicyError) -> &[Problem] {
    match error {
        PolicyError::Pack { problems } | PolicyError::Profile { problems, .. } => problems,
        PolicyError::Engine { .. } => &[],
    }
}

#[test]
fn the_shipped_pack_has_no_problems() {
    let pack = Pack::embedded();
    let listed = pack.as_ref().err().map(lists);
    assert!(listed.is_none(), "{listed:#?}");
    let pack = pack.unwrap();
    assert!(pack.rules().len() >= 20, "{}", pack.rules().len());
    assert_eq!(pack.warnings(), []);
    assert_eq!(pack.digest().len(), 64);
    assert!(pack.tables().iter().all(|table| table.as_of.is_some()));
}

#[test]
fn the_shipped_packs_tests_pass() {
    let run = rule_tests::run_embedded(false).unwrap();
    let failed: Vec<_> = run.results.iter().filter(|test| !test.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(run.results.len() >= 50, "{}", run.results.len());
}

#[test]
fn the_shipped_profiles_load() {
    let pack = Pack::embedded().unwrap();
    assert!(pack.profile_names().contains(&"balanced"));
    for name in pack.profile_names() {
        let profile = Profile::load(name, &pack);
        assert!(profile.is_ok(), "{:#?}", profile.as_ref().err().map(lists));
        assert!(!profile.unwrap().rules.is_empty(), "{name}");
    }
}

#[test]
fn the_fixture_of_these_tests_is_a_facts_document() {
    let schema: serde_json::Value = serde_json::from_str(FACTS_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = facts_document();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn every_shipped_rule_gives_a_verdict_on_an_empty_image() {
    let pack = Pack::embedded().unwrap();
    let facts = facts(|_| {});
    let verdicts = evaluate(&pack, &Profile::everything(&pack), &facts, NOW).unwrap();
    assert_eq!(verdicts.len(), pack.rules().len());
    for verdict in &verdicts {
        let reason = verdict.reason.clone().unwrap_or_default();
        assert!(
            !reason.contains("could not be evaluated"),
            "{}: {reason}",
            verdict.rule.id
        );
    }
    let again = evaluate(&pack, &Profile::everything(&pack), &facts, NOW).unwrap();
    assert_eq!(verdicts, again);
}

#[test]
fn a_misspelt_input_path_is_reported_with_its_place_and_a_suggestion() {
    let found = problems_of(
        "[layout]",
        "deny contains \"x\" if input.layuot.setuid.total > 0",
    );
    assert_eq!(kinds(&found), [ProblemKind::UnknownInputPath], "{found:?}");
    assert!(
        found[0].help.as_ref().unwrap().contains("input.layout"),
        "{found:?}"
    );
    assert_eq!(found[0].line, Some(15));
}

#[test]
fn a_misspelt_field_is_found_through_every_way_of_binding_a_variable() {
    let bodies = [
        "some p in input.packages; p.nme == \"x\"",
        "some i, p in input.packages; p.nme == \"x\"; i > 0",
        "input.packages[_].nme == \"x\"",
        "some i; input.packages[i].nme == \"x\"",
        "input[\"packages\"][0].nme == \"x\"",
        "every p in input.packages { p.nme == \"x\" }",
        "x := input.packages[0]; x.nme == \"x\"",
        "x = input.packages[0]; x.nme == \"x\"",
        "count([1 | some p in input.packages; p.nme == \"x\"]) > 0",
        "count({p.nme | some p in input.packages}) > 0",
        "some q in [p | some p in input.packages]; q.nme == \"x\"",
        "some p in _all; p.nme == \"x\"",
        "some p in input.packages; _is_bad(p)",
        "some p in input.packages; not _is_bad(p)",
        "some r in [{\"it\": p} | some p in input.packages]; r.it.nme == \"x\"",
        "some p in input.packages; object.get(p, \"nme\", \"\") == \"x\"",
        "object.get(input.packages[0], [\"source\", \"nme\"], \"\") == \"x\"",
        "_first.nme == \"x\"",
    ];
    let helpers = "\n\n_all contains p if some p in input.packages\n\n\
                   _is_bad(p) if p.nme == \"x\"\n\n_first := input.packages[0]\n";
    for body in bodies {
        let mut text = format!("deny contains \"x\" if {{ {body} }}{helpers}");
        if !body.contains("_is_bad") {
            text = text.replace("_is_bad(p) if p.nme == \"x\"\n", "");
        }
        let found = problems_of("[packages]", &text);
        assert_eq!(
            kinds(&found),
            [ProblemKind::UnknownInputPath],
            "{body}: {found:?}"
        );
        assert!(found[0].message.contains("nme"), "{body}: {found:?}");
    }
}

#[test]
fn what_cannot_be_typed_is_not_reported() {
    let body = "deny contains \"x\" if {\n\
                some l, v in input.image.labels\n\
                l == \"anything\"\n\
                v == \"x\"\n\
                input.image.labels[\"org.example\"] == input.image.labels.other\n\
                x := json.unmarshal(v)\n\
                x.whatever.it[_].has > 1\n\
                walk(input.distro, [p, q])\n\
                q.z == p\n\
                }";
    assert_eq!(problems_of("[image, distro]", body), []);
}

#[test]
fn iterating_over_a_cut_list_itself_is_reported() {
    let body = "deny contains \"x\" if { some f in input.layout.setuid; f.setuid }";
    let found = problems_of("[layout]", body);
    assert_eq!(kinds(&found), [ProblemKind::UnknownInputPath]);
    assert!(
        found[0].help.as_ref().unwrap().contains(".items"),
        "{found:?}"
    );
}

#[test]
fn a_comparison_with_a_value_that_cannot_occur_is_reported() {
    for body in [
        "input.image.role.name == \"runtimes\"",
        "input.image.role.name in {\"runtimes\", \"app\"}",
        "some p in input.packages; p.type != \"dbe\"",
    ] {
        let found = problems_of(
            "[image, packages]",
            &format!("deny contains \"x\" if {{ {body} }}"),
        );
        assert_eq!(
            kinds(&found),
            [ProblemKind::ImpossibleValue],
            "{body}: {found:?}"
        );
    }
    let body = "deny contains \"x\" if input.image.role.name in {\"runtime\", \"app\"}";
    assert_eq!(problems_of("[image]", body), []);
}

#[test]
fn needs_that_are_not_named_are_reported_and_added() {
    let body = "deny contains \"x\" if input.ownership.modified.total > 0";
    let found = problems_of("[ownership]", body);
    assert_eq!(kinds(&found), [ProblemKind::IncompleteNeeds], "{found:?}");
    assert!(found[0].message.contains("`integrity`"), "{found:?}");

    let body = "deny contains \"x\" if { o := input.ownership; o.modified.total > 0 }";
    assert_eq!(problems_of("[integrity]", body), []);

    let text = format!(
        "{}package freehold.hardening.mine\n\ndeny contains \"x\" if count(input.shells) > 0\n",
        metadata("")
    );
    let pack = load(&[("mine.rego", &text)]).unwrap();
    let rule = pack.rule("hardening.mine").unwrap();
    assert_eq!(rule.info.needs, [Topic::Shells]);
}

#[test]
fn needs_are_followed_into_libraries() {
    let library = "package freehold.lib.mine\n\nbusy if count(input.shells) > 0\n";
    let rule = format!(
        "{}package freehold.hardening.mine\n\nimport data.freehold.lib.mine\n\n\
         deny contains \"x\" if mine.busy\n",
        metadata("")
    );
    let found = problems(&[("lib/mine/mine.rego", library), ("mine.rego", &rule)]);
    assert_eq!(kinds(&found), [ProblemKind::IncompleteNeeds], "{found:?}");
    assert!(found[0].file.ends_with("lib/mine/mine.rego"), "{found:?}");
}

#[test]
fn a_misspelt_data_path_is_reported() {
    let body = "deny contains \"x\" if input.distro.id in data.freehold.data.distrs";
    let found = problems_of("[distro]", body);
    assert_eq!(kinds(&found), [ProblemKind::UnknownDataPath], "{found:?}");
    assert!(
        found[0].help.as_ref().unwrap().contains("data.distros"),
        "{found:?}"
    );
}

#[test]
fn builtins_that_do_not_depend_on_the_facts_are_refused() {
    for call in [
        "time.now_ns() > 1",
        "rand.intn(\"a\", 3) > 1",
        "http.send({}).status_code == 200",
        "opa.runtime().env.HOME == \"x\"",
        "uuid.rfc4122(\"a\") == \"x\"",
        "count([x | x := time.now_ns()]) > 0",
    ] {
        let found = problems_of("[]", &format!("deny contains \"x\" if {{ {call} }}"));
        assert_eq!(
            kinds(&found),
            [ProblemKind::ForbiddenBuiltin],
            "{call}: {found:?}"
        );
    }
}

#[test]
fn a_function_that_does_not_exist_is_reported() {
    let found = problems_of("[]", "deny contains \"x\" if startwith(\"a\", \"b\")");
    assert_eq!(kinds(&found), [ProblemKind::UnknownFunction]);
    assert!(
        found[0].help.as_ref().unwrap().contains("startswith"),
        "{found:?}"
    );
}

#[test]
fn a_second_rule_with_a_shipped_id_is_refused() {
    let pack = Pack::embedded().unwrap();
    let id = pack.rules()[0].info.id.clone();
    let text = format!(
        "{}package freehold.{id}\n\ndeny contains \"x\"\n",
        metadata("")
    );
    let found = problems(&[("mine.rego", &text)]);
    assert!(
        kinds(&found).contains(&ProblemKind::DuplicateId),
        "{found:?}"
    );
}

#[test]
fn a_rule_in_the_wrong_directory_is_reported() {
    let text = format!(
        "{}package freehold.hardening.mine\n\ndeny contains \"x\"\n",
        metadata("")
    );
    let found = problems(&[("hardening/other/other.rego", &text)]);
    assert_eq!(kinds(&found), [ProblemKind::MisplacedRule]);
    assert_eq!(problems(&[("hardening/mine/mine.rego", &text)]), []);
}

#[test]
fn a_rule_without_metadata_is_reported_and_runs() {
    let text = "package freehold.hardening.mine\n\ndeny contains \"x\"\n";
    let found = problems(&[("mine.rego", text)]);
    assert_eq!(kinds(&found), [ProblemKind::Metadata]);
}

#[test]
fn syntax_errors_of_all_files_are_reported_together() {
    let found = problems(&[
        ("a.rego", "package a\n\nx := {\n"),
        ("b.rego", "package b\n\ndeny[msg] { msg := 1 }\n"),
        ("data/c.yaml", "c: [\n"),
    ]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found.iter().all(|problem| problem.line.is_some()),
        "{found:?}"
    );
}

#[test]
fn an_unsafe_variable_is_found_at_load() {
    let found = problems(&[("a.rego", "package a\n\ndeny contains \"x\" if y == 1\n")]);
    assert_eq!(kinds(&found), [ProblemKind::Syntax]);
    assert_eq!(found[0].line, Some(3));
}

#[test]
fn hostile_policies_are_refused_or_unknown_and_never_a_crash() {
    let deep = format!("package a\n\nx := {}{}\n", "[".repeat(40), "]".repeat(40));
    assert_eq!(
        kinds(&problems(&[("a.rego", &deep)])),
        [ProblemKind::TooDeep]
    );
    let sum = format!("package a\n\nx := 1{}\n", " +\n1".repeat(5_000));
    assert_eq!(
        kinds(&problems(&[("a.rego", &sum)])),
        [ProblemKind::TooDeep]
    );
    let huge = format!("package a\n# {}\n", "x".repeat(2 << 20));
    assert_eq!(
        kinds(&problems(&[("a.rego", &huge)])),
        [ProblemKind::TooLarge]
    );

    let mut chain = "package a\n\nr0 := 1\n\ndeny contains \"x\" if r4000 == 1\n".to_owned();
    for number in 1..=4_000 {
        chain.push_str(&format!("r{number} := r{}\n", number - 1));
    }
    let pack = load(&[("a.rego", &chain)]).unwrap();
    assert_eq!(
        verdict_of("a", &pack, &facts(|_| {})).outcome,
        Outcome::Fail
    );

    let circle = "package a\n\ndeny contains \"x\" if b\n\nb if deny\n";
    if let Ok(pack) = load(&[("a.rego", circle)]) {
        assert_eq!(
            verdict_of("a", &pack, &facts(|_| {})).outcome,
            Outcome::Unknown
        );
    }
}

#[test]
fn a_pack_is_read_the_same_from_any_directory() {
    let text = "package main\n\ndeny contains \"x\"\n";
    let first = load(&[("a.rego", text)]).unwrap();
    let second = load(&[("a.rego", text)]).unwrap();
    assert_eq!(first.digest(), second.digest());
    let third = load(&[("a.rego", "package main\n\ndeny contains \"y\"\n")]).unwrap();
    assert_ne!(first.digest(), third.digest());
}

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
        "deny contains \"x\"\n\nscore := 7",
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
fn mistakes_in_a_profile_are_reported_with_their_lines() {
    let directory = tempfile::tempdir().unwrap();
    let text = "name: bad\nrules: [\"*\", hardening.no_setiud]\nseverities: {\n\
                hardening.no_setuid: hihg }\nthresholds: {portablity: 60}\n\
                parameters: {hardening.no_setuid: {nothing: 1}}\n";
    write(
        directory.path(),
        &[("bad.yaml", text), ("key.yaml", "rulez: []\n")],
    );
    let pack = Pack::embedded().unwrap();
    let path = directory.path().join("bad.yaml").display().to_string();
    let error = Profile::load(&path, &pack).unwrap_err();
    let mut seen: Vec<(ProblemKind, Option<usize>)> = lists(&error)
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
    assert_eq!(kinds(lists(&error)), [ProblemKind::UnknownKey]);
    let error = Profile::load("balancd", &pack).unwrap_err();
    assert!(lists(&error)[0].help.as_ref().unwrap().contains("balanced"));
}

#[test]
fn profiles_that_extend_each_other_are_refused() {
    let pack = load(&[
        ("profiles/a.yaml", "extends: b\n"),
        ("profiles/b.yaml", "extends: a\n"),
    ])
    .unwrap();
    let error = Profile::load("a", &pack).unwrap_err();
    assert_eq!(kinds(lists(&error)), [ProblemKind::ExtendsCycle]);
}

#[test]
fn a_users_rule_is_on_in_a_profile_that_lists_others() {
    let pack = load(&[("a.rego", "package main\n\ndeny contains \"x\"\n")]).unwrap();
    let profile = Profile::load("gate", &pack).unwrap();
    assert!(profile.rules.contains("main"));
}

#[test]
fn a_test_that_is_undefined_has_failed() {
    let directory = tempfile::tempdir().unwrap();
    let rule = format!(
        "{}package freehold.hardening.mine\n\ndeny contains \"x\" if input.image.role.name == \"app\"\n",
        metadata("needs: [image]")
    );
    let tests = "package freehold.hardening.mine_test\n\nimport data.freehold.hardening.mine\n\n\
                 test_app if {\n\tcount(mine.deny) == 1 \
                 with input as {\"image\": {\"role\": {\"name\": \"app\"}}}\n}\n\n\
                 test_undefined if {\n\tinput.nothing\n}\n\n\
                 test_error if {\n\tprint(\"seen\")\n\tcount(1) == 1\n}\n\n\
                 test_false := false\n";
    write(
        directory.path(),
        &[("mine.rego", &rule), ("mine_test.rego", tests)],
    );
    let run = rule_tests::run(directory.path(), true).unwrap();
    let seen: Vec<(&str, usize, bool)> = run
        .results
        .iter()
        .map(|test| {
            (
                test.name.rsplit('.').next().unwrap(),
                test.line,
                test.passed(),
            )
        })
        .collect();
    let expected = [
        ("test_app", 5, true),
        ("test_undefined", 9, false),
        ("test_error", 13, false),
        ("test_false", 18, false),
    ];
    assert_eq!(seen, expected);
    assert_eq!(run.failures(), 3);
    assert!(matches!(run.results[2].outcome, TestOutcome::Errored(_)));
    assert!(
        run.results[2].prints[0].contains("seen"),
        "{:?}",
        run.results[2].prints
    );
    let own = run
        .coverage
        .iter()
        .find(|file| file.file.ends_with("mine.rego"));
    assert!(!own.unwrap().covered.is_empty());
}

#[test]
fn a_copy_of_the_pack_tests_itself() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
    let copied = rule_tests::run(root.as_ref(), false).unwrap();
    let embedded = rule_tests::run_embedded(false).unwrap();
    assert_eq!(copied.results.len(), embedded.results.len());
}
