//! The proof, before the first real deletion, that the body of a delete call arrives: without it the
//! same call could mean the whole group of every agent.

use serde_json::json;

use crate::domain::failure::{Changed, Failure};
use crate::systems::gws::probe::{Body, ProbeGroup, Seen};
use crate::systems::gws::{DeleteTemplate, Gws};
use crate::workflow::{World, gate};

/// The two settings of a group of our own.
const GOES: &str = "dsr-probe-goes";
const STAYS: &str = "dsr-probe-stays";

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proof {
    /// The body arrives.
    pub arrives: bool,
    /// How it was proven, or why not; one sentence.
    pub words: String,
    /// A group of our own that could not be emptied.
    pub left_behind: Option<String>,
}

impl Proof {
    fn of(arrives: bool, words: impl Into<String>) -> Proof {
        Proof {
            arrives,
            words: words.into(),
            left_behind: None,
        }
    }
}

/// Proves it, or says why that is not possible.
///
/// # Errors
/// When GWS cannot be reached, refuses the account, or an intent cannot be written.
pub(super) async fn prove(world: &World, gws: &Gws, template: &DeleteTemplate) -> Result<Proof, Failure> {
    let group = ProbeGroup::new()?;
    if gws.group(group.name(), "name").await?.is_some() {
        return Ok(Proof::of(
            false,
            "GWS shows a group that cannot exist, so its answers prove nothing",
        ));
    }
    let well_formed = probe(world, gws, &group, template, Body::WellFormed).await?;
    let malformed = probe(world, gws, &group, template, Body::Malformed).await?;
    if !well_formed.looked_at || !malformed.looked_at {
        return Ok(Proof::of(
            false,
            format!(
                "GWS did not look at the probe of the delete call ({}): the account may lack the right",
                well_formed.code
            ),
        ));
    }
    if well_formed != malformed {
        return Ok(Proof::of(
            true,
            "a well-formed and a malformed body are answered differently",
        ));
    }
    on_a_group_of_our_own(world, gws, &group, template).await
}

async fn probe(
    world: &World,
    gws: &Gws,
    group: &ProbeGroup,
    template: &DeleteTemplate,
    body: Body,
) -> Result<Seen, Failure> {
    let mut renewed = false;
    loop {
        let (own, group, template) = (gws.clone(), group.clone(), template.clone());
        let facts = json!({ "group": group.name().as_str(), "body": format!("{body:?}") });
        let seen = gate::change(world, "gws.probe", facts, move |permit| async move {
            own.probe(permit, &group, &template, body).await
        })
        .await?;
        if !seen.csrf || renewed {
            return Ok(seen);
        }
        renewed = true;
        gws.renew().await?;
    }
}

/// Two settings are made, one is deleted by its body, both are read again.
async fn on_a_group_of_our_own(
    world: &World,
    gws: &Gws,
    group: &ProbeGroup,
    template: &DeleteTemplate,
) -> Result<Proof, Failure> {
    const ALIKE: &str = "GWS answers a well-formed and a malformed body alike";
    for setting in [GOES, STAYS] {
        if let Err(failure) = write(world, gws, group, setting).await {
            let mut proof = Proof::of(
                false,
                format!(
                    "{ALIKE}, and no group of our own could be made: {}",
                    failure.message
                ),
            );
            if failure.changed != Changed::Nothing || setting == STAYS {
                proof.left_behind = Some(group.name().as_str().to_owned());
            }
            return Ok(proof);
        }
    }
    let before = shown(gws, group).await?;
    if before != (true, true) {
        return Ok(Proof {
            left_behind: Some(group.name().as_str().to_owned()),
            ..Proof::of(
                false,
                format!("{ALIKE}, and a group of our own is not shown as it was written"),
            )
        });
    }
    let removed = remove(world, gws, group, template, GOES).await;
    let after = shown(gws, group).await?;
    let mut proof = match (after, removed) {
        ((false, true), _) => Proof::of(
            true,
            "one of two settings of a group of our own was deleted, the other stayed",
        ),
        ((false, false), _) => Proof::of(
            false,
            "the delete call of ONE setting took the WHOLE group of our own: something between here and GWS drops its body",
        ),
        ((true, _), Err(failure)) => Proof::of(
            false,
            format!("{ALIKE}, and the proof failed: {}", failure.message),
        ),
        ((true, _), Ok(())) => Proof::of(
            false,
            format!("{ALIKE}, and the deletion of a setting of our own did not show"),
        ),
    };
    // What is left of our own group goes in the same way, each by its name.
    for (setting, there) in [(GOES, after.0), (STAYS, after.1)] {
        if there && proof.arrives {
            // What comes of it is read below.
            let _ = remove(world, gws, group, template, setting).await;
        }
    }
    if shown(gws, group).await? != (false, false) {
        proof.left_behind = Some(group.name().as_str().to_owned());
    }
    Ok(proof)
}

async fn shown(gws: &Gws, group: &ProbeGroup) -> Result<(bool, bool), Failure> {
    let Some(content) = gws.group(group.name(), "name").await? else {
        return Ok((false, false));
    };
    let there = |key: &str| content.with_key(key).next().is_some();
    Ok((there(GOES), there(STAYS)))
}

async fn write(world: &World, gws: &Gws, group: &ProbeGroup, setting: &'static str) -> Result<(), Failure> {
    let replacement = group.writing(setting)?;
    let (own, facts) = (
        gws.clone(),
        json!({ "group": group.name().as_str(), "setting": setting }),
    );
    gate::change(world, "gws.probe_write", facts, move |permit| async move {
        own.replace(permit, replacement).await
    })
    .await
}

async fn remove(
    world: &World,
    gws: &Gws,
    group: &ProbeGroup,
    template: &DeleteTemplate,
    setting: &'static str,
) -> Result<(), Failure> {
    let removal = group.removal(template, setting)?;
    let (own, facts) = (
        gws.clone(),
        json!({ "group": group.name().as_str(), "setting": setting }),
    );
    gate::change(world, "gws.probe_delete", facts, move |permit| async move {
        own.remove(permit, removal).await
    })
    .await
}
