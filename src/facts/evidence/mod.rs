//! Evidence: SBOMs, statements and signatures, read, checked and compared with the image.

pub mod accuracy;
pub mod sbom;
