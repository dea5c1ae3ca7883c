//! One packaged path against its package's record: what differs, as rpm(8) `--verify` and dpkg(1)
//! `--verify` see it.

use sha1::{Digest as _, Sha1};

use crate::facts::contract::{Attributes, Claim, RecordedDigest};
use crate::facts::model::Change;
use crate::facts::text::lossless;
use crate::image::{Digests, Node, NodeKind};

/// File type bits of a mode, and the types (inode(7)).
const TYPE: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const SYMLINK: u32 = 0o120_000;
const REGULAR: u32 = 0o100_000;
const PERMISSIONS: u32 = 0o7_777;

/// A difference: what is recorded and what was found, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) change: Change,
    pub(super) recorded: String,
    pub(super) found: String,
}

/// What a comparison came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) differences: Vec<Difference>,
    /// Whether a recorded digest was compared, and whether it matched.
    pub(super) digest: Option<bool>,
    /// A digest is recorded and none was computed.
    pub(super) uncomputed: bool,
}

impl Comparison {
    fn differs(&mut self, change: Change, recorded: impl Into<String>, found: impl Into<String>) {
        self.differences.push(Difference {
            change,
            recorded: recorded.into(),
            found: found.into(),
        });
    }
}

/// Compares what is there with what is recorded; user and group are compared by the caller, who
/// knows their names.
pub(super) fn compare(claim: &Claim, node: &Node, digests: Digests) -> Comparison {
    let mut comparison = Comparison::default();
    let recorded = claim.attributes.as_deref();
    if let Some((was, is)) = recorded.and_then(|recorded| type_change(recorded, claim, node)) {
        comparison.differs(Change::TypeChanged, was, is);
        return comparison;
    }
    if let Some(digest) = claim.digest.filter(|_| !claim.flags.ghost) {
        content(&mut comparison, claim, digest, node, digests);
    }
    let Some(recorded) = recorded else {
        return comparison;
    };
    if let (Some(was), NodeKind::Symlink(is)) = (&recorded.link_target, &node.kind)
        && **is != **was
    {
        comparison.differs(Change::LinkChanged, lossless(was), lossless(is));
    }
    if !claim.flags.mode_may_change {
        mode(&mut comparison, recorded, node);
    }
    comparison
}

/// Whether the record is of a directory.
pub(super) fn is_directory(claim: &Claim) -> bool {
    let mode = claim
        .attributes
        .as_deref()
        .and_then(|recorded| recorded.mode);
    mode.is_some_and(|mode| mode & TYPE == DIRECTORY)
}

/// The types, where they differ. A ghost may be anything, and a directory may have moved behind a
/// link (`lib/verify.c`, `rpmfilesVerify`): what was in it is looked for there.
fn type_change(
    recorded: &Attributes,
    claim: &Claim,
    node: &Node,
) -> Option<(&'static str, &'static str)> {
    let kind = recorded.mode? & TYPE;
    if kind == 0 || claim.flags.ghost {
        return None;
    }
    let found = match node.kind {
        NodeKind::Directory(_) => DIRECTORY,
        NodeKind::File(_) => REGULAR,
        NodeKind::Symlink(_) => SYMLINK,
        _ => 0,
    };
    let name = |kind| match kind {
        DIRECTORY => "a directory",
        REGULAR => "a regular file",
        SYMLINK => "a symbolic link",
        _ => "a device, pipe or socket",
    };
    if kind == DIRECTORY && found == SYMLINK {
        return None;
    }
    let special = |kind| !matches!(kind, DIRECTORY | REGULAR | SYMLINK);
    (kind != found && !(special(kind) && found == 0)).then(|| (name(kind), name(found)))
}

fn content(
    comparison: &mut Comparison,
    claim: &Claim,
    digest: RecordedDigest,
    node: &Node,
    digests: Digests,
) {
    let was = hex(digest);
    let is = match (&node.kind, digest) {
        // apk records the SHA-1 of a link's target.
        (NodeKind::Symlink(target), RecordedDigest::Sha1(_)) => {
            Some(RecordedDigest::Sha1(Sha1::digest(target).into()))
        }
        (NodeKind::Symlink(target), _) => {
            let link = format!("a link to {}", lossless(target));
            comparison.differs(Change::TypeChanged, was, link);
            return;
        }
        (NodeKind::File(_), _) => computed(digest, digests),
        _ => {
            comparison.differs(Change::TypeChanged, was, "no regular file");
            return;
        }
    };
    match is {
        Some(is) if is == digest => comparison.digest = Some(true),
        Some(is) if !claim.flags.content_may_change => {
            let change = match node.kind {
                NodeKind::Symlink(_) => Change::LinkChanged,
                _ => Change::Modified,
            };
            comparison.digest = Some(false);
            comparison.differs(change, was, hex(is));
        }
        _ => {
            // Another size is other content, whatever the digest is.
            let recorded = claim.attributes.as_deref();
            let size = recorded.and_then(|recorded| recorded.size);
            match size.filter(|size| *size != node.size) {
                Some(size) => {
                    let bytes = |size: u64| format!("{size} bytes");
                    comparison.differs(Change::Modified, bytes(size), bytes(node.size));
                }
                None => comparison.uncomputed = !claim.flags.content_may_change,
            }
        }
    }
}

/// The computed digest of the algorithm that was recorded.
pub(super) fn computed(like: RecordedDigest, digests: Digests) -> Option<RecordedDigest> {
    match like {
        RecordedDigest::Md5(_) => digests.md5.map(RecordedDigest::Md5),
        RecordedDigest::Sha1(_) => digests.sha1.map(RecordedDigest::Sha1),
        RecordedDigest::Sha256(_) => digests.sha256.map(RecordedDigest::Sha256),
    }
}

/// Permissions; those of a link mean nothing.
fn mode(comparison: &mut Comparison, recorded: &Attributes, node: &Node) {
    let Some(was) = recorded.mode.map(|mode| mode & PERMISSIONS) else {
        return;
    };
    let is = node.mode & PERMISSIONS;
    if was == is || matches!(node.kind, NodeKind::Symlink(_)) {
        return;
    }
    let change = if is & !was == 0 {
        Change::ModeTightened
    } else {
        Change::ModeChanged
    };
    comparison.differs(change, format!("{was:04o}"), format!("{is:04o}"));
}

/// A digest in lower-case hex.
pub(super) fn hex(digest: RecordedDigest) -> String {
    match digest {
        RecordedDigest::Md5(bytes) => data_encoding::HEXLOWER.encode(&bytes),
        RecordedDigest::Sha1(bytes) => data_encoding::HEXLOWER.encode(&bytes),
        RecordedDigest::Sha256(bytes) => data_encoding::HEXLOWER.encode(&bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::contract::ClaimFlags;
    use crate::image::{ContentId, Names};

    fn node(kind: NodeKind, mode: u32) -> Node {
        Node {
            kind,
            mode,
            uid: 0,
            gid: 0,
            size: 4,
            layer: 1,
            capability: false,
        }
    }

    fn file(mode: u32) -> Node {
        let place = ContentId {
            layer: 1,
            ordinal: 0,
        };
        node(NodeKind::File(place), mode)
    }

    fn claim(mode: u32, digest: Option<RecordedDigest>) -> Claim {
        Claim {
            digest,
            attributes: Some(Box::new(Attributes {
                mode: Some(mode),
                size: Some(4),
                ..Attributes::default()
            })),
            ..Claim::new(b"usr/bin/a".to_vec())
        }
    }

    fn changes(claim: &Claim, node: &Node) -> Vec<Change> {
        let digests = Digests {
            sha256: Some([1; 32]),
            ..Digests::default()
        };
        let comparison = compare(claim, node, digests);
        comparison.differences.iter().map(|d| d.change).collect()
    }

    #[test]
    fn permissions_taken_away_are_tightened_and_others_changed() {
        assert_eq!(changes(&claim(0o100_755, None), &file(0o755)), []);
        assert_eq!(
            changes(&claim(0o104_755, None), &file(0o755)),
            [Change::ModeTightened]
        );
        assert_eq!(
            changes(&claim(0o100_755, None), &file(0o4_755)),
            [Change::ModeChanged]
        );
        assert_eq!(
            changes(&claim(0o100_755, None), &file(0o657)),
            [Change::ModeChanged]
        );
    }

    #[test]
    fn content_is_compared_by_digest_or_else_by_size() {
        let same = Some(RecordedDigest::Sha256([1; 32]));
        let other = Some(RecordedDigest::Sha256([2; 32]));
        assert_eq!(changes(&claim(0o100_644, same), &file(0o644)), []);
        assert_eq!(
            changes(&claim(0o100_644, other), &file(0o644)),
            [Change::Modified]
        );
        let md5 = claim(0o100_644, Some(RecordedDigest::Md5([1; 16])));
        assert!(compare(&md5, &file(0o644), Digests::default()).uncomputed);
        let mut longer = file(0o644);
        longer.size = 5;
        assert_eq!(changes(&md5, &longer), [Change::Modified]);
    }

    #[test]
    fn what_may_change_is_no_difference() {
        let mut claim = claim(0o100_644, Some(RecordedDigest::Sha256([2; 32])));
        claim.flags.content_may_change = true;
        assert_eq!(changes(&claim, &file(0o666)), [Change::ModeChanged]);
        claim.flags.mode_may_change = true;
        assert_eq!(changes(&claim, &file(0o666)), []);
        assert!(!compare(&claim, &file(0o644), Digests::default()).uncomputed);
        // The size is compared unless it is left out as well.
        let mut longer = file(0o644);
        longer.size = 5;
        assert_eq!(changes(&claim, &longer), [Change::Modified]);
        claim.attributes.as_mut().unwrap().size = None;
        assert_eq!(changes(&claim, &longer), []);
    }

    #[test]
    fn types_are_compared_unless_it_is_a_ghost() {
        let directory = node(NodeKind::Directory(Names::default()), 0o755);
        let mut claim = claim(0o100_755, None);
        assert_eq!(changes(&claim, &directory), [Change::TypeChanged]);
        claim.flags = ClaimFlags {
            ghost: true,
            ..ClaimFlags::default()
        };
        assert_eq!(changes(&claim, &directory), []);
    }

    #[test]
    fn a_directory_may_be_behind_a_link_and_a_file_may_not() {
        let link = node(NodeKind::Symlink(b"new"[..].into()), 0o777);
        assert_eq!(changes(&claim(0o040_755, None), &link), []);
        assert_eq!(
            changes(&claim(0o100_755, None), &link),
            [Change::TypeChanged]
        );
    }

    #[test]
    fn links_are_compared_by_target() {
        let link = node(NodeKind::Symlink(b"new"[..].into()), 0o777);
        let mut claim = claim(0o120_777, None);
        for (target, expected) in [(&b"new"[..], vec![]), (b"old", vec![Change::LinkChanged])] {
            claim.attributes.as_mut().unwrap().link_target = Some(target.to_vec());
            assert_eq!(changes(&claim, &link), expected);
        }
    }
}
