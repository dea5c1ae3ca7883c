//! Programs that keep credentials (docker-credential-helpers, "Development"): `docker-credential-X
//! get`, the registry on standard input, JSON on standard output.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::Credential;
use crate::source::error::{SourceError, printable};
use crate::source::files::read_capped;

/// Bytes of a helper's answer.
const ANSWER_BYTES: u64 = 64 << 10;
/// Until a helper has answered, which may mean that somebody has to unlock something; and once
/// more until it has ended.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks whether a helper has ended.
const LOOK: Duration = Duration::from_millis(5);
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

/// Asks a helper; `None` when it knows nothing of this registry.
pub(super) fn ask(program: &str, registry: &str) -> Result<Option<Credential>, SourceError> {
    let failed = |reason: &str| SourceError::Credentials {
        place: format!("the helper `docker-credential-{}`", printable(program)),
        reason: reason.to_owned(),
    };
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
    let (success, answer) = talk(child, registry, PATIENCE).map_err(|reason| failed(&reason))?;
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
/// It is killed when it has not answered, or not ended, after `patience`.
fn talk(mut child: Child, registry: &str, patience: Duration) -> Result<(bool, Vec<u8>), String> {
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not listen may still answer.
        let _ = input.write_all(registry.as_bytes());
    }
    let output = child.stdout.take();
    let (sender, receiver) = channel();
    // Its own thread, since a program that the helper left behind may hold the pipe open.
    thread::spawn(move || {
        let output: Box<dyn Read> = output.map_or(Box::new(io::empty()), |out| Box::new(out));
        let _ = sender.send(read_capped(output, ANSWER_BYTES, "the answer"));
    });
    let answer = receiver.recv_timeout(patience);
    let status = match &answer {
        Ok(Ok(_)) => ended(&mut child, patience),
        _ => None,
    };
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    match (answer, status) {
        (Ok(Ok(bytes)), Some(status)) => Ok((status.success(), bytes)),
        (Ok(Err(_)), _) => Err("its answer is too long".into()),
        _ => Err(format!("no answer within {} seconds", patience.as_secs())),
    }
}

/// How a program ended, if it does so in time.
fn ended(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let looks = patience.as_millis().checked_div(LOOK.as_millis())?;
    for _ in 0..=looks {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(LOOK);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_that_does_not_answer_or_does_not_end_is_not_waited_for_for_ever() {
        for script in ["exec sleep 600", "echo '{}'; exec >&-; exec sleep 600"] {
            let child = Command::new("sh")
                .args(["-c", script])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let answer = talk(child, "registry.example", Duration::from_millis(50));
            assert!(answer.unwrap_err().contains("no answer"), "{script}");
        }
    }
}
