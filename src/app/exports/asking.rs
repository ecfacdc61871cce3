//! What the exports screen asks for in its last line: a passphrase, the file of a certificate, or the
//! case of a deletion.

use super::Exports;
use crate::app::component::Owner;
use crate::app::effect::TaskRequest;
use crate::app::field::Field;
use crate::app::secret_field::SecretField;
use crate::app::shared::Shared;
use crate::domain::export::Artifact;
use crate::keymap::Action;

/// What is asked for.
#[derive(Debug)]
pub enum Asking {
    /// The passphrase of the key with which the chosen files are decrypted.
    Passphrase(SecretField),
    /// The file of a certificate.
    Certificate {
        /// Its name.
        path: Field,
        /// It is checked only, not uploaded.
        check: bool,
    },
    /// The case for which files are deleted.
    Case {
        /// Its id or reference; nothing for nobody's.
        case: Field,
        /// The files.
        files: Vec<Artifact>,
    },
    /// Nothing, and why. Whoever types a passphrase on, not having seen that, types into the void.
    Refused(String),
}

impl Asking {
    pub(super) fn passphrase() -> Asking {
        Asking::Passphrase(SecretField::default())
    }

    pub(super) fn to_check() -> Asking {
        Asking::Certificate {
            path: Field::default(),
            check: true,
        }
    }

    pub(super) fn to_upload() -> Asking {
        Asking::Certificate {
            path: Field::default(),
            check: false,
        }
    }

    pub(super) fn case_of(files: Vec<Artifact>) -> Asking {
        Asking::Case {
            case: Field::default(),
            files,
        }
    }

    pub(super) fn field(&mut self) -> Option<&mut Field> {
        match self {
            Asking::Certificate { path, .. } => Some(path),
            Asking::Case { case, .. } => Some(case),
            Asking::Passphrase(_) | Asking::Refused(_) => None,
        }
    }

    pub(super) fn secret(&mut self) -> Option<&mut SecretField> {
        match self {
            Asking::Passphrase(secret) => Some(secret),
            Asking::Certificate { .. } | Asking::Case { .. } | Asking::Refused(_) => None,
        }
    }
}

impl Exports {
    /// Acts while something is asked for.
    pub(super) fn while_asking(&mut self, action: Action, shared: &mut Shared) {
        match action {
            Action::Accept => match self.asking.take() {
                Some(Asking::Passphrase(secret)) => self.decrypt_chosen(secret, shared),
                Some(Asking::Certificate { path, check }) => self.named(path.value().trim(), check, shared),
                Some(Asking::Case { case, files }) => {
                    let case = Some(case.value().trim().to_owned()).filter(|case| !case.is_empty());
                    shared.spawn(Owner::Exports, TaskRequest::PlanFileDeletion { files, case });
                }
                Some(Asking::Refused(_)) | None => {}
            },
            Action::Leave | Action::Interrupt => self.asking = None,
            _ => {}
        }
    }

    /// What is chosen may have changed while the passphrase was typed: files that are not all here
    /// any more are not begun with.
    fn decrypt_chosen(&mut self, mut secret: SecretField, shared: &mut Shared) {
        if let Some(why) = self.not_all_here(shared) {
            shared.inform(format!("nothing was decrypted: {why}"));
            return;
        }
        let entries = self.entries_chosen(shared);
        let files: Vec<_> = entries
            .into_iter()
            .filter_map(|entry| entry.here.clone())
            .collect();
        if files.is_empty() {
            shared.inform("nothing was decrypted: no file is selected any more");
            return;
        }
        self.marked.clear();
        let passphrase = secret.take();
        shared.spawn(Owner::Exports, TaskRequest::DecryptExports { files, passphrase });
    }

    fn named(&mut self, path: &str, check: bool, shared: &mut Shared) {
        if path.is_empty() {
            return;
        }
        if check {
            self.awaited = Some(shared.spawn(Owner::Exports, TaskRequest::CheckCertificate(path.into())));
        } else {
            shared.spawn(Owner::Exports, TaskRequest::PlanCertificate(path.into()));
        }
    }
}
