//! What a team's services need, side by side and for one image.

use super::compare::{header, row};
use super::{cell, code, list, prose};
use crate::report::document::{ImageReport, Report, RequirementsReport};
use crate::report::table::block::Slot;
use crate::report::table::requirements::{counted, is_told, share, sibling, standing, totals, why};

/// The requirements of the images next to each other, and what the cells rest on.
pub(super) fn side_by_side(page: &mut String, report: &Report, slots: &[Slot<'_>]) {
    let of = |at: usize| report.images.get(at)?.requirements.as_ref();
    let Some(first) = slots.iter().find_map(|slot| of(slot.judged()?)) else {
        return;
    };
    header(page, "what your services need", slots);
    for need in &first.needs {
        let label = format!("{}, {}", cell(&need.name), need.services);
        row(page, &label, slots, |at| {
            let same = of(at).and_then(|all| all.needs.iter().find(|own| own.name == need.name));
            same.map_or("-", |need| standing(need.standing)).to_owned()
        });
    }
    row(page, "serves, of services", slots, |at| {
        of(at).map_or_else(|| "-".to_owned(), |all| cell(&share(all.share)))
    });
    page.push_str(&format!("\n{}.\n", prose(&counted(first))));
    let told = slots.iter().flat_map(|slot| {
        let all = slot.judged().and_then(of);
        let prefix = format!("**{}** ", slot.letter);
        all.map(|all| lines(all, &prefix)).unwrap_or_default()
    });
    let told: Vec<String> = told.collect();
    list(page, "Why, and build siblings", &told);
}

/// The requirements of one image.
pub(super) fn of_image(page: &mut String, image: &ImageReport) {
    let Some(all) = &image.requirements else {
        return;
    };
    let (totals, counted) = (totals(all), prose(&counted(all)));
    let mut told = vec![format!(
        "- {totals}: serves {} of services; {counted}",
        prose(&share(all.share))
    )];
    told.extend(lines(all, ""));
    list(page, "Requirements", &told);
}

/// The build sibling, and why each need stands as it does where more is to be said than that it is
/// met.
fn lines(all: &RequirementsReport, prefix: &str) -> Vec<String> {
    let sibling = prose(&sibling(all, str::to_owned));
    let mut lines = vec![format!("- {prefix}build sibling: {sibling}")];
    let told = all.needs.iter().filter(is_told);
    lines.extend(told.map(|need| format!("- {prefix}{}: {}", code(&need.name), prose(&why(need)))));
    lines
}
