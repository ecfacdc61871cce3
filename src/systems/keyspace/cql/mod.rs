//! Cassandra over CQL, 3.0 and later. The schema is read with plain SELECTs, because one column of a
//! type that the driver does not know makes it lose sight of the whole cluster; a page is searched as
//! the frame that arrived. Only SELECT is ever sent.

mod access;
mod errors;
mod page;
mod probe;
mod probe_tls;
mod ring;
mod schema;
mod session;
mod system;
mod types;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use scylla::client::session::Session;
use scylla::response::{PagingState as DriverPaging, PagingStateResponse};
use scylla::statement::prepared::PreparedStatement;
use tokio::sync::Mutex;

use super::description::{Description, Partitioner, TableInfo};
use super::error::KeyspaceError;
use super::page::{Page, PagingState};
use super::slice::{Slice, Token, TokenSpace};
use super::{Keyspace, PageRequest};

pub use access::{Access, Consistency};
pub use probe::probe;

/// A keyspace over CQL.
pub struct CqlKeyspace {
    session: Session,
    keyspace: String,
    cluster: system::Cluster,
    prepared: Mutex<HashMap<(String, bool, bool), Arc<PreparedStatement>>>,
}

impl CqlKeyspace {
    /// Finds out what answers, connects and signs in.
    ///
    /// # Errors
    /// What answers instead, or why nothing does, with the way out.
    pub async fn connect(access: Access, keyspace: impl Into<String>) -> Result<CqlKeyspace, KeyspaceError> {
        probe::expect_cql(&access).await?;
        let (session, cluster) = session::open(&access).await?;
        Ok(CqlKeyspace {
            session,
            keyspace: keyspace.into(),
            cluster,
            prepared: Mutex::new(HashMap::new()),
        })
    }

    fn space(&self) -> TokenSpace {
        match self.cluster.partitioner {
            Partitioner::Murmur3 => TokenSpace::Murmur3,
            // The driver knows no other tokens: such a ring is read from its beginning to its end.
            _ => TokenSpace::None,
        }
    }

    async fn statement(
        &self,
        table: &TableInfo,
        slice: &Slice,
    ) -> Result<Arc<PreparedStatement>, KeyspaceError> {
        let ends = (slice.after.is_some(), slice.through.is_some());
        let key = (table.name.clone(), ends.0, ends.1);
        let mut prepared = self.prepared.lock().await;
        if let Some(statement) = prepared.get(&key) {
            return Ok(Arc::clone(statement));
        }
        let text = page::select(&self.keyspace, table, ends.0, ends.1)?;
        let mut statement = self.session.prepare(text).await.map_err(errors::prepare)?;
        statement.set_use_cached_result_metadata(true);
        statement.set_is_idempotent(true);
        let statement = Arc::new(statement);
        prepared.insert(key, Arc::clone(&statement));
        Ok(statement)
    }
}

impl Keyspace for CqlKeyspace {
    fn describe(&self) -> BoxFuture<'_, Result<Description, KeyspaceError>> {
        Box::pin(schema::describe(&self.session, &self.cluster, &self.keyspace))
    }

    fn slices<'a>(
        &'a self,
        _: &'a TableInfo,
        wished: usize,
    ) -> BoxFuture<'a, Result<Vec<Slice>, KeyspaceError>> {
        let slices = match self.space() {
            TokenSpace::Murmur3 => ring::slices(&self.cluster, wished),
            space => vec![Slice::whole(space)],
        };
        Box::pin(async move { Ok(slices) })
    }

    fn page(&self, request: PageRequest) -> BoxFuture<'_, Result<Page, KeyspaceError>> {
        Box::pin(async move {
            let statement = self.statement(&request.table, &request.slice).await?;
            let mut statement = PreparedStatement::clone(&statement);
            statement.set_page_size(i32::try_from(request.size).unwrap_or(i32::MAX).max(1));
            let values: Vec<i64> = [&request.slice.after, &request.slice.through]
                .into_iter()
                .filter_map(|token| match token {
                    Some(Token::Murmur3(token)) => Some(*token),
                    _ => None,
                })
                .collect();
            let from = request.paging.map_or_else(DriverPaging::start, |state| {
                DriverPaging::new_from_raw_bytes(state.0)
            });
            let (result, next) = self
                .session
                .execute_single_page(&statement, values, from)
                .await
                .map_err(errors::execution)?;
            let rows = page::CqlRows::new(result, &request.table)?;
            let next = match next {
                PagingStateResponse::HasMorePages { state } => {
                    state.as_bytes_slice().map(|bytes| PagingState(bytes.to_vec()))
                }
                PagingStateResponse::NoMorePages => None,
            };
            Ok(Page {
                rows: Box::new(rows),
                next,
            })
        })
    }
}
