//! A form over a case: its fields, and below them what would be written down.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::case_form::{CaseForm, Entry, Item};
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::text::wrap;

/// Width of the labels at the left.
const LABEL: usize = 14;

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &CaseForm, view: View) {
    let rows = u16::try_from(modal.items.len())
        .unwrap_or(u16::MAX)
        .min(area.height);
    for (index, item) in modal.items.iter().take(usize::from(rows)).enumerate() {
        let y = area.y + u16::try_from(index).unwrap_or(0);
        item_line(
            frame,
            Rect { y, height: 1, ..area },
            item,
            index == modal.row,
            modal,
            view,
        );
    }
    let top = (rows + 1).min(area.height);
    let below = Rect {
        y: area.y + top,
        height: area.height - top,
        ..area
    };
    let room = usize::from(area.width).saturating_sub(2);
    frame.render_widget(Paragraph::new(preview(modal, view, room)), below);
}

fn item_line(frame: &mut Frame, area: Rect, item: &Item, selected: bool, modal: &CaseForm, view: View) {
    let mark = if selected { "▸" } else { " " };
    let label = format!("{mark} {:<LABEL$} ", item.label);
    match &item.entry {
        Entry::Text(field) => {
            let look = FieldLook {
                label: &label,
                placeholder: item.hint,
                active: selected && modal.typing && view.focused,
                masked: item.personal && !view.shared().is_revealed("case"),
            };
            field::draw(frame, area, field, look, view);
        }
        Entry::Choice { words, at } => {
            let word = words.get(*at).map_or("", String::as_str).replace('_', " ");
            let word = match (word.is_empty(), words.len()) {
                (true, 0) => "nothing to choose".to_owned(),
                (true, _) => format!("({})", item.hint),
                _ => word,
            };
            let of = match selected && words.len() > 1 {
                true => format!("  < {} of {} >", at + 1, words.len()),
                false => String::new(),
            };
            let line = Line::from(vec![
                Span::styled(label, view.theme.heading),
                Span::styled(word, view.theme.text),
                Span::styled(of, view.theme.dim),
            ]);
            frame.render_widget(Paragraph::new(line), area);
        }
    }
}

fn preview(modal: &CaseForm, view: View, room: usize) -> Vec<Line<'static>> {
    let shared = view.shared();
    if let Some(failure) = &modal.failure {
        return failure_lines(failure, room);
    }
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut say = |text: &str, style: Style| {
        let indent = if text.starts_with("  ") { "   " } else { " " };
        for part in wrap(text, room.saturating_sub(2)) {
            lines.push(Line::styled(format!("{indent}{part}"), style));
        }
    };
    if modal.is_reading(shared) {
        say("The case is being read.", view.theme.dim);
        return lines;
    }
    if modal.is_doing(shared) {
        say("It is being written down.", view.theme.dim);
        return lines;
    }
    match modal.preview(shared) {
        Err(why) => say(&why, view.theme.warning),
        Ok(written) => {
            say("This is written down:", view.theme.heading);
            for line in written {
                say(&line, view.theme.text);
            }
        }
    }
    let keymap = &shared.options.keymap;
    let key = |action| keymap.hint(Context::CaseForm, action).unwrap_or_default();
    let hint = match modal.items.get(modal.row).map(|item| &item.entry) {
        Some(Entry::Choice { .. }) => format!(
            "{} and {} choose, enter goes on, {} writes it down.",
            key(Action::Choose),
            key(Action::ChooseBack),
            key(Action::Submit)
        ),
        _ => format!(
            "enter goes on; on the last field it writes down, as {} does outside of a field.",
            key(Action::Submit)
        ),
    };
    say("", view.theme.dim);
    say(&hint, view.theme.dim);
    lines
}
