//! A box over what is below it. It is kept small: every cell of it is sent over the line.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use crate::ui::{View, frame as frames};

/// Draws an empty framed box of at most `columns` by `rows` inside, in the middle of `area`, and
/// gives its inside.
pub fn draw(frame: &mut Frame, area: Rect, title: &str, columns: u16, rows: u16, view: View) -> Rect {
    let width = (columns + 2).min(area.width);
    let height = (rows + 2).min(area.height);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, place);
    frames::draw(frame, place, title, view)
}
