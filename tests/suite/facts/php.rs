//! PHP packages: Composer's list of what it installed.

use freehold::facts::model::{Facts, GapKind, PackageType, Topic};
use serde_json::{Value, json};

use super::{gaps, package, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::image_builder::json_bytes;
use crate::support::layer::Layer;

const LIST: &str = "srv/app/vendor/composer/installed.json";

fn packages(facts: &Facts) -> Vec<String> {
    let php = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Composer);
    php.map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

fn with(list: &Value) -> Layer {
    Layer::new().file(LIST, json_bytes(list))
}

#[test]
fn composer_2_says_where_each_package_is() {
    let list = json!({
        "packages": [
            {
                "name": "Monolog/Monolog", "version": "3.5.0", "type": "library",
                "license": ["MIT"], "authors": [{"name": "One", "email": "one@example.org"}],
                "bin": ["bin/log"], "install-path": "../monolog/monolog",
            },
            {
                "name": "example/plugin", "version": "dev-main", "license": "GPL-2.0-or-later",
                "install-path": "../../web/plugins/plugin",
            },
            {"name": "example/meta", "version": "v1.0.0", "type": "metapackage", "install-path": null},
        ],
        "dev": true,
        "dev-package-names": [],
    });
    let facts = read([with(&list)
        .file("srv/app/vendor/monolog/monolog/src/Logger.php", "x")
        .executable("srv/app/vendor/bin/log", "#!/usr/bin/env php\n")
        .file("srv/app/web/plugins/plugin/plugin.php", "x")
        .file("srv/app/src/Own.php", "x")
        .with_parents()]);
    assert_eq!(
        packages(&facts),
        [
            "Monolog/Monolog@3.5.0",
            "example/meta@v1.0.0",
            "example/plugin@dev-main"
        ]
    );
    let monolog = package(&facts, "Monolog/Monolog");
    let purl = "pkg:composer/monolog/monolog@3.5.0";
    assert_eq!(monolog.purl.as_deref(), Some(purl));
    assert_eq!(monolog.licenses, ["MIT"]);
    assert_eq!(monolog.maintainer.as_deref(), Some("One"));
    let plugin = package(&facts, "example/plugin");
    assert_eq!(plugin.licenses, ["GPL-2.0-or-later"]);
    assert_eq!(
        unowned(&facts),
        [format!("/{LIST}"), "/srv/app/src/Own.php".to_owned()]
    );
}

#[test]
fn composer_1_puts_each_package_under_its_name() {
    let list = json!([{"name": "psr/log", "version": "1.1.4"}]);
    let facts = read([with(&list)
        .file("srv/app/vendor/psr/log/Psr/Log.php", "x")
        .with_parents()]);
    assert_eq!(packages(&facts), ["psr/log@1.1.4"]);
    assert_eq!(facts.ownership.files.language, 1);
}

#[test]
fn a_package_that_debian_brought_names_its_owner() {
    let list = json!({"packages": [{"name": "psr/log", "version": "1.1.4"}]});
    let path = "usr/share/app/vendor/composer/installed.json";
    let app = Installed::new("app", "1").file(path, json_bytes(&list));
    let facts = read([debian(&[app])]);
    assert_eq!(package(&facts, "psr/log").owner.as_deref(), Some("app"));
}

#[test]
fn no_package_owns_the_project_or_what_is_outside_of_it() {
    for path in [
        "..",
        "../..",
        "../../",
        "../../../..",
        "../../../../etc",
        "/etc",
        "/",
        "../../../app2",
        "../../../../../../../../etc",
    ] {
        let list = json!([{"name": "a/b", "version": "1", "install-path": path}]);
        let facts = read([with(&list)
            .file("etc/passwd", "")
            .file("srv/app2/x", "x")
            .file("srv/app/own.php", "x")
            .with_parents()]);
        assert_eq!(packages(&facts), ["a/b@1"], "{path}");
        // A vendor directory may be a package's; it lies in the project.
        let inside = u64::from(path == "..");
        assert_eq!(facts.ownership.files.language, inside, "{path}");
    }
}

#[test]
fn lists_that_are_none_and_entries_that_name_nothing_are_gaps() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let texts = [
        "",
        "{",
        "null",
        "7",
        "{\"packages\": 7}",
        "[7]",
        "[[]]",
        "[{}]",
        &deep,
        "[{\"name\": \"a\", \"version\": \"1\"}]",
        "[{\"name\": \"../b\", \"version\": \"1\"}]",
        "[{\"name\": \"a/b/c\", \"version\": \"1\"}]",
        "[{\"name\": \"a/b\", \"version\": 1}]",
        "[{\"name\": \"a/b\", \"version\": \"\"}]",
        "[{\"name\": {\"a\": []}, \"version\": \"1\"}]",
    ];
    for text in texts {
        let facts = read([Layer::new().file(LIST, text).with_parents()]);
        assert!(packages(&facts).is_empty(), "{text:.60}");
        let path = format!("/{LIST}");
        let gap = (
            Topic::LanguagePackages,
            Some(path.as_str()),
            GapKind::Corrupt,
        );
        assert_eq!(gaps(&facts), [gap], "{text:.60}");
    }
    let odd = json!([{
        "name": "a/b", "version": "1", "license": {"a": 1}, "authors": "x", "bin": [[7], {}, "../../../../bin/sh", ".."],
        "install-path": ["x"],
    }]);
    let facts = read([with(&odd).executable("bin/sh", "#!").with_parents()]);
    assert_eq!(packages(&facts), ["a/b@1"]);
    assert_eq!(facts.ownership.files.language, 0);
    assert!(facts.gaps.is_empty());
}

#[test]
fn a_huge_list_is_a_gap() {
    let padding = "x".repeat(5 << 20);
    let list = json!([{"name": "a/b", "version": "1", "description": padding}]);
    let facts = read([with(&list).with_parents()]);
    assert_eq!(gaps(&facts)[0].2, GapKind::Limit);
    assert!(packages(&facts).is_empty());
}
