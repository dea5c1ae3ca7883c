//! Packs in registries: what `conftest push` writes, and OPA bundles as one layer.

use std::collections::BTreeSet;

use super::bundle::{self, Unpacked, text_of};
use super::error::{PolicyError, Problem, ProblemKind};
use super::files::{self, Origin, PackFile, is_data};
use super::origin::Layer;
use super::unpack::{self, printable};

/// One Rego file (conftest, `push`).
const REGO: &str = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego";

/// One JSON or YAML document (conftest, `push`).
const DATA: &str = "application/vnd.cncf.openpolicyagent.data.layer.v1+json";

/// An OPA bundle (openpolicyagent.org, "Bundles", "OCI Registry").
const BUNDLE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What to do about a layer that cannot be used.
const PUSH: &str = "push it again with `conftest push`, from the directory that holds the rules";

/// Layers of one artifact: conftest makes one of each file.
const MAX_LAYERS: usize = 5_000;

/// Bytes of all layers together.
const MAX_BYTES: u64 = unpack::MAX_STORED;

/// Whether an artifact with these layers (media type and size in bytes) is a pack; asked before
/// any of them is fetched.
///
/// # Errors
/// [`PolicyError::Problem`] that says what it is instead.
pub(super) fn check<'a>(
    name: &str,
    layers: impl Iterator<Item = (&'a str, u64)>,
) -> Result<(), PolicyError> {
    let refuse = |kind: ProblemKind, message: String| {
        let help = "rules are pushed with `conftest push`, or as a bundle of `opa build` in one \
                    tar+gzip layer";
        let problem = Problem::in_file(kind, name, message).help(help);
        Err(PolicyError::Problem(problem))
    };
    let (mut count, mut bundles, mut bytes) = (0_usize, 0_usize, 0_u64);
    for (media_type, size) in layers {
        if ![REGO, DATA, BUNDLE].contains(&media_type) {
            let media_type = printable(media_type);
            let message = format!("`{name}` is no pack of rules: it has a layer `{media_type}`");
            return refuse(ProblemKind::Bundle, message);
        }
        count = count.saturating_add(1);
        bundles = bundles.saturating_add(usize::from(media_type == BUNDLE));
        bytes = bytes.saturating_add(size);
    }
    if count == 0 {
        let message = format!("`{name}` is no pack of rules: it has no layers");
        return refuse(ProblemKind::Bundle, message);
    }
    if bundles > 0 && count > 1 {
        let message = format!("`{name}` is no pack of rules: a bundle is one layer, alone");
        return refuse(ProblemKind::Bundle, message);
    }
    if count > MAX_LAYERS || bytes > MAX_BYTES {
        let message = format!("`{name}` has more than {MAX_LAYERS} layers or {MAX_BYTES} bytes");
        return refuse(ProblemKind::TooLarge, message);
    }
    Ok(())
}

/// The files of an artifact that [`check`] let pass.
pub(super) fn read(name: &str, layers: Vec<Layer>) -> Unpacked {
    let mut unpacked = Unpacked::default();
    let mut seen = BTreeSet::new();
    for (number, layer) in (1_usize..).zip(layers) {
        if layer.media_type == BUNDLE {
            return bundle::read(name, &layer.bytes);
        }
        let is_rego = layer.media_type == REGO;
        let end = if is_rego { "rego" } else { "json" };
        let title = layer.title.unwrap_or_else(|| format!("{number}.{end}"));
        match file(name, &title, is_rego, layer.bytes) {
            Ok(file) if !seen.insert(file.name.clone()) => {
                let message = format!("`{name}` has two layers called `{}`", printable(&title));
                let problem = Problem::in_file(ProblemKind::Bundle, name, message);
                unpacked.problems.push(problem.help(PUSH));
            }
            Ok(file) => unpacked.files.push(file),
            Err(problem) => unpacked.problems.push(problem),
        }
    }
    unpacked
        .files
        .sort_by(|one, other| one.place.cmp(&other.place));
    unpacked
}

/// One layer as a file. Data that are no part of a pack as ours stand at their directory below `data`,
/// as for `conftest test --data`.
fn file(name: &str, title: &str, is_rego: bool, bytes: Vec<u8>) -> Result<PackFile, Problem> {
    let refuse = |reason: &str| {
        let message = format!("layer `{}` of `{name}` {reason}", printable(title));
        Problem::in_file(ProblemKind::Bundle, name, message).help(PUSH)
    };
    let mut place = unpack::place(title.as_bytes()).map_err(|refused| refuse(&refused.reason))?;
    let file_name = place.last().map(String::as_str).unwrap_or_default();
    if is_rego && !file_name.ends_with(".rego") {
        return Err(refuse("is Rego, and its title does not end in `.rego`"));
    }
    if !is_rego && !is_data(file_name) {
        return Err(refuse(
            "is data, and its title does not end in `.json` or `.yaml`",
        ));
    }
    // conftest pushes the folder's name along.
    if place.len() > 1 && place.first().is_some_and(|part| part == "policy") {
        place.remove(0);
    }
    let shown = format!("{name}:{}", place.join("/"));
    let mut file = PackFile {
        text: text_of(&shown, bytes)?,
        name: shown,
        place,
        origin: Origin::User,
    };
    file.skip_mark();
    let is_ours = file.is_profile() || file.stem() == "parameters" || is_shipped_table(&file);
    if !is_rego && !is_ours {
        if file.place.len() > 1 && file.place.first().is_some_and(|part| part == "data") {
            file.place.remove(0);
        }
        file.mount();
    }
    Ok(file)
}

/// Whether a file adds to a table of the shipped pack. Any other file of a folder called `data` is
/// what `conftest push --data data` pushed.
fn is_shipped_table(file: &PackFile) -> bool {
    let in_data = file.place.len() == 2 && file.place.first().is_some_and(|part| part == "data");
    let shipped = || files::embedded().into_iter().filter(PackFile::is_document);
    in_data && shipped().any(|table| table.place.len() == 2 && table.stem() == file.stem())
}
