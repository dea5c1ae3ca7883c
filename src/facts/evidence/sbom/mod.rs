//! SBOMs of any format, read into one document.

mod document;
use crate::facts::model::*;
pub use document::SbomDocument;
pub fn recognise(_: &[u8]) -> SbomFormat {
    SbomFormat::Unrecognised
}
pub fn read(_: &[u8]) -> Result<SbomDocument, String> {
    Err("stub".into())
}
pub mod validity {
    use crate::facts::model::*;
    pub fn check(_: SbomFormat, _: Option<&str>, _: &[u8]) -> SbomValidity {
        SbomValidity::default()
    }
}
pub mod elements {
    use crate::facts::model::*;
    pub fn shares(_: &super::SbomDocument) -> Vec<ElementShare> {
        Vec::new()
    }
}
