//! What is told in the end. Nothing is claimed that was not seen: "clean" only after a whole scan,
//! "verified" only after another one.

use super::execute::Execution;
use super::item::Manual;
use super::{CORPORATE, Findings, Item};
use crate::store::StepState;
use crate::workflow::cases;

/// The word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read, and nobody was found.
    Clean,
    /// Everything was read; matches are told, nothing was to be deleted.
    Found,
    /// What GWS can delete is deleted, and another whole scan does not find it any more.
    Deleted,
    /// Something was not read.
    Incomplete,
    /// Something that was to be deleted is still there, or may be.
    Partial,
}

impl Verdict {
    /// A word for JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Clean => "clean",
            Verdict::Found => "found",
            Verdict::Deleted => "deleted",
            Verdict::Incomplete => "incomplete",
            Verdict::Partial => "partial",
        }
    }

    /// True for the verdicts that end with exit code 0.
    pub fn is_complete(self) -> bool {
        !matches!(self, Verdict::Incomplete | Verdict::Partial)
    }
}

/// Verdict, last line and notes.
#[derive(Clone, Debug)]
pub struct Told {
    /// The verdict.
    pub verdict: Verdict,
    /// The last line of the result.
    pub line: String,
    /// What else an operator should know; no personal data.
    pub notes: Vec<String>,
}

/// Tells a search.
pub fn of_search(findings: &Findings, cleanup: bool) -> Told {
    let exact = findings.items.iter().filter(|item| item.is_exact()).count();
    let left = left_to_people(&findings.items);
    let held = count_manual(&findings.items, Manual::Held);
    let (verdict, line) = if !findings.complete() {
        let found = match findings.items.len() {
            0 => "nothing found in what was read".to_owned(),
            _ => counted(&findings.items),
        };
        (
            Verdict::Incomplete,
            format!("INCOMPLETE: {found}; {}", findings.not_read_words()),
        )
    } else if let (true, Some(words)) = (findings.items.is_empty(), findings.no_such_group_words()) {
        (Verdict::Incomplete, format!("INCOMPLETE: {words}"))
    } else if findings.items.is_empty() && findings.outside_group > 0 {
        (
            Verdict::Found,
            format!(
                "matches found: none in the settings group, {} outside of it",
                findings.outside_group
            ),
        )
    } else if findings.items.is_empty() {
        (
            Verdict::Clean,
            format!("complete and clean: nobody found in {}", findings.read_words()),
        )
    } else if cleanup && held > 0 {
        let line = format!("partial: nothing was deleted; {}", blocked(held, findings));
        (Verdict::Partial, line)
    } else if cleanup && exact > 0 && left > 0 {
        let line = format!(
            "partial: nothing was deleted; {} that GWS cannot delete",
            remain(left)
        );
        (Verdict::Partial, line)
    } else {
        let deletable = findings.items.iter().filter(|item| item.deletable()).count();
        let offered = match (deletable, findings.looked_up) {
            (_, false) => "GWS was not asked what it can delete".to_owned(),
            (deletable, true) => format!("{deletable} of them in settings that GWS can delete"),
        };
        (
            Verdict::Found,
            format!("matches found: {}; {offered}", counted(&findings.items)),
        )
    };
    Told {
        verdict,
        line,
        notes: notes(findings),
    }
}

/// Tells a deletion: `before` with the outcomes of `execution` set, `after` the search that followed.
pub fn of_deletion(before: &Findings, execution: &Execution, after: Option<&Findings>) -> Told {
    let deleted = execution.count(StepState::Deleted) + execution.count(StepState::Vanished);
    let all = execution.steps.len();
    let done = done_words(all - execution.entries, execution.entries);
    let still = before
        .items
        .iter()
        .filter(|item| item.outcome == Some(StepState::Unknown))
        .count();
    let left = left_to_people(&before.items);
    let held = count_manual(&before.items, Manual::Held);
    let (verdict, line) = match after {
        _ if execution.stopped.is_some() || deleted < all => {
            let why = execution.stopped.clone().unwrap_or_else(|| {
                format!(
                    "{} refused, {} unknown",
                    execution.count(StepState::Refused),
                    execution.count(StepState::Unknown)
                )
            });
            (
                Verdict::Partial,
                format!("partial: {deleted} of {done} gone; {}", why.trim_end_matches('.')),
            )
        }
        None => (
            Verdict::Incomplete,
            format!("INCOMPLETE: {done} deleted, and not looked for again"),
        ),
        Some(after) if !after.complete() => {
            let line = format!(
                "INCOMPLETE: {done} deleted, but the search afterwards is not whole; {}",
                after.not_read_words()
            );
            (Verdict::Incomplete, line)
        }
        Some(_) if still > 0 => {
            let line = format!(
                "partial: {done} deleted, but {} found again in Cassandra",
                places(still)
            );
            (Verdict::Partial, line)
        }
        Some(_) if held > 0 => {
            let line = format!("partial: {done} deleted and verified; {}", blocked(held, before));
            (Verdict::Partial, line)
        }
        Some(_) if left > 0 => {
            let line = format!(
                "partial: {done} deleted and verified; {} that GWS cannot delete",
                remain(left)
            );
            (Verdict::Partial, line)
        }
        Some(after) => {
            let mut line = format!("deleted and verified: {done}");
            let corporate = count_manual(&after.items, Manual::Corporate);
            let possible = after.items.iter().filter(|item| !item.is_exact()).count();
            if corporate > 0 {
                line.push_str(&format!(
                    "; {} in Corporate Favorites for the administrator",
                    remain(corporate)
                ));
            }
            if possible > 0 {
                line.push_str(&format!("; {} only possibly the person", remain(possible)));
            }
            if after.outside_group > 0 {
                line.push_str(&format!(
                    "; {} outside of the settings group",
                    remain(after.outside_group)
                ));
            }
            (Verdict::Deleted, line)
        }
    };
    let mut all_notes = execution.notes.clone();
    all_notes.extend(before.settled.as_ref().map(super::settle::Settled::words));
    all_notes.extend(notes(after.unwrap_or(before)));
    Told {
        verdict,
        line,
        notes: all_notes,
    }
}

/// Exact matches that are neither offered nor the administrator's.
fn left_to_people(items: &[Item]) -> usize {
    let left = |item: &&Item| {
        item.is_exact()
            && !item.deletable()
            && !matches!(
                item.manual,
                Some(Manual::Corporate | Manual::NotAsked | Manual::Held) | None
            )
    };
    items.iter().filter(left).count()
}

fn count_manual(items: &[Item], manual: Manual) -> usize {
    items.iter().filter(|item| item.manual == Some(manual)).count()
}

/// `2 matches remain blocked by a hold (H-1)`.
fn blocked(count: usize, findings: &Findings) -> String {
    let ids: Vec<&str> = findings.holds.iter().map(|hold| hold.id.as_str()).collect();
    format!("{} blocked by a hold ({})", remain(count), ids.join(", "))
}

fn counted(items: &[Item]) -> String {
    let exact = items.iter().filter(|item| item.is_exact()).count();
    let possible = items.len() - exact;
    match possible {
        0 => format!("{exact} exact"),
        possible => format!("{exact} exact, {possible} possible"),
    }
}

/// `2 settings, 1 entry of a list`.
fn done_words(settings: usize, entries: usize) -> String {
    let settings = match settings {
        0 => None,
        1 => Some("1 setting".to_owned()),
        count => Some(format!("{count} settings")),
    };
    let entries = match entries {
        0 => None,
        1 => Some("1 entry of a list".to_owned()),
        count => Some(format!("{count} entries of lists")),
    };
    let parts: Vec<String> = settings.into_iter().chain(entries).collect();
    parts.join(", ")
}

fn places(count: usize) -> String {
    if count == 1 {
        "1 place".to_owned()
    } else {
        format!("{count} places")
    }
}

fn remain(count: usize) -> String {
    if count == 1 {
        "1 match remains".to_owned()
    } else {
        format!("{count} matches remain")
    }
}

/// What stands in every result.
fn notes(findings: &Findings) -> Vec<String> {
    let mut notes = findings.notes.clone();
    notes.extend(findings.report.ways_out());
    let substrings = findings.report.substring_total();
    notes.push(format!(
        "{} hold the text as a part of a longer one and are no match; --substring shows them.",
        match substrings {
            1 => "1 more place".to_owned(),
            count => format!("{count} more places"),
        }
    ));
    if let Some(refusal) = cases::holds::refusal(&findings.holds) {
        notes.push(format!("{} It will not be deleted.", refusal.message));
    }
    let mut reasons: Vec<Manual> = findings.items.iter().filter_map(|item| item.manual).collect();
    reasons.sort_by_key(|reason| reason.as_str());
    reasons.dedup();
    for reason in reasons {
        notes.push(format!(
            "{} not offered: {}",
            places(count_manual(&findings.items, reason)),
            reason.words()
        ));
    }
    notes.push(CORPORATE.to_owned());
    notes
}
