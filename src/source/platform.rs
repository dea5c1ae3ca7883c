//! Platforms: operating system, architecture, variant (OCI image-spec, image-index.md,
//! "platform"; the words are Go's `GOOS` and `GOARCH`).

use std::fmt;
use std::str::FromStr;

use super::error::{SourceError, printable};

/// Operating system and architecture an image is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Operating system, such as `linux`.
    pub os: String,
    /// Architecture, such as `amd64`.
    pub architecture: String,
    /// Variant of the architecture, such as `v7`.
    pub variant: Option<String>,
}

impl Platform {
    /// A platform from its parts; an empty variant is none.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant
                .filter(|variant| !variant.is_empty())
                .map(str::to_owned),
        }
    }

    /// Linux on this machine's architecture.
    pub fn this_machine() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86" => "386",
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            "powerpc64" => "ppc64",
            "loongarch64" => "loong64",
            "mips64" if cfg!(target_endian = "little") => "mips64le",
            other => other,
        };
        Self::new("linux", architecture, None).normalised()
    }

    /// Whether an image for `self` is what a request for `other` means.
    ///
    /// Names are compared as containerd normalises them: `x86_64` is `amd64`, `aarch64` is
    /// `arm64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`, `amd64/v1` is `amd64`. Variants must
    /// then be equal: a request for `arm/v7` does not take `arm/v6`.
    pub fn matches(&self, other: &Self) -> bool {
        self.normalised() == other.normalised()
    }

    /// Whether this is the place-holder that attestation manifests carry in an index.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }

    /// Whether this is a Windows platform.
    pub fn is_windows(&self) -> bool {
        self.os.eq_ignore_ascii_case("windows")
    }

    /// The same platform in containerd's normal form.
    #[must_use]
    pub fn normalised(&self) -> Self {
        let os = match self.os.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        let variant = self
            .variant
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let (architecture, variant) = match self.architecture.to_ascii_lowercase().as_str() {
            "i386" => ("386".to_owned(), String::new()),
            "amd64" | "x86_64" | "x86-64" if variant == "v1" => ("amd64".to_owned(), String::new()),
            "amd64" | "x86_64" | "x86-64" => ("amd64".to_owned(), variant),
            "arm64" | "aarch64" => match variant.as_str() {
                "8" | "v8" | "v8.0" => ("arm64".to_owned(), String::new()),
                _ => ("arm64".to_owned(), variant),
            },
            "armhf" => ("arm".to_owned(), "v7".to_owned()),
            "armel" => ("arm".to_owned(), "v6".to_owned()),
            "arm" => match variant.as_str() {
                "" | "7" => ("arm".to_owned(), "v7".to_owned()),
                "5" | "6" | "8" => ("arm".to_owned(), format!("v{variant}")),
                _ => ("arm".to_owned(), variant),
            },
            other => (other.to_owned(), variant),
        };
        Self::new(&os, &architecture, Some(&variant))
    }
}

impl FromStr for Platform {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [os, architecture] if word(os) && word(architecture) => {
                Ok(Self::new(os, architecture, None))
            }
            [os, architecture, variant] if word(os) && word(architecture) && word(variant) => {
                Ok(Self::new(os, architecture, Some(variant)))
            }
            _ => Err(SourceError::InvalidPlatform {
                text: printable(text),
            }),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}/{}",
            printable(&self.os),
            printable(&self.architecture)
        )?;
        match &self.variant {
            Some(variant) => write!(out, "/{}", printable(variant)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_that_mean_the_same_platform_match() {
        for (one, other) in [
            ("linux/arm64", "linux/arm64/v8"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/7", "linux/arm/v7"),
            ("linux/amd64", "linux/x86_64"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/i386", "linux/386"),
        ] {
            assert!(platform(one).matches(&platform(other)), "{one} {other}");
        }
    }

    #[test]
    fn other_variants_do_not_match() {
        for (one, other) in [
            ("linux/arm/v6", "linux/arm/v7"),
            ("linux/arm", "linux/arm64"),
            ("linux/amd64", "windows/amd64"),
            ("linux/arm64/v9", "linux/arm64"),
        ] {
            assert!(!platform(one).matches(&platform(other)), "{one} {other}");
        }
    }

    #[test]
    fn a_platform_of_one_four_or_empty_parts_is_refused() {
        for text in [
            "",
            "linux",
            "linux/",
            "linux/arm/v7/x",
            "linux//v7",
            "linux/a b",
        ] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
