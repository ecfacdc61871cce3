//! The ledger's line in `dsr doctor`.

use super::verify_own;
use crate::ledger::Trust;
use crate::workflow::World;
use crate::workflow::doctor::{Check, Verdict};

/// Whether the ledger is as it was signed, and holds all that it should.
pub async fn check(world: &World) -> Check {
    let found = verify_own(world.ledger.place(), Some(world.store.clone()), Trust::default()).await;
    let (verdict, seen, remedy) = match found {
        Ok(None) => (Verdict::Ok, "nothing was recorded yet".to_owned(), None),
        Ok(Some(found)) => match found.problems.first() {
            None => (
                Verdict::Ok,
                format!("{} entries, all as they were signed", found.size),
                None,
            ),
            Some(problem) => (
                Verdict::Failed,
                problem.clone(),
                Some(
                    "Nothing can be changed outside until this is settled. See: dsr ledger verify".to_owned(),
                ),
            ),
        },
        Err(failure) => (Verdict::Failed, failure.message, failure.next),
    };
    Check {
        name: "ledger".to_owned(),
        verdict,
        seen,
        remedy,
    }
}
