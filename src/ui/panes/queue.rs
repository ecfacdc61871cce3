//! The request queue.

use std::borrow::Cow;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::queue::QueuePane;
use crate::app::time;
use crate::domain::mask::mask;
use crate::domain::queue::{Origin, QueueRow};
use crate::domain::request::{Phase, phase};
use crate::domain::subject::SubjectKind;
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::widgets::field::{self, FieldLook};
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::{cut, wrap};

/// An example of what the filter takes, beside words.
const FILTER_HINT: &str = "type=delete status=error since=30d";

/// Dropped from the right; reference, subject, status and due stay.
const COLUMNS: [Column; 8] = [
    Column::fixed("TYPE", 6, 1),
    Column::fixed("REF", 8, 0),
    Column::growing("SUBJECT", 18, 0),
    Column::fixed("STATUS", 10, 0),
    Column::fixed("SUBMITTED", 12, 2),
    Column::fixed("DUE", 7, 0),
    Column::fixed("NOTE", 12, 3),
    Column::fixed("BY", 12, 4),
];

/// The place of the due day, which is wider where it shows a year.
const DUE: usize = 5;

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, area: Rect, pane: &QueuePane, view: View) {
    let below = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    let list = Rect {
        height: area.height - 1,
        ..area
    };
    if pane.rows.is_empty() {
        let lines: Vec<Line> = wrap(&nothing(pane, view), usize::from(list.width) - 2)
            .into_iter()
            .map(|line| Line::raw(format!(" {line}")))
            .collect();
        frame.render_widget(Paragraph::new(lines), list);
    } else {
        let cells = Cells::new(view);
        let shown = pane.list.window(usize::from(list.height.saturating_sub(1)));
        let days = shown.filter_map(|place| pane.rows.get(place)?.due);
        let mut columns = COLUMNS;
        columns[DUE].width = time::day_width(days, cells.today);
        table::draw(frame, list, &columns, &pane.list, view, |place| {
            pane.rows
                .get(place)
                .map(|row| cells.row(&row))
                .unwrap_or_default()
        });
    }
    last_line(frame, below, pane, view);
}

/// What would fill the pane, and the key for it.
fn nothing(pane: &QueuePane, view: View) -> String {
    let key = |action: Action| {
        view.shared()
            .options
            .keymap
            .hint(Context::Queue, action)
            .unwrap_or_default()
    };
    if view.shared().world.is_none() {
        "The organisation's requests will stand here.".to_owned()
    } else if pane.rows.total() > 0 {
        format!(
            "No request fits the filter. {} shows all again.",
            key(Action::ClearFilter)
        )
    } else if pane.is_refreshing(view.shared()) {
        "The list is being read.".to_owned()
    } else {
        format!(
            "No requests yet. {} starts one, {} reads the organisation's list again.",
            key(Action::NewRequest),
            key(Action::Refresh)
        )
    }
}

/// The filter while it is typed, else when the list was read and how it is sorted.
fn last_line(frame: &mut Frame, area: Rect, pane: &QueuePane, view: View) {
    if pane.filtering {
        let look = FieldLook {
            label: " / ",
            active: view.focused,
            ..FieldLook::default()
        };
        // What can be typed, until something is.
        let (beside, style) = match &pane.error {
            Some(error) => (error.as_str(), view.theme.warning),
            None if pane.line.value().is_empty() => (FILTER_HINT, view.theme.dim),
            None => ("", view.theme.dim),
        };
        let wanted = match beside.chars().count() {
            0 => 0,
            text => text + 1,
        };
        let room = u16::try_from(wanted).unwrap_or(u16::MAX).min(area.width / 2);
        field::draw(
            frame,
            Rect {
                width: area.width - room,
                ..area
            },
            &pane.line,
            look,
            view,
        );
        let place = Rect {
            x: area.right() - room,
            width: room,
            ..area
        };
        let text = cut(beside, usize::from(room));
        frame.render_widget(Paragraph::new(Span::styled(text, style)), place);
        return;
    }
    let text = cut(&reading(pane, view), usize::from(area.width));
    let style = if pane.rows.complete {
        view.theme.dim
    } else {
        view.theme.warning
    };
    frame.render_widget(Paragraph::new(Span::styled(text, style)), area);
}

/// ` list read 12:03:10 | newest first`; the time is absolute, so that it never ticks.
fn reading(pane: &QueuePane, view: View) -> String {
    let shared = view.shared();
    let Some(world) = &shared.world else {
        return String::new();
    };
    let zone = &world.time_zone;
    let mut text = match pane.rows.read_at {
        None => " list not read yet".to_owned(),
        Some(at) => format!(" list read {}", time::seen(at, zone, shared.now)),
    };
    if pane.is_refreshing(shared) {
        text.push_str(", being read again");
    } else if !pane.rows.complete && pane.rows.read_at.is_some() {
        text.push_str(", not whole");
        if let Some(note) = pane.rows.notes.first() {
            text.push_str(&format!(": {note}"));
        }
    }
    text.push_str(" | ");
    text.push_str(pane.rows.by.words(pane.rows.reversed));
    text
}

/// Makes the cells of rows.
struct Cells<'a> {
    view: View<'a>,
    today: Option<Date>,
    revealed: bool,
}

impl<'a> Cells<'a> {
    fn new(view: View<'a>) -> Cells<'a> {
        let shared = view.shared();
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        Cells {
            view,
            today: shared.now.zip(zone).map(|(now, zone)| time::today(now, zone)),
            revealed: shared.is_revealed("queue"),
        }
    }

    fn row(&self, row: &QueueRow) -> Vec<Cell> {
        let theme = self.view.theme;
        let kind = match row.kind {
            Some(kind) => kind.as_str(),
            None => &*row.type_text,
        };
        let (note, note_style) = self.note(row);
        vec![
            (kind.to_owned(), theme.text),
            (reference(row).into_owned(), theme.dim),
            (self.subject(row), theme.text),
            (row.status.to_string(), self.status_style(row)),
            (self.submitted(row), theme.dim),
            (self.due(row), self.due_style(row)),
            (note, note_style),
            (
                row.created_by.as_deref().unwrap_or_default().to_owned(),
                theme.dim,
            ),
        ]
    }

    fn subject(&self, row: &QueueRow) -> String {
        let label = if self.revealed {
            row.label.to_string()
        } else {
            mask(&row.label)
        };
        match kind_word(row.subject.unpack().kind()) {
            Some(word) => format!("{label} ({word})"),
            None => label,
        }
    }

    fn status_style(&self, row: &QueueRow) -> Style {
        let theme = self.view.theme;
        match phase(&row.status) {
            Phase::Completed => theme.good,
            Phase::Failed => theme.error,
            Phase::Open if matches!(&*row.status, "UNKNOWN" | "REFUSED" | "NOT_SENT") => theme.warning,
            Phase::Open => theme.text,
        }
    }

    fn submitted(&self, row: &QueueRow) -> String {
        let shared = self.view.shared();
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        match (row.sent_at(), row.submitted_at, zone) {
            (Some(at), _, Some(zone)) => time::moment(at, zone, shared.now),
            (None, Some(_), _) => "not yet".to_owned(),
            _ => String::new(),
        }
    }

    /// The due day; without one, why there is none. Nothing is guessed.
    fn due(&self, row: &QueueRow) -> String {
        match (row.due, &row.reference) {
            (Some(due), _) => time::day(due, self.today),
            (None, None) => "no case".to_owned(),
            (None, Some(_)) => "no day".to_owned(),
        }
    }

    fn due_style(&self, row: &QueueRow) -> Style {
        match self.days_left(row) {
            Some(days) if days < 0 => self.view.theme.error,
            Some(days) if days <= 7 => self.view.theme.warning,
            Some(_) => self.view.theme.text,
            None => self.view.theme.dim,
        }
    }

    /// Days left of what is still open.
    fn days_left(&self, row: &QueueRow) -> Option<i32> {
        let open = phase(&row.status) == Phase::Open;
        let (due, today) = row.due.zip(self.today)?;
        open.then(|| time::days_until(due, today))
    }

    /// What is most worth knowing.
    fn note(&self, row: &QueueRow) -> (String, Style) {
        let theme = self.view.theme;
        if &*row.status == "UNKNOWN" {
            return ("! settle it".to_owned(), theme.warning);
        }
        if row.results > row.downloaded {
            return (format!("{} to fetch", row.results - row.downloaded), theme.good);
        }
        if row.downloaded > 0 {
            return (format!("{} here", row.downloaded), theme.text);
        }
        match self.days_left(row) {
            Some(days) if days < 0 => (format!("{} d late", -days), theme.error),
            Some(days) => (format!("{days} d left"), theme.text),
            None if row.origin == Origin::MergeSet => ("merge set".to_owned(), theme.dim),
            None => (String::new(), theme.dim),
        }
    }
}

/// The ticket or case, else the beginning of the id.
fn reference(row: &QueueRow) -> Cow<'_, str> {
    match row.reference.as_deref() {
        Some(reference) if !reference.is_empty() => Cow::Borrowed(reference),
        _ => row.any_id().chars().take(8).collect::<String>().into(),
    }
}

fn kind_word(kind: SubjectKind) -> Option<&'static str> {
    match kind {
        SubjectKind::User => Some("user"),
        SubjectKind::ExternalContact => Some("ext"),
        SubjectKind::DialerContact => Some("dialer"),
        SubjectKind::JourneyCustomer => Some("journey"),
        SubjectKind::Social => Some("social"),
        SubjectKind::ExternalId => Some("ext id"),
        SubjectKind::Unlinked => None,
    }
}
