//! What moves a case's clock: identity, waits, an extension.

use jiff::civil::Date;

use super::{conflict, ground, id_of, not_ahead, not_before, open_only, running, today, usage};
use crate::domain::case::{Awaiting, Case, Extension, IdentityCheck, IdentityResult};
use crate::domain::deadline::Awaited;
use crate::domain::failure::Failure;
use crate::store::CaseEntry;
use crate::workflow::World;

/// Writes down how identity was checked. A wait for it ends with a proof.
pub async fn check_identity(
    world: &World,
    handle: &str,
    doubt: String,
    method: String,
    result: IdentityResult,
    on: Date,
) -> Result<Case, Failure> {
    not_ahead(world, "identity checked", on)?;
    let id = id_of(world, handle).await?;
    let by = world.actor.login.clone();
    let entry = CaseEntry::new(
        "case.identity",
        format!("identity {}: {method}", result.as_str().replace('_', " ")),
    )
    .fact("result", result.as_str())
    .fact("on", on.to_string())
    .committed("method", method.clone())
    .committed("doubt", doubt.clone());
    world
        .store
        .change_case(&ground(world), &id, entry, move |case| {
            open_only(case)?;
            not_before(case, on)?;
            if result == IdentityResult::Proved {
                for pause in &mut case.pauses {
                    if pause.until.is_none()
                        && pause.awaited == Awaited::Identity.as_str()
                        && pause.from <= on
                    {
                        pause.until = Some(on);
                    }
                }
            }
            case.identity = Some(IdentityCheck {
                doubt,
                method,
                result,
                on,
                by,
            });
            Ok(())
        })
        .await
}

/// Something is awaited from the person from a day on.
pub async fn pause(
    world: &World,
    handle: &str,
    awaited: Awaited,
    on: Date,
    reason: String,
) -> Result<Case, Failure> {
    not_ahead(world, "asked for", on)?;
    let id = id_of(world, handle).await?;
    let entry = CaseEntry::new(
        "case.pause",
        format!("{} asked for on {on}: {reason}", awaited.as_str()),
    )
    .fact("awaited", awaited.as_str())
    .fact("on", on.to_string())
    .committed("reason", reason);
    world
        .store
        .change_case(&ground(world), &id, entry, move |case| {
            running(case)?;
            not_before(case, on)?;
            let name = awaited.as_str();
            if case
                .pauses
                .iter()
                .any(|pause| pause.until.is_none() && pause.awaited == name)
            {
                return Err(conflict(&format!("{name} is awaited already."))
                    .next("dsr cases resume CASE ends that wait."));
            }
            case.pauses.push(Awaiting {
                awaited: name.to_owned(),
                from: on,
                until: None,
            });
            Ok(())
        })
        .await
}

/// What was awaited has come.
pub async fn resume(
    world: &World,
    handle: &str,
    awaited: Option<Awaited>,
    on: Date,
) -> Result<Case, Failure> {
    not_ahead(world, "come", on)?;
    let id = id_of(world, handle).await?;
    let what = awaited.map_or("what was awaited", Awaited::as_str);
    let entry = CaseEntry::new("case.resume", format!("{what} came on {on}"))
        .fact("awaited", awaited.map(Awaited::as_str))
        .fact("on", on.to_string());
    world
        .store
        .change_case(&ground(world), &id, entry, move |case| {
            running(case)?;
            let mut waits = case.pauses.iter_mut().filter(|pause| {
                pause.until.is_none() && awaited.is_none_or(|awaited| pause.awaited == awaited.as_str())
            });
            match (waits.next(), waits.next()) {
                (Some(pause), None) if on >= pause.from => {
                    pause.until = Some(on);
                    Ok(())
                }
                (Some(pause), None) => Err(usage(&format!(
                    "{on} lies before {}, when it was asked for.",
                    pause.from
                ))),
                (Some(_), Some(_)) => Err(usage("Several things are awaited: say which came.")),
                (None, _) => Err(conflict("Nothing of that kind is awaited.")),
            }
        })
        .await
}

/// The person was told that the answer takes longer, and why.
pub async fn extend(world: &World, handle: &str, on: Date, reason: String) -> Result<Case, Failure> {
    not_ahead(world, "told of the extension", on)?;
    let id = id_of(world, handle).await?;
    let by = world.actor.login.clone();
    let entry = CaseEntry::new("case.extend", format!("extended, told on {on}: {reason}"))
        .fact("told_on", on.to_string())
        .committed("reason", reason.clone());
    let day = today(world);
    world
        .store
        .change_case(&ground(world), &id, entry, move |case| {
            running(case)?;
            not_before(case, on)?;
            if case.extension.is_some() {
                return Err(conflict("It is extended already, and it can be extended once."));
            }
            let reckoning = case.reckon(day);
            if reckoning.extensible.is_none() {
                return Err(conflict("Its regime knows no extension."));
            }
            if on > reckoning.first.due {
                return Err(conflict(&format!(
                    "The person had to be told by {}; a notice on {on} extends nothing.",
                    reckoning.first.due
                )));
            }
            case.extension = Some(Extension {
                told_on: on,
                reason,
                by,
            });
            Ok(())
        })
        .await
}
