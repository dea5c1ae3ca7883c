//! Evidence: SBOMs, statements and signatures, read, checked and compared with the image.

mod sbom;
mod signature;
