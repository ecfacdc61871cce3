//! From what happened to the day on which an answer is due, with every step and its source.

use jiff::civil::Date;

use super::Rules;
use super::length::Awaited;
use super::period::{End, Step, Steps, period};
use super::waiting::{beginning, standing};

/// Something awaited from the person: asked for on a day, and come on another or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What was asked for.
    pub awaited: Awaited,
    /// Day on which it was asked for.
    pub from: Date,
    /// Day on which it came.
    pub until: Option<Date>,
}

/// What happened, as far as the clock cares. Days are civil days in the controller's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Day on which the request was received.
    pub received: Date,
    /// What was asked for since, in any order.
    pub pauses: Vec<Pause>,
    /// Day on which the person was told of an extension and its reasons.
    pub extended: Option<Date>,
    /// The day on which this is worked out: a pause that lasts is counted until it.
    pub today: Date,
}

impl Facts {
    /// A request received on a day, and nothing since.
    pub fn received(received: Date) -> Facts {
        Facts {
            received,
            pauses: Vec::new(),
            extended: None,
            today: received,
        }
    }
}

/// What the clock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reckoning {
    /// The end that holds.
    pub end: End,
    /// The end without an extension: a refusal and the notice of an extension are due by it.
    pub first: End,
    /// What an extension with notice in time would make of it; `None` where the regime knows none.
    pub extensible: Option<End>,
    /// True when an extension was told in time.
    pub extended: bool,
    /// The day from which the clock runs.
    pub starts: Date,
    /// Last day to confirm receipt, where the regime asks for that.
    pub acknowledge_by: Option<Date>,
    /// What is awaited now while the clock stands; the end then moves day by day.
    pub stands: Option<Awaited>,
    /// Each step.
    pub steps: Vec<Step>,
}

/// Works it out.
pub fn reckon(rules: &Rules, facts: &Facts) -> Reckoning {
    let mut steps = Steps(Vec::new());
    let regime = &rules.regime;
    steps.add(
        facts.received,
        format!("received; the clock of {} applies", regime.name()),
        regime.answer().source,
    );
    let (starts, begun) = beginning(rules, facts, &mut steps);
    let acknowledge_by = regime.acknowledgement().map(|days| {
        let by = rules.calendar.working_days_after(facts.received, days.rule);
        steps.add(
            by,
            format!("receipt is to be confirmed within {} business days", days.rule),
            days.source,
        );
        by
    });
    steps.add(
        starts,
        "this day is the event; counting begins with the day after it".to_owned(),
        regime.first_day_source(),
    );
    let stopped = standing(rules, facts, starts);
    let answer = regime.answer();
    let first = period(
        rules,
        starts,
        answer.rule,
        stopped.days,
        &mut steps,
        &answer.source,
    );
    steps.add(
        first.due,
        "a refusal with its reasons is due by this day too".to_owned(),
        regime.refusal_source(),
    );
    stopped.tell(rules, facts, &mut steps);
    let longer = extension(rules, facts, starts, first, stopped.days, &mut steps);
    let extended = longer.is_some_and(|(_, in_time)| in_time);
    let extensible = longer.map(|(end, _)| end);
    let end = if extended {
        extensible.unwrap_or(first)
    } else {
        first
    };
    Reckoning {
        end,
        first,
        extensible,
        extended,
        starts,
        acknowledge_by,
        stands: stopped.now.or(begun),
        steps: steps.0,
    }
}

/// What an extension makes of the end, and whether the person was told of one in time.
fn extension(
    rules: &Rules,
    facts: &Facts,
    starts: Date,
    first: End,
    stopped: i32,
    steps: &mut Steps,
) -> Option<(End, bool)> {
    let extension = rules.regime.extension()?;
    let (by, whole) = extension.rule;
    let mut longer_steps = Steps(Vec::new());
    let longer = period(
        rules,
        starts,
        whole,
        stopped,
        &mut longer_steps,
        &extension.source,
    );
    let limit = first.due;
    match facts.extended {
        Some(told) if told <= limit => {
            let text = format!("extended by {by}: the person was told on {told}, in time until {limit}");
            steps.add(told, text, extension.source);
            steps.0.extend(longer_steps.0);
            Some((longer, true))
        }
        Some(told) => {
            let text = format!("the notice of an extension came after {limit}, too late to count");
            steps.add(told, text, extension.source);
            Some((longer, false))
        }
        None => {
            let text = format!("could be extended by {by} to this day, if the person is told why by {limit}");
            steps.add(longer.due, text, extension.source);
            Some((longer, false))
        }
    }
}
