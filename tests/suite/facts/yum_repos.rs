//! Repositories and keys of dnf, yum, tdnf and zypper, and whether those would work.

use freehold::facts::model::{Coverage, Facts, GapKind, Repository, RepositoryKind, Topic};

use super::{coverage_of, gaps, printed, read};
use crate::support::elf::Elf;
use crate::support::layer::Layer;
use crate::support::rpm::SQLITE;

const REPO: &str = "etc/yum.repos.d/example.repo";
const KEY: &str = include_str!("../../fixtures/keys/ed25519.asc");
const FINGERPRINT: &str = "7fb1f0ab12685f0f4f5b9d9439e7cee9d5858f9e";

fn repositories(path: &str, text: &str) -> Vec<Repository> {
    let facts = read([Layer::new().file(path, text)]);
    assert_eq!(facts.gaps, []);
    facts.repositories
}

#[test]
fn a_section_with_everything_is_read_in_full() {
    let text = "# a comment\n; another\n[base]\nname = Base $releasever\n\
        baseurl = https://Mirror.example.org/os/$releasever/$basearch/\n\
        enabled=1\ngpgcheck = 1\n\
        gpgkey = file:///etc/pki/rpm-gpg/RPM-GPG-KEY-example\n\
        \thttps://keys.example.org/a.asc\n";
    let [found] = repositories(REPO, text).try_into().unwrap();
    assert_eq!(found.kind, RepositoryKind::Yum);
    assert_eq!(
        found.url,
        "https://Mirror.example.org/os/$releasever/$basearch/"
    );
    assert_eq!(found.host.as_deref(), Some("mirror.example.org"));
    assert_eq!(found.suites, ["base"]);
    let keys = "/etc/pki/rpm-gpg/RPM-GPG-KEY-example https://keys.example.org/a.asc";
    assert_eq!(found.signed_by.as_deref(), Some(keys));
    assert!(found.enabled && !found.unsigned_allowed && !found.credentials);
    assert_eq!(
        (found.path.as_str(), found.layer),
        ("/etc/yum.repos.d/example.repo", 1)
    );
}

#[test]
fn each_address_is_a_repository() {
    let text = "[a]\nbaseurl=http://a.example.org/, http://b.example.org/\n  http://c.example.org/\n\
        [m]\nmirrorlist=http://m.example.org/?repo=x\n[l]\nmetalink=http://l.example.org/x\n\
        [nothing]\nname=no address\n";
    let hosts: Vec<_> = repositories(REPO, text)
        .into_iter()
        .filter_map(|repository| repository.host)
        .collect();
    let expected = [
        "a.example.org",
        "b.example.org",
        "c.example.org",
        "l.example.org",
        "m.example.org",
    ];
    let mut hosts = hosts;
    hosts.sort();
    assert_eq!(hosts, expected);
}

#[test]
fn signatures_are_asked_for_by_the_section_or_else_by_the_main_one() {
    let unsigned = |main: Option<&str>, section: &str, path: &str| {
        let text = format!("[a]\nbaseurl=http://a.example.org/\n{section}\n");
        let layer = Layer::new().file(path, text);
        let layer = match main {
            Some(main) => layer.file("etc/dnf/dnf.conf", format!("[main]\n{main}\n")),
            None => layer,
        };
        read([layer]).repositories[0].unsigned_allowed
    };
    let zypp = "etc/zypp/repos.d/a.repo";
    for (main, section, path, expected) in [
        (Some("gpgcheck=1"), "", REPO, false),
        (Some("gpgcheck=True"), "gpgcheck=0", REPO, true),
        (Some("gpgcheck=0"), "", REPO, true),
        (Some("gpgcheck=0"), "gpgcheck=yes", REPO, false),
        (Some("gpgcheck=1"), "gpgcheck=2", REPO, false),
        (None, "", REPO, true),
        (None, "", zypp, false),
        (None, "gpgcheck=off", zypp, true),
    ] {
        assert_eq!(
            unsigned(main, section, path),
            expected,
            "{main:?} {section} {path}"
        );
    }
}

#[test]
fn a_repository_can_be_switched_off() {
    let text = "[a]\nbaseurl=http://a.example.org/\nenabled=0\n";
    assert!(!repositories(REPO, text)[0].enabled);
}

#[test]
fn credentials_are_flagged_and_never_printed() {
    for text in [
        "[a]\nbaseurl=https://me:hunter2@a.example.org/x\n",
        "[a]\nbaseurl=https://a.example.org/\nusername=me\npassword=hunter2\n",
        "[a]\nbaseurl=https://a.example.org/\nproxy_password=hunter2\n",
    ] {
        let facts = read([Layer::new().file(REPO, text)]);
        assert!(facts.repositories[0].credentials, "{text}");
        assert!(!printed(&facts).contains("hunter2"), "{text}");
    }
    let text = "[a]\nbaseurl=https://a.example.org/\ngpgkey=https://me:hunter2@a.example.org/k\n";
    assert!(!printed(&read([Layer::new().file(REPO, text)])).contains("hunter2"));
}

#[test]
fn one_directory_under_two_names_counts_once() {
    let facts = read([Layer::new()
        .file(REPO, "[a]\nbaseurl=http://a.example.org/\n")
        .symlink("etc/yum/repos.d", "../yum.repos.d")]);
    assert_eq!(facts.repositories.len(), 1);
}

#[test]
fn lines_that_mean_nothing_and_lists_without_end_are_gaps() {
    let place = Some("/etc/yum.repos.d/example.repo");
    let facts = read([Layer::new().file(REPO, "baseurl=x\n[a]\njunk\n\0\n")]);
    assert_eq!(
        gaps(&facts),
        [(Topic::Repositories, place, GapKind::Corrupt)]
    );
    assert_eq!(coverage_of(&facts, Topic::Repositories), Coverage::Partial);
    let many = format!("[a]\nbaseurl={}\n", "http://a.example.org/ ".repeat(200));
    let facts = read([Layer::new().file(REPO, many)]);
    assert_eq!(gaps(&facts), [(Topic::Repositories, place, GapKind::Limit)]);
    let long = "[a]\nbaseurl=http://a.example.org/\n".repeat(6_000);
    let facts = read([Layer::new().file(REPO, long)]);
    assert!(gaps(&facts).contains(&(Topic::Repositories, place, GapKind::Limit)));
}

fn key_paths(facts: &Facts) -> Vec<&str> {
    facts
        .trust_keys
        .iter()
        .map(|key| key.path.as_str())
        .collect()
}

#[test]
fn keys_count_where_a_repository_names_them() {
    const NAMED: &str = "/etc/pki/rpm-gpg/RPM-GPG-KEY-example-9-x86_64";
    let with = |gpgkey: &str| {
        let text = format!("[a]\nbaseurl=http://a.example.org/\ngpgkey={gpgkey}\n");
        read([Layer::new()
            .file(REPO, text)
            .file(NAMED.trim_start_matches('/'), KEY)
            .file("etc/pki/rpm-gpg/RPM-GPG-KEY-other", KEY)])
    };
    let directory = "file:///etc/pki/rpm-gpg";
    for gpgkey in [
        "RPM-GPG-KEY-example-9-x86_64",
        "RPM-GPG-KEY-example-$releasever-$basearch",
        "RPM-GPG-KEY-example-${releasever}-x86_64",
    ] {
        let facts = with(&format!("{directory}/{gpgkey}"));
        assert_eq!(key_paths(&facts), [NAMED], "{gpgkey}");
        assert_eq!(facts.trust_keys[0].fingerprint, FINGERPRINT);
        assert_eq!(facts.gaps, []);
    }
    for gpgkey in [
        "RPM-GPG-KEY-none",
        "RPM-GPG-KEY-$releasever-arm64",
        "x/$releasever",
    ] {
        let facts = with(&format!("{directory}/{gpgkey}"));
        assert_eq!(key_paths(&facts), Vec::<&str>::new(), "{gpgkey}");
    }
}

/// An rpm system on which this manager would run.
fn usable(manager: &str) -> Layer {
    Layer::new()
        .file("etc/os-release", "ID=fedora\n")
        .file("usr/lib/sysimage/rpm/rpmdb.sqlite", SQLITE)
        .executable(
            &format!("usr/bin/{manager}"),
            Elf::static_executable().bytes(),
        )
}

fn state(layer: Layer) -> (Option<bool>, Vec<String>) {
    let manager = read([layer]).package_managers.remove(0);
    (manager.operational, manager.obstacles)
}

#[test]
fn managers_of_rpm_need_its_database_and_repositories_of_their_own() {
    let text = "[a]\nbaseurl=http://a.example.org/\n";
    let zypp = "etc/zypp/repos.d/a.repo";
    for manager in ["dnf", "microdnf", "tdnf", "yum"] {
        assert_eq!(
            state(usable(manager).file(REPO, text)),
            (Some(true), vec![])
        );
        let missing = vec!["no repository is configured".to_owned()];
        assert_eq!(state(usable(manager)), (Some(false), missing.clone()));
        assert_eq!(
            state(usable(manager).file(zypp, text)),
            (Some(false), missing)
        );
    }
    assert_eq!(state(usable("zypper").file(zypp, text)).0, Some(true));
    assert_eq!(state(usable("zypper").file(REPO, text)).0, Some(false));
    assert_eq!(state(usable("rpm")), (Some(true), vec![]));
    let without = Layer::new()
        .file("etc/os-release", "ID=fedora\n")
        .executable("usr/bin/rpm", Elf::static_executable().bytes());
    let missing = vec!["its database is not there".to_owned()];
    assert_eq!(state(without), (Some(false), missing));
}
