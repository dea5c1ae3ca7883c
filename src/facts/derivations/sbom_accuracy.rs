pub fn compare(
    _: &super::Draft<'_>,
    _: &crate::facts::evidence::SbomDocument,
    _: &mut crate::facts::model::Sbom,
) {
}
