//! Bytes of an image as text.

use std::fmt::Write as _;

/// A path as text, with a slash in front. Bytes that are not UTF-8 are shown as `\xNN`.
pub fn display_path(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len().saturating_add(1));
    text.push('/');
    push_lossless(&mut text, path);
    text
}

/// Text as it is; bytes that are not UTF-8 are shown as `\xNN`, so that two names stay two.
pub fn lossless(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    push_lossless(&mut text, bytes);
    text
}

fn push_lossless(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
}

/// Lines without their ends, `\r\n` included.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}
