//! Favorites matches: where a person stands in Personal Favorites and Recents of GWS on premise, and
//! what becomes of it. A search runs as a task; its matches arrive while it runs.

mod arrivals;
mod asking;

use std::collections::BTreeSet;

use crate::app::command::{Command, moving};
use crate::app::component::{Component, Owner};
use crate::app::effect::TaskRequest;
use crate::app::field::Field;
use crate::app::list::List;
use crate::app::msg::{TaskId, TaskOutput};
use crate::app::shared::Shared;
use crate::domain::failure::Failure;
use crate::domain::identifier::Identifier;
use crate::keymap::{Action, Context};
use crate::systems::keyspace::Match;
use crate::systems::keyspace::matching::identify;
use crate::workflow::forget::result::Told;
use crate::workflow::forget::session::Looked;
use crate::workflow::forget::{Item, Plan};

pub use arrivals::Arrivals;

/// The favorites pane.
#[derive(Debug, Default)]
pub struct FavoritesPane {
    /// For whom is looked, as typed: several are separated by semicolons.
    pub who: Field,
    typing: bool,
    /// For whom the rows are.
    pub searches: Vec<Identifier>,
    /// The case that it is for: its coverage takes over what is seen and done.
    pub case: Option<String>,
    /// What has arrived of the running scan.
    pub arrived: Vec<Match>,
    arrivals: Arrivals,
    /// The whole result.
    pub looked: Option<Box<Looked>>,
    /// What came of a deletion.
    pub erased: Option<Told>,
    /// Why the latest search or deletion gave nothing.
    pub failure: Option<Failure>,
    /// Selection and window.
    pub list: List,
    /// The selected row is shown with everything that is known of it.
    pub opened: bool,
    marked: BTreeSet<usize>,
    plan: Option<Box<Plan>>,
    task: Option<TaskId>,
}

impl FavoritesPane {
    /// Looks for these people, for a case or for nobody's.
    pub fn find(&mut self, searches: Vec<Identifier>, case: Option<String>, shared: &mut Shared) {
        if let Some(reason) = self.why_not(shared) {
            shared.inform(format!("favorites: not now, {reason}"));
            return;
        }
        let arrivals = Arrivals::default();
        let request = TaskRequest::FindFavorites {
            searches: searches.clone(),
            case: case.clone(),
            arrivals: arrivals.clone(),
        };
        *self = FavoritesPane {
            who: std::mem::take(&mut self.who),
            task: Some(shared.spawn(Owner::Favorites, request)),
            searches,
            case,
            arrivals,
            ..FavoritesPane::default()
        };
    }

    /// Items of the result; none while the scan runs.
    pub fn items(&self) -> &[Item] {
        self.looked.as_ref().map_or(&[], |looked| &looked.findings.items)
    }

    /// The selected item of the result.
    pub fn selected(&self) -> Option<&Item> {
        self.items().get(self.list.selected()?)
    }

    /// True when the setting of this item is marked for deletion.
    pub fn is_marked(&self, item: &Item) -> bool {
        item.offer.is_some_and(|offer| self.marked.contains(&offer))
    }

    /// How many settings are marked.
    pub fn marked(&self) -> usize {
        self.marked.len()
    }

    /// True while a search or a deletion is under way.
    pub fn busy(&self, shared: &Shared) -> bool {
        self.task.is_some_and(|task| shared.tasks.is_running(task))
    }

    /// How far the running task is, in words.
    pub fn progress(&self, shared: &Shared) -> Option<String> {
        let task = shared.tasks.get(self.task?).filter(|task| task.is_running())?;
        let progress = task.progress.as_ref()?;
        Some(match task.percent() {
            Some(percent) => format!("{percent} %  {}", progress.note),
            None => format!("{} {}  {}", progress.done, progress.unit, progress.note),
        })
    }

    fn why_not(&self, shared: &Shared) -> Option<String> {
        if self.busy(shared) {
            return Some("a search or deletion is under way".to_owned());
        }
        shared.not_ready().map(str::to_owned)
    }

    fn ask(&mut self, shared: &mut Shared) {
        self.typing = false;
        let texts = self
            .who
            .value()
            .split(';')
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let searches: Vec<Identifier> = texts.map(identify).collect();
        if searches.is_empty() {
            shared.inform("nothing to search for was typed");
            return;
        }
        self.find(searches, None, shared);
    }

    fn toggle(&mut self, shared: &mut Shared) {
        let Some(item) = self.selected() else { return };
        match (item.offer, item.manual) {
            (Some(offer), _) => {
                if !self.marked.remove(&offer) {
                    self.marked.insert(offer);
                }
            }
            (None, Some(manual)) => shared.inform(manual.words()),
            (None, None) => {}
        }
    }
}

impl Component for FavoritesPane {
    fn context(&self) -> Context {
        Context::Favorites
    }

    fn title(&self, shared: &Shared) -> String {
        let running = self
            .task
            .and_then(|task| shared.tasks.get(task))
            .filter(|task| task.is_running());
        match (running, &self.looked) {
            (Some(task), _) if task.mutates => "Favorites matches | deleting".to_owned(),
            (Some(task), _) => match task.percent() {
                Some(percent) => format!("Favorites matches | {percent} % scanned"),
                None => "Favorites matches | scanning".to_owned(),
            },
            (None, Some(looked)) => {
                let whole = if looked.findings.complete() {
                    ""
                } else {
                    ", INCOMPLETE"
                };
                format!(
                    "Favorites matches | keyspace {}{whole}",
                    looked.ends.keyspace_name
                )
            }
            (None, None) => "Favorites matches".to_owned(),
        }
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.typing {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        let nothing = self.items().is_empty().then_some("there are no matches");
        let again = self.searches.is_empty().then_some("nothing was searched yet");
        let mut commands = vec![
            Command::new(Action::Edit).unless(self.why_not(shared)),
            Command::new(Action::Mark).unless(nothing),
            Command::new(Action::DeleteMarked)
                .unless(self.why_not(shared))
                .unless(self.nothing_to_delete()),
            Command::new(Action::Open).unless(nothing),
            Command::quiet(Action::Refresh)
                .unless(self.why_not(shared))
                .unless(again),
            Command::quiet(Action::CopyCommand),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if self.typing {
            match action {
                Action::Suspend | Action::Repaint => return false,
                Action::Accept => self.ask(shared),
                Action::Leave | Action::Interrupt => self.typing = false,
                _ => {}
            }
            return true;
        }
        match action {
            Action::Edit => self.typing = true,
            Action::Mark => self.toggle(shared),
            Action::DeleteMarked => self.ask_to_delete(shared),
            Action::Open => self.opened = !self.opened,
            Action::Refresh => self.find(self.searches.clone(), self.case.clone(), shared),
            other => return self.list.handle(other),
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.typing.then_some(&mut self.who)
    }

    fn typing(&self) -> bool {
        self.typing
    }

    fn sync(&mut self, _shared: &Shared) {
        let known = self.arrived.len();
        self.arrived.extend(self.arrivals.after(known));
        let rows = match &self.looked {
            Some(looked) => looked.findings.items.len(),
            None => self.arrived.len(),
        };
        self.list.set_len(rows);
    }

    fn output(&mut self, id: TaskId, output: TaskOutput, shared: &mut Shared) {
        if self.task != Some(id) {
            return;
        }
        match output {
            TaskOutput::FavoritesFound(looked) => {
                // What was found for certain is marked; a possible one only by a person.
                self.marked = looked.findings.exact_offers().into_iter().collect();
                shared.inform(format!("favorites: {}", looked.told.line));
                self.looked = Some(looked);
            }
            TaskOutput::FavoritesErased(erased) => {
                shared.inform(format!("favorites: {}", erased.told.line));
                if let Some(looked) = &mut self.looked {
                    looked.findings = erased.findings;
                }
                self.erased = Some(erased.told);
            }
            _ => {}
        }
    }

    fn failed(&mut self, id: TaskId, failure: &Failure, _shared: &mut Shared) {
        if self.task == Some(id) {
            self.task = None;
            self.failure = Some(failure.clone());
        }
    }

    fn confirmed(&mut self, shared: &mut Shared) {
        let (Some(plan), Some(looked)) = (self.plan.take(), &self.looked) else {
            return;
        };
        let request = TaskRequest::EraseFavorites {
            looked: looked.clone(),
            chosen: self.marked.iter().copied().collect(),
            confirmed: plan.digest.clone(),
            plan,
        };
        self.failure = None;
        self.task = Some(shared.spawn(Owner::Favorites, request));
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        (!self.searches.is_empty()).then(|| "dsr forget --search-file -".to_owned())
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("favorites")
    }
}
