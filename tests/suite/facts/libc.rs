//! The C library: which one, and mixes.

use freehold::facts::model::{LibcBasis, LibcFamily, LibcVersionBasis};

use super::read;
use crate::support::elf::Elf;
use crate::support::layer::Layer;

const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

fn glibc() -> Layer {
    Layer::new()
        .file(
            "lib64/ld-linux-x86-64.so.2",
            Elf::shared_object("ld-linux-x86-64.so.2").bytes(),
        )
        .file(
            "usr/lib/x86_64-linux-gnu/libc.so.6",
            Elf::shared_object("libc.so.6")
                .defines("GLIBC_2.39")
                .bytes(),
        )
        .executable("usr/bin/x", Elf::executable().needs("libc.so.6").bytes())
}

fn musl() -> Layer {
    Layer::new()
        .executable(
            "lib/ld-musl-x86_64.so.1",
            Elf::shared_object("libc.so").bytes(),
        )
        .executable("usr/bin/m", Elf::executable().interpreter(MUSL).bytes())
}

#[test]
fn glibc_is_told_by_its_library_and_its_version_by_the_symbols_it_defines() {
    let libc = read([glibc()]).libc;
    assert_eq!(
        (libc.family, libc.basis),
        (LibcFamily::Glibc, LibcBasis::Files)
    );
    assert_eq!(libc.version.as_deref(), Some("2.39"));
    assert_eq!(libc.version_basis, Some(LibcVersionBasis::SymbolVersions));
    assert_eq!(
        libc.files.items[0].path,
        "/usr/lib/x86_64-linux-gnu/libc.so.6"
    );
    assert_eq!(
        (libc.main, libc.other_programs.total),
        (Some(LibcFamily::Glibc), 0)
    );
}

#[test]
fn musl_is_told_by_its_loader_even_where_that_is_a_link() {
    let linked = Layer::new()
        .executable("usr/lib/libc.so", Elf::shared_object("libc.so").bytes())
        .symlink("lib/ld-musl-x86_64.so.1", "/usr/lib/libc.so");
    for (layer, path) in [(musl(), MUSL), (linked, "/usr/lib/libc.so")] {
        let libc = read([layer]).libc;
        assert_eq!(libc.family, LibcFamily::Musl);
        assert_eq!((libc.version, libc.version_basis), (None, None));
        assert_eq!(libc.files.items[0].path, path);
    }
}

#[test]
fn both_together_are_mixed_and_the_programs_of_the_fewer_named() {
    let more = Layer::new().executable("usr/bin/y", Elf::executable().bytes());
    let libc = read([glibc(), musl(), more]).libc;
    assert_eq!(
        (libc.family, libc.main),
        (LibcFamily::Mixed, Some(LibcFamily::Glibc))
    );
    let other = &libc.other_programs.items[0];
    assert_eq!(
        (&*other.path, other.family, other.present),
        ("/usr/bin/m", LibcFamily::Musl, true)
    );
}

#[test]
fn a_stand_in_for_glibc_on_musl_is_no_glibc() {
    let gcompat = Layer::new()
        .executable(
            "lib/libgcompat.so.0",
            Elf::shared_object("libgcompat.so.0").bytes(),
        )
        .symlink("lib64/ld-linux-x86-64.so.2", "../lib/libgcompat.so.0")
        .executable("usr/bin/g", Elf::executable().needs("libc.so.6").bytes());
    let facts = read([musl(), gcompat]);
    assert_eq!(facts.libc.family, LibcFamily::Musl);
    assert_eq!(facts.elf.missing_libraries.total, 0);
}

#[test]
fn a_static_program_has_none_and_a_lonely_dynamic_one_asks_for_its_own() {
    let one = |elf: Elf| read([Layer::new().executable("x", elf.bytes())]).libc;
    let none = one(Elf::static_executable());
    assert_eq!(
        (none.family, none.basis, none.main),
        (LibcFamily::None, LibcBasis::None, None)
    );
    let asked = one(Elf::executable().needs("libc.so.6"));
    assert_eq!(
        (asked.family, asked.basis),
        (LibcFamily::Glibc, LibcBasis::Interpreters)
    );
}
