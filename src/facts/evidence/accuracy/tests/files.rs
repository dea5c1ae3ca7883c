//! Files that an SBOM accounts for.

use super::{
    ABOUT, Files, FoundFile, ImagePackages, PackageType, SbomAccuracy, SbomComponent, SbomDocument,
    component, counts, document, judge, package,
};
use crate::facts::evidence::sbom::{ComponentKind, SbomFile};
use crate::facts::model::Package;

fn judged(packages: &[Package], document: &SbomDocument, mut files: Files) -> SbomAccuracy {
    let image = ImagePackages::new(packages, &[]);
    judge(document, &image, &mut files, &ABOUT).1.unwrap()
}

fn found(number: u32, owner: Option<usize>) -> FoundFile {
    FoundFile {
        number,
        owner,
        ..FoundFile::default()
    }
}

fn at(purl: &str, path: &str) -> SbomComponent {
    SbomComponent {
        paths: vec![path.to_owned()],
        ..component(purl)
    }
}

#[test]
fn files_count_by_package_by_path_and_once() {
    let packages = [
        package(PackageType::Deb, "bash", "1"),
        package(PackageType::Deb, "dash", "1"),
        package(PackageType::Golang, "example.com/app", "v1.0.0"),
    ];
    let files = Files {
        regular: 100,
        owned: vec![30, 20],
        self_described: [(7, vec![2])].into(),
        found: [
            ("bin/bash".to_owned(), found(1, Some(0))),
            ("bin/dash".to_owned(), found(2, Some(1))),
            ("app/app".to_owned(), found(7, None)),
            ("etc/own".to_owned(), found(8, None)),
        ]
        .into(),
    };
    let listed = |path: &str| SbomFile {
        path: path.to_owned(),
        ..SbomFile::default()
    };
    let document = SbomDocument {
        files: [
            "bin/bash",
            "/bin/dash",
            "app/app",
            "etc/own",
            "etc/own",
            "etc/gone",
        ]
        .map(listed)
        .into(),
        ..document(vec![
            component("pkg:deb/debian/bash@2"),
            component("pkg:golang/example.com/app@v1.0.0"),
        ])
    };
    let accuracy = judged(&packages, &document, files);
    assert_eq!(counts(&accuracy), [1, 1, 0, 1]);
    assert_eq!((accuracy.image_files, accuracy.files_accounted), (100, 33));
    assert_eq!(accuracy.file_digests_wrong.total, 0);
}

#[test]
fn digests_are_compared_where_both_are_known() {
    let files = || Files {
        regular: 4,
        found: ["a", "b", "c", "d"]
            .iter()
            .zip(0..)
            .map(|(path, number)| {
                let file = FoundFile {
                    sha256: (number < 3).then_some([0xab; 32]),
                    sha1: Some([0xcd; 20]),
                    ..found(number, None)
                };
                ((*path).to_owned(), file)
            })
            .collect(),
        ..Files::default()
    };
    let listed = |path: &str, sha256: &str, sha1: Option<&str>| SbomFile {
        path: path.to_owned(),
        sha256: Some(sha256.repeat(32)),
        sha1: sha1.map(|sha1| sha1.repeat(20)),
    };
    let file_component = SbomComponent {
        name: "/c".to_owned(),
        kind: ComponentKind::File,
        hashes: vec![("sha256".to_owned(), "11".repeat(32))],
        ..SbomComponent::default()
    };
    let document = SbomDocument {
        files: vec![
            listed("a", "ab", None),
            listed("b", "ab", Some("11")),
            listed("a", "ab", Some("00")),
            listed("d", "11", None),
            listed("gone", "11", None),
        ],
        ..document(vec![file_component])
    };
    let accuracy = judged(&[], &document, files());
    assert_eq!(accuracy.file_digests_wrong.items, ["/c", "b"]);
    assert_eq!(accuracy.files_accounted, 4);
}

/// purl and path in the SBOM, and what it is: the same, a phantom, or not compared. A file that is
/// there and was read for no package may well describe one; a system's packages are in its database
/// or nowhere.
const FOUND_IN: &str = "
    pkg:maven/guess/guice@4.2.3           /lib/guice-servlet.jar  same
    pkg:maven/guess/guice                 /lib/guice-servlet.jar  same-unstated
    pkg:maven/guess/guice-servlet@4.2.3   /gone                   same
    pkg:maven/guess/maven3-core@3.8.7     /gone                   same
    pkg:maven/guess/guice@9               /lib/guice-servlet.jar  phantom
    pkg:npm/lab-app@1.0.0                 /app/package.json       unknown
    pkg:npm/other@1.0.0                   /app/real/description   phantom
    pkg:maven/guess/inner@1               /lib/fat.jar            phantom
    pkg:npm/lab-app@1.0.0                 /gone/package.json      phantom
    pkg:deb/debian/dash@1                 /app/package.json       phantom
";

#[test]
fn what_was_found_in_the_same_file_is_the_same() {
    let jar = |name: &str, version: &str, path: &str| Package {
        database: path.to_owned(),
        ..package(PackageType::Maven, name, version)
    };
    let servlet = "/lib/guice-servlet.jar";
    let packages = [
        jar("com.google.inject.servlet", "4.2.3", servlet),
        jar("org.x:core", "3.8.7", "/lib/maven3-core-3.8.7.jar"),
        jar("org.x:within", "1", "/lib/fat.jar!/lib/within.jar"),
        package(PackageType::Npm, "real", "1.0.0"),
    ];
    for line in FOUND_IN.trim().lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [purl, path, what] = columns[..] else {
            panic!("{line}")
        };
        let there = ["app/package.json", "lib/guice-servlet.jar"];
        let files = Files {
            found: there
                .map(|path| (path.to_owned(), FoundFile::default()))
                .into(),
            ..Files::default()
        };
        let accuracy = judged(&packages, &document(vec![at(purl, path)]), files);
        let (expected, skipped) = match what {
            "same" => ([1, 3, 0, 0], 0),
            "phantom" => ([0, 4, 1, 0], 0),
            "unknown" => ([0, 4, 0, 0], 1),
            // A second name without a version neither lists the package nor denies it.
            _ => ([0, 4, 0, 0], 0),
        };
        assert_eq!(counts(&accuracy), expected, "{line}");
        assert_eq!(accuracy.not_compared.total, skipped, "{line}");
    }
}
