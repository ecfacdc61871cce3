//! What the operator was told: errors stay until they are read.

use jiff::Timestamp;

use crate::domain::failure::Failure;

/// How many are kept.
const KEPT: usize = 200;

/// One notice.
#[derive(Clone, Debug)]
pub struct Notice {
    /// When.
    pub at: Option<Timestamp>,
    /// One line.
    pub text: String,
    /// The failure, for errors.
    pub failure: Option<Failure>,
    /// Seen in the list of notices, or, without a failure, seen on the line.
    pub read: bool,
    /// It is of a world that is not shown any more; its text says of which.
    pub left: bool,
}

/// All notices, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    items: Vec<Notice>,
}

impl Notices {
    /// All, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Notice> {
        self.items.iter().rev()
    }

    /// Number of notices.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Number of unread errors.
    pub fn unread_errors(&self) -> usize {
        self.items
            .iter()
            .filter(|notice| notice.failure.is_some() && !notice.read)
            .count()
    }

    /// What stands on the line: the newest until a key is pressed, then the newest unread error.
    pub fn line(&self) -> Option<&Notice> {
        let newest = self.items.last().filter(|notice| !notice.read);
        newest.or_else(|| {
            self.newest_first()
                .find(|notice| notice.failure.is_some() && !notice.read)
        })
    }

    /// Adds something worth knowing.
    pub fn inform(&mut self, at: Option<Timestamp>, text: impl Into<String>) {
        self.add(Notice {
            at,
            text: text.into(),
            failure: None,
            read: false,
            left: false,
        });
    }

    /// Adds an error.
    pub fn fail(&mut self, at: Option<Timestamp>, during: &str, failure: &Failure) {
        let text = if during.is_empty() {
            failure.message.clone()
        } else {
            format!("{during}: {}", failure.message)
        };
        self.add(Notice {
            at,
            text,
            failure: Some(failure.clone()),
            read: false,
            left: false,
        });
    }

    fn add(&mut self, notice: Notice) {
        self.items.push(notice);
        if self.items.len() > KEPT {
            // An unread error is the last thing to go.
            let gone = self
                .items
                .iter()
                .position(|n| n.read || n.failure.is_none())
                .unwrap_or(0);
            self.items.remove(gone);
        }
    }

    /// Another world is shown from now on: what was said of the last one is not true of it. Errors stay
    /// until they are read, and name the world that they are of.
    pub(super) fn leave(&mut self, world: &str) {
        for notice in self.items.iter_mut().filter(|notice| !notice.left) {
            notice.left = true;
            notice.read |= notice.failure.is_none();
            notice.text = format!("{world}: {}", notice.text);
        }
    }

    /// A key was pressed: what is not an error has been seen. True when the line changes.
    pub(super) fn seen(&mut self) -> bool {
        let mut changed = false;
        for notice in self.items.iter_mut().rev().take_while(|notice| !notice.read) {
            if notice.failure.is_none() {
                notice.read = true;
                changed = true;
            }
        }
        changed
    }

    /// The list was opened: all have been read.
    pub(super) fn read_all(&mut self) {
        for notice in &mut self.items {
            notice.read = true;
        }
    }

    /// Removes what was read.
    pub(super) fn forget_read(&mut self) {
        self.items.retain(|notice| !notice.read);
    }
}
