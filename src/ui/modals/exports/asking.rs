//! The last line of the exports screen: what is asked for there. Of a passphrase only stars show.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::exports::{Asking, Exports};
use crate::app::secret_field::SecretField;
use crate::ui::View;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::text::{fit, width};

/// Draws the line, if anything is asked for; gives the room that is left.
pub(super) fn draw(frame: &mut Frame, area: Rect, modal: &Exports, view: View) -> Rect {
    let Some(asking) = &modal.asking else { return area };
    let height = 1.min(area.height);
    let place = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    match asking {
        Asking::Passphrase(typed) => secret(
            frame,
            place,
            (" Passphrase of the key: ", ""),
            typed,
            view.focused,
            view,
        ),
        Asking::Certificate { path, check } => {
            let label = match check {
                true => " Certificate to check: ",
                false => " Certificate to upload: ",
            };
            let look = FieldLook {
                label,
                placeholder: "",
                active: view.focused,
                masked: false,
            };
            field::draw(frame, place, path, look, view);
        }
        Asking::Case { case, .. } => {
            let look = FieldLook {
                label: " Case that it is for: ",
                placeholder: "its id or reference; empty for none",
                active: view.focused,
                masked: false,
            };
            field::draw(frame, place, case, look, view);
        }
        Asking::Refused(why) => {
            let text = format!(" Nothing to decrypt: {why}. Esc goes back.");
            let text = fit(&text, usize::from(place.width));
            frame.render_widget(Paragraph::new(Line::styled(text, view.theme.warning)), place);
        }
    }
    Rect {
        height: area.height - height,
        ..area
    }
}

/// A secret with its label and what may stand there: as many stars as characters, and no more than
/// there is room for.
pub(super) fn secret(
    frame: &mut Frame,
    area: Rect,
    (label, hint): (&str, &str),
    typed: &SecretField,
    active: bool,
    view: View,
) {
    let used = width(label);
    let room = usize::from(area.width).saturating_sub(used + 1);
    let stars = typed.length().min(room.saturating_sub(1));
    let text = if typed.is_empty() && !active {
        Span::styled(fit(hint, room), view.theme.dim)
    } else if active {
        let x = area.x
            + u16::try_from(used + stars)
                .unwrap_or(u16::MAX)
                .min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
        Span::styled(fit(&"*".repeat(stars), room), view.theme.input)
    } else {
        Span::styled("*".repeat(stars), view.theme.text)
    };
    let spans = vec![Span::styled(label.to_owned(), view.theme.heading), text];
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}
