//! The last step: what exactly would be sent, and afterwards what became of it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use serde_json::Value;

use crate::app::guide::{Guide, Sending, outcome};
use crate::app::time;
use crate::domain::mask::mask;
use crate::domain::operation::Operation;
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::text::wrap;
use crate::workflow::plan::{Earlier, Plan};

/// Draws the preview or the outcome.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Guide, view: View) {
    let mut page = Page {
        lines: Vec::new(),
        room: usize::from(area.width),
    };
    match &modal.sending {
        Sending::Running(_) => page.say(
            "Being sent. What was sent runs on to its outcome whatever happens to this screen.",
            view.theme.text,
        ),
        Sending::Ended(operations) => ended(&mut page, operations, view),
        Sending::Not => planned(&mut page, modal, view),
    }
    let last = page.lines.len().saturating_sub(usize::from(area.height));
    let first = modal.scroll.min(last);
    let lines: Vec<Line> = page
        .lines
        .into_iter()
        .skip(first)
        .take(usize::from(area.height))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// Lines broken to the width.
struct Page {
    lines: Vec<Line<'static>>,
    room: usize,
}

impl Page {
    fn say(&mut self, text: &str, style: Style) {
        self.indented(text, 0, style);
    }

    fn indented(&mut self, text: &str, by: usize, style: Style) {
        let indent = " ".repeat(by);
        let parts = wrap(text, self.room.saturating_sub(by));
        self.lines.extend(
            parts
                .into_iter()
                .map(|part| Line::styled(format!("{indent}{part}"), style)),
        );
    }
}

fn planned(page: &mut Page, modal: &Guide, view: View) {
    if let Some(failure) = &modal.failure {
        page.lines.extend(failure_lines(failure, page.room));
        page.lines.push(Line::raw(""));
    }
    let Some(plan) = &modal.plan else {
        if modal.planning(view.shared()) {
            page.say(
                "The preview is being made: earlier requests and merge sets are looked up.",
                view.theme.text,
            );
        }
        return;
    };
    earlier(page, plan, modal.again, view);
    calls(page, plan, view);
    for text in &plan.reaches {
        page.say(&format!("reaches: {text}"), view.theme.text);
    }
    for text in &plan.warnings {
        page.say(text, view.theme.warning);
    }
    if !plan.warnings.iter().any(|text| text.contains("no cancel")) {
        let text = "Genesys Cloud has no cancel: once submitted, it is carried out.";
        page.say(text, view.theme.warning);
    }
    let zone = view.shared().world.as_ref().map(|world| &world.time_zone);
    let today = view
        .shared()
        .now
        .zip(zone)
        .map(|(now, zone)| time::today(now, zone));
    match (plan.due, today) {
        (Some(due), Some(today)) => {
            let days = time::days_until(due, today);
            page.say(&format!("due: {due}, {days} days from today"), view.theme.text);
        }
        _ => page.say("due: not known, no day of receipt was given", view.theme.dim),
    }
    // A plan of several calls is a command each.
    for (at, command) in plan.command.lines().enumerate() {
        let words = match at {
            0 => format!("the same as a command: {command}"),
            _ => format!("and then: {command}"),
        };
        page.say(&words, view.theme.dim);
    }
    page.say(&format!("plan {}", plan.digest), view.theme.dim);
}

/// Earlier requests for the same person stand first: they may be the reason not to submit.
fn earlier(page: &mut Page, plan: &Plan, again: bool, view: View) {
    for one in &plan.earlier {
        let style = if one.blocks {
            view.theme.error
        } else {
            view.theme.warning
        };
        page.say(&words(one, view), style);
    }
    if plan.earlier.iter().any(|one| one.blocks) {
        let key = view
            .shared()
            .options
            .keymap
            .hint(Context::Guide, Action::Again)
            .unwrap_or_default();
        let said = if again {
            "An equal request is open. It will be submitted although."
        } else {
            "An equal request is open: this one is not submitted."
        };
        page.say(&format!("{said} {key} changes that."), view.theme.error);
    }
}

/// `earlier: delete DELETING, by jdoe, 12 min ago (7f3a…)`.
fn words(one: &Earlier, view: View) -> String {
    let kind = one.kind.map_or("request", |kind| kind.as_str());
    let mut text = format!("earlier: {kind} {}", one.status);
    if let Some(by) = &one.by {
        text.push_str(&format!(", by {by}"));
    }
    if let Some((at, now)) = one.at.zip(view.shared().now) {
        text.push_str(&format!(", {} ago", time::age(at, now)));
    }
    let short: String = one.id.chars().take(8).collect();
    text.push_str(&format!(" ({short})"));
    text
}

fn calls(page: &mut Page, plan: &Plan, view: View) {
    let revealed = view.shared().is_revealed("guide");
    let all = plan.calls.len();
    for (index, call) in plan.calls.iter().enumerate() {
        let person = if revealed {
            call.label.clone()
        } else {
            mask(&call.label)
        };
        let later = if call.waits_for.is_some() {
            ", waits for the copy"
        } else {
            ""
        };
        let head = format!(
            "call {} of {all}: {} of {person}{later}",
            index + 1,
            call.request.kind
        );
        page.say(&head, view.theme.heading);
        page.indented(&format!("{} {}", call.method, call.path), 2, view.theme.text);
        for line in body(&call.body, revealed).lines() {
            let by = 2 + line.len() - line.trim_start().len();
            page.indented(line, by, view.theme.text);
        }
    }
}

/// The body as it will be sent, the values of the person masked until they are revealed. Ids of
/// Genesys Cloud stay: they say nothing about the person, and everything about what will be touched.
fn body(body: &str, revealed: bool) -> String {
    if revealed {
        return body.to_owned();
    }
    match serde_json::from_str::<Value>(body) {
        Ok(mut value) => {
            masked(&mut value, None);
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        Err(_) => mask(body),
    }
}

fn masked(value: &mut Value, key: Option<&str>) {
    match value {
        Value::String(text) => {
            let technical = matches!(key, Some("requestType" | "type")) || text.parse::<uuid::Uuid>().is_ok();
            if !technical {
                *text = mask(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| masked(item, key)),
        Value::Object(fields) => fields
            .iter_mut()
            .for_each(|(key, value)| masked(value, Some(key))),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn ended(page: &mut Page, operations: &[Operation], view: View) {
    let revealed = view.shared().is_revealed("guide");
    for operation in operations {
        let told = outcome::tell(operation);
        let style = if told.good {
            view.theme.good
        } else {
            view.theme.error
        };
        let person = if revealed {
            operation.label.clone()
        } else {
            mask(&operation.label)
        };
        page.say(
            &format!("{}: {} of {person}", told.word, operation.request.kind),
            style,
        );
        page.indented(&told.what, 2, view.theme.text);
        if let Some(next) = told.next {
            page.indented(next, 2, view.theme.warning);
        }
        if let Some(id) = &operation.correlation_id {
            page.indented(&format!("correlation {id}"), 2, view.theme.dim);
        }
    }
    page.lines.push(Line::raw(""));
    page.say("It stands in the requests from now on.", view.theme.dim);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_and_values_of_the_person_are_masked() {
        let text = r#"{"requestType":"GDPR_UPDATE","subject":{"name":"Anna Muster",
            "externalContactId":"0b0b0b0b-0000-4000-8000-00000000000b","emailAddresses":["anna@example.org"]},
            "replacementTerms":[{"type":"EMAIL","existingValue":"old@example.org","updatedValue":"new@example.org"}]}"#;
        let shown = body(text, false);
        for kept in ["GDPR_UPDATE", "EMAIL", "0b0b0b0b-0000-4000-8000-00000000000b"] {
            assert!(shown.contains(kept), "{shown}");
        }
        for gone in ["Muster", "anna@", "old@", "new@"] {
            assert!(!shown.contains(gone), "{shown}");
        }
        assert_eq!(body(text, true), text);
    }
}
