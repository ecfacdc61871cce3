//! Job status: every task with how far it is. Nothing here moves by itself: a percentage is painted
//! when it changes, an age when its step does.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::jobs::JobsPane;
use crate::app::tasks::{Task, TaskState};
use crate::app::{pace, time};
use crate::domain::progress::Progress;
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::modals::exports::{remaining, status};
use crate::ui::modals::notices::failure_lines;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::{cut_in_middle, fit, wrap};

const COLUMNS: [Column; 4] = [
    Column::fixed("", 1, 0),
    Column::growing("TASK", 20, 0),
    Column::growing("HOW FAR", 22, 0),
    Column::fixed("SINCE", 8, 1),
];
/// Cells of a progress bar.
const BAR: u64 = 10;

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, area: Rect, pane: &JobsPane, view: View) {
    let lines = exports(area, view);
    let height = u16::try_from(lines.len()).unwrap_or(0);
    let place = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), place);
    let rest = Rect {
        height: area.height - height,
        ..area
    };
    tasks(frame, rest, pane, view);
}

/// The exports section: what runs, what failed last, and what is about to be lost.
fn exports(area: Rect, view: View) -> Vec<Line<'static>> {
    let shared = view.shared();
    if !shared.world.as_ref().is_some_and(|world| world.exports) || area.height < 4 {
        return Vec::new();
    }
    let key = shared
        .options
        .keymap
        .hint(Context::Jobs, Action::Exports)
        .unwrap_or_default();
    let Some(overview) = shared.exports.as_deref() else {
        let text = if shared.reading_exports() {
            " EXPORTS  being read".to_owned()
        } else {
            format!(" EXPORTS  not read; {key} tries again")
        };
        return vec![Line::styled(text, view.theme.heading)];
    };
    let room = usize::from(area.width).saturating_sub(1);
    let name = room.saturating_sub(44).clamp(12, 40);
    let mut rows: Vec<(String, Cell, Cell)> = Vec::new();
    for job in overview.jobs.jobs.iter().take(3) {
        let left = job
            .remaining_seconds
            .map_or_else(String::new, |left| format!("{} min", left.div_ceil(60)));
        let (_, style) = status(job, view);
        let percent = job
            .percent
            .map_or_else(String::new, |percent| format!(" {percent} %"));
        rows.push((
            job.title.clone(),
            (format!("{}{percent}", job.status), style),
            (left, view.theme.text),
        ));
    }
    let expiring = overview
        .files
        .entries
        .iter()
        .filter(|entry| entry.artifact.is_expiring());
    for entry in expiring.take(3) {
        let here = if entry.here.is_some() { "here" } else { "not here" };
        rows.push((
            cut_in_middle(&entry.artifact.name, name),
            (here.to_owned(), view.theme.text),
            remaining(entry, view),
        ));
    }
    rows.truncate(usize::from(area.height / 2).saturating_sub(1));
    // They are not read again by themselves.
    let zone = shared.world.as_ref().map(|world| &world.time_zone);
    let read = zone.map_or_else(String::new, |zone| {
        time::seen(overview.jobs.read_at, zone, shared.now)
    });
    let title = fit(&format!("EXPORTS {read}"), name);
    let heading = format!(" {title} {:<20} REMAINING   {key} all", "STATUS");
    let mut lines = vec![Line::styled(fit(&heading, room), view.theme.heading)];
    for (title, (state, style), (left, left_style)) in rows {
        lines.push(Line::from(vec![
            Span::raw(format!(" {} ", fit(&title, name))),
            Span::styled(format!("{} ", fit(&state, 20)), style),
            Span::styled(left, left_style),
        ]));
    }
    lines
}

fn tasks(frame: &mut Frame, area: Rect, pane: &JobsPane, view: View) {
    let rows = view.shared().tasks.shown();
    if rows.is_empty() {
        let text = " Searches, downloads and submissions will stand here while they run.";
        frame.render_widget(Paragraph::new(text), area);
        return;
    }
    let room = usize::from(area.width).saturating_sub(2);
    let selected = if pane.opened {
        pane.selected(view.shared())
    } else {
        None
    };
    let lines = selected.map(|task| full(task, room)).unwrap_or_default();
    let below = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .min(area.height.saturating_sub(3));
    let list = Rect {
        height: area.height - below,
        ..area
    };
    table::draw(frame, list, &COLUMNS, &pane.list, view, |index| {
        let Some(task) = rows.get(index) else {
            return Vec::new();
        };
        let (mark, style) = mark(task, view);
        vec![
            (mark.to_owned(), style),
            (task.title.clone(), view.theme.text),
            (far(task), style),
            (age(task, view), view.theme.dim),
        ]
    });
    let place = Rect {
        y: area.bottom() - below,
        height: below,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), place);
}

/// The error, or what there is to say, in full.
fn full(task: &Task, room: usize) -> Vec<Line<'static>> {
    match &task.state {
        TaskState::Failed(failure) => failure_lines(failure, room),
        _ => {
            let note = task
                .progress
                .as_ref()
                .map(|progress| progress.note.as_str())
                .unwrap_or_default();
            let text = format!("{}: {} {note}", task.title, far(task));
            wrap(&text, room)
                .into_iter()
                .map(|line| Line::raw(format!(" {line}")))
                .collect()
        }
    }
}

fn mark(task: &Task, view: View) -> (&'static str, Style) {
    match task.state {
        TaskState::Running => (">", view.theme.text),
        TaskState::Cancelling => ("-", view.theme.warning),
        TaskState::Done(_) => ("✓", view.theme.good),
        TaskState::Cancelled => ("-", view.theme.dim),
        TaskState::Failed(_) => ("✗", view.theme.error),
    }
}

fn far(task: &Task) -> String {
    match &task.state {
        TaskState::Running => running(task),
        TaskState::Cancelling if task.mutates => "stopping; what is being sent runs on".to_owned(),
        TaskState::Cancelling => "stopping".to_owned(),
        TaskState::Done(summary) if summary.is_empty() => "done".to_owned(),
        TaskState::Done(summary) => match took(task) {
            Some(took) => format!("{summary} in {took}"),
            None => summary.clone(),
        },
        TaskState::Cancelled => "cancelled".to_owned(),
        TaskState::Failed(failure) => failure.message.clone(),
    }
}

/// How long a task took, when it is worth saying.
fn took(task: &Task) -> Option<String> {
    let seconds = task.ended?.as_second() - task.started?.as_second();
    u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds > 1)
        .map(pace::span)
}

/// `41,200 rows/s  61 %  1m12s left`; until a rate is known `[####------]  41 %`, or what was counted
/// so far.
fn running(task: &Task) -> String {
    let Some(progress) = &task.progress else {
        return "running".to_owned();
    };
    let rate = task.pace.rate();
    match (task.percent(), task.pace.left(progress)) {
        (Some(percent), Some(left)) => {
            let rate = rate.map_or_else(String::new, |rate| format!("{rate}  "));
            format!("{rate}{percent} %  {left} left")
        }
        (Some(percent), None) => {
            let done = usize::try_from(u64::from(percent) * BAR / 100).unwrap_or(0);
            let left = usize::try_from(BAR).unwrap_or(0).saturating_sub(done);
            format!("[{}{}] {percent:>3} %", "#".repeat(done), "-".repeat(left))
        }
        (None, _) if progress.done > 0 => {
            let rate = rate.map_or_else(String::new, |rate| format!("  {rate}"));
            format!("{}{rate}", counted(progress))
        }
        _ => "running".to_owned(),
    }
}

fn counted(progress: &Progress) -> String {
    if progress.unit == "bytes" {
        return pace::bytes(progress.done);
    }
    let done = usize::try_from(progress.done).unwrap_or(usize::MAX);
    format!("{} {}", time::count(done), progress.unit)
}

/// How long ago it ended, or how long it has been running.
fn age(task: &Task, view: View) -> String {
    let from = task.ended.or(task.started);
    from.zip(view.shared().now)
        .map(|(from, to)| time::age(from, to))
        .unwrap_or_default()
}
