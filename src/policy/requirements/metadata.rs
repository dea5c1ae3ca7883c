//! The METADATA block of a requirement.

use serde::Deserialize;

use super::RequirementInfo;
use crate::policy::error::{Problem, ProblemKind};
use crate::policy::files::PackFile;
use crate::policy::metadata::{Block, Reader, STAGES};

/// The keys below `custom`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    needs: Option<Vec<String>>,
    build_sibling: Option<bool>,
    stability: Option<String>,
}

/// What the block above `package` says about requirement `name`, and everything wrong with it. What
/// is missing keeps the value that claims least: nothing helps at build time.
pub(super) fn read(name: &str, file: &PackFile) -> (RequirementInfo, Vec<Problem>) {
    let mut info = RequirementInfo {
        name: name.to_owned(),
        title: name.to_owned(),
        description: String::new(),
        needs: Vec::new(),
        build_sibling: false,
        stability: "experimental".to_owned(),
        related: Vec::new(),
    };
    let mut reader = match Reader::open(file) {
        Some(Ok(reader)) => reader,
        Some(Err(problem)) => return (info, vec![problem]),
        None => {
            let message = "the requirement has no METADATA block";
            let problem = Problem::in_file(ProblemKind::Metadata, &file.name, message);
            return (info, vec![problem.at_line(&file.text, 1, 1)]);
        }
    };
    let mut block: Block<Custom> = reader.keys();
    info.related = reader.sources(&mut block);
    reader.set("/title", &mut info.title, block.title);
    reader.set("/description", &mut info.description, block.description);
    let custom = block.custom.unwrap_or_default();
    info.needs = reader.needs(custom.needs);
    match custom.build_sibling {
        Some(helps) => info.build_sibling = helps,
        None => reader.missing("/custom/build_sibling"),
    }
    let (stability, stages) = (custom.stability, STAGES);
    reader.choose("/custom/stability", &mut info.stability, stability, &stages);
    (info, reader.finish())
}
