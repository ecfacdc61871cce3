//! The last safe day to submit a request: the limit, less the time that requests of this type take in
//! this organisation (p95 of what was observed), less the time to deliver the answer. Below ten
//! observations it says so and takes the figures that are documented elsewhere, by name.

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::failure::Failure;
use crate::domain::request::RequestType;
use crate::workflow::World;

/// Fewer observations than this say nothing.
const ENOUGH: usize = 10;

/// A day with what it was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SafeDay {
    /// The type of request.
    #[serde(rename = "type")]
    pub kind: RequestType,
    /// Submit on this day at the latest.
    pub day: Date,
    /// `observed` or `documented`.
    pub basis: &'static str,
    /// Number of requests whose processing was observed here.
    pub observations: usize,
    /// Days that processing takes: p95 of the observations, or what is documented.
    pub processing_days: i32,
    /// Days to deliver the answer.
    pub delivery_days: i32,
    /// The same in words.
    pub text: String,
}

/// What is documented of processing times: days, and by whom.
fn documented(kind: RequestType) -> (i32, &'static str) {
    match kind {
        RequestType::Export => (2, "third-party reports of 1 to 2 business days for an export"),
        RequestType::Delete => (14, "third-party reports of up to 14 days for a deletion"),
        RequestType::Update => (
            14,
            "no figure is known for an update, so that of deletions is taken (up to 14 days)",
        ),
    }
}

/// The last safe day to submit a request of a type for an answer that is due on `due`.
///
/// # Errors
/// When the store cannot be read.
pub async fn last_safe_day(world: &World, kind: RequestType, due: Date) -> Result<SafeDay, Failure> {
    let observed = world.store.processing_times(kind).await?;
    let mut days: Vec<i32> = observed
        .iter()
        .map(|(from, to)| {
            let seconds = to
                .as_second()
                .saturating_sub(from.as_second())
                .max(0)
                .unsigned_abs();
            // A day that has begun counts whole.
            i32::try_from(seconds.div_ceil(86_400)).unwrap_or(i32::MAX)
        })
        .collect();
    days.sort_unstable();
    let observations = days.len();
    let delivery_days = world.casework.delivery_days;
    let (basis, processing_days, why) = if observations >= ENOUGH {
        let p95 = percentile(&days, 95);
        (
            "observed",
            p95,
            format!("p95 of {observations} requests observed here"),
        )
    } else {
        let (days, source) = documented(kind);
        (
            "documented",
            days,
            format!("not enough observations ({observations} of {ENOUGH}): {source}"),
        )
    };
    let whole = processing_days.saturating_add(delivery_days).clamp(0, 36_600);
    let day = due.saturating_sub(jiff::Span::new().days(whole));
    Ok(SafeDay {
        kind,
        day,
        basis,
        observations,
        processing_days,
        delivery_days,
        text: format!(
            "{day}: due {due}, less {processing_days} days of processing ({why}), less {delivery_days} to deliver"
        ),
    })
}

/// The smallest value that at least `percent` of the sorted values do not exceed.
pub fn percentile(sorted: &[i32], percent: usize) -> i32 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let twenty: Vec<i32> = (1..=20).collect();
        assert_eq!(percentile(&twenty, 95), 19);
        assert_eq!(percentile(&twenty, 50), 10);
        assert_eq!(percentile(&[7], 95), 7);
        assert_eq!(percentile(&[], 95), 0);
        let ten: Vec<i32> = (1..=10).collect();
        assert_eq!(percentile(&ten, 95), 10);
    }
}
