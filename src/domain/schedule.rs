//! When an export job runs. Schedules of the service are in UTC, without daylight saving; hourly ones
//! are counted from 00:00 UTC.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Serialize, Serializer};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Every so many hours, counted from 00:00 UTC; 1 to 23.
    Hours(u8),
    /// Every day.
    Daily,
    /// On this day of the week.
    Weekly(Weekday),
    /// On this day of the month; 1 to 28, so that every month has it.
    Monthly(i8),
}

/// A rhythm with its time of day in UTC. Hourly ones have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How often.
    pub rhythm: Rhythm,
    /// Time of day, UTC.
    pub at: Time,
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The short word for a day of the week.
pub fn day_word(day: Weekday) -> &'static str {
    DAYS.iter()
        .find(|(_, known)| *known == day)
        .map_or("mon", |(word, _)| word)
}

/// The day of the week that a word means; whole names are understood.
pub fn day_of(word: &str) -> Option<Weekday> {
    let word = word.trim().to_ascii_lowercase();
    let short = word.get(..3)?;
    DAYS.iter()
        .find(|(known, _)| *known == short)
        .map(|(_, day)| *day)
}

/// Reads `HH:MM`.
pub fn time_of(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().trim_end_matches(['Z', 'z']).split_once(':')?;
    // Seconds, where a server writes them, are none of a schedule.
    let minute = minute.split(':').next()?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

impl Schedule {
    /// Reads `hourly:6`, `daily@02:00`, `weekly:mon@02:00`, `monthly:1@02:00`.
    ///
    /// # Errors
    /// What could stand there.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let wrong = || {
            "a schedule is hourly:N, daily@HH:MM, weekly:mon@HH:MM or monthly:DAY@HH:MM, in UTC".to_owned()
        };
        let (rhythm, at) = text.trim().split_once('@').unwrap_or((text.trim(), "00:00"));
        let at = time_of(at).ok_or_else(wrong)?;
        let (word, number) = rhythm.split_once(':').unwrap_or((rhythm, ""));
        let rhythm = match (word.to_ascii_lowercase().as_str(), number) {
            ("hourly", "") => Rhythm::Hours(1),
            ("hourly", hours) => match hours.parse() {
                Ok(hours @ 1..=23) => Rhythm::Hours(hours),
                _ => return Err("an hourly schedule runs every 1 to 23 hours".to_owned()),
            },
            ("daily", "") => Rhythm::Daily,
            ("weekly", day) => Rhythm::Weekly(day_of(day).ok_or_else(wrong)?),
            ("monthly", day) => match day.parse() {
                Ok(day @ 1..=28) => Rhythm::Monthly(day),
                _ => return Err("a monthly schedule names a day from 1 to 28".to_owned()),
            },
            _ => return Err(wrong()),
        };
        let at = if matches!(rhythm, Rhythm::Hours(_)) {
            Time::midnight()
        } else {
            at
        };
        Ok(Schedule { rhythm, at })
    }

    /// The first run after `after`.
    pub fn next_run(&self, after: Timestamp) -> Option<Timestamp> {
        let now = after.to_zoned(TimeZone::UTC);
        let mut day = now.date();
        // A month and a day at most.
        for _ in 0..33 {
            if self.runs_on(day) {
                let found = self.times_of_day().into_iter().find_map(|time| {
                    let moment = day.to_datetime(time).to_zoned(TimeZone::UTC).ok()?.timestamp();
                    (moment > after).then_some(moment)
                });
                if found.is_some() {
                    return found;
                }
            }
            day = day.checked_add(1.day()).ok()?;
        }
        None
    }

    fn runs_on(&self, day: jiff::civil::Date) -> bool {
        match self.rhythm {
            Rhythm::Hours(_) | Rhythm::Daily => true,
            Rhythm::Weekly(wanted) => day.weekday() == wanted,
            Rhythm::Monthly(wanted) => day.day() == wanted,
        }
    }

    fn times_of_day(&self) -> Vec<Time> {
        match self.rhythm {
            Rhythm::Hours(hours) => (0..24)
                .step_by(usize::from(hours.max(1)))
                .filter_map(|hour| Time::new(hour, 0, 0, 0).ok())
                .collect(),
            _ => vec![self.at],
        }
    }

    /// In words, in UTC.
    pub fn words(&self) -> String {
        let at = self.at.strftime("%H:%M");
        match self.rhythm {
            Rhythm::Hours(1) => "every hour, on the hour UTC".to_owned(),
            Rhythm::Hours(hours) => format!("every {hours} hours from 00:00 UTC"),
            Rhythm::Daily => format!("daily at {at} UTC"),
            Rhythm::Weekly(day) => format!("every {} at {at} UTC", day_word(day)),
            Rhythm::Monthly(day) => format!("on day {day} of each month at {at} UTC"),
        }
    }
}

impl std::fmt::Display for Schedule {
    /// The form that [`Schedule::parse`] reads.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.at.strftime("%H:%M");
        match self.rhythm {
            Rhythm::Hours(hours) => write!(f, "hourly:{hours}"),
            Rhythm::Daily => write!(f, "daily@{at}"),
            Rhythm::Weekly(day) => write!(f, "weekly:{}@{at}", day_word(day)),
            Rhythm::Monthly(day) => write!(f, "monthly:{day}@{at}"),
        }
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_read_back_and_run_in_utc() {
        for (text, after, next) in [
            ("hourly:6", "2026-03-29T00:30:00Z", "2026-03-29T06:00:00Z"),
            // From 00:00 of each day: five hours do not divide the day.
            ("hourly:5", "2026-03-29T20:00:00Z", "2026-03-30T00:00:00Z"),
            ("daily@02:30", "2026-03-29T02:30:00Z", "2026-03-30T02:30:00Z"),
            ("weekly:mon@02:00", "2026-11-25T00:00:00Z", "2026-11-30T02:00:00Z"),
            ("monthly:1@00:15", "2026-11-01T00:15:00Z", "2026-12-01T00:15:00Z"),
        ] {
            let schedule = Schedule::parse(text).unwrap();
            assert_eq!(schedule.to_string(), text);
            let after: Timestamp = after.parse().unwrap();
            assert_eq!(schedule.next_run(after).unwrap().to_string(), next, "{text}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "now",
            "hourly:0",
            "hourly:24",
            "weekly@02:00",
            "monthly:31@02:00",
            "daily@25:00",
        ] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }
}
