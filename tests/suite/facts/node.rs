//! Node packages: directories in `node_modules` as they are nested.

use freehold::facts::model::{Facts, GapKind, PackageType, Topic};

use super::{gaps, package, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;

/// Every Node package as `PLACE NAME@VERSION`.
fn packages(facts: &Facts) -> Vec<String> {
    let node = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Npm);
    let mut all: Vec<String> = node
        .map(|package| {
            let place = package.database.trim_end_matches("/package.json");
            format!("{place} {}@{}", package.name, package.version)
        })
        .collect();
    all.sort();
    all
}

fn with(layer: Layer, place: &str, name: &str, version: &str) -> Layer {
    let text =
        format!("{{\"name\": \"{name}\", \"version\": \"{version}\", \"license\": \"MIT\"}}");
    layer.file(&format!("{place}/package.json"), text)
}

#[test]
fn packages_are_found_by_their_nesting_and_nothing_else_is_one() {
    let layer = Layer::new()
        .file("app/node_modules/a/lib/a.js", "x")
        .file("app/node_modules/a/node_modules/b/b.js", "x")
        .file("app/node_modules/@s/c/c.js", "x")
        .file("app/index.js", "x");
    let layer = with(layer, "app", "app", "1.0.0");
    let layer = with(layer, "app/node_modules/a", "a", "1.0.0");
    let layer = with(layer, "app/node_modules/a/test/fixture", "no", "1.0.0");
    let layer = with(layer, "app/node_modules/a/node_modules/b", "b", "2.0.0");
    let layer = with(layer, "app/node_modules/@s/c", "@s/C", "3.0.0");
    let layer = with(layer, "app/node_modules/@s", "no", "1.0.0");
    let layer = layer.file("app/node_modules/d/package.json", "{\"type\": \"module\"}");
    let facts = read([layer.with_parents()]);
    assert_eq!(
        packages(&facts),
        [
            "/app/node_modules/@s/c @s/C@3.0.0",
            "/app/node_modules/a a@1.0.0",
            "/app/node_modules/a/node_modules/b b@2.0.0",
        ]
    );
    let scoped = package(&facts, "@s/C");
    assert_eq!(scoped.purl.as_deref(), Some("pkg:npm/%40s/c@3.0.0"));
    assert_eq!(scoped.licenses, ["MIT"]);
    let mut left = unowned(&facts);
    left.sort_unstable();
    assert_eq!(
        left,
        [
            "/app/index.js",
            "/app/node_modules/@s/package.json",
            "/app/node_modules/d/package.json",
            "/app/package.json",
        ]
    );
}

#[test]
fn a_package_that_debian_brought_names_its_owner() {
    let text = "{\"name\": \"rimraf\", \"version\": \"3.0.2\"}";
    let path = "usr/share/nodejs/rimraf/package.json";
    let packaged = Installed::new("node-rimraf", "3.0.2-1").file(path, text);
    let facts = read([debian(&[packaged])]);
    let rimraf = package(&facts, "rimraf");
    assert_eq!(rimraf.owner.as_deref(), Some("node-rimraf"));
}

#[test]
fn packages_behind_links_are_named_where_they_are() {
    let store = "app/node_modules/.pnpm/a@1.0.0/node_modules/a";
    let layer = with(Layer::new(), store, "a", "1.0.0")
        .symlink("app/node_modules/a", ".pnpm/a@1.0.0/node_modules/a")
        .symlink("app/node_modules/self", "..")
        .symlink("app/node_modules/.pnpm/a@1.0.0/node_modules/b", "../../..")
        .symlink("app/node_modules/circle", "circle");
    let facts = read([layer.with_parents()]);
    assert_eq!(packages(&facts), [format!("/{store} a@1.0.0")]);
    assert!(facts.gaps.is_empty());
}

#[test]
fn deep_nesting_is_followed_and_each_file_belongs_to_the_nearest() {
    let depth = 200;
    let place = |at: usize| format!("app{}", "/node_modules/a".repeat(at));
    let layer = (1..=depth).fold(Layer::new(), |layer, at| {
        with(layer, &place(at), "a", &format!("1.0.{at}"))
    });
    let facts = read([layer.with_parents()]);
    assert_eq!(packages(&facts).len(), depth);
    assert_eq!(facts.ownership.files.language, depth as u64);
}

#[test]
fn descriptions_that_are_none_are_gaps_and_odd_fields_are_left_out() {
    let path = "app/node_modules/a/package.json";
    let deep = "[".repeat(100_000);
    let huge = format!(
        "{{\"name\": \"a\", \"version\": \"1\", \"x\": \"{}\"}}",
        "x".repeat(5 << 20)
    );
    let cases = [
        ("", GapKind::Corrupt),
        ("7", GapKind::Corrupt),
        ("{\"name\": ", GapKind::Corrupt),
        (deep.as_str(), GapKind::Corrupt),
        (huge.as_str(), GapKind::Limit),
    ];
    for (text, kind) in cases {
        let facts = read([Layer::new().file(path, text).with_parents()]);
        assert!(packages(&facts).is_empty(), "{text:.40}");
        let at = format!("/{path}");
        assert_eq!(
            gaps(&facts),
            [(Topic::LanguagePackages, Some(at.as_str()), kind)],
            "{text:.40}"
        );
    }
    let odd = "{\"name\": \"a\", \"version\": \"1\", \"license\": [7], \"licenses\": [{\"type\": \"MIT\"}, 7], \"author\": {\"name\": []}}";
    let facts = read([Layer::new().file(path, odd).with_parents()]);
    assert_eq!(package(&facts, "a").licenses, ["MIT"]);
    assert_eq!(package(&facts, "a").maintainer, None);
}
