//! What a clock does while something is awaited from the person: it begins later, stands, or runs on.

use jiff::civil::Date;

use super::length::{Awaited, WhileWaiting};
use super::period::Steps;
use super::reckon::Facts;
use super::{Rules, days_between};

/// When the clock begins: with receipt, or with the last of what it waits for. While that is awaited
/// it begins today at the earliest.
pub(super) fn beginning(rules: &Rules, facts: &Facts, steps: &mut Steps) -> (Date, Option<Awaited>) {
    let mut starts = facts.received;
    let mut awaited = None;
    for pause in &facts.pauses {
        let waiting = rules.regime.while_waiting(pause.awaited);
        if waiting.rule != WhileWaiting::Begins {
            continue;
        }
        let what = pause.awaited.as_str();
        let (day, text) = match pause.until {
            Some(day) => (
                day,
                format!("{what} asked for on {} came; the clock begins", pause.from),
            ),
            None => {
                awaited = Some(pause.awaited);
                (
                    facts.today.max(pause.from),
                    format!(
                        "{what} asked for on {} is awaited; the clock has not begun",
                        pause.from
                    ),
                )
            }
        };
        if day > starts {
            starts = day;
        }
        steps.add(day, text, waiting.source);
    }
    (starts, awaited)
}

/// How long the clock stood still.
pub(super) struct Stopped {
    pub(super) days: i32,
    pub(super) now: Option<Awaited>,
}

/// Days on which something was awaited, each counted once. A question asked before the clock began
/// stops it from then on only.
pub(super) fn standing(rules: &Rules, facts: &Facts, starts: Date) -> Stopped {
    let mut spans: Vec<(Date, Date)> = Vec::new();
    let mut now = None;
    for pause in &facts.pauses {
        if rules.regime.while_waiting(pause.awaited).rule != WhileWaiting::Stops {
            continue;
        }
        if pause.until.is_none() {
            now = Some(pause.awaited);
        }
        let from = pause.from.max(starts);
        let until = pause.until.unwrap_or(facts.today);
        if until > from {
            spans.push((from, until));
        }
    }
    spans.sort();
    let mut days = 0;
    let mut reached = starts;
    for (from, until) in spans {
        let from = from.max(reached);
        if until > from {
            days += days_between(from, until);
            reached = until;
        }
    }
    Stopped { days, now }
}

impl Stopped {
    /// Adds a step for each thing awaited.
    pub(super) fn tell(&self, rules: &Rules, facts: &Facts, steps: &mut Steps) {
        for pause in &facts.pauses {
            let waiting = rules.regime.while_waiting(pause.awaited);
            let what = pause.awaited.as_str();
            let until = match pause.until {
                Some(day) => format!("until {day}"),
                None => "and is still awaited".to_owned(),
            };
            let effect = match waiting.rule {
                WhileWaiting::Begins => continue,
                WhileWaiting::Stops => "the clock stood still, if it was asked for without undue delay",
                WhileWaiting::Runs => "the clock ran on",
            };
            steps.add(
                pause.from,
                format!("{what} asked for on {} {until}; {effect}", pause.from),
                waiting.source,
            );
        }
    }
}
