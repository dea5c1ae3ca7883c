//! Scripts (`#!`, execve(2)) and `ar` archives.

use super::Probed;
use crate::facts::contract::Probe;
use crate::facts::text::lossless;
use crate::image::{Excerpts, FileView};

/// Longest first line the kernel reads (execve(2): 255 bytes since Linux 5.1).
const FIRST_LINE: usize = 256;

/// Reads the interpreter of a script.
pub struct ScriptProbe;

impl Probe for ScriptProbe {
    fn name(&self) -> &'static str {
        "script"
    }

    fn wants(&self, file: &FileView<'_>) -> usize {
        if file.peek.starts_with(b"#!") {
            FIRST_LINE
        } else {
            0
        }
    }

    fn probe(&self, _file: &FileView<'_>, excerpts: &Excerpts<'_>) -> Option<Probed> {
        let head = excerpts.head();
        let line = head.get(2..)?.split(|&b| b == b'\n').next()?;
        let interpreter = line
            .split(|b| b.is_ascii_whitespace())
            .find(|part| !part.is_empty())?;
        Some(Probed::Script(lossless(interpreter)))
    }
}

/// Recognises `ar` archives (ar(5): `!<arch>`), thin ones included.
pub struct ArchiveProbe;

impl Probe for ArchiveProbe {
    fn name(&self) -> &'static str {
        "archive"
    }

    fn wants(&self, file: &FileView<'_>) -> usize {
        let magic = file.peek.starts_with(b"!<arch>\n") || file.peek.starts_with(b"!<thin>\n");
        usize::from(magic)
    }

    fn probe(&self, _file: &FileView<'_>, _excerpts: &Excerpts<'_>) -> Option<Probed> {
        Some(Probed::Archive)
    }
}
