//! Libraries that are needed, found as the loader would.

use freehold::facts::model::{Facts, MissingLibrary, NeededBy};

use super::{facts_of, image, read};
use crate::support::elf::{Elf, Machine};
use crate::support::layer::Layer;

const LIBC: &str = "usr/lib/x86_64-linux-gnu/libc.so.6";
const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

/// A glibc system, merged-/usr.
fn glibc() -> Layer {
    let loader = Elf::shared_object("ld-linux-x86-64.so.2").bytes();
    Layer::new()
        .dir("usr/lib")
        .symlink("lib", "usr/lib")
        .symlink("lib64", "usr/lib64")
        .file("usr/lib64/ld-linux-x86-64.so.2", loader)
        .file(LIBC, Elf::shared_object("libc.so.6").bytes())
}

/// musl, as Alpine has it.
fn musl() -> Layer {
    let library = Elf::shared_object("libc.musl-x86_64.so.1").bytes();
    Layer::new()
        .executable("lib/ld-musl-x86_64.so.1", library)
        .symlink("lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1")
}

fn library(name: &str) -> Elf {
    Elf::shared_object(name)
}

fn program() -> Elf {
    Elf::executable().needs("libc.so.6")
}

fn missing(facts: &Facts) -> Vec<(&str, &str, NeededBy)> {
    let list = &facts.elf.missing_libraries.items;
    let brief = |item: &'_ MissingLibrary| item.needed_by;
    list.iter()
        .map(|item| (&*item.path, &*item.library, brief(item)))
        .collect()
}

/// What is missing on a glibc system with these on top.
fn missing_with(layer: Layer) -> Vec<(String, String, NeededBy)> {
    let facts = read([glibc(), layer]);
    missing(&facts)
        .into_iter()
        .map(|(path, library, by)| (path.to_owned(), library.to_owned(), by))
        .collect()
}

#[test]
fn a_program_with_all_its_libraries_misses_none() {
    let layer = Layer::new()
        .executable("usr/bin/x", program().needs("liba.so.1").bytes())
        .symlink("usr/lib/liba.so.1", "liba.so.1.2.3")
        .file("usr/lib/liba.so.1.2.3", library("liba.so.1").bytes());
    assert_eq!(missing_with(layer), []);
}

#[test]
fn a_missing_library_is_named_with_who_needs_it_and_who_does_not_start() {
    let facts = read([
        glibc(),
        Layer::new()
            .executable(
                "usr/bin/x",
                program().needs("liba.so.1").needs("libx.so").bytes(),
            )
            .file(
                "usr/lib/liba.so.1",
                library("liba.so.1").needs("libb.so.2").bytes(),
            ),
    ]);
    assert_eq!(
        missing(&facts),
        [
            ("/usr/bin/x", "libx.so", NeededBy::Program),
            ("/usr/lib/liba.so.1", "libb.so.2", NeededBy::Library),
        ]
    );
    let second = &facts.elf.missing_libraries.items[1];
    assert_eq!(second.program.as_deref(), Some("/usr/bin/x"));
    assert_eq!(second.elsewhere, None);
}

#[test]
fn every_file_that_misses_a_library_is_named() {
    let layer = Layer::new()
        .executable(
            "usr/bin/x",
            program().needs("libx.so").needs("liba.so.1").bytes(),
        )
        .file(
            "usr/lib/liba.so.1",
            library("liba.so.1").needs("libx.so").bytes(),
        );
    assert_eq!(
        missing(&read([glibc(), layer])),
        [
            ("/usr/bin/x", "libx.so", NeededBy::Program),
            ("/usr/lib/liba.so.1", "libx.so", NeededBy::Library),
        ]
    );
}

#[test]
fn run_paths_lead_to_libraries_from_where_the_file_is() {
    let at = |run_path: &str| {
        Layer::new()
            .executable(
                "opt/app/bin/x",
                program().needs("liba.so").runpath(run_path).bytes(),
            )
            .file("opt/app/lib/liba.so", library("liba.so").bytes())
    };
    for run_path in [
        "$ORIGIN/../lib",
        "${ORIGIN}/../lib",
        "/nowhere:/opt/app/lib",
        "$ORIGIN/../$LIB",
    ] {
        assert_eq!(missing_with(at(run_path)), [], "{run_path}");
    }
    let facts = read([glibc(), at("$ORIGIN/lib")]);
    let item = &facts.elf.missing_libraries.items[0];
    assert_eq!(item.elsewhere.as_deref(), Some("/opt/app/lib/liba.so"));
    assert_eq!(item.searched, ["$ORIGIN/lib"]);
}

#[test]
fn the_older_run_path_serves_the_libraries_of_a_program_as_well_and_the_newer_does_not() {
    let at = |program: Elf| {
        Layer::new()
            .executable("opt/x", program.needs("liba.so").bytes())
            .file(
                "opt/lib/liba.so",
                library("liba.so").needs("libb.so").bytes(),
            )
            .file("opt/lib/libb.so", library("libb.so").bytes())
    };
    assert_eq!(missing_with(at(program().rpath("/opt/lib"))), []);
    let newer = missing_with(at(program().runpath("/opt/lib")));
    assert_eq!(newer.len(), 1);
    assert_eq!(
        (&*newer[0].0, &*newer[0].1),
        ("/opt/lib/liba.so", "libb.so")
    );
}

#[test]
fn a_library_that_is_loaded_already_is_not_looked_for_again() {
    let layer = Layer::new()
        .executable(
            "opt/x",
            program()
                .needs("libb.so")
                .needs("liba.so")
                .runpath("/opt/lib")
                .bytes(),
        )
        .file(
            "opt/lib/liba.so",
            library("liba.so").needs("libb.so").bytes(),
        )
        .file("opt/lib/libb.so", library("libb.so").bytes());
    assert_eq!(missing_with(layer), []);
}

#[test]
fn configured_directories_are_searched() {
    let at = |configuration: Layer| {
        configuration
            .executable("usr/bin/x", program().needs("liba.so").bytes())
            .file("srv/lib/liba.so", library("liba.so").bytes())
    };
    assert_eq!(missing_with(at(Layer::new())).len(), 1);
    let direct = Layer::new().file("etc/ld.so.conf", "# own\n/srv/lib # ours\n");
    assert_eq!(missing_with(at(direct)), []);
    let included = Layer::new()
        .file("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
        .file("etc/ld.so.conf.d/own.conf", "/srv/lib\n");
    assert_eq!(missing_with(at(included)), []);
    let not_included = Layer::new().file("etc/ld.so.conf.d/own.conf", "/srv/lib\n");
    assert_eq!(missing_with(at(not_included)).len(), 1);
}

#[test]
fn the_library_path_of_the_image_is_searched_and_not_printed() {
    let layers = [
        glibc(),
        Layer::new()
            .executable(
                "usr/bin/x",
                program().needs("liba.so").needs("libz.so").bytes(),
            )
            .file("srv/secret-place/liba.so", library("liba.so").bytes()),
    ];
    let facts = facts_of(&image(layers).env("LD_LIBRARY_PATH", "/a:/srv/secret-place"));
    assert_eq!(missing(&facts).len(), 1);
    assert_eq!(
        facts.elf.missing_libraries.items[0].searched,
        ["LD_LIBRARY_PATH"]
    );
}

#[test]
fn a_library_for_another_machine_does_not_serve() {
    let facts = read([
        glibc(),
        Layer::new()
            .executable("usr/bin/x", program().needs("liba.so").bytes())
            .file(
                "usr/lib/liba.so",
                library("liba.so").machine(Machine::Aarch64).bytes(),
            ),
    ]);
    let item = &facts.elf.missing_libraries.items[0];
    assert!(item.wrong_machine);
    assert_eq!(item.library, "liba.so");
}

#[test]
fn a_plugin_may_rely_on_its_host_for_what_is_anywhere_in_the_image() {
    let layer = Layer::new()
        .file(
            "opt/jvm/lib/libnet.so",
            library("libnet.so").needs("libjvm.so").bytes(),
        )
        .file("opt/jvm/lib/server/libjvm.so", library("libjvm.so").bytes())
        .file(
            "opt/py/_tk.so",
            Elf::shared_object("_tk.so").needs("libtk8.6.so").bytes(),
        );
    assert_eq!(
        missing_with(layer),
        [(
            "/opt/py/_tk.so".to_owned(),
            "libtk8.6.so".to_owned(),
            NeededBy::Plugin
        )]
    );
}

#[test]
fn musl_searches_its_own_directories_and_is_several_libraries_itself() {
    let at = |layer: Layer| {
        let program = Elf::executable()
            .interpreter(MUSL)
            .needs("libc.musl-x86_64.so.1")
            .needs("libpthread.so.0")
            .needs("liba.so");
        let facts = read([
            musl(),
            layer
                .executable("usr/bin/x", program.bytes())
                .file("usr/local/lib/liba.so", library("liba.so").bytes()),
        ]);
        missing(&facts).len()
    };
    assert_eq!(at(Layer::new()), 0);
    let elsewhere = Layer::new().file("etc/ld-musl-x86_64.path", "/lib\n/usr/lib\n");
    assert_eq!(at(elsewhere), 1);
    let listed = Layer::new().file("etc/ld-musl-x86_64.path", "/lib:/usr/local/lib");
    assert_eq!(at(listed), 0);
}

#[test]
fn libraries_that_need_each_other_and_links_in_circles_come_to_an_end() {
    let layer = Layer::new()
        .executable(
            "usr/bin/x",
            program().needs("liba.so").needs("libloop.so").bytes(),
        )
        .file(
            "usr/lib/liba.so",
            library("liba.so").needs("libb.so").bytes(),
        )
        .file(
            "usr/lib/libb.so",
            library("libb.so").needs("liba.so").bytes(),
        )
        .symlink("usr/lib/libloop.so", "libloop.so");
    let found = missing_with(layer);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, "libloop.so");
}
