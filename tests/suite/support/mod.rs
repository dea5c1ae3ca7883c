//! What the behaviour tests share.

pub mod sample_report;
