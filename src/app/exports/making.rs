//! The guide for a new key pair: its name, a passphrase twice, and where the certificate goes besides
//! the key ring. What comes of it is offered for the upload.

use super::Exports;
use crate::app::command::Command;
use crate::app::component::Owner;
use crate::app::effect::TaskRequest;
use crate::app::field::Field;
use crate::app::secret_field::SecretField;
use crate::app::shared::Shared;
use crate::crypto::certificate::New;
use crate::keymap::Action;
use crate::workflow::keyring::SHORTEST_PASSPHRASE;

/// The rows: label and what may stand there.
pub const LABELS: [(&str, &str); 4] = [
    ("name", "stands in the certificate; not secret"),
    ("passphrase", "at least 12 characters; kept nowhere"),
    ("again", "the same"),
    ("also write to", "a new file; empty for the key ring alone"),
];
/// Rows in which a secret is typed.
const PASSPHRASE: usize = 1;
const AGAIN: usize = 2;
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
            PASSPHRASE | AGAIN => None,
            _ => Some(&mut self.path),
        }
    }

    pub(super) fn secret(&mut self) -> Option<&mut SecretField> {
        match self.row {
            PASSPHRASE => Some(&mut self.passphrase),
            AGAIN => Some(&mut self.again),
            _ => None,
        }
    }

    fn step(&mut self, down: bool) {
        let last = LABELS.len() - 1;
        self.row = if down {
            (self.row + 1).min(last)
        } else {
            self.row.saturating_sub(1)
        };
    }

    /// What is wrong, and the row in which it is.
    fn trouble(&self) -> Option<(usize, String)> {
        let name = self.name.value().trim();
        if name.is_empty() || name.len() > 64 {
            return Some((0, "the name has 1 to 64 characters".to_owned()));
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
            Action::Accept | Action::NextField | Action::Down => making.step(true),
            Action::PreviousField | Action::Up => making.step(false),
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
        let Some(mut making) = self.making.take() else {
            return;
        };
        let path = making.path.value().trim();
        let request = TaskRequest::NewCertificate {
            wanted: New {
                name: making.name.value().trim().to_owned(),
                bits: BITS,
                days: DAYS,
            },
            out: (!path.is_empty()).then(|| path.into()),
            passphrase: making.passphrase.take(),
        };
        shared.spawn(Owner::Exports, request);
    }
}
