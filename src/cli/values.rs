//! What a flag's text means.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::facts::model::RoleName;
use crate::policy::verdict::Severity;
use crate::scorecard::Axis;

/// What `--explain` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explain {
    /// The axis.
    pub(crate) axis: Axis,
    /// A category, or the letter of a compared image.
    pub(crate) part: Option<String>,
}

/// `info` to `critical`.
pub(crate) fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(["info", "low", "medium", "high", "critical"]).map(|name| match name
        .as_str()
    {
        "info" => Severity::Info,
        "low" => Severity::Low,
        "medium" => Severity::Medium,
        "high" => Severity::High,
        _ => Severity::Critical,
    })
}

/// `base`, `build`, `runtime`, `app`.
pub(crate) fn role() -> impl TypedValueParser<Value = RoleName> {
    PossibleValuesParser::new(["base", "build", "runtime", "app"]).map(|name| match name.as_str() {
        "base" => RoleName::Base,
        "build" => RoleName::Build,
        "runtime" => RoleName::Runtime,
        _ => RoleName::App,
    })
}

/// `AXIS` or `AXIS.PART`.
pub(crate) fn explain(text: &str) -> Result<Explain, String> {
    let (axis, part) = match text.split_once('.') {
        Some((axis, part)) => (axis, Some(part.to_owned())),
        None => (text, None),
    };
    let axis = match axis {
        "portability" => Axis::Portability,
        "operability" => Axis::Operability,
        "evidence" => Axis::Evidence,
        "hardening" => Axis::Hardening,
        _ => return Err("the axes are portability, operability, evidence, hardening".to_owned()),
    };
    Ok(Explain { axis, part })
}

/// A share, from 0 to 100.
pub(crate) fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse() {
        Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
        _ => Err("give a number from 0 to 100".to_owned()),
    }
}

/// A number of threads, from 1 to 512.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=512) => Ok(number),
        _ => Err("a number from 1 to 512".to_owned()),
    }
}

/// A size in bytes: digits, with `K`, `M`, `G` or `T` for the powers of 1024.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    const WANTED: &str = "digits, with K, M, G or T for the powers of 1024";
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit: u64 = match text.strip_prefix(digits) {
        Some("") => 1,
        Some("K") => 1 << 10,
        Some("M") => 1 << 20,
        Some("G") => 1 << 30,
        Some("T") => 1 << 40,
        _ => return Err(WANTED.to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| WANTED.to_owned())?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_in_powers_of_1024() {
        assert_eq!(size("17"), Ok(17));
        assert_eq!(size("2K"), Ok(2048));
        assert_eq!(size("1T"), Ok(1 << 40));
        assert!(size("2KB").is_err());
        assert!(size("-1").is_err());
        assert!(size("99999999999T").is_err());
        assert!(size("").is_err());
    }

    #[test]
    fn an_axis_to_explain_may_name_a_part() {
        let explained = explain("portability.exit").unwrap();
        assert_eq!(explained.axis, Axis::Portability);
        assert_eq!(explained.part.as_deref(), Some("exit"));
        assert!(explain("price").is_err());
    }
}
