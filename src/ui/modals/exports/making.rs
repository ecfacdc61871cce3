//! The guide for a new key pair: its rows, and what comes of it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::asking::secret;
use crate::app::exports::{LABELS, Making, PASSPHRASE, PLACE};
use crate::ui::View;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::text::wrap;

/// Every row on one screen, and what will be made below them.
pub(super) fn draw(frame: &mut Frame, area: Rect, making: &Making, view: View) {
    for (index, (label, hint)) in LABELS.iter().enumerate() {
        let y = area.y + u16::try_from(index).unwrap_or(0);
        if y >= area.bottom() {
            return;
        }
        let place = Rect { y, height: 1, ..area };
        let selected = index == making.row;
        let active = selected && view.focused;
        let label = format!("{} {label:<14}", if selected { "▸" } else { " " });
        let field = match index {
            0 => &making.name,
            PLACE => &making.path,
            _ => {
                let typed = match index {
                    PASSPHRASE => &making.passphrase,
                    _ => &making.again,
                };
                secret(frame, place, (&label, hint), typed, active, view);
                continue;
            }
        };
        let look = FieldLook {
            label: &label,
            placeholder: hint,
            active,
            masked: false,
        };
        field::draw(frame, place, field, look, view);
    }
    let top = u16::try_from(LABELS.len()).unwrap_or(4) + 1;
    let place = Rect {
        y: area.y + top.min(area.height),
        height: area.height.saturating_sub(top),
        ..area
    };
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    let mut say = |text: &str, style: Style| {
        lines.extend(
            wrap(text, room)
                .into_iter()
                .map(|line| Line::styled(format!(" {line}"), style)),
        );
    };
    if let Some(wrong) = &making.wrong {
        say(wrong, view.theme.error);
        say("", view.theme.text);
    }
    say(
        "An RSA key of 3072 bits, encrypted under the passphrase (PKCS#8), and a certificate for two years \
that it signs itself. Both lie in the key ring; the upload is offered next, with the serial numbers of both \
certificates.",
        view.theme.text,
    );
    say("", view.theme.text);
    say(
        "The passphrase is kept nowhere. Without it, exports for this certificate can never be opened.",
        view.theme.warning,
    );
    frame.render_widget(Paragraph::new(lines), place);
}
