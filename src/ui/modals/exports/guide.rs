//! The guide for a new export job: its fields, and the preview of the call below them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::stamp;
use crate::app::exports::{Creating, FIELDS};
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::text::wrap;

/// Every field on one screen, and the preview below them.
pub(super) fn draw(frame: &mut Frame, area: Rect, creating: &Creating, view: View) {
    for (index, ((label, hint), field)) in FIELDS.iter().zip(&creating.fields).enumerate() {
        let y = area.y + u16::try_from(index).unwrap_or(0);
        if y >= area.bottom() {
            return;
        }
        let selected = index == creating.row;
        let label = format!("{} {label:<13}", if selected { "▸" } else { " " });
        let look = FieldLook {
            label: &label,
            placeholder: hint,
            active: selected && creating.typing && view.focused,
            masked: false,
        };
        field::draw(frame, Rect { y, height: 1, ..area }, field, look, view);
    }
    let top = u16::try_from(FIELDS.len()).unwrap_or(8) + 1;
    let place = Rect {
        y: area.y + top.min(area.height),
        height: area.height.saturating_sub(top),
        ..area
    };
    frame.render_widget(
        Paragraph::new(preview(creating, view, usize::from(area.width).saturating_sub(2))),
        place,
    );
}

fn preview(creating: &Creating, view: View, room: usize) -> Vec<Line<'static>> {
    if let Some(failure) = &creating.failure {
        return failure_lines(failure, room);
    }
    let keymap = &view.shared().options.keymap;
    let key = |action| keymap.hint(Context::Exports, action).unwrap_or_default();
    let mut lines = Vec::new();
    let mut say = |text: &str, style: Style| {
        lines.extend(
            wrap(text, room)
                .into_iter()
                .map(|line| Line::styled(format!(" {line}"), style)),
        );
    };
    let Some(plan) = &creating.plan else {
        let text = match creating.job() {
            Err(why) => why,
            Ok(_) => format!("{} checks it and shows the call.", key(Action::NextStep)),
        };
        say(&text, view.theme.dim);
        return lines;
    };
    say(&plan.certificate, view.theme.text);
    if let (Some(schedule), Some(first)) = (plan.job.schedule, plan.first_run) {
        let utc = first.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M");
        say(
            &format!(
                "{}; first at {utc} UTC, {} here",
                schedule.words(),
                stamp(Some(first), view)
            ),
            view.theme.text,
        );
    }
    for note in &plan.notes {
        say(note, view.theme.warning);
    }
    say(&format!("{} {}", plan.call.0, plan.call.1), view.theme.text);
    for line in plan.call.2.lines() {
        say(line, view.theme.dim);
    }
    say(
        &format!("{} creates it, after a question.", key(Action::Submit)),
        view.theme.dim,
    );
    lines
}
