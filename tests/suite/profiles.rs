//! Profiles: the shipped ones, what they make of the example images, and every mistake in one's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use freehold::policy::pack::Pack;
use freehold::policy::profile::{self, Profile};
use serde_json::{Value, json};

use crate::judging::{load, write};
use crate::registries::server::{Registry, Settings};
use crate::registries::{ends_with, run, said};
use crate::reports::assert_fresh;

/// The shipped profiles; `gate` and `balanced` weigh no axis.
const SHIPPED: [&str; 6] = [
    "balanced",
    "from-source",
    "gate",
    "mainstream-distro",
    "minimal-surface",
    "regulated",
];

/// The example images, in the order they are compared.
const EXAMPLES: [&str; 4] = ["distroless", "hardened", "mainstream", "vendor-distro"];

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/images")
        .join(name)
}

#[test]
fn six_profiles_are_shipped_and_each_says_whom_it_is_for() {
    let pack = Pack::embedded().unwrap();
    assert_eq!(pack.profile_names(), SHIPPED);
    for name in SHIPPED {
        let profile = Profile::load(name, &pack).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(profile.name, name);
        assert!(profile.description.starts_with("For "), "{name}");
        let weighs = !matches!(name, "balanced" | "gate");
        assert_eq!(!profile.axis_weights.is_empty(), weighs, "{name}");
    }
}

#[test]
fn the_readme_of_the_pack_names_every_profile() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/README.md");
    let text = std::fs::read_to_string(file).unwrap();
    for name in SHIPPED {
        assert!(text.contains(&format!("| `{name}` |")), "{name}");
    }
}

/// The places of the example images under a profile: for each its best and worst.
fn places(references: &[String], profile: &str) -> Vec<(u64, u64)> {
    let mut arguments = vec!["compare", "--profile", profile, "-f", "json", "--insecure"];
    arguments.extend(references.iter().map(String::as_str));
    let output = run(&arguments);
    ends_with(&output, 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let standings = report["comparison"]["order"]["standings"].as_array();
    let place = |standing: &Value| {
        let of = |key: &str| standing[key].as_u64().unwrap();
        (of("best"), of("worst"))
    };
    standings.unwrap().iter().map(place).collect()
}

/// The example images in a registry that holds no evidence of them: looked for, and not there.
fn pushed() -> (Registry, Vec<String>) {
    let serve = |settings: Settings, name: &&str| settings.repository(name, &example(name));
    let registry = EXAMPLES.iter().fold(Settings::default(), serve).start();
    let names = EXAMPLES.iter().map(|name| registry.name(name)).collect();
    (registry, names)
}

#[test]
fn profiles_order_the_example_images_differently() {
    let (_registry, images) = pushed();
    // Distroless, hardened by a script, mainstream, a vendor's distribution.
    let by = |profile: &str| places(&images, profile);
    assert_eq!(by("mainstream-distro"), [(2, 2), (4, 4), (1, 1), (3, 3)]);
    assert_eq!(by("from-source"), [(2, 2), (4, 4), (3, 3), (1, 1)]);
    assert_eq!(by("minimal-surface"), [(1, 3), (1, 3), (4, 4), (1, 3)]);
    assert_eq!(by("regulated"), [(1, 1), (3, 4), (3, 4), (2, 2)]);
}

#[test]
fn what_was_not_looked_for_orders_nothing() {
    let images: Vec<String> = EXAMPLES
        .iter()
        .map(|name| example(name).display().to_string())
        .collect();
    assert_eq!(places(&images, "from-source"), [(1, 4); 4]);
    assert_eq!(
        places(&images, "mainstream-distro"),
        [(2, 2), (4, 4), (1, 1), (3, 3)]
    );
}

#[test]
fn no_order_is_given_unasked_and_the_one_asked_for_says_by_what() {
    let images: Vec<String> = EXAMPLES
        .iter()
        .map(|name| example(name).display().to_string())
        .collect();
    let table = |profile: &str| {
        let mut arguments = vec!["compare", "--profile", profile];
        arguments.extend(images.iter().map(String::as_str));
        let output = run(&arguments);
        ends_with(&output, 0);
        said(&output)
    };
    let unasked = table("balanced");
    assert!(!unasked.contains("Weighed"), "{unasked}");
    let asked = table("mainstream-distro");
    assert!(asked.contains("place 2 4 1 3"), "{asked}");
    assert!(
        asked.contains("weighs can we leave? 3, can we live with it? 1."),
        "{asked}"
    );
}

#[test]
fn missing_evidence_blocks_under_the_regulated_profile_alone() {
    let image = example("vendor-distro").display().to_string();
    ends_with(&run(&["check", &image]), 0);
    let output = run(&["check", &image, "--profile", "regulated"]);
    ends_with(&output, 1);
    assert!(
        said(&output).contains("provenance.sbom_present"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_committed_profile_schema_is_what_the_type_says_and_fits_the_shipped_profiles() {
    let text = profile::schema().unwrap();
    assert_fresh("schemas/profile-1.json", &text);
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in SHIPPED {
        let file = format!("policies/profiles/{name}.yaml");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(file).unwrap();
        let profile: Value = yaml_serde::from_str(&text).unwrap();
        assert!(validator.is_valid(&profile), "{name}");
    }
    for wrong in [
        json!({"weights": {"a.b": 101}}),
        json!({"rulez": []}),
        json!({"fail_on": "hihg"}),
        json!({"thresholds": {"portablity": 1}}),
        json!({"axis_weights": {"evidence": "much"}}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

/// Runs with the profile `text` and gives what was said; it must end with 2.
fn refused(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("team.yaml", text)]);
    let file = folder.path().join("team.yaml").display().to_string();
    let image = example("distroless").display().to_string();
    let output = run(&["check", &image, "--profile", &file]);
    ends_with(&output, 2);
    assert!(output.stdout.is_empty());
    said(&output)
}

/// A profile, where its mistake is (`line:column`, as the diagnostic writes it behind the file's
/// name), what is said, and what to do.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    (
        "# weights\nextends: balanced\nwieghts: {}\n",
        "3:1",
        "there is no key `wieghts`",
        "did you mean `weights`?",
    ),
    (
        "extends: balanced\nweights:\n  fhs.dangling_links: much\n",
        "3:23",
        "is a string, where a number belongs",
        "without quotes",
    ),
    (
        "extends: [balanced, gate]\n",
        "1:10",
        "`extends` is a list, where a string belongs",
        "write one text",
    ),
    (
        "extends: balanced\nweights:\n  fhs.dangling_links: 101\n",
        "3:23",
        "101 is not from 0 to 100",
        "from 0 to 100",
    ),
    (
        "extends: balanced\nthresholds:\n  evidence: -1\n",
        "3:13",
        "-1 is not from 0 to 100",
        "from 0 to 100",
    ),
    (
        "# hardening.no_setiud\nextends: balanced\noff: [hardening.no_shell, hardening.no_setiud]\n",
        "3:27",
        "there is no rule `hardening.no_setiud`",
        "did you mean `hardening.no_setuid`?",
    ),
    (
        "extends: balanced\noff: [\"hardning.*\"]\n",
        "2:7",
        "no rule matches `hardning.*`",
        "did you mean `hardening.*`?",
    ),
    (
        "extends: balanced\nweights:\n  quite.other: 1\n",
        "3:3",
        "there is no rule `quite.other`",
        "freehold policy list",
    ),
    (
        "extends: balanced\ncategory_weights: {exti: 1}\n",
        "2:20",
        "`exti` is no category",
        "did you mean `exit`?",
    ),
    (
        "extends: balanced\naxis_weights: {evidnece: 1}\n",
        "2:16",
        "`evidnece` is no axis",
        "did you mean `evidence`?",
    ),
    (
        "extends: balanced\nseverities:\n  fhs.dangling_links: hihg\n",
        "3:23",
        "`hihg` is not known here",
        "did you mean `high`?",
    ),
    (
        "extends: balanced\nfail_on: never\n",
        "2:10",
        "`never` is not known here",
        "known are info, low, medium, high, critical",
    ),
    (
        "extends: balanced\nparameters:\n  distro.supported_release: {warn_dyas: 9}\n",
        "3:30",
        "has no parameter `warn_dyas`",
        "did you mean `warn_days`?",
    ),
    (
        "extends: balanced\nparameters:\n  distro.supported_release: {warn_days: soon}\n",
        "3:41",
        "`warn_days` is a string, where rule `distro.supported_release` wants a number",
        "its default is 180",
    ),
    (
        "extends: balanced\noff: [provenance.sbom_present]\nrequired_evidence:\n  - provenance.sbom_present\n",
        "4:5",
        "is required evidence and is not on",
        "switch it on under `on`",
    ),
    (
        "extends: balanced\non: [fhs.dangling_links]\noff: [fhs.dangling_links]\n",
        "2:6",
        "is switched on and off",
        "under one of the two",
    ),
    (
        "name: a\nextends: balancd\n",
        "2:10",
        "there is no profile `balancd`",
        "did you mean `balanced`?",
    ),
    (
        "extends: balanced\noff: []\noff: [fhs.dangling_links]\n",
        "3:1",
        "the key `off` is given twice",
        "keep one of the two",
    ),
    (
        "name: x\n---\nname: y\n",
        "2:1",
        "a second document begins here",
        "one document",
    ),
    (
        "name: x\nrules: []\n",
        "2:8",
        "switches no rule on",
        "name rules under `rules`",
    ),
    (
        "description: x\nname: gate\nextends: gate\nfail_on: critical\n",
        "2:7",
        "`gate` is the name of a shipped profile",
        "give it a name of its own",
    ),
    (
        "name: \" Balanced\"\nextends: gate\n",
        "1:7",
        "is the name of a shipped profile",
        "reports then call it by its file",
    ),
    (
        "name: a\nextends: team.yaml\n",
        "2:10",
        "extends itself",
        "let the last of them extend a shipped profile",
    ),
];

#[test]
fn every_mistake_is_told_with_file_line_column_and_remedy() {
    for (text, place, message, remedy) in MISTAKES {
        let said = refused(text);
        for wanted in [*message, *remedy, &format!("team.yaml:{place}]")] {
            let unfolded = |text: &str| text.replace([' ', '│', '×', '╭', '─'], "");
            assert!(
                unfolded(&said).contains(&unfolded(wanted)),
                "{text}\nwants {wanted}\n{said}"
            );
        }
    }
}

#[test]
fn a_long_name_is_refused_and_not_shown() {
    let said = refused(&format!("name: {}\nextends: gate\n", "a".repeat(900_000)));
    let wanted = "the name is longer than 100 characters";
    assert!(said.contains(wanted), "{}", said.len());
    assert!(said.contains("team.yaml:1"), "{}", said.len());
    assert!(said.len() < 2_000, "{}", said.len());
}

#[test]
fn a_yaml_bomb_is_refused_in_no_time() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    let said = refused(&bomb);
    assert!(said.contains("policy::pack::too_large"), "{said}");
    assert!(
        said.contains("aliases count as what they stand for"),
        "{said}"
    );
}

#[test]
fn all_mistakes_of_a_chain_of_files_are_told_at_once_each_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let child =
        "extends: parent.yaml\nweights: {fhs.nothing: 1, fhs.dangling_links: x}\nfial_on: low\n";
    let parent = "extends: balanced\nthresholds: {evidence: 200}\n";
    write(
        folder.path(),
        &[("child.yaml", child), ("parent.yaml", parent)],
    );
    let path = folder.path().join("child.yaml").display().to_string();
    let error = Profile::load(&path, &Pack::embedded().unwrap()).unwrap_err();
    let told: BTreeSet<(String, Option<usize>)> = error
        .problems()
        .iter()
        .map(|problem| {
            let name = Path::new(&problem.file).file_name().unwrap();
            (name.to_string_lossy().into_owned(), problem.line)
        })
        .collect();
    let at = |file: &str, line: usize| (file.to_owned(), Some(line));
    assert_eq!(error.problems().len(), 4, "{error:?}");
    let wanted = [
        at("child.yaml", 2),
        at("child.yaml", 3),
        at("parent.yaml", 2),
    ];
    assert_eq!(told, BTreeSet::from(wanted));
}

#[test]
fn profiles_in_a_circle_are_told_by_the_way_they_go() {
    let pack = load(&[
        ("profiles/a.yaml", "extends: b\n"),
        ("profiles/b.yaml", "name: b\nextends: a\n"),
    ])
    .unwrap();
    let error = Profile::load("a", &pack).unwrap_err();
    let [problem] = error.problems() else {
        panic!("{error:?}");
    };
    assert!(problem.message.contains("a → b → a"), "{problem}");
    assert!(problem.file.ends_with("b.yaml"));
    assert_eq!(problem.line, Some(2));
}

#[test]
fn a_file_adds_rules_to_those_it_extends_and_extends_a_file_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let team =
        "extends: gate\non: [distro.supported_release, \"fhs.*\"]\noff: [fhs.dangling_links]\n";
    write(
        folder.path(),
        &[
            ("team.yaml", team),
            ("service.yaml", "extends: team.yaml\nfail_on: critical\n"),
        ],
    );
    let pack = Pack::embedded().unwrap();
    let path = folder.path().join("service.yaml").display().to_string();
    let service = Profile::load(&path, &pack).unwrap();
    let gate = Profile::load("gate", &pack).unwrap();
    assert!(service.rules.is_superset(&gate.rules));
    let more: Vec<&String> = service.rules.difference(&gate.rules).collect();
    assert!(more.contains(&&"distro.supported_release".to_owned()));
    assert!(more.contains(&&"fhs.portable_names".to_owned()));
    assert!(!service.rules.contains("fhs.dangling_links"));
    assert_eq!(service.extends, ["team.yaml", "gate"]);
}
