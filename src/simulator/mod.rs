//! A twin of the outside systems with wire types of its own. Its state is a function of a seed, an
//! event log and a clock; the log is a SQLite file, so that commands, console and server see the
//! same estate.

mod archive;
mod beginning;
mod cdds;
mod check;
mod clock;
mod cloud;
mod cluster;
mod coded;
mod contents;
mod estate;
mod fault;
mod faults;
mod generated;
mod gws;
mod lifecycle;
mod load;
mod log;
mod look;
mod people;
mod record;
mod request;
mod scenario;
mod seed;
mod serve;
mod settings;
mod spoil;
mod stored;
mod words;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use crate::domain::clock::Clock;

pub use self::cdds::{CddsAccess, OldPair};
use self::clock::EstateClock;
pub use self::cluster::{Cluster, ClusterError, Entry};
use self::estate::State;
use self::people::People;
use self::scenario::Plan;
pub use self::stored::{KEYSPACE, StoredRow, StoredTable};

/// Which estate: a built-in scenario by name, or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// `default`, `large`, `cut-after`, … ([`Simulator::scenarios`]).
    BuiltIn(String),
    /// A scenario file.
    File(std::path::PathBuf),
}

/// Why a simulator could not be opened or steered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SimulatorError(pub String);

/// The address and the credentials of the simulated Genesys Cloud.
#[derive(Clone, Debug)]
pub struct CloudAccess {
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret (plainly fictional).
    pub client_secret: String,
    /// Name of the simulated organisation.
    pub organization: String,
    /// The organisation's default country, ISO 3166 of two letters.
    pub country: String,
    /// Id of a client without a secret for authorization code with PKCE, if the scenario has one.
    pub pkce_client_id: Option<String>,
}

/// How an administrator of the simulated GWS signs in.
#[derive(Clone, Debug)]
pub struct GwsAccess {
    /// User name.
    pub username: String,
    /// Password (plainly fictional).
    pub password: String,
}

/// How the far end behaves when it breaks off: attached to a response's extensions by the simulator
/// instead of an answer. Over TCP the connection is closed; in memory the transport fails with the
/// same meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The connection is refused: nothing arrived.
    Refused,
    /// Something may have arrived; no answer.
    NoAnswer,
}

/// The simulated estate. Cheap to clone.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    plan: Plan,
    people: People,
    held: Mutex<Held>,
    clock: Arc<EstateClock>,
    archives: archive::Shelf,
    exports: cdds::Shelf,
}

/// The connection to the log and what is known of it.
struct Held {
    connection: Connection,
    state: State,
}

impl Simulator {
    /// Opens (or makes) the estate of `scenario` under `dir`; one SQLite file a scenario.
    pub fn open(dir: &Path, scenario: &Scenario) -> Result<Simulator, SimulatorError> {
        let plan = Plan::load(scenario)?;
        let people = People::new(&plan);
        let path = dir.join(load::estate_file(scenario));
        let connection = log::open(&path)?;
        let head = log::read_head(&connection)
            .map_err(|error| storage(&error))?
            .ok_or_else(|| SimulatorError("the simulated estate has lost its beginning".to_owned()))?;
        let clock = Arc::new(EstateClock::new(log::open(&path)?));
        let state = State::begin(&plan, &people, head);
        Ok(Simulator {
            inner: Arc::new(Inner {
                plan,
                people,
                held: Mutex::new(Held { connection, state }),
                clock,
                archives: archive::Shelf::default(),
                exports: cdds::Shelf::default(),
            }),
        })
    }

    /// API and login of Genesys Cloud at one address. Signed download links point at `base` (the
    /// address it is served at; in memory `http://simulator.invalid`).
    pub fn genesys_cloud(&self, base: &str) -> axum::Router {
        cloud::router(self.clone(), base)
    }

    /// GWS on premise, at an address of its own.
    pub fn gws(&self) -> axum::Router {
        gws::router(self.clone())
    }

    /// How an administrator signs in to GWS.
    pub fn gws_access(&self) -> GwsAccess {
        let users = &self.inner.plan.gws_plan().users;
        let admin = users.iter().find(|user| user.is_admin()).or(users.first());
        GwsAccess {
            username: admin.map_or_else(String::new, |user| user.username.clone()),
            password: admin.map_or_else(String::new, |user| user.password.clone()),
        }
    }

    /// How to sign in.
    pub fn cloud_access(&self) -> CloudAccess {
        let plan = &self.inner.plan;
        let with = |grant: &'static str| {
            plan.oauth_clients
                .iter()
                .find(move |client| client.grant == grant)
        };
        let client = with("CLIENT-CREDENTIALS");
        CloudAccess {
            client_id: client.map_or_else(String::new, |client| client.id.clone()),
            client_secret: client
                .and_then(|client| client.secret.clone())
                .unwrap_or_default(),
            organization: plan.organization().name,
            country: plan.organization().country,
            pkce_client_id: plan
                .oauth_clients
                .iter()
                .find(|client| client.grant == "CODE" && client.secret.is_none())
                .map(|client| client.id.clone()),
        }
    }

    /// The estate's clock; an advance by another process is seen.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock.clone()
    }

    /// Moves the estate's clock forward.
    ///
    /// # Errors
    /// A negative span, and storage failures.
    pub fn advance(&self, by: jiff::SignedDuration) -> Result<(), SimulatorError> {
        let millis = i64::try_from(by.as_millis())
            .ok()
            .filter(|millis| (0..=MOST_ADVANCE).contains(millis))
            .ok_or_else(|| {
                SimulatorError("the clock moves forward only, by a hundred years at most".to_owned())
            })?;
        log::advance(&mut self.held().connection, millis).map_err(|error| storage(&error))
    }

    /// Forgets everything that happened in this estate.
    ///
    /// # Errors
    /// Storage failures.
    pub fn reset(&self) -> Result<(), SimulatorError> {
        log::reset(&mut self.held().connection).map_err(|error| storage(&error))
    }

    /// One line about the scenario that is simulated.
    pub fn summary(&self) -> &str {
        &self.inner.plan.summary
    }

    /// Built-in scenarios: name and one line about each.
    pub fn scenarios() -> Vec<(&'static str, &'static str)> {
        Plan::built_in_summaries()
    }

    /// Serves on a bound loopback listener until `stop`.
    ///
    /// # Errors
    /// When the listener has no address.
    pub async fn serve(
        &self,
        listener: tokio::net::TcpListener,
        stop: tokio_util::sync::CancellationToken,
    ) -> Result<(), SimulatorError> {
        serve::serve(self, listener, stop).await
    }

    /// Serves GWS on a bound loopback listener until `stop`. With a cluster, what a call changed is
    /// changed there before it is answered.
    ///
    /// # Errors
    /// When the listener has no address.
    pub async fn serve_gws(
        &self,
        listener: tokio::net::TcpListener,
        cluster: Option<Arc<Cluster>>,
        stop: tokio_util::sync::CancellationToken,
    ) -> Result<(), SimulatorError> {
        let router = match cluster {
            Some(cluster) => self.gws_over(cluster),
            None => self.gws(),
        };
        serve::serve_router(router, listener, stop).await
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A panic while the lock was held has rolled its transaction back; what is in memory only
        // ever follows the log, so it can be used on.
        self.inner.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one request in one transaction. `write` takes the lock for writing at once, so that two
    /// processes cannot wait for each other.
    fn transaction<T>(
        &self,
        write: bool,
        work: impl FnOnce(&Connection, &State) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut held = self.held();
        let Held { connection, state } = &mut *held;
        let behavior = if write {
            TransactionBehavior::Immediate
        } else {
            TransactionBehavior::Deferred
        };
        let transaction = connection.transaction_with_behavior(behavior)?;
        state.follow(&transaction, &self.inner.plan, &self.inner.people)?;
        let result = work(&transaction, state)?;
        transaction.commit()?;
        Ok(result)
    }
}

const MOST_ADVANCE: i64 = 100 * 366 * lifecycle::DAY;

fn storage(error: &rusqlite::Error) -> SimulatorError {
    SimulatorError(format!("the simulated estate: {error}"))
}
