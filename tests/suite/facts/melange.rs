//! Documents that describe apk packages, and those of ActiveState's images.

use freehold::facts::model::{Facts, GapKind, PackageType, Topic};
use serde_json::json;

use super::{gaps, names, package, read};
use crate::support::databases::{Installed, alpine};
use crate::support::image_builder::json_bytes;
use crate::support::layer::Layer;

fn spdx(urls: &[&str]) -> Vec<u8> {
    let entries = urls.iter().map(|url| {
        json!({
            "name": "x", "licenseDeclared": "MIT",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": url}],
        })
    });
    let packages: Vec<_> = entries.collect();
    json_bytes(&json!({"packages": packages}))
}

fn document(name: &str) -> String {
    format!("var/lib/db/sbom/{name}.spdx.json")
}

fn of_type(facts: &Facts, package_type: PackageType) -> Vec<String> {
    let packages = facts.packages.iter();
    packages
        .filter(|package| package.package_type == package_type)
        .map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

#[test]
fn a_package_that_apk_lists_is_named_once() {
    let text = spdx(&[
        "pkg:apk/wolfi/libstdc%2B%2B@13.2.0-r1?arch=x86_64",
        "pkg:generic/gcc@13.2.0",
        "pkg:github/gcc-mirror/gcc@releases/gcc-13",
    ]);
    let path = document("libstdc++-13.2.0-r1");
    let package = Installed::new("libstdc++", "13.2.0-r1").file(&path, text);
    let facts = read([alpine(&[package])]);
    assert_eq!(names(&facts), ["libstdc++"]);
    assert_eq!(facts.packages[0].database, "/lib/apk/db/installed");
    assert_eq!(facts.sboms.items.len(), 1);
}

#[test]
fn a_package_that_was_copied_in_is_known_by_its_document() {
    let text = spdx(&["pkg:apk/wolfi/libgomp@14.2.0-r3?arch=x86_64&distro=wolfi"]);
    let path = document("libgomp-14.2.0-r3");
    let facts = read([
        alpine(&[Installed::new("musl", "1.2")]),
        Layer::new()
            .file(&path, text.clone())
            .file(&document("again"), text)
            .with_parents(),
    ]);
    assert_eq!(names(&facts), ["libgomp", "musl"]);
    let libgomp = package(&facts, "libgomp");
    assert_eq!(
        libgomp.database,
        document("again").replacen("var", "/var", 1)
    );
    assert_eq!(libgomp.arch.as_deref(), Some("x86_64"));
    assert_eq!(libgomp.licenses, ["MIT"]);
    assert_eq!(libgomp.layer, 2);
}

#[test]
fn a_damaged_document_is_a_gap_of_sboms_and_leaves_the_packages_known() {
    let deep = "[".repeat(100_000);
    for text in ["", "{", "[]", &deep] {
        let facts = read([
            alpine(&[Installed::new("musl", "1.2")]),
            Layer::new().file(&document("a"), text).with_parents(),
        ]);
        let path = format!("/{}", document("a"));
        let gap = (Topic::Sboms, Some(path.as_str()), GapKind::Corrupt);
        assert_eq!(gaps(&facts), [gap]);
        assert_eq!(facts.ownership.files.undetermined, 0);
    }
}

#[test]
fn documents_that_loop_or_name_directories_add_nothing() {
    let facts = read([alpine(&[Installed::new("musl", "1.2")])
        .file(
            &document("a"),
            spdx(&["pkg:apk/..@1", "pkg:apk/wolfi/a%0Ab@1"]),
        )
        .symlink(&document("b"), "b.spdx.json")
        .with_parents()]);
    assert_eq!(names(&facts), ["musl"]);
    assert_eq!(gaps(&facts)[0].2, GapKind::Unresolvable);
}

#[test]
fn activestate_names_what_describes_itself_nowhere_else() {
    let text = spdx(&[
        "pkg:generic/python@3.12.4",
        "pkg:pypi/flask@3.0.0",
        "pkg:generic/..@1",
        "pkg:generic/none",
    ]);
    let layer = Layer::new().file("opt/activestate/python.spdx.json", text);
    let facts = read([layer.with_parents()]);
    assert_eq!(of_type(&facts, PackageType::Generic), ["python@3.12.4"]);
    assert_eq!(facts.packages.len(), 1);
    let python = package(&facts, "python");
    assert_eq!(python.purl.as_deref(), Some("pkg:generic/python@3.12.4"));
    assert_eq!(python.licenses, ["MIT"]);
    let damaged = Layer::new().file("opt/activestate/python.spdx.json", "{}");
    let facts = read([damaged.with_parents()]);
    assert_eq!(gaps(&facts)[0].0, Topic::LanguagePackages);
}
