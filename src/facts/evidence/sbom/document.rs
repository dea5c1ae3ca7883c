//! What an SBOM says, whatever its format.

use crate::facts::model::SbomFormat;

/// Components taken of one SBOM, nested ones included: four times what the fullest image has.
pub const MAX_COMPONENTS: usize = 200_000;

/// Files taken of one SBOM.
pub const MAX_FILES: usize = 1_000_000;

/// An SBOM, read. Texts are as the document has them; nothing is guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbomDocument {
    /// Format.
    pub format: SbomFormat,
    /// Version of the format, as the document states it, without `SPDX-`.
    pub version: Option<String>,
    /// What tells this document from others: SPDX document namespace, CycloneDX serial number.
    pub identifier: Option<String>,
    /// Name of the document.
    pub name: Option<String>,
    /// When it was made, as it says.
    pub created: Option<String>,
    /// People and organisations that made it.
    pub authors: Vec<String>,
    /// Programs that made it, `name version`.
    pub tools: Vec<String>,
    /// When in the life of the software: CycloneDX `lifecycles`, SPDX 3 `sbomType`, and comments on
    /// it in SPDX 2.
    pub contexts: Vec<String>,
    /// What it describes, where it says so: the root component. It is none of `components`, unless it
    /// is a package like the others, as in an SBOM of one package.
    pub subject: Option<SbomComponent>,
    /// What it lists, nested components included.
    pub components: Vec<SbomComponent>,
    /// Files it lists.
    pub files: Vec<SbomFile>,
    /// Relationships between elements, `dependsOn` and `contains` alike, each counted once.
    pub relationships: u64,
    /// Identifiers of the components and of the subject that stand on either side of a relationship
    /// (other than that the document describes its subject), sorted, each once.
    pub related: Vec<String>,
    /// Identifiers that two elements share, the first few.
    pub duplicate_ids: Vec<String>,
    /// What was left out and why: over a cap, or not of the shape the format has. The document was
    /// read in full only where this is empty.
    pub unread: Vec<String>,
}

/// What a component is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComponentKind {
    /// A package, library, framework or application: what can be installed.
    #[default]
    Package,
    /// An operating system.
    OperatingSystem,
    /// A container image, or a layer of one.
    Image,
    /// A file.
    File,
    /// Anything else: a device, data, a machine-learning model.
    Other,
}

/// A component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SbomComponent {
    /// Identifier within the document: `SPDXID`, `bom-ref`, `spdxId`, Syft's `id`.
    pub id: Option<String>,
    /// What it is.
    pub kind: ComponentKind,
    /// CycloneDX `group`, and namespaces stated apart from the name.
    pub group: Option<String>,
    /// Name.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Package URL, as written. The first, where there are several.
    pub purl: Option<String>,
    /// Other identifiers: CPE, SWID, SWHID, OmniBOR.
    pub identifiers: Vec<String>,
    /// Supplier, manufacturer, publisher or originator: whoever made it, the best that is stated;
    /// `NOASSERTION` is none.
    pub supplier: Option<String>,
    /// Licences as stated: expressions, identifiers or names; `NOASSERTION` is none.
    pub licenses: Vec<SbomLicense>,
    /// Hashes: algorithm in lower case without dashes (`sha256`), value in lower-case hexadecimal.
    pub hashes: Vec<(String, String)>,
    /// Paths in the image where it was found, where the document says so.
    pub paths: Vec<String>,
}

/// A licence, as stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbomLicense {
    /// The text: an expression, an identifier, or a name.
    pub text: String,
    /// Whether the format says that it is an SPDX identifier or expression, and not only a name.
    pub is_expression: bool,
}

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SbomFile {
    /// Path as written, without `./` or `/` in front.
    pub path: String,
    /// SHA-256, in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// SHA-1, likewise.
    pub sha1: Option<String>,
}
