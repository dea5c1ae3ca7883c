//! Where the loaders look for libraries: `/etc/ld.so.conf` with what it includes (ldconfig(8)), and
//! `/etc/ld-musl-*.path` (musl, `ldso/dynlink.c`).

use crate::facts::contract::{Extraction, Extractor, LoaderPaths, Want};
use crate::facts::model::{GapKind, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

const FILE: &str = "etc/ld.so.conf";
const DIRECTORY: &str = "etc/ld.so.conf.d";
const SUFFIX: &str = ".conf";
/// What Debian, Fedora and their like include; a pattern that means the same may be written so.
const INCLUDED: [&str; 2] = ["ld.so.conf.d/*.conf", "/etc/ld.so.conf.d/*.conf"];
const MUSL_DIRECTORY: &str = "etc";
const MUSL_SUFFIX: &str = ".path";
const MUSL_PREFIX: &str = "ld-musl-";
/// Directories of all files together: real images have a dozen.
const MAX_DIRECTORIES: usize = 256;
/// Lines read of one file.
const MAX_LINES: usize = 1_000;

/// Reads the loaders' configuration.
pub struct LoaderPathsExtractor;

impl Extractor for LoaderPathsExtractor {
    fn name(&self) -> &'static str {
        "loader-paths"
    }

    fn wants(&self) -> Vec<Want> {
        vec![
            Want::Path(FILE),
            Want::In(DIRECTORY, SUFFIX),
            Want::In(MUSL_DIRECTORY, MUSL_SUFFIX),
        ]
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut paths = LoaderPaths::default();
        if let Some(main) = files.one(FILE, Topic::Elf, &mut out) {
            glibc(&main, files, &mut paths, &mut out);
        }
        for file in files.within(MUSL_DIRECTORY, MUSL_SUFFIX, Topic::Elf, &mut out) {
            let architecture = file.name.strip_prefix(MUSL_PREFIX);
            let architecture = architecture.and_then(|rest| rest.strip_suffix(MUSL_SUFFIX));
            if let Some(architecture) = architecture {
                // Separated by newlines or colons, and in place of the built-in ones.
                let text = lossless(&file.bytes);
                let directories = text.split(['\n', ':']).map(str::trim);
                let directories = directories.filter(|path| path.starts_with('/'));
                let directories = directories.take(MAX_DIRECTORIES).map(str::to_owned);
                paths
                    .musl
                    .insert(architecture.to_owned(), directories.collect());
            }
        }
        if paths.glibc.len() > MAX_DIRECTORIES {
            paths.glibc.truncate(MAX_DIRECTORIES);
            paths.incomplete = true;
        }
        out.loader_paths = Some(paths);
        out
    }
}

/// One directory to a line; `include` with patterns; `hwcap` lines are obsolete.
fn glibc(main: &Found<'_>, files: &Files<'_>, paths: &mut LoaderPaths, out: &mut Extraction) {
    for line in lines(&main.bytes).take(MAX_LINES) {
        let line = lossless(line);
        let Some(patterns) = line.trim().strip_prefix("include") else {
            paths.glibc.extend(directory(&line));
            continue;
        };
        for pattern in patterns.split_whitespace() {
            if !INCLUDED.contains(&pattern) {
                paths.incomplete = true;
                let detail = format!("it includes `{pattern}`, which is not read");
                let at = (main.path.as_str(), main.layer);
                out.gap(Topic::Elf, GapKind::Unsupported, at, &detail);
                continue;
            }
            for file in files.within(DIRECTORY, SUFFIX, Topic::Elf, out) {
                let listed = lines(&file.bytes).take(MAX_LINES);
                paths
                    .glibc
                    .extend(listed.filter_map(|line| directory(&lossless(line))));
            }
        }
    }
}

/// A directory of a line; comments start with `#`, and `=TYPE` after a path is obsolete.
fn directory(line: &str) -> Option<String> {
    let text = line.split(['#', '=']).next()?.trim();
    text.starts_with('/').then(|| text.to_owned())
}
