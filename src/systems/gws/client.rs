//! The client: who signs in, and what can be read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use super::exchange::{Call, Exchange, bad_answer};
use super::groups::{Group, GroupContent};
use super::session::Session;
use super::{Base, ByHand, GroupName};
use crate::domain::failure::Failure;
use crate::domain::text;
use crate::systems::transport::Transport;

/// User name and password of an administrator.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: SecretString,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// How patient the client is.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// A whole read, its body included.
    pub read_deadline: Duration,
    /// A whole mutation.
    pub mutation_deadline: Duration,
    /// Attempts of a read that breaks off or meets a gateway's error.
    pub read_attempts: u32,
    /// The pause before the second attempt; doubled for the third.
    pub pause: Duration,
    /// Largest content of a group, in bytes.
    pub group_limit: usize,
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning {
            read_deadline: Duration::from_secs(120),
            mutation_deadline: Duration::from_secs(120),
            read_attempts: 3,
            pause: Duration::from_millis(250),
            group_limit: 128 << 20,
        }
    }
}

/// Whom GWS takes us for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its user name, as GWS says it.
    pub username: Option<String>,
    /// `ROLE_ADMIN`, `ROLE_AGENT`, …
    pub roles: Vec<String>,
}

impl Account {
    /// True when one of the roles is an administrator's.
    pub fn is_admin(&self) -> bool {
        self.roles
            .iter()
            .any(|role| role.to_ascii_uppercase().contains("ADMIN"))
    }
}

/// One GWS. Clones share session and token.
#[derive(Clone)]
pub struct Gws {
    pub(super) exchange: Arc<Exchange>,
}

impl Gws {
    /// A client; nothing is called yet.
    pub fn new(
        transport: Arc<dyn Transport>,
        base: Base,
        credentials: Option<Credentials>,
        by_hand: ByHand,
        tuning: Tuning,
    ) -> Gws {
        Gws {
            exchange: Arc::new(Exchange {
                transport,
                base,
                credentials,
                by_hand,
                tuning,
                session: Mutex::new(Session::default()),
                by_hand_refused: std::sync::atomic::AtomicBool::new(false),
            }),
        }
    }

    /// Where it answers.
    pub fn base(&self) -> &Base {
        &self.exchange.base
    }

    /// True when user name and password are known.
    pub fn has_credentials(&self) -> bool {
        self.exchange.credentials.is_some()
    }

    /// The version that GWS says it has.
    ///
    /// # Errors
    /// When it cannot be reached, or something else answers.
    pub async fn version(&self) -> Result<String, Failure> {
        let call = Call::get("/api/v2/diagnostics/version", "the version of GWS");
        let document = self.exchange.read(&call).await?;
        let found = ["version", "gwsVersion", "serverVersion"]
            .iter()
            .find_map(|key| document.get(*key).and_then(Value::as_str))
            .or_else(|| document.pointer("/data/version").and_then(Value::as_str));
        found
            .map(|version| text::truncate(&text::clean(version), 60, "…"))
            .ok_or_else(|| bad_answer(&call, "it names no version"))
    }

    /// Whom GWS takes us for, with the roles.
    ///
    /// # Errors
    /// When nobody is signed in, or GWS cannot be reached.
    pub async fn me(&self) -> Result<Account, Failure> {
        let call = Call::get("/api/v2/me", "the user's roles");
        let document = self.exchange.read(&call).await?;
        let user = document.get("user").unwrap_or(&document);
        let Some(Value::Array(roles)) = user.get("roles").or_else(|| document.get("roles")) else {
            return Err(bad_answer(&call, "it names no roles"));
        };
        let clean = |text: &str| text::truncate(&text::clean(text), 120, "…");
        Ok(Account {
            username: ["userName", "username", "name"]
                .iter()
                .find_map(|key| user.get(*key).and_then(Value::as_str))
                .map(clean),
            roles: roles.iter().filter_map(Value::as_str).map(clean).collect(),
        })
    }

    /// The groups of settings.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn groups(&self) -> Result<Vec<Group>, Failure> {
        let call = Call::get("/api/v2/settings", "the groups of settings");
        let document = self.exchange.read(&call).await?;
        let Some(Value::Array(entries)) = document.get("settings") else {
            return Err(bad_answer(&call, "it lists no settings groups"));
        };
        Ok(entries.iter().filter_map(Group::read).collect())
    }

    /// The content of a group; `None` when GWS knows none of this name.
    ///
    /// # Errors
    /// When it cannot be read, or read whole.
    pub async fn group(&self, name: &GroupName, key: &str) -> Result<Option<GroupContent>, Failure> {
        let mut call = Call::get(&name.path(), "a settings group");
        call.limit = self.exchange.tuning.group_limit;
        let Some(document) = self.exchange.read_if_there(&call).await? else {
            return Ok(None);
        };
        GroupContent::read(name, key, document)
            .map(Some)
            .map_err(|why| bad_answer(&call, &why))
    }

    /// Reads something small, so that cookie and CSRF token are fresh.
    ///
    /// # Errors
    /// As [`Gws::me`].
    pub async fn renew(&self) -> Result<(), Failure> {
        self.exchange.session().forget_csrf();
        self.exchange
            .read(&Call::get("/api/v2/me", "a fresh CSRF token"))
            .await
            .map(drop)
    }

    /// Forgets session and token here.
    pub fn forget_session(&self) {
        self.exchange.session().clear();
    }

    /// True when the CSRF token given by hand was not accepted and a fetched one is used.
    pub fn by_hand_was_refused(&self) -> bool {
        self.exchange
            .by_hand_refused
            .load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl Exchange {
    pub(super) fn session(&self) -> MutexGuard<'_, Session> {
        // Each value is replaced whole, so a panic leaves nothing half-done.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
