//! Working days of one place: weekends, and the public holidays that a data file tells.

use std::sync::{Arc, OnceLock};

use jiff::civil::{Date, Weekday};

use super::holiday_file;
use super::rule::{Moves, Rule};

/// Years whose days are kept once they were asked for.
const FIRST_YEAR: i16 = 1970;
const KEPT_YEARS: usize = 230;

/// The days of one year that are holidays, with their names.
type Year = Vec<(Date, String)>;

/// What counts as a working day in one place. Clones share what was worked out.
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    code: Option<String>,
    name: String,
    rules: Vec<Rule>,
    years: Vec<OnceLock<Year>>,
}

impl std::fmt::Debug for Calendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Calendar({})", self.code().unwrap_or("weekends only"))
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Calendar) -> bool {
        self.inner.code == other.inner.code && self.inner.rules == other.inner.rules
    }
}

impl Eq for Calendar {}

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar::weekends_only()
    }
}

impl Calendar {
    /// Saturdays and Sundays alone.
    pub fn weekends_only() -> Calendar {
        Calendar::of(None, "weekends only".to_owned(), Vec::new())
    }

    /// The calendar of `DE` or `DE-BY`, in any case.
    ///
    /// # Errors
    /// A sentence that lists what is known.
    pub fn named(code: &str) -> Result<Calendar, String> {
        let wanted = code.trim().to_ascii_uppercase();
        let country = wanted.split('-').next().unwrap_or_default();
        if let Some(added) = super::added::HOLIDAYS.get(country) {
            return Calendar::parse(&added.text, &wanted);
        }
        let Some((_, text)) = holiday_file::FILES.iter().find(|(known, _)| *known == country) else {
            return Err(format!(
                "The holidays of {} are not known. Known are {}.",
                crate::domain::text::clean(code),
                holiday_file::known().join(", ")
            ));
        };
        Calendar::parse(text, &wanted)
    }

    /// The calendar that a file of the same form tells, for `CC` or `CC-REGION`.
    ///
    /// # Errors
    /// What is wrong with the file, or that it has no such region.
    pub fn parse(text: &str, wanted: &str) -> Result<Calendar, String> {
        let file = holiday_file::read(text)?;
        let (country, region) = match wanted.split_once('-') {
            Some((country, region)) => (country, Some(region)),
            None => (wanted, None),
        };
        if country != file.country {
            return Err(format!("The holiday file is of {}.", file.country));
        }
        let country_name = crate::domain::text::clean(&file.name);
        let name = match region {
            None => country_name,
            Some(region) => match file.regions.get(region) {
                Some(name) => format!("{country_name}, {}", crate::domain::text::clean(name)),
                None => return Err(holiday_file::unknown_region(&file, region)),
            },
        };
        let mut rules = Vec::new();
        for raw in file.holidays {
            let rule = Rule::check(raw, &file.regions)?;
            if rule.holds_in(region) {
                rules.push(rule);
            }
        }
        Ok(Calendar::of(Some(wanted.to_owned()), name, rules))
    }

    fn of(code: Option<String>, name: String, rules: Vec<Rule>) -> Calendar {
        Calendar {
            inner: Arc::new(Inner {
                code,
                name,
                rules,
                years: (0..KEPT_YEARS).map(|_| OnceLock::new()).collect(),
            }),
        }
    }

    /// `DE-BY`; `None` where only weekends count.
    pub fn code(&self) -> Option<&str> {
        self.inner.code.as_deref()
    }

    /// The place in words.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The public holidays of a year in order, those on weekends too.
    pub fn holidays(&self, year: i16) -> Vec<(Date, String)> {
        match self.kept(year) {
            Some(kept) => kept.clone(),
            None => self.work_out(year),
        }
    }

    fn kept(&self, year: i16) -> Option<&Year> {
        let at = usize::try_from(year.checked_sub(FIRST_YEAR)?).ok()?;
        Some(self.inner.years.get(at)?.get_or_init(|| self.work_out(year)))
    }

    /// The name of the public holiday on a day.
    pub fn holiday(&self, day: Date) -> Option<String> {
        if self.inner.rules.is_empty() {
            return None;
        }
        let find = |year: &Year| {
            year.iter()
                .find(|(date, _)| *date == day)
                .map(|(_, name)| name.clone())
        };
        match self.kept(day.year()) {
            Some(year) => find(year),
            None => find(&self.work_out(day.year())),
        }
    }

    /// Why nobody works on a day: `Saturday`, `Sunday` or the name of a holiday; `None` on a working
    /// day.
    pub fn day_off(&self, day: Date) -> Option<String> {
        match day.weekday() {
            Weekday::Saturday => Some("Saturday".to_owned()),
            Weekday::Sunday => Some("Sunday".to_owned()),
            _ => self.holiday(day),
        }
    }

    /// True on a working day.
    pub fn is_working(&self, day: Date) -> bool {
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            return false;
        }
        match self.kept(day.year()) {
            _ if self.inner.rules.is_empty() => true,
            Some(year) => year.iter().all(|(date, _)| *date != day),
            None => self.holiday(day).is_none(),
        }
    }

    /// The day itself, or the next working day after it. The end of the calendar stays where it is.
    pub fn working_day_from(&self, day: Date) -> Date {
        let mut day = day;
        // No country has a month without a working day; the bound is for a file that says so.
        for _ in 0..400 {
            if self.is_working(day) {
                return day;
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => return day,
            }
        }
        day
    }

    /// The day on which the `count`th working day after `day` falls.
    pub fn working_days_after(&self, day: Date, count: u16) -> Date {
        let mut day = day;
        for _ in 0..count {
            match day.tomorrow() {
                Ok(next) => day = self.working_day_from(next),
                Err(_) => return day,
            }
        }
        day
    }

    /// A substitute may fall into the year before or after that of its holiday.
    fn work_out(&self, year: i16) -> Year {
        let mut days: Year = Vec::new();
        for year in [year.saturating_sub(1), year, year.saturating_add(1)] {
            let found: Vec<(Date, &Rule)> = self
                .inner
                .rules
                .iter()
                .filter_map(|rule| Some((rule.day(year)?, rule)))
                .collect();
            days.extend(with_substitutes(&found));
        }
        days.retain(|(day, _)| day.year() == year);
        days.sort();
        days.dedup();
        days
    }
}

fn with_substitutes(found: &[(Date, &Rule)]) -> Year {
    let mut days: Year = Vec::new();
    let weekend = |day: Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    for (day, rule) in found {
        let moved_away = rule.moves == Some(Moves::SundayToSaturday) && day.weekday() == Weekday::Sunday;
        if !moved_away {
            days.push((*day, rule.name.clone()));
        }
    }
    let mut in_order = found.to_vec();
    in_order.sort_by_key(|(day, _)| *day);
    for (day, rule) in in_order {
        let substitute = match (rule.moves, day.weekday()) {
            (Some(Moves::WeekendToNextFreeDay), Weekday::Saturday | Weekday::Sunday) => {
                let mut next = day.tomorrow().ok();
                while let Some(free) = next {
                    if !weekend(free) && days.iter().all(|(taken, _)| *taken != free) {
                        break;
                    }
                    next = free.tomorrow().ok();
                }
                next
            }
            (Some(Moves::SaturdayToFridaySundayToMonday), Weekday::Saturday)
            | (Some(Moves::SundayToSaturday), Weekday::Sunday) => day.yesterday().ok(),
            (Some(Moves::SaturdayToFridaySundayToMonday | Moves::SundayToMonday), Weekday::Sunday) => {
                day.tomorrow().ok()
            }
            _ => None,
        };
        days.extend(substitute.map(|day| (day, rule.name.clone())));
    }
    days
}
