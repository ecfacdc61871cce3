//! The register of people whose data was erased, and what searching for them again has shown.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::register_view::{RegisterView, Row};
use crate::domain::mask::mask;
use crate::domain::text::clean;
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::wrap;
use crate::workflow::cases::recheck::{Looked, Rechecked, Settled, State};
use crate::workflow::cases::suppression::Listed;

const COLUMNS: [Column; 6] = [
    Column::fixed("CASE", 8, 0),
    Column::fixed("TICKET", 12, 1),
    Column::growing("PERSON", 16, 0),
    Column::fixed("CLOSED", 10, 2),
    Column::fixed("UNTIL", 10, 0),
    Column::fixed("FOUND AGAIN", 16, 0),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &RegisterView, view: View) {
    let width = usize::from(area.width).saturating_sub(2);
    let rows = modal.rows();
    if let (Some(failure), true) = (&modal.failure, rows.is_empty()) {
        return frame.render_widget(Paragraph::new(failure_lines(failure, width)), area);
    }
    if modal.entries.is_none() && rows.is_empty() {
        return frame.render_widget(Paragraph::new(" The register is being read."), area);
    }
    let selected = modal.list.selected().and_then(|place| rows.get(place));
    let mut lines = match selected.and_then(|row| modal.again(*row)) {
        Some(one) => of_systems(one, width, view),
        None => said(rows.is_empty(), width, view),
    };
    lines.truncate(usize::from(area.height / 2));
    let below = u16::try_from(lines.len()).unwrap_or(1);
    let list = Rect {
        height: area.height.saturating_sub(below),
        ..area
    };
    table::draw(frame, list, &COLUMNS, &modal.list, view, |place| {
        rows.get(place)
            .map(|row| cells(modal, *row, view))
            .unwrap_or_default()
    });
    let foot = Rect {
        y: list.bottom(),
        height: below,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), foot);
}

fn said(empty: bool, width: usize, view: View) -> Vec<Line<'static>> {
    let keymap = &view.shared().options.keymap;
    let key = |action: Action| keymap.hint(Context::Register, action).unwrap_or_default();
    let text = match empty {
        true => {
            "The register is empty: nobody's erasure was closed while a time for the register is configured."
                .to_owned()
        }
        false => format!(
            "People whose data was erased, kept encrypted so that a return of it is noticed, as after a restore from \
             a backup. {} searches for all of them again.",
            key(Action::Recheck)
        ),
    };
    wrap(&text, width)
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), view.theme.dim))
        .collect()
}

/// What each system said of the selected one.
fn of_systems(one: &Rechecked, width: usize, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |text: String, style: Style| {
        for line in wrap(&clean(&text), width) {
            lines.push(Line::styled(format!(" {line}"), style));
        }
    };
    for looked in &one.systems {
        let (words, style) = of_system(one, looked, view);
        let system = looked.system.as_str().replace('_', " ");
        let notes = match looked.notes.is_empty() {
            true => String::new(),
            false => format!(". {}", looked.notes.join(" ")),
        };
        match &looked.settled {
            Some(settled) => add(
                format!("{system}: {words}, {}{notes}", whose(settled)),
                view.theme.dim,
            ),
            None => add(format!("{system}: {words}{notes}"), style),
        }
    }
    for note in &one.notes {
        add(note.clone(), view.theme.warning);
    }
    if let Some(settled) = &one.settled {
        add(whose(settled), view.theme.dim);
    }
    lines
}

/// Whose word it is. The words themselves may name somebody: `dsr cases recheck` shows them.
fn whose(settled: &Settled) -> String {
    format!("settled by {} on {}", settled.by, settled.at.strftime("%Y-%m-%d"))
}

fn of_system(one: &Rechecked, looked: &Looked, view: View) -> (String, Style) {
    let theme = view.theme;
    // What was never erased is not there again.
    if looked.state == State::Searched && looked.found > 0 && one.erased(&looked.system) == Some(false) {
        let partly = if looked.complete { "" } else { ", INCOMPLETE" };
        let words = format!("{} found, nothing was erased there{partly}", looked.found);
        return (words, theme.warning);
    }
    match (looked.state, looked.found, looked.complete) {
        (State::Searched, 1.., true) => (format!("{} found", looked.found), theme.error),
        (State::Searched, 1.., false) => (format!("{} found, INCOMPLETE", looked.found), theme.error),
        (State::Searched, 0, true) => ("nothing found".to_owned(), theme.text),
        (State::Searched, 0, false) => ("nothing found, INCOMPLETE".to_owned(), theme.warning),
        (State::NotConfigured, ..) => ("not configured".to_owned(), theme.dim),
        (state, ..) => (state.as_str().replace('_', " "), theme.warning),
    }
}

fn cells(modal: &RegisterView, row: Row<'_>, view: View) -> Vec<Cell> {
    let theme = view.theme;
    let again = match modal.again(row) {
        None => (String::new(), theme.dim),
        Some(one) if one.is_back() => (one.found_again().unwrap_or(0).to_string(), theme.error),
        Some(one) if one.is_open() => ("INCOMPLETE".to_owned(), theme.warning),
        Some(one) if one.settlements().next().is_some() => ("settled".to_owned(), theme.dim),
        Some(_) => ("nothing".to_owned(), theme.text),
    };
    let mut cells = match row {
        Row::Entry(listed, reference) => of_entry(listed, reference, view),
        Row::Case(one) => vec![
            (one.id.clone(), theme.dim),
            (String::new(), theme.text),
            ("known to its case".to_owned(), theme.dim),
            (String::new(), theme.text),
            (String::new(), theme.text),
        ],
    };
    cells.push(again);
    cells
}

fn of_entry(listed: &Listed, reference: Option<&str>, view: View) -> Vec<Cell> {
    let theme = view.theme;
    let revealed = view.shared().is_revealed("register");
    let (person, closed) = match &listed.entry {
        Ok(entry) => {
            let first = entry.identifiers.first().map(|one| clean(&one.value));
            let first = first.unwrap_or_default();
            let shown = if revealed { first } else { mask(&first) };
            let more = match entry.identifiers.len() {
                0 | 1 => String::new(),
                count => format!(" +{}", count - 1),
            };
            (
                (format!("{shown}{more}"), theme.text),
                entry.closed_on.to_string(),
            )
        }
        Err(_) => (("not readable".to_owned(), theme.error), String::new()),
    };
    vec![
        (listed.case.clone(), theme.dim),
        (clean(reference.unwrap_or_default()), theme.text),
        person,
        (closed, theme.dim),
        (listed.until.to_string(), theme.text),
    ]
}
