//! What kind of image it is, and whether it runs as root.

use freehold::facts::model::RoleName;

use super::{facts_of, facts_with, options};
use crate::support::databases::{Installed, debian};
use crate::support::elf::Elf;
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

/// Debian with a packaged shell, runtime and starters, and a program of its own in `/app`.
fn system() -> ImageBuilder {
    let elf = || Elf::executable().bytes();
    let programs = ["bash", "python3", "tini", "gosu", "env"];
    let base = programs
        .iter()
        .fold(Installed::new("base", "1"), |package, name| {
            package.file(&format!("usr/bin/{name}"), elf())
        });
    let own = Layer::new()
        .executable("app/server", elf())
        .file("app/main.py", "print()\n")
        .file(
            "etc/passwd",
            "root:x:0:0::/:/bin/sh\nada:x:1000:1000::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n",
        );
    ImageBuilder::new()
        .layer(debian(&[base]))
        .layer(own)
        .working_dir("/app")
}

#[test]
fn the_role_follows_from_what_is_started() {
    let table: [(&[&str], &[&str], RoleName); 16] = [
        (&[], &[], RoleName::Base),
        (&[], &["bash"], RoleName::Base),
        (&["/usr/bin/bash"], &[], RoleName::Base),
        (&["/gone"], &[], RoleName::Runtime),
        (&[], &["bash", "-c", "exec x"], RoleName::Runtime),
        (&["/usr/bin/python3"], &[], RoleName::Runtime),
        (&["python3"], &["-m", "http.server"], RoleName::Runtime),
        (&["python3"], &["main.py"], RoleName::App),
        (&["python3", "-u"], &["/app/main.py"], RoleName::App),
        (&["/app/server"], &["--port", "80"], RoleName::App),
        (&["./server"], &[], RoleName::App),
        (&["tini", "--", "/app/server"], &[], RoleName::App),
        (
            &["tini", "-g", "--", "gosu", "web", "/app/server"],
            &[],
            RoleName::App,
        ),
        (
            &["tini", "-p", "SIGTERM", "--", "/app/server"],
            &[],
            RoleName::App,
        ),
        (&["gosu", "web", "bash"], &[], RoleName::Base),
        (&["env", "A=1", "python3"], &[], RoleName::Runtime),
    ];
    for (entrypoint, cmd, expected) in table {
        let facts = facts_of(&system().entrypoint(entrypoint).cmd(cmd));
        let role = facts.image.role;
        assert_eq!(
            role.name, expected,
            "{entrypoint:?} {cmd:?}: {}",
            role.basis
        );
        assert!(role.basis.starts_with("inferred: "));
    }
}

#[test]
fn a_compiler_makes_a_build_image_of_what_starts_no_program_of_its_own() {
    let gcc = || Layer::new().executable("usr/bin/gcc", Elf::executable().bytes());
    let role_of = |layer, entrypoint: &[&str]| {
        let facts = facts_of(&system().layer(layer).entrypoint(entrypoint));
        facts.image.role.name
    };
    assert_eq!(role_of(gcc(), &[]), RoleName::Build);
    assert_eq!(role_of(gcc(), &["bash"]), RoleName::Build);
    assert_eq!(role_of(gcc(), &["python3"]), RoleName::Build);
    assert_eq!(role_of(gcc(), &["/app/server"]), RoleName::App);
    let text = Layer::new().executable("usr/bin/gcc", "not a program");
    assert_eq!(role_of(text, &["bash"]), RoleName::Base);
}

#[test]
fn a_role_that_was_given_is_not_inferred() {
    let options = freehold::facts::Options {
        role: Some(RoleName::Build),
        ..options()
    };
    let role = facts_with(&system().entrypoint(&["/app/server"]), &options)
        .image
        .role;
    assert_eq!(
        (role.name, role.basis.as_str()),
        (RoleName::Build, "given with --role")
    );
}

#[test]
fn root_is_told_by_number_or_name() {
    for (user, expected) in [
        ("", Some(true)),
        ("root", Some(true)),
        ("0", Some(true)),
        ("00:1000", Some(true)),
        ("toor", Some(true)),
        ("1000", Some(false)),
        ("65532:65532", Some(false)),
        ("web", Some(false)),
        ("web:root", Some(false)),
        ("nobody-here", Some(false)),
        ("-1", Some(false)),
    ] {
        let facts = facts_of(&system().user(user));
        assert_eq!(facts.image.config.runs_as_root, expected, "{user:?}");
    }
}
