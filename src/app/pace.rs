//! How fast a task goes, and how long it will take: from what it told of itself and when.

use jiff::{SignedDuration, Timestamp};

use super::time::count;
use crate::domain::progress::Progress;

/// A rate is told after this much time.
const SOON: SignedDuration = SignedDuration::from_secs(1);
/// Share of the newest rate in what is shown.
const NEW: f64 = 0.3;

/// What was heard of one task.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    last: Option<(u64, Timestamp)>,
    rate: Option<f64>,
    unit: &'static str,
}

impl Pace {
    /// Takes a report in. The first one may tell of work that was done before, in an earlier run; a
    /// count that goes back, or another unit, is another stretch of work.
    pub fn heard(&mut self, progress: &Progress, now: Option<Timestamp>) {
        let Some(now) = now else { return };
        let again = self.unit != progress.unit;
        self.unit = progress.unit;
        let Some((before, at)) = self.last.filter(|(before, _)| !again && *before <= progress.done) else {
            self.last = Some((progress.done, now));
            self.rate = None;
            return;
        };
        let passed = now.duration_since(at);
        if passed < SOON {
            return;
        }
        let new = (progress.done - before) as f64 / passed.as_secs_f64();
        self.rate = Some(match self.rate {
            Some(old) => old + NEW * (new - old),
            None => new,
        });
        self.last = Some((progress.done, now));
    }

    /// `12.4 MB/s`, `41,200 rows/s`; nothing for what is counted in few steps.
    pub fn rate(&self) -> Option<String> {
        let rate = self.rate?;
        match self.unit {
            "bytes" => Some(format!("{}/s", bytes(rate as u64))),
            unit if rate >= 10.0 => Some(format!("{} {unit}/s", count(rate as usize))),
            _ => None,
        }
    }

    /// `1m12s`, until all of `progress` is done.
    pub fn left(&self, progress: &Progress) -> Option<String> {
        let rate = self.rate.filter(|rate| *rate > 0.0)?;
        let rest = progress.total?.saturating_sub(progress.done);
        let seconds = (rest as f64 / rate).ceil();
        (seconds < 359_999.0).then(|| span(seconds as u64))
    }
}

/// `17 B`, `345 kB`, `12.4 MB`, `1.2 GB`.
pub fn bytes(bytes: u64) -> String {
    const STEPS: [(u64, &str); 4] = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    for (step, unit) in STEPS {
        if bytes >= step {
            let tenths = bytes / (step / 10);
            return match tenths {
                0..1_000 if unit != "kB" => format!("{}.{} {unit}", tenths / 10, tenths % 10),
                _ => format!("{} {unit}", bytes / step),
            };
        }
    }
    format!("{bytes} B")
}

/// `38 s`, `1m12s`, `2h05m`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(1_000 + second).ok()
    }

    fn progress(done: u64, unit: &'static str) -> Progress {
        Progress {
            done,
            total: Some(100_000_000),
            unit,
            note: String::new(),
        }
    }

    #[test]
    fn the_rate_and_what_is_left_come_from_what_was_told() {
        let mut pace = Pace::default();
        pace.heard(&progress(0, "bytes"), at(0));
        assert_eq!(pace.rate(), None);
        pace.heard(&progress(10_000_000, "bytes"), at(1));
        pace.heard(&progress(20_000_000, "bytes"), at(2));
        let now = progress(20_000_000, "bytes");
        assert_eq!(pace.rate().as_deref(), Some("10.0 MB/s"));
        assert_eq!(pace.left(&now).as_deref(), Some("8 s"));
        pace.heard(&progress(20_000_000, "bytes"), at(3));
        assert_eq!(pace.rate().as_deref(), Some("7.0 MB/s"));
        pace.heard(&progress(5, "files"), at(4));
        assert_eq!((pace.rate(), pace.left(&progress(5, "files"))), (None, None));
    }

    #[test]
    fn sizes_and_times_are_short() {
        for (size, text) in [
            (17, "17 B"),
            (345_678, "345 kB"),
            (12_400_000, "12.4 MB"),
            (345_000_000, "345 MB"),
            (1_234_567_890, "1.2 GB"),
        ] {
            assert_eq!(bytes(size), text);
        }
        for (seconds, text) in [(38, "38 s"), (72, "1m12s"), (7_500, "2h05m")] {
            assert_eq!(span(seconds), text);
        }
    }
}
