//! The `freehold` program: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    freehold::cli::run(std::env::args_os().collect()).into()
}
