//! The policy room: packs, their checks, and rule tests.

use freehold::facts::model::Topic;
use freehold::policy::error::{Problem, ProblemKind};
use freehold::policy::pack::Pack;
use freehold::policy::profile::Profile;
use freehold::policy::rule_tests;
use freehold::policy::verdict::Outcome;
use freehold::policy::{FACTS_SCHEMA, evaluate};

use crate::judging::{
    NOW, facts, facts_document, kinds, listed, load, metadata, problems, verdict_of, write,
};

/// Problems of one flat rule with this body.
fn problems_of(needs: &str, body: &str) -> Vec<Problem> {
    let head = metadata(&format!("needs: {needs}"));
    let text = format!("{head}package freehold.hardening.mine\n\n{body}\n");
    problems(&[("mine.rego", &text)])
}

#[test]
fn the_shipped_pack_has_no_problems() {
    let pack = Pack::embedded();
    let listed = pack.as_ref().err().map(listed);
    assert!(listed.is_none(), "{listed:#?}");
    let pack = pack.unwrap();
    assert!(pack.rules().len() >= 20, "{}", pack.rules().len());
    assert_eq!(pack.warnings(), []);
    assert_eq!(pack.digest().len(), 64);
    assert!(pack.tables().iter().all(|table| table.as_of.is_some()));
}

#[test]
fn the_shipped_profiles_load() {
    let pack = Pack::embedded().unwrap();
    assert!(pack.profile_names().contains(&"balanced"));
    for name in pack.profile_names() {
        let profile = Profile::load(name, &pack);
        assert!(profile.is_ok(), "{:#?}", profile.as_ref().err().map(listed));
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
fn a_diagnostic_shows_code_place_and_help() {
    let found = problems_of(
        "[layout]",
        "deny contains \"x\" if input.layuot.setuid.total > 0",
    );
    let mut text = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
        .render_report(&mut text, &found[0])
        .unwrap();
    for part in [
        "policy::pack::unknown_input_path",
        "facts have no `input.layuot`",
        "mine.rego:15:",
        "did you mean `input.layout`?",
    ] {
        assert!(text.contains(part), "{text}");
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
fn what_a_users_rule_does_to_a_shipped_library_is_the_rules_problem() {
    let rule = format!(
        "{}package freehold.hardening.mine\n\nimport data.freehold.lib.coverage\n\n\
         deny contains \"x\" if coverage.database_deleted\n",
        metadata("")
    );
    let pack = load(&[("mine.rego", &rule)]).unwrap();
    assert!(!pack.warnings().is_empty());
    for warning in pack.warnings() {
        assert_eq!(warning.kind, ProblemKind::IncompleteNeeds);
        assert!(warning.file.ends_with("mine.rego"), "{warning:?}");
        assert!(warning.message.contains("policies/lib/"), "{warning:?}");
    }
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
fn a_package_that_does_not_exist_is_reported() {
    let rule = |name: &str| {
        format!("package main\n\nimport data.lib.{name}\n\ndeny contains \"x\" if {name}.bad\n")
    };
    let library = ("lib.rego", "package lib.images\n\nbad if 1 == 2\n");
    assert_eq!(problems(&[library, ("a.rego", &rule("images"))]), []);
    let found = problems(&[library, ("a.rego", &rule("imgaes"))]);
    assert_eq!(kinds(&found), [ProblemKind::UnknownDataPath], "{found:?}");
    let help = found[0].help.as_deref();
    assert_eq!(help, Some("did you mean `data.lib.images`?"));
}

#[test]
fn a_field_that_no_entry_of_a_table_has_is_reported() {
    let table = "hosts: {entries: {a: {name: A}, b: {name: B, gated: true}}}\n";
    let outcome = |field: &str| {
        let body = format!(
            "deny contains \"x\" if {{ some e in data.freehold.data.hosts.entries; e.{field} }}"
        );
        let rule = format!(
            "{}package freehold.hardening.mine\n\n{body}\n",
            metadata("")
        );
        kinds(&problems(&[
            ("data/hosts.yaml", table),
            ("mine.rego", &rule),
        ]))
    };
    assert_eq!(outcome("gated"), []);
    assert_eq!(outcome("gatd"), [ProblemKind::UnknownDataPath]);
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
fn a_users_file_cannot_add_to_a_shipped_package() {
    let pack = Pack::embedded().unwrap();
    let id = pack.rules()[0].info.id.clone();
    let text = format!("package freehold.{id}\n\n_helper(x) := x\n");
    let Err(error) = load(&[("mine.rego", &text)]) else {
        panic!("the file was accepted")
    };
    assert_eq!(kinds(listed(&error)), [ProblemKind::DuplicateId]);
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
    let members = format!(
        "package a\n\nx if {{ 1{} }}\n",
        " in 1 in 1 in\n1".repeat(9_000)
    );
    assert_eq!(
        kinds(&problems(&[("a.rego", &members)])),
        [ProblemKind::TooDeep]
    );
    let huge = format!("package a\n# {}\n", "x".repeat(2 << 20));
    assert_eq!(
        kinds(&problems(&[("a.rego", &huge)])),
        [ProblemKind::TooLarge]
    );

    let mut chain = "package a\n\nr0 := 1\n\ndeny contains \"x\" if r5000 == 1\n".to_owned();
    for number in 1..=5_000 {
        chain.push_str(&format!("r{number} := r{}\n", number - 1));
    }
    let pack = load(&[("a.rego", &chain)]).unwrap();
    assert_eq!(
        verdict_of("a", &pack, &facts(|_| {})).outcome,
        Outcome::Fail
    );

    let widest = format!(
        "package a\n\ndeny contains 1 if {{ 1{} }}\n",
        " in 1\nin 1".repeat(999)
    );
    let found = problems(&[("a.rego", &widest)]);
    assert!(!kinds(&found).contains(&ProblemKind::TooDeep), "{found:?}");

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
fn the_rule_in_the_readme_loads_without_a_warning() {
    let readme = include_str!("../../policies/README.md");
    let (_, after) = readme.split_once("```rego\n").unwrap();
    let (rule, _) = after.split_once("```").unwrap();
    assert!(rule.contains("package freehold.hardening.health_check"));
    for place in [
        "health_check.rego",
        "hardening/health_check/health_check.rego",
    ] {
        let pack = load(&[(place, rule)]).unwrap();
        assert_eq!(pack.warnings(), []);
        assert_eq!(
            verdict_of("hardening.health_check", &pack, &facts(|_| {})).outcome,
            Outcome::NotApplicable
        );
    }
}

#[test]
fn warnings_are_also_lines_of_text() {
    let text = "package main\n\ndeny contains \"x\" if count(input.pakages) > 0\n";
    let lines = load(&[("a.rego", text)]).unwrap().warning_lines();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("facts have no `input.pakages` ("),
        "{lines:?}"
    );
    assert!(
        lines[0].ends_with("a.rego:3); did you mean `input.packages`?"),
        "{lines:?}"
    );
}

#[test]
fn a_directory_without_a_rule_is_refused() {
    let test = "package main_test\n\ntest_x if true\n";
    let allow = "package main\n\nallow if true\n";
    for files in [
        vec![("notes.txt", "nothing")],
        vec![("a_test.rego", test)],
        vec![("a.rego", allow), ("a_test.rego", test)],
        vec![("values.yaml", "a: 1\n")],
    ] {
        let error = load(&files).unwrap_err();
        assert_eq!(kinds(listed(&error)), [ProblemKind::NoRules], "{files:?}");
        assert!(listed(&error)[0].help.is_some());
    }
    let rule = "package main\n\ndeny contains \"x\" if true\n";
    for files in [
        vec![("a.rego", rule)],
        vec![("data/mine.yaml", "mine: {}\n")],
        vec![("profiles/mine.yaml", "extends: gate\n")],
    ] {
        assert!(load(&files).is_ok(), "{files:?}");
    }
}

#[test]
fn each_directory_has_to_hold_a_rule_or_serve_one() {
    let directory = tempfile::tempdir().unwrap();
    let files = [
        (
            "rules/a.rego",
            "package main\n\ndeny contains \"x\" if data.mine.x\n",
        ),
        ("more/b.rego", "package main\n\nwarn contains \"y\"\n"),
        ("library/mine.rego", "package mine\n\nx := true\n"),
        ("empty/readme.md", "x"),
    ];
    write(directory.path(), &files);
    let paths = |names: &[&str]| -> Vec<std::path::PathBuf> {
        names
            .iter()
            .map(|name| directory.path().join(name))
            .collect()
    };
    assert!(Pack::load(&paths(&["rules", "more", "library"])).is_ok());
    let error = Pack::load(&paths(&["rules", "more", "empty"])).unwrap_err();
    assert_eq!(kinds(listed(&error)), [ProblemKind::NoRules]);
    assert!(listed(&error)[0].file.ends_with("empty"), "{error:?}");
    assert!(Pack::load(&paths(&["library"])).is_err());
}

#[test]
fn a_missing_directory_is_named_once_with_help() {
    let path = std::path::PathBuf::from("no/such/directory");
    let errors = [
        Pack::load(std::slice::from_ref(&path)).unwrap_err(),
        rule_tests::run(&path, &rule_tests::TestOptions::default()).unwrap_err(),
    ];
    for error in errors {
        let mut text = String::new();
        miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
            .render_report(&mut text, &error)
            .unwrap();
        assert_eq!(text.matches("no/such/directory").count(), 1, "{text}");
        assert_eq!(text.matches("policy::").count(), 1, "{text}");
        assert!(text.contains("does not exist"), "{text}");
        assert!(text.contains("help:"), "{text}");
    }
}
