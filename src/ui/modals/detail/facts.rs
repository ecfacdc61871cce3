//! The facts of a request, a line each.

use ratatui::text::{Line, Span};

use crate::app::detail::DetailView;
use crate::app::time;
use crate::domain::mask::mask;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::queue::{Origin, TimelineKind};
use crate::domain::subject::Subject;
use crate::ui::View;
use crate::ui::widgets::text::wrap;
use crate::workflow::queue::Detail;

/// Width of the words in front.
const WORDS: usize = 12;

/// All facts, broken to `room` columns.
pub(super) fn lines(modal: &DetailView, detail: &Detail, room: usize, view: View) -> Vec<Line<'static>> {
    let mut facts = Facts {
        lines: Vec::new(),
        room,
        view,
    };
    facts.add("status", &status(detail, view));
    facts.add(
        "person",
        &format!("{}, {}", facts.shown(&detail.row.label), kind_of(detail)),
    );
    facts.add("submitted", &submitted(detail, view));
    facts.add("due", &due(detail, view));
    facts.add(
        "reference",
        detail.row.reference.as_deref().unwrap_or("no case or ticket"),
    );
    if let Some(operation) = &detail.operation {
        facts.operation(operation);
    }
    facts.subject(&detail.row.subject.unpack());
    for term in &detail.replacement_terms {
        let text = format!(
            "{} {} becomes {}",
            term.kind.as_str(),
            facts.shown(&term.existing_value),
            facts.shown(&term.updated_value)
        );
        facts.add("replaces", &text);
    }
    facts.add("id", detail.row.id.as_deref().unwrap_or("not known yet"));
    if !detail.related.is_empty() {
        let text = time::counted(detail.related.len(), "request", "requests") + " of the same merge set";
        facts.add("beside it", &text);
    }
    if let Some(settled) = &modal.settled {
        facts.add("looked for", settled);
    }
    facts.add("as command", &detail.command);
    facts.lines
}

struct Facts<'a> {
    lines: Vec<Line<'static>>,
    room: usize,
    view: View<'a>,
}

impl Facts<'_> {
    fn add(&mut self, word: &str, text: &str) {
        let parts = wrap(text, self.room.saturating_sub(WORDS + 1).max(10));
        for (index, part) in parts.into_iter().enumerate() {
            let word = if index == 0 { word } else { "" };
            let word = Span::styled(format!(" {word:<WORDS$}"), self.view.theme.heading);
            self.lines.push(Line::from(vec![word, Span::raw(part)]));
        }
    }

    fn shown(&self, value: &str) -> String {
        if self.view.shared().is_revealed("detail") {
            value.to_owned()
        } else {
            mask(value)
        }
    }

    fn operation(&mut self, operation: &Operation) {
        self.add("by", &format!("{}, operation {}", operation.actor, operation.id));
        if let Some(reason) = &operation.reason {
            let reason = self.shown(reason);
            self.add("reason", &reason);
        }
        if let Some(id) = &operation.waits_for {
            self.add("waits for", &format!("{id}, until the copy is here and checked"));
        }
        if let (Some(detail), true) = (&operation.detail, operation.state != OperationState::Accepted) {
            self.add("seen", detail);
        }
        let answer = [
            operation.http_status.map(|status| format!("HTTP {status}")),
            operation
                .correlation_id
                .as_ref()
                .map(|id| format!("correlation {id}")),
        ];
        let answer: Vec<String> = answer.into_iter().flatten().collect();
        if !answer.is_empty() {
            self.add("answer", &answer.join(", "));
        }
    }

    fn subject(&mut self, subject: &Subject) {
        let ids = [
            ("user", subject.user_id.clone()),
            ("contact", subject.external_contact_id.clone()),
            (
                "dialer",
                subject
                    .dialer_contact_id
                    .as_ref()
                    .and_then(|dialer| dialer.id.clone()),
            ),
            (
                "journey",
                subject
                    .journey_customer
                    .as_ref()
                    .and_then(|journey| journey.id.clone()),
            ),
            (
                "social",
                subject
                    .social_handle
                    .as_ref()
                    .and_then(|social| social.value.clone()),
            ),
            ("external id", subject.external_id.clone()),
        ];
        let ids = ids
            .into_iter()
            .filter_map(|(word, id)| Some(format!("{word} {}", self.shown(&id?))));
        let values = subject
            .email_addresses
            .iter()
            .chain(&subject.phone_numbers)
            .chain(&subject.addresses);
        let all: Vec<String> = ids.chain(values.map(|value| self.shown(value))).collect();
        if !all.is_empty() {
            self.add("identifiers", &all.join(", "));
        }
    }
}

fn status(detail: &Detail, view: View) -> String {
    let seen = detail
        .timeline
        .iter()
        .rev()
        .find(|entry| entry.kind == TimelineKind::Status);
    let world = view.shared().world.as_ref();
    match (seen, world) {
        (Some(entry), Some(world)) => {
            let at = time::moment(entry.at, &world.time_zone, view.shared().now);
            format!("{}, seen since {at}", detail.row.status)
        }
        _ => detail.row.status.to_string(),
    }
}

fn kind_of(detail: &Detail) -> String {
    detail.row.subject.unpack().kind().as_str().replace('_', " ")
}

fn submitted(detail: &Detail, view: View) -> String {
    let world = view.shared().world.as_ref();
    let at = detail.row.sent_at().zip(world);
    let at = at.map(|(at, world)| time::moment(at, &world.time_zone, view.shared().now));
    let by = detail.row.created_by.as_deref().unwrap_or("unknown");
    let origin = match detail.row.origin {
        Origin::Ours => "from here",
        Origin::Elsewhere => "from elsewhere",
        Origin::MergeSet => "by Genesys Cloud, for a merge set",
    };
    format!("{} by {by}, {origin}", at.unwrap_or_else(|| "not yet".to_owned()))
}

fn due(detail: &Detail, view: View) -> String {
    let zone = view.shared().world.as_ref().map(|world| &world.time_zone);
    let today = view
        .shared()
        .now
        .zip(zone)
        .map(|(now, zone)| time::today(now, zone));
    let received = detail.operation.as_ref().and_then(|operation| operation.received);
    match (detail.row.due, received) {
        (Some(due), Some(received)) => {
            let world = view.shared().world.as_ref();
            let rules = world.map(|world| world.rules.clone()).unwrap_or_default();
            format!(
                "{}, {}; {}",
                time::day(due, today),
                rules.explanation(received),
                rules.calendar.name()
            )
        }
        (Some(due), None) => time::day(due, today),
        (None, _) => "not known: no day of receipt was given".to_owned(),
    }
}
