//! What a flag's text means.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::ValueEnum as _;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::ReportFormat;
use super::reports::{Place, Wanted};

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

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormatParser;

impl TypedValueParser for FormatParser {
    type Value = Wanted;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Wanted, clap::Error> {
        wanted(&value.to_string_lossy()).ok_or_else(|| {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            if let Some(argument) = argument {
                let argument = ContextValue::String(argument.to_string());
                error.insert(ContextKind::InvalidArg, argument);
            }
            let shown = value.to_string_lossy().into_owned();
            error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
            let names = ReportFormat::value_variants().iter();
            let names = names.map(|format| format.name().to_owned()).collect();
            error.insert(ContextKind::ValidValue, ContextValue::Strings(names));
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let formats = ReportFormat::value_variants().iter();
        Some(Box::new(
            formats.filter_map(clap::ValueEnum::to_possible_value),
        ))
    }
}

fn wanted(text: &str) -> Option<Wanted> {
    let (name, place) = match text.split_once('=') {
        None => (text, Place::Answer),
        Some((_, "")) => return None,
        Some((name, "-")) => (name, Place::Stdout),
        Some((name, file)) => (name, Place::File(PathBuf::from(file))),
    };
    let format = ReportFormat::from_str(name, false).ok()?;
    Some(Wanted { format, place })
}

/// `AXIS` or `AXIS.PART`.
pub(crate) fn explain(text: &str) -> Result<Explain, String> {
    let (axis, part) = match text.split_once('.') {
        Some((axis, part)) => (axis, Some(part.to_owned())),
        None => (text, None),
    };
    let axis = self::axis(axis)?;
    Ok(Explain { axis, part })
}

fn axis(name: &str) -> Result<Axis, String> {
    Axis::from_name(name)
        .ok_or_else(|| "the axes are portability, operability, evidence, hardening".to_owned())
}

/// `AXIS=SCORE`, the score from 0 to 100.
pub(crate) fn threshold(text: &str) -> Result<(Axis, f64), String> {
    let (name, score) = text
        .split_once('=')
        .ok_or("an axis and a score, as in evidence=60")?;
    let axis = axis(name)?;
    match score.parse::<f64>() {
        Ok(score) if (0.0..=100.0).contains(&score) => Ok((axis, score)),
        _ => Err("the score is a number from 0 to 100".to_owned()),
    }
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
    fn a_threshold_is_an_axis_and_a_score() {
        assert_eq!(threshold("evidence=60.5"), Ok((Axis::Evidence, 60.5)));
        for text in [
            "evidence",
            "evidence=",
            "price=3",
            "evidence=101",
            "evidence=NaN",
        ] {
            assert!(threshold(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_format_may_name_its_file() {
        let place = |text| wanted(text).map(|wanted| wanted.place);
        assert_eq!(place("sarif"), Some(Place::Answer));
        assert_eq!(place("json=-"), Some(Place::Stdout));
        let file = Place::File(PathBuf::from("a=b.xml"));
        assert_eq!(place("junit=a=b.xml"), Some(file));
        assert_eq!(place("junit="), None);
        assert_eq!(place("pdf=x"), None);
    }

    #[test]
    fn an_axis_to_explain_may_name_a_part() {
        let explained = explain("portability.exit").unwrap();
        assert_eq!(explained.axis, Axis::Portability);
        assert_eq!(explained.part.as_deref(), Some("exit"));
        assert!(explain("price").is_err());
    }
}
