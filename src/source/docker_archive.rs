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
use super::listing::{Candidate, distinct, references};
use super::manifest::{Manifest, parse_json};
use super::oci_layout::{self, read_index};
use super::reference::Selector;
use super::select::{candidates, choose, config_platform, names_match};
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
    let fitting = match request.selector {
        Selector::Any => read_configs(&archive, saved, limits.document_bytes)?,
        Selector::Tag(wanted) => {
            let named = named(&saved, wanted);
            match read_configs(&archive, named, limits.document_bytes)? {
                none if none.is_empty() => return Err(nothing_named(&archive, saved, request)),
                fitting => fitting,
            }
        }
        Selector::Digest(wanted) => {
            let mut all = read_configs(&archive, saved.clone(), limits.document_bytes)?;
            all.retain(|one| one.item.config_digest == *wanted);
            if all.is_empty() {
                return open_by_manifest(archive, saved, request);
            }
            all
        }
    };
    let chosen = choose(fitting, request)?;
    if is_layout(&archive) {
        open_layout(archive, chosen, request)
    } else {
        open_saved(&archive, chosen, request)
    }
}

/// Whether the archive is an OCI image layout as well.
fn is_layout(archive: &Archive) -> bool {
    archive.has(oci_layout::MARKER) && archive.has(oci_layout::INDEX)
}

/// The saved images that have the name asked for.
fn named(saved: &[Saved], wanted: &String) -> Vec<Saved> {
    let exact = saved.iter().any(|one| one.repo_tags.contains(wanted));
    let fits = |tag: &String| match exact {
        true => tag == wanted,
        false => names_match(tag, wanted),
    };
    let fitting = saved.iter().filter(|one| one.repo_tags.iter().any(fits));
    fitting.cloned().collect()
}

/// No saved image is meant by the selector; says what could have been.
fn nothing_named(archive: &Archive, saved: Vec<Saved>, request: &Request<'_>) -> SourceError {
    let limit = request.options.limits.document_bytes;
    SourceError::NoSuchImage {
        reference: request.reference.to_owned(),
        wanted: match request.selector {
            Selector::Tag(tag) => printable(tag),
            Selector::Digest(digest) => digest.to_string(),
            Selector::Any => String::new(),
        },
        available: match read_configs(archive, saved, limit) {
            Ok(images) if !images.is_empty() => references(&distinct(images), request.place),
            _ => "no image that can be read".to_owned(),
        },
    }
}

/// Opens the image whose manifest, or whose index, has the digest asked for: only the layout
/// around it knows those.
fn open_by_manifest(
    archive: Archive,
    saved: Vec<Saved>,
    request: &Request<'_>,
) -> Result<SourceImage, SourceError> {
    let nothing = nothing_named(&archive, saved, request);
    if !is_layout(&archive) {
        return Err(nothing);
    }
    let blobs = Blobs::archive(archive);
    let index = read_index(&blobs, request.options.limits.document_bytes)?;
    let listed = candidates(&blobs, &index, request).map_err(|error| match error {
        SourceError::NoSuchImage { .. } => nothing,
        other => other,
    })?;
    let chosen = choose(listed, request)?;
    let kind = SourceKind::DockerArchive;
    oci_layout::read_image(&blobs, kind, chosen.item, chosen.platform, request)
}

/// Reads the configurations of saved images, which say what they are for.
fn read_configs(
    archive: &Archive,
    saved: Vec<Saved>,
    limit: u64,
) -> Result<Vec<Candidate<Read>>, SourceError> {
    let mut images = Vec::new();
    for mut saved in saved {
        let names = std::mem::take(&mut saved.repo_tags).into();
        let read = read_config(archive, saved, limit)?;
        images.push(Candidate {
            platform: config_platform(&read.config),
            names,
            identity: read.config_digest.to_string(),
            item: read,
        });
    }
    Ok(images)
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
        platforms: None,
        config_digest: Some(config_digest),
        platform: chosen.platform,
        config,
        annotations: std::collections::BTreeMap::new(),
        layers,
        evidence: Evidence::not_carried(),
        stores,
    })
}
