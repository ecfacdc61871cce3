//! The first four steps of the guide.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::guide::Guide;
use crate::app::guide::details::LABELS;
use crate::app::guide::what::Term;
use crate::app::identifiers::word;
use crate::domain::request::RequestType;
use crate::keymap::{Action, Context};
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::text::{fit, wrap};
use crate::ui::{View, identifiers, persons};

/// What a type does, in words.
fn meaning(kind: RequestType) -> &'static str {
    match kind {
        RequestType::Export => "a copy of the data, to hand out; takes 1 to 2 business days",
        RequestType::Delete => "redacted for good, cannot be undone; takes up to 14 days",
        RequestType::Update => "values replaced by others wherever they stand",
    }
}

fn text(frame: &mut Frame, area: Rect, text: &str, style: Style) -> u16 {
    let lines: Vec<Line> = wrap(text, usize::from(area.width))
        .into_iter()
        .map(|line| Line::styled(line, style))
        .collect();
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    frame.render_widget(Paragraph::new(lines), area);
    rows.min(area.height)
}

fn from(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

fn key(view: View, context: Context, action: Action) -> String {
    view.shared()
        .options
        .keymap
        .hint(context, action)
        .unwrap_or_default()
}

/// Step 1.
pub fn who(frame: &mut Frame, area: Rect, modal: &Guide, view: View) {
    let help = format!(
        "What were you given? While typing, up and down say what it is, {} begins another line, {} searches.",
        key(view, Context::Input, Action::NextField),
        key(view, Context::Input, Action::Accept),
    );
    let used = text(frame, area, &help, view.theme.dim);
    let shown = identifiers::Shown {
        revealed: true,
        selecting: true,
    };
    identifiers::draw(frame, from(area, used), &modal.who, shown, view);
}

/// Step 2: in full for as long as it is open.
pub fn which(frame: &mut Frame, area: Rect, modal: &Guide, view: View) {
    let found = &modal.found;
    if let Some(failure) = &found.failure {
        frame.render_widget(
            Paragraph::new(failure_lines(failure, usize::from(area.width))),
            area,
        );
        return;
    }
    if found.candidates().is_empty() {
        let said = if found.searching(view.shared()) {
            "Asking. Persons will stand here in full, and that is recorded.".to_owned()
        } else {
            format!(
                "Nobody was found. {} goes back; try another form.",
                key(view, Context::Guide, Action::Close)
            )
        };
        text(frame, area, &said, view.theme.text);
        return;
    }
    let revealed = modal.persons_in_full(view.shared());
    let mut lines = Vec::new();
    if let Some(person) = found.selected() {
        lines = persons::in_full(person, revealed, usize::from(area.width), view);
    }
    lines.insert(0, warning(modal, revealed, view));
    lines.truncate(usize::from(area.height.saturating_sub(3)));
    let below = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let rows = Rect {
        height: area.height - below,
        ..area
    };
    let shown = persons::Shown {
        revealed,
        selecting: true,
    };
    persons::rows(frame, rows, found, shown, view);
    frame.render_widget(Paragraph::new(lines), from(area, area.height - below));
}

fn warning(modal: &Guide, revealed: bool, view: View) -> Line<'static> {
    let whole = modal
        .found
        .result
        .as_ref()
        .is_none_or(|result| result.complete || result.limited);
    let said = if !whole {
        "The search was INCOMPLETE: somebody may be missing here."
    } else if revealed {
        "Shown in full, which is recorded. A wrong choice cannot be undone."
    } else {
        "Masked again. Nobody should be chosen unseen."
    };
    Line::styled(said.to_owned(), view.theme.warning)
}

/// Step 3.
pub fn what(frame: &mut Frame, area: Rect, modal: &Guide, view: View) {
    let what = &modal.what;
    let mut lines = Vec::new();
    for (row, kind) in RequestType::ALL.into_iter().enumerate() {
        let mark = if what.row == row { "▸" } else { " " };
        let choice = if what.kind == kind { "(x)" } else { "( )" };
        lines.push(Line::from(vec![
            Span::styled(format!("{mark} "), view.theme.marker),
            Span::styled(format!("{choice} {:<8}", kind.as_str()), view.theme.text),
            Span::styled(meaning(kind), view.theme.dim),
        ]));
    }
    let used = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    frame.render_widget(Paragraph::new(lines), area);
    if what.kind != RequestType::Update {
        return;
    }
    let rest = from(area, used + 1);
    let used = text(
        frame,
        rest,
        "as it stands, and as it shall stand; up and down say what it is:",
        view.theme.dim,
    );
    let table = from(rest, used);
    let height = usize::from(table.height);
    let selected = what.selected_term().unwrap_or(0);
    let first = (selected + 1).saturating_sub(height);
    for (place, (number, term)) in what.terms.iter().enumerate().skip(first).take(height).enumerate() {
        let line = Rect {
            y: table.y + u16::try_from(place).unwrap_or(u16::MAX),
            height: 1,
            ..table
        };
        let selected = what.selected_term() == Some(number);
        let typing = what.typing.filter(|_| selected);
        replacement(frame, line, term, selected, typing, view);
    }
}

fn replacement(frame: &mut Frame, area: Rect, term: &Term, selected: bool, typing: Option<bool>, view: View) {
    let mark = if selected { "▸" } else { " " };
    let label = format!("{mark} {}", fit(word(term.kind), 15));
    let left = (area.width + 17) / 2;
    let cells = [
        (
            &term.existing,
            label.as_str(),
            "as it stands",
            0,
            left,
            Some(false),
        ),
        (
            &term.updated,
            " ",
            "as it shall stand",
            left,
            area.width - left,
            Some(true),
        ),
    ];
    for (field, label, placeholder, x, width, cell) in cells {
        let look = FieldLook {
            label,
            placeholder,
            active: typing == cell && view.focused,
            masked: false,
        };
        let place = Rect {
            x: area.x + x,
            width,
            ..area
        };
        field::draw(frame, place, field, look, view);
    }
}

/// Step 4.
pub fn details(frame: &mut Frame, area: Rect, modal: &Guide, view: View) {
    let details = &modal.details;
    for (row, (name, placeholder)) in LABELS.into_iter().enumerate() {
        let place = from(area, u16::try_from(row).unwrap_or(u16::MAX));
        let mark = if details.row == row { "▸" } else { " " };
        let label = format!("{mark} {}", fit(name, 17));
        let look = FieldLook {
            label: &label,
            placeholder,
            active: details.typing && details.row == row && view.focused,
            masked: false,
        };
        field::draw(frame, place, &details.fields[row], look, view);
    }
    let mut rest = from(area, u16::try_from(LABELS.len()).unwrap_or(u16::MAX));
    if modal.what.kind == RequestType::Delete {
        let mark = if details.row == LABELS.len() { "▸" } else { " " };
        let choice = if details.copy_first { "[x]" } else { "[ ]" };
        let line = Line::from(vec![
            Span::styled(format!("{mark} "), view.theme.marker),
            Span::styled(format!("{choice} a copy first"), view.theme.text),
            Span::styled(
                "  the deletion waits until the copy is here and checked",
                view.theme.dim,
            ),
        ]);
        frame.render_widget(Paragraph::new(line), rest);
        rest = from(rest, 1);
    }
    let rest = from(rest, 1);
    let said = match details.received(view.shared()) {
        Err(why) => (why, view.theme.error),
        Ok(Some(day)) => {
            let rules = view.shared().world.as_ref().map(|world| world.rules.clone());
            let rules = rules.unwrap_or_default();
            let due = rules.due(day);
            let text = format!("due {due}: {}; {}", rules.explanation(day), rules.calendar.name());
            (text, view.theme.dim)
        }
        Ok(None) => (
            "Without the day on which it was received no due day can be told.".to_owned(),
            view.theme.dim,
        ),
    };
    text(frame, rest, &said.0, said.1);
}
