//! What is the same under another spelling, another name, or a name of something larger.

use super::{
    Package, PackageType, SbomComponent, accuracy, built_from, component, counts, document, named,
    names, package, purls, with_mentions,
};
use crate::facts::contract::Mention;
use crate::facts::evidence::accuracy::claim::READ;
use crate::facts::evidence::sbom::{ComponentKind, SbomDocument};

/// Ecosystem, name and version in the image, purl in the SBOM.
const SAME: &str = "
    deb      libc6              2.36-9+deb12u4    pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64
    deb      zlib1g             1:1.2.13.dfsg-1   pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1
    deb      zlib1g             1:1.2.13.dfsg-1   pkg:deb/ubuntu/zlib1g@1.2.13.dfsg-1?epoch=1
    deb      zlib1g             1:1.2.13.dfsg-1   pkg:deb/dhi/zlib1g@1:1.2.13.dfsg-1
    deb      bash               5.2-1             pkg:none/bash@5.2-1?arch=amd64
    apk      musl               1.2.5-r0          pkg:apk/wolfi/musl@1.2.5-r0?arch=x86_64
    apk      musl               1.2.5-r0          pkg:wolfi/musl@1.2.5-r0?arch=x86_64
    rpm      zstd               0:1.5-1           pkg:rpm/redhat/zstd@1.5-1?arch=x86_64&upstream=zstd-1.5-1.src.rpm
    rpm      perl               4:5.26-1          pkg:rpm/redhat/perl@5.26-1?epoch=4
    rpm      perl               4:5.26-1          pkg:rpm/redhat/perl@4:5.26-1
    alpm     pacman             6.0-1             pkg:alpm/arch/pacman@6.0-1?arch=x86_64
    pypi     Zope.Interface     6.0               pkg:pypi/zope-interface@6.0.0
    npm      @babel/core        7.0.0             pkg:npm/%40babel/core@v7.0.0
    gem      nokogiri           1.15.0            pkg:gem/nokogiri@1.15.0?platform=java
    composer Symfony/Yaml       v6.0              pkg:composer/symfony/yaml@6.0
    nuget    Newtonsoft.Json    13.0.1            pkg:nuget/newtonsoft.json@13.0.1.0
    conda    numpy              1.26              pkg:conda/numpy@1.26?build=py39&channel=main
    maven    org.x:y            1.0               pkg:maven/org.x/y@1.0?type=jar
    maven    y                  1.0               pkg:maven/guessed.group/y@1.0
    maven    org.x:y            1.0               pkg:maven/y/y@1.0
    maven    org.x:y            1.0               pkg:maven/y@1.0
    golang   github.com/A/b/v2  v2.1.0            pkg:golang/github.com/a/b@v2.1.0#v2
    golang   github.com/a/b     v2.1.0            pkg:golang/github.com/a/b@2.1.0#pkg/x
    golang   example.com/app    (devel)           pkg:golang/example.com/app@v1.4.0
    golang   example.com/app    (devel)           pkg:golang/example.com/app
    golang   stdlib             1.22.3            pkg:golang/stdlib@go1.22.3
    cargo    serde              1.0.1             pkg:cargo/serde@1.0.1
    bitnami  redis              7.2-0             pkg:bitnami/redis@7.2-0?arch=amd64
    generic  node               20.1.0            pkg:generic/node@20.1.0
    generic  systemd            252-1             pkg:deb/debian/systemd@252-1?arch=amd64
";

#[test]
fn the_same_package_is_found_however_it_is_written() {
    for line in SAME.trim().lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [kind, name, version, purl] = columns[..] else {
            panic!("{line}")
        };
        let kind = READ.into_iter().find(|read| read.name() == kind);
        let packages = [package(kind.unwrap(), name, version)];
        let found = accuracy(&packages, &purls(&[purl]));
        assert_eq!(counts(&found), [1, 0, 0, 0], "{purl}: {found:?}");
    }
}

#[test]
fn another_version_is_wrong() {
    for (kind, name, version, purl, shown) in [
        (
            PackageType::Deb,
            "zlib1g",
            "1:1.2",
            "pkg:deb/debian/zlib1g@1.2",
            Some("1.2"),
        ),
        (
            PackageType::Deb,
            "zlib1g",
            "1:1.2",
            "pkg:deb/debian/zlib1g@1.2?epoch=2",
            Some("2:1.2"),
        ),
        (
            PackageType::Pypi,
            "a",
            "1.0",
            "pkg:pypi/a@1.0.post1",
            Some("1.0.post1"),
        ),
        (
            PackageType::Golang,
            "a.b/c",
            "v1.0.0",
            "pkg:golang/a.b/c@v1.0.1",
            Some("v1.0.1"),
        ),
        (PackageType::Npm, "a", "1.0.0", "pkg:npm/a", None),
    ] {
        let packages = [package(kind, name, version)];
        let found = accuracy(&packages, &purls(&[purl]));
        assert_eq!(counts(&found), [0, 0, 0, 1], "{purl}");
        let wrong = &found.wrong_version.items[0];
        assert_eq!(wrong.in_image.as_deref(), Some(version), "{purl}");
        assert_eq!(wrong.in_sbom.as_deref(), shown, "{purl}");
        assert_eq!(
            (found.overall.recall, found.overall.precision),
            (Some(1.0), Some(1.0))
        );
        assert_eq!(found.overall.version_accuracy, Some(0.0));
    }
}

#[test]
fn a_component_that_contradicts_itself_is_wrong() {
    let packages = [package(PackageType::Deb, "bash", "1:5.2-1")];
    for (stated, beside, expected) in [
        ("1:5.2-1", "5.2-1", [1, 0, 0, 0]),
        ("1:5.2-1", "1:5.2-1", [1, 0, 0, 0]),
        ("1:5.2-1", "5.2", [1, 0, 0, 0]),
        ("5.2", "1:5.2-1", [1, 0, 0, 0]),
        ("1:5.2-1", "9.9-1", [0, 0, 0, 1]),
        ("9.9-1", "1:5.2-1", [0, 0, 0, 1]),
    ] {
        let bash = SbomComponent {
            version: Some(beside.to_owned()),
            ..component(&format!("pkg:deb/debian/bash@{stated}"))
        };
        let found = accuracy(&packages, &document(vec![bash]));
        assert_eq!(counts(&found), expected, "{stated} and {beside}");
    }
}

#[test]
fn a_source_package_stands_for_what_was_built_from_it() {
    let deb = |name, version| package(PackageType::Deb, name, version);
    let packages = [
        built_from(deb("libc6", "2.36-9+b1"), "glibc", Some("2.36-9")),
        built_from(deb("libc-bin", "2.36-9"), "glibc", None),
        built_from(deb("bash", "5.2-1"), "bash", None),
        built_from(
            package(PackageType::Apk, "libssl3", "3.3-r0"),
            "openssl",
            None,
        ),
    ];
    let bash = "pkg:deb/debian/bash@5.2-1";
    for (listed, expected) in [
        (
            &["pkg:deb/debian/glibc@2.36-9?arch=source", bash][..],
            [3, 1, 0, 0],
        ),
        (&["pkg:deb/debian/glibc@2.36-9", bash], [3, 1, 0, 0]),
        (
            &[
                "pkg:deb/debian/glibc@2.36-9",
                "pkg:deb/debian/libc6@2.36-9%2Bb1",
                bash,
            ],
            [3, 1, 0, 0],
        ),
        // Stated to be a source, it is a wrong version of it; else it may be anything.
        (&["pkg:deb/debian/glibc@9?arch=source", bash], [1, 1, 0, 2]),
        (&["pkg:deb/debian/glibc@9", bash], [1, 3, 1, 0]),
        (
            &["pkg:deb/debian/nothing@9?arch=source", bash],
            [1, 3, 1, 0],
        ),
        // The source does not stand for a binary that goes by its name and is listed.
        (
            &["pkg:deb/debian/bash@5.2-1?arch=source", bash],
            [1, 3, 0, 0],
        ),
        (&["pkg:apk/alpine/openssl@3.3-r0", bash], [2, 2, 0, 0]),
    ] {
        let found = accuracy(&packages, &purls(listed));
        assert_eq!(counts(&found), expected, "{listed:?}");
    }
}

#[test]
fn what_a_system_package_brought_need_not_be_listed_twice() {
    let owned = |owner: &str| Package {
        owner: Some(owner.to_owned()),
        ..package(PackageType::Pypi, "six", "1.16.0")
    };
    let debian = package(PackageType::Deb, "python3-six", "1.16.0-4");
    let both = [debian.clone(), owned("python3-six")];
    let deb = "pkg:deb/debian/python3-six@1.16.0-4";
    assert_eq!(counts(&accuracy(&both, &purls(&[deb]))), [1, 0, 0, 0]);
    let listed = purls(&[deb, "pkg:pypi/six@1.16.0"]);
    assert_eq!(counts(&accuracy(&both, &listed)), [2, 0, 0, 0]);
    let wrong = purls(&[deb, "pkg:pypi/six@1.15.0"]);
    assert_eq!(counts(&accuracy(&both, &wrong)), [1, 0, 0, 1]);
    // Whatever the SBOM lists, what counts and what need not make the same sum.
    for (listed, optional) in [(&purls(&[deb]), 1), (&listed, 0), (&wrong, 0)] {
        let found = accuracy(&both, listed).overall;
        assert_eq!((found.optional, found.in_image), (optional, 2 - optional));
    }
    // A second copy that nobody brought counts.
    let copied = [
        debian,
        owned("python3-six"),
        package(PackageType::Pypi, "six", "1.16.0"),
    ];
    assert_eq!(counts(&accuracy(&copied, &purls(&[deb]))), [1, 1, 0, 0]);
}

#[test]
fn what_a_file_mentions_may_be_listed_and_need_not() {
    let npm = |name, version| package(PackageType::Npm, name, version);
    let packages = [npm("express", "4.0.0")];
    // The same as an installed one, it makes that no less necessary.
    let mentioned = [npm("my-app", "1.2.3"), npm("express", "4.0.0")].map(|package| Mention {
        package,
        is_there: true,
    });
    let express = "pkg:npm/express@4.0.0";
    for (listed, expected, optional) in [
        (&[express][..], [1, 0, 0, 0], 1),
        (&[express, "pkg:npm/my-app@1.2.3"], [2, 0, 0, 0], 0),
        (&[express, "pkg:npm/my-app@9.9.9"], [1, 0, 0, 1], 0),
        (&[express, "pkg:npm/my-apps@1.2.3"], [1, 0, 1, 0], 1),
        (&["pkg:npm/my-app@1.2.3"], [1, 1, 0, 0], 0),
    ] {
        let found = with_mentions(&packages, &mentioned, &purls(listed));
        assert_eq!(counts(&found), expected, "{listed:?}");
        assert_eq!(found.overall.optional, optional, "{listed:?}");
    }
    // An SBOM of the application is set against the whole image, however little it lists.
    let of_application = SbomDocument {
        subject: Some(component("pkg:npm/my-app@1.2.3")),
        ..purls(&[])
    };
    let found = with_mentions(&packages, &mentioned, &of_application);
    assert_eq!(counts(&found), [1, 1, 0, 0]);
}

#[test]
fn what_a_file_only_requires_is_not_compared() {
    let packages = [package(PackageType::Deb, "bash", "5.2-1")];
    let mentioned = [Mention {
        package: package(PackageType::Golang, "rsc.io/pdf", "v0.1.1"),
        is_there: false,
    }];
    let listed = [
        "pkg:golang/rsc.io/pdf@0.1.1",
        "pkg:golang/rsc.io/pdf@0.1.2",
        "pkg:deb/debian/bash@5.2-1",
    ];
    let found = with_mentions(&packages, &mentioned, &purls(&listed));
    assert_eq!(counts(&found), [1, 0, 1, 0]);
    assert_eq!(found.overall.optional, 0);
    assert_eq!(found.not_compared.items, ["golang rsc.io/pdf 0.1.1"]);
}

#[test]
fn an_archive_that_names_only_its_parts_may_be_what_it_is_called() {
    let part = Package {
        database: "/usr/share/java/guice.jar".to_owned(),
        ..package(PackageType::Maven, "cglib:cglib", "3.2.12")
    };
    let listed = [
        "pkg:maven/cglib/cglib@3.2.12",
        "pkg:maven/com.google.inject/guice@4.2.3",
        "pkg:maven/com.google.inject/other@4.2.3",
    ];
    let found = accuracy(&[part], &purls(&listed));
    assert_eq!(counts(&found), [1, 0, 1, 0]);
    let skipped = ["maven com.google.inject:guice 4.2.3"];
    assert_eq!(found.not_compared.items, skipped);
}

#[test]
fn a_language_package_of_which_only_a_name_is_stated_is_not_compared() {
    let packages = [package(PackageType::Deb, "bash", "5.2-1")];
    let listed = [
        "pkg:npm/nothing",
        "pkg:pypi/nothing@UNKNOWN",
        "pkg:deb/debian/nothing",
        "pkg:deb/debian/bash@5.2-1",
    ];
    let found = accuracy(&packages, &purls(&listed));
    assert_eq!(counts(&found), [1, 0, 1, 0]);
    assert_eq!(
        found.not_compared.items,
        ["npm nothing", "pypi nothing UNKNOWN"]
    );
}

#[test]
fn a_name_without_a_purl_is_looked_for_in_every_ecosystem() {
    let packages = [
        package(PackageType::Deb, "bash", "5.2-1"),
        package(PackageType::Npm, "@babel/core", "7.0.0"),
        package(PackageType::Pypi, "Foo.Bar", "1.0"),
        package(PackageType::Npm, "twice", "1.0.0"),
        package(PackageType::Gem, "twice", "2.0.0"),
    ];
    let core = SbomComponent {
        group: Some("@babel".to_owned()),
        ..named("core", "7.0.0")
    };
    let listed = vec![
        named("bash", "5.2-1"),
        core,
        named("foo-bar", "9"),
        named("twice", "3.0.0"),
        named("nothing", "1"),
        named("bash", ""),
    ];
    let found = accuracy(&packages, &document(listed));
    assert_eq!(counts(&found), [2, 2, 0, 1]);
    assert_eq!(names(&found.missing.items), ["twice", "twice"]);
    assert_eq!(names(&found.wrong_version.items), ["Foo.Bar"]);
    assert_eq!(found.matched_by_name, 3);
    let skipped = ["bash", "nothing 1", "twice 3.0.0"];
    assert_eq!(found.not_compared.items, skipped);
}

#[test]
fn what_nothing_could_deny_is_not_compared() {
    let packages = [package(PackageType::Rpm, "bash", "5.2-1")];
    let of_kind = |kind| SbomComponent {
        kind,
        ..named("bash", "5.2-1")
    };
    let purls = [
        "pkg:rpm/redhat/gpg-pubkey@1-2",
        "pkg:github/actions/checkout@v4",
        "pkg:oci/debian@sha256%3Aab?arch=amd64",
        "pkg:swift/x/y@1",
        "pkg:generic/linux-kernel@6.1",
        "pkg:golang/cmd/addr2line@(devel)",
        "pkg:dhi/nginx@1.27?arch=amd64",
    ];
    let mut listed: Vec<SbomComponent> = purls.iter().map(|purl| component(purl)).collect();
    listed.push(of_kind(ComponentKind::OperatingSystem));
    listed.push(of_kind(ComponentKind::Image));
    listed.push(of_kind(ComponentKind::File));
    listed.push(named("", "1"));
    let found = accuracy(&packages, &document(listed));
    assert_eq!(counts(&found), [0, 1, 0, 0]);
    let skipped = [
        "1",
        "dhi nginx 1.27",
        "generic linux-kernel 6.1",
        "github actions/checkout v4",
        "golang cmd/addr2line (devel)",
        "oci debian sha256:ab",
        "rpm redhat/gpg-pubkey 1-2",
        "swift x/y 1",
        // What is no package comes last: the system, the image, a file.
        "bash 5.2-1",
        "bash 5.2-1",
        "bash 5.2-1",
    ];
    assert_eq!(found.not_compared.items, skipped);
}
