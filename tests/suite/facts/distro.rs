//! Which distribution an image declares.

use freehold::facts::model::{Coverage, Distro, GapKind, PackageType, Topic};
use freehold::image::Limits;

use super::{coverage_of, facts_with, gaps, image, options, read};
use crate::support::layer::Layer;

const OS_RELEASE: &str = "etc/os-release";

fn distro(text: impl Into<Vec<u8>>) -> Distro {
    let facts = read([Layer::new().file(OS_RELEASE, text)]);
    assert_eq!(facts.gaps, []);
    facts.distro
}

#[test]
fn quotes_and_escapes_are_taken_off_as_a_shell_would() {
    let found = distro(
        "# a comment\n\nID=\"Debian\"\nNAME='Debian GNU/Linux'\nVERSION_ID=13\n\
         PRETTY_NAME=\"Debian \\\"trixie\\\" \\$5\"\nVERSION_CODENAME=tri\\xie\n\
         HOME_URL=\"https://example.org/?a=b\"\nSUPPORT_END=2030-06-30\nVARIANT_ID=\n\
         BUG_REPORT_URL='a\\b'\n",
    );
    assert_eq!(found.id.as_deref(), Some("debian"));
    assert_eq!(found.name.as_deref(), Some("Debian GNU/Linux"));
    assert_eq!(found.pretty_name.as_deref(), Some("Debian \"trixie\" $5"));
    assert_eq!(found.version_codename.as_deref(), Some("trixie"));
    assert_eq!(found.home_url.as_deref(), Some("https://example.org/?a=b"));
    assert_eq!(found.support_end.as_deref(), Some("2030-06-30"));
    assert_eq!(found.variant_id, None);
    assert_eq!(found.other["BUG_REPORT_URL"], "a\\b");
    assert_eq!(found.os_release.as_deref(), Some("/etc/os-release"));
    assert_eq!(found.layer, Some(1));
}

#[test]
fn the_last_of_several_assignments_counts() {
    assert_eq!(distro("ID=a\nID=b\n").id.as_deref(), Some("b"));
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_change_nothing() {
    let found = distro("\u{feff}ID=alpine\r\nVERSION_ID=3.20\r\n");
    assert_eq!(found.id.as_deref(), Some("alpine"));
    assert_eq!(found.version_id.as_deref(), Some("3.20"));
}

#[test]
fn an_odd_line_is_a_gap_and_the_rest_counts() {
    for odd in [
        "no assignment",
        "1D=x",
        "NAME=\"open",
        "ID-X=y",
        "=z",
        "NAME=Caf\\",
    ] {
        let text = format!("ID=debian\n{odd}\nVERSION_ID=13\n");
        let facts = read([Layer::new().file(OS_RELEASE, text)]);
        let distro = &facts.distro;
        assert_eq!(distro.id.as_deref(), Some("debian"), "{odd}");
        assert_eq!(distro.version_id.as_deref(), Some("13"), "{odd}");
        let expected = match odd {
            // A backslash at the end escapes nothing.
            "NAME=Caf\\" => Vec::new(),
            _ => vec![(Topic::Distro, Some("/etc/os-release"), GapKind::Corrupt)],
        };
        assert_eq!(gaps(&facts), expected, "{odd}");
    }
}

#[test]
fn no_declaration_is_a_fact_and_no_gap() {
    let facts = read([Layer::new().file("app", "x")]);
    assert_eq!(facts.distro, Distro::default());
    assert_eq!(coverage_of(&facts, Topic::Distro), Coverage::Complete);
}

#[test]
fn the_usual_link_into_usr_is_followed_and_the_real_place_named() {
    let facts = read([Layer::new()
        .file("usr/lib/os-release", "ID=debian\n")
        .symlink(OS_RELEASE, "../usr/lib/os-release")]);
    assert_eq!(
        facts.distro.os_release.as_deref(),
        Some("/usr/lib/os-release")
    );
    assert_eq!(facts.distro.id.as_deref(), Some("debian"));
}

#[test]
fn a_loop_is_a_gap_and_the_second_place_is_read() {
    let facts = read([Layer::new()
        .symlink(OS_RELEASE, "os-release")
        .file("usr/lib/os-release", "ID=debian\n")]);
    assert_eq!(facts.distro.id.as_deref(), Some("debian"));
    let gap = (
        Topic::Distro,
        Some("/etc/os-release"),
        GapKind::Unresolvable,
    );
    assert_eq!(gaps(&facts), [gap]);
}

#[test]
fn a_link_that_leads_out_of_the_image_is_followed_inside_it() {
    let facts = read([Layer::new()
        .symlink(OS_RELEASE, "../../../../usr/lib/os-release")
        .file("usr/lib/os-release", "ID=alpine\n")]);
    assert_eq!(facts.distro.id.as_deref(), Some("alpine"));
}

#[test]
fn a_huge_file_is_a_gap_not_a_distribution() {
    let limits = Limits {
        max_file_bytes: 4 << 10,
        ..Limits::default()
    };
    let text = format!("ID=debian\n#{}\n", "x".repeat(8 << 10));
    let facts = facts_with(
        &image([Layer::new().file(OS_RELEASE, text)]),
        &freehold::facts::Options {
            limits,
            ..options()
        },
    );
    assert_eq!(facts.distro.id, None);
    assert_eq!(
        gaps(&facts),
        [(Topic::Distro, Some("/etc/os-release"), GapKind::Limit)]
    );
}

#[test]
fn a_file_of_too_many_lines_is_read_to_its_limit_and_said_to_be() {
    let text = format!("ID=debian\n{}VERSION_ID=13\n", "X=1\n".repeat(2_000));
    let facts = read([Layer::new().file(OS_RELEASE, text)]);
    assert_eq!(facts.distro.id.as_deref(), Some("debian"));
    assert_eq!(facts.distro.version_id, None);
    assert_eq!(
        gaps(&facts),
        [(Topic::Distro, Some("/etc/os-release"), GapKind::Limit)]
    );
}

#[test]
fn release_files_speak_for_their_family_with_their_first_line() {
    let facts = read([
        Layer::new().file(OS_RELEASE, "ID=vendor\n"),
        Layer::new()
            .file("etc/debian_version", "13.1\nmore\n")
            .file("etc/alpine-release", "3.20.3\n"),
    ]);
    let markers: Vec<(&str, &str, &str, u32)> = facts
        .distro
        .markers
        .iter()
        .map(|m| (m.path.as_str(), m.family.as_str(), m.text.as_str(), m.layer))
        .collect();
    let expected = [
        ("/etc/alpine-release", "alpine", "3.20.3", 2),
        ("/etc/debian_version", "debian", "13.1", 2),
    ];
    assert_eq!(markers, expected);
}

#[test]
fn the_native_format_is_that_of_the_distribution_else_of_its_nearest_relative() {
    let native = |text: &str| distro(text).native_package_type;
    assert_eq!(
        native("ID=ubuntu\nID_LIKE=debian\n"),
        Some(PackageType::Deb)
    );
    assert_eq!(native("ID=wolfi\n"), Some(PackageType::Apk));
    assert_eq!(
        native("ID=mine\nID_LIKE=\"unheard-of fedora debian\"\n"),
        Some(PackageType::Rpm)
    );
    assert_eq!(native("ID=mine\nID_LIKE=arch\n"), Some(PackageType::Alpm));
    assert_eq!(native("ID=mine\n"), None);
}
