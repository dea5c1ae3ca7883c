//! Names and versions in one spelling each, so that what an ecosystem takes for the same is the same.
//!
//! Sources: purl-spec, `types/`, and what each type's own rules say, named at each function.

use std::borrow::Cow;

use super::pep440;
use super::purl::lower;
use crate::facts::model::PackageType;

/// Go's standard library as a module (purl-spec and Go's vulnerability database).
const GO_STANDARD_LIBRARY: &str = "stdlib";

/// What stands where no version is known: Syft's and SPDX's words, and Go's for a main module that
/// was built from a working copy (`debug.BuildInfo`).
const NO_VERSION: [&str; 5] = ["UNKNOWN", "unknown", "NOASSERTION", "NONE", "(devel)"];

/// A name, its namespace included where its type has one (`group:artifact`, `@scope/name`,
/// `vendor/name`, a module's path), in the spelling that names are compared in.
pub(super) fn name(package_type: PackageType, name: Cow<'_, str>) -> Cow<'_, str> {
    match package_type {
        PackageType::Pypi => pypi_name(name),
        // Of these case does not count, or purls are lower-case by definition.
        PackageType::Deb
        | PackageType::Apk
        | PackageType::Alpm
        | PackageType::Npm
        | PackageType::Composer
        | PackageType::Nuget
        | PackageType::Conda
        | PackageType::Golang
        | PackageType::Bitnami
        | PackageType::Generic => lower(name),
        PackageType::Rpm | PackageType::Gem | PackageType::Maven | PackageType::Cargo => name,
    }
}

/// PEP 503, "Normalized Names": lower case, runs of `-`, `_` and `.` are one dash.
pub(super) fn pypi_name(name: Cow<'_, str>) -> Cow<'_, str> {
    let separator = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    let normal = |byte: u8| byte == b'-' || !(separator(byte) || byte.is_ascii_uppercase());
    if name.bytes().all(normal) && !name.contains("--") {
        return name;
    }
    let mut spelt = String::with_capacity(name.len());
    for c in name.chars() {
        if !matches!(c, '-' | '_' | '.') {
            spelt.push(c.to_ascii_lowercase());
        } else if !spelt.ends_with('-') {
            spelt.push('-');
        }
    }
    Cow::Owned(spelt)
}

/// A version in the spelling that versions are compared in; empty where none is stated. `of` is the
/// package's name, spelt.
pub(super) fn version<'a>(
    package_type: PackageType,
    of: &str,
    version: Cow<'a, str>,
) -> Cow<'a, str> {
    let trimmed = version.trim();
    if trimmed.is_empty() || NO_VERSION.contains(&trimmed) {
        return Cow::Borrowed("");
    }
    match package_type {
        // Debian policy 5.6.12 and rpm-version(7): no epoch is epoch 0.
        PackageType::Deb | PackageType::Rpm | PackageType::Alpm => {
            part(version, |text| text.strip_prefix("0:").unwrap_or(text))
        }
        PackageType::Pypi => Cow::Owned(pep440::normal(trimmed)),
        PackageType::Npm | PackageType::Composer => part(version, without_v),
        PackageType::Golang if of == GO_STANDARD_LIBRARY => part(version, |text| {
            let text = text.strip_prefix("go").unwrap_or(without_v(text));
            text.split([' ', '-']).next().unwrap_or(text)
        }),
        PackageType::Golang => part(version, without_v),
        // A gem's full name is NAME-VERSION-PLATFORM, and no version has a dash (Gem::Version).
        PackageType::Gem => part(version, |text| text.split('-').next().unwrap_or(text)),
        PackageType::Nuget => Cow::Owned(nuget_version(trimmed)),
        PackageType::Apk
        | PackageType::Conda
        | PackageType::Maven
        | PackageType::Cargo
        | PackageType::Bitnami
        | PackageType::Generic => part(version, |text| text),
    }
}

/// A part of a text, trimmed first.
fn part(text: Cow<'_, str>, of: impl Fn(&str) -> &str) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(of(text.trim())),
        Cow::Owned(text) => Cow::Owned(of(text.trim()).to_owned()),
    }
}

/// Without the `v` that tags of Go, Composer and npm begin with.
fn without_v(text: &str) -> &str {
    let rest = text.strip_prefix(['v', 'V']);
    rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or(text)
}

/// NuGet, "Normalized version numbers": no leading zeros, a fourth part of zero and build metadata
/// left out; case does not count.
fn nuget_version(version: &str) -> String {
    let version = version.split('+').next().unwrap_or(version);
    let (numbers, label) = match version.split_once('-') {
        Some((numbers, label)) => (numbers, Some(label)),
        None => (version, None),
    };
    let mut parts: Vec<&str> = numbers
        .split('.')
        .map(|part| match part.trim_start_matches('0') {
            "" => "0",
            rest => rest,
        })
        .collect();
    while parts.len() > 1 && parts.last() == Some(&"0") {
        parts.pop();
    }
    let mut normal = parts.join(".");
    if let Some(label) = label {
        normal.push('-');
        normal.push_str(&label.to_ascii_lowercase());
    }
    normal
}

/// A name whose ecosystem is not known: case does not count, nor what stands between words.
pub(super) fn bare_name(name: Cow<'_, str>) -> Cow<'_, str> {
    pypi_name(name)
}
