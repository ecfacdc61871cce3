//! Which entries are meant.

use crate::cli::requests::when;
use crate::domain::failure::Failure;
use crate::workflow::evidence::{Chosen, OfCase};
use crate::workflow::{World, cases};

/// Options that choose entries.
#[derive(Debug, clap::Args)]
pub struct Filters {
    /// Entries about this case and its operations
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Entries about this operation
    #[arg(long, value_name = "ID")]
    pub operation: Option<String>,
    /// Entries of this action: `submit.intent`, or `submit` for all of its kind
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
    /// Entries of this person's login
    #[arg(long, value_name = "LOGIN")]
    pub actor: Option<String>,
    /// From this day on: 2026-11-03, today, 30d
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
    /// Up to this day
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
}

impl Filters {
    /// True when nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        let all = [
            &self.case,
            &self.operation,
            &self.action,
            &self.actor,
            &self.since,
            &self.until,
        ];
        all.iter().all(|option| option.is_none())
    }

    /// What is meant, in the time of `world`.
    pub(super) async fn chosen(&self, world: &World) -> Result<Chosen, Failure> {
        let (now, zone) = (world.clock.now(), &world.settings.time_zone);
        let since = self.since.as_deref().map(|text| when::since(text, now, zone));
        let until = self.until.as_deref().map(|text| when::until(text, now, zone));
        let case = match &self.case {
            Some(handle) => {
                let file = cases::show(world, handle).await?;
                Some(OfCase {
                    case: file.case.id,
                    operations: file.operations.into_iter().collect(),
                })
            }
            None => None,
        };
        Ok(Chosen {
            case,
            operation: self.operation.clone(),
            action: self.action.clone(),
            actor: self.actor.clone(),
            since: since.transpose()?,
            until: until.transpose()?,
        })
    }
}
