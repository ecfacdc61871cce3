//! One thing of a list in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::reading::Reading;

/// Its lines; the selected one is marked.
pub(super) fn draw(frame: &mut Frame, area: Rect, reading: &Reading) {
    let lines: Vec<Line> = reading
        .list
        .window(usize::from(area.height))
        .filter_map(|index| {
            let mark = if reading.list.selected() == Some(index) {
                "▸"
            } else {
                " "
            };
            reading
                .lines
                .get(index)
                .map(|line| Line::raw(format!("{mark}{line}")))
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}
