//! MD5 (RFC 1321) of several files at a time.
//!
//! Each step of MD5 waits for the one before it, so one file leaves most of a processor idle; the
//! steps of four files, taken in turn, fill it. Measured in plain code: 2.4 GB/s against 0.8 GB/s.
//! MD5 guards nothing here: it is compared with what dpkg recorded.

/// Files at a time. With more, the state no longer fits into the registers.
pub(super) const LANES: usize = 4;

/// One block (section 3.4).
pub(super) type Block = [u8; 64];

/// The state of one file (section 3.3).
pub(super) type State = [u32; 4];

/// The state before the first block.
pub(super) const START: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// The same word of every lane.
type Word = [u32; LANES];

/// Takes one block of each file into its state.
#[expect(
    clippy::too_many_lines,
    reason = "a line for each of the specification's 64 steps"
)]
pub(super) fn compress(states: &mut [Word; 4], blocks: [&Block; LANES]) {
    let [
        m0,
        m1,
        m2,
        m3,
        m4,
        m5,
        m6,
        m7,
        m8,
        m9,
        m10,
        m11,
        m12,
        m13,
        m14,
        m15,
    ] = words(blocks);
    let [mut a, mut b, mut c, mut d] = *states;
    macro_rules! step {
        ($mix:ident, $a:ident, $b:ident, $c:ident, $d:ident, $m:ident, $shift:literal, $add:literal) => {
            let mixed = $mix($b, $c, $d);
            let sum = each(each($a, mixed, u32::wrapping_add), $m, |x, m| {
                x.wrapping_add(m.wrapping_add($add)).rotate_left($shift)
            });
            $a = each(sum, $b, u32::wrapping_add);
        };
    }
    // Round 1.
    step!(f, a, b, c, d, m0, 7, 0xd76a_a478);
    step!(f, d, a, b, c, m1, 12, 0xe8c7_b756);
    step!(f, c, d, a, b, m2, 17, 0x2420_70db);
    step!(f, b, c, d, a, m3, 22, 0xc1bd_ceee);
    step!(f, a, b, c, d, m4, 7, 0xf57c_0faf);
    step!(f, d, a, b, c, m5, 12, 0x4787_c62a);
    step!(f, c, d, a, b, m6, 17, 0xa830_4613);
    step!(f, b, c, d, a, m7, 22, 0xfd46_9501);
    step!(f, a, b, c, d, m8, 7, 0x6980_98d8);
    step!(f, d, a, b, c, m9, 12, 0x8b44_f7af);
    step!(f, c, d, a, b, m10, 17, 0xffff_5bb1);
    step!(f, b, c, d, a, m11, 22, 0x895c_d7be);
    step!(f, a, b, c, d, m12, 7, 0x6b90_1122);
    step!(f, d, a, b, c, m13, 12, 0xfd98_7193);
    step!(f, c, d, a, b, m14, 17, 0xa679_438e);
    step!(f, b, c, d, a, m15, 22, 0x49b4_0821);
    // Round 2.
    step!(g, a, b, c, d, m1, 5, 0xf61e_2562);
    step!(g, d, a, b, c, m6, 9, 0xc040_b340);
    step!(g, c, d, a, b, m11, 14, 0x265e_5a51);
    step!(g, b, c, d, a, m0, 20, 0xe9b6_c7aa);
    step!(g, a, b, c, d, m5, 5, 0xd62f_105d);
    step!(g, d, a, b, c, m10, 9, 0x0244_1453);
    step!(g, c, d, a, b, m15, 14, 0xd8a1_e681);
    step!(g, b, c, d, a, m4, 20, 0xe7d3_fbc8);
    step!(g, a, b, c, d, m9, 5, 0x21e1_cde6);
    step!(g, d, a, b, c, m14, 9, 0xc337_07d6);
    step!(g, c, d, a, b, m3, 14, 0xf4d5_0d87);
    step!(g, b, c, d, a, m8, 20, 0x455a_14ed);
    step!(g, a, b, c, d, m13, 5, 0xa9e3_e905);
    step!(g, d, a, b, c, m2, 9, 0xfcef_a3f8);
    step!(g, c, d, a, b, m7, 14, 0x676f_02d9);
    step!(g, b, c, d, a, m12, 20, 0x8d2a_4c8a);
    // Round 3.
    step!(h, a, b, c, d, m5, 4, 0xfffa_3942);
    step!(h, d, a, b, c, m8, 11, 0x8771_f681);
    step!(h, c, d, a, b, m11, 16, 0x6d9d_6122);
    step!(h, b, c, d, a, m14, 23, 0xfde5_380c);
    step!(h, a, b, c, d, m1, 4, 0xa4be_ea44);
    step!(h, d, a, b, c, m4, 11, 0x4bde_cfa9);
    step!(h, c, d, a, b, m7, 16, 0xf6bb_4b60);
    step!(h, b, c, d, a, m10, 23, 0xbebf_bc70);
    step!(h, a, b, c, d, m13, 4, 0x289b_7ec6);
    step!(h, d, a, b, c, m0, 11, 0xeaa1_27fa);
    step!(h, c, d, a, b, m3, 16, 0xd4ef_3085);
    step!(h, b, c, d, a, m6, 23, 0x0488_1d05);
    step!(h, a, b, c, d, m9, 4, 0xd9d4_d039);
    step!(h, d, a, b, c, m12, 11, 0xe6db_99e5);
    step!(h, c, d, a, b, m15, 16, 0x1fa2_7cf8);
    step!(h, b, c, d, a, m2, 23, 0xc4ac_5665);
    // Round 4.
    step!(i, a, b, c, d, m0, 6, 0xf429_2244);
    step!(i, d, a, b, c, m7, 10, 0x432a_ff97);
    step!(i, c, d, a, b, m14, 15, 0xab94_23a7);
    step!(i, b, c, d, a, m5, 21, 0xfc93_a039);
    step!(i, a, b, c, d, m12, 6, 0x655b_59c3);
    step!(i, d, a, b, c, m3, 10, 0x8f0c_cc92);
    step!(i, c, d, a, b, m10, 15, 0xffef_f47d);
    step!(i, b, c, d, a, m1, 21, 0x8584_5dd1);
    step!(i, a, b, c, d, m8, 6, 0x6fa8_7e4f);
    step!(i, d, a, b, c, m15, 10, 0xfe2c_e6e0);
    step!(i, c, d, a, b, m6, 15, 0xa301_4314);
    step!(i, b, c, d, a, m13, 21, 0x4e08_11a1);
    step!(i, a, b, c, d, m4, 6, 0xf753_7e82);
    step!(i, d, a, b, c, m11, 10, 0xbd3a_f235);
    step!(i, c, d, a, b, m2, 15, 0x2ad7_d2bb);
    step!(i, b, c, d, a, m9, 21, 0xeb86_d391);
    for (state, end) in states.iter_mut().zip([a, b, c, d]) {
        *state = each(*state, end, u32::wrapping_add);
    }
}

/// The sixteen words of a block, little-endian, of every lane.
fn words(blocks: [&Block; LANES]) -> [Word; 16] {
    let mut words = [[0; LANES]; 16];
    let [first, second, third, fourth] = blocks.map(|block| block.as_chunks::<4>().0);
    let lanes = first.iter().zip(second).zip(third).zip(fourth);
    for (word, (((first, second), third), fourth)) in words.iter_mut().zip(lanes) {
        *word = [*first, *second, *third, *fourth].map(u32::from_le_bytes);
    }
    words
}

#[inline(always)]
fn each(left: Word, right: Word, join: impl Fn(u32, u32) -> u32) -> Word {
    let ([l0, l1, l2, l3], [r0, r1, r2, r3]) = (left, right);
    [join(l0, r0), join(l1, r1), join(l2, r2), join(l3, r3)]
}

// The functions of the four rounds (section 3.4), the first two in a form with one step less.

#[inline(always)]
fn f(x: Word, y: Word, z: Word) -> Word {
    each(z, each(x, each(y, z, xor), and), xor)
}

#[inline(always)]
fn g(x: Word, y: Word, z: Word) -> Word {
    each(y, each(z, each(x, y, xor), and), xor)
}

#[inline(always)]
fn h(x: Word, y: Word, z: Word) -> Word {
    each(x, each(y, z, xor), xor)
}

#[inline(always)]
fn i(x: Word, y: Word, z: Word) -> Word {
    each(y, each(x, z, |x, z| x | !z), xor)
}

#[inline(always)]
fn xor(left: u32, right: u32) -> u32 {
    left ^ right
}

#[inline(always)]
fn and(left: u32, right: u32) -> u32 {
    left & right
}
