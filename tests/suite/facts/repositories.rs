//! Repositories of apt and apk.

use freehold::facts::model::{Coverage, GapKind, Repository, RepositoryKind, Topic};

use super::{coverage_of, gaps, printed, read};
use crate::support::layer::Layer;

const LIST: &str = "etc/apt/sources.list";
const SOURCES: &str = "etc/apt/sources.list.d/debian.sources";

fn repositories(path: &str, text: &str) -> Vec<Repository> {
    let facts = read([Layer::new().file(path, text)]);
    assert_eq!(facts.gaps, []);
    facts.repositories
}

#[test]
fn a_line_with_options_is_read_in_full() {
    let text = "# a comment\n\
        deb [ arch=amd64,arm64 signed-by=/usr/share/keyrings/x.gpg trusted=yes ] \
        http://Deb.Example.org:8080/debian trixie main contrib # and why\n\
        deb-src http://deb.example.org/debian trixie main\n";
    let [found] = repositories(LIST, text).try_into().unwrap();
    assert_eq!(found.kind, RepositoryKind::Apt);
    assert_eq!(found.url, "http://Deb.Example.org:8080/debian");
    assert_eq!(found.host.as_deref(), Some("deb.example.org"));
    assert_eq!(found.suites, ["trixie"]);
    assert_eq!(found.components, ["main", "contrib"]);
    assert_eq!(
        found.signed_by.as_deref(),
        Some("/usr/share/keyrings/x.gpg")
    );
    assert!(found.unsigned_allowed && found.enabled && !found.credentials);
    assert_eq!(
        (found.path.as_str(), found.layer),
        ("/etc/apt/sources.list", 1)
    );
}

#[test]
fn a_flat_repository_has_no_components() {
    let [found] = repositories(LIST, "deb file:/srv/packages ./\n")
        .try_into()
        .unwrap();
    assert_eq!(found.host, None);
    assert_eq!(
        (found.suites, found.components),
        (vec!["./".into()], vec![])
    );
}

#[test]
fn each_address_of_a_stanza_is_a_repository_with_all_its_suites() {
    let text = "Types: deb deb-src\nURIs: http://a.example.org/debian\n https://b.example.org/debian\n\
        Suites: trixie trixie-updates\n# between\nComponents: main\nSigned-By: /usr/share/keyrings/x.pgp\n\n\
        Types: deb-src\nURIs: http://c.example.org/\nSuites: trixie\n\n\
        Types: deb\nURIs: http://d.example.org/\nSuites: trixie\nEnabled: no\nTrusted: yes\n";
    let found = repositories(SOURCES, text);
    let hosts: Vec<_> = found.iter().filter_map(|r| r.host.as_deref()).collect();
    assert_eq!(hosts, ["a.example.org", "d.example.org", "b.example.org"]);
    assert_eq!(found[0].suites, ["trixie", "trixie-updates"]);
    assert_eq!(
        found[0].signed_by.as_deref(),
        Some("/usr/share/keyrings/x.pgp")
    );
    let enabled: Vec<bool> = found.iter().map(|r| r.enabled).collect();
    assert_eq!(enabled, [true, false, true]);
    assert!(found[1].unsigned_allowed && !found[0].unsigned_allowed);
}

#[test]
fn credentials_are_noticed_and_never_printed() {
    let apt = "deb https://web:hunter2@deb.example.org/x trixie main\n\
               deb https://web:hunter2@/x trixie main\n\
               deb https://deb.example.net/x?token=hunter2 trixie main\n";
    let facts = read([Layer::new().file(LIST, apt).file(
        "etc/apk/repositories",
        "https://web:hunter2@apk.example.org/main\n",
    )]);
    assert_eq!(facts.repositories.len(), 4);
    assert!(!printed(&facts).contains("hunter2"));
    assert!(!printed(&facts).contains("web:"));
    let with: Vec<_> = facts
        .repositories
        .iter()
        .filter(|r| r.credentials)
        .collect();
    assert_eq!(with.len(), 3);
    let urls: Vec<_> = facts.repositories.iter().map(|r| r.url.as_str()).collect();
    assert!(urls.contains(&"https://deb.example.org/x"));
    assert!(urls.contains(&"https://deb.example.net/x?…"));
}

#[test]
fn a_line_that_is_no_entry_is_a_gap_that_does_not_quote_it() {
    let facts = read([Layer::new().file(LIST, "hunter2\ndeb http://a.example.org/ trixie\n")]);
    let place = Some("/etc/apt/sources.list");
    assert_eq!(
        gaps(&facts),
        [(Topic::Repositories, place, GapKind::Corrupt)]
    );
    assert_eq!(facts.repositories.len(), 1);
    assert!(!printed(&facts).contains("hunter2"));
}

#[test]
fn only_files_apt_itself_reads_are_read() {
    let entry = "deb http://a.example.org/ trixie main\n";
    let facts = read([Layer::new()
        .file("etc/apt/sources.list.d/a.list", entry)
        .file(
            "etc/apt/sources.list.d/b.list.bak",
            entry.replace("a.ex", "b.ex"),
        )
        .file(
            "etc/apt/sources.list.d/deep/c.list",
            entry.replace("a.ex", "c.ex"),
        )]);
    let hosts: Vec<_> = facts
        .repositories
        .iter()
        .filter_map(|r| r.host.as_deref())
        .collect();
    assert_eq!(hosts, ["a.example.org"]);
}

#[test]
fn a_tag_is_kept_and_comments_are_not() {
    let text = "# https://old.example.org/main\n\n@edge  https://apk.example.org/edge\n\
                https://apk.example.org/v3.20/main\n/srv/local\n";
    let found = repositories("etc/apk/repositories", text);
    let all: Vec<_> = found
        .iter()
        .map(|r| (r.url.as_str(), r.suites.concat(), r.host.is_some()))
        .collect();
    let expected = [
        ("/srv/local", String::new(), false),
        ("https://apk.example.org/edge", "edge".to_owned(), true),
        ("https://apk.example.org/v3.20/main", String::new(), true),
    ];
    assert_eq!(all, expected);
}

#[test]
fn a_file_with_too_many_lines_is_a_gap() {
    for path in [LIST, SOURCES, "etc/apk/repositories"] {
        let text = "#\n".repeat(10_001) + "deb http://late.example.org/ trixie main\n";
        let facts = read([Layer::new().file(path, text)]);
        let place = format!("/{path}");
        let gap = (Topic::Repositories, Some(place.as_str()), GapKind::Limit);
        assert_eq!(gaps(&facts), [gap]);
        assert_eq!(coverage_of(&facts, Topic::Repositories), Coverage::Partial);
    }
}
