//! The parent's side: one child for one question.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::Isolation;
use super::child::COMMAND;
use super::message::{Answer, Failure, Request};
use crate::policy::error::PolicyError;

/// Bytes of an answer. Findings are capped in number, not in size; this is what a report can bear.
const MAX_ANSWER: u64 = 64 << 20;

/// Bytes kept of what a dying child says.
const MAX_LAST_WORDS: u64 = 4 << 10;

/// SIGXCPU, the same number on every Unix this program runs on.
const SIGXCPU: i32 = 24;

/// Starts a child, asks it, and waits no longer than it may take.
///
/// # Errors
/// [`PolicyError::Stopped`] when there is no answer, whatever the reason; `pack` names the rules.
pub(super) fn ask(
    request: &Request,
    isolation: &Isolation,
    pack: &str,
) -> Result<Result<Answer, Failure>, PolicyError> {
    let stopped = |reason: String| PolicyError::Stopped {
        pack: pack.to_owned(),
        reason,
    };
    let question = serde_json::to_vec(request)
        .map_err(|error| stopped(format!("they cannot be handed over: {error}")))?;
    let mut child = Command::new(&isolation.program)
        .arg(COMMAND)
        .arg(isolation.memory_bytes.to_string())
        .arg(isolation.seconds.to_string())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            let program = isolation.program.display();
            stopped(format!("`{program}` cannot be started for it: {error}"))
        })?;
    let ended = converse(&mut child, question, isolation.seconds);
    let status = child.wait();
    match ended {
        Ended::Late => Err(stopped(format!(
            "they took longer than {} seconds",
            isolation.seconds
        ))),
        Ended::Long => Err(stopped(format!(
            "their answer is larger than {MAX_ANSWER} bytes"
        ))),
        Ended::Answered(answer, last_words) => {
            let status = status.map_err(|error| stopped(error.to_string()))?;
            if !status.success() {
                return Err(stopped(death(status, &last_words, isolation)));
            }
            serde_json::from_slice(&answer)
                .map_err(|error| stopped(format!("their answer cannot be read: {error}")))
        }
    }
}

/// How a conversation ended; the child is dead by then.
enum Ended {
    /// With its output and what it said on standard error.
    Answered(Vec<u8>, String),
    /// With more output than is read.
    Long,
    /// By the clock.
    Late,
}

/// Writes the question and reads the answer at once: neither side can wait for the other.
fn converse(child: &mut Child, question: Vec<u8>, seconds: u64) -> Ended {
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (sender, receiver) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            // A child that died has its say on the other pipes.
            let _ = input.map(|mut input| input.write_all(&question));
        });
        let last_words = scope.spawn(move || read(errors, MAX_LAST_WORDS));
        scope.spawn(move || {
            let _ = sender.send(read(output, MAX_ANSWER.saturating_add(1)));
        });
        let answer = receiver.recv_timeout(Duration::from_secs(seconds));
        // Its output has ended, or it must: either way nothing more is wanted of it. The pipes close
        // with it, and so the threads above end.
        let _ = child.kill();
        let last_words = last_words.join().unwrap_or_default();
        match answer {
            Ok(bytes) if bytes.len() as u64 > MAX_ANSWER => Ended::Long,
            Ok(bytes) => Ended::Answered(bytes, String::from_utf8_lossy(&last_words).into_owned()),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ended::Late,
        }
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the capped read of what a child process says"
)]
fn read(pipe: Option<impl Read>, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What was read until a failure is judged by how the child ended.
    let _ = pipe.map(|pipe| pipe.take(limit).read_to_end(&mut bytes));
    bytes
}

/// How a child died, in words. What the runtime says last tells memory from stack.
fn death(status: ExitStatus, last_words: &str, isolation: &Isolation) -> String {
    let mebibytes = isolation.memory_bytes >> 20;
    match status.signal() {
        _ if last_words.contains("memory allocation") => {
            format!("they needed more than {mebibytes} MiB of memory")
        }
        _ if last_words.contains("overflowed its stack") => "they are nested too deep".to_owned(),
        Some(SIGXCPU) => format!("they took longer than {} seconds", isolation.seconds),
        Some(signal) => format!("their process was ended by signal {signal}"),
        None => format!("their process ended with {status}"),
    }
}
