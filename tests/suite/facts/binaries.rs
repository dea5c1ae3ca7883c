//! What ELF files say of themselves: Go's build information, cargo-auditable's crates, package
//! notes, versions they state.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use freehold::facts::model::{Binary, BinaryBasis, Coverage, Facts, GapKind, PackageType, Topic};

use super::{coverage_of, gaps, printed, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;
use crate::support::segments::{CONSTANTS, DATA, Segments};

const LINES: &str = "path\texample.com/a/cmd\n\
    mod\texample.com/a\tv1.2.0\th1:a=\n\
    dep\texample.com/b\tv0.0.0-20240101000000-abcdefabcdef\th1:b=\n\
    dep\texample.com/Old\tv1.0.0\n\
    =>\texample.com/Fork\tv1.1.0\th1:c=\n\
    dep\texample.com/c\tv1.0.0\n\
    =>\t../c\t(devel)\t\n\
    build\t-buildmode=exe\n\
    build\t-ldflags=\"-X main.token=hush-hush\"\n\
    build\tCGO_ENABLED=0\n\
    build\tvcs.revision=0123abcd\n\
    build\tvcs.modified=true\n";

fn framed(lines: &str) -> Vec<u8> {
    if lines.is_empty() {
        return Vec::new();
    }
    [&[0x30; 16], lines.as_bytes(), &[0xf9; 16]].concat()
}

fn counted(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut left = text.len();
    while left >= 0x80 {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes.extend_from_slice(text);
    bytes
}

/// Build information as Go writes it since 1.18.
fn inline(toolchain: &str, lines: &str) -> Vec<u8> {
    let mut bytes = b"\xff Go buildinf:\x08\x02".to_vec();
    bytes.resize(32, 0);
    bytes.extend(counted(toolchain.as_bytes()));
    bytes.extend(counted(&framed(lines)));
    bytes
}

fn go_program(lines: &str) -> Vec<u8> {
    let data = [&[0; 64][..], &inline("go1.22.3", lines)].concat();
    Segments::new().load(DATA, 0x50_0000, data).bytes()
}

/// A program as Go wrote them before 1.18: it points to strings that point to their text.
fn pointing(program: Segments, lines: &str) -> Vec<u8> {
    let (texts_at, data_at) = (0x40_0000u64, 0x50_0000u64);
    let toolchain = b"go1.16.3";
    let lines = framed(lines);
    let texts = [&b"0123"[..], toolchain, &lines].concat();
    let flags = program.long(1)[7];
    let mut data = b"\xff Go buildinf:\x08".to_vec();
    data.push(flags);
    let numbers = [
        data_at + 32,
        data_at + 48,
        texts_at + 4,
        toolchain.len() as u64,
        texts_at + 4 + toolchain.len() as u64,
        lines.len() as u64,
    ];
    data.extend(numbers.iter().flat_map(|number| program.long(*number)));
    program
        .load(CONSTANTS, texts_at, texts)
        .load(DATA, data_at, data)
        .bytes()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn rust_program(list: &[u8]) -> Vec<u8> {
    Segments::new()
        .load(CONSTANTS, 0x40_0000, list)
        .section(".dep-v0", 0x40_0000, list.len())
        .bytes()
}

/// `name@version` of the packages of one type.
fn packages(facts: &Facts, package_type: PackageType) -> Vec<String> {
    let of_type = facts
        .packages
        .iter()
        .filter(|package| package.package_type == package_type);
    of_type
        .map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

fn one(facts: &Facts) -> &Binary {
    assert_eq!(facts.binaries.total, 1, "{:?}", facts.binaries);
    &facts.binaries.items[0]
}

#[test]
fn a_program_of_go_names_its_modules_and_what_replaced_them() {
    let facts = read([Layer::new().executable("opt/a", go_program(LINES))]);
    assert_eq!(
        packages(&facts, PackageType::Golang),
        [
            "example.com/Fork@v1.1.0",
            "example.com/a@v1.2.0",
            "example.com/b@v0.0.0-20240101000000-abcdefabcdef",
            "example.com/c@(devel)",
            "stdlib@1.22.3",
        ]
    );
    let purls: Vec<_> = facts.packages.iter().map(|p| p.purl.as_deref()).collect();
    assert!(purls.contains(&Some("pkg:golang/example.com/fork@v1.1.0")));
    assert!(purls.contains(&Some("pkg:golang/stdlib@1.22.3")));
    let binary = one(&facts);
    assert_eq!(binary.basis, BinaryBasis::GoBuildInfo);
    assert_eq!(binary.path, "/opt/a");
    assert_eq!(binary.name.as_deref(), Some("example.com/a"));
    assert_eq!(binary.toolchain.as_deref(), Some("go1.22.3"));
    assert_eq!(binary.modules, 3);
    assert_eq!(binary.commit.as_deref(), Some("0123abcd"));
    assert_eq!(binary.modified, Some(true));
    assert_eq!(binary.settings["CGO_ENABLED"], "0");
    assert_eq!(binary.settings["-buildmode"], "exe");
    assert_eq!(coverage_of(&facts, Topic::Binaries), Coverage::Complete);
}

#[test]
fn flags_of_the_linker_are_never_printed() {
    let facts = read([Layer::new().executable("opt/a", go_program(LINES))]);
    assert!(!printed(&facts).contains("hush-hush"));
}

#[test]
fn older_programs_of_go_point_to_their_texts() {
    for program in [Segments::new(), Segments::new().big_endian()] {
        let facts = read([Layer::new().executable("opt/a", pointing(program, LINES))]);
        let modules = packages(&facts, PackageType::Golang);
        assert!(modules.contains(&"stdlib@1.16.3".to_owned()), "{modules:?}");
        assert_eq!(modules.len(), 5);
    }
    let without = pointing(Segments::new(), "");
    let facts = read([Layer::new().executable("opt/a", without)]);
    assert_eq!(packages(&facts, PackageType::Golang), ["stdlib@1.16.3"]);
}

#[test]
fn the_section_says_where_build_information_is() {
    let info = inline("go1.23.0", LINES);
    let program = Segments::new().load(DATA, 0x50_0000, vec![0; 256]).load(
        DATA,
        0x60_0000,
        [&[0; 32][..], &info].concat(),
    );
    let place = |program: Segments| {
        let bytes = program.bytes();
        packages(
            &read([Layer::new().executable("a", bytes)]),
            PackageType::Golang,
        )
        .len()
    };
    assert_eq!(place(program.clone()), 0);
    assert_eq!(
        place(program.section(".go.buildinfo", 0x60_0020, info.len())),
        5
    );
}

#[test]
fn a_program_that_says_what_it_was_built_from_is_self_described_and_not_unowned() {
    let layer = Layer::new()
        .executable("opt/a", go_program(LINES))
        .hardlink("opt/b", "opt/a")
        .executable("opt/c", Segments::new().load(DATA, 0, [0; 64]).bytes());
    let facts = read([layer]);
    assert_eq!(unowned(&facts), ["/opt/c"]);
    assert_eq!(facts.ownership.files.self_described, 2);
    let executables = &facts.ownership.executables;
    assert_eq!(
        (
            executables.total,
            executables.traceable,
            executables.unowned
        ),
        (3, 0, 1)
    );
    assert_eq!(
        packages(&facts, PackageType::Golang).len(),
        5,
        "one file, two names"
    );
}

#[test]
fn modules_of_a_packaged_program_name_the_package_as_owner() {
    let package = Installed::new("tool", "1.0").file("usr/bin/tool", go_program(LINES));
    let facts = read([debian(&[package])]);
    let owners: Vec<_> = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Golang)
        .map(|package| package.owner.as_deref())
        .collect();
    assert_eq!(owners, [Some("tool"); 5]);
    assert_eq!(one(&facts).owner.as_deref(), Some("tool"));
    assert_eq!(facts.ownership.files.self_described, 0);
}

#[test]
fn build_information_that_lies_about_its_length_is_a_gap_and_spoils_no_verdict() {
    let mut info = inline("go1.22.3", LINES);
    let length_of_lines = 32 + 1 + "go1.22.3".len();
    info[length_of_lines + 1] = 0x7f;
    let program = Segments::new().load(DATA, 0x50_0000, info).bytes();
    let layer = Layer::new().executable("opt/a", program).file("opt/b", "x");
    let facts = read([layer]);
    assert_eq!(
        gaps(&facts),
        [(Topic::Binaries, Some("/opt/a"), GapKind::Limit)]
    );
    assert_eq!(coverage_of(&facts, Topic::Binaries), Coverage::Partial);
    assert_eq!(coverage_of(&facts, Topic::Packages), Coverage::Complete);
    assert_eq!(unowned(&facts), ["/opt/a", "/opt/b"]);
}

#[test]
fn crates_that_were_only_used_to_build_are_not_in_the_program() {
    let list = br#"{"packages":[
        {"name":"app","version":"1.0.0","source":"local","root":true},
        {"name":"serde","version":"1.0.200","source":"crates.io"},
        {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"}]}"#;
    let facts = read([Layer::new().executable("opt/a", rust_program(&zlib(list)))]);
    assert_eq!(
        packages(&facts, PackageType::Cargo),
        ["app@1.0.0", "serde@1.0.200"]
    );
    let purl = facts.packages[1].purl.as_deref();
    assert_eq!(purl, Some("pkg:cargo/serde@1.0.200"));
    let binary = one(&facts);
    assert_eq!(binary.basis, BinaryBasis::CargoAuditable);
    assert_eq!((binary.name.as_deref(), binary.modules), (Some("app"), 1));
    assert_eq!(facts.ownership.files.self_described, 1);
}

#[test]
fn a_list_of_crates_that_cannot_be_read_is_a_gap() {
    let bomb = zlib(&vec![b' '; 64 << 20]);
    for list in [
        &b"no zlib"[..],
        &zlib(b"{}"),
        &zlib(b"{\"packages\":3}"),
        &bomb,
        b"",
    ] {
        let facts = read([Layer::new().executable("opt/a", rust_program(list))]);
        assert_eq!(
            gaps(&facts),
            [(Topic::Binaries, Some("/opt/a"), GapKind::Corrupt)]
        );
        assert_eq!(facts.binaries.total, 0);
    }
    // The section says that it is longer than the file.
    let long =
        Segments::new()
            .load(CONSTANTS, 0x40_0000, *b"x")
            .section(".dep-v0", 0x40_0000, 1 << 40);
    let facts = read([Layer::new().executable("opt/a", long.bytes())]);
    assert_eq!(
        gaps(&facts),
        [(Topic::Binaries, Some("/opt/a"), GapKind::Limit)]
    );
}

#[test]
fn a_note_names_the_package_of_a_file_that_no_package_owns() {
    let json = br#"{"type":"rpm","name":"tool","version":"1.0-2.fc40","architecture":"x86_64","os":"fedora","osVersion":"40"}"#;
    let content = [&json[..], b"\0"].concat();
    let program = Segments::new()
        .load(DATA, 0x50_0000, [0; 64])
        .note("FDO", 0xcafe_1a7e, &content)
        .bytes();
    let facts = read([Layer::new().executable("opt/tool", program.clone())]);
    assert_eq!(packages(&facts, PackageType::Generic), ["tool@1.0-2.fc40"]);
    let found = &facts.packages[0];
    let purl = "pkg:generic/tool@1.0-2.fc40?arch=x86_64&distro=fedora-40";
    assert_eq!(found.purl.as_deref(), Some(purl));
    assert_eq!(found.vendor.as_deref(), Some("fedora-40"));
    assert_eq!(facts.ownership.files.self_described, 1);
    let package = Installed::new("tool", "1.0").file("usr/bin/tool", program);
    let facts = read([debian(&[package])]);
    assert!(packages(&facts, PackageType::Generic).is_empty());
    assert_eq!(one(&facts).basis, BinaryBasis::PackageNote);
}

#[test]
fn a_version_is_stated_by_programs_that_no_package_owns() {
    let program = Segments::new()
        .load(CONSTANTS, 0x40_0000, *b"\0nginx version: nginx/1.25.3\0")
        .bytes();
    let package = Installed::new("nginx", "1.22.1").file("usr/sbin/nginx", program.clone());
    let layer = Layer::new()
        .executable("usr/local/sbin/nginx", program.clone())
        .executable("opt/other", program);
    let facts = read([debian(&[package]), layer]);
    assert_eq!(packages(&facts, PackageType::Generic), ["nginx@1.25.3"]);
    let binary = one(&facts);
    assert_eq!(binary.path, "/usr/local/sbin/nginx");
    assert_eq!(binary.basis, BinaryBasis::StatedVersion);
    // A text is no proof: the file belongs to nobody all the same.
    assert_eq!(
        unowned(&facts)[..2],
        ["/opt/other", "/usr/local/sbin/nginx"]
    );
}

#[test]
fn damaged_build_information_never_stops_the_scan() {
    let programs = [
        go_program(LINES),
        pointing(Segments::new(), LINES),
        rust_program(&zlib(b"{\"packages\":[]}")),
    ];
    for program in programs {
        for at in (0..program.len()).step_by(3) {
            let mut damaged = program.clone();
            damaged[at] ^= 0xff;
            let layer = Layer::new()
                .executable("a", damaged)
                .executable("b", program[..at].to_vec());
            let facts = read([layer]);
            assert_eq!(facts.ownership.files.total, 2);
        }
    }
}
