//! Caps on what this room reads before a layer is opened. Each counts work, so that the same
//! input always meets the same cap.

/// Caps of the source room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLimits {
    /// Bytes of one JSON document: index, manifest or configuration. 4 MiB is what registries
    /// commonly accept (OCI distribution-spec, "Pushing Manifests").
    pub document_bytes: u64,
    /// Indexes below one another.
    pub index_depth: usize,
    /// Manifests and indexes listed, over all indexes.
    pub manifests: usize,
    /// Layers of one image.
    pub layers: usize,
    /// Members of an archive.
    pub archive_members: usize,
    /// Bytes of one extension header of an archive's member, which holds its name.
    pub archive_name_bytes: u64,
    /// Bytes an archive may take once decompressed or spooled. A compressed one may also take no more
    /// than 200 times its size, past the first 256 MiB.
    pub spooled_bytes: u64,
    /// Artifacts looked at of those that one place lists for one digest, and parts of one.
    pub attached: usize,
    /// Bytes of the manifest of one artifact; several are read at a time.
    pub attached_manifest_bytes: u64,
    /// Pages of a list of referrers (OCI distribution-spec, "Listing Referrers"). Their bytes
    /// together are capped by four documents, and what they list by `manifests`.
    pub referrer_pages: usize,
    /// Entries of a root file system.
    pub rootfs_entries: u64,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            document_bytes: 4 << 20,
            index_depth: 4,
            manifests: 1_000,
            layers: 1_000,
            archive_members: 100_000,
            archive_name_bytes: 64 << 10,
            spooled_bytes: 16 << 30,
            attached: 100,
            attached_manifest_bytes: 1 << 20,
            referrer_pages: 100,
            rootfs_entries: 1_500_000,
        }
    }
}
