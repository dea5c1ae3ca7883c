//! How often one answer is tried for, and how long is waited in between.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use tokio::time::sleep;

use super::http;
use crate::source::error::SourceError;

/// Requests made for one answer.
const TRIES: u32 = 5;
/// Of these, connections that may fail before a registry that never answered counts as not there.
const FIRST_CONTACTS: u32 = 2;
/// First wait between two tries; each further one is twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);
/// Longest wait a server may ask for (RFC 9110, section 10.2.3).
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Milliseconds of waiting for one image, over all its requests: 15 minutes.
const PATIENCE: u64 = 15 * 60 * 1000;

/// The waiting left for an image. A registry that sends every single request away for a minute
/// would otherwise hold a scan for days.
#[derive(Debug)]
pub(super) struct Patience(AtomicU64);

impl Default for Patience {
    fn default() -> Self {
        Self(AtomicU64::new(PATIENCE))
    }
}

impl Patience {
    fn take(&self, wait: Duration) -> bool {
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let less = |left: u64| left.checked_sub(wait);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }
}

/// How often one answer has been tried for.
pub(super) struct Tries<'a> {
    host: &'a str,
    patience: &'a Patience,
    made: u32,
    connections: u32,
}

impl<'a> Tries<'a> {
    /// None yet; `host` is who is asked.
    pub(super) fn new(host: &'a str, patience: &'a Patience) -> Self {
        Self {
            host,
            patience,
            made: 0,
            connections: 0,
        }
    }

    /// None yet, of a registry that has answered before and may come back.
    pub(super) fn again(host: &'a str, patience: &'a Patience) -> Self {
        Self {
            connections: FIRST_CONTACTS,
            ..Self::new(host, patience)
        }
    }

    /// After a request that brought no whole answer: waits for the next try, or says why there is
    /// none.
    pub(super) async fn failed(&mut self, error: &reqwest::Error) -> Result<(), SourceError> {
        let first = self.connections < FIRST_CONTACTS;
        self.connections = self.connections.saturating_add(1);
        let unreached = error.is_connect() && first && self.connections >= FIRST_CONTACTS;
        if unreached || http::is_hopeless(error) || !self.wait(None).await {
            return Err(http::unreachable(self.host, error));
        }
        Ok(())
    }

    /// After an answer that asks to come back later: waits, or says false when there is no further
    /// try.
    pub(super) async fn busy(&mut self, headers: &HeaderMap) -> bool {
        self.wait(retry_after(headers)).await
    }

    async fn wait(&mut self, asked: Option<Duration>) -> bool {
        let back_off = BACK_OFF.saturating_mul(1u32.checked_shl(self.made).unwrap_or(u32::MAX));
        let wait = asked.unwrap_or(back_off).min(LONGEST_WAIT);
        self.made = self.made.saturating_add(1);
        if self.made >= TRIES || !self.patience.take(wait) {
            return false;
        }
        sleep(wait).await;
        true
    }
}

/// Whether an answer asks to come back later (RFC 9110, section 15; RFC 6585, section 4). 501 and
/// 505 will not change by waiting.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504 | 506..=599)
}

/// How long an answer asks to wait (RFC 9110, section 10.2.3): seconds, or a date, which is
/// compared with the date of the answer itself, so that no clock of this machine matters.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(asked)?.saturating_sub(http_date(text(DATE)?)?);
    Some(Duration::from_secs(until))
}

/// Seconds since the first of January of year 0 of an HTTP date (RFC 9110, section 5.6.7), such
/// as `Sun, 06 Nov 1994 08:49:37 GMT`; the two obsolete forms are not read.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    const DAYS_BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let (_, date) = text.strip_suffix(" GMT")?.split_once(", ")?;
    let mut words = date.split(' ');
    let day: u64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)?;
    let year: u64 = words.next()?.parse().ok().filter(|year| *year <= 9999)?;
    let mut time = words
        .next()?
        .split(':')
        .map(|part| part.parse::<u64>().ok());
    let (hours, minutes, seconds) = (time.next()??, time.next()??, time.next()??);
    // Before March, the leap day of this year is still to come.
    let whole = if month < 2 {
        year.checked_sub(1)?
    } else {
        year
    };
    let leap_days = (whole / 4)
        .checked_sub(whole / 100)?
        .checked_add(whole / 400)?;
    let days = year.checked_mul(365)?.checked_add(leap_days)?;
    let days = days
        .checked_add(*DAYS_BEFORE.get(month)?)?
        .checked_add(day)?;
    let hours = days.checked_mul(24)?.checked_add(hours)?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    minutes.checked_mul(60)?.checked_add(seconds)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn asked(pairs: &[(HeaderName, &'static str)]) -> Option<u64> {
        let pairs = pairs.iter().cloned();
        let headers = pairs.map(|(name, text)| (name, HeaderValue::from_static(text)));
        retry_after(&headers.collect()).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_until_a_date() {
        assert_eq!(asked(&[(RETRY_AFTER, "7")]), Some(7));
        for (from, to, seconds) in [
            (
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:50:07 GMT",
                30,
            ),
            (
                "Wed, 28 Feb 2024 23:59:59 GMT",
                "Fri, 01 Mar 2024 00:00:00 GMT",
                86_401,
            ),
            (
                "Tue, 28 Feb 2023 23:59:59 GMT",
                "Wed, 01 Mar 2023 00:00:00 GMT",
                1,
            ),
            (
                "Tue, 31 Dec 2024 23:59:59 GMT",
                "Wed, 01 Jan 2025 00:00:01 GMT",
                2,
            ),
            (
                "Sun, 06 Nov 1994 08:50:07 GMT",
                "Sun, 06 Nov 1994 08:49:37 GMT",
                0,
            ),
        ] {
            assert_eq!(
                asked(&[(DATE, from), (RETRY_AFTER, to)]),
                Some(seconds),
                "{to}"
            );
        }
        for text in [
            "",
            "soon",
            "-1",
            "Sun, 06 Nov 1994 08:50:07 GMT",
            "a, 1 b 2 c GMT",
        ] {
            assert_eq!(asked(&[(RETRY_AFTER, text)]), None, "{text}");
        }
    }

    #[test]
    fn patience_ends() {
        let patience = Patience::default();
        let taken = (0..100).take_while(|_| patience.take(LONGEST_WAIT)).count();
        assert_eq!(taken, 15);
    }
}
