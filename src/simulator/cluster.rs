//! The simulated settings in a real cluster: what `simulator serve --keyspace` writes there, so that a
//! real scan, a real deletion and a real search afterwards can be tried. Only a keyspace that the
//! simulator made itself, or an empty one, is ever written to.

mod address;
mod answer;
mod cql;
mod thrift;
mod wire;

use std::collections::HashMap;
use std::sync::Arc;

use rustls::ClientConfig;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use self::address::{Address, Way};
use self::cql::Cql;
use self::thrift::Thrift;
use super::{Simulator, StoredRow};
use crate::domain::text;

/// Marks a keyspace as the simulator's own.
const MARK: &str = "made_by_dsr_simulator";
/// Rows looked at in one step.
const STEP: usize = 500;

type Place = (String, String, String);

/// How a cluster is entered: nothing of it by default.
#[derive(Clone, Default)]
pub struct Entry {
    /// User and password.
    pub login: Option<(String, SecretString)>,
    /// TLS, with a verifier that knows whom to let in.
    pub tls: Option<Arc<ClientConfig>>,
}

/// A keyspace of a real cluster.
pub struct Cluster {
    held: Mutex<Held>,
}

/// The way in, and digests of what was written.
struct Held {
    end: End,
    written: Option<HashMap<Place, [u8; 32]>>,
}

enum End {
    Cql(Box<Cql>),
    Thrift(Thrift),
}

/// Why settings cannot be put into a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The address is none.
    #[error("{0}")]
    Address(&'static str),
    /// Nothing usable answers there.
    #[error("the cluster cannot be reached over {way}: {why}")]
    Unreachable {
        /// `CQL` or `Thrift`.
        way: &'static str,
        /// In a few words.
        why: String,
    },
    /// A user is wanted, or another one.
    #[error("the cluster refused the sign-in: {0}")]
    SignIn(String),
    /// The keyspace holds what the simulator did not make.
    #[error("{0} holds tables that the simulator did not make, so nothing is written there")]
    NotOurs(String),
    /// The cluster refused, or broke off.
    #[error("{what}: {why}")]
    Refused {
        /// What was asked for.
        what: String,
        /// The cluster's words, cleaned.
        why: String,
    },
    /// The estate itself cannot be read.
    #[error(transparent)]
    Estate(#[from] super::SimulatorError),
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> ClusterError {
    ClusterError::Refused {
        what: what.to_owned(),
        why: text::clean(&error.to_string()),
    }
}

fn unreachable(way: &'static str, error: &dyn std::fmt::Display) -> ClusterError {
    ClusterError::Unreachable {
        way,
        why: text::clean(&error.to_string()),
    }
}

impl Cluster {
    /// Host and port of an address.
    ///
    /// # Errors
    /// When it is none.
    pub fn place(address: &str) -> Result<(String, u16), ClusterError> {
        Address::parse(address).map(|address| (address.host, address.port))
    }

    /// Connects and makes the keyspace where there is none.
    ///
    /// # Errors
    /// When nothing answers there, or the keyspace holds what the simulator did not make.
    pub async fn open(address: &str, entry: Entry) -> Result<Cluster, ClusterError> {
        let address = Address::parse(address)?;
        let mut end = match address.way {
            Way::Cql => End::Cql(Box::new(Cql::open(&address, &entry).await?)),
            Way::Thrift => End::Thrift(Thrift::open(&address, entry).await?),
        };
        let tables = match &mut end {
            End::Cql(cql) => cql.tables().await?,
            End::Thrift(thrift) => thrift.tables().await?,
        };
        if !tables.is_empty() && !tables.iter().any(|name| name == MARK) {
            return Err(ClusterError::NotOurs(address.keyspace));
        }
        match &mut end {
            End::Cql(cql) => cql.mark().await?,
            End::Thrift(thrift) => thrift.mark().await?,
        }
        Ok(Cluster {
            held: Mutex::new(Held { end, written: None }),
        })
    }

    /// Brings the cluster to what the simulator holds now; the first time from empty tables. Gives the
    /// number of rows written or deleted.
    ///
    /// # Errors
    /// When the cluster refuses a statement.
    pub async fn sync(&self, simulator: &Simulator) -> Result<usize, ClusterError> {
        let mut held = self.held.lock().await;
        let Held { end, written } = &mut *held;
        if written.is_none() {
            for table in simulator.stored_tables() {
                end.empty(&table.name).await?;
            }
        }
        let before = written.get_or_insert_default();
        let mut changed = 0;
        let mut now: HashMap<Place, [u8; 32]> = HashMap::new();
        for table in simulator.stored_tables() {
            let mut from = Some(0);
            while let Some(at) = from {
                let (own, name) = (simulator.clone(), table.name.clone());
                let (rows, next) = tokio::task::spawn_blocking(move || own.stored_rows(&name, at, STEP))
                    .await
                    .map_err(|error| failed("the estate", &error))??;
                let mut fresh = Vec::new();
                for row in rows {
                    let place = (table.name.clone(), row.key.clone(), row.column.clone());
                    let digest: [u8; 32] = Sha256::digest(&row.value).into();
                    if before.get(&place) != Some(&digest) {
                        fresh.push(row);
                    }
                    now.insert(place, digest);
                }
                changed += fresh.len();
                end.put(&table.name, fresh, simulator).await?;
                from = next;
            }
        }
        for (table, key, column) in before.keys().filter(|place| !now.contains_key(*place)) {
            end.remove(table, key, column, simulator).await?;
            changed += 1;
        }
        *before = now;
        Ok(changed)
    }
}

impl Simulator {
    /// GWS on premise over a real cluster: what a call changed is changed there before it is answered.
    pub fn gws_over(&self, cluster: Arc<Cluster>) -> axum::Router {
        let simulator = self.clone();
        self.gws().layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                let (simulator, cluster) = (simulator.clone(), cluster.clone());
                async move {
                    let changes = request.method() != http::Method::GET;
                    let mut response = next.run(request).await;
                    if changes && let Err(error) = cluster.sync(&simulator).await {
                        tracing::error!("{error}");
                        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
                    }
                    response
                }
            },
        ))
    }
}

impl End {
    async fn empty(&mut self, table: &str) -> Result<(), ClusterError> {
        match self {
            End::Cql(cql) => cql.empty(table).await,
            End::Thrift(thrift) => thrift.empty(table).await,
        }
    }

    async fn put(
        &mut self,
        table: &str,
        rows: Vec<StoredRow>,
        simulator: &Simulator,
    ) -> Result<(), ClusterError> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            End::Cql(cql) => cql.put(table, rows).await,
            End::Thrift(thrift) => thrift.put(table, &rows, &*simulator.clock()).await,
        }
    }

    async fn remove(
        &mut self,
        table: &str,
        key: &str,
        column: &str,
        simulator: &Simulator,
    ) -> Result<(), ClusterError> {
        match self {
            End::Cql(cql) => cql.remove(table, key, column).await,
            End::Thrift(thrift) => thrift.remove(table, key, column, &*simulator.clock()).await,
        }
    }
}
