//! Brings probes, wants and digest guesses to the layer pass.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::contract::Probe;
use super::probes::{PROBES, Probed};
use super::wanted::WantList;
use crate::image::{Algorithms, Excerpts, FileView, Inspector, Plan, Progress, part};

/// The first pass: probe every file, keep what is wanted, guess which digests will be needed.
///
/// The guess affects speed only: a digest that is missing afterwards is asked for in the second
/// pass, and one that nobody asks for changes nothing.
pub struct FirstPass<'a> {
    wants: &'a WantList,
    progress: &'a dyn Progress,
    dpkg_seen: AtomicBool,
    apk_seen: AtomicBool,
    sha256_seen: AtomicBool,
}

/// Directories whose files belong to no package, as a rule: FHS 3.0 keeps the first ones for
/// others than the distribution (4.9, 3.13, 3.8, 3.14, 3.17, 3.18) and for passing data (5.5, 5.10,
/// 5.15), `/app` is where images keep their program, and the last ones are the package tools' own.
const OUTSIDE_PACKAGES: &[&[u8]] = &[
    b"usr/local/",
    b"opt/",
    b"home/",
    b"root/",
    b"srv/",
    b"tmp/",
    b"var/cache/",
    b"var/log/",
    b"var/tmp/",
    b"app/",
    b"var/lib/apt/",
    b"var/lib/dpkg/",
];

/// What is compiled when a package is installed, and is therefore in no package's list.
const COMPILED: &[u8] = b".pyc";

impl<'a> FirstPass<'a> {
    /// Keeps what `wants` asks for.
    pub fn new(wants: &'a WantList, progress: &'a dyn Progress) -> Self {
        Self {
            wants,
            progress,
            dpkg_seen: AtomicBool::new(false),
            apk_seen: AtomicBool::new(false),
            sha256_seen: AtomicBool::new(false),
        }
    }

    /// MD5 for dpkg, SHA-1 for apk, SHA-256 for rpm, pacman and chisel; the first two as long as it is not known which
    /// there is.
    fn digests(&self, path: &[u8]) -> Algorithms {
        if path.ends_with(COMPILED) || OUTSIDE_PACKAGES.iter().any(|&dir| path.starts_with(dir)) {
            return Algorithms::default();
        }
        let dpkg = self.dpkg_seen.load(Ordering::Relaxed);
        let apk = self.apk_seen.load(Ordering::Relaxed);
        let sha256 = self.sha256_seen.load(Ordering::Relaxed);
        Algorithms {
            md5: dpkg || !(apk || sha256),
            sha1: apk || !(dpkg || sha256),
            sha256,
        }
    }
}

impl Inspector for FirstPass<'_> {
    type Value = Probed;

    fn notice(&self, path: &[u8]) {
        let seen = match path {
            b"etc/debian_version" | b"etc/dpkg" | b"var/lib/dpkg" => &self.dpkg_seen,
            b"etc/apk" | b"lib/apk" | b"usr/lib/apk" => &self.apk_seen,
            b"etc/pki/rpm-gpg"
            | b"etc/rpm"
            | b"etc/yum.repos.d"
            | b"etc/zypp"
            | b"var/lib/rpm"
            | b"usr/lib/sysimage/rpm"
            | b"etc/pacman.conf"
            | b"var/lib/pacman"
            | b"var/lib/chisel" => &self.sha256_seen,
            _ => return,
        };
        seen.store(true, Ordering::Relaxed);
    }

    fn plan(&self, file: &FileView<'_>) -> Plan {
        Plan {
            keep: self.wants.most(file.path),
            probe_bytes: probe_bytes(file),
            whole: wanting(file).any(|probe| probe.whole(file)),
            digests: self.digests(file.path),
        }
    }

    fn further(&self, file: &FileView<'_>, head: &[u8]) -> Vec<Range<u64>> {
        wanting(file)
            .flat_map(|probe| probe.further(file, head))
            .collect()
    }

    fn weight(&self, value: &Probed) -> u64 {
        value.weight()
    }

    fn probe(&self, file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Probed> {
        wanting(file)
            .find_map(|probe| part(self.progress, probe.name(), || probe.probe(file, excerpts)))
    }
}

/// What the second pass must still get of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand {
    /// Its content.
    pub content: bool,
    /// Digests of it.
    pub digests: Algorithms,
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
            keep: if demand.content { u64::MAX } else { 0 },
            probe_bytes: 0,
            whole: false,
            digests: demand.digests,
        }
    }

    fn probe(&self, _file: &FileView<'_>, _excerpts: &Excerpts<'_>) -> Option<Probed> {
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

/// The probes that a file concerns.
fn wanting<'a>(file: &'a FileView<'_>) -> impl Iterator<Item = &'static dyn Probe> + use<'a> {
    PROBES.iter().copied().filter(|probe| probe.wants(file) > 0)
}
