//! Why a packaged file differs from its package's record.

use super::compare::Difference;
use crate::facts::contract::Claim;
use crate::facts::generated_paths::is_generated;
use crate::facts::model::{Change, ChangeClass};

/// Documentation, translations and manual pages: what dpkg's `path-exclude` and rpm's `nodocs` and
/// `_install_langs` leave out of images (debuerreotype's slimify excludes; Docker's Ubuntu images,
/// `/etc/dpkg/dpkg.cfg.d/excludes`).
const DOCUMENTATION: [&[u8]; 10] = [
    b"usr/share/doc/",
    b"usr/share/man/",
    b"usr/share/info/",
    b"usr/share/locale/",
    b"usr/share/groff/",
    b"usr/share/lintian/",
    b"usr/share/linda/",
    b"usr/share/help/",
    b"usr/share/gtk-doc/",
    b"usr/share/bug/",
];

/// Files that name and brand the distribution (os-release(5), issue(5), lsb_release(1)).
const BRANDING: [&[u8]; 12] = [
    b"etc/os-release",
    b"usr/lib/os-release",
    b"etc/issue",
    b"etc/issue.net",
    b"usr/lib/issue",
    b"usr/lib/issue.net",
    b"etc/motd",
    b"etc/lsb-release",
    b"etc/debian_version",
    b"etc/alpine-release",
    b"etc/redhat-release",
    b"usr/share/base-files/motd",
];

/// The class of a difference of a file that is there.
pub(super) fn of_change(claim: &Claim, difference: &Difference) -> ChangeClass {
    match difference.change {
        Change::ModeTightened => ChangeClass::Tightened,
        _ => of_file(claim),
    }
}

/// The class of a file that is gone.
pub(super) fn of_absence(claim: &Claim) -> ChangeClass {
    if claim.flags.ghost || claim.flags.not_installed || claim.flags.may_be_missing {
        return ChangeClass::NotShipped;
    }
    of_file(claim)
}

fn of_file(claim: &Claim) -> ChangeClass {
    let path = claim.path.as_slice();
    let documented = DOCUMENTATION.iter().any(|place| path.starts_with(place));
    if BRANDING.contains(&path) {
        ChangeClass::Branding
    } else if claim.flags.configuration {
        ChangeClass::Configuration
    } else if claim.flags.documentation || documented {
        ChangeClass::Documentation
    } else if claim.flags.ghost {
        ChangeClass::NotShipped
    } else if is_generated(path) {
        ChangeClass::Generated
    } else {
        ChangeClass::Content
    }
}
