//! CycloneDX 1.5 JSON, by `cyclonedx-bom`, which has all that is needed here.

use cyclonedx_bom::models::bom::BomReference;
use cyclonedx_bom::models::component::Classification;
use cyclonedx_bom::models::composition::{AggregateType, Composition, Compositions};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{License as Named, LicenseChoice, Licenses};
use cyclonedx_bom::models::organization::OrganizationalEntity;
use cyclonedx_bom::models::property::{Properties, Property};
use cyclonedx_bom::models::tool::Tools;
use cyclonedx_bom::prelude::{
    Bom, Component, Components, DateTime, Metadata, NormalizedString, SpecVersion, UrnUuid,
};

use super::completeness::{self, Completeness};
use super::inventory::{self, IMAGE, Item};
use super::licenses::{self, License};
use super::{Described, SbomError, uuid};
use crate::facts::model::PackageType;

/// The document.
pub(super) fn document(described: &Described<'_>) -> Result<String, SbomError> {
    let mut bom = bom(described);
    // The crate would draw a random serial number, and a list must have the same one each time.
    let serial = uuid(print(bom.clone())?.as_bytes());
    bom.serial_number = UrnUuid::new(format!("urn:uuid:{serial}")).ok();
    print(bom)
}

fn print(bom: Bom) -> Result<String, SbomError> {
    let mut bytes = Vec::new();
    bom.output_as_json_v1_5(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn bom(described: &Described<'_>) -> Bom {
    let items = inventory::items(described.facts);
    let (completeness, reasons) = completeness::of(described.facts);
    Bom {
        version: 1,
        serial_number: None,
        metadata: Some(metadata(described, reasons)),
        dependencies: Some(dependencies(&items)),
        compositions: Some(compositions(completeness)),
        components: Some(Components(items.iter().map(component).collect())),
        spec_version: SpecVersion::V1_5,
        services: None,
        external_references: None,
        properties: None,
        vulnerabilities: None,
        signature: None,
        annotations: None,
        formulation: None,
    }
}

fn metadata(described: &Described<'_>, reasons: Vec<String>) -> Metadata {
    let name = env!("CARGO_PKG_NAME");
    let version = env!("CARGO_PKG_VERSION");
    let tool = Component::new(Classification::Application, name, version, None);
    let reasons: Vec<(String, String)> = reasons
        .into_iter()
        .map(|reason| ("freehold:incomplete".to_owned(), reason))
        .collect();
    let created = described.created.clone();
    Metadata {
        timestamp: created.and_then(|time| DateTime::try_from(time).ok()),
        tools: Some(Tools::Object {
            services: None,
            components: Some(Components(vec![tool])),
        }),
        component: Some(image(described)),
        properties: properties(reasons),
        ..Metadata::default()
    }
}

fn image(described: &Described<'_>) -> Component {
    let facts = described.facts;
    let name = &facts.image.reference;
    let mut image = Component::new(Classification::Container, name, "", Some(IMAGE.to_owned()));
    image.version = facts.image.digest.as_deref().map(NormalizedString::new);
    image.purl = inventory::image_purl(described).and_then(|purl| purl.parse().ok());
    image.hashes = inventory::image_digest(facts).and_then(|(algorithm, digits)| {
        let alg = match algorithm {
            "sha256" => HashAlgorithm::SHA_256,
            "sha512" => HashAlgorithm::SHA_512,
            _ => return None,
        };
        let content = HashValue(digits.to_owned());
        Some(Hashes(vec![Hash { alg, content }]))
    });
    image.properties = properties(inventory::image_properties(facts));
    image
}

fn component(item: &Item<'_>) -> Component {
    let package = item.package;
    let kind = match package.package_type {
        // These name programs, not what programs are made of.
        PackageType::Bitnami | PackageType::Generic => Classification::Application,
        _ => Classification::Library,
    };
    let mut component = Component::new(kind, &package.name, "", Some(item.id.clone()));
    let version = Some(package.version.as_str()).filter(|version| !version.is_empty());
    component.version = version.map(NormalizedString::new);
    component.purl = package.purl.as_ref().and_then(|purl| purl.parse().ok());
    component.supplier = inventory::supplier(package)
        .map(|text| OrganizationalEntity::new(&NormalizedString::new(text)));
    component.licenses = component_licenses(&package.licenses);
    component.properties = properties(inventory::package_properties(package));
    component
}

/// An expression stands alone, or there are none (the schema's `licenseChoice`); among several,
/// an expression is a name like any other.
fn component_licenses(stated: &[String]) -> Option<Licenses> {
    let licenses = licenses::all(stated);
    let choices = match licenses.as_slice() {
        [] => return None,
        [License::Expression(only)] => vec![LicenseChoice::expression(only)],
        several => several
            .iter()
            .map(|license| match license {
                License::Identifier(id) => LicenseChoice::License(Named::license_id(id)),
                License::Expression(text) | License::Named(text) => LicenseChoice::license(text),
            })
            .collect(),
    };
    Some(Licenses(choices))
}

fn properties(named: Vec<(String, String)>) -> Option<Properties> {
    let properties = named.into_iter();
    let properties: Vec<Property> = properties
        .map(|(name, value)| Property::new(name, &value))
        .collect();
    (!properties.is_empty()).then_some(Properties(properties))
}

/// The image needs what no package brought, a package what it brought itself: of the relations
/// between packages no other is read.
fn dependencies(items: &[Item<'_>]) -> Dependencies {
    let free = items.iter().filter(|item| !item.is_contained);
    let image = Dependency {
        dependency_ref: IMAGE.to_owned(),
        dependencies: free.map(|item| item.id.clone()).collect(),
    };
    let owners = items.iter().filter(|item| !item.contains.is_empty());
    let owners = owners.map(|item| Dependency {
        dependency_ref: item.id.clone(),
        dependencies: item.contains.clone(),
    });
    Dependencies(std::iter::once(image).chain(owners).collect())
}

/// How complete the parts of the image are; what packages need of each other is not read.
fn compositions(completeness: Completeness) -> Compositions {
    let composition = |aggregate| Composition {
        bom_ref: None,
        aggregate,
        assemblies: None,
        dependencies: None,
        vulnerabilities: None,
        signature: None,
    };
    let image = || Some(vec![BomReference::new(IMAGE)]);
    Compositions(vec![
        Composition {
            assemblies: image(),
            ..composition(match completeness {
                Completeness::Complete => AggregateType::Complete,
                Completeness::Incomplete => AggregateType::Incomplete,
                Completeness::Unknown => AggregateType::Unknown,
            })
        },
        Composition {
            dependencies: image(),
            ..composition(AggregateType::Unknown)
        },
    ])
}
