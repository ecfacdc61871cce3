//! Settings written over Thrift, in column families as GWS had them: the row is the group, the column
//! an agent's setting. Names and ids are those of the vendor's interface definition,
//! `interface/cassandra.thrift`.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::address::Address;
use super::wire::{Body, Said, Wire, kind, refused};
use super::{ClusterError, Entry, MARK, failed};
use crate::domain::clock::Clock;
use crate::simulator::StoredRow;

/// `ConsistencyLevel.QUORUM`: a search at QUORUM afterwards sees what was written.
const QUORUM: i32 = 2;
/// Columns of one write.
const BATCH: usize = 200;
/// How often it is looked whether every node knows a new table.
const AGREEMENTS: u32 = 100;

/// Connects, and signs in where a user is given.
async fn enter(address: &Address, entry: &Entry) -> Result<Wire, ClusterError> {
    let mut wire = Wire::open(&address.host, address.port, entry.tls.as_ref()).await?;
    let Some((user, password)) = &entry.login else {
        return Ok(wire);
    };
    let mut body = Body::default();
    // AuthenticationRequest: 1 credentials.
    body.nested(1, |request| {
        request.texts(1, &[("username", user), ("password", password.expose_secret())]);
    });
    match wire.ask("login", &body).await? {
        Said::Fine(_) => Ok(wire),
        Said::Thrown(_, why) => Err(ClusterError::SignIn(why)),
    }
}

/// A connection to a cluster of release 1.1 to 2.x.
pub(super) struct Thrift {
    wire: Wire,
    address: Address,
    entry: Entry,
    tables: Vec<String>,
    /// Microseconds; every write has a later time than the one before.
    time: i64,
}

impl Thrift {
    pub(super) async fn open(address: &Address, entry: Entry) -> Result<Thrift, ClusterError> {
        Ok(Thrift {
            wire: enter(address, &entry).await?,
            address: address.clone(),
            entry,
            tables: Vec::new(),
            time: 0,
        })
    }

    /// Makes the keyspace where there is none, chooses it, and gives the names of the tables in it.
    pub(super) async fn tables(&mut self) -> Result<Vec<String>, ClusterError> {
        let mut name = Body::default();
        name.text(1, &self.address.keyspace);
        match self.wire.ask("describe_keyspace", &name).await? {
            // KsDef: 1 name, 5 cf_defs [CfDef: 2 name].
            Said::Fine(mut answer) => self.tables = answer.success()?.names_of_tables()?,
            // NotFoundException
            Said::Thrown(1, _) => {
                let mut body = Body::default();
                body.nested(1, |keyspace| {
                    keyspace
                        .text(1, &self.address.keyspace)
                        .text(2, "org.apache.cassandra.locator.SimpleStrategy")
                        .texts(3, &[("replication_factor", "1")])
                        .list(5, kind::STRUCT, 0);
                });
                self.wire.call("system_add_keyspace", &body).await?;
                self.agree().await?;
            }
            Said::Thrown(_, why) => return Err(refused("describe_keyspace", why)),
        }
        self.wire.call("set_keyspace", &name).await?;
        // The tables that CQL made are no column families to Thrift, and are there all the same.
        let hidden = self.made_by_cql().await?;
        Ok(self.tables.iter().cloned().chain(hidden).collect())
    }

    /// Tables that `describe_keyspace` leaves out, from release 1.2 on: `system.schema_columnfamilies`
    /// has a row for each keyspace whose column names begin with the table.
    async fn made_by_cql(&mut self) -> Result<Vec<String>, ClusterError> {
        let mut statement = Body::default();
        statement
            .text(
                1,
                &format!(
                    "SELECT columnfamily_name FROM system.schema_columnfamilies WHERE keyspace_name = '{}'",
                    self.address.keyspace
                ),
            )
            .number(2, 2)
            .number(3, 1);
        match self.wire.ask("execute_cql3_query", &statement).await? {
            // CqlResult: 2 rows [CqlRow: 2 columns [Column: 2 value]].
            Said::Fine(mut answer) => answer.success()?.values_of_rows(),
            // Release 1.1 has neither this call nor such tables.
            Said::Thrown(..) => Ok(Vec::new()),
        }
    }

    /// Connects anew after an answer that did not come.
    async fn renew(&mut self) -> Result<(), ClusterError> {
        if self.wire.whole {
            return Ok(());
        }
        self.wire = enter(&self.address, &self.entry).await?;
        let mut name = Body::default();
        name.text(1, &self.address.keyspace);
        self.wire.call("set_keyspace", &name).await.map(drop)
    }

    /// Marks the keyspace as the simulator's own.
    pub(super) async fn mark(&mut self) -> Result<(), ClusterError> {
        self.family(MARK).await
    }

    async fn family(&mut self, name: &str) -> Result<(), ClusterError> {
        if self.tables.iter().any(|known| known == name) {
            return Ok(());
        }
        let mut body = Body::default();
        // CfDef: 1 keyspace, 2 name, 3 column_type, 5 comparator_type, 15 default_validation_class,
        // 26 key_validation_class.
        body.nested(1, |family| {
            family
                .text(1, &self.address.keyspace)
                .text(2, name)
                .text(3, "Standard")
                .text(5, "UTF8Type")
                .text(15, "BytesType")
                .text(26, "UTF8Type");
        });
        self.wire.call("system_add_column_family", &body).await?;
        self.agree().await?;
        self.tables.push(name.to_owned());
        Ok(())
    }

    /// An empty table.
    pub(super) async fn empty(&mut self, table: &str) -> Result<(), ClusterError> {
        self.family(table).await?;
        let mut body = Body::default();
        body.text(1, table);
        self.wire.call("truncate", &body).await.map(drop)
    }

    /// Waits until all nodes that are up have the same schema.
    async fn agree(&mut self) -> Result<(), ClusterError> {
        for _ in 0..AGREEMENTS {
            let mut answer = self
                .wire
                .call("describe_schema_versions", &Body::default())
                .await?;
            let versions = answer.success()?.keys_of_lists()?;
            if versions
                .iter()
                .filter(|version| *version != "UNREACHABLE")
                .count()
                <= 1
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(failed(
            "a new table",
            &"the nodes of the cluster do not agree on the schema",
        ))
    }

    fn tick(&mut self, clock: &dyn Clock) -> i64 {
        self.time = clock.now().as_microsecond().max(self.time + 1);
        self.time
    }

    /// Writes rows.
    pub(super) async fn put(
        &mut self,
        table: &str,
        rows: &[StoredRow],
        clock: &dyn Clock,
    ) -> Result<(), ClusterError> {
        self.renew().await?;
        for batch in rows.chunks(BATCH) {
            let time = self.tick(clock);
            let mut keys: BTreeMap<&str, Vec<&StoredRow>> = BTreeMap::new();
            for row in batch {
                keys.entry(&row.key).or_default().push(row);
            }
            // batch_mutate: 1 map<key, map<family, list<Mutation>>>, 2 consistency. Mutation 1 is a
            // ColumnOrSuperColumn, whose 1 is a Column: 1 name, 2 value, 3 timestamp.
            let mut body = Body::default();
            body.map(1, kind::STRING, kind::MAP, keys.len());
            for (key, columns) in keys {
                body.bytes(key.as_bytes())
                    .entries(kind::STRING, kind::LIST, 1)
                    .bytes(table.as_bytes())
                    .items(kind::STRUCT, columns.len());
                for row in columns {
                    body.nested(1, |either| {
                        either.nested(1, |column| {
                            column.text(1, &row.column).binary(2, &row.value).long(3, time);
                        });
                    })
                    .stop();
                }
            }
            body.number(2, QUORUM);
            self.wire.call("batch_mutate", &body).await?;
        }
        Ok(())
    }

    /// Removes one column.
    pub(super) async fn remove(
        &mut self,
        table: &str,
        key: &str,
        column: &str,
        clock: &dyn Clock,
    ) -> Result<(), ClusterError> {
        self.renew().await?;
        let time = self.tick(clock);
        let mut body = Body::default();
        // remove: 1 key, 2 ColumnPath { 3 column_family, 5 column }, 3 timestamp, 4 consistency.
        body.text(1, key)
            .nested(2, |path| {
                path.text(3, table).text(5, column);
            })
            .long(3, time)
            .number(4, QUORUM);
        self.wire.call("remove", &body).await.map(drop)
    }
}
