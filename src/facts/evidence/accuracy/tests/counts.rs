//! Planted faults, counted.

use super::{
    Package, PackageType, SbomComponent, accuracy, component, counts, document, named, names,
    package, purls,
};
use crate::facts::model::AccuracyCounts;

/// Of each ecosystem, a purl's beginning and two versions.
const ECOSYSTEMS: [(PackageType, &str, &str, &str); 15] = [
    (PackageType::Deb, "pkg:deb/debian/", "1.0-1", "1.0-2"),
    (PackageType::Apk, "pkg:apk/alpine/", "1.0-r0", "1.0-r1"),
    (
        PackageType::Rpm,
        "pkg:rpm/redhat/",
        "1.0-1.el9",
        "1.0-2.el9",
    ),
    (PackageType::Alpm, "pkg:alpm/arch/", "1.0-1", "1.0-2"),
    (PackageType::Pypi, "pkg:pypi/", "1.0", "1.1"),
    (PackageType::Npm, "pkg:npm/", "1.0.0", "1.0.1"),
    (PackageType::Gem, "pkg:gem/", "1.0.0", "1.0.1"),
    (PackageType::Composer, "pkg:composer/", "1.0.0", "1.0.1"),
    (PackageType::Nuget, "pkg:nuget/", "1.0.0", "1.0.1"),
    (PackageType::Conda, "pkg:conda/", "1.0.0", "1.0.1"),
    (PackageType::Maven, "pkg:maven/", "1.0", "1.1"),
    (PackageType::Golang, "pkg:golang/", "v1.0.0", "v1.0.1"),
    (PackageType::Cargo, "pkg:cargo/", "1.0.0", "1.0.1"),
    (PackageType::Bitnami, "pkg:bitnami/", "1.0.0-0", "1.0.0-1"),
    (PackageType::Generic, "pkg:generic/", "1.0.0", "1.0.1"),
];

#[test]
fn planted_faults_are_found_in_every_ecosystem() {
    for (kind, start, right, wrong) in ECOSYSTEMS {
        let all = [
            "right-1",
            "right-2",
            "missing-1",
            "wrong-1",
            "wrong-2",
            "wrong-3",
        ];
        let packages = all.map(|name| package(kind, name, right));
        let listed = [
            format!("{start}wrong-2@{wrong}"),
            format!("{start}right-1@{right}"),
            format!("{start}wrong-1@{wrong}"),
            format!("{start}right-2@{right}"),
            format!("{start}wrong-3@{wrong}"),
            format!("{start}phantom-1@{right}"),
        ];
        let found = accuracy(&packages, &purls(&listed.each_ref().map(String::as_str)));
        // What is of no ecosystem cannot be denied.
        let phantoms: &[&str] = match kind {
            PackageType::Generic => &[],
            _ => &["phantom-1"],
        };
        assert_eq!(counts(&found), [2, 1, phantoms.len() as u64, 3], "{kind:?}");
        assert_eq!(names(&found.missing.items), ["missing-1"], "{kind:?}");
        assert_eq!(names(&found.phantom.items), phantoms, "{kind:?}");
        let wrong_names = names(&found.wrong_version.items);
        assert_eq!(wrong_names, ["wrong-1", "wrong-2", "wrong-3"], "{kind:?}");
        assert_eq!(found.ecosystems.len(), 1);
        assert_eq!(found.ecosystems[0].ecosystem, kind.name());
        assert_eq!(found.ecosystems[0].counts, found.overall);
    }
}

#[test]
fn shares_follow_from_the_counts() {
    let deb = |name| package(PackageType::Deb, name, "1");
    let packages = ["a", "b", "c", "d"].map(deb);
    let listed = [
        "pkg:deb/x/a@1",
        "pkg:deb/x/b@1",
        "pkg:deb/x/c@2",
        "pkg:deb/x/y@1",
        "pkg:deb/x/z@1",
    ];
    let found = accuracy(&packages, &purls(&listed));
    assert_eq!((found.overall.in_image, found.overall.in_sbom), (4, 5));
    assert_eq!(found.overall.recall, Some(0.75));
    assert_eq!(found.overall.precision, Some(0.6));
    assert_eq!(found.overall.version_accuracy, Some(0.6667));
    let nothing = accuracy(&[], &document(Vec::new()));
    assert_eq!(nothing.overall, AccuracyCounts::default());
}

#[test]
fn every_version_of_a_package_is_one() {
    let npm = |version| package(PackageType::Npm, "ms", version);
    let packages = [npm("1.0.0"), npm("2.0.0"), npm("2.0.0"), npm("3.0.0")];
    for (listed, expected) in [
        (&["1.0.0", "2.0.0", "3.0.0"][..], [3, 0, 0, 0]),
        (
            &["1.0.0", "2.0.0", "3.0.0", "3.0.0", "v3.0.0"],
            [3, 0, 0, 0],
        ),
        (&["1.0.0", "2.0.0"], [2, 1, 0, 0]),
        (&["1.0.0", "2.0.0", "4.0.0"], [2, 0, 0, 1]),
        (&["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0"], [3, 0, 2, 0]),
        (&["4.0.0", "5.0.0"], [0, 1, 0, 2]),
        // One without a version is a package by that name, if there is one left.
        (&["", "4.0.0"], [0, 1, 0, 2]),
        (&["", "1.0.0", "2.0.0", "3.0.0"], [3, 0, 0, 0]),
    ] {
        let listed: Vec<String> = listed.iter().map(|v| format!("pkg:npm/ms@{v}")).collect();
        let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
        assert_eq!(
            counts(&accuracy(&packages, &purls(&listed))),
            expected,
            "{listed:?}"
        );
    }
}

#[test]
fn architectures_tell_packages_apart_and_no_more() {
    let libc = |arch: &str| Package {
        arch: Some(arch.to_owned()),
        ..package(PackageType::Deb, "libc6", "2.36")
    };
    let both = [libc("amd64"), libc("i386")];
    let of = |archs: &[&str]| {
        let listed: Vec<SbomComponent> = archs
            .iter()
            .map(|arch| component(&format!("pkg:deb/debian/libc6@2.36{arch}")))
            .collect();
        document(listed)
    };
    for (packages, listed, expected) in [
        (&both[..], &["?arch=amd64", "?arch=i386"][..], [2, 0, 0, 0]),
        (&both, &["?arch=i386"], [1, 1, 0, 0]),
        (&both, &[""], [1, 1, 0, 0]),
        (&both[..1], &["?arch=arm64"], [1, 0, 0, 0]),
        (&both[..1], &["?arch=amd64", ""], [1, 0, 0, 0]),
        (&both[..1], &["?arch=amd64", "?arch=i386"], [1, 0, 1, 0]),
    ] {
        let found = accuracy(packages, &of(listed));
        assert_eq!(counts(&found), expected, "{listed:?}");
    }
    let missing = accuracy(&both, &of(&["?arch=amd64"])).missing;
    assert_eq!((missing.total, missing.items[0].layer), (1, Some(1)));
}

#[test]
fn lists_are_cut_and_texts_are_printable() {
    let listed: Vec<SbomComponent> = (0..1_500)
        .map(|number| component(&format!("pkg:npm/a%0A{number:04}@{}", "9".repeat(5_000))))
        .collect();
    let found = accuracy(&[], &document(listed));
    assert_eq!(
        (found.phantom.total, found.phantom.items.len()),
        (1_500, 1_000)
    );
    let first = &found.phantom.items[0];
    assert_eq!(first.name, "a\\n0000");
    assert_eq!(first.in_sbom.as_ref().map(String::len), Some(256));
}

#[test]
fn one_name_given_to_everything_costs_no_more_than_many() {
    let numbers = 0..20_000_u32;
    let packages: Vec<Package> = numbers
        .clone()
        .map(|number| package(PackageType::Npm, "a", &format!("1.{number}.0")))
        .collect();
    let shifted = |number: u32| format!("1.{}.0", number + 10_000);
    let with_purl = numbers
        .clone()
        .map(|number| component(&format!("pkg:npm/a@{}", shifted(number))));
    let found = accuracy(&packages, &document(with_purl.collect()));
    assert_eq!(counts(&found), [10_000, 0, 0, 10_000]);
    let with_name = numbers.map(|number| named("a", &shifted(number)));
    let found = accuracy(&packages, &document(with_name.collect()));
    assert_eq!(counts(&found), [10_000, 0, 0, 10_000]);
}
