//! The policy engine's bounds: what is refused at load, what is stopped, and what threads share.

use freehold::policy::error::{PolicyError, Problem, ProblemKind};
use freehold::policy::evaluate;
use freehold::policy::profile::Profile;
use freehold::policy::verdict::Outcome;
use miette::Diagnostic as _;

use crate::judging::{NOW, facts, judge, kinds, load, metadata, problems, verdict_of};

/// The one problem of a pack that is refused: its kind, with file, line and remedy.
fn refused(text: &str) -> Problem {
    let error = load(&[("hostile.rego", text)]).expect_err(text);
    let [problem] = error.problems() else {
        panic!("{text}: {error:?}")
    };
    assert!(problem.file.ends_with("hostile.rego"), "{problem:?}");
    assert!(problem.line.is_some(), "{problem:?}");
    assert!(problem.help.is_some(), "{problem:?}");
    problem.clone()
}

#[test]
fn what_cannot_be_run_is_refused_with_file_line_and_remedy() {
    let nested = format!("x := {}{}", "[".repeat(20), "]".repeat(20));
    let links = format!("x := input{}", "[0\n]".repeat(15_000));
    let metadata = "deny contains rego.metadata.rule().title";
    let cases = [
        ("x := {", ProblemKind::Syntax),
        ("deny contains \"x\" if y > 1", ProblemKind::Syntax),
        (&nested, ProblemKind::TooDeep),
        (&links, ProblemKind::TooDeep),
        (
            "x := n if some n in numbers.range(1, 100000000)",
            ProblemKind::ExcessiveWork,
        ),
        (
            "x := numbers.range(-100000000, 1)",
            ProblemKind::ExcessiveWork,
        ),
        (
            "x := numbers.range_step(0, 100000000, 2)",
            ProblemKind::ExcessiveWork,
        ),
        (
            "x := sprintf(\"%1000000000d\", [1])",
            ProblemKind::ExcessiveWork,
        ),
        ("x := bits.lsh(1, 1000000000)", ProblemKind::ExcessiveWork),
        (metadata, ProblemKind::ForbiddenBuiltin),
        ("x := rego.metadata.chain()", ProblemKind::ForbiddenBuiltin),
        ("x := nonsense(1)", ProblemKind::UnknownFunction),
        ("x := crypto.sha256(\"a\")", ProblemKind::UnknownFunction),
        ("x := data.lib.nonsense(1)", ProblemKind::UnknownFunction),
    ];
    for (body, kind) in cases {
        let problem = refused(&format!("package hostile\n\n{body}\n"));
        assert_eq!(problem.kind, kind, "{body}: {problem:?}");
    }
    let chain = refused("package hostile\n\nx := rego.metadata.chain()\n");
    assert!(chain.message.contains("`rego.metadata.chain`"), "{chain:?}");
    assert!(chain.help.unwrap().contains("METADATA"));
    let hash = refused("package hostile\n\nx := crypto.sha256(\"a\")\n");
    assert!(hash.help.unwrap().contains("OPA has it"));
}

#[test]
fn what_a_rule_can_need_is_not_refused() {
    for body in [
        "deny contains sprintf(\"%-20s is %5.2f %%\", [\"a\", 1.5])",
        "deny contains \"x\" if count(numbers.range(1, 1000)) > 1",
        "deny contains \"x\" if bits.lsh(1, 12) == 4096",
    ] {
        let found = problems(&[("fine.rego", &format!("package fine\n\n{body}\n"))]);
        assert_eq!(found, [], "{body}");
    }
}

#[test]
fn a_rule_that_says_too_much_ends_the_run_and_is_named() {
    let long = "concat(\"\", [\"0123456789\" | some _ in numbers.range(1, 7000)])";
    let most = "concat(\"\", [\"0123456789\" | some _ in numbers.range(1, 6000)])";
    for (body, limit) in [
        (
            "deny contains sprintf(\"%d\", [n]) if some n in numbers.range(1, 10001)".to_owned(),
            "10000 findings",
        ),
        (format!("deny contains {long}"), "bytes of one message"),
        (
            format!(
                "deny contains {{\"msg\": \"x\", \"subject\": concat(\"\", [\"path:/\", {long}])}}"
            ),
            "bytes of one message",
        ),
        (
            "deny contains {\"msg\": \"x\", \"evidence\": {\"all\": numbers.range(1, 200000)}}"
                .to_owned(),
            "bytes of evidence",
        ),
        (
            format!(
                "_long := {most}\n\nwarn contains sprintf(\"%d %s\", [n, _long]) if {{\n\
                     \tsome n in numbers.range(1, 400)\n}}"
            ),
            "bytes of findings",
        ),
    ] {
        let text = format!(
            "{}package freehold.hardening.mine\n\n{body}\n",
            metadata("")
        );
        let pack = load(&[("mine.rego", &text)]).unwrap();
        let profile = Profile::everything(&pack);
        let error = evaluate(&pack, &profile, &facts(|_| {}), NOW).unwrap_err();
        assert!(
            matches!(error, PolicyError::OutputLimit { .. }),
            "{error:?}"
        );
        let message = error.to_string();
        for part in ["rule `hardening.mine`", "mine.rego", limit] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(error.help().is_some());
    }
}

#[test]
fn a_key_that_the_contract_does_not_have_makes_the_rule_unknown() {
    let body = "deny contains {\"msg\": \"x\", \"sujbect\": \"path:/x\"}";
    let verdict = judge("", body, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Unknown);
    let reason = verdict.reason.unwrap();
    assert!(reason.contains("did you mean `subject`?"), "{reason}");
}

#[test]
fn a_rule_beside_a_refused_one_is_not_judged_either() {
    let fine = "package fine\n\ndeny contains \"x\"\n";
    let found = problems(&[
        ("fine.rego", fine),
        (
            "broken.rego",
            "package broken\n\ndeny contains nonsense(1)\n",
        ),
    ]);
    assert_eq!(kinds(&found), [ProblemKind::UnknownFunction]);
}

#[test]
fn threads_that_share_a_pack_give_the_same_verdicts() {
    let own = "package main\n\ndeny contains msg if {\n\tsome n in numbers.range(1, 300)\n\
               \tmsg := sprintf(\"%d %s\", [n, input.image.reference])\n}\n";
    let pack = load(&[("main.rego", own)]).unwrap();
    let profile = Profile::everything(&pack);
    let images: Vec<_> = ["one", "two", "three"]
        .into_iter()
        .map(|name| facts(|document| document["image"]["reference"] = name.into()))
        .collect();
    let alone: Vec<_> = images
        .iter()
        .map(|facts| {
            let fresh = load(&[("main.rego", own)]).unwrap();
            evaluate(&fresh, &Profile::everything(&fresh), facts, NOW).unwrap()
        })
        .collect();
    assert_ne!(alone[0], alone[1]);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..6)
            .map(|at| {
                let (pack, profile, facts) = (&pack, &profile, &images[at % 3]);
                scope.spawn(move || evaluate(pack, profile, facts, NOW).unwrap())
            })
            .collect();
        for (at, thread) in running.into_iter().enumerate() {
            let verdicts = thread.join().unwrap();
            let changed = |left: &freehold::policy::verdict::Verdict, right: &_| left != right;
            let mut pairs = verdicts.iter().zip(&alone[at % 3]);
            // The directory of the user's rule is a new one each time; nothing else may differ.
            assert!(!pairs.any(|(left, right)| changed(left, right)));
            assert_eq!(verdicts.len(), alone[at % 3].len());
        }
    });
}

#[test]
fn another_time_or_profile_is_not_answered_from_what_was_prepared_before() {
    let text = "package main\n\ndeny contains data.freehold.now\n";
    let pack = load(&[("main.rego", text)]).unwrap();
    let profile = Profile::everything(&pack);
    let facts = facts(|_| {});
    for now in [NOW, "2027-01-01T00:00:00Z", NOW] {
        pack.prepare(&profile, NOW).unwrap();
        let verdicts = evaluate(&pack, &profile, &facts, now).unwrap();
        let main = verdicts.iter().find(|verdict| verdict.rule.id == "main");
        assert_eq!(main.unwrap().findings[0].msg, now);
    }
}

#[test]
fn a_chain_of_functions_is_as_long_as_it_may_be() {
    let mut chain = "package a\n\nf0(x) := x\n\ndeny contains \"x\" if f5000(1) == 1\n".to_owned();
    for number in 1..=5_000 {
        chain.push_str(&format!("f{number}(x) := f{}(x)\n", number - 1));
    }
    let pack = load(&[("a.rego", &chain)]).unwrap();
    let verdict = verdict_of("a", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Fail, "{:?}", verdict.reason);
    let too_many: String = (0..10_001).map(|n| format!("r{n} := 1\n")).collect();
    let error = load(&[("a.rego", &format!("package a\n\n{too_many}"))]).unwrap_err();
    assert_eq!(kinds(error.problems()), [ProblemKind::TooLarge]);
    assert!(error.problems()[0].help.is_some());
}

#[test]
fn of_an_imported_package_only_what_is_named_is_evaluated() {
    let library = "package lib\n\nok := 1\n\nboom := 1 / count(input.packages)\n";
    let rule = "package main\n\nimport data.lib\n\ndeny contains \"x\" if lib.ok == 1\n";
    let pack = load(&[("lib.rego", library), ("main.rego", rule)]).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Fail);
    assert_eq!(verdict.reason, None);

    let one = "package one\n\nimport data.two\n\ndeny contains \"x\" if two.b == 1\n\nc := 1\n";
    let two = "package two\n\nimport data.one\n\nb := one.c\n";
    let pack = load(&[("one.rego", one), ("two.rego", two)]).unwrap();
    let verdict = verdict_of("one", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Fail, "{:?}", verdict.reason);

    let boom = rule.replace("lib.ok", "lib.boom");
    let pack = load(&[("lib.rego", library), ("main.rego", &boom)]).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Unknown);
}
