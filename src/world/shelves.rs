//! Where the store and the downloads of each world lie: one place per organisation and mode, so
//! that nothing of one is ever seen in the other.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::actor::group_id;
use crate::config::{Config, Profile};
use crate::crypto::Vault;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::simulator::Scenario;
use crate::systems::genesys_cloud::Endpoints;

/// The place of one world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The store's file.
    pub store: PathBuf,
    /// Group id of a store that several operators share.
    pub group: Option<u32>,
    /// Where results go when nothing else is said.
    pub downloads: PathBuf,
    /// Where the organisation's own name is remembered once it is known.
    pub name: PathBuf,
}

/// The place of a live organisation. It is named after the API's host and what the profile says in
/// `store`, else after the OAuth client, which belongs to one organisation, else after the profile.
///
/// # Errors
/// When the group of a shared store is not known on this host.
pub fn live(config: &Config, profile: &Profile, endpoints: &Endpoints) -> Result<Shelf, Failure> {
    let host = endpoints.api.split("//").last().unwrap_or_default();
    let (kind, owner) = match (&profile.store, &profile.client_id, &profile.login_client_id) {
        (Some(name), _, _) => ("", name.as_str()),
        (None, Some(client), _) | (None, None, Some(client)) => ("client-", client.as_str()),
        (None, None, None) => ("profile-", profile.name.as_str()),
    };
    let name = format!("{}--{kind}{}", slug(host), slug(owner));
    let private = config.places.data.join("live").join(&name);
    let (store, group) = match &profile.shared {
        Some(shared) => {
            let group = group_id(&shared.group).ok_or_else(|| {
                Failure::new(
                    FailureKind::Configuration,
                    format!(
                        "The group {} of the shared store is not known on this host.",
                        shared.group
                    ),
                )
                .next("Name a group of this host in shared_group.")
            })?;
            (shared.directory.join(format!("{name}.sqlite3")), Some(group))
        }
        None => (private.join("store.sqlite3"), None),
    };
    let downloads = profile.downloads.clone();
    Ok(Shelf {
        store,
        group,
        downloads: downloads.unwrap_or_else(|| config.places.data.join("downloads").join(&name)),
        name: private.join("organization"),
    })
}

/// The place of a simulated organisation.
pub fn simulated(config: &Config, scenario: &Scenario) -> Shelf {
    let directory = simulated_directory(config, scenario);
    Shelf {
        store: directory.join("store.sqlite3"),
        group: None,
        downloads: directory.join("downloads"),
        name: directory.join("organization"),
    }
}

/// Keys and unfinished work. The key ring of live work is one for all organisations: keys are chosen
/// by the recipient of a file. A simulated organisation has its own, which a reset takes along.
pub fn vault(config: &Config, mode: Mode, scenario: &Scenario) -> Vault {
    match mode {
        Mode::Live => Vault::within(&config.places.data.join("live")),
        Mode::Simulation => Vault::within(&simulated_directory(config, scenario)),
    }
}

/// Everything that is remembered of a simulated organisation, beside its estate.
pub fn simulated_directory(config: &Config, scenario: &Scenario) -> PathBuf {
    config
        .places
        .simulation()
        .join(format!("{}.world", scenario_name(scenario)))
}

/// Names a scenario's folder; two files of the same name in different places stay apart.
fn scenario_name(scenario: &Scenario) -> String {
    match scenario {
        Scenario::BuiltIn(name) => slug(name),
        Scenario::File(path) => {
            let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            format!("{}-{}", slug(&stem), short_digest(&whole.to_string_lossy()))
        }
    }
}

/// A name that any file system takes. A name that had to be changed gets a piece of its digest, so
/// that two names never become one.
pub fn slug(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
                c
            } else {
                '-'
            }
        })
        .take(80)
        .collect();
    if plain == name && !plain.starts_with('.') && !plain.is_empty() {
        plain
    } else {
        format!("{}-{}", plain.trim_start_matches('.'), short_digest(name))
    }
}

fn short_digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn plain_names_stay_and_others_stay_apart() {
        assert_eq!(slug("api.mypurecloud.de"), "api.mypurecloud.de");
        assert_ne!(slug("a b"), slug("a-b"));
        assert_ne!(slug("Acme"), slug("acme"));
        assert!(!slug("../..").contains('/'));
        assert!(!slug("..").starts_with('.'));
    }
}
