//! The C library: which one, its files, and programs that run on another.

use std::collections::BTreeMap;

use super::elf::{Belongs, is_native, started_by};
use super::loader::LoaderKind;
use super::{Draft, Owner};
use crate::facts::LIST_LIMIT;
use crate::facts::model::{
    Capped, Libc, LibcBasis, LibcFamily, LibcFile, LibcProgram, LibcVersionBasis,
};
use crate::facts::probes::{Elf, ElfKind, Probed};
use crate::facts::text::display_path;
use crate::image::{Node, NodeId};

/// glibc's own library, by the name every program of glibc needs.
const GLIBC: &str = "libc.so.6";
/// musl's loader, which is the library as well: `/lib/ld-musl-ARCH.so.1`.
const MUSL_LOADER: &str = "ld-musl-";
/// gcompat puts itself in the place of glibc's loader on musl (its README).
const GCOMPAT: &str = "libgcompat";
/// Android's C library and loaders (bionic, `linker/`).
const BIONIC_LOADERS: [&str; 2] = ["linker", "linker64"];
/// glibc's loaders (ld.so(8), and the psABIs' names of the program interpreter).
const GLIBC_LOADERS: [&str; 3] = ["ld-linux", "ld64.so", "ld.so"];

/// Fills in `libc`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let files = files(draft);
    let (main, other_programs) = programs(draft);
    let mut families: Vec<LibcFamily> = files.iter().map(|file| file.family).collect();
    families.sort();
    families.dedup();
    let (family, basis) = match (families.as_slice(), main) {
        ([], None) => (LibcFamily::None, LibcBasis::None),
        ([], Some(main)) => (main, LibcBasis::Interpreters),
        ([one], _) => (*one, LibcBasis::Files),
        _ => (LibcFamily::Mixed, LibcBasis::Files),
    };
    let mut versions = files.iter().map(|file| (&file.version, file.version_basis));
    let first = versions.next();
    let same = versions.all(|version| Some(version) == first);
    let (version, version_basis) = match first.filter(|_| same) {
        Some((version, basis)) => (version.clone(), basis),
        None => (None, None),
    };
    draft.facts.libc = Libc {
        family,
        basis,
        version,
        version_basis,
        files: Capped::new(files, LIST_LIMIT),
        main,
        other_programs: Capped::new(other_programs, LIST_LIMIT),
    };
}

/// How the loader behind an interpreter works.
pub(super) fn loader_kind(draft: &Draft<'_>, interpreter: &str) -> LoaderKind {
    match family(draft, interpreter).0 {
        LibcFamily::Musl => LoaderKind::Musl,
        _ => LoaderKind::Glibc,
    }
}

/// Whose loader an interpreter is, by the file it leads to or else by its name, and whether it is
/// there.
fn family(draft: &Draft<'_>, interpreter: &str) -> (LibcFamily, bool) {
    let found = draft.tree.resolve(interpreter.as_bytes(), true).ok();
    let present = found.is_some();
    let real = found
        .map(|found| display_path(&found.path))
        .unwrap_or_default();
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let (asked, real) = (name(interpreter), name(&real));
    let family = if [&asked, &real]
        .iter()
        .any(|name| name.starts_with(MUSL_LOADER))
        || real.starts_with(GCOMPAT)
    {
        LibcFamily::Musl
    } else if BIONIC_LOADERS.contains(&asked.as_str()) {
        LibcFamily::Bionic
    } else if GLIBC_LOADERS.iter().any(|start| asked.starts_with(start)) {
        LibcFamily::Glibc
    } else {
        LibcFamily::Other
    };
    (family, present)
}

fn files(draft: &Draft<'_>) -> Vec<LibcFile> {
    let mut files = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut add = |path: &[u8], id: NodeId, family: LibcFamily, elf: &Elf| {
        let Some(node) = draft.tree.node(id).filter(|_| seen.insert(id)) else {
            return;
        };
        let belongs = Belongs::of(draft, id, node);
        let (version, version_basis) = version(draft, id, elf);
        files.push(LibcFile {
            path: display_path(path),
            family,
            version,
            version_basis,
            owner: belongs.owner,
            package_name: belongs.package_name,
            layer: belongs.layer,
            side: belongs.side,
        });
    };
    draft.tree.walk(|path, id, node| {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        // A link may be what gives musl's library the loader's name.
        if name.starts_with(MUSL_LOADER.as_bytes()) {
            let target = draft.tree.resolve(path, true).ok();
            if let Some((path, id, elf)) = target.and_then(|target| {
                let elf = library(draft, target.id)?;
                Some((target.path, target.id, elf))
            }) {
                add(&path, id, LibcFamily::Musl, elf);
            }
            return;
        }
        let Some(Probed::Elf(elf)) = draft.probed(node) else {
            return;
        };
        let soname = elf.dynamic().and_then(|dynamic| dynamic.soname.as_deref());
        if soname == Some(GLIBC) && elf.kind == ElfKind::Library && is_native(draft, elf) {
            add(path, id, LibcFamily::Glibc, elf);
        } else if path == b"system/lib64/libc.so" || path == b"system/lib/libc.so" {
            add(path, id, LibcFamily::Bionic, elf);
        }
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn library<'d>(draft: &'d Draft<'_>, id: NodeId) -> Option<&'d Elf> {
    match draft.probed(draft.tree.node(id)?) {
        Some(Probed::Elf(elf)) if is_native(draft, elf) => Some(elf),
        _ => None,
    }
}

/// What the owning package says, or the highest version of glibc's symbols.
fn version(draft: &Draft<'_>, id: NodeId, elf: &Elf) -> (Option<String>, Option<LibcVersionBasis>) {
    if let Owner::Package(index) = draft.owners.of(id)
        && let Some(installed) = draft.installed.get(index as usize)
    {
        let version = installed.package.version.clone();
        return (Some(version), Some(LibcVersionBasis::Package));
    }
    let defined = elf.dynamic().and_then(|dynamic| dynamic.defines_glibc);
    let basis = defined.map(|_| LibcVersionBasis::SymbolVersions);
    (defined.map(|version| version.to_string()), basis)
}

/// The family most programs ask for, and the programs that ask for another.
fn programs(draft: &Draft<'_>) -> (Option<LibcFamily>, Vec<LibcProgram>) {
    let mut families: BTreeMap<&str, (LibcFamily, bool)> = BTreeMap::new();
    let mut counts: BTreeMap<LibcFamily, u64> = BTreeMap::new();
    draft.tree.walk(|_, _, node| {
        let Some(interpreter) = interpreter(draft, node) else {
            return;
        };
        let known = families
            .entry(interpreter)
            .or_insert_with(|| family(draft, interpreter));
        let count = counts.entry(known.0).or_default();
        *count = count.saturating_add(1);
    });
    let most = counts
        .iter()
        .max_by_key(|&(family, count)| (count, std::cmp::Reverse(family)));
    let main = most.map(|(family, _)| *family);
    let mut others = Vec::new();
    if counts.len() > 1 {
        draft.tree.walk(|path, id, node| {
            let Some(interpreter) = interpreter(draft, node) else {
                return;
            };
            let known = families.get(interpreter).copied();
            let Some((family, present)) = known.filter(|known| Some(known.0) != main) else {
                return;
            };
            let belongs = Belongs::of(draft, id, node);
            others.push(LibcProgram {
                path: display_path(path),
                interpreter: interpreter.to_owned(),
                family,
                present,
                owner: belongs.owner,
                package_name: belongs.package_name,
                layer: belongs.layer,
                side: belongs.side,
            });
        });
    }
    others.sort_by(|a, b| a.path.cmp(&b.path));
    (main, others)
}

fn interpreter<'d>(draft: &'d Draft<'_>, node: &Node) -> Option<&'d str> {
    match draft.probed(node) {
        Some(Probed::Elf(elf)) => started_by(draft, node, elf),
        _ => None,
    }
}
