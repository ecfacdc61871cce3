//! Searching again for people whose data was erased, as after a restore from a backup: what has come
//! back is raised. It needs identifiers: a case that has been swept knows none, and says so.

use tokio_util::sync::CancellationToken;

use super::coverage;
use crate::domain::case::Case;
use crate::domain::failure::Failure;
use crate::domain::progress::Listener;
use crate::store::CaseFilter;
use crate::workflow::{World, search};

/// What came of one case.
#[derive(Clone, Debug)]
pub struct Rechecked {
    /// The case.
    pub case: Case,
    /// Persons found again; `None` when it could not be searched.
    pub found: Option<u64>,
    /// Whether everything was read.
    pub complete: bool,
    /// Why it could not be searched, or not wholly.
    pub notes: Vec<String>,
}

/// Searches Genesys Cloud again for each case, or for every erasure in which something was erased.
///
/// # Errors
/// When a case is not known or the store fails; a search that fails is told with its case.
pub async fn recheck(
    world: &World,
    handles: &[String],
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Vec<Rechecked>, Failure> {
    let ids: Vec<String> = if handles.is_empty() {
        let rows = super::list(world, CaseFilter::default()).await?;
        let erased = rows
            .into_iter()
            .filter(|row| row.kind == crate::domain::case::CaseKind::Erasure);
        erased.map(|row| row.id).collect()
    } else {
        handles.to_vec()
    };
    let mut all = Vec::new();
    for handle in ids {
        if cancel.is_cancelled() {
            break;
        }
        let file = super::show(world, &handle).await?;
        let erased = file.columns.iter().any(|column| {
            let done = column.last("done");
            done.is_some_and(|kept| kept.cell.mark.word() == "erased")
        });
        if handles.is_empty() && !erased {
            continue;
        }
        all.push(one(world, file.case, listener, cancel).await?);
    }
    Ok(all)
}

async fn one(
    world: &World,
    case: Case,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Rechecked, Failure> {
    if case.identifiers.is_empty() {
        let why = match case.forgotten {
            true => {
                "Its personal data has been forgotten, and no register of suppressed identifiers is kept."
            }
            false => "It knows no identifiers.",
        };
        return Ok(Rechecked {
            case,
            found: None,
            complete: false,
            notes: vec![why.to_owned()],
        });
    }
    match search::search(world, &case.identifiers, listener, cancel).await {
        Ok(result) => {
            coverage::searched(world, &case, &result).await?;
            Ok(Rechecked {
                case,
                found: Some(result.candidates.len() as u64),
                complete: result.complete,
                notes: result.notes,
            })
        }
        Err(failure) => Ok(Rechecked {
            case,
            found: None,
            complete: false,
            notes: vec![failure.message],
        }),
    }
}
