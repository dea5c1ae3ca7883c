//! What a team's services need, side by side and for one image.

use super::block::{Block, INDENT, LABEL, Slot};
use super::words::flow;
use crate::report::document::{ImageReport, RequirementReport, RequirementsReport};
use crate::report::text::{Page, Tone};
use crate::scorecard::serving::{Share, Standing};

/// Columns of the name of a requirement, before the reasons.
const REASON: usize = 20;

/// The requirements of some of the images next to each other.
pub(super) fn grid(page: &mut Page, images: &[ImageReport], block: &Block<'_>) {
    let of = |at: usize| images.get(at).and_then(|image| image.requirements.as_ref());
    let Some(first) = block.judged().find_map(of) else {
        return;
    };
    let mut grid = block.grid(LABEL);
    block.header(&mut grid, "What your services need");
    for need in &first.needs {
        let label = format!("  {}, {}", need.name, need.services);
        block.row(&mut grid, &label, |at| {
            let same = of(at).and_then(|all| all.needs.iter().find(|own| own.name == need.name));
            same.map_or("-", |need| standing(need.standing)).to_owned()
        });
    }
    block.row(&mut grid, "  serves, of services", |at| {
        of(at).map_or_else(|| "-".to_owned(), |all| share(all.share))
    });
    page.grid(&grid);
    page.blank();
}

/// What the cells rest on: how many services, which build images, and why a need is not met.
pub(super) fn notes(page: &mut Page, slots: &[Slot<'_>], images: &[ImageReport]) {
    let judged = slots.iter().filter_map(|slot| {
        let image = images.get(slot.judged()?)?;
        Some((slot.letter.as_str(), image.requirements.as_ref()?))
    });
    let judged: Vec<(&str, &RequirementsReport)> = judged.collect();
    let Some((_, first)) = judged.first() else {
        return;
    };
    page.paragraph(INDENT, Tone::Dim, &counted(first));
    let name = |reference: &str| {
        let same = slots.iter().find(|slot| slot.reference() == reference);
        same.map_or_else(|| reference.to_owned(), |slot| slot.letter.clone())
    };
    let siblings = judged
        .iter()
        .map(|(letter, all)| (*letter, sibling(all, name)));
    told(page, "build sibling", siblings);
    for need in &first.needs {
        let reasons = judged.iter().filter_map(|(letter, all)| {
            let mut needs = all.needs.iter().filter(|own| own.name == need.name);
            needs.find(is_told).map(|own| (*letter, why(own)))
        });
        told(page, &need.name, reasons);
    }
    page.blank();
}

/// What is said of some images under one label; what is said of several, once.
fn told<'a>(page: &mut Page, label: &str, texts: impl Iterator<Item = (&'a str, String)>) {
    for (number, (letters, text)) in same_text(texts).into_iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        let text = format!("{letters}  {text}");
        page.labelled(INDENT, (Tone::Strong, label), REASON, (Tone::Plain, &text));
    }
}

/// Texts in the order they come, each once, with the letters of all images it is said of.
fn same_text<'a>(texts: impl Iterator<Item = (&'a str, String)>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (letter, text) in texts {
        match found.iter_mut().find(|(_, known)| *known == text) {
            Some((letters, _)) => {
                letters.push_str(", ");
                letters.push_str(letter);
            }
            None => found.push((letter.to_owned(), text)),
        }
    }
    found
}

/// The requirements of one image.
pub(super) fn of_image(page: &mut Page, image: &ImageReport) {
    let Some(all) = &image.requirements else {
        return;
    };
    page.heading(0, &format!("Requirements: {}", totals(all)));
    let line = format!("serves {} of services ({})", share(all.share), counted(all));
    page.paragraph(INDENT, Tone::Plain, &line);
    let label = (Tone::Dim, "build sibling");
    page.labelled(
        INDENT,
        label,
        REASON,
        (Tone::Plain, &sibling(all, str::to_owned)),
    );
    for need in all.needs.iter().filter(is_told) {
        let tone = match need.standing {
            Standing::Met | Standing::MetWithSibling => Tone::Plain,
            Standing::Unmet => Tone::Bad,
            Standing::Unknown => Tone::Caution,
        };
        page.labelled(
            INDENT,
            (tone, &need.name),
            REASON,
            (Tone::Plain, &why(need)),
        );
    }
    page.blank();
}

/// `7, 4 met, 1 with its build sibling, 1 unmet, 1 unknown`.
pub(crate) fn totals(all: &RequirementsReport) -> String {
    let number = |wanted| {
        let met = all.needs.iter().filter(|need| need.standing == wanted);
        met.count()
    };
    format!(
        "{}, {} met, {} with its build sibling, {} unmet, {} unknown",
        all.needs.len(),
        number(Standing::Met),
        number(Standing::MetWithSibling),
        number(Standing::Unmet),
        number(Standing::Unknown),
    )
}

/// Whether there is more to say than that it is met.
pub(crate) fn is_told(need: &&RequirementReport) -> bool {
    need.standing != Standing::Met
}

/// How the image stands to it, and why. What only a build sibling could change is said of the image
/// by itself: the line on build siblings says the rest.
pub(crate) fn why(need: &RequirementReport) -> String {
    let word = match (need.standing, need.alone) {
        (Standing::Met, _) => "met",
        (Standing::MetWithSibling, _) => "met with its build sibling",
        (Standing::Unmet, _) => "unmet",
        (Standing::Unknown, Standing::Unmet) => "unmet by itself",
        (Standing::Unknown, _) => "unknown",
    };
    let reason = flow(&need.reason);
    match (&need.sibling_reason, need.standing) {
        (None, _) => format!("{word}: {reason}"),
        (Some(beside), Standing::MetWithSibling) => format!("{word}: {}", flow(beside)),
        (Some(beside), _) => format!("{word}: {reason}; its build sibling: {}", flow(beside)),
    }
}

/// How an image stands to a need, in a cell.
pub(crate) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Met => "met",
        Standing::MetWithSibling => "met, build",
        Standing::Unmet => "unmet",
        Standing::Unknown => "?",
    }
}

/// `all`, `none`, `40%`, `12-40%`: rounded outwards, so that nothing is promised.
pub(crate) fn share(share: Option<Share>) -> String {
    let Some(share) = share else {
        return "-".to_owned();
    };
    let (least, most) = (share.least.floor(), share.most.ceil());
    if (least - most).abs() < 0.5 {
        format!("{least:.0}%")
    } else {
        format!("{least:.0}-{most:.0}%")
    }
}

/// What the shares are shares of.
pub(crate) fn counted(all: &RequirementsReport) -> String {
    match all.services {
        Some(services) => format!("services in all: {services}; one may have several needs"),
        None => {
            let counts = || all.needs.iter().map(|need| need.services);
            let most = counts().max().unwrap_or(0);
            let sum = counts().fold(0, u64::saturating_add);
            match most == sum {
                true => format!("services: not given; the counts make them {sum}"),
                false => format!("services: not given; the counts make them {most} to {sum}"),
            }
        }
    }
}

/// The build image, as `name` shortens its reference, and what it rests on.
pub(crate) fn sibling(all: &RequirementsReport, name: impl Fn(&str) -> String) -> String {
    let sibling = &all.build_sibling;
    match &sibling.reference {
        Some(reference) => format!("{}, {}", name(reference), sibling.basis),
        None => sibling.basis.clone(),
    }
}
