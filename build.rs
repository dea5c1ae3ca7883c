//! Rebuilds the package when a file of the embedded policy pack appears, changes or goes.

use std::io::Write;

fn main() -> std::io::Result<()> {
    writeln!(std::io::stdout(), "cargo::rerun-if-changed=policies")
}
