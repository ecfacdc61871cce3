//! What the client is given and what it gives.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::adapter::Assumed;
use crate::config::cdds::Variant;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;
use crate::systems::genesys_cloud::regions::is_loopback;

/// Where the service answers.
#[derive(Clone, Debug)]
pub struct Place {
    /// `https://HOST`, without a trailing slash.
    pub host: String,
    /// CDDS or UDM.
    pub variant: Variant,
    /// Paths and names.
    pub assumed: Assumed,
}

impl Place {
    /// A place at an address. Plain `http` is accepted for a loopback address only.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn at(address: &str, variant: Variant, assumed: Assumed) -> Result<Place, Failure> {
        let shown = text::clean(address);
        let wrong = |why: &str| {
            Failure::new(
                FailureKind::Configuration,
                format!("The address of the Cloud Data Download Service, {shown}, {why}."),
            )
            .next("Write it like https://cdds.example.org, in url of [profiles.NAME.cdds] or DSR_CDDS_URL.")
        };
        let url = Url::parse(address.trim()).map_err(|_| wrong("is not a web address"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(url.as_str()) => {}
            "http" => {
                return Err(wrong(
                    "is plain http, which is accepted for a loopback address only",
                ));
            }
            _ => return Err(wrong("does not begin with https://")),
        }
        let plain = url.username().is_empty() && url.password().is_none();
        if url.host_str().is_none() || !plain || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("holds more than a host and a path"));
        }
        Ok(Place {
            host: url.as_str().trim_end_matches('/').to_owned(),
            variant,
            assumed,
        })
    }

    /// True when it points at this host itself.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// How to sign in.
#[derive(Clone)]
pub enum Credentials {
    /// User name and password.
    Password {
        /// User name, without the tenant.
        username: String,
        /// Tenant, if one was given.
        tenant: Option<String>,
        /// Password.
        password: SecretString,
    },
    /// Somebody who signed in earlier.
    Person {
        /// User name, without the tenant.
        username: String,
        /// Tenant, if one was given.
        tenant: Option<String>,
        /// Access token.
        access: SecretString,
        /// Refresh token.
        refresh: Option<SecretString>,
        /// When the access token ends.
        expires_at: Option<Timestamp>,
    },
    /// Nobody yet: the first call fails with what to do.
    None,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Credentials::Password { .. } => "Password(…)",
            Credentials::Person { .. } => "Person(…)",
            Credentials::None => "None",
        })
    }
}

impl Credentials {
    /// User name and tenant.
    pub fn user(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Credentials::Password { username, tenant, .. } | Credentials::Person { username, tenant, .. } => {
                Some((username, tenant.as_deref()))
            }
            Credentials::None => None,
        }
    }
}

/// Takes `tenant\username` apart; a tenant given beside it goes before.
pub fn split_user(name: &str, tenant: Option<&str>) -> (String, Option<String>) {
    let given = tenant.map(str::trim).filter(|tenant| !tenant.is_empty());
    match name.trim().split_once('\\') {
        Some((own, user)) if !user.is_empty() => {
            let own = Some(own).filter(|own| !own.is_empty());
            (user.to_owned(), given.or(own).map(str::to_owned))
        }
        _ => (name.trim().to_owned(), given.map(str::to_owned)),
    }
}

/// Who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Account {
    /// User name as the service tells it.
    pub username: Option<String>,
    /// Tenant or contact centre.
    pub tenant: Option<String>,
    /// Roles, if they are told.
    pub roles: Vec<String>,
}

/// One entry of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Choice {
    /// What is sent.
    pub id: String,
    /// What is shown.
    pub name: String,
}

/// A list as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// What could not, with the reason; not empty means that the list is incomplete.
    pub unreadable: Vec<String>,
}

/// How patient the client is. Set once; tests set it small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// How often a read is tried in all.
    pub read_attempts: u32,
    /// The delay before the second attempt; it doubles from there.
    pub first_delay: Duration,
    /// A read from its beginning to the end of its answer.
    pub read_deadline: Duration,
    /// A mutation, as a second guard beside the one of the network.
    pub mutation_deadline: Duration,
    /// Largest JSON answer in bytes.
    pub answer_limit: usize,
    /// How often a download is taken up again without any progress.
    pub download_attempts: u32,
    /// Entries asked for in one page.
    pub page_size: usize,
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning {
            read_attempts: 4,
            first_delay: Duration::from_millis(400),
            read_deadline: Duration::from_secs(120),
            mutation_deadline: Duration::from_secs(300),
            answer_limit: 16 * 1024 * 1024,
            download_attempts: 4,
            page_size: 500,
        }
    }
}

impl Tuning {
    /// The delay after attempt number `attempt`.
    pub(super) fn delay(&self, attempt: u32) -> Duration {
        self.first_delay
            .saturating_mul(1 << attempt.saturating_sub(1).min(6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_stands_before_the_name_or_beside_it() {
        for (name, tenant, user, of) in [
            ("jdoe", None, "jdoe", None),
            ("acme\\jdoe", None, "jdoe", Some("acme")),
            ("acme\\jdoe", Some("other"), "jdoe", Some("other")),
            (" jdoe ", Some(" "), "jdoe", None),
            ("\\jdoe", None, "jdoe", None),
            ("jdoe\\", None, "jdoe\\", None),
        ] {
            let (found, found_of) = split_user(name, tenant);
            assert_eq!((found.as_str(), found_of.as_deref()), (user, of), "{name}");
        }
    }

    #[test]
    fn only_safe_addresses_are_places() {
        let at = |text: &str| Place::at(text, Variant::Cdds, Assumed::default());
        assert_eq!(
            at("https://cdds.example.org/").unwrap().host,
            "https://cdds.example.org"
        );
        assert!(at("http://127.0.0.1:8080").unwrap().is_loopback());
        for bad in [
            "http://cdds.example.org",
            "ftp://cdds.example.org",
            "https://user:word@cdds.example.org",
            "https://cdds.example.org/?a=b",
            "cdds.example.org",
        ] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
