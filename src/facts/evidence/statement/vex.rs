//! VEX documents, counted by what they say.

use serde_json::Value;

use super::json;
use crate::facts::model::VexSummary;

/// Counts the statements of an OpenVEX or CSAF document; with them, the time it states.
pub(super) fn read(document: &Value) -> Result<(VexSummary, Option<String>), String> {
    if document.get("statements").is_some_and(Value::is_array) {
        let time = json::time(document, "/last_updated");
        let time = time.or_else(|| json::time(document, "/timestamp"));
        return Ok((open_vex(document), time));
    }
    if json::text(document, "/document/category").is_some() {
        let time = json::time(document, "/document/tracking/current_release_date");
        return Ok((csaf(document), time));
    }
    Err("its predicate is neither OpenVEX nor CSAF".to_owned())
}

/// OpenVEX specification 0.2.0, "The VEX Statement" and "Status Labels"; 0.0.x has the same fields.
fn open_vex(document: &Value) -> VexSummary {
    let mut vex = VexSummary {
        author: json::address(document, &["/author"]),
        ..VexSummary::default()
    };
    for statement in json::list(document, "/statements") {
        let reasons = ["/justification", "/impact_statement"];
        let justified = json::first_text(statement, &reasons).is_some();
        let status = json::text(statement, "/status").unwrap_or_default();
        count(&mut vex, &status, justified);
    }
    vex
}

/// OASIS CSAF 2.0, section 4.5 (profile VEX): for each vulnerability, products by status. Each status
/// that names a product counts once for each vulnerability.
fn csaf(document: &Value) -> VexSummary {
    const STATUSES: [(&str, &str); 5] = [
        ("/product_status/known_not_affected", "not_affected"),
        ("/product_status/known_affected", "affected"),
        ("/product_status/fixed", "fixed"),
        ("/product_status/first_fixed", "fixed"),
        ("/product_status/under_investigation", "under_investigation"),
    ];
    let mut vex = VexSummary {
        author: json::text(document, "/document/publisher/name"),
        ..VexSummary::default()
    };
    for vulnerability in json::list(document, "/vulnerabilities") {
        let threats = json::list(vulnerability, "/threats").iter();
        let mut categories = threats.filter_map(|threat| json::text(threat, "/category"));
        let flagged = !json::list(vulnerability, "/flags").is_empty();
        let justified = flagged || categories.any(|category| category == "impact");
        let mut said = Vec::new();
        for (pointer, status) in STATUSES {
            if !json::list(vulnerability, pointer).is_empty() && !said.contains(&status) {
                said.push(status);
                count(&mut vex, status, justified);
            }
        }
    }
    vex
}

fn count(vex: &mut VexSummary, status: &str, justified: bool) {
    let one_more = |number: &mut u64| *number = number.saturating_add(1);
    one_more(&mut vex.statements);
    match status {
        "not_affected" => {
            one_more(&mut vex.not_affected);
            if !justified {
                one_more(&mut vex.unjustified);
            }
        }
        "affected" => one_more(&mut vex.affected),
        "fixed" => one_more(&mut vex.fixed),
        "under_investigation" => one_more(&mut vex.under_investigation),
        _ => {}
    }
}
