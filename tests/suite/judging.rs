//! What the tests of judging share: a small facts document, and packs made of strings.

use freehold::facts::model::{ElfSummary, Facts, Libc, Ownership, Trusted};
use freehold::policy::error::{PolicyError, Problem, ProblemKind};
use freehold::policy::evaluate;
use freehold::policy::pack::Pack;
use freehold::policy::profile::Profile;
use freehold::policy::verdict::Verdict;
use serde_json::{Value, json};

pub(crate) const NOW: &str = "2026-11-21T00:00:00Z";

/// The facts of an image with nothing in it, every topic complete.
pub(crate) fn facts_document() -> Value {
    let none = json!({"items": [], "total": 0, "truncated": false});
    let names = [
        "image",
        "distro",
        "packages",
        "package_databases",
        "package_managers",
        "repositories",
        "trust_keys",
        "layout",
        "ownership",
        "integrity",
        "elf",
        "shells",
        "tools",
        "sboms",
        "private_keys",
        "credentials",
        "attached_evidence",
    ];
    let topics: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                json!({"coverage": "complete", "reason": null}),
            )
        })
        .collect();
    json!({
        "schema": "freehold.facts/v1",
        "image": image(),
        "distro": {
            "os_release": null, "layer": null, "id": null, "id_like": [], "name": null,
            "pretty_name": null, "version_id": null, "version_codename": null,
            "variant_id": null, "home_url": null, "support_end": null, "other": {},
            "native_package_type": null, "markers": []
        },
        "packages": [], "package_databases": [], "package_managers": [], "repositories": [],
        "trust_keys": [],
        "layout": {
            "top_level": [], "usr": [], "var": [], "opt": [],
            "usr_merge": {"bin": "absent", "sbin": "absent", "lib": "absent", "broken": []},
            "setuid": none, "file_capabilities": none, "world_writable": none, "devices": none,
            "stray_executables": none, "dangling_links": none, "unportable_names": none,
            "well_known": []
        },
        "ownership": Ownership::default(),
        "elf": ElfSummary::default(),
        "libc": Libc::default(),
        "binaries": none,
        "shells": [], "tools": none, "sboms": none, "signatures": none, "attestations": none,
        "trust": Trusted::default(),
        "private_keys": none,
        "credentials": none,
        "attached_evidence": {"places": [], "complete": true, "artifacts": none},
        "topics": topics, "gaps": []
    })
}

/// An image without layers that runs as root.
fn image() -> Value {
    json!({
        "reference": "oci-dir:x", "source": "oci-dir", "digest": null, "index_digest": null,
        "config_digest": null,
        "platform": {"os": "linux", "architecture": "amd64", "variant": null},
        "platforms": null,
        "created": null, "annotations": {}, "labels": {},
        "config": {
            "user": "", "runs_as_root": true, "entrypoint": [], "cmd": [],
            "working_dir": null, "env_names": [], "exposed_ports": [], "volumes": [],
            "stop_signal": null, "health": "none"
        },
        "layers": [], "history": [], "stored_bytes": 0, "tar_bytes": 0,
        "role": {"name": "runtime", "basis": "--role"},
        "base": {"layers": null, "basis": "not given"}
    })
}

/// The facts of an empty image with one thing changed.
pub(crate) fn facts(change: impl FnOnce(&mut Value)) -> Facts {
    let mut document = facts_document();
    change(&mut document);
    serde_json::from_value(document).unwrap()
}

/// A METADATA block with these lines below `custom:`.
pub(crate) fn metadata(custom: &str) -> String {
    let mut text = "# METADATA\n# title: T\n# description: D\n# related_resources:\n\
                    #   - ref: https://example.com/\n# custom:\n#   remediation: R\n\
                    #   effort: low\n#   stability: stable\n"
        .to_owned();
    let keys = [("severity", "medium"), ("weight", "1"), ("needs", "[]")];
    for (key, default) in keys {
        if !custom.contains(&format!("{key}:")) {
            text.push_str(&format!("#   {key}: {default}\n"));
        }
    }
    for line in custom.lines() {
        text.push_str(&format!("#   {line}\n"));
    }
    text
}

/// The embedded pack with these files, each a path and its text, in a directory of their own.
pub(crate) fn load(files: &[(&str, &str)]) -> Result<Pack, PolicyError> {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), files);
    Pack::load(&[directory.path().to_path_buf()])
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test writes its own temporary files"
)]
pub(crate) fn write(root: &std::path::Path, files: &[(&str, &str)]) {
    for (place, text) in files {
        let path = root.join(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Everything wrong with one rule, fatal or not.
pub(crate) fn problems(files: &[(&str, &str)]) -> Vec<Problem> {
    match load(files) {
        Ok(pack) => pack.warnings().to_vec(),
        Err(PolicyError::Engine { detail }) => panic!("{detail}"),
        Err(error) => error.problems().to_vec(),
    }
}

/// The verdict of one rule of a user's, `freehold.hardening.mine`, with this METADATA and body.
pub(crate) fn judge(custom: &str, body: &str, facts: &Facts) -> Verdict {
    let text = format!(
        "{}package freehold.hardening.mine\n\n{body}\n",
        metadata(custom)
    );
    let pack = load(&[("mine.rego", &text)]).unwrap();
    verdict_of("hardening.mine", &pack, facts)
}

pub(crate) fn verdict_of(id: &str, pack: &Pack, facts: &Facts) -> Verdict {
    let verdicts = evaluate(pack, &Profile::everything(pack), facts, NOW).unwrap();
    let found = verdicts.into_iter().find(|verdict| verdict.rule.id == id);
    found.unwrap_or_else(|| panic!("no verdict for {id}"))
}

pub(crate) fn kinds(problems: &[Problem]) -> Vec<ProblemKind> {
    problems.iter().map(|problem| problem.kind).collect()
}

/// Every problem an error lists.
pub(crate) fn listed(error: &PolicyError) -> &[Problem] {
    error.problems()
}
