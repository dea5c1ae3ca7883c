//! The four example images: the same web server, four ways to ship it.

mod debian;
mod keys;
mod package_table;
mod wolfi;

use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

/// Folder name and image, in alphabetical order.
pub fn all() -> Vec<(&'static str, ImageBuilder)> {
    vec![
        ("distroless", debian::distroless()),
        ("hardened", debian::hardened()),
        ("mainstream", debian::mainstream()),
        ("vendor-distro", wolfi::vendor_distro()),
    ]
}

/// Adds the site that all four serve.
fn service(image: ImageBuilder) -> ImageBuilder {
    let page = "<!doctype html>\n<title>Freehold</title>\n<p>Owned outright.\n";
    image
        .layer(Layer::new().file("srv/www/index.html", page).with_parents())
        .history("COPY site /srv/www")
        .expose("8080/tcp")
        .working_dir("/srv/www")
        .label("org.opencontainers.image.title", "Site")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 4648, section 4, with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0_u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * at)) as usize & 63] as char;
            text.push(if at > chunk.len() { '=' } else { digit });
        }
    }
    text
}
