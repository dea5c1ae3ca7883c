//! Every format says the same, within its width, whatever the image says.

use freehold::policy::verdict::Severity;
use freehold::report::document::Report;
use freehold::report::text::Style;
use freehold::report::{json, table};
use freehold::scorecard::Axis;

use super::sample_report::{blocked, comparison, image, report};

const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{7f}\r\nPASSED";

const PLAIN: Style = Style {
    width: 80,
    colour: false,
};

fn scan_report() -> Report {
    report("scan", vec![image("oci-dir:images/one")])
}

fn check_report() -> Report {
    let mut image = image("oci-dir:images/one");
    image.gate = Some(blocked(&image));
    report("check", vec![image])
}

fn compare_report(number: usize) -> Report {
    let names = (0..number).map(|at| format!("oci-dir:images/image-{at}"));
    let mut report = report("compare", names.map(|name| image(&name)).collect());
    report.comparison = Some(comparison(&report.images));
    report
}

fn every_table(report: &Report, style: Style) -> Vec<String> {
    let mut tables = vec![
        table::scan(report, style, None),
        table::check(report, style),
        table::compare(report, style),
    ];
    tables.extend(table::explain(report, Axis::Portability, None, style));
    tables
}

#[test]
fn show() {
    println!("{}", table::scan(&scan_report(), PLAIN, None));
    println!("{}", table::check(&check_report(), PLAIN));
    println!("{}", table::compare(&compare_report(3), PLAIN));
    println!(
        "{}",
        table::explain(&compare_report(3), Axis::Portability, Some("B"), PLAIN).unwrap()
    );
}
