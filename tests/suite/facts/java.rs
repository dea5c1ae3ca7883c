//! Java archives, those within them, and runtimes that were unpacked.

use freehold::facts::model::{Coverage, Facts, FileKind, GapKind, PackageType, Topic};
use freehold::image::Limits;

use super::{coverage_of, facts_with, gaps, image, options, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;
use crate::support::zip::Zip;

fn properties(group: &str, name: &str, version: &str) -> (String, Vec<u8>) {
    let path = format!("META-INF/maven/{group}/{name}/pom.properties");
    let text = format!("#Created\nversion={version}\ngroupId={group}\nartifactId={name}\n");
    (path, text.into_bytes())
}

fn with(zip: Zip, group: &str, name: &str, version: &str) -> Zip {
    let (path, text) = properties(group, name, version);
    zip.deflated(&path, &text)
}

fn jar(group: &str, name: &str, version: &str) -> Zip {
    with(Zip::new().stored("a.class", b"x"), group, name, version)
}

/// `PLACE NAME@VERSION` of every Java artifact.
fn artifacts(facts: &Facts) -> Vec<String> {
    let maven = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Maven);
    let mut all: Vec<String> = maven
        .map(|package| format!("{} {}@{}", package.database, package.name, package.version))
        .collect();
    all.sort();
    all
}

fn of_file(path: &str, bytes: impl Into<Vec<u8>>) -> Facts {
    read([Layer::new().file(path, bytes)])
}

/// What is said of one archive, as the gaps of its topic.
fn refused(zip: &Zip) -> Vec<(String, GapKind)> {
    let facts = of_file("opt/a-1.0.jar", zip.bytes());
    assert_eq!(facts.ownership.files.total, 1);
    let gaps = facts.gaps.iter().filter(|gap| gap.topic == Topic::Binaries);
    gaps.map(|gap| (gap.path.clone().unwrap(), gap.kind))
        .collect()
}

#[test]
fn an_archive_is_what_its_properties_say_and_its_file_is_its_own() {
    let manifest = b"Manifest-Version: 1.0\r\nImplementation-Vendor: The Ve\r\n ndor\r\nBundle-License: Apache-2.0\r\n\r\n";
    let zip = jar("org.example", "lib", "1.2").deflated("META-INF/MANIFEST.MF", manifest);
    let facts = of_file("opt/lib.jar", zip.bytes());
    assert_eq!(artifacts(&facts), ["/opt/lib.jar org.example:lib@1.2"]);
    let package = &facts.packages[0];
    let purl = "pkg:maven/org.example/lib@1.2?type=jar";
    assert_eq!(package.purl.as_deref(), Some(purl));
    assert_eq!(package.vendor.as_deref(), Some("The Vendor"));
    assert_eq!(package.licenses, ["Apache-2.0"]);
    assert_eq!(facts.ownership.files.language, 1);
    assert!(unowned(&facts).is_empty());
}

#[test]
fn archives_within_archives_are_found_stored_or_compressed() {
    let lib = jar("org.example", "lib", "1.0").bytes();
    let other = Zip::new().stored("b.class", b"x").bytes();
    let war = with(Zip::new(), "org.example", "site", "2.0")
        .deflated("WEB-INF/lib/lib-1.0.jar", &lib)
        .bytes();
    let ear = Zip::new()
        .stored("site-2.0.war", &war)
        .stored("lib/other-3.1.jar", &other)
        .bytes();
    let facts = of_file("opt/app.ear", ear);
    assert_eq!(
        artifacts(&facts),
        [
            "/opt/app.ear!/lib/other-3.1.jar other@3.1",
            "/opt/app.ear!/site-2.0.war org.example:site@2.0",
            "/opt/app.ear!/site-2.0.war!/WEB-INF/lib/lib-1.0.jar org.example:lib@1.0",
        ]
    );
    let purls: Vec<_> = facts.packages.iter().map(|p| p.purl.as_deref()).collect();
    assert_eq!(
        purls,
        [
            Some("pkg:maven/org.example/lib@1.0?type=jar"),
            Some("pkg:maven/org.example/site@2.0?type=war"),
            None,
        ]
    );
    // It says what it holds and not what it is.
    assert_eq!(unowned(&facts), ["/opt/app.ear"]);
}

#[test]
fn artifacts_copied_into_an_archive_are_named_beside_its_own() {
    let zip = jar("org.example", "app", "3.0");
    let zip = with(zip, "com.google.guava", "guava", "31.1-jre");
    let facts = of_file("opt/app-3.0-all.jar", zip.bytes());
    assert_eq!(
        artifacts(&facts),
        [
            "/opt/app-3.0-all.jar com.google.guava:guava@31.1-jre",
            "/opt/app-3.0-all.jar org.example:app@3.0",
        ]
    );
    assert_eq!(facts.ownership.files.language, 1);
}

#[test]
fn artifacts_of_a_packaged_archive_name_the_package_as_owner() {
    let inner = jar("org.example", "inner", "1").bytes();
    let zip = jar("org.example", "lib", "1.0").stored("x/inner-1.jar", &inner);
    let package =
        Installed::new("liblib-java", "1.0-1").file("usr/share/java/lib.jar", zip.bytes());
    let facts = read([debian(&[package])]);
    let owned = facts
        .packages
        .iter()
        .filter(|package| package.owner.as_deref() == Some("liblib-java"));
    assert_eq!(owned.count(), 2);
    assert_eq!(facts.ownership.files.language, 0);
}

#[test]
fn archives_are_found_by_their_end_whatever_stands_around_them() {
    let sound = || jar("org.example", "lib", "1.0");
    let script = "#!/bin/sh\nexec java -jar \"$0\"\n";
    for zip in [
        sound(),
        sound().comment(b"a comment"),
        sound().comment(b"PK\x05\x06 not the end ......................."),
        sound().followed_by(b"\n\n"),
        sound().large(),
        sound().after_script(script),
        sound().after_script(script).counted_from_the_start(),
        sound().after_script(script).large(),
    ] {
        let facts = of_file("opt/lib.jar", zip.bytes());
        assert_eq!(artifacts(&facts), ["/opt/lib.jar org.example:lib@1.0"]);
        assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
    }
}

#[test]
fn a_large_archive_is_read_from_the_temporary_file() {
    // More than is held in memory, and a second one after it that is shorter.
    let large = |version: &str| {
        let inner = jar("org.example", "inner", version).bytes();
        jar("org.example", "lib", version)
            .stored("padding", &vec![version.as_bytes()[0]; 17 << 20])
            .stored("x/inner.jar", &inner)
            .bytes()
    };
    let first = [large("1"), large("2")].into_iter().enumerate();
    let layer = first.fold(Layer::new(), |layer, (at, bytes)| {
        layer.file(&format!("opt/{at}.jar"), bytes)
    });
    let facts = read([layer]);
    assert_eq!(
        artifacts(&facts),
        [
            "/opt/0.jar org.example:lib@1",
            "/opt/0.jar!/x/inner.jar org.example:inner@1",
            "/opt/1.jar org.example:lib@2",
            "/opt/1.jar!/x/inner.jar org.example:inner@2",
        ]
    );
}

#[test]
fn an_archive_that_starts_itself_is_a_script_and_a_script_is_no_archive() {
    let kind = |bytes: Vec<u8>| {
        let facts = read([Layer::new().executable("opt/x.jar", bytes)]);
        assert!(facts.gaps.is_empty());
        facts.ownership.unowned.items[0].kind
    };
    let zip = Zip::new()
        .stored("a.class", b"x")
        .after_script("#!/bin/sh\n");
    assert_eq!(kind(zip.bytes()), FileKind::Script);
    assert_eq!(kind(b"#!/bin/sh\n".to_vec()), FileKind::Script);
    assert_eq!(kind(b"text".to_vec()), FileKind::Data);
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let zip = jar("org.example", "lib", "1.0").again("b.class", 0);
    assert_eq!(
        refused(&zip),
        [("/opt/a-1.0.jar".to_owned(), GapKind::Refused)]
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let inner = jar("org.example", "inner", "1.0").bytes();
    let (path, text) = properties("org.example", "a", "1.0");
    let zip = |damage: fn(Zip) -> Zip| damage(Zip::new().deflated("x/inner.jar", &inner));
    let place = |kind| vec![("/opt/a-1.0.jar!/x/inner.jar".to_owned(), kind)];
    assert_eq!(refused(&zip(Zip::wrong_checksum)), place(GapKind::Corrupt));
    assert_eq!(
        refused(&zip(|zip| zip.says_size(7))),
        place(GapKind::Corrupt)
    );
    assert_eq!(refused(&zip(Zip::encrypted)), place(GapKind::Unsupported));
    assert_eq!(
        refused(&zip(|zip| zip.method(12))),
        place(GapKind::Unsupported)
    );
    assert_eq!(
        refused(&zip(|zip| zip.says_size(1 << 30))),
        place(GapKind::Limit)
    );
    let both = Zip::new()
        .deflated("x/inner.jar", &inner)
        .wrong_checksum()
        .deflated(&path, &text);
    let facts = of_file("opt/a-1.0.jar", both.bytes());
    assert_eq!(artifacts(&facts), ["/opt/a-1.0.jar org.example:a@1.0"]);
    assert_eq!(coverage_of(&facts, Topic::Binaries), Coverage::Partial);
    assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Complete);
}

#[test]
fn archives_nested_too_deep_or_inflating_too_much_are_a_gap() {
    let mut deep = jar("org.example", "deepest", "1.0").bytes();
    for _ in 0..12 {
        deep = Zip::new().stored("x/a.jar", &deep).bytes();
    }
    let facts = of_file("opt/a.jar", deep);
    let limits: Vec<GapKind> = gaps(&facts).iter().map(|(_, _, kind)| *kind).collect();
    assert_eq!(limits, [GapKind::Limit]);
    assert!(artifacts(&facts).is_empty());
    let bomb = Zip::new().deflated("x/bomb.jar", &vec![0; 32 << 20]);
    let place = "/opt/a-1.0.jar!/x/bomb.jar".to_owned();
    assert_eq!(refused(&bomb), [(place, GapKind::Limit)]);
    let long = Zip::new().deflated("META-INF/MANIFEST.MF", &vec![b'a'; 2 << 20]);
    let place = "/opt/a-1.0.jar!/META-INF/MANIFEST.MF".to_owned();
    assert_eq!(refused(&long), [(place, GapKind::Limit)]);
}

#[test]
fn many_small_bombs_stop_at_one_budget() {
    // Each within its own limits; together they inflate to more than a file may.
    let mut state = 1u64;
    let noise = (0..1 << 17).flat_map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.swap_bytes().to_le_bytes()
    });
    let padding: Vec<u8> = noise.collect();
    let inner = Zip::new()
        .stored("x", &[padding.as_slice(), &vec![0; 40 << 20]].concat())
        .bytes();
    let zip = (0..14).fold(Zip::new(), |zip, at| {
        zip.deflated(&format!("lib/{at}-1.0.jar"), &inner)
    });
    let refused = refused(&zip);
    assert!((1..14).contains(&refused.len()), "{refused:?}");
    assert!(refused.iter().all(|(_, kind)| *kind == GapKind::Limit));
}

#[test]
fn a_damaged_archive_never_stops_the_scan() {
    let inner = jar("org.example", "inner", "1.0").bytes();
    for zip in [
        jar("org.example", "lib", "1.0").deflated("x/inner.jar", &inner),
        jar("org.example", "lib", "1.0").large().comment(b"x"),
    ] {
        let sound = zip.bytes();
        for at in 0..sound.len() {
            let mut damaged = sound.clone();
            damaged[at] ^= 0xff;
            let layer = Layer::new()
                .file("a.jar", damaged)
                .file("b.jar", &sound[..at]);
            let facts = read([layer]);
            assert_eq!(facts.ownership.files.total, 2);
        }
    }
}

#[test]
fn what_archives_say_counts_against_the_kept_bytes() {
    let zip = (0..1_000).fold(Zip::new(), |zip, at| {
        with(zip, "org.example", &format!("lib{at}"), "1.0")
    });
    let layers = image([Layer::new().file("opt/a.jar", zip.bytes())]);
    let folder = tempfile::tempdir().unwrap();
    layers.write_oci_dir(folder.path());
    assert_eq!(artifacts(&facts_with(&layers, &options())).len(), 1_000);
    let text = format!("oci-dir:{}", folder.path().display());
    let reference = freehold::source::Reference::parse(&text).unwrap();
    let source = freehold::source::open(&reference, &Default::default()).unwrap();
    let options = freehold::facts::Options {
        limits: Limits {
            max_kept_bytes: 64 << 10,
            ..Limits::default()
        },
        ..options()
    };
    let error = freehold::facts::collect(&source, &options, &freehold::image::Silent);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("kept"), "{error}");
}

#[test]
fn a_runtime_that_was_unpacked_owns_its_directory() {
    let release =
        "IMPLEMENTOR=\"Example\"\nJAVA_VERSION=\"17.0.9\"\nJAVA_RUNTIME_VERSION=\"17.0.9+9\"\n";
    let layer = Layer::new()
        .file("opt/java/release", release)
        .file("opt/java/lib/modules", "x")
        .executable("opt/java/bin/java", "#!/bin/sh\n")
        .file("opt/other/release", release);
    let facts = read([layer]);
    let found: Vec<_> = facts
        .packages
        .iter()
        .map(|package| (package.purl.as_deref().unwrap(), package.vendor.as_deref()))
        .collect();
    assert_eq!(found, [("pkg:generic/openjdk@17.0.9", Some("Example"))]);
    assert_eq!(unowned(&facts), ["/opt/other/release"]);
}
