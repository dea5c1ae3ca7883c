//! What kind of image this is, and whether it runs as root.

use super::programs::{SHELLS, find_file, find_started};
use super::{Draft, Owner};
use crate::facts::model::{DatabaseState, FileKind, Role, RoleName};
use crate::facts::text::{display_path, lossless};

/// Compilers and build drivers (`gcc`, `cc` and so on as their projects name them).
const BUILD_TOOLS: [&str; 8] = ["cc", "gcc", "clang", "g++", "go", "cargo", "javac", "make"];
/// Where they are looked for.
const TOOL_DIRECTORIES: [&str; 4] = ["usr/bin", "usr/local/bin", "usr/local/go/bin", "bin"];
/// Programs that start another one, given as the next word (tini, dumb-init and the like).
const STARTERS: [&[u8]; 7] = [
    b"tini",
    b"dumb-init",
    b"env",
    b"su-exec",
    b"gosu",
    b"catatonit",
    b"docker-init",
];
/// Of these, the ones that take a user before the program (su-exec, gosu: `USER COMMAND`).
const USER_FIRST: [&[u8]; 2] = [b"su-exec", b"gosu"];

/// Fills in `image.role`, unless it was given, and `image.config.runs_as_root`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    draft.facts.image.config.runs_as_root = runs_as_root(draft);
    if draft.facts.image.role.basis.is_empty() {
        draft.facts.image.role = infer(draft);
    }
}

/// OCI image-spec, config.md, `User`: `user`, `uid`, either with a group; empty means root.
fn runs_as_root(draft: &Draft<'_>) -> Option<bool> {
    let user = draft.facts.image.config.user.split(':').next()?;
    match user {
        "" | "root" => Some(true),
        name => match name.parse::<u64>() {
            Ok(uid) => Some(uid == 0),
            // A name that passwd(5) lacks is not root: the engine refuses to start it.
            Err(_) if !draft.users.is_empty() => Some(draft.users.contains(&(name.to_owned(), 0))),
            Err(_) => None,
        },
    }
}

/// A compiler makes a build image of what starts no program of its own.
fn infer(draft: &Draft<'_>) -> Role {
    let by_start = infer_by_start(draft);
    match build_tool(draft) {
        Some(tool) if by_start.name != RoleName::App => Role {
            name: RoleName::Build,
            basis: format!("inferred: {tool} is there"),
        },
        _ => by_start,
    }
}

fn infer_by_start(draft: &Draft<'_>) -> Role {
    let role = |name, basis: String| Role { name, basis };
    let config = &draft.facts.image.config;
    let words: Vec<&str> = config
        .entrypoint
        .iter()
        .chain(&config.cmd)
        .map(String::as_str)
        .collect();
    let Some((program, rest)) = started_program(&words) else {
        return role(RoleName::Base, "inferred: it starts nothing".to_owned());
    };
    let name = program.rsplit('/').next().unwrap_or(program);
    let arguments = rest.iter().any(|word| !word.is_empty());
    if SHELLS.contains(&name) && !arguments {
        return role(
            RoleName::Base,
            format!("inferred: it starts the shell {name}"),
        );
    }
    let Some(found) = find_started(draft, program) else {
        let basis = format!("inferred: it starts {program}, which is not in the image");
        return role(RoleName::Runtime, basis);
    };
    let path = display_path(&found.path);
    // Without the distribution's database every file is nobody's, which says nothing of this one.
    let deleted = draft
        .facts
        .package_databases
        .iter()
        .any(|database| database.state == DatabaseState::Absent);
    if draft.owners.of(found.id) == Owner::Nobody && !deleted {
        return role(
            RoleName::App,
            format!("inferred: it starts {path}, which no package owns"),
        );
    }
    match rest.iter().find_map(|word| own_file(draft, word)) {
        Some(file) => role(RoleName::App, format!("inferred: {path} runs {file}")),
        None => role(RoleName::Runtime, format!("inferred: it starts {path}")),
    }
}

/// The program that really runs: what starters start, their options skipped.
fn started_program<'a, 'w>(words: &'w [&'a str]) -> Option<(&'a str, &'w [&'a str])> {
    let (mut program, mut rest) = words.split_first()?;
    // As many starters as there are kinds may stand one behind the other.
    for _ in STARTERS {
        let name = program.rsplit('/').next().unwrap_or(program).as_bytes();
        if !STARTERS.contains(&name) {
            break;
        }
        let skipped = usize::from(USER_FIRST.contains(&name));
        let next = match rest.iter().position(|&word| word == "--") {
            Some(end) => end.checked_add(1),
            None => rest
                .iter()
                .position(|word| !word.starts_with('-') && !word.contains('=')),
        };
        let tail = next.and_then(|at| rest.get(at.checked_add(skipped)?..));
        let Some((started, after)) = tail.and_then(<[&str]>::split_first) else {
            break;
        };
        (program, rest) = (started, after);
    }
    Some((program, rest))
}

fn build_tool(draft: &Draft<'_>) -> Option<String> {
    TOOL_DIRECTORIES
        .iter()
        .flat_map(|directory| {
            BUILD_TOOLS
                .iter()
                .map(move |tool| format!("{directory}/{tool}"))
        })
        .find_map(|path| {
            let found = draft.tree.resolve(path.as_bytes(), true).ok()?;
            let node = draft.tree.node(found.id)?;
            // A script of that name builds nothing; compilers are ELF programs.
            let program = draft.file_kind(node) == FileKind::ElfProgram;
            (program && node.mode & 0o111 != 0).then(|| display_path(path.as_bytes()))
        })
}

/// A file of the image that an argument names and no package owns.
fn own_file(draft: &Draft<'_>, word: &str) -> Option<String> {
    if word.starts_with('-') || word.is_empty() {
        return None;
    }
    let found = find_file(draft, word)?;
    (draft.owners.of(found.id) == Owner::Nobody).then(|| format!("/{}", lossless(&found.path)))
}
