//! Commands by name.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::palette::{Entry, Palette};
use crate::ui::View;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::popup;
use crate::ui::widgets::text::{cut, fit};

// Small, because all of it is sent over the line, and what was below it afterwards.
const COLUMNS: u16 = 64;
const ROWS: u16 = 7;
const NAME: usize = 15;
const KEY: usize = 10;

/// Draws it over `area`.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Palette, view: View) {
    let inside = popup::draw(frame, area, "Commands", COLUMNS, ROWS + 1, view);
    let look = FieldLook {
        label: " : ",
        active: view.focused,
        ..FieldLook::default()
    };
    field::draw(frame, inside, &modal.field, look, view);
    let below = Rect {
        y: inside.y + 1,
        height: inside.height.saturating_sub(1),
        ..inside
    };
    let window = modal.list.window(usize::from(below.height));
    let start = window.start;
    let room = usize::from(below.width).saturating_sub(NAME + KEY + 4);
    let lines: Vec<Line> = modal
        .fitting()
        .skip(start)
        .take(window.len())
        .enumerate()
        .map(|(offset, entry)| line(modal.list.selected() == Some(start + offset), entry, room, view))
        .collect();
    frame.render_widget(Paragraph::new(lines), below);
}

fn line(selected: bool, entry: &Entry, room: usize, view: View) -> Line<'static> {
    let mark = if selected { "▸ " } else { "  " };
    let (text, style) = match &entry.disabled {
        Some(reason) => (format!("not now: {reason}"), view.theme.dim),
        None => (entry.action.help().to_owned(), view.theme.text),
    };
    Line::from(vec![
        Span::styled(mark, view.theme.marker),
        Span::styled(fit(entry.action.name(), NAME), style),
        Span::styled(fit(entry.key.as_deref().unwrap_or_default(), KEY), view.theme.key),
        Span::styled(cut(&text, room), style),
    ])
}
