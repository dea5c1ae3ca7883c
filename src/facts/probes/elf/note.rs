//! The note in which a distribution's build names the package an ELF file belongs to.
//!
//! Format: UAPI Group, "Package Metadata for Executable Files": a note of owner `FDO` and type
//! `0xcafe1a7e` in the section `.note.package`, whose content is JSON that ends with NUL.

use serde::{Deserialize, Serialize};

use super::contents::text;

/// Owner and type of the note.
pub(super) const OWNER: &[u8] = b"FDO";
pub(super) const TYPE: u32 = 0xcafe_1a7e;
/// Bytes of its JSON.
const MAX_BYTES: usize = 16 << 10;

/// The package a file says it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageNote {
    /// Type of package, such as `rpm`.
    pub package_type: Option<Box<str>>,
    /// Name.
    pub name: Box<str>,
    /// Version.
    pub version: Box<str>,
    /// Architecture.
    pub architecture: Option<Box<str>>,
    /// Distribution: `ID` of its os-release.
    pub os: Option<Box<str>>,
    /// Its version: `VERSION_ID` of its os-release.
    pub os_version: Option<Box<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "type")]
    package_type: Option<String>,
    name: String,
    version: String,
    architecture: Option<String>,
    os: Option<String>,
    os_version: Option<String>,
}

/// Reads the content of such a note; `None` when it names no package.
pub(super) fn parse(content: &[u8]) -> Option<PackageNote> {
    let json = content.split(|&byte| byte == 0).next()?;
    let document: Document = Some(json)
        .filter(|json| json.len() <= MAX_BYTES)
        .and_then(|json| serde_json::from_slice(json).ok())?;
    let field = |value: Option<String>| value.and_then(|value| text(value.as_bytes()));
    Some(PackageNote {
        name: field(Some(document.name)).filter(|name| !name.is_empty())?,
        version: field(Some(document.version)).filter(|version| !version.is_empty())?,
        package_type: field(document.package_type),
        architecture: field(document.architecture),
        os: field(document.os),
        os_version: field(document.os_version),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_a_package_and_may_leave_the_rest_out() {
        let note = parse(
            b"{\"type\":\"rpm\",\"name\":\"a\",\"version\":\"1-2\",\"osVersion\":\"40\"}\0\0",
        );
        let note = note.unwrap();
        assert_eq!((&*note.name, &*note.version), ("a", "1-2"));
        assert_eq!(note.os_version.as_deref(), Some("40"));
        assert_eq!(note.architecture, None);
        assert_eq!(parse(b"{\"name\":\"a\"}"), None);
        assert_eq!(parse(b"\0"), None);
        assert_eq!(parse(b"{\"name\":\"\",\"version\":\"1\"}"), None);
    }
}
