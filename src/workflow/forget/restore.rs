//! Putting settings back that a deletion took away: the group as it was saved before is compared with
//! what GWS shows now, and what is missing is written again. What differs by now was changed by somebody
//! since, so that it is written over only when asked for.

mod differing;
mod put_back;
pub mod session;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::domain::canonical::{self, hex};
use crate::domain::failure::{Failure, FailureKind};
use crate::store::Save;
use crate::systems::gws::groups::digest;
use crate::systems::gws::{GroupContent, GroupName, Gws, Replacement, SYSTEM, SettingKey};
use crate::workflow::World;

pub use put_back::{PutBack, execute};

/// How a saved setting stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    /// GWS does not show it.
    Missing,
    /// GWS shows it with another content.
    Differs,
    /// GWS shows it as it was.
    Same,
    /// It has no key of its own, or several settings share it: no write can name it.
    CannotBeNamed,
}

impl Now {
    /// A word for JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Now::Missing => "missing",
            Now::Differs => "differs",
            Now::Same => "same",
            Now::CannotBeNamed => "cannot_be_named",
        }
    }
}

/// What became of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not to be written.
    Left,
    /// It is there again, as it was.
    Restored,
    /// It was not written.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
}

impl Outcome {
    /// A word for JSON and people, and why it is no success; `None` for what was not to be written.
    pub fn told(&self) -> Option<(&'static str, Option<&str>)> {
        match self {
            Outcome::Left => None,
            Outcome::Restored => Some(("restored", None)),
            Outcome::Refused(why) => Some(("refused", Some(why))),
            Outcome::Unknown(why) => Some(("unknown", Some(why))),
        }
    }
}

/// One saved setting. Personal data: `Debug` tells its group only.
#[derive(Clone)]
pub struct Saved {
    /// Its group.
    pub group: GroupName,
    /// What identifies it; `None` when nothing does.
    pub key: Option<SettingKey>,
    /// Where it holds.
    pub location: Option<String>,
    /// The whole setting.
    value: Value,
    /// How it stands now.
    pub now: Now,
    /// Digest of what stands there now, where it differs.
    seen: Option<String>,
    /// In what it differs from what stands there now, in words without personal data.
    pub differs_in: Vec<String>,
    /// True when it is to be written.
    pub chosen: bool,
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Saved({}, {})", self.group, self.now.as_str())
    }
}

impl Saved {
    fn write(&self) -> Result<Replacement, Failure> {
        let key = self.key.as_ref().ok_or_else(|| {
            Failure::new(FailureKind::Conflict, "The setting has no key of its own.").at(SYSTEM)
        })?;
        Replacement::of(&self.group, key, self.location.as_deref(), &self.value)
    }
}

/// What would be written. A confirmed plan carries out exactly this.
#[derive(Clone, Debug)]
pub struct RestorePlan {
    /// The run before which the groups were saved.
    pub run: String,
    /// Settings that are not as they were saved.
    pub settings: Vec<Saved>,
    /// How many are as they were.
    pub same: usize,
    /// Digest of it.
    pub digest: String,
}

impl RestorePlan {
    /// How many are to be written.
    pub fn count(&self) -> usize {
        self.chosen().count()
    }

    /// Those that are to be written, in their order.
    pub fn chosen(&self) -> impl Iterator<Item = &Saved> {
        self.settings.iter().filter(|saved| saved.chosen)
    }

    /// The same with what differs by now written over, too.
    #[must_use]
    pub fn overwriting(&self, gws: &Gws) -> RestorePlan {
        let mut plan = self.clone();
        for saved in &mut plan.settings {
            saved.chosen |= saved.now == Now::Differs;
        }
        plan.digest = plan_digest(&plan.run, gws, &plan.settings);
        plan
    }

    /// Those that differ by now.
    pub fn differing(&self) -> impl Iterator<Item = &Saved> {
        self.settings.iter().filter(|saved| saved.now == Now::Differs)
    }

    /// How many stand like this and are left.
    pub fn left(&self, now: Now) -> usize {
        let left = self.settings.iter().filter(|saved| !saved.chosen);
        left.filter(|saved| saved.now == now).count()
    }
}

/// The saved groups that are still here, the newest first; those whose time has come are removed first.
///
/// # Errors
/// Storage failures.
pub async fn list(world: &World) -> Result<Vec<Save>, Failure> {
    super::expire(world).await?;
    world.store.saves().await
}

/// Compares the groups that were saved before `run` (its id or the beginning of it) with what GWS shows.
/// Nothing is changed.
///
/// # Errors
/// An unknown run, a save that is damaged, and whatever GWS fails with.
pub async fn prepare(
    world: &World,
    gws: &Gws,
    run: &str,
    only: Option<&GroupName>,
    overwrite: bool,
) -> Result<RestorePlan, Failure> {
    super::preflight::may_delete(gws).await?;
    let mut settings = Vec::new();
    let saves = named(list(world).await?, run, only)?;
    let run = saves.first().map(|save| save.run.clone()).unwrap_or_default();
    for save in &saves {
        let saved = content(world, save).await?;
        let shown = gws.group(&saved.name, &save.attribute).await?;
        settings.extend(saved.settings.iter().map(|setting| {
            let mut one = Saved {
                group: saved.name.clone(),
                key: setting
                    .key
                    .as_deref()
                    .and_then(|key| SettingKey::new(&save.attribute, key).ok()),
                location: setting.location.clone(),
                value: setting.value.clone(),
                now: Now::Missing,
                seen: None,
                differs_in: Vec::new(),
                chosen: false,
            };
            (one.now, one.seen) = now(&one, &saved, shown.as_ref());
            if one.now == Now::Differs {
                one.differs_in = differing::differs_in(&one, shown.as_ref());
            }
            one.chosen = one.now == Now::Missing || (overwrite && one.now == Now::Differs);
            one
        }));
    }
    let all = settings.len();
    settings.retain(|saved: &Saved| saved.now != Now::Same);
    Ok(RestorePlan {
        same: all - settings.len(),
        digest: plan_digest(&run, gws, &settings),
        run,
        settings,
    })
}

fn plan_digest(run: &str, gws: &Gws, settings: &[Saved]) -> String {
    let steps: Vec<Value> = settings
        .iter()
        .filter(|saved| saved.chosen)
        .map(|saved| json!({ "group": saved.group.as_str(), "value": digest(&saved.value) }))
        .collect();
    canonical::digest(&json!({ "run": run, "gws": gws.base().as_str(), "steps": steps }))
}

fn named(saves: Vec<Save>, run: &str, only: Option<&GroupName>) -> Result<Vec<Save>, Failure> {
    let run = run.trim();
    let mut found: Vec<Save> = saves
        .into_iter()
        .filter(|save| save.run == run || (run.len() >= 6 && save.run.starts_with(run)))
        .filter(|save| only.is_none_or(|only| only.as_str() == save.group))
        .collect();
    let first = found.first().map(|save| save.run.clone());
    if found.iter().any(|save| Some(&save.run) != first.as_ref()) {
        return Err(Failure::new(FailureKind::Usage, "Several runs begin so.").next("Give the whole id."));
    }
    match found.is_empty() {
        false => {
            found.sort_by(|a, b| a.group.cmp(&b.group));
            Ok(found)
        }
        true => Err(Failure::new(
            FailureKind::NotFound,
            "No group is saved under this run; saved groups are removed when their time has come.",
        )
        .next("See them with: dsr favorites saved")),
    }
}

async fn content(world: &World, save: &Save) -> Result<GroupContent, Failure> {
    let damaged = || {
        let message = format!(
            "The saved group {} is damaged, so it is not put back.",
            save.group
        );
        Failure::new(FailureKind::Storage, message)
    };
    let bytes = world
        .store
        .save_content(&save.run, &save.group)
        .await?
        .ok_or_else(damaged)?;
    if hex(&Sha256::digest(&bytes)) != save.sha256 {
        return Err(damaged());
    }
    let document = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    let name = GroupName::new(&save.group)?;
    GroupContent::saved(&name, &save.attribute, document).map_err(|_| damaged())
}

/// How a setting stands, and the digest of what differs.
fn now(one: &Saved, saved: &GroupContent, shown: Option<&GroupContent>) -> (Now, Option<String>) {
    if one.key.is_none() || digests(one, saved).len() != 1 || one.write().is_err() {
        return (Now::CannotBeNamed, None);
    }
    let shown = shown.map(|shown| digests(one, shown)).unwrap_or_default();
    match shown.as_slice() {
        [] => (Now::Missing, None),
        [same] if *same == digest(&one.value) => (Now::Same, None),
        [other] => (Now::Differs, Some(other.clone())),
        _ => (Now::CannotBeNamed, None),
    }
}

/// Digests of the settings of a group that have the key and place of this one.
fn digests(one: &Saved, content: &GroupContent) -> Vec<String> {
    let Some(key) = &one.key else { return Vec::new() };
    content
        .with_key(key.value())
        .filter(|setting| setting.location == one.location)
        .map(|setting| digest(&setting.value))
        .collect()
}
