//! The schema, step by step. Each step runs in one transaction with its version number; a store of
//! a newer version is refused.

use rusqlite::{Connection, TransactionBehavior};

use super::error::{StoreResult, damaged};
use super::files;
use crate::domain::mode::Mode;

const STEPS: [&str; 10] = [
    include_str!("../../assets/migrations/0001_ground.sql"),
    include_str!("../../assets/migrations/0002_forget.sql"),
    include_str!("../../assets/migrations/0003_exports.sql"),
    include_str!("../../assets/migrations/0004_copies.sql"),
    include_str!("../../assets/migrations/0005_outbox.sql"),
    include_str!("../../assets/migrations/0006_scans.sql"),
    include_str!("../../assets/migrations/0007_cases.sql"),
    include_str!("../../assets/migrations/0008_places.sql"),
    include_str!("../../assets/migrations/0009_settlements.sql"),
    include_str!("../../assets/migrations/0010_case_list.sql"),
];

/// The version that this program writes.
pub(crate) const VERSION: u32 = STEPS.len() as u32;

/// Brings the schema up to date and gives the store's salt.
pub(crate) fn migrate(connection: &mut Connection, mode: Mode, organization: &str) -> StoreResult<[u8; 32]> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    files::newer(found, VERSION)?;
    if found < VERSION {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been quicker.
        let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for step in STEPS.iter().skip(found as usize) {
            transaction.execute_batch(step)?;
        }
        if found == 0 {
            transaction.pragma_update(None, "application_id", files::APPLICATION_ID)?;
            begin(&transaction, mode, organization)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id != files::APPLICATION_ID {
        return Err(damaged().into());
    }
    check_mode(connection, mode)?;
    Ok(connection.query_row("SELECT value FROM meta WHERE key = 'salt'", [], |row| row.get(0))?)
}

fn begin(connection: &Connection, mode: Mode, organization: &str) -> StoreResult<()> {
    let mut salt = [0u8; 32];
    getrandom::fill(&mut salt)
        .map_err(|error| super::error::storage(format!("No random numbers: {error}.")))?;
    let mut insert = connection.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2)")?;
    insert.execute(("salt", salt))?;
    insert.execute(("mode", mode.as_str()))?;
    insert.execute(("organization", organization))?;
    insert.execute(("rev", 0))?;
    Ok(())
}

fn check_mode(connection: &Connection, mode: Mode) -> StoreResult<()> {
    let found: String =
        connection.query_row("SELECT value FROM meta WHERE key = 'mode'", [], |row| row.get(0))?;
    if found == mode.as_str() {
        return Ok(());
    }
    Err(super::error::storage(format!(
        "The store belongs to {found}, and {mode} was asked for. It was left as it is."
    ))
    .next("Give each mode a store of its own.")
    .into())
}
