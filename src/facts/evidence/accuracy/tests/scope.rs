//! What an SBOM seems to describe.

use super::{
    ABOUT, About, Package, PackageType, SbomComponent, SbomDocument, SbomPlace, SbomScope,
    SubjectIs, component, counts, document, judged, package,
};
use crate::facts::model::Side;

fn debs(names: std::ops::Range<u32>, side: Side) -> impl Iterator<Item = Package> {
    names.map(move |number| Package {
        side,
        ..package(PackageType::Deb, &format!("p{number}"), "1")
    })
}

fn lists(names: std::ops::Range<u32>) -> SbomDocument {
    let purl = |number| component(&format!("pkg:deb/debian/p{number}@1"));
    document(names.map(purl).collect())
}

fn scope(packages: &[Package], document: &SbomDocument, about: &About<'_>) -> SbomScope {
    let (scope, accuracy) = judged(packages, document, about);
    let compared = !matches!(scope, SbomScope::Package | SbomScope::Unknown);
    assert_eq!(accuracy.is_some(), compared);
    scope
}

#[test]
fn an_sbom_of_the_base_lists_its_packages_and_not_the_added_ones() {
    let packages: Vec<Package> = debs(0..20, Side::Base)
        .chain(debs(20..40, Side::Added))
        .collect();
    assert_eq!(scope(&packages, &lists(0..20), &ABOUT), SbomScope::Base);
    assert_eq!(scope(&packages, &lists(1..21), &ABOUT), SbomScope::Base);
    assert_eq!(scope(&packages, &lists(0..15), &ABOUT), SbomScope::Image);
    assert_eq!(scope(&packages, &lists(0..40), &ABOUT), SbomScope::Image);
    assert_eq!(scope(&packages, &lists(20..40), &ABOUT), SbomScope::Image);
    let unknown: Vec<Package> = debs(0..40, Side::Unknown).collect();
    assert_eq!(scope(&unknown, &lists(0..20), &ABOUT), SbomScope::Image);
    let names_base = About {
        names_base: true,
        ..ABOUT
    };
    assert_eq!(scope(&unknown, &lists(0..20), &names_base), SbomScope::Base);
}

#[test]
fn an_sbom_of_another_image_has_little_of_this_one() {
    let packages: Vec<Package> = debs(0..40, Side::Unknown).collect();
    let another = About {
        subject: SubjectIs::AnotherImage,
        ..ABOUT
    };
    assert_eq!(scope(&packages, &lists(0..40), &another), SbomScope::Image);
    assert_eq!(
        scope(&packages, &lists(30..60), &another),
        SbomScope::AnotherImage
    );
    assert_eq!(scope(&packages, &lists(30..60), &ABOUT), SbomScope::Image);
    assert_eq!(
        scope(&packages, &lists(38..80), &ABOUT),
        SbomScope::AnotherImage
    );
    // Names in common are not enough.
    let newer = (0..40).map(|number| component(&format!("pkg:deb/debian/p{number}@2")));
    let newer = document(newer.collect());
    assert_eq!(scope(&packages, &newer, &ABOUT), SbomScope::AnotherImage);
    // Too little to tell.
    assert_eq!(
        scope(&packages[..3], &lists(38..80), &ABOUT),
        SbomScope::Image
    );
    assert_eq!(scope(&packages, &lists(80..83), &ABOUT), SbomScope::Image);
}

#[test]
fn an_sbom_of_one_package_is_told_by_its_place_or_its_subject() {
    let packages: Vec<Package> = debs(0..10, Side::Unknown).collect();
    let inside = |path, owned| About {
        place: SbomPlace::Inside(path, owned),
        ..ABOUT
    };
    for (path, owned, expected) in [
        (
            "/var/lib/db/sbom/zlib-1.3-r0.spdx.json",
            false,
            SbomScope::Package,
        ),
        (
            "/opt/bitnami/redis/.spdx-redis.spdx",
            false,
            SbomScope::Package,
        ),
        (
            "/opt/docker/sbom/python/.spdx.json",
            false,
            SbomScope::Package,
        ),
        (
            "/usr/lib/python3/a-1.dist-info/sboms/a.cdx.json",
            false,
            SbomScope::Package,
        ),
        ("/usr/share/doc/x/sbom.json", true, SbomScope::Package),
        ("/sbom.spdx.json", false, SbomScope::Image),
    ] {
        let about = inside(path, owned);
        assert_eq!(scope(&packages, &lists(0..2), &about), expected, "{path}");
    }
    let about = |purl: &str| SbomDocument {
        subject: Some(component(purl)),
        ..lists(0..2)
    };
    let of_package = about("pkg:deb/debian/p1@1");
    assert_eq!(scope(&packages, &of_package, &ABOUT), SbomScope::Package);
    // It names the program the image is made for, and is listed itself.
    let whole = SbomDocument {
        subject: of_package.subject.clone(),
        ..lists(2..10)
    };
    let (of_all, accuracy) = judged(&packages, &whole, &ABOUT);
    assert_eq!(of_all, SbomScope::Image);
    assert_eq!(counts(&accuracy.unwrap()), [9, 1, 0, 0]);
    let of_image = about("pkg:oci/debian@sha256%3Aab");
    assert_eq!(scope(&packages, &of_image, &ABOUT), SbomScope::Image);
    let nameless = SbomDocument {
        subject: Some(SbomComponent::default()),
        ..lists(0..2)
    };
    assert_eq!(scope(&packages, &nameless, &ABOUT), SbomScope::Image);
}

#[test]
fn what_was_not_read_describes_nobody_knows_what() {
    let packages: Vec<Package> = debs(0..10, Side::Unknown).collect();
    let unread = SbomDocument {
        unread: vec!["why".to_owned()],
        ..lists(0..0)
    };
    assert_eq!(scope(&packages, &unread, &ABOUT), SbomScope::Unknown);
    assert_eq!(scope(&packages, &lists(0..0), &ABOUT), SbomScope::Image);
    let incomplete = About {
        image_complete: false,
        ..ABOUT
    };
    assert_eq!(scope(&[], &lists(0..9), &incomplete), SbomScope::Unknown);
    assert_eq!(scope(&[], &lists(0..9), &ABOUT), SbomScope::Image);
    let (_, accuracy) = judged(&packages, &lists(0..9), &incomplete);
    assert!(!accuracy.unwrap().image_complete);
}
