//! What a person types, and how a run ends. No file of this room reads a byte of an image.

mod args;
mod baseline;
mod cache;
mod clock;
mod concerning;
mod config;
mod error;
mod eval_command;
mod evidence_command;
mod exit_code;
mod facts_command;
mod given;
mod input;
mod judge_command;
mod network;
mod output;
mod packs;
mod policy_command;
mod reports;
mod saved_facts;
mod sbom_command;
mod settings;
mod setup_command;
mod siblings;
mod terminal;
mod trust;
mod values;

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser as _;

use crate::policy::sandbox;
use crate::source::without_login;
use args::{Arguments, Command, SbomCommand};
use config::Config;
pub use error::CliError;
pub use exit_code::Exit;
use terminal::Terminal;

/// Runs the program with these arguments, its own name first. Never panics: a fault of the program
/// is told as such.
pub fn run(arguments: Vec<OsString>) -> Exit {
    let seen = remember_panics();
    match panic::catch_unwind(AssertUnwindSafe(|| run_command(&arguments))) {
        Ok(exit) => exit,
        Err(_) => {
            let detail = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Terminal::unknown().error(&CliError::Fault { detail });
            Exit::Failed
        }
    }
}

/// Keeps the first panic's message instead of printing it.
fn remember_panics() -> Arc<Mutex<String>> {
    let seen = Arc::new(Mutex::new(String::new()));
    let record = Arc::clone(&seen);
    panic::set_hook(Box::new(move |info| {
        let mut text = record.lock().unwrap_or_else(PoisonError::into_inner);
        if text.is_empty() {
            *text = info.to_string();
        }
    }));
    seen
}

fn run_command(arguments: &[OsString]) -> Exit {
    // No command of a person: it is in no help, no completion, and no suggestion.
    if let Some(has_answered) = sandbox::serve(arguments.get(1..).unwrap_or_default()) {
        return match has_answered {
            true => Exit::Done,
            false => Exit::Failed,
        };
    }
    let mut parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version go to stdout and are no error; nobody is left to tell when the
            // stream is closed.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Failed
            } else {
                Exit::Done
            };
        }
    };
    let terminal = Terminal::detect(&parsed.common);
    let config = match parsed.command.is_configured() {
        false => Config::default(),
        true => match Config::load(parsed.common.config.as_deref()) {
            Ok(config) => config,
            Err(error) => {
                terminal.error(&error);
                return Exit::Failed;
            }
        },
    };
    config.lay_under(&mut parsed.command);
    let call = Call {
        config: &config,
        arguments: arguments
            .iter()
            .skip(1)
            .map(|argument| without_login(&argument.to_string_lossy()))
            .collect(),
        output: parsed.common.output.as_deref(),
        terminal: &terminal,
        verbose: parsed.common.verbose,
    };
    let result = match &parsed.command {
        Command::Scan(flags) => judge_command::scan(flags, &call),
        Command::Check(flags) => judge_command::check(flags, &call),
        Command::Compare(flags) => judge_command::compare(flags, &call),
        Command::Facts(flags) => facts_command::facts(flags, &call),
        Command::Sbom(flags) => match &flags.command {
            None => sbom_command::sbom(&flags.write, &call),
            Some(SbomCommand::Verify(flags)) => evidence_command::verify(flags, &call),
        },
        Command::Evidence(flags) => evidence_command::evidence(flags, &call),
        Command::Policy(command) => policy_command::policy(command, &call),
        Command::Init(flags) => setup_command::init(flags, &call),
        Command::Schema(flags) => setup_command::schema(flags, &call),
        Command::Completions(flags) => setup_command::completions(flags, &call),
        Command::Eval(flags) => eval_command::eval(flags, &call),
    };
    result.unwrap_or_else(|error| {
        terminal.error(&error);
        Exit::Failed
    })
}

/// One call of the program.
struct Call<'a> {
    /// Arguments without the program's name.
    arguments: Vec<String>,
    /// File of the answer; standard output without one.
    output: Option<&'a std::path::Path>,
    /// What the team says once for all its runs.
    config: &'a Config,
    /// The terminal.
    terminal: &'a Terminal,
    /// Whether more is to be said than usual.
    verbose: bool,
}
