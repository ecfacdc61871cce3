//! How a case ends: refused, answered, closed.

use jiff::civil::Date;
use serde_json::json;

use super::{
    conflict, ground, id_of, not_ahead, not_before, open_columns, open_only, running, show, suppression,
    unfinished, usage,
};
use crate::domain::case::{Answer, Case, Ending, Ground, Refusal};
use crate::domain::failure::Failure;
use crate::store::{CaseEntry, CaseFile};
use crate::workflow::{World, evidence};

/// Refuses the whole (`part` is `None`) or a part.
pub async fn refuse(
    world: &World,
    handle: &str,
    ground_in_law: Ground,
    reason: String,
    part: Option<String>,
    on: Date,
) -> Result<Case, Failure> {
    not_ahead(world, "told of the refusal", on)?;
    let id = id_of(world, handle).await?;
    let by = world.actor.login.clone();
    let what = part.as_deref().unwrap_or("the whole");
    let mut entry = CaseEntry::new(
        "case.refuse",
        format!("{what} refused on {on} ({}): {reason}", ground_in_law.source()),
    )
    .fact("ground", ground_in_law.as_str())
    .fact("source", ground_in_law.source())
    .fact("whole", part.is_none())
    .fact("on", on.to_string())
    .committed("reason", reason.clone());
    if let Some(part) = &part {
        entry = entry.committed("part", part.clone());
    }
    world
        .store
        .change_case(&ground(world), &id, entry, move |case| {
            open_only(case)?;
            not_before(case, on)?;
            if !ground_in_law.fits(case.kind, &case.regime) {
                return Err(usage(&format!(
                    "{} ({}) is no ground against {} under {}.",
                    ground_in_law.as_str(),
                    ground_in_law.source(),
                    case.kind.as_str(),
                    case.regime
                )));
            }
            case.refusals.push(Refusal {
                ground: ground_in_law,
                reason,
                part,
                on,
                by,
            });
            Ok(())
        })
        .await
}

/// The answer reached the person: the clock stops.
pub async fn answer(
    world: &World,
    handle: &str,
    on: Date,
    channel: String,
    digest: Option<String>,
) -> Result<Case, Failure> {
    not_ahead(world, "answered", on)?;
    let id = id_of(world, handle).await?;
    let by = world.actor.login.clone();
    let entry = CaseEntry::new("case.answer", format!("answered on {on} by {channel}"))
        .fact("on", on.to_string())
        .fact("digest", digest.clone())
        .committed("channel", channel.clone());
    world
        .store
        .change_case(&ground(world), &id, entry, move |case| {
            running(case)?;
            not_before(case, on)?;
            case.answer = Some(Answer {
                on,
                channel,
                digest,
                by,
            });
            Ok(())
        })
        .await
}

/// A case that was closed.
#[derive(Clone, Debug)]
pub struct Closed {
    /// It.
    pub case: Case,
    /// Why its person is not in the register of suppressed identifiers yet, where they belong into it.
    pub not_registered: Option<String>,
}

/// Closes a case. As answered it needs an answer, and every column settled or `why_not`; as refused a
/// refusal of the whole; the other endings need `why_not` as their reason.
pub async fn close(
    world: &World,
    handle: &str,
    ending: Ending,
    why_not: Option<String>,
) -> Result<Closed, Failure> {
    let file = show(world, handle).await?;
    check_close(&file, ending, why_not.as_deref())?;
    let now = world.clock.now();
    let mut entry = CaseEntry::new(
        "case.close",
        format!("closed as {}", ending.as_str().replace('_', " ")),
    )
    .fact("ending", ending.as_str())
    .fact("left_open", open_columns(&file))
    .fact("unfinished", unfinished(&file));
    if let Some(why) = &why_not {
        entry.text.push_str(&format!(": {why}"));
        entry = entry.committed("why", why.clone());
    }
    let closed = world
        .store
        .change_case(&ground(world), &file.case.id, entry, move |case| {
            open_only(case)?;
            case.ending = Some(ending);
            case.closing_note = why_not;
            case.closed_at = Some(now);
            Ok(())
        })
        .await?;
    let file = CaseFile {
        case: closed.clone(),
        ..file
    };
    // The case is closed whatever becomes of the register: it is written again before the case forgets
    // its person, and a case that is not in it by then is not forgotten.
    let kept = suppression::keep(world, &file, super::today(world)).await;
    let not_registered = match kept {
        Ok(_) => None,
        Err(failure) => Some(waits(world, &closed.id, &failure).await),
    };
    Ok(Closed {
        case: closed,
        not_registered,
    })
}

/// The register could not take somebody in: that goes into the ledger and is told.
async fn waits(world: &World, id: &str, failure: &Failure) -> String {
    tracing::error!("the register of suppressed identifiers waits: {failure}");
    let mut told = format!(
        "{id} is closed, but its person is NOT in the register of suppressed identifiers: {}",
        failure.message
    );
    if let Some(next) = &failure.next {
        told.push_str(&format!(" {next}"));
    }
    told.push_str(
        " It is tried again by dsr cases sweep, and until then the case does not forget its person.",
    );
    let facts = json!({ "case": id });
    if let Err(failure) = evidence::record(world, "suppression.waits", facts).await {
        told.push_str(&format!(" The ledger could not take that: {}", failure.message));
    }
    told
}

fn check_close(file: &CaseFile, ending: Ending, why_not: Option<&str>) -> Result<(), Failure> {
    open_only(&file.case)?;
    let id = &file.case.id;
    match ending {
        Ending::Answered if file.case.answer.is_none() => Err(conflict(
            "The person has not been answered, and only that stops the clock.",
        )
        .next(format!("dsr cases answer {id} --channel … --on …"))),
        Ending::Answered if why_not.is_none() && !open_columns(file).is_empty() => Err(conflict(&format!(
            "Not every system is settled: {}.",
            crate::domain::text::clean(&open_columns(file).join(", "))
        ))
        .next(format!(
            "Settle them (dsr cases show {id}; dsr cases cell {id} SYSTEM …), or say why not: --despite TEXT"
        ))),
        Ending::Answered if why_not.is_none() && !unfinished(file).is_empty() => Err(conflict(&format!(
            "Not every request of it is finished, as far as is known here: {}.",
            unfinished(file).join(", ")
        ))
        .next(format!(
            "Look at them (dsr requests watch; dsr cases show {id}), or say why it is closed all the same: --despite TEXT"
        ))),
        Ending::Refused if file.case.refusals.iter().all(|refusal| refusal.part.is_some()) => {
            Err(conflict("The whole has not been refused.")
                .next(format!("dsr cases refuse {id} --ground … --reason …")))
        }
        Ending::Withdrawn | Ending::Duplicate | Ending::NotController if why_not.is_none() => {
            Err(usage("This ending needs a reason."))
        }
        _ => Ok(()),
    }
}
