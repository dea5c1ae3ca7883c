//! What `docker save` writes (Docker image specification v1.2, "Combined Image JSON + Filesystem
//! Changeset Format"): `manifest.json` names a configuration and layer tars. Since Docker 25 the
//! same archive is an OCI image layout as well; where the layout holds the chosen image, it is
//! read from there, since only the layout has digests of manifest and layers.

use serde::Deserialize;

use super::archive::Archive;
use super::attached::Evidence;
use super::blobs::{Blobs, DocumentRole, Documents};
use super::config::{ImageConfiguration, or_default};
use super::digest::{Digest, DigestVerifier};
use super::error::{SourceError, printable};
use super::files::{FileRange, read_capped};
use super::image_documents::check_layer_count;
use super::manifest::{Manifest, parse_json};
use super::oci_layout::{self, read_index};
use super::reference::Selector;
use super::select::{Candidate, available, candidates, choose, config_platform, names_match};
use super::{LayerBlob, LayerStore, Request, SourceImage, SourceKind, layer_name};

/// The file that lists the saved images.
pub(super) const MANIFEST: &str = "manifest.json";

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    layers: Vec<String>,
}

/// A saved image whose configuration has been read.
struct Read {
    saved: Saved,
    config: ImageConfiguration,
    config_digest: Digest,
}

/// Opens the image of an archive that a request means.
pub(super) fn open(archive: Archive, request: &Request<'_>) -> Result<SourceImage, SourceError> {
    let limits = &request.options.limits;
    let Some(file) = archive.member(MANIFEST)? else {
        return Err(SourceError::NotAnImage {
            path: archive.path().to_owned(),
            reason: "the archive has no `manifest.json`".into(),
            help: "an archive of an OCI image layout is named with oci-archive:".into(),
        });
    };
    let document = "`manifest.json`";
    let saved: Vec<Saved> = parse_json(
        &read_capped(file, limits.document_bytes, document)?,
        document,
    )?;
    if saved.len() > limits.manifests {
        let what = "the number of images".to_owned();
        return Err(SourceError::Limit {
            what,
            limit: limits.manifests.to_string(),
        });
    }
    let mut found = Vec::new();
    for saved in named(saved, request)? {
        let read = read_config(&archive, saved, limits.document_bytes)?;
        found.push(Candidate {
            platform: config_platform(&read.config),
            name: read
                .saved
                .repo_tags
                .first()
                .unwrap_or(&read.saved.config)
                .clone(),
            identity: read.config_digest.to_string(),
            item: read,
        });
    }
    let chosen = choose(found, request)?;
    if archive.has(oci_layout::MARKER) && archive.has(oci_layout::INDEX) {
        open_layout(archive, chosen, request)
    } else {
        open_saved(&archive, chosen, request)
    }
}

/// The saved images that have the name asked for.
fn named(saved: Vec<Saved>, request: &Request<'_>) -> Result<Vec<Saved>, SourceError> {
    let Selector::Tag(wanted) = request.selector else {
        return Ok(saved);
    };
    let tags: Vec<String> = saved.iter().flat_map(|one| one.repo_tags.clone()).collect();
    let exact = tags.contains(wanted);
    let fits = |tag: &String| {
        if exact {
            tag == wanted
        } else {
            names_match(tag, wanted)
        }
    };
    let fitting: Vec<Saved> = saved
        .into_iter()
        .filter(|one| one.repo_tags.iter().any(fits))
        .collect();
    if fitting.is_empty() {
        let available = match available(&tags, |tag| printable(tag)) {
            list if list.is_empty() => "one without a name".to_owned(),
            list => list,
        };
        let (reference, wanted) = (request.reference.to_owned(), printable(wanted));
        return Err(SourceError::NoSuchImage {
            reference,
            wanted,
            available,
        });
    }
    Ok(fitting)
}

fn read_config(archive: &Archive, saved: Saved, limit: u64) -> Result<Read, SourceError> {
    let what = "the configuration";
    let bytes = read_capped(member(archive, &saved.config, what)?, limit, what)?;
    if let Some(stated) = digest_in_name(&saved.config) {
        let mut verifier = DigestVerifier::new(stated, what);
        verifier.update(&bytes);
        verifier.finish()?;
    }
    let config = ImageConfiguration::parse(&bytes, what)?;
    Ok(Read {
        saved,
        config,
        config_digest: Digest::sha256(&bytes),
    })
}

/// Configurations are named `<sha256>.json`, or as blobs of a layout.
fn digest_in_name(name: &str) -> Option<Digest> {
    let last = name.rsplit('/').next()?;
    Digest::parse(
        &format!("sha256:{}", last.strip_suffix(".json").unwrap_or(last)),
        "",
    )
    .ok()
}

fn member(archive: &Archive, name: &str, what: &str) -> Result<FileRange, SourceError> {
    archive
        .member(name)?
        .ok_or_else(|| SourceError::MissingMember {
            what: what.to_owned(),
            name: printable(name),
        })
}

/// Opens a chosen image through the layout around it, or as saved if the layout lacks it.
fn open_layout(
    archive: Archive,
    chosen: Candidate<Read>,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let limit = request.options.limits.document_bytes;
    let blobs = Blobs::archive(archive);
    let index = read_index(&blobs, limit)?;
    let any = Request {
        selector: &Selector::Any,
        ..*request
    };
    let listed = match candidates(&blobs, &index, &any) {
        Ok(listed) => listed,
        // A partial save lists platforms whose manifests were left out.
        Err(SourceError::NoImage { .. } | SourceError::MissingBlob { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    for candidate in listed {
        let document =
            match blobs.document(&candidate.item.descriptor, DocumentRole::Manifest, limit) {
                Ok(document) => document,
                Err(SourceError::MissingBlob { .. }) => continue,
                Err(error) => return Err(error),
            };
        let manifest = Manifest::parse(&document.bytes, &document.name)?;
        if manifest.config.digest("the configuration")? == chosen.item.config_digest {
            let kind = SourceKind::DockerArchive;
            return oci_layout::read_image(&blobs, kind, candidate.item, chosen.platform, request);
        }
    }
    match &blobs {
        Blobs::Archive(archive) => open_saved(archive, chosen, request),
        Blobs::Folder(_) => Err(SourceError::NoImage {
            reference: request.reference.to_owned(),
            holds: String::new(),
        }),
    }
}

/// Opens a chosen image as `manifest.json` describes it.
fn open_saved(
    archive: &Archive,
    chosen: Candidate<Read>,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let Read {
        saved,
        config,
        config_digest,
    } = chosen.item;
    let diff_ids = &config.rootfs.diff_ids;
    check_layer_count(
        saved.layers.len(),
        diff_ids.len(),
        request.options.limits.layers,
    )?;
    let mut layers = Vec::new();
    let mut stores = Vec::new();
    for (number, (name, diff_id)) in (1_usize..).zip(saved.layers.iter().zip(diff_ids)) {
        let what = layer_name(number);
        let range = member(archive, name, &what)?;
        layers.push(LayerBlob {
            digest: None,
            diff_id: Some(diff_id.clone()),
            media_type: None,
            stored_bytes: range.bytes_left(),
        });
        stores.push(LayerStore::Member(range));
    }
    Ok(SourceImage {
        reference: request.reference.to_owned(),
        kind: SourceKind::DockerArchive,
        manifest_digest: None,
        index_digest: None,
        config_digest: Some(config_digest),
        platform: chosen.platform,
        config,
        annotations: std::collections::BTreeMap::new(),
        layers,
        evidence: Evidence::not_carried(),
        stores,
    })
}
