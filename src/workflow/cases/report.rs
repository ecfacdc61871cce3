//! How long answers took, by what was asked for and month of receipt, and the counts that California
//! asks large businesses to publish.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::safe_day::percentile;
use crate::domain::case::{CaseKind, Ending};
use crate::domain::deadline::days_between;
use crate::domain::failure::Failure;
use crate::store::Timing;
use crate::workflow::World;

/// Cases of one kind received in one month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// What was asked for.
    pub kind: CaseKind,
    /// `2026-11`.
    pub month: String,
    /// Received.
    pub received: usize,
    /// Answered, refusals told included.
    pub answered: usize,
    /// Of these, in time.
    pub in_time: usize,
    /// Answered late, or open after the limit.
    pub late: usize,
    /// Neither answered nor closed.
    pub open: usize,
    /// Share of the answered that was in time, 0 to 1; `None` while none was answered.
    pub share_in_time: Option<f64>,
    /// Days from receipt to the answer: the middle one.
    pub median_days: Option<f64>,
    /// And the one that 95 of 100 did not exceed.
    pub p95_days: Option<i32>,
    /// Day on which the oldest open one was received.
    pub oldest_open: Option<Date>,
}

/// What a business of California publishes of one kind of request in one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Yearly {
    /// Calendar year of receipt.
    pub year: i16,
    /// What was asked for.
    pub kind: CaseKind,
    /// Received.
    pub received: usize,
    /// Complied with, in whole or in part.
    pub complied: usize,
    /// Denied.
    pub denied: usize,
    /// Days until the answer: the middle one.
    pub median_days: Option<f64>,
    /// And on average.
    pub mean_days: Option<f64>,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// By kind and month.
    pub lines: Vec<Line>,
    /// The counts of 11 CCR 7102, of cases under `us-ca`.
    pub california: Vec<Yearly>,
}

/// Makes the report of cases received in a span of days.
///
/// # Errors
/// When the store cannot be read.
pub async fn report(world: &World, since: Option<Date>, until: Option<Date>) -> Result<Report, Failure> {
    let mut timings = world.store.case_timings().await?;
    timings.retain(|timing| {
        since.is_none_or(|day| timing.received >= day) && until.is_none_or(|day| timing.received <= day)
    });
    Ok(Report {
        lines: lines(&timings, super::today(world)),
        california: california(&timings),
    })
}

fn lines(timings: &[Timing], today: Date) -> Vec<Line> {
    let mut groups: BTreeMap<(CaseKind, String), Vec<&Timing>> = BTreeMap::new();
    for timing in timings {
        let month = timing.received.strftime("%Y-%m").to_string();
        groups.entry((timing.kind, month)).or_default().push(timing);
    }
    groups
        .into_iter()
        .map(|((kind, month), group)| line(kind, month, &group, today))
        .collect()
}

fn line(kind: CaseKind, month: String, group: &[&Timing], today: Date) -> Line {
    let days = days(group);
    let answered = group.iter().filter(|t| t.answered_on.is_some()).count();
    let in_time = group
        .iter()
        .filter(|t| t.answered_on.is_some_and(|day| day <= t.due))
        .count();
    let open: Vec<&&Timing> = group
        .iter()
        .filter(|t| t.answered_on.is_none() && t.ending.is_none())
        .collect();
    let overdue = open.iter().filter(|t| today > t.due).count();
    Line {
        kind,
        month,
        received: group.len(),
        answered,
        in_time,
        late: answered - in_time + overdue,
        open: open.len(),
        share_in_time: (answered > 0).then(|| in_time as f64 / answered as f64),
        median_days: median(&days),
        p95_days: (!days.is_empty()).then(|| percentile(&days, 95)),
        oldest_open: open.iter().map(|t| t.received).min(),
    }
}

/// Days from receipt to the answer, sorted.
fn days(group: &[&Timing]) -> Vec<i32> {
    let mut days: Vec<i32> = group
        .iter()
        .filter_map(|t| Some(days_between(t.received, t.answered_on?)))
        .collect();
    days.sort_unstable();
    days
}

fn median(sorted: &[i32]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(f64::from(sorted[middle])),
        _ => Some((f64::from(sorted[middle - 1]) + f64::from(sorted[middle])) / 2.0),
    }
}

fn california(timings: &[Timing]) -> Vec<Yearly> {
    let mut groups: BTreeMap<(i16, CaseKind), Vec<&Timing>> = BTreeMap::new();
    for timing in timings.iter().filter(|t| t.regime == "us-ca") {
        groups
            .entry((timing.received.year(), timing.kind))
            .or_default()
            .push(timing);
    }
    groups
        .into_iter()
        .map(|((year, kind), group)| {
            let days = days(&group);
            let denied = |t: &&&Timing| t.denied || t.ending == Some(Ending::Refused);
            let complied = |t: &&&Timing| t.answered_on.is_some() && !denied(t);
            Yearly {
                year,
                kind,
                received: group.len(),
                complied: group.iter().filter(complied).count(),
                denied: group.iter().filter(denied).count(),
                median_days: median(&days),
                mean_days: (!days.is_empty())
                    .then(|| days.iter().map(|day| f64::from(*day)).sum::<f64>() / days.len() as f64),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn timing(received: Date, answered: Option<Date>) -> Timing {
        Timing {
            kind: CaseKind::Erasure,
            regime: "us-ca".to_owned(),
            received,
            due: received.saturating_add(jiff::Span::new().days(45)),
            answered_on: answered,
            ending: answered.map(|_| Ending::Answered),
            denied: false,
            denied_in_part: false,
        }
    }

    #[test]
    fn months_and_years_are_counted_by_receipt() {
        let mut refused = timing(date(2026, 1, 5), Some(date(2026, 1, 9)));
        (refused.denied, refused.ending) = (true, Some(Ending::Refused));
        let all = [
            timing(date(2026, 1, 1), Some(date(2026, 1, 11))),
            timing(date(2026, 1, 2), Some(date(2026, 3, 1))),
            refused,
            timing(date(2026, 2, 1), None),
        ];
        let lines = lines(&all, date(2026, 4, 1));
        assert_eq!(lines.len(), 2);
        let january = &lines[0];
        assert_eq!((january.received, january.answered, january.in_time), (3, 3, 2));
        assert_eq!((january.median_days, january.p95_days), (Some(10.0), Some(58)));
        let february = &lines[1];
        assert_eq!((february.open, february.late), (1, 1), "open after its limit");
        assert_eq!(february.oldest_open, Some(date(2026, 2, 1)));
        assert_eq!(february.share_in_time, None);
        let year = &california(&all)[0];
        assert_eq!((year.received, year.complied, year.denied), (4, 2, 1));
        assert_eq!(year.mean_days, Some(24.0));
    }
}
