//! A law as it is written in a file, which may hold anything.

use serde::Deserialize;

use super::length::{Length, WhileWaiting};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Period {
    pub(super) months: Option<u16>,
    pub(super) days: Option<u16>,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counting {
    pub(super) first_day: String,
    pub(super) end: String,
    pub(super) moved: Option<String>,
    #[serde(default)]
    pub(super) working_days: u16,
    pub(super) working_days_source: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledgement {
    pub(super) business_days: u16,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiting {
    pub(super) identity: WhileWaiting,
    pub(super) clarification: WhileWaiting,
    pub(super) fee: WhileWaiting,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Records {
    pub(super) months: u16,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) answer: Period,
    pub(super) refusal: Refusal,
    pub(super) extension: Option<Period>,
    pub(super) counting: Counting,
    pub(super) acknowledgement: Option<Acknowledgement>,
    pub(super) waiting: Waiting,
    pub(super) records: Option<Records>,
}

/// A length in one unit, within bounds.
pub(super) fn length(period: &Period) -> Option<Length> {
    match (period.months, period.days) {
        (Some(months @ 1..=120), None) => Some(Length::Months(months)),
        (None, Some(days @ 1..=3660)) => Some(Length::Days(days)),
        _ => None,
    }
}
