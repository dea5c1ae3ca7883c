//! Reads the package tables (`debian13.txt` describes their lines) and makes each file's content.

use std::collections::BTreeMap;

use crate::support::elf::Elf;
use crate::support::layer::Layer;

/// A package of a table.
#[derive(Debug, Clone, Default)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub arch: String,
    pub source: String,
    pub source_version: String,
    pub maintainer: String,
    pub license: String,
    pub essential: bool,
    pub depends: Vec<String>,
    pub items: Vec<Item>,
}

impl Package {
    /// Whether several architectures of it may be installed side by side, as with libraries.
    pub fn is_multi_arch(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item.kind, Kind::Library { .. }))
            && self
                .items
                .iter()
                .all(|item| !matches!(item.kind, Kind::Program { .. }))
    }
}

/// A file or link of a package.
#[derive(Debug, Clone)]
pub struct Item {
    pub path: String,
    pub kind: Kind,
}

/// What a line of the table makes.
#[derive(Debug, Clone)]
pub enum Kind {
    Program { mode: u32, needs: Vec<String> },
    Static { mode: u32 },
    Library { soname: String, needs: Vec<String> },
    Script { mode: u32, interpreter: String },
    Link { target: String },
    Data,
    Config,
}

/// Contents that matter, by path; every other data file is a line that says what it stands for.
pub type Contents = BTreeMap<&'static str, Vec<u8>>;

impl Item {
    /// The file's bytes; none for a link.
    pub fn bytes(&self, contents: &Contents) -> Option<Vec<u8>> {
        let linked = |elf: Elf, needs: &[String]| {
            needs
                .iter()
                .fold(elf, |elf, library| elf.needs(library))
                .payload(&self.path)
                .bytes()
        };
        match &self.kind {
            Kind::Program { needs, .. } => Some(linked(Elf::executable().protected(), needs)),
            Kind::Static { .. } => Some(linked(Elf::static_executable(), &[])),
            Kind::Library { soname, needs } => {
                Some(linked(Elf::shared_object(soname).protected(), needs))
            }
            Kind::Script { interpreter, .. } => {
                Some(format!("#!{interpreter}\n# Stands for {}.\n", self.path).into_bytes())
            }
            Kind::Link { .. } => None,
            Kind::Data | Kind::Config => Some(
                contents
                    .get(self.path.as_str())
                    .cloned()
                    .unwrap_or_else(|| format!("Stands for {}.\n", self.path).into_bytes()),
            ),
        }
    }

    /// Adds the file or link to a layer.
    pub fn place(&self, layer: Layer, contents: &Contents) -> Layer {
        let path = self.path.trim_start_matches('/');
        if let Kind::Link { target } = &self.kind {
            return layer.symlink(path, target);
        }
        let mode = match &self.kind {
            Kind::Program { mode, .. } | Kind::Static { mode } | Kind::Script { mode, .. } => *mode,
            _ => 0o644,
        };
        layer
            .file(path, self.bytes(contents).unwrap_or_default())
            .mode(mode)
    }
}

/// Reads a table. A line that cannot be read ends the generator: the tables are part of it.
pub fn read(text: &str) -> Vec<Package> {
    let mut packages: Vec<Package> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "package" {
            packages.push(heading(rest));
        } else {
            add_line(
                packages.last_mut().expect("a package before its lines"),
                word,
                rest,
            );
        }
    }
    packages
}

fn heading(rest: &str) -> Package {
    let words: Vec<String> = rest.split(' ').map(str::to_owned).collect();
    let [name, version, arch, source, source_version] =
        <[String; 5]>::try_from(words).expect("five words after `package`");
    Package {
        name,
        version,
        arch,
        source,
        source_version,
        ..Package::default()
    }
}

fn add_line(package: &mut Package, word: &str, rest: &str) {
    let words: Vec<&str> = rest.split(' ').collect();
    let list = |from: usize| {
        words
            .iter()
            .skip(from)
            .map(|word| (*word).to_owned())
            .collect()
    };
    let mode = || u32::from_str_radix(words[0], 8).expect("an octal mode");
    let (path, kind) = match word {
        "by" => return package.maintainer = rest.to_owned(),
        "license" => return package.license = rest.to_owned(),
        "essential" => return package.essential = true,
        "depends" => return package.depends = list(0),
        "program" => (
            words[1],
            Kind::Program {
                mode: mode(),
                needs: list(2),
            },
        ),
        "static" => (words[1], Kind::Static { mode: mode() }),
        "library" => (
            words[0],
            Kind::Library {
                soname: words[1].to_owned(),
                needs: list(2),
            },
        ),
        "script" => {
            let interpreter = words[2..].join(" ");
            (
                words[1],
                Kind::Script {
                    mode: mode(),
                    interpreter,
                },
            )
        }
        "link" => (
            words[0],
            Kind::Link {
                target: words[1].to_owned(),
            },
        ),
        "data" => (words[0], Kind::Data),
        "config" => (words[0], Kind::Config),
        other => panic!("no such line in a package table: {other}"),
    };
    package.items.push(Item {
        path: path.to_owned(),
        kind,
    });
}
