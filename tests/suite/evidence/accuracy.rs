//! SBOMs put to the test: `freehold sbom verify`.

use std::fs;

use serde_json::{Value, json};

use crate::registries::{ends_with, facts, layout, run, said};
use crate::support::databases::{Installed, debian};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

fn image() -> ImageBuilder {
    let packages = [
        Installed::new("libc6", "2.41-1").file("usr/lib/libc.so.6", "c"),
        Installed::new("zlib1g", "1:1.3-1").file("usr/lib/libz.so.1", "z"),
        Installed::new("bash", "5.2-1").file("usr/bin/bash", "b"),
        Installed::new("curl", "8.1-1").file("usr/bin/curl", "u"),
    ];
    let os = "ID=debian\nVERSION_ID=\"13\"\n";
    ImageBuilder::new().layer(debian(&packages).file("etc/os-release", os))
}

/// A CycloneDX document with these components, as `name version`.
fn cyclonedx(components: &[&str]) -> String {
    let component = |text: &&str| {
        let (name, version) = text.split_once(' ').unwrap();
        let purl = format!("pkg:deb/debian/{name}@{version}?arch=amd64");
        json!({"type": "library", "name": name, "version": version, "purl": purl})
    };
    let components: Vec<Value> = components.iter().map(component).collect();
    json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components})
        .to_string()
}

fn compared(document: &str) -> Value {
    compared_with(&image(), document)
}

fn compared_with(image: &ImageBuilder, document: &str) -> Value {
    let (folder, reference) = layout(image);
    let path = folder.path().join("given.cdx.json");
    fs::write(&path, document).unwrap();
    let path = path.display().to_string();
    let output = run(&["sbom", "verify", &reference, "--sbom", &path, "-f", "json"]);
    ends_with(&output, 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["sboms"]["items"][0].clone()
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[test]
fn an_honest_sbom_is_reported_with_nothing() {
    let sbom = compared(&cyclonedx(&[
        "libc6 2.41-1",
        "zlib1g 1:1.3-1",
        "bash 5.2-1",
        "curl 8.1-1",
    ]));
    let overall = &sbom["accuracy"]["overall"];
    assert_eq!(overall["matched"], 4);
    for (share, value) in [
        ("recall", 1.0),
        ("precision", 1.0),
        ("version_accuracy", 1.0),
    ] {
        assert_eq!(overall[share], value, "{share}");
    }
    for list in ["missing", "phantom", "wrong_version"] {
        assert!(names(&sbom["accuracy"][list]).is_empty(), "{list}");
    }
    assert_eq!(sbom["scope"], "image");
    assert_eq!(sbom["validity"]["valid"], true);
}

#[test]
fn what_is_missing_phantom_or_of_another_version_is_named() {
    let sbom = compared(&cyclonedx(&[
        "libc6 2.41-1",
        "zlib1g 1:1.2-1",
        "bash 5.2-1",
        "left-pad 1",
    ]));
    let accuracy = &sbom["accuracy"];
    assert_eq!(names(&accuracy["missing"]), ["curl"]);
    assert_eq!(names(&accuracy["phantom"]), ["left-pad"]);
    assert_eq!(names(&accuracy["wrong_version"]), ["zlib1g"]);
    let wrong = &accuracy["wrong_version"]["items"][0];
    assert_eq!(
        (&wrong["in_image"], &wrong["in_sbom"]),
        (&json!("1:1.3-1"), &json!("1:1.2-1"))
    );
    assert_eq!(accuracy["overall"]["recall"], 0.75);
    assert!(accuracy["files_accounted"].as_u64() < accuracy["image_files"].as_u64());
}

#[test]
fn a_document_that_breaks_its_schema_is_compared_all_the_same() {
    let document = cyclonedx(&["libc6 2.41-1"]).replace("\"library\"", "\"libary\"");
    let sbom = compared(&document);
    assert_eq!(sbom["validity"]["valid"], false);
    let error = sbom["validity"]["errors"]["items"][0].as_str().unwrap();
    assert!(error.contains("components/0/type"), "{error}");
    assert_eq!(sbom["accuracy"]["overall"]["matched"], 1);
}

#[test]
fn the_table_says_the_same_in_words() {
    let (folder, reference) = layout(&image());
    let path = folder.path().join("given.cdx.json");
    let mut document: Value =
        serde_json::from_str(&cyclonedx(&["libc6 2.41-1", "left-pad 1"])).unwrap();
    let nameless = json!({"type": "application", "name": "vault-agent", "version": "1.15"});
    document["components"]
        .as_array_mut()
        .unwrap()
        .push(nameless);
    fs::write(&path, document.to_string()).unwrap();
    let path = path.display().to_string();
    let output = run(&["sbom", "verify", &reference, "--sbom", &path]);
    ends_with(&output, 0);
    let table = said(&output);
    for words in [
        "CycloneDX 1.6 JSON",
        "signature unsigned",
        "recall 25%, precision 50%",
        "missing deb bash 5.2-1 (layer 1)",
        "phantom deb left-pad 1",
        "phantom: in the SBOM, not found in the image",
        "not compared 1: vault-agent 1.15 (no packages Freehold reads",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

/// A CycloneDX document with these npm packages, as `name@version`.
fn npm(packages: &[&str]) -> String {
    let component = |text: &&str| {
        let (name, version) = text.rsplit_once('@').unwrap();
        let purl = format!("pkg:npm/{text}");
        json!({"type": "library", "name": name, "version": version, "purl": purl})
    };
    let components: Vec<Value> = packages.iter().map(component).collect();
    json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components})
        .to_string()
}

/// An application of Node with one module, which has a part with a description of its own.
fn application() -> ImageBuilder {
    let of = |name: &str| json!({"name": name, "version": "1.0.0"}).to_string();
    let layer = Layer::new()
        .file("app/package.json", of("shop"))
        .file("app/node_modules/terser/package.json", of("terser"))
        .file("app/node_modules/terser/bin/package.json", of("bin"))
        .file("app/node_modules/terser/test/package.json", "no JSON");
    ImageBuilder::new().layer(layer.with_parents())
}

#[test]
fn an_application_and_parts_of_modules_may_be_listed_and_need_not() {
    for (listed, matched, phantoms, optional) in [
        (
            &["terser@1.0.0", "bin@1.0.0", "shop@1.0.0"][..],
            3,
            &[][..],
            0,
        ),
        (&["terser@1.0.0"], 1, &[], 2),
        (&["terser@1.0.0", "left-pad@1.0.0"], 1, &["left-pad"], 2),
    ] {
        let sbom = compared_with(&application(), &npm(listed));
        let accuracy = &sbom["accuracy"];
        let overall = &accuracy["overall"];
        assert_eq!(overall["matched"], matched, "{listed:?}");
        assert_eq!(overall["optional"], optional, "{listed:?}");
        assert_eq!(overall["missing"], 0, "{listed:?}");
        assert_eq!(names(&accuracy["phantom"]), phantoms, "{listed:?}");
        assert_eq!(accuracy["image_complete"], true);
    }
}

#[test]
fn what_the_source_of_a_program_needs_is_neither_there_nor_absent() {
    let requirements = "module shop\n\nrequire one.example/a v1.0.0 // indirect\n\
        require (\n\ttwo.example/b v1.1.0\n)\nexclude three.example/c v1.2.0\n";
    let sums = "four.example/d v1.3.0/go.mod h1:eA==\n";
    let layer = Layer::new()
        .file("src/go.mod", requirements)
        .file("src/go.sum", sums)
        .file(
            "app/node_modules/a/package.json",
            "{\"name\": \"a\", \"version\": \"1\"}",
        );
    let modules = [
        "one.example/a v1.0.0",
        "two.example/b v1.1.0",
        "three.example/c v1.2.0",
        "four.example/d v1.3.0",
        "five.example/e v1.0.0",
    ];
    let component = |text: &str| {
        let (name, version) = text.split_once(' ').unwrap();
        let purl = format!("pkg:golang/{name}@{version}");
        json!({"type": "library", "name": name, "version": version, "purl": purl})
    };
    let document = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "components": modules.map(component),
    });
    let image = ImageBuilder::new().layer(layer.with_parents());
    let sbom = compared_with(&image, &document.to_string());
    let accuracy = &sbom["accuracy"];
    assert_eq!(
        names(&accuracy["phantom"]),
        ["five.example/e", "three.example/c"]
    );
    assert_eq!(
        accuracy["not_compared"]["items"],
        json!([
            "golang four.example/d v1.3.0",
            "golang one.example/a v1.0.0",
            "golang two.example/b v1.1.0"
        ])
    );
}

#[test]
fn an_image_without_an_sbom_has_none_to_verify() {
    let (_folder, reference) = layout(&image());
    let output = run(&["sbom", "verify", &reference]);
    ends_with(&output, 2);
    assert!(
        said(&output).contains("give one with --sbom FILE"),
        "{}",
        said(&output)
    );
}

#[test]
fn our_own_sbom_is_true() {
    let (folder, reference) = layout(&image());
    for format in ["cyclonedx-json", "spdx-json"] {
        let path = folder.path().join("own.json").display().to_string();
        ends_with(&run(&["sbom", &reference, "-f", format, "-o", &path]), 0);
        let output = run(&["sbom", "verify", &reference, "--sbom", &path, "-f", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sbom = &report["sboms"]["items"][0];
        let overall = &sbom["accuracy"]["overall"];
        assert_eq!(
            (&overall["matched"], &overall["in_image"]),
            (&json!(4), &json!(4))
        );
        assert_eq!(overall["in_sbom"], 4, "{format}");
        assert_eq!(sbom["validity"]["valid"], true, "{format}");
    }
}

#[test]
fn evidence_of_one_image_is_not_given_for_several() {
    let (_folder, reference) = layout(&image());
    let output = run(&["scan", &reference, &reference, "--sbom", "x.json"]);
    ends_with(&output, 2);
    assert!(
        said(&output).contains("--sbom names evidence of one image"),
        "{}",
        said(&output)
    );
}

/// What a bare document says it is about, by the digest it gives its subject.
#[test]
fn a_document_is_told_by_its_digest_from_that_of_all_platforms_and_of_another_image() {
    let folder = tempfile::tempdir().unwrap();
    image()
        .layout()
        .nested(Some("latest"))
        .write_oci_dir(folder.path());
    let reference = format!("oci-dir:{}", folder.path().display());
    let read = facts(&reference, &[]);
    let digest = |key: &str| read["image"][key].as_str().unwrap().to_owned();
    let other = format!("sha256:{}", "0".repeat(64));
    let path = folder.path().join("given.cdx.json").display().to_string();
    for (named, expected) in [
        (digest("digest"), "platform"),
        (digest("config_digest"), "platform"),
        (digest("index_digest"), "index"),
        (other, "another_image"),
    ] {
        let mut document: Value = serde_json::from_str(&cyclonedx(&["bash 5.2-1"])).unwrap();
        let subject = json!({"type": "container", "name": "app", "version": named});
        document["metadata"] = json!({"component": subject});
        fs::write(&path, document.to_string()).unwrap();
        let report = facts(&reference, &["--sbom", &path]);
        let found = &report["sboms"]["items"][0]["subject"];
        assert_eq!(
            (&found["is"], &found["digests"][0]),
            (&json!(expected), &json!(named))
        );
    }
}
