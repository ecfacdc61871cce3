//! The register of suppressed identifiers. A closed erasure goes into it, so that a case may forget its
//! person and a return of the data is noticed all the same. It has a time of its own, the controller
//! decides on it, and each step of it is in the ledger, without personal data.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use crate::domain::case::coverage::Column;
use crate::domain::case::suppression::Suppressed;
use crate::domain::case::{Case, Ending};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::queue::QueueRow;
use crate::domain::request::{Phase, RequestType, phase};
use crate::store::CaseFile;
use crate::workflow::{World, evidence};

/// An entry for people. Personal data.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The case.
    pub case: String,
    /// Last day on which it is kept.
    pub until: Date,
    /// What it says; the reason when it cannot be read.
    pub entry: Result<Suppressed, Failure>,
}

/// True where something was erased, or is about to be, and the case ended with it.
fn belongs(file: &CaseFile) -> bool {
    let sent = |row: &QueueRow| {
        row.kind == Some(RequestType::Delete) && row.id.is_some() && phase(&row.status) != Phase::Failed
    };
    let erased = file.columns.iter().any(Column::was_erased) || file.requests.iter().any(sent);
    erased && file.case.is_erasure() && !file.case.identifiers.is_empty()
}

/// Writes what a case knows into the register, when something was erased under it and a time for the
/// register is configured. True when it was written.
///
/// # Errors
/// When the register's key cannot be opened, or it cannot be written.
pub(super) async fn keep(world: &World, file: &CaseFile, closed_on: Date) -> Result<bool, Failure> {
    let days = i64::from(world.casework.suppression_days);
    if days == 0 || !belongs(file) || file.case.ending == Some(Ending::Withdrawn) {
        return Ok(false);
    }
    let until = closed_on.saturating_add(days.days());
    if until < super::today(world) {
        return Ok(false);
    }
    let entry = Suppressed {
        case: file.case.id.clone(),
        identifiers: file.case.identifiers.clone(),
        closed_on,
        until,
    };
    let (facts, own) = (
        json!({ "case": entry.case, "until": until.to_string() }),
        world.clone(),
    );
    blocking(move || {
        let key = own.rest.for_register()?;
        own.rest.register().add(&key, &entry)
    })
    .await?;
    evidence::record(world, "suppression.add", facts).await?;
    Ok(true)
}

/// The register, entry by entry.
///
/// # Errors
/// When the folder cannot be read or its key not be opened; entries that cannot be read are told.
pub async fn list(world: &World) -> Result<Vec<Listed>, Failure> {
    let own = world.clone();
    blocking(move || {
        let register = own.rest.register();
        let entries = register.entries()?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let key = own.rest.for_register()?;
        let listed = entries.into_iter().map(|entry| Listed {
            entry: register.read(&key, &entry),
            case: entry.case,
            until: entry.until,
        });
        Ok(listed.collect())
    })
    .await
}

/// The register with the reference of each case's ticket, where this store knows the case.
///
/// # Errors
/// As [`list`], and when the store cannot be read.
pub async fn register(world: &World) -> Result<Vec<(Listed, Option<String>)>, Failure> {
    let listed = list(world).await?;
    let rows = super::list(world, super::CaseFilter::default()).await?;
    let mut references: std::collections::HashMap<String, Option<String>> =
        rows.into_iter().map(|row| (row.id, row.reference)).collect();
    Ok(listed
        .into_iter()
        .map(|one| {
            let reference = references.remove(&one.case).flatten();
            (one, reference)
        })
        .collect())
}

/// Removes the entry of a case before its time.
///
/// # Errors
/// When there is none.
pub async fn remove(world: &World, case: &str, why: &str) -> Result<(), Failure> {
    let wanted = case.trim().to_ascii_uppercase();
    let (register, own) = (world.rest.register(), wanted.clone());
    let removed = blocking(move || {
        let entries = register.entries()?;
        let mut removed = 0usize;
        for entry in entries.iter().filter(|entry| entry.case == own) {
            register.remove(entry)?;
            removed += 1;
        }
        Ok(removed)
    })
    .await?;
    if removed == 0 {
        let shown = crate::domain::text::clean(&wanted);
        return Err(Failure::new(
            FailureKind::NotFound,
            format!("The register has no entry of {shown}."),
        )
        .next("Look at: dsr cases suppression list"));
    }
    // The words may name the person: only that there were some is told.
    let facts = json!({ "case": wanted, "reason_given": !why.trim().is_empty() });
    evidence::record(world, "suppression.remove", facts).await
}

/// Removes entries whose time is over; needs no key. Gives their cases.
///
/// # Errors
/// When one cannot be removed.
pub(super) async fn sweep(world: &World, dry_run: bool) -> Result<Vec<(String, Date)>, Failure> {
    let (register, today) = (world.rest.register(), super::today(world));
    let over = blocking(move || {
        let mut over = Vec::new();
        for entry in register.entries()? {
            if entry.until < today {
                if !dry_run {
                    register.remove(&entry)?;
                }
                over.push((entry.case, entry.until));
            }
        }
        Ok(over)
    })
    .await?;
    if !dry_run {
        for (case, until) in &over {
            let facts = json!({ "case": case, "until": until.to_string() });
            evidence::record(world, "suppression.expired", facts).await?;
        }
    }
    Ok(over)
}

/// The entries that a search for what came back needs: those whose case no longer knows its person.
pub(super) async fn forgotten(world: &World, known: &[Case]) -> Result<Vec<Listed>, Failure> {
    let mut listed = list(world).await?;
    let today = super::today(world);
    listed.retain(|one| {
        let case = known.iter().find(|case| case.id == one.case);
        one.until >= today && case.is_none_or(|case| case.identifiers.is_empty())
    });
    Ok(listed)
}

/// Keys are derived and files are read on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| {
        Err(Failure::new(
            FailureKind::Internal,
            "The register could not be worked on.",
        ))
    })
}
