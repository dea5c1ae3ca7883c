//! Any choice of packages, written as purls in any order, is counted exactly.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::collection::btree_map;
use proptest::prelude::any;
use proptest::sample::select;
use proptest::{prop_assert_eq, proptest};

use super::{
    Package, PackageType, SbomComponent, SbomDifference, accuracy, component, counts, document,
    package,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Matched,
    Missing,
    Phantom,
    Wrong,
}

const KINDS: [PackageType; 14] = [
    PackageType::Deb,
    PackageType::Apk,
    PackageType::Rpm,
    PackageType::Alpm,
    PackageType::Pypi,
    PackageType::Npm,
    PackageType::Gem,
    PackageType::Composer,
    PackageType::Nuget,
    PackageType::Conda,
    PackageType::Maven,
    PackageType::Golang,
    PackageType::Cargo,
    PackageType::Bitnami,
];

/// In the order of the counts.
const FATES: [Fate; 4] = [Fate::Matched, Fate::Missing, Fate::Phantom, Fate::Wrong];

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02x}").unwrap(),
        }
    }
    out
}

fn purl(kind: PackageType, name: &str, version: &str) -> String {
    let namespace = match kind {
        kind if kind.is_system() => "vendor/",
        _ => "",
    };
    format!(
        "pkg:{}/{namespace}{}@{}",
        kind.name(),
        encoded(name),
        encoded(version)
    )
}

proptest! {
    #[test]
    fn counts_are_exact(
        things in btree_map(
            (0..KINDS.len(), "[a-z][a-z0-9+]{0,6}"),
            (select(&FATES), "[1-9]\\.[1-9]\\.[1-9]", any::<u64>(), any::<bool>()),
            0..60,
        ),
    ) {
        let mut packages: Vec<(u64, Package)> = Vec::new();
        let mut components: Vec<(u64, SbomComponent)> = Vec::new();
        let expected = FATES.map(|fate| {
            things.values().filter(|(of, ..)| *of == fate).count() as u64
        });
        let mut missing = BTreeSet::new();
        let mut phantoms = BTreeSet::new();
        for ((kind, name), (fate, version, place, twice)) in things {
            let kind = KINDS[kind];
            if fate != Fate::Phantom {
                packages.push((place, package(kind, &name, &version)));
            }
            let stated = match fate {
                Fate::Matched | Fate::Phantom => Some(version.clone()),
                Fate::Missing => None,
                Fate::Wrong => Some(format!("9{version}")),
            };
            for stated in stated.iter().chain(stated.iter().filter(|_| twice)) {
                let listed = component(&purl(kind, &name, stated));
                components.push((place.rotate_left(17), listed));
            }
            match fate {
                Fate::Missing => {
                    missing.insert((kind.name().to_owned(), name));
                }
                Fate::Phantom => {
                    phantoms.insert((kind.name().to_owned(), name));
                }
                Fate::Matched | Fate::Wrong => {}
            }
        }
        packages.sort_by_key(|(place, _)| *place);
        components.sort_by_key(|(place, _)| *place);
        let packages: Vec<Package> = packages.into_iter().map(|(_, package)| package).collect();
        let components = components.into_iter().map(|(_, component)| component).collect();
        let document = document(components);
        let found = accuracy(&packages, &document);
        prop_assert_eq!(counts(&found), expected);
        let named = |of: &[SbomDifference]| -> BTreeSet<(String, String)> {
            of.iter().map(|of| (of.ecosystem.clone(), of.name.clone())).collect()
        };
        prop_assert_eq!(named(&found.missing.items), missing);
        prop_assert_eq!(named(&found.phantom.items), phantoms);
        // Maps have another order each time; what they give has not.
        prop_assert_eq!(&found, &accuracy(&packages, &document));
    }
}
