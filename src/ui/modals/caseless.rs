//! Open requests that belong to no case.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::caseless::CaselessView;
use crate::app::time;
use crate::domain::mask::mask;
use crate::domain::queue::QueueRow;
use crate::domain::text::clean;
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::wrap;

const COLUMNS: [Column; 6] = [
    Column::fixed("ID", 10, 0),
    Column::fixed("TYPE", 6, 1),
    Column::growing("SUBJECT", 18, 0),
    Column::fixed("STATUS", 12, 0),
    Column::fixed("SUBMITTED", 12, 0),
    Column::fixed("FROM", 10, 2),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &CaselessView, view: View) {
    let Some(rows) = &modal.rows else {
        return frame.render_widget(Paragraph::new(" The requests are being read."), area);
    };
    let width = usize::from(area.width).saturating_sub(2);
    let mut lines = match &modal.failure {
        Some(failure) => failure_lines(failure, width),
        None => said(rows, width, view),
    };
    lines.truncate(usize::from(area.height / 2));
    let below = u16::try_from(lines.len()).unwrap_or(1) + u16::from(modal.asking);
    let list = Rect {
        height: area.height.saturating_sub(below),
        ..area
    };
    let revealed = view.shared().is_revealed("requests without a case");
    table::draw(frame, list, &COLUMNS, &modal.list, view, |place| {
        rows.get(place)
            .map(|row| cells(row, revealed, view))
            .unwrap_or_default()
    });
    let mut foot = Rect {
        y: list.bottom(),
        height: below,
        ..area
    };
    if modal.asking {
        let line = Rect { height: 1, ..foot };
        let look = FieldLook {
            label: " case: ",
            placeholder: "C-17, or the reference of its ticket",
            active: view.focused,
            masked: false,
        };
        field::draw(frame, line, &modal.case, look, view);
        foot.y += 1;
        foot.height -= 1;
    }
    frame.render_widget(Paragraph::new(lines), foot);
}

fn said(rows: &[QueueRow], width: usize, view: View) -> Vec<Line<'static>> {
    let keymap = &view.shared().options.keymap;
    let key = |action: Action| keymap.hint(Context::Caseless, action).unwrap_or_default();
    let text = match rows.is_empty() {
        true => "Every open request belongs to a case.".to_owned(),
        false => format!(
            "Nobody watches the clocks of these people. {} takes a request that was sent from here into a case; for \
             others {} opens a case, whose coverage names the id of the request.",
            key(Action::LinkCase),
            key(Action::NewCase)
        ),
    };
    wrap(&text, width)
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), view.theme.dim))
        .collect()
}

fn cells(row: &QueueRow, revealed: bool, view: View) -> Vec<Cell> {
    let (theme, shared) = (view.theme, view.shared());
    let zone = shared.world.as_ref().map(|world| &world.time_zone);
    let at = row
        .sent_at()
        .zip(zone)
        .map(|(at, zone)| time::moment(at, zone, shared.now))
        .unwrap_or_default();
    let subject = clean(&row.label);
    vec![
        (row.any_id().chars().take(10).collect(), theme.dim),
        (
            row.kind
                .map_or_else(|| row.type_text.to_string(), |kind| kind.as_str().to_owned()),
            theme.text,
        ),
        (if revealed { subject } else { mask(&subject) }, theme.text),
        (clean(&row.status), theme.text),
        (at, theme.text),
        (row.origin.as_str().replace('_', " "), theme.dim),
    ]
}
