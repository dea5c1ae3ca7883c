//! Ruby gems: the specifications that rubygems writes when it installs them.
//!
//! Format: rubygems, `Gem::Specification#to_ruby`, and its reader of the stub line; the places are
//! those of `Gem::BasicSpecification` and `Gem::Installer`. A specification is a Ruby program: it
//! is not run, the lines that the generator writes are read as text. Debian keeps its gems in
//! `rubygems-integration` directories (Debian Ruby policy).

use std::collections::BTreeMap;

use super::{Claims, MAX_TEXT, above, described, joined, no_package, plain_name, purl, readable};
use crate::facts::contract::{Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{Package, PackageType, Topic};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::{Files, Found};

const SPECIFICATION: &str = "specifications/*.gemspec";
/// Gems that came with Ruby; their files lie among those of Ruby's own library.
const DEFAULT: &str = "specifications/default/*.gemspec";
/// rubygems writes it into a directory of built extensions when it is done.
const BUILT: &str = "extensions/*/*/*/gem.build_complete";
/// Marks the directory of Ruby's library that depends on the architecture.
const RBCONFIG: &str = "ruby/*/*/rbconfig.rb";

/// Lines read of one specification; the longest real ones have some hundreds.
const MAX_LINES: usize = 10_000;
/// The platform of gems that run anywhere; it is in no name.
const ANY_PLATFORM: &str = "ruby";
/// Where `gem install` puts programs of gems in these homes: Debian's and a Ruby built from source.
const SYSTEM_HOMES: [&str; 2] = ["var/lib/gems/", "usr/local/lib/ruby/gems/"];
const SYSTEM_PROGRAMS: &str = "usr/local/bin";

/// Reads specifications of installed gems.
pub struct RubyExtractor;

impl Extractor for RubyExtractor {
    fn name(&self) -> &'static str {
        "ruby"
    }

    fn wants(&self) -> Vec<Want> {
        [SPECIFICATION, DEFAULT, BUILT, RBCONFIG]
            .map(Want::Anywhere)
            .to_vec()
    }

    fn extract(&self, files: &Files<'_>) -> Extraction {
        let mut out = Extraction::default();
        let mut places = Places::default();
        for file in files.anywhere(BUILT, Topic::Ownership, &mut out) {
            let key = format!("{}/{}", above(&file.path, 5), last(above(&file.path, 1)));
            let directories = places.built.entry(key).or_default();
            directories.push(above(&file.path, 1).as_bytes().to_vec());
        }
        for file in files.anywhere(RBCONFIG, Topic::Ownership, &mut out) {
            let libraries = places.libraries.entry(above(&file.path, 2).to_owned());
            libraries.or_default().push(above(&file.path, 1).to_owned());
        }
        let mut claims = Claims::default();
        for (pattern, levels) in [(SPECIFICATION, 2), (DEFAULT, 3)] {
            for file in files.anywhere(pattern, Topic::Packages, &mut out) {
                let home = above(&file.path, levels);
                // A gem may carry such files as test data; a home has gems beside specifications.
                let is_home = levels == 3
                    || home.contains("rubygems-integration/")
                    || files.exists(&format!("{home}/gems"));
                if !is_home || !readable(&file, &mut out) {
                    continue;
                }
                let fields = Fields::read(&file.bytes);
                match fields.package(&file) {
                    Some(package) if levels == 2 => {
                        let gem = places.installed(package, &fields, home, &mut claims);
                        out.described.push(gem);
                    }
                    Some(package) => {
                        let gem = places.with_ruby(package, &fields, home, &mut claims);
                        out.described.push(gem);
                    }
                    None => no_package(&file, "it is not as rubygems writes it", &mut out),
                }
            }
        }
        claims.note("Ruby gems", &mut out);
        out
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Directories found in the image.
#[derive(Default)]
struct Places {
    /// Those of built extensions, by home and full name of the gem.
    built: BTreeMap<String, Vec<Vec<u8>>>,
    /// Those of Ruby's library that depend on the architecture, by the one that does not.
    libraries: BTreeMap<String, Vec<String>>,
}

impl Places {
    /// A gem as `gem install` leaves it in a home.
    fn installed(&self, package: Package, gem: &Fields, home: &str, to: &mut Claims) -> Installed {
        let full = gem.full_name(&package);
        let mut trees = vec![
            format!("{home}/gems/{full}").into_bytes(),
            format!("{home}/doc/{full}").into_bytes(),
        ];
        let built = self.built.get(&format!("{home}/{full}"));
        trees.extend(built.into_iter().flatten().cloned());
        let mut claims = Vec::new();
        let own = [
            format!("{home}/specifications/{full}.gemspec"),
            format!("{home}/cache/{full}.gem"),
            format!("{home}/build_info/{full}.info"),
            format!("{home}/plugins/{}_plugin.rb", package.name),
        ];
        for path in own {
            to.add(path.into_bytes(), &mut claims);
        }
        // Programs of gems are started by small scripts of rubygems.
        let system = SYSTEM_HOMES.iter().any(|place| home.starts_with(place));
        for program in gem.executables.iter().filter(|name| plain_name(name)) {
            to.add(format!("{home}/bin/{program}").into_bytes(), &mut claims);
            if system {
                let path = format!("{SYSTEM_PROGRAMS}/{program}");
                to.add(path.into_bytes(), &mut claims);
            }
        }
        Installed {
            package,
            claims,
            list: FileList::None,
            trees,
        }
    }

    /// A gem that came with Ruby: its files are relative to Ruby's library, those that were
    /// compiled to the part of it that depends on the architecture (Ruby, `tool/rbinstall.rb`).
    fn with_ruby(&self, package: Package, gem: &Fields, home: &str, to: &mut Claims) -> Installed {
        let full = gem.full_name(&package);
        let mut claims = Vec::new();
        let specification = format!("{home}/specifications/default/{full}.gemspec");
        to.add(specification.into_bytes(), &mut claims);
        // LIB/ruby/gems/3.1.0 belongs to LIB/ruby/3.1.0.
        let library = format!("{}/{}", above(home, 2), last(home));
        let by_architecture = self.libraries.get(&library).into_iter().flatten();
        let directories: Vec<&String> = std::iter::once(&library).chain(by_architecture).collect();
        let inside = |path: &&String| !path.split('/').any(|part| part == "..");
        for path in gem.files.iter().filter(inside) {
            for directory in &directories {
                if let Some(path) = joined(directory, path.as_bytes()) {
                    to.add(path, &mut claims);
                }
            }
        }
        Installed {
            package,
            claims,
            list: FileList::None,
            trees: vec![format!("{home}/gems/{full}").into_bytes()],
        }
    }
}

/// What is read of one specification.
#[derive(Default)]
struct Fields {
    name: String,
    version: String,
    platform: String,
    authors: Vec<String>,
    licenses: Vec<String>,
    executables: Vec<String>,
    files: Vec<String>,
}

impl Fields {
    fn read(bytes: &[u8]) -> Self {
        let mut fields = Self::default();
        for line in lines(bytes).take(MAX_LINES) {
            // rubygems itself reads no further than this line where there is one.
            if let Some(stub) = line.strip_prefix(b"# stub: ") {
                if fields.name.is_empty() {
                    fields.take_stub(&lossless(stub));
                }
                continue;
            }
            let Some((key, value)) = assignment(line) else {
                continue;
            };
            let one = || {
                let value = value.strip_prefix(b"Gem::Version.new(").unwrap_or(value);
                let literal = value.starts_with(b"\"").then(|| strings(value));
                literal.into_iter().flatten().next().unwrap_or_default()
            };
            match key {
                b"name" if fields.name.is_empty() => fields.name = one(),
                b"version" if fields.version.is_empty() => fields.version = one(),
                b"platform" if fields.platform.is_empty() => fields.platform = one(),
                b"authors" => fields.authors = strings(value),
                b"license" | b"licenses" => fields.licenses = strings(value),
                b"executables" => fields.executables = strings(value),
                b"files" => fields.files = strings(value),
                _ => {}
            }
        }
        fields
    }

    /// `NAME VERSION PLATFORM REQUIRE_PATHS`. The second stub line names extensions, which hold a
    /// slash.
    fn take_stub(&mut self, stub: &str) {
        let mut words = stub.split(' ').map(str::to_owned);
        if let (Some(name), Some(version), Some(platform)) =
            (words.next(), words.next(), words.next())
        {
            (self.name, self.version, self.platform) = (name, version, platform);
        }
    }

    /// `None` when the name, the version or the platform is none that rubygems would take: they
    /// name directories.
    fn package(&self, file: &Found<'_>) -> Option<Package> {
        let platform = self.other_platform();
        let sound = [self.name.as_str(), &self.version, platform.unwrap_or("x")];
        if !sound.into_iter().all(plain_name) {
            return None;
        }
        let package = described(PackageType::Gem, (&self.name, &self.version), file)?;
        let qualifiers = [("platform", platform.unwrap_or_default())];
        let purl = purl::language_url(PackageType::Gem, &self.name, &self.version, &qualifiers);
        let authors = self.authors.join(", ");
        let short = |text: &String| !text.is_empty() && text.len() <= MAX_TEXT;
        Some(Package {
            purl: Some(purl),
            arch: platform.map(str::to_owned),
            maintainer: Some(authors).filter(short),
            licenses: self.licenses.iter().filter(|l| short(l)).cloned().collect(),
            ..package
        })
    }

    /// The platform, unless the gem runs anywhere.
    fn other_platform(&self) -> Option<&str> {
        Some(self.platform.as_str()).filter(|name| !name.is_empty() && *name != ANY_PLATFORM)
    }

    /// Name of the gem's directories and files.
    fn full_name(&self, package: &Package) -> String {
        let names = [package.name.as_str(), &package.version];
        let platform = self.other_platform();
        names
            .into_iter()
            .chain(platform)
            .collect::<Vec<_>>()
            .join("-")
    }
}

/// Attribute and value of a line such as `  s.name = "rake".freeze`.
fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii_start().strip_prefix(b"s.")?;
    let end = line.iter().position(|byte| !byte.is_ascii_lowercase())?;
    let (key, rest) = line.split_at_checked(end)?;
    Some((key, rest.strip_prefix(b" = ")?))
}

/// The double-quoted strings of an expression, as `String#dump` writes them.
fn strings(expression: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut bytes = expression.iter().copied();
    while bytes.any(|byte| byte == b'"') {
        let mut text = Vec::new();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => break,
                b'\\' => escaped(&mut bytes, &mut text),
                byte => text.push(byte),
            }
        }
        found.push(lossless(&text));
    }
    found
}

/// What follows a backslash: a letter, `xNN`, `uNNNN` or `u{N}`.
fn escaped(bytes: &mut (impl Iterator<Item = u8> + Clone), text: &mut Vec<u8>) {
    let number = |digits: &[u8]| u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    match bytes.next() {
        Some(b'n') => text.push(b'\n'),
        Some(b't') => text.push(b'\t'),
        Some(b'x') => {
            let digits: Vec<u8> = bytes.by_ref().take(2).collect();
            text.extend(number(&digits).and_then(|value| u8::try_from(value).ok()));
        }
        Some(b'u') => {
            let braced = bytes.clone().next() == Some(b'{');
            let digits: Vec<u8> = if braced {
                bytes.next();
                bytes.take_while(|&byte| byte != b'}').take(6).collect()
            } else {
                bytes.take(4).collect()
            };
            let read = number(&digits).and_then(char::from_u32);
            text.extend(
                read.unwrap_or(char::REPLACEMENT_CHARACTER)
                    .to_string()
                    .bytes(),
            );
        }
        Some(byte) => text.push(byte),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_ruby_dumps_them() {
        let of = |text: &str| strings(text.as_bytes());
        assert_eq!(
            of(r#"["a".freeze, "b \"c\" \#{d}"]"#),
            ["a", "b \"c\" #{d}"]
        );
        assert_eq!(of(r#""\u92F8\u{1F600}\x41\n""#), ["\u{92F8}\u{1F600}A\n"]);
        assert_eq!(of(r#"Gem::Version.new("1.0")"#), ["1.0"]);
        assert!(of("File.read(VERSION)").is_empty());
    }

    #[test]
    fn the_stub_line_comes_first() {
        let text = "# stub: a 1.0 java lib\n# stub: ext/a/extconf.rb\n  s.name = \"b\"\n";
        let fields = Fields::read(text.as_bytes());
        let read = [fields.name, fields.version, fields.platform];
        assert_eq!(read, ["a", "1.0", "java"]);
    }
}
