//! The case board.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::board::Board;
use crate::app::time;
use crate::domain::case::CaseRow;
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::{cut, wrap};

/// Dropped from the right; ticket, next step and due stay.
const COLUMNS: [Column; 7] = [
    Column::fixed("CASE", 7, 2),
    Column::fixed("TICKET", 10, 0),
    Column::fixed("KIND", 13, 1),
    Column::growing("NEXT STEP", 20, 0),
    Column::fixed("DUE", 7, 0),
    Column::fixed("LEFT", 10, 0),
    Column::fixed("OWNER", 10, 3),
];

/// The place of the due day, which is wider where it shows a year.
const DUE: usize = 4;

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, area: Rect, board: &Board, view: View) {
    let below = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    let list = Rect {
        height: area.height - 1,
        ..area
    };
    if board.rows.is_empty() {
        let lines: Vec<Line> = wrap(&nothing(board, view), usize::from(list.width) - 2)
            .into_iter()
            .map(|line| Line::raw(format!(" {line}")))
            .collect();
        frame.render_widget(Paragraph::new(lines), list);
    } else {
        let today = today(view);
        let shown = board.list.window(usize::from(list.height.saturating_sub(1)));
        let days = board
            .rows
            .get(shown)
            .unwrap_or_default()
            .iter()
            .map(|row| row.due);
        let mut columns = COLUMNS;
        columns[DUE].width = time::day_width(days, today);
        table::draw(frame, list, &columns, &board.list, view, |place| {
            let row = board.rows.get(place);
            row.map(|row| cells(row, today, view)).unwrap_or_default()
        });
    }
    let keymap = &view.shared().options.keymap;
    let key = |action: Action| keymap.hint(Context::Board, action).unwrap_or_default();
    let (text, style) = match board.caseless {
        0 => (
            format!(" {} shows the requests", key(Action::Board)),
            view.theme.dim,
        ),
        count => {
            let requests = time::counted(
                usize::try_from(count).unwrap_or(usize::MAX),
                "open request belongs",
                "open requests belong",
            );
            (
                format!(
                    " ! {requests} to no case: nobody watches that clock; {} shows them",
                    key(Action::Caseless)
                ),
                view.theme.warning,
            )
        }
    };
    let text = cut(&text, usize::from(area.width));
    frame.render_widget(Paragraph::new(Span::styled(text, style)), below);
}

fn nothing(board: &Board, view: View) -> String {
    if view.shared().world.is_none() {
        return "The cases of the organisation will stand here.".to_owned();
    }
    let keymap = &view.shared().options.keymap;
    let key = keymap.hint(Context::Board, Action::NewCase).unwrap_or_default();
    match (board.loaded, board.all) {
        (false, _) => "The cases are being read.".to_owned(),
        (true, false) => {
            format!("No case is open. A case is what one data subject asked for; {key} writes one down.")
        }
        (true, true) => format!("There are no cases yet; {key} writes one down."),
    }
}

fn today(view: View) -> Option<Date> {
    let shared = view.shared();
    let zone = shared.world.as_ref().map(|world| &world.time_zone);
    shared.now.zip(zone).map(|(now, zone)| time::today(now, zone))
}

fn cells(row: &CaseRow, today: Option<Date>, view: View) -> Vec<Cell> {
    let theme = view.theme;
    let left = today.and_then(|today| row.days_left(today));
    let (words, style) = left_words(left, view);
    vec![
        (row.id.clone(), theme.dim),
        (row.reference.clone().unwrap_or_default(), theme.text),
        (row.kind.as_str().to_owned(), theme.text),
        (row.next_step.clone(), theme.text),
        (time::day(row.due, today), style),
        (words, style),
        (
            row.assignee.clone().unwrap_or_else(|| "nobody".to_owned()),
            theme.dim,
        ),
    ]
}

/// `15 d left`, and how loud.
pub fn left_words(left: Option<i32>, view: View) -> (String, Style) {
    let theme = view.theme;
    match left {
        Some(days) if days < 0 => (format!("{} d late", -days), theme.error),
        Some(days) if days <= 7 => (format!("{days} d left"), theme.warning),
        Some(days) => (format!("{days} d left"), theme.text),
        None => (String::new(), theme.dim),
    }
}
