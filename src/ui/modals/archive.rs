//! A readable view of an archive.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::reading;
use crate::app::archive::Archive;
use crate::app::time;
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::table::{self, Column};
use crate::ui::widgets::text::wrap;
use crate::workflow::archive::ArchiveView;

const COLUMNS: [Column; 4] = [
    Column::fixed("KIND", 10, 0),
    Column::fixed("SERVICE", 18, 1),
    Column::growing("ENTRY", 30, 0),
    Column::fixed("BYTES", 10, 2),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Archive, view: View) {
    if let Some(reading) = &modal.reading {
        return reading::draw(frame, area, reading);
    }
    let Some(archive) = &modal.view else {
        let text = if modal.is_opening(view.shared()) {
            " The archive is being read."
        } else {
            " The archive could not be read; the notices say why. The file is as it was."
        };
        return frame.render_widget(Paragraph::new(text), area);
    };
    let room = usize::from(area.width).saturating_sub(2);
    let lines = below(modal, archive, room, view);
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .min(area.height / 2);
    let list = Rect {
        height: area.height.saturating_sub(height + 1),
        ..area
    };
    table::draw(frame, list, &COLUMNS, &modal.list, view, |row| {
        let Some(entry) = modal.shown.get(row).and_then(|place| archive.entries.get(*place)) else {
            return Vec::new();
        };
        let bytes = time::count(usize::try_from(entry.bytes).unwrap_or(usize::MAX));
        vec![
            (entry.kind.as_str().to_owned(), view.theme.text),
            (entry.service.clone(), view.theme.text),
            (entry.name.clone(), view.theme.text),
            (format!("{bytes:>10}"), view.theme.dim),
        ]
    });
    let line = Rect {
        y: list.bottom(),
        height: 1,
        ..area
    };
    let look = FieldLook {
        label: " / ",
        placeholder: "all entries",
        active: modal.filtering && view.focused,
        masked: false,
    };
    field::draw(frame, line, &modal.line, look, view);
    let rest = Rect {
        y: line.bottom(),
        height,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), rest);
}

/// The beginning of the selected entry, what could not be read, what such archives never hold.
fn below(modal: &Archive, archive: &ArchiveView, room: usize, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut say = |text: &str, style| {
        lines.extend(
            wrap(text, room)
                .into_iter()
                .map(|line| Line::styled(format!(" {line}"), style)),
        );
    };
    for trouble in archive.unreadable.iter().chain(&archive.warnings).take(4) {
        say(&format!("not as it should be: {trouble}"), view.theme.error);
    }
    let more = (archive.unreadable.len() + archive.warnings.len()).saturating_sub(4);
    if more > 0 {
        say(
            &format!("and {more} more; dsr archive show lists them"),
            view.theme.error,
        );
    }
    if !archive.not_covered.is_empty() {
        say(
            &format!("never in such an archive: {}", archive.not_covered.join(", ")),
            view.theme.dim,
        );
    }
    let keymap = &view.shared().options.keymap;
    let key = |action| keymap.hint(Context::Archive, action).unwrap_or_default();
    match modal.selected().map(|entry| &entry.preview) {
        Some(Some(preview)) if view.shared().is_revealed("archive") => {
            for line in preview.lines().take(6) {
                say(line, view.theme.text);
            }
        }
        Some(Some(_)) => say(
            &format!(
                "{} reads the entry, {} shows beginnings here",
                key(Action::Open),
                key(Action::Reveal)
            ),
            view.theme.dim,
        ),
        Some(None) => say("no readable text (audio, binary data or nothing)", view.theme.dim),
        None => {}
    }
    lines
}
