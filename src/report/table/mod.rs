//! Tables for people, readable at 80 columns. Each is a view of the report document.

mod accuracy;
mod attached;
pub(super) mod block;
mod bodies;
mod check;
mod compare;
mod evidence;
mod explain;
mod findings;
pub(super) mod leaving;
mod order;
pub(super) mod requirements;
mod rule_explained;
mod rule_tests;
mod rules;
mod scan;
mod traced;
mod unknown;
mod value;
pub(super) mod waived;
pub(super) mod words;

pub use accuracy::{accuracy, compared};
pub use attached::searched;
pub use check::check;
pub use compare::compare;
pub use evidence::{Age, evidence};
pub use explain::explain;
pub use rule_explained::{ExplainedRule, SeenRule, rule_explained};
pub(crate) use rule_tests::outcome as test_outcome;
pub use rule_tests::rule_tests_table;
pub use rules::{Listed, ListedRule, rules_markdown, rules_table};
pub use scan::scan;
pub use value::value_table;
pub(crate) use words::{count, shell_word};
