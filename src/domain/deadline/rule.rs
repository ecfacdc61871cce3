//! A public holiday as a rule: on which day it falls in a year, for whom, since when, and what stands
//! in its place on a weekend. Read from a file that may hold anything.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use super::easter;

/// The word for a weekday in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Weekday {
        match day {
            Day::Monday => Weekday::Monday,
            Day::Tuesday => Weekday::Tuesday,
            Day::Wednesday => Weekday::Wednesday,
            Day::Thursday => Weekday::Thursday,
            Day::Friday => Weekday::Friday,
            Day::Saturday => Weekday::Saturday,
            Day::Sunday => Weekday::Sunday,
        }
    }
}

/// What stands in for a holiday that falls on a weekend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Moves {
    /// The next day that is neither on a weekend nor a holiday, beside it.
    WeekendToNextFreeDay,
    /// Friday for a Saturday, Monday for a Sunday, beside it.
    SaturdayToFridaySundayToMonday,
    /// Monday for a Sunday, beside it.
    SundayToMonday,
    /// The Saturday before a Sunday, instead of it.
    SundayToSaturday,
}

/// `[[holidays]]` as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    name: String,
    on: Option<String>,
    easter: Option<i16>,
    weekday: Option<Day>,
    nth: Option<i8>,
    month: Option<i8>,
    before: Option<String>,
    on_or_after: Option<String>,
    #[serde(default)]
    days_later: i8,
    from: Option<i16>,
    until: Option<i16>,
    every: Option<i16>,
    #[serde(default)]
    years: Vec<i16>,
    #[serde(default)]
    instead: BTreeMap<String, String>,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    not_in: Vec<String>,
    moves: Option<Moves>,
}

/// When in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Fixed(i8, i8),
    Easter(i16),
    Nth(i8, Weekday, i8),
    Before(Weekday, i8, i8),
    OnOrAfter(Weekday, i8, i8),
}

/// A checked rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) name: String,
    when: When,
    days_later: i8,
    from: i16,
    until: i16,
    every: Option<i16>,
    years: Vec<i16>,
    instead: BTreeMap<i16, (i8, i8)>,
    regions: Vec<String>,
    not_in: Vec<String>,
    pub(super) moves: Option<Moves>,
}

impl Rule {
    /// Checks what a file says.
    ///
    /// # Errors
    /// What is wrong, with the rule's name cleaned.
    pub(super) fn check(raw: Raw, regions: &BTreeMap<String, String>) -> Result<Rule, String> {
        let name = crate::domain::text::clean(&raw.name);
        let wrong = |what: &str| format!("holiday {name:?}: {what}");
        if name.trim().is_empty() || name.chars().count() > 80 {
            return Err(wrong("a name of 1 to 80 characters is expected"));
        }
        let when = when(&raw).map_err(|what| wrong(&what))?;
        for region in raw.regions.iter().chain(&raw.not_in) {
            if !regions.contains_key(region) {
                return Err(wrong("a region that the file does not list"));
            }
        }
        if raw.every.is_some_and(|years| years < 1) {
            return Err(wrong("every must be at least 1"));
        }
        let mut instead = BTreeMap::new();
        for (year, day) in &raw.instead {
            let year: i16 = year.parse().map_err(|_| wrong("a year is a number"))?;
            instead.insert(year, month_day(day).map_err(|what| wrong(&what))?);
        }
        Ok(Rule {
            when,
            days_later: raw.days_later,
            from: raw.from.unwrap_or(i16::MIN),
            until: raw.until.unwrap_or(i16::MAX),
            every: raw.every,
            years: raw.years,
            instead,
            regions: raw.regions,
            not_in: raw.not_in,
            moves: raw.moves,
            name,
        })
    }

    /// True when it holds in `region`; without one only what holds everywhere.
    pub(super) fn holds_in(&self, region: Option<&str>) -> bool {
        let names = |list: &[String]| region.is_some_and(|region| list.iter().any(|name| name == region));
        (self.regions.is_empty() || names(&self.regions)) && !names(&self.not_in)
    }

    /// Its day in `year`, before anything is moved.
    pub(super) fn day(&self, year: i16) -> Option<Date> {
        let valid = year >= self.from
            && year <= self.until
            && (self.years.is_empty() || self.years.contains(&year))
            && self.every.is_none_or(|every| year % every == 0);
        if !valid {
            return None;
        }
        if let Some((month, day)) = self.instead.get(&year) {
            return Date::new(year, *month, *day).ok();
        }
        let day = match self.when {
            When::Fixed(month, day) => Date::new(year, month, day).ok()?,
            When::Easter(days) => easter::sunday(year)?.checked_add(i32::from(days).days()).ok()?,
            When::Nth(nth, weekday, month) => {
                let first = Date::new(year, month, 1).ok()?;
                first.nth_weekday_of_month(nth, weekday).ok()?
            }
            When::Before(weekday, month, day) => {
                let day = Date::new(year, month, day).ok()?;
                day.nth_weekday(-1, weekday).ok()?
            }
            When::OnOrAfter(weekday, month, day) => {
                let day = Date::new(year, month, day).ok()?.yesterday().ok()?;
                day.nth_weekday(1, weekday).ok()?
            }
        };
        day.checked_add(i32::from(self.days_later).days()).ok()
    }
}

fn when(raw: &Raw) -> Result<When, String> {
    let weekday = |day: Day| Weekday::from(day);
    match (
        &raw.on,
        raw.easter,
        raw.weekday,
        raw.nth,
        raw.month,
        &raw.before,
        &raw.on_or_after,
    ) {
        (Some(on), None, None, None, None, None, None) => {
            month_day(on).map(|(month, day)| When::Fixed(month, day))
        }
        (None, Some(days @ -120..=120), None, None, None, None, None) => Ok(When::Easter(days)),
        (None, None, Some(day), Some(nth @ (-5..=-1 | 1..=5)), Some(month @ 1..=12), None, None) => {
            Ok(When::Nth(nth, weekday(day), month))
        }
        (None, None, Some(day), None, None, Some(before), None) => {
            month_day(before).map(|(month, date)| When::Before(weekday(day), month, date))
        }
        (None, None, Some(day), None, None, None, Some(after)) => {
            month_day(after).map(|(month, date)| When::OnOrAfter(weekday(day), month, date))
        }
        _ => Err(
            "exactly one of these is expected: on; easter (-120 to 120); weekday with nth (1 to 5 or -1 to \
             -5) and month; weekday with before; weekday with on_or_after"
                .to_owned(),
        ),
    }
}

/// `MM-DD`, a day that some year has.
fn month_day(text: &str) -> Result<(i8, i8), String> {
    let wrong = || "a day is written MM-DD".to_owned();
    let (month, day) = text.split_once('-').ok_or_else(wrong)?;
    if month.len() != 2 || day.len() != 2 {
        return Err(wrong());
    }
    let (month, day): (i8, i8) = (
        month.parse().map_err(|_| wrong())?,
        day.parse().map_err(|_| wrong())?,
    );
    Date::new(2024, month, day).map_err(|_| wrong())?;
    Ok((month, day))
}
