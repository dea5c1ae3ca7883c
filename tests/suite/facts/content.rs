//! What files are by their content: ELF, scripts, SBOMs, shells.

use freehold::facts::model::{Coverage, Facts, FileKind, GapKind, SbomFormat, Topic};

use super::{coverage_of, gaps, read};
use crate::support::databases::{Installed, debian};
use crate::support::elf::{Elf, Machine};
use crate::support::layer::Layer;

fn kind(bytes: impl Into<Vec<u8>>) -> FileKind {
    read([Layer::new().executable("f", bytes)])
        .ownership
        .unowned
        .items[0]
        .kind
}

#[test]
fn programs_libraries_and_objects_are_told_apart() {
    assert_eq!(kind(Elf::executable().bytes()), FileKind::ElfProgram);
    assert_eq!(kind(Elf::static_executable().bytes()), FileKind::ElfProgram);
    assert_eq!(kind(Elf::static_pie().bytes()), FileKind::ElfProgram);
    assert_eq!(
        kind(Elf::shared_object("a.so").bytes()),
        FileKind::ElfLibrary
    );
    // A library that can be started, as glibc's own can.
    let libc = Elf::shared_object("libc.so.6").interpreter("/lib64/ld-linux-x86-64.so.2");
    assert_eq!(kind(libc.bytes()), FileKind::ElfLibrary);
    let mut object = Elf::static_executable().bytes();
    object[16] = 1;
    assert_eq!(kind(object), FileKind::ElfOther);
    assert_eq!(kind("#!/bin/sh\n"), FileKind::Script);
    assert_eq!(kind("!<arch>\n"), FileKind::Archive);
    assert_eq!(kind("text"), FileKind::Data);
}

#[test]
fn the_summary_counts_programs_libraries_and_interpreters() {
    let layer = Layer::new()
        .executable("a", Elf::executable().bytes())
        .executable("b", Elf::executable().machine(Machine::Aarch64).bytes())
        .executable(
            "c",
            Elf::executable()
                .interpreter("/lib/ld-musl-x86_64.so.1")
                .bytes(),
        )
        .executable("d", Elf::static_executable().bytes())
        .executable("e", Elf::static_pie().bytes())
        .file("f", Elf::shared_object("f.so").bytes())
        .file("lib/ld-musl-x86_64.so.1", "x");
    let elf = read([layer]).elf;
    assert_eq!(
        (elf.total, elf.programs, elf.static_programs, elf.libraries),
        (6, 5, 2, 1)
    );
    let interpreters: Vec<_> = elf
        .interpreters
        .iter()
        .map(|i| (i.path.as_str(), i.programs, i.present))
        .collect();
    let expected = [
        ("/lib/ld-musl-x86_64.so.1", 1, true),
        ("/lib64/ld-linux-x86-64.so.2", 1, false),
    ];
    assert_eq!(interpreters, expected);
}

#[test]
fn a_broken_elf_file_is_a_gap_and_an_executable_all_the_same() {
    let facts = read([Layer::new().file("usr/bin/x", "\u{7f}ELF and then nothing")]);
    assert_eq!((facts.elf.total, facts.elf.unreadable), (1, 1));
    assert_eq!(
        gaps(&facts),
        [(Topic::Elf, Some("/usr/bin/x"), GapKind::Corrupt)]
    );
    assert_eq!(coverage_of(&facts, Topic::Elf), Coverage::Partial);
    assert_eq!(coverage_of(&facts, Topic::Ownership), Coverage::Complete);
    assert_eq!(facts.ownership.executables.unowned, 1);
}

fn sboms(files: &[(&str, &str)]) -> Vec<(String, SbomFormat, Option<String>)> {
    let layer = files.iter().fold(Layer::new(), |layer, (name, text)| {
        layer.file(&format!("usr/share/sbom/{name}"), *text)
    });
    let facts = read([layer]);
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let found = facts.sboms.items.into_iter();
    found
        .map(|s| (name(&s.origin.path.unwrap()), s.format, s.version))
        .collect()
}

#[test]
fn sbom_files_are_told_by_what_they_hold() {
    let json = |format, version| (format, Some(version));
    for (name, text, (format, version)) in [
        (
            "a.spdx.json",
            r#"{"spdxVersion": "SPDX-2.3", "packages": []}"#,
            json(SbomFormat::SpdxJson, "2.3"),
        ),
        (
            "b.spdx.json",
            r#"{"SPDXID": "SPDXRef-DOCUMENT", "packages": [{}], "spdxVersion": "SPDX-2.2"}"#,
            json(SbomFormat::SpdxJson, "2.2"),
        ),
        (
            "c.spdx",
            "SPDXVersion: SPDX-2.2\nDataLicense: CC0-1.0\n",
            json(SbomFormat::SpdxTagValue, "2.2"),
        ),
        (
            "d.spdx.json",
            r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
                {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"}]}"#,
            json(SbomFormat::SpdxJsonLd, "3.0.1"),
        ),
        (
            "bom.json",
            "\u{feff}{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\"}",
            json(SbomFormat::CyclonedxJson, "1.6"),
        ),
        (
            "bom.xml",
            "<?xml version=\"1.0\"?><bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"/>",
            json(SbomFormat::CyclonedxXml, "1.5"),
        ),
        (
            "e.syft.json",
            r#"{"artifacts": [], "descriptor": {"name": "syft"}, "schema": {"version": "16.0.21"}}"#,
            json(SbomFormat::SyftJson, "16.0.21"),
        ),
        ("f.sbom.json", "{}", (SbomFormat::Unrecognised, None)),
    ] {
        let expected = [(name.to_owned(), format, version.map(str::to_owned))];
        assert_eq!(sboms(&[(name, text)]), expected);
    }
}

#[test]
fn what_is_not_named_like_an_sbom_or_is_empty_is_none() {
    let text = "{\"spdxVersion\": \"SPDX-2.3\"}";
    assert_eq!(sboms(&[("notes.json", text), ("empty.spdx.json", "")]), []);
}

#[test]
fn sboms_beyond_what_is_read_of_all_of_them_are_gaps() {
    let text = format!("{{\"spdxVersion\": \"SPDX-2.3\"{}}}", " ".repeat(15 << 20));
    let names = ["1.spdx", "2.spdx", "3.spdx", "4.spdx", "5.spdx"];
    let layer = names
        .iter()
        .fold(Layer::new(), |layer, name| layer.file(name, text.as_str()));
    let facts = read([layer]);
    assert_eq!(facts.sboms.total, 4);
    let gaps = facts.gaps.iter().filter(|gap| gap.topic == Topic::Sboms);
    let left_out = gaps.filter(|gap| gap.kind == GapKind::Limit);
    let paths: Vec<_> = left_out.map(|gap| gap.path.as_deref()).collect();
    assert_eq!(paths, [Some("/5.spdx")]);
}

#[test]
fn an_sbom_has_its_size_layer_and_owner() {
    let place = "usr/lib/sbom/a.spdx.json";
    let owner = Installed::new("owner", "1").file(place, "{\"spdxVersion\":\"SPDX-2.3\"}");
    let facts = read([Layer::new().dir("opt"), debian(&[owner])]);
    let found = &facts.sboms.items[0].origin;
    assert_eq!((found.size, found.layer), (26, Some(2)));
    assert_eq!(found.owner.as_deref(), Some("owner"));
}

fn shells(facts: &Facts) -> Vec<(&str, &str)> {
    let shells = facts.shells.iter();
    shells
        .map(|s| (s.path.as_str(), s.program.as_str()))
        .collect()
}

#[test]
fn shells_are_named_with_the_program_behind_them() {
    let facts = read([Layer::new()
        .executable("usr/bin/dash", Elf::executable().bytes())
        .symlink("usr/bin/sh", "dash")
        .symlink("bin", "usr/bin")
        .executable("busybox/busybox", Elf::executable().bytes())
        .symlink("busybox/ash", "/busybox/busybox")
        .file("usr/bin/bash", "not executable")
        .symlink("usr/bin/zsh", "gone")]);
    let expected = [
        ("/busybox/ash", "busybox"),
        ("/busybox/busybox", "busybox"),
        ("/usr/bin/dash", "dash"),
        ("/usr/bin/sh", "dash"),
    ];
    assert_eq!(shells(&facts), expected);
}
