//! Exports over the panes: jobs, files, the certificate, and the guide for a new job.

mod asking;
mod guide;
mod making;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::exports::{Exports, Tab};
use crate::app::time;
use crate::domain::export::{Job, JobPhase};
use crate::keymap::{Action, Context};
use crate::ui::View;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::{cut_in_middle, width, wrap};
use crate::workflow::exports::{Entry, Overview, Standing};

const JOBS: [Column; 5] = [
    Column::growing("TITLE", 22, 0),
    Column::fixed("TYPE", 11, 2),
    Column::fixed("STATUS", 22, 0),
    Column::fixed("STARTED", 16, 1),
    Column::fixed("NEXT RUN", 16, 3),
];

const FILES: [Column; 6] = [
    Column::fixed("", 1, 0),
    Column::growing("NAME", 24, 0),
    Column::fixed("REMAINING", 10, 0),
    Column::fixed("HERE", 17, 0),
    Column::fixed("BYTES", 11, 1),
    Column::fixed("FOR KEY", 20, 2),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Exports, view: View) {
    if let Some(creating) = &modal.creating {
        return guide::draw(frame, area, creating, view);
    }
    if let Some(making) = &modal.making {
        return making::draw(frame, area, making, view);
    }
    if let Some(reading) = &modal.reading {
        return super::reading::draw(frame, area, reading);
    }
    let head = Rect {
        height: 1.min(area.height),
        ..area
    };
    frame.render_widget(Paragraph::new(tabs(modal, view)), head);
    let rest = Rect {
        y: area.y + head.height,
        height: area.height - head.height,
        ..area
    };
    let rest = asking::draw(frame, rest, modal, view);
    let Some(overview) = view.shared().exports.as_deref() else {
        let text = if view.shared().reading_exports() {
            " Jobs and files are being read."
        } else {
            " Nothing could be read; the notices say why. Sign in with: dsr login cdds"
        };
        return frame.render_widget(Paragraph::new(text), rest);
    };
    match modal.tab {
        Tab::Jobs => jobs(frame, rest, modal, overview, view),
        Tab::Files => files(frame, rest, modal, overview, view),
        Tab::Certificate => certificate(frame, rest, overview, view),
    }
}

/// `[Jobs]  Files  Certificate`, and whether something demands attention.
fn tabs(modal: &Exports, view: View) -> Line<'static> {
    let mut text = String::from(" ");
    for tab in Tab::ALL {
        let name = tab.name();
        text.push_str(&if tab == modal.tab {
            format!("[{name}] ")
        } else {
            format!(" {name}  ")
        });
    }
    Line::styled(text, view.theme.heading)
}

fn empty(frame: &mut Frame, area: Rect, text: String) {
    frame.render_widget(Paragraph::new(format!(" {text}")), area);
}

fn jobs(frame: &mut Frame, area: Rect, modal: &Exports, overview: &Overview, view: View) {
    let rows = &overview.jobs.jobs;
    if rows.is_empty() {
        let key = view
            .shared()
            .options
            .keymap
            .hint(Context::Exports, Action::NewExport);
        return empty(
            frame,
            area,
            format!("No export job yet; {} makes one.", key.unwrap_or_default()),
        );
    }
    let area = notes(frame, area, &overview.jobs.notes, view);
    table::draw(frame, area, &JOBS, &modal.list, view, |index| {
        match rows.get(index) {
            Some(job) => vec![
                (job.title.clone(), view.theme.text),
                (job.kind.clone().unwrap_or_default(), view.theme.dim),
                status(job, view),
                (stamp(job.started_at, view), view.theme.dim),
                (stamp(job.next_run_at, view), view.theme.dim),
            ],
            None => Vec::new(),
        }
    });
}

/// `In Progress 40 % 12 min`.
pub fn status(job: &Job, view: View) -> Cell {
    let mut text = job.status.clone();
    if let Some(percent) = job.percent {
        text.push_str(&format!(" {percent} %"));
    }
    if let Some(seconds) = job.remaining_seconds {
        text.push_str(&format!(" {} min", seconds.div_ceil(60)));
    }
    let style = match job.phase() {
        JobPhase::Done => view.theme.good,
        JobPhase::Failed => view.theme.error,
        _ => view.theme.text,
    };
    (text, style)
}

/// `3 days !` from the fifth day down.
pub fn remaining(entry: &Entry, view: View) -> Cell {
    let Some(days) = entry.artifact.remaining_days else {
        return ("not told".to_owned(), view.theme.dim);
    };
    let word = if days == 1 { "day" } else { "days" };
    if entry.artifact.is_expiring() && entry.here.is_none() {
        (format!("{days} {word} !"), view.theme.warning)
    } else {
        (format!("{days} {word}"), view.theme.text)
    }
}

fn files(frame: &mut Frame, area: Rect, modal: &Exports, overview: &Overview, view: View) {
    let rows = &overview.files.entries;
    if rows.is_empty() {
        return empty(
            frame,
            area,
            "The service keeps no file; a job that is done leaves one.".to_owned(),
        );
    }
    let area = notes(frame, area, &overview.files.notes, view);
    let widths = table::widths(&FILES, area.width.saturating_sub(2));
    let room = widths.get(1).copied().flatten().unwrap_or(24);
    table::draw(frame, area, &FILES, &modal.list, view, |index| {
        let Some(entry) = rows.get(index) else {
            return Vec::new();
        };
        let mark = if modal.marked.contains(&entry.artifact.id) {
            "*"
        } else {
            " "
        };
        let bytes = entry.artifact.bytes.map_or_else(String::new, |bytes| {
            format!(
                "{:>11}",
                time::count(usize::try_from(bytes).unwrap_or(usize::MAX))
            )
        });
        vec![
            (mark.to_owned(), view.theme.marker),
            (
                cut_in_middle(&entry.artifact.name, usize::from(room)),
                view.theme.text,
            ),
            remaining(entry, view),
            here(entry, view),
            (bytes, view.theme.dim),
            (
                entry.artifact.recipient_serial.clone().unwrap_or_default(),
                view.theme.dim,
            ),
        ]
    });
}

fn here(entry: &Entry, view: View) -> Cell {
    let own = if entry.here.is_some() { "here" } else { "-" };
    match entry.parts_here {
        Some((parts, count)) => {
            let style = if parts < count {
                view.theme.warning
            } else {
                view.theme.text
            };
            (format!("{parts} of {count} parts"), style)
        }
        None => (own.to_owned(), view.theme.text),
    }
}

/// What could not be read stands below the list; gives the room that is left.
fn notes(frame: &mut Frame, area: Rect, notes: &[String], view: View) -> Rect {
    let lines: Vec<Line> = notes
        .iter()
        .take(3)
        .map(|note| Line::styled(format!(" not read: {note}"), view.theme.error))
        .collect();
    let height = u16::try_from(lines.len()).unwrap_or(0).min(area.height / 2);
    let place = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), place);
    Rect {
        height: area.height - height,
        ..area
    }
}

fn certificate(frame: &mut Frame, area: Rect, overview: &Overview, view: View) {
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    let mut say = |text: &str, style: Style| {
        let parts = match width(text) <= room {
            // Wrapping would take the columns of labels away.
            true => vec![text.to_owned()],
            false => wrap(text, room),
        };
        let styled = |line| Line::styled(format!(" {line}"), style);
        lines.extend(parts.into_iter().map(styled));
    };
    let state = match &overview.certificate {
        Ok(state) => state,
        Err(why) => {
            say(why, view.theme.error);
            return frame.render_widget(Paragraph::new(lines), area);
        }
    };
    let good = matches!(state.standing, Standing::Valid | Standing::NotTold);
    say(
        &state.words(),
        if good { view.theme.text } else { view.theme.error },
    );
    if let Some(server) = &state.server {
        let mut fact = |label: &str, value: Option<String>| {
            if let Some(value) = value {
                say(&format!("{label:<12}{value}"), view.theme.text);
            }
        };
        fact("file", server.name.clone());
        fact("serial", server.serial.clone());
        fact("valid from", server.not_before.map(|at| stamp(Some(at), view)));
        fact("valid until", server.not_after.map(|at| stamp(Some(at), view)));
        fact("uploaded", server.modified_at.map(|at| stamp(Some(at), view)));
        if state.remembered {
            say(
                "Serial and validity are known from the upload from here; the service does not tell them.",
                view.theme.dim,
            );
        }
        let older = overview.files.entries.iter().filter(|entry| {
            entry.artifact.recipient_serial.is_some()
                && entry.artifact.recipient_serial.as_deref() != state.serial()
        });
        let count = older.count();
        if count > 0 {
            say(
                &format!("{count} files are encrypted for an older key: keep it until they are read."),
                view.theme.warning,
            );
        }
    }
    say("", view.theme.text);
    let keymap = &view.shared().options.keymap;
    for (action, what) in [
        (
            Action::NewCertificate,
            "makes a new key pair, and offers its upload",
        ),
        (
            Action::CheckCertificate,
            "says what is wrong with a certificate file",
        ),
        (Action::ImportCertificate, "uploads a certificate from a file"),
    ] {
        let key = keymap.hint(Context::Exports, action).unwrap_or_default();
        say(&format!("{key:<4}{what}"), view.theme.dim);
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn stamp(at: Option<jiff::Timestamp>, view: View) -> String {
    let zone = view.shared().world.as_ref().map(|world| world.time_zone.clone());
    at.map_or_else(String::new, |at| {
        at.to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC))
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    })
}
