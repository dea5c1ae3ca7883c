//! Package URLs of language packages (purl-spec, and its type definitions).

use std::fmt::Write as _;

use super::super::purl::encode;
use crate::facts::model::PackageType;

/// `pkg:TYPE/[NAMESPACE/]NAME@VERSION[?QUALIFIERS]`, spelt as the type's definition asks. In `name`
/// slashes part namespace and name. Qualifiers come sorted; empty ones are left out.
pub fn language_url(
    package_type: PackageType,
    name: &str,
    version: &str,
    qualifiers: &[(&str, &str)],
) -> String {
    let name = spelt(package_type, name);
    let mut url = format!("pkg:{}", package_type.name());
    let parts: Vec<&str> = match has_namespace(package_type) {
        true => name.split('/').filter(|part| !part.is_empty()).collect(),
        false => vec![&name],
    };
    for part in parts {
        url.push('/');
        url.push_str(&encode(part));
    }
    if !version.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(url, "@{}", encode(version));
    }
    let mut separator = '?';
    for (key, value) in qualifiers.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(url, "{separator}{key}={}", encode(value));
        separator = '&';
    }
    url
}

/// Whether names of a type have a namespace (purl-spec, types); in others a slash is a letter.
fn has_namespace(package_type: PackageType) -> bool {
    matches!(
        package_type,
        PackageType::Npm | PackageType::Composer | PackageType::Golang | PackageType::Maven
    )
}

/// The name in the spelling of its type: PyPI treats `_` and `-` alike; PyPI, npm, Composer, Go and
/// Bitnami purls are lower-case (purl-spec, types).
fn spelt(package_type: PackageType, name: &str) -> String {
    match package_type {
        PackageType::Pypi => name.to_ascii_lowercase().replace('_', "-"),
        PackageType::Npm | PackageType::Composer | PackageType::Golang | PackageType::Bitnami => {
            name.to_ascii_lowercase()
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_spelt_as_each_type_asks() {
        let of = |package_type, name, version| language_url(package_type, name, version, &[]);
        assert_eq!(
            of(PackageType::Pypi, "Jinja2_x", "3.1"),
            "pkg:pypi/jinja2-x@3.1"
        );
        assert_eq!(
            of(PackageType::Npm, "@babel/core", "7.0.0-beta+1"),
            "pkg:npm/%40babel/core@7.0.0-beta%2B1"
        );
        assert_eq!(
            of(PackageType::Golang, "github.com/BurntSushi/toml", "v1.2.0"),
            "pkg:golang/github.com/burntsushi/toml@v1.2.0"
        );
        assert_eq!(
            of(PackageType::Pypi, "a/../b", "1"),
            "pkg:pypi/a%2F..%2Fb@1"
        );
        assert_eq!(
            language_url(PackageType::Gem, "RedCloth", "4.3", &[("platform", "java")]),
            "pkg:gem/RedCloth@4.3?platform=java"
        );
    }
}
