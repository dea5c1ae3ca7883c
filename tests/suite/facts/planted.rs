//! Descriptions of packages that were planted to own what nobody installed.

use freehold::facts::model::Facts;

use super::{read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;
use crate::support::zip::Zip;

const EVIL: &str = "usr/bin/evil";
const GEM: &str = "# stub: a 1 ruby lib\n";
const METADATA: &str = "Name: a\nVersion: 1\n";

/// A Debian with a program that nobody installed, and what was planted for it.
fn planted(layer: Layer) -> Facts {
    let system = debian(&[Installed::new("a", "1").file("usr/bin/a", "1")]);
    let layer = layer.executable(EVIL, "#!/bin/sh\n").file("opt/x", "1");
    read([system, layer.with_parents()])
}

/// Asserts that nobody owns the program, and that this is not in doubt.
fn assert_unowned(layer: Layer, what: &str) {
    let facts = planted(layer);
    let unowned = unowned(&facts);
    assert!(unowned.contains(&"/usr/bin/evil"), "{what}: {unowned:?}");
    assert!(unowned.contains(&"/opt/x"), "{what}: {unowned:?}");
    assert_eq!(facts.ownership.files.undetermined, 0, "{what}");
    assert_eq!(facts.ownership.executables.traceable, 0, "{what}");
}

#[test]
fn a_link_gives_no_package_what_it_leads_to() {
    let gem = Layer::new()
        .symlink("srv/gems/a-1", "/")
        .file("srv/specifications/a-1.gemspec", GEM);
    assert_unowned(gem, "gem");
    let node = Layer::new()
        .symlink("srv/node_modules/a", "/usr")
        .file("usr/package.json", "{\"name\": \"a\", \"version\": \"1\"}");
    assert_unowned(node, "node");
    let bitnami = Layer::new().symlink("opt/bitnami/a", "/").file(
        "opt/bitnami/.bitnami_components.json",
        "{\"a\": {\"version\": \"1\"}}",
    );
    assert_unowned(bitnami, "Bitnami");
}

#[test]
fn no_package_owns_a_directory_that_all_share() {
    let egg = |names: &str| {
        Layer::new()
            .file("srv/a.egg-info/PKG-INFO", METADATA)
            .file("srv/a.egg-info/top_level.txt", names)
    };
    for names in ["/usr\n/opt\n", "../usr\n../opt\n", "..\n", ".\n"] {
        assert_unowned(egg(names), names);
    }
    let list = "[{\"name\": \"a/b\", \"version\": \"1\", \"install-path\": \"../bin\", \"bin\": [\"evil\"]}]";
    let composer = Layer::new().file("usr/composer/installed.json", list);
    assert_unowned(composer, "Composer");
    let runtime = Layer::new()
        .file("usr/release", "JAVA_VERSION=\"17\"\n")
        .dir("usr/lib/modules");
    assert_unowned(runtime, "Java runtime");
    let gems = Layer::new().dir("usr/gems").file(
        "usr/specifications/a-1.gemspec",
        "# stub: a 1 ruby lib\n  s.executables = [\"evil\"]\n",
    );
    assert_unowned(gems, "gems");
}

#[test]
fn packages_bring_files_to_their_own_place_only() {
    let record = Layer::new()
        .file("srv/a-1.dist-info/METADATA", METADATA)
        .file(
            "srv/a-1.dist-info/RECORD",
            "/usr/bin/evil,,\n../usr/bin/evil,,\n../opt/x,,\n",
        );
    assert_unowned(record, "RECORD");
    let conda = Layer::new().file(
        "conda-meta/a.json",
        "{\"name\": \"a\", \"version\": \"1\", \"files\": [\"usr/bin/evil\", \"opt/x\"]}",
    );
    assert_unowned(conda, "conda");
    let dotnet = Layer::new().file(
        "usr/bin/evil.deps.json",
        "{\"libraries\": {\"evil/1\": {\"type\": \"package\"}},
          \"targets\": {\"t\": {\"evil/1\": {\"runtime\": {\"evil\": {}}}}}}",
    );
    assert_unowned(dotnet, ".NET");
}

#[test]
fn a_script_is_no_package_for_its_name() {
    let mut script = b"#!/bin/sh\nexit\n".to_vec();
    script.extend(Zip::new().bytes());
    let facts = planted(Layer::new().executable("srv/app-1.0.jar", script));
    assert!(unowned(&facts).contains(&"/srv/app-1.0.jar"));
}

#[test]
fn a_description_that_cannot_be_read_leaves_the_rest_of_the_image_alone() {
    for path in [
        "srv/node_modules/a/package.json",
        "srv/lib/a-1.dist-info/METADATA",
        "srv/vendor/composer/installed.json",
        "srv/conda-meta/a.json",
    ] {
        let facts = planted(
            Layer::new()
                .file(path, "[")
                .file("srv/node_modules/a/b.js", "1"),
        );
        let unowned = unowned(&facts);
        assert!(unowned.contains(&"/usr/bin/evil"), "{path}: {unowned:?}");
        assert!(unowned.contains(&"/opt/x"), "{path}: {unowned:?}");
        if path.starts_with("srv/node_modules") {
            assert_eq!(facts.ownership.files.undetermined, 2, "{unowned:?}");
        }
    }
}
