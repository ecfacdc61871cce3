//! The end of a period: counted, moved off days on which nobody works, and told step by step.

use jiff::civil::Date;

use super::length::{Awaited, Length};
use super::{Rules, days_between};

/// One step on the way.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// The day it leads to.
    pub day: Date,
    /// What was done.
    pub text: String,
    /// Where that is written.
    pub source: String,
}

/// A target and the limit that it becomes when it is moved off a day on which nobody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The last day of the period as counted.
    pub target: Date,
    /// The last day on which an answer is in time.
    pub due: Date,
}

/// Steps as they are made.
pub(super) struct Steps(pub(super) Vec<Step>);

impl Steps {
    pub(super) fn add(&mut self, day: Date, text: String, source: String) {
        self.0.push(Step { day, text, source });
    }
}

/// The end alone, when nothing has happened since receipt: for long lists.
pub(super) fn plain(rules: &Rules, received: Date) -> End {
    let target = rules.regime.answer_length().after(received);
    if !rules.regime.is_moved() {
        return End { target, due: target };
    }
    let due = rules.calendar.working_day_from(target);
    let enough = match rules.regime.least_working_days() {
        // Three weeks have enough working days in every country.
        least if least > 0 && days_between(received, due) < 21 => {
            rules.calendar.working_days_after(received, least)
        }
        _ => due,
    };
    let due = if days_between(received, due) < 2 {
        due
    } else {
        due.max(enough)
    };
    End { target, due }
}

/// A period with its end moved off a day on which nobody works.
pub(super) fn period(
    rules: &Rules,
    starts: Date,
    length: Length,
    stopped: i32,
    steps: &mut Steps,
    source: &str,
) -> End {
    let mut target = length.after(starts);
    steps.add(
        target,
        format!("{length} from {starts}"),
        format!("{source}; {}", rules.regime.end_source()),
    );
    if stopped > 0 {
        target = target.saturating_add(jiff::Span::new().days(stopped));
        steps.add(
            target,
            format!("{stopped} days on which the clock stood still are added"),
            rules.regime.while_waiting(Awaited::Clarification).source,
        );
    }
    let Some(moved) = rules.regime.moved_source() else {
        steps.add(
            target,
            "calendar days: the end is not moved".to_owned(),
            rules.regime.end_source(),
        );
        return End { target, due: target };
    };
    let due = rules.calendar.working_day_from(target);
    match rules.calendar.day_off(target) {
        None => steps.add(target, "a working day: not moved".to_owned(), moved),
        Some(why) => steps.add(
            due,
            format!("{target} is {why}: moved to the next working day"),
            moved,
        ),
    }
    let due = enough_working_days(rules, starts, due, steps);
    End { target, due }
}

/// A period of two days or more has at least so many working days.
fn enough_working_days(rules: &Rules, starts: Date, due: Date, steps: &mut Steps) -> Date {
    let Some(least) = rules.regime.working_days() else {
        return due;
    };
    let enough = rules.calendar.working_days_after(starts, least.rule);
    if days_between(starts, due) < 2 || enough <= due {
        return due;
    }
    steps.add(
        enough,
        format!("moved, so that the period has {} working days", least.rule),
        least.source,
    );
    enough
}
