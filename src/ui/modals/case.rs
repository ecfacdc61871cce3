//! One case: the clock and the facts, the coverage matrix, and what happened.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::case_view::CaseView;
use crate::app::time;
use crate::domain::case::coverage::Column;
use crate::domain::case::{next_step, trail};
use crate::domain::mask::mask;
use crate::ui::View;
use crate::ui::panes::board::left_words;
use crate::ui::widgets::text::{fit, width, wrap};
use crate::workflow::cases::CaseFile;

/// Width of the labels at the left.
const LABEL: usize = 11;

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &CaseView, view: View) {
    let Some(file) = &modal.file else {
        let text = match modal.is_reading(view.shared()) {
            true => " The case is being read.",
            false => " The case could not be read; the notices say why.",
        };
        return frame.render_widget(Paragraph::new(text), area);
    };
    let lines = lines(file, usize::from(area.width), view);
    let height = usize::from(area.height);
    let first = modal.scroll.get().min(lines.len().saturating_sub(height));
    modal.scroll.set(first);
    modal.height.set(height);
    let shown: Vec<Line> = lines.into_iter().skip(first).take(height).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

fn lines(file: &CaseFile, width: usize, view: View) -> Vec<Line<'static>> {
    let mut lines = Lines {
        lines: Vec::new(),
        width,
        view,
    };
    lines.clock(file);
    lines.who(file);
    lines.coverage(file);
    lines.rest(file);
    lines.lines
}

struct Lines<'a> {
    lines: Vec<Line<'static>>,
    width: usize,
    view: View<'a>,
}

impl Lines<'_> {
    fn fact(&mut self, label: &str, text: &str, style: Style) {
        let dim = self.view.theme.dim;
        let room = self.width.saturating_sub(LABEL + 3).max(20);
        for (at, part) in wrap(text, room).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.lines.push(Line::from(vec![
                Span::styled(format!(" {}", fit(label, LABEL)), dim),
                Span::styled(format!(" {part}"), style),
            ]));
        }
    }

    fn heading(&mut self, text: &str) {
        let style = self.view.theme.heading;
        self.lines.push(Line::raw(""));
        self.lines.push(Line::styled(format!(" {text}"), style));
    }

    fn clock(&mut self, file: &CaseFile) {
        let (case, theme) = (&file.case, self.view.theme);
        let shared = &self.view.app.shared;
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        let today = shared.now.zip(zone).map(|(now, zone)| time::today(now, zone));
        let day = today.unwrap_or(case.received);
        let reckoning = case.reckon(day);
        let runs = case.ending.is_none() && case.answer.is_none();
        let left = runs.then(|| crate::domain::deadline::days_between(day, reckoning.end.due));
        let (words, style) = left_words(left, self.view);
        self.fact("next", &next_step(case, &file.columns), theme.text);
        let moved = case.rules().calendar.day_off(reckoning.end.target);
        let moved =
            moved.map(|why| format!(", moved from {} ({why})", time::day(reckoning.end.target, today)));
        let due = time::day(reckoning.end.due, today);
        self.fact(
            "due",
            &format!("{due}{} {words}", moved.unwrap_or_default()),
            style,
        );
        self.fact("received", &time::day(case.received, today), theme.text);
        if let Some(by) = reckoning.acknowledge_by {
            self.fact("confirm by", &time::day(by, today), theme.text);
        }
        self.fact(
            "regime",
            &format!("{}; {}", case.rules().regime.name(), case.rules().calendar.name()),
            theme.text,
        );
        if let Some(waiting) = case.awaited() {
            let text = format!("{} since {}", waiting.awaited, time::day(waiting.from, today));
            self.fact("awaited", &text, theme.warning);
        }
        if let Some(extension) = &case.extension {
            self.fact(
                "extended",
                &format!("told on {}", time::day(extension.told_on, today)),
                theme.text,
            );
        }
        if let Some(answer) = &case.answer {
            let text = format!("{} by {}", time::day(answer.on, today), answer.channel);
            self.fact("answered", &text, theme.good);
        }
    }

    fn who(&mut self, file: &CaseFile) {
        let (case, theme) = (&file.case, self.view.theme);
        let shown = self.view.shared().is_revealed("case");
        self.fact("ticket", case.reference.as_deref().unwrap_or("none"), theme.text);
        for identifier in &case.identifiers {
            let value = match shown {
                true => crate::domain::text::clean(&identifier.value),
                false => mask(&identifier.value),
            };
            let label = identifier.kind.as_str().replace('_', " ");
            self.fact(&label, &value, theme.text);
        }
        self.fact("owner", case.assignee.as_deref().unwrap_or("nobody"), theme.text);
        if let Some(what) = &case.waits_for {
            self.fact("waits for", what, theme.text);
        }
        if !file.holds.is_empty() {
            let text = format!("{}: nothing of this person is erased", file.holds.join(", "));
            self.fact("held", &text, theme.warning);
        }
        if let Some(check) = &case.identity {
            let today = self.view.app.shared.now.zip(self.view.app.shared.world.as_ref());
            let today = today.map(|(now, world)| time::today(now, &world.time_zone));
            let text = format!(
                "{} on {}",
                check.result.as_str().replace('_', " "),
                time::day(check.on, today)
            );
            self.fact("identity", &text, theme.text);
        }
        for refusal in &case.refusals {
            let part = refusal.part.as_deref().unwrap_or("the whole");
            let text = format!(
                "{part}: {} ({})",
                refusal.ground.as_str().replace('_', " "),
                refusal.ground.source()
            );
            self.fact("refused", &text, theme.warning);
        }
    }

    fn coverage(&mut self, file: &CaseFile) {
        let cells: Vec<[String; 3]> = file
            .columns
            .iter()
            .map(|column| ["searched", "done", "verified"].map(|step| self.cell(column, step)))
            .collect();
        let widest = cells.iter().flatten().map(|cell| width(cell)).max();
        let step = widest.map_or(0, |widest| widest + 1).max(self.step());
        let names = ["SEARCHED", "DONE", "VERIFIED"]
            .map(|name| fit(name, step))
            .concat();
        self.heading(&format!("  {}{names}STATE", fit("SYSTEM", 15)));
        for (column, cells) in file.columns.iter().zip(&cells) {
            let verdict = column.verdict(file.case.kind);
            let theme = self.view.theme;
            let style = if verdict.settled {
                theme.good
            } else {
                theme.warning
            };
            let mark = if verdict.settled { "+" } else { "!" };
            let name = column.system.as_str().replace('_', " ");
            let mut text = format!(" {mark} {} ", fit(&name, 14));
            for cell in cells {
                text.push_str(&fit(cell, step));
            }
            text.push_str(&verdict.text);
            let text = crate::ui::widgets::text::cut(&text, self.width);
            self.lines.push(Line::styled(text, style));
        }
    }

    /// Width of one step of the matrix at least: with day and year where there is room for them.
    fn step(&self) -> usize {
        if self.is_narrow() { 12 } else { 16 }
    }

    fn is_narrow(&self) -> bool {
        self.width < 100
    }

    /// `3, 18 Nov`, or nothing. A day of another year is told by its month where there is little room;
    /// what happened, below, has the day.
    fn cell(&self, column: &Column, step: &str) -> String {
        let Some(kept) = column.last(step) else {
            return "-".to_owned();
        };
        let shared = &self.view.app.shared;
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        let day = zone.map(|zone| {
            let today = shared.now.map(|now| time::today(now, zone));
            let day = time::today(kept.at, zone);
            match today.is_some_and(|today| today.year() != day.year()) && self.is_narrow() {
                true => day.strftime("%b %Y").to_string(),
                false => time::day(day, today),
            }
        });
        let count = kept.cell.mark.count().unwrap_or(0);
        let partly = if kept.cell.mark.complete() == Some(false) {
            "+?"
        } else {
            ""
        };
        format!("{count}{partly}, {}", day.unwrap_or_default())
    }

    /// One line each: `c641e348  export  genesys cloud  COMPLETED    18 Nov 14:02`.
    fn requests(&mut self, file: &CaseFile) {
        let shared = &self.view.app.shared;
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        let system = "genesys cloud";
        let cells = |cells: [&str; 5]| {
            let widths = [8, 7, system.len(), 14];
            let fixed = cells
                .iter()
                .zip(widths)
                .map(|(cell, width)| fit(cell, width) + "  ");
            format!("   {}{}", fixed.collect::<String>(), cells[4])
        };
        self.heading(&cells(["REQUESTS", "TYPE", "SYSTEM", "STATUS", "SUBMITTED"])[1..]);
        for id in &file.operations {
            let row = file
                .requests
                .iter()
                .find(|row| row.operation_id.as_deref() == Some(id.as_str()));
            let short = |id: &str| id.chars().take(8).collect::<String>();
            let text = match row {
                Some(row) => {
                    let at = row.sent_at().zip(zone);
                    let at = at.map(|(at, zone)| time::moment(at, zone, shared.now));
                    let kind = row.kind.map_or(&*row.type_text, |kind| kind.as_str());
                    let at = at.unwrap_or_else(|| "not yet".to_owned());
                    cells([&short(row.any_id()), kind, system, &row.status, &at])
                }
                None => cells([&short(id), "other", "", "", "see its own list"]),
            };
            let style = self.view.theme.text;
            self.lines
                .push(Line::styled(crate::domain::text::clean(&text), style));
        }
    }

    fn rest(&mut self, file: &CaseFile) {
        let theme = self.view.theme;
        if !file.operations.is_empty() {
            self.requests(file);
        }
        let shared = &self.view.app.shared;
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        self.heading("WHAT HAPPENED");
        let revealed = shared.is_revealed("case");
        for line in &file.trail {
            let at = zone.map(|zone| time::moment(line.at, zone, shared.now));
            // What was written there may name the person.
            let text = match revealed {
                true => crate::domain::text::clean(&line.text),
                false => trail::masked(&line.action, &line.text),
            };
            let text = match text.as_str() {
                "" => line.action.clone(),
                text => format!("{}: {text}", line.action),
            };
            let text = format!("{} {}: {text}", at.unwrap_or_default(), line.actor);
            self.fact("", &text, theme.text);
        }
        self.heading("CLOCK");
        let day = shared
            .now
            .zip(zone)
            .map_or(file.case.received, |(now, zone)| time::today(now, zone));
        for step in file.case.reckon(day).steps {
            let text = format!("{}  {} [{}]", step.day, step.text, step.source);
            self.fact("", &text, theme.dim);
        }
    }
}
