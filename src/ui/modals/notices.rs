//! All notices; the selected one in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::notices::Notice;
use crate::app::notices_pane::NoticesPane;
use crate::app::time;
use crate::domain::failure::Failure;
use crate::ui::View;
use crate::ui::widgets::table::{self, Column};
use crate::ui::widgets::text::wrap;

const COLUMNS: [Column; 3] = [
    Column::fixed("AT", 8, 0),
    Column::fixed("", 1, 0),
    Column::growing("WHAT", 20, 0),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &NoticesPane, view: View) {
    let notices: Vec<&Notice> = view.shared().notices.newest_first().collect();
    if notices.is_empty() {
        frame.render_widget(Paragraph::new(" There are no notices."), area);
        return;
    }
    let selected = modal.list.selected().and_then(|index| notices.get(index));
    let lines: Vec<Line> = selected
        .map(|notice| full(notice, usize::from(area.width) - 2))
        .unwrap_or_default();
    let below = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .min(area.height / 2);
    let list = Rect {
        height: area.height - below - 1,
        ..area
    };
    table::draw(frame, list, &COLUMNS, &modal.list, view, |index| {
        let Some(notice) = notices.get(index) else {
            return Vec::new();
        };
        let style = if notice.failure.is_some() {
            view.theme.error
        } else {
            view.theme.text
        };
        let mark = if notice.failure.is_some() { "!" } else { "" };
        vec![
            (at(notice, view), view.theme.dim),
            (mark.to_owned(), style),
            (notice.text.clone(), style),
        ]
    });
    let place = Rect {
        y: area.bottom() - below,
        height: below,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), place);
}

fn at(notice: &Notice, view: View) -> String {
    let world = view.shared().world.as_ref();
    notice
        .at
        .zip(world)
        .map(|(at, world)| time::clock(at, &world.time_zone))
        .unwrap_or_default()
}

fn full(notice: &Notice, room: usize) -> Vec<Line<'static>> {
    match &notice.failure {
        Some(failure) => failure_lines(failure, room),
        None => wrap(&notice.text, room)
            .into_iter()
            .map(|line| Line::raw(format!(" {line}")))
            .collect(),
    }
}

/// What happened, to which system, whether anything was changed, what next, and what support asks for.
pub fn failure_lines(failure: &Failure, room: usize) -> Vec<Line<'static>> {
    let mut parts: Vec<(&str, String)> = vec![("what", failure.message.clone())];
    parts.extend(failure.system.clone().map(|system| ("where", system)));
    parts.push(("changed", failure.changed.sentence().to_owned()));
    parts.extend(failure.next.clone().map(|next| ("next", next)));
    parts.extend(failure.code.clone().map(|code| ("code", code)));
    parts.extend(failure.correlation_id.clone().map(|id| ("correlation", id)));
    let mut lines = Vec::new();
    for (name, text) in parts {
        for (index, line) in wrap(&text, room.saturating_sub(13)).into_iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            lines.push(Line::raw(format!(" {name:<12}{line}")));
        }
    }
    lines
}
