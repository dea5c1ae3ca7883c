//! Programs that keep credentials (docker-credential-helpers, "Development"): `docker-credential-X
//! get`, the registry on standard input, JSON on standard output.

use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde::Deserialize;

use super::Credential;
use crate::source::error::SourceError;
use crate::source::files::read_capped;

/// Bytes of a helper's answer.
const ANSWER_BYTES: u64 = 64 << 10;
/// Until a helper has answered: it may have to ask its user.
const PATIENCE: Duration = Duration::from_secs(60);
/// User name of an answer whose secret is an identity token.
const TOKEN: &str = "<token>";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Asks a helper; `None` when it knows nothing of this registry, or may not be run.
pub(super) fn ask(
    program: &str,
    registry: &str,
    allowed: bool,
) -> Result<Option<Credential>, SourceError> {
    let failed = |reason: &str| SourceError::Credentials {
        place: format!("the helper `docker-credential-{}`", program.escape_debug()),
        reason: reason.to_owned(),
    };
    if !allowed {
        return Ok(None);
    }
    // A name and no path: the file must not be able to point at any program there is.
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !program.bytes().all(word) {
        return Err(failed("that is no name of a helper"));
    }
    let child = Command::new(format!("docker-credential-{program}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("there is no such program"),
            _ => failed("it cannot be started"),
        })?;
    let (success, answer) = talk(child, registry).map_err(|reason| failed(&reason))?;
    if !success {
        // The one failure that is an answer.
        let text = String::from_utf8_lossy(&answer);
        return match text.contains("credentials not found") {
            true => Ok(None),
            false => Err(failed("it failed")),
        };
    }
    let answer: Answer =
        serde_json::from_slice(&answer).map_err(|_| failed("its answer is not understood"))?;
    Ok(match (answer.username.as_str(), answer.secret.is_empty()) {
        (_, true) => None,
        (TOKEN, false) => Some(Credential::IdentityToken(answer.secret)),
        _ => Some(Credential::Basic {
            username: answer.username,
            password: answer.secret,
        }),
    })
}

/// Writes the question and reads the answer; whether the helper was content, and what it said.
fn talk(mut child: Child, registry: &str) -> Result<(bool, Vec<u8>), String> {
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not listen may still answer.
        let _ = input.write_all(registry.as_bytes());
    }
    let output = child.stdout.take();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let output: Box<dyn Read> = output.map_or(Box::new(io::empty()), |out| Box::new(out));
        let _ = sender.send(read_capped(output, ANSWER_BYTES, "the answer"));
    });
    let answer = receiver.recv_timeout(PATIENCE);
    if !matches!(answer, Ok(Ok(_))) {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|_| "it cannot be waited for")?;
    match answer {
        Ok(Ok(bytes)) => Ok((status.success(), bytes)),
        Ok(Err(_)) => Err("its answer is too long".into()),
        Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}
