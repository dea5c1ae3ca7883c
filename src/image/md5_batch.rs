//! MD5 of the files of one layer, gathered until there is enough to digest several at a time.

use md5::block_api;

use super::md5_lanes::{Block, LANES, START, State, compress};

/// Bytes gathered before they are digested: enough that there are nearly always several files.
const BATCH_BYTES: usize = 4 << 20;

const BLOCK_BYTES: usize = size_of::<Block>();

/// What follows the last byte of a file, zeros up to a whole block aside: a bit, and its length.
const END_BYTES: usize = 1 + size_of::<u64>();

/// Files whose digest is under way.
#[derive(Default)]
pub(super) struct Md5Batch {
    /// What was gathered, one file after another.
    bytes: Vec<u8>,
    files: Vec<File>,
    /// Digests that are done, by place of the file.
    done: Vec<(u32, [u8; 16])>,
}

/// One file of the batch.
struct File {
    /// Place among the files of its layer.
    ordinal: u32,
    state: State,
    /// Bytes of it so far, gathered and digested.
    length: u64,
    /// Bytes of it in the batch.
    gathered: usize,
    ended: bool,
}

impl Md5Batch {
    /// The next file begins.
    pub(super) fn begin(&mut self, ordinal: u32) {
        self.files.push(File {
            ordinal,
            state: START,
            length: 0,
            gathered: 0,
            ended: false,
        });
    }

    /// Takes the next piece of the file that began last.
    pub(super) fn update(&mut self, piece: &[u8]) {
        if let Some(file) = self.files.last_mut() {
            file.length = file.length.wrapping_add(piece.len() as u64);
            file.gathered = file.gathered.saturating_add(piece.len());
            self.bytes.extend_from_slice(piece);
        }
        if self.bytes.len() >= BATCH_BYTES {
            self.digest();
        }
    }

    /// The file that began last has ended: pads it (RFC 1321, sections 3.1 and 3.2).
    pub(super) fn end(&mut self) {
        if let Some(file) = self.files.last_mut() {
            let bits = file.length.wrapping_mul(8);
            let unpadded = file.gathered.saturating_add(END_BYTES);
            let padding = unpadded.wrapping_neg() & (BLOCK_BYTES - 1);
            file.gathered = unpadded.saturating_add(padding);
            file.ended = true;
            self.bytes.push(0x80);
            self.bytes
                .resize(self.bytes.len().saturating_add(padding), 0);
            self.bytes.extend_from_slice(&bits.to_le_bytes());
        }
    }

    /// All digests, with the places of their files.
    pub(super) fn finish(mut self) -> Vec<(u32, [u8; 16])> {
        self.digest();
        self.done
    }

    /// Digests what was gathered. Of a file that goes on, less than a block stays.
    fn digest(&mut self) {
        let mut rest = self.bytes.as_slice();
        let mut parts: Vec<(&mut State, &[Block])> = Vec::with_capacity(self.files.len());
        for file in &mut self.files {
            let (gathered, others) = rest.split_at_checked(file.gathered).unwrap_or_default();
            rest = others;
            let (blocks, tail) = gathered.as_chunks();
            file.gathered = tail.len();
            parts.push((&mut file.state, blocks));
        }
        digest_all(parts);
        let left = self.files.last().map_or(0, |file| file.gathered);
        self.bytes.drain(..self.bytes.len().saturating_sub(left));
        for file in self.files.extract_if(.., |file| file.ended) {
            let [a, b, c, d] = file.state.map(u32::to_le_bytes);
            let mut digest = [0; 16];
            for (to, from) in digest.iter_mut().zip([a, b, c, d].as_flattened()) {
                *to = *from;
            }
            self.done.push((file.ordinal, digest));
        }
    }
}

/// Takes all blocks into their states, as many files at a time as there are lanes. The longest come
/// first, so that the last lane does not run on alone for long.
fn digest_all(mut files: Vec<(&mut State, &[Block])>) {
    files.sort_by_key(|(_, blocks)| blocks.len());
    let mut lanes: Vec<(&mut State, &[Block])> = Vec::with_capacity(LANES);
    loop {
        lanes.retain(|(_, blocks)| !blocks.is_empty());
        while lanes.len() < LANES {
            match files.pop() {
                Some(file) => lanes.push(file),
                None => break,
            }
        }
        let shortest = lanes.iter().map(|(_, blocks)| blocks.len()).min();
        match (lanes.as_mut_slice(), shortest) {
            (_, None) => return,
            ([(state, blocks)], _) => {
                block_api::compress(state, blocks);
                *blocks = &[];
            }
            (lanes, Some(count)) => digest_lanes(lanes, count),
        }
    }
}

/// Takes the next `count` blocks of every lane into its state; lanes that are not there are filled
/// with a copy of the first.
fn digest_lanes(lanes: &mut [(&mut State, &[Block])], count: usize) {
    let mut blocks: [&[Block]; LANES] = [&[]; LANES];
    let mut states = [START; LANES];
    for (at, (to, state)) in blocks.iter_mut().zip(&mut states).enumerate() {
        if let Some((from, part)) = lanes.get(at).or_else(|| lanes.first()) {
            *state = **from;
            *to = part.get(..count).unwrap_or_default();
        }
    }
    let mut words = transposed(states);
    let [first, second, third, fourth] = blocks;
    for (((first, second), third), fourth) in first.iter().zip(second).zip(third).zip(fourth) {
        compress(&mut words, [first, second, third, fourth]);
    }
    for ((state, part), new) in lanes.iter_mut().zip(transposed(words)) {
        **state = new;
        *part = part.get(count..).unwrap_or_default();
    }
}

/// States of lanes to words of states, and back.
fn transposed([a, b, c, d]: [[u32; 4]; 4]) -> [[u32; 4]; 4] {
    let mut columns = [[0; 4]; 4];
    for (column, (((a, b), c), d)) in columns.iter_mut().zip(a.iter().zip(b).zip(c).zip(d)) {
        *column = [*a, b, c, d];
    }
    columns
}

#[cfg(test)]
mod tests {
    use md5::{Digest as _, Md5};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_suite_of_the_specification_passes() {
        // RFC 1321, appendix A.5.
        let texts: [(&[u8], &str); 3] = [
            (b"", "d41d8cd98f00b204e9800998ecf8427e"),
            (b"message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                b"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ];
        let mut batch = Md5Batch::default();
        for (ordinal, (text, _)) in (0..).zip(texts) {
            batch.begin(ordinal);
            batch.update(text);
            batch.end();
        }
        let hex = |digest: [u8; 16]| digest.map(|byte| format!("{byte:02x}")).concat();
        let mut found = batch.finish();
        found.sort_unstable();
        let found: Vec<String> = found.into_iter().map(|(_, digest)| hex(digest)).collect();
        assert_eq!(found, texts.map(|(_, digest)| digest.to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Any number of files of any length, in any pieces, some of them longer than a batch.
        #[test]
        fn it_agrees_with_one_file_at_a_time(
            lengths in prop::collection::vec((0usize..9, 0usize..200_000), 0..40),
            piece in 1usize..100_000,
        ) {
            let lengths = lengths.into_iter().map(|(kind, length)| match kind {
                0 => length.saturating_mul(50),
                1..4 => length,
                _ => length % 300,
            });
            let files: Vec<Vec<u8>> = lengths
                .enumerate()
                .map(|(seed, length)| (0..length).map(|at| at.wrapping_mul(31).wrapping_add(seed) as u8).collect())
                .collect();
            let mut batch = Md5Batch::default();
            for (ordinal, file) in (0..).zip(&files) {
                batch.begin(ordinal);
                file.chunks(piece).for_each(|piece| batch.update(piece));
                batch.end();
            }
            let mut found = batch.finish();
            found.sort_unstable();
            let expected: Vec<(u32, [u8; 16])> = (0..)
                .zip(&files)
                .map(|(ordinal, file)| (ordinal, Md5::digest(file).into()))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
