//! Forgetting the people of closed cases when their time is over.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::failure::Failure;
use crate::workflow::World;

/// What is or would be done with one case.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The case.
    pub id: String,
    /// Day on which it was closed.
    pub closed_on: Date,
    /// True when it was forgotten (or would be, in a dry run).
    pub forgotten: bool,
    /// Why it is kept.
    pub kept_because: Option<String>,
}

/// What was swept.
#[derive(Clone, Debug, Default)]
pub struct Swept {
    /// Cases.
    pub cases: Vec<Fate>,
    /// Entries of the register of suppressed identifiers whose time is over: case and last day.
    pub expired: Vec<(String, Date)>,
}

/// Forgets every closed case whose time is over, and removes what is over in the register of suppressed
/// identifiers. A case is kept where its regime demands records for longer, where a hold stands on it,
/// where copies still lie here, and where it could not be written into the register.
///
/// # Errors
/// When the store cannot be read or written; what was forgotten before stays so.
pub async fn sweep(world: &World, dry_run: bool) -> Result<Swept, Failure> {
    if !dry_run {
        // What was saved before a deletion has a day of its own.
        crate::workflow::forget::expire(world).await?;
    }
    let expired = super::suppression::sweep(world, dry_run).await?;
    Ok(Swept {
        cases: cases(world, dry_run).await?,
        expired,
    })
}

async fn cases(world: &World, dry_run: bool) -> Result<Vec<Fate>, Failure> {
    let today = super::today(world);
    let zone = &world.settings.time_zone;
    let kept_days = i64::from(world.casework.retention_days);
    let limit = today.saturating_sub(kept_days.days());
    let Ok(before) = limit.tomorrow().unwrap_or(limit).to_zoned(zone.clone()) else {
        return Ok(Vec::new());
    };
    let holds = super::holds::list(world, false).await?;
    let mut fates = Vec::new();
    for found in world.store.cases_to_sweep(before.timestamp()).await? {
        let case = &found.case;
        let closed_on = case
            .closed_at
            .map_or(today, |at| at.to_zoned(TimeZone::clone(zone)).date());
        let held = holds.iter().find(|hold| {
            hold.case.as_deref() == Some(case.id.as_str()) || hold.covers_any(&case.identifiers)
        });
        let mut kept_because = match (records_until(case, closed_on), held) {
            (Some((until, source)), _) if today < until => {
                Some(format!("records are kept until {until} ({source})"))
            }
            (_, Some(hold)) => Some(format!("{} stands", hold.id)),
            _ if !found.files.is_empty() => Some(format!(
                "{} files of its requests still lie here; see dsr copies",
                found.files.len()
            )),
            _ => None,
        };
        if kept_because.is_none()
            && !dry_run
            && let Err(failure) = into_register(world, &case.id, closed_on).await
        {
            kept_because = Some(format!(
                "it is not in the register of suppressed identifiers: {failure}"
            ));
        }
        let forgotten = kept_because.is_none();
        if forgotten && !dry_run {
            world.store.sweep_case(&super::ground(world), &case.id).await?;
        }
        fates.push(Fate {
            id: case.id.clone(),
            closed_on,
            forgotten,
            kept_because,
        });
    }
    Ok(fates)
}

/// What must outlive the case goes into the register before the case forgets it.
async fn into_register(world: &World, id: &str, closed_on: Date) -> Result<(), Failure> {
    let (mut file, rows, _) = super::kept(world, id).await?;
    file.requests = rows.into_iter().flatten().collect();
    super::suppression::keep(world, &file, closed_on)
        .await
        .map(|_| ())
}

/// Until when its regime demands records, and where that is written.
fn records_until(case: &crate::domain::case::Case, closed_on: Date) -> Option<(Date, String)> {
    let records = case.rules().regime.records()?;
    let until = closed_on.saturating_add(i32::from(records.rule).months());
    Some((until, records.source))
}
