//! What an act would write down, in words, before it is done: above all what it does to the clock.

use jiff::civil::Date;

use super::{Act, CaseFile, open_columns, unfinished};
use crate::domain::case::{Awaiting, Case, Ending, Extension, IdentityResult};
use crate::domain::deadline::{Awaited, Rules};

/// The lines of the question. `file` is the case as it was last read; a new one has none, and runs
/// under `rules` unless it says otherwise.
pub fn consequences(act: &Act, file: Option<&CaseFile>, rules: &Rules, today: Date) -> Vec<String> {
    let mut lines = written(act);
    let case = file.map(|file| &file.case);
    match (act, case) {
        (Act::Open(new), _) => {
            let code = new.regime.as_deref().unwrap_or(rules.regime.code());
            let country = match new.country.as_deref() {
                Some("none") => None,
                Some(country) => Some(country.to_ascii_uppercase()),
                None => rules.calendar.code().map(str::to_owned),
            };
            if let Ok(rules) = Rules::named(code, country.as_deref()) {
                lines.push(format!(
                    "Under {} ({}) it is due on {}.",
                    rules.regime.name(),
                    rules.calendar.name(),
                    rules.due(new.received)
                ));
            }
        }
        (Act::Answer { on, .. }, Some(case)) => {
            let due = case.reckon(*on).end.due;
            lines.push(match *on <= due {
                true => format!("The clock stops, in time: the limit is {due}."),
                false => format!("The clock stops, LATE: the limit was {due}."),
            });
        }
        (Act::Close { ending, .. }, Some(_)) => {
            if let Some(file) = file {
                close(*ending, file, &mut lines);
            }
        }
        (_, Some(case)) => clock(act, case, today, &mut lines),
        _ => {}
    }
    lines.push(match act {
        Act::Change(_) | Act::Record { .. } => "It is recorded in the ledger.".to_owned(),
        _ => "It is recorded in the ledger and cannot be taken back, only added to.".to_owned(),
    });
    lines
}

fn close(ending: Ending, file: &CaseFile, lines: &mut Vec<String>) {
    let open = open_columns(file);
    if !open.is_empty() {
        let names = crate::domain::text::clean(&open.join(", "));
        lines.push(format!("Not settled: {names}."));
    } else {
        lines.push("Every system is settled.".to_owned());
    }
    let unfinished = unfinished(file);
    if !unfinished.is_empty() {
        lines.push(format!(
            "Not finished, as far as is known here: requests {}.",
            unfinished.join(", ")
        ));
    }
    if ending == Ending::Answered && file.case.answer.is_none() {
        lines.push("The person has not been answered; it will be refused.".to_owned());
    }
    lines.push("A closed case is not opened again.".to_owned());
}

/// How the limit moves, if it does.
fn clock(act: &Act, case: &Case, today: Date, lines: &mut Vec<String>) {
    let mut then = case.clone();
    match act {
        Act::Pause { awaited, on, .. } => then.pauses.push(Awaiting {
            awaited: awaited.as_str().to_owned(),
            from: *on,
            until: None,
        }),
        Act::Resume { awaited, on } => end_waits(&mut then, *awaited, *on),
        Act::Identity {
            result: IdentityResult::Proved,
            on,
            ..
        } => end_waits(&mut then, Some(Awaited::Identity), *on),
        Act::Extend { on, .. } => {
            let last = case.reckon(today).first.due;
            if *on > last {
                lines.push(format!(
                    "The person had to be told by {last}; this extends nothing."
                ));
            }
            then.extension = Some(Extension {
                told_on: *on,
                reason: String::new(),
                by: String::new(),
            });
        }
        _ => return,
    }
    let (before, after) = (case.reckon(today).end.due, then.reckon(today).end.due);
    lines.push(match before == after {
        true => format!("The limit stays {before}."),
        false => format!("The limit moves from {before} to {after}."),
    });
    if matches!(act, Act::Pause { .. }) && before == after {
        lines.push(
            "Under this law the clock runs on while that is awaited, or stands from today on.".to_owned(),
        );
    }
}

fn end_waits(case: &mut Case, awaited: Option<Awaited>, on: Date) {
    for pause in &mut case.pauses {
        let meant = awaited.is_none_or(|awaited| pause.awaited == awaited.as_str());
        if pause.until.is_none() && meant && pause.from <= on {
            pause.until = Some(on);
        }
    }
}

/// What is written down, word for word where the operator wrote it.
fn written(act: &Act) -> Vec<String> {
    let lines = match act {
        Act::Open(new) => vec![
            format!("{}, received on {}", new.kind.as_str(), new.received),
            match new.identifiers.len() {
                1 => "known by 1 identifier".to_owned(),
                count => format!("known by {count} identifiers"),
            },
        ],
        Act::Acknowledge(on) => vec![format!("receipt confirmed on {on}")],
        Act::Identity {
            method, result, on, ..
        } => vec![format!(
            "identity {} on {on}: {method}",
            result.as_str().replace('_', " ")
        )],
        Act::Pause { awaited, on, reason } => {
            vec![format!("{} asked for on {on}: {reason}", awaited.as_str())]
        }
        Act::Resume { awaited, on } => {
            let what = awaited.map_or("what was awaited", Awaited::as_str);
            vec![format!("{what} came on {on}")]
        }
        Act::Extend { on, reason } => vec![format!("the person was told on {on}: {reason}")],
        Act::Refuse {
            ground,
            reason,
            part,
            on,
        } => vec![
            format!("{} is refused", part.as_deref().unwrap_or("the whole")),
            format!(
                "ground: {} ({})",
                ground.as_str().replace('_', " "),
                ground.source()
            ),
            format!("told on {on}: {reason}"),
        ],
        Act::Hold { reason, until } => vec![
            format!("nothing of this person is erased: {reason}"),
            match until {
                Some(day) => format!("until {day}"),
                None => "until it is lifted".to_owned(),
            },
        ],
        Act::Lift { hold, why } => vec![format!("{hold} no longer stands: {why}")],
        Act::Answer { on, channel, sent } => vec![
            format!("answered on {on} by {channel}"),
            match sent {
                Some(_) => "the digest of what was sent is kept, not the file".to_owned(),
                None => "without a digest of what was sent".to_owned(),
            },
        ],
        Act::Change(_) => Vec::new(),
        Act::Cover { system, cell } => {
            let mark = &cell.mark;
            let mut text = format!("{}: {}", system.as_str().replace('_', " "), mark.words());
            if let Some(detail) = mark.detail() {
                text.push_str(&format!(", {detail}"));
            }
            vec![text]
        }
        Act::Close { ending, why } => {
            let mut lines = vec![format!("closed as {}", ending.as_str().replace('_', " "))];
            lines.extend(why.iter().cloned());
            lines
        }
        Act::Record { .. } => {
            vec!["a page, the data, the evidence, and a script that checks them".to_owned()]
        }
    };
    lines.into_iter().map(|line| format!("  {line}")).collect()
}
