//! The one place where the time enters.
//!
//! Rules, waivers and reports get a text in RFC 3339, in UTC, to the second.

use std::time::{SystemTime, UNIX_EPOCH};

use super::error::CliError;
use crate::policy::date::{self, civil_from_days};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Where a run's time comes from.
///
/// # Errors
///
/// [`CliError::Time`] when `given` is neither a date nor an RFC 3339 time.
pub(crate) fn judging_time(given: Option<&str>) -> Result<String, CliError> {
    match given {
        Some(text) => parse(text).map(format).ok_or_else(|| CliError::Time {
            text: text.to_owned(),
        }),
        None => Ok(format(now())),
    }
}

/// Whole days from one time to another, both RFC 3339; `None` where either is none, or where the
/// first is the epoch: builds that are to be repeated write it in place of a time
/// (reproducible-builds.org, "SOURCE_DATE_EPOCH").
pub(crate) fn days_between(then: &str, now: &str) -> Option<i64> {
    let (then, now) = (parse(then)?, parse(now)?);
    let days = now.checked_sub(then)?.div_euclid(DAY);
    (then >= DAY).then_some(days)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the clock is read; everything else gets the time as an argument"
)]
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|elapsed| i64::try_from(elapsed.as_secs()).ok())
        .unwrap_or(0)
}

/// Seconds since 1970 of `YYYY-MM-DD` (its start) or of an RFC 3339 time; fractions are dropped.
fn parse(text: &str) -> Option<i64> {
    let date = text.get(..10)?;
    let seconds = date::days(date)?.checked_mul(DAY)?;
    match text.get(10..)? {
        "" => Some(seconds),
        rest => {
            let clock = rest.strip_prefix(['T', 't', ' '])?;
            seconds.checked_add(time_seconds(clock)?)
        }
    }
}

/// Seconds into the day, offset applied, of `hh:mm:ss[.fraction](Z|±hh:mm)`.
fn time_seconds(clock: &str) -> Option<i64> {
    let seconds = hours_and_minutes(clock.get(..5)?)?
        .checked_add(leap_safe(clock.get(5..8)?.strip_prefix(':')?)?)?;
    let mut rest = clock.get(8..)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|character: char| !character.is_ascii_digit())?;
        rest = (end > 0).then(|| fraction.get(end..))??;
    }
    let offset = match rest {
        "Z" | "z" => 0,
        _ => match (rest.strip_prefix('+'), rest.strip_prefix('-')) {
            (Some(ahead), _) => hours_and_minutes(ahead)?,
            (_, Some(behind)) => hours_and_minutes(behind)?.checked_neg()?,
            _ => return None,
        },
    };
    seconds.checked_sub(offset)
}

/// `00` to `60`: RFC 3339 allows a leap second.
fn leap_safe(text: &str) -> Option<i64> {
    date::number(text).filter(|seconds| *seconds <= 60)
}

/// Seconds of `hh:mm`.
fn hours_and_minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (date::number(hours)?, date::number(minutes)?);
    (hours < 24 && minutes < 60).then_some(())?;
    hours
        .checked_mul(3_600)?
        .checked_add(minutes.checked_mul(60)?)
}

/// `YYYY-MM-DDThh:mm:ssZ`.
pub(super) fn format(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days).unwrap_or((1970, 1, 1));
    let (hour, minute, second) = (
        rest.div_euclid(3_600),
        rest.rem_euclid(3_600).div_euclid(60),
        rest.rem_euclid(60),
    );
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        parse(text).map(format)
    }

    #[test]
    fn times_are_brought_to_utc() {
        assert_eq!(shown("2026-11-21").as_deref(), Some("2026-11-21T00:00:00Z"));
        assert_eq!(
            shown("2026-11-21T02:30:00+02:00").as_deref(),
            Some("2026-11-21T00:30:00Z")
        );
        assert_eq!(
            shown("2026-12-31T23:30:00.25-01:00").as_deref(),
            Some("2027-01-01T00:30:00Z")
        );
        assert_eq!(
            shown("2024-02-29T12:00:00Z").as_deref(),
            Some("2024-02-29T12:00:00Z")
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-02-29",
            "2026-13-01",
            "2026-11-21T",
            "2026-11-21T25:00:00Z",
            "2026-11-21T10:00:00",
            "2026-11-21T10:00Z",
            "+026-11-21",
            "2026-11-21T10:00:00.Z",
            "2026-11-2é",
            "2026-00-10",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
