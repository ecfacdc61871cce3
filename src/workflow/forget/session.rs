//! The same as the command does, in the two halves between which a person marks and confirms.

use tokio_util::sync::CancellationToken;

use super::erase::{Erased, erase};
use super::execute::Heard;
use super::result::{self, Told};
use super::search::{Ears, look};
use super::{Ends, Findings, Plan, Question};
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::{World, evidence};

/// A search with everything that a deletion of what it found needs.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What was asked.
    pub question: Question,
    /// Where.
    pub ends: Ends,
    /// What was found.
    pub findings: Findings,
    /// How it is told.
    pub told: Told,
}

/// Searches with the ends of the world's profile.
///
/// # Errors
/// When the profile does not say where Cassandra is, and as [`look`].
pub async fn find(
    world: &World,
    mut question: Question,
    ears: &Ears,
    cancel: &CancellationToken,
) -> Result<Looked, Failure> {
    let connect = world.on_premise.clone().ok_or_else(|| {
        Failure::new(
            FailureKind::Internal,
            "This world knows no way to GWS and its Cassandra.",
        )
    })?;
    super::expire(world).await?;
    if question.case.is_none() {
        question.case = super::coverage::case_of(world, &question).await?;
    }
    let world = &world.about(question.case.as_deref());
    let ends = super::coverage::reached(world, &question, connect().await).await?;
    let findings = look(world, &ends, &question, ears, cancel).await;
    let mut findings = super::coverage::reached(world, &question, findings).await?;
    findings.notes.extend(question.takes());
    record(world, &question, &findings).await?;
    let told = result::of_search(&findings, false);
    Ok(Looked {
        question,
        ends,
        findings,
        told,
    })
}

/// That somebody searched is evidence; for whom is not in it. The coverage of its case takes it over; the
/// world is the one for work on that case.
///
/// # Errors
/// Storage failures.
pub async fn record(world: &World, question: &Question, findings: &Findings) -> Result<(), Failure> {
    let facts = serde_json::json!({
        "searches": findings.kinds.len(),
        "matches": findings.items.len(),
        "complete": findings.complete(),
    });
    evidence::record(world, "forget.search", facts).await?;
    super::coverage::searched(world, question, findings).await
}

/// Deletes what was chosen and confirmed, and searches again.
///
/// # Errors
/// As [`erase`].
#[allow(
    clippy::too_many_arguments,
    reason = "what was found, what was confirmed, and who listens"
)]
pub async fn delete(
    world: &World,
    looked: Looked,
    chosen: &[usize],
    plan: &Plan,
    confirmed: &str,
    ears: &Ears,
    heard: Heard,
    cancel: &CancellationToken,
) -> Result<Erased, Failure> {
    let Looked {
        question,
        ends,
        findings,
        ..
    } = looked;
    erase(
        world, &ends, &question, findings, chosen, plan, confirmed, ears, heard, cancel,
    )
    .await
}
