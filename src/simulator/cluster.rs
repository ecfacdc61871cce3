//! The simulated settings in a real cluster: what `simulator serve --keyspace` writes there, so that a
//! real scan, a real deletion and a real search afterwards can be tried. Only a keyspace that the
//! simulator made itself, or an empty one, is ever written to.

use std::collections::HashMap;
use std::time::Duration;

use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::{Simulator, SimulatorError};

/// Marks a keyspace as the simulator's own.
const MARK: &str = "made_by_dsr_simulator";

type Place = (String, String, String);

/// A keyspace of a real cluster.
pub struct Cluster {
    session: Session,
    keyspace: String,
    written: Mutex<HashMap<Place, [u8; 32]>>,
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> SimulatorError {
    SimulatorError(format!("--keyspace: {what}: {error}"))
}

/// Host and port, and the keyspace, of `cql://HOST:PORT/KS`.
fn parsed(address: &str) -> Result<(String, String), SimulatorError> {
    let wrong = |why: &str| SimulatorError(format!("--keyspace: {why}; write cql://HOST:PORT/KEYSPACE"));
    let rest = match address.split_once("://") {
        Some(("cql", rest)) => rest,
        Some(("thrift", _)) => {
            return Err(SimulatorError(
                "--keyspace: settings are written over CQL only; give the cluster's CQL port".to_owned(),
            ));
        }
        _ => return Err(wrong("this is no address of a keyspace")),
    };
    let (place, keyspace) = rest
        .split_once('/')
        .ok_or_else(|| wrong("it names no keyspace"))?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if keyspace.is_empty() || keyspace.len() > 48 || !keyspace.chars().all(plain) {
        return Err(wrong(
            "the name of the keyspace has other characters than a-z, 0-9 and _",
        ));
    }
    if place.is_empty() {
        return Err(wrong("it names no host"));
    }
    Ok((place.to_owned(), keyspace.to_owned()))
}

impl Cluster {
    /// Connects and makes the keyspace where there is none.
    ///
    /// # Errors
    /// When nothing answers there, or the keyspace holds what the simulator did not make.
    pub async fn open(address: &str) -> Result<Cluster, SimulatorError> {
        let (place, keyspace) = parsed(address)?;
        let session = SessionBuilder::new()
            .known_node(&place)
            .fetch_schema_metadata(false)
            .connection_timeout(Duration::from_secs(10))
            .build()
            .await
            .map_err(|error| failed("the cluster cannot be reached", &error))?;
        let cluster = Cluster {
            session,
            keyspace,
            written: Mutex::default(),
        };
        cluster.prepare().await?;
        Ok(cluster)
    }

    async fn run(&self, statement: &str) -> Result<(), SimulatorError> {
        self.session
            .query_unpaged(statement, &[])
            .await
            .map(drop)
            .map_err(|error| failed("the cluster refused a statement", &error))
    }

    async fn prepare(&self) -> Result<(), SimulatorError> {
        let keyspace = &self.keyspace;
        self.run(&format!(
            "CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        ))
        .await?;
        let found = self
            .session
            .query_unpaged(
                "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?",
                (keyspace,),
            )
            .await
            .map_err(|error| failed("its tables cannot be read", &error))?
            .into_rows_result()
            .map_err(|error| failed("its tables cannot be read", &error))?;
        let names: Vec<String> = found
            .rows::<(String,)>()
            .map_err(|error| failed("its tables cannot be read", &error))?
            .filter_map(|row| row.ok().map(|(name,)| name))
            .collect();
        if !names.is_empty() && !names.iter().any(|name| name == MARK) {
            return Err(SimulatorError(format!(
                "--keyspace: {keyspace} holds tables that the simulator did not make, so nothing is written there"
            )));
        }
        self.run(&format!(
            "CREATE TABLE IF NOT EXISTS {keyspace}.{MARK} (key text PRIMARY KEY)"
        ))
        .await
    }

    /// Brings the cluster to what the simulator holds now. Gives the number of rows written or deleted.
    ///
    /// # Errors
    /// When the cluster refuses a statement.
    pub async fn sync(&self, simulator: &Simulator) -> Result<usize, SimulatorError> {
        let mut written = self.written.lock().await;
        let first = written.is_empty();
        let keyspace = &self.keyspace;
        let mut now: HashMap<Place, [u8; 32]> = HashMap::new();
        let mut changed = 0;
        for table in simulator.stored_tables() {
            let name = &table.name;
            if first {
                self.run(&format!(
                    "CREATE TABLE IF NOT EXISTS {keyspace}.{name} (key text, column1 text, value blob, PRIMARY KEY (key, column1))"
                ))
                .await?;
                self.run(&format!("TRUNCATE {keyspace}.{name}")).await?;
            }
            let insert = format!("INSERT INTO {keyspace}.{name} (key, column1, value) VALUES (?, ?, ?)");
            let insert = self
                .session
                .prepare(insert)
                .await
                .map_err(|error| failed("a write", &error))?;
            let mut from = Some(0);
            while let Some(at) = from {
                let own = simulator.clone();
                let table_name = name.clone();
                let (rows, next) = tokio::task::spawn_blocking(move || own.stored_rows(&table_name, at, 500))
                    .await
                    .map_err(|error| failed("the estate", &error))??;
                for row in rows {
                    let place = (name.clone(), row.key.clone(), row.column.clone());
                    let digest: [u8; 32] = Sha256::digest(&row.value).into();
                    if written.get(&place) != Some(&digest) {
                        self.session
                            .execute_unpaged(&insert, (row.key, row.column, row.value))
                            .await
                            .map_err(|error| failed("a write", &error))?;
                        changed += 1;
                    }
                    now.insert(place, digest);
                }
                from = next;
            }
        }
        for (table, key, column) in written.keys().filter(|place| !now.contains_key(*place)) {
            let delete = format!("DELETE FROM {keyspace}.{table} WHERE key = ? AND column1 = ?");
            self.session
                .query_unpaged(delete, (key, column))
                .await
                .map_err(|error| failed("a deletion", &error))?;
            changed += 1;
        }
        *written = now;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn only_plain_names_of_keyspaces_are_taken() {
        assert_eq!(
            parsed("cql://127.0.0.1:9042/sipfs").ok(),
            Some(("127.0.0.1:9042".to_owned(), "sipfs".to_owned()))
        );
        for bad in [
            "127.0.0.1:9042/sipfs",
            "cql://h:1",
            "cql://h:1/a b",
            "cql://h:1/a;drop",
            "cql:///ks",
            "thrift://h:1/ks",
        ] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }
}
