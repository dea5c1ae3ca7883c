//! The evidence of an image in a grid: kinds in rows; what each piece speaks of, whether its
//! signature holds, who made it and how old it is in columns. What was searched for in vain reads
//! differently from what nobody looked for.

use std::collections::BTreeSet;

use super::attached;
use super::words::{count, flow, platform, short_digest, verdict_name};
use crate::facts::model::{
    AttachedEvidence, Coverage, EvidenceOrigin, EvidenceSubject, Facts, NamedBy, OriginKind,
    PlaceState, PredicateKind, SbomFormat, SbomScope, Signer, SubjectIs, Topic, Trusted, Verdict,
    Verification,
};
use crate::report::text::{Grid, Page, Style, Tone};

/// Columns of the grid, the gap after each included; the signer's grows with the terminal.
const COLUMNS: [usize; 7] = [13, 18, 8, 14, 8, 10, 7];

/// Pieces of evidence shown of one kind.
const SHOWN: usize = 6;

/// Columns of the labels below the grid.
const LABEL: usize = 13;

/// Days from a time, RFC 3339, to the time of judging; `None` where it says no time.
pub type Age<'a> = &'a dyn Fn(&str) -> Option<i64>;

/// A piece of evidence, as the grid shows it.
struct Row<'a> {
    origin: &'a EvidenceOrigin,
    subject: &'a EvidenceSubject,
    verification: &'a Verification,
    /// Whether its format is one that others than its vendor read.
    open: bool,
    made_at: Option<&'a str>,
}

/// The grid of one image.
pub fn evidence(facts: &Facts, age: Age<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    heading(&mut page, facts);
    let mut grid = Grid::new(&COLUMNS);
    grid.header(&[
        "",
        "found",
        "about",
        "signature",
        "signer",
        "portable",
        "age",
    ]);
    let kinds = kinds(facts);
    let signers = signers(&kinds);
    for (name, rows) in &kinds {
        if rows.is_empty() {
            let absent = absent(facts, name);
            grid.row(&[*name, absent, "-", "-", "-", "-", "-"]);
        }
        for (number, row) in rows.iter().take(SHOWN).enumerate() {
            let name = if number == 0 { *name } else { "" };
            grid.row(&cells(name, row, &signers, age));
        }
        let left = rows.len().saturating_sub(SHOWN);
        if left > 0 {
            grid.row(&["", &format!("{left} more"), "", "", "", "", ""]);
        }
    }
    page.grid(&grid);
    page.blank();
    for (number, name) in (1..).zip(&signers) {
        let label = format!("signer {number}");
        page.labelled(2, (Tone::Dim, &label), LABEL, (Tone::Plain, name));
    }
    reasons(&mut page, &kinds, &signers);
    unread(&mut page, facts);
    trusted(&mut page, &facts.trust);
    searched(&mut page, facts);
    if kinds.iter().any(|(_, rows)| !rows.is_empty()) {
        legend(&mut page);
    }
    page.finish()
}

pub(super) fn heading(page: &mut Page, facts: &Facts) {
    page.heading(0, &facts.image.reference);
    let digest = facts.image.digest.as_deref();
    let digest = digest.map(|digest| format!(", sha256:{}", short_digest(digest, 12)));
    let platform = platform(&facts.image.platform);
    let line = format!("{platform}{}", digest.unwrap_or_default());
    page.paragraph(2, Tone::Plain, &line);
    page.blank();
}

/// Every kind with its pieces, in the order of the grid. Kinds that only few images have are left
/// out where there is none.
fn kinds(facts: &Facts) -> Vec<(&'static str, Vec<Row<'_>>)> {
    let of = |kind: PredicateKind| -> Vec<Row<'_>> {
        let all = facts.attestations.items.iter();
        all.filter(|one| one.kind == kind)
            .map(|one| Row {
                origin: &one.origin,
                subject: &one.subject,
                verification: &one.verification,
                open: !matches!(kind, PredicateKind::Vendor),
                made_at: one
                    .verification
                    .signed_at
                    .as_deref()
                    .or(one.made_at.as_deref()),
            })
            .collect()
    };
    let always = [
        ("SBOM", sboms(facts, false)),
        ("signature", signatures(facts)),
        ("provenance", of(PredicateKind::Provenance)),
        ("VEX", of(PredicateKind::Vex)),
        ("test result", of(PredicateKind::TestResult)),
    ];
    let where_found = [
        ("of packages", sboms(facts, true)),
        ("vuln. scan", of(PredicateKind::VulnerabilityScan)),
        ("summary", of(PredicateKind::VerificationSummary)),
        ("apko config", of(PredicateKind::ImageConfiguration)),
        ("vendor only", of(PredicateKind::Vendor)),
        ("other", of(PredicateKind::Other)),
    ];
    let found = where_found.into_iter().filter(|(_, rows)| !rows.is_empty());
    always.into_iter().chain(found).collect()
}

fn sboms(facts: &Facts, of_packages: bool) -> Vec<Row<'_>> {
    let all = facts.sboms.items.iter();
    all.filter(|sbom| sbom.format != SbomFormat::Unrecognised)
        .filter(|sbom| (sbom.scope == SbomScope::Package) == of_packages)
        .map(|sbom| Row {
            origin: &sbom.origin,
            subject: &sbom.subject,
            verification: &sbom.verification,
            open: true,
            made_at: sbom.created.as_deref(),
        })
        .collect()
}

fn signatures(facts: &Facts) -> Vec<Row<'_>> {
    let all = facts.signatures.items.iter();
    all.map(|signature| Row {
        origin: &signature.origin,
        subject: &signature.subject,
        verification: &signature.verification,
        open: true,
        made_at: signature.verification.signed_at.as_deref(),
    })
    .collect()
}

/// What the grid says of a kind of which nothing was found.
fn absent(facts: &Facts, kind: &str) -> &'static str {
    let coverage = facts.topics.get(&Topic::Sboms).map(|topic| topic.coverage);
    let inside_unread = kind == "SBOM" && coverage != Some(Coverage::Complete);
    let evidence = &facts.attached_evidence;
    let any = |state| evidence.places.iter().any(|place| place.state == state);
    if evidence.complete
        && !inside_unread
        && facts.attestations.total == facts.attestations.items.len() as u64
    {
        "searched, none"
    } else if any(PlaceState::NotReachable) || inside_unread {
        "not known"
    } else {
        "not looked for"
    }
}

fn cells(name: &str, row: &Row<'_>, signers: &[String], age: Age<'_>) -> [String; 7] {
    [
        name.to_owned(),
        found(row.origin),
        match row.subject.is {
            SubjectIs::Platform => "image".into(),
            SubjectIs::Index => "index".into(),
            SubjectIs::AnotherImage => "OTHER".into(),
            SubjectIs::Unstated => "-".into(),
        },
        verdict_name(row.verification.verdict).into(),
        number(signers, &signer(row.verification)),
        portable(row).into(),
        days(row.made_at.and_then(age)),
    ]
}

/// Where it was found, and enough of its digest to tell it from others.
fn found(origin: &EvidenceOrigin) -> String {
    let place = match origin.kind {
        OriginKind::Image => "inside",
        OriginKind::Attached => "attached",
        OriginKind::Given => "given",
    };
    format!("{place} {}", short(origin))
}

fn short(origin: &EvidenceOrigin) -> String {
    short_digest(origin.digest.as_deref().unwrap_or_default(), 7)
}

/// Who signed: the name they are trusted by, else what the signature says of them.
pub(super) fn signer(verification: &Verification) -> String {
    let said = verification.signer.as_ref().map(named);
    let text = match (&verification.trusted_as, said) {
        (Some(name), Some(said)) if *name != said => format!("{name}: {said}"),
        (Some(name), _) => name.clone(),
        (None, Some(said)) => said,
        (None, None) => "-".to_owned(),
    };
    flow(&text)
}

fn named(signer: &Signer) -> String {
    let key = signer.key.as_deref();
    let key = key.map(|digest| format!("key sha256:{}", short_digest(digest, 12)));
    let names = [&signer.identity, &signer.certificate];
    let name = names.into_iter().flatten().next().cloned();
    match (name.or(key), &signer.issuer) {
        (Some(name), Some(issuer)) => format!("{name}, says {issuer}"),
        (Some(name), None) => name,
        (None, _) => "-".to_owned(),
    }
}

/// Everybody who signed, in the order of the grid.
fn signers(kinds: &[(&'static str, Vec<Row<'_>>)]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for row in kinds.iter().flat_map(|(_, rows)| rows.iter().take(SHOWN)) {
        let name = signer(row.verification);
        if name != "-" && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// The number a signer has below the grid.
fn number(signers: &[String], name: &str) -> String {
    let at = signers.iter().position(|one| one == name);
    at.map_or_else(
        || "-".to_owned(),
        |at| format!("[{}]", at.saturating_add(1)),
    )
}

/// Whether others than the vendor can read it, and check it.
fn portable(row: &Row<'_>) -> &'static str {
    match (row.open, row.verification.verdict) {
        (false, _) => "no",
        (true, Verdict::Verified | Verdict::Authentic) => "yes",
        (true, _) => "readable",
    }
}

/// An age in days, or years once there are many.
fn days(days: Option<i64>) -> String {
    match days {
        None => "-".to_owned(),
        Some(days) if days < 0 => "ahead".to_owned(),
        Some(days) if days < 1000 => format!("{days} d"),
        Some(days) => format!("{} y", days.checked_div(365).unwrap_or_default()),
    }
}

/// Why signatures are not verified, each reason once.
fn reasons(page: &mut Page, kinds: &[(&'static str, Vec<Row<'_>>)], signers: &[String]) {
    let mut said = BTreeSet::new();
    for (name, rows) in kinds {
        for row in rows {
            let verdict = row.verification.verdict;
            let Some(reason) = &row.verification.reason else {
                continue;
            };
            if verdict == Verdict::Unsigned || !said.insert((name, reason, &row.origin.digest)) {
                continue;
            }
            let tone = match verdict {
                Verdict::Invalid => Tone::Bad,
                _ => Tone::Plain,
            };
            let text = format!(
                "{} {}: {}",
                short(row.origin),
                verdict_name(verdict),
                flow(reason)
            );
            let text = match number(signers, &signer(row.verification)).as_str() {
                "-" => text,
                number => format!("{text} {number}"),
            };
            page.labelled(2, (Tone::Dim, name), LABEL, (tone, &text));
        }
    }
}

/// Where it was looked for.
fn searched(page: &mut Page, facts: &Facts) {
    let evidence: &AttachedEvidence = &facts.attached_evidence;
    let text = attached::searched(evidence);
    page.labelled(
        2,
        (Tone::Dim, "searched"),
        LABEL,
        (Tone::Plain, &format!("inside the image; {text}")),
    );
    if let Some(unseen) = attached::unseen(evidence).filter(|_| !evidence.complete) {
        let text = match facts.image.source.as_str() {
            "registry" => unseen,
            _ => format!("{unseen}; ask the registry: freehold evidence REGISTRY/NAME:TAG"),
        };
        page.labelled(2, (Tone::Dim, "not seen"), LABEL, (Tone::Caution, &text));
    }
}

/// What is there and could not be read, or not in full.
fn unread(page: &mut Page, facts: &Facts) {
    let sboms = facts.sboms.items.iter();
    let sboms = sboms
        .filter(|one| one.format != SbomFormat::Unrecognised)
        .map(|one| (&one.origin, &one.unread));
    let statements = facts.attestations.items.iter();
    let statements = statements.map(|one| (&one.origin, &one.unread));
    for (origin, why) in sboms.chain(statements) {
        if let Some(why) = why {
            let text = format!("{}: {}", short(origin), flow(why));
            page.labelled(2, (Tone::Dim, "not read"), LABEL, (Tone::Caution, &text));
        }
    }
}

/// By whose word.
fn trusted(page: &mut Page, trust: &Trusted) {
    let by = match (trust.named_by, &trust.configuration) {
        (NamedBy::Flags, _) => "whom the flags name, and nobody else".to_owned(),
        (NamedBy::Configuration, Some(file)) => format!("{}, and publishers known", flow(file)),
        (NamedBy::Configuration | NamedBy::Shipped, _) => "publishers known".to_owned(),
    };
    let signers = trust.keys.len().saturating_add(trust.identities.len());
    let mut text = format!("{by} ({})", count(signers, "signer"));
    if let Some(root) = &trust.root {
        text.push_str(&format!("; root: {}", flow(&root.name)));
    }
    if let Some(day) = &trust.root_as_of {
        text.push_str(&format!(" as of {day}"));
    }
    for (ignored, what) in [
        (trust.ignored_tlog, "transparency logs"),
        (trust.ignored_sct, "certificate timestamps"),
    ] {
        if ignored {
            text.push_str(&format!("; {what} not asked for"));
        }
    }
    page.labelled(2, (Tone::Dim, "trusted"), LABEL, (Tone::Plain, &text));
}

/// What the words of the grid mean.
fn legend(page: &mut Page) {
    page.blank();
    for text in [
        "about: image, index (all platforms) or OTHER, by the digest it names; - names none",
        "signature: verified, by a signer who is trusted; authentic, sound and by a stranger; \
         INVALID, wrong or of another image; unverifiable, something is missing to check it",
        "portable: yes, read and checked without the vendor; readable, read only; no, neither",
    ] {
        page.paragraph(2, Tone::Dim, text);
    }
}
