//! A table that is handed only the rows in its window: its cost does not grow with the list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::text::fit;
use crate::app::list::List;
use crate::ui::View;

/// A column: heading, smallest width, share of the room that is left, and how early it is dropped.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub heading: &'static str,
    /// Its width.
    pub width: u16,
    /// True for those that share the room that is left.
    pub grows: bool,
    /// Dropped when there is no room, the highest number first; 0 stays.
    pub drop: u8,
}

impl Column {
    /// One that keeps its width.
    pub const fn fixed(heading: &'static str, width: u16, drop: u8) -> Self {
        Self {
            heading,
            width,
            grows: false,
            drop,
        }
    }

    /// One that shares the room that is left.
    pub const fn growing(heading: &'static str, width: u16, drop: u8) -> Self {
        Self {
            grows: true,
            ..Self::fixed(heading, width, drop)
        }
    }
}

/// Widths of the columns that fit into `room` with one space between them; `None` for those dropped.
pub fn widths(columns: &[Column], room: u16) -> Vec<Option<u16>> {
    let mut kept: Vec<bool> = vec![true; columns.len()];
    let needed = |kept: &[bool]| -> u16 {
        let widths = columns
            .iter()
            .zip(kept)
            .filter(|(_, kept)| **kept)
            .map(|(c, _)| c.width + 1);
        widths.sum::<u16>().saturating_sub(1)
    };
    while needed(&kept) > room {
        let next = columns.iter().enumerate().filter(|(i, c)| kept[*i] && c.drop > 0);
        match next.max_by_key(|(_, c)| c.drop) {
            Some((index, _)) => kept[index] = false,
            None => break,
        }
    }
    let growing = columns
        .iter()
        .zip(&kept)
        .filter(|(c, kept)| **kept && c.grows)
        .count();
    let spare = room.saturating_sub(needed(&kept));
    let share = spare
        .checked_div(u16::try_from(growing).unwrap_or(u16::MAX))
        .unwrap_or(0);
    columns
        .iter()
        .zip(kept)
        .map(|(column, kept)| kept.then_some(column.width + if column.grows { share } else { 0 }))
        .collect()
}

/// One cell.
pub type Cell = (String, Style);

/// Draws headings and the rows of the window. The selection is a mark in front of the row: moving it
/// changes two characters on the terminal.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    columns: &[Column],
    list: &List,
    view: View,
    row: impl FnMut(usize) -> Vec<Cell>,
) {
    draw_marked(frame, area, columns, list, true, view, row);
}

/// As [`draw`]; without `marking` the mark is left out, because the keys act on something else of the
/// same part.
pub fn draw_marked(
    frame: &mut Frame,
    area: Rect,
    columns: &[Column],
    list: &List,
    marking: bool,
    view: View,
    mut row: impl FnMut(usize) -> Vec<Cell>,
) {
    let Some(height) = area.height.checked_sub(1) else {
        return;
    };
    let widths = widths(columns, area.width.saturating_sub(2));
    let headings: Vec<Cell> = columns
        .iter()
        .map(|column| (column.heading.to_owned(), view.theme.heading))
        .collect();
    let mut lines = vec![line("  ", view.theme.text, &widths, headings)];
    for index in list.window(usize::from(height)) {
        let mark = if marking && list.selected() == Some(index) {
            "▸ "
        } else {
            "  "
        };
        lines.push(line(mark, view.theme.marker, &widths, row(index)));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn line(mark: &'static str, style: Style, widths: &[Option<u16>], cells: Vec<Cell>) -> Line<'static> {
    let mut spans = vec![Span::styled(mark, style)];
    for ((text, style), width) in cells.into_iter().zip(widths) {
        if let Some(width) = width {
            spans.push(Span::styled(fit(&text, usize::from(*width)), style));
            spans.push(Span::raw(" "));
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_dropped_in_order_and_the_rest_grows() {
        let columns = [
            Column::fixed("", 8, 0),
            Column::growing("", 10, 0),
            Column::fixed("", 9, 2),
            Column::fixed("", 5, 1),
        ];
        assert_eq!(widths(&columns, 40), [Some(8), Some(15), Some(9), Some(5)]);
        assert_eq!(widths(&columns, 30), [Some(8), Some(15), None, Some(5)]);
        assert_eq!(widths(&columns, 20), [Some(8), Some(11), None, None]);
        assert_eq!(widths(&columns, 3), [Some(8), Some(10), None, None]);
    }
}
