//! Every input the fuzz targets are seeded with or found, through the same doors.

use std::path::Path;

use super::doors::DOORS;

#[test]
fn every_input_of_the_fuzz_corpus_keeps_the_programs_word() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (name, door) in DOORS {
        let files = std::fs::read_dir(corpus.join(name)).unwrap();
        let mut replayed = 0;
        for file in files {
            let path = file.unwrap().path();
            let input = std::fs::read(&path).unwrap();
            let result = std::panic::catch_unwind(|| door(&input));
            assert!(result.is_ok(), "{}", path.display());
            replayed += 1;
        }
        assert!(replayed > 5, "{name}: {replayed} inputs");
    }
}
