//! The lines of what an operator was given. Shared by the search pane and the guide.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;

use super::View;
use super::widgets::field::{self, FieldLook};
use super::widgets::text::{cut, fit, width};
use crate::app::identifiers::{IdentifierLine, Identifiers, word};

/// Columns of the word for the kind.
const KIND: usize = 15;

/// How the lines are shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Values in full.
    pub revealed: bool,
    /// The selected line has its mark.
    pub selecting: bool,
}

/// Draws as many lines as fit around the selected one.
pub fn draw(frame: &mut Frame, area: Rect, who: &Identifiers, shown: Shown, view: View) {
    let height = usize::from(area.height);
    let first = (who.selected() + 1).saturating_sub(height);
    for (place, (number, line)) in who
        .lines()
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .enumerate()
    {
        let place = Rect {
            y: area.y + u16::try_from(place).unwrap_or(u16::MAX),
            height: 1,
            ..area
        };
        let selected = shown.selecting && number == who.selected();
        self::line(
            frame,
            place,
            line,
            selected,
            who.typing() && number == who.selected(),
            shown,
            view,
        );
    }
}

fn line(
    frame: &mut Frame,
    area: Rect,
    line: &IdentifierLine,
    selected: bool,
    typing: bool,
    shown: Shown,
    view: View,
) {
    let mark = if selected { "▸" } else { " " };
    let label = format!("{mark} {}", fit(word(line.kind), KIND));
    let error = line.error.as_deref().unwrap_or_default();
    let room = u16::try_from(width(error) + 1)
        .unwrap_or(u16::MAX)
        .min(area.width / 2);
    let room = if error.is_empty() { 0 } else { room };
    let look = FieldLook {
        label: &label,
        placeholder: "what you were given",
        active: typing && view.focused,
        masked: !shown.revealed,
    };
    let place = Rect {
        width: area.width - room,
        ..area
    };
    field::draw(frame, place, &line.field, look, view);
    if room > 0 {
        let place = Rect {
            x: area.right() - room,
            width: room,
            ..area
        };
        let text = cut(error, usize::from(room));
        frame.render_widget(Paragraph::new(Span::styled(text, view.theme.error)), place);
    }
}
