//! The keys of what had the focus.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::help::{Help, HelpLine};
use crate::ui::View;
use crate::ui::widgets::text::{cut, fit};

const KEYS: usize = 16;

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Help, view: View) {
    let room = usize::from(area.width).saturating_sub(KEYS + 3);
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
            line(mark, help, room, view)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn line(mark: &'static str, help: &HelpLine, room: usize, view: View) -> Line<'static> {
    let mark = Span::styled(mark, view.theme.marker);
    match help {
        HelpLine::Heading(heading) => Line::from(vec![
            mark,
            Span::styled((*heading).to_owned(), view.theme.heading),
        ]),
        HelpLine::Keys(keys, sentence, disabled) => {
            let (text, style) = match disabled {
                Some(reason) => (format!("{sentence} Not now: {reason}."), view.theme.dim),
                None => ((*sentence).to_owned(), view.theme.text),
            };
            Line::from(vec![
                mark,
                Span::raw(" "),
                Span::styled(fit(keys, KEYS), view.theme.key),
                Span::styled(cut(&text, room), style),
            ])
        }
    }
}
