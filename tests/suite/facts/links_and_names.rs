//! Links that lead nowhere, and names that do not survive a copy.

use freehold::facts::model::{Coverage, Facts, GapKind, Layout, NameProblem, Topic};

use super::{facts_of, image, read};
use crate::support::databases::{Installed, debian, distroless};
use crate::support::layer::Layer;

fn dangling(layout: &Layout) -> Vec<&str> {
    let links = layout.dangling_links.items.iter();
    links.map(|link| link.path.as_str()).collect()
}

fn unportable(facts: &Facts) -> Vec<(&str, &[NameProblem])> {
    let names = facts.layout.unportable_names.items.iter();
    names
        .map(|name| (name.path.as_str(), name.problems.as_slice()))
        .collect()
}

#[test]
fn a_link_that_leads_nowhere_is_named_with_its_target() {
    let layer = Layer::new()
        .file("usr/lib/real.so.1", "x")
        .symlink("usr/lib/real.so", "real.so.1")
        .symlink("lib", "usr/lib")
        .symlink("opt/through", "../lib/real.so")
        .symlink("opt/relative", "../lib/gone.so")
        .symlink("opt/absolute", "/gone")
        .symlink("opt/second", "relative")
        .symlink("opt/round", "about")
        .symlink("opt/about", "round");
    let layout = read([layer]).layout;
    let expected = [
        "/opt/about",
        "/opt/absolute",
        "/opt/relative",
        "/opt/round",
        "/opt/second",
    ];
    assert_eq!(dangling(&layout), expected);
    let link = &layout.dangling_links.items[2];
    assert_eq!((link.target.as_str(), link.layer), ("../lib/gone.so", 1));
    let circular: Vec<bool> = layout
        .dangling_links
        .items
        .iter()
        .map(|link| link.circular)
        .collect();
    assert_eq!(circular, [true, false, false, true, false]);
}

#[test]
fn links_to_what_only_a_container_has_are_no_dangling_links() {
    let layer = Layer::new()
        .symlink("etc/mtab", "../proc/self/mounts")
        .symlink("var/log/access.log", "/dev/stdout")
        .symlink("etc/systemd/system/masked.service", "/dev/null")
        .symlink("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf")
        .symlink("var/run", "/run")
        .symlink("usr/share/zoneinfo/localtime", "/etc/localtime")
        .symlink("opt/pid", "/var/run/server.pid")
        .symlink("opt/second", "pid")
        .symlink("opt/data", "/data/current")
        .symlink("opt/up", "../../../proc/self/exe")
        .symlink("opt/processes", "/processes");
    let layout = facts_of(&image([layer]).volume("/data")).layout;
    assert_eq!(dangling(&layout), ["/opt/processes"]);
}

#[test]
fn links_into_documentation_that_was_left_out_are_no_dangling_links() {
    let layer = Layer::new()
        .symlink("etc/alternatives/awk.1.gz", "/usr/share/man/man1/mawk.1.gz")
        .symlink("usr/share/man/man1/awk.1.gz", "/etc/alternatives/awk.1.gz")
        .symlink(
            "usr/share/doc/libx/changelog.gz",
            "../libx-common/changelog.gz",
        )
        .symlink("usr/share/manual", "gone");
    assert_eq!(dangling(&read([layer]).layout), ["/usr/share/manual"]);
}

#[test]
fn links_that_nobody_answers_for_come_before_those_of_packages() {
    let owner = Installed::new("libx", "1").lists("usr/lib/a.so");
    let layer = Layer::new()
        .symlink("usr/lib/a.so", "gone")
        .symlink("usr/lib/b.so", "gone");
    let links = read([debian(&[owner]), layer]).layout.dangling_links;
    let found: Vec<_> = links
        .items
        .iter()
        .map(|link| (link.path.as_str(), link.owner.as_deref(), link.owner_known))
        .collect();
    let expected = [
        ("/usr/lib/b.so", None, true),
        ("/usr/lib/a.so", Some("libx"), true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn more_links_than_are_listed_are_counted() {
    let layer = (0..1_100).fold(Layer::new(), |layer, number| {
        layer.symlink(&format!("opt/{number}"), "gone")
    });
    let facts = read([layer.symlink("usr/lib/x.so", "gone")]);
    let links = &facts.layout.dangling_links;
    assert_eq!(
        (links.items.len(), links.total, links.truncated),
        (1_000, 1_101, true)
    );
}

#[test]
fn links_that_would_cost_too_much_are_a_gap_and_no_error() {
    let chain = (1..30).fold(Layer::new().dir("d0"), |layer, number| {
        layer.symlink(&format!("d{number}"), &format!("d{}/.", number - 1))
    });
    let layer = (0..100).fold(chain, |layer, number| {
        layer.symlink(&format!("l{number}"), "d29")
    });
    let mut options = super::options();
    options.limits.max_link_steps = 2_000;
    let facts = super::facts_with(&image([layer]), &options);
    assert_eq!(dangling(&facts.layout), [""; 0]);
    assert_eq!(facts.topics[&Topic::Layout].coverage, Coverage::Partial);
    let gap = &facts.gaps[0];
    assert_eq!((gap.topic, gap.kind), (Topic::Layout, GapKind::Limit));
}

#[test]
fn names_that_do_not_survive_a_copy_are_told_why() {
    let layer = Layer::new()
        .file("opt/plain-Name_1.txt", "x")
        .file("opt/caf\u{e9}", "x")
        .file("opt/a:b", "x")
        .file("opt/back\\slash", "x")
        .file("opt/dot.", "x")
        .file("opt/line\nbreak", "x")
        .file("opt/space ", "x");
    let facts = read([layer]);
    let expected: [(&str, &[NameProblem]); 5] = [
        ("/opt/a:b", &[NameProblem::ReservedCharacter]),
        ("/opt/back\\slash", &[NameProblem::ReservedCharacter]),
        ("/opt/dot.", &[NameProblem::TrailingDotOrSpace]),
        ("/opt/line\nbreak", &[NameProblem::ControlCharacter]),
        ("/opt/space ", &[NameProblem::TrailingDotOrSpace]),
    ];
    assert_eq!(unportable(&facts), expected);
}

#[test]
fn names_that_differ_by_case_alone_clash_in_one_directory_only() {
    let layer = Layer::new()
        .file("Top", "x")
        .file("top", "x")
        .file("opt/README", "x")
        .file("opt/ReadMe", "x")
        .file("opt/other/readme", "x")
        .file("opt/\u{c9}t\u{e9}", "x")
        .file("opt/\u{e9}t\u{e9}", "x");
    let facts = read([layer]);
    let clash: &[NameProblem] = &[NameProblem::CaseClash];
    let expected = [
        ("/Top", clash),
        ("/opt/README", clash),
        ("/opt/ReadMe", clash),
        ("/opt/\u{c9}t\u{e9}", clash),
    ];
    assert_eq!(unportable(&facts), expected);
}

#[test]
fn a_directory_no_list_names_is_of_who_owns_what_is_in_it() {
    let perl = Installed::new("perl", "5")
        .file("usr/share/perl/Pod/Text.pm", "x")
        .file("usr/share/perl/pod/perl.pod", "x");
    let layer = distroless(&[perl], true)
        .file("usr/share/perl/Pod/Text.pm", "x")
        .file("usr/share/perl/pod/perl.pod", "x")
        .dir("opt/Data")
        .dir("opt/data");
    let names = read([layer]).layout.unportable_names.items;
    let found: Vec<_> = names
        .iter()
        .map(|name| (name.path.as_str(), name.owner.as_deref()))
        .collect();
    let expected = [("/opt/Data", None), ("/usr/share/perl/Pod", Some("perl"))];
    assert_eq!(found, expected);
}

#[test]
fn long_names_and_bytes_that_are_no_text_are_told() {
    let long = "n".repeat(256);
    let layer = Layer::new()
        .file(&"m".repeat(255), "x")
        .file(&long, "x")
        .file("placeholder", "x")
        .pax("path", &b"opt/caf\xe9"[..]);
    let long = format!("/{long}");
    let expected: [(&str, &[NameProblem]); 2] = [
        (&long, &[NameProblem::LongName]),
        ("/opt/caf\\xe9", &[NameProblem::NotUtf8]),
    ];
    assert_eq!(unportable(&read([layer])), expected);
}
