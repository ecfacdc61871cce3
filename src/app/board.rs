//! The case board: the second face of the queue pane. It lists cases by the day on which they are due,
//! those too that have no request yet.

use super::case_form::CaseForm;
use super::case_view::CaseView;
use super::caseless::CaselessView;
use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::effect::TaskRequest;
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::report_view::ReportView;
use super::shared::Shared;
use super::time;
use crate::domain::case::CaseRow;
use crate::keymap::{Action, Context};

/// Cases due within so many days are counted in the title.
const SOON: i32 = 7;

/// The board.
#[derive(Debug, Default)]
pub struct Board {
    /// Cases, the soonest due first.
    pub rows: Vec<CaseRow>,
    /// The window over them.
    pub list: List,
    /// Closed ones too.
    pub all: bool,
    /// Those of the operator only.
    pub mine: bool,
    /// True once the store has been read.
    pub loaded: bool,
    /// Open requests that belong to no case.
    pub caseless: u64,
    reading: Option<TaskId>,
    soon: usize,
    late: usize,
}

impl Board {
    /// Reads the cases from the store.
    pub fn read(&mut self, shared: &mut Shared) {
        if shared.world.is_some() {
            let request = TaskRequest::Cases {
                all: self.all,
                mine: self.mine,
            };
            self.reading = Some(shared.spawn(Owner::Board, request));
        }
    }

    /// The selected case.
    pub fn selected(&self) -> Option<&CaseRow> {
        self.rows.get(self.list.selected()?)
    }

    fn load(&mut self, rows: Vec<CaseRow>) {
        let selected = self.selected().map(|row| row.id.clone());
        self.rows = rows;
        self.loaded = true;
        self.list.set_len(self.rows.len());
        let place = self
            .rows
            .iter()
            .position(|row| Some(&row.id) == selected.as_ref());
        if let Some(place) = place {
            self.list.select(place);
        }
    }
}

impl Component for Board {
    fn context(&self) -> Context {
        Context::Board
    }

    fn title(&self, _shared: &Shared) -> String {
        let kept = match (self.all, self.mine) {
            (false, false) => "open",
            (false, true) => "open, mine",
            (true, false) => "all",
            (true, true) => "mine",
        };
        let mut title = format!("Cases {} {kept}", time::count(self.rows.len()));
        if self.late > 0 {
            title.push_str(&format!(" | {} late", time::count(self.late)));
        }
        if self.soon > 0 {
            title.push_str(&format!(" | {} due in {SOON} days", time::count(self.soon)));
        }
        title
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let empty = self.list.is_empty().then_some("there are no rows");
        let not_ready = shared.not_ready();
        let mut commands = vec![
            Command::new(Action::Open).unless(empty),
            Command::new(Action::NewCase).unless(not_ready),
            Command::new(Action::Board),
            Command::new(Action::Assign).unless(empty),
            Command::new(Action::Caseless)
                .unless((self.caseless == 0).then_some("every open request belongs to a case")),
            Command::new(Action::CaseReport).unless(not_ready),
            Command::new(Action::Refresh).unless(not_ready),
            Command::new(Action::Mine).unless(not_ready),
            Command::new(Action::ShowAll).unless(not_ready),
            Command::new(Action::NewRequest).unless(not_ready),
            Command::new(Action::CopyCommand).unless(empty),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Open => {
                if let Some(id) = self.selected().map(|row| row.id.clone()) {
                    let view = CaseView::open(shared, id);
                    shared.call(Call::Open(Box::new(Modal::Case(view))));
                }
            }
            Action::NewCase => {
                let form = CaseForm::open(shared, action, None, None);
                shared.call(Call::Open(Box::new(Modal::CaseForm(Box::new(form)))));
            }
            Action::Assign => {
                if let Some(id) = self.selected().map(|row| row.id.clone()) {
                    let form = CaseForm::open(shared, action, Some(&id), None);
                    shared.call(Call::Open(Box::new(Modal::CaseForm(Box::new(form)))));
                }
            }
            Action::CaseReport => {
                let view = ReportView::open(shared);
                shared.call(Call::Open(Box::new(Modal::Report(view))));
            }
            Action::Caseless => {
                let view = CaselessView::open(shared);
                shared.call(Call::Open(Box::new(Modal::Caseless(view))));
            }
            Action::Board => shared.call(Call::Turn),
            Action::Refresh => self.read(shared),
            Action::Mine => {
                self.mine = !self.mine;
                self.read(shared);
            }
            Action::ShowAll => {
                self.all = !self.all;
                self.read(shared);
            }
            other => return self.list.handle(other),
        }
        true
    }

    fn sync(&mut self, shared: &Shared) {
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        if let Some(today) = shared.now.zip(zone).map(|(now, zone)| time::today(now, zone)) {
            let left = || self.rows.iter().filter_map(|row| row.days_left(today));
            (self.late, self.soon) = (
                left().filter(|days| *days < 0).count(),
                left().filter(|days| (0..=SOON).contains(days)).count(),
            );
        }
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        match output {
            TaskOutput::Cases(rows) if self.reading == Some(id) => {
                self.load(rows);
                shared.spawn(Owner::Board, TaskRequest::Caseless);
            }
            TaskOutput::Caseless(count) => self.caseless = count,
            _ => {}
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        self.selected().map(|row| format!("dsr cases show {}", row.id))
    }
}
