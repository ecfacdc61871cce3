//! Cassandra, which holds the settings of agents: one trait, and an end for each way in (CQL, Thrift,
//! simulator). Nothing here writes. A page comes as the bytes that arrived and is taken apart only
//! where a search cannot rule it out; what could not be read is never taken for empty.

pub mod cell_type;
pub mod cql;
pub mod description;
pub mod discovery;
pub mod error;
pub mod event;
pub mod files;
pub mod matching;
pub mod page;
pub mod report;
pub mod scan;
pub mod server_names;
pub mod slice;
pub mod thrift;
mod way_out;

use std::sync::Arc;

use futures_util::future::BoxFuture;

pub use cell_type::CellType;
pub use description::{Column, ColumnKind, Description, Node, Partitioner, Protocol, TableInfo, TableKind};
pub use error::{Answering, KeyspaceError, NotRead};
pub use event::{ScanEvent, ScanListener, ScanProgress};
pub use page::{OwnedRow, OwnedRows, Page, PagingState, Part, Row, Rows};
pub use report::{Certainty, LeftOut, Match, MatchKind, NotReadRange, ScanReport, TableReport};
pub use slice::{Slice, Token, TokenSpace};

/// The name of this system in failures.
pub const SYSTEM: &str = "cassandra";

/// What is asked for: one page of one slice of one table.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The table, as described.
    pub table: Arc<TableInfo>,
    /// The part of the ring.
    pub slice: Slice,
    /// Where the page before ended; `None` for the first one.
    pub paging: Option<PagingState>,
    /// How many rows (CQL) or cells (Thrift) are wished for. A page may hold fewer, also none at all,
    /// and still not be the last one: only `next` tells.
    pub size: u32,
}

/// One keyspace of one cluster, to be read. Clones of an `Arc` of it are shared by all tasks of a scan.
pub trait Keyspace: Send + Sync {
    /// What answers, and the tables of the keyspace with their sizes.
    ///
    /// # Errors
    /// When it cannot be reached, refuses the sign-in, or has no such keyspace.
    fn describe(&self) -> BoxFuture<'_, Result<Description, KeyspaceError>>;

    /// The whole of a table in slices that do not overlap, about `wished` of them, in the order of
    /// the ring. A cluster that cannot be read by token answers with the one slice that is everything.
    ///
    /// # Errors
    /// When the ring cannot be read.
    fn slices<'a>(
        &'a self,
        table: &'a TableInfo,
        wished: usize,
    ) -> BoxFuture<'a, Result<Vec<Slice>, KeyspaceError>>;

    /// One page. Called from many tasks at once. Everything of the slice must come in some page:
    /// a row that is wider than a page continues in the next one.
    ///
    /// # Errors
    /// [`KeyspaceError::NotRead`] when this part could not be read now (time-out, tombstones, replicas
    /// down): the caller then asks for less, and in the end lists the slice as not read.
    fn page(&self, request: PageRequest) -> BoxFuture<'_, Result<Page, KeyspaceError>>;
}
