//! What goes between this program and its child.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::facts::model::Facts;
use crate::policy::documents::Documents;
use crate::policy::error::{PolicyError, Problem, SentProblem};
use crate::policy::explain::Seen;
use crate::policy::files::PackFile;
use crate::policy::metadata::RuleInfo;
use crate::policy::profile::Profile;
use crate::policy::query;
use crate::policy::requirements::{self, PackRequirement};
use crate::policy::rule_tests::{TestOptions, TestRun};
use crate::policy::rules::PackRule;
use crate::policy::severity::Severity;
use crate::policy::verdict::{Finding, Outcome, Verdict};

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// Files of the pack beside the shipped ones.
    pub(super) files: Vec<PackFile>,
    pub(super) task: Task,
}

/// What to do with the files.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Task {
    /// Load them.
    Load,
    /// Load them and judge an image.
    Judge {
        profile: Box<Profile>,
        facts: Box<Facts>,
        now: String,
    },
    /// Load them and ask an image for what services need.
    Require {
        profile: Box<Profile>,
        facts: Box<Facts>,
        now: String,
    },
    /// Load them and say what one rule saw in an image.
    Explain {
        rule: String,
        profile: Box<Profile>,
        facts: Box<Facts>,
        now: String,
    },
    /// Load them and evaluate a query.
    Query {
        query: String,
        facts: Box<Facts>,
        now: String,
    },
    /// Run their tests.
    Test(TestOptions),
    /// Say what is wrong with them.
    Check,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// To [`Task::Load`].
    Loaded(Loaded),
    /// To [`Task::Judge`].
    Judged(Vec<Said>),
    /// To [`Task::Require`].
    Required(Vec<requirements::Answer>),
    /// To [`Task::Explain`].
    Explained(Seen),
    /// To [`Task::Query`].
    Queried(query::Answer),
    /// To [`Task::Check`].
    Checked {
        rules: Vec<String>,
        test_files: usize,
        errors: Vec<SentProblem>,
        warnings: Vec<SentProblem>,
    },
    /// To [`Task::Test`].
    Tested {
        run: TestRun,
        warnings: Vec<SentProblem>,
    },
}

/// A pack without its engine.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::policy) struct Loaded {
    pub(in crate::policy) rules: Vec<PackRule>,
    pub(in crate::policy) requirements: Vec<PackRequirement>,
    pub(in crate::policy) documents: Documents,
    pub(in crate::policy) warnings: Vec<SentProblem>,
}

/// A verdict without what the profile and the rule's METADATA say anyway.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) id: String,
    outcome: Outcome,
    /// The bits of an IEEE 754 double: a decimal might lose the last of them on its way.
    credit_bits: Option<u64>,
    reason: Option<String>,
    fault: Option<String>,
    findings: Vec<Finding>,
}

impl Said {
    /// What is said of a verdict.
    pub(super) fn of(verdict: Verdict) -> Self {
        Self {
            id: verdict.rule.id.clone(),
            outcome: verdict.outcome,
            credit_bits: verdict.credit.map(f64::to_bits),
            reason: verdict.reason,
            fault: verdict.fault,
            findings: verdict.findings,
        }
    }

    /// The verdict again.
    pub(super) fn into_verdict(
        self,
        rule: Arc<RuleInfo>,
        severity: Severity,
        weight: f64,
    ) -> Verdict {
        Verdict {
            rule,
            severity,
            weight,
            outcome: self.outcome,
            credit: self.credit_bits.map(f64::from_bits),
            reason: self.reason,
            fault: self.fault,
            findings: self.findings,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Failure {
    /// The files have these problems.
    Problems(Vec<SentProblem>),
    /// A rule or a test took too long.
    TimeLimit { what: String, seconds: u64 },
    /// A rule says too much.
    OutputLimit { what: String, limit: String },
    /// Anything else.
    Other(String),
}

impl Failure {
    /// What is said of an error.
    pub(super) fn of(error: &PolicyError) -> Self {
        match error {
            PolicyError::TimeLimit { what, seconds } => Self::TimeLimit {
                what: what.clone(),
                seconds: *seconds,
            },
            PolicyError::OutputLimit { what, limit } => Self::OutputLimit {
                what: what.clone(),
                limit: limit.clone(),
            },
            PolicyError::Engine { detail } => Self::Other(detail.clone()),
            error if error.problems().is_empty() => Self::Other(error.to_string()),
            error => Self::Problems(error.problems().iter().map(Problem::to_sent).collect()),
        }
    }

    /// The error again; `with_texts` gives problems the texts they point into.
    pub(super) fn into_error(
        self,
        with_texts: impl FnOnce(Vec<SentProblem>) -> Vec<Problem>,
    ) -> PolicyError {
        match self {
            Self::TimeLimit { what, seconds } => PolicyError::TimeLimit { what, seconds },
            Self::OutputLimit { what, limit } => PolicyError::OutputLimit { what, limit },
            Self::Other(detail) => PolicyError::Engine { detail },
            Self::Problems(problems) => PolicyError::in_pack(with_texts(problems)),
        }
    }
}
