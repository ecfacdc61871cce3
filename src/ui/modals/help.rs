//! The keys of what had the focus.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::Component;
use crate::app::help::{Help, HelpLine};
use crate::ui::View;
use crate::ui::widgets::popup;
use crate::ui::widgets::text::{cut, fit, width};

/// Columns for the keys at most.
const KEYS: usize = 16;

/// Columns and lines of the small box.
const COLUMNS: u16 = 56;
const ROWS: u16 = 9;

/// Draws the first of them over `area`, and how many more there are.
pub fn draw_over(frame: &mut Frame, area: Rect, modal: &Help, view: View) {
    let all = u16::try_from(modal.lines.len()).unwrap_or(u16::MAX);
    let rows = all.min(ROWS) + 1;
    let title = modal.title(view.shared());
    let inside = popup::draw(frame, area, &title, COLUMNS, rows, view);
    let above = Rect {
        height: inside.height.saturating_sub(1),
        ..inside
    };
    draw(frame, above, modal, view);
    let last = modal.list.window(usize::from(above.height)).end;
    let more = modal.lines.len().saturating_sub(last);
    let text = match more {
        0 => String::new(),
        more => format!(" ⋯ {more} more below; the same key again shows all"),
    };
    let place = Rect {
        y: above.bottom(),
        height: inside.height - above.height,
        ..inside
    };
    frame.render_widget(Paragraph::new(Line::styled(text, view.theme.dim)), place);
}

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Help, view: View) {
    let widths = modal.lines.iter().filter_map(|line| match line {
        HelpLine::Keys(keys, ..) => Some(width(keys) + 1),
        HelpLine::Heading(_) => None,
    });
    let column = widths.max().unwrap_or(0).min(KEYS);
    let room = usize::from(area.width).saturating_sub(column + 3);
    let lines: Vec<Line> = modal
        .list
        .window(usize::from(area.height))
        .filter_map(|index| modal.lines.get(index).map(|line| (index, line)))
        .map(|(index, help)| {
            let mark = if modal.list.selected() == Some(index) {
                "▸"
            } else {
                " "
            };
            line(mark, help, (column, room), view)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn line(mark: &'static str, help: &HelpLine, (column, room): (usize, usize), view: View) -> Line<'static> {
    let mark = Span::styled(mark, view.theme.marker);
    match help {
        HelpLine::Heading(heading) => Line::from(vec![
            mark,
            Span::styled((*heading).to_owned(), view.theme.heading),
        ]),
        HelpLine::Keys(keys, sentence, disabled) => {
            let (text, style) = match disabled {
                Some(reason) => (format!("Not now: {reason}. {sentence}"), view.theme.dim),
                None => ((*sentence).to_owned(), view.theme.text),
            };
            Line::from(vec![
                mark,
                Span::raw(" "),
                Span::styled(fit(keys, column), view.theme.key),
                Span::styled(cut(&text, room), style),
            ])
        }
    }
}
