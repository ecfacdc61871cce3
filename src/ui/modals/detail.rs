//! Detail of one request: left the facts and what can be opened, right what happened; one below the
//! other where there is no room for both.

mod facts;
mod timeline;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::detail::{DetailView, Item};
use crate::app::time;
use crate::ui::View;
use crate::ui::widgets::text::cut;
use crate::workflow::queue::Detail;

/// From so many columns on both halves stand side by side.
const SIDE_BY_SIDE: u16 = 110;

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &DetailView, view: View) {
    let Some(detail) = &modal.detail else {
        let text = if modal.is_reading(view.shared()) {
            " The request is being read."
        } else {
            " The request could not be read; the notices say why."
        };
        return frame.render_widget(Paragraph::new(text), area);
    };
    let (left, right) = halves(area);
    draw_facts(frame, left, modal, detail, view);
    timeline::draw(frame, right, detail, view);
}

fn halves(area: Rect) -> (Rect, Rect) {
    if area.width >= SIDE_BY_SIDE {
        let width = area.width / 2;
        let left = Rect { width, ..area };
        (
            left,
            Rect {
                x: area.x + width + 1,
                width: area.width - width - 1,
                ..area
            },
        )
    } else {
        let height = area.height * 3 / 5;
        let upper = Rect { height, ..area };
        (
            upper,
            Rect {
                y: area.y + height,
                height: area.height - height,
                ..area
            },
        )
    }
}

fn draw_facts(frame: &mut Frame, area: Rect, modal: &DetailView, detail: &Detail, view: View) {
    let wanted = u16::try_from(modal.items.len()).unwrap_or(u16::MAX);
    // What can be acted on is seen whatever else there is to say.
    let below = wanted.min(area.height / 2);
    let above = Rect {
        height: area.height - below,
        ..area
    };
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = facts::lines(modal, detail, room, view);
    let cut_off = lines.len().saturating_sub(usize::from(above.height));
    if cut_off > 0 {
        lines.truncate(usize::from(above.height).saturating_sub(1));
        lines.push(Line::styled(
            format!(" … {} more lines on a larger terminal", cut_off + 1),
            view.theme.dim,
        ));
    }
    frame.render_widget(Paragraph::new(lines), above);
    let rows: Vec<Line> = modal
        .list
        .window(usize::from(below))
        .filter_map(|index| {
            let mark = if modal.list.selected() == Some(index) {
                "▸ "
            } else {
                "  "
            };
            let item = modal.items.get(index)?;
            Some(Line::raw(cut(&format!("{mark}{}", row(item)), room)))
        })
        .collect();
    let place = Rect {
        y: above.bottom(),
        height: below,
        ..area
    };
    frame.render_widget(Paragraph::new(rows), place);
}

fn row(item: &Item) -> String {
    match item {
        Item::Result {
            number,
            path: Some(path),
            bytes,
            checked,
        } => {
            let size = bytes.map(|b| time::count(usize::try_from(b).unwrap_or(usize::MAX)));
            let size = size.unwrap_or_default();
            let read = if *checked {
                "opened and read"
            } else {
                "not checked"
            };
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            format!(
                "result {number}  here, {size} bytes, {read}  {}",
                name.unwrap_or_default()
            )
        }
        Item::Result {
            number, path: None, ..
        } => format!("result {number}  not here yet"),
        Item::Related(id) => format!("same merge set  {id}"),
        Item::Fits(id) => format!("fits  {id}"),
    }
}
