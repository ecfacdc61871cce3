//! What a scenario file says about the export service.

use serde::Deserialize;

/// The table `[cdds]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CddsPlan {
    /// The tenant.
    pub tenant: String,
    /// A key that every call has to bring in `x-api-key`; none is asked for without it.
    pub api_key: Option<String>,
    /// Lifetime of an access token in seconds.
    pub token_seconds: i64,
    /// What stands in the user preferences at the beginning.
    pub certificate: FirstCertificate,
    /// Who may sign in; the first is the one that `dsr` signs in with.
    pub users: Vec<CddsUser>,
    /// Jobs made before the estate's clock started.
    pub jobs: Vec<JobEntry>,
}

/// What stands in the user preferences at the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FirstCertificate {
    /// Nothing, and nothing ever stood there.
    #[default]
    None,
    /// A certificate that expired twelve days ago.
    Expired,
    /// A certificate that is good for another year.
    Valid,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CddsUser {
    /// User name, without the tenant.
    pub username: String,
    /// Password, plainly fictional.
    pub password: String,
    /// Roles; without one every call is denied.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A job of the beginning.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobEntry {
    /// Title.
    pub title: String,
    /// Description.
    #[serde(default)]
    pub description: String,
    /// `Interaction` or `Contact`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How long ago it was made.
    pub age: String,
    /// `hours`, `days`, `weeks`, `months`; once and at once without it.
    pub every: Option<String>,
    /// How long the run takes, instead of by chance.
    pub takes: Option<String>,
    /// Number of parts of its export.
    #[serde(default)]
    pub parts: u32,
}

impl CddsPlan {
    /// What is wrong with it.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self
            .users
            .iter()
            .any(|user| user.username.is_empty() || user.username.contains('\\'))
        {
            return Err("key `cdds.users`: a `username` without a backslash is needed".to_owned());
        }
        for (index, job) in self.jobs.iter().enumerate() {
            let at = format!("key `cdds.jobs[{index}]`");
            if !matches!(job.kind.as_str(), "Interaction" | "Contact") {
                return Err(format!("{at}: `type` is Interaction or Contact"));
            }
            let spans = [Some(&job.age), job.takes.as_ref()];
            if spans
                .into_iter()
                .flatten()
                .any(|text| crate::simulator::scenario::duration(text).is_none())
            {
                return Err(format!("{at}: a time is written like `3d 4h`"));
            }
            if job
                .every
                .as_deref()
                .is_some_and(|unit| !matches!(unit, "hours" | "days" | "weeks" | "months"))
            {
                return Err(format!("{at}: `every` is hours, days, weeks or months"));
            }
            if job.parts > 99 {
                return Err(format!("{at}: `parts` is 99 at most"));
            }
        }
        Ok(())
    }
}
