//! What a scenario file says about GWS and its Cassandra.

use serde::Deserialize;

/// The simulated GWS.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GwsPlan {
    /// The version it says.
    pub version: String,
    /// Who may sign in; the first administrator is the one that `dsr` signs in as.
    pub users: Vec<UserEntry>,
    /// Groups of settings.
    pub groups: Vec<GroupEntry>,
    /// Settings.
    pub settings: Vec<SettingEntry>,
    /// What lies in the same keyspace and GWS does not show.
    pub rows: Vec<RowEntry>,
    /// Large tables of other products, filled with what cannot be read.
    pub fillers: Vec<FillerEntry>,
    /// Mutations need no CSRF token.
    pub no_csrf: bool,
    /// A group that does not exist is answered before the body is looked at.
    pub group_before_body: bool,
    /// A write to a group that does not exist is refused.
    pub no_new_groups: bool,
}

/// A user of GWS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserEntry {
    /// User name.
    pub username: String,
    /// Password, plainly fictional.
    pub password: String,
    /// `ROLE_ADMIN`, `ROLE_AGENT`, …
    pub roles: Vec<String>,
    /// Whose settings are this user's own.
    #[serde(default)]
    pub agent: String,
    /// The password must be changed before anything else.
    #[serde(default)]
    pub change_password: bool,
}

impl UserEntry {
    /// An administrator sees and changes the settings of everybody.
    pub(crate) fn is_admin(&self) -> bool {
        self.roles.iter().any(|role| role == "ROLE_ADMIN")
    }
}

/// A group.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupEntry {
    /// Its name.
    pub name: String,
    /// How it is called for people.
    pub display_name: String,
    /// The attribute that identifies a setting.
    #[serde(default = "name")]
    pub key: String,
    /// The table in which it lies.
    #[serde(default = "settings")]
    pub table: String,
    /// Its values lie there compressed.
    #[serde(default)]
    pub gzip: bool,
    /// Its settings cannot be deleted over the API.
    #[serde(default)]
    pub fixed: bool,
}

fn name() -> String {
    "name".to_owned()
}

fn settings() -> String {
    "settings".to_owned()
}

/// A setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingEntry {
    /// Its group.
    pub group: String,
    /// Value of the group's key attribute.
    pub key: String,
    /// The agent it belongs to.
    #[serde(default)]
    pub owner: String,
    /// Where it holds.
    #[serde(default)]
    pub location: String,
    /// The rest of it: a JSON object.
    pub value: String,
}

/// A row that GWS does not show.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub(crate) struct RowEntry {
    pub table: String,
    pub key: String,
    pub column: String,
    pub value: String,
}

/// A large table of another product.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FillerEntry {
    /// Its name.
    pub table: String,
    /// Number of rows.
    pub rows: u64,
    /// Bytes a row, which do not compress.
    pub bytes: usize,
}

impl GwsPlan {
    /// The group of a name.
    pub(crate) fn group(&self, name: &str) -> Option<&GroupEntry> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// Own entries, with those of `base` where there are none.
    pub(crate) fn over(mut self, base: GwsPlan) -> GwsPlan {
        fn or<T>(own: &mut Vec<T>, base: Vec<T>) {
            if own.is_empty() {
                *own = base;
            }
        }
        if self.version.is_empty() {
            self.version = base.version;
        }
        or(&mut self.users, base.users);
        or(&mut self.groups, base.groups);
        or(&mut self.settings, base.settings);
        or(&mut self.rows, base.rows);
        or(&mut self.fillers, base.fillers);
        self
    }

    /// What is wrong with it.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (index, setting) in self.settings.iter().enumerate() {
            let at = format!("key `gws.settings[{index}]`");
            if self.group(&setting.group).is_none() {
                return Err(format!("{at}: there is no group `{}`", setting.group));
            }
            let object = serde_json::from_str::<serde_json::Value>(&setting.value);
            if setting.key.is_empty() || !object.is_ok_and(|value| value.is_object()) {
                return Err(format!("{at}: `key` and a JSON object as `value` are needed"));
            }
        }
        Ok(())
    }
}
