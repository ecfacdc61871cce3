//! What was found, and what can be done about it.

use super::entries::Form;
use crate::domain::identifier::Identifier;
use crate::domain::mask::mask;
use crate::domain::text;
use crate::store::StepState;
use crate::systems::gws::{DeleteTemplate, GroupName, Removal, Replacement, SettingKey};
use crate::systems::keyspace::{Certainty, Match};

/// One place where a person was found.
#[derive(Clone, Debug)]
pub struct Item {
    /// The place.
    pub found: Match,
    /// The settings group: that of the setting GWS shows, else what the row looks like.
    pub group: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// Which of [`super::Findings::offers`] takes it away.
    pub offer: Option<usize>,
    /// Why it is not offered for deletion.
    pub manual: Option<Manual>,
    /// What became of it.
    pub outcome: Option<StepState>,
}

impl Item {
    /// True when GWS can be asked to delete it.
    pub fn deletable(&self) -> bool {
        self.offer.is_some()
    }

    /// The pointer with everything masked that is no plain name of a field: keys of a JSON object can be
    /// a person's too.
    pub fn masked_pointer(&self) -> String {
        masked_pointer(&self.found.pointer)
    }

    /// True when it was found for certain.
    pub fn is_exact(&self) -> bool {
        self.found.certainty == Certainty::Exact
    }
}

/// A pointer into JSON with every part masked that is no plain name of a field.
pub(super) fn masked_pointer(pointer: &str) -> String {
    let plain = |part: &str| {
        let digits = part.chars().filter(char::is_ascii_digit).count();
        digits < 5
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '#' | '[' | ']'))
    };
    let parts: Vec<String> = pointer
        .split('/')
        .map(|part| if plain(part) { part.to_owned() } else { mask(part) })
        .collect();
    parts.join("/")
}

/// Why a match is left to people, and what they can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Manual {
    /// A hold stands against erasing this person's data, or that of another person in it.
    Held,
    /// Corporate Favorites belong to the administrator.
    Corporate,
    /// GWS was not asked: no address or no sign-in was given.
    NotAsked,
    /// GWS shows no setting that this could be.
    NotShown,
    /// GWS shows several, and nothing tells which one is meant.
    Ambiguous,
    /// The delete call cannot name this setting alone.
    CannotBeNamed,
}

impl Manual {
    /// A word for JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Manual::Held => "held",
            Manual::Corporate => "corporate_favorites",
            Manual::NotAsked => "not_looked_up",
            Manual::NotShown => "not_shown_by_gws",
            Manual::Ambiguous => "ambiguous",
            Manual::CannotBeNamed => "cannot_be_named",
        }
    }

    /// What it is and what to do, one sentence.
    pub fn words(self) -> &'static str {
        match self {
            Manual::Held => {
                "A hold stands against erasing it: see dsr cases hold list. It is not deleted, and nobody should by hand."
            }
            Manual::Corporate => {
                "Corporate Favorites are the administrator's: remove it where they are maintained."
            }
            Manual::NotAsked => {
                "Not looked up in GWS: name its address (--gws) and a user to see whether GWS can delete it."
            }
            Manual::NotShown => {
                "GWS shows no such setting, so it cannot delete it: see which product writes this table, and remove it there."
            }
            Manual::Ambiguous => {
                "GWS shows several settings that this could be: remove it in Workspace as the agent it belongs to."
            }
            Manual::CannotBeNamed => {
                "The delete call cannot name this setting alone: adapt gws_delete, or remove it in Workspace."
            }
        }
    }
}

/// One setting that GWS shows and that holds the person: what a deletion would be about.
#[derive(Clone)]
pub struct Offer {
    /// Its group.
    pub group: GroupName,
    /// What identifies it.
    pub key: SettingKey,
    /// Where it holds.
    pub location: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// True when it was found for certain; only then is it chosen without a person's mark.
    pub exact: bool,
    /// The form of the change.
    pub form: Form,
    /// Digest of the setting as it was seen.
    pub seen: String,
    /// Whom it was found for.
    pub about: Vec<Identifier>,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Offer({}, {})", self.group, self.form.words())
    }
}

impl Offer {
    /// The call, as it would be made; `new` is the setting without its entries.
    ///
    /// # Errors
    /// When the template cannot name it.
    pub fn removal(&self, template: &DeleteTemplate) -> Result<Removal, crate::domain::failure::Failure> {
        Removal::of(
            template,
            &self.group,
            &self.key,
            self.location.as_deref(),
            self.owner.as_deref(),
        )
    }

    /// How the call is shown in a preview.
    pub fn shown(&self, template: &DeleteTemplate) -> String {
        match &self.form {
            Form::Delete => match self.removal(template) {
                Ok(removal) => removal.shown(),
                Err(failure) => failure.message,
            },
            Form::TakeOut(entries) => {
                let place = self
                    .location
                    .as_deref()
                    .map_or(String::new(), |place| format!("?location={place}"));
                text::clean(&format!(
                    "PUT {}{place} {{\"{}\":\"{}\", …}} without {}",
                    self.group.path(),
                    self.key.attribute(),
                    self.key.value(),
                    entries.join(", ")
                ))
            }
        }
    }

    /// The write of the setting without its entries.
    ///
    /// # Errors
    /// When the entries are not there any more.
    pub fn replacement(
        &self,
        now: &serde_json::Value,
        entries: &[String],
    ) -> Result<Replacement, crate::domain::failure::Failure> {
        let value = super::entries::without(now, entries).ok_or_else(|| {
            crate::domain::failure::Failure::new(
                crate::domain::failure::FailureKind::Conflict,
                "The entry is not where it was shown.",
            )
            .at(crate::systems::gws::SYSTEM)
        })?;
        Replacement::of(&self.group, &self.key, self.location.as_deref(), &value)
    }
}
