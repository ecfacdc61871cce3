//! The insides of the four panes.

pub mod board;
pub mod favorites;
pub mod jobs;
pub mod queue;
pub mod search;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::View;
use crate::app::PaneId;

/// Draws the inside of a pane.
pub fn draw(frame: &mut Frame, area: Rect, pane: PaneId, view: View) {
    let screen = &view.app.screen;
    match pane {
        PaneId::Search => search::draw(frame, area, &screen.search, view),
        PaneId::Queue if screen.turned => board::draw(frame, area, &screen.board, view),
        PaneId::Queue => queue::draw(frame, area, &screen.queue, view),
        PaneId::Favorites => favorites::draw(frame, area, &screen.favorites, view),
        PaneId::Jobs => jobs::draw(frame, area, &screen.jobs, view),
    }
}
