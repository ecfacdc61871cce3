//! Settings written over CQL.

use std::sync::Arc;
use std::time::Duration;

use scylla::client::session::{Session, TlsContext};
use scylla::client::session_builder::SessionBuilder;
use secrecy::ExposeSecret;

use super::address::Address;
use super::{ClusterError, Entry, MARK, failed, unreachable};
use crate::domain::text;
use crate::simulator::StoredRow;

/// What the driver says at last: before it stands how it got there.
fn shortened(words: &str) -> &str {
    let last = words
        .rsplit("Last connection failed with: ")
        .next()
        .unwrap_or(words);
    last.trim_end_matches('.')
}

/// Why no session began.
fn no_session(words: &str) -> ClusterError {
    match shortened(words) {
        wanted if wanted.contains("Authentication is required") => {
            ClusterError::SignIn("it wants a user and a password".to_owned())
        }
        refused if refused.contains("uthentication") => ClusterError::SignIn(text::clean(refused)),
        other => unreachable("CQL", &other),
    }
}

/// A session with a cluster of release 3.0 or later.
pub(super) struct Cql {
    session: Session,
    keyspace: String,
}

impl Cql {
    pub(super) async fn open(address: &Address, entry: &Entry) -> Result<Cql, ClusterError> {
        let host = if address.host.contains(':') {
            format!("[{}]", address.host)
        } else {
            address.host.clone()
        };
        let mut builder = SessionBuilder::new()
            .known_node(format!("{host}:{}", address.port))
            .fetch_schema_metadata(false)
            .connection_timeout(Duration::from_secs(10));
        if let Some((user, password)) = &entry.login {
            builder = builder.user(user, password.expose_secret());
        }
        if let Some(tls) = &entry.tls {
            builder = builder.tls_context(Some(TlsContext::from(Arc::clone(tls))));
        }
        let session = builder.build().await;
        let session = session.map_err(|error| no_session(&error.to_string()))?;
        Ok(Cql {
            session,
            keyspace: address.keyspace.clone(),
        })
    }

    async fn run(&self, statement: &str) -> Result<(), ClusterError> {
        self.session
            .query_unpaged(statement, &[])
            .await
            .map(drop)
            .map_err(|error| failed("the cluster refused a statement", &error))
    }

    /// Makes the keyspace where there is none, and gives the names of the tables in it.
    pub(super) async fn tables(&self) -> Result<Vec<String>, ClusterError> {
        let keyspace = &self.keyspace;
        self.run(&format!(
            "CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        ))
        .await?;
        let unread = |error: &dyn std::fmt::Display| failed("its tables cannot be read", error);
        let found = self
            .session
            .query_unpaged(
                "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?",
                (keyspace,),
            )
            .await
            .map_err(|error| unread(&error))?
            .into_rows_result()
            .map_err(|error| unread(&error))?;
        let rows = found.rows::<(String,)>().map_err(|error| unread(&error))?;
        rows.map(|row| row.map(|(name,)| name))
            .collect::<Result<_, _>>()
            .map_err(|error| unread(&error))
    }

    /// Marks the keyspace as the simulator's own.
    pub(super) async fn mark(&self) -> Result<(), ClusterError> {
        self.run(&format!(
            "CREATE TABLE IF NOT EXISTS {}.{MARK} (key text PRIMARY KEY)",
            self.keyspace
        ))
        .await
    }

    /// An empty table.
    pub(super) async fn empty(&self, table: &str) -> Result<(), ClusterError> {
        let keyspace = &self.keyspace;
        self.run(&format!(
            "CREATE TABLE IF NOT EXISTS {keyspace}.{table} (key text, column1 text, value blob, PRIMARY KEY (key, column1))"
        ))
        .await?;
        self.run(&format!("TRUNCATE {keyspace}.{table}")).await
    }

    /// Writes rows.
    pub(super) async fn put(&self, table: &str, rows: Vec<StoredRow>) -> Result<(), ClusterError> {
        let insert = format!(
            "INSERT INTO {}.{table} (key, column1, value) VALUES (?, ?, ?)",
            self.keyspace
        );
        let wrong = |error: &dyn std::fmt::Display| failed("a write", error);
        let insert = self
            .session
            .prepare(insert)
            .await
            .map_err(|error| wrong(&error))?;
        for row in rows {
            self.session
                .execute_unpaged(&insert, (row.key, row.column, row.value))
                .await
                .map_err(|error| wrong(&error))?;
        }
        Ok(())
    }

    /// Removes one row.
    pub(super) async fn remove(&self, table: &str, key: &str, column: &str) -> Result<(), ClusterError> {
        let delete = format!(
            "DELETE FROM {}.{table} WHERE key = ? AND column1 = ?",
            self.keyspace
        );
        self.session
            .query_unpaged(delete, (key, column))
            .await
            .map(drop)
            .map_err(|error| failed("a deletion", &error))
    }
}
