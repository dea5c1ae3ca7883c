//! Numbers at places of a file, none of which may lie outside it, and a limit on what is taken out
//! of it.

/// The bytes from `at`, `length` of them.
pub(super) fn slice(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    slice(bytes, at, N)?.try_into().ok()
}

/// Big-endian 16 bits.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// Little-endian 16 bits.
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// Big-endian 32 bits.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// Little-endian 32 bits.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// An offset or length as the machine counts them.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Bytes that may still be taken out of a file. Records of a sound file do not overlap, so all of
/// them together are no longer than the file; where they do, a small file would become a large one.
pub(super) struct Budget(usize);

impl Budget {
    /// For a file of this length.
    pub(super) fn new(length: usize) -> Self {
        Self(length)
    }

    /// Takes `length` bytes; `None` when that many are not left.
    pub(super) fn take(&mut self, length: usize) -> Option<()> {
        self.0 = self.0.checked_sub(length)?;
        Some(())
    }
}
