//! Predicates of few words: verification summaries, test results, SBOMs, and the times of others.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::json;
use crate::facts::model::VerificationSummary;

/// Levels taken of one verification summary; SLSA has a handful.
const MAX_LEVELS: usize = 32;

/// SLSA, "Verification Summary Attestation" v0.2 and v1.
pub(super) fn verification_summary(predicate: &Value) -> Result<VerificationSummary, String> {
    let levels = json::list(predicate, "/verifiedLevels").iter();
    let older = json::first_text(predicate, &["/policy_level", "/policyLevel"]);
    let summary = VerificationSummary {
        verifier: json::address(predicate, &["/verifier/id"]),
        result: json::first_text(predicate, &["/verificationResult", "/verification_result"]),
        levels: levels
            .filter_map(json::whole_text)
            .chain(older)
            .take(MAX_LEVELS)
            .collect(),
    };
    if summary.verifier.is_none() || summary.result.is_none() {
        return Err("its predicate is no verification summary".to_owned());
    }
    Ok(summary)
}

/// in-toto attestation framework, spec/predicates/test-result.md.
pub(super) fn test_result(predicate: &Value) -> Result<String, String> {
    let result = json::text(predicate, "/result").map(|result| result.to_ascii_uppercase());
    let known = result.filter(|r| matches!(r.as_str(), "PASSED" | "WARNED" | "FAILED"));
    known.ok_or_else(|| "its predicate states no result of a test".to_owned())
}

/// What may stand around an SBOM in its predicate: cosign puts documents it does not parse, and until
/// 2.0 all, into `Data` (cosign, specs/COSIGN_PREDICATE_SPEC.md).
#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(rename = "Data", borrow)]
    data: &'a RawValue,
}

/// The SBOM in a predicate: the predicate itself, its `Data`, or the text of either.
pub(super) fn document(predicate: &RawValue) -> Result<Cow<'_, [u8]>, String> {
    let is_object = predicate.get().starts_with('{');
    let wrapped = is_object.then(|| serde_json::from_str::<Wrapped<'_>>(predicate.get()));
    let wrapped = wrapped.and_then(Result::ok);
    let document = wrapped.map_or(predicate, |wrapped| wrapped.data);
    match document.get().as_bytes().first() {
        Some(b'{') => Ok(Cow::Borrowed(document.get().as_bytes())),
        Some(b'"') => {
            let text: String = serde_json::from_str(document.get())
                .map_err(|_| "the text of its SBOM is not well-formed".to_owned())?;
            Ok(Cow::Owned(text.into_bytes()))
        }
        _ => Err("its predicate is no SBOM".to_owned()),
    }
}

/// What tells an SBOM in JSON from other documents: SPDX 2.3, section 6.1; CycloneDX 1.6,
/// `bomFormat`.
#[derive(Deserialize)]
struct Marks {
    #[serde(rename = "spdxVersion", default)]
    spdx: Option<IgnoredAny>,
    #[serde(rename = "bomFormat", default)]
    cyclonedx: Option<IgnoredAny>,
}

/// The SBOM in a predicate of a type that does not say so: cosign's `custom` type was used for them.
pub(super) fn undeclared_document(predicate: &RawValue) -> Option<Cow<'_, [u8]>> {
    let document = document(predicate).ok()?;
    let marks: Marks = serde_json::from_slice(&document).ok()?;
    (marks.spdx.is_some() || marks.cyclonedx.is_some()).then_some(document)
}

/// Times of predicates that are read no further.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Times<'a> {
    /// COSIGN_PREDICATE_SPEC.md.
    #[serde(rename = "Timestamp", borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<ScanTimes<'a>>,
}

/// COSIGN_VULN_ATTESTATION_SPEC.md, and vuln.md of the in-toto attestation framework.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ScanTimes<'a> {
    #[serde(rename = "scanFinishedOn", borrow)]
    finished: Option<&'a RawValue>,
    #[serde(rename = "scanStartedOn", borrow)]
    started: Option<&'a RawValue>,
}

/// The time a predicate states in one of the ways known.
pub(super) fn stated_time(predicate: &RawValue) -> Option<String> {
    let times: Times<'_> = serde_json::from_str(predicate.get()).ok()?;
    let scan = times.metadata.unwrap_or_default();
    let stated = [scan.finished, scan.started, times.timestamp];
    let mut texts = stated.into_iter().flatten().filter_map(json::raw_text);
    texts.find(|text| json::is_time(text))
}
