//! Packs that others made: bundles and data, sound and hostile, judged in a child process.

mod borders;
pub mod made;

use std::path::{Path, PathBuf};

use freehold::facts::model::Facts;
use freehold::policy::error::PolicyError;
use freehold::policy::evaluate;
use freehold::policy::origin::Part;
use freehold::policy::pack::Pack;
use freehold::policy::profile::Profile;
use freehold::policy::sandbox::Isolation;
use freehold::policy::verdict::Outcome;
use tar::EntryType;
use tempfile::TempDir;

use crate::judging::{NOW, facts, load, verdict_of, write};
use crate::packs::made::{DENIES, bundle, gzipped, tar_entry};
use crate::registries::{ends_with, image, layout, run, said};
use crate::support::image_builder::{ImageBuilder, write as write_bytes};
use crate::support::layer::Layer;

/// A rule that asks for a gigabyte, in a built-in that no timer reaches.
const PADDING: &str = "package bad\n\nformat := concat(\"\", [\"%1000\", \"000000d\"])\n\n\
    deny contains \"x\" if count(sprintf(format, [1])) == 1\n";

/// The limits the program sets, and its file.
fn isolation() -> Isolation {
    Isolation::of(assert_cmd::cargo::cargo_bin!("freehold").to_owned())
}

/// A bundle in a folder of its own.
fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.tar.gz");
    write_bytes(&path, bytes);
    (folder, path)
}

fn open(bytes: &[u8]) -> Result<Pack, PolicyError> {
    let (_folder, path) = written(bytes);
    Pack::assemble(vec![Part::bundle(&path)], Some(&isolation()))
}

/// What the error about a bundle says, in one line, with its remedy.
fn refusal(bytes: &[u8]) -> String {
    let error = open(bytes).unwrap_err();
    let problem = error
        .problems()
        .first()
        .unwrap_or_else(|| panic!("{error}"));
    format!("{}; {}", problem, problem.help.as_deref().unwrap_or("none"))
}

/// The facts of an image that the program read.
fn example() -> Facts {
    let (_folder, reference) = layout(&image(2));
    let output = run(&["facts", &reference]);
    ends_with(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The error that judging an empty image with this rule ends in.
fn stopped(rule: &str, isolation: &Isolation) -> String {
    let (_folder, path) = written(&bundle(&[("bad.rego", rule)]));
    let pack = Pack::assemble(vec![Part::bundle(&path)], Some(isolation)).unwrap();
    let profile = Profile::everything(&pack);
    let error = evaluate(&pack, &profile, &facts(|_| {}), NOW).unwrap_err();
    assert!(matches!(error, PolicyError::Stopped { .. }), "{error}");
    error.to_string()
}

#[test]
fn the_shipped_rules_say_the_same_in_a_child_process() {
    let facts = example();
    let shipped = Pack::embedded().unwrap();
    let held = open(&bundle(&[("main.rego", DENIES)])).unwrap();
    assert!(held.is_sandboxed() && !shipped.is_sandboxed());
    let judged = |pack: &Pack| {
        let profile = Profile::load("balanced", pack).unwrap();
        evaluate(pack, &profile, &facts, NOW).unwrap()
    };
    let (here, mut there) = (judged(&shipped), judged(&held));
    let main = there.iter().position(|verdict| verdict.rule.id == "main");
    assert_eq!(there.remove(main.unwrap()).outcome, Outcome::Fail);
    assert!(here.len() > 50, "{}", here.len());
    assert_eq!(here, there);
}

#[test]
fn a_bundle_means_what_its_directory_means() {
    let files = [
        (
            "main.rego",
            "package main\n\ndeny contains data.acme.words[_]\n",
        ),
        ("acme/data.yaml", "words: [one, two]\n"),
        ("data/distros.yaml", "distros: {acme: {name: Acme}}\n"),
        (
            "profiles/ours.yaml",
            "extends: gate\ndescription: d\nname: ours\n",
        ),
    ];
    let here = load(&files).unwrap();
    let there = open(&bundle(&files)).unwrap();
    assert_eq!(here.digest(), there.digest());
    assert_eq!(here.profile_names(), there.profile_names());
    assert_eq!(here.rules().len(), there.rules().len());
    let facts = facts(|_| {});
    let (one, other) = (
        verdict_of("main", &here, &facts),
        verdict_of("main", &there, &facts),
    );
    assert_eq!(one, other);
    let found: Vec<&str> = one.findings.iter().map(|found| &*found.msg).collect();
    assert_eq!(found, ["one", "two"]);
    let profile = |pack: &Pack| Profile::load("ours", pack).unwrap().rules;
    assert_eq!(profile(&here), profile(&there));
}

#[test]
fn names_as_opa_build_writes_them_are_read_and_its_manifest_holds() {
    let manifest = |text: &str| {
        let files = [
            ("/.manifest", text),
            ("/data.json", "{\"acme\": {\"word\": \"one\"}}"),
            (
                "/policy/main.rego",
                "package acme.rules\n\ndeny contains data.acme.word\n",
            ),
        ];
        open(&bundle(&files))
    };
    let pack = manifest("{\"revision\": \"1\", \"roots\": [\"acme\"], \"rego_version\": 1}");
    let pack = pack.unwrap();
    let verdict = verdict_of("acme.rules", &pack, &facts(|_| {}));
    assert_eq!(verdict.findings[0].msg, "one");
    let outside = manifest("{\"roots\": [\"other\"]}").unwrap_err();
    for problem in outside.problems() {
        assert!(problem.message.contains("outside the roots"), "{problem}");
    }
    let old = manifest("{\"rego_version\": 0}").unwrap_err();
    assert!(old.to_string().contains("Rego v0"), "{old}");
    assert!(manifest("[").is_err());
}

#[test]
fn what_a_bundle_holds_beside_rules_is_said() {
    let files = [
        ("main.rego", DENIES),
        (".signatures.json", "{}"),
        ("policy.wasm", "x"),
        ("data/signers.yaml", "signers: {entries: {}}\n"),
        ("README.md", "read me"),
    ];
    let pack = open(&bundle(&files)).unwrap();
    let mut codes: Vec<&str> = pack.warnings().iter().map(|one| one.kind.code()).collect();
    codes.retain(|code| *code != "policy::pack::metadata");
    codes.sort_unstable();
    let ignored = "policy::pack::ignored_file";
    assert_eq!(codes, [ignored, ignored, "policy::pack::not_verified"]);
}

#[test]
fn entries_that_no_bundle_needs_are_refused_by_name() {
    let rule = tar_entry("main.rego", EntryType::Regular, DENIES.as_bytes());
    let of = |name: &str, kind: EntryType| {
        refusal(&gzipped(&[rule.clone(), tar_entry(name, kind, b"")]))
    };
    for (name, kind, reason) in [
        ("../outside.rego", EntryType::Regular, "leads out of"),
        ("a/../../b.rego", EntryType::Regular, "leads out of"),
        ("link.rego", EntryType::Symlink, "is a link"),
        ("link.rego", EntryType::Link, "is a link"),
        ("device.rego", EntryType::Char, "is a device"),
        ("pipe.rego", EntryType::Fifo, "is a named pipe"),
        ("main.rego", EntryType::Regular, "is there twice"),
        ("./main.rego", EntryType::Regular, "is there twice"),
    ] {
        let said = of(name, kind);
        for part in [name, reason, "rules.tar.gz", "opa build"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    let escape = of("a\u{1b}[2J.rego", EntryType::Regular);
    assert!(!escape.contains('\u{1b}'), "{escape:?}");
}

#[test]
fn a_bundle_that_is_too_large_or_damaged_is_refused() {
    let zeros = vec![0; 8 << 20];
    let bomb = gzipped(&[tar_entry("data.json", EntryType::Regular, &zeros)]);
    assert!(refusal(&bomb).contains("times its size"), "{}", bomb.len());
    let many: Vec<Vec<u8>> = (0..10_001)
        .map(|number| tar_entry(&number.to_string(), EntryType::Regular, b""))
        .collect();
    assert!(refusal(&gzipped(&many)).contains("entries"));
    let long: String = (0..200_000).map(|line| format!("# {line}\n")).collect();
    assert!(refusal(&bundle(&[("main.rego", &long)])).contains("larger than"));
    let gate = bundle(&[
        ("main.rego", DENIES),
        ("profiles/gate.yaml", "rules: [main]\n"),
    ]);
    assert!(refusal(&gate).contains("name of a shipped profile"));
    let escape = bundle(&[("main.rego", "package main # \u{1b}[2J\n")]);
    assert!(refusal(&escape).contains("control characters"));
    let whole = bundle(&[("main.rego", DENIES)]);
    for cut in [0, 10, whole.len() / 2, whole.len() - 9] {
        assert!(refusal(&whole[..cut]).contains("rules.tar.gz"), "{cut}");
    }
    assert!(refusal(b"package main").contains("gzip"));
}

#[test]
fn mistakes_in_a_bundle_are_shown_with_their_place() {
    let error = open(&bundle(&[(
        "main.rego",
        "package main\n\ndeny contains {\n",
    )]))
    .unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.kind.code(), "policy::pack::syntax");
    assert_eq!(problem.line, Some(4));
    assert!(
        problem.file.ends_with("rules.tar.gz:main.rego"),
        "{}",
        problem.file
    );
    let diagnostic: &dyn miette::Diagnostic = problem;
    assert!(diagnostic.source_code().is_some());

    let deep = format!(
        "package main\n\nx := {}1{}\n",
        "[".repeat(20),
        "]".repeat(20)
    );
    let error = open(&bundle(&[("main.rego", &deep)])).unwrap_err();
    assert_eq!(error.problems()[0].kind.code(), "policy::pack::too_deep");
}

#[test]
fn what_no_timer_reaches_is_stopped_by_memory_or_by_the_clock() {
    let memory = Isolation {
        memory_bytes: 600 << 20,
        ..isolation()
    };
    for rule in [
        // No literal says how much it is.
        "package bad\n\nn := 10000\n\n\
         deny contains \"x\" if count(numbers.range(1, n * n)) == 1\n",
        PADDING,
    ] {
        let said = stopped(rule, &memory);
        assert!(said.contains("more than 600 MiB"), "{said}");
    }
    let clock = Isolation {
        seconds: 2,
        ..isolation()
    };
    let endless = "package bad\n\nr := numbers.range(1, 1000)\n\n\
        deny contains \"x\" if { some a in r; some b in r; some c in r; a + b + c < 0 }\n";
    let said = stopped(endless, &clock);
    assert!(said.contains("longer than 2 seconds"), "{said}");
}

#[test]
fn a_program_that_is_not_ours_gives_no_verdict() {
    let (_folder, path) = written(&bundle(&[("main.rego", DENIES)]));
    for program in ["/bin/true", "/bin/false", "/nonexistent"] {
        let isolation = Isolation::of(program.into());
        let error = Pack::assemble(vec![Part::bundle(&path)], Some(&isolation)).unwrap_err();
        assert!(matches!(error, PolicyError::Stopped { .. }), "{error}");
    }
    assert!(Pack::assemble(vec![Part::bundle(&path)], None).is_err());
}

#[test]
fn a_yaml_bomb_and_a_long_chain_of_rules_end_in_an_answer() {
    let mut yaml = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in "bcdefghijk".chars().zip("abcdefghij".chars()) {
        let ten = vec![format!("*{before}"); 10].join(", ");
        yaml.push_str(&format!("{name}: &{name} [{ten}]\n"));
    }
    let error = open(&bundle(&[("main.rego", DENIES), ("data.yaml", &yaml)])).unwrap_err();
    assert!(!error.to_string().is_empty());

    let mut chain = String::from("package main\n\n");
    for number in 0..5_000 {
        chain.push_str(&format!("r{number} if r{}\n\n", number + 1));
    }
    chain.push_str("r5000 := true\n\ndeny contains \"end\" if r0\n");
    let pack = open(&bundle(&[("main.rego", &chain)])).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    assert_eq!(verdict.findings[0].msg, "end");
}

#[test]
fn the_program_takes_bundles_and_exits_2_when_their_rules_are_stopped() {
    let (_image, reference) = layout(&image(1));
    let (folder, path) = written(&bundle(&[("main.rego", DENIES)]));
    let path = path.to_str().unwrap();
    let output = run(&["check", &reference, "--policy", path, "-f", "json"]);
    ends_with(&output, 1);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let source = &report["run"]["pack"]["sources"][0];
    assert_eq!(source["kind"], "bundle");
    assert_eq!(source["name"], path);
    assert!(source["digest"].as_str().unwrap().starts_with("sha256:"));

    let bad = folder.path().join("bad.tgz");
    write_bytes(&bad, bundle(&[("bad.rego", PADDING)]));
    let output = run(&["check", &reference, "--policy", bad.to_str().unwrap()]);
    ends_with(&output, 2);
    assert!(
        said(&output).contains("policy::sandbox::stopped"),
        "{}",
        said(&output)
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn tests_of_a_bundle_run_in_a_child_process() {
    let test = "package main_test\n\nimport data.main\n\n\
        test_denies if count(main.deny) == 1 with input as {\"image\": {}}\n\n\
        test_wrong if 1 == 2\n";
    let (_folder, path) = written(&bundle(&[("main.rego", DENIES), ("main_test.rego", test)]));
    let output = run(&["policy", "test", path.to_str().unwrap()]);
    ends_with(&output, 1);
    assert!(
        said(&output).contains("1 test passed, 1 failed"),
        "{}",
        said(&output)
    );
}

/// The messages of `main`, judged with these data.
fn with_data(data: &Path) -> Vec<String> {
    let rules = tempfile::tempdir().unwrap();
    let rule = "package main\n\ndeny contains msg if some msg in data.limits.words\n\n\
        deny contains msg if some msg in data.team.limits.words\n";
    write(rules.path(), &[("main.rego", rule)]);
    let parts = vec![Part::directory(rules.path()), Part::data(data)];
    let pack = Pack::assemble(parts, None).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    verdict
        .findings
        .into_iter()
        .map(|found| found.msg)
        .collect()
}

#[test]
fn data_stand_below_data_at_their_directory() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("one.yaml", "limits: {words: [one]}\n"),
        ("team/two.json", "{\"limits\": {\"words\": [\"two\"]}}"),
        ("more/x.yml", "unread: true\n"),
    ];
    write(folder.path(), &files);
    assert_eq!(with_data(folder.path()), ["one", "two"]);
    let rule = "package main\n\ndeny contains msg if some msg in data.limits.words\n";
    let rules = tempfile::tempdir().unwrap();
    write(rules.path(), &[("main.rego", rule)]);
    let one = Part::data(&folder.path().join("one.yaml"));
    let pack = Pack::assemble(vec![Part::directory(rules.path()), one], None).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    assert_eq!(verdict.findings[0].msg, "one");
}

#[test]
fn data_add_to_a_shipped_table_and_replace_none() {
    let folder = tempfile::tempdir().unwrap();
    let text = "freehold: {data: {distros: {entries: {acme: {name: Acme}}}}}\n";
    let rule = "package main\n\ndeny contains name if {\n\tsome id in [\"acme\", \"debian\"]\n\t\
        name := data.freehold.data.distros.entries[id].name\n}\n";
    write(
        folder.path(),
        &[("add.yaml", text), ("rules/main.rego", rule)],
    );
    let parts = vec![
        Part::directory(&folder.path().join("rules")),
        Part::data(&folder.path().join("add.yaml")),
    ];
    let pack = Pack::assemble(parts, None).unwrap();
    let verdict = verdict_of("main", &pack, &facts(|_| {}));
    let found: Vec<&str> = verdict.findings.iter().map(|found| &*found.msg).collect();
    assert_eq!(found, ["Acme", "Debian"]);
    let wrong = Part::data(&folder.path().join("rules/main.rego"));
    assert!(Pack::assemble(vec![wrong], None).is_err());
}
