//! The formats other programs read: valid by their own rules, within their readers' limits, and deaf
//! to what an image says.

use std::collections::{BTreeMap, BTreeSet};

use freehold::policy::verdict::{Outcome, Severity};
use freehold::report::document::{
    BaselineReport, FindingReport, ImageReport, NamedFinding, Report, WaivedUnknown, WaiverReport,
    WaiverState,
};
use freehold::report::{github, junit, markdown, sarif};
use freehold::scorecard::Axis;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::reports::poison;
use super::sample_report::{blocked, comparison, finding, image, report, rule};

/// Markup and commands of every reader.
const MARKUP: &str = "a|b `c <img src=x> @team #1 !2 [x](https://e.example) **b** :tada: ::error::no \
                      ##[add-mask]x %0A ]]> &amp; {0} \"q\" /close \u{ffff}\u{1b}[2J";

/// Every one of these formats, by name.
pub fn every_format(report: &Report) -> Vec<(&'static str, String)> {
    vec![
        ("sarif", sarif::print(report, None).unwrap()),
        ("junit", junit::print(report, None)),
        ("github", github::print(report, None)),
        ("markdown", markdown::print(report, None)),
    ]
}

fn waiver(state: WaiverState) -> WaiverReport {
    WaiverReport {
        rule: "proprietary.traceable_executables".to_owned(),
        image: None,
        subject: Some("path:/opt/acme/bin/agent-3".to_owned()),
        reason: "goes with the next release".to_owned(),
        ticket: Some("SEC-812".to_owned()),
        approver: Some("platform team".to_owned()),
        expires: "2027-01-31".to_owned(),
        state,
        place: "freehold.yaml:12".to_owned(),
    }
}

/// An image of which two findings block, one is waived, one is known and the others are told; a
/// required rule is unknown, another is not, a threshold is missed and a waiver has lapsed.
fn checked(reference: &str) -> ImageReport {
    let mut image = image(reference);
    let rules = &mut image.scorecard.rules;
    rules[0].findings[2].waiver = Some(waiver(WaiverState::Active));
    for found in rules.iter_mut().flat_map(|rule| &mut rule.findings) {
        found.known = Some(found.subject.ends_with("agent-4"));
        found.fingerprint = format!(
            "{:0>64}",
            found.subject.len() + found.subject.bytes().map(usize::from).sum::<usize>()
        );
    }
    let mut unknown = rule("provenance.other", Axis::Evidence, Outcome::Unknown, None);
    unknown.reason = Some("packages could not be read".to_owned());
    rules.push(unknown);
    let mut none = rule("fhs.none", Axis::Portability, Outcome::NotApplicable, None);
    none.reason = Some("the image is empty".to_owned());
    rules.push(none);
    let mut gate = blocked(&image);
    gate.unknown_other = vec!["provenance.other".to_owned()];
    gate.lapsed = vec![waiver(WaiverState::Lapsed)];
    image.scorecard.verdict = Some("blocked".to_owned());
    image.gate = Some(gate);
    image
}

fn check_report() -> Report {
    let mut report = report("check", vec![checked("registry.example/team/app:1.2")]);
    report.run.baseline = Some(BaselineReport {
        file: "main.json".to_owned(),
        digest: "ab".repeat(32),
        judged_at: "2026-11-20T08:00:00Z".to_owned(),
    });
    report
}

fn advised(mut report: Report) -> Report {
    for gate in report
        .images
        .iter_mut()
        .filter_map(|image| image.gate.as_mut())
    {
        gate.advised = true;
    }
    report
}

fn not_read_too() -> Report {
    let mut report = check_report();
    poison(&mut report, "gone");
    report
}

fn all_reports() -> Vec<Report> {
    let scan = report(
        "scan",
        vec![image("oci-dir:images/one"), image("oci-dir:images/two")],
    );
    let mut compare = report("compare", vec![image("a"), image("b")]);
    compare.comparison = Some(comparison(&compare.images));
    let nothing = Report {
        images: Vec::new(),
        ..not_read_too()
    };
    vec![
        scan,
        check_report(),
        advised(check_report()),
        not_read_too(),
        compare,
        nothing,
    ]
}

fn log(report: &Report) -> Value {
    serde_json::from_str(&sarif::print(report, None).unwrap()).unwrap()
}

fn results(report: &Report) -> Vec<Value> {
    log(report)["runs"][0]["results"]
        .as_array()
        .unwrap()
        .clone()
}

fn about<'a>(results: &'a [Value], subject: &str) -> &'a Value {
    let subject = format!("path:{subject}");
    let mut found = results
        .iter()
        .filter(|one| one["properties"]["subject"] == *subject);
    found.next().unwrap_or_else(|| panic!("{subject}"))
}

#[test]
fn every_sarif_log_is_valid_by_the_schema_of_oasis() {
    let schema = include_str!("../fixtures/sarif/sarif-schema-2.1.0.json");
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    // A pattern with a stray bracket is no regular expression; the errata of the standard mend it so.
    for object in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][object]["properties"]["language"];
        assert!(language["pattern"].as_str().unwrap().contains("]?"));
        language["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    for mut report in all_reports() {
        for text in ["", MARKUP, "../../%zz:\\x?#y"] {
            if !text.is_empty() {
                poison(&mut report, text);
            }
            let log = log(&report);
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }
}

#[test]
fn a_sarif_log_has_one_run_that_code_scanning_takes() {
    for mut report in all_reports() {
        poison(&mut report, MARKUP);
        let log = log(&report);
        assert_eq!(log["runs"].as_array().unwrap().len(), 1);
        let run = &log["runs"][0];
        assert_eq!(run["automationDetails"], Value::Null);
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            let tags = rule["properties"]["tags"].as_array().unwrap();
            let distinct: BTreeSet<_> = tags.iter().map(Value::to_string).collect();
            assert!(tags.len() <= 10 && distinct.len() == tags.len(), "{tags:?}");
        }
        for result in run["results"].as_array().unwrap() {
            let locations = result["locations"].as_array().unwrap();
            assert_eq!(locations.len(), 1);
            let uri = locations[0]["physicalLocation"]["artifactLocation"]["uri"].as_str();
            let uri = uri.unwrap();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
            assert!(uri.bytes().all(plain) && !uri.starts_with('/'), "{uri}");
            assert!(
                !uri.split('/').any(|part| matches!(part, "" | "." | "..")),
                "{uri}"
            );
            let message = result["message"]["text"].as_str().unwrap();
            assert!(!message.contains("]("), "{message}");
        }
    }
}

#[test]
fn a_result_names_the_image_the_layer_and_the_fix() {
    let report = check_report();
    let results = results(&report);
    let result = about(&results, "/opt/acme/bin/agent-1");
    let location = &result["locations"][0];
    assert_eq!(
        location["physicalLocation"]["artifactLocation"]["uri"],
        "registry.example/team/app/opt/acme/bin/agent-1"
    );
    assert_eq!(
        location["logicalLocations"][0]["name"],
        "registry.example/team/app:1.2"
    );
    assert_eq!(location["logicalLocations"][1]["name"], "layer 2");
    assert_eq!(result["level"], "error");
    assert_eq!(result["properties"]["blocks"], true);
    let message = result["message"]["text"].as_str().unwrap();
    for part in [
        "/opt/acme/bin/agent-1 belongs to no package\n",
        "Image registry.example/team/app:1.2 (linux/amd64), layer 2, yours: COPY agent",
        "\nFix: Install the file as a package",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
}

#[test]
fn what_is_waived_or_known_says_so_in_sarif() {
    let results = results(&check_report());
    let waived = &about(&results, "/opt/acme/bin/agent-3")["suppressions"][0];
    assert_eq!(waived["kind"], "external");
    assert_eq!(waived["status"], "accepted");
    assert_eq!(waived["justification"], "goes with the next release");
    assert_eq!(
        about(&results, "/opt/acme/bin/agent-1")["suppressions"],
        Value::Null
    );
    let known: Vec<&Value> = results
        .iter()
        .filter(|one| one["baselineState"] == "unchanged")
        .collect();
    assert_eq!(known.len(), 1);
    assert_eq!(
        known[0]["properties"]["subject"],
        "path:/opt/acme/bin/agent-4"
    );
    assert!(results.iter().all(|one| one["baselineState"].is_string()));
}

/// A check that passes, since somebody excused what is unknown and the baseline misses the threshold
/// too.
fn excused() -> Report {
    let mut report = check_report();
    let gate = report.images[0].gate.as_mut().unwrap();
    gate.blocked = false;
    gate.blocking.clear();
    gate.lapsed.clear();
    gate.thresholds_known = std::mem::take(&mut gate.thresholds_missed);
    gate.unknown_required.clear();
    gate.unknown_waived = vec![WaivedUnknown {
        rule: "provenance.sbom_present".to_owned(),
        waiver: waiver(WaiverState::Active),
    }];
    report
}

#[test]
fn a_known_threshold_and_a_waived_unknown_are_told_in_every_format_and_block_in_none() {
    let report = excused();
    let all = every_format(&report);
    for (format, text) in &all {
        assert!(text.contains("threshold.portability"), "{format}: {text}");
    }
    for (format, text) in all.iter().filter(|(format, _)| *format != "github") {
        // The reason of the unknown rule, and of the waived finding.
        let said = text.matches("goes with the next release").count();
        assert!(said >= 2, "{format}: {text}");
    }
    let results = results(&report);
    let known = results
        .iter()
        .find(|one| one["ruleId"] == "threshold.portability");
    let known = known.unwrap();
    assert_eq!(known["baselineState"], "unchanged");
    assert_eq!(known["properties"]["blocks"], false);
    assert!(!github::print(&report, None).contains("::error"));
    let junit = junit::print(&report, None);
    assert!(junit.contains("failures=\"0\" errors=\"0\""), "{junit}");
    let markdown = markdown::print(&report, None);
    assert!(
        markdown.contains("Known from the baseline: 2"),
        "{markdown}"
    );
    assert!(!markdown.contains("#### Blocks"), "{markdown}");
}

#[test]
fn markdown_says_what_the_services_of_a_team_need() {
    for (command, part) in [
        (
            "scan",
            "#### Requirements\n\n- 4, 1 met, 1 with its build sibling, 1 unmet, 1 unknown: serves ",
        ),
        ("compare", "| what your services need | A | B |"),
    ] {
        let mut report = report(command, vec![image("a"), image("b")]);
        report.comparison = (command == "compare").then(|| comparison(&report.images));
        let text = markdown::print(&report, None);
        assert!(text.contains(part), "{text}");
        let needs = &report.images[0].requirements.as_ref().unwrap().needs;
        for need in needs.iter().skip(1) {
            assert!(text.contains(&need.name), "{}: {text}", need.name);
        }
    }
}

#[test]
fn unknown_is_an_error_where_it_is_required_and_no_pass_elsewhere() {
    let report = check_report();
    let log = log(&report);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |id: &str| results.iter().find(|one| one["ruleId"] == *id);
    assert_eq!(of("provenance.sbom_present").unwrap()["level"], "error");
    assert_eq!(of("threshold.portability").unwrap()["level"], "error");
    assert!(of("waiver.proprietary.traceable_executables").is_some());
    assert!(of("provenance.other").is_none());
    assert!(results.iter().all(|one| one["kind"].is_null()));
    let told = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let told: Vec<&Value> = told.as_array().unwrap().iter().collect();
    let unknown = told
        .iter()
        .find(|one| one["associatedRule"]["id"] == "provenance.other");
    assert_eq!(unknown.unwrap()["level"], "warning");
    let gap = |one: &&&Value| {
        one["message"]["text"]
            .as_str()
            .unwrap()
            .contains("app.spdx.json")
    };
    assert!(told.iter().any(|one| gap(&one)));
}

#[test]
fn a_rule_at_fault_is_no_missing_evidence_and_no_successful_execution() {
    let mut report = check_report();
    let rules = report.images[0].scorecard.rules.iter_mut();
    for rule in rules.filter(|rule| rule.id == "provenance.sbom_present") {
        rule.at_fault = true;
    }
    for (format, text) in every_format(&report) {
        assert!(text.contains("itself at fault"), "{format}: {text}");
    }
    let invocation = &log(&report)["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 2);
}

#[test]
fn an_image_that_could_not_be_read_is_no_successful_execution() {
    let invocation = |report: &Report| log(report)["runs"][0]["invocations"][0].clone();
    assert_eq!(invocation(&check_report())["executionSuccessful"], true);
    assert_eq!(invocation(&check_report())["exitCode"], 1);
    assert_eq!(invocation(&advised(check_report()))["exitCode"], 0);
    let failed = invocation(&not_read_too());
    assert_eq!(failed["executionSuccessful"], false);
    assert_eq!(failed["exitCode"], 2);
    assert_eq!(failed["toolExecutionNotifications"][0]["level"], "error");
}

fn prints(report: &Report) -> BTreeMap<String, String> {
    let results = results(report);
    let of = |one: &Value| {
        let print = one["partialFingerprints"]["primaryLocationLineHash"].as_str();
        (
            one["ruleId"].to_string() + &one["properties"]["subject"].to_string(),
            print.unwrap().to_owned(),
        )
    };
    results.iter().map(of).collect()
}

#[test]
fn a_fingerprint_outlives_a_build_and_tells_images_apart() {
    let first = check_report();
    let mut next = check_report();
    let image = &mut next.images[0];
    image.reference = "registry.example/team/app:1.3".to_owned();
    image.digest = Some(format!("sha256:{}", "11".repeat(32)));
    for found in image
        .scorecard
        .rules
        .iter_mut()
        .flat_map(|rule| &mut rule.findings)
    {
        found.msg.push_str(" at all");
        found.evidence["layer"] = 1.into();
    }
    assert_eq!(prints(&first), prints(&next));
    next.images[0].reference = "registry.example/team/other:1.3".to_owned();
    let (first, next) = (prints(&first), prints(&next));
    assert!(first.iter().all(|(key, print)| next[key] != *print));
    let distinct: BTreeSet<&String> = first.values().collect();
    assert_eq!(distinct.len(), first.len());
}

#[test]
fn what_is_over_the_limit_of_code_scanning_is_the_least_severe_and_is_told() {
    let mut report = report("scan", vec![image("a"), image("b")]);
    for image in &mut report.images {
        let found: Vec<FindingReport> = (0..13_000)
            .map(|number| finding(&format!("/x/{number}"), "x", Severity::Low, 1))
            .collect();
        image.scorecard.rules[0].findings.extend(found);
    }
    let log = log(&report);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    let high = results
        .iter()
        .filter(|one| one["properties"]["severity"] == "high");
    assert_eq!(high.count(), 14);
    let told = run["invocations"][0]["toolExecutionNotifications"][0]["message"].to_string();
    assert!(told.contains("1016 results over 25000"), "{told}");
}

/// What an element may hold and which attributes it may have, as far as Jenkins' `junit-10.xsd`
/// (xunit-plugin) says.
fn allowed(element: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match element {
        "" => (&["testsuites"], &[]),
        "testsuites" => (&["testsuite"], &["name", "tests", "failures", "errors"]),
        "testsuite" => (
            &["properties", "testcase", "system-err"],
            &[
                "name",
                "tests",
                "failures",
                "errors",
                "skipped",
                "timestamp",
            ],
        ),
        "properties" => (&["property"], &[]),
        "property" => (&[], &["name", "value"]),
        "testcase" => (&["failure", "error", "skipped"], &["classname", "name"]),
        "failure" | "error" | "skipped" => (&[], &["message", "type"]),
        _ => (&[], &[]),
    }
}

/// The cases of a JUnit document by suite and name: the element inside, and its message.
fn cases(document: &str) -> BTreeMap<(String, String), (String, String)> {
    let mut reader = Reader::from_str(document);
    let mut open: Vec<String> = vec![String::new()];
    let mut cases = BTreeMap::new();
    let mut last = (String::new(), String::new());
    loop {
        let event = reader.read_event().unwrap();
        let (start, closes) = match &event {
            Event::Start(start) => (start, false),
            Event::Empty(start) => (start, true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let name = start.name().as_ref().to_owned();
        let parent = open.last().unwrap().as_str();
        assert!(
            allowed(parent).0.contains(&name.as_str()),
            "{name} in {parent}"
        );
        let attributes = attributes(start);
        let mut keys = attributes.keys().map(String::as_str);
        assert!(
            keys.all(|key| allowed(&name).1.contains(&key)),
            "{name}: {attributes:?}"
        );
        if name == "testcase" {
            last = (attributes["classname"].clone(), attributes["name"].clone());
            let passed = ("passed".to_owned(), String::new());
            assert_eq!(
                cases.insert(last.clone(), passed),
                None,
                "{last:?} comes up twice"
            );
        } else if parent == "testcase" {
            cases.insert(last.clone(), (name.clone(), attributes["message"].clone()));
        }
        if !closes {
            open.push(name);
        }
    }
    assert_eq!(open.len(), 1);
    cases
}

fn attributes(start: &BytesStart<'_>) -> BTreeMap<String, String> {
    start
        .attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let key = attribute.key.as_ref().to_owned();
            let value = attribute.value.into_owned();
            (
                key,
                quick_xml::escape::unescape(&value).unwrap().into_owned(),
            )
        })
        .collect()
}

#[test]
fn junit_answers_as_the_gate_does() {
    let image = "registry.example/team/app:1.2";
    let shown = cases(&junit::print(&check_report(), None));
    let of = |name: &str| {
        let (result, message) = &shown[&(image.to_owned(), name.to_owned())];
        (result.as_str(), message.as_str())
    };
    let failed = of("proprietary.traceable_executables");
    assert_eq!(
        failed,
        (
            "failure",
            "/opt/acme/bin/agent-1 belongs to no package, and 6 more"
        )
    );
    assert_eq!(of("hardening.non_root_user").0, "passed");
    assert_eq!(of("provenance.sbom_present").0, "error");
    assert_eq!(of("threshold.portability").0, "failure");
    assert_eq!(of("waiver.proprietary.traceable_executables").0, "failure");
    for (name, start) in [
        ("customization.add_package_path", "warning: "),
        ("provenance.other", "unknown: packages could not be read"),
        ("fhs.none", "not applicable: the image is empty"),
    ] {
        assert_eq!(of(name).0, "skipped", "{name}");
        assert!(of(name).1.starts_with(start), "{name}: {}", of(name).1);
    }
    let advice = cases(&junit::print(&advised(check_report()), None));
    let bad = |(result, _): &&(String, String)| matches!(result.as_str(), "failure" | "error");
    assert_eq!(advice.values().filter(bad).count(), 0);
}

#[test]
fn every_junit_report_reads_strictly_and_counts_right() {
    for mut report in all_reports() {
        for text in ["", MARKUP] {
            if !text.is_empty() {
                poison(&mut report, text);
            }
            let document = junit::print(&report, None);
            let cases = cases(&document);
            let count = |kind: &str| cases.values().filter(|(result, _)| result == kind).count();
            let line = document.lines().nth(1).unwrap();
            let said = format!(
                "tests=\"{}\" failures=\"{}\" errors=\"{}\">",
                cases.len(),
                count("failure"),
                count("error")
            );
            assert!(line.contains(&said), "{line}\n{said}");
        }
    }
}

#[test]
fn every_line_for_github_is_one_command() {
    for mut report in all_reports() {
        poison(&mut report, MARKUP);
        for line in github::print(&report, None).lines() {
            let kinds = ["::error title=", "::warning title=", "::notice title="];
            let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind));
            let (title, message) = rest
                .unwrap_or_else(|| panic!("{line}"))
                .split_once("::")
                .unwrap();
            assert!(!title.contains([',', ':']), "{title}");
            for text in [title, message] {
                let mut after = text.split('%').skip(1);
                let known = ["25", "0D", "0A", "3A", "2C"];
                assert!(
                    after.all(|rest| known.iter().any(|code| rest.starts_with(code))),
                    "{text}"
                );
            }
            assert!(!message.contains("%0AA|"), "{message}");
        }
    }
}

#[test]
fn github_is_given_ten_of_a_kind_and_the_worst_first() {
    let mut report = check_report();
    let image = &mut report.images[0];
    image.scorecard.rules = (0..30)
        .map(|at| {
            let mut rule = rule(
                &format!("proprietary.x{at}"),
                Axis::Portability,
                Outcome::Fail,
                Some(0.0),
            );
            let severity = if at == 29 {
                Severity::Critical
            } else {
                Severity::High
            };
            rule.findings = (0..7)
                .map(|file| {
                    let path = format!("/x/{at}/{file}");
                    finding(&path, &format!("{path} is wrong"), severity, 2)
                })
                .collect();
            rule
        })
        .collect();
    let mut gate = blocked(image);
    gate.blocking = image
        .scorecard
        .rules
        .iter()
        .flat_map(|rule| {
            rule.findings.iter().map(|finding| NamedFinding {
                rule: rule.id.clone(),
                finding: finding.clone(),
            })
        })
        .collect();
    gate.lapsed.clear();
    gate.thresholds_missed.clear();
    gate.unknown_required.clear();
    image.gate = Some(gate);
    let text = github::print(&report, None);
    let errors: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("::error "))
        .collect();
    assert_eq!(errors.len(), 10, "{text}");
    for part in [
        "(critical%2C blocks)::/x/29/0 is wrong; layer 2, yours: COPY agent",
        "%0A/x/29/4 is wrong",
        "%0Aand 2 more%0Afix: Install",
        "%0Aimage: registry.example/team/app:1.2",
    ] {
        assert!(errors[0].contains(part), "{part}\n{}", errors[0]);
    }
    let last = "::error title=21 more errors::";
    assert!(errors[9].starts_with(last), "{}", errors[9]);
    let advice = github::print(&advised(report), None);
    assert!(!advice.contains("::error"), "{advice}");
}

/// The line without its code spans (CommonMark 0.31.2, 6.1), and without our own folding.
fn outside_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let after = rest[start..].trim_start_matches('`');
        let fence = "`".repeat(rest[start..].len() - after.len());
        let mut from = 0;
        let end = loop {
            let Some(at) = after[from..].find(&fence).map(|at| at + from) else {
                break None;
            };
            let run = after[at..].len() - after[at..].trim_start_matches('`').len();
            if run == fence.len() {
                break Some(at + run);
            }
            from = at + run;
        };
        let Some(end) = end else {
            panic!("a code span has no end: {line}");
        };
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

#[test]
fn nothing_an_image_says_is_markup() {
    for mut report in all_reports() {
        for text in [MARKUP, "`", "``x`y", "\n/close\n# x", "a\\`b|"] {
            poison(&mut report, text);
            for line in markdown::print(&report, None).lines() {
                let outside = outside_code(line);
                let own = ["<details><summary>", "</summary>", "</details>", "**"];
                let outside = own.iter().fold(outside, |text, tag| text.replace(tag, ""));
                let outside = outside.trim_start_matches('#');
                assert!(
                    !outside.contains(['<', '>', '@', '#', '[', ']', '!', '\\', '&', '*']),
                    "{line}"
                );
                assert!(
                    !outside.contains("http") && !line.starts_with("/"),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn rows_of_a_table_have_as_many_cells_as_its_head() {
    let mut compare = report("compare", vec![image("a"), image("b"), image("c")]);
    compare.comparison = Some(comparison(&compare.images));
    poison(&mut compare, MARKUP);
    let text = markdown::print(&compare, None);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 15, "{text}");
    for row in rows {
        let bars = row.replace("\\|", "").matches('|').count();
        // Four images: one of them could not be read.
        assert_eq!(bars, 6, "{row}");
    }
}

#[test]
fn markdown_gives_the_verdict_first_and_every_reason() {
    let text = markdown::print(&check_report(), None);
    assert!(
        text.starts_with("## Freehold: blocked\n\n### Blocked: `registry.example/team/app:1.2`"),
        "{text}"
    );
    let (blocks, rest) = text.split_once("<details>").unwrap();
    for part in [
        "#### Blocks",
        "`/opt/acme/bin/agent-1` belongs to no package",
        "`layer 2, yours: COPY agent /opt/acme/bin # buildkit`",
        "Fix: Install the file as a package",
        "`provenance.sbom_present`",
        "portability is at 20; at least 60 is asked for",
        "lapsed after",
    ] {
        assert!(blocks.contains(part), "{part}\n{text}");
    }
    for part in [
        "Known from the baseline: 1",
        "Waived: 1",
        "waived until `2027-01-31`, `SEC-812`: goes with the next release",
        "Unknown, which is not a pass: 1",
        "Not read: 1",
        "Not judged: CVEs, malware.",
        "baseline `main.json`",
    ] {
        assert!(rest.contains(part), "{part}\n{text}");
    }
}

#[test]
fn markdown_stays_under_the_size_of_a_summary() {
    let images = (0..2_000).map(|number| {
        let mut image = image(&format!("image-{number}"));
        let rule = image.scorecard.rules[0].clone();
        image.scorecard.rules.extend(vec![rule; 3]);
        image
    });
    let text = markdown::print(&report("scan", images.collect()), None);
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(text.contains("not shown here"), "{text}");
}

#[test]
fn a_severity_leaves_findings_out_of_every_format() {
    let report = report("scan", vec![image("oci-dir:images/one")]);
    let low = "no package manager in the image would work";
    let high = Some(Severity::High);
    for (all, some) in [
        (
            sarif::print(&report, None).unwrap(),
            sarif::print(&report, high).unwrap(),
        ),
        (junit::print(&report, None), junit::print(&report, high)),
        (github::print(&report, None), github::print(&report, high)),
        (
            markdown::print(&report, None),
            markdown::print(&report, high),
        ),
    ] {
        assert!(all.contains(low), "{all}");
        assert!(!some.contains(low), "{some}");
        assert!(some.contains("agent-1"), "{some}");
    }
}
