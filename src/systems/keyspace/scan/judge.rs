//! What is tried when a page could not be read, and when it is given up. Every time-out costs the
//! server's own patience (twelve seconds), so they are tried a limited number of times for each table;
//! as soon as asking for less helps, there is patience again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::systems::keyspace::error::{KeyspaceError, NotRead};

/// Failures of one table that are answered by asking for less, before the rest is given up at once.
const PATIENCE: u32 = 24;
/// As often in one place, until the slice is halved.
const SMALLER: u32 = 3;
/// A slice is halved at most so often.
const DEEPEST: u32 = 12;
/// Pauses before the same is asked again.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Ask for fewer rows.
    Smaller,
    /// Ask for the halves of the slice.
    Halve,
    /// Ask the same after a pause.
    Again(Duration),
    /// List it as not read: one word, and the server's words.
    GiveUp(String, String),
}

/// What one place has been through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tries {
    /// Pages asked for in a smaller size.
    pub(super) smaller: u32,
    /// Pauses made.
    pub(super) pauses: u32,
    /// How often the slice was halved to become this one.
    pub(super) depth: u32,
}

/// The patience that a table has left.
pub(super) struct Patience(AtomicU32);

impl Patience {
    pub(super) fn new() -> Patience {
        Patience(AtomicU32::new(PATIENCE))
    }

    /// Something was read; `helped` when it was after asking for less.
    pub(super) fn read(&self, helped: bool) {
        if helped {
            self.0.store(PATIENCE, Ordering::Relaxed);
        }
    }

    fn spend(&self, cost: u32) -> bool {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(cost)
        });
        left.is_ok()
    }
}

/// Decides. `size` is how many rows were asked for.
pub(super) fn judge(error: &KeyspaceError, tries: Tries, size: u32, patience: &Patience) -> Verdict {
    let KeyspaceError::NotRead { why, detail } = error else {
        return Verdict::GiveUp(word(error).to_owned(), error.to_string());
    };
    let given_up = || Verdict::GiveUp(why.as_str().to_owned(), detail.clone());
    if why.smaller_helps() {
        // Tombstones are told at once; waiting for a time-out is dear.
        let cost = if *why == NotRead::TimedOut { 2 } else { 1 };
        let wanted = tries.smaller < SMALLER && size > 1;
        if (wanted || tries.depth < DEEPEST) && patience.spend(cost) {
            return if wanted { Verdict::Smaller } else { Verdict::Halve };
        }
        return given_up();
    }
    match PAUSES.get(tries.pauses as usize) {
        Some(pause) if patience.spend(1) => Verdict::Again(*pause),
        _ => given_up(),
    }
}

/// One word for what is no time-out.
fn word(error: &KeyspaceError) -> &'static str {
    match error {
        KeyspaceError::Permission { .. } => "permission",
        KeyspaceError::Authentication { .. } => "authentication",
        KeyspaceError::Unreachable { .. }
        | KeyspaceError::Tls { .. }
        | KeyspaceError::WrongProtocol { .. } => "unreachable",
        KeyspaceError::NoSuchKeyspace { .. } | KeyspaceError::NoSuchTable(_) => "gone",
        KeyspaceError::Malformed(_) => "malformed",
        KeyspaceError::Refused(_) => "refused",
        KeyspaceError::Configuration(_) => "configuration",
        KeyspaceError::NotRead { why, .. } => why.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_pages_then_halves_then_given_up() {
        let patience = Patience::new();
        let error = KeyspaceError::not_read(NotRead::ReadFailed, "tombstones");
        let mut tries = Tries::default();
        assert_eq!(judge(&error, tries, 100, &patience), Verdict::Smaller);
        tries.smaller = SMALLER;
        assert_eq!(judge(&error, tries, 25, &patience), Verdict::Halve);
        tries.depth = DEEPEST;
        assert!(
            matches!(judge(&error, tries, 25, &patience), Verdict::GiveUp(word, _) if word == "read_failed")
        );
    }

    #[test]
    fn patience_ends_and_comes_back() {
        let patience = Patience::new();
        let error = KeyspaceError::not_read(NotRead::TimedOut, "");
        let asked =
            (0..100).take_while(|_| judge(&error, Tries::default(), 100, &patience) == Verdict::Smaller);
        assert_eq!(asked.count(), 12);
        patience.read(false);
        assert!(matches!(
            judge(&error, Tries::default(), 100, &patience),
            Verdict::GiveUp(..)
        ));
        patience.read(true);
        assert_eq!(judge(&error, Tries::default(), 100, &patience), Verdict::Smaller);
    }

    #[test]
    fn missing_replicas_are_waited_for_a_little() {
        let patience = Patience::new();
        let error = KeyspaceError::not_read(NotRead::Unavailable, "");
        let mut tries = Tries::default();
        assert_eq!(judge(&error, tries, 100, &patience), Verdict::Again(PAUSES[0]));
        tries.pauses = 3;
        assert!(matches!(
            judge(&error, tries, 100, &patience),
            Verdict::GiveUp(..)
        ));
        let denied = KeyspaceError::Permission { what: "t".to_owned() };
        assert!(
            matches!(judge(&denied, Tries::default(), 1, &patience), Verdict::GiveUp(word, _) if word == "permission")
        );
    }
}
