//! `--baseline FILE`: an earlier report, and which image of it each image is compared with.

use std::path::Path;

use super::error::CliError;
use super::input;
use crate::report::document::{BaselineReport, SCHEMA};
use crate::scorecard::baseline::{Baseline, EarlierImage};
use crate::source::{untagged, without_login};

/// Largest report read, in bytes. The report on one large image takes a few megabytes.
const MOST_BYTES: u64 = 64 << 20;

/// A baseline with the image of it for each image of the run.
#[derive(Debug)]
pub(super) struct Given {
    /// What the report says of it.
    pub(super) report: BaselineReport,
    baseline: Baseline,
    /// Positions in the baseline, in the order of the run's images.
    pairs: Vec<usize>,
}

impl Given {
    /// Reads a report and finds each of `images` in it: the only one there is for the only one that
    /// is asked for, else the one with the same reference, else the only one of its repository.
    ///
    /// # Errors
    /// [`CliError::Unreadable`], [`CliError::Baseline`] for what is no report of this version, and
    /// [`CliError::BaselineImage`] where it cannot be said which image is meant.
    pub(super) fn read(path: &Path, images: &[String]) -> Result<Self, CliError> {
        let bytes = input::bytes(path, MOST_BYTES)?;
        let file = path.display().to_string();
        let wrong = |detail: String| CliError::Baseline {
            path: file.clone(),
            detail,
        };
        let baseline: Baseline =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if baseline.schema != SCHEMA {
            let schema: String = baseline.schema.chars().take(60).collect();
            return Err(wrong(format!("its schema is `{schema}`, not `{SCHEMA}`")));
        }
        let pair = |image: &String| {
            partner(image, images.len(), &baseline.images).map_err(|detail| {
                CliError::BaselineImage {
                    path: file.clone(),
                    image: without_login(image),
                    detail: detail.to_owned(),
                }
            })
        };
        let pairs = images.iter().map(pair).collect::<Result<_, _>>()?;
        Ok(Self {
            report: BaselineReport {
                file: file.clone(),
                digest: input::sha256(&bytes),
                judged_at: baseline.judged_at().to_owned(),
            },
            baseline,
            pairs,
        })
    }

    /// The image that the one at this position of the run is compared with.
    pub(super) fn image(&self, position: usize) -> Option<&EarlierImage> {
        let at = self.pairs.get(position)?;
        self.baseline.images.get(*at)
    }

    /// Whether it was judged with the profile of this name.
    pub(super) fn has_profile(&self, name: &str) -> bool {
        self.baseline.profile() == name
    }
}

/// Position of the image that `wanted`, one of `number` images, is compared with.
fn partner(wanted: &str, number: usize, earlier: &[EarlierImage]) -> Result<usize, &'static str> {
    if earlier.is_empty() {
        return Err("holds no image");
    }
    if number == 1 && earlier.len() == 1 {
        return Ok(0);
    }
    let wanted = without_login(wanted);
    only(earlier, |image| image.reference == wanted).or_else(|_| {
        only(earlier, |image| {
            untagged(&image.reference) == untagged(&wanted)
        })
    })
}

fn only(
    earlier: &[EarlierImage],
    is_it: impl Fn(&EarlierImage) -> bool,
) -> Result<usize, &'static str> {
    let mut found = earlier.iter().enumerate().filter(|(_, image)| is_it(image));
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (None, _) => Err("has no image of that repository"),
        (Some(_), Some(_)) => Err("has several images of that repository"),
    }
}
