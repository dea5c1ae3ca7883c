//! Rules written for conftest and Conforma, run as they are.

use freehold::policy::pack::Pack;
use freehold::policy::verdict::{FindingKind, Outcome, Severity, Verdict};
use serde_json::json;

use crate::judging::{facts, load, verdict_of};

fn pack(text: &str) -> Pack {
    load(&[("policy.rego", text)]).unwrap()
}

/// The verdict of a package called `release.images` with this body.
fn conforma(body: &str) -> Verdict {
    let pack = pack(&format!("package release.images\n\n{body}\n"));
    verdict_of("release.images", &pack, &facts(|_| {}))
}

fn found(verdict: &Verdict) -> Vec<(FindingKind, &str, &str)> {
    let findings = verdict.findings.iter();
    findings
        .map(|finding| (finding.kind, finding.subject.as_str(), finding.msg.as_str()))
        .collect()
}

#[test]
fn a_conforma_rule_with_its_library_is_understood() {
    let library = "package lib\n\nresult(code, params, term) := object.union(\n\
        \t_basic(code, params),\n\t{\"term\": term, \"collections\": [\"minimal\"]},\n)\n\n\
        _basic(code, params) := {\n\t\"code\": code,\n\
        \t\"msg\": sprintf(\"Label %q is missing\", params),\n\
        \t\"effective_on\": \"2022-01-01T00:00:00Z\",\n}\n"
        .replace("%q", "%s");
    let rule = "package release.labels\n\nimport data.lib\n\n\
        _required := {\"vendor\", \"version\"}\n\n\
        # METADATA\n# title: Required labels\n# custom:\n#   short_name: required_labels\n\
        deny contains result if {\n\tsome name in _required\n\
        \tnot name in object.keys(input.image.labels)\n\
        \tresult := lib.result(\"labels.required_labels\", [name], name)\n}\n";
    let pack = load(&[("lib.rego", &library), ("labels.rego", rule)]).unwrap();
    assert_eq!(pack.warnings(), []);
    let verdict = verdict_of("release.labels", &pack, &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Fail);
    let deny = FindingKind::Deny;
    let expected = [
        (
            deny,
            "code:labels.required_labels:vendor",
            "Label vendor is missing",
        ),
        (
            deny,
            "code:labels.required_labels:version",
            "Label version is missing",
        ),
    ];
    assert_eq!(found(&verdict), expected);
    let evidence = json!({
        "code": "labels.required_labels", "collections": ["minimal"],
        "effective_on": "2022-01-01T00:00:00Z", "term": "vendor"
    });
    assert_eq!(verdict.findings[0].evidence, evidence);
}

#[test]
fn a_denial_whose_time_has_not_come_is_a_warning_that_says_when() {
    let body = "deny contains {\"msg\": \"late\", \"code\": \"a.late\", \"effective_on\": \"2027-01-01T00:00:00Z\"}\n\n\
                deny contains {\"msg\": \"later\", \"code\": \"a.later\", \"effective_on\": \"2028-01-01T02:00:00+02:00\"}";
    let verdict = conforma(body);
    assert_eq!(verdict.outcome, Outcome::Warn);
    let reason = verdict.reason.as_deref();
    assert_eq!(reason, Some("a denial counts from 2027-01-01T00:00:00Z"));
    let kinds: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect();
    assert_eq!(kinds, [FindingKind::Warn, FindingKind::Warn]);
    for now_or_never in ["2026-11-21T00:00:00Z", "2020-01-01T00:00:00Z", "soon"] {
        let body =
            format!("deny contains {{\"msg\": \"x\", \"effective_on\": \"{now_or_never}\"}}");
        assert_eq!(conforma(&body).outcome, Outcome::Fail, "{now_or_never}");
    }
}

#[test]
fn severity_is_conformas_or_ours_and_never_lowers_by_accident() {
    let one = |rule: &str, severity: &str| {
        let verdict = conforma(&format!(
            "{rule} contains {{\"msg\": \"x\", \"severity\": \"{severity}\"}}"
        ));
        (verdict.outcome, verdict.findings[0].severity)
    };
    assert_eq!(one("deny", "warning"), (Outcome::Warn, Severity::High));
    assert_eq!(one("warn", "failure"), (Outcome::Fail, Severity::High));
    assert_eq!(one("deny", "low"), (Outcome::Fail, Severity::Low));
    assert_eq!(one("deny", "CRITICAL"), (Outcome::Fail, Severity::Critical));
    assert_eq!(one("deny", "blocker"), (Outcome::Fail, Severity::High));
}

#[test]
fn results_that_differ_in_code_term_or_words_alone_have_identities_of_their_own() {
    let body = "deny contains {\"msg\": \"x\", \"code\": \"a.b\"}\n\n\
                deny contains {\"msg\": \"x\", \"code\": \"a.c\"}\n\n\
                deny contains {\"msg\": \"x\", \"code\": \"a.c\", \"term\": \"t\"}\n\n\
                deny contains {\"msg\": \"x\", \"code\": \"a.c\", \"term\": [\"t\", \"u\"]}\n\n\
                deny contains \"one\"\n\ndeny contains \"two\"\n\n\
                deny contains {\"msg\": \"z\", \"subject\": \"pkg:deb/a\"}";
    let verdict = conforma(body);
    let mut identities: Vec<_> = verdict.findings.iter().map(|f| &f.fingerprint).collect();
    identities.sort();
    identities.dedup();
    assert_eq!(identities.len(), 7, "{:#?}", verdict.findings);
    let subjects: Vec<_> = verdict
        .findings
        .iter()
        .map(|f| f.subject.as_str())
        .collect();
    let expected = [
        "code:a.b",
        "code:a.c",
        "code:a.c:t",
        "code:a.c:t,u",
        "image",
        "image",
        "pkg:deb/a",
    ];
    assert_eq!(subjects, expected);
    // The words of a coded result may change.
    let reworded = conforma("deny contains {\"msg\": \"other words\", \"code\": \"a.b\"}");
    assert_eq!(
        reworded.findings[0].fingerprint,
        verdict.findings[0].fingerprint
    );
}

#[test]
fn whatever_else_a_result_holds_is_evidence() {
    let body = "violation contains {\"msg\": \"x\", \"details\": {\"user\": input.image.config.user},\n\
                \"metadata\": {\"id\": 7}, \"subject\": \"Deployment/web\", \"evidence\": {\"n\": 1}}";
    let verdict = conforma(body);
    let finding = &verdict.findings[0];
    assert_eq!(finding.subject, "image");
    let evidence = json!({
        "n": 1, "details": {"user": ""}, "metadata": {"id": 7}, "subject": "Deployment/web"
    });
    assert_eq!(finding.evidence, evidence);
}

const CONFTEST: &str = "package main\n\ndeny_root_user contains msg if {\n\
    \tinput.image.config.runs_as_root\n\tmsg := \"the image runs as root\"\n}\n\n\
    violation_no_health contains {\"msg\": \"no health check\"} if {\n\
    \tinput.image.config.health == \"none\"\n}\n\n";

#[test]
fn an_exception_of_conftest_keeps_a_result_from_failing_and_in_sight() {
    let exception = "exception contains rules if {\n\tinput.image.role.name == \"runtime\"\n\
                     \trules := [\"root_user\"]\n}\n";
    let verdict = verdict_of(
        "main",
        &pack(&format!("{CONFTEST}{exception}")),
        &facts(|_| {}),
    );
    assert_eq!(verdict.outcome, Outcome::Fail);
    let expected = [
        (FindingKind::Deny, "image", "no health check"),
        (FindingKind::Warn, "image", "the image runs as root"),
    ];
    assert_eq!(found(&verdict), expected);
    assert_eq!(verdict.findings[1].evidence, json!({"exempt": true}));

    let both = "exception contains [\"root_user\", \"no_health\"]\n";
    let verdict = verdict_of("main", &pack(&format!("{CONFTEST}{both}")), &facts(|_| {}));
    assert_eq!(verdict.outcome, Outcome::Warn);
    let reason = verdict.reason.unwrap();
    assert_eq!(
        reason,
        "the policy's own `exception` covers 2 of its results"
    );

    let other_role = exception.replace("runtime", "app");
    let verdict = verdict_of(
        "main",
        &pack(&format!("{CONFTEST}{other_role}")),
        &facts(|_| {}),
    );
    assert_eq!(
        verdict
            .findings
            .iter()
            .filter(|f| f.kind == FindingKind::Deny)
            .count(),
        2
    );
}

#[test]
fn the_empty_exception_covers_deny_itself_and_nothing_else() {
    let text = format!("{CONFTEST}deny contains \"plain\"\n\nexception contains [\"\"]\n");
    let verdict = verdict_of("main", &pack(&text), &facts(|_| {}));
    let expected = [
        (FindingKind::Deny, "image", "no health check"),
        (FindingKind::Deny, "image", "the image runs as root"),
        (FindingKind::Warn, "image", "plain"),
    ];
    assert_eq!(found(&verdict), expected);
}

#[test]
fn an_exception_that_is_no_list_of_names_makes_the_policy_unknown() {
    for exception in [
        "exception contains \"root_user\"",
        "exception := true",
        "exception contains [7]",
    ] {
        let verdict = verdict_of(
            "main",
            &pack(&format!("{CONFTEST}{exception}\n")),
            &facts(|_| {}),
        );
        assert_eq!(verdict.outcome, Outcome::Unknown, "{exception}");
        assert!(verdict.reason.unwrap().contains("`data.main.exception`"));
    }
}
