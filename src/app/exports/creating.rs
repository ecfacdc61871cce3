//! The guide for a new export job: every field on one screen, then the preview with the exact call.

use super::{Exports, Pending};
use crate::app::command::Command;
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::effect::TaskRequest;
use crate::app::field::Field;
use crate::app::modal::Modal;
use crate::app::msg::TaskId;
use crate::app::shared::Shared;
use crate::domain::export::{NewJob, TimeFrame};
use crate::domain::failure::Failure;
use crate::domain::schedule::Schedule;
use crate::keymap::Action;
use crate::workflow::exports::JobPlan;

/// The fields: label and what may stand there.
pub const FIELDS: [(&str, &str); 8] = [
    ("title", "mandatory"),
    ("description", "what it is for"),
    ("source", "the only one when the service has one"),
    ("type", "Interaction or Contact"),
    (
        "run",
        "now, hourly:N, daily@HH:MM, weekly:mon@HH:MM, monthly:DAY@HH:MM; UTC",
    ),
    ("from", "first day, 2026-10-01; empty for everything"),
    ("to", "last day"),
    ("split size", "largest file in bytes; empty for one file"),
];

/// What was typed, and what would be sent.
#[derive(Debug)]
pub struct Creating {
    /// The fields, in the order of [`FIELDS`].
    pub fields: Vec<Field>,
    /// The selected one.
    pub row: usize,
    /// It is typed in.
    pub typing: bool,
    /// What would be sent, once it was checked.
    pub plan: Option<Box<JobPlan>>,
    /// Why it cannot be.
    pub failure: Option<Failure>,
    pub(super) planning: Option<TaskId>,
}

impl Creating {
    /// An empty guide, or one filled from a job.
    pub(super) fn new(like: Option<&NewJob>) -> Creating {
        let mut values = vec![String::new(); FIELDS.len()];
        values[3] = "Interaction".to_owned();
        values[4] = "now".to_owned();
        if let Some(job) = like {
            values = vec![
                job.title.clone(),
                job.description.clone().unwrap_or_default(),
                job.source.clone(),
                job.kind.clone(),
                job.schedule
                    .map_or_else(|| "now".to_owned(), |schedule| schedule.to_string()),
                job.time_frame
                    .map_or_else(String::new, |frame| frame.from.to_string()),
                job.time_frame
                    .map_or_else(String::new, |frame| frame.to.to_string()),
                job.split_bytes
                    .map_or_else(String::new, |bytes| bytes.to_string()),
            ];
        }
        let filled = |value: String| {
            let mut field = Field::default();
            field.paste(&value);
            field
        };
        Creating {
            fields: values.into_iter().map(filled).collect(),
            row: 0,
            typing: true,
            plan: None,
            failure: None,
            planning: None,
        }
    }

    fn value(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |field| field.value().trim())
    }

    /// The job as typed.
    ///
    /// # Errors
    /// What is wrong, and in which field.
    pub fn job(&self) -> Result<NewJob, String> {
        let day = |at: usize| -> Result<Option<jiff::civil::Date>, String> {
            match self.value(at) {
                "" => Ok(None),
                text => text
                    .parse()
                    .map(Some)
                    .map_err(|_| format!("{}: a day is written 2026-10-01", FIELDS[at].0)),
            }
        };
        let schedule = match self.value(4) {
            "" | "now" => None,
            text => Some(Schedule::parse(text).map_err(|why| format!("run: now, or {why}"))?),
        };
        let time_frame = match (day(5)?, day(6)?) {
            (Some(from), Some(to)) => Some(TimeFrame { from, to }),
            (None, None) => None,
            _ => return Err("a time frame has a first and a last day".to_owned()),
        };
        let split_bytes = match self.value(7) {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| "split size: a number of bytes".to_owned())?,
            ),
        };
        if self.value(0).is_empty() {
            return Err("title: a job needs one".to_owned());
        }
        let text = |at: usize| self.value(at).to_owned();
        Ok(NewJob {
            title: text(0),
            description: Some(text(1)).filter(|text| !text.is_empty()),
            source: text(2),
            kind: text(3),
            schedule,
            time_frame,
            split_bytes,
        })
    }

    /// What can be done now.
    pub(super) fn commands(&self) -> Vec<Command> {
        if self.typing {
            return vec![
                Command::new(Action::Accept),
                Command::new(Action::NextField),
                Command::new(Action::Leave),
                Command::quiet(Action::PreviousField),
                Command::quiet(Action::Up),
                Command::quiet(Action::Down),
            ];
        }
        let unplanned = self.plan.is_none().then_some("the preview comes first: next");
        vec![
            Command::new(Action::NextStep),
            Command::new(Action::Submit).unless(unplanned),
            Command::new(Action::Open),
            Command::quiet(Action::Edit),
            Command::quiet(Action::Up),
            Command::quiet(Action::Down),
            Command::new(Action::Close),
        ]
    }

    pub(super) fn field(&mut self) -> Option<&mut Field> {
        if self.typing {
            self.fields.get_mut(self.row)
        } else {
            None
        }
    }

    fn step(&mut self, down: bool) {
        let last = FIELDS.len() - 1;
        self.row = if down {
            (self.row + 1).min(last)
        } else {
            self.row.saturating_sub(1)
        };
    }

    /// The same as a command; the title may name a person, so it is read from standard input.
    pub(super) fn command_line(&self) -> Option<String> {
        let job = self.job().ok()?;
        let mut line = format!("dsr jobs create --title - --type {}", job.kind);
        if let Some(schedule) = job.schedule {
            line.push_str(&format!(" --run {schedule}"));
        }
        if let Some(frame) = job.time_frame {
            line.push_str(&format!(" --from {} --to {}", frame.from, frame.to));
        }
        if let Some(bytes) = job.split_bytes {
            line.push_str(&format!(" --split-size {bytes}"));
        }
        Some(line)
    }
}

impl Exports {
    /// Acts while the guide is open.
    pub(super) fn while_creating(&mut self, action: Action, shared: &mut Shared) {
        let Some(creating) = &mut self.creating else {
            return;
        };
        if creating.typing {
            match action {
                Action::Leave | Action::Interrupt => creating.typing = false,
                Action::Accept if creating.row + 1 == FIELDS.len() => creating.typing = false,
                Action::Accept | Action::NextField | Action::Down => creating.step(true),
                Action::PreviousField | Action::Up => creating.step(false),
                _ => {}
            }
            if !creating.typing {
                self.preview(shared);
            }
            return;
        }
        match action {
            Action::Close | Action::Interrupt => self.creating = None,
            Action::Open | Action::Edit => creating.typing = true,
            Action::Up => creating.step(false),
            Action::Down => creating.step(true),
            Action::NextStep => self.preview(shared),
            Action::Submit => self.ask_to_create(shared),
            _ => {}
        }
    }

    /// Checks what was typed against the service, and shows what would be sent.
    fn preview(&mut self, shared: &mut Shared) {
        let Some(creating) = &mut self.creating else {
            return;
        };
        creating.plan = None;
        creating.failure = None;
        match creating.job() {
            Ok(job) => {
                creating.planning =
                    Some(shared.spawn(Owner::Exports, TaskRequest::PlanExport(Box::new(job))));
            }
            Err(why) => shared.inform(why),
        }
    }

    /// The plan is here.
    pub(super) fn planned(&mut self, id: TaskId, plan: JobPlan) {
        if let Some(creating) = &mut self.creating
            && creating.planning == Some(id)
        {
            creating.planning = None;
            creating.plan = Some(Box::new(plan));
        }
    }

    fn ask_to_create(&mut self, shared: &mut Shared) {
        let plan = self.creating.as_ref().and_then(|creating| creating.plan.clone());
        let Some(mut plan) = plan else { return };
        // The question says it; a yes to it is the operator's word that another is meant.
        plan.again = !plan.equal.is_empty();
        let asked = match plan.again {
            true => "Create this export job, although an equal creation is open?",
            false => "Create this export job?",
        };
        let mut question = Confirm::new(asked)
            .line(format!("  {}", plan.job.title))
            .line(format!("{} {}", plan.call.0, plan.call.1))
            .line(plan.certificate.clone());
        for note in &plan.notes {
            question = question.line(note.clone());
        }
        let question = question.then(Call::Confirmed(Owner::Exports));
        self.pending = Some(Pending::Create(plan));
        shared.call(Call::Open(Box::new(Modal::Confirm(question))));
    }
}
