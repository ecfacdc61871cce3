//! The settings groups that were saved before a deletion, and putting back what it took out of them.
//! What is put back is personal data that somebody may have asked to have erased: the question says so.

use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::confirm::Confirm;
use super::effect::TaskRequest;
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use super::time::counted;
use crate::domain::failure::Failure;
use crate::domain::mask::mask;
use crate::domain::mode::Mode;
use crate::keymap::{Action, Context};
use crate::store::Save;
use crate::systems::gws::SettingKey;
use crate::workflow::forget::restore::session::{Restored, Restoring};
use crate::workflow::forget::restore::{Now, RestorePlan};

/// More calls than this do not fit into a question.
const SHOWN_CALLS: usize = 8;

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

    /// Shows the exact calls and asks. In a live organisation the number of settings is typed.
    fn ask(&mut self, restoring: Box<Restoring>, shared: &mut Shared) {
        let plan = &restoring.plan;
        let left = left(plan);
        if plan.count() == 0 {
            let same = counted(plan.same, "setting is", "settings are");
            let nothing = if plan.left(Now::CannotBeNamed) == 0 {
                "Nothing is missing"
            } else {
                "There is nothing that can be put back"
            };
            self.told = vec![(format!("{nothing}: {same} as saved."), left.is_empty())];
            self.told.extend(left.into_iter().map(|line| (line, false)));
            return;
        }
        let live = shared.world.as_ref().is_none_or(|world| world.mode == Mode::Live);
        // Warnings stand first: a small terminal shows only the beginning.
        let mut question = Confirm::new("Put these settings back?");
        if let Some(warning) = restoring.gws.base().warning().filter(|_| live) {
            question = question.line(warning);
        }
        question =
            question.line("This puts personal data back. Look whether it was deleted for a data subject.");
        question = question.line(format!(
            "{} through GWS at {}, one at a time, each read again:",
            counted(plan.count(), "setting is written", "settings are written"),
            restoring.gws.base().as_str()
        ));
        for saved in plan.chosen().take(SHOWN_CALLS) {
            let key = saved.key.as_ref().map_or("", SettingKey::value);
            question = question.line(format!("  PUT {} {}", saved.group.path(), mask(key)));
        }
        if plan.count() > SHOWN_CALLS {
            question = question.line(format!(
                "  … and {} more calls of the same form",
                plan.count() - SHOWN_CALLS
            ));
        }
        question = left.into_iter().fold(question, Confirm::line);
        if live {
            let text = format!("restore {}", plan.count());
            question = question.demand(format!("\"{text}\""), text);
        }
        self.asked = Some(restoring);
        shared.call(Call::Open(Box::new(Modal::Confirm(
            question.then(Call::Confirmed(Owner::Saves)),
        ))));
    }
}

/// What is left, because it differs or no call can name it, with the way out.
fn left(plan: &RestorePlan) -> Vec<String> {
    let mut lines = Vec::new();
    let differing = plan.left(Now::Differs);
    if differing > 0 {
        let run: String = plan.run.chars().take(8).collect();
        lines.push(format!(
            "{} by now and left: dsr favorites restore {run} --overwrite writes over what differs.",
            counted(differing, "setting differs", "settings differ")
        ));
    }
    let unnamed = plan.left(Now::CannotBeNamed);
    if unnamed > 0 {
        lines.push(format!(
            "{} no key of its own, so that no call can name it: whether it is there is not known, and it is left.",
            counted(unnamed, "saved setting has", "saved settings have")
        ));
    }
    lines
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
        let Some(restoring) = self.asked.take() else {
            return;
        };
        let confirmed = restoring.plan.digest.clone();
        self.told.clear();
        self.task = shared.spawn(Owner::Saves, TaskRequest::Restore { restoring, confirmed });
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        Some(match self.selected() {
            Some(save) => format!("dsr favorites restore {} --group_name {}", save.run, save.group),
            None => "dsr favorites saved".to_owned(),
        })
    }
}
