//! The settings groups that were saved before a deletion, and putting back what it took out of them.
//! What is put back is personal data that somebody may have asked to have erased: the question says so.

mod asking;

use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::effect::TaskRequest;
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use super::time::counted;
use crate::domain::failure::Failure;
use crate::keymap::{Action, Context};
use crate::store::Save;
use crate::workflow::forget::restore::session::{Restored, Restoring};
use crate::workflow::forget::restore::{Now, RestorePlan};

/// The view.
#[derive(Debug)]
pub struct Saves {
    /// The saved groups, the newest first; `None` while they are read.
    pub saves: Option<Vec<Save>>,
    /// Why they could not be read, or nothing could be put back.
    pub failure: Option<Failure>,
    /// What came of the latest comparison or restoring, and whether all is well.
    pub told: Vec<(String, bool)>,
    /// The window over them.
    pub list: List,
    asked: Option<Box<Restoring>>,
    task: TaskId,
}

impl Saves {
    /// Reads them.
    pub fn open(shared: &mut Shared) -> Saves {
        Saves {
            saves: None,
            failure: None,
            told: Vec::new(),
            list: List::default(),
            asked: None,
            task: shared.spawn(Owner::Saves, TaskRequest::SavedGroups),
        }
    }

    /// The selected group.
    pub fn selected(&self) -> Option<&Save> {
        self.saves.as_ref()?.get(self.list.selected()?)
    }

    /// How far the restoring is, in words.
    pub fn progress(&self, shared: &Shared) -> Option<String> {
        let task = shared.tasks.get(self.task).filter(|task| task.is_running())?;
        Some(match &task.progress {
            Some(progress) => format!("{} {}  {}", progress.done, progress.unit, progress.note),
            None => format!("{} …", task.title),
        })
    }

    fn why_not(&self, shared: &Shared) -> Option<String> {
        if shared.tasks.is_running(self.task) {
            return Some("another step is under way".to_owned());
        }
        shared.not_ready().map(str::to_owned)
    }

    fn compare(&mut self, shared: &mut Shared) {
        // Another key than that of the command leads here too: what runs keeps its task.
        if let Some(why) = self.why_not(shared) {
            shared.inform(why);
            return;
        }
        let Some(save) = self.selected() else { return };
        let request = TaskRequest::PlanRestore {
            run: save.run.clone(),
            group: save.group.clone(),
        };
        self.failure = None;
        self.told.clear();
        self.task = shared.spawn(Owner::Saves, request);
    }

    /// Shows what came of the comparison where nothing can be put back, else asks.
    fn ask(&mut self, restoring: Box<Restoring>, shared: &mut Shared) {
        let plan = &restoring.plan;
        if plan.count() == 0 && plan.left(Now::Differs) == 0 {
            let unnamed = unnamed(plan);
            let same = counted(plan.same, "setting is", "settings are");
            let nothing = match unnamed {
                None => "Nothing is missing",
                Some(_) => "There is nothing that can be put back",
            };
            self.told = vec![(format!("{nothing}: {same} as saved."), unnamed.is_none())];
            self.told.extend(unnamed.map(|line| (line, false)));
            return;
        }
        let question = asking::question(&restoring, shared);
        self.asked = Some(restoring);
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }

    fn carry_out(&mut self, restoring: Box<Restoring>, shared: &mut Shared) {
        let confirmed = restoring.plan.digest.clone();
        self.told.clear();
        self.task = shared.spawn(Owner::Saves, TaskRequest::Restore { restoring, confirmed });
    }
}

/// What no call can name.
fn unnamed(plan: &RestorePlan) -> Option<String> {
    let unnamed = plan.left(Now::CannotBeNamed);
    (unnamed > 0).then(|| {
        format!(
            "{} no key of its own, so that no call can name it: whether it is there is not known, and it is left.",
            counted(unnamed, "saved setting has", "saved settings have")
        )
    })
}

/// What came of it, wherever the console is by now.
pub(super) fn tell(restored: &Restored, shared: &mut Shared) {
    shared.inform(format!("saved groups: {}", restored.line()));
    for reason in restored.reasons() {
        shared.inform(format!("saved groups: {reason}"));
    }
}

impl Component for Saves {
    fn context(&self) -> Context {
        Context::Saves
    }

    fn title(&self, _shared: &Shared) -> String {
        match &self.saves {
            Some(saves) => format!(
                "Saved before a deletion | {}",
                counted(saves.len(), "group", "groups")
            ),
            None => "Saved before a deletion".to_owned(),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let nothing = self.selected().is_none().then_some("no group is saved");
        let mut commands = vec![
            Command::new(Action::PutBack)
                .unless(self.why_not(shared))
                .unless(nothing),
            Command::new(Action::Refresh).unless(self.why_not(shared)),
            Command::new(Action::CopyCommand),
            Command::new(Action::Close),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::PutBack | Action::Open => self.compare(shared),
            Action::Refresh => {
                self.failure = None;
                self.task = shared.spawn(Owner::Saves, TaskRequest::SavedGroups);
            }
            other => return self.list.handle(other),
        }
        true
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        if id != self.task {
            return;
        }
        match output {
            TaskOutput::Saves(saves) => {
                self.list.set_len(saves.len());
                self.saves = Some(saves);
            }
            TaskOutput::RestorePlanned(restoring) => self.ask(restoring, shared),
            TaskOutput::SettingsRestored(restored) => {
                self.told = vec![(restored.line(), restored.is_complete())];
                let reasons = restored.reasons().into_iter();
                self.told.extend(reasons.map(|reason| (reason, false)));
            }
            _ => {}
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        if id == self.task {
            self.failure = Some(failure.clone());
        }
    }

    fn confirmed(&mut self, shared: &mut Shared) {
        if let Some(restoring) = self.asked.take().filter(|asked| asked.plan.count() > 0) {
            self.carry_out(restoring, shared);
        }
    }

    fn confirmed_further(&mut self, shared: &mut Shared) {
        if let Some(restoring) = self.asked.take() {
            self.carry_out(Box::new(restoring.overwriting()), shared);
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some(match self.selected() {
            Some(save) => format!("dsr favorites restore {} --group_name {}", save.run, save.group),
            None => "dsr favorites saved".to_owned(),
        })
    }
}
