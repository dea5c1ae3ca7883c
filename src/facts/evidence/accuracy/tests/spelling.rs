//! Names, versions and purls in one spelling.

use std::borrow::Cow;

use super::super::purl::Purl;
use super::super::{pep440, spelling};
use crate::facts::model::PackageType;

#[test]
fn purls_are_taken_apart() {
    let full = "pkg:DEB/debian/lib%2Bx@1%3A2.0~rc1+b1?arch=amd64&epoch=1&distro=debian-12#a/b";
    let purl = Purl::parse(full).unwrap();
    let parts = [
        purl.kind.as_ref(),
        purl.namespace.as_ref(),
        purl.name.as_ref(),
        purl.version.as_ref(),
        purl.subpath.as_ref(),
    ];
    assert_eq!(parts, ["deb", "debian", "lib+x", "1:2.0~rc1+b1", "a/b"]);
    assert_eq!(purl.qualifier("arch"), "amd64");
    assert_eq!(purl.qualifier("Epoch"), "1");
    assert_eq!(purl.qualifier("none"), "");
    for (text, namespace, name, version) in [
        ("pkg:npm/%40angular/core@1.0", "@angular", "core", "1.0"),
        ("pkg:npm/@angular/core", "@angular", "core", ""),
        ("pkg:npm/@angular/core@1.0", "@angular", "core", "1.0"),
        ("pkg://golang/a.b/c/d@v1", "a.b/c", "d", "v1"),
        ("pkg:gem/x@%", "", "x", "%"),
        ("pkg:gem/x@%FF", "", "x", "%FF"),
        ("pkg:gem/x@%4", "", "x", "%4"),
        ("pkg:gem/a%2fb", "", "a/b", ""),
    ] {
        let purl = Purl::parse(text).unwrap();
        let parts = [&purl.namespace, &purl.name, &purl.version].map(AsRef::as_ref);
        assert_eq!(parts, [namespace, name, version], "{text}");
    }
    for text in [
        "",
        "pkg",
        "pkg:",
        "pkg:deb",
        "pkg:deb/",
        "pkg:/x",
        "purl:deb/x",
        "pk\u{e9}:a/b",
    ] {
        assert_eq!(Purl::parse(text), None, "{text}");
    }
    assert_eq!(Purl::parse(&format!("pkg:deb/{}", "x".repeat(9_000))), None);
}

#[test]
fn python_versions_are_normalised() {
    for (version, normal) in [
        ("1.0", "1"),
        ("1.0.0", "1"),
        ("0", "0"),
        ("v1.02.3", "1.2.3"),
        ("1.0-alpha.1", "1a1"),
        ("1.0a1", "1a1"),
        ("1.1_BETA", "1.1b0"),
        ("1.1c3", "1.1rc3"),
        ("1.1.preview-4", "1.1rc4"),
        ("1.0-1", "1.post1"),
        ("1.0.post", "1.post0"),
        ("1.0-r4", "1.post4"),
        ("1.0.DEV2", "1.dev2"),
        ("1.0rc1.post2.dev3", "1rc1.post2.dev3"),
        ("0!1.0", "1"),
        ("1!1.0", "1!1"),
        ("1.0+ubuntu-1", "1+ubuntu.1"),
        ("1.0+Ubuntu.01", "1+ubuntu.1"),
        ("2011k", "2011k"),
        ("1.0.", "1.0."),
        ("", ""),
        ("1.0-", "1.0-"),
        ("Unclear", "unclear"),
    ] {
        assert_eq!(pep440::normal(version), normal, "{version}");
    }
}

#[test]
fn each_ecosystem_has_its_own_spelling() {
    for (kind, name, spelt) in [
        (PackageType::Pypi, "Zope..Interface_x", "zope-interface-x"),
        (PackageType::Pypi, "a--b", "a-b"),
        (PackageType::Npm, "@Scope/Name", "@scope/name"),
        (
            PackageType::Golang,
            "github.com/BurntSushi/toml",
            "github.com/burntsushi/toml",
        ),
        (PackageType::Nuget, "Newtonsoft.Json", "newtonsoft.json"),
        (PackageType::Composer, "Symfony/Yaml", "symfony/yaml"),
        (PackageType::Gem, "RedCloth", "RedCloth"),
        (PackageType::Rpm, "ImageMagick", "ImageMagick"),
        (PackageType::Maven, "Org:Name", "Org:Name"),
    ] {
        assert_eq!(spelling::name(kind, Cow::Borrowed(name)), spelt, "{name}");
    }
    for (kind, name, version, spelt) in [
        (PackageType::Deb, "a", "0:1.2-3", "1.2-3"),
        (PackageType::Deb, "a", "1:1.2-3", "1:1.2-3"),
        (PackageType::Npm, "a", "v1.2.3", "1.2.3"),
        (PackageType::Npm, "a", "version", "version"),
        (
            PackageType::Golang,
            "a.b/c",
            "v1.2.3+incompatible",
            "1.2.3+incompatible",
        ),
        (PackageType::Golang, "a.b/c", "(devel)", ""),
        (PackageType::Golang, "stdlib", "go1.22.3", "1.22.3"),
        (
            PackageType::Golang,
            "stdlib",
            "v1.22.3 X:boringcrypto",
            "1.22.3",
        ),
        (PackageType::Gem, "a", "1.15.0-x86_64-linux", "1.15.0"),
        (PackageType::Nuget, "a", "01.0.0.0-RC.1+build", "1-rc.1"),
        (PackageType::Nuget, "a", "1.2", "1.2"),
        (PackageType::Nuget, "a", "1.2.0.0", "1.2"),
        (PackageType::Cargo, "a", " 1.0.0 ", "1.0.0"),
        (PackageType::Maven, "a", "UNKNOWN", ""),
    ] {
        let found = spelling::version(kind, name, Cow::Borrowed(version));
        assert_eq!(found, spelt, "{version}");
    }
}
