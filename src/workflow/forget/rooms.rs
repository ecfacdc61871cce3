//! The groups that a plan touches: as they are kept for restoring, and as they should be between two
//! steps.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::entries::Form;
use super::step::Meant;
use super::{Ends, Offer, Plan};
use crate::domain::canonical::hex;
use crate::domain::failure::{Failure, FailureKind};
use crate::store::{ForgetRun, ForgetStep, SavedGroup, StepState};
use crate::systems::gws::groups::Fingerprints;
use crate::systems::gws::{GroupName, Gws, SYSTEM};
use crate::workflow::World;

/// A group as it should be: read last, with what was deleted since.
pub(super) struct Room {
    pub(super) attribute: String,
    pub(super) before: Fingerprints,
    pub(super) meant: Meant,
    document: Vec<u8>,
}

/// Reads the groups that a plan touches.
pub(super) async fn read_groups(gws: &Gws, plan: &Plan) -> Result<HashMap<GroupName, Room>, Failure> {
    let mut rooms = HashMap::new();
    for offer in &plan.offers {
        if rooms.contains_key(&offer.group) {
            continue;
        }
        let content = gws
            .group(&offer.group, offer.key.attribute())
            .await?
            .ok_or_else(|| {
                Failure::new(
                    FailureKind::Conflict,
                    format!("The settings group {} is not there any more.", offer.group),
                )
                .at(SYSTEM)
                .next("Search again.")
            })?;
        let room = Room {
            attribute: offer.key.attribute().to_owned(),
            before: content.fingerprints(),
            meant: Meant::new(),
            document: content.document.to_string().into_bytes(),
        };
        rooms.insert(offer.group.clone(), room);
    }
    Ok(rooms)
}

/// The groups as they are kept for restoring.
pub(super) fn saved(world: &World, ends: &Ends, rooms: &HashMap<GroupName, Room>) -> Vec<SavedGroup> {
    let now = world.clock.now();
    rooms
        .iter()
        .map(|(group, room)| SavedGroup {
            group: group.as_str().to_owned(),
            sha256: hex(&Sha256::digest(&room.document)),
            content: room.document.clone(),
            saved_at: now,
            remove_after: now
                .saturating_add(ends.keep_saved)
                .unwrap_or(jiff::Timestamp::MAX),
        })
        .collect()
}

/// The plan as the store keeps it.
pub(super) fn run_of(id: &str, plan: &Plan) -> ForgetRun {
    let step = |(ordinal, offer): (usize, &Offer)| ForgetStep {
        ordinal,
        group: offer.group.as_str().to_owned(),
        attribute: offer.key.attribute().to_owned(),
        key: offer.key.value().to_owned(),
        location: offer.location.clone(),
        owner: offer.owner.clone(),
        entries: match &offer.form {
            Form::Delete => None,
            Form::TakeOut(entries) => Some(entries.clone()),
        },
        seen: offer.seen.clone(),
        state: StepState::Planned,
        detail: None,
    };
    ForgetRun {
        id: id.to_owned(),
        plan_digest: plan.digest.clone(),
        steps: plan.offers.iter().enumerate().map(step).collect(),
    }
}
