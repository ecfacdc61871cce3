//! The same as the command does, in the two halves between which a person confirms: GWS as the world's
//! profile says it.

use tokio_util::sync::CancellationToken;

use super::{Outcome, PutBack, RestorePlan, execute, prepare};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::systems::gws::{GroupName, Gws, SYSTEM};
use crate::workflow::World;

/// A plan with the GWS for which it was made.
#[derive(Clone)]
pub struct Restoring {
    /// Where it would be written.
    pub gws: Gws,
    /// What would be.
    pub plan: RestorePlan,
}

impl Restoring {
    /// The same with what differs by now written over, too.
    #[must_use]
    pub fn overwriting(mut self) -> Restoring {
        self.plan = self.plan.overwriting(&self.gws);
        self
    }
}

impl std::fmt::Debug for Restoring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Restoring({}, {})", self.plan.run, self.plan.count())
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What was confirmed.
    pub plan: RestorePlan,
    /// What became of each of its settings.
    pub outcomes: Vec<Outcome>,
    /// Why the evidence or a case could not take the result over.
    pub unrecorded: Option<Failure>,
}

impl Restored {
    /// In a sentence.
    pub fn line(&self) -> String {
        let back = self.outcomes.iter().filter(|one| **one == Outcome::Restored);
        let back = back.count();
        match (back, self.plan.count()) {
            (1, 1) => "The setting is there again, as it was saved.".to_owned(),
            (back, all) if back == all => format!("{all} settings are there again, as they were saved."),
            (back, all) => format!("PARTIAL: {back} of {all} settings are there again."),
        }
    }

    /// True when everything that was to be written is there again, and that is written down.
    pub fn is_complete(&self) -> bool {
        if self.unrecorded.is_some() {
            return false;
        }
        let mut chosen = self.plan.settings.iter().zip(&self.outcomes);
        chosen.all(|(saved, outcome)| !saved.chosen || *outcome == Outcome::Restored)
    }

    /// Why settings were not written, or are not known to be, each reason once; then what could not be
    /// written down.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for (word, why) in self.outcomes.iter().filter_map(Outcome::told) {
            let reason = why.map(|why| format!("{word}: {why}"));
            reasons.extend(reason.filter(|reason| !reasons.contains(reason)));
        }
        reasons.extend(self.unrecorded.as_ref().map(not_taken_over));
        reasons
    }
}

/// Says that the result could not be written down.
pub fn not_taken_over(failure: &Failure) -> String {
    format!(
        "The evidence or a case could not take the result over: {}",
        failure.message
    )
}

/// Compares a saved group with what GWS shows. What differs is left as it is.
///
/// # Errors
/// When the profile names no GWS, and as [`prepare`].
pub async fn plan(world: &World, run: &str, group: &str) -> Result<Restoring, Failure> {
    let gws = match world.gws.clone() {
        // A password may have to be asked for from a command.
        Some(make) => tokio::task::spawn_blocking(move || make())
            .await
            .unwrap_or_else(|_| {
                Err(Failure::new(
                    FailureKind::Internal,
                    "The client could not be made.",
                ))
            })?,
        None => None,
    };
    let gws = gws.ok_or_else(|| {
        Failure::new(
            FailureKind::Configuration,
            "No address of GWS is known, so nothing can be put back.",
        )
        .at(SYSTEM)
        .next("Set gws_url in the profile, or DSR_GWS_URL.")
    })?;
    let only = GroupName::new(group)?;
    let plan = prepare(world, &gws, run, Some(&only), false).await?;
    Ok(Restoring { gws, plan })
}

/// Writes what was confirmed.
///
/// # Errors
/// As [`execute`].
pub async fn carry_out(
    world: &World,
    restoring: Restoring,
    confirmed: &str,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Restored, Failure> {
    let Restoring { gws, plan } = restoring;
    let PutBack { outcomes, unrecorded } = execute(world, &gws, &plan, confirmed, listener, cancel).await?;
    Ok(Restored {
        plan,
        outcomes,
        unrecorded,
    })
}
