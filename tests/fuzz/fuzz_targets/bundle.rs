#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| freehold_fuzz::doors::bundle(input));
