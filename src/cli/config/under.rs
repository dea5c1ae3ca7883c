//! What the configuration says where no flag does.

use std::path::PathBuf;

use super::Config;
use crate::cli::args::{Command, JudgingFlags, PolicyCommand};
use crate::policy::origin::PackSource;

impl Config {
    /// Lays the configuration under the flags of a command: a flag that was given, or set in the
    /// environment, wins. Waivers and signers are not flags; commands ask for them.
    pub(in crate::cli) fn lay_under(&self, command: &mut Command) {
        match command {
            Command::Scan(flags) => self.judging("scan", &mut flags.judging),
            Command::Compare(flags) => self.judging("compare", &mut flags.judging),
            Command::Check(flags) => {
                self.judging("check", &mut flags.judging);
                flags.fail_on = flags.fail_on.or(self.fail_on);
                if flags.baseline.is_none() {
                    flags.baseline.clone_from(&self.baseline);
                }
                if flags.threshold.is_empty() {
                    flags.threshold = self.thresholds.clone().into_iter().collect();
                }
            }
            Command::Eval(flags) => self.pack(&mut flags.policy, &mut flags.data),
            Command::Policy(PolicyCommand::List(flags)) => {
                self.pack(&mut flags.policy, &mut flags.data);
            }
            Command::Policy(PolicyCommand::Explain(flags)) => {
                self.pack(&mut flags.policy, &mut flags.data);
            }
            _ => {}
        }
    }

    fn judging(&self, command: &'static str, flags: &mut JudgingFlags) {
        self.pack(&mut flags.policy, &mut flags.data);
        if flags.profile.is_none() {
            flags.profile = self.profiles.get(command).cloned();
        }
    }

    fn pack(&self, policy: &mut Vec<PackSource>, data: &mut Vec<PathBuf>) {
        if policy.is_empty() {
            policy.clone_from(&self.policy);
        }
        if data.is_empty() {
            data.clone_from(&self.data);
        }
    }
}

impl Command {
    /// Whether the configuration has anything to say to it. What sets a team up, and works on one
    /// directory of rules, does not.
    pub(in crate::cli) fn is_configured(&self) -> bool {
        match self {
            Self::Scan(_)
            | Self::Check(_)
            | Self::Compare(_)
            | Self::Facts(_)
            | Self::Sbom(_)
            | Self::Evidence(_)
            | Self::Eval(_) => true,
            Self::Policy(command) => {
                matches!(command, PolicyCommand::List(_) | PolicyCommand::Explain(_))
            }
            Self::Init(_) | Self::Schema(_) | Self::Completions(_) => false,
        }
    }
}
