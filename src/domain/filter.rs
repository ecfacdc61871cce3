//! The filter of the queue as a rule for one row, and as a line that an operator types
//! (`type=delete status=completed since=30d mine anna`).

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::queue::{Origin, QueueFilter, QueueRow};
use super::request::RequestType;

/// Why a filter or a day cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilterError(pub String);

/// What a typed line is read against.
#[derive(Clone, Debug)]
pub struct Now {
    /// The present moment of the world.
    pub at: Timestamp,
    /// The operator's time zone, in which days begin and end.
    pub zone: TimeZone,
    /// The operator's login, for `mine`.
    pub login: String,
}

impl Now {
    /// Today in the operator's zone.
    pub fn today(&self) -> Date {
        self.at.to_zoned(self.zone.clone()).date()
    }
}

/// Reads a day: `2026-11-03`, `today`, `yesterday`, or `30d` for thirty days ago.
///
/// # Errors
/// When it is none of these.
pub fn day(text: &str, today: Date) -> Result<Date, FilterError> {
    let unknown =
        || FilterError("a day is written as 2026-11-03, today, or 30d for thirty days ago".to_owned());
    let text = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "today" => return Ok(today),
        "yesterday" => return today.checked_sub(1.day()).map_err(|_| unknown()),
        _ => {}
    }
    if let Some(ago) = text.strip_suffix('d') {
        let days: i32 = ago.parse().map_err(|_| unknown())?;
        if !(0..=36_600).contains(&days) || ago.starts_with('+') {
            return Err(unknown());
        }
        return today.checked_sub(days.days()).map_err(|_| unknown());
    }
    text.parse::<Date>().map_err(|_| unknown())
}

/// The first moment of a day in the operator's zone: `since` keeps what was submitted from it on.
pub fn since_instant(day: Date, zone: &TimeZone) -> Result<Timestamp, FilterError> {
    zone.to_ambiguous_zoned(day.at(0, 0, 0, 0))
        .compatible()
        .map(|start| start.timestamp())
        .map_err(|_| FilterError("that day is out of range".to_owned()))
}

/// The first moment after a day: `until` keeps what was submitted before it, the day itself included.
pub fn until_instant(day: Date, zone: &TimeZone) -> Result<Timestamp, FilterError> {
    let next = day
        .tomorrow()
        .map_err(|_| FilterError("that day is out of range".to_owned()))?;
    since_instant(next, zone)
}

/// Text as it is compared: lower case, without control characters.
pub fn fold(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| !c.is_control()).collect()
}

/// Everything of a row that free text is looked for in, folded, one line a field. No folded needle
/// holds a line break, so a match never spans two fields.
pub fn search_text(row: &QueueRow) -> String {
    let kind = row.kind.map_or(&*row.type_text, |kind| kind.as_str());
    [
        &*row.label,
        row.id.as_deref().unwrap_or_default(),
        row.operation_id.as_deref().unwrap_or_default(),
        &*row.status,
        kind,
        row.reference.as_deref().unwrap_or_default(),
    ]
    .map(fold)
    .join("\n")
}

impl QueueFilter {
    /// True when nothing is left out.
    pub fn is_empty(&self) -> bool {
        *self == QueueFilter::default()
    }

    /// The rule for one row. Written for clearness; what filters 100,000 rows a key press is held
    /// against it.
    pub fn keeps(&self, row: &QueueRow) -> bool {
        let kind_fits = self.types.is_empty() || row.kind.is_some_and(|kind| self.types.contains(&kind));
        let status_fits = self.statuses.is_empty() || self.statuses.iter().any(|s| **s == *row.status);
        let since_fits = self
            .since
            .is_none_or(|since| row.submitted_at.is_some_and(|at| at >= since));
        let until_fits = self
            .until
            .is_none_or(|until| row.submitted_at.is_some_and(|at| at < until));
        let mine_fits = self.mine.as_ref().is_none_or(|login| {
            row.origin == Origin::Ours && row.created_by.as_deref() == Some(login.as_str())
        });
        let text = fold(self.text.trim());
        let text_fits = text.is_empty() || search_text(row).contains(&text);
        kind_fits && status_fits && since_fits && until_fits && mine_fits && text_fits
    }

    /// Reads a typed line. `type=`, `status=`, `since=`, `until=` and `mine` may stand anywhere,
    /// several types or statuses with commas; the other words are free text, as is all behind
    /// `text=`.
    ///
    /// # Errors
    /// Names the word that cannot be read and what could stand there.
    pub fn parse(line: &str, now: &Now) -> Result<QueueFilter, FilterError> {
        let mut filter = QueueFilter::default();
        let mut words: Vec<&str> = Vec::new();
        let mut rest = line.trim();
        while !rest.is_empty() {
            let (word, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if let Some(text) = rest.strip_prefix("text=") {
                words.push(text.trim());
                break;
            }
            rest = tail.trim_start();
            match word.split_once('=') {
                Some((key, value)) => filter.set(key, value, now)?,
                None if word == "mine" => filter.mine = Some(now.login.clone()),
                None => words.push(word),
            }
        }
        filter.text = words.join(" ");
        Ok(filter)
    }

    fn set(&mut self, key: &str, value: &str, now: &Now) -> Result<(), FilterError> {
        let parts = || value.split(',').map(str::trim).filter(|part| !part.is_empty());
        match key {
            "type" => {
                for part in parts() {
                    let kind = request_type(part)?;
                    if !self.types.contains(&kind) {
                        self.types.push(kind);
                    }
                }
            }
            "status" => {
                for part in parts() {
                    let status = status(part);
                    if !self.statuses.contains(&status) {
                        self.statuses.push(status);
                    }
                }
            }
            "since" => self.since = Some(since_instant(day(value, now.today())?, &now.zone)?),
            "until" => self.until = Some(until_instant(day(value, now.today())?, &now.zone)?),
            _ => {
                return Err(FilterError(
                    "a filter knows type=, status=, since=, until=, mine and text=".to_owned(),
                ));
            }
        }
        Ok(())
    }

    /// The filter as a line that [`QueueFilter::parse`] reads back, for the title of the pane.
    pub fn line(&self, zone: &TimeZone) -> String {
        let mut parts = Vec::new();
        if !self.types.is_empty() {
            let types: Vec<&str> = self.types.iter().map(|kind| kind.as_str()).collect();
            parts.push(format!("type={}", types.join(",")));
        }
        if !self.statuses.is_empty() {
            parts.push(format!("status={}", self.statuses.join(",").to_lowercase()));
        }
        if let Some(since) = self.since {
            parts.push(format!("since={}", since.to_zoned(zone.clone()).date()));
        }
        if let Some(until) = self.until {
            let day = until.to_zoned(zone.clone()).date();
            parts.push(format!("until={}", day.yesterday().unwrap_or(day)));
        }
        if self.mine.is_some() {
            parts.push("mine".to_owned());
        }
        if !self.text.is_empty() {
            let reads_back = self
                .text
                .split_whitespace()
                .all(|word| word != "mine" && !word.contains('='));
            let prefix = if reads_back { "" } else { "text=" };
            parts.push(format!("{prefix}{}", self.text));
        }
        parts.join(" ")
    }
}

/// A status as the API writes it.
pub fn status(text: &str) -> String {
    text.trim().to_uppercase().replace('-', "_")
}

fn request_type(text: &str) -> Result<RequestType, FilterError> {
    let text = text.to_ascii_lowercase();
    RequestType::ALL
        .into_iter()
        .find(|kind| kind.as_str().starts_with(&text))
        .ok_or_else(|| FilterError("a type is export, delete or update".to_owned()))
}
