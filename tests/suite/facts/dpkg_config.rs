//! dpkg's configuration files, states, path filters and stat overrides.

use freehold::facts::model::{ChangeClass, DatabaseState, GapKind, Topic};

use super::{gaps, package, read, states};
use crate::support::databases::{Installed, debian, distroless, md5_hex};
use crate::support::elf::Elf;
use crate::support::layer::Layer;

/// A package with a configuration file, which no `md5sums` lists.
fn with_conffile(recorded: &str, found: &str) -> Layer {
    let line = format!("Conffiles:\n /etc/tool.conf {recorded}");
    let tool = Installed::new("tool", "1")
        .field(&line)
        .lists("etc/tool.conf");
    debian(&[tool]).file("etc/tool.conf", found)
}

#[test]
fn changed_configuration_is_no_tampering_and_a_program_in_its_place_is() {
    let recorded = md5_hex(b"a=1\n");
    for found in ["a=1\n", "a=2\n"] {
        let facts = read([with_conffile(&recorded, found)]);
        let classes: Vec<_> = facts
            .ownership
            .modified
            .items
            .iter()
            .map(|m| m.class)
            .collect();
        let changed = (found != "a=1\n").then_some(ChangeClass::Configuration);
        assert_eq!(classes, Vec::from_iter(changed), "{found}");
        assert_eq!(facts.gaps, []);
    }
    let elf = Elf::executable().bytes();
    let facts = read([
        with_conffile(&recorded, "a=1\n"),
        Layer::new().file("etc/tool.conf", elf),
    ]);
    let changed = &facts.ownership.modified.items[0];
    assert_eq!(changed.path, "/etc/tool.conf");
    assert_eq!(changed.recorded, recorded);
    assert_eq!(changed.class, ChangeClass::Content);
}

#[test]
fn configuration_is_written_in_several_ways() {
    let digest = md5_hex(b"a");
    for line in [
        format!(" /etc/a {digest}"),
        format!(" /etc/with a space {digest}"),
        format!(" /etc/a {digest} obsolete"),
        " /etc/a newconffile".to_owned(),
        " /etc/a newconffile remove-on-upgrade".to_owned(),
        format!(" /etc/a {digest} obsolete remove-on-upgrade"),
    ] {
        let tool = Installed::new("tool", "1").field(&format!("Conffiles:\n{line}"));
        let facts = read([debian(&[tool])]);
        assert_eq!(facts.gaps, [], "{line}");
    }
    for line in [
        " /etc/a".to_owned(),
        " /etc/a 0123".to_owned(),
        format!(" etc/a {digest}"),
        format!(" /etc/../a {digest}"),
        format!(" /etc/a {digest} unheard-of"),
    ] {
        let tool = Installed::new("tool", "1").field(&format!("Conffiles:\n{line}"));
        let facts = read([debian(&[tool])]);
        let place = "/var/lib/dpkg/status";
        let wanted = [(Topic::Packages, Some(place), GapKind::Corrupt)];
        assert_eq!(gaps(&facts), wanted, "{line}");
        assert_eq!(states(&facts), [(place, DatabaseState::Damaged)]);
    }
}

#[test]
fn another_field_ends_the_configuration_files() {
    let lines = "Conffiles:\nDescription: short\n no digest at all";
    let facts = read([debian(&[Installed::new("tool", "1").field(lines)])]);
    assert_eq!(facts.gaps, []);
}

#[test]
fn where_only_digests_are_listed_configuration_is_claimed_all_the_same() {
    let digest = md5_hex(b"a=1\n");
    let tool = Installed::new("tool", "1")
        .field(&format!("Conffiles:\n /etc/tool.conf {digest}"))
        .file("usr/bin/tool", "x");
    let facts = read([
        debian(&[tool]).file("etc/tool.conf", "a=1\n"),
        Layer::new().whiteout("var/lib/dpkg/info/tool.list"),
    ]);
    assert_eq!(package(&facts, "tool").files.as_ref().unwrap().present, 2);
}

#[test]
fn a_package_that_is_not_installed_in_full_says_so_in_dpkgs_words() {
    for (status, said) in [
        ("install ok installed", None),
        ("install ok unpacked", Some("unpacked")),
        ("install ok half-configured", Some("half-configured")),
        (
            "install reinstreq half-installed",
            Some("reinstreq half-installed"),
        ),
        ("install reinstreq installed", Some("reinstreq")),
        ("install ok triggers-awaited", Some("triggers-awaited")),
        ("install ok triggers-pending", Some("triggers-pending")),
    ] {
        let facts = read([debian(&[Installed::new("tool", "1").status(status)])]);
        let found = package(&facts, "tool").broken_state.as_deref();
        assert_eq!(found, said, "{status}");
    }
}

#[test]
fn virtual_packages_are_listed_as_written() {
    let tool = Installed::new("tool", "1").field("Provides: editor, tool-api (= 1:2) , ");
    let facts = read([debian(&[tool])]);
    let provides = &package(&facts, "tool").provides;
    assert_eq!(provides, &["editor", "tool-api (= 1:2)"]);
}

#[test]
fn digests_of_status_d_may_be_in_info() {
    let tool = Installed::new("tool", "1").file("usr/bin/tool", "x");
    let sums = format!("{}  usr/bin/tool\n", md5_hex(b"x"));
    let facts = read([
        distroless(&[tool], false),
        Layer::new().file("var/lib/dpkg/info/tool.md5sums", sums),
    ]);
    assert_eq!(facts.ownership.digests_compared, 1);
    let database = ("/var/lib/dpkg/status.d", DatabaseState::Reduced);
    assert_eq!(states(&facts), [database]);
}

/// A package of whose files all but one are gone.
fn without_parts() -> [Layer; 2] {
    let tool = Installed::new("tool", "1")
        .file("usr/share/tool/x/copyright", "c")
        .file("usr/share/tool/x/README", "r")
        .file("usr/share/tool/x/NEWS", "n");
    let gone = Layer::new()
        .whiteout("usr/share/tool/x/README")
        .whiteout("usr/share/tool/x/NEWS");
    [debian(&[tool]), gone]
}

#[test]
fn what_dpkg_was_told_to_leave_out_is_not_missing() {
    let filters =
        "# minimal\npath-exclude=/usr/share/tool/*\npath-include=/usr/share/tool/*/copyright\n";
    let missing = |place: &str, text: &str| {
        let [packages, gone] = without_parts();
        let facts = read([packages, gone, Layer::new().file(place, text)]);
        assert_eq!(facts.gaps, []);
        let missing = facts.ownership.missing_by_package.get("tool");
        missing.copied().unwrap_or_default()
    };
    assert_eq!(missing("etc/dpkg/dpkg.cfg.d/excludes", filters), 0);
    assert_eq!(missing("etc/dpkg/dpkg.cfg", filters), 0);
    assert_eq!(missing("etc/dpkg/dpkg.cfg.d/excludes.dpkg-old", filters), 2);
    let back = format!("{filters}path-include */NEWS\n");
    assert_eq!(missing("etc/dpkg/dpkg.cfg", &back), 1);
}

#[test]
fn filters_and_overrides_past_their_limits_are_gaps() {
    let many = "path-exclude=/usr/share/tool/*\n".repeat(1_000);
    let long = format!("path-exclude=/{}\n", "a".repeat(5_000));
    let overrides = "root root 755 /a\n".repeat(20_000);
    for (place, text, kind) in [
        ("etc/dpkg/dpkg.cfg", many, GapKind::Limit),
        ("etc/dpkg/dpkg.cfg", long, GapKind::Limit),
        ("var/lib/dpkg/statoverride", overrides, GapKind::Limit),
        ("var/lib/dpkg/statoverride", "no\n".into(), GapKind::Corrupt),
    ] {
        let facts = read([
            debian(&[Installed::new("tool", "1")]),
            Layer::new().file(place, text),
        ]);
        let path = format!("/{place}");
        assert_eq!(gaps(&facts), [(Topic::Integrity, Some(&*path), kind)]);
    }
}
