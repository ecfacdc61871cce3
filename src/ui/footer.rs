//! The footer: the three most useful keys of what has the focus, then help and palette.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::View;
use crate::keymap::{Action, Context};

/// Draws it into `area`.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    let top = view.app.screen.top();
    let context = if top.typing() {
        Context::Input
    } else {
        top.context()
    };
    let keymap = &view.shared().options.keymap;
    let useful = top
        .commands(view.shared())
        .into_iter()
        .filter(|command| command.footer && command.disabled.is_none())
        .map(|command| command.action);
    let hints = useful.filter_map(|action| keymap.hint(context, action).map(|key| (key, action.label())));
    let mut hints: Vec<(String, &str)> = hints.take(3).collect();
    for action in [Action::Help, Action::Palette] {
        hints.extend(keymap.hint(context, action).map(|key| (key, action.label())));
    }
    let mut spans = Vec::new();
    for (key, label) in hints {
        spans.push(Span::raw(" "));
        spans.push(Span::styled(key, view.theme.key));
        spans.push(Span::raw(format!(" {label} ")));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}
