//! How long answers took: one chart a kind, month by month, and the counts that California asks for.

use super::command::{Command, moving};
use super::component::{Component, Owner};
use super::effect::TaskRequest;
use super::list::List;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use crate::domain::case::CaseKind;
use crate::keymap::{Action, Context};
use crate::workflow::cases::report::{Line, Report};

/// What is drawn of each month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// The middle one of the days from receipt to the answer.
    #[default]
    Median,
    /// What 95 of 100 did not exceed.
    P95,
    /// The share that was in time.
    InTime,
}

impl Measure {
    /// All, in the order in which they are offered.
    pub const ALL: [Measure; 3] = [Measure::Median, Measure::P95, Measure::InTime];

    /// Its words.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Median => "median days to the answer",
            Measure::P95 => "days that 95 of 100 did not exceed",
            Measure::InTime => "answered in time, of 100",
        }
    }

    /// Its number of a month, if there is one.
    pub fn of(self, line: &Line) -> Option<u64> {
        let number = match self {
            Measure::Median => line.median_days?,
            Measure::P95 => f64::from(line.p95_days?),
            Measure::InTime => line.share_in_time? * 100.0,
        };
        // Days and shares are neither negative nor large.
        Some(number.round().clamp(0.0, 100_000.0) as u64)
    }
}

/// The view.
#[derive(Debug)]
pub struct ReportView {
    /// The figures; `None` while they are read.
    pub report: Option<Box<Report>>,
    /// Which kind is drawn.
    pub kind: CaseKind,
    /// What is drawn of it.
    pub measure: Measure,
    /// The window over the months, the newest first.
    pub list: List,
    reading: TaskId,
}

impl ReportView {
    /// Reads the figures.
    pub fn open(shared: &mut Shared) -> ReportView {
        ReportView {
            report: None,
            kind: CaseKind::Erasure,
            measure: Measure::default(),
            list: List::default(),
            reading: shared.spawn(Owner::Report, TaskRequest::CaseReport),
        }
    }

    /// The months of the chosen kind, oldest first.
    pub fn months(&self) -> Vec<&Line> {
        let lines = self.report.iter().flat_map(|report| &report.lines);
        lines.filter(|line| line.kind == self.kind).collect()
    }

    /// True while the figures are read.
    pub fn is_reading(&self, shared: &Shared) -> bool {
        shared.tasks.is_running(self.reading)
    }

    /// Kinds of which there are any cases.
    fn kinds(&self) -> Vec<CaseKind> {
        let has = |kind: &CaseKind| {
            let mut lines = self.report.iter().flat_map(|report| &report.lines);
            lines.any(|line| line.kind == *kind)
        };
        CaseKind::ALL.into_iter().filter(has).collect()
    }

    fn turn(&mut self) {
        let kinds = self.kinds();
        let at = kinds.iter().position(|kind| *kind == self.kind);
        if let Some(next) = kinds.get(at.map_or(0, |at| (at + 1) % kinds.len())) {
            self.kind = *next;
        }
        self.list.set_len(self.months().len());
    }
}

impl Component for ReportView {
    fn context(&self) -> Context {
        Context::Report
    }

    fn title(&self, _shared: &Shared) -> String {
        format!(
            "Times of answers | {} | {}",
            self.kind.as_str(),
            self.measure.words()
        )
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let reading = self.is_reading(shared).then_some("the figures are being read");
        let mut commands = vec![
            Command::new(Action::Choose).unless(reading),
            Command::new(Action::NextStep).unless(reading),
            Command::new(Action::Refresh).unless(reading),
            Command::new(Action::CopyCommand),
            Command::new(Action::Close),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Choose => self.turn(),
            Action::NextStep => {
                let at = Measure::ALL.iter().position(|one| *one == self.measure);
                self.measure = Measure::ALL[(at.unwrap_or(0) + 1) % Measure::ALL.len()];
            }
            Action::Refresh => self.reading = shared.spawn(Owner::Report, TaskRequest::CaseReport),
            other => return self.list.handle(other),
        }
        true
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, _shared: &mut Shared) {
        if let TaskOutput::Times(report) = output
            && id == self.reading
        {
            self.report = Some(report);
            if self.months().is_empty() {
                self.turn();
            }
            self.list.set_len(self.months().len());
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some("dsr cases report".to_owned())
    }
}
