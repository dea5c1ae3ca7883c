//! Commands that give the same answer, or say how it came about.

use crate::report::document::{ImageReport, Report};
use crate::report::table::words::shell_word;
use crate::report::text::{Page, Tone, width};
use crate::scorecard::Axis;

/// The command that gives the same answer: this image alone, at this time.
pub(super) fn reproduce(page: &mut Page, report: &Report, image: &ImageReport) {
    shell(page, Tone::Dim, "  to reproduce   ", command(report, image));
}

/// How the number of a threshold came about: the profile is the one it was judged with.
pub(super) fn explain(page: &mut Page, report: &Report, image: &ImageReport, axis: Axis) {
    let profile = &report.run.profile;
    let shipped = format!("policies/profiles/{}.yaml", profile.name);
    let is_shipped = profile.origin == "shipped" || profile.origin == shipped;
    let named = if is_shipped {
        &profile.name
    } else {
        &profile.origin
    };
    let words = [
        "scan".to_owned(),
        shell_word(&image.reference),
        format!("--profile={}", shell_word(named)),
        format!("--explain={}", axis.name()),
    ];
    shell(page, Tone::Good, "     see  ", words.into());
}

/// A command of this program that can be copied: broken as a shell allows it.
fn shell(page: &mut Page, tone: Tone, label: &str, words: Vec<String>) {
    let room = page.width().saturating_sub(label.len()).saturating_sub(2);
    let mut line = String::from("freehold");
    let mut head = label.to_owned();
    for word in words {
        let joined = width(&line).saturating_add(1).saturating_add(width(&word));
        if joined > room {
            page.line(&[(tone, &head), (Tone::Plain, &line), (Tone::Plain, " \\")]);
            head = " ".repeat(label.len().saturating_add(2));
            line = word;
        } else {
            line = format!("{line} {word}");
        }
    }
    page.line(&[(tone, &head), (Tone::Plain, &line)]);
}

/// The words of that command after the program's name.
fn command(report: &Report, image: &ImageReport) -> Vec<String> {
    let run = &report.run;
    let read = report.images.iter().map(|other| &other.reference);
    let mut others: Vec<&String> = read
        .chain(report.not_read.iter().map(|other| &other.reference))
        .collect();
    others.retain(|other| **other != image.reference);
    let kept = run
        .arguments
        .iter()
        .filter(|argument| !others.contains(argument));
    let word = |argument: &String| match *argument == image.reference {
        true => shell_word(&pinned(image)),
        false => shell_word(&pinned_pack(argument, report)),
    };
    let mut words: Vec<String> = kept.map(word).collect();
    let names = |flag: &str| {
        let mut arguments = run.arguments.iter();
        arguments.any(|argument| argument.starts_with(flag))
    };
    if let Some(configuration) = run.configuration.as_ref().filter(|_| !names("--config")) {
        words.push(shell_word(&format!("--config={}", configuration.file)));
    }
    if !names("--effective-time") {
        words.push(format!("--effective-time={}", run.judged_at));
    }
    words
}

/// The reference of an image in a registry with its digest instead of its tag, which may move; any
/// other as given.
fn pinned(image: &ImageReport) -> String {
    let reference = &image.reference;
    match &image.digest {
        Some(digest) if image.source == "registry" => with_digest(reference, digest),
        _ => reference.clone(),
    }
}

/// An argument that names rules in a registry with their digest instead of their tag; any other as
/// given.
fn pinned_pack(argument: &str, report: &Report) -> String {
    let fetched = report.run.pack.sources.iter().find_map(|source| {
        let flag = argument.strip_suffix(source.name.as_str())?;
        let is_flag = ["", "-p", "--policy="].contains(&flag);
        (source.kind == "oci" && is_flag).then_some((flag, source))
    });
    match fetched {
        Some((flag, source)) => flag.to_owned() + &with_digest(&source.name, &source.digest),
        None => argument.to_owned(),
    }
}

/// A name in a registry with a digest instead of its tag; one that has a digest as it is.
fn with_digest(name: &str, digest: &str) -> String {
    if name.contains('@') {
        return name.to_owned();
    }
    let start = name.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let tag = name.get(start..).and_then(|last| last.rfind(':'));
    let end = tag.map_or(name.len(), |colon| start.saturating_add(colon));
    format!("{}@{digest}", name.get(..end).unwrap_or(name))
}
