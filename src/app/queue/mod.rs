//! The request queue: all requests of the organisation, merged with our own operations. It is
//! painted from the store first; the network refreshes it.

mod filtering;
mod rows;
mod sort;

pub use rows::Rows;
pub use sort::By;

use super::command::{Command, moving};
use super::component::{Call, Component, Owner};
use super::detail::DetailView;
use super::effect::TaskRequest;
use super::field::Field;
use super::list::List;
use super::modal::Modal;
use super::msg::{TaskId, TaskOutput};
use super::shared::Shared;
use super::time::{self, counted};
use crate::domain::queue::{QueueFilter, QueueRow};
use crate::domain::request::RequestType;
use crate::keymap::{Action, Context};
use crate::workflow::reconcile::Settled;

/// Requests due within so many days are counted in the title.
const SOON: i32 = 7;

/// The queue pane.
#[derive(Debug, Default)]
pub struct QueuePane {
    /// The rows, filtered and sorted.
    pub rows: Rows,
    /// The window over them.
    pub list: List,
    /// The filter line.
    pub line: Field,
    /// True while it is typed in.
    pub filtering: bool,
    /// Why the typed line cannot be read.
    pub error: Option<String>,
    /// The filter in force.
    pub filter: QueueFilter,
    /// True until the store has been read.
    pub loading: bool,
    refreshing: Option<TaskId>,
    soon: Option<(jiff::civil::Date, usize)>,
}

impl QueuePane {
    /// Reads the remote list, unless that is under way.
    pub fn refresh(&mut self, shared: &mut Shared) {
        if self.refreshing.is_none_or(|id| !shared.tasks.is_running(id)) {
            self.refreshing = Some(shared.spawn(Owner::Queue, TaskRequest::RefreshQueue));
        }
    }

    /// True while the remote list is being read.
    pub fn is_refreshing(&self, shared: &Shared) -> bool {
        self.refreshing.is_some_and(|id| shared.tasks.is_running(id))
    }

    /// The selected row.
    pub fn selected(&self) -> Option<QueueRow> {
        self.list.selected().and_then(|place| self.rows.get(place))
    }

    fn selected_id(&self) -> Option<String> {
        self.selected().map(|row| row.any_id().to_owned())
    }

    fn selected_number(&self) -> Option<u32> {
        self.list.selected().and_then(|place| self.rows.number(place))
    }

    fn no_results(&self) -> Option<&'static str> {
        match self.selected() {
            None => Some("no request is selected"),
            Some(row) if row.id.is_none() => Some("the request has no remote id yet"),
            Some(row) if row.kind != Some(RequestType::Export) => Some("only exports have results"),
            Some(row) if row.results == 0 => Some("there are no results yet"),
            Some(_) => None,
        }
    }

    fn download(&self, shared: &mut Shared) {
        if let Some(id) = self.selected().and_then(|row| row.id) {
            shared.spawn(Owner::Queue, TaskRequest::Download { id: id.into() });
        }
    }

    fn open(&self, shared: &mut Shared) {
        if let Some(id) = self.selected_id() {
            let view = DetailView::open(shared, id);
            shared.call(Call::Open(Box::new(Modal::Detail(view))));
        }
    }

    fn resort(&mut self) {
        let selected = self.selected_number();
        self.rows.sort();
        self.refilter(selected);
    }

    /// Acts while the filter line is typed in.
    fn while_filtering(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Accept | Action::Leave => {
                self.filtering = false;
                if self.error.take().is_some() {
                    self.write_line(self.filter.clone(), shared);
                }
                true
            }
            other => self.list.handle(other),
        }
    }
}

impl Component for QueuePane {
    fn context(&self) -> Context {
        Context::Queue
    }

    fn title(&self, _shared: &Shared) -> String {
        let total = time::count(self.rows.total());
        let mut title = if self.rows.len() == self.rows.total() {
            format!("Requests {total}")
        } else {
            format!("Requests {} of {total}", time::count(self.rows.len()))
        };
        if let Some((_, soon)) = self.soon.filter(|(_, soon)| *soon > 0) {
            title.push_str(&format!(" | {} due in {SOON} days", time::count(soon)));
        }
        if !self.filter.is_empty() && !self.filtering {
            title.push_str(&format!(" | filter: {}", self.line.value()));
        }
        title
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        if self.filtering {
            return vec![Command::new(Action::Accept), Command::new(Action::Leave)];
        }
        let empty = self.list.is_empty().then_some("there are no rows");
        let not_ready = shared.not_ready();
        let may_not_read = shared.denied("gdpr:request:view");
        let refreshing = self
            .is_refreshing(shared)
            .then_some("the list is being read already");
        let known = (self.rows.unknown == 0).then_some("no outcome is unknown");
        let reconcile = Command::new(Action::Reconcile)
            .unless(known)
            .unless(may_not_read.clone());
        let mut commands = vec![Command::new(Action::Open).unless(empty), reconcile];
        // Showing all when all are shown is no error, only nothing worth a place in the footer.
        if self.filter.is_empty() {
            commands.push(Command::quiet(Action::ClearFilter));
        } else {
            commands.push(Command::new(Action::ClearFilter));
        }
        commands.extend([
            Command::new(Action::NewRequest).unless(not_ready),
            Command::new(Action::Filter).unless(not_ready),
            Command::new(Action::Refresh)
                .unless(not_ready)
                .unless(refreshing)
                .unless(may_not_read.clone()),
            Command::new(Action::Download).unless(self.no_results()),
            Command::new(Action::FetchFinished)
                .unless(not_ready)
                .unless(may_not_read),
            Command::new(Action::Board),
            Command::new(Action::CopyCommand).unless(empty),
        ]);
        commands.extend(
            [
                Action::FilterType,
                Action::FilterStatus,
                Action::Mine,
                Action::Sort,
                Action::ReverseSort,
            ]
            .map(|action| Command::quiet(action).unless(not_ready)),
        );
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        if self.filtering {
            return self.while_filtering(action, shared);
        }
        match action {
            Action::Open => self.open(shared),
            Action::Filter => self.filtering = true,
            Action::ClearFilter => self.write_line(QueueFilter::default(), shared),
            Action::FilterType => self.next_type(shared),
            Action::FilterStatus => self.next_status(shared),
            Action::Mine => self.toggle_mine(shared),
            Action::Sort => {
                self.rows.by = self.rows.by.next();
                self.rows.reversed = false;
                self.resort();
            }
            Action::ReverseSort => {
                self.rows.reversed = !self.rows.reversed;
                self.resort();
            }
            Action::Board => shared.call(Call::Turn),
            Action::Refresh => self.refresh(shared),
            Action::Download => self.download(shared),
            Action::Reconcile => {
                shared.spawn(Owner::Queue, TaskRequest::Reconcile(Vec::new()));
            }
            Action::FetchFinished => {
                shared.spawn(Owner::Queue, TaskRequest::Look { fetch: true });
            }
            other => return self.list.handle(other),
        }
        true
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.filtering.then_some(&mut self.line)
    }

    fn typing(&self) -> bool {
        self.filtering
    }

    fn edited(&mut self, shared: &mut Shared) {
        self.read_line(shared);
    }

    fn sync(&mut self, shared: &Shared) {
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        let today = shared.now.zip(zone).map(|(now, zone)| time::today(now, zone));
        if self.soon.map(|(day, _)| day) != today {
            self.soon = today.map(|today| (today, self.rows.due_within(today, SOON)));
        }
    }

    fn output(&mut self, _id: TaskId, output: TaskOutput, shared: &mut Shared) {
        match output {
            TaskOutput::Queue(queue) => {
                // Our own id first: it stands from the plan on, the remote one may come later.
                let selected = self.selected();
                self.rows.load(queue);
                self.soon = None;
                self.loading = false;
                let found = selected.as_ref().and_then(|row| {
                    let ids = row.operation_id.iter().chain(&row.id);
                    ids.filter_map(|id| self.rows.number_of(id)).next()
                });
                self.refilter(found);
                // Keys would act on another request from here on.
                if selected.is_some() && self.selected_number() != found {
                    shared.inform(
                        "the request that was selected is not shown any more; the selection has moved",
                    );
                }
            }
            TaskOutput::Downloaded(files) => {
                let place = files.first().and_then(|file| file.path.parent());
                let place = place.map(|place| place.display().to_string()).unwrap_or_default();
                let is = if files.len() == 1 { "is" } else { "are" };
                let many = counted(files.len(), "file", "files");
                shared.inform(format!("{many} {is} in {place}"));
            }
            TaskOutput::Looked(look) => {
                let (changes, fetched) = (look.changes.len(), look.fetched.len());
                shared.inform(format!(
                    "{} seen, {} fetched, {} open",
                    counted(changes, "change", "changes"),
                    counted(fetched, "result", "results"),
                    look.open
                ));
            }
            TaskOutput::Reconciled(settled) => shared.inform(settled_words(&settled)),
            _ => {}
        }
    }

    fn command_line(&self, _shared: &Shared) -> Option<String> {
        self.selected()
            .map(|row| format!("dsr requests show {}", row.any_id()))
    }

    fn reveals(&self) -> Option<&'static str> {
        Some("queue")
    }
}

/// `2 adopted, 1 waiting, 1 for a person to decide (open it)`.
fn settled_words<T>(settled: &[(T, Settled)]) -> String {
    let count = |fits: fn(&Settled) -> bool| settled.iter().filter(|(_, how)| fits(how)).count();
    let adopted = count(|how| matches!(how, Settled::Adopted(_)));
    let waiting = count(|how| matches!(how, Settled::Waiting));
    let unread = count(|how| matches!(how, Settled::NotRead(_)));
    let decide = count(|how| matches!(how, Settled::NothingFound | Settled::Several(_)));
    let mut words = vec![format!("{adopted} found and adopted")];
    if waiting > 0 {
        words.push(format!("{waiting} may still turn up"));
    }
    if decide > 0 {
        words.push(format!("{decide} for a person to decide (open the request)"));
    }
    if unread > 0 {
        words.push(format!(
            "{unread} left as they are, the list could not be read whole"
        ));
    }
    words.join(", ")
}
