//! Gives the program a number that changes whenever its code does: what one build has put into the
//! layer cache, another must not read.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::{fs, io};

#[expect(
    clippy::disallowed_methods,
    reason = "it reads the sources of this very build"
)]
fn main() -> io::Result<()> {
    let mut todo = vec![PathBuf::from("src"), PathBuf::from("Cargo.lock")];
    let mut files = BTreeSet::new();
    while let Some(path) = todo.pop() {
        println!("cargo:rerun-if-changed={}", path.display());
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                todo.push(entry?.path());
            }
        } else if path.exists() {
            files.insert(path);
        }
    }
    let mut hash = DefaultHasher::new();
    for path in files {
        path.hash(&mut hash);
        fs::read(&path)?.hash(&mut hash);
    }
    println!("cargo:rustc-env=FREEHOLD_BUILD_ID={:016x}", hash.finish());
    Ok(())
}
