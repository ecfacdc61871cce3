//! What was confirmed is written again, one setting at a time, each read again. After an outcome that
//! nobody knows nothing more is sent. The cases for which it was deleted are open before the first call
//! goes out, so that none counts as settled while what was put back is there, whatever ends this.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Outcome, RestorePlan, Saved, digests};
use crate::domain::case::coverage::System;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::systems::gws::groups::digest;
use crate::systems::gws::{GroupContent, Gws, SettingKey};
use crate::workflow::cases::coverage;
use crate::workflow::{World, gate};

/// What became of the settings.
#[derive(Clone, Debug)]
pub struct PutBack {
    /// What became of each setting of the plan, in its order.
    pub outcomes: Vec<Outcome>,
    /// Why the evidence or a case could not take the result over. The cases stay open then.
    pub unrecorded: Option<Failure>,
}

/// Writes the chosen settings. `confirmed` is the digest that was confirmed. Cancelling takes effect
/// between two settings; after an unknown outcome nothing more is sent.
///
/// # Errors
/// A digest that is not the plan's, and a case that could not be opened again: nothing was sent then.
/// What became of each setting stands in the result.
pub async fn execute(
    world: &World,
    gws: &Gws,
    plan: &RestorePlan,
    confirmed: &str,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<PutBack, Failure> {
    if plan.digest != confirmed {
        return Err(Failure::new(
            FailureKind::Conflict,
            "The plan is not the one that was confirmed.",
        )
        .next("Look at the preview again."));
    }
    let mut outcomes = vec![Outcome::Left; plan.settings.len()];
    let mut stopped = None;
    let mut opened = false;
    let mut done = 0;
    for (saved, outcome) in plan.settings.iter().zip(&mut outcomes) {
        if !saved.chosen {
            continue;
        }
        if cancel.is_cancelled() {
            stopped = Some("interrupted before it was sent".to_owned());
        }
        if let Some(why) = &stopped {
            *outcome = Outcome::Refused(why.clone());
            continue;
        }
        listener.tell(Progress {
            done,
            total: Some(plan.count() as u64),
            unit: "settings",
            note: "putting back one at a time".to_owned(),
        });
        done += 1;
        if let Err(why) = is_as_shown(gws, saved).await {
            *outcome = Outcome::Refused(why);
            continue;
        }
        if !opened {
            // Nothing was sent so far, and without this nothing is.
            tell_cases(world, plan, plan.count() as u64, false).await?;
            opened = true;
        }
        *outcome = put_back(world, gws, &plan.run, saved).await;
        if matches!(outcome, Outcome::Unknown(_)) {
            stopped = Some("not sent, because the outcome of another is not known".to_owned());
        }
    }
    let recorded = record(world, plan, &outcomes).await;
    let told = match opened {
        true => close(world, plan, &outcomes).await,
        false => Ok(()),
    };
    Ok(PutBack {
        outcomes,
        unrecorded: recorded.and(told).err(),
    })
}

fn attribute(saved: &Saved) -> &str {
    saved.key.as_ref().map_or("name", SettingKey::attribute)
}

/// What was shown is what is written over. Otherwise says why not.
async fn is_as_shown(gws: &Gws, saved: &Saved) -> Result<(), String> {
    let shown = gws.group(&saved.group, attribute(saved)).await;
    let shown = shown.map_err(|failure| failure.message)?;
    let shown = shown.map(|shown| digests(saved, &shown)).unwrap_or_default();
    match shown == saved.seen.iter().cloned().collect::<Vec<_>>() {
        true => Ok(()),
        false => Err("it has changed since it was shown; nothing was sent".to_owned()),
    }
}

async fn put_back(world: &World, gws: &Gws, run: &str, saved: &Saved) -> Outcome {
    let mut renewed = false;
    let sent = loop {
        let replacement = match saved.write() {
            Ok(replacement) => replacement,
            Err(failure) => return Outcome::Refused(failure.message),
        };
        let facts = json!({ "run": run, "group": saved.group.as_str() });
        let own = gws.clone();
        let sent = gate::change(world, "gws.restore_setting", facts, move |permit| async move {
            own.replace(permit, replacement).await
        })
        .await;
        match &sent {
            // That call did nothing: its CSRF token had run out.
            Err(failure)
                if !renewed
                    && failure.changed == Changed::Nothing
                    && failure.message.to_ascii_lowercase().contains("csrf") =>
            {
                renewed = true;
                if let Err(failure) = gws.renew().await {
                    return Outcome::Refused(failure.message);
                }
            }
            _ => break sent,
        }
    };
    if let Err(failure) = &sent
        && failure.changed == Changed::Nothing
    {
        return Outcome::Refused(failure.message.clone());
    }
    match gws.group(&saved.group, attribute(saved)).await {
        Ok(shown) if is_back(saved, shown.as_ref()) => Outcome::Restored,
        Ok(_) => Outcome::Unknown(match sent {
            Ok(()) => "GWS said success, but does not show it as it was".to_owned(),
            Err(failure) => failure.message,
        }),
        Err(failure) => Outcome::Unknown(format!("the group could not be read again: {}", failure.message)),
    }
}

fn is_back(saved: &Saved, shown: Option<&GroupContent>) -> bool {
    shown.is_some_and(|shown| digests(saved, shown).contains(&digest(&saved.value)))
}

fn count(outcomes: &[Outcome], wanted: fn(&Outcome) -> bool) -> usize {
    outcomes.iter().filter(|outcome| wanted(outcome)).count()
}

fn restored(outcomes: &[Outcome]) -> usize {
    count(outcomes, |outcome| matches!(outcome, Outcome::Restored))
}

fn unknown(outcomes: &[Outcome]) -> usize {
    count(outcomes, |outcome| matches!(outcome, Outcome::Unknown(_)))
}

/// What was put back is evidence.
async fn record(world: &World, plan: &RestorePlan, outcomes: &[Outcome]) -> Result<(), Failure> {
    let facts = json!({
        "run": plan.run,
        "restored": restored(outcomes),
        "refused": count(outcomes, |outcome| matches!(outcome, Outcome::Refused(_))),
        "unknown": unknown(outcomes),
    });
    world
        .store
        .record_action(&world.actor, "forget.restore", facts, world.clock.now())
        .await
}

/// Corrects what the cases were told before the first call. Where nothing was written in the end nobody
/// looked for the person anew, so that they stay open until somebody does.
async fn close(world: &World, plan: &RestorePlan, outcomes: &[Outcome]) -> Result<(), Failure> {
    let there = restored(outcomes) + unknown(outcomes);
    let complete = there > 0 && unknown(outcomes) == 0;
    tell_cases(world, plan, there as u64, complete).await
}

/// A case for which it was deleted is open again.
async fn tell_cases(world: &World, plan: &RestorePlan, there: u64, complete: bool) -> Result<(), Failure> {
    for case in world.store.cases_shown_by(&plan.run).await? {
        coverage::looked(world, &case, System::Favorites, there, complete, Some(&plan.run)).await?;
    }
    Ok(())
}
