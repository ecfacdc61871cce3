//! What happened to a request, the newest last.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::time;
use crate::domain::queue::TimelineEntry;
use crate::ui::View;
use crate::ui::widgets::text::wrap;
use crate::workflow::queue::Detail;

/// Width of the times in front.
const TIMES: usize = 13;

/// Draws the newest entries that fit.
pub(super) fn draw(frame: &mut Frame, area: Rect, detail: &Detail, view: View) {
    let room = usize::from(area.width).saturating_sub(TIMES + 2).max(10);
    let mut lines: Vec<Line> = Vec::new();
    for entry in &detail.timeline {
        lines.extend(of(entry, room, view));
    }
    let height = usize::from(area.height).saturating_sub(1);
    let hidden = lines.len().saturating_sub(height);
    let heading = if hidden > 0 {
        " WHAT HAPPENED (the newest; dsr requests show lists all)"
    } else {
        " WHAT HAPPENED"
    };
    let mut shown = vec![Line::styled(heading, view.theme.heading)];
    shown.extend(lines.into_iter().skip(hidden));
    frame.render_widget(Paragraph::new(shown), area);
}

/// A change seen between two looks is shown as what it is: an interval.
fn of(entry: &TimelineEntry, room: usize, view: View) -> Vec<Line<'static>> {
    let Some(world) = view.shared().world.as_ref() else {
        return Vec::new();
    };
    let moment = |at| time::moment(at, &world.time_zone, view.shared().now);
    let text = match entry.not_before {
        Some(earlier) => format!("{} (after {})", entry.text, moment(earlier)),
        None => entry.text.clone(),
    };
    let at = moment(entry.at);
    wrap(&text, room)
        .into_iter()
        .enumerate()
        .map(|(index, part)| {
            let at = if index == 0 { at.as_str() } else { "" };
            Line::from(vec![
                Span::styled(format!(" {at:<TIMES$}"), view.theme.dim),
                Span::raw(part),
            ])
        })
        .collect()
}
