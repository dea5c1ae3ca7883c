//! Every format says the same, within its width, whatever the image says.

use std::path::Path;

use freehold::facts::model::{Coverage, Topic, TopicCoverage};
use freehold::policy::pack::Pack;
use freehold::policy::verdict::{Outcome, Severity};
use freehold::report::document::{NotRead, Report};
use freehold::report::json as print;
use freehold::report::table::{self, Listed, ListedRule};
use freehold::report::text::Style;
use freehold::scorecard::Axis;
use serde_json::{Value, json};

use super::ci_formats;
use super::sample_report::{blocked, comparison, image, report};

const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{7f}\r\nPASSED";

const PLAIN: Style = Style {
    width: 80,
    colour: false,
};

fn scan_report() -> Report {
    report("scan", vec![image("oci-dir:images/one")])
}

fn check_report() -> Report {
    let mut image = image("oci-dir:images/one");
    image.gate = Some(blocked(&image));
    report("check", vec![image])
}

fn compare_report(number: usize) -> Report {
    let names = (0..number).map(|at| format!("oci-dir:images/image-{at}"));
    let mut report = report("compare", names.map(|name| image(&name)).collect());
    report.comparison = Some(comparison(&report.images));
    report
}

fn every_table(report: &Report, style: Style) -> Vec<String> {
    let mut tables = vec![
        table::scan(report, style, None),
        table::check(report, style, false),
        table::check(report, style, true),
        table::compare(report, style),
    ];
    tables.extend(table::explain(report, Axis::Portability, None, style));
    tables
}

/// Puts `text` wherever an image, a rule or a path could have put it.
pub fn poison(report: &mut Report, text: &str) {
    for image in &mut report.images {
        image.reference = format!("oci-dir:{text}");
        image.digest = Some(format!("sha256:{text}"));
        image.platform.architecture = text.to_owned();
        image.summary.distro = Some(text.to_owned());
        image.summary.role.basis = text.to_owned();
        image.summary.base.basis = text.to_owned();
        image.exit.update_hosts = vec![text.to_owned()];
        image.exit.shells = vec![text.to_owned()];
        image.exit.user = text.to_owned();
        image.exit.runs_as_root = Some(false);
        for tree in image.exit.main_trees.values_mut() {
            tree.path = text.to_owned();
        }
        image.layers[1].created_by = Some(text.to_owned());
        image.gaps[0].path = Some(text.to_owned());
        image.gaps[0].detail = text.to_owned();
        if let Some(requirements) = &mut image.requirements {
            requirements.build_sibling.reference = Some(text.to_owned());
            requirements.build_sibling.basis = text.to_owned();
            requirements.needs[1].sibling_reason = Some(text.to_owned());
            requirements.needs[3].reason = text.to_owned();
        }
        for rule in &mut image.scorecard.rules {
            rule.title = text.to_owned();
            rule.reason = Some(text.to_owned());
            rule.remediation = text.to_owned();
            for finding in &mut rule.findings {
                finding.msg = text.to_owned();
                finding.subject = format!("path:{text}");
                finding.evidence = json!({"path": text, "layer": 2, (text): [text, text]});
            }
        }
        image.gate = image.gate.as_ref().map(|_| blocked(image));
        for found in image.gate.iter_mut().flat_map(|gate| &mut gate.waived) {
            let waiver = found.finding.waiver.as_mut().unwrap();
            for said in [&mut waiver.rule, &mut waiver.reason, &mut waiver.place] {
                *said = text.to_owned();
            }
            waiver.ticket = Some(text.to_owned());
            waiver.subject = Some(text.to_owned());
            report.run.waivers.used = vec![waiver.clone()];
            report.run.waivers.unused = vec![waiver.clone()];
        }
    }
    report.not_read = vec![NotRead {
        position: 1,
        reference: text.to_owned(),
        code: None,
        message: text.to_owned(),
    }];
    report.run.arguments = report
        .images
        .iter()
        .map(|image| image.reference.clone())
        .collect();
}

fn columns(line: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(line)
}

fn all_reports() -> Vec<Report> {
    let mut all = vec![scan_report(), check_report()];
    all.extend([1, 2, 3, 4, 5, 6, 9].map(compare_report));
    all
}

/// A word that is meant to be copied is never broken.
fn is_one_word_of_a_command(line: &str) -> bool {
    let word = line.trim().trim_end_matches(" \\");
    word.starts_with("oci-dir:") && !word.contains(' ')
}

#[test]
fn no_line_is_wider_than_the_page() {
    let long = "a-name-that-goes-on/".repeat(12);
    for mut report in all_reports() {
        for poisoned in [false, true] {
            if poisoned {
                poison(&mut report, &long);
            }
            for width in [60, 80, 100] {
                for text in every_table(
                    &report,
                    Style {
                        width,
                        colour: false,
                    },
                ) {
                    for line in text.lines().filter(|line| !is_one_word_of_a_command(line)) {
                        assert!(columns(line) <= width, "{width}: {line}\n{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_an_image_says_reaches_the_terminal_as_a_command() {
    for mut report in all_reports() {
        poison(&mut report, HOSTILE);
        for text in every_table(&report, PLAIN) {
            let bad = text.chars().find(|character| {
                *character != '\n' && (character.is_control() || *character == '\u{202e}')
            });
            assert_eq!(bad, None, "{text}");
            assert!(
                !text.lines().any(|line| line.starts_with("PASSED")),
                "{text}"
            );
        }
        let mut documents = ci_formats::every_format(&report);
        documents.push(("json", print::print(&report).unwrap()));
        for (format, document) in documents {
            let bad = document
                .chars()
                .find(|c| *c != '\n' && (c.is_control() || *c == '\u{202e}'));
            assert_eq!(bad, None, "{format}: {document}");
            let forged = document.lines().any(|line| line.starts_with("PASSED"));
            assert!(!forged, "{format}: {document}");
        }
    }
}

#[test]
fn colours_add_nothing_but_colours() {
    let colour = Style {
        colour: true,
        ..PLAIN
    };
    for report in all_reports() {
        for (plain, coloured) in every_table(&report, PLAIN)
            .iter()
            .zip(every_table(&report, colour))
        {
            let mut stripped = String::new();
            for (number, part) in coloured.split("\u{1b}[").enumerate() {
                let rest = if number == 0 {
                    part
                } else {
                    part.split_once('m').unwrap().1
                };
                stripped.push_str(rest);
            }
            assert_eq!(coloured.contains("\u{1b}["), !plain.is_empty());
            let trimmed: Vec<&str> = stripped.lines().map(str::trim_end).collect();
            assert_eq!(plain.lines().collect::<Vec<_>>(), trimmed);
        }
    }
}

#[test]
fn a_scan_table_names_every_rule_that_is_not_satisfied() {
    let report = scan_report();
    let text = table::scan(&report, PLAIN, None);
    for rule in &report.images[0].scorecard.rules {
        let satisfied = matches!(rule.outcome, Outcome::Pass | Outcome::NotApplicable);
        assert_eq!(text.contains(&rule.id), !satisfied, "{}\n{text}", rule.id);
    }
}

#[test]
fn a_scan_table_says_how_far_executables_can_be_traced() {
    let text = table::scan(&scan_report(), PLAIN, None);
    let words: Vec<&str> = text.split_whitespace().collect();
    let expected = "805 of 812 executables to a named source, 7 to nothing; 85% of the unowned \
                    code is below /opt/vendor";
    assert!(words.join(" ").contains(expected), "{text}");
}

#[test]
fn a_severity_filter_hides_findings_and_keeps_the_scores() {
    let report = scan_report();
    let (all, high) = (
        table::scan(&report, PLAIN, None),
        table::scan(&report, PLAIN, Some(Severity::High)),
    );
    assert!(all.contains("customization.add_package_path"));
    assert!(!high.contains("customization.add_package_path"));
    assert!(high.contains("proprietary.traceable_executables"));
    assert!(high.contains("2 rules below high are not listed"), "{high}");
    let scores = |text: &str| {
        text.lines()
            .filter(|line| line.contains('?'))
            .take(4)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(scores(&all), scores(&high));
}

#[test]
fn a_blocked_image_says_so_first_and_gives_every_reason() {
    let report = check_report();
    let text = table::check(&report, PLAIN, false);
    assert!(text.starts_with("BLOCKED  oci-dir:images/one"), "{text}");
    for reason in [
        "/opt/acme/bin/agent-1",
        "/opt/acme/bin/agent-2",
        "provenance.sbom_present",
        "portability is at 20; at least 60 is asked for",
        "Not judged: CVEs, malware.",
        "--effective-time=2026-11-21T08:00:00Z",
        "exit 1",
    ] {
        assert!(text.contains(reason), "{reason}\n{text}");
    }
}

#[test]
fn a_comparison_keeps_the_order_given_and_names_no_winner() {
    let report = compare_report(3);
    let text = table::compare(&report, PLAIN);
    let at = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name}\n{text}"));
    assert!(at("A  image-0") < at("B  image-1"));
    assert!(at("B  image-1") < at("C  image-2"));
    assert!(text.contains("A = B = C"), "{text}");
}

/// The report of images A and C, where B could not be read.
#[test]
fn a_comparison_says_what_services_need_and_what_is_said_of_several_once() {
    let mut report = compare_report(3);
    let build = report.images[2].reference.clone();
    if let Some(all) = &mut report.images[1].requirements {
        all.needs[3].reason = "its index does not offer it".to_owned();
        all.build_sibling.reference = Some(build);
    }
    let text = table::compare(&report, PLAIN);
    for line in [
        "    shell_debug, 30        unmet            unmet            unmet",
        "    custom_ca, 30          met, build       met, build       met, build",
        "    serves, of services    12-41%           12-41%           12-41%",
        "  services: not given; the counts make them 30 to 120",
        "  build sibling       A, C  oci-dir:images/build, named with --build-sibling",
        "                      B  C, named with --build-sibling",
        "  shell_debug         A, B, C  unmet: shell_debug was looked at",
        "  arm64               A, C  unknown: arm64 was looked at",
        "                      B  unknown: its index does not offer it",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
    }
    assert!(!text.contains("glibc was looked at"), "{text}");
}

#[test]
fn a_scan_says_which_requirements_are_not_met_by_the_image_alone() {
    let text = table::scan(&scan_report(), PLAIN, None);
    for line in [
        "Requirements: 4, 1 met, 1 with its build sibling, 1 unmet, 1 unknown",
        "  custom_ca           met with its build sibling: the tool is there",
        "  arm64               unknown: arm64 was looked at",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
    }
    assert!(text.contains("serves 12-41% of services"), "{text}");
}

fn one_of_three_not_read() -> Report {
    let mut report = compare_report(2);
    report.not_read = vec![NotRead {
        position: 1,
        reference: "gone.tar".to_owned(),
        code: None,
        message: "`gone.tar` does not exist".to_owned(),
    }];
    report
}

#[test]
fn an_image_that_could_not_be_read_keeps_its_letter() {
    let text = table::compare(&one_of_three_not_read(), PLAIN);
    let has_row = |row: &[&str]| {
        let mut lines = text.lines();
        lines.any(|line| line.split_whitespace().collect::<Vec<_>>() == row)
    };
    assert!(
        has_row(&["B", "gone.tar", "not", "read", "-", "-", "-"]),
        "{text}"
    );
    assert!(has_row(&["runs", "as", "root", "-", "root"]), "{text}");
    assert!(text.contains("A = C"), "{text}");
    assert!(text.contains("NOT READ  gone.tar does not exist"), "{text}");
    let explain = |letter| {
        let report = one_of_three_not_read();
        table::explain(&report, Axis::Portability, Some(letter), PLAIN)
    };
    assert_eq!(explain("B"), None);
    assert!(explain("C").is_some_and(|text| text.contains("image-1")));
}

#[test]
fn one_image_is_not_compared_with_itself() {
    let text = table::compare(&compare_report(1), PLAIN);
    assert!(text.contains("Nothing to compare"), "{text}");
    assert!(!text.contains("If you leave"), "{text}");
}

#[test]
fn four_images_stand_beside_each_other_and_hosts_stay_whole() {
    let mut report = compare_report(4);
    report.images[0].exit.update_hosts = vec!["mirror.alpinelinux.org".to_owned()];
    let text = table::compare(&report, PLAIN);
    let headers = text.lines().filter(|line| line.contains("If you leave"));
    assert_eq!(headers.count(), 1, "{text}");
    assert!(text.contains(" alpinelinux "), "{text}");
    assert!(
        text.lines().any(|line| line.trim().starts_with(".org")),
        "{text}"
    );
}

#[test]
fn an_axis_that_nobody_is_graded_on_is_not_called_tied() {
    let text = table::compare(&compare_report(2), PLAIN);
    assert!(text.contains("can we leave? A = B"), "{text}");
    assert!(!text.contains("can we check it? A = B"), "{text}");
}

#[test]
fn scores_over_shared_rules_are_left_out_where_there_are_none() {
    let mut report = compare_report(2);
    let axes = &mut report.comparison.as_mut().unwrap().axes;
    for row in axes.values_mut() {
        row.shared_rules = vec![None, None];
    }
    let text = table::compare(&report, PLAIN);
    assert!(!text.contains("Rules that apply to all"), "{text}");
}

#[test]
fn packages_that_were_not_read_are_not_said_to_be_none() {
    let mut image = image("rootfs:tree");
    image.summary.packages.clear();
    image.digest = None;
    image.summary.stored_bytes = 0;
    let text = table::scan(&report("scan", vec![image.clone()]), PLAIN, None);
    for part in ["no packages", "image ID 41d07ab241d0", "120 MB unpacked"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let missing = TopicCoverage {
        coverage: Coverage::Missing,
        reason: None,
    };
    image.topics.insert(Topic::Packages, missing);
    let text = table::scan(&report("scan", vec![image]), PLAIN, None);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("packages not read"), "{text}");
    assert!(!flat.contains("no packages"), "{text}");
}

#[test]
fn check_gives_a_reason_for_each_unknown_and_each_unread_path_once() {
    let mut report = check_report();
    let image = &mut report.images[0];
    image.gate = None;
    let mut gate = blocked(image);
    gate.unknown_required.clear();
    image.gate = Some(gate);
    let gap = image.gaps[0].clone();
    for path in ["", "/a b", "/a b", "/c", "/d"] {
        let mut other = gap.clone();
        other.path = Some(path.to_owned());
        image.gaps.push(other);
    }
    image.scorecard.rules[2].reason = Some("package_databases could not be read".to_owned());
    let text = table::check(&report, PLAIN, false);
    for part in [
        "1 unknown    provenance.sbom_present",
        "package databases could not be read",
        "5 not read   /usr/share/sbom/app.spdx.json, '', '/a b' and 2 more",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn unknown_rules_with_one_reason_are_told_together() {
    let mut report = scan_report();
    let rules = &mut report.images[0].scorecard.rules;
    let mut second = rules[2].clone();
    rules[2].reason = Some("packages could not be read: /x: broken".to_owned());
    second.id = "provenance.other".to_owned();
    second.reason = Some("trust_keys could not be read: /x: broken".to_owned());
    rules.push(second);
    let text = table::scan(&report, PLAIN, None);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "packages and trust keys could not be read: /x: broken";
    assert!(flat.contains(told), "{text}");
    assert_eq!(flat.matches("to settle it").count(), 1, "{text}");
}

#[test]
fn an_explanation_of_something_else_is_refused() {
    let report = compare_report(2);
    let explain = |part| table::explain(&report, Axis::Portability, Some(part), PLAIN);
    assert!(explain("proprietary").is_some_and(|text| text.contains("traceable_executables")));
    assert!(explain("b").is_some_and(|text| text.contains("image-1") && !text.contains("image-0")));
    assert_eq!(explain("C"), None);
    assert_eq!(explain("hardening"), None);
}

#[test]
fn every_report_fits_its_schema() {
    let schema: Value = serde_json::from_str(&print::schema().unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in all_reports() {
        let document: Value = serde_json::from_str(&print::print(&report).unwrap()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    assert!(!validator.is_valid(&json!({"schema": "freehold.report/v1"})));
}

/// Compares a generated file with the committed one; `FREEHOLD_BLESS=1` writes it.
pub fn assert_fresh(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("FREEHOLD_BLESS").is_some() {
        std::fs::write(&file, made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == made,
        "{path} is stale: run the tests with FREEHOLD_BLESS=1"
    );
}

#[test]
fn the_committed_report_schema_is_what_the_types_say() {
    assert_fresh("schemas/report-1.json", &print::schema().unwrap());
}

#[test]
fn the_rules_page_is_what_the_rules_say() {
    let pack = Pack::embedded().unwrap();
    let rules: Vec<ListedRule<'_>> = pack
        .rules()
        .iter()
        .map(|rule| ListedRule::new(&pack, rule, None))
        .collect();
    let requirements = pack.requirements().iter().map(|one| &*one.info);
    let listed = Listed {
        rules,
        requirements: requirements.collect(),
    };
    let page = table::rules_markdown(&listed);
    let ids = pack.rules().iter().map(|rule| &rule.info.id);
    let names = pack.requirements().iter().map(|one| &one.info.name);
    for name in ids.chain(names) {
        assert!(page.contains(&format!("\n### {name}\n")), "{name}");
    }
    assert_fresh("policies/RULES.md", &page);
}
