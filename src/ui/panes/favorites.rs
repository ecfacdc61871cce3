//! Favorites matches. A pane in which nothing was searched says so, rather than showing an empty list
//! that could be taken for "nothing found".

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::favorites::FavoritesPane;
use crate::domain::mask::mask;
use crate::domain::text::clean;
use crate::store::StepState;
use crate::systems::keyspace::{Certainty, Match};
use crate::ui::View;
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::wrap;
use crate::workflow::forget::{CORPORATE, Item};

const COLUMNS: [Column; 6] = [
    Column::fixed("", 1, 0),
    Column::growing("GROUP", 14, 0),
    Column::fixed("OWNER", 9, 2),
    Column::fixed("MATCH", 5, 0),
    Column::fixed("SURE", 8, 1),
    Column::fixed("WHAT BECOMES OF IT", 18, 0),
];

const TEXT: [&str; 3] = [
    "NOT SEARCHED",
    "Where a person's e-mail, phone number or name stands in Personal Favorites and Recents of Genesys Web Services on premise: press / and type whom to look for, or f on a person of the subject search.",
    CORPORATE,
];

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, area: Rect, pane: &FavoritesPane, view: View) {
    let look = FieldLook {
        label: " find ▸ ",
        placeholder: "e-mail, phone or name; several with ;",
        active: pane_typing(pane) && view.focused,
        masked: !view.shared().is_revealed("favorites"),
    };
    field::draw(frame, area, &pane.who, look, view);
    let inside = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    if pane.searches.is_empty() {
        return untouched(frame, inside, view);
    }
    let below = below(pane, usize::from(area.width).saturating_sub(2), view);
    let most = inside.height.saturating_sub(2);
    let height = u16::try_from(below.len()).unwrap_or(u16::MAX).min(most);
    let rows = Rect {
        height: inside.height - height,
        ..inside
    };
    let revealed = view.shared().is_revealed("favorites");
    if pane.looked.is_some() {
        table::draw(frame, rows, &COLUMNS, &pane.list, view, |index| {
            pane.items()
                .get(index)
                .map(|item| row(item, pane.is_marked(item), revealed, view))
                .unwrap_or_default()
        });
    } else {
        table::draw(frame, rows, &COLUMNS, &pane.list, view, |index| {
            pane.arrived
                .get(index)
                .map(|found| arriving(found, revealed, view))
                .unwrap_or_default()
        });
    }
    let place = Rect {
        y: inside.bottom() - height,
        height,
        ..inside
    };
    frame.render_widget(Paragraph::new(below), place);
}

fn pane_typing(pane: &FavoritesPane) -> bool {
    use crate::app::Component;
    pane.typing()
}

fn untouched(frame: &mut Frame, area: Rect, view: View) {
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    for (index, paragraph) in TEXT.iter().enumerate() {
        let style = if index == 0 {
            view.theme.warning
        } else {
            view.theme.text
        };
        lines.extend(
            wrap(paragraph, room)
                .into_iter()
                .map(|line| Line::styled(format!(" {line}"), style)),
        );
        lines.push(Line::raw(""));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// Personal columns are masked until revealed.
fn personal(text: &str, revealed: bool) -> String {
    if revealed { clean(text) } else { mask(&clean(text)) }
}

/// `…personal-favorites`: what groups of Workspace have in common says nothing.
pub(in crate::ui) fn group(name: Option<&str>) -> String {
    match name {
        None => "?".to_owned(),
        Some(name) => match name.strip_prefix("interaction-workspace-") {
            Some(rest) => format!("…{}", clean(rest)),
            None => clean(name),
        },
    }
}

fn arriving(found: &Match, revealed: bool, view: View) -> Vec<Cell> {
    let text = view.theme.text;
    vec![
        (" ".to_owned(), text),
        (group(found.group.as_deref()), text),
        (
            personal(found.owner.as_deref().unwrap_or_default(), revealed),
            text,
        ),
        (found.kind.as_str().to_owned(), text),
        (found.certainty.as_str().to_owned(), text),
        ("being looked up".to_owned(), view.theme.dim),
    ]
}

fn row(item: &Item, marked: bool, revealed: bool, view: View) -> Vec<Cell> {
    let (state, style) = state(item, marked, view);
    let text = match item.found.certainty {
        Certainty::Exact => view.theme.text,
        Certainty::Possible => view.theme.dim,
    };
    vec![
        (if marked { "*" } else { " " }.to_owned(), view.theme.marker),
        (group(item.group.as_deref()), text),
        (
            personal(item.owner.as_deref().unwrap_or_default(), revealed),
            text,
        ),
        (item.found.kind.as_str().to_owned(), text),
        (item.found.certainty.as_str().to_owned(), text),
        (state, style),
    ]
}

fn state(item: &Item, marked: bool, view: View) -> (String, Style) {
    match (item.outcome, item.manual) {
        (Some(StepState::Deleted | StepState::Vanished), _) => ("deleted".to_owned(), view.theme.good),
        (Some(outcome), _) => (outcome.as_str().to_uppercase(), view.theme.error),
        (None, Some(manual)) => (manual.as_str().replace('_', " "), view.theme.warning),
        (None, None) if marked => ("to be deleted".to_owned(), view.theme.text),
        (None, None) => ("GWS can delete it".to_owned(), view.theme.dim),
    }
}

/// What stands under the rows: the opened row, how far it is, the result, what is not covered.
fn below(pane: &FavoritesPane, room: usize, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |text: &str, style: Style| {
        lines.extend(
            wrap(text, room)
                .into_iter()
                .map(|line| Line::styled(format!(" {line}"), style)),
        );
    };
    if pane.opened
        && let Some(item) = pane.selected()
    {
        add(
            &place(item, view.shared().is_revealed("favorites")),
            view.theme.text,
        );
        if let Some(manual) = item.manual {
            add(manual.words(), view.theme.warning);
        }
    }
    if let Some(progress) = pane.progress(view.shared()) {
        add(&clean(&progress), view.theme.text);
    } else if let Some(failure) = &pane.failure {
        return [lines, failure_lines(failure, room)].concat();
    }
    let told = pane
        .erased
        .as_ref()
        .or(pane.looked.as_ref().map(|looked| &looked.told));
    for warning in pane.looked.iter().flat_map(|looked| &looked.ends.warnings) {
        add(&clean(warning), view.theme.warning);
    }
    match told {
        Some(told) => {
            let style = if told.verdict.is_complete() {
                view.theme.good
            } else {
                view.theme.error
            };
            add(&clean(&told.line), style);
        }
        None => add(&format!("{} matches so far", pane.arrived.len()), view.theme.text),
    }
    let beside = pane
        .looked
        .as_ref()
        .map(|looked| looked.findings.report.substring_total());
    let beside = beside.map_or(String::new(), |count| {
        format!("{count} more as a part of longer text · ")
    });
    add(
        &format!("{beside}Corporate Favorites: the administrator's, not covered"),
        view.theme.dim,
    );
    lines
}

/// Where it was found.
fn place(item: &Item, revealed: bool) -> String {
    let found = &item.found;
    format!(
        "{}: key {}, column {}{} · {}",
        clean(&found.table),
        personal(&found.key, revealed),
        personal(&found.column, revealed || found.column.len() < 16),
        if revealed {
            clean(&found.pointer)
        } else {
            clean(&item.masked_pointer())
        },
        personal(&found.snippet, revealed),
    )
}
