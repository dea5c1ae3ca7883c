//! Which of several images a reference means: by tag, by digest, else by platform (OCI
//! image-spec, image-index.md and annotations.md).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Request;
use super::attached::is_attached_tag;
use super::blobs::{DocumentRole, Documents};
use super::config::ImageConfiguration;
use super::digest::Digest;
use super::error::{SourceError, printable};
use super::listing::{Candidate, distinct, references, words};
use super::manifest::{Descriptor, Index, Manifest, parse_json};
use super::media_type::{DocumentKind, document_kind, is_image_config};
use super::platform::Platform;
use super::reference::Selector;

/// Annotation of an entry of `index.json` that holds the tag (annotations.md).
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The same with the full name, as containerd and Docker 25 write it.
const IMAGE_NAME: &str = "io.containerd.image.name";
/// Marks a manifest that belongs to another one, such as an attestation (BuildKit).
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// Platforms kept of one index; images have a dozen. An index of more does not say what it offers.
const MAX_PLATFORMS: usize = 64;

/// A manifest in an index.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Its descriptor.
    pub(super) descriptor: Descriptor,
    /// The outermost index blob above it.
    pub(super) index_digest: Option<Digest>,
    /// Platforms of all images in that index; `None` where there is none, or where it does not say.
    pub(super) offered: Option<Arc<[Platform]>>,
    names: Arc<[String]>,
}

/// Chooses the image for the platform out of those that fit the reference.
pub(super) fn choose<T>(
    candidates: Vec<Candidate<T>>,
    request: &Request<'_>,
) -> Result<Candidate<T>, SourceError> {
    let asked = request.options.platform.as_ref();
    let wanted = asked.cloned().unwrap_or_else(Platform::this_machine);
    let reference = || request.reference.to_owned();
    let mut candidates = distinct(candidates);
    let windows = candidates
        .iter()
        .any(|candidate| candidate.platform.is_windows());
    candidates.retain(|candidate| !candidate.platform.is_windows());
    if windows && (candidates.is_empty() || wanted.is_windows()) {
        return Err(SourceError::WindowsImage {
            reference: reference(),
        });
    }
    let there = words(&candidates, |candidate| candidate.platform.to_string());
    let fitting = |wanted: &Platform, one: &Candidate<T>| one.platform.matches(wanted);
    let only = candidates
        .first()
        .map(|first| first.platform.clone())
        .filter(|only| asked.is_none() && candidates.iter().all(|one| fitting(only, one)));
    candidates.retain(|one| fitting(only.as_ref().unwrap_or(&wanted), one));
    if candidates.len() > 1 {
        return Err(SourceError::Ambiguous {
            reference: reference(),
            available: references(&candidates, request.place),
        });
    }
    match candidates.pop() {
        Some(one) => Ok(one),
        None if there.is_empty() => Err(SourceError::NoImage {
            reference: reference(),
            holds: String::new(),
        }),
        None => Err(SourceError::NoSuchPlatform {
            reference: reference(),
            wanted: Box::new(wanted),
            available: there,
        }),
    }
}

/// The manifests of a layout that fit a reference, with their platforms.
pub(super) fn candidates(
    documents: &dyn Documents,
    index: &Index,
    request: &Request<'_>,
) -> Result<Vec<Candidate<Listed>>, SourceError> {
    let mut gathering = Gathering {
        documents,
        request,
        manifests: Vec::new(),
        others: BTreeSet::new(),
        offered: BTreeMap::new(),
        exact: names_exactly(index, request.selector),
        seen: 0,
        found: false,
    };
    let start = Above {
        depth: 0,
        index_digest: None,
        names: Arc::default(),
        selected: false,
    };
    gathering.gather(&index.manifests, &start)?;
    if !gathering.found {
        return Err(nothing_named(documents, index, request));
    }
    let mut out = Vec::new();
    for mut listed in std::mem::take(&mut gathering.manifests) {
        listed.offered = gathering.offered_beside(&listed);
        if let Some(platform) = gathering.platform(&listed)? {
            let identity = listed.descriptor.digest("a manifest")?.to_string();
            out.push(Candidate {
                platform,
                names: Arc::clone(&listed.names),
                identity,
                item: listed,
            });
        }
    }
    if out.is_empty() {
        let others: Vec<String> = gathering.others.into_iter().collect();
        let list = words(&others, |other| printable(other));
        let holds = if list.is_empty() {
            list
        } else {
            format!(", only: {list}")
        };
        return Err(SourceError::NoImage {
            reference: request.reference.to_owned(),
            holds,
        });
    }
    Ok(out)
}

/// What is known above an entry.
struct Above {
    depth: usize,
    index_digest: Option<Digest>,
    names: Arc<[String]>,
    selected: bool,
}

struct Gathering<'a> {
    documents: &'a dyn Documents,
    request: &'a Request<'a>,
    manifests: Vec<Listed>,
    /// Types of what is there and is no image.
    others: BTreeSet<String>,
    /// What the images of each outermost index are for; `None` where an entry does not say.
    offered: BTreeMap<String, Option<BTreeSet<Platform>>>,
    /// Whether an entry of `index.json` has the very name asked for.
    exact: bool,
    /// Entries seen in all indexes.
    seen: usize,
    /// Whether anything fits the reference.
    found: bool,
}

impl Gathering<'_> {
    fn gather(&mut self, entries: &[Descriptor], above: &Above) -> Result<(), SourceError> {
        for entry in entries {
            self.seen = self.seen.saturating_add(1);
            let limits = &self.request.options.limits;
            if self.seen > limits.manifests {
                let what = "the number of manifests".to_owned();
                return Err(SourceError::Limit {
                    what,
                    limit: limits.manifests.to_string(),
                });
            }
            let digest = entry.digest("an index entry")?;
            let names = match above.names.is_empty() {
                true => names_of(entry).cloned().collect(),
                false => Arc::clone(&above.names),
            };
            let selected = above.selected || self.is_selected(entry, &digest, above.depth);
            self.found |= selected;
            if let Some(index) = &above.index_digest {
                self.note_platform(index, entry);
            }
            match document_kind(&entry.media_type) {
                DocumentKind::Index => {
                    let depth = above.depth.saturating_add(1);
                    let index_digest = above.index_digest.clone().or(Some(digest));
                    self.descend(
                        entry,
                        &Above {
                            depth,
                            index_digest,
                            names,
                            selected,
                        },
                    )?;
                }
                _ if !selected => {}
                DocumentKind::SchemaOne => {
                    return Err(SourceError::SchemaOne {
                        document: format!("manifest {digest}"),
                    });
                }
                // Without a media type it can only be told by reading.
                DocumentKind::Other if !entry.media_type.is_empty() => {
                    self.others.insert(entry.media_type.clone());
                }
                DocumentKind::Manifest | DocumentKind::Other => {
                    let index_digest = above.index_digest.clone();
                    self.manifests.push(Listed {
                        descriptor: entry.clone(),
                        index_digest,
                        offered: None,
                        names,
                    });
                }
            }
        }
        Ok(())
    }

    /// Keeps what an entry of the index blob `index` is for. `platform` is optional in an index
    /// (OCI image-spec, image-index.md), and one image without it may be for anything.
    fn note_platform(&mut self, index: &Digest, entry: &Descriptor) {
        let is_index = document_kind(&entry.media_type) == DocumentKind::Index;
        if is_index || stated_other(entry).is_some() {
            return;
        }
        let offered = self.offered.entry(index.to_string());
        let offered = offered.or_insert_with(|| Some(BTreeSet::new()));
        match (entry.platform(), offered.as_mut()) {
            (Some(platform), _) if platform.is_unknown() => {}
            (Some(platform), Some(known)) if known.len() < MAX_PLATFORMS => {
                known.insert(platform.normalised());
            }
            _ => *offered = None,
        }
    }

    fn offered_beside(&self, listed: &Listed) -> Option<Arc<[Platform]>> {
        let index = listed.index_digest.as_ref()?.to_string();
        let offered = self.offered.get(&index)?.as_ref()?;
        Some(offered.iter().cloned().collect())
    }

    /// Reads an index below another one, if what is asked for can be in it. `inside` is what its
    /// entries will have above them.
    fn descend(&mut self, entry: &Descriptor, inside: &Above) -> Result<(), SourceError> {
        if !inside.selected && !matches!(self.request.selector, Selector::Digest(_)) {
            return Ok(());
        }
        let limits = &self.request.options.limits;
        if inside.depth > limits.index_depth {
            let what = "the nesting of indexes".to_owned();
            return Err(SourceError::Limit {
                what,
                limit: limits.index_depth.to_string(),
            });
        }
        let document =
            self.documents
                .document(entry, DocumentRole::Index, limits.document_bytes)?;
        let index: Index = parse_json(&document.bytes, &document.name)?;
        self.gather(&index.manifests, inside)
    }

    fn is_selected(&self, entry: &Descriptor, digest: &Digest, depth: usize) -> bool {
        match self.request.selector {
            Selector::Any => true,
            Selector::Digest(wanted) => wanted == digest,
            Selector::Tag(wanted) => {
                let is_meant = |name: &String| match self.exact {
                    true => name == wanted,
                    false => names_match(name, wanted),
                };
                depth == 0 && names_of(entry).any(is_meant)
            }
        }
    }

    /// The platform of a manifest, from its index entry or else from its configuration; `None`
    /// when it is no image.
    fn platform(&mut self, listed: &Listed) -> Result<Option<Platform>, SourceError> {
        let descriptor = &listed.descriptor;
        if let Some(other) = stated_other(descriptor) {
            self.others.insert(other);
            return Ok(None);
        }
        match descriptor.platform() {
            Some(platform) if platform.is_unknown() => {
                self.others
                    .insert("a manifest for unknown/unknown".to_owned());
                Ok(None)
            }
            Some(platform) => Ok(Some(platform)),
            None => self.platform_of_config(descriptor),
        }
    }

    fn platform_of_config(
        &mut self,
        descriptor: &Descriptor,
    ) -> Result<Option<Platform>, SourceError> {
        let limit = self.request.options.limits.document_bytes;
        let document = self
            .documents
            .document(descriptor, DocumentRole::Manifest, limit)?;
        let manifest = Manifest::parse(&document.bytes, &document.name)?;
        if let Some(kind) = artifact_type(&manifest) {
            self.others.insert(kind);
            return Ok(None);
        }
        let document =
            self.documents
                .document(&manifest.config, DocumentRole::Configuration, limit)?;
        let config = ImageConfiguration::parse(&document.bytes, &document.name)?;
        Ok(Some(config_platform(&config)))
    }
}

/// What an entry says it is, where it says that it is no image.
fn stated_other(descriptor: &Descriptor) -> Option<String> {
    let tag = tag_of(&descriptor.annotations);
    if tag.is_some_and(|tag| is_attached_tag(&tag)) {
        Some("evidence about an image".to_owned())
    } else if let Some(kind) = descriptor.annotations.get(REFERENCE_TYPE) {
        Some(kind.clone())
    } else if !descriptor.artifact_type.is_empty() {
        Some(descriptor.artifact_type.clone())
    } else {
        None
    }
}

/// Nothing in an index is meant by the selector; says what could have been.
fn nothing_named(documents: &dyn Documents, index: &Index, request: &Request<'_>) -> SourceError {
    let reference = request.reference.to_owned();
    let wanted = match request.selector {
        Selector::Tag(tag) => printable(tag),
        Selector::Digest(digest) => digest.to_string(),
        Selector::Any => {
            return SourceError::NoImage {
                reference,
                holds: String::new(),
            };
        }
    };
    let any = Request {
        selector: &Selector::Any,
        ..*request
    };
    let available = match candidates(documents, index, &any) {
        Ok(images) => references(&distinct(images), request.place),
        // What is damaged beside it is not what is wrong here.
        Err(_) => "no image that can be read".to_owned(),
    };
    SourceError::NoSuchImage {
        reference,
        wanted,
        available,
    }
}

/// Whether an entry has the very name asked for: it is then meant, and not one whose name ends
/// like it.
fn names_exactly(index: &Index, selector: &Selector) -> bool {
    match selector {
        Selector::Tag(wanted) => index
            .manifests
            .iter()
            .any(|entry| names_of(entry).any(|name| name == wanted)),
        Selector::Any | Selector::Digest(_) => false,
    }
}

/// What a manifest is if it is not a container image's (manifest.md, "Guidelines for Artifact
/// Usage").
pub(super) fn artifact_type(manifest: &Manifest) -> Option<String> {
    let config = &manifest.config.media_type;
    if !config.is_empty() && !is_image_config(config) {
        let stated = Some(&manifest.artifact_type).filter(|stated| !stated.is_empty());
        return Some(stated.unwrap_or(config).clone());
    }
    // What is about another manifest is no image to run, whatever its configuration looks like.
    if manifest.subject.is_some() {
        return Some("evidence about an image".to_owned());
    }
    None
}

/// The platform of a configuration. Both words are required by config.md; where one is missing
/// the image can still be read, as Linux or as of unknown architecture.
pub(super) fn config_platform(config: &ImageConfiguration) -> Platform {
    let or = |text: &str, default: &str| if text.is_empty() { default } else { text }.to_owned();
    Platform {
        os: or(&config.os, "linux"),
        architecture: or(&config.architecture, "unknown"),
        variant: config.variant.clone(),
    }
}

/// The tag of an entry.
pub(super) fn tag_of(annotations: &BTreeMap<String, String>) -> Option<String> {
    annotations
        .get(REF_NAME)
        .or_else(|| annotations.get(IMAGE_NAME))
        .cloned()
}

/// The names of an entry: its tag, and its full name where a tool wrote one.
fn names_of(entry: &Descriptor) -> impl Iterator<Item = &String> {
    let keys = [REF_NAME, IMAGE_NAME].into_iter();
    keys.filter_map(|key| entry.annotations.get(key))
}

/// Whether an image named `name` is meant by `wanted`: the same name, the same with Docker's
/// default registry and `latest` filled in, or its tag alone.
pub(super) fn names_match(name: &str, wanted: &str) -> bool {
    if name == wanted {
        return true;
    }
    let tag = name
        .rsplit_once(':')
        .map(|(_, tag)| tag)
        .filter(|tag| !tag.contains('/'));
    tag == Some(wanted) || (name.contains(['/', ':']) && familiar(name) == familiar(wanted))
}

/// A name without Docker's default registry, with a tag.
fn familiar(name: &str) -> String {
    let prefixes = ["docker.io/library/", "docker.io/", "localhost/"];
    let short = prefixes
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let tagged = short
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains(':'));
    if tagged {
        short.to_owned()
    } else {
        format!("{short}:latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_meant_by_itself_its_short_form_or_its_tag() {
        let name = "docker.io/library/debian:12";
        for wanted in [name, "debian:12", "12"] {
            assert!(names_match(name, wanted), "{wanted}");
        }
        assert!(names_match("docker.io/library/debian:latest", "debian"));
        assert!(names_match("latest", "latest"));
        for wanted in ["debian", "debian:1", "2", "", "other:12"] {
            assert!(!names_match(name, wanted), "{wanted}");
        }
    }
}
