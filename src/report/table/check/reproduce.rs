//! The command that gives the same answer.

use crate::report::document::{ImageReport, Report};
use crate::report::table::words::shell_word;
use crate::report::text::{Page, Tone, width};

/// The command that gives the same answer: this image alone, at this time. Broken as a shell
/// allows it, so that it can be copied.
pub(super) fn reproduce(page: &mut Page, report: &Report, image: &ImageReport) {
    const LABEL: &str = "  to reproduce   ";
    let room = page.width().saturating_sub(LABEL.len()).saturating_sub(2);
    let mut line = String::from("freehold");
    let mut head = LABEL.to_owned();
    for word in command(report, image) {
        let joined = width(&line).saturating_add(1).saturating_add(width(&word));
        if joined > room {
            page.line(&[
                (Tone::Dim, &head),
                (Tone::Plain, &line),
                (Tone::Plain, " \\"),
            ]);
            head = " ".repeat(LABEL.len().saturating_add(2));
            line = word;
        } else {
            line = format!("{line} {word}");
        }
    }
    page.line(&[(Tone::Dim, &head), (Tone::Plain, &line)]);
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
        false => shell_word(argument),
    };
    let mut words: Vec<String> = kept.map(word).collect();
    if !run
        .arguments
        .iter()
        .any(|argument| argument.starts_with("--effective-time"))
    {
        words.push(format!("--effective-time={}", run.judged_at));
    }
    words
}

/// The reference of an image in a registry with its digest instead of its tag, which may move; any
/// other as given.
fn pinned(image: &ImageReport) -> String {
    let reference = &image.reference;
    match &image.digest {
        Some(digest) if image.source == "registry" && !reference.contains('@') => {
            let start = reference
                .rfind('/')
                .map_or(0, |slash| slash.saturating_add(1));
            let tag = reference.get(start..).and_then(|last| last.rfind(':'));
            let end = tag.map_or(reference.len(), |colon| start.saturating_add(colon));
            format!("{}@{digest}", reference.get(..end).unwrap_or(reference))
        }
        _ => reference.clone(),
    }
}
