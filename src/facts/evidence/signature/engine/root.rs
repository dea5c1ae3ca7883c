//! Trust roots, prepared for the verifier.

use serde_json::{Map, Value};
use sigstore_verify::Verifier;
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};

/// The lists of a `trusted_root.json` (protobuf-specs, sigstore_trustroot.proto).
const LISTS: [&str; 4] = [
    "tlogs",
    "ctlogs",
    "certificateAuthorities",
    "timestampAuthorities",
];

/// A trust root, prepared: the authorities, logs and timestamp authorities that are believed.
pub(in super::super) struct Root {
    pub(super) verifier: Verifier,
    /// Whether it lists logs, usable ones or not: of who lists some, entries are asked for.
    pub(super) has_logs: bool,
    /// The same of logs of certificates.
    pub(super) has_certificate_logs: bool,
    /// Whether it has authorities of certificates that can be used.
    pub(super) has_authorities: bool,
    /// The same of timestamp authorities.
    pub(super) has_timestamp_authorities: bool,
}

impl Root {
    /// Reads a `trusted_root.json`. A log or authority that cannot be used is left out, and told in
    /// `skipped`: whatever it alone vouches for is unverifiable then, never good. The error is for
    /// what is no root, for one of which nothing can be used, and for one that names a log twice.
    pub(in super::super) fn from_json(
        mut json: Value,
        skipped: &mut Vec<String>,
    ) -> Result<Self, String> {
        let media_type = json.get("mediaType").cloned();
        let lists = |json: &Value| LISTS.map(|list| length(json, list));
        let listed = lists(&json);
        let mut wrong = Vec::new();
        for list in LISTS {
            let Some(parts) = json.get_mut(list).and_then(Value::as_array_mut) else {
                continue;
            };
            let mut at = 0_usize;
            parts.retain(|part| {
                at = at.saturating_add(1);
                let alone = Map::from_iter([
                    (
                        "mediaType".to_owned(),
                        media_type.clone().unwrap_or_default(),
                    ),
                    (list.to_owned(), Value::Array(vec![part.clone()])),
                ]);
                let usable = prepare(&Value::Object(alone));
                wrong.extend(
                    usable
                        .as_ref()
                        .err()
                        .map(|why| format!("{list}, number {at}: {why}")),
                );
                usable.is_ok()
            });
        }
        let verifier = prepare(&json)?;
        let [_, _, authorities, timestamp_authorities] = lists(&json);
        if let (true, Some(first)) = (lists(&json) == [0; 4], wrong.first()) {
            return Err(first.clone());
        }
        skipped.append(&mut wrong);
        let [logs, certificate_logs, ..] = listed;
        Ok(Self {
            verifier,
            has_logs: logs > 0,
            has_certificate_logs: certificate_logs > 0,
            has_authorities: authorities > 0,
            has_timestamp_authorities: timestamp_authorities > 0,
        })
    }
}

fn length(json: &Value, list: &str) -> usize {
    json.get(list).and_then(Value::as_array).map_or(0, Vec::len)
}

fn prepare(json: &Value) -> Result<Verifier, String> {
    let root = TrustedRoot::from_json(&json.to_string()).map_err(|error| error.to_string())?;
    Verifier::new(&root).map_err(|error| error.to_string())
}

/// The trust root of Sigstore's public instance that the verifier carries.
pub(in super::super) fn public_good_json() -> &'static str {
    SIGSTORE_PRODUCTION_TRUSTED_ROOT
}
