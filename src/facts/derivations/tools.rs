//! Programs that build, debug or talk to the network, by the names their projects give them.

use super::link_budget::LinkBudget;
use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{Capped, FileKind, Tool, ToolKind, Topic};
use crate::facts::text::{display_path, lossless};
use crate::image::{Node, NodeId, NodeKind};

/// Program names by kind, without target prefix and version. Sources: the manuals of GCC, LLVM, GNU
/// binutils, the languages' own tools, and the packages Debian and Alpine build from them.
const PROGRAMS: &[(ToolKind, &[&str])] = &[
    (
        ToolKind::Compiler,
        &[
            "as", "c++", "c89", "c99", "cc", "cc1", "cc1plus", "clang", "clang++", "cpp", "dmd",
            "f951", "fpc", "g++", "gcc", "gccgo", "gdc", "gfortran", "ghc", "gnat", "go", "javac",
            "kotlinc", "ldc2", "nasm", "nim", "ocamlopt", "rustc", "scalac", "swiftc", "tcc",
            "yasm", "zig",
        ],
    ),
    (
        ToolKind::Linker,
        &[
            "collect2", "gold", "ld", "ld.bfd", "ld.gold", "ld.lld", "lld", "lto1", "mold",
        ],
    ),
    (
        ToolKind::Build,
        &[
            "bazel", "cargo", "cmake", "gmake", "gradle", "make", "meson", "mvn", "ninja", "scons",
        ],
    ),
    (
        ToolKind::Debugger,
        &[
            "bpftrace",
            "delve",
            "dlv",
            "gdb",
            "gdbserver",
            "lldb",
            "lldb-server",
            "ltrace",
            "perf",
            "strace",
            "valgrind",
        ],
    ),
    (
        ToolKind::Network,
        &[
            "curl",
            "dig",
            "ftp",
            "nc",
            "nc.openbsd",
            "nc.traditional",
            "ncat",
            "netcat",
            "nmap",
            "nslookup",
            "rsync",
            "scp",
            "sftp",
            "socat",
            "ssh",
            "sshd",
            "tcpdump",
            "telnet",
            "tftp",
            "wget",
        ],
    ),
    (
        ToolKind::Supervisor,
        &[
            "circusd",
            "dinit",
            "monit",
            "pebble",
            "process-compose",
            "runsvdir",
            "s6-svscan",
            "supervise-daemon",
            "supervisord",
        ],
    ),
    (
        ToolKind::TrustStore,
        &["update-ca-certificates", "update-ca-trust"],
    ),
];

/// The header every extension of an interpreter includes: CPython, Ruby, Perl, Node.js, PHP.
const HEADERS: &[&str] = &["Python.h", "ruby.h", "perl.h", "node_api.h", "php.h"];

/// Directories programs are kept in; a file of such a name elsewhere is something else (FHS 3.0: 3.4,
/// 3.16, 4.4, 4.7, 4.10). GCC keeps its compilers proper below `libexec/gcc` or `lib/gcc`.
const PROGRAM_DIRECTORIES: &[&[u8]] = &[b"bin", b"sbin", b"libexec", b"gcc"];

/// Fills in `tools`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut tools = Vec::new();
    let mut total = 0u64;
    let mut links = LinkBudget::new(draft);
    draft.tree.walk(|path, id, node| {
        let Some((kind, program, of)) = recognise(draft, &mut links, path, (id, node)) else {
            return;
        };
        total = total.saturating_add(1);
        if tools.len() < LIST_LIMIT {
            tools.push(Tool {
                kind,
                path: display_path(path),
                program: program.to_owned(),
                owner: draft.owner_name(of),
                owner_known: draft.owners.of(of) != Owner::Undetermined,
                layer: node.layer,
                side: draft.side(node.layer),
            });
        }
    });
    tools.sort();
    draft.facts.tools = Capped {
        truncated: total > tools.len() as u64,
        items: tools,
        total,
    };
    draft.facts.gaps.extend(links.gap(Topic::Tools));
}

/// What a file is, if it is a tool, and the file that makes it one: for a link, the program behind
/// it, whose owner answers for both.
fn recognise(
    draft: &Draft<'_>,
    links: &mut LinkBudget,
    path: &[u8],
    (id, node): (NodeId, &Node),
) -> Option<(ToolKind, &'static str, NodeId)> {
    let slash = path.iter().rposition(|&b| b == b'/')?;
    let (directory, name) = path.split_at_checked(slash)?;
    let name = std::str::from_utf8(name.get(1..)?).ok()?;
    if let Some(header) = HEADERS.iter().find(|&&header| header == name) {
        let included = directory
            .split(|&b| b == b'/')
            .any(|part| part == b"include");
        let perls_own = directory.ends_with(b"/CORE");
        let is_file = matches!(node.kind, NodeKind::File(_));
        return (is_file && (included || perls_own)).then_some((ToolKind::Headers, *header, id));
    }
    let (kind, program) = known(name).or_else(|| known(plain_name(name)))?;
    let kept_there = directory
        .split(|&b| b == b'/')
        .any(|part| PROGRAM_DIRECTORIES.contains(&part));
    let of = kept_there.then(|| runnable(draft, links, path, (id, node)))??;
    Some((kind, program, of))
}

fn known(name: &str) -> Option<(ToolKind, &'static str)> {
    PROGRAMS.iter().find_map(|(kind, names)| {
        let at = names.binary_search(&name).ok()?;
        Some((*kind, *names.get(at)?))
    })
}

/// The name without a target prefix (`x86_64-linux-gnu-`, GCC manual, "target machine") and a
/// version (`-14`, `-14.2`).
fn plain_name(name: &str) -> &str {
    let is_version =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let unversioned = match name.rsplit_once('-') {
        Some((plain, version)) if is_version(version) => plain,
        _ => name,
    };
    match unversioned.rsplit_once('-') {
        Some((target, plain)) if target.contains("-linux") => plain,
        _ => unversioned,
    }
}

/// A program or script with an execute bit, or the one behind a link if it has another name, as
/// with BusyBox' applets. Links among names of this table are no programs of their own.
fn runnable(
    draft: &Draft<'_>,
    links: &mut LinkBudget,
    path: &[u8],
    (id, node): (NodeId, &Node),
) -> Option<NodeId> {
    let executable = |node: &Node| {
        let kind = draft.file_kind(node);
        node.mode & 0o111 != 0 && matches!(kind, FileKind::ElfProgram | FileKind::Script)
    };
    match node.kind {
        NodeKind::File(_) => executable(node).then_some(id),
        NodeKind::Symlink(_) if links.allows(draft) => {
            let found = draft.tree.resolve(path, true).ok()?;
            let name = lossless(found.path.rsplit(|&b| b == b'/').next()?);
            let listed = known(&name).or_else(|| known(plain_name(&name)));
            (listed.is_none() && executable(draft.tree.node(found.id)?)).then_some(found.id)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_so_that_they_are_found() {
        for (kind, names) in PROGRAMS {
            assert!(names.is_sorted(), "{kind:?}");
        }
    }

    #[test]
    fn target_prefix_and_version_are_no_part_of_the_name() {
        for (name, plain) in [
            ("gcc", "gcc"),
            ("gcc-14", "gcc"),
            ("x86_64-linux-gnu-gcc-14", "gcc"),
            ("x86_64-alpine-linux-musl-g++", "g++"),
            ("aarch64-linux-gnu-ld.bfd", "ld.bfd"),
            ("clang-18.1", "clang"),
            ("git-clang", "git-clang"),
        ] {
            assert_eq!(plain_name(name), plain, "{name}");
        }
    }
}
