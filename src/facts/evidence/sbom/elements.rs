//! How much of an SBOM has the elements that lists of minimum elements ask for.

use std::collections::BTreeSet;

use super::document::{SbomComponent, SbomDocument};
use super::expressions;
use crate::facts::model::{ElementList, ElementShare};

/// Shares of the elements of three lists, in this order: NTIA 2021, CISA 2025 (draft), and what
/// a reader relies on. An element of a component counts components, one of the document counts 1 of 1.
/// The document's subject is no component.
pub fn shares(document: &SbomDocument) -> Vec<ElementShare> {
    let mut shares = ntia_2021(document);
    shares.extend(cisa_2025(document));
    shares.extend(general(document));
    shares
}

/// NTIA, "The Minimum Elements For a Software Bill of Materials (SBOM)", July 2021, table 1
/// ("Data Fields").
fn ntia_2021(document: &SbomDocument) -> Vec<ElementShare> {
    let list = Counter(ElementList::Ntia2021, document);
    let related = related(document);
    vec![
        list.components("supplier_name", has_supplier),
        list.components("component_name", has_name),
        list.components("component_version", has_version),
        list.components("unique_identifiers", has_identifier),
        list.components("dependency_relationship", |component| {
            is_related(component, &related)
        }),
        list.document("author", has_author(document)),
        list.document("timestamp", has_timestamp(document)),
    ]
}

/// CISA, "2025 Minimum Elements for a Software Bill of Materials (SBOM)", draft for public comment,
/// August 2025, section 2.1 ("Data Fields"): those of NTIA, a supplier being called a software
/// producer, and the hash, licence, tool name and generation context.
fn cisa_2025(document: &SbomDocument) -> Vec<ElementShare> {
    let list = Counter(ElementList::Cisa2025Draft, document);
    let related = related(document);
    vec![
        list.components("supplier_name", has_supplier),
        list.components("component_name", has_name),
        list.components("component_version", has_version),
        list.components("unique_identifiers", has_identifier),
        list.components("component_hash", |component| {
            component.hashes.iter().any(|(_, value)| !value.is_empty())
        }),
        list.components("license", |component| {
            let mut licenses = component.licenses.iter();
            licenses.any(|license| is_stated(&license.text))
        }),
        list.components("dependency_relationship", |component| {
            is_related(component, &related)
        }),
        list.document("author", has_author(document)),
        list.document("timestamp", has_timestamp(document)),
        list.document("tool_name", any_stated(&document.tools)),
        list.document("generation_context", any_stated(&document.contexts)),
    ]
}

/// What matching by machine needs: identifiers within the document that no two share (SPDX 2.3,
/// section 7.2; CycloneDX 1.6, `bom-ref`), and licences, of those that are stated, that are SPDX
/// expressions (SPDX 2.3, annex D).
fn general(document: &SbomDocument) -> Vec<ElementShare> {
    let list = Counter(ElementList::General, document);
    let shared: BTreeSet<&str> = document.duplicate_ids.iter().map(String::as_str).collect();
    let components = document.components.iter();
    let licenses = components.flat_map(|component| &component.licenses);
    let stated = licenses.filter(|license| is_stated(&license.text));
    let (mut valid, mut of) = (0u64, 0u64);
    for license in stated {
        of = of.saturating_add(1);
        valid = valid.saturating_add(u64::from(expressions::is_valid(license.text.trim())));
    }
    vec![
        list.components("unique_ids", |component| {
            let id = component.id.as_deref();
            id.is_some_and(|id| is_stated(id) && !shared.contains(id))
        }),
        list.share("license_expression", valid, of),
    ]
}

/// Counts for one list.
struct Counter<'a>(ElementList, &'a SbomDocument);

impl Counter<'_> {
    fn components(&self, element: &str, has: impl Fn(&SbomComponent) -> bool) -> ElementShare {
        let components = &self.1.components;
        let have = components.iter().filter(|component| has(component)).count();
        self.share(element, have as u64, components.len() as u64)
    }

    fn document(&self, element: &str, has: bool) -> ElementShare {
        self.share(element, u64::from(has), 1)
    }

    fn share(&self, element: &str, have: u64, of: u64) -> ElementShare {
        ElementShare {
            list: self.0,
            element: element.to_owned(),
            have,
            of,
            share: if of == 0 {
                0.0
            } else {
                have as f64 / of as f64
            },
        }
    }
}

/// Whether a text says something: SPDX 2.3 writes `NOASSERTION` and `NONE` where nothing is said, and
/// writers of SBOMs `UNKNOWN`.
fn is_stated(text: &str) -> bool {
    !matches!(
        text.trim(),
        "" | "NOASSERTION" | "NONE" | "UNKNOWN" | "unknown"
    )
}

fn any_stated(texts: &[String]) -> bool {
    texts.iter().any(|text| is_stated(text))
}

fn has(text: Option<&String>) -> bool {
    text.is_some_and(|text| is_stated(text))
}

fn has_supplier(component: &SbomComponent) -> bool {
    has(component.supplier.as_ref())
}

fn has_name(component: &SbomComponent) -> bool {
    is_stated(&component.name)
}

fn has_version(component: &SbomComponent) -> bool {
    has(component.version.as_ref())
}

/// Identifiers that mean the same outside this document: a purl, a CPE and the like.
fn has_identifier(component: &SbomComponent) -> bool {
    has(component.purl.as_ref()) || any_stated(&component.identifiers)
}

/// A person or organization: a tool is no author (NTIA, "Author of SBOM Data"; CISA, "SBOM Author").
fn has_author(document: &SbomDocument) -> bool {
    any_stated(&document.authors)
}

/// A date and time that begins as RFC 3339 has it; a text such as `today` is none.
fn has_timestamp(document: &SbomDocument) -> bool {
    const DATE: &str = "0000-00-00T";
    document.created.as_deref().is_some_and(|created| {
        created.len() > DATE.len()
            && created
                .bytes()
                .zip(DATE.bytes())
                .all(|(byte, form)| match form {
                    b'0' => byte.is_ascii_digit(),
                    form => byte.eq_ignore_ascii_case(&form),
                })
    })
}

fn related(document: &SbomDocument) -> BTreeSet<&str> {
    document.related.iter().map(String::as_str).collect()
}

fn is_related(component: &SbomComponent, related: &BTreeSet<&str>) -> bool {
    component
        .id
        .as_deref()
        .is_some_and(|id| related.contains(id))
}
