//! A text field with its label, and the cursor in it while it is typed in.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::text::{fit, width};
use crate::app::field::Field;
use crate::domain::mask::mask;
use crate::ui::View;

/// How a field is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct FieldLook<'a> {
    /// In front of it.
    pub label: &'a str,
    /// Shown while it is empty and not typed in.
    pub placeholder: &'a str,
    /// It is being typed in: underlined, with the cursor in it.
    pub active: bool,
    /// Its text is masked while it is not typed in.
    pub masked: bool,
}

/// Draws a field into the first line of `area`.
pub fn draw(frame: &mut Frame, area: Rect, field: &Field, look: FieldLook, view: View) {
    let label = width(look.label);
    let room = usize::from(area.width).saturating_sub(label + 1);
    let line = Rect {
        height: 1.min(area.height),
        ..area
    };
    let text = if look.active {
        let scroll = field.scroll(room.saturating_sub(1));
        let column = label + field.cursor().saturating_sub(scroll);
        let x = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
        frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
        Span::styled(fit(&from_column(field.value(), scroll), room), view.theme.input)
    } else if field.value().is_empty() {
        Span::styled(fit(look.placeholder, room), view.theme.dim)
    } else if look.masked {
        Span::styled(fit(&mask(field.value()), room), view.theme.text)
    } else {
        Span::styled(fit(field.value(), room), view.theme.text)
    };
    let spans = vec![Span::styled(look.label.to_owned(), view.theme.heading), text];
    frame.render_widget(Paragraph::new(Line::from(spans)), line);
}

/// The text from a column on.
fn from_column(text: &str, column: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    let mut passed = 0;
    let mut rest = String::new();
    for grapheme in text.graphemes(true) {
        if passed >= column {
            rest.push_str(grapheme);
        }
        passed += width(grapheme);
    }
    rest
}
