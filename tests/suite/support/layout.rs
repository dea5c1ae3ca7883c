//! Blobs, indexes and archives: what an image becomes before it is written, sound or damaged.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::image_builder::{
    DOCKER_LIST, DOCKER_MANIFEST, ImageBuilder, OCI_INDEX, REF_NAME, digest_of, json_bytes, write,
};
use super::layer::{Compression, Layer};

/// Blobs and an `index.json`, before they are written in one form or another.
#[derive(Debug, Clone)]
pub struct Layout {
    blobs: BTreeMap<String, Vec<u8>>,
    entries: Vec<Value>,
    docker: Vec<Value>,
    index_bytes: Option<Vec<u8>>,
    layout_bytes: Option<Vec<u8>>,
}

impl Default for Layout {
    fn default() -> Self {
        Self::new()
    }
}

impl Layout {
    /// A layout without images.
    pub fn new() -> Self {
        Self {
            blobs: BTreeMap::new(),
            entries: Vec::new(),
            docker: Vec::new(),
            index_bytes: None,
            layout_bytes: Some(json_bytes(&json!({"imageLayoutVersion": "1.0.0"}))),
        }
    }

    /// Adds an image and its entry in the index.
    pub fn image(mut self, image: &ImageBuilder) -> Self {
        let entry = image.add_to(&mut self.blobs);
        self.entries.push(entry);
        let blob_path = |digest: String| format!("blobs/{}", digest.replace(':', "/"));
        let layers: Vec<String> = (0..image.layers().len())
            .map(|index| blob_path(image.layer_digest(index)))
            .collect();
        self.docker.push(json!({
            "Config": blob_path(image.config_digest()),
            "RepoTags": repo_tags(image),
            "Layers": layers,
        }));
        self
    }

    /// Adds an entry to the index as it is.
    pub fn entry(mut self, descriptor: Value) -> Self {
        self.entries.push(descriptor);
        self
    }

    /// Adds a blob that no index names.
    pub fn blob(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        self.blobs.insert(digest_of(&bytes), bytes);
        self
    }

    /// Adds an attestation manifest as BuildKit attaches one to the manifest `subject`.
    pub fn attestation(self, subject: &str) -> Self {
        self.statement(subject, "{}")
    }

    /// The same with these bytes as its statement.
    pub fn statement(mut self, subject: &str, statement: impl Into<Vec<u8>>) -> Self {
        let statement = ImageBuilder::new()
            .platform("unknown/unknown")
            .untagged()
            .layer(
                Layer::verbatim(statement)
                    .compressed(Compression::Plain)
                    .media_type("application/vnd.in-toto+json"),
            );
        let mut entry = statement.add_to(&mut self.blobs);
        entry["annotations"] = json!({
            "vnd.docker.reference.digest": subject,
            "vnd.docker.reference.type": "attestation-manifest",
        });
        self.entries.push(entry);
        self
    }

    /// Moves what `index.json` lists into an index blob and lists that instead, under `tag`.
    pub fn nested(mut self, tag: Option<&str>) -> Self {
        let mut entries = std::mem::take(&mut self.entries);
        for entry in &mut entries {
            if let Some(annotations) = entry["annotations"].as_object_mut() {
                annotations.remove(REF_NAME);
            }
        }
        let docker = entries
            .iter()
            .any(|entry| entry["mediaType"] == DOCKER_MANIFEST);
        let media_type = if docker { DOCKER_LIST } else { OCI_INDEX };
        let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": entries});
        let bytes = json_bytes(&index);
        let mut entry =
            json!({"mediaType": media_type, "digest": digest_of(&bytes), "size": bytes.len()});
        if let Some(tag) = tag {
            entry["annotations"] = json!({REF_NAME: tag});
        }
        self.blobs.insert(digest_of(&bytes), bytes);
        self.entries.push(entry);
        self
    }

    /// Changes one byte in the middle of a blob and keeps its name.
    pub fn flip_byte_in_blob(mut self, digest: &str) -> Self {
        let blob = self.blobs.get_mut(digest).expect("a blob with this digest");
        let middle = blob.len() / 2;
        blob[middle] ^= 1;
        self
    }

    /// Cuts a blob to its first `bytes` bytes and keeps its name.
    pub fn truncate_blob(mut self, digest: &str, bytes: usize) -> Self {
        self.blobs
            .get_mut(digest)
            .expect("a blob with this digest")
            .truncate(bytes);
        self
    }

    /// Leaves a blob out.
    pub fn drop_blob(mut self, digest: &str) -> Self {
        self.blobs.remove(digest).expect("a blob with this digest");
        self
    }

    /// Puts these bytes in place of `index.json`.
    pub fn index_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.index_bytes = Some(bytes.into());
        self
    }

    /// Puts these bytes in place of `oci-layout`.
    pub fn layout_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.layout_bytes = Some(bytes.into());
        self
    }

    /// Leaves `oci-layout` out.
    pub fn without_layout_file(mut self) -> Self {
        self.layout_bytes = None;
        self
    }

    /// The entries of `index.json`, to look at or to change.
    pub fn entries_mut(&mut self) -> &mut Vec<Value> {
        &mut self.entries
    }

    /// File names inside the layout, and their bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let index = json!({
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": self.entries,
        });
        let index = self
            .index_bytes
            .clone()
            .unwrap_or_else(|| json_bytes(&index));
        files.insert("index.json".into(), index);
        if let Some(bytes) = &self.layout_bytes {
            files.insert("oci-layout".into(), bytes.clone());
        }
        for (digest, bytes) in &self.blobs {
            files.insert(format!("blobs/{}", digest.replace(':', "/")), bytes.clone());
        }
        files
    }

    /// Writes an OCI image layout folder.
    pub fn write_oci_dir(&self, path: &Path) {
        for (name, bytes) in self.files() {
            write(&path.join(name), bytes);
        }
    }

    /// A tar of the layout.
    pub fn oci_archive_tar(&self) -> Vec<u8> {
        files_tar(self.files())
    }

    /// Writes a tar of the layout.
    pub fn write_oci_archive(&self, path: &Path) {
        write(path, self.oci_archive_tar());
    }

    /// A tar of the layout with Docker's `manifest.json` in it.
    pub fn docker_archive_tar(&self) -> Vec<u8> {
        let mut files = self.files();
        files.insert("manifest.json".into(), json_bytes(&json!(self.docker)));
        files_tar(files)
    }
}

fn repo_tags(image: &ImageBuilder) -> Value {
    match image.chosen_tag() {
        Some(tag) if tag.contains(':') => json!([tag]),
        Some(tag) => json!([format!("example/image:{tag}")]),
        None => Value::Null,
    }
}

/// A tar as `docker save` wrote it before Docker 25. A layer that occurs twice is a symbolic
/// link the second time, as Docker writes it.
pub fn docker_save_tar(images: &[&ImageBuilder]) -> Vec<u8> {
    let mut tar = Layer::new();
    let mut manifest = Vec::new();
    let mut repositories = Map::new();
    let mut first_folder: BTreeMap<String, String> = BTreeMap::new();
    for image in images {
        let config = image.config_bytes();
        let id = digest_of(&config).replace("sha256:", "");
        let mut layers = Vec::new();
        for (index, layer) in image.layers().iter().enumerate() {
            let folder = digest_of(format!("{id} {index}").as_bytes()).replace("sha256:", "");
            let name = format!("{folder}/layer.tar");
            tar = tar
                .dir(&format!("{folder}/"))
                .file(&format!("{folder}/VERSION"), "1.0")
                .file(
                    &format!("{folder}/json"),
                    json_bytes(&json!({"id": folder})),
                );
            tar = match first_folder.get(&digest_of(&layer.tar())) {
                Some(first) => tar.symlink(&name, &format!("../{first}/layer.tar")),
                None => tar.file(&name, layer.tar()),
            };
            first_folder
                .entry(digest_of(&layer.tar()))
                .or_insert(folder);
            layers.push(name);
        }
        tar = tar.file(&format!("{id}.json"), config);
        let tags = repo_tags(image);
        if let Some((name, tag)) = tags[0].as_str().and_then(|full| full.rsplit_once(':')) {
            repositories.entry(name).or_insert_with(|| json!({}))[tag] = json!(id);
        }
        manifest.push(json!({"Config": format!("{id}.json"), "RepoTags": tags, "Layers": layers}));
    }
    tar.file("manifest.json", json_bytes(&json!(manifest)))
        .file("repositories", json_bytes(&Value::Object(repositories)))
        .tar()
}

fn files_tar(files: BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    files
        .into_iter()
        .fold(Layer::new(), |tar, (name, bytes)| tar.file(&name, bytes))
        .tar()
}
