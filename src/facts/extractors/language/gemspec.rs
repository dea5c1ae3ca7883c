//! A gem's specification, read as text.
//!
//! Format: rubygems, `Gem::Specification#to_ruby`, and its reader of the stub line. A specification
//! is a Ruby program: it is not run, the lines that the generator writes are read.

use super::{MAX_TEXT, described, plain_name, purl};
use crate::facts::model::{Package, PackageType};
use crate::facts::text::{lines, lossless};
use crate::facts::wanted::Found;

/// Lines read of one specification; the longest real ones have some hundreds.
const MAX_LINES: usize = 10_000;
/// The platform of gems that run anywhere; it is in no name.
const ANY_PLATFORM: &str = "ruby";

/// What is read of one specification.
#[derive(Default)]
pub(super) struct Fields {
    name: String,
    version: String,
    platform: String,
    authors: Vec<String>,
    licenses: Vec<String>,
    /// Programs that rubygems starts by small scripts.
    pub(super) executables: Vec<String>,
    /// Paths; specifications of gems that did not come with Ruby have only a few.
    pub(super) files: Vec<String>,
}

impl Fields {
    /// Reads what the generator wrote; any bytes will do.
    pub(super) fn read(bytes: &[u8]) -> Self {
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

    /// The gem. `None` when the name, the version or the platform is none that rubygems would take: they
    /// name directories.
    pub(super) fn package(&self, file: &Found<'_>) -> Option<Package> {
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
    pub(super) fn full_name(&self, package: &Package) -> String {
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
