//! Does the body of the delete call arrive? A proxy may drop it, and what is left may then mean the
//! whole group. The question is put to a group that cannot exist, once with a well-formed body and
//! once with a malformed one: a GWS that reads the body answers differently.

use super::client::Gws;
use super::delete::{GroupName, Removal, Replacement, SettingKey};
use super::envelope::Envelope;
use super::exchange::Call;
use super::template::DeleteTemplate;
use crate::domain::failure::Failure;
use crate::systems::permit::Permit;

/// A group that only a probe of ours uses: its name is random, so no other group has it.
#[derive(Clone, Debug)]
pub struct ProbeGroup(GroupName);

/// One of the two bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// As the template says.
    WellFormed,
    /// The first half of that, which is no JSON.
    Malformed,
}

/// What a probe was answered, to be compared with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// HTTP status.
    pub http: u16,
    /// `statusCode` in words, or that there is none.
    pub code: String,
    /// Whether the CSRF token was not accepted: then nothing was learned.
    pub csrf: bool,
    /// Whether GWS looked at the call at all (a sign-in or permission that is missing hides the rest).
    pub looked_at: bool,
}

impl ProbeGroup {
    /// A new name.
    ///
    /// # Errors
    /// Never in practice: the name is made of letters and digits.
    pub fn new() -> Result<ProbeGroup, Failure> {
        let random = uuid::Uuid::new_v4().simple().to_string();
        GroupName::new(&format!("dsr-probe-{random}")).map(ProbeGroup)
    }

    /// Its name.
    pub fn name(&self) -> &GroupName {
        &self.0
    }

    /// The write that makes one of the two settings of the proof.
    ///
    /// # Errors
    /// As [`Replacement::of`].
    pub fn writing(&self, setting: &str) -> Result<Replacement, Failure> {
        let key = SettingKey::new("name", setting)?;
        let value = serde_json::json!({ "name": setting, "value": "made by a probe, to be removed" });
        Replacement::of(&self.0, &key, None, &value)
    }

    /// The removal of one of the two settings of the proof.
    ///
    /// # Errors
    /// As [`Removal::of`].
    pub fn removal(&self, template: &DeleteTemplate, setting: &str) -> Result<Removal, Failure> {
        let key = SettingKey::new("name", setting)?;
        // A template that demands a place or an owner gets one; others go without, as most settings do.
        Removal::of(template, &self.0, &key, None, None)
            .or_else(|_| Removal::of(template, &self.0, &key, Some("/"), Some("dsr-probe")))
    }
}

impl Gws {
    /// Sends the delete call to a group that does not exist.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn probe(
        &self,
        permit: Permit,
        group: &ProbeGroup,
        template: &DeleteTemplate,
        body: Body,
    ) -> Result<Seen, Failure> {
        let removal = group.removal(template, "dsr-probe")?;
        let sent = removal.body.map(|whole| match body {
            Body::WellFormed => whole,
            // At least one byte is left: a body that is empty would be the very call that is feared.
            Body::Malformed => whole.slice(..(whole.len() / 2).max(1)),
        });
        let call = Call {
            method: removal.method,
            target: removal.target,
            body: sent,
            what: "the probe of the delete call",
            limit: 1 << 20,
        };
        Ok(Seen::of(&self.mutate_raw(permit, &call).await?))
    }
}

impl Seen {
    fn of(envelope: &Envelope) -> Seen {
        use super::envelope::Code;
        let hidden = matches!(
            envelope.code,
            Some(Code::NotAuthenticated | Code::NoPermission | Code::Forbidden | Code::ChangePassword)
        );
        Seen {
            http: envelope.http,
            code: envelope
                .code
                .map_or_else(|| envelope.foreign.to_owned(), super::envelope::Code::words),
            csrf: envelope.is_csrf(),
            looked_at: !hidden && envelope.code.is_some(),
        }
    }
}
