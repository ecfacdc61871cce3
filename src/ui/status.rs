//! The status bar, the tabs of a narrow screen and the line of the newest notice.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::View;
use super::widgets::text::{cut, width};
use crate::app::PaneId;
use crate::domain::mode::Mode;
use crate::keymap::{Action, Context};

/// The word for a mode.
pub fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Simulation => "SIMULATION",
        Mode::Live => "LIVE",
    }
}

/// Mode, organisation and operator; gives the first column that is free.
pub fn bar(frame: &mut Frame, area: Rect, view: View) -> u16 {
    let mut spans = Vec::new();
    match &view.shared().world {
        None => {
            if let Some(mode) = view.shared().options.opening {
                let word = format!(" {} ", mode_word(mode));
                spans.push(Span::styled(word, mode_style(mode, view)));
            }
            spans.push(Span::raw(" opening … "));
        }
        Some(world) => {
            let style = mode_style(world.mode, view);
            let test = if world.test { " test" } else { "" };
            spans.push(Span::styled(format!(" {}{test} ", mode_word(world.mode)), style));
            spans.push(Span::raw(format!(" {} ", cut(&world.organization, 28))));
            if area.width >= super::WIDE.0 {
                spans.push(Span::styled(
                    format!("op {} ", cut(&world.operator, 16)),
                    view.theme.dim,
                ));
            }
            if let Some(offset) = offset(world.clock_offset) {
                spans.push(Span::styled(offset, view.theme.dim));
            }
        }
    }
    let line = Line::from(spans);
    let used = u16::try_from(line.width()).unwrap_or(area.width).min(area.width);
    frame.render_widget(Paragraph::new(line), area);
    area.x + used
}

fn mode_style(mode: Mode, view: View) -> Style {
    match mode {
        Mode::Simulation => view.theme.simulation,
        Mode::Live => view.theme.live,
    }
}

/// `clock +14 d ` when the estate's clock was advanced.
fn offset(seconds: i64) -> Option<String> {
    match seconds {
        0..60 => None,
        60..3_600 => Some(format!("clock +{} min ", seconds / 60)),
        3_600..172_800 => Some(format!("clock +{} h ", seconds / 3_600)),
        172_800.. => Some(format!("clock +{} d ", seconds / 86_400)),
        _ => Some("clock behind ".to_owned()),
    }
}

/// The tabs of a narrow screen. Where their names do not all find room, the focused one keeps its
/// name and the others their numbers, which are their keys.
pub fn tabs(frame: &mut Frame, area: Rect, view: View) {
    let named: usize = PaneId::ALL.iter().map(|pane| width(pane.tab()) + 3).sum();
    let all = named <= usize::from(area.width);
    let mut spans = Vec::new();
    for pane in PaneId::ALL {
        let focused = view.app.screen.focus == pane;
        let style = if focused {
            view.theme.title_focused
        } else {
            view.theme.dim
        };
        let mark = if focused { "▸" } else { " " };
        let text = if all || focused {
            format!("{mark}{} {}", pane.number(), pane.tab())
        } else {
            format!("{mark}{}", pane.number())
        };
        spans.push(Span::styled(text, style));
    }
    let line = Line::from(spans).right_aligned();
    frame.render_widget(Paragraph::new(line), area);
}

/// The newest notice.
pub fn notice(frame: &mut Frame, area: Rect, view: View) {
    let notices = &view.shared().notices;
    let Some(notice) = notices.line() else {
        return;
    };
    let room = usize::from(area.width);
    let keymap = &view.shared().options.keymap;
    let more = match (&notice.failure, keymap.hint(Context::Common, Action::Notices)) {
        (Some(_), Some(key)) => format!("  [{key}] {} unread", notices.unread_errors()),
        _ => String::new(),
    };
    let style = if notice.failure.is_some() {
        view.theme.error
    } else {
        view.theme.text
    };
    let word = if notice.failure.is_some() { " ! " } else { " " };
    let text = cut(&notice.text, room.saturating_sub(width(word) + width(&more)));
    let spans = vec![
        Span::styled(word, style),
        Span::styled(text, style),
        Span::styled(more, view.theme.dim),
    ];
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}
