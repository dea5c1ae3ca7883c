//! Report documents made by hand: three invented images with one of everything.

use std::collections::BTreeMap;

use freehold::facts::model::{
    AttachedEvidence, Base, Coverage, DatabaseState, Gap, GapKind, MainTree, PlatformFacts, Role,
    RoleName, Rung, RungTotal, Side, Topic, TopicCoverage, Trusted,
};
use freehold::policy::verdict::{FindingKind, Outcome, Severity};
use freehold::report::document::{
    AxisComparison, BuildSibling, CategoryScore, Comparison, DataTable, EvidenceSummary, ExitFacts,
    FindingReport, GateReport, ImageReport, ImageSummary, LayerReport, MissedThreshold,
    NamedFinding, PackReport, ProfileReport, Report, RequirementReport, RequirementsReport,
    RuleDifference, RuleReport, Run, SCHEMA, Scorecard, Tool, WaiverReport, WaiverState,
    WaiversReport,
};
use freehold::scorecard::serving::{Share, Standing};
use freehold::scorecard::{Axis, Grade, Score};
use serde_json::{Value, json};

/// A score with its grade, as the scorecard would give it.
pub fn score(low: f64, high: f64, coverage: f64) -> Score {
    let grade = match low {
        _ if coverage < 75.0 => Grade::Ungraded,
        90.0.. => Grade::A,
        75.0.. => Grade::B,
        60.0.. => Grade::C,
        40.0.. => Grade::D,
        _ => Grade::F,
    };
    Score {
        score: low,
        score_max: high,
        coverage,
        grade,
    }
}

/// A finding about a path in a layer.
pub fn finding(path: &str, msg: &str, severity: Severity, layer: u32) -> FindingReport {
    FindingReport {
        kind: FindingKind::Deny,
        msg: msg.to_owned(),
        subject: format!("path:{path}"),
        severity,
        side: Side::Added,
        evidence: json!({"path": path, "layer": layer, "size": 4_096}),
        fingerprint: "0".repeat(64),
        waiver: None,
        known: None,
    }
}

/// A rule with an outcome.
pub fn rule(id: &str, axis: Axis, outcome: Outcome, credit: Option<f64>) -> RuleReport {
    let category = id.split('.').next().unwrap().to_owned();
    RuleReport {
        id: id.to_owned(),
        title: format!("What {id} asks is so"),
        description: format!("Why {id} matters."),
        category,
        axis: Some(axis),
        severity: Severity::Medium,
        weight: 10.0,
        outcome,
        score: credit,
        share: 50.0,
        points: 10.0,
        reason: None,
        at_fault: false,
        findings: Vec::new(),
        needs: vec![Topic::Ownership],
        controls: json!({}),
        remediation: "Install the file as a package, or leave it out of the image, or waive it \
                      with a reason and an end date"
            .to_owned(),
        effort: "medium".to_owned(),
        stability: "stable".to_owned(),
        related: vec!["https://example.org/rule".to_owned()],
    }
}

/// One image with a failure, a warning, an unknown, a pass and a gap.
pub fn image(reference: &str) -> ImageReport {
    ImageReport {
        reference: reference.to_owned(),
        source: "oci-dir".to_owned(),
        digest: Some(format!("sha256:{}", "9c1e22d0".repeat(8))),
        config_digest: Some(format!("sha256:{}", "41d07ab2".repeat(8))),
        platform: PlatformFacts {
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            variant: None,
        },
        summary: summary(),
        exit: exit(),
        layers: vec![
            layer(1, "ADD rootfs.tar /"),
            layer(2, "COPY agent /opt/acme/bin # buildkit"),
        ],
        scorecard: Scorecard {
            verdict: None,
            axes: BTreeMap::from([
                (Axis::Portability, Some(score(20.0, 20.0, 100.0))),
                (Axis::Operability, Some(score(50.0, 50.0, 100.0))),
                (Axis::Evidence, Some(score(0.0, 100.0, 0.0))),
                (Axis::Hardening, Some(score(100.0, 100.0, 100.0))),
            ]),
            categories: vec![
                category("proprietary", Axis::Portability, score(20.0, 20.0, 100.0)),
                category("customization", Axis::Operability, score(50.0, 50.0, 100.0)),
                category("provenance", Axis::Evidence, score(0.0, 100.0, 0.0)),
                category("hardening", Axis::Hardening, score(100.0, 100.0, 100.0)),
            ],
            rules: rules(),
        },
        requirements: Some(requirements()),
        gate: None,
        topics: BTreeMap::from([(
            Topic::AttachedEvidence,
            TopicCoverage {
                coverage: Coverage::NotSearched,
                reason: Some("the layout has no referrers".to_owned()),
            },
        )]),
        attached_evidence: AttachedEvidence::default(),
        evidence: EvidenceSummary {
            signatures: BTreeMap::new(),
            attestations: BTreeMap::new(),
            trust: Trusted::default(),
            sboms: Vec::new(),
        },
        gaps: vec![Gap {
            topic: Topic::Sboms,
            path: Some("/usr/share/sbom/app.spdx.json".to_owned()),
            layer: Some(2),
            kind: GapKind::Limit,
            detail: "the file is larger than 48 MiB (--max-file-bytes)".to_owned(),
        }],
    }
}

fn rules() -> Vec<RuleReport> {
    let mut traceable = rule(
        "proprietary.traceable_executables",
        Axis::Portability,
        Outcome::Fail,
        Some(20.0),
    );
    traceable.severity = Severity::High;
    traceable.findings = (1..=7)
        .map(|number| {
            let path = format!("/opt/acme/bin/agent-{number}");
            finding(
                &path,
                &format!("{path} belongs to no package"),
                Severity::High,
                2,
            )
        })
        .collect();
    let mut shell = rule(
        "customization.add_package_path",
        Axis::Operability,
        Outcome::Warn,
        Some(50.0),
    );
    shell.findings = vec![FindingReport {
        evidence: Value::Null,
        side: Side::Unknown,
        subject: "image".to_owned(),
        ..finding(
            "/",
            "no package manager in the image would work",
            Severity::Medium,
            1,
        )
    }];
    let mut sbom = rule(
        "provenance.sbom_present",
        Axis::Evidence,
        Outcome::Unknown,
        None,
    );
    sbom.reason = Some("evidence attached to the image was not looked for".to_owned());
    sbom.needs = vec![Topic::AttachedEvidence];
    let user = rule(
        "hardening.non_root_user",
        Axis::Hardening,
        Outcome::Pass,
        Some(100.0),
    );
    vec![traceable, shell, sbom, user]
}

/// One requirement of each standing.
fn requirements() -> RequirementsReport {
    let standings = [
        ("glibc", Standing::Met),
        ("custom_ca", Standing::MetWithSibling),
        ("shell_debug", Standing::Unmet),
        ("arm64", Standing::Unknown),
    ];
    RequirementsReport {
        services: None,
        share: Some(Share {
            least: 12.5,
            most: 40.25,
        }),
        build_sibling: BuildSibling {
            reference: Some("oci-dir:images/build".to_owned()),
            digest: None,
            basis: "named with --build-sibling".to_owned(),
        },
        needs: standings
            .into_iter()
            .map(|(name, standing)| RequirementReport {
                name: name.to_owned(),
                title: format!("What {name} asks is so"),
                services: 30,
                standing,
                alone: match standing {
                    Standing::MetWithSibling => Standing::Unmet,
                    other => other,
                },
                reason: format!("{name} was looked at"),
                sibling_reason: (standing == Standing::MetWithSibling)
                    .then(|| "the tool is there".to_owned()),
            })
            .collect(),
    }
}

fn summary() -> ImageSummary {
    ImageSummary {
        distro: Some("Debian GNU/Linux 13 (trixie)".to_owned()),
        packages: BTreeMap::from([("deb".to_owned(), 93)]),
        stored_bytes: 45_100_000,
        tar_bytes: 120_000_000,
        role: Role {
            name: RoleName::Runtime,
            basis: "starts /usr/bin/python3.13".to_owned(),
        },
        base: Base {
            layers: None,
            basis: "neither --base nor --base-layers was given".to_owned(),
        },
    }
}

fn exit() -> ExitFacts {
    ExitFacts {
        packages: Some(93),
        language_packages: Some(12),
        package_types: vec!["deb".to_owned()],
        database: Some(DatabaseState::Complete),
        database_known: true,
        working_managers: vec!["apt".to_owned()],
        broken_managers: Vec::new(),
        managers_known: true,
        update_hosts: vec!["debian.org".to_owned(), "security.example.org".to_owned()],
        repositories_known: true,
        update_credentials: false,
        executables: Some(812),
        traceable_share: Some(0.991),
        unowned_executables: Some(7),
        undetermined_executables: 0,
        rungs: vec![rung(Rung::Unowned, 7), rung(Rung::SourceNamed, 805)],
        main_trees: BTreeMap::from([(Side::Unknown, main_tree())]),
        source_named_share: Some(1.0),
        commit_named_share: Some(0.0),
        shells: vec!["bash".to_owned(), "dash".to_owned()],
        shells_known: true,
        user: String::new(),
        runs_as_root: Some(true),
    }
}

fn rung(rung: Rung, files: u64) -> RungTotal {
    RungTotal {
        rung,
        files,
        bytes: files * 1000,
        base_files: 0,
        base_bytes: 0,
        added_files: 0,
        added_bytes: 0,
    }
}

fn main_tree() -> MainTree {
    MainTree {
        path: "/opt/vendor".to_owned(),
        executables: 6,
        bytes: 6000,
        share: 0.857,
    }
}

fn layer(number: u32, created_by: &str) -> LayerReport {
    LayerReport {
        number,
        digest: None,
        side: Side::Unknown,
        created_by: Some(created_by.to_owned()),
    }
}

fn category(name: &str, axis: Axis, score: Score) -> CategoryScore {
    CategoryScore {
        name: name.to_owned(),
        axis,
        weight: 3.0,
        score,
    }
}

/// A report on these images.
pub fn report(command: &str, images: Vec<ImageReport>) -> Report {
    let mut arguments = vec![command.to_owned()];
    arguments.extend(images.iter().map(|image| image.reference.clone()));
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool {
            name: "freehold".to_owned(),
            version: "0.1.0".to_owned(),
        },
        run: Run {
            command: command.to_owned(),
            arguments,
            profile: ProfileReport {
                name: "balanced".to_owned(),
                origin: "shipped".to_owned(),
                changes: Vec::new(),
            },
            pack: PackReport {
                digest: "ab".repeat(32),
                rules: 20,
                sources: Vec::new(),
            },
            configuration: None,
            waivers: WaiversReport::default(),
            baseline: None,
            data: BTreeMap::from([(
                "distros".to_owned(),
                DataTable {
                    digest: "cd".repeat(32),
                    as_of: Some("2026-11-14".to_owned()),
                },
            )]),
            judged_at: "2026-11-21T08:00:00Z".to_owned(),
            network_used: false,
            limits: BTreeMap::from([("max-layers".to_owned(), 1000)]),
            searched: vec!["the image layout".to_owned()],
            not_judged: vec!["CVEs".to_owned(), "malware".to_owned()],
        },
        images,
        comparison: None,
        not_read: Vec::new(),
    }
}

/// A gate that blocks on the sample image's findings.
pub fn blocked(image: &ImageReport) -> GateReport {
    let rule = &image.scorecard.rules[0];
    GateReport {
        blocked: true,
        advised: false,
        fail_on: Severity::High,
        blocking: rule
            .findings
            .iter()
            .take(2)
            .map(|finding| NamedFinding {
                rule: rule.id.clone(),
                finding: finding.clone(),
            })
            .collect(),
        not_blocking: Vec::new(),
        known: Vec::new(),
        waived: vec![waived(rule)],
        lapsed: Vec::new(),
        unknown_waived: Vec::new(),
        unknown_other: Vec::new(),
        unknown_required: vec!["provenance.sbom_present".to_owned()],
        thresholds_missed: vec![MissedThreshold {
            axis: Axis::Portability,
            minimum: 60.0,
            score: Some(20.0),
            baseline: None,
        }],
        thresholds_known: Vec::new(),
        compared_with: None,
    }
}

/// A finding of `rule` that somebody has excused.
fn waived(rule: &RuleReport) -> NamedFinding {
    let excused = finding("/opt/acme/bin/old", "old is known", Severity::High, 2);
    NamedFinding {
        rule: rule.id.clone(),
        finding: FindingReport {
            waiver: Some(WaiverReport {
                rule: rule.id.clone(),
                image: Some("oci-dir:images/*".to_owned()),
                subject: Some("path:/opt/acme/bin/old".to_owned()),
                reason: "goes with the next release".to_owned(),
                ticket: Some("SEC-812".to_owned()),
                approver: None,
                expires: "2027-01-31".to_owned(),
                state: WaiverState::Active,
                place: "freehold.yaml:12".to_owned(),
            }),
            ..excused
        },
    }
}

/// A comparison of images that all hold the sample scores.
pub fn comparison(images: &[ImageReport]) -> Comparison {
    let axes = images[0]
        .scorecard
        .axes
        .keys()
        .map(|axis| {
            let scores: Vec<_> = images
                .iter()
                .map(|image| image.scorecard.axes[axis])
                .collect();
            let row = AxisComparison {
                shared_rules: scores.clone(),
                scores,
                ties: (0..images.len())
                    .map(|at| (0..images.len()).filter(|other| *other != at).collect())
                    .collect(),
            };
            (*axis, row)
        })
        .collect();
    let rule = &images[0].scorecard.rules[0];
    Comparison {
        axes,
        shared_rules: vec![rule.id.clone()],
        order: None,
        differences: vec![RuleDifference {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            axis: Axis::Portability,
            points: 30.0,
            outcomes: images.iter().map(|_| rule.outcome).collect(),
            credits: images.iter().map(|_| rule.score).collect(),
        }],
    }
}
