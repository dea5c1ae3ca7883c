//! The builders of the tests, judged by other readers than the program's.

use object::Object as _;
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _};

use crate::support::elf::{Elf, Machine};
use crate::support::image_builder::{ImageBuilder, Layer};

#[test]
fn two_builds_of_the_same_image_are_the_same_bytes() {
    let image = || {
        ImageBuilder::new()
            .layer(Layer::new().executable("bin/a", Elf::executable().needs("libc.so.6").bytes()))
            .label("a", "b")
            .env("A", "b")
    };
    assert_eq!(image().layout().files(), image().layout().files());
}

#[test]
fn elf_files_have_the_interpreter_libraries_and_name_they_were_given() {
    let program = Elf::executable()
        .interpreter("/lib/ld-musl.so.1")
        .needs("libz.so.1")
        .bytes();
    let header = object::elf::FileHeader64::<object::Endianness>::parse(&program[..]).unwrap();
    let endian = header.endian().unwrap();
    let segments = header.program_headers(endian, &program[..]).unwrap();
    let interpreter = segments
        .iter()
        .find_map(|part| part.interpreter(endian, &program[..]).unwrap());
    assert_eq!(interpreter, Some(&b"/lib/ld-musl.so.1"[..]));
    let names = |bytes: &[u8], tag: i64| -> Vec<String> {
        let header = object::elf::FileHeader64::<object::Endianness>::parse(bytes).unwrap();
        let segments = header.program_headers(endian, bytes).unwrap();
        let dynamic = segments
            .iter()
            .find_map(|part| part.dynamic(endian, bytes).unwrap())
            .unwrap();
        let value = |wanted: i64| {
            dynamic
                .iter()
                .filter(move |entry| entry.tag(endian) == wanted)
                .map(|entry| usize::try_from(entry.val(endian)).unwrap())
        };
        let strings = value(object::elf::DT_STRTAB).next().unwrap();
        value(tag)
            .map(|at| {
                let text = &bytes[strings + at..];
                String::from_utf8(text.iter().copied().take_while(|byte| *byte != 0).collect())
                    .unwrap()
            })
            .collect()
    };
    assert_eq!(names(&program, object::elf::DT_NEEDED), ["libz.so.1"]);
    let library = Elf::shared_object("libz.so.1").runpath("/opt").bytes();
    assert_eq!(names(&library, object::elf::DT_SONAME), ["libz.so.1"]);
    assert_eq!(names(&library, object::elf::DT_RUNPATH), ["/opt"]);
    let arm = Elf::static_executable().machine(Machine::Aarch64).bytes();
    let arm = object::File::parse(&arm[..]).unwrap();
    assert_eq!(arm.architecture(), object::Architecture::Aarch64);
}

#[test]
fn a_layer_reads_back_with_another_tar_reader() {
    let long = "d/".repeat(80);
    let tar = Layer::new()
        .file(&format!("{long}f"), "x")
        .setuid("s", "y")
        .owned_by(7, 8)
        .with_parents()
        .tar();
    let mut archive = tar::Archive::new(&tar[..]);
    let entries: Vec<(String, u32, u64)> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = String::from_utf8(entry.path_bytes().to_vec()).unwrap();
            (
                name,
                entry.header().mode().unwrap(),
                entry.header().uid().unwrap(),
            )
        })
        .collect();
    assert_eq!(entries.len(), 82);
    assert_eq!(entries[80].0, format!("{long}f"));
    assert_eq!(entries[81], ("s".to_owned(), 0o4755, 7));
}
