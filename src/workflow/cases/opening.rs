//! A case is opened, and what it knows is changed.

use jiff::civil::Date;

use super::{ground, id_of, not_ahead, not_before, open_only, today, usage};
use crate::domain::case::{Case, CaseKind};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::store::CaseEntry;
use crate::workflow::World;

/// What is known when a case is opened. Personal data.
#[derive(Clone)]
pub struct NewCase {
    /// What was asked for.
    pub kind: CaseKind,
    /// Day received.
    pub received: Date,
    /// Code of the regime; the world's when nothing is said.
    pub regime: Option<String>,
    /// Whose holidays count; the world's when nothing is said.
    pub country: Option<String>,
    /// Reference of the ticket.
    pub reference: Option<String>,
    /// How it was received.
    pub channel: Option<String>,
    /// On whose behalf the data is processed.
    pub controller: Option<String>,
    /// What the person is known by.
    pub identifiers: Vec<Identifier>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// A note.
    pub note: Option<String>,
}

impl std::fmt::Debug for NewCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCase")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Opens a case.
///
/// # Errors
/// A day that lies ahead, a regime or country that is not known, storage failures.
pub async fn open(world: &World, new: NewCase) -> Result<Case, Failure> {
    not_ahead(world, "received", new.received)?;
    let regime = new.regime.unwrap_or_else(|| world.rules.regime.code().to_owned());
    let country = match new.country.as_deref() {
        Some("none") => None,
        Some(country) => Some(country.to_ascii_uppercase()),
        None => world.rules.calendar.code().map(str::to_owned),
    };
    let rules = crate::domain::deadline::Rules::named(&regime, country.as_deref())
        .map_err(|why| Failure::new(FailureKind::Usage, why))?;
    let case = Case {
        id: String::new(),
        reference: new.reference,
        kind: new.kind,
        regime: rules.regime.code().to_owned(),
        country,
        received: new.received,
        channel: new.channel,
        controller: new.controller,
        identifiers: new.identifiers,
        assignee: new.assignee,
        waits_for: None,
        acknowledged: None,
        identity: None,
        pauses: Vec::new(),
        extension: None,
        refusals: Vec::new(),
        answer: None,
        ending: None,
        closing_note: None,
        opened_at: world.clock.now(),
        opened_by: world.actor.login.clone(),
        closed_at: None,
        forgotten: false,
    };
    let end = case.reckon(today(world)).end;
    let person = serde_json::to_string(&case.identifiers).unwrap_or_default();
    let mut entry = CaseEntry::new(
        "case.open",
        format!("{} received {}", case.kind.as_str(), case.received),
    )
    .fact("kind", case.kind.as_str())
    .fact("regime", case.regime.clone())
    .fact("received", case.received.to_string())
    .fact("due", end.due.to_string())
    .committed("person", person);
    if let Some(reference) = &case.reference {
        entry = entry.committed("reference", reference.clone());
    }
    if let Some(note) = new.note {
        entry.text.push_str(&format!(": {note}"));
        entry = entry.committed("note", note);
    }
    world.store.open_case(&ground(world), case, entry).await
}

/// What is changed of a case at once.
#[derive(Clone, Default)]
pub struct Changes {
    /// Who works on it; an empty text for nobody.
    pub assignee: Option<String>,
    /// What it waits for; an empty text for nothing.
    pub waits_for: Option<String>,
    /// Reference of the ticket.
    pub reference: Option<String>,
    /// On whose behalf.
    pub controller: Option<String>,
    /// Further identifiers.
    pub identifiers: Vec<Identifier>,
    /// Day on which receipt was confirmed.
    pub acknowledged: Option<Date>,
    /// A note for the trail.
    pub note: Option<String>,
}

/// Changes what a case knows, and writes a note.
pub async fn change(world: &World, handle: &str, changes: Changes) -> Result<Case, Failure> {
    let id = id_of(world, handle).await?;
    let mut text: Vec<String> = Vec::new();
    let mut entry = CaseEntry::new("case.change", "");
    if let Some(day) = changes.acknowledged {
        not_ahead(world, "receipt confirmed", day)?;
        entry = entry.fact("acknowledged", day.to_string());
        text.push(format!("receipt confirmed on {day}"));
    }
    for (name, value) in [
        ("assignee", &changes.assignee),
        ("waits_for", &changes.waits_for),
        ("reference", &changes.reference),
        ("controller", &changes.controller),
        ("note", &changes.note),
    ] {
        if let Some(value) = value {
            entry = entry.committed(name, value.clone());
            text.push(match (name, value.is_empty()) {
                ("note", _) => value.clone(),
                (_, true) => format!("{}: none", name.replace('_', " ")),
                _ => format!("{}: {value}", name.replace('_', " ")),
            });
        }
    }
    if !changes.identifiers.is_empty() {
        entry = entry.committed(
            "person",
            serde_json::to_string(&changes.identifiers).unwrap_or_default(),
        );
        text.push(format!("{} further identifiers", changes.identifiers.len()));
    }
    if text.is_empty() {
        return Err(usage("Nothing to change was said."));
    }
    entry.text = text.join("; ");
    let received_first = changes.acknowledged;
    world
        .store
        .change_case(&ground(world), &id, entry, move |case| {
            open_only(case)?;
            if let Some(day) = received_first {
                not_before(case, day)?;
                case.acknowledged = Some(day);
            }
            let set = |field: &mut Option<String>, value: Option<String>| {
                if let Some(value) = value {
                    *field = Some(value).filter(|value| !value.is_empty());
                }
            };
            set(&mut case.assignee, changes.assignee);
            set(&mut case.waits_for, changes.waits_for);
            set(&mut case.reference, changes.reference);
            set(&mut case.controller, changes.controller);
            for identifier in changes.identifiers {
                if !case.identifiers.contains(&identifier) {
                    case.identifiers.push(identifier);
                }
            }
            Ok(())
        })
        .await
}
