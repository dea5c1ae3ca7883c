//! Who is trusted to sign: flags, else the configuration and the pins that are shipped.

use std::path::PathBuf;
use std::sync::Arc;

use super::args::GivenFlags;
use super::config::{Config, SignerEntry};
use super::error::CliError;
use super::input;
use super::terminal::Terminal;
use crate::facts::model::NamedBy;
use crate::facts::{Leniency, Matcher, Trust, TrustError, TrustRoot, TrustedIdentity, TrustedKey};
use crate::policy::signers::{self, Pin};

/// Bytes of a file with keys, and of a trust root.
const MAX_BYTES: u64 = 1 << 20;

/// Works out the flags. Who names a key or an identity says who must have signed: then nobody else
/// is trusted.
///
/// # Errors
/// [`CliError::Trust`] for what is no key, expression or root, and what the pins may say.
pub(super) fn trust(
    flags: &GivenFlags,
    policy: &[PathBuf],
    config: &Config,
    terminal: &Terminal,
) -> Result<Arc<Trust>, CliError> {
    let mut trust = Trust {
        leniency: Leniency {
            ignore_tlog: flags.insecure_ignore_tlog,
            ignore_sct: flags.insecure_ignore_sct,
        },
        ..Trust::default()
    };
    for path in &flags.key {
        let bytes = input::bytes(path, MAX_BYTES)?;
        let name = path.display().to_string();
        add_keys(&mut trust, &name, &bytes, false)?;
    }
    let named = Pin {
        issuer: flags.certificate_oidc_issuer.clone(),
        issuer_regexp: flags.certificate_oidc_issuer_regexp.clone(),
        identity: flags.certificate_identity.clone(),
        identity_regexp: flags.certificate_identity_regexp.clone(),
        ..Pin::default()
    };
    add_identity(&mut trust, "--certificate-identity", &named)?;
    if !trust.keys.is_empty() || !trust.identities.is_empty() {
        trust.named_by = NamedBy::Flags;
    } else {
        for (name, entry) in &config.trust {
            add(&mut trust, name, &entry.pin(config)?)?;
        }
        if !config.trust.is_empty() {
            trust.named_by = NamedBy::Configuration;
        }
        trust.configuration.clone_from(&config.path);
        for (name, pin) in &signers::pins(policy)? {
            if !config.trust.contains_key(name) {
                add(&mut trust, name, pin)?;
            }
        }
    }
    trust.root = Some(match &flags.trusted_root {
        None => TrustRoot::public_good().map_err(|error| wrong("the embedded root", error))?,
        Some(path) => {
            let name = path.display().to_string();
            let root = TrustRoot::from_json(&name, &input::bytes(path, MAX_BYTES)?);
            let root = root.map_err(|error| wrong(&name, error))?;
            for part in &root.skipped {
                terminal.warning(&CliError::TrustSkipped {
                    what: name.clone(),
                    part: part.clone(),
                });
            }
            root
        }
    });
    Ok(Arc::new(trust))
}

impl SignerEntry {
    /// The entry with the keys of the file it names.
    fn pin(&self, config: &Config) -> Result<Pin, CliError> {
        let key = match &self.key {
            Some(text) if !text.contains("-----BEGIN") => {
                let bytes = input::bytes(&config.beside(text), MAX_BYTES)?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            other => other.clone(),
        };
        Ok(Pin {
            key,
            issuer: self.issuer.clone(),
            issuer_regexp: self.issuer_regexp.clone(),
            identity: self.identity.clone(),
            identity_regexp: self.identity_regexp.clone(),
            unlogged: self.ignore_tlog,
        })
    }
}

fn add(trust: &mut Trust, name: &str, pin: &Pin) -> Result<(), CliError> {
    if let Some(key) = &pin.key {
        add_keys(trust, name, key.as_bytes(), pin.unlogged)?;
    }
    add_identity(trust, name, pin)
}

fn add_keys(trust: &mut Trust, name: &str, pem: &[u8], unlogged: bool) -> Result<(), CliError> {
    let keys = TrustedKey::from_pem(name, pem).map_err(|error| wrong(name, error))?;
    for mut key in keys {
        key.unlogged = unlogged;
        trust.keys.push(key);
    }
    Ok(())
}

/// Adds who a pin names, if it names anybody; an identity without an issuer is refused, and an issuer
/// without an identity too.
fn add_identity(trust: &mut Trust, name: &str, pin: &Pin) -> Result<(), CliError> {
    let both = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some();
    if both(&pin.issuer, &pin.issuer_regexp) || both(&pin.identity, &pin.identity_regexp) {
        return Err(wrong(name, TrustError::Twice));
    }
    let issuer = matcher(pin.issuer.as_deref(), pin.issuer_regexp.as_deref());
    let identity = matcher(pin.identity.as_deref(), pin.identity_regexp.as_deref());
    let (issuer, identity) = match (issuer, identity) {
        (None, None) if pin.key.is_some() || name.starts_with("--") => return Ok(()),
        (Some(issuer), Some(identity)) => (issuer, identity),
        _ => return Err(wrong(name, TrustError::Anybody)),
    };
    let issuer = issuer.map_err(|error| wrong(name, error))?;
    let identity = identity.map_err(|error| wrong(name, error))?;
    trust
        .identities
        .push(TrustedIdentity::new(name, issuer, identity));
    Ok(())
}

fn matcher(exact: Option<&str>, regexp: Option<&str>) -> Option<Result<Matcher, TrustError>> {
    match (exact, regexp) {
        (Some(text), _) => Some(Matcher::exact(text)),
        (None, Some(expression)) => Some(Matcher::regexp(expression)),
        (None, None) => None,
    }
}

fn wrong(what: &str, error: TrustError) -> CliError {
    CliError::Trust {
        what: what.to_owned(),
        error,
    }
}
