//! The simulated keyspace as an end of its own: rows of the simulator as pages, read in one slice and
//! page by page, so that a scan of the simulation goes the same way as a real one.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::domain::text;
use crate::simulator::{KEYSPACE, Simulator, StoredRow};
use crate::systems::keyspace::{
    CellType, Column, ColumnKind, Description, Keyspace, KeyspaceError, Node, OwnedRow, OwnedRows, Page,
    PageRequest, PagingState, Partitioner, Protocol, Slice, TableInfo, TableKind, TokenSpace,
};

/// The keyspace of a simulated estate.
pub struct SimulatedKeyspace {
    simulator: Simulator,
    keyspace: String,
}

impl SimulatedKeyspace {
    /// The keyspace of this name. As with a real cluster it is only told later that there is none.
    pub fn new(simulator: Simulator, keyspace: &str) -> SimulatedKeyspace {
        SimulatedKeyspace {
            simulator,
            keyspace: keyspace.to_owned(),
        }
    }

    /// There is one, and a name that is not its own is refused as a real cluster refuses it.
    fn there(&self) -> Result<(), KeyspaceError> {
        if self.keyspace == KEYSPACE {
            return Ok(());
        }
        Err(KeyspaceError::NoSuchKeyspace {
            name: text::clean(&self.keyspace),
            known: vec![KEYSPACE.to_owned()],
        })
    }

    fn read(&self, request: &PageRequest) -> Result<Page, KeyspaceError> {
        self.there()?;
        let from = match &request.paging {
            None => 0,
            Some(PagingState(state)) => <[u8; 8]>::try_from(state.as_slice())
                .map(u64::from_be_bytes)
                .map_err(|_| KeyspaceError::Malformed("a paging state of another end".to_owned()))?,
        };
        let most = usize::try_from(request.size)
            .unwrap_or(usize::MAX)
            .clamp(1, 10_000);
        let (rows, next) = self
            .simulator
            .stored_rows(&request.table.name, from, most)
            .map_err(|error| KeyspaceError::Malformed(error.to_string()))?;
        let rows = rows.into_iter().map(row).collect();
        Ok(Page {
            rows: Box::new(OwnedRows::new(rows)),
            next: next.map(|next| PagingState(next.to_be_bytes().to_vec())),
        })
    }
}

fn row(stored: StoredRow) -> OwnedRow {
    let text = |name: &'static str, value: String| {
        (
            Bytes::from_static(name.as_bytes()),
            None,
            Bytes::from(value),
            CellType::Text,
        )
    };
    OwnedRow {
        keys: vec![text("key", stored.key), text("column1", stored.column)],
        cells: vec![(
            Bytes::from_static(b"value"),
            None,
            Bytes::from(stored.value),
            CellType::Blob,
        )],
    }
}

fn column(name: &str, kind: ColumnKind, cell_type: CellType, type_name: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        cell_type,
        type_name: type_name.to_owned(),
        unsearchable: None,
    }
}

impl Keyspace for SimulatedKeyspace {
    fn describe(&self) -> BoxFuture<'_, Result<Description, KeyspaceError>> {
        Box::pin(async {
            self.there()?;
            let tables = self.simulator.stored_tables();
            let table = |stored: crate::simulator::StoredTable| TableInfo {
                name: stored.name,
                kind: TableKind::Cql,
                columns: vec![
                    column("key", ColumnKind::Partition, CellType::Text, "text"),
                    column("column1", ColumnKind::Clustering, CellType::Text, "text"),
                    column("value", ColumnKind::Regular, CellType::Blob, "blob"),
                ],
                bytes: Some(stored.bytes),
                partitions: Some(stored.rows),
                hidden_columns: false,
            };
            Ok(Description {
                protocol: Protocol::Simulator,
                version: "simulated".to_owned(),
                cluster: "Simulated cluster".to_owned(),
                keyspace: self.keyspace.clone(),
                replication: "simulated".to_owned(),
                partitioner: Partitioner::Other("simulated".to_owned()),
                data_centres: vec!["dc1".to_owned()],
                local_data_centre: Some("dc1".to_owned()),
                nodes: vec![Node {
                    address: "simulator".to_owned(),
                    data_centre: Some("dc1".to_owned()),
                    up: Some(true),
                }],
                tables: tables.into_iter().map(table).collect(),
                notes: Vec::new(),
            })
        })
    }

    fn slices<'a>(
        &'a self,
        _table: &'a TableInfo,
        _wished: usize,
    ) -> BoxFuture<'a, Result<Vec<Slice>, KeyspaceError>> {
        Box::pin(async { Ok(vec![Slice::whole(TokenSpace::None)]) })
    }

    fn page(&self, request: PageRequest) -> BoxFuture<'_, Result<Page, KeyspaceError>> {
        let own = Arc::new(SimulatedKeyspace::new(self.simulator.clone(), &self.keyspace));
        Box::pin(async move {
            // The simulator reads its log from disk.
            tokio::task::spawn_blocking(move || own.read(&request))
                .await
                .unwrap_or_else(|_| Err(KeyspaceError::Malformed("the simulator met a defect".to_owned())))
        })
    }
}
