//! Decrypted records.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use serde_json::Value;

use crate::app::records::Records;
use crate::domain::mask::mask;
use crate::domain::text::clean;
use crate::ui::View;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::table::{self, Column};
use crate::ui::widgets::text::wrap;
use crate::workflow::records::{Record, Report};

const COLUMNS: [Column; 5] = [
    Column::fixed("KIND", 11, 0),
    Column::fixed("WHEN", 16, 1),
    Column::growing("PERSON", 22, 0),
    Column::growing("SUBJECT", 18, 0),
    Column::fixed("ATT", 3, 2),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Records, view: View) {
    if let Some(reading) = &modal.reading {
        return super::reading::draw(frame, area, reading);
    }
    let report = &modal.report;
    if !modal.whole && report.records.is_empty() {
        return frame.render_widget(
            Paragraph::new(" The records are being read; none is here yet."),
            area,
        );
    }
    let notes = notes(report, usize::from(area.width).saturating_sub(2), view);
    let below = u16::try_from(notes.len()).unwrap_or(0) + 1;
    let list = Rect {
        height: area.height.saturating_sub(below),
        ..area
    };
    let revealed = view.shared().is_revealed("records");
    table::draw(frame, list, &COLUMNS, &modal.list, view, |row| {
        let Some(record) = modal.shown.get(row).and_then(|place| report.records.get(*place)) else {
            return Vec::new();
        };
        let shown = |text: String| if revealed { text } else { mask(&text) };
        let attachments = match record.attachments.len() {
            0 => String::new(),
            count => count.to_string(),
        };
        vec![
            (record.kind.as_str().to_owned(), view.theme.text),
            (when(record), view.theme.dim),
            (shown(person(record)), view.theme.text),
            (shown(first(record, &["subject", "name"])), view.theme.text),
            (attachments, view.theme.dim),
        ]
    });
    let line = Rect {
        y: list.bottom(),
        height: 1.min(area.height),
        ..area
    };
    let look = FieldLook {
        label: " / ",
        placeholder: "all records; a text, or FIELD=VALUE",
        active: modal.filtering && view.focused,
        masked: true,
    };
    field::draw(frame, line, &modal.line, look, view);
    let rest = Rect {
        y: line.bottom(),
        height: area.bottom().saturating_sub(line.bottom()),
        ..area
    };
    frame.render_widget(Paragraph::new(notes), rest);
}

fn notes(report: &Report, width: usize, view: View) -> Vec<Line<'static>> {
    let mut lines: Vec<Line> = report
        .unreadable
        .iter()
        .take(3)
        .map(|why| Line::styled(format!(" not read: {}", clean(why)), view.theme.error))
        .collect();
    if report.unreadable.len() > 3 {
        let more = format!(" and {} more that were not read", report.unreadable.len() - 3);
        lines.push(Line::styled(more, view.theme.error));
    }
    for hint in &report.hints {
        let wrapped = wrap(hint, width).into_iter().take(4);
        lines.extend(wrapped.map(|line| Line::styled(format!(" {line}"), view.theme.warning)));
    }
    lines.push(Line::styled(
        " These records are the operator's responsibility now; dsr copies tells how long they are kept.",
        view.theme.dim,
    ));
    lines
}

/// The first of these fields that holds a text.
fn first(record: &Record, names: &[&str]) -> String {
    let text = |name: &&str| {
        record
            .record
            .get(*name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    clean(names.iter().find_map(text).unwrap_or_default())
}

/// To the minute, as it stands in the record.
fn when(record: &Record) -> String {
    let text = first(record, &["startDate", "createdDate", "modifiedDate"]);
    text.chars().take(16).collect::<String>().replace('T', " ")
}

/// Name, else an address or number.
fn person(record: &Record) -> String {
    let name = format!(
        "{} {}",
        first(record, &["firstName"]),
        first(record, &["lastName"])
    );
    match name.trim() {
        "" => first(record, &["emailAddress", "phoneNumber"]),
        name => name.to_owned(),
    }
}
