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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::evidence::sbom::document::SbomLicense;
    use crate::facts::model::SbomFormat;

    fn component(id: &str) -> SbomComponent {
        SbomComponent {
            id: Some(id.to_owned()),
            name: id.to_owned(),
            ..SbomComponent::default()
        }
    }

    fn licensed(id: &str, text: &str) -> SbomComponent {
        SbomComponent {
            licenses: vec![SbomLicense {
                text: text.to_owned(),
                is_expression: false,
            }],
            ..component(id)
        }
    }

    fn document(components: Vec<SbomComponent>) -> SbomDocument {
        SbomDocument {
            format: SbomFormat::SpdxJson,
            version: None,
            identifier: None,
            name: None,
            created: None,
            authors: Vec::new(),
            tools: Vec::new(),
            contexts: Vec::new(),
            subject: None,
            components,
            files: Vec::new(),
            relationships: 0,
            related: Vec::new(),
            duplicate_ids: Vec::new(),
            unread: Vec::new(),
        }
    }

    fn counts(document: &SbomDocument, list: ElementList, element: &str) -> (u64, u64) {
        let shares = shares(document);
        let mut found = shares
            .iter()
            .filter(|s| s.list == list && s.element == element);
        let share = found.next().unwrap();
        assert!(found.next().is_none());
        (share.have, share.of)
    }

    #[test]
    fn each_element_is_counted_where_it_is_stated() {
        let full = SbomComponent {
            version: Some("1".to_owned()),
            purl: Some("pkg:generic/full@1".to_owned()),
            supplier: Some("Ours".to_owned()),
            hashes: vec![("sha256".to_owned(), "00".to_owned())],
            ..licensed("full", "MIT")
        };
        let mut with = document(vec![full, SbomComponent::default()]);
        with.related = vec!["full".to_owned()];
        with.authors = vec!["Jo".to_owned()];
        with.created = Some("2024-05-06T07:08:09Z".to_owned());
        with.tools = vec!["by-hand 1".to_owned()];
        with.contexts = vec!["build".to_owned()];
        let without = document(vec![SbomComponent::default()]);
        for share in shares(&with) {
            let of_document = ["author", "timestamp", "tool_name", "generation_context"];
            let expected = match share.element.as_str() {
                element if of_document.contains(&element) => (1, 1, 1.0),
                "license_expression" => (1, 1, 1.0),
                _ => (1, 2, 0.5),
            };
            assert_eq!(
                (share.have, share.of, share.share),
                expected,
                "{}",
                share.element
            );
        }
        for share in shares(&without) {
            assert_eq!((share.have, share.share), (0, 0.0), "{}", share.element);
        }
    }

    #[test]
    fn the_lists_have_seven_and_eleven_elements() {
        let shares = shares(&document(Vec::new()));
        let of = |list| shares.iter().filter(|share| share.list == list).count();
        assert_eq!(of(ElementList::Ntia2021), 7);
        assert_eq!(of(ElementList::Cisa2025Draft), 11);
        assert_eq!(of(ElementList::General), 2);
        assert!(shares.iter().all(|share| share.share == 0.0));
    }

    #[test]
    fn a_word_for_nothing_states_nothing() {
        for word in ["", " ", "NOASSERTION", "NONE", "UNKNOWN"] {
            let none = SbomComponent {
                version: Some(word.to_owned()),
                supplier: Some(word.to_owned()),
                ..licensed("a", word)
            };
            let document = document(vec![none]);
            let list = ElementList::Cisa2025Draft;
            for element in ["component_version", "supplier_name", "license"] {
                assert_eq!(counts(&document, list, element), (0, 1), "{word} {element}");
            }
            let expressions = counts(&document, ElementList::General, "license_expression");
            assert_eq!(expressions, (0, 0));
        }
    }

    #[test]
    fn a_cpe_is_an_identifier_and_a_name_is_none() {
        let cpe = SbomComponent {
            identifiers: vec!["cpe:2.3:a:ours:ours:1:*:*:*:*:*:*:*".to_owned()],
            ..component("cpe")
        };
        let document = document(vec![cpe, component("name")]);
        let found = counts(&document, ElementList::Ntia2021, "unique_identifiers");
        assert_eq!(found, (1, 2));
    }

    #[test]
    fn an_identifier_that_two_share_is_not_unique() {
        let mut document = document(vec![component("a"), component("a"), component("b")]);
        document.duplicate_ids = vec!["a".to_owned()];
        assert_eq!(
            counts(&document, ElementList::General, "unique_ids"),
            (1, 3)
        );
    }

    #[test]
    fn licences_that_are_no_expression_are_told_from_those_that_are() {
        let document = document(vec![
            licensed("a", "MIT OR Apache-2.0"),
            licensed("b", "The MIT License"),
            licensed("c", "NOASSERTION"),
            licensed("d", "GPL-2.0+"),
        ]);
        let found = counts(&document, ElementList::General, "license_expression");
        assert_eq!(found, (2, 3));
    }

    #[test]
    fn a_timestamp_is_a_date_and_time() {
        for (created, have) in [
            ("2024-05-06T07:08:09Z", 1),
            ("2024-05-06t07:08:09.123+02:00", 1),
            ("2024-05-06", 0),
            ("yesterday", 0),
            ("", 0),
        ] {
            let mut document = document(Vec::new());
            document.created = Some(created.to_owned());
            let found = counts(&document, ElementList::Ntia2021, "timestamp");
            assert_eq!(found, (have, 1), "{created}");
        }
    }
}
