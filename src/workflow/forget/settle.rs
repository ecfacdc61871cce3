//! A run whose process died: what it had begun to send is looked at, so that nothing is deleted
//! twice and nothing that was deleted goes unmentioned.

use super::Ends;
use super::step::find;
use crate::domain::failure::Failure;
use crate::store::{ForgetRun, ForgetStep, StepState};
use crate::systems::gws::groups::digest;
use crate::systems::gws::{GroupName, Gws, SettingKey};
use crate::workflow::World;

/// What was found of an earlier run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Its id.
    pub run: String,
    /// Settings it had deleted, those found to be gone now included.
    pub deleted: usize,
    /// Settings it had not deleted: they are found again by the search.
    pub open: usize,
}

impl Settled {
    /// In one sentence.
    pub fn words(&self) -> String {
        format!(
            "An earlier run for the same was interrupted: {} of its settings are gone, {} were left and are looked for again.",
            self.deleted, self.open
        )
    }
}

/// Looks at what an unfinished run of this scope had begun, writes it down and ends the run.
///
/// # Errors
/// When GWS cannot be read, or the store not written: nothing new must be begun then.
pub(super) async fn earlier(world: &World, ends: &Ends, scope: &str) -> Result<Option<Settled>, Failure> {
    let Some(run) = world.store.unfinished_forget(scope).await? else {
        return Ok(None);
    };
    let Some(gws) = &ends.gws else { return Ok(None) };
    let mut settled = Settled {
        run: run.id.clone(),
        ..Settled::default()
    };
    for step in &run.steps {
        match step.state {
            StepState::Deleted => settled.deleted += 1,
            StepState::Planned | StepState::Refused | StepState::Vanished => settled.open += 1,
            StepState::Sending | StepState::Unknown => {
                let (state, detail) = look(gws, step).await?;
                if state == StepState::Deleted {
                    settled.deleted += 1;
                } else {
                    settled.open += 1;
                }
                let (actor, now) = (&world.actor, world.clock.now());
                world
                    .store
                    .forget_step(actor, &run.id, step.ordinal, state, Some(detail.to_owned()), now)
                    .await?;
            }
        }
    }
    end(world, &run, &settled).await?;
    Ok(Some(settled))
}

async fn end(world: &World, run: &ForgetRun, settled: &Settled) -> Result<(), Failure> {
    let summary = format!("interrupted: {} deleted, {} left", settled.deleted, settled.open);
    world
        .store
        .end_forget(&world.actor, &run.id, true, summary, world.clock.now())
        .await
}

async fn look(gws: &Gws, step: &ForgetStep) -> Result<(StepState, &'static str), Failure> {
    let offer = super::Offer {
        group: GroupName::new(&step.group)?,
        key: SettingKey::new(&step.attribute, &step.key)?,
        location: step.location.clone(),
        owner: step.owner.clone(),
        exact: true,
        form: super::entries::Form::Delete,
        seen: step.seen.clone(),
        about: Vec::new(),
    };
    let Some(content) = gws.group(&offer.group, &step.attribute).await? else {
        return Ok((StepState::Deleted, "found to be gone after an interruption"));
    };
    Ok(match find(&content, &offer) {
        Err(0) => (StepState::Deleted, "found to be gone after an interruption"),
        Ok(value) if step.entries.is_some() && digest(value) != step.seen => {
            (StepState::Deleted, "found to be changed after an interruption")
        }
        _ => (
            StepState::Refused,
            "found to be still there after an interruption",
        ),
    })
}
