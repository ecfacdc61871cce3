//! The guide for a new key pair: its name, where the certificate goes besides the key ring, and a
//! passphrase twice. That place is looked at before the passphrase is typed, so that none is typed in
//! vain. What comes of it is offered for the upload.

use std::path::PathBuf;

use super::Exports;
use crate::app::command::Command;
use crate::app::component::Owner;
use crate::app::effect::TaskRequest;
use crate::app::field::Field;
use crate::app::msg::TaskId;
use crate::app::secret_field::SecretField;
use crate::app::shared::Shared;
use crate::crypto::certificate::New;
use crate::domain::failure::Failure;
use crate::keymap::Action;
use crate::workflow::keyring::SHORTEST_PASSPHRASE;

/// The rows: label and what may stand there.
pub const LABELS: [(&str, &str); 4] = [
    ("name", "stands in the certificate; not secret"),
    ("also write to", "a new file; empty for the key ring alone"),
    ("passphrase", "at least 12 characters; kept nowhere"),
    ("again", "the same"),
];
/// The row of the file.
pub const PLACE: usize = 1;
/// Rows in which a secret is typed.
pub const PASSPHRASE: usize = 2;
const AGAIN: usize = 3;
/// Bits of the key and days of the certificate: those of `dsr certificate new`.
const BITS: usize = 3072;
const DAYS: u32 = 730;
/// The row of the task.
pub(in crate::app) const MAKING: &str = "new key pair";

/// What was typed.
#[derive(Debug)]
pub struct Making {
    /// The name in the certificate.
    pub name: Field,
    /// The passphrase.
    pub passphrase: SecretField,
    /// The same again.
    pub again: SecretField,
    /// The file for the certificate.
    pub path: Field,
    /// The selected row.
    pub row: usize,
    /// What is wrong with it.
    pub wrong: Option<String>,
    /// What was said of the place, as it was typed then; `None` while it is being looked at.
    place: Option<(String, Result<(), String>)>,
    /// Who looks at it, and as what it was typed then.
    looking: Option<(TaskId, String)>,
}

impl Default for Making {
    fn default() -> Making {
        Making {
            name: Field::with("dsr export encryption"),
            passphrase: SecretField::default(),
            again: SecretField::default(),
            path: Field::default(),
            row: 0,
            wrong: None,
            place: None,
            looking: None,
        }
    }
}

impl Making {
    pub(super) fn commands() -> Vec<Command> {
        vec![
            Command::new(Action::Accept),
            Command::new(Action::NextField),
            Command::new(Action::Leave),
            Command::quiet(Action::PreviousField),
            Command::quiet(Action::Up),
            Command::quiet(Action::Down),
        ]
    }

    pub(super) fn field(&mut self) -> Option<&mut Field> {
        match self.row {
            0 => Some(&mut self.name),
            PLACE => Some(&mut self.path),
            _ => None,
        }
    }

    pub(super) fn secret(&mut self) -> Option<&mut SecretField> {
        match self.row {
            PASSPHRASE => Some(&mut self.passphrase),
            AGAIN => Some(&mut self.again),
            _ => None,
        }
    }

    /// Goes to another row. Who leaves the place downwards has it looked at.
    fn step(&mut self, down: bool, shared: &mut Shared) {
        let last = LABELS.len() - 1;
        if down && self.row == PLACE {
            self.look(shared);
        }
        self.row = if down {
            (self.row + 1).min(last)
        } else {
            self.row.saturating_sub(1)
        };
    }

    fn out(&self) -> Option<PathBuf> {
        let path = self.path.value().trim();
        (!path.is_empty()).then(|| path.into())
    }

    /// True when what was said of the place, or is going to be, is about what stands there.
    fn place_is_looked_at(&self) -> bool {
        let place = self.place.as_ref();
        place.is_some_and(|(path, _)| path == self.path.value())
    }

    fn look(&mut self, shared: &mut Shared) {
        if self.place_is_looked_at() {
            return;
        }
        self.place = None;
        let request = TaskRequest::CertificatePlace(self.out());
        let task = shared.spawn(Owner::Exports, request);
        self.looking = Some((task, self.path.value().to_owned()));
    }

    /// What is wrong with the place stays on screen until another is typed.
    pub(super) fn edited(&mut self) {
        let place = self.place.as_ref().filter(|_| self.place_is_looked_at());
        self.wrong = place.and_then(|(_, seen)| seen.as_ref().err().cloned());
    }

    /// What was seen there. The row stays where it is: whoever types a passphrase types on in its field.
    pub(super) fn looked(&mut self, id: TaskId, place: Result<(), Failure>) {
        let Some((_, path)) = self.looking.take_if(|(task, _)| *task == id) else {
            return;
        };
        let place = place.map_err(|failure| match failure.next {
            Some(next) => format!("{} {next}", failure.message),
            None => failure.message,
        });
        self.place = Some((path, place));
        self.edited();
    }

    /// What is wrong, and the row in which it is.
    fn trouble(&self) -> Option<(usize, String)> {
        let name = self.name.value().trim();
        if name.is_empty() || name.len() > 64 {
            return Some((0, "the name has 1 to 64 characters".to_owned()));
        }
        if let Some((_, Err(why))) = self.place.as_ref().filter(|_| self.place_is_looked_at()) {
            return Some((PLACE, why.clone()));
        }
        if self.passphrase.length() < SHORTEST_PASSPHRASE {
            let why = format!("the passphrase has at least {SHORTEST_PASSPHRASE} characters");
            return Some((PASSPHRASE, why));
        }
        if !self.passphrase.same_as(&self.again) {
            return Some((AGAIN, "the two passphrases differ; type both again".to_owned()));
        }
        None
    }
}

impl Exports {
    /// Why no pair can be made now.
    pub(super) fn making_key(&self, shared: &Shared) -> Option<&'static str> {
        let mut running = shared.tasks.running();
        running
            .any(|task| task.title == MAKING)
            .then_some("a key pair is being made")
    }

    /// Acts while the guide is open.
    pub(super) fn while_making(&mut self, action: Action, shared: &mut Shared) {
        let Some(making) = &mut self.making else { return };
        match action {
            Action::Leave | Action::Interrupt => self.making = None,
            Action::Accept if making.row + 1 == LABELS.len() => self.make(shared),
            Action::Accept | Action::NextField | Action::Down => making.step(true, shared),
            Action::PreviousField | Action::Up => making.step(false, shared),
            _ => {}
        }
    }

    fn make(&mut self, shared: &mut Shared) {
        let Some(making) = &mut self.making else { return };
        if let Some((row, why)) = making.trouble() {
            making.row = row;
            making.wrong = Some(why);
            if row == AGAIN {
                making.passphrase.clear();
                making.again.clear();
                making.row = PASSPHRASE;
            }
            return;
        }
        if !making.place_is_looked_at() {
            making.look(shared);
            making.wrong = Some("the place is still being looked at; press the key again".to_owned());
            return;
        }
        let Some(mut making) = self.making.take() else {
            return;
        };
        let request = TaskRequest::NewCertificate {
            wanted: New {
                name: making.name.value().trim().to_owned(),
                bits: BITS,
                days: DAYS,
            },
            out: making.out(),
            passphrase: making.passphrase.take(),
        };
        shared.spawn(Owner::Exports, request);
    }
}
