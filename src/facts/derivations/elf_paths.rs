//! Paths outside the system's own directories that programs, libraries and scripts are tied to.

use super::Draft;
use super::elf::Belongs;
use crate::facts::LIST_LIMIT;
use crate::facts::model::{Capped, VendorPath, VendorPathKind};
use crate::facts::probes::{Elf, ElfKind, Probed};
use crate::facts::text::display_path;

/// Entries of `/` that hold the system itself (FHS 3.0, 3.4, 3.9, 3.10, 3.16 and chapter 4), and
/// `lib*` for every alternate format.
const SYSTEM: [&str; 3] = ["bin", "sbin", "usr"];
const SYSTEM_LIBRARIES: &str = "lib";

/// Fills in `elf.vendor_paths`.
pub(super) fn derive(draft: &mut Draft<'_>) {
    let mut list = Vec::new();
    draft.tree.walk(|path, id, node| {
        let named = match draft.probed(node) {
            Some(Probed::Elf(elf)) => of_elf(elf),
            Some(Probed::Script(interpreter)) if node.mode & 0o111 != 0 => {
                vec![(VendorPathKind::Script, interpreter.as_str())]
            }
            _ => Vec::new(),
        };
        for (kind, target) in named {
            if is_outside(target) {
                let belongs = Belongs::of(draft, id, node);
                list.push(VendorPath {
                    path: display_path(path),
                    kind,
                    target: target.to_owned(),
                    present: draft.tree.resolve(target.as_bytes(), true).is_ok(),
                    owner: belongs.owner,
                    package_name: belongs.package_name,
                    layer: belongs.layer,
                    side: belongs.side,
                });
            }
        }
    });
    list.sort_by(|a, b| (&a.path, a.kind, &a.target).cmp(&(&b.path, b.kind, &b.target)));
    draft.facts.elf.vendor_paths = Capped::new(list, LIST_LIMIT);
}

fn of_elf(elf: &Elf) -> Vec<(VendorPathKind, &str)> {
    if elf.kind == ElfKind::Other {
        return Vec::new();
    }
    let interpreter = elf.interpreter.as_deref();
    let run_paths = elf.dynamic().into_iter().flat_map(|dynamic| {
        let both = dynamic.rpath.iter().chain(&dynamic.runpath);
        both.map(|path| (VendorPathKind::RunPath, &**path))
    });
    let interpreter = interpreter.map(|path| (VendorPathKind::Interpreter, path));
    interpreter.into_iter().chain(run_paths).collect()
}

/// Whether an absolute path leaves the system's directories. One that begins with `$ORIGIN` moves
/// with its file.
fn is_outside(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let first = rest
        .split('/')
        .find(|part| !part.is_empty() && *part != ".");
    first.is_some_and(|first| !SYSTEM.contains(&first) && !first.starts_with(SYSTEM_LIBRARIES))
}

#[cfg(test)]
mod tests {
    use super::is_outside;

    #[test]
    fn only_absolute_paths_beside_the_system_are_outside() {
        for path in [
            "/opt/vendor/lib",
            "//nix/store/x",
            "/./home/linuxbrew/lib",
            "/app/bin/python",
        ] {
            assert!(is_outside(path), "{path}");
        }
        for path in [
            "/usr/local/lib",
            "/lib64/x",
            "/libexec/x",
            "//bin/sh",
            "$ORIGIN/../lib",
            "",
            "/",
        ] {
            assert!(!is_outside(path), "{path}");
        }
    }
}
