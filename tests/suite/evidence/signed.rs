//! An image that cosign signed: the signatures of `tests/fixtures/signatures` beside the manifest
//! they are over.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::registries::server::{Referrers, Settings};
use crate::registries::{ends_with, run, said};
use crate::support::image_builder::digest_of;
use crate::support::layout::Layout;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

pub const BUILD: &str = "https://ci.example/team/image/build.yml@refs/heads/main";
pub const ISSUER: &str = "https://ci.example";

/// A fixture's path.
pub fn fixture(name: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/fixtures/signatures").join(name);
    path.display().to_string()
}

pub fn bytes(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).unwrap()
}

/// What is attached: a fixture, or its bytes changed.
pub struct Attached {
    media_type: &'static str,
    bytes: Vec<u8>,
    annotations: Value,
}

impl Attached {
    /// A signature of the older form, with the annotations of its layer.
    pub fn simple(name: &str) -> Self {
        Self::annotated(&format!("simple/{name}"), PAYLOAD)
    }

    /// An attestation of the older form.
    pub fn envelope(name: &str) -> Self {
        Self::annotated(&format!("envelopes/{name}"), ENVELOPE)
    }

    /// A bundle.
    pub fn bundle(name: &str) -> Self {
        Self {
            media_type: BUNDLE,
            bytes: bytes(&format!("bundles/{name}.sigstore.json")),
            annotations: json!({}),
        }
    }

    fn annotated(name: &str, media_type: &'static str) -> Self {
        let annotations = bytes(&format!("{name}.annotations.json"));
        Self {
            media_type,
            bytes: bytes(&format!("{name}.payload")),
            annotations: serde_json::from_slice(&annotations).unwrap(),
        }
    }

    /// The same with one text in it replaced.
    pub fn with(mut self, old: &str, new: &str) -> Self {
        let text = String::from_utf8(self.bytes).unwrap();
        assert!(text.contains(old), "{old} in {text}");
        self.bytes = text.replacen(old, new, 1).into_bytes();
        self
    }
}

/// The signed image with these things attached: under cosign's tags, and bundles by their subject.
pub fn signed(attached: &[Attached]) -> Layout {
    let image = bytes("manifest.json");
    let digest = digest_of(&image);
    let hex = digest.replace(':', "-");
    let mut layout = Layout::new().blob(*b"{}").blob(image.clone());
    layout = layout.entry(entry(&image, Some("app")));
    for (media_type, suffix) in [(PAYLOAD, "sig"), (ENVELOPE, "att")] {
        let of_type = attached.iter().filter(|one| one.media_type == media_type);
        let parts: Vec<&Attached> = of_type.collect();
        if !parts.is_empty() {
            let manifest = manifest(&parts, None);
            layout = with_parts(layout, &parts).blob(manifest.clone());
            layout = layout.entry(entry(&manifest, Some(&format!("{hex}.{suffix}"))));
        }
    }
    for bundle in attached.iter().filter(|one| one.media_type == BUNDLE) {
        let manifest = manifest(&[bundle], Some(&image));
        layout = with_parts(layout, &[bundle]).blob(manifest.clone());
        layout = layout.entry(entry(&manifest, None));
    }
    layout
}

fn with_parts(layout: Layout, parts: &[&Attached]) -> Layout {
    let add = |layout: Layout, part: &&Attached| layout.blob(part.bytes.clone());
    parts.iter().fold(layout, add)
}

fn manifest(parts: &[&Attached], subject: Option<&[u8]>) -> Vec<u8> {
    let layers: Vec<Value> = parts
        .iter()
        .map(|part| {
            json!({
                "mediaType": part.media_type, "digest": digest_of(&part.bytes),
                "size": part.bytes.len(), "annotations": part.annotations
            })
        })
        .collect();
    let config = json!({"mediaType": CONFIG, "digest": digest_of(b"{}"), "size": 2});
    let mut fields = Map::new();
    fields.insert("schemaVersion".into(), json!(2));
    fields.insert("mediaType".into(), json!(MANIFEST));
    fields.insert("config".into(), config);
    fields.insert("layers".into(), json!(layers));
    if let Some(subject) = subject {
        fields.insert("artifactType".into(), json!(BUNDLE));
        fields.insert("subject".into(), entry(subject, None));
    }
    serde_json::to_vec(&fields).unwrap()
}

fn entry(manifest: &[u8], tag: Option<&str>) -> Value {
    let mut entry =
        json!({"mediaType": MANIFEST, "digest": digest_of(manifest), "size": manifest.len()});
    if let Some(tag) = tag {
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    }
    entry
}

/// A layout as a folder.
pub fn written(layout: &Layout) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    layout.write_oci_dir(folder.path());
    let reference = format!("oci-dir:{}:app", folder.path().display());
    (folder, reference)
}

/// What `freehold evidence -f json` says, with the fixtures' trust root.
pub fn evidence(reference: &str, more: &[&str]) -> Value {
    let root = fixture("trusted_root.json");
    let arguments = ["evidence", reference, "-f", "json", "--trusted-root", &root];
    let output = run(&[&arguments, more].concat());
    ends_with(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The verdicts of all signatures, in their order.
pub fn verdicts(evidence: &Value, of: &str) -> Vec<String> {
    let items = evidence[of]["items"].as_array().unwrap();
    let verdicts = items
        .iter()
        .map(|one| one["verification"]["verdict"].as_str().unwrap());
    verdicts.map(str::to_owned).collect()
}

fn identity() -> [&'static str; 4] {
    [
        "--certificate-identity",
        BUILD,
        "--certificate-oidc-issuer",
        ISSUER,
    ]
}

#[test]
fn a_signature_is_verified_authentic_invalid_or_unverifiable() {
    let key = fixture("p256.pub");
    let other = fixture("p384.pub");
    let by_key: &[&str] = &["--key", &key];
    let by_other: &[&str] = &["--key", &other];
    let by_identity: &[&str] = &identity();
    for (attached, flags, expected) in [
        (Attached::simple("p256-logged"), by_key, "verified"),
        (Attached::simple("p256-logged"), &[][..], "unverifiable"),
        (Attached::simple("p256-logged"), by_other, "unverifiable"),
        (Attached::simple("keyless"), by_identity, "verified"),
        (Attached::simple("keyless"), &[][..], "authentic"),
        (Attached::simple("wrong-late"), by_identity, "invalid"),
        (Attached::bundle("keyless"), by_identity, "verified"),
        (Attached::bundle("p256"), by_key, "verified"),
        (Attached::bundle("message"), by_identity, "verified"),
    ] {
        let (_folder, reference) = written(&signed(&[attached]));
        let evidence = evidence(&reference, flags);
        assert_eq!(verdicts(&evidence, "signatures"), [expected], "{flags:?}");
        assert_eq!(
            evidence["signatures"]["items"][0]["subject"]["is"],
            "platform"
        );
        assert_eq!(
            evidence["topics"]["attached_evidence"]["coverage"],
            "complete"
        );
    }
}

#[test]
fn a_changed_payload_is_never_verified() {
    let key = fixture("p256.pub");
    let hex = digest_of(&bytes("manifest.json"));
    let end = hex.get(hex.len() - 8..).unwrap();
    let changed = Attached::simple("p256-logged").with(end, "00000000");
    let (_folder, reference) = written(&signed(&[changed]));
    let evidence = evidence(&reference, &["--key", &key]);
    let found = &evidence["signatures"]["items"][0];
    assert_ne!(found["verification"]["verdict"], "verified");
    assert_eq!(found["subject"]["is"], "another_image");
    let reason = found["verification"]["reason"].as_str().unwrap();
    assert!(!reason.is_empty());
}

#[test]
fn statements_come_with_what_they_say_and_their_sboms_are_read() {
    let key = fixture("p256.pub");
    let names = ["spdxjson", "cyclonedx", "openvex", "slsaprovenance1"];
    let attached: Vec<Attached> = names.iter().map(|name| Attached::envelope(name)).collect();
    let (_folder, reference) = written(&signed(&attached));
    let evidence = evidence(&reference, &["--key", &key, "--insecure-ignore-tlog"]);
    assert_eq!(verdicts(&evidence, "attestations"), ["verified"; 4]);
    let kinds = evidence["attestations"]["items"].as_array().unwrap();
    let kinds: Vec<&Value> = kinds.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["sbom", "sbom", "vex", "provenance"]);
    assert_eq!(verdicts(&evidence, "sboms"), ["verified"; 2]);
    let formats = evidence["sboms"]["items"].as_array().unwrap();
    let formats: Vec<&Value> = formats.iter().map(|one| &one["format"]).collect();
    assert_eq!(formats, ["spdx_json", "cyclonedx_json"]);
    assert_eq!(verdicts(&evidence, "signatures"), [""; 0]);
}

/// One signed image through every source that carries signatures: none says there is no signature.
#[test]
fn a_signed_image_is_signed_from_wherever_it_is_read() {
    let attached = [Attached::simple("p256-logged"), Attached::bundle("keyless")];
    let layout = signed(&attached);
    let (folder, local) = written(&layout);
    let archive = folder.path().join("image.tar");
    layout.write_oci_archive(&archive);
    let mut references = vec![local, format!("oci-archive:{}:app", archive.display())];
    let mut registries = Vec::new();
    for referrers in [Referrers::Pages(10), Referrers::Status(404)] {
        let settings = Settings::default().referrers(referrers);
        let registry = settings.repository("app", folder.path()).start();
        references.push(registry.name("app:app"));
        registries.push(registry);
    }
    for reference in references {
        let evidence = evidence(&reference, &identity());
        let found = verdicts(&evidence, "signatures");
        assert!(!found.is_empty(), "{reference}");
        let table = said(&run(&["evidence", &reference]));
        assert!(!table.contains("signature searched, none"), "{table}");
    }
}
