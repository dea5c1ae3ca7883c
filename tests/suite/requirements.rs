//! Requirements: what a team's services need, in a profile, in a pack and in a report.

use freehold::policy::error::{PolicyError, ProblemKind};
use freehold::policy::pack::Pack;
use freehold::policy::profile::Profile;
use freehold::policy::requirements::{Answer, Meets, evaluate};
use serde_json::{Value, json};

use crate::command_line::{ends_with, run, text};
use crate::judging::{NOW, facts, kinds, load, problems, write};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;
use crate::support::layout::Layout;

const HEAD: &str = "# METADATA\n# title: T\n# description: D\n# custom:\n#   needs: [shells]\n\
                    #   build_sibling: true\n#   stability: stable\n\
                    package freehold.requirements.own\n\n";

/// A user's pack with the requirement `own`, defined by `body`.
fn own(body: &str) -> Result<Pack, PolicyError> {
    load(&[("own.rego", &format!("{HEAD}{body}"))])
}

/// A profile with this text.
fn profile(pack: &Pack, text: &str) -> Result<Profile, PolicyError> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("team.yaml", text)]);
    Profile::load(folder.path().join("team.yaml").to_str().unwrap(), pack)
}

/// What the requirement `own` says of an empty image with one thing changed.
fn says(body: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let pack = own(body).unwrap();
    let text = "extends: balanced\nrequirements: {own: 3}\n";
    let profile = profile(&pack, text).unwrap();
    let mut answers = evaluate(&pack, &profile, &facts(change), NOW).unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

fn stands(answer: &Answer) -> (Meets, &str) {
    (answer.meets, &answer.reason)
}

#[test]
fn every_shipped_requirement_answers_and_is_complete() {
    let pack = Pack::embedded().unwrap();
    let names: Vec<&str> = pack
        .requirements()
        .iter()
        .map(|one| one.info.name.as_str())
        .collect();
    assert!(names.len() >= 13, "{names:?}");
    assert!(names.is_sorted());
    let counts: Vec<String> = names.iter().map(|name| format!("  {name}: 1\n")).collect();
    let text = format!("extends: balanced\nrequirements:\n{}", counts.concat());
    let profile = profile(&pack, &text).unwrap();
    let answers = evaluate(&pack, &profile, &facts(|_| {}), NOW).unwrap();
    assert_eq!(answers.len(), names.len());
    for answer in answers {
        let name = &answer.requirement.name;
        assert!(
            !answer.reason.contains("could not be evaluated"),
            "{name}: {}",
            answer.reason
        );
        assert!(!answer.reason.contains("neither"), "{name}");
        assert!(!answer.requirement.related.is_empty(), "{name}");
    }
    let mut rules = pack.rules().iter();
    assert!(!rules.any(|rule| rule.info.category == "requirements"));
}

#[test]
fn a_requirement_of_a_users_pack_says_met_unmet_or_unknown() {
    let said = |body: &str| says(body, |_| {});
    let answer = said("met := \"as it is\"\n");
    assert_eq!(stands(&answer), (Meets::Yes, "as it is"));
    assert_eq!(
        (answer.services, answer.requirement.build_sibling),
        (3, true)
    );
    let body = "met := \"x\" if false\n\nunmet := \"no shell\" if count(input.shells) == 0\n";
    assert_eq!(stands(&said(body)), (Meets::No, "no shell"));
    let body = "met := \"x\"\n\nunknown := \"cannot tell\"\n";
    assert_eq!(stands(&said(body)), (Meets::Unknown, "cannot tell"));
}

#[test]
fn what_is_not_said_or_not_read_is_never_met() {
    let unknown = |body: &str, part: &str| {
        let answer = says(body, |_| {});
        assert_eq!(answer.meets, Meets::Unknown, "{body}: {}", answer.reason);
        assert!(answer.reason.contains(part), "{body}: {}", answer.reason);
    };
    unknown("met := \"x\" if false\n", "neither met nor unmet");
    unknown("met := \"x\"\n\nunmet := \"y\"\n", "both met and unmet");
    unknown("met := true\n", "not a reason");
    unknown("met := \" \"\n", "not a reason");
    unknown(
        "met := sprintf(\"%s\", [input.image.digest + 1])\n",
        "could not be evaluated",
    );
    unknown(
        "met := \"x\" if input.imgae.digest\n",
        "reads what does not exist",
    );
    for coverage in ["partial", "missing", "not_searched"] {
        let answer = says("met := \"x\"\n", |document| {
            document["topics"]["shells"] = json!({"coverage": coverage, "reason": "why not"});
        });
        assert_eq!(answer.meets, Meets::Unknown, "{coverage}");
        assert!(answer.reason.ends_with("why not"), "{}", answer.reason);
    }
    // What it reads and does not name is needed all the same.
    let answer = says("met := \"x\" if input.tools.total >= 0\n", |document| {
        document["topics"]["tools"] = json!({"coverage": "missing", "reason": "why not"});
    });
    assert_eq!(
        stands(&answer),
        (Meets::Unknown, "tools could not be read: why not")
    );
}

#[test]
fn a_requirement_that_is_not_well_formed_is_reported() {
    let kinds_of = |text: &str| kinds(&problems(&[("own.rego", text)]));
    let complete = format!("{HEAD}met := \"x\" if input.shells\n");
    assert_eq!(kinds_of(&complete), []);
    let without = complete.replace("met :=", "mett :=");
    assert_eq!(kinds_of(&without), [ProblemKind::Metadata]);
    let without = complete.replace("#   build_sibling: true\n", "");
    assert_eq!(kinds_of(&without), [ProblemKind::Metadata]);
    let other = complete.replace("[shells]", "[shels]");
    let found = kinds_of(&other);
    assert!(found.contains(&ProblemKind::Metadata), "{found:?}");
    assert!(found.contains(&ProblemKind::IncompleteNeeds), "{found:?}");
    let named = complete.replace("requirements.own", "requirements.services");
    assert_eq!(kinds_of(&named), [ProblemKind::DuplicateId]);
    let named = complete.replace("requirements.own", "requirements.glibc");
    assert!(kinds_of(&named).contains(&ProblemKind::DuplicateId));
}

#[test]
fn the_requirement_and_the_profile_in_the_readme_load_without_a_warning() {
    let readme = include_str!("../../policies/README.md");
    let (_, section) = readme.split_once("\n## Requirements\n").unwrap();
    let block = |language: &str| {
        let (_, after) = section.split_once(&format!("```{language}\n")).unwrap();
        after.split_once("```").unwrap().0
    };
    let text = block("rego");
    for place in [
        "health_check.rego",
        "requirements/health_check/health_check.rego",
    ] {
        let pack = load(&[(place, text)]).unwrap();
        assert_eq!(pack.warnings(), []);
        let mut all = pack.requirements().iter();
        assert!(all.any(|one| one.info.name == "health_check"));
    }
    let pack = Pack::embedded().unwrap();
    let counted = profile(&pack, block("yaml")).unwrap();
    assert_eq!(counted.requirements.services, Some(240));
    for one in pack.requirements() {
        assert!(
            section.contains(&format!("`{}`", one.info.name)),
            "{}",
            one.info.name
        );
    }
}

#[test]
fn a_profile_counts_services_and_says_what_is_wrong_with_the_counts() {
    let pack = Pack::embedded().unwrap();
    let with = |lines: &str| profile(&pack, &format!("extends: balanced\nrequirements:\n{lines}"));
    let good = with("  glibc: 140\n  arm64: 30\n  musl: 140\n  services: 240\n").unwrap();
    let order = [("glibc", 140), ("musl", 140), ("arm64", 30)];
    assert_eq!(good.requirements.by_demand(), order);
    assert_eq!(good.requirements.services, Some(240));
    for (lines, kind, part) in [
        ("  glib: 1\n", ProblemKind::UnknownRequirement, "`glibc`"),
        ("  teleport: 1\n", ProblemKind::UnknownRequirement, "arm64"),
        ("  glibc: -1\n", ProblemKind::InvalidValue, "digits"),
        ("  glibc: 1.5\n", ProblemKind::InvalidValue, "digits"),
        ("  glibc: many\n", ProblemKind::InvalidValue, "digits"),
        (
            "  glibc: 9\n  services: 8\n",
            ProblemKind::InvalidValue,
            "leave it out",
        ),
    ] {
        let error = with(lines).unwrap_err();
        let [problem] = error.problems() else {
            panic!("{lines}: {error}")
        };
        assert_eq!(problem.kind, kind, "{lines}");
        assert!(
            problem.line.is_some_and(|line| line >= 3),
            "{lines}: {:?}",
            problem.line
        );
        let help = problem.help.as_deref().unwrap_or_default();
        assert!(help.contains(part), "{lines}: {help}");
    }
}

#[test]
fn a_profile_that_extends_another_changes_its_counts_one_by_one() {
    let pack = Pack::embedded().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let base = "extends: balanced\nrequirements: {services: 9, glibc: 4, musl: 2, arm64: 3}\n";
    let own = "extends: base.yaml\nrequirements: {glibc: 5, musl: 0}\n";
    write(folder.path(), &[("base.yaml", base), ("own.yaml", own)]);
    let path = folder.path().join("own.yaml");
    let profile = Profile::load(path.to_str().unwrap(), &pack).unwrap();
    assert_eq!(
        profile.requirements.by_demand(),
        [("glibc", 5), ("arm64", 3)]
    );
    assert_eq!(profile.requirements.services, Some(9));
    let balanced = Profile::load("balanced", &pack).unwrap();
    let found = profile.differences(&balanced);
    for line in ["5 services need glibc", "the number of services is 9"] {
        assert!(found.iter().any(|known| known == line), "{found:?}");
    }
}

/// One layout with a runtime image, its build image (which holds a compiler and a supervisor) and,
/// for `latest`, an index of two platforms.
fn siblings(folder: &std::path::Path) {
    let elf = || crate::support::elf::Elf::executable().bytes();
    let runtime = || ImageBuilder::new().layer(Layer::new().executable("app/server", elf()));
    let runtime = |platform: &str| runtime().platform(platform).entrypoint(&["/app/server"]);
    let build = |tag: &str| {
        let tools = Layer::new()
            .executable("usr/bin/gcc", elf())
            .executable("usr/bin/s6-svscan", elf());
        ImageBuilder::new().tag(tag).layer(tools).label("tag", tag)
    };
    Layout::new()
        .image(&runtime("linux/amd64"))
        .image(&runtime("linux/arm64/v8"))
        .nested(Some("1.2"))
        .image(&build("1.2-dev"))
        .image(&build("builder"))
        .image(&runtime("linux/amd64").tag("1.2-2").label("tag", "1.2-2"))
        .write_oci_dir(folder);
}

fn compared(arguments: &[&str]) -> (Value, String) {
    let mut all = vec!["compare", "--platform=linux/amd64", "-f", "json"];
    all.extend(arguments);
    let output = run(&all);
    let report = serde_json::from_slice(&output.stdout).unwrap();
    (report, text(&output.stderr))
}

fn standing<'a>(report: &'a Value, image: usize, name: &str) -> &'a str {
    let needs = &report["images"][image]["requirements"]["needs"];
    let mut needs = needs.as_array().unwrap().iter();
    let need = needs.find(|need| need["name"] == name).unwrap();
    need["standing"].as_str().unwrap()
}

#[test]
fn a_build_image_of_the_same_layout_helps_at_build_time_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    siblings(&layout);
    let yaml =
        "extends: balanced\nrequirements: {several_processes: 12, shell_debug: 6, arm64: 3}\n";
    write(folder.path(), &[("team.yaml", yaml)]);
    let profile = format!("--profile={}", folder.path().join("team.yaml").display());
    let tagged = |tag: &str| format!("oci-dir:{}:{tag}", layout.display());
    let (runtime, build) = (tagged("1.2"), tagged("1.2-dev"));
    let other = "oci-dir:examples/images/mainstream";

    let (report, errors) = compared(&[&profile, &runtime, &build]);
    assert_eq!(errors, "");
    assert_eq!(
        standing(&report, 0, "several_processes"),
        "met_with_sibling"
    );
    assert_eq!(standing(&report, 0, "shell_debug"), "unmet");
    assert_eq!(standing(&report, 0, "arm64"), "met");
    assert_eq!(standing(&report, 1, "arm64"), "unknown");
    let all = &report["images"][0]["requirements"];
    assert_eq!(all["build_sibling"]["reference"], build.as_str());
    let basis = all["build_sibling"]["basis"].as_str().unwrap();
    assert!(basis.contains("its tag with -dev"), "{basis}");
    assert_eq!(all["share"], json!({"least": 50.0, "most": 71.43}));

    let (report, _) = compared(&[&profile, &runtime, &tagged("builder")]);
    assert_eq!(
        standing(&report, 0, "several_processes"),
        "met_with_sibling"
    );
    let basis = &report["images"][0]["requirements"]["build_sibling"]["basis"];
    assert!(
        basis.as_str().unwrap().contains("same repository"),
        "{basis}"
    );
    let (report, _) = compared(&[&profile, &tagged("builder"), &build, &tagged("1.2-2")]);
    assert_eq!(standing(&report, 2, "several_processes"), "unknown");
    let (report, _) = compared(&[&profile, &runtime, other]);
    assert_eq!(standing(&report, 0, "several_processes"), "unknown");
    let flag = format!("--build-sibling=A={build}");
    let (report, _) = compared(&[&profile, &flag, &runtime, other]);
    assert_eq!(
        standing(&report, 0, "several_processes"),
        "met_with_sibling"
    );
    let flag = format!("--build-sibling={runtime}=none");
    let (report, _) = compared(&[&profile, &flag, &runtime, &build]);
    assert_eq!(standing(&report, 0, "several_processes"), "unmet");
}

#[test]
fn a_build_sibling_that_cannot_be_read_or_makes_no_sense_ends_with_2() {
    let profile = "--profile=examples/team/team.yaml";
    let image = "oci-dir:examples/images/distroless";
    let gone = format!("--build-sibling={image}=oci-dir:examples/images/gone");
    let output = run(&["scan", "--width=120", profile, &gone, image]);
    ends_with(&output, 2);
    let (shown, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(errors.contains("examples/images/gone"), "{errors}");
    assert!(
        shown.contains("named with --build-sibling, not read"),
        "{shown}"
    );
    assert!(
        shown.contains("custom_ca           unmet by itself:"),
        "{shown}"
    );
    let output = run(&["scan", profile, "--build-sibling=other=none", image]);
    ends_with(&output, 2);
    assert!(text(&output.stderr).contains("cli::build_sibling"));
}

#[test]
fn the_example_profile_reads_well_in_80_columns() {
    let images = ["distroless", "hardened", "mainstream", "vendor-distro"];
    let images = images.map(|name| format!("oci-dir:examples/images/{name}"));
    let mut arguments = vec!["compare", "--width=80", "--profile=examples/team/team.yaml"];
    arguments.extend(images.iter().map(String::as_str));
    let output = run(&arguments);
    ends_with(&output, 0);
    let shown = text(&output.stdout);
    for line in [
        "  What your services need  A            B            C            D",
        "    glibc, 140             met          met          met          met",
        "    shell_debug, 60        unmet        unmet        met          unmet",
        "    arm64, 30              ?            ?            ?            ?",
    ] {
        assert!(shown.contains(&format!("{line}\n")), "{line}\n{shown}");
    }
    assert!(shown.contains("none given; may exist"), "{shown}");
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
    let output = run(&["scan", "--profile=examples/team/team.yaml", &images[2]]);
    ends_with(&output, 0);
    assert!(text(&output.stdout).contains("Requirements: 7, "));
}

#[test]
fn nothing_is_said_of_requirements_where_no_service_is_counted() {
    let output = run(&["scan", "-f", "json", "oci-dir:examples/images/distroless"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["images"][0]["requirements"], Value::Null);
    let output = run(&["scan", "oci-dir:examples/images/distroless"]);
    assert!(!text(&output.stdout).contains("Requirements"));
}
