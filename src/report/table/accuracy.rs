//! SBOMs against the image they describe.

use super::evidence::{heading, signer};
use super::words::{count, flow, format_name, percent, short_digest, verdict_name};
use crate::facts::model::{
    AccuracyCounts, Capped, ElementList, ElementShare, Facts, OriginKind, Sbom, SbomAccuracy,
    SbomDifference, SbomScope, SbomValidity, SubjectIs, Verdict,
};
use crate::report::text::{Grid, Page, Style, Tone};

/// Columns of the labels.
const LABEL: usize = 16;

/// Packages shown of one kind of difference.
const SHOWN: usize = 10;

/// Reasons shown why a document does not keep to its format.
const SHOWN_ERRORS: usize = 3;

/// Characters shown of what a strict parser says.
const MAX_STRICT: usize = 160;

/// Components shown of those that were not compared.
const SHOWN_SKIPPED: usize = 5;

/// What the numbers mean.
const LEGEND: &str = "missing: in the image, not in the SBOM; phantom: in the SBOM, not found in the \
    image; recall: share of the image that the SBOM names; precision: share of the SBOM that is in \
    the image, both in whatever version";

/// The comparison of every SBOM that describes the image, given ones first.
pub fn accuracy(facts: &Facts, style: Style) -> String {
    let mut page = Page::new(style);
    heading(&mut page, facts);
    for sbom in compared(facts) {
        one(&mut page, sbom);
        page.blank();
    }
    page.finish()
}

/// The SBOMs that are about the image and not one package of it.
pub fn compared(facts: &Facts) -> Vec<&Sbom> {
    let all = facts.sboms.items.iter();
    let mut sboms: Vec<&Sbom> = all.filter(|sbom| sbom.is_of_image()).collect();
    sboms.sort_by_key(|sbom| sbom.origin.kind != OriginKind::Given);
    sboms
}

fn one(page: &mut Page, sbom: &Sbom) {
    page.heading(2, &title(sbom));
    let mut line = |label: &str, tone: Tone, text: &str| {
        page.labelled(4, (Tone::Dim, label), LABEL, (tone, text));
    };
    line("made", Tone::Plain, &made(sbom));
    let (tone, text) = signature(sbom);
    line("signature", tone, &text);
    let (tone, text) = describes(sbom);
    line("describes", tone, &text);
    let (tone, text) = valid(&sbom.validity);
    line("valid", tone, &text);
    if let Some(unread) = &sbom.unread {
        line("not read", Tone::Caution, &flow(unread));
    }
    if let Some(accuracy) = &sbom.accuracy {
        page.blank();
        numbers(page, accuracy);
        differences(page, accuracy);
    }
    elements(page, sbom);
}

fn title(sbom: &Sbom) -> String {
    let origin = &sbom.origin;
    let place = match origin.kind {
        OriginKind::Given => flow(origin.path.as_deref().unwrap_or("given")),
        OriginKind::Image => flow(origin.path.as_deref().unwrap_or("in the image")),
        OriginKind::Attached => {
            let artifact = origin.artifact.as_deref().unwrap_or_default();
            format!("attached, sha256:{}", short_digest(artifact, 12))
        }
    };
    let version = sbom.version.as_deref().unwrap_or("of no stated version");
    let (format, form) = format_name(sbom.format);
    format!("{place}: {format} {} {form}", flow(version))
        .trim_end()
        .to_owned()
}

fn made(sbom: &Sbom) -> String {
    let when = sbom.created.as_deref().unwrap_or("at no stated time");
    let by: Vec<&str> = sbom
        .tools
        .iter()
        .chain(&sbom.authors)
        .map(String::as_str)
        .take(4)
        .collect();
    let by = if by.is_empty() {
        "nobody it names".to_owned()
    } else {
        by.join(", ")
    };
    flow(&format!("{when}, by {by}"))
}

fn signature(sbom: &Sbom) -> (Tone, String) {
    let verification = &sbom.verification;
    let tone = match verification.verdict {
        Verdict::Verified => Tone::Good,
        Verdict::Invalid => Tone::Bad,
        Verdict::Unsigned => Tone::Plain,
        Verdict::Authentic | Verdict::Unverifiable => Tone::Caution,
    };
    let word = verdict_name(verification.verdict);
    let by = match signer(verification).as_str() {
        "-" => String::new(),
        name => format!(", by {name}"),
    };
    let text = match &verification.reason {
        Some(reason) => format!("{word}{by}: {}", flow(reason)),
        None => format!("{word}{by}"),
    };
    (tone, text)
}

fn describes(sbom: &Sbom) -> (Tone, String) {
    let (tone, scope) = match sbom.scope {
        SbomScope::Image => (Tone::Plain, "the image"),
        SbomScope::Base => (Tone::Caution, "only what the image was built on"),
        SbomScope::Package => (Tone::Plain, "one package"),
        SbomScope::AnotherImage => (Tone::Bad, "another image"),
        SbomScope::Unknown => (Tone::Caution, "not known"),
    };
    let subject = match sbom.subject.is {
        SubjectIs::Platform => "it names the digest of this image".to_owned(),
        SubjectIs::Index => {
            "it names the index of all platforms, which cannot be right for each".to_owned()
        }
        SubjectIs::AnotherImage => match sbom.subject.digests.first() {
            Some(digest) => format!(
                "it names sha256:{}, which is not this image's",
                short_digest(digest, 12)
            ),
            None => "it names another digest".to_owned(),
        },
        SubjectIs::Unstated => "it names no digest".to_owned(),
    };
    let listed = count(
        usize::try_from(sbom.components).unwrap_or(usize::MAX),
        "component",
    );
    (tone, format!("{scope}: {listed}; {subject}"))
}

fn valid(validity: &SbomValidity) -> (Tone, String) {
    let with = validity.checked_with.as_deref().unwrap_or("its format");
    let (tone, mut text) = match validity.valid {
        Some(true) => (Tone::Plain, format!("yes: {with}")),
        Some(false) => {
            let errors = usize::try_from(validity.errors.total).unwrap_or(usize::MAX);
            let first: Vec<String> = validity
                .errors
                .items
                .iter()
                .take(SHOWN_ERRORS)
                .map(|text| flow(text))
                .collect();
            let (errors, first) = (count(errors, "error"), first.join("; "));
            (Tone::Bad, format!("no, {errors}, {with}: {first}"))
        }
        None => (
            Tone::Caution,
            "not known: there is no schema here for it".to_owned(),
        ),
    };
    if let (Some(false), Some(error)) = (validity.strict, &validity.strict_error) {
        let error = shortened(error, MAX_STRICT);
        text = format!("{text}; a strict parser refuses it: {}", flow(&error));
    }
    (tone, text)
}

fn numbers(page: &mut Page, accuracy: &SbomAccuracy) {
    let mut grid = Grid::new(&[15, 10, 9, 9, 9, 9, 15]);
    grid.header(&[
        "    ecosystem",
        "in image",
        "in SBOM",
        "matched",
        "missing",
        "phantom",
        "wrong version",
    ]);
    // Those of which there is only what may be left out have nothing to show.
    let compared: Vec<_> = accuracy
        .ecosystems
        .iter()
        .filter(|one| one.counts.in_image > 0 || one.counts.in_sbom > 0)
        .collect();
    for one in &compared {
        grid.row(&row(&one.ecosystem, &one.counts));
    }
    if compared.len() != 1 {
        grid.row(&row("all", &accuracy.overall));
    }
    page.grid(&grid);
    page.paragraph(4, Tone::Dim, LEGEND);
    page.blank();
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), percent);
    let overall = &accuracy.overall;
    let text = format!(
        "recall {}, precision {}, right versions {}",
        share(overall.recall),
        share(overall.precision),
        share(overall.version_accuracy)
    );
    page.labelled(4, (Tone::Dim, "accuracy"), LABEL, (Tone::Strong, &text));
    let files = match accuracy.image_files {
        0 => "the image has none".to_owned(),
        all => format!(
            "{} accounted for ({} of {all})",
            percent(accuracy.files_accounted as f64 / all as f64),
            accuracy.files_accounted
        ),
    };
    page.labelled(4, (Tone::Dim, "files"), LABEL, (Tone::Plain, &files));
    if overall.optional > 0 {
        let text = format!(
            "{} more in the image came with packages of the system or are parts of an application, \
             and may be left out",
            overall.optional
        );
        page.labelled(4, (Tone::Dim, "optional"), LABEL, (Tone::Plain, &text));
    }
    if accuracy.not_compared.total > 0 {
        let text = not_compared(&accuracy.not_compared);
        page.labelled(4, (Tone::Dim, "not compared"), LABEL, (Tone::Plain, &text));
    }
    if !accuracy.image_complete {
        let text = "the packages of the image were not all read: a phantom may be one of them";
        page.labelled(4, (Tone::Dim, "caution"), LABEL, (Tone::Caution, text));
    }
}

/// How many components were not compared, and the first of them.
fn not_compared(components: &Capped<String>) -> String {
    let first = components.items.iter().take(SHOWN_SKIPPED);
    let mut names: Vec<String> = first.map(|name| flow(name)).collect();
    if components.total > names.len() as u64 {
        names.push("…".to_owned());
    }
    format!(
        "{}: {} (no packages Freehold reads, or nothing that could confirm them)",
        components.total,
        names.join(", ")
    )
}

/// A text of at most so many characters.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn row(name: &str, counts: &AccuracyCounts) -> [String; 7] {
    [
        format!("    {name}"),
        counts.in_image.to_string(),
        counts.in_sbom.to_string(),
        counts.matched.to_string(),
        counts.missing.to_string(),
        counts.phantom.to_string(),
        counts.wrong_version.to_string(),
    ]
}

fn differences(page: &mut Page, accuracy: &SbomAccuracy) {
    let missing = |one: &SbomDifference| {
        let layer = one.layer.map(|layer| format!(" (layer {layer})"));
        let version = one.in_image.as_deref().unwrap_or_default();
        format!(
            "{} {} {version}{}",
            one.ecosystem,
            one.name,
            layer.unwrap_or_default()
        )
    };
    let phantom = |one: &SbomDifference| {
        let version = one.in_sbom.as_deref().unwrap_or_default();
        format!("{} {} {version}", one.ecosystem, one.name)
    };
    let wrong = |one: &SbomDifference| {
        format!(
            "{} {}: {} in the image, {} in the SBOM",
            one.ecosystem,
            one.name,
            one.in_image.as_deref().unwrap_or("no version"),
            one.in_sbom.as_deref().unwrap_or("no version")
        )
    };
    list(page, "missing", &accuracy.missing, missing);
    list(page, "phantom", &accuracy.phantom, phantom);
    list(page, "wrong version", &accuracy.wrong_version, wrong);
    list(page, "wrong digest", &accuracy.file_digests_wrong, |path| {
        path.clone()
    });
}

fn list<T>(page: &mut Page, label: &str, items: &Capped<T>, words: impl Fn(&T) -> String) {
    for (number, item) in items.items.iter().take(SHOWN).enumerate() {
        let label = if number == 0 { label } else { "" };
        page.labelled(
            4,
            (Tone::Bad, label),
            LABEL,
            (Tone::Plain, &flow(&words(item))),
        );
    }
    let left = items
        .total
        .saturating_sub(items.items.len().min(SHOWN) as u64);
    if left > 0 {
        let text = format!("and {left} more, listed in -f json");
        page.labelled(4, (Tone::Plain, ""), LABEL, (Tone::Dim, &text));
    }
}

fn elements(page: &mut Page, sbom: &Sbom) {
    for (list, label) in [
        (ElementList::Ntia2021, "NTIA 2021"),
        (ElementList::Cisa2025Draft, "CISA 2025 draft"),
        (ElementList::General, "beside them"),
    ] {
        let of_list = sbom.elements.iter().filter(|share| share.list == list);
        let words: Vec<String> = of_list.map(element).collect();
        if !words.is_empty() {
            page.labelled(
                4,
                (Tone::Dim, label),
                LABEL,
                (Tone::Plain, &words.join(", ")),
            );
        }
    }
}

fn element(share: &ElementShare) -> String {
    let name = share.element.replace('_', " ");
    match (share.of, share.have) {
        (1, 0) => format!("no {name}"),
        (1, _) => name,
        _ => format!("{name} {}", percent(share.share)),
    }
}
