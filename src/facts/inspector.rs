//! Brings probes, wants and digest guesses to the layer pass.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::probes::{PROBES, Probed};
use super::wanted::WantList;
use crate::image::{FileView, Inspector, Plan};

/// The first pass: probe every file, keep what is wanted, guess which digests will be needed.
///
/// The guess costs time when it is wrong and nothing else: a digest that is missing afterwards is
/// asked for in the second pass.
pub struct FirstPass<'a> {
    wants: &'a WantList,
    dpkg_seen: AtomicBool,
    apk_seen: AtomicBool,
}

impl<'a> FirstPass<'a> {
    /// Keeps what `wants` asks for.
    pub fn new(wants: &'a WantList) -> Self {
        Self {
            wants,
            dpkg_seen: AtomicBool::new(false),
            apk_seen: AtomicBool::new(false),
        }
    }
}

impl Inspector for FirstPass<'_> {
    type Value = Probed;

    fn notice(&self, path: &[u8]) {
        if path == b"etc/debian_version" || path == b"etc/dpkg" || path == b"var/lib/dpkg" {
            self.dpkg_seen.store(true, Ordering::Relaxed);
        } else if path == b"etc/apk" || path == b"lib/apk" || path == b"usr/lib/apk" {
            self.apk_seen.store(true, Ordering::Relaxed);
        }
    }

    fn plan(&self, file: &FileView<'_>) -> Plan {
        let dpkg = self.dpkg_seen.load(Ordering::Relaxed);
        let apk = self.apk_seen.load(Ordering::Relaxed);
        Plan {
            keep: self.wants.has(file.path),
            probe_bytes: probe_bytes(file),
            md5: dpkg || !apk,
            sha1: apk || !dpkg,
        }
    }

    fn probe(&self, file: &FileView<'_>, head: &[u8]) -> Option<Probed> {
        probe(file, head)
    }
}

/// What the second pass must still get of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand {
    /// Its content.
    pub content: bool,
    /// Its MD5.
    pub md5: bool,
    /// Its SHA-1.
    pub sha1: bool,
}

/// The second pass: only what was demanded, by layer and place.
pub struct SecondPass {
    /// Demands by layer (from 1) and ordinal.
    pub demands: BTreeMap<(u32, u32), Demand>,
}

impl Inspector for SecondPass {
    type Value = Probed;

    fn plan(&self, file: &FileView<'_>) -> Plan {
        let demand = self
            .demands
            .get(&(file.layer, file.ordinal))
            .copied()
            .unwrap_or_default();
        Plan {
            keep: demand.content,
            probe_bytes: 0,
            md5: demand.md5,
            sha1: demand.sha1,
        }
    }

    fn probe(&self, _file: &FileView<'_>, _head: &[u8]) -> Option<Probed> {
        None
    }
}

fn probe_bytes(file: &FileView<'_>) -> usize {
    PROBES
        .iter()
        .map(|probe| probe.wants(file))
        .max()
        .unwrap_or(0)
}

fn probe(file: &FileView<'_>, head: &[u8]) -> Option<Probed> {
    PROBES
        .iter()
        .filter(|probe| probe.wants(file) > 0)
        .find_map(|probe| probe.probe(file, head))
}
