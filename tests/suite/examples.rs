//! The example images are what their generator makes, and small.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[path = "../../examples/generate-images/images/mod.rs"]
mod images;

const MOST_BYTES: usize = 200_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/images")
}

fn committed(image: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![image.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(image)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn every_committed_image_is_what_the_generator_makes() {
    for (name, image) in images::all() {
        let (made, kept) = (image.layout().files(), committed(&folder().join(name)));
        let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&made), names(&kept), "{name}: run `just examples`");
        assert!(made == kept, "{name}: run `just examples`");
    }
}

#[test]
fn the_folder_holds_the_generated_images_and_nothing_else() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected: Vec<&str> = images::all().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, expected);
}

#[test]
fn every_image_is_under_200_kilobytes() {
    for (name, image) in images::all() {
        let bytes: usize = image.layout().files().values().map(Vec::len).sum();
        assert!(bytes < MOST_BYTES, "{name} has {bytes} bytes");
    }
}
