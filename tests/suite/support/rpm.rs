//! rpm's databases, from what the real rpm wrote (`tests/fixtures/rpm`).

/// rpm's SQLite database, without its indexes.
pub const SQLITE: &[u8] = include_bytes!("../../fixtures/rpm/rpmdb.sqlite");
/// The same headers as a Berkeley DB hash.
pub const BERKELEY: &[u8] = include_bytes!("../../fixtures/rpm/Packages");
const HEADERS: &[u8] = include_bytes!("../../fixtures/rpm/headers.bin");

/// The headers, one after another.
pub fn headers() -> Vec<&'static [u8]> {
    let mut rest = HEADERS;
    let mut all = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (header, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        all.push(header);
        rest = after;
    }
    all
}

/// Headers as `Packages.db` (rpm, `lib/backend/ndb/rpmpkg.c`): one page of slots, then the blobs,
/// each between a header and a tail with its Adler-32.
pub fn ndb(headers: &[&[u8]]) -> Vec<u8> {
    let mut file = Vec::new();
    let words = |file: &mut Vec<u8>, words: &[u32]| {
        words.iter().for_each(|w| file.extend(w.to_le_bytes()));
    };
    words(
        &mut file,
        &[0x506d_7052, 0, 1, 1, headers.len() as u32 + 1, 0, 0, 0],
    );
    let mut block = 4096 / 16;
    let mut blobs = Vec::new();
    for (number, header) in (1u32..).zip(headers) {
        let length = (16 + header.len() + 12).next_multiple_of(16);
        let blocks = length as u32 / 16;
        words(&mut file, &[0x746f_6c53, number, block, blocks]);
        let start = blobs.len();
        words(&mut blobs, &[0x5362_6c42, number, 1, header.len() as u32]);
        blobs.extend_from_slice(header);
        blobs.resize(start + length - 12, 0);
        let checksum = adler32(&blobs[start..]);
        words(&mut blobs, &[checksum, header.len() as u32, 0x4562_6c42]);
        block += blocks;
    }
    while file.len() < 4096 {
        words(&mut file, &[0x746f_6c53, 0, 0, 0]);
    }
    file.extend(blobs);
    file
}

/// RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}
