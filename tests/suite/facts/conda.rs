//! Conda packages: the records of an environment.

use freehold::facts::model::{Facts, GapKind, PackageFiles, PackageType, Topic};
use serde_json::{Value, json};

use super::{gaps, package, printed, read, unowned};
use crate::support::image_builder::json_bytes;
use crate::support::layer::Layer;

const FILE: &str = "opt/conda/conda-meta/zlib-1.2.13-h5eee18b_0.json";

fn packages(facts: &Facts) -> Vec<String> {
    let conda = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Conda);
    conda
        .map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

fn record(channel: &str) -> Value {
    json!({
        "name": "zlib", "version": "1.2.13", "build": "h5eee18b_0", "build_number": 0,
        "channel": channel, "subdir": "linux-64", "fn": "zlib-1.2.13-h5eee18b_0.tar.bz2",
        "license": "Zlib", "md5": "x", "depends": ["libgcc-ng"],
        "files": ["include/zlib.h", "lib/libz.so"],
        "paths_data": {"paths": [{"_path": "include/zlib.h", "path_type": "hardlink"}]},
    })
}

fn with(record: &Value) -> Layer {
    Layer::new().file(FILE, json_bytes(record))
}

#[test]
fn a_record_names_a_package_and_its_files() {
    let facts = read([with(&record("https://conda.example/pkgs/main/linux-64"))
        .file("opt/conda/include/zlib.h", "x")
        .file("opt/conda/include/other.h", "x")
        .file("opt/conda/conda-meta/history", "x")
        .with_parents()]);
    assert_eq!(packages(&facts), ["zlib@1.2.13"]);
    let zlib = package(&facts, "zlib");
    let purl = "pkg:conda/zlib@1.2.13?build=h5eee18b_0&channel=main&subdir=linux-64&type=tar.bz2";
    assert_eq!(zlib.purl.as_deref(), Some(purl));
    assert_eq!(zlib.arch.as_deref(), Some("linux-64"));
    assert_eq!(zlib.licenses, ["Zlib"]);
    let files = PackageFiles {
        recorded: 3,
        present: 2,
    };
    assert_eq!(zlib.files, Some(files));
    assert_eq!(
        unowned(&facts),
        [
            "/opt/conda/conda-meta/history",
            "/opt/conda/include/other.h"
        ]
    );
}

#[test]
fn a_channel_is_named_and_its_address_is_not() {
    let of = |channel: &str| {
        let facts = read([with(&record(channel)).with_parents()]);
        assert!(!printed(&facts).contains("s3cret"), "{channel}");
        let purl = package(&facts, "zlib").purl.clone().unwrap();
        purl.split('&').nth(1).unwrap().to_owned()
    };
    assert_eq!(of("conda-forge"), "channel=conda-forge");
    assert_eq!(
        of("https://conda.example/conda-forge/"),
        "channel=conda-forge"
    );
    let token = "https://me:s3cret@conda.example/t/s3cret/own/linux-64";
    assert_eq!(of(token), "channel=own");
    assert_eq!(of("https://conda.example/?token=s3cret"), "subdir=linux-64");
}

#[test]
fn what_conda_installed_for_python_is_one_thing_under_two_names() {
    let place = "opt/conda/lib/python3.12/site-packages";
    let metadata = "lib/python3.12/site-packages/six-1.16.0.dist-info/METADATA";
    let json = json!({
        "name": "six", "version": "1.16.0", "build": "pyh_0", "channel": "conda-forge", "subdir": "noarch",
        "fn": "six-1.16.0-pyh_0.conda",
        "files": ["lib/python3.12/site-packages/six.py", metadata],
    });
    let facts = read([Layer::new()
        .file(
            "opt/conda/conda-meta/six-1.16.0-pyh_0.json",
            json_bytes(&json),
        )
        .file(
            &format!("opt/conda/{metadata}"),
            "Name: six\nVersion: 1.16.0\n",
        )
        .file(
            &format!("{place}/six-1.16.0.dist-info/RECORD"),
            "six.py,,\n",
        )
        .file(&format!("{place}/six.py"), "x")
        .file(
            &format!("{place}/by_pip-1.0.dist-info/METADATA"),
            "Name: by-pip\nVersion: 1.0\n",
        )
        .with_parents()]);
    assert_eq!(packages(&facts), ["six@1.16.0"]);
    let python: Vec<_> = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Pypi)
        .map(|package| (package.name.as_str(), package.owner.as_deref()))
        .collect();
    assert_eq!(python, [("by-pip", None), ("six", Some("six"))]);
    let conda = facts
        .packages
        .iter()
        .find(|package| package.package_type == PackageType::Conda);
    assert_eq!(conda.unwrap().owner, None);
    assert!(unowned(&facts).is_empty());
}

#[test]
fn paths_never_lead_out_of_the_environment() {
    let json = json!({
        "name": "a", "version": "1", "files": ["../../etc/passwd", "/etc/passwd", "", "x/..", "lib/./a"],
    });
    let facts = read([with(&json)
        .file("etc/passwd", "")
        .file("opt/conda/lib/a", "")
        .with_parents()]);
    assert_eq!(packages(&facts), ["a@1"]);
    assert_eq!(unowned(&facts), ["/etc/passwd"]);
}

#[test]
fn files_that_are_no_records_are_gaps() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let texts = [
        "",
        "{}",
        "[]",
        "null",
        &deep,
        "{\"name\": \"a\"}",
        "{\"name\": \"../a\", \"version\": \"1\"}",
        "{\"name\": \"a\", \"version\": 1}",
        "{\"name\": \"a\", \"version\": \"1\", \"files\": {}}",
        "{\"name\": \"a\", \"version\": \"1\", \"files\": [7]}",
    ];
    for text in texts {
        let facts = read([Layer::new().file(FILE, text).with_parents()]);
        assert!(packages(&facts).is_empty(), "{text:.60}");
        let path = format!("/{FILE}");
        let gap = (
            Topic::LanguagePackages,
            Some(path.as_str()),
            GapKind::Corrupt,
        );
        assert_eq!(gaps(&facts), [gap], "{text:.60}");
    }
}

#[test]
fn a_record_of_too_many_files_and_one_that_is_huge_are_gaps() {
    let files: Vec<String> = (0..1_000_100).map(|at| format!("f{at}")).collect();
    let json = json!({"name": "a", "version": "1", "files": files});
    let facts = read([Layer::new()
        .file(FILE, serde_json::to_vec(&json).unwrap())
        .with_parents()]);
    assert_eq!(packages(&facts), ["a@1"]);
    assert_eq!(gaps(&facts), [(Topic::Ownership, None, GapKind::Limit)]);
    let padding = "x".repeat(33 << 20);
    let json = json!({"name": "a", "version": "1", "summary": padding});
    let facts = read([with(&json).with_parents()]);
    assert_eq!(gaps(&facts)[0].2, GapKind::Limit);
    assert!(packages(&facts).is_empty());
}
