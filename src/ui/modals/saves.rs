//! The settings groups that were saved before a deletion.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::saves::Saves;
use crate::app::time;
use crate::domain::text::clean;
use crate::store::Save;
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::panes::favorites::group;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::wrap;

const COLUMNS: [Column; 5] = [
    Column::fixed("RUN", 8, 0),
    Column::growing("GROUP", 20, 0),
    Column::fixed("SAVED", 12, 0),
    Column::fixed("BY", 10, 1),
    Column::fixed("REMOVED ON", 12, 0),
];

const ABOUT: &str = "A group is saved as it was before something is deleted from it. Putting back compares it with what GWS shows \
     now, shows what is missing, asks, and writes that again. What differs by now is shown, and left unless you decide otherwise.";

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Saves, view: View) {
    let lines = below(modal, usize::from(area.width).saturating_sub(2), view);
    let below = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .min(area.height.saturating_sub(2));
    let rows = Rect {
        height: area.height - below,
        ..area
    };
    match modal.saves.as_deref() {
        None if modal.failure.is_some() => {}
        None => frame.render_widget(Paragraph::new(" The saved groups are being read."), rows),
        Some([]) => frame.render_widget(
            Paragraph::new(" No group is saved. Saved groups are removed when their time has come."),
            rows,
        ),
        Some(saves) => table::draw(frame, rows, &COLUMNS, &modal.list, view, |place| {
            saves.get(place).map(|save| cells(save, view)).unwrap_or_default()
        }),
    }
    let foot = Rect {
        y: rows.bottom(),
        height: below,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), foot);
}

/// How far it is, what came of it, and what this is.
fn below(modal: &Saves, room: usize, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |text: &str, style| {
        let wrapped = wrap(text, room).into_iter();
        lines.extend(wrapped.map(|line| Line::styled(format!(" {line}"), style)));
    };
    if let Some(progress) = modal.progress(view.shared()) {
        add(&clean(&progress), view.theme.text);
    }
    for (text, good) in &modal.told {
        let style = if *good { view.theme.good } else { view.theme.error };
        add(&clean(text), style);
    }
    add(ABOUT, view.theme.dim);
    match &modal.failure {
        Some(failure) => [failure_lines(failure, room), lines].concat(),
        None => lines,
    }
}

fn cells(save: &Save, view: View) -> Vec<Cell> {
    let (theme, shared) = (view.theme, view.shared());
    let zone = shared.world.as_ref().map(|world| &world.time_zone);
    let at = |at| {
        zone.map(|zone| time::moment(at, zone, shared.now))
            .unwrap_or_default()
    };
    vec![
        (save.run.chars().take(8).collect(), theme.dim),
        (group(Some(&save.group)), theme.text),
        (at(save.saved_at), theme.text),
        (clean(&save.saved_by), theme.text),
        (at(save.remove_after), theme.text),
    ]
}
