//! SLSA provenance, versions 0.1, 0.2 and 1, and what BuildKit and GitHub add to it.

use serde_json::Value;

use super::json;
use super::materials::{material, plain_address, repository};
use crate::facts::model::{Capped, Material, MaterialKind, Provenance};

/// Materials of one build that are listed: a hardened image with each of its packages' sources has
/// some thousand.
const MAX_MATERIALS: usize = 1_000;

/// BuildKit's own metadata in v0.2 (moby/buildkit, docs/attestations/slsa-definitions.md), `/` as
/// `~1`.
const BUILDKIT: &str = "/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata";

/// Reads the predicate of a provenance statement. Which version it is of, its shape says: types and
/// contents of different versions occur together.
pub(super) fn read(predicate: &Value) -> Result<Provenance, String> {
    if predicate.get("buildDefinition").is_some() || predicate.get("runDetails").is_some() {
        return Ok(version_1(predicate));
    }
    if predicate.get("builder").is_some() || predicate.get("buildType").is_some() {
        return Ok(version_0(predicate));
    }
    Err("its predicate has neither builder nor build definition, as provenance has".to_owned())
}

/// SLSA provenance v0.2, and v0.1 where it differs (`recipe`).
fn version_0(predicate: &Value) -> Provenance {
    let listed = json::list(predicate, "/materials");
    let materials: Vec<Material> = listed.iter().filter_map(material).collect();
    let invocation = ["/metadata/buildInvocationId", "/metadata/buildInvocationID"];
    Provenance {
        builder: json::address(predicate, &["/builder/id"]),
        build_type: json::address(predicate, &["/buildType", "/recipe/type"]),
        source: source_0(predicate, &materials),
        has_parameters: says_something(predicate, "/invocation/parameters")
            || says_something(predicate, "/recipe/arguments"),
        complete_parameters: json::first_bool(
            predicate,
            &[
                "/metadata/completeness/parameters",
                "/metadata/completeness/arguments",
            ],
        ),
        complete_environment: json::first_bool(predicate, &["/metadata/completeness/environment"]),
        complete_materials: json::first_bool(predicate, &["/metadata/completeness/materials"]),
        reproducible: json::first_bool(predicate, &["/metadata/reproducible"]),
        invocation: json::address(predicate, &invocation),
        started_at: json::time(predicate, "/metadata/buildStartedOn"),
        finished_at: json::time(predicate, "/metadata/buildFinishedOn"),
        materials: Capped::new(materials, MAX_MATERIALS),
    }
}

fn source_0(predicate: &Value, materials: &[Material]) -> Option<Material> {
    let stated = predicate
        .pointer("/invocation/configSource")
        .and_then(material);
    let defined_in = || {
        let index = predicate.pointer("/recipe/definedInMaterial")?.as_u64()?;
        let index = usize::try_from(index).ok()?;
        json::list(predicate, "/materials")
            .get(index)
            .and_then(material)
    };
    let source = stated
        .or_else(defined_in)
        .or_else(|| vcs(predicate, BUILDKIT))?;
    Some(with_digest(source, materials))
}

/// SLSA provenance v1.
fn version_1(predicate: &Value) -> Provenance {
    const EXTERNAL: &str = "/buildDefinition/externalParameters";
    let listed = json::list(predicate, "/buildDefinition/resolvedDependencies");
    let materials: Vec<Material> = listed.iter().filter_map(material).collect();
    let complete = "/runDetails/metadata/buildkit_completeness/";
    let invocation = [
        "/runDetails/metadata/invocationId",
        "/runDetails/metadata/invocationID",
    ];
    Provenance {
        builder: json::address(predicate, &["/runDetails/builder/id"]),
        build_type: json::address(predicate, &["/buildDefinition/buildType"]),
        source: source_1(predicate, EXTERNAL, &materials),
        has_parameters: says_something(predicate, EXTERNAL),
        complete_parameters: json::first_bool(predicate, &[&format!("{complete}request")]),
        complete_environment: None,
        complete_materials: json::first_bool(
            predicate,
            &[&format!("{complete}resolvedDependencies")],
        ),
        reproducible: json::first_bool(predicate, &["/runDetails/metadata/buildkit_reproducible"]),
        invocation: json::address(predicate, &invocation),
        started_at: json::time(predicate, "/runDetails/metadata/startedOn"),
        finished_at: json::time(predicate, "/runDetails/metadata/finishedOn"),
        materials: Capped::new(materials, MAX_MATERIALS),
    }
}

/// The source of a v1 build. Each build type names its parameters as it likes: those of BuildKit,
/// GitHub's `workflow`, Google Cloud Build, and the repository of the specification's example are
/// known; else the first repository among the dependencies.
fn source_1(predicate: &Value, external: &str, materials: &[Material]) -> Option<Material> {
    const RESOURCES: [&str; 4] = [
        "/configSource",
        "/source",
        "/sourceToBuild",
        "/buildConfigSource",
    ];
    const REPOSITORIES: [&str; 7] = [
        "/workflow/repository",
        "/configSource/repository",
        "/source/repository",
        "/sourceToBuild/repository",
        "/buildConfigSource/repository",
        "/repository",
        "/source",
    ];
    let external = predicate.pointer(external)?;
    let resource = RESOURCES.iter().find_map(|at| {
        let found = material(external.pointer(at)?)?;
        (found.kind == MaterialKind::Repository || found.digest.is_some()).then_some(found)
    });
    let named = || {
        let uri = json::first_text(external, &REPOSITORIES).filter(|uri| uri.contains("://"))?;
        Some(repository(&uri, None))
    };
    let resolved = || {
        materials
            .iter()
            .find(|m| m.kind == MaterialKind::Repository)
            .cloned()
    };
    let local = || vcs(predicate, "/runDetails/metadata/buildkit_metadata");
    let source = resource.or_else(named).or_else(resolved).or_else(local)?;
    Some(with_digest(source, materials))
}

/// What BuildKit's client said of the directory a build was made from.
fn vcs(predicate: &Value, metadata: &str) -> Option<Material> {
    let source = json::text(predicate, &format!("{metadata}/vcs/source"))?;
    let revision = json::text(predicate, &format!("{metadata}/vcs/revision"));
    // Uncommitted changes: the commit is not what was built.
    let commit = revision.filter(|revision| !revision.ends_with("-dirty"));
    Some(repository(&source, commit.as_deref()))
}

/// A source without a digest, with that of the same address among the materials.
fn with_digest(source: Material, materials: &[Material]) -> Material {
    if source.digest.is_some() {
        return source;
    }
    let same =
        |m: &&Material| m.digest.is_some() && plain_address(&m.uri) == plain_address(&source.uri);
    materials.iter().find(same).cloned().unwrap_or(source)
}

/// Whether there is a list or object that is not empty.
fn says_something(value: &Value, pointer: &str) -> bool {
    match value.pointer(pointer) {
        Some(Value::Object(object)) => !object.is_empty(),
        Some(Value::Array(array)) => !array.is_empty(),
        _ => false,
    }
}
