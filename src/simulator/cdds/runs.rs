//! Runs of jobs and the files they leave, computed from the jobs, the certificates and the clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::state::{CddsState, Held, Job};
use crate::simulator::clock::moment;
use crate::simulator::lifecycle::{DAY, HOUR, MINUTE};
use crate::simulator::seed::{self, Dice};

/// Days for which a file is kept.
pub(crate) const KEPT_DAYS: i64 = 30;

/// One run of a job.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// When it begins.
    pub start: i64,
    /// When it ends.
    pub end: i64,
    /// Why it failed, once it has ended.
    pub trouble: Option<&'static str>,
    /// The certificate that its files are encrypted for.
    pub certificate: Option<Held>,
}

impl Run {
    /// The vendor's word for where it stands at `now`.
    pub(crate) fn status(&self, now: i64) -> &'static str {
        match (self.end <= now, self.trouble) {
            (false, _) => "In Progress",
            (true, None) => "Done",
            (true, Some(_)) => "Failed",
        }
    }
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Its id.
    pub id: String,
    /// The job.
    pub job: Job,
    /// The run that left it.
    pub run: Run,
    /// Which part, from 1, and of how many.
    pub part: u32,
    /// Number of parts.
    pub parts: u32,
}

impl File {
    /// Days after which it is gone, rounded up.
    pub(crate) fn remaining_days(&self, now: i64) -> i64 {
        let left = self.run.end + KEPT_DAYS * DAY - now;
        (left + DAY - 1).div_euclid(DAY)
    }
}

/// Runs of a job that have begun by `now`, oldest first; of the last 31 days only.
pub(crate) fn runs(state: &CddsState, job: &Job, seed: u64, now: i64) -> Vec<Run> {
    let last = job.deleted.unwrap_or(now).min(now);
    starts(job, last - (KEPT_DAYS + 1) * DAY, last)
        .into_iter()
        .map(|start| {
            let mut dice = Dice::new(seed, &format!("cdds-run:{}:{start}", job.made.id));
            let takes = job
                .takes
                .unwrap_or_else(|| dice.between(20 * MINUTE, 70 * MINUTE));
            let end = start + takes;
            // Whether it can be encrypted shows when the files are written: at the end.
            let certificate = state.certificate_at(end.min(now)).cloned();
            let trouble = match &certificate {
                None => Some("There is no encryption certificate in the user preferences"),
                Some(held) if held.not_after < end => Some("The encryption certificate has expired"),
                Some(held) if held.not_before > end => Some("The encryption certificate is not yet valid"),
                Some(_) => None,
            };
            Run {
                start,
                end,
                trouble,
                certificate,
            }
        })
        .collect()
}

/// When runs begin, from `first` to `last`; a job that runs once runs when it was made.
fn starts(job: &Job, first: i64, last: i64) -> Vec<i64> {
    let Some((unit, every)) = &job.made.every else {
        return if job.created <= last {
            vec![job.created]
        } else {
            Vec::new()
        };
    };
    let first_day = job.created.max(first);
    let mut found = Vec::new();
    let mut midnight = first_day - first_day.rem_euclid(DAY);
    while midnight <= last {
        let at = midnight + i64::from(job.made.minute) * MINUTE;
        match unit.as_str() {
            "hours" => {
                let step = i64::from((*every).max(1)) * HOUR;
                found.extend(
                    (0..24 * HOUR / step + 1)
                        .map(|n| midnight + n * step)
                        .filter(|at| *at < midnight + DAY),
                );
            }
            "days" => found.push(at),
            "weeks" if weekday(midnight) == wanted_weekday(job) => found.push(at),
            "months" if day_of_month(midnight) == wanted_day(job) => found.push(at),
            _ => {}
        }
        midnight += DAY;
    }
    found.retain(|at| *at > job.created && *at <= last);
    found.dedup();
    found
}

fn date(at: i64) -> Date {
    moment(at).to_zoned(TimeZone::UTC).date()
}

fn weekday(at: i64) -> i8 {
    date(at).weekday().to_monday_zero_offset()
}

fn wanted_weekday(job: &Job) -> i8 {
    const WORDS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let word = job.made.day.as_deref().unwrap_or("mon").to_ascii_lowercase();
    let found = WORDS.iter().position(|known| word.starts_with(known));
    i8::try_from(found.unwrap_or(0)).unwrap_or(0)
}

fn day_of_month(at: i64) -> i8 {
    date(at).day()
}

fn wanted_day(job: &Job) -> i8 {
    job.made
        .day
        .as_deref()
        .and_then(|day| day.parse().ok())
        .unwrap_or(1)
}

/// When a scheduled job runs next.
pub(crate) fn next_start(job: &Job, now: i64) -> Option<i64> {
    job.made.every.as_ref()?;
    // A month and a day at most.
    starts(job, now, now + 32 * DAY).into_iter().find(|at| *at > now)
}

/// The id of a file.
pub(crate) fn file_id(seed: u64, job: &str, start: i64, part: u32) -> String {
    seed::uuid(seed, &format!("cdds-file:{job}:{start}:{part}"))
}

/// Files of one run.
pub(crate) fn files_of(job: &Job, run: &Run, seed: u64, parts: u32) -> Vec<File> {
    (1..=parts)
        .map(|part| File {
            id: file_id(seed, &job.made.id, run.start, part),
            job: job.clone(),
            run: run.clone(),
            part,
            parts,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::cdds::state::JobMade;

    fn job(unit: &str, every: u32, day: &str, created: &str) -> Job {
        Job {
            made: JobMade {
                id: "j".to_owned(),
                title: "t".to_owned(),
                description: String::new(),
                source: "ContactHistory".to_owned(),
                kind: "Contact".to_owned(),
                every: Some((unit.to_owned(), every)),
                minute: 120,
                day: Some(day.to_owned()),
                frame: None,
                split: None,
                udm: false,
            },
            created: at(created),
            deleted: None,
            takes: None,
            parts: 0,
        }
    }

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn schedules_run_in_utc_and_hours_are_counted_from_midnight() {
        for (job, now, last, next) in [
            (
                job("hours", 5, "", "2026-11-20T00:00:00Z"),
                "2026-11-21T21:00:00Z",
                "2026-11-21T20:00:00Z",
                "2026-11-22T00:00:00Z",
            ),
            (
                job("days", 1, "", "2026-11-20T03:00:00Z"),
                "2026-11-21T02:00:00Z",
                "2026-11-21T02:00:00Z",
                "2026-11-22T02:00:00Z",
            ),
            (
                job("weeks", 1, "fri", "2026-11-01T00:00:00Z"),
                "2026-11-25T00:00:00Z",
                "2026-11-20T02:00:00Z",
                "2026-11-27T02:00:00Z",
            ),
            (
                job("months", 1, "3", "2026-10-01T00:00:00Z"),
                "2026-11-25T00:00:00Z",
                "2026-11-03T02:00:00Z",
                "2026-12-03T02:00:00Z",
            ),
        ] {
            let now = at(now);
            assert_eq!(starts(&job, now - 40 * DAY, now).last(), Some(&at(last)));
            assert_eq!(next_start(&job, now), Some(at(next)));
        }
    }
}
