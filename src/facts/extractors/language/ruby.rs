//! Ruby gems: the specifications that rubygems writes when it installs them.
//!
//! The places are those of rubygems' `Gem::BasicSpecification` and `Gem::Installer`; Debian keeps its
//! gems in `rubygems-integration` directories (Debian Ruby policy).

use std::collections::BTreeMap;

use super::gemspec::Fields;
use super::{Claims, above, no_package, plain_name, readable};
use crate::facts::contract::{Extraction, Extractor, FileList, Installed, Want};
use crate::facts::model::{Package, Topic};
use crate::facts::shared_directories::is_shared;
use crate::facts::wanted::Files;

const SPECIFICATION: &str = "specifications/*.gemspec";
/// Gems that came with Ruby; their files lie among those of Ruby's own library.
const DEFAULT: &str = "specifications/default/*.gemspec";
/// rubygems writes it into a directory of built extensions when it is done.
const BUILT: &str = "extensions/*/*/*/gem.build_complete";
/// Marks the directory of Ruby's library that depends on the architecture.
const RBCONFIG: &str = "ruby/*/*/rbconfig.rb";

/// Architectures of one Ruby: its own, and those of a system with several.
const MAX_ARCHITECTURES: usize = 8;

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
        for file in files.anywhere(BUILT, Topic::LanguagePackages, &mut out) {
            let key = format!("{}/{}", above(&file.path, 5), last(above(&file.path, 1)));
            let directories = places.built.entry(key).or_default();
            directories.push(above(&file.path, 1).as_bytes().to_vec());
        }
        for file in files.anywhere(RBCONFIG, Topic::LanguagePackages, &mut out) {
            let libraries = places.libraries.entry(above(&file.path, 2).to_owned());
            libraries.or_default().push(above(&file.path, 1).to_owned());
        }
        let mut claims = Claims::default();
        for (pattern, levels) in [(SPECIFICATION, 2), (DEFAULT, 3)] {
            for file in files.anywhere(pattern, Topic::LanguagePackages, &mut out) {
                let home = above(&file.path, levels);
                // A gem may carry such files as test data; a home has gems beside specifications.
                let is_home = levels == 3
                    || home.contains("rubygems-integration/")
                    || files.exists(&format!("{home}/gems"));
                if !is_home || is_shared(home.as_bytes()) || !readable(&file, &mut out) {
                    continue;
                }
                let fields = Fields::read(&file.bytes);
                match fields.package(&file) {
                    Some(package) if levels == 2 => {
                        let gem = places.installed(package, &fields, home, &mut claims);
                        out.describe(gem);
                    }
                    Some(package) => {
                        let gem = places.with_ruby(package, &fields, home, &mut claims);
                        out.describe(gem);
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
        let by_architecture = by_architecture.take(MAX_ARCHITECTURES);
        let directories: Vec<&String> = std::iter::once(&library).chain(by_architecture).collect();
        let inside = |path: &&String| {
            !is_shared(library.as_bytes()) && !path.split('/').any(|part| part == "..")
        };
        for path in gem.files.iter().filter(inside) {
            for directory in &directories {
                to.add_joined(directory, path.as_bytes(), &mut claims);
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
