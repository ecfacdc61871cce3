//! Copies that must not be removed now, because a hold stands against erasing the data of the person
//! whose request they are the result of. Decrypted exports hold many people, and nothing says whom:
//! those are removed as asked.

use super::{CopyKind, Standing};
use crate::domain::case::hold::Hold;
use crate::domain::failure::Failure;
use crate::workflow::World;
use crate::workflow::cases;

/// The case for whose own request a copy is the result; `None` for what is the result of none, and for
/// decrypted exports, which hold many people.
///
/// # Errors
/// Storage failures.
pub(super) async fn case_of(world: &World, standing: &Standing) -> Result<Option<String>, Failure> {
    let (CopyKind::Result, Some(request)) = (standing.copy.kind, &standing.copy.source) else {
        return Ok(None);
    };
    match world.store.remembered(request).await?.record {
        Some(record) => world.store.case_of_operation(&record.operation.id).await,
        None => Ok(None),
    }
}

/// The holds that stand in the way of removing a copy, and how that is told.
///
/// # Errors
/// Storage failures.
pub(super) async fn against(
    world: &World,
    standing: &Standing,
    case: Option<&str>,
) -> Result<Option<(Vec<Hold>, Failure)>, Failure> {
    let mut of_case = case.map(str::to_owned);
    let mut subjects = Vec::new();
    if standing.copy.kind == CopyKind::Result
        && let Some(request) = &standing.copy.source
    {
        let remembered = world.store.remembered(request).await?;
        if let Some(record) = &remembered.record {
            subjects.push(record.operation.request.subject.clone());
            let own = world.store.case_of_operation(&record.operation.id).await?;
            of_case = own.or(of_case);
        } else if let Some(request) = &remembered.request {
            subjects.push(request.subject.clone());
        }
    }
    let today = cases::today(world);
    let found = world
        .store
        .holds_against(subjects, Vec::new(), of_case, today)
        .await?;
    Ok(cases::holds::refusal(&found).map(|failure| (found, failure)))
}
