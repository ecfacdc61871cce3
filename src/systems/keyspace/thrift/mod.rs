//! The way into old clusters: Thrift, framed and binary, Cassandra 1.1 to 2.x. Written here because
//! reading needs a dozen calls, and what generators make is blocking and believes what it is told.
//! Names and ids are those of the vendor's interface definition, `interface/cassandra.thrift`.

pub mod calls;
mod catalogue;
pub mod connection;
pub mod error;
mod errors;
pub mod frame;
mod pages;
mod pool;
pub mod position;
pub mod protocol;
pub mod rows;
pub mod schema;
pub mod shape;
mod slices;
pub mod types;
pub mod writer;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

pub use calls::Consistency;
pub use connection::Limits;
pub use pool::Access;

use catalogue::Catalogue;
use error::{ServerError, ThriftError};
use pool::Pool;
use schema::RingRange;
use shape::Shape;

use super::{
    Description, Keyspace, KeyspaceError, Node, Page, PageRequest, Partitioner, Protocol, Slice, TableInfo,
};

/// A keyspace behind a Thrift port.
pub struct ThriftKeyspace {
    pool: Pool,
    keyspace: String,
    wished: Consistency,
    known: OnceCell<Known>,
}

/// What the server said of itself, once.
struct Known {
    description: Description,
    shapes: Vec<Arc<Shape>>,
    ring: Vec<RingRange>,
    consistency: Consistency,
}

impl ThriftKeyspace {
    /// The keyspace `keyspace` at the far end of `access`, read with `consistency`. Nothing is sent yet.
    pub fn new(access: Access, keyspace: impl Into<String>, consistency: Consistency) -> ThriftKeyspace {
        let keyspace = keyspace.into();
        ThriftKeyspace {
            pool: Pool::new(access, keyspace.clone()),
            keyspace,
            wished: consistency,
            known: OnceCell::new(),
        }
    }

    async fn known(&self) -> Result<&Known, KeyspaceError> {
        self.known
            .get_or_try_init(|| async {
                match self.learn().await {
                    Ok(known) => Ok(known),
                    Err(ThriftError::Server(ServerError::NotFound)) => Err(KeyspaceError::NoSuchKeyspace {
                        name: crate::domain::text::clean(&self.keyspace),
                        known: self.keyspaces().await.unwrap_or_default(),
                    }),
                    Err(failed) => Err(self.explain(failed)),
                }
            })
            .await
    }

    /// Names of the keyspaces that are not Cassandra's own.
    async fn keyspaces(&self) -> Result<Vec<String>, ThriftError> {
        let names = self.pool.bare().await?.describe_keyspaces().await?;
        let own = |name: &String| name == "system" || name.starts_with("system_");
        Ok(names
            .into_iter()
            .filter(|name| !own(name))
            .map(|name| crate::domain::text::clean(&name))
            .collect())
    }

    /// A failure in the words of the trait.
    fn explain(&self, error: ThriftError) -> KeyspaceError {
        errors::explain(error, &self.pool.access().address(), &self.keyspace)
    }

    async fn learn(&self) -> Result<Known, ThriftError> {
        let mut connection = self.pool.bare().await?;
        let api = connection.describe_version().await?;
        let cluster = connection.describe_cluster_name().await?;
        let partitioner = Partitioner::parse(&connection.describe_partitioner().await?);
        let def = connection.describe_keyspace(&self.keyspace).await?;
        // Local keyspaces have no ring; they are read by keys.
        let ring = match connection.describe_ring(&self.keyspace).await {
            Err(ThriftError::Server(ServerError::Invalid(_))) => Vec::new(),
            ring => ring?,
        };
        let Catalogue { shapes, whole } = catalogue::read(&mut connection, &def).await?;
        let local = local_facts(&mut connection).await?;
        let (consistency, mut notes) = consistency(self.wished, def.knows_data_centres());
        notes.push(format!("Thrift interface {}.", crate::domain::text::clean(&api)));
        if !whole {
            notes.push(
                "The schema tables cannot be read over Thrift: tables made by CQL, if there are any, are not seen."
                    .to_owned(),
            );
        }
        notes.push(
            "Keys of deleted rows stay in the cluster until compaction and are not shown as found."
                .to_owned(),
        );
        let shapes: Vec<Arc<Shape>> = shapes.into_iter().map(Arc::new).collect();
        let description = Description {
            protocol: Protocol::Thrift,
            version: local.version,
            cluster: crate::domain::text::clean(&cluster),
            keyspace: self.keyspace.clone(),
            replication: def.strategy.rsplit('.').next().unwrap_or_default().to_owned(),
            partitioner,
            data_centres: data_centres(&ring, local.data_centre.as_deref()),
            local_data_centre: local.data_centre,
            nodes: nodes(&ring),
            tables: shapes.iter().map(|shape| shape.describe(None)).collect(),
            notes,
        };
        Ok(Known {
            description,
            shapes,
            ring,
            consistency,
        })
    }
}

/// Data centres come with the ring from 1.2 on; before, only the local one is known.
fn data_centres(ring: &[RingRange], local: Option<&str>) -> Vec<String> {
    let mut all: Vec<String> = ring
        .iter()
        .flat_map(|range| range.data_centres.iter().cloned())
        .chain(local.map(str::to_owned))
        .collect();
    all.sort();
    all.dedup();
    all
}

fn nodes(ring: &[RingRange]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for range in ring {
        for (index, address) in range.endpoints.iter().enumerate() {
            if !nodes.iter().any(|node| node.address == *address) {
                nodes.push(Node {
                    address: crate::domain::text::clean(address),
                    data_centre: range.data_centres.get(index).cloned(),
                    up: None,
                });
            }
        }
    }
    nodes
}

/// A local quorum means nothing where replicas are not placed by data centre, and old servers refuse
/// it there: a quorum of all replicas takes its place, which is never less.
fn consistency(wished: Consistency, data_centres: bool) -> (Consistency, Vec<String>) {
    if wished == Consistency::LocalQuorum && !data_centres {
        let note = "The keyspace is not replicated by data centre: read at QUORUM instead of LOCAL_QUORUM.";
        return (Consistency::Quorum, vec![note.to_owned()]);
    }
    (wished, Vec::new())
}

/// What the asked server says of itself in `system.local`, from 1.2 on.
#[derive(Default)]
struct Local {
    version: String,
    data_centre: Option<String>,
}

async fn local_facts(connection: &mut connection::Connection) -> Result<Local, ThriftError> {
    let cells = match connection.set_keyspace("system").await {
        Ok(()) => catalogue::row(connection, "local", b"local").await,
        Err(error) => Err(error),
    };
    let cells = match cells {
        Ok(cells) => cells,
        Err(ThriftError::Server(_)) => return Ok(Local::default()),
        Err(error) => return Err(error),
    };
    let fact = |wanted: &[u8]| {
        let (_, value) = cells
            .iter()
            .find(|(name, _)| shape::component(name, 0) == Some(wanted))?;
        Some(crate::domain::text::clean(&String::from_utf8_lossy(value)))
    };
    Ok(Local {
        version: fact(b"release_version").unwrap_or_default(),
        data_centre: fact(b"data_center"),
    })
}

impl Keyspace for ThriftKeyspace {
    fn describe(&self) -> BoxFuture<'_, Result<Description, KeyspaceError>> {
        Box::pin(async {
            let mut description = self.known().await?.description.clone();
            // Estimates change with the data, so they are asked for each time.
            for table in &mut description.tables {
                table.partitions = self.estimate(&table.name).await?;
            }
            Ok(description)
        })
    }

    fn slices<'a>(
        &'a self,
        _table: &'a TableInfo,
        wished: usize,
    ) -> BoxFuture<'a, Result<Vec<Slice>, KeyspaceError>> {
        Box::pin(async move {
            let known = self.known().await?;
            let space = slices::space(&known.description.partitioner);
            let mut cut = slices::cut(space, &known.ring, wished);
            if known.description.nodes.len() < 2 {
                // The one server may be reached under another name only.
                cut.iter_mut().for_each(|slice| slice.node = None);
            }
            Ok(cut)
        })
    }

    fn page(&self, request: PageRequest) -> BoxFuture<'_, Result<Page, KeyspaceError>> {
        Box::pin(async move { self.read_page(&request).await })
    }
}
