//! Favorites matches. Nothing is searched in Genesys Web Services yet, and the pane says so rather
//! than showing an empty list that could be taken for "nothing found".

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::favorites::FavoritesPane;
use crate::ui::View;
use crate::ui::widgets::text::wrap;

const TEXT: [&str; 4] = [
    "NOT SEARCHED",
    "Personal Favorites and Recents of Genesys Web Services on premise will be listed here: where a person's e-mail or phone number was found, in whose settings, and what became of it.",
    "This version does not reach Genesys Web Services: what stands there is neither found nor deleted by anything done here.",
    "Corporate Favorites belong to the administrator and will not be covered.",
];

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, area: Rect, _pane: &FavoritesPane, view: View) {
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    for (index, paragraph) in TEXT.iter().enumerate() {
        let style = if index == 0 {
            view.theme.warning
        } else {
            view.theme.text
        };
        let wrapped = wrap(paragraph, room);
        lines.extend(
            wrapped
                .into_iter()
                .map(|line| Line::styled(format!(" {line}"), style)),
        );
        lines.push(Line::raw(""));
    }
    frame.render_widget(Paragraph::new(lines), area);
}
