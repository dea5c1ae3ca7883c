//! Python packages: `*.dist-info` and `*.egg-info`.
//!
//! Formats: "Core metadata" and "Recording installed projects" of the Python Packaging User Guide
//! (PEP 376, 566, 627, 639); `PKG-INFO`, `installed-files.txt` and `top_level.txt` of setuptools'
//! egg-info.

use std::collections::BTreeMap;

use super::{Claims, above, described, no_package, readable, text};
use crate::facts::contract::{Claim, Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

const METADATA: &str = "*.dist-info/METADATA";
const RECORD: &str = "*.dist-info/RECORD";
const PKG_INFO: &str = "*.egg-info/PKG-INFO";
/// setup.py of old wrote one file and no directory.
const EGG_INFO_FILE: &str = "*.egg-info";
/// Inside an unpacked `.egg`.
const EGG: &str = "*.egg/EGG-INFO/PKG-INFO";
const INSTALLED_FILES: &str = "*.egg-info/installed-files.txt";
const TOP_LEVEL: &str = "*.egg-info/top_level.txt";

/// Files that name a package.
const DESCRIPTIONS: [&str; 4] = [METADATA, PKG_INFO, EGG_INFO_FILE, EGG];
/// Files that list a package's files, beside its description.
const LISTS: [&str; 3] = [RECORD, INSTALLED_FILES, TOP_LEVEL];

/// Header lines read of one description; the description proper follows them.
const MAX_HEADERS: usize = 10_000;

/// Reads Python's metadata.
pub struct PythonExtractor;

impl Extractor for PythonExtractor {
    fn name(&self) -> &'static str {
        "python"
    }

    fn wants(&self) -> Vec<Want> {
        DESCRIPTIONS
            .into_iter()
            .chain(LISTS)
            .map(Want::Anywhere)
            .collect()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut lists = BTreeMap::new();
        for pattern in LISTS {
            for file in files.anywhere(pattern, Topic::LanguagePackages, &mut out) {
                lists.insert(file.path.clone(), file);
            }
        }
        let mut claims = Claims::default();
        let mut seen: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
        for pattern in DESCRIPTIONS {
            for file in files.anywhere(pattern, Topic::LanguagePackages, &mut out) {
                if !readable(&file, &mut out) {
                    continue;
                }
                match package(&file) {
                    Some(package) => {
                        let installed = with_files(package, pattern, &file, &lists, &mut claims);
                        let home = above(&file.path, if pattern == EGG_INFO_FILE { 1 } else { 2 });
                        let key = (home.to_owned(), installed.package.purl.clone());
                        // Some builders leave both kinds of description of one package.
                        match seen.get(&key).and_then(|&at| out.described.get_mut(at)) {
                            Some(first) => {
                                first.trees.extend(installed.trees);
                                first.claims.extend(installed.claims);
                            }
                            None => {
                                seen.insert(key, out.described.len());
                                out.describe(installed);
                            }
                        }
                    }
                    None => no_package(&file, "it lacks a Name or a Version", &mut out),
                }
            }
        }
        claims.note("Python packages", &mut out);
        out
    }
}

/// The package that a description names.
fn package(file: &Found<'_>) -> Option<Package> {
    let headers = Headers::read(&file.bytes);
    let package = described(
        PackageType::Pypi,
        (headers.one("Name")?, headers.one("Version")?),
        file,
    )?;
    let author = headers.one("Author").or(headers.one("Author-email"));
    Some(Package {
        maintainer: headers
            .one("Maintainer")
            .or(author)
            .filter(|name| *name != "UNKNOWN")
            .map(str::to_owned),
        licenses: headers.licenses(),
        ..package
    })
}

/// Adds what the files beside a description say of the package's own files.
fn with_files(
    package: Package,
    pattern: &str,
    file: &Found<'_>,
    lists: &BTreeMap<String, Found<'_>>,
    counter: &mut Claims,
) -> Installed {
    let metadata = above(&file.path, 1);
    let home = above(metadata, 1);
    let environment = environment(home);
    let inside = |path: &Vec<u8>| {
        let rest = path.strip_prefix(environment.as_bytes());
        rest.is_some_and(|rest| rest.starts_with(b"/"))
    };
    let beside = |name: &str| lists.get(&format!("/{metadata}/{name}"));
    let mut claims = Vec::new();
    let mut trees = Vec::new();
    let mut list = FileList::None;
    match pattern {
        METADATA => {
            trees.push(metadata.as_bytes().to_vec());
            if let Some(record) = beside("RECORD") {
                list = FileList::Full;
                for line in lines(&record.bytes) {
                    let path = counter.join(home, &first_field(line));
                    claims.extend(path.filter(|path| inside(path)).map(Claim::new));
                }
            }
        }
        PKG_INFO => {
            trees.push(metadata.as_bytes().to_vec());
            if let Some(record) = beside("installed-files.txt") {
                list = FileList::Full;
                for line in lines(&record.bytes) {
                    let path = counter.join(metadata, line);
                    claims.extend(path.filter(|path| inside(path)).map(Claim::new));
                }
            } else if let Some(names) = beside("top_level.txt") {
                let names = lines(&names.bytes);
                for name in names.filter(|name| !name.contains(&b'/') && !name.starts_with(b".")) {
                    counter.add_joined(home, &[name, b".py"].concat(), &mut claims);
                    trees.extend(counter.join(home, name));
                }
            }
        }
        EGG => trees.push(above(metadata, 1).as_bytes().to_vec()),
        _ => counter.add_joined("", file.path.as_bytes(), &mut claims),
    }
    Installed {
        package,
        claims,
        list,
        trees,
    }
}

/// The environment that a directory of packages belongs to, whose programs and data its packages may
/// bring: what is above `lib/pythonX.Y/site-packages` (Python, `sysconfig`), else the directory alone.
fn environment(home: &str) -> &str {
    let mut names = home.rsplit('/');
    let packages = matches!(names.next(), Some("site-packages" | "dist-packages"));
    let python = names.next().is_some_and(|name| name.starts_with("python"));
    let library = names.next().is_some_and(|name| name.starts_with("lib"));
    match above(home, 3) {
        "" => home,
        prefix if packages && python && library => prefix,
        _ => home,
    }
}

/// The first field of a line of RECORD, which is CSV in the dialect of Python's `csv` module.
fn first_field(line: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let Some(quoted) = line.strip_prefix(b"\"") else {
        return line.split(|&b| b == b',').next().unwrap_or_default().into();
    };
    let mut field = Vec::new();
    let mut bytes = quoted.iter().peekable();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' if bytes.peek() == Some(&&b'"') => {
                bytes.next();
                field.push(b'"');
            }
            b'"' => break,
            byte => field.push(byte),
        }
    }
    field.into()
}

/// The header fields of a description, first and further values.
struct Headers(BTreeMap<String, Vec<String>>);

impl Headers {
    fn read(bytes: &[u8]) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines(bytes)
            .take_while(|line| !line.is_empty())
            .take(MAX_HEADERS)
        {
            // A line that starts with white space goes on with the one before.
            let Some(colon) = line.iter().position(|&b| b == b':') else {
                continue;
            };
            let (name, value) = line.split_at_checked(colon).unwrap_or_default();
            if name.first().is_none_or(u8::is_ascii_whitespace) {
                continue;
            }
            if let Some(value) = text(value.get(1..).unwrap_or_default()) {
                fields.entry(lossless(name)).or_default().push(value);
            }
        }
        Self(fields)
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str)
    }

    /// `License-Expression`, else `License`, else what the classifiers say.
    fn licenses(&self) -> Vec<String> {
        let stated = self.one("License-Expression").or(self.one("License"));
        if let Some(stated) =
            stated.filter(|text| *text != "UNKNOWN" && text.len() <= super::MAX_TEXT)
        {
            return vec![stated.to_owned()];
        }
        let classifiers = self.0.get("Classifier").into_iter().flatten();
        classifiers
            .filter_map(|classifier| classifier.strip_prefix("License :: "))
            .filter_map(|path| path.rsplit(" :: ").next())
            .filter(|name| *name != "OSI Approved")
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_record_may_be_quoted() {
        let of = |line: &str| String::from_utf8(first_field(line.as_bytes()).into_owned());
        assert_eq!(of("a/b.py,sha256=x,12").as_deref(), Ok("a/b.py"));
        assert_eq!(of("\"a,b \"\"c\"\".py\",,").as_deref(), Ok("a,b \"c\".py"));
        assert_eq!(of("").as_deref(), Ok(""));
    }

    #[test]
    fn packages_bring_files_to_their_own_environment() {
        assert_eq!(environment("opt/v/lib/python3.12/site-packages"), "opt/v");
        assert_eq!(environment("usr/lib64/python3.9/site-packages"), "usr");
        assert_eq!(
            environment("lib/python3/dist-packages"),
            "lib/python3/dist-packages"
        );
        assert_eq!(environment("app/deps"), "app/deps");
    }

    #[test]
    fn licences_come_from_the_most_exact_field() {
        let of = |text: &str| Headers::read(text.as_bytes()).licenses();
        assert_eq!(
            of("License-Expression: MIT\nLicense: see\n\nLicense: no"),
            ["MIT"]
        );
        let classified = "License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License\n";
        assert_eq!(of(classified), ["BSD License"]);
        assert!(of("Name: a\n").is_empty());
    }
}
