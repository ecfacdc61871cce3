//! From what stands in a form to the act, and to the same as a command. Texts that may name a person
//! are read from standard input there, never written into the line.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Item;
use crate::domain::case::coverage::{Cell, Mark, System};
use crate::domain::case::{CaseKind, Ending, Ground, IdentityResult};
use crate::domain::deadline::Awaited;
use crate::domain::forms::forms;
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::keymap::Action;
use crate::workflow::cases::{Act, Changes, NewCase};

struct Filled<'a> {
    items: &'a [Item],
    today: Date,
}

impl Filled<'_> {
    fn maybe(&self, label: &str) -> Option<String> {
        let found = self.items.iter().find(|item| item.label == label)?;
        Some(found.value().to_owned()).filter(|text| !text.is_empty())
    }

    fn need(&self, label: &str) -> Result<String, String> {
        self.maybe(label).ok_or_else(|| format!("{label} is empty"))
    }

    fn word<T>(&self, label: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let text = self.maybe(label).unwrap_or_default();
        parse(&text).ok_or_else(|| format!("{label}: nothing can be chosen"))
    }

    fn day(&self, label: &str) -> Result<Date, String> {
        let text = self.need(label)?;
        day(&text, self.today)
            .ok_or_else(|| format!("{label}: a day is 2026-11-03, today, or 3d for three days ago"))
    }
}

fn day(text: &str, today: Date) -> Option<Date> {
    if text.eq_ignore_ascii_case("today") {
        return Some(today);
    }
    if let Some(days) = text.strip_suffix('d') {
        let days: i32 = days
            .trim()
            .parse()
            .ok()
            .filter(|days| (0..40_000).contains(days))?;
        return today.checked_sub(days.days()).ok();
    }
    text.parse().ok()
}

/// The act of a form.
pub(super) fn act(action: Action, items: &[Item], today: Date, country: Option<&str>) -> Result<Act, String> {
    let filled = Filled { items, today };
    let f = &filled;
    Ok(match action {
        Action::NewCase => Act::Open(Box::new(new_case(f, country)?)),
        Action::Acknowledge => Act::Acknowledge(f.day("on")?),
        Action::Identity => Act::Identity {
            doubt: f.maybe("doubt").unwrap_or_else(|| "none".to_owned()),
            method: f.need("method")?,
            result: f.word("result", IdentityResult::parse)?,
            on: f.day("on")?,
        },
        Action::Pause => Act::Pause {
            awaited: f.word("awaited", Awaited::parse)?,
            on: f.day("on")?,
            reason: f.need("reason")?,
        },
        Action::Resume => Act::Resume {
            awaited: Some(
                f.word("came", Awaited::parse)
                    .map_err(|_| "nothing is awaited".to_owned())?,
            ),
            on: f.day("on")?,
        },
        Action::Extend => Act::Extend {
            on: f.day("on")?,
            reason: f.need("reason")?,
        },
        Action::Refuse => Act::Refuse {
            ground: f.word("ground", Ground::parse)?,
            reason: f.need("reason")?,
            part: f.maybe("part"),
            on: f.day("on")?,
        },
        Action::Hold => Act::Hold {
            reason: f.need("reason")?,
            until: match f.maybe("until") {
                None => None,
                Some(text) => Some(text.parse().map_err(|_| "until: a day is written 2027-06-30")?),
            },
        },
        Action::LiftHold => Act::Lift {
            hold: f
                .need("hold")
                .map_err(|_| "no hold stands on this case".to_owned())?,
            why: f.need("reason")?,
        },
        Action::Answer => Act::Answer {
            on: f.day("on")?,
            channel: f.need("channel")?,
            sent: f.maybe("sent").map(Into::into),
        },
        Action::Assign => Act::Change(Changes {
            assignee: Some(f.maybe("login").unwrap_or_default()),
            ..Changes::default()
        }),
        Action::Note => Act::Change(Changes {
            note: Some(f.need("note")?),
            ..Changes::default()
        }),
        Action::Cover => Act::Cover {
            system: System::parse(&f.need("system")?),
            cell: Cell {
                mark: mark(f)?,
                evidence: f.maybe("evidence"),
            },
        },
        Action::CloseCase => Act::Close {
            ending: f.word("as", Ending::parse)?,
            why: f.maybe("reason"),
        },
        Action::Record => Act::Record {
            to: f.maybe("to").map(Into::into),
        },
        _ => return Err("there is nothing to do".to_owned()),
    })
}

fn mark(f: &Filled) -> Result<Mark, String> {
    let word = f.need("mark")?;
    let number = match f.maybe("number") {
        None => None,
        Some(text) => Some(
            text.parse::<u64>()
                .map_err(|_| "number: digits only".to_owned())?,
        ),
    };
    let words = f.maybe("whom or why");
    match word.as_str() {
        "told" if words.is_none() => return Err("whom or why: say who was told".to_owned()),
        "not_applicable" | "not_reachable" | "waived" if words.is_none() => {
            return Err("whom or why: say why".to_owned());
        }
        "searched" | "erased" | "exported" | "changed" | "verified" if number.is_none() => {
            return Err("number: say how many".to_owned());
        }
        _ => {}
    }
    Mark::of(&word, number, Some(true), words).ok_or_else(|| "mark: choose one".to_owned())
}

fn new_case(f: &Filled, country: Option<&str>) -> Result<NewCase, String> {
    let mut identifiers = Vec::new();
    for (label, kind) in [
        ("e-mail", IdentifierKind::Email),
        ("phone", IdentifierKind::Phone),
        ("name", IdentifierKind::Name),
        ("external id", IdentifierKind::ExternalId),
    ] {
        let text = f.maybe(label).unwrap_or_default();
        for value in text.split(';').map(str::trim).filter(|value| !value.is_empty()) {
            let identifier = Identifier::new(kind, value);
            forms(&identifier, country).map_err(|wrong| format!("{label}: {wrong}"))?;
            if !identifiers.contains(&identifier) {
                identifiers.push(identifier);
            }
        }
    }
    Ok(NewCase {
        kind: f.word("asked for", CaseKind::parse)?,
        received: f.day("received")?,
        regime: f.maybe("law"),
        country: f.maybe("country"),
        reference: f.maybe("ticket"),
        channel: f.maybe("channel"),
        controller: f.maybe("controller"),
        identifiers,
        assignee: f.maybe("owner"),
        note: f.maybe("note"),
    })
}

/// The same as a command.
pub(super) fn command_line(action: Action, id: Option<&str>, act: Option<&Act>) -> Option<String> {
    let case = id.unwrap_or("CASE");
    Some(match (action, act) {
        (Action::NewCase, Some(Act::Open(new))) => {
            let mut line = format!(
                "dsr cases open --kind {} --received {}",
                new.kind.as_str(),
                new.received
            );
            let mut options: Vec<String> = new
                .identifiers
                .iter()
                .map(|identifier| crate::app::identifiers::option(identifier.kind))
                .collect();
            options.dedup();
            for option in options {
                line.push_str(&format!(" {option}"));
            }
            line
        }
        (Action::NewCase, _) => "dsr cases open --kind KIND --received DAY".to_owned(),
        (_, Some(Act::Acknowledge(on))) => format!("dsr cases acknowledge {case} --on {on}"),
        (_, Some(Act::Identity { result, on, .. })) => format!(
            "dsr cases identity {case} --result {} --method @FILE --on {on}",
            result.as_str().replace('_', "-")
        ),
        (_, Some(Act::Pause { awaited, on, .. })) => {
            format!(
                "dsr cases pause {case} --for {} --reason @FILE --on {on}",
                awaited.as_str()
            )
        }
        (_, Some(Act::Resume { awaited, on })) => {
            let what = awaited
                .map(|it| format!(" --for {}", it.as_str()))
                .unwrap_or_default();
            format!("dsr cases resume {case}{what} --on {on}")
        }
        (_, Some(Act::Extend { on, .. })) => format!("dsr cases extend {case} --reason @FILE --on {on}"),
        (_, Some(Act::Refuse { ground, on, .. })) => format!(
            "dsr cases refuse {case} --ground {} --reason @FILE --on {on}",
            ground.as_str().replace('_', "-")
        ),
        (_, Some(Act::Hold { .. })) => format!("dsr cases hold add --case {case} --reason @FILE"),
        (_, Some(Act::Lift { hold, .. })) => format!("dsr cases hold lift {hold} --reason @FILE"),
        (_, Some(Act::Answer { on, .. })) => format!("dsr cases answer {case} --channel TEXT --on {on}"),
        (Action::Assign, _) => format!("dsr cases assign {case} LOGIN"),
        (Action::Note, _) => format!("dsr cases change {case} --note @FILE"),
        (_, Some(Act::Cover { system, cell })) => format!(
            "dsr cases cell {case} {} --{} …",
            quoted(system.as_str()),
            cell.mark.word().replace('_', "-")
        ),
        (_, Some(Act::Close { ending, .. })) => {
            format!(
                "dsr cases close {case} --as {}",
                ending.as_str().replace('_', "-")
            )
        }
        (Action::Record, _) => format!("dsr cases record {case}"),
        _ => format!("dsr cases show {case}"),
    })
}

fn quoted(name: &str) -> String {
    match name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
}
