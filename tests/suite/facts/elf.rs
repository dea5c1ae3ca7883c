//! ELF files: kinds, protections, languages, symbol versions, paths.

use freehold::facts::BaseChoice;
use freehold::facts::model::{
    Coverage, ElfGroup, ElfLanguage, ElfOwner, ElfProtection, ElfRelro, ElfSummary, Facts,
    FileKind, Side, Topic, VendorPathKind,
};

use super::{facts_with, image, options, read};
use crate::support::elf::{Elf, Machine};
use crate::support::layer::Layer;

/// The facts of an image with one file.
fn of(bytes: Vec<u8>) -> Facts {
    read([Layer::new().executable("app/x", bytes)])
}

/// The one group of an image with one program or library.
fn group(elf: &Elf) -> ElfGroup {
    let facts = of(elf.bytes());
    assert_eq!(facts.elf.groups.len(), 1);
    facts.elf.groups[0].clone()
}

fn lacks(elf: &Elf) -> Vec<ElfProtection> {
    let weak = of(elf.bytes()).elf.weak.items;
    weak.first()
        .map_or_else(Vec::new, |file| file.lacks.clone())
}

/// A dynamic program of C as a distribution's compiler makes it.
fn hardened() -> Elf {
    Elf::executable()
        .needs("libc.so.6")
        .relro()
        .bind_now()
        .name("__stack_chk_fail")
        .name("__printf_chk")
        .build_id()
}

#[test]
fn the_protections_of_a_hardened_program_are_counted() {
    let group = group(&hardened());
    assert_eq!(
        (group.language, group.kind, group.owner, group.side),
        (
            ElfLanguage::C,
            FileKind::ElfProgram,
            ElfOwner::Unowned,
            Side::Unknown
        )
    );
    assert_eq!((group.files, group.pie, group.nx), (1, 1, 1));
    assert_eq!((group.stack_protector, group.no_stack_protector), (1, 0));
    assert_eq!(
        (group.fortify, group.build_id, group.static_files),
        (1, 1, 0)
    );
    assert_eq!((group.executable_stack, group.text_relocations), (0, 0));
    assert_eq!(group.relro.get(&ElfRelro::Full), Some(&1));
    assert_eq!(lacks(&hardened()), []);
}

#[test]
fn relocations_are_read_only_in_part_without_binding_at_start() {
    let partial = group(&Elf::executable().needs("libc.so.6").relro());
    assert_eq!(partial.relro.get(&ElfRelro::Partial), Some(&1));
    let none = group(&Elf::executable().needs("libc.so.6"));
    assert_eq!(none.relro.get(&ElfRelro::None), Some(&1));
    assert_eq!((none.stack_protector, none.no_stack_protector), (0, 1));
}

#[test]
fn what_a_file_lacks_is_judged_by_its_language() {
    let c = Elf::executable().needs("libc.so.6");
    assert_eq!(lacks(&c), [ElfProtection::Relro]);
    let fixed = Elf::static_executable()
        .interpreter("/lib64/ld-linux-x86-64.so.2")
        .needs("libc.so.6")
        .relro();
    assert_eq!(lacks(&fixed), [ElfProtection::Pie]);
    assert_eq!(lacks(&fixed.clone().go_note()), []);
    assert_eq!(
        lacks(&Elf::static_executable()),
        [],
        "no mark of a language"
    );
    assert_eq!(
        lacks(&Elf::static_executable().go_note().executable_stack()),
        [ElfProtection::Nx]
    );
    assert_eq!(
        lacks(&Elf::executable().relro().text_relocations()),
        [ElfProtection::NoTextRelocations]
    );
}

#[test]
fn languages_are_told_by_the_marks_they_leave() {
    let libc = Elf::executable().needs("libc.so.6");
    let cases = [
        (libc.clone(), ElfLanguage::C),
        (libc.clone().go_note(), ElfLanguage::Go),
        (libc.clone().name("rust_eh_personality"), ElfLanguage::Rust),
        (libc.clone().name("_Unwind_Backtrace"), ElfLanguage::Unknown),
        (libc.needs("libstdc++.so.6"), ElfLanguage::C),
        (Elf::static_executable(), ElfLanguage::Unknown),
    ];
    for (elf, language) in cases {
        assert_eq!(group(&elf).language, language);
    }
}

#[test]
fn the_highest_symbol_versions_are_named_with_their_files() {
    let facts = read([
        Layer::new().executable(
            "app/old",
            Elf::executable()
                .requires("libc.so.6", "GLIBC_2.9")
                .requires("libstdc++.so.6", "GLIBCXX_3.4.30")
                .bytes(),
        ),
        Layer::new().executable(
            "app/new",
            Elf::executable()
                .requires("libc.so.6", "GLIBC_2.38")
                .requires("libstdc++.so.6", "CXXABI_1.3.13")
                .requires("libc.so.6", "GLIBC_PRIVATE")
                .bytes(),
        ),
    ]);
    let all = &facts.elf.symbol_versions.all;
    let shown = |found: &Option<freehold::facts::model::RequiredVersion>| {
        let found = found.as_ref().unwrap();
        (found.version.clone(), found.path.clone(), found.layer)
    };
    assert_eq!(shown(&all.glibc), ("2.38".into(), "/app/new".into(), 2));
    assert_eq!(shown(&all.glibcxx), ("3.4.30".into(), "/app/old".into(), 1));
    assert_eq!(shown(&all.cxxabi), ("1.3.13".into(), "/app/new".into(), 2));
    assert_eq!(all.glibc.as_ref().unwrap().numbers, [2, 38, 0]);
    assert_eq!(facts.elf.symbol_versions.unowned, *all);
    assert_eq!(facts.elf.symbol_versions.added.glibc, None);
}

#[test]
fn packed_relocations_need_the_glibc_that_brought_them() {
    let elf = Elf::executable()
        .requires("libc.so.6", "GLIBC_2.4")
        .requires("libc.so.6", "GLIBC_ABI_DT_RELR");
    let all = of(elf.bytes()).elf.symbol_versions.all;
    assert_eq!(all.glibc.unwrap().version, "2.36");
}

#[test]
fn what_was_added_on_top_of_the_base_is_counted_apart() {
    let program = |version| Elf::executable().requires("libc.so.6", version).bytes();
    let layers = [
        Layer::new().executable("app/base", program("GLIBC_2.40")),
        Layer::new().executable("app/added", program("GLIBC_2.17")),
    ];
    let with_base = freehold::facts::Options {
        base: BaseChoice::Layers(1),
        ..options()
    };
    let facts = facts_with(&image(layers), &with_base);
    let versions = &facts.elf.symbol_versions;
    assert_eq!(versions.all.glibc.as_ref().unwrap().version, "2.40");
    assert_eq!(versions.added.glibc.as_ref().unwrap().version, "2.17");
    let sides: Vec<Side> = facts.elf.groups.iter().map(|group| group.side).collect();
    assert_eq!(sides, [Side::Base, Side::Added]);
}

#[test]
fn a_file_for_another_machine_is_counted_and_its_libraries_are_not_looked_for() {
    let elf = Elf::executable()
        .machine(Machine::Aarch64)
        .needs("libc.so.6")
        .bytes();
    let facts = of(elf.clone());
    assert_eq!(facts.elf.other_machine, 1);
    assert_eq!(facts.elf.missing_libraries.total, 0);
    let mut freebsd = Elf::executable().needs("libc.so.6").bytes();
    freebsd[7] = 9;
    assert_eq!(of(freebsd).elf.other_machine, 1);
}

#[test]
fn a_dynamic_section_beyond_the_first_megabytes_is_read_all_the_same() {
    // What the loader reads moved behind 40 MB of code, as in the largest programs.
    let elf = Elf::executable().needs("libvendor.so.9").relro().bind_now();
    let bytes = with_code_between(&elf.bytes(), 40 << 20);
    let facts = of(bytes);
    assert_eq!(facts.topics[&Topic::Elf].coverage, Coverage::Complete);
    let missing = &facts.elf.missing_libraries.items;
    assert_eq!(missing[0].library, "libvendor.so.9");
    assert_eq!(facts.elf.groups[0].relro.get(&ElfRelro::Full), Some(&1));
}

#[test]
fn a_dynamic_section_that_is_not_there_is_a_gap() {
    let mut bytes = Elf::executable().needs("libc.so.6").bytes();
    let headers = u16::from_le_bytes([bytes[56], bytes[57]]);
    for header in (0..headers).map(|at| 64 + usize::from(at) * 56) {
        if bytes[header] == 2 {
            bytes[header + 8..header + 16].copy_from_slice(&(1_u64 << 30).to_le_bytes());
        }
    }
    let facts = of(bytes);
    assert_eq!(facts.topics[&Topic::Elf].coverage, Coverage::Partial);
    assert_eq!(facts.elf.symbol_versions.unread, 1);
    let group = &facts.elf.groups[0];
    assert_eq!(group.stack_protector + group.no_stack_protector, 0);
}

#[test]
fn paths_outside_the_system_are_named() {
    let facts = read([Layer::new()
        .executable(
            "usr/bin/x",
            Elf::executable()
                .interpreter("/nix/store/abc/ld-linux-x86-64.so.2")
                .runpath("/opt/vendor/lib:$ORIGIN/../lib:/usr/lib/x")
                .bytes(),
        )
        .executable("usr/bin/tool", "#!/opt/venv/bin/python3\n")
        .executable("usr/bin/plain", "#!/bin/sh\n")
        .file("usr/share/x.py", "#!/opt/venv/bin/python3\n")
        .file("opt/venv/bin/python3", "")]);
    let list = &facts.elf.vendor_paths.items;
    let found: Vec<_> = list
        .iter()
        .map(|entry| (&*entry.path, entry.kind, &*entry.target, entry.present))
        .collect();
    assert_eq!(
        found,
        [
            (
                "/usr/bin/tool",
                VendorPathKind::Script,
                "/opt/venv/bin/python3",
                true
            ),
            (
                "/usr/bin/x",
                VendorPathKind::Interpreter,
                "/nix/store/abc/ld-linux-x86-64.so.2",
                false
            ),
            (
                "/usr/bin/x",
                VendorPathKind::RunPath,
                "/opt/vendor/lib",
                false
            ),
        ]
    );
}

#[test]
fn a_static_program_counts_as_one_whatever_its_form() {
    for (elf, pie) in [(Elf::static_executable(), 0), (Elf::static_pie(), 1)] {
        let facts = of(elf.bytes());
        let ElfSummary {
            programs,
            static_programs,
            ..
        } = facts.elf;
        assert_eq!((programs, static_programs), (1, 1));
        assert_eq!(facts.elf.groups[0].pie, pie);
    }
}

/// Moves all but the headers behind `gap` bytes of code: the one loadable segment becomes two.
fn with_code_between(elf: &[u8], gap: u64) -> Vec<u8> {
    let headers = usize::from(u16::from_le_bytes([elf[56], elf[57]]));
    let table_end = 64 + headers * 56;
    let mut out = elf[..64].to_vec();
    let moved = gap + 56;
    let mut table = Vec::new();
    for header in elf[64..table_end].chunks_exact(56) {
        let mut header = header.to_vec();
        let kind = u32::from_le_bytes(header[..4].try_into().unwrap());
        if kind == 1 {
            let mut code = header.clone();
            for (field, value) in [(16, 1 << 32), (24, 1 << 32), (32, gap), (40, gap)] {
                code[field..field + 8].copy_from_slice(&u64::to_le_bytes(value));
            }
            table.extend(code);
            header[4..8].copy_from_slice(&4_u32.to_le_bytes());
            let size = (elf.len() - table_end) as u64;
            let start = table_end as u64;
            for (field, value) in [
                (8, start + moved),
                (16, start),
                (24, start),
                (32, size),
                (40, size),
            ] {
                header[field..field + 8].copy_from_slice(&value.to_le_bytes());
            }
        } else if header[8..16] != [0; 8] {
            let offset = u64::from_le_bytes(header[8..16].try_into().unwrap());
            header[8..16].copy_from_slice(&(offset + moved).to_le_bytes());
        }
        table.extend(header);
    }
    out[56..58].copy_from_slice(&(headers as u16 + 1).to_le_bytes());
    out.extend(table);
    out.resize(table_end + moved as usize, 0x90);
    out.extend(&elf[table_end..]);
    out
}

#[test]
fn every_byte_changed_and_every_cut_gives_a_count_and_no_library_out_of_nothing() {
    let sound = hardened()
        .requires("libc.so.6", "GLIBC_2.38")
        .defines("GLIBC_2.4")
        .runpath("$ORIGIN/../lib")
        .bytes();
    let mut damaged: Vec<Vec<u8>> = (4..sound.len()).map(|end| sound[..end].to_vec()).collect();
    for at in 4..sound.len() {
        for value in [0x00, 0x7f, 0xff] {
            let mut bytes = sound.clone();
            bytes[at] = value;
            damaged.push(bytes);
        }
    }
    let count = damaged.len() as u64;
    let layer = damaged
        .into_iter()
        .enumerate()
        .fold(Layer::new(), |layer, (number, bytes)| {
            layer.executable(&format!("app/{number}"), bytes)
        });
    let elf = read([layer]).elf;
    assert_eq!(elf.total, count);
    let grouped: u64 = elf.groups.iter().map(|group| group.files).sum();
    assert_eq!(elf.programs + elf.libraries, grouped);
    assert!(elf.unreadable > 0 && grouped > count / 2);
    for group in &elf.groups {
        assert!(group.nx + group.executable_stack <= group.files);
        assert!(group.stack_protector + group.no_stack_protector <= group.files);
        assert_eq!(group.relro.values().sum::<u64>(), group.files);
    }
}
