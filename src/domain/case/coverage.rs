//! The coverage matrix of a case: for each system what was searched, found, done and verified, with
//! the time and the evidence of each. Nothing is claimed that was not seen.

mod system;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CaseKind;
pub use system::System;

/// Something seen or done in a system for a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was searched; `complete` is false when part of it could not be read.
    Searched {
        /// Places or persons found.
        found: u64,
        /// Whether everything was read.
        complete: bool,
    },
    /// So much was erased; only what the system said is erased.
    Erased {
        /// Places or requests.
        count: u64,
    },
    /// So much was exported and is here.
    Exported {
        /// Files or requests.
        count: u64,
    },
    /// So much was corrected or restricted.
    Changed {
        /// Places or requests.
        count: u64,
    },
    /// It was searched again afterwards, and so much was left.
    Verified {
        /// Places or persons still found.
        left: u64,
        /// Whether everything was read.
        complete: bool,
    },
    /// It could not be reached.
    NotReachable {
        /// Why.
        why: String,
    },
    /// It holds nothing of this person, or does not exist here.
    NotApplicable {
        /// How that is known.
        why: String,
    },
    /// Those responsible for it were told.
    Told {
        /// Whom.
        whom: String,
    },
    /// A hold stands against erasing what is in it.
    Held {
        /// Which.
        why: String,
    },
    /// A person says why it stays open.
    Waived {
        /// Why.
        why: String,
    },
}

impl Mark {
    /// The row of the matrix that it stands in: `searched`, `done`, `verified` or `standing`.
    pub fn step(&self) -> &'static str {
        match self {
            Mark::Searched { .. } => "searched",
            Mark::Erased { .. } | Mark::Exported { .. } | Mark::Changed { .. } => "done",
            Mark::Verified { .. } => "verified",
            Mark::NotReachable { .. }
            | Mark::NotApplicable { .. }
            | Mark::Told { .. }
            | Mark::Held { .. }
            | Mark::Waived { .. } => "standing",
        }
    }

    /// The word: `searched`, `erased`, …
    pub fn word(&self) -> &'static str {
        match self {
            Mark::Searched { .. } => "searched",
            Mark::Erased { .. } => "erased",
            Mark::Exported { .. } => "exported",
            Mark::Changed { .. } => "changed",
            Mark::Verified { .. } => "verified",
            Mark::NotReachable { .. } => "not_reachable",
            Mark::NotApplicable { .. } => "not_applicable",
            Mark::Told { .. } => "told",
            Mark::Held { .. } => "held",
            Mark::Waived { .. } => "waived",
        }
    }

    /// The number in it.
    pub fn count(&self) -> Option<u64> {
        match self {
            Mark::Searched { found: count, .. }
            | Mark::Erased { count }
            | Mark::Exported { count }
            | Mark::Changed { count }
            | Mark::Verified { left: count, .. } => Some(*count),
            _ => None,
        }
    }

    /// Whether everything was read, for what was searched.
    pub fn complete(&self) -> Option<bool> {
        match self {
            Mark::Searched { complete, .. } | Mark::Verified { complete, .. } => Some(*complete),
            _ => None,
        }
    }

    /// The words of a person in it.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Mark::NotReachable { why: text }
            | Mark::NotApplicable { why: text }
            | Mark::Told { whom: text }
            | Mark::Held { why: text }
            | Mark::Waived { why: text } => Some(text),
            _ => None,
        }
    }

    /// What it says, as a person reads it: `erased 2`, `searched again, 2 still there`.
    pub fn words(&self) -> String {
        let mut words = match self {
            Mark::Verified { left: 0, complete } => match complete {
                true => "verified, nothing left".to_owned(),
                false => "searched again, nothing found".to_owned(),
            },
            Mark::Verified { left, .. } => format!("searched again, {left} still there"),
            other => match (other.word().replace('_', " "), other.count()) {
                (word, Some(count)) => format!("{word} {count}"),
                (word, None) => word,
            },
        };
        if self.complete() == Some(false) {
            words.push_str(", not all of it could be read");
        }
        words
    }

    /// Puts one together again.
    pub fn of(
        word: &str,
        count: Option<u64>,
        complete: Option<bool>,
        detail: Option<String>,
    ) -> Option<Mark> {
        let (count, complete) = (count.unwrap_or(0), complete.unwrap_or(false));
        let text = detail.unwrap_or_default();
        Some(match word {
            "searched" => Mark::Searched {
                found: count,
                complete,
            },
            "erased" => Mark::Erased { count },
            "exported" => Mark::Exported { count },
            "changed" => Mark::Changed { count },
            "verified" => Mark::Verified {
                left: count,
                complete,
            },
            "not_reachable" => Mark::NotReachable { why: text },
            "not_applicable" => Mark::NotApplicable { why: text },
            "told" => Mark::Told { whom: text },
            "held" => Mark::Held { why: text },
            "waived" => Mark::Waived { why: text },
            _ => return None,
        })
    }
}

/// A mark with the evidence of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What was seen or done.
    pub mark: Mark,
    /// Id of the operation, request or scan that shows it.
    pub evidence: Option<String>,
}

impl Cell {
    /// A cell without an id of its own.
    pub fn new(mark: Mark) -> Cell {
        Cell { mark, evidence: None }
    }

    /// Names the operation, request or scan that shows it.
    #[must_use]
    pub fn shown_by(mut self, evidence: impl Into<String>) -> Cell {
        self.evidence = Some(evidence.into());
        self
    }
}

/// A cell as it was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The cell.
    pub cell: Cell,
    /// When.
    pub at: Timestamp,
    /// Login of who did or saw it.
    pub by: String,
}

/// One column of a case's matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The system.
    pub system: System,
    /// Every mark that was written, oldest first.
    pub kept: Vec<Kept>,
}

/// Whether a column is settled, and in which words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// True when nothing is left to do in it.
    pub settled: bool,
    /// Why, or what is missing.
    pub text: String,
}

impl Column {
    /// The last mark of a step.
    pub fn last(&self, step: &str) -> Option<&Kept> {
        let of_step = self.kept.iter().filter(|kept| kept.cell.mark.step() == step);
        of_step.max_by_key(|kept| kept.at)
    }

    /// True when something was erased in it. What else was done there before or after, such as an
    /// export, neither counts as that nor takes it back.
    pub fn was_erased(&self) -> bool {
        self.place(|mark| mark.word() == "erased").is_some()
    }

    /// Where the last mark of this kind stands.
    fn place(&self, wanted: impl Fn(&Mark) -> bool) -> Option<usize> {
        self.kept.iter().rposition(|kept| wanted(&kept.cell.mark))
    }

    /// What is left of an erasure in it after something was done and so much was found.
    fn erasure(&self, done: &Mark, found: u64) -> Verdict {
        let searched = self.place(|mark| mark.step() == "searched");
        let since_done = searched > self.place(|mark| mark.step() == "done");
        let since_erased = searched > self.place(|mark| mark.word() == "erased");
        let text = match (self.was_erased(), found) {
            (false, 0) if since_done => {
                return Verdict {
                    settled: true,
                    text: "nothing found".to_owned(),
                };
            }
            (false, _) => format!("{}, not erased", done.word()),
            (true, 1..) if since_erased => format!("{found} still there after the deletion"),
            (true, _) => "erased, to be verified by another search".to_owned(),
        };
        Verdict { settled: false, text }
    }

    /// The most that any search has found.
    fn found_before(&self) -> u64 {
        let searches = self
            .kept
            .iter()
            .filter(|kept| kept.cell.mark.step() == "searched");
        searches
            .filter_map(|kept| kept.cell.mark.count())
            .max()
            .unwrap_or(0)
    }

    /// Somebody's word, as long as nothing newer was seen that it did not know.
    fn word(&self) -> Option<&Kept> {
        let seen = ["searched", "done", "verified"].map(|step| self.last(step));
        let newest = seen.iter().flatten().map(|kept| kept.at).max();
        self.last("standing")
            .filter(|standing| newest.is_none_or(|at| standing.at >= at))
    }

    /// True when the verdict repeats words that are not ours: those of a hold.
    pub fn quotes(&self) -> bool {
        self.word()
            .is_some_and(|kept| matches!(kept.cell.mark, Mark::Held { .. }))
    }

    /// What is left to do in this column for what was asked for.
    pub fn verdict(&self, kind: CaseKind) -> Verdict {
        let open = |text: &str| Verdict {
            settled: false,
            text: text.to_owned(),
        };
        let settled = |text: String| Verdict { settled: true, text };
        let seen = ["searched", "done", "verified"].map(|step| self.last(step));
        if let Some(standing) = self.word() {
            return match &standing.cell.mark {
                Mark::NotReachable { .. } => open("not reachable: reach it, or say why it stays open"),
                Mark::Held { why } => open(why),
                Mark::NotApplicable { .. } => settled("not applicable".to_owned()),
                Mark::Told { .. } => settled(format!("told on {}", standing.at.strftime("%Y-%m-%d"))),
                _ => settled("left open with a reason".to_owned()),
            };
        }
        let [searched, done, verified] = seen;
        let Some(searched) = searched else {
            return open(if self.system.is_manual() {
                "tell those responsible, or say why not"
            } else {
                "not searched"
            });
        };
        if let Some(verified) = verified.filter(|verified| verified.at >= searched.at) {
            return match (verified.cell.mark.count(), verified.cell.mark.complete()) {
                (Some(0), Some(true)) => settled("verified: nothing left".to_owned()),
                (Some(left @ 1..), _) => open(&format!("{left} still there")),
                _ => open("searched again, but not all of it could be read"),
            };
        }
        match (searched.cell.mark.count(), searched.cell.mark.complete()) {
            (_, Some(false)) => open("not all of it could be searched"),
            (Some(0), _) if done.is_none() => match self.found_before() {
                0 => settled("nothing found".to_owned()),
                // What vanished by itself, or by a request that nobody has looked at since, is not explained.
                before => open(&format!(
                    "nothing found now, {before} before: say what became of it"
                )),
            },
            (Some(found), _) => match done {
                None => open(&format!("{found} found; nothing completed yet")),
                Some(done) if kind == CaseKind::Erasure => self.erasure(&done.cell.mark, found),
                Some(done) => settled(done.cell.mark.word().to_owned()),
            },
            (None, _) => open("not searched"),
        }
    }
}

#[cfg(test)]
mod tests;
