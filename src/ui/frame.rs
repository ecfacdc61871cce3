//! Frames and their titles, and the four quarters of a wide screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use super::View;
use super::widgets::text::cut;
use crate::app::PaneId;
use crate::domain::mode::Mode;

/// Draws the frame of a part and gives its inside. Live has double lines and the focus a reversed
/// title with a mark, so that both are seen without colour.
pub fn draw(frame: &mut Frame, area: Rect, title: &str, view: View) -> Rect {
    let block = block(view).title(self::title(title, area.width, view));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// The border that the mode asks for.
pub fn block(view: View) -> Block<'static> {
    let live = view
        .shared()
        .world
        .as_ref()
        .is_some_and(|world| world.mode == Mode::Live);
    Block::bordered()
        .border_type(if live {
            BorderType::Double
        } else {
            BorderType::Plain
        })
        .border_style(view.theme.frame)
}

fn title(title: &str, width: u16, view: View) -> Line<'static> {
    let (mark, style) = if view.lit {
        ("▸", view.theme.title_focused)
    } else {
        (" ", view.theme.title)
    };
    let text = cut(title, usize::from(width).saturating_sub(6));
    Line::from(Span::styled(format!("{mark}{text} "), style))
}

/// The four panes of a wide screen: the lists on the right have more room.
pub fn quarters(area: Rect) -> [(PaneId, Rect); 4] {
    let left = area.width * 2 / 5;
    let top = area.height.div_ceil(2);
    let rect = |x: u16, y: u16, width: u16, height: u16| Rect::new(area.x + x, area.y + y, width, height);
    let (right, bottom) = (area.width - left, area.height - top);
    [
        (PaneId::Search, rect(0, 0, left, top)),
        (PaneId::Queue, rect(left, 0, right, top)),
        (PaneId::Favorites, rect(0, top, left, bottom)),
        (PaneId::Jobs, rect(left, top, right, bottom)),
    ]
}
