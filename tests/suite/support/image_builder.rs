//! Images to be, in every form the program reads, byte for byte the same on every run.
//!
//! ```ignore
//! ImageBuilder::new()
//!     .layer(Layer::new().file("etc/os-release", "ID=debian\n").symlink("lib", "usr/lib"))
//!     .layer(Layer::new().whiteout("etc/os-release"))
//!     .user("65532")
//!     .write_oci_dir(&folder);
//! ```
//!
//! [`Layout`] holds the blobs in between, for tests that need several images, nested indexes, or
//! damage: `image.layout().flip_byte_in_blob(&digest).write_oci_dir(&folder)`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub use super::layer::{Compression, Layer, compress};
pub use super::layout::{Layout, docker_save_tar};

/// Creation time of every image unless the test says otherwise.
pub const CREATED: &str = "2024-01-01T00:00:00Z";

pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// `sha256:…` of some bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// Pretty-printed, so that examples can be read with a pager.
pub fn json_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("JSON of a value");
    bytes.push(b'\n');
    bytes
}

/// One image for one platform.
#[derive(Debug, Clone)]
pub struct ImageBuilder {
    layers: Vec<Layer>,
    config: Map<String, Value>,
    history: Vec<Value>,
    platform: (String, String, Option<String>),
    created: String,
    annotations: BTreeMap<String, String>,
    tag: Option<String>,
    compression: Compression,
    docker: bool,
    in_index: bool,
    diff_ids: BTreeMap<usize, String>,
    top_level: Map<String, Value>,
    manifest: Map<String, Value>,
}

impl Default for ImageBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ImageBuilder {
    /// An image for `linux/amd64` without layers, tagged `latest`, gzip'ed, in OCI's words.
    pub fn new() -> Self {
        Self {
            layers: Vec::new(),
            config: Map::new(),
            history: Vec::new(),
            platform: ("linux".into(), "amd64".into(), None),
            created: CREATED.into(),
            annotations: BTreeMap::new(),
            tag: Some("latest".into()),
            compression: Compression::Gzip,
            docker: false,
            in_index: true,
            diff_ids: BTreeMap::new(),
            top_level: Map::new(),
            manifest: Map::new(),
        }
    }

    /// Adds a layer on top.
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    fn config_list(mut self, key: &str, values: &[&str]) -> Self {
        self.config.insert(key.into(), json!(values));
        self
    }

    fn config_set(mut self, key: &str, member: &str) -> Self {
        self.config.entry(key).or_insert_with(|| json!({}))[member] = json!({});
        self
    }

    /// Sets `config.User`.
    pub fn user(self, user: &str) -> Self {
        self.config_field("User", json!(user))
    }

    /// Adds an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        let list = self.config.entry("Env").or_insert_with(|| json!([]));
        list.as_array_mut()
            .expect("Env is a list")
            .push(json!(format!("{name}={value}")));
        self
    }

    /// Adds a label.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.config.entry("Labels").or_insert_with(|| json!({}))[key] = json!(value);
        self
    }

    /// Sets the entry point.
    pub fn entrypoint(self, arguments: &[&str]) -> Self {
        self.config_list("Entrypoint", arguments)
    }

    /// Sets the default arguments.
    pub fn cmd(self, arguments: &[&str]) -> Self {
        self.config_list("Cmd", arguments)
    }

    /// Sets the working directory.
    pub fn working_dir(self, path: &str) -> Self {
        self.config_field("WorkingDir", json!(path))
    }

    /// Adds an exposed port such as `80/tcp`.
    pub fn expose(self, port: &str) -> Self {
        self.config_set("ExposedPorts", port)
    }

    /// Adds a volume.
    pub fn volume(self, path: &str) -> Self {
        self.config_set("Volumes", path)
    }

    /// Sets any field of the configuration's `config`.
    pub fn config_field(mut self, key: &str, value: Value) -> Self {
        self.config.insert(key.into(), value);
        self
    }

    /// Sets any field at the top of the configuration, in place of what the builder would write.
    pub fn top_level_field(mut self, key: &str, value: Value) -> Self {
        self.top_level.insert(key.into(), value);
        self
    }

    /// Sets any field of the manifest, in place of what the builder would write.
    pub fn manifest_field(mut self, key: &str, value: Value) -> Self {
        self.manifest.insert(key.into(), value);
        self
    }

    /// Adds a step of the build history that made a layer.
    pub fn history(mut self, created_by: &str) -> Self {
        self.history
            .push(json!({"created": self.created, "created_by": created_by}));
        self
    }

    /// Adds a step of the build history that made no layer.
    pub fn history_without_layer(mut self, created_by: &str) -> Self {
        self.history
            .push(json!({"created": self.created, "created_by": created_by, "empty_layer": true}));
        self
    }

    /// Sets the creation time.
    pub fn created(mut self, time: &str) -> Self {
        self.created = time.into();
        self
    }

    /// Sets the platform: `os/arch[/variant]`.
    pub fn platform(mut self, platform: &str) -> Self {
        let mut parts = platform.splitn(3, '/').map(str::to_owned);
        let os = parts.next().expect("an operating system");
        let architecture = parts.next().expect("an architecture");
        self.platform = (os, architecture, parts.next());
        self
    }

    /// Leaves the platform out of the index entry: only the configuration states it.
    pub fn platform_in_config_only(mut self) -> Self {
        self.in_index = false;
        self
    }

    /// Adds an annotation to the manifest.
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.insert(key.into(), value.into());
        self
    }

    /// Sets the tag (`org.opencontainers.image.ref.name`, `RepoTags`).
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Leaves the tag out.
    pub fn untagged(mut self) -> Self {
        self.tag = None;
        self
    }

    /// Sets how layers are stored unless a layer says otherwise.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Uses Docker's media types (Image Manifest V2, Schema 2).
    pub fn docker_media_types(mut self) -> Self {
        self.docker = true;
        self
    }

    /// States a diff ID for layer `index` (from 0) that its bytes do not have.
    pub fn wrong_diff_id(mut self, index: usize) -> Self {
        self.diff_ids.insert(index, digest_of(b"not this layer"));
        self
    }

    /// The layers, lowest first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The tag, if there is one.
    pub fn chosen_tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    fn stored_layer(&self, layer: &Layer) -> Vec<u8> {
        compress(&layer.tar(), layer.compression_or(self.compression))
    }

    fn layer_media_type(&self, layer: &Layer) -> String {
        if let Some(chosen) = layer.chosen_media_type() {
            return chosen.into();
        }
        let stem = if self.docker {
            "application/vnd.docker.image.rootfs.diff.tar"
        } else {
            "application/vnd.oci.image.layer.v1.tar"
        };
        match (layer.compression_or(self.compression), self.docker) {
            (Compression::Plain, _) => stem.into(),
            (Compression::Gzip, true) => format!("{stem}.gzip"),
            (Compression::Gzip, false) => format!("{stem}+gzip"),
            (Compression::Zstd, true) => format!("{stem}.zstd"),
            (Compression::Zstd, false) => format!("{stem}+zstd"),
        }
    }

    fn platform_value(&self) -> Value {
        let (os, architecture, variant) = &self.platform;
        let mut value = json!({"architecture": architecture, "os": os});
        if let Some(variant) = variant {
            value["variant"] = json!(variant);
        }
        value
    }

    /// The image configuration (OCI image-spec, config.md).
    pub fn config_bytes(&self) -> Vec<u8> {
        let diff_ids: Vec<String> = self
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| {
                self.diff_ids
                    .get(&index)
                    .cloned()
                    .unwrap_or_else(|| digest_of(&layer.tar()))
            })
            .collect();
        let mut config = json!({"created": self.created});
        for (key, value) in self.platform_value().as_object().expect("an object") {
            config[key] = value.clone();
        }
        config["config"] = Value::Object(self.config.clone());
        config["rootfs"] = json!({"type": "layers", "diff_ids": diff_ids});
        config["history"] = json!(self.history);
        for (key, value) in &self.top_level {
            config[key] = value.clone();
        }
        json_bytes(&config)
    }

    fn descriptor(&self, media_type: &str, bytes: &[u8]) -> Value {
        json!({"mediaType": media_type, "digest": digest_of(bytes), "size": bytes.len()})
    }

    /// Adds the image's blobs to `blobs`; returns its entry for an index.
    pub fn add_to(&self, blobs: &mut BTreeMap<String, Vec<u8>>) -> Value {
        let mut layers = Vec::new();
        for layer in &self.layers {
            let bytes = self.stored_layer(layer);
            layers.push(self.descriptor(&self.layer_media_type(layer), &bytes));
            blobs.insert(digest_of(&bytes), bytes);
        }
        let config = self.config_bytes();
        let (manifest_type, config_type) = if self.docker {
            (DOCKER_MANIFEST, DOCKER_CONFIG)
        } else {
            (OCI_MANIFEST, OCI_CONFIG)
        };
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": manifest_type,
            "config": self.descriptor(config_type, &config),
            "layers": layers,
        });
        if !self.annotations.is_empty() {
            manifest["annotations"] = json!(self.annotations);
        }
        for (key, value) in &self.manifest {
            manifest[key] = value.clone();
        }
        let manifest = json_bytes(&manifest);
        let mut entry = self.descriptor(manifest_type, &manifest);
        if self.in_index {
            entry["platform"] = self.platform_value();
        }
        if let Some(tag) = &self.tag {
            entry["annotations"] = json!({REF_NAME: tag});
        }
        blobs.insert(digest_of(&config), config);
        blobs.insert(digest_of(&manifest), manifest);
        entry
    }

    /// The image as blobs and an index.
    pub fn layout(&self) -> Layout {
        Layout::new().image(self)
    }

    /// Digest of the manifest.
    pub fn manifest_digest(&self) -> String {
        let entry = self.add_to(&mut BTreeMap::new());
        entry["digest"].as_str().expect("a digest").into()
    }

    /// Digest of the configuration.
    pub fn config_digest(&self) -> String {
        digest_of(&self.config_bytes())
    }

    /// Digest of layer `index` (from 0) as stored.
    pub fn layer_digest(&self, index: usize) -> String {
        digest_of(&self.stored_layer(&self.layers[index]))
    }

    /// Digest of the tar stream of layer `index` (from 0).
    pub fn diff_id(&self, index: usize) -> String {
        digest_of(&self.layers[index].tar())
    }

    /// Writes an OCI image layout folder.
    pub fn write_oci_dir(&self, path: &Path) {
        self.layout().write_oci_dir(path);
    }

    /// Writes a tar of an OCI image layout.
    pub fn write_oci_archive(&self, path: &Path) {
        self.layout().write_oci_archive(path);
    }

    /// Writes what `docker save` wrote before Docker 25: `<id>/layer.tar`, `manifest.json`,
    /// `repositories`.
    pub fn write_docker_save(&self, path: &Path) {
        write(path, docker_save_tar(&[self]));
    }

    /// Writes what `docker save` writes since Docker 25: an OCI layout with `manifest.json`.
    pub fn write_docker_archive(&self, path: &Path) {
        write(path, self.layout().docker_archive_tar());
    }
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).expect("a folder for the file");
    }
    std::fs::write(path, bytes).expect("a file written");
}
