//! The entries of the ledger about a case, with their places in the log.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use serde_json::Value;

use crate::app::ledger_view::LedgerView;
use crate::app::time;
use crate::domain::text::clean;
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::wrap;
use crate::workflow::evidence::Shown;

const COLUMNS: [Column; 5] = [
    Column::fixed("INDEX", 7, 0),
    Column::fixed("TIME", 12, 0),
    Column::fixed("BY", 10, 1),
    Column::fixed("ACTION", 18, 0),
    Column::growing("FACTS", 20, 0),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &LedgerView, view: View) {
    if let Some(failure) = &modal.failure {
        let lines = failure_lines(failure, usize::from(area.width).saturating_sub(2));
        return frame.render_widget(Paragraph::new(lines), area);
    }
    let Some(found) = &modal.found else {
        return frame.render_widget(Paragraph::new(" The ledger is being read."), area);
    };
    let said = format!(
        "Signed entries, each with its place in the log; identifiers and texts stand in it as commitments only.{} \
         dsr cases record writes them with their proofs.",
        match found.unsigned {
            0 => String::new(),
            waiting => format!(" {waiting} entries wait for their signature: dsr doctor says why."),
        }
    );
    let lines: Vec<Line> = wrap(&said, usize::from(area.width).saturating_sub(2))
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), view.theme.dim))
        .collect();
    let below = u16::try_from(lines.len()).unwrap_or(1).min(area.height);
    let list = Rect {
        height: area.height - below,
        ..area
    };
    table::draw(frame, list, &COLUMNS, &modal.list, view, |place| {
        let shown = found.entries.get(place);
        shown.map(|shown| cells(shown, view)).unwrap_or_default()
    });
    let foot = Rect {
        y: list.bottom(),
        height: below,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), foot);
}

fn cells(shown: &Shown, view: View) -> Vec<Cell> {
    let (theme, shared) = (view.theme, view.shared());
    let entry = &shown.entry;
    let zone = shared.world.as_ref().map(|world| &world.time_zone);
    let at: Option<jiff::Timestamp> = entry["at"].as_str().and_then(|text| text.parse().ok());
    let at = at
        .zip(zone)
        .map(|(at, zone)| time::moment(at, zone, shared.now))
        .unwrap_or_default();
    let word = |value: &Value| clean(value.as_str().unwrap_or_default());
    vec![
        (shown.index.to_string(), theme.dim),
        (at, theme.text),
        (word(&entry["actor"]["login"]), theme.text),
        (word(&entry["action"]), theme.text),
        (facts(entry), theme.dim),
    ]
}

/// Facts that are digests of something that is known: of a plan, an answer, a page, a checkpoint.
const DIGESTS: [&str; 5] = ["digest", "plan", "data", "page", "checkpoint"];

/// `due 2026-12-07, kind erasure`; what is a commitment is only named.
fn facts(entry: &Value) -> String {
    let Some(facts) = entry["facts"].as_object() else {
        return String::new();
    };
    let mut words: Vec<String> = facts
        .iter()
        .filter(|(name, value)| *name != "case" && !value.is_null())
        .map(|(name, value)| match value {
            // A digest of what is no secret tells what it is; everything else of that form is a commitment.
            Value::String(text) if DIGESTS.contains(&name.as_str()) => {
                format!("{name} {}", text.chars().take(12).collect::<String>())
            }
            Value::String(text) if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
                format!("{name} committed")
            }
            Value::String(text) => format!("{name} {text}"),
            other => format!("{name} {other}"),
        })
        .collect();
    if let Some(operation) = entry["operation_id"].as_str() {
        words.push(format!("operation {operation}"));
    }
    clean(&words.join(", "))
}
