//! One tar header block and one pax record, read the one way that archives of images and layers
//! both are: POSIX `pax`, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual,
//! "Basic Tar Format". Where readers differ, this is how the ones container runtimes use read.

/// Bytes of a block.
pub(crate) const BLOCK: usize = 512;

/// A header block.
pub(crate) struct Header<'a>(pub(crate) &'a [u8; BLOCK]);

impl Header<'_> {
    /// Whether the block is all zeros, as the end of an archive is.
    pub(crate) fn is_zero(&self) -> bool {
        self.0.iter().all(|&byte| byte == 0)
    }

    /// Whether the sum of the bytes, the checksum taken as spaces, is the stated one. Some writers
    /// summed signed bytes.
    pub(crate) fn checksum_is_right(&self) -> bool {
        let (mut unsigned, mut signed) = (0i64, 0i64);
        for (at, &byte) in self.0.iter().enumerate() {
            let byte = if (148..156).contains(&at) { b' ' } else { byte };
            unsigned = unsigned.saturating_add(i64::from(byte));
            signed = signed.saturating_add(i64::from(byte.cast_signed()));
        }
        let stated = self.number(148, 8).and_then(|sum| i64::try_from(sum).ok());
        stated == Some(unsigned) || stated == Some(signed)
    }

    /// Type of the entry.
    pub(crate) fn type_flag(&self) -> u8 {
        self.0.get(156).copied().unwrap_or(0)
    }

    /// Name with the ustar prefix. GNU's magic (`ustar  `) uses that space for other things.
    pub(crate) fn name(&self) -> Vec<u8> {
        let name = self.text(0, 100);
        let prefix = self.text(345, 155);
        if self.bytes(257, 6) != b"ustar\0" || prefix.is_empty() {
            return name;
        }
        [prefix, name].join(&b'/')
    }

    /// Target of a link.
    pub(crate) fn link(&self) -> Vec<u8> {
        self.text(157, 100)
    }

    /// Size in bytes; `None` when the field makes no sense, here and below.
    pub(crate) fn size(&self) -> Option<u64> {
        self.number(124, 12)
    }

    /// Permission bits and whatever else stands in the mode.
    pub(crate) fn mode(&self) -> Option<u64> {
        self.number(100, 8)
    }

    /// Owning user.
    pub(crate) fn uid(&self) -> Option<u64> {
        self.number(108, 8)
    }

    /// Owning group.
    pub(crate) fn gid(&self) -> Option<u64> {
        self.number(116, 8)
    }

    /// Size of an old GNU sparse file with its holes.
    pub(crate) fn sparse_size(&self) -> Option<u64> {
        self.number(483, 12)
    }

    /// Whether an old GNU sparse file's map goes on in the next block.
    pub(crate) fn sparse_map_goes_on(&self) -> bool {
        self.0.get(482).is_some_and(|&flag| flag != 0)
    }

    fn bytes(&self, at: usize, len: usize) -> &[u8] {
        self.0.get(at..at.saturating_add(len)).unwrap_or_default()
    }

    /// A field up to its first NUL.
    fn text(&self, at: usize, len: usize) -> Vec<u8> {
        until_nul(self.bytes(at, len)).to_vec()
    }

    /// An octal number, padded with spaces or NULs on either side, or GNU's base-256 form when the
    /// top bit of the first byte is set.
    fn number(&self, at: usize, len: usize) -> Option<u64> {
        let field = self.bytes(at, len);
        if field.first().is_some_and(|&byte| byte & 0x80 != 0) {
            return base256(field);
        }
        let text = std::str::from_utf8(field).ok()?;
        let digits = text.trim_matches([' ', '\0']);
        digits.bytes().try_fold(0u64, |sum, digit| match digit {
            b'0'..=b'7' => sum
                .checked_mul(8)?
                .checked_add(u64::from(digit.wrapping_sub(b'0'))),
            _ => None,
        })
    }
}

/// 0xff in front means a negative number, which no field here can hold.
fn base256(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if *first == 0xff {
        return None;
    }
    rest.iter().try_fold(u64::from(first & 0x7f), |sum, &byte| {
        sum.checked_mul(256)?.checked_add(u64::from(byte))
    })
}

/// A text up to its first NUL.
pub(crate) fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A decimal number of a pax record. Times and ids may carry a fraction; whole numbers concern us.
pub(crate) fn decimal(value: &[u8]) -> Option<u64> {
    let whole = value.split(|&byte| byte == b'.').next()?;
    std::str::from_utf8(whole).ok()?.parse().ok()
}

/// Splits off one pax record, `LENGTH KEYWORD=VALUE\n`, the length counting all of it: keyword,
/// value, what follows.
pub(crate) fn pax_record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|&byte| byte == b' ')?;
    let length = usize::try_from(decimal(bytes.get(..space)?)?).ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    let body = record.get(space.checked_add(1)?..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|&byte| byte == b'=')?;
    let value = body.get(equals.checked_add(1)?..)?;
    Some((body.get(..equals)?, value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of(field: &[u8]) -> Option<u64> {
        let mut block = [0; BLOCK];
        for (slot, byte) in block.iter_mut().skip(124).zip(field) {
            *slot = *byte;
        }
        Header(&block).size()
    }

    #[test]
    fn numbers_are_octal_or_base_256_and_never_negative() {
        assert_eq!(size_of(b"00000000010\0"), Some(8));
        assert_eq!(size_of(b"\x0000000000010"), Some(8));
        assert_eq!(size_of(b" 10 \0       "), Some(8));
        assert_eq!(size_of(b""), Some(0));
        assert_eq!(size_of(b"\x80\0\0\0\0\0\0\0\0\0\x01\0"), Some(256));
        assert_eq!(size_of(&[0xff; 12]), None);
        assert_eq!(size_of(b"00000000019\0"), None);
        assert_eq!(size_of(b"+1"), None);
        assert_eq!(size_of(b"1 1"), None);
    }

    #[test]
    fn a_pax_record_must_be_as_long_as_it_says() {
        let (key, value, after) = pax_record(b"10 path=a\nrest").unwrap();
        assert_eq!((key, value, after), (&b"path"[..], &b"a"[..], &b"rest"[..]));
        for bad in [
            &b"11 path=a\n"[..],
            b"8 path=a\n",
            b"path=a\n",
            b"10 path:a\n",
            b"",
        ] {
            assert_eq!(pax_record(bad), None, "{bad:?}");
        }
    }
}
