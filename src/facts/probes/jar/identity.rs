//! What a Java archive is called: by its `pom.properties`, its manifest, its file name.
//!
//! Formats: Maven Archiver ("pom.properties"), the JAR File Specification ("Main Attributes"), OSGi
//! Core ("Bundle-SymbolicName", "Bundle-Version"), Java's `java.util.Properties`.

use serde::{Deserialize, Serialize};

use crate::facts::text::{lines, lossless};

/// Bytes of a group, name or version; what is longer is none.
const MAX_TEXT: usize = 512;
/// Lines looked at of a manifest's main section, which comes first.
const MAX_LINES: usize = 10_000;

/// A Java artifact an archive names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Artifact {
    /// Maven's group; `None` where nothing says.
    pub group: Option<Box<str>>,
    /// Maven's artifact ID, or the name the archive goes by.
    pub name: Box<str>,
    /// Version.
    pub version: Box<str>,
    /// `Implementation-Vendor` or `Bundle-Vendor`, as written.
    pub vendor: Option<Box<str>>,
    /// `Bundle-License`, as written.
    pub license: Option<Box<str>>,
}

/// What is read of the main section of a manifest.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    title: Option<Box<str>>,
    implementation_version: Option<Box<str>>,
    symbolic_name: Option<Box<str>>,
    bundle_version: Option<Box<str>>,
    module: Option<Box<str>>,
    vendor: Option<Box<str>>,
    bundle_vendor: Option<Box<str>>,
    license: Option<Box<str>>,
}

impl Manifest {
    /// Reads it. A line that starts with a space goes on with the one before.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut manifest = Self::default();
        let mut current: Vec<u8> = Vec::new();
        let main = lines(bytes)
            .take(MAX_LINES)
            .take_while(|line| !line.is_empty());
        for line in main {
            match line.strip_prefix(b" ") {
                Some(more) => current.extend_from_slice(more),
                None => {
                    manifest.attribute(&current);
                    current.clear();
                    current.extend_from_slice(line);
                }
            }
        }
        manifest.attribute(&current);
        manifest
    }

    fn attribute(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return;
        };
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let place = match name.to_ascii_lowercase().as_slice() {
            b"implementation-title" => &mut self.title,
            b"implementation-version" => &mut self.implementation_version,
            b"implementation-vendor" => &mut self.vendor,
            b"bundle-symbolicname" => &mut self.symbolic_name,
            b"bundle-version" => &mut self.bundle_version,
            b"bundle-vendor" => &mut self.bundle_vendor,
            b"bundle-license" => &mut self.license,
            b"automatic-module-name" => &mut self.module,
            _ => return,
        };
        let value = value.get(1..).unwrap_or_default();
        // Directives follow a bundle's name behind a semicolon.
        let value = match name.eq_ignore_ascii_case(b"bundle-symbolicname") {
            true => value.split(|&b| b == b';').next().unwrap_or_default(),
            false => value,
        };
        *place = text(value);
    }

    fn name(&self) -> Option<&str> {
        // A title is often a sentence.
        let title = self.title.as_deref().filter(|title| !title.contains(' '));
        self.symbolic_name
            .as_deref()
            .or(self.module.as_deref())
            .or(title)
    }

    fn version(&self) -> Option<&str> {
        self.implementation_version
            .as_deref()
            .or(self.bundle_version.as_deref())
    }
}

/// Coordinates that Maven left in an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Coordinates {
    pub(super) group: Box<str>,
    pub(super) name: Box<str>,
    /// `None` where only a path names them.
    pub(super) version: Option<Box<str>>,
}

impl Coordinates {
    /// Of a `pom.properties`.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (mut group, mut name, mut version) = (None, None, None);
        for line in lines(bytes).take(MAX_LINES) {
            let Some(at) = line.iter().position(|b| matches!(b, b'=' | b':')) else {
                continue;
            };
            let (key, value) = line.split_at_checked(at)?;
            let value = text(value.get(1..).unwrap_or_default());
            match key.trim_ascii() {
                b"groupId" => group = value,
                b"artifactId" => name = value,
                b"version" => version = value,
                _ => {}
            }
        }
        // Unfilled templates name nothing.
        let sound = |text: &str| !text.contains("${");
        Some(Self {
            group: group.filter(|text| sound(text))?,
            name: name.filter(|text| sound(text))?,
            version: Some(version.filter(|text| sound(text))?),
        })
    }

    /// Of the path `META-INF/maven/GROUP/ARTIFACT/pom.xml`.
    pub(super) fn of_path(path: &[u8]) -> Option<Self> {
        let mut parts = path
            .strip_prefix(b"META-INF/maven/")?
            .split(|&byte| byte == b'/');
        let (group, name) = (text(parts.next()?)?, text(parts.next()?)?);
        let rest = parts.next()?;
        let is_pom = rest == b"pom.xml" && parts.next().is_none();
        is_pom.then_some(Self {
            group,
            name,
            version: None,
        })
    }
}

/// The name and version in a file's name: `NAME-VERSION`, without its ending.
fn split_name(file: &str) -> (&str, Option<&str>) {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let numbered = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let Some(mut at) = stem
        .match_indices('-')
        .map(|(at, _)| at)
        .rfind(|at| stem.get(at.saturating_add(1)..).is_some_and(numbered))
    else {
        return (stem, None);
    };
    // Further numbers before it are the version's too: `1.0-20240101.120000-1`, `1.0-rc-1`.
    while let Some((before, part)) = stem.get(..at).and_then(|start| start.rsplit_once('-')) {
        let (start, part) = match before.rsplit_once('-') {
            Some((start, number)) if is_qualifier(part) => (start, number),
            _ => (before, part),
        };
        if !numbered(part) || start.is_empty() {
            break;
        }
        at = start.len();
    }
    let (name, version) = stem.split_at_checked(at).unwrap_or((stem, ""));
    (name, version.strip_prefix('-'))
}

/// Words that stand between the numbers of a version (Maven, `ComparableVersion`).
fn is_qualifier(part: &str) -> bool {
    let known = [
        "alpha",
        "beta",
        "milestone",
        "m",
        "rc",
        "cr",
        "snapshot",
        "ga",
        "final",
        "release",
        "sp",
    ];
    known.contains(&part.to_ascii_lowercase().as_str())
}

/// What build tools add to the name of an archive that has its dependencies in it: Maven's assembly
/// and shade plug-ins, Gradle's Shadow, Spring Boot, Quarkus.
const CLASSIFIERS: [&str; 9] = [
    "-all",
    "-boot",
    "-exec",
    "-fat",
    "-jar-with-dependencies",
    "-runner",
    "-shaded",
    "-standalone",
    "-uber",
];

/// What an archive says it is, and what else it has inside.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// The archive's own artifact.
    pub(super) own: Option<Artifact>,
    /// Artifacts that were copied into it.
    pub(super) embedded: Vec<Artifact>,
}

/// Puts together what an archive says: `file` is its name.
///
/// Of several coordinates the archive's own are those of its file name. One alone is
/// its own as well if the file name has no version, and so need not be what Maven called it.
pub(super) fn identify(file: &str, coordinates: Vec<Coordinates>, manifest: &Manifest) -> Identity {
    let (stem, in_name) = split_name(file);
    let named = |of: &&Coordinates| {
        let rest = stem.strip_prefix(&*of.name);
        rest.is_some_and(|rest| rest.is_empty() || CLASSIFIERS.contains(&rest))
    };
    let (full, by_path): (Vec<_>, Vec<_>) = coordinates
        .into_iter()
        .partition(|coordinates| coordinates.version.is_some());
    let by_name = |list: &[Coordinates]| {
        let best = list.iter().filter(named).max_by_key(|of| of.name.len());
        best.cloned()
    };
    let only = |list: &[Coordinates]| match list {
        [one] if in_name.is_none() => Some(one.clone()),
        _ => None,
    };
    let own = by_name(&full)
        .or_else(|| by_name(&by_path))
        .or_else(|| only(&full));
    let about = |group, name: &str, version: &str| Artifact {
        group,
        name: name.into(),
        version: version.into(),
        vendor: None,
        license: None,
    };
    let stated = manifest.version();
    let artifact = match &own {
        Some(own) => {
            let version = own.version.as_deref().or(in_name).or(stated);
            version.map(|version| about(Some(own.group.clone()), &own.name, version))
        }
        None => match (in_name, stated) {
            (Some(version), _) => Some(about(None, stem, version)),
            (None, Some(version)) => {
                let name = manifest.name().unwrap_or(stem);
                Some(about(None, name, version))
            }
            (None, None) => None,
        },
    };
    let mut embedded: Vec<Artifact> = full
        .into_iter()
        .filter(|of| Some(of) != own.as_ref())
        .filter_map(|of| Some(about(Some(of.group), &of.name, of.version.as_deref()?)))
        .collect();
    embedded.sort();
    embedded.dedup();
    Identity {
        own: artifact
            .filter(|own| !own.name.is_empty())
            .map(|own| Artifact {
                vendor: manifest.vendor.clone().or(manifest.bundle_vendor.clone()),
                license: manifest.license.clone(),
                ..own
            }),
        embedded,
    }
}

fn text(bytes: &[u8]) -> Option<Box<str>> {
    let text = bytes.trim_ascii();
    (!text.is_empty() && text.len() <= MAX_TEXT).then(|| lossless(text).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_begins_where_numbers_go_on_to_the_end() {
        let of = |file| split_name(file);
        assert_eq!(of("guava-31.1-jre.jar"), ("guava", Some("31.1-jre")));
        assert_eq!(
            of("log4j-1.2-api-2.17.1.jar"),
            ("log4j-1.2-api", Some("2.17.1"))
        );
        assert_eq!(
            of("a-1.0-20240101.120000-3.jar"),
            ("a", Some("1.0-20240101.120000-3"))
        );
        assert_eq!(of("a-b-1.0-rc-2.jar"), ("a-b", Some("1.0-rc-2")));
        assert_eq!(of("a-2.13-1.0.jar"), ("a", Some("2.13-1.0")));
        assert_eq!(of("app.jar"), ("app", None));
        assert_eq!(of("-1.jar"), ("", Some("1")));
        assert_eq!(of(""), ("", None));
    }

    #[test]
    fn lines_of_a_manifest_go_on_and_its_main_section_ends() {
        let text = b"Manifest-Version: 1.0\r\nImplementation-Ven\r\n dor: A\r\n\
            bundle-symbolicname: org.a.b;single\r\n ton:=true\r\nBundle-Version: 1.2\r\n\r\n\
            Name: x\r\nImplementation-Version: 9\r\n";
        let manifest = Manifest::parse(text);
        assert_eq!(manifest.vendor.as_deref(), Some("A"));
        assert_eq!(manifest.name(), Some("org.a.b"));
        assert_eq!(manifest.version(), Some("1.2"));
    }

    fn coordinates(group: &str, name: &str, version: &str) -> Coordinates {
        let text = format!("#x\ngroupId={group}\nartifactId={name}\nversion={version}\n");
        Coordinates::parse(text.as_bytes()).unwrap()
    }

    fn shown(artifact: &Artifact) -> String {
        let group = artifact.group.as_deref().unwrap_or("?");
        format!("{group}:{}:{}", artifact.name, artifact.version)
    }

    fn own(file: &str, list: Vec<Coordinates>, manifest: &str) -> Option<String> {
        let manifest = Manifest::parse(manifest.as_bytes());
        identify(file, list, &manifest).own.as_ref().map(shown)
    }

    #[test]
    fn of_several_coordinates_the_file_name_tells_the_own_ones() {
        let list = vec![coordinates("g", "a", "1"), coordinates("g", "a-b", "2")];
        let identity = identify("a-b-2-all.jar", list.clone(), &Manifest::default());
        assert_eq!(identity.own.as_ref().map(shown).as_deref(), Some("g:a-b:2"));
        assert_eq!(
            identity.embedded.iter().map(shown).collect::<Vec<_>>(),
            ["g:a:1"]
        );
        let app = identify("app.jar", list, &Manifest::default());
        assert_eq!((app.own, app.embedded.len()), (None, 2));
    }

    #[test]
    fn a_lone_one_is_the_archives_unless_its_file_says_otherwise() {
        let one = || vec![coordinates("g", "lib", "1")];
        assert_eq!(own("app.jar", one(), "").as_deref(), Some("g:lib:1"));
        assert_eq!(own("app-3.jar", one(), "").as_deref(), Some("?:app:3"));
        assert_eq!(own("lib-1.jar", one(), "").as_deref(), Some("g:lib:1"));
    }

    #[test]
    fn without_coordinates_the_file_name_speaks_and_then_the_manifest() {
        let manifest = "Implementation-Title: Some Title\nImplementation-Version: 9.0\n";
        assert_eq!(
            own("a-1.0.jar", vec![], manifest).as_deref(),
            Some("?:a:1.0")
        );
        assert_eq!(own("a.jar", vec![], manifest).as_deref(), Some("?:a:9.0"));
        let bundle = format!("{manifest}Bundle-SymbolicName: org.a\n");
        assert_eq!(
            own("a.jar", vec![], &bundle).as_deref(),
            Some("?:org.a:9.0")
        );
        assert_eq!(own("a.jar", vec![], ""), None);
    }

    #[test]
    fn a_path_names_group_and_artifact_and_the_rest_is_told_elsewhere() {
        let path = Coordinates::of_path(b"META-INF/maven/g/a/pom.xml").unwrap();
        assert_eq!(
            own("a-1.jar", vec![path.clone()], "").as_deref(),
            Some("g:a:1")
        );
        assert_eq!(own("a.jar", vec![path], ""), None);
        assert_eq!(Coordinates::of_path(b"META-INF/maven/g/a/x/pom.xml"), None);
        assert_eq!(
            Coordinates::parse(b"groupId=${g}\nartifactId=a\nversion=1\n"),
            None
        );
    }
}
