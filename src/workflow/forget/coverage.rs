//! What a forget-me saw and did, as cells of a case's coverage. "Verified" is written only when another
//! whole search found nothing; whatever else was seen is told as a search with what it found.

use super::erase::Erased;
use super::{Findings, Question};
use crate::domain::case::coverage::{Cell, Mark, System};
use crate::domain::case::{Case, CaseKind};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::store::{CaseFilter, StepState};
use crate::workflow::World;
use crate::workflow::cases;
use crate::workflow::cases::coverage::{looked, record};
use crate::workflow::files::FilesReport;

/// The column of what lies in Cassandra's files; there is one once they were searched for the case.
pub const FILES: &str = "cassandra_files";

/// A search in the favorites.
///
/// # Errors
/// When there is no such case, or the store cannot be written.
pub async fn searched(world: &World, question: &Question, findings: &Findings) -> Result<(), Failure> {
    let Some(case) = &question.case else { return Ok(()) };
    seen(world, case, question, findings, None).await?;
    held(world, case, findings).await
}

/// The one open case of an erasure for whose person alone is looked, by all that it knows; `None` when
/// there is none, or when several fit. A mere name is of too many people to tell a case by.
///
/// # Errors
/// When the store cannot be read.
pub async fn case_of(world: &World, question: &Question) -> Result<Option<String>, Failure> {
    let open = CaseFilter {
        open: Some(true),
        ..CaseFilter::default()
    };
    let mut fitting = Vec::new();
    for row in cases::list(world, open).await? {
        let case = world.store.case_file(&row.id, &[]).await?.case;
        let known = super::searchable(&case.identifiers);
        let is_told = known.iter().any(|known| known.kind != IdentifierKind::Name);
        let same = known.iter().all(|known| question.searches.contains(known))
            && question.searches.iter().all(|search| known.contains(search));
        if case.kind == CaseKind::Erasure && is_told && same {
            fitting.push(case.id);
        }
    }
    Ok(fitting.pop().filter(|_| fitting.is_empty()))
}

/// A deletion, and the search that followed it.
///
/// # Errors
/// As [`searched`].
pub async fn erased(world: &World, question: &Question, erased: &Erased) -> Result<(), Failure> {
    let Some(case) = &question.case else { return Ok(()) };
    let gone = erased.execution.count(StepState::Deleted);
    if gone > 0 {
        let mark = Mark::Erased { count: gone as u64 };
        let cell = Cell::new(mark).shown_by(&erased.execution.run);
        record(world, case, System::Favorites, cell).await?;
    }
    if let Some(after) = &erased.after {
        seen(world, case, question, after, Some(&erased.execution.run)).await?;
    }
    held(world, case, &erased.findings).await
}

/// A search of Cassandra's files. What it finds is still on disk; that it finds nothing says nothing of
/// the cluster, so it has a column of its own.
///
/// # Errors
/// As [`searched`].
pub async fn files(
    world: &World,
    case: &Case,
    searches: &[Identifier],
    report: &FilesReport,
) -> Result<(), Failure> {
    let mark = Mark::Searched {
        found: report.matches.len() as u64,
        complete: report.complete() && knows_all(case, searches),
    };
    let system = System::Other(FILES.to_owned());
    record(world, &case.id, system, Cell::new(mark)).await
}

/// Passes a result on; a system that cannot be reached is told to the case first.
///
/// # Errors
/// That of the result.
pub async fn reached<T>(
    world: &World,
    question: &Question,
    result: Result<T, Failure>,
) -> Result<T, Failure> {
    if let (Err(failure), Some(case)) = (&result, &question.case)
        && failure.kind == FailureKind::Unreachable
    {
        let why = failure.message.clone();
        let cell = Cell::new(Mark::NotReachable { why });
        record(world, case, System::Favorites, cell).await?;
    }
    result
}

async fn seen(
    world: &World,
    case: &str,
    question: &Question,
    findings: &Findings,
    evidence: Option<&str>,
) -> Result<(), Failure> {
    let known = world.store.case_file(case, &[]).await?.case;
    let whole = question.is_whole() && knows_all(&known, &question.searches);
    let found = findings.items.len() as u64;
    let complete = findings.complete() && whole;
    looked(world, case, System::Favorites, found, complete, evidence).await
}

/// True when everything was looked for by which the case knows its person and that can be looked for.
fn knows_all(case: &Case, searches: &[Identifier]) -> bool {
    super::searchable(&case.identifiers)
        .iter()
        .all(|known| searches.contains(known))
}

async fn held(world: &World, case: &str, findings: &Findings) -> Result<(), Failure> {
    match cases::holds::refusal(&findings.holds) {
        Some(failure) => cases::coverage::held(world, case, System::Favorites, &failure).await,
        None => Ok(()),
    }
}
