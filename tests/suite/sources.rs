//! Reading images from folders and archives.

use crate::support::elf::Elf;
use crate::support::image_builder::{ImageBuilder, Layer};

#[test]
fn two_builds_of_the_same_image_are_the_same_bytes() {
    let image = || {
        ImageBuilder::new()
            .layer(Layer::new().executable("bin/a", Elf::executable().needs("libc.so.6").bytes()))
            .label("a", "b")
            .env("A", "b")
    };
    assert_eq!(image().layout().files(), image().layout().files());
}
