//! Deleting and proving: a confirmed plan is carried out, then the same search is made again.

use tokio_util::sync::CancellationToken;

use super::execute::{self, Execution, Heard};
use super::result::{self, Told};
use super::search::{Ears, look};
use super::{Ends, Findings, Plan, Question, coverage};
use crate::domain::failure::Failure;
use crate::store::StepState;
use crate::workflow::{World, cases};

/// What came of it.
#[derive(Clone, Debug)]
pub struct Erased {
    /// What was found before, with what became of each.
    pub findings: Findings,
    /// The steps.
    pub execution: Execution,
    /// What is still found; `None` when it was not looked for again.
    pub after: Option<Findings>,
    /// How it is told.
    pub told: Told,
}

/// Carries `plan` out, which is made of the offers `chosen` of `findings`, and searches again.
///
/// # Errors
/// As [`execute::execute`]. A search afterwards that fails makes the result incomplete instead: what
/// was deleted is told all the same.
#[allow(
    clippy::too_many_arguments,
    reason = "what was found, what was confirmed, and who listens"
)]
pub async fn erase(
    world: &World,
    ends: &Ends,
    question: &Question,
    mut findings: Findings,
    chosen: &[usize],
    plan: &Plan,
    confirmed: &str,
    ears: &Ears,
    heard: Heard,
    cancel: &CancellationToken,
) -> Result<Erased, Failure> {
    let world = &world.about(question.case.as_deref());
    if !findings.holds.is_empty() {
        // What they protect is not among the offers; that it was about to be erased is written down.
        cases::holds::blocked(world, None, &findings.holds).await?;
    }
    let mut execution = execute::execute(world, ends, plan, confirmed, &ears.steps, heard, cancel).await?;
    set_outcomes(&mut findings, chosen, &execution);
    let begun = execution
        .steps
        .iter()
        .any(|(state, _)| *state != StepState::Planned);
    if begun {
        // A place of the scan that was kept would bring back what is gone by now.
        let (scope, now) = (question.scope(ends), world.clock.now());
        world.store.clear_scan(&world.actor, &scope, now).await?;
    }
    let after = if begun && !cancel.is_cancelled() {
        let mut again = question.clone();
        again.scan.resume = false;
        again.scan.keep = false;
        match look(world, ends, &again, ears, cancel).await {
            Ok(after) => Some(after),
            Err(failure) => {
                execution
                    .notes
                    .push(format!("The search afterwards failed: {}", failure.message));
                None
            }
        }
    } else {
        None
    };
    if let Some(after) = &after {
        findings.compare_with(after);
    }
    let told = result::of_deletion(&findings, &execution, after.as_ref());
    let mut erased = Erased {
        findings,
        execution,
        after,
        told,
    };
    if let Err(failure) = coverage::erased(world, question, &erased).await {
        // What was deleted is told all the same.
        let note = format!(
            "The coverage of the case could not be written: {}",
            failure.message
        );
        erased.told.notes.push(note);
    }
    Ok(erased)
}

fn set_outcomes(findings: &mut Findings, chosen: &[usize], execution: &Execution) {
    for item in &mut findings.items {
        let place = item
            .offer
            .and_then(|offer| chosen.iter().position(|index| *index == offer));
        item.outcome = place
            .and_then(|place| execution.steps.get(place))
            .map(|(state, _)| *state)
            .filter(|state| *state != StepState::Planned);
    }
}
