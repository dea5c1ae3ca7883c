//! Compilers, debuggers and network tools.

use freehold::facts::model::{Facts, ToolKind};

use super::read;
use crate::support::databases::{Installed, debian};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

fn tools(facts: &Facts) -> Vec<(ToolKind, &str, &str, Option<&str>)> {
    let tools = facts.tools.items.iter();
    tools
        .map(|tool| {
            let owner = tool.owner.as_deref();
            (tool.kind, tool.path.as_str(), tool.program.as_str(), owner)
        })
        .collect()
}

#[test]
fn tools_are_known_by_name_whatever_their_target_and_version() {
    let elf = || Elf::executable().bytes();
    let gcc = Installed::new("gcc-14", "14")
        .file("usr/bin/x86_64-linux-gnu-gcc-14", elf())
        .file("usr/libexec/gcc/x86_64-linux-gnu/14/cc1", elf());
    let layer = Layer::new()
        .executable("usr/bin/x86_64-linux-gnu-gcc-14", elf())
        .executable("usr/libexec/gcc/x86_64-linux-gnu/14/cc1", elf())
        .executable("opt/tools/bin/gdb", elf())
        .executable("usr/local/bin/mvn", "#!/bin/sh\n")
        .file("usr/include/python3.13/Python.h", "x");
    let facts = read([debian(&[gcc]), layer]);
    let expected = [
        (
            ToolKind::Compiler,
            "/usr/bin/x86_64-linux-gnu-gcc-14",
            "gcc",
            Some("gcc-14"),
        ),
        (
            ToolKind::Compiler,
            "/usr/libexec/gcc/x86_64-linux-gnu/14/cc1",
            "cc1",
            Some("gcc-14"),
        ),
        (ToolKind::Build, "/usr/local/bin/mvn", "mvn", None),
        (ToolKind::Debugger, "/opt/tools/bin/gdb", "gdb", None),
        (
            ToolKind::Headers,
            "/usr/include/python3.13/Python.h",
            "Python.h",
            None,
        ),
    ];
    assert_eq!(tools(&facts), expected);
    assert_eq!(facts.tools.items[0].layer, 2);
}

#[test]
fn links_count_only_where_they_are_the_tool() {
    let busybox = Installed::new("busybox", "1").file("bin/busybox", Elf::executable().bytes());
    let layer = Layer::new()
        .executable("usr/bin/gcc-14", Elf::executable().bytes())
        .symlink("usr/bin/gcc", "gcc-14")
        .symlink("usr/bin/cc", "/etc/alternatives/cc")
        .symlink("etc/alternatives/cc", "/usr/bin/gcc")
        .symlink("bin/wget", "busybox")
        .symlink("bin/nc", "gone");
    let expected = [
        (ToolKind::Compiler, "/usr/bin/gcc-14", "gcc", None),
        (ToolKind::Network, "/bin/wget", "wget", Some("busybox")),
    ];
    assert_eq!(tools(&read([debian(&[busybox]), layer])), expected);
}

#[test]
fn what_only_shares_a_name_is_no_tool() {
    let layer = Layer::new()
        .file("usr/bin/gdb", Elf::executable().bytes())
        .executable("usr/bin/strace", "text")
        .executable("usr/share/completions/make", "#!/bin/sh\n")
        .executable("usr/bin/gcc-wrapper", "#!/bin/sh\n")
        .file("usr/share/doc/Python.h", "x")
        .dir("usr/bin/go");
    assert_eq!(tools(&read([layer])), []);
}

#[test]
fn supervisors_and_what_rebuilds_the_trust_store_are_tools() {
    let layer = Layer::new()
        .executable("usr/bin/s6-svscan", Elf::executable().bytes())
        .executable("usr/bin/supervisord", "#!/usr/bin/python3\n")
        .executable("usr/sbin/update-ca-certificates", "#!/bin/sh\n")
        .file("usr/share/doc/update-ca-trust", "x");
    let facts = read([layer]);
    let expected = [
        (ToolKind::Supervisor, "/usr/bin/s6-svscan", "s6-svscan"),
        (ToolKind::Supervisor, "/usr/bin/supervisord", "supervisord"),
        (
            ToolKind::TrustStore,
            "/usr/sbin/update-ca-certificates",
            "update-ca-certificates",
        ),
    ];
    let found: Vec<_> = tools(&facts)
        .into_iter()
        .map(|(kind, path, program, _)| (kind, path, program))
        .collect();
    assert_eq!(found, expected);
}
