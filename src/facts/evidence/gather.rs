//! What is attached to the image or was given, each piece read by what it is.

use std::collections::BTreeMap;

use super::given::{documents, is_bundle, is_envelope, is_statement};
use super::signature::{
    Checked, Content, Wanted, read_notation, verify_bundle, verify_dsse, verify_simple_signing,
};
use super::{EvidenceOptions, Given, GivenKind, ReadSbom, digest, read_sbom, sbom, statement};
use crate::facts::model::{
    AttachedTo, Attestation, EvidenceOrigin, EvidenceSubject, Gap, GapKind, OriginKind,
    PredicateKind, SbomFormat, Side, Signature, SignatureFormat, Topic, Verification,
};
use crate::source::{Artifact, ArtifactBlob, SourceImage, SubjectKind};

/// Bytes of one attached part: what is read of an SBOM at most.
const MAX_PART_BYTES: u64 = 128 << 20;

/// Bytes of all attached parts together.
const MAX_BYTES: u64 = 512 << 20;

/// Parts that are read. An image that is signed anew every day has as many in a year.
const MAX_PARTS: usize = 1_000;

/// Type of a payload that is a statement (in-toto attestation framework, "Envelope").
const STATEMENT_PAYLOAD: &str = "application/vnd.in-toto+json";

/// Media types that many a tool attaches anything by (`oras attach`, for one).
const UNTOLD: [&str; 5] = [
    "application/json",
    "application/xml",
    "text/json",
    "text/plain",
    "text/xml",
];

/// What was found outside the image's files.
#[derive(Debug, Default)]
pub(in crate::facts) struct Gathered {
    /// SBOMs, bare or as predicates.
    pub(in crate::facts) sboms: Vec<ReadSbom>,
    /// Signatures over the image.
    pub(in crate::facts) signatures: Vec<Signature>,
    /// Statements about the image.
    pub(in crate::facts) attestations: Vec<Attestation>,
    /// What was found and could not be read.
    pub(in crate::facts) gaps: Vec<Gap>,
}

/// Reads what is attached to the image and what was given; waits for the search to end.
pub(in crate::facts) fn gather(source: &SourceImage, options: &EvidenceOptions) -> Gathered {
    let manifest = source.manifest_digest.as_ref().map(ToString::to_string);
    let index = source.index_digest.as_ref().map(ToString::to_string);
    let reader = Reader {
        wanted: Wanted {
            platform: manifest.as_deref(),
            index: index.as_deref(),
            manifest: None,
        },
        options,
    };
    let mut gathered = Gathered::default();
    for given in &options.given {
        reader.given(given, &mut gathered);
    }
    let mut left = Budget {
        bytes: MAX_BYTES,
        parts: MAX_PARTS,
    };
    for artifact in &source.attached().artifacts {
        for blob in &artifact.blobs {
            reader.attached(source, (artifact, blob), &mut left, &mut gathered);
        }
    }
    gathered
}

/// What may still be read.
struct Budget {
    bytes: u64,
    parts: usize,
}

impl Budget {
    fn take(&mut self, bytes: u64) -> bool {
        let left = self.bytes.checked_sub(bytes).zip(self.parts.checked_sub(1));
        if let Some((bytes, parts)) = left.filter(|_| bytes <= MAX_PART_BYTES) {
            (self.bytes, self.parts) = (bytes, parts);
            return true;
        }
        false
    }
}

/// What a part is, by its media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// cosign's payload, whose signature is in the annotations.
    SimpleSigning,
    /// A statement, in an envelope or bare.
    Statement,
    /// A Sigstore bundle.
    Bundle,
    /// A signature of the Notary Project.
    Notation,
    /// An SBOM.
    Sbom,
    /// Its type says no more than that it is JSON, XML or text.
    Untold,
}

/// Reads pieces of evidence of one image.
struct Reader<'a> {
    wanted: Wanted<'a>,
    options: &'a EvidenceOptions,
}

impl Reader<'_> {
    fn given(&self, given: &Given, out: &mut Gathered) {
        let (form, documents) = match given.kind {
            GivenKind::Sbom => (Form::Sbom, vec![given.bytes.as_slice()]),
            GivenKind::Attestation => (Form::Statement, documents(&given.bytes)),
            GivenKind::Bundle => (Form::Bundle, documents(&given.bytes)),
        };
        for document in documents {
            self.given_document(form, &given.name, document, out);
        }
    }

    fn given_document(&self, form: Form, name: &str, bytes: &[u8], out: &mut Gathered) {
        let origin = EvidenceOrigin {
            kind: OriginKind::Given,
            path: Some(name.to_owned()),
            layer: None,
            side: Side::Unknown,
            owner: None,
            artifact: None,
            attached_to: None,
            digest: Some(digest(bytes)),
            size: bytes.len() as u64,
        };
        let none = BTreeMap::new();
        self.read(form, (bytes, &none), &origin, out);
    }

    fn attached(
        &self,
        source: &SourceImage,
        (artifact, blob): (&Artifact, &ArtifactBlob),
        left: &mut Budget,
        out: &mut Gathered,
    ) {
        let Some(form) = form(artifact, blob) else {
            return;
        };
        let origin = EvidenceOrigin {
            kind: OriginKind::Attached,
            path: None,
            layer: None,
            side: Side::Unknown,
            owner: None,
            artifact: Some(artifact.digest.to_string()),
            attached_to: Some(match artifact.subject_kind {
                SubjectKind::Index => AttachedTo::Index,
                SubjectKind::Manifest => AttachedTo::Manifest,
            }),
            digest: Some(blob.digest.to_string()),
            size: blob.size,
        };
        if !left.take(blob.size) {
            let detail = format!("attached {} is more than is read", blob.digest);
            return out.gap(GapKind::Limit, detail);
        }
        match source.read_attached(blob, MAX_PART_BYTES) {
            Ok(bytes) => self.read(form, (&bytes, &blob.annotations), &origin, out),
            Err(error) => out.gap(GapKind::Unresolvable, error.to_string()),
        }
    }

    /// Reads a piece: its bytes, and what the annotations of its layer say.
    fn read(
        &self,
        form: Form,
        (bytes, annotations): (&[u8], &BTreeMap<String, String>),
        origin: &EvidenceOrigin,
        out: &mut Gathered,
    ) {
        let (wanted, trust) = (&self.wanted, &self.options.trust);
        let (format, checked) = match form {
            Form::Untold => {
                let told =
                    told(bytes).map(|form| self.read(form, (bytes, annotations), origin, out));
                return told.unwrap_or_default();
            }
            Form::Sbom => return out.sboms.push(read_sbom(bytes, origin.clone())),
            Form::Statement if !is_envelope(bytes) => {
                return self.statement(bytes, None, origin, out);
            }
            Form::Statement => {
                let checked = verify_dsse(bytes, annotations, wanted, trust);
                (SignatureFormat::Dsse, checked)
            }
            Form::Bundle => {
                let checked = verify_bundle(bytes, wanted, trust);
                (SignatureFormat::SigstoreBundle, checked)
            }
            Form::SimpleSigning => {
                let checked = verify_simple_signing(bytes, annotations, wanted, trust);
                (SignatureFormat::CosignSimpleSigning, checked)
            }
            Form::Notation => (SignatureFormat::Notation, read_notation(bytes, wanted)),
        };
        match &checked.content {
            Content::Payload {
                payload_type,
                payload,
            } if payload_type == STATEMENT_PAYLOAD => {
                self.statement(payload, Some((format, &checked)), origin, out);
            }
            Content::Payload { payload_type, .. } => {
                let why = format!("what is signed is no statement: {payload_type}");
                out.unreadable(why, Some((format, &checked)), origin);
            }
            Content::Unread if form == Form::Statement => {
                let why = "the envelope could not be opened".to_owned();
                out.unreadable(why, Some((format, &checked)), origin);
            }
            _ => out.signatures.push(Signature {
                origin: origin.clone(),
                format,
                subject: checked.subject,
                verification: checked.verification,
            }),
        }
    }

    /// A statement, with the signature over it if it has one.
    fn statement(
        &self,
        payload: &[u8],
        signed: Option<(SignatureFormat, &Checked)>,
        origin: &EvidenceOrigin,
        out: &mut Gathered,
    ) {
        let verification = signed.map(|(_, checked)| checked.verification.clone());
        let verification = verification.unwrap_or_default();
        let read = match statement::read(payload) {
            Ok(read) => read,
            Err(refused) => return out.unreadable(refused.to_string(), signed, origin),
        };
        let (manifest, index) = (self.wanted.platform, self.wanted.index);
        let subject = statement::subject(&read, manifest, index);
        if let Some((format, _)) = signed.filter(|_| read.kind == PredicateKind::ImageSignature) {
            return out.signatures.push(Signature {
                origin: origin.clone(),
                format,
                subject,
                verification,
            });
        }
        if let Some(document) = &read.sbom {
            let mut sbom = read_sbom(document, origin.clone());
            sbom.is_predicate = true;
            sbom.record.verification = verification.clone();
            sbom.record.subject = subject.clone();
            out.sboms.push(sbom);
        }
        out.note_unread(origin, read.unread.as_deref());
        let signature = signed.map(|(format, _)| format);
        let signed = (signature, verification);
        out.attestations
            .push(read.attestation(origin.clone(), subject, signed));
    }
}

impl Gathered {
    fn gap(&mut self, kind: GapKind, detail: String) {
        self.gaps.push(Gap {
            topic: Topic::AttachedEvidence,
            path: None,
            layer: None,
            kind,
            detail,
        });
    }

    /// What is attached and not read may have been anything.
    fn note_unread(&mut self, origin: &EvidenceOrigin, why: Option<&str>) {
        if let (OriginKind::Attached, Some(why)) = (origin.kind, why) {
            let what = origin.digest.as_deref().unwrap_or_default();
            self.gap(GapKind::Corrupt, format!("attached {what}: {why}"));
        }
    }

    /// Something that says to be a statement and is none: listed, with the signature it has.
    fn unreadable(
        &mut self,
        why: String,
        signed: Option<(SignatureFormat, &Checked)>,
        origin: &EvidenceOrigin,
    ) {
        self.note_unread(origin, Some(&why));
        self.attestations.push(Attestation {
            origin: origin.clone(),
            statement_type: None,
            predicate_type: String::new(),
            kind: PredicateKind::Other,
            subject: EvidenceSubject::default(),
            signature: signed.map(|(format, _)| format),
            verification: signed.map_or_else(Verification::default, |(_, checked)| {
                checked.verification.clone()
            }),
            made_at: None,
            provenance: None,
            vex: None,
            summary: None,
            test_result: None,
            unread: Some(why),
        });
    }
}

/// What a part is; `None` for what is no evidence that is read.
fn form(artifact: &Artifact, blob: &ArtifactBlob) -> Option<Form> {
    let of = |media_type: &str| {
        let media_type = media_type.to_ascii_lowercase();
        let has = |word: &str| media_type.contains(word);
        // cosign, SIGNATURE_SPEC.md and specs; Notary Project, signature-specification.md;
        // BuildKit, "Image Attestation Storage"; IANA for the types of SBOMs.
        if has("vnd.dev.cosign.simplesigning") {
            Some(Form::SimpleSigning)
        } else if has("vnd.dev.sigstore.bundle") {
            Some(Form::Bundle)
        } else if has("dsse") || has("in-toto") {
            Some(Form::Statement)
        } else if has("vnd.cncf.notary.signature") {
            Some(Form::Notation)
        } else if ["spdx", "cyclonedx", "vnd.syft", "sbom"]
            .into_iter()
            .any(has)
        {
            Some(Form::Sbom)
        } else {
            None
        }
    };
    let untold = UNTOLD
        .contains(&blob.media_type.as_str())
        .then_some(Form::Untold);
    let told = of(&blob.media_type).or_else(|| of(&artifact.artifact_type));
    told.or(untold)
}

/// What a document is whose type does not say it; `None` for what is no evidence.
fn told(bytes: &[u8]) -> Option<Form> {
    if is_bundle(bytes) {
        Some(Form::Bundle)
    } else if is_envelope(bytes) || is_statement(bytes) {
        Some(Form::Statement)
    } else {
        let format = sbom::recognise(bytes).format;
        (format != SbomFormat::Unrecognised).then_some(Form::Sbom)
    }
}
