//! Times as people read them. Times of reading are absolute and ages change in coarse steps, so that
//! nothing on screen ticks.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `12:03:10`.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// When something was read: the time of a moment of today, [`moment`] of another day.
pub fn seen(at: Timestamp, zone: &TimeZone, now: Option<Timestamp>) -> String {
    let same_day = now.is_none_or(|now| today(now, zone) == today(at, zone));
    if same_day {
        clock(at, zone)
    } else {
        moment(at, zone, now)
    }
}

/// `18 Nov 14:02`, with the year when it is not that of `now`.
pub fn moment(at: Timestamp, zone: &TimeZone, now: Option<Timestamp>) -> String {
    let at = at.to_zoned(zone.clone());
    let this_year = now.is_none_or(|now| now.to_zoned(zone.clone()).year() == at.year());
    let format = if this_year { "%-d %b %H:%M" } else { "%-d %b %Y" };
    at.strftime(format).to_string()
}

/// `7 Dec`, with the year when it is not that of `today`.
pub fn day(day: Date, today: Option<Date>) -> String {
    let this_year = today.is_none_or(|today| today.year() == day.year());
    day.strftime(if this_year { "%-d %b" } else { "%-d %b %Y" })
        .to_string()
}

/// Columns that [`day`] takes: more where one of the days is of another year.
pub fn day_width(days: impl IntoIterator<Item = Date>, today: Option<Date>) -> u16 {
    let other = |day: Date| today.is_some_and(|today| today.year() != day.year());
    if days.into_iter().any(other) { 11 } else { 7 }
}

/// The day it is in a zone.
pub fn today(now: Timestamp, zone: &TimeZone) -> Date {
    now.to_zoned(zone.clone()).date()
}

/// `< 1 min`, `4 min`, `3 h`, `12 d`.
pub fn age(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.as_second().saturating_sub(from.as_second()).max(0);
    match seconds {
        0..60 => "< 1 min".to_owned(),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Whole days from `today` to `day`; negative when it is past.
pub fn days_until(day: Date, today: Date) -> i32 {
    crate::domain::deadline::days_between(today, day)
}

/// `1 file`, `2 files`, `0 files`: a number with its word.
pub fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { several })
}

/// `1,204`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_coarse_and_never_negative() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(age(at(100), at(90)), "< 1 min");
        assert_eq!(age(at(0), at(59)), "< 1 min");
        assert_eq!(age(at(0), at(3_599)), "59 min");
        assert_eq!(age(at(0), at(7_200)), "2 h");
        assert_eq!(age(at(0), at(172_800)), "2 d");
    }

    #[test]
    fn numbers_are_grouped_by_threes() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_204), "1,204");
        assert_eq!(count(100_000), "100,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn the_year_stands_only_where_it_is_another_one() {
        let at: Timestamp = "2026-11-18T14:02:12Z".parse().unwrap();
        let later: Timestamp = "2027-01-02T00:00:00Z".parse().unwrap();
        assert_eq!(moment(at, &TimeZone::UTC, Some(at)), "18 Nov 14:02");
        assert_eq!(moment(at, &TimeZone::UTC, Some(later)), "18 Nov 2026");
        assert_eq!(clock(at, &TimeZone::UTC), "14:02:12");
    }
}
