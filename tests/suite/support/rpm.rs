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

/// A header to be (rpm, `docs/manual/format_header.md`): tags in the order given, no signed region.
#[derive(Clone, Default)]
pub struct Header {
    entries: Vec<(u32, u32, u32, u32)>,
    data: Vec<u8>,
}

impl Header {
    /// A package without files.
    pub fn package(name: &str, version: &str, release: &str) -> Self {
        Self::default()
            .text(1000, name)
            .text(1001, version)
            .text(1002, release)
    }

    fn entry(mut self, tag: u32, kind: u32, count: usize, data: &[u8]) -> Self {
        let width = match kind {
            3 => 2,
            4 => 4,
            5 => 8,
            _ => 1,
        };
        self.data.resize(self.data.len().next_multiple_of(width), 0);
        let offset = self.data.len() as u32;
        self.entries.push((tag, kind, offset, count as u32));
        self.data.extend_from_slice(data);
        self
    }

    pub fn text(self, tag: u32, text: &str) -> Self {
        self.entry(tag, 6, 1, format!("{text}\0").as_bytes())
    }

    pub fn texts(self, tag: u32, texts: &[&str]) -> Self {
        let data: String = texts.iter().map(|text| format!("{text}\0")).collect();
        self.entry(tag, 8, texts.len(), data.as_bytes())
    }

    pub fn words(self, tag: u32, numbers: &[u32]) -> Self {
        let data: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
        self.entry(tag, 4, numbers.len(), &data)
    }

    pub fn shorts(self, tag: u32, numbers: &[u16]) -> Self {
        let data: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
        self.entry(tag, 3, numbers.len(), &data)
    }

    pub fn chars(self, tag: u32, bytes: &[u8]) -> Self {
        self.entry(tag, 1, bytes.len(), bytes)
    }

    pub fn binary(self, tag: u32, bytes: &[u8]) -> Self {
        self.entry(tag, 7, bytes.len(), bytes)
    }

    /// Files as `(path, digest, mode, flags, link)`, owned by root, in one directory each.
    pub fn files(self, files: &[(&str, &str, u16, u32, &str)]) -> Self {
        let parts: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, ..)| path.split_at(path.rfind('/').expect("a full path") + 1))
            .collect();
        let names: Vec<&str> = parts.iter().map(|(_, name)| *name).collect();
        let directories: Vec<&str> = parts.iter().map(|(directory, _)| *directory).collect();
        let digests: Vec<&str> = files.iter().map(|file| file.1).collect();
        let modes: Vec<u16> = files.iter().map(|file| file.2).collect();
        let flags: Vec<u32> = files.iter().map(|file| file.3).collect();
        let links: Vec<&str> = files.iter().map(|file| file.4).collect();
        let indexes: Vec<u32> = (0u32..).take(files.len()).collect();
        let root = vec!["root"; files.len()];
        self.texts(1117, &names)
            .texts(1118, &directories)
            .words(1116, &indexes)
            .texts(1035, &digests)
            .shorts(1030, &modes)
            .words(1037, &flags)
            .texts(1036, &links)
            .texts(1039, &root)
            .texts(1040, &root)
    }

    /// Lets the last tag say that it has so many items.
    pub fn counted(mut self, count: u32) -> Self {
        self.entries.last_mut().expect("a tag").3 = count;
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        blob.extend((self.entries.len() as u32).to_be_bytes());
        blob.extend((self.data.len() as u32).to_be_bytes());
        for (tag, kind, offset, count) in &self.entries {
            for word in [tag, kind, offset, count] {
                blob.extend(word.to_be_bytes());
            }
        }
        blob.extend(&self.data);
        blob
    }
}

/// `Packages.db` of these headers.
pub fn ndb_of(headers: &[Header]) -> Vec<u8> {
    let blobs: Vec<Vec<u8>> = headers.iter().map(Header::bytes).collect();
    ndb(&blobs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Bytes of a page of [`bdb`].
pub const BDB_PAGE: usize = 512;

/// Headers as a Berkeley DB hash with pages of 512 bytes (Oracle Berkeley DB, `db_page.h`): one
/// bucket and, from the third header on, a second page to it. Headers of up to 100 bytes stand on
/// the hash pages themselves, longer ones on pages of their own.
pub fn bdb(headers: &[&[u8]], big_endian: bool) -> Vec<u8> {
    let hash_pages = headers.len().div_ceil(2).max(1);
    let mut writer = BdbWriter {
        big_endian,
        first_overflow: 1 + hash_pages,
        overflow: Vec::new(),
    };
    let mut file = writer.page((0, 0), (0, 0), 8);
    for (at, word) in [(12, 0x0006_1561u32), (16, 9), (20, BDB_PAGE as u32)] {
        file[at..at + 4].copy_from_slice(&writer.u32(word));
    }
    file[24..28].copy_from_slice(&[0, 8, 0, 0]);
    // Every generation of buckets is put behind the first page.
    file[96..100].copy_from_slice(&writer.u32(1));
    for number in 0..hash_pages {
        let mut items: Vec<Vec<u8>> = Vec::new();
        if number == 0 {
            items.push(vec![1, 0, 0, 0, 0]);
            items.push([&[1][..], &writer.u32(headers.len() as u32)].concat());
        }
        for (index, header) in headers.iter().enumerate().skip(number * 2).take(2) {
            items.push([&[1][..], &writer.u32(index as u32 + 1)].concat());
            items.push(writer.value(header));
        }
        let is_last = number + 1 == hash_pages;
        let next = if is_last { 0 } else { number + 2 };
        file.extend(writer.hash_page(number + 1, next, &items));
    }
    let last = (hash_pages + writer.overflow.len()) as u32;
    file[32..36].copy_from_slice(&writer.u32(last));
    file.extend(writer.overflow.concat());
    file
}

/// Writes the pages of [`bdb`].
struct BdbWriter {
    big_endian: bool,
    first_overflow: usize,
    overflow: Vec<Vec<u8>>,
}

impl BdbWriter {
    fn u32(&self, n: u32) -> [u8; 4] {
        match self.big_endian {
            true => n.to_be_bytes(),
            false => n.to_le_bytes(),
        }
    }

    fn u16(&self, n: usize) -> [u8; 2] {
        let n = n as u16;
        match self.big_endian {
            true => n.to_be_bytes(),
            false => n.to_le_bytes(),
        }
    }

    /// A page with its number and the next one's, its entries and what stands for its free room.
    fn page(
        &self,
        (number, next): (usize, usize),
        (entries, free): (usize, usize),
        kind: u8,
    ) -> Vec<u8> {
        let mut page = vec![0; 8];
        page.extend(self.u32(number as u32));
        page.extend(self.u32(0));
        page.extend(self.u32(next as u32));
        page.extend(self.u16(entries));
        page.extend(self.u16(free));
        page.extend([0, kind]);
        page.resize(BDB_PAGE, 0);
        page
    }

    /// A header as an item: itself, or where it is.
    fn value(&mut self, header: &[u8]) -> Vec<u8> {
        if header.len() <= 100 {
            return [&[1][..], header].concat();
        }
        let start = self.first_overflow + self.overflow.len();
        let chunks: Vec<&[u8]> = header.chunks(BDB_PAGE - 26).collect();
        for (place, chunk) in chunks.iter().enumerate() {
            let here = start + place;
            let is_last = place + 1 == chunks.len();
            let next = if is_last { 0 } else { here + 1 };
            let mut page = self.page((here, next), (1, chunk.len()), 7);
            page[26..26 + chunk.len()].copy_from_slice(chunk);
            self.overflow.push(page);
        }
        let pointer = [self.u32(start as u32), self.u32(header.len() as u32)].concat();
        [&[3, 0, 0, 0][..], &pointer].concat()
    }

    fn hash_page(&self, number: usize, next: usize, items: &[Vec<u8>]) -> Vec<u8> {
        let mut page = self.page((number, next), (items.len(), 0), 13);
        let mut end = BDB_PAGE;
        for (index, item) in items.iter().enumerate() {
            let start = end - item.len();
            page[start..end].copy_from_slice(item);
            page[26 + index * 2..28 + index * 2].copy_from_slice(&self.u16(start));
            end = start;
        }
        assert!(26 + items.len() * 2 <= end, "the items fit their page");
        page
    }
}

/// A write-ahead log that holds these pages by number (sqlite.org, "Database File Format",
/// section 4); the last frame ends its transaction if `committed`.
pub fn wal(page_size: usize, pages: &[(u32, &[u8])], committed: bool) -> Vec<u8> {
    let mut state = (0u32, 0u32);
    let mut sum = |bytes: &[u8]| {
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| {
                u32::from_le_bytes([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]])
            };
            state.0 = state.0.wrapping_add(word(0)).wrapping_add(state.1);
            state.1 = state.1.wrapping_add(word(4)).wrapping_add(state.0);
        }
        [state.0.to_be_bytes(), state.1.to_be_bytes()].concat()
    };
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_be_bytes()).collect() };
    let salts = [0x1234_5678, 0x9abc_def0];
    let mut log = words(&[
        0x377f_0682,
        3_007_000,
        page_size as u32,
        0,
        salts[0],
        salts[1],
    ]);
    let checksum = sum(&log);
    log.extend(checksum);
    for (index, (number, page)) in pages.iter().enumerate() {
        let is_last = committed && index + 1 == pages.len();
        let head = words(&[*number, if is_last { 100 } else { 0 }]);
        sum(&head);
        let checksum = sum(page);
        log.extend(head);
        log.extend(words(&salts));
        log.extend(checksum);
        log.extend_from_slice(page);
    }
    log
}

/// Headers of up to 4000 bytes as rpm's SQLite database of two pages: the schema, and the table of
/// packages, which lists its cells `times` over.
pub fn sqlite(headers: &[&[u8]], times: usize) -> Vec<u8> {
    const PAGE: usize = 4096;
    let leaf = |start: usize, records: &[Vec<u8>], times: usize| {
        let mut page = vec![0; PAGE];
        let mut end = PAGE;
        let mut pointers = Vec::new();
        for record in records {
            // Lengths from 128 on, and below, as two bytes.
            let length = record.len() as u16;
            let cell = [
                &[0x80 | (length >> 7) as u8, length as u8 & 0x7f, 1][..],
                record,
            ]
            .concat();
            end -= cell.len();
            page[end..end + cell.len()].copy_from_slice(&cell);
            pointers.push((end as u16).to_be_bytes());
        }
        let pointers = pointers.repeat(times);
        page[start] = 0x0d;
        page[start + 3..start + 5].copy_from_slice(&(pointers.len() as u16).to_be_bytes());
        page[start + 5..start + 7].copy_from_slice(&(end as u16).to_be_bytes());
        assert!(
            start + 8 + pointers.len() * 2 <= end,
            "the cells fit their page"
        );
        page[start + 8..start + 8 + pointers.len() * 2].copy_from_slice(&pointers.concat());
        page
    };
    // CREATE TABLE sqlite_schema(type, name, tbl_name, rootpage, sql)
    let schema = [&[6, 23, 29, 29, 1, 13][..], b"tablePackagesPackages", &[2]].concat();
    let mut file = leaf(100, &[schema], 1);
    file[..16].copy_from_slice(b"SQLite format 3\0");
    file[16..24].copy_from_slice(&[16, 0, 1, 1, 0, 64, 32, 32]);
    let rows: Vec<Vec<u8>> = headers
        .iter()
        .map(|header| {
            let serial = 12 + 2 * header.len() as u16;
            let head = [4, 0, 0x80 | (serial >> 7) as u8, serial as u8 & 0x7f];
            [&head[..], header].concat()
        })
        .collect();
    file.extend(leaf(0, &rows, times));
    file
}

/// `count` blobs as `Packages.db`, each of which holds most of the others.
pub fn ndb_nested(count: u32) -> Vec<u8> {
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    let pages = (count + 2).div_ceil(256);
    let first = pages * 256;
    let mut file = words(&[0x506d_7052, 0, 1, pages, count + 1, 0, 0, 0]);
    for number in 0..pages * 256 - 2 {
        let slot = match number < count {
            true => [0x746f_6c53, number + 1, first + number, count + 1],
            false => [0x746f_6c53, 0, 0, 0],
        };
        file.extend(words(&slot));
    }
    let length = (count + 1) * 16 - 28;
    for number in 0..count {
        file.extend(words(&[0x5362_6c42, number + 1, 1, length]));
    }
    for _ in 0..count {
        file.extend(words(&[0, 0, length, 0x4562_6c42]));
    }
    file
}
