//! How a request moves through its statuses: a timetable fixed when the request is made, read
//! against the estate's clock.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::seed::Dice;
use super::words::RequestKind;

/// Milliseconds of a minute, an hour and a day.
pub(crate) const MINUTE: i64 = 60_000;
/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// The statuses of a request, each with the moment from which it holds; in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timetable(Vec<(i64, String)>);

impl Timetable {
    /// The status at `now`.
    pub(crate) fn status(&self, now: i64) -> &str {
        self.0
            .iter()
            .rev()
            .find(|(from, _)| *from <= now)
            .or_else(|| self.0.first())
            .map_or("INITIATED", |(_, word)| word.as_str())
    }

    /// When it becomes `COMPLETED`, if it ever does.
    pub(crate) fn completed_at(&self) -> Option<i64> {
        self.0
            .iter()
            .find(|(_, word)| word == "COMPLETED")
            .map(|(from, _)| *from)
    }

    /// When the search begins: the moment at which further requests of a merge set are made.
    pub(crate) fn searching_at(&self) -> i64 {
        self.0
            .get(1)
            .or_else(|| self.0.first())
            .map_or(0, |(from, _)| *from)
    }
}

fn stages(kind: RequestKind) -> &'static [&'static str] {
    match kind {
        RequestKind::Export => &["INITIATED", "SEARCHING", "FINALIZING", "COMPLETED"],
        RequestKind::Delete => &["INITIATED", "SEARCHING", "DELETING", "FINALIZING", "COMPLETED"],
        RequestKind::Update => &["INITIATED", "SEARCHING", "UPDATING", "COMPLETED"],
    }
}

/// The timetable of a request made at `created`; the same for the same dice.
pub(crate) fn natural(kind: RequestKind, created: i64, fails: bool, dice: &mut Dice) -> Timetable {
    let first = dice.between(2 * MINUTE, 8 * MINUTE);
    let end = match kind {
        RequestKind::Export => add_business_time(created, dice.between(DAY, 2 * DAY)),
        RequestKind::Delete => created + dice.between(3 * DAY / 2, 27 * DAY / 2),
        RequestKind::Update => created + dice.between(4 * HOUR, 2 * DAY),
    };
    let percent = |p: i64| created + (end - created) * p / 100;
    let moments = match kind {
        RequestKind::Export => vec![created, created + first, percent(dice.between(70, 90)), end],
        RequestKind::Delete => vec![
            created,
            created + first,
            percent(dice.between(10, 30)),
            percent(dice.between(85, 95)),
            end,
        ],
        RequestKind::Update => vec![created, created + first, percent(dice.between(40, 60)), end],
    };
    let mut table: Vec<(i64, String)> = moments
        .into_iter()
        .zip(stages(kind))
        .map(|(from, word)| (from, (*word).to_owned()))
        .collect();
    if fails {
        table.pop();
        if let Some(last) = table.last_mut() {
            "ERROR".clone_into(&mut last.1);
        }
    }
    Timetable(table)
}

/// A timetable in which the request stands at `word` at the moment `epoch`. `finished` is when a
/// finished one ended; it may lie after `epoch` only for words that are not final.
pub(crate) fn standing(
    kind: RequestKind,
    word: &str,
    created: i64,
    epoch: i64,
    finished: Option<i64>,
    dice: &mut Dice,
) -> Timetable {
    let table = natural(kind, created, false, dice).0;
    let age = (epoch - created).max(0);
    let end = finished.unwrap_or(created + age / 2);
    match (word, table.iter().position(|(_, stage)| stage == word)) {
        ("COMPLETED", _) => Timetable(scaled(table, created, end)),
        ("ERROR", _) => {
            let mut kept = scaled(table, created, end);
            kept.truncate(2);
            kept.push((end, "ERROR".to_owned()));
            Timetable(kept)
        }
        (_, Some(at)) => Timetable(halfway(&table, at, created, epoch, age)),
        (_, None) => Timetable(vec![
            (created, "INITIATED".to_owned()),
            (created + age / 4, "SEARCHING".to_owned()),
            (created + age / 2, word.to_owned()),
        ]),
    }
}

fn scaled(table: Vec<(i64, String)>, created: i64, end: i64) -> Vec<(i64, String)> {
    let whole = table.last().map_or(1, |(from, _)| (from - created).max(1));
    table
        .into_iter()
        .map(|(from, word)| (created + (from - created) * (end - created) / whole, word))
        .collect()
}

fn halfway(table: &[(i64, String)], at: usize, created: i64, epoch: i64, age: i64) -> Vec<(i64, String)> {
    let steps = i64::try_from(at).unwrap_or(0) * 2 + 1;
    table
        .iter()
        .enumerate()
        .map(|(index, (from, word))| {
            let moment = if index <= at {
                created + age * 2 * i64::try_from(index).unwrap_or(0) / steps
            } else {
                epoch + (from - table[at].0).max(10 * MINUTE)
            };
            (moment, word.clone())
        })
        .collect()
}

/// `from` plus `span` of time that passes on weekdays only.
fn add_business_time(from: i64, span: i64) -> i64 {
    let (mut at, mut left) = (from, span);
    loop {
        let into_day = at.rem_euclid(DAY);
        let midnight = at - into_day + DAY;
        if is_weekend(at) {
            at = midnight;
        } else if left <= midnight - at {
            return at + left;
        } else {
            left -= midnight - at;
            at = midnight;
        }
    }
}

fn is_weekend(at: i64) -> bool {
    let Ok(moment) = Timestamp::from_millisecond(at) else {
        return false;
    };
    let day = moment.to_zoned(TimeZone::UTC).weekday();
    matches!(day, Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRIDAY_NOON: i64 = 1_794_571_200_000; // 2026-11-13T12:00:00Z

    #[test]
    fn an_export_takes_one_to_two_business_days() {
        for label in 0..200_u64 {
            let table = natural(
                RequestKind::Export,
                FRIDAY_NOON,
                false,
                &mut Dice::indexed(7, 1, label),
            );
            let done = table.completed_at().expect("an export completes");
            assert!(done >= FRIDAY_NOON + 3 * DAY, "a weekend lies between");
            assert!(done <= FRIDAY_NOON + 4 * DAY);
        }
    }

    #[test]
    fn a_standing_request_stands_where_it_is_said_to_stand() {
        let words = [
            "INITIATED",
            "SEARCHING",
            "DELETING",
            "FINALIZING",
            "COMPLETED",
            "ERROR",
            "PAUSED",
        ];
        for word in words {
            let mut dice = Dice::new(1, word);
            let table = standing(
                RequestKind::Delete,
                word,
                FRIDAY_NOON,
                FRIDAY_NOON + DAY,
                None,
                &mut dice,
            );
            assert_eq!(table.status(FRIDAY_NOON + DAY), word);
            assert_eq!(table.status(FRIDAY_NOON), "INITIATED");
        }
    }

    #[test]
    fn statuses_only_move_forward() {
        for kind in [RequestKind::Export, RequestKind::Delete, RequestKind::Update] {
            for label in 0..200_u64 {
                let table = natural(kind, FRIDAY_NOON, label % 5 == 0, &mut Dice::indexed(9, 2, label));
                assert!(table.0.is_sorted_by_key(|(from, _)| *from));
                assert!(table.0.last().expect("not empty").0 <= FRIDAY_NOON + 14 * DAY);
            }
        }
    }
}
