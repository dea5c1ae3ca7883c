//! Tables for people, readable at 80 columns. Each is a view of the report document.

mod accuracy;
mod attached;
pub(super) mod block;
mod check;
mod compare;
mod evidence;
mod explain;
mod findings;
pub(super) mod leaving;
mod order;
mod requirements;
mod rules;
mod scan;
mod traced;
mod unknown;
mod waived;
pub(super) mod words;

pub use accuracy::{accuracy, compared};
pub use attached::searched;
pub use check::check;
pub use compare::compare;
pub use evidence::{Age, evidence};
pub use explain::explain;
pub use rules::{ListedRule, rule_tests_table, rules_markdown, rules_table};
pub use scan::scan;
