//! Components of Bitnami's images.

use freehold::facts::model::{Facts, GapKind, PackageType, Rung, Topic};
use serde_json::{Value, json};

use super::{gaps, package, read, unowned};
use crate::support::image_builder::json_bytes;
use crate::support::layer::Layer;

const FILE: &str = "opt/bitnami/redis/.spdx-redis.spdx";
const COMPONENTS: &str = "opt/bitnami/.bitnami_components.json";

fn packages(facts: &Facts) -> Vec<String> {
    let bitnami = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Bitnami);
    bitnami
        .map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

/// An SPDX document of packages with these purls.
fn spdx(urls: &[&str]) -> Vec<u8> {
    let entries = urls.iter().map(|url| {
        json!({
            "name": "x", "SPDXID": "SPDXRef-x", "licenseDeclared": "NOASSERTION", "licenseConcluded": "BSD-3-Clause",
            "externalRefs": [
                {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:*"},
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url},
            ],
        })
    });
    let packages: Vec<Value> = entries.collect();
    json_bytes(
        &json!({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": packages}),
    )
}

#[test]
fn a_document_names_a_component_and_the_libraries_in_it() {
    let text = spdx(&[
        "pkg:bitnami/redis@7.4.1-0?arch=amd64&distro=debian-12",
        "pkg:bitnami/jemalloc@5.3.0?arch=amd64&distro=debian-12",
        "pkg:maven/org.example/bundled@1.6",
    ]);
    let facts = read([Layer::new()
        .file(FILE, text)
        .executable("opt/bitnami/redis/bin/redis-server", "#!x")
        .executable("opt/bitnami/scripts/run.sh", "#!x")
        .with_parents()]);
    assert_eq!(packages(&facts), ["jemalloc@5.3.0", "redis@7.4.1-0"]);
    assert_eq!(facts.packages.len(), 2);
    let redis = package(&facts, "redis");
    let purl = "pkg:bitnami/redis@7.4.1-0?arch=amd64&distro=debian-12";
    assert_eq!(redis.purl.as_deref(), Some(purl));
    assert_eq!(redis.licenses, ["BSD-3-Clause"]);
    assert_eq!(unowned(&facts), ["/opt/bitnami/scripts/run.sh"]);
    // The vendor's word on its own directory is less than a package.
    let executables = &facts.ownership.executables;
    let described = executables
        .rungs
        .iter()
        .find(|at| at.rung == Rung::SelfDescribed);
    assert_eq!(described.map(|at| at.files), Some(1));
    assert_eq!((executables.traceable, executables.unowned), (0, 1));
}

#[test]
fn components_that_share_a_directory_own_their_program_alone() {
    let place = "opt/bitnami/common";
    let one = spdx(&["pkg:bitnami/yq@4.44.3-0"]);
    let other = spdx(&["pkg:bitnami/gosu@1.17.0-3"]);
    let facts = read([Layer::new()
        .file(&format!("{place}/.spdx-yq.spdx"), one)
        .file(&format!("{place}/.spdx-gosu.spdx"), other)
        .executable(&format!("{place}/bin/yq"), "#!x")
        .executable(&format!("{place}/bin/gosu"), "#!x")
        .executable(&format!("{place}/bin/other"), "#!x")
        .with_parents()]);
    assert_eq!(packages(&facts), ["gosu@1.17.0-3", "yq@4.44.3-0"]);
    assert_eq!(unowned(&facts), ["/opt/bitnami/common/bin/other"]);
}

#[test]
fn the_older_list_adds_what_no_document_describes() {
    let list = json!({
        "redis": {"arch": "amd64", "distro": "debian-12", "type": "NAMI", "version": "7.4.1-0", "digest": "x"},
        "wait-for-port": {"arch": "amd64", "distro": "debian-12", "type": "NAMI", "version": "1.0.8-4", "digest": "x"},
    });
    let facts = read([Layer::new()
        .file(FILE, spdx(&["pkg:bitnami/redis@7.4.1-0"]))
        .file(COMPONENTS, json_bytes(&list))
        .with_parents()]);
    assert_eq!(packages(&facts), ["redis@7.4.1-0", "wait-for-port@1.0.8-4"]);
    let purl = "pkg:bitnami/wait-for-port@1.0.8-4?arch=amd64&distro=debian-12";
    let wait = package(&facts, "wait-for-port");
    assert_eq!(wait.purl.as_deref(), Some(purl));
}

#[test]
fn documents_elsewhere_are_none_of_bitnamis() {
    let text = spdx(&["pkg:bitnami/redis@7.4.1-0"]);
    let facts = read([Layer::new()
        .file("srv/redis/.spdx-redis.spdx", text)
        .with_parents()]);
    assert!(packages(&facts).is_empty());
    assert!(facts.gaps.is_empty());
}

#[test]
fn hostile_documents_are_gaps_and_own_nothing_outside() {
    let deep = format!(
        "{{\"packages\": {}{}}}",
        "{\"externalRefs\": ".repeat(50_000),
        "}".repeat(50_000)
    );
    for text in [
        "",
        "{}",
        "[]",
        "{\"packages\": {}}",
        "SPDXVersion: SPDX-2.3",
        &deep,
    ] {
        let facts = read([Layer::new().file(FILE, text).with_parents()]);
        let path = format!("/{FILE}");
        let gap = (
            Topic::LanguagePackages,
            Some(path.as_str()),
            GapKind::Corrupt,
        );
        assert_eq!(gaps(&facts), [gap], "{text:.40}");
    }
    let odd = spdx(&[
        "pkg:bitnami/..@1",
        "pkg:bitnami/a%2F..%2F..@1",
        "pkg:bitnami/a@",
        "nonsense",
        "",
    ]);
    let list =
        json!({"..": {"version": "1"}, "a/b": {"version": "1"}, "c": {"version": 1}, "d": {}});
    let facts = read([Layer::new()
        .file(FILE, odd)
        .file(COMPONENTS, json_bytes(&list))
        .file("etc/passwd", "")
        .with_parents()]);
    assert!(packages(&facts).is_empty());
    assert_eq!(facts.ownership.files.language, 0);
    let path = format!("/{COMPONENTS}");
    let gap = (
        Topic::LanguagePackages,
        Some(path.as_str()),
        GapKind::Corrupt,
    );
    assert_eq!(gaps(&facts), [gap]);
    let huge = format!("{{\"packages\": [], \"x\": \"{}\"}}", "x".repeat(17 << 20));
    let facts = read([Layer::new().file(FILE, huge).with_parents()]);
    assert_eq!(gaps(&facts)[0].2, GapKind::Limit);
}
