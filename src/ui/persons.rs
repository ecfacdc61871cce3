//! Persons that were found, as rows and in full. Shared by the search pane and the guide.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::View;
use super::widgets::table::{self, Cell, Column};
use super::widgets::text::wrap;
use crate::app::found::Found;
use crate::app::identifiers::word;
use crate::domain::candidate::Candidate;
use crate::domain::mask::mask;
use crate::domain::subject::SubjectKind;

const COLUMNS: [Column; 4] = [
    Column::fixed("", 3, 0),
    Column::growing("PERSON", 12, 0),
    Column::fixed("RECORD", 15, 2),
    Column::growing("MATCHED BY", 10, 1),
];

/// How persons are shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Names and values in full.
    pub revealed: bool,
    /// The selected row has its mark.
    pub selecting: bool,
}

/// Draws the persons as rows.
pub fn rows(frame: &mut Frame, area: Rect, found: &Found, shown: Shown, view: View) {
    table::draw_marked(
        frame,
        area,
        &COLUMNS,
        &found.list,
        shown.selecting,
        view,
        |index| {
            let candidate = found.candidates().get(index);
            candidate
                .map(|candidate| row(candidate, found.is_marked(candidate), shown, view))
                .unwrap_or_default()
        },
    );
}

fn row(candidate: &Candidate, marked: bool, shown: Shown, view: View) -> Vec<Cell> {
    let theme = view.theme;
    let record = match candidate.merge_set.len() {
        0 => kind_word(candidate).to_owned(),
        others => format!("{} +{others}", kind_word(candidate)),
    };
    let record_style = if candidate.is_user {
        theme.warning
    } else {
        theme.dim
    };
    vec![
        ((if marked { "[x]" } else { "[ ]" }).to_owned(), theme.marker),
        (masked(&name(candidate), shown.revealed), theme.text),
        (record, record_style),
        (matched(candidate), theme.dim),
    ]
}

/// The name, else the best word for the person.
fn name(candidate: &Candidate) -> String {
    match &candidate.name {
        Some(name) if !name.is_empty() => name.clone(),
        _ => candidate.subject.label(),
    }
}

fn masked(text: &str, revealed: bool) -> String {
    if revealed { text.to_owned() } else { mask(text) }
}

/// The words for a kind of record.
pub fn kind_word(candidate: &Candidate) -> &'static str {
    match candidate.kind {
        SubjectKind::User => "user (agent)",
        SubjectKind::ExternalContact => "ext. contact",
        SubjectKind::DialerContact => "dialer contact",
        SubjectKind::JourneyCustomer => "journey",
        SubjectKind::Social => "social",
        SubjectKind::ExternalId => "external id",
        SubjectKind::Unlinked => "unlinked",
    }
}

/// `e-mail, name (transliterated)`.
fn matched(candidate: &Candidate) -> String {
    let mut words: Vec<String> = Vec::new();
    for matched in &candidate.matched {
        let plain = matches!(matched.form.as_str(), "as_typed" | "e164");
        let text = if plain {
            word(matched.by).to_owned()
        } else {
            format!("{} ({})", word(matched.by), matched.form.replace('_', " "))
        };
        if !words.contains(&text) {
            words.push(text);
        }
    }
    words.join(", ")
}

/// Everything that came back about one person, broken to `room` columns.
pub fn in_full(candidate: &Candidate, revealed: bool, room: usize, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut say = |label: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("{label}: {}", masked(value, revealed)));
        }
    };
    let subject = &candidate.subject;
    let some = |value: &Option<String>| value.clone().unwrap_or_default();
    say("name", &some(&candidate.name));
    say("e-mail", &subject.email_addresses.join(", "));
    say("phone", &subject.phone_numbers.join(", "));
    say("address", &subject.addresses.join("; "));
    if let Some(handle) = &subject.social_handle {
        let network = some(&handle.kind).to_lowercase();
        say(
            if network.is_empty() { "handle" } else { &network },
            &some(&handle.value),
        );
    }
    say("external id", &some(&subject.external_id));
    say("user", &some(&subject.user_id));
    say("external contact", &some(&subject.external_contact_id));
    if let Some(dialer) = &subject.dialer_contact_id {
        say(
            "dialer contact",
            &format!("{} {}", some(&dialer.contact_list_id), some(&dialer.id)),
        );
    }
    if let Some(journey) = &subject.journey_customer {
        say(
            "journey customer",
            &format!("{} {}", some(&journey.kind), some(&journey.id)),
        );
    }
    let mut lines: Vec<(String, ratatui::style::Style)> =
        lines.into_iter().map(|line| (line, view.theme.text)).collect();
    if candidate.is_user {
        let text = "This is the record of a user of the organisation, never chosen by itself.";
        lines.push((text.to_owned(), view.theme.warning));
    }
    if !candidate.merge_set.is_empty() {
        let text = format!(
            "Merged, a set of {}; Genesys Cloud makes a request of its own for each of the others:",
            candidate.merge_set.len() + 1
        );
        lines.push((text, view.theme.warning));
        for member in &candidate.merge_set {
            let stands = if member.canonical {
                ", stands for the set"
            } else {
                ""
            };
            let name = masked(member.name.as_deref().unwrap_or_default(), revealed);
            let id: String = member.external_contact_id.chars().take(8).collect();
            lines.push((format!("  {id} {name}{stands}"), view.theme.text));
        }
    }
    if !candidate.also.is_empty() {
        let text = "Also tied to this person, and not reached by this request; each needs one of its own:";
        lines.push((text.to_owned(), view.theme.warning));
        for subject in &candidate.also {
            let text = format!(
                "  {} {}",
                subject.kind().as_str().replace('_', " "),
                masked(&subject.label(), revealed)
            );
            lines.push((text, view.theme.text));
        }
    }
    let broken = lines.into_iter().flat_map(|(text, style)| {
        let indent = if text.starts_with("  ") { "   " } else { " " };
        let parts = wrap(&text, room.saturating_sub(4));
        parts
            .into_iter()
            .map(move |part| Line::styled(format!("{indent}{part}"), style))
    });
    broken.collect()
}
