//! Searching again for people whose data was erased, as after a restore from a backup: what has come
//! back is raised. It needs identifiers: those of the case, and those of the register of suppressed
//! identifiers where the case has forgotten them.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::suppression::{self, Listed};
use super::{coverage, systems};
use crate::domain::case::{Case, CaseKind};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::store::CaseFilter;
use crate::workflow::search::{self, SearchResult};
use crate::workflow::{World, evidence};

/// What came of one case.
#[derive(Clone, Debug)]
pub struct Rechecked {
    /// Id of the case.
    pub id: String,
    /// What was asked for.
    pub kind: CaseKind,
    /// Where the identifiers came from: `case` or `register`; `None` when there were none.
    pub from: Option<&'static str>,
    /// Persons found again; `None` when it could not be searched.
    pub found: Option<u64>,
    /// Whether everything was read.
    pub complete: bool,
    /// Why it could not be searched, or not wholly.
    pub notes: Vec<String>,
}

/// Searches Genesys Cloud again for each case, or for everything that was erased: under the cases that
/// know their person, and under those that stand in the register.
///
/// # Errors
/// When a case is not known or the store fails; a search that fails is told with its case.
pub async fn recheck(
    world: &World,
    handles: &[String],
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Rechecked>, Failure> {
    let mut cases = Vec::new();
    for handle in wanted(world, handles).await? {
        // Looked at as it is: what was not verified may still be, by this very search.
        let file = match handles.is_empty() {
            true => world.store.case_file(&handle, &systems(world)).await?,
            false => super::show(world, &handle).await?,
        };
        let erased = file.columns.iter().any(|column| {
            let done = column.last("done");
            done.is_some_and(|kept| kept.cell.mark.word() == "erased")
        });
        if erased || !handles.is_empty() {
            cases.push(file.case);
        }
    }
    let (register, trouble) = match suppression::forgotten(world, &cases).await {
        Ok(register) => (register, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let mut all = Vec::new();
    for case in &cases {
        if cancel.is_cancelled() {
            return Err(interrupted());
        }
        let listed = register.iter().find(|listed| listed.case == case.id);
        all.push(match (case.identifiers.is_empty(), listed) {
            (true, Some(listed)) => from_register(world, listed, listener, cancel).await?,
            (true, None) => without(case, trouble.as_ref()),
            (false, _) => from_case(world, case, listener, cancel).await?,
        });
    }
    if let (true, Some(failure)) = (handles.is_empty(), trouble) {
        // Who stands in it is not known, so nobody may take this for everybody.
        all.push(told(
            "register",
            CaseKind::Erasure,
            Some("register"),
            Err(failure),
        ));
    }
    // What the register knows beyond the cases of this store.
    let beyond = register
        .iter()
        .filter(|listed| handles.is_empty() && cases.iter().all(|case| case.id != listed.case));
    for listed in beyond {
        if cancel.is_cancelled() {
            return Err(interrupted());
        }
        all.push(from_register(world, listed, listener, cancel).await?);
    }
    Ok(all)
}

async fn wanted(world: &World, handles: &[String]) -> Result<Vec<String>, Failure> {
    if !handles.is_empty() {
        return Ok(handles.to_vec());
    }
    let filter = CaseFilter {
        kind: Some(CaseKind::Erasure),
        ..CaseFilter::default()
    };
    let rows = super::list(world, filter).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn interrupted() -> Failure {
    Failure::new(
        FailureKind::Interrupted,
        "Cancelled before everything was searched again.",
    )
}

fn without(case: &Case, trouble: Option<&Failure>) -> Rechecked {
    let why = match (case.forgotten, trouble) {
        (true, Some(failure)) => format!(
            "Its personal data has been forgotten, and the register of suppressed identifiers cannot be read: {}",
            failure.message
        ),
        (true, None) => {
            "Its personal data has been forgotten, and the register of suppressed identifiers has no entry of it."
                .to_owned()
        }
        (false, _) => "It knows no identifiers.".to_owned(),
    };
    told(
        &case.id,
        case.kind,
        None,
        Err(Failure::new(FailureKind::NotFound, why)),
    )
}

async fn from_case(
    world: &World,
    case: &Case,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Rechecked, Failure> {
    let result = search::search(world, &case.identifiers, listener, cancel).await;
    if let Ok(result) = &result {
        coverage::searched(world, case, result).await?;
    }
    Ok(told(&case.id, case.kind, Some("case"), result))
}

async fn from_register(
    world: &World,
    listed: &Listed,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Rechecked, Failure> {
    let result = match &listed.entry {
        Ok(entry) => search::search(world, &entry.identifiers, listener, cancel).await,
        Err(failure) => Err(failure.clone()),
    };
    if let Ok(result) = &result {
        noted(world, &listed.case, result).await?;
    }
    Ok(told(&listed.case, CaseKind::Erasure, Some("register"), result))
}

async fn noted(world: &World, id: &str, result: &SearchResult) -> Result<(), Failure> {
    let facts = json!({
        "case": id,
        "found": result.candidates.len(),
        "complete": result.complete,
    });
    evidence::record(world, "case.recheck", facts).await
}

fn told(
    id: &str,
    kind: CaseKind,
    from: Option<&'static str>,
    result: Result<SearchResult, Failure>,
) -> Rechecked {
    let mut one = Rechecked {
        id: id.to_owned(),
        kind,
        from,
        found: None,
        complete: false,
        notes: Vec::new(),
    };
    match result {
        Ok(result) => {
            one.found = Some(result.candidates.len() as u64);
            one.complete = result.complete;
            one.notes = result.notes;
        }
        Err(failure) => one.notes.push(failure.message),
    }
    one
}
