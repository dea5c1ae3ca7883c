//! Which distribution the image declares.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PackageType;

/// The distribution as declared by os-release(5), and what else in the image speaks of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Distro {
    /// Path of the os-release file that was read, after links; null when there is none.
    pub os_release: Option<String>,
    /// Layer of that file.
    pub layer: Option<u32>,
    /// `ID`, lower case, as written. Null when absent: os-release(5) gives `linux` as a default,
    /// which identifies nothing.
    pub id: Option<String>,
    /// `ID_LIKE`, split.
    pub id_like: Vec<String>,
    /// `NAME`.
    pub name: Option<String>,
    /// `PRETTY_NAME`.
    pub pretty_name: Option<String>,
    /// `VERSION_ID`.
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`.
    pub version_codename: Option<String>,
    /// `VARIANT_ID`.
    pub variant_id: Option<String>,
    /// `HOME_URL`.
    pub home_url: Option<String>,
    /// `SUPPORT_END`, an ISO date.
    pub support_end: Option<String>,
    /// Every other key of the file.
    pub other: BTreeMap<String, String>,
    /// Package format this distribution uses natively, by `id`, then `id_like`; null when neither
    /// is known.
    pub native_package_type: Option<PackageType>,
    /// Files beside os-release that name a distribution or a release.
    pub markers: Vec<DistroMarker>,
}

/// A file that names a distribution, such as `/etc/debian_version`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DistroMarker {
    /// Path of the file.
    pub path: String,
    /// Layer of the file.
    pub layer: u32,
    /// The `ID` it speaks for: `debian`, `alpine`, `fedora`, …; of a family where several
    /// distributions share the file.
    pub family: String,
    /// Its first line.
    pub text: String,
}
