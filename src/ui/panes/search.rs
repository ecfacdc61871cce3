//! Subject search: what is asked for above, who was found below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::identifiers::word;
use crate::app::search::SearchPane;
use crate::app::time::counted;
use crate::domain::candidate::Asked;
use crate::domain::mask::mask;
use crate::keymap::{Action, Context};
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::wrap;
use crate::ui::{View, identifiers, persons};

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, area: Rect, pane: &SearchPane, view: View) {
    let lines = u16::try_from(pane.who.lines().len()).unwrap_or(u16::MAX);
    let (top, rest) = split(area, lines.min(area.height / 3).max(1));
    let revealed = view.shared().is_revealed("search");
    let selecting = view.focused && !pane.on_persons && !pane.show_asked;
    identifiers::draw(
        frame,
        top,
        &pane.who,
        identifiers::Shown { revealed, selecting },
        view,
    );
    let (rule, rest) = split(rest, 1);
    let dashes = "─".repeat(usize::from(rule.width));
    frame.render_widget(Paragraph::new(Span::styled(dashes, view.theme.frame)), rule);
    let (rest, notes) = below(rest, said(pane, usize::from(rest.width), view));
    frame.render_widget(Paragraph::new(notes.0), notes.1);
    match &pane.found.result {
        Some(_) if pane.show_asked => asked(frame, rest, pane, revealed, view),
        Some(result) if !result.candidates.is_empty() => found(frame, rest, pane, revealed, view),
        _ => empty(frame, rest, pane, view),
    }
}

/// The first `rows` rows, and what is below them.
fn split(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let top = Rect { height: rows, ..area };
    let rest = Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    };
    (top, rest)
}

/// What is left above `lines` at the bottom, which have at most half of it.
fn below(area: Rect, mut lines: Vec<Line<'static>>) -> (Rect, (Vec<Line<'static>>, Rect)) {
    lines.truncate(usize::from(area.height / 2));
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let (above, below) = split(area, area.height - rows);
    (above, (lines, below))
}

fn found(frame: &mut Frame, area: Rect, pane: &SearchPane, revealed: bool, view: View) {
    let selected = pane.found.selected().filter(|_| pane.opened && pane.on_persons);
    let full = selected.map(|person| persons::in_full(person, revealed, usize::from(area.width), view));
    let (rows, full) = below(area, full.unwrap_or_default());
    let shown = persons::Shown {
        revealed,
        selecting: pane.on_persons,
    };
    persons::rows(frame, rows, &pane.found, shown, view);
    frame.render_widget(Paragraph::new(full.0), full.1);
}

/// What would fill the pane, and the keys for it.
fn empty(frame: &mut Frame, area: Rect, pane: &SearchPane, view: View) {
    let room = usize::from(area.width).saturating_sub(2);
    if let Some(failure) = &pane.found.failure {
        frame.render_widget(Paragraph::new(failure_lines(failure, room)), area);
        return;
    }
    let keymap = &view.shared().options.keymap;
    let key = |context, action| keymap.hint(context, action).unwrap_or_default();
    let text = if view.shared().world.is_none() {
        "Persons of the organisation will stand here.".to_owned()
    } else if pane.found.searching(view.shared()) {
        "Asking. Persons will stand here, one row each.".to_owned()
    } else if pane.found.result.is_some() {
        format!(
            "Nobody was found. {} shows every form that was asked.",
            key(Context::Search, Action::ShowAsked)
        )
    } else {
        format!(
            "{} types what you were given: e-mail, phone, name, … While typing, up and down say what it is, \
             {} begins another line, {} asks for all of them together.",
            key(Context::Search, Action::Edit),
            key(Context::Input, Action::NextField),
            key(Context::Input, Action::Accept),
        )
    };
    let lines: Vec<Line> = wrap(&text, room)
        .into_iter()
        .map(|line| Line::raw(format!(" {line}")))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// Persons, merged sets, and what makes the answer less than whole.
fn said(pane: &SearchPane, room: usize, view: View) -> Vec<Line<'static>> {
    let Some(result) = &pane.found.result else {
        return Vec::new();
    };
    let mut said: Vec<(String, Style)> = Vec::new();
    let hits: u64 = result.asked.iter().filter_map(|asked| asked.hits).sum();
    let mut summary = format!(
        "{}, {}",
        counted(result.asked.len(), "question", "questions"),
        counted(usize::try_from(hits).unwrap_or(usize::MAX), "answer", "answers")
    );
    let sets = result
        .candidates
        .iter()
        .filter(|person| !person.merge_set.is_empty());
    for person in sets {
        summary.push_str(&format!(", merged set of {}", person.merge_set.len() + 1));
    }
    if let Some(key) = view
        .shared()
        .options
        .keymap
        .hint(Context::Search, Action::NewRequest)
    {
        summary.push_str(&format!(" | {key} new request"));
    }
    said.push((summary, view.theme.dim));
    if result.limited {
        let text = "LIMITED: the GDPR search is whole; what the account may not read is missing beside it.";
        said.push((text.to_owned(), view.theme.warning));
    } else if !result.complete {
        let text = "INCOMPLETE: a person may be missing here. What was not found is not proven absent.";
        said.push((text.to_owned(), view.theme.warning));
    }
    said.extend(result.notes.iter().map(|note| (note.clone(), view.theme.warning)));
    let broken = said.into_iter().flat_map(|(text, style)| {
        let parts = wrap(&text, room.saturating_sub(2));
        parts
            .into_iter()
            .map(move |part| Line::styled(format!(" {part}"), style))
    });
    broken.collect()
}

const ASKED: [Column; 5] = [
    Column::fixed("ASKED AS", 12, 0),
    Column::fixed("FORM", 14, 1),
    Column::fixed("WHERE", 17, 2),
    Column::growing("VALUE", 10, 3),
    Column::fixed("ANSWERS", 7, 0),
];

/// Every form that was asked, so that "nothing found" can be defended.
fn asked(frame: &mut Frame, area: Rect, pane: &SearchPane, revealed: bool, view: View) {
    let forms = pane
        .found
        .result
        .as_ref()
        .map(|result| &result.asked[..])
        .unwrap_or_default();
    table::draw(frame, area, &ASKED, &pane.asked, view, |index| {
        forms
            .get(index)
            .map(|form| asked_row(form, revealed, view))
            .unwrap_or_default()
    });
}

fn asked_row(asked: &Asked, revealed: bool, view: View) -> Vec<Cell> {
    let theme = view.theme;
    let (hits, style) = match asked.hits {
        Some(hits) => (hits.to_string(), theme.text),
        None => ("failed".to_owned(), theme.error),
    };
    let value = if revealed {
        asked.value.clone()
    } else {
        mask(&asked.value)
    };
    vec![
        (word(asked.by).to_owned(), theme.text),
        (asked.form.replace('_', " "), theme.dim),
        (asked.place.replace('_', " "), theme.dim),
        (value, theme.text),
        (hits, style),
    ]
}
