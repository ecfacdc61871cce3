//! What was confirmed is written again, one setting at a time, each read again. After an outcome that
//! nobody knows nothing more is sent.

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

/// Writes the chosen settings. `confirmed` is the digest that was confirmed. Cancelling takes effect
/// between two settings; after an unknown outcome nothing more is sent.
///
/// # Errors
/// A digest that is not the plan's, and storage failures. What became of each stands in the result.
pub async fn execute(
    world: &World,
    gws: &Gws,
    plan: &RestorePlan,
    confirmed: &str,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Outcome>, Failure> {
    if plan.digest != confirmed {
        return Err(Failure::new(
            FailureKind::Conflict,
            "The plan is not the one that was confirmed.",
        )
        .next("Look at the preview again."));
    }
    let mut outcomes = vec![Outcome::Left; plan.settings.len()];
    let mut stopped = None;
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
        *outcome = put_back(world, gws, &plan.run, saved).await;
        done += 1;
        if matches!(outcome, Outcome::Unknown(_)) {
            stopped = Some("not sent, because the outcome of another is not known".to_owned());
        }
    }
    record(world, plan, &outcomes).await?;
    Ok(outcomes)
}

async fn put_back(world: &World, gws: &Gws, run: &str, saved: &Saved) -> Outcome {
    let attribute = saved.key.as_ref().map_or("name", SettingKey::attribute);
    // What was shown is what is written over.
    match gws.group(&saved.group, attribute).await {
        Ok(shown) => {
            let shown = shown.map(|shown| digests(saved, &shown)).unwrap_or_default();
            if shown != saved.seen.iter().cloned().collect::<Vec<_>>() {
                return Outcome::Refused("it has changed since it was shown; nothing was sent".to_owned());
            }
        }
        Err(failure) => return Outcome::Refused(failure.message),
    }
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
    match gws.group(&saved.group, attribute).await {
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

/// What was put back is evidence, and a case for which it was deleted is open again.
async fn record(world: &World, plan: &RestorePlan, outcomes: &[Outcome]) -> Result<(), Failure> {
    let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    let restored = count(|outcome| matches!(outcome, Outcome::Restored));
    let unknown = count(|outcome| matches!(outcome, Outcome::Unknown(_)));
    let facts = json!({
        "run": plan.run,
        "restored": restored,
        "refused": count(|outcome| matches!(outcome, Outcome::Refused(_))),
        "unknown": unknown,
    });
    world
        .store
        .record_action(&world.actor, "forget.restore", facts, world.clock.now())
        .await?;
    let there = (restored + unknown) as u64;
    if there > 0 {
        for case in world.store.cases_shown_by(&plan.run).await? {
            coverage::looked(
                world,
                &case,
                System::Favorites,
                there,
                unknown == 0,
                Some(&plan.run),
            )
            .await?;
        }
    }
    Ok(())
}
