//! How long answers took: a bar a month, the same in numbers below it, and the counts that California
//! asks for. Heights and numbers tell it, not colours.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Bar, BarChart, BarGroup, Paragraph};

use crate::app::report_view::ReportView;
use crate::ui::View;
use crate::ui::widgets::table::{self, Cell, Column};
use crate::ui::widgets::text::cut;
use crate::workflow::cases::report::Line as Month;

/// Width of a bar and the space beside it: `2026-11` stands below it.
const BAR: u16 = 7;
const GAP: u16 = 2;

const COLUMNS: [Column; 9] = [
    Column::fixed("MONTH", 8, 0),
    Column::fixed("RECEIVED", 8, 0),
    Column::fixed("ANSWERED", 8, 1),
    Column::fixed("IN TIME", 12, 0),
    Column::fixed("LATE", 6, 0),
    Column::fixed("OPEN", 6, 0),
    Column::fixed("MEDIAN", 7, 0),
    Column::fixed("P95", 5, 0),
    Column::fixed("OLDEST OPEN", 11, 2),
];

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &ReportView, view: View) {
    let months = modal.months();
    if months.is_empty() {
        let text = match (modal.is_reading(view.shared()), modal.report.is_some()) {
            (true, _) => " The figures are being read.",
            (false, true) => " No case was received yet.",
            (false, false) => " The figures could not be read; the notices say why.",
        };
        return frame.render_widget(Paragraph::new(text), area);
    }
    let california = california(modal, usize::from(area.width));
    let foot = u16::try_from(california.len()).unwrap_or(0).min(area.height / 4);
    let chart = Rect {
        height: (area.height / 2).clamp(4, 16),
        ..area
    };
    bars(frame, chart, modal, &months, view);
    let rows = Rect {
        y: chart.bottom() + 1,
        height: area.height.saturating_sub(chart.height + 1 + foot),
        ..area
    };
    table::draw(frame, rows, &COLUMNS, &modal.list, view, |place| {
        // The newest first.
        let month = months.len().checked_sub(place + 1).and_then(|at| months.get(at));
        month.map(|month| cells(month, view)).unwrap_or_default()
    });
    let below = Rect {
        y: rows.bottom(),
        height: foot,
        ..area
    };
    let lines: Vec<Line> = california
        .into_iter()
        .map(|line| Line::styled(line, view.theme.dim))
        .collect();
    frame.render_widget(Paragraph::new(lines), below);
}

/// The latest months that there is room for.
fn bars(frame: &mut Frame, area: Rect, modal: &ReportView, months: &[&Month], view: View) {
    let inside = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    let room = usize::from((inside.width + GAP) / (BAR + GAP)).max(1);
    let shown = &months[months.len().saturating_sub(room)..];
    let bars: Vec<Bar> = shown
        .iter()
        .map(|month| {
            let number = modal.measure.of(month);
            let text = number.map_or_else(|| "none".to_owned(), |number| number.to_string());
            Bar::default()
                .value(number.unwrap_or(0))
                .text_value(text)
                .label(Line::raw(month.month.clone()))
        })
        .collect();
    let chart = BarChart::default()
        .data(BarGroup::default().bars(&bars))
        .bar_width(BAR)
        .bar_gap(GAP)
        .bar_style(view.theme.text)
        .value_style(view.theme.title_focused)
        .label_style(view.theme.dim);
    frame.render_widget(chart, inside);
}

fn cells(month: &Month, view: View) -> Vec<Cell> {
    let theme = view.theme;
    let share = month
        .share_in_time
        .map(|share| format!(" ({:.0} %)", share * 100.0));
    let late = if month.late > 0 { theme.error } else { theme.text };
    vec![
        (month.month.clone(), theme.text),
        (month.received.to_string(), theme.text),
        (month.answered.to_string(), theme.text),
        (
            format!("{}{}", month.in_time, share.unwrap_or_default()),
            theme.text,
        ),
        (month.late.to_string(), late),
        (month.open.to_string(), theme.text),
        (
            month
                .median_days
                .map_or_else(String::new, |days| format!("{days:.1}")),
            theme.text,
        ),
        (
            month.p95_days.map_or_else(String::new, |days| days.to_string()),
            theme.text,
        ),
        (
            month.oldest_open.map_or_else(String::new, |day| day.to_string()),
            theme.dim,
        ),
    ]
}

fn california(modal: &ReportView, width: usize) -> Vec<String> {
    let years = modal.report.iter().flat_map(|report| &report.california);
    years
        .filter(|year| year.kind == modal.kind)
        .map(|year| {
            let days = |days: Option<f64>| days.map_or_else(|| "none".to_owned(), |days| format!("{days:.1}"));
            let text = format!(
                " California {}: {} received, {} complied with, {} denied, {} days in the middle, {} on average",
                year.year,
                year.received,
                year.complied,
                year.denied,
                days(year.median_days),
                days(year.mean_days)
            );
            cut(&text, width)
        })
        .collect()
}
