//! Deleting and proving: a confirmed plan is carried out, then the same search is made again.

use tokio_util::sync::CancellationToken;

use super::execute::{self, Execution, Heard};
use super::result::{self, Told};
use super::search::{Ears, look};
use super::{Ends, Findings, Plan, Question};
use crate::domain::failure::Failure;
use crate::store::StepState;
use crate::workflow::World;

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
    let mut execution = execute::execute(world, ends, plan, confirmed, &ears.steps, heard, cancel).await?;
    set_outcomes(&mut findings, chosen, &execution);
    let begun = execution
        .steps
        .iter()
        .any(|(state, _)| *state != StepState::Planned);
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
    Ok(Erased {
        findings,
        execution,
        after,
        told,
    })
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
