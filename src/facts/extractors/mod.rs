//! Extractors: files of the merged tree in, one topic's records out.

mod apk;
mod apk_protected;
mod apk_repositories;
mod apt_sources;
mod chisel;
mod credentials;
mod distro;
mod dpkg;
mod dpkg_config;
mod dpkg_tools;
mod language;
mod loader_paths;
mod openpgp;
mod pacman;
mod purl;
mod rpm;
mod sbom_files;
mod trust_keys;
mod url;
mod users;
mod yum_repos;

use super::contract::Extractor;

/// Every extractor, in the order their records are joined.
pub const EXTRACTORS: &[&dyn Extractor] = &[
    &distro::DistroExtractor,
    &dpkg::DpkgExtractor,
    &dpkg_tools::DpkgToolsExtractor,
    &dpkg_config::DpkgConfigExtractor,
    &chisel::ChiselExtractor,
    &apk::ApkExtractor,
    &rpm::RpmExtractor,
    &pacman::PacmanExtractor,
    &apt_sources::AptSourcesExtractor,
    &apk_repositories::ApkRepositoriesExtractor,
    &yum_repos::YumReposExtractor,
    &trust_keys::TrustKeysExtractor,
    &users::UsersExtractor,
    &credentials::CredentialsExtractor,
    // Before Python: conda's packages own what they installed, whatever else names it.
    &language::CondaExtractor,
    &language::PythonExtractor,
    &language::NodeExtractor,
    &language::JavaRuntimeExtractor,
    &language::RubyExtractor,
    &language::PhpExtractor,
    &language::DotnetExtractor,
    &language::BitnamiExtractor,
    &language::MelangeExtractor,
    &language::ActiveStateExtractor,
    &language::GoModulesExtractor,
    &loader_paths::LoaderPathsExtractor,
    &sbom_files::SbomFilesExtractor,
];

pub use language::language_url;
pub use purl::package_url;
