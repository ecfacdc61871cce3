//! Carrying a confirmed plan out: save, prove, delete the first alone, then one at a time.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::entries::Form;
use super::proof::{self, Proof};
use super::rooms::{Room, read_groups, run_of, saved};
use super::step::{self, id_of};
use super::{Ends, Offer, Plan};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::store::StepState;
use crate::systems::gws::{GroupName, Gws, SYSTEM};
use crate::workflow::World;

/// What came of a plan.
#[derive(Clone, Debug, Default)]
pub struct Execution {
    /// Names the run in the store.
    pub run: String,
    /// What became of each offer, in the order of the plan; `Planned` for what was not begun.
    pub steps: Vec<(StepState, Option<String>)>,
    /// How many of the steps take an entry out of a list instead of deleting a setting.
    pub entries: usize,
    /// Why it stopped before its end.
    pub stopped: Option<String>,
    /// What an operator should know.
    pub notes: Vec<String>,
}

impl Execution {
    /// How many steps ended so.
    pub fn count(&self, state: StepState) -> usize {
        self.steps.iter().filter(|(known, _)| *known == state).count()
    }
}

/// What is told after each step: the number of the offer in the plan and what became of it.
pub type Heard = std::sync::Arc<dyn Fn(usize, StepState) + Send + Sync>;

/// Carries the plan out. `confirmed` is the digest that was confirmed. Cancelling takes effect
/// between two settings.
///
/// # Errors
/// Before anything was deleted: a digest that is not the plan's, an account without the role, a group
/// that cannot be read or saved.
pub async fn execute(
    world: &World,
    ends: &Ends,
    plan: &Plan,
    confirmed: &str,
    listener: &Listener,
    heard: Heard,
    cancel: &CancellationToken,
) -> Result<Execution, Failure> {
    if plan.digest != confirmed {
        return Err(Failure::new(
            FailureKind::Conflict,
            "The plan is not the one that was confirmed.",
        )
        .next("Search again and confirm what is shown then."));
    }
    let Some(gws) = &ends.gws else {
        return Err(Failure::new(FailureKind::Configuration, "No address of GWS is known.").at(SYSTEM));
    };
    super::preflight::may_delete(gws).await?;
    let mut rooms = read_groups(gws, plan).await?;
    let mut execution = Execution {
        run: uuid::Uuid::new_v4().to_string(),
        ..Execution::default()
    };
    execution.entries = plan.offers.len() - plan.deletions();
    execution.steps = vec![(StepState::Planned, None); plan.offers.len()];
    let saved = saved(world, ends, &rooms);
    world
        .store
        .begin_forget(
            &world.actor,
            plan.scope.clone(),
            run_of(&execution.run, plan),
            world.facts(serde_json::json!({})),
            saved,
            world.clock.now(),
        )
        .await?;
    let proof = match needs_proof(plan) {
        true => proof::prove(world, gws, &plan.template).await,
        false => Ok(Proof {
            arrives: true,
            ..Proof::default()
        }),
    };
    let proof = match proof {
        Ok(proof) => proof,
        Err(failure) => {
            let words = failure.message.clone();
            end(world, &execution, false).await?;
            return Err(Failure {
                message: format!("Nothing was deleted: {words}"),
                ..failure
            });
        }
    };
    tell_proof(&mut execution, &proof);
    one_by_one(
        world,
        gws,
        plan,
        &proof,
        &mut rooms,
        &mut execution,
        listener,
        &heard,
        cancel,
    )
    .await?;
    let done = execution.stopped.is_none() && execution.count(StepState::Unknown) == 0;
    end(world, &execution, done).await?;
    Ok(execution)
}

/// The body alone names the setting: then it has to be proven that it arrives.
fn needs_proof(plan: &Plan) -> bool {
    let by_body = |offer: &Offer| {
        offer.form == Form::Delete
            && offer
                .removal(&plan.template)
                .is_ok_and(|removal| removal.depends_on_body(&plan.template))
    };
    plan.offers.iter().any(by_body)
}

fn tell_proof(execution: &mut Execution, proof: &Proof) {
    if !proof.arrives {
        execution.notes.push(format!(
            "No setting was deleted, because it is not proven that the body of the delete call reaches GWS: {}. \
             Without its body the call could mean the whole group of all agents. Use an address of GWS without the \
             proxy, or remove the settings in Workspace.",
            proof.words
        ));
    } else if !proof.words.is_empty() {
        execution.notes.push(format!(
            "The body of the delete call reaches GWS: {}.",
            proof.words
        ));
    }
    if let Some(group) = &proof.left_behind {
        execution.notes.push(format!(
            "A group of our own from the proof may still be in GWS: {group}. It holds no personal data."
        ));
    }
}

#[allow(clippy::too_many_arguments, reason = "one loop with all that it watches")]
async fn one_by_one(
    world: &World,
    gws: &Gws,
    plan: &Plan,
    proof: &Proof,
    rooms: &mut HashMap<GroupName, Room>,
    execution: &mut Execution,
    listener: &Listener,
    heard: &Heard,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    for (number, offer) in plan.offers.iter().enumerate() {
        listener.tell(Progress {
            done: number as u64,
            total: Some(plan.offers.len() as u64),
            unit: "settings",
            note: "deleting one at a time".to_owned(),
        });
        if cancel.is_cancelled() {
            execution.stopped = Some("It was interrupted between two settings.".to_owned());
            break;
        }
        let Some(room) = rooms.get_mut(&offer.group) else {
            continue;
        };
        let unproven = !proof.arrives && offer.form == Form::Delete;
        let done = if unproven {
            step::not_sent(
                StepState::Refused,
                "not sent: whether the body of the call arrives is not proven",
            )
        } else {
            note(world, execution, number, StepState::Sending, None).await?;
            let carried = step::carry_out(
                world,
                gws,
                &plan.template,
                offer,
                &room.before,
                &room.meant,
                step::Run {
                    id: &execution.run,
                    step: number,
                    case: plan.case.as_deref(),
                },
            )
            .await;
            match carried {
                Ok(done) => done,
                // Nothing was sent: the failure came before the call.
                Err(failure) => {
                    let stop = Some(failure.message.clone());
                    step::Done {
                        stop,
                        ..step::not_sent(StepState::Planned, failure.message)
                    }
                }
            }
        };
        if done.state == StepState::Deleted && offer.form == Form::Delete {
            room.meant.push(id_of(offer));
        }
        if let Some(after) = done.after {
            room.before = after;
            room.meant.clear();
        }
        debug_assert_eq!(room.attribute, offer.key.attribute());
        note(world, execution, number, done.state, done.detail).await?;
        heard(number, done.state);
        if done.vanished > 0 {
            execution.stopped = Some(format!(
                "STOPPED: {} of the group {} vanished that nobody asked to delete. The group as it was is saved here \
                 (run {}).",
                if done.vanished == 1 {
                    "1 other setting".to_owned()
                } else {
                    format!("{} other settings", done.vanished)
                },
                offer.group,
                execution.run
            ));
            break;
        }
        if let Some(stop) = done.stop {
            execution.stopped = Some(stop);
            break;
        }
    }
    Ok(())
}

async fn note(
    world: &World,
    execution: &mut Execution,
    number: usize,
    state: StepState,
    detail: Option<String>,
) -> Result<(), Failure> {
    execution.steps[number] = (state, detail.clone());
    world
        .store
        .forget_step(
            &world.actor,
            &execution.run,
            number,
            state,
            detail,
            world.clock.now(),
        )
        .await
}

async fn end(world: &World, execution: &Execution, done: bool) -> Result<(), Failure> {
    let summary = format!(
        "{} deleted, {} refused, {} unknown, {} vanished, {} not begun",
        execution.count(StepState::Deleted),
        execution.count(StepState::Refused),
        execution.count(StepState::Unknown),
        execution.count(StepState::Vanished),
        execution.count(StepState::Planned),
    );
    world
        .store
        .end_forget(&world.actor, &execution.run, done, summary, world.clock.now())
        .await
}
