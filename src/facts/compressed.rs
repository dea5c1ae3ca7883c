//! Compressed files inside the image, decompressed up to a limit.

use std::io::Read;

/// What became of decompressing: the bytes that could be had, and what is missing of them.
#[derive(Debug)]
pub struct Decompressed {
    /// The beginning, or all of it.
    pub bytes: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// How decompressing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the end.
    Whole,
    /// Where the data make no sense or break off.
    Damaged,
    /// At the limit.
    Limit,
}

/// Largest window of a zstd frame, as a power of two, in bytes: 8 MiB, which RFC 8878 (3.1.1.1.2)
/// asks every decoder to support and above which none must go.
const WINDOW_LOG: u32 = 23;

/// Decompresses gzip members (RFC 1952), at most `limit` bytes of output.
pub fn gunzip(bytes: &[u8], limit: usize) -> Decompressed {
    take(flate2::bufread::MultiGzDecoder::new(bytes), limit)
}

/// Inflates a raw stream (RFC 1951), at most `limit` bytes of output.
pub fn inflate(bytes: &[u8], limit: usize) -> Decompressed {
    take(flate2::bufread::DeflateDecoder::new(bytes), limit)
}

/// Inflates a zlib stream (RFC 1950), at most `limit` bytes of output.
pub fn unzlib(bytes: &[u8], limit: usize) -> Decompressed {
    take(flate2::bufread::ZlibDecoder::new(bytes), limit)
}

/// Decompresses zstd frames (RFC 8878), at most `limit` bytes of output.
pub fn unzstd(bytes: &[u8], limit: usize) -> Decompressed {
    let decoder = zstd::Decoder::with_buffer(bytes).and_then(|mut decoder| {
        decoder.window_log_max(WINDOW_LOG)?;
        Ok(decoder)
    });
    match decoder {
        Ok(decoder) => take(decoder, limit),
        Err(_) => Decompressed {
            bytes: Vec::new(),
            end: End::Damaged,
        },
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the reader is capped in the line above"
)]
fn take(decoder: impl Read, limit: usize) -> Decompressed {
    let mut bytes = Vec::new();
    let one_more = (limit as u64).saturating_add(1);
    let read = decoder.take(one_more).read_to_end(&mut bytes);
    let end = match read {
        _ if bytes.len() > limit => End::Limit,
        Ok(_) => End::Whole,
        Err(_) => End::Damaged,
    };
    bytes.truncate(limit);
    Decompressed { bytes, end }
}

#[cfg(test)]
mod tests {
    use super::{End, gunzip, unzstd};

    #[test]
    fn a_limit_and_a_break_keep_what_was_there_before() {
        let text = b"one line\n".repeat(20_000);
        let packed = zstd::encode_all(text.as_slice(), 3).unwrap();
        let all = unzstd(&packed, text.len());
        assert_eq!((all.bytes, all.end), (text.clone(), End::Whole));
        let cut = unzstd(&packed, 10);
        assert_eq!((cut.bytes.len(), cut.end), (10, End::Limit));
        let broken = unzstd(&packed[..packed.len() - 3], text.len());
        assert_eq!(broken.end, End::Damaged);
        assert_eq!(unzstd(b"no frame", 10).end, End::Damaged);
        assert_eq!(gunzip(b"no member", 10).end, End::Damaged);
    }
}
