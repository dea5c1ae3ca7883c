//! What a statement speaks of.

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Statement, json};
use crate::facts::model::{EvidenceSubject, SubjectIs};

/// Subjects of one statement that are read.
pub const MAX_SUBJECTS: usize = 1_000;

/// Bytes of one subject: longer ones are passed over.
const MAX_SUBJECT_BYTES: usize = 64 << 10;

/// Digests of one subject; a file has one of each algorithm.
const MAX_DIGESTS: usize = 16;

/// One subject (in-toto attestation framework, "ResourceDescriptor").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name, such as a reference or purl.
    pub name: Option<String>,
    /// Its digests as `algorithm:value`, in lower case.
    pub digests: Vec<String>,
}

/// The subjects as they are in the statement.
#[derive(Default)]
pub(super) struct Subjects {
    kept: Vec<Box<RawValue>>,
    /// Whether some were passed over.
    cut: bool,
}

impl<'de> Deserialize<'de> for Subjects {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Take;

        impl<'de> Visitor<'de> for Take {
            type Value = Subjects;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("a list of subjects")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Subjects, E> {
                Ok(Subjects::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Subjects, A::Error> {
                let mut subjects = Subjects::default();
                while subjects.kept.len() < MAX_SUBJECTS {
                    let Some(one) = seq.next_element::<&RawValue>()? else {
                        return Ok(subjects);
                    };
                    if one.get().len() > MAX_SUBJECT_BYTES {
                        subjects.cut = true;
                    } else {
                        subjects.kept.push(one.to_owned());
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    subjects.cut = true;
                }
                Ok(subjects)
            }
        }

        from.deserialize_any(Take)
    }
}

/// The subjects, and whether there are more.
pub(super) fn read_subjects(subjects: Subjects) -> (Vec<Subject>, bool) {
    let values = subjects
        .kept
        .iter()
        .filter_map(|raw| json::parse(raw.get()).ok());
    (values.map(|value| read(&value)).collect(), subjects.cut)
}

fn read(value: &Value) -> Subject {
    Subject {
        name: json::address(value, &["/name", "/uri"]),
        digests: digests(value),
    }
}

/// The digests of a resource (in-toto attestation framework, "DigestSet").
pub(super) fn digests(resource: &Value) -> Vec<String> {
    let set = resource.get("digest").and_then(Value::as_object);
    let pairs = set.into_iter().flatten().filter_map(|(algorithm, value)| {
        let value = json::whole_text(value)?;
        (algorithm.len() <= 64).then(|| format!("{algorithm}:{value}"))
    });
    let mut digests: Vec<String> = pairs.take(MAX_DIGESTS).collect();
    for digest in &mut digests {
        // Names of algorithms are kept: `gitCommit` is one.
        if let Some((algorithm, value)) = digest.split_once(':') {
            *digest = format!("{algorithm}:{}", value.to_ascii_lowercase());
        }
    }
    digests
}

/// What a statement speaks of, compared with the digests of the image: that of its manifest, and
/// that of the index it was chosen from, as far as the source has them. Where the index is not
/// known, a statement about it speaks of another image, as far as anyone can say.
pub fn subject(of: &Statement<'_>, manifest: Option<&str>, index: Option<&str>) -> EvidenceSubject {
    let all = || of.subjects.iter().flat_map(|subject| &subject.digests);
    let names = |digest: Option<&str>| {
        let same = |named: &String| digest.is_some_and(|digest| named.eq_ignore_ascii_case(digest));
        of.subjects
            .iter()
            .find(|subject| subject.digests.iter().any(same))
    };
    let comparable = all().any(|named| {
        let own = [manifest, index].into_iter().flatten();
        own.into_iter()
            .any(|digest| algorithm(digest) == algorithm(named))
    });
    let (is, meant) = if let Some(meant) = names(manifest) {
        (SubjectIs::Platform, Some(meant))
    } else if let Some(meant) = names(index) {
        (SubjectIs::Index, Some(meant))
    } else if comparable && !of.subjects_cut {
        (SubjectIs::AnotherImage, of.subjects.first())
    } else {
        (SubjectIs::Unstated, of.subjects.first())
    };
    // The digests of the subject that is meant come first, so that they are not cut off.
    let first = meant.into_iter().flat_map(|subject| &subject.digests);
    let mut digests: Vec<String> = Vec::new();
    for digest in first.chain(all()) {
        if digests.len() < MAX_DIGESTS && !digests.contains(digest) {
            digests.push(digest.clone());
        }
    }
    EvidenceSubject {
        is,
        digests,
        name: meant.and_then(|subject| subject.name.clone()),
    }
}

fn algorithm(digest: &str) -> Option<&str> {
    digest.split_once(':').map(|(algorithm, _)| algorithm)
}
