//! Ruby gems: specifications as rubygems writes them, and what belongs to them.

use freehold::facts::model::{Facts, GapKind, PackageType, Topic};

use super::{gaps, package, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::layer::Layer;

const HOME: &str = "usr/local/bundle";

/// A specification as `Gem::Specification#to_ruby` writes it.
fn specification(name: &str, version: &str, platform: &str, further: &str) -> String {
    let other = if platform == "ruby" {
        String::new()
    } else {
        format!("  s.platform = \"{platform}\".freeze\n")
    };
    format!(
        "# -*- encoding: utf-8 -*-\n# stub: {name} {version} {platform} lib\n\n\
         Gem::Specification.new do |s|\n  s.name = \"{name}\".freeze\n  s.version = \"{version}\"\n{other}\n  \
         s.require_paths = [\"lib\".freeze]\n  s.authors = [\"One\".freeze, \"Two \\\"T\\\"\".freeze]\n  \
         s.licenses = [\"MIT\".freeze, \"Ruby\".freeze]\n{further}end\n"
    )
}

fn gems(facts: &Facts) -> Vec<String> {
    let gems = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Gem);
    gems.map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

/// A home with one specification, under any file name.
fn home(text: impl Into<Vec<u8>>) -> Layer {
    Layer::new()
        .dir(&format!("{HOME}/gems"))
        .file(&format!("{HOME}/specifications/a-1.gemspec"), text)
}

#[test]
fn a_gem_owns_what_rubygems_put_there_for_it() {
    let text = specification(
        "rake",
        "13.0.6",
        "ruby",
        "  s.executables = [\"rake\".freeze]\n",
    );
    let facts = read([Layer::new()
        .file(&format!("{HOME}/specifications/rake-13.0.6.gemspec"), text)
        .file(&format!("{HOME}/gems/rake-13.0.6/lib/rake.rb"), "x")
        .file(&format!("{HOME}/gems/rake-13.0.60/lib/rake.rb"), "x")
        .file(&format!("{HOME}/cache/rake-13.0.6.gem"), "x")
        .file(&format!("{HOME}/build_info/rake-13.0.6.info"), "x")
        .executable(&format!("{HOME}/bin/rake"), "#!/usr/bin/env ruby\n")
        .executable(&format!("{HOME}/bin/other"), "#!/usr/bin/env ruby\n")
        .file(
            &format!("{HOME}/extensions/x86_64-linux/3.1.0/rake-13.0.6/gem.build_complete"),
            "",
        )
        .file(
            &format!("{HOME}/extensions/x86_64-linux/3.1.0/rake-13.0.6/rake.so"),
            "x",
        )
        .with_parents()]);
    assert_eq!(gems(&facts), ["rake@13.0.6"]);
    let rake = package(&facts, "rake");
    assert_eq!(rake.purl.as_deref(), Some("pkg:gem/rake@13.0.6"));
    assert_eq!(rake.licenses, ["MIT", "Ruby"]);
    assert_eq!(rake.maintainer.as_deref(), Some("One, Two \"T\""));
    assert_eq!(
        unowned(&facts),
        [
            "/usr/local/bundle/bin/other",
            "/usr/local/bundle/gems/rake-13.0.60/lib/rake.rb"
        ]
    );
}

#[test]
fn a_platform_is_part_of_the_name_of_the_directory_and_of_the_purl() {
    let place = format!("{HOME}/specifications/nokogiri-1.16.0-x86_64-linux.gemspec");
    let text = specification("nokogiri", "1.16.0", "x86_64-linux", "");
    let facts = read([Layer::new()
        .file(&place, text)
        .file(
            &format!("{HOME}/gems/nokogiri-1.16.0-x86_64-linux/a.rb"),
            "x",
        )
        .with_parents()]);
    let gem = package(&facts, "nokogiri");
    let purl = "pkg:gem/nokogiri@1.16.0?platform=x86_64-linux";
    assert_eq!(gem.purl.as_deref(), Some(purl));
    assert_eq!(gem.arch.as_deref(), Some("x86_64-linux"));
    assert!(unowned(&facts).is_empty());
}

#[test]
fn gems_that_came_with_ruby_own_their_part_of_its_library() {
    let ruby = "usr/local/lib/ruby";
    let files = "  s.files = [\"date.rb\".freeze, \"date_core.so\".freeze, \"../../../../../etc/passwd\".freeze]\n";
    let text = specification("date", "3.2.2", "ruby", files);
    let facts = read([Layer::new()
        .file(
            &format!("{ruby}/gems/3.1.0/specifications/default/date-3.2.2.gemspec"),
            text,
        )
        .file(&format!("{ruby}/3.1.0/date.rb"), "x")
        .file(&format!("{ruby}/3.1.0/x86_64-linux/rbconfig.rb"), "x")
        .file(&format!("{ruby}/3.1.0/x86_64-linux/date_core.so"), "x")
        .file("etc/passwd", "")
        .with_parents()]);
    assert_eq!(gems(&facts), ["date@3.2.2"]);
    assert_eq!(
        unowned(&facts),
        [
            "/usr/local/lib/ruby/3.1.0/x86_64-linux/rbconfig.rb",
            "/etc/passwd"
        ]
    );
}

#[test]
fn a_gem_that_a_system_package_brought_names_it() {
    let place = "usr/share/rubygems-integration/all/specifications/rack-2.2.6.gemspec";
    let text = specification("rack", "2.2.6", "ruby", "");
    let ruby = Installed::new("ruby-rack", "2.2.6-1")
        .file(place, text)
        .file("usr/lib/ruby/vendor_ruby/rack.rb", "x");
    let facts = read([debian(&[ruby])]);
    assert_eq!(package(&facts, "rack").owner.as_deref(), Some("ruby-rack"));
    assert_eq!(facts.ownership.files.language, 0);
}

#[test]
fn specifications_among_test_data_and_others_are_no_gems() {
    let text = specification("a", "1", "ruby", "");
    let facts = read([Layer::new()
        .file("srv/test/specifications/a-1.gemspec", text.clone())
        .file("srv/gems/a.gemspec", text)
        .with_parents()]);
    assert!(gems(&facts).is_empty());
    assert!(facts.gaps.is_empty());
}

#[test]
fn what_rubygems_did_not_write_is_a_gap() {
    for text in [
        "",
        "Gem::Specification.new do |s|\n  s.name = \"a\"\n  s.version = File.read(\"VERSION\")\nend\n",
        "# stub: ../../../../../../etc 1 ruby lib\n",
        "# stub: a/b 1 ruby lib\n",
        "# stub: a 1 ../../../../../../.. lib\n",
        "# stub: .. . ruby lib\n",
        "  s.name = \"a\\",
        "  s.name = \"\\u{110000}\"\n  s.version = \"1\"\n",
    ] {
        let facts = read([home(text).file("etc/passwd", "").with_parents()]);
        assert!(gems(&facts).is_empty(), "{text}");
        let path = "/usr/local/bundle/specifications/a-1.gemspec";
        let gap = (Topic::LanguagePackages, Some(path), GapKind::Corrupt);
        assert_eq!(gaps(&facts), [gap], "{text}");
        assert_eq!(facts.ownership.files.language, 0, "{text}");
    }
}

#[test]
fn a_huge_specification_is_a_gap_and_a_long_one_ends_somewhere() {
    let mut text = specification("a", "1", "ruby", "");
    text.push_str(&"#\n".repeat(3 << 20));
    let facts = read([home(text).with_parents()]);
    let path = "/usr/local/bundle/specifications/a-1.gemspec";
    let gap = (Topic::LanguagePackages, Some(path), GapKind::Limit);
    assert_eq!(gaps(&facts), [gap]);
    let late = format!("{}# stub: a 1 ruby lib\n", "#\n".repeat(100_000));
    assert!(gems(&read([home(late).with_parents()])).is_empty());
}

#[test]
fn a_gem_directory_that_is_a_link_in_circles_owns_nothing() {
    let text = specification("a", "1", "ruby", "");
    let facts = read([home(text)
        .symlink(&format!("{HOME}/gems/a-1"), "a-1")
        .symlink(&format!("{HOME}/doc"), "doc")
        .file("opt/x", "x")
        .with_parents()]);
    assert_eq!(gems(&facts), ["a@1"]);
    assert_eq!(facts.ownership.files.language, 1);
}
