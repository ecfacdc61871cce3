//! Days and spans of time as operators type them: `2026-11-03`, `today`, `30d` (ago), `10m`.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::duration;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::filter::{self, FilterError};

/// The day that `text` of `option` means, seen from `now`: the world's clock, so that relative days
/// agree with a simulated estate whose clock was advanced.
///
/// # Errors
/// A usage failure that names the option.
pub fn day(option: &str, text: &str, now: Timestamp, zone: &TimeZone) -> Result<Date, Failure> {
    let today = now.to_zoned(zone.clone()).date();
    filter::day(text, today).map_err(|wrong| usage(option, &wrong))
}

/// The first moment of the day that `text` means.
///
/// # Errors
/// As [`day`].
pub fn since(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Failure> {
    let day = day("--since", text, now, zone)?;
    filter::since_instant(day, zone).map_err(|wrong| usage("--since", &wrong))
}

/// The first moment after the day that `text` means: that day is taken in whole.
///
/// # Errors
/// As [`day`].
pub fn until(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Failure> {
    let day = day("--until", text, now, zone)?;
    filter::until_instant(day, zone).map_err(|wrong| usage("--until", &wrong))
}

fn usage(option: &str, wrong: &FilterError) -> Failure {
    Failure::new(FailureKind::Usage, format!("{option}: {wrong}"))
}

/// A span of time such as `90s`, `10m`, `2h` or `1d`.
///
/// # Errors
/// What is accepted.
pub fn span(text: &str) -> Result<Duration, String> {
    let span = duration::parse(text)?;
    if span.as_hours() > 366 * 24 {
        return Err("is longer than a year".to_owned());
    }
    Ok(span.unsigned_abs())
}

/// A moment as it stands on screen, in the operator's zone, to the minute. The zone is named once
/// below the table by [`zone_note`].
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment to the second.
pub fn second(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// The line that names the zone of the times above it.
pub fn zone_note(now: Timestamp, zone: &TimeZone) -> String {
    let zoned = now.to_zoned(zone.clone());
    match zone.iana_name() {
        Some("UTC") => "Times are UTC.".to_owned(),
        Some(name) => format!("Times are {name} (now {}).", zoned.strftime("%:z")),
        None => format!("Times are UTC{}.", zoned.strftime("%:z")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_in_the_operators_zone() {
        let now: Timestamp = "2026-11-18T23:30:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(
            day("--received", "today", now, &zone).unwrap(),
            jiff::civil::date(2026, 11, 19)
        );
        assert_eq!(
            since("today", now, &zone).unwrap().to_string(),
            "2026-11-18T23:00:00Z"
        );
        assert_eq!(
            until("2026-11-19", now, &zone).unwrap().to_string(),
            "2026-11-19T23:00:00Z"
        );
        let failure = since("last week", now, &zone).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.message.starts_with("--since:"), "{}", failure.message);
    }

    #[test]
    fn spans_need_a_unit() {
        assert_eq!(span("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(span("0s"), Ok(Duration::ZERO));
        for wrong in ["", "10", "m", "-1m", "99999999999999999999d", "400d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
