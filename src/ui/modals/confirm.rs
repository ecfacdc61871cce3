//! A question with its consequences; No stands first and is chosen until another is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::confirm::{Answer, Confirm};
use crate::ui::View;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::popup;
use crate::ui::widgets::text::wrap;

const COLUMNS: u16 = 66;

/// Draws it over `area`.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Confirm, view: View) {
    let mut lines: Vec<Line> = Vec::new();
    for line in &modal.lines {
        let indent = if line.starts_with("  ") { "   " } else { " " };
        let wrapped = wrap(line, usize::from(COLUMNS) - 1 - indent.len());
        lines.extend(
            wrapped
                .into_iter()
                .map(|part| Line::raw(format!("{indent}{part}"))),
        );
    }
    lines.push(Line::raw(""));
    let rows = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
    let inside = popup::draw(frame, area, &modal.question, COLUMNS, rows, view);
    let shown = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .min(inside.height.saturating_sub(1));
    let over = lines.len() - usize::from(shown);
    if over > 0 && shown > 0 {
        // Nobody answers to what was never on screen without knowing that there is more.
        lines.truncate(usize::from(shown) - 1);
        let text = format!(" ⋯ {} more lines on a higher terminal", over + 1);
        lines.push(Line::styled(text, view.theme.warning));
    }
    frame.render_widget(
        Paragraph::new(lines),
        Rect {
            height: shown,
            ..inside
        },
    );
    let last = Rect {
        y: inside.y + shown,
        height: inside.height - shown,
        ..inside
    };
    match modal.called() {
        Some(called) => {
            let label = format!(" type {called}: ");
            let look = FieldLook {
                label: &label,
                active: view.focused,
                ..FieldLook::default()
            };
            field::draw(frame, last, &modal.typed, look, view);
        }
        None => frame.render_widget(Paragraph::new(answers(modal, view)), last),
    }
}

fn answers(modal: &Confirm, view: View) -> Line<'static> {
    let answer = |answer: Answer, text: &str| {
        if modal.chosen == answer {
            Span::styled(format!("[▸ {text} ]"), view.theme.title_focused)
        } else {
            Span::styled(format!("[  {text} ]"), view.theme.text)
        }
    };
    let yes = modal.yes_label.as_deref().unwrap_or("Yes");
    let mut spans = vec![
        Span::raw(" "),
        answer(Answer::No, "No"),
        Span::raw("  "),
        answer(Answer::Yes, yes),
    ];
    if let Some(further) = &modal.further {
        spans.extend([Span::raw("  "), answer(Answer::Further, &further.label)]);
    }
    Line::from(spans)
}
