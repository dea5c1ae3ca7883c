//! SPDX 2.2 and 2.3 tag-value documents. They have no schema: the tags, their order and the form of
//! their values are those of clauses 6 to 13 of the specification (2.2: clauses 2 to 8).

use std::collections::HashSet;

use super::super::expressions;
use super::reasons::Reasons;
use super::spdx_rules::{is_agent, is_identifier, is_known, is_namespace, is_time};
use super::unchecked;
use crate::facts::model::SbomValidity;

/// Tags of a document that are read; the fullest image has a fiftieth.
const MAX_TAGS: usize = 20_000_000;

/// What a run of tags describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Document,
    Package,
    File,
    Snippet,
    License,
    /// Relationships, annotations and reviews stand anywhere, within others too.
    Anywhere,
}

/// Tags by the section they belong to; the first begins it, but for the document.
const TAGS: [(Section, &[&str]); 6] = [
    (
        Section::Document,
        &[
            "SPDXVersion",
            "DataLicense",
            "DocumentName",
            "DocumentNamespace",
            "ExternalDocumentRef",
            "LicenseListVersion",
            "Creator",
            "Created",
            "CreatorComment",
            "DocumentComment",
        ],
    ),
    (
        Section::Package,
        &[
            "PackageName",
            "PackageVersion",
            "PackageFileName",
            "PackageSupplier",
            "PackageOriginator",
            "PackageDownloadLocation",
            "FilesAnalyzed",
            "PackageVerificationCode",
            "PackageChecksum",
            "PackageHomePage",
            "PackageSourceInfo",
            "PackageLicenseConcluded",
            "PackageLicenseInfoFromFiles",
            "PackageLicenseDeclared",
            "PackageLicenseComments",
            "PackageCopyrightText",
            "PackageSummary",
            "PackageDescription",
            "PackageComment",
            "ExternalRef",
            "ExternalRefComment",
            "PackageAttributionText",
            "PrimaryPackagePurpose",
            "ReleaseDate",
            "BuiltDate",
            "ValidUntilDate",
        ],
    ),
    (
        Section::File,
        &[
            "FileName",
            "FileType",
            "FileChecksum",
            "LicenseConcluded",
            "LicenseInfoInFile",
            "LicenseComments",
            "FileCopyrightText",
            "FileComment",
            "FileNotice",
            "FileContributor",
            "FileAttributionText",
            "FileDependency",
            "ArtifactOfProjectName",
            "ArtifactOfProjectHomePage",
            "ArtifactOfProjectURI",
        ],
    ),
    (
        Section::Snippet,
        &[
            "SnippetSPDXID",
            "SnippetFromFileSPDXID",
            "SnippetByteRange",
            "SnippetLineRange",
            "SnippetLicenseConcluded",
            "LicenseInfoInSnippet",
            "SnippetLicenseComments",
            "SnippetCopyrightText",
            "SnippetComment",
            "SnippetName",
            "SnippetAttributionText",
        ],
    ),
    (
        Section::License,
        &[
            "LicenseID",
            "ExtractedText",
            "LicenseName",
            "LicenseCrossReference",
            "LicenseComment",
        ],
    ),
    (
        Section::Anywhere,
        &[
            "Relationship",
            "RelationshipComment",
            "Annotator",
            "AnnotationDate",
            "AnnotationComment",
            "AnnotationType",
            "SPDXREF",
            "Reviewer",
            "ReviewDate",
            "ReviewComment",
        ],
    ),
];

/// Tags a section must have in every version.
const REQUIRED: [(Section, &[&str]); 5] = [
    (
        Section::Document,
        &[
            "SPDXVersion",
            "DataLicense",
            "SPDXID",
            "DocumentName",
            "DocumentNamespace",
            "Creator",
            "Created",
        ],
    ),
    (Section::Package, &["SPDXID", "PackageDownloadLocation"]),
    (Section::File, &["SPDXID", "FileChecksum"]),
    (
        Section::Snippet,
        &["SnippetFromFileSPDXID", "SnippetByteRange"],
    ),
    (Section::License, &["ExtractedText"]),
];

/// Tags a section must have in 2.2, which 2.3 made optional (2.3, annex I.1).
const REQUIRED_IN_2_2: [(Section, &[&str]); 3] = [
    (
        Section::Package,
        &[
            "PackageLicenseConcluded",
            "PackageLicenseDeclared",
            "PackageCopyrightText",
        ],
    ),
    (
        Section::File,
        &["LicenseConcluded", "LicenseInfoInFile", "FileCopyrightText"],
    ),
    (
        Section::Snippet,
        &["SnippetLicenseConcluded", "SnippetCopyrightText"],
    ),
];

/// File types (section 8.3).
const FILE_TYPES: [&str; 11] = [
    "SOURCE",
    "BINARY",
    "ARCHIVE",
    "APPLICATION",
    "AUDIO",
    "IMAGE",
    "TEXT",
    "VIDEO",
    "DOCUMENTATION",
    "SPDX",
    "OTHER",
];

/// Categories of external references (section 7.21).
const CATEGORIES: [&str; 4] = ["SECURITY", "PACKAGE-MANAGER", "PERSISTENT-ID", "OTHER"];

/// Types of relationships (section 11.1).
const RELATIONSHIPS: [&str; 45] = [
    "DESCRIBES",
    "DESCRIBED_BY",
    "CONTAINS",
    "CONTAINED_BY",
    "DEPENDS_ON",
    "DEPENDENCY_OF",
    "DEPENDENCY_MANIFEST_OF",
    "BUILD_DEPENDENCY_OF",
    "DEV_DEPENDENCY_OF",
    "OPTIONAL_DEPENDENCY_OF",
    "PROVIDED_DEPENDENCY_OF",
    "TEST_DEPENDENCY_OF",
    "RUNTIME_DEPENDENCY_OF",
    "EXAMPLE_OF",
    "GENERATES",
    "GENERATED_FROM",
    "ANCESTOR_OF",
    "DESCENDANT_OF",
    "VARIANT_OF",
    "DISTRIBUTION_ARTIFACT",
    "PATCH_FOR",
    "PATCH_APPLIED",
    "COPY_OF",
    "FILE_ADDED",
    "FILE_DELETED",
    "FILE_MODIFIED",
    "EXPANDED_FROM_ARCHIVE",
    "DYNAMIC_LINK",
    "STATIC_LINK",
    "DATA_FILE_OF",
    "TEST_CASE_OF",
    "BUILD_TOOL_OF",
    "DEV_TOOL_OF",
    "TEST_OF",
    "TEST_TOOL_OF",
    "DOCUMENTATION_OF",
    "OPTIONAL_COMPONENT_OF",
    "METAFILE_OF",
    "PACKAGE_OF",
    "AMENDS",
    "PREREQUISITE_FOR",
    "HAS_PREREQUISITE",
    "REQUIREMENT_DESCRIPTION_FOR",
    "SPECIFICATION_FOR",
    "OTHER",
];

/// Checks a document.
pub(super) fn check(version: Option<&str>, bytes: &[u8]) -> SbomValidity {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return unchecked("it is not UTF-8");
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(version == Some("2.2"));
    let mut rest = text;
    let mut line = 1usize;
    let mut count = 0usize;
    while !rest.is_empty() && !reader.reasons.is_full() {
        let (tag, after) = next(rest, line, &mut reader.reasons);
        if let Some((tag, value)) = tag {
            reader.take(line, tag, value);
            count = count.saturating_add(1);
        }
        if count > MAX_TAGS {
            return unchecked(format!("it has more than {MAX_TAGS} tags"));
        }
        let read = rest.len().saturating_sub(after.len());
        let read = rest.get(..read).unwrap_or_default();
        line = line.saturating_add(read.matches('\n').count());
        rest = after;
    }
    let reasons = reader.finish();
    let version = if version == Some("2.2") { "2.2" } else { "2.3" };
    reasons.verdict(&format!(
        "the tags and values of the SPDX {version} specification"
    ))
}

/// The tag that begins here with its value, and the text behind it. A value goes to the end of the
/// line, or from `<text>` to `</text>` (section 6, "Multi-line").
fn next<'a>(
    text: &'a str,
    line: usize,
    reasons: &mut Reasons,
) -> (Option<(&'a str, &'a str)>, &'a str) {
    let (first, after) = text.split_once('\n').unwrap_or((text, ""));
    let trimmed = first.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return (None, after);
    }
    let at = || format!("line {line}");
    let Some((tag, value)) = trimmed.split_once(':') else {
        reasons.push(&at(), "there is no tag");
        return (None, after);
    };
    let value = value.trim_start();
    let Some(opened) = value.strip_prefix("<text>") else {
        return (Some((tag, value)), after);
    };
    if let Some((inner, _)) = opened.split_once("</text>") {
        return (Some((tag, inner)), after);
    }
    let opened = text.split_once("<text>").map_or("", |(_, opened)| opened);
    match opened.split_once("</text>") {
        Some((inner, behind)) => {
            let after = behind.split_once('\n').map_or("", |(_, after)| after);
            (Some((tag, inner)), after)
        }
        None => {
            reasons.push(&at(), "`<text>` is not closed");
            (None, "")
        }
    }
}

/// What was read so far.
struct Reader<'a> {
    is_2_2: bool,
    section: Section,
    begun: usize,
    seen: HashSet<&'a str>,
    ids: HashSet<&'a str>,
    /// What relationships and annotations refer to, with the line.
    referred: Vec<(usize, &'a str)>,
    reasons: Reasons,
}

impl<'a> Reader<'a> {
    fn new(is_2_2: bool) -> Self {
        Self {
            is_2_2,
            section: Section::Document,
            begun: 1,
            seen: HashSet::new(),
            ids: HashSet::new(),
            referred: Vec::new(),
            reasons: Reasons::default(),
        }
    }

    fn take(&mut self, line: usize, tag: &'a str, value: &'a str) {
        let at = format!("line {line}");
        if value.trim().is_empty() && !is_free_text(tag) {
            self.reasons.push(&at, format!("`{tag}` has no value"));
        }
        let found = TAGS.iter().find(|(_, tags)| tags.contains(&tag));
        match found {
            Some((Section::Anywhere, _)) => {}
            Some((section, tags)) => {
                let begins = *section != Section::Document && tags.first() == Some(&tag);
                if begins {
                    self.close();
                    self.section = *section;
                    self.begun = line;
                } else if *section != self.section {
                    let why = format!("`{tag}` does not belong here");
                    self.reasons.push(&at, why);
                }
            }
            None if tag == "SPDXID" => self.identifier(&at, value),
            None => self.reasons.push(&at, format!("there is no tag `{tag}`")),
        }
        self.seen.insert(tag);
        self.value(line, tag, value);
    }

    fn identifier(&mut self, at: &str, id: &'a str) {
        let expected = match self.section {
            Section::Document => id == "SPDXRef-DOCUMENT",
            _ => is_identifier(id),
        };
        if !expected {
            let why = format!("`{id}` is no identifier for what it stands at");
            self.reasons.push(at, why);
        }
        if !self.ids.insert(id) {
            let why = format!("`{id}` is the identifier of two elements");
            self.reasons.push(at, why);
        }
    }

    /// The form of a value, by its tag.
    fn value(&mut self, line: usize, tag: &str, value: &'a str) {
        let holds = match tag {
            "SPDXVersion" => matches!(value, "SPDX-2.2" | "SPDX-2.3"),
            "DataLicense" => value == "CC0-1.0",
            "DocumentNamespace" => is_namespace(value),
            "Created" | "AnnotationDate" | "ReviewDate" | "ReleaseDate" | "BuiltDate"
            | "ValidUntilDate" => is_time(value),
            "Creator" | "Annotator" | "Reviewer" => is_agent(value, true),
            "PackageSupplier" | "PackageOriginator" => {
                value == "NOASSERTION" || is_agent(value, false)
            }
            "FilesAnalyzed" => ["true", "false"]
                .iter()
                .any(|known| value.eq_ignore_ascii_case(known)),
            "PackageChecksum" | "FileChecksum" => is_checksum(value),
            "PackageLicenseConcluded"
            | "PackageLicenseDeclared"
            | "LicenseConcluded"
            | "LicenseInfoInFile"
            | "PackageLicenseInfoFromFiles"
            | "LicenseInfoInSnippet"
            | "SnippetLicenseConcluded" => {
                matches!(value, "NONE" | "NOASSERTION") || expressions::is_well_formed(value)
            }
            "ExternalRef" => {
                let mut parts = value.split_whitespace();
                parts.next().is_some_and(|kind| CATEGORIES.contains(&kind)) && parts.count() >= 2
            }
            "FileType" => FILE_TYPES.contains(&value),
            "SnippetSPDXID" => is_identifier(value) && self.ids.insert(value),
            "SnippetByteRange" | "SnippetLineRange" => is_range(value),
            "LicenseID" => value.starts_with("LicenseRef-"),
            "AnnotationType" => matches!(value, "REVIEW" | "OTHER"),
            "Relationship" => self.relationship(line, value),
            "SPDXREF" | "SnippetFromFileSPDXID" => {
                self.referred.push((line, value));
                true
            }
            _ => true,
        };
        if !holds {
            let why = format!("`{value}` is no value of `{tag}`");
            self.reasons.push(&format!("line {line}"), why);
        }
    }

    /// `A TYPE B` (section 11.1).
    fn relationship(&mut self, line: usize, value: &'a str) -> bool {
        let mut parts = value.split_whitespace();
        let (Some(from), Some(kind), Some(to), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        self.referred.extend([(line, from), (line, to)]);
        RELATIONSHIPS.contains(&kind)
    }

    /// Adds what the section that ends here lacks.
    fn close(&mut self) {
        let in_2_2 = REQUIRED_IN_2_2.iter().filter(|_| self.is_2_2);
        let required = REQUIRED.iter().chain(in_2_2);
        for (_, tags) in required.filter(|(section, _)| *section == self.section) {
            for tag in tags.iter().filter(|tag| !self.seen.contains(**tag)) {
                let at = format!("line {}", self.begun);
                self.reasons.push(&at, format!("`{tag}` is missing"));
            }
        }
        self.seen.clear();
    }

    fn finish(mut self) -> Reasons {
        self.close();
        for (line, id) in &self.referred {
            if !is_known(id, &self.ids) {
                let why = format!("there is no element `{id}`");
                self.reasons.push(&format!("line {line}"), why);
            }
        }
        self.reasons
    }
}

/// Whether a tag's value may be empty: free text.
fn is_free_text(tag: &str) -> bool {
    tag.ends_with("Text") || tag.ends_with("Comment") || tag.ends_with("Comments")
}

/// `ALGORITHM: hexadecimal` (sections 7.10 and 8.4).
fn is_checksum(value: &str) -> bool {
    value.split_once(':').is_some_and(|(algorithm, digits)| {
        let digits = digits.trim();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !algorithm.is_empty()
            && algorithm.chars().all(is_part)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_ascii_hexdigit())
    })
}

/// `start:end`, both from 1 (sections 9.3 and 9.4).
fn is_range(value: &str) -> bool {
    value.split_once(':').is_some_and(|(start, end)| {
        match (start.trim().parse::<u64>(), end.trim().parse::<u64>()) {
            (Ok(start), Ok(end)) => 1 <= start && start <= end,
            _ => false,
        }
    })
}
