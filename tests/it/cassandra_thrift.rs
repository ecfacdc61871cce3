//! Real servers of release 1.2, read over Thrift: all that was written comes back, once, whatever the
//! shape of the column family, the partitioner and the size of a page; and what could not be read is
//! never taken for empty.

pub mod estate;
mod failing;
mod hostile;
mod oracle;

use std::collections::BTreeMap;
use std::sync::Arc;

use dsr_console::systems::keyspace::thrift::{Access, Consistency, ThriftKeyspace};
use dsr_console::systems::keyspace::{
    CellType, Keyspace, KeyspaceError, Page, PageRequest, Partitioner, Protocol, TableInfo, TableKind,
};

use crate::support::old_cassandra::OldServer;
use estate::{KEYSPACE, Stored};

/// What was read of a table: row key with the super column's name, column name, value; and how often.
type Read = BTreeMap<(Vec<u8>, Vec<u8>, Vec<u8>), usize>;

/// The keyspace behind `server`.
fn keyspace(server: &OldServer) -> ThriftKeyspace {
    ThriftKeyspace::new(
        Access::plain("127.0.0.1", server.thrift),
        KEYSPACE,
        Consistency::LocalQuorum,
    )
}

/// Adds the rows of a page.
fn add(page: &Page, read: &mut Read) {
    let raw: Vec<&[u8]> = page.rows.raw().iter().map(|part| &part[..]).collect();
    let inside = |part: &[u8]| raw.iter().any(|raw| memchr::memmem::find(raw, part).is_some());
    let mut rows = 0;
    page.rows
        .visit(&mut |row| {
            rows += 1;
            let keys: Vec<&[u8]> = row.keys.iter().map(|part| part.value).collect();
            assert!(keys.iter().all(|key| inside(key)));
            for cell in row.cells {
                // The prefilter looks at raw bytes alone, so nothing may be shown that is not in them.
                assert!(inside(cell.value) && (cell.name_type.is_none() || inside(cell.name)));
                let place = (keys.concat(), cell.name.to_vec(), cell.value.to_vec());
                *read.entry(place).or_default() += 1;
            }
        })
        .unwrap();
    assert_eq!(rows, page.rows.count());
}

/// Everything of a table, in pages of `size`, and how many pages it took.
async fn read(
    keyspace: &ThriftKeyspace,
    table: &TableInfo,
    size: u32,
) -> Result<(Read, usize), KeyspaceError> {
    let table = Arc::new(table.clone());
    let (mut all, mut pages) = (Read::new(), 0);
    for slice in keyspace.slices(&table, 6).await? {
        let mut paging = None;
        loop {
            let request = PageRequest {
                table: table.clone(),
                slice: slice.clone(),
                paging,
                size,
            };
            let page = keyspace.page(request).await?;
            add(&page, &mut all);
            pages += 1;
            paging = page.next;
            if paging.is_none() {
                break;
            }
        }
    }
    Ok((all, pages))
}

fn table<'a>(tables: &'a [TableInfo], name: &str) -> &'a TableInfo {
    tables
        .iter()
        .find(|table| table.name == name)
        .unwrap_or_else(|| panic!("no {name} in {tables:?}"))
}

/// Everything that was written, once each.
#[track_caller]
fn assert_whole(name: &str, read: &Read, stored: &Stored) {
    let wanted: Read = stored.cells(name).map(|place| (place, 1)).collect();
    let missing = wanted.keys().filter(|place| !read.contains_key(*place)).count();
    assert_eq!(
        missing,
        0,
        "{name}: {missing} of {} cells are missing",
        wanted.len()
    );
    assert!(
        read == &wanted,
        "{name}: something was read twice, or was never written"
    );
}

async fn everything_comes_back(partitioner: &str, expected: Partitioner) {
    let Some(server) = OldServer::start(&["--partitioner", partitioner]) else {
        return;
    };
    let stored = estate::write(&mut server.writer(), "SimpleStrategy");
    let before = server.writes();
    let keyspace = keyspace(&server);
    let description = keyspace.describe().await.unwrap();
    assert_eq!(description.protocol, Protocol::Thrift);
    assert_eq!(description.partitioner, expected);
    assert_eq!(description.version, "1.2.0");
    assert_eq!(description.cluster, "old cluster");
    assert!(
        description
            .notes
            .iter()
            .any(|note| note.contains("QUORUM instead of LOCAL_QUORUM"))
    );
    for name in stored.tables() {
        for size in [13, 4000] {
            let (all, pages) = read(&keyspace, table(&description.tables, name), size)
                .await
                .unwrap();
            assert_whole(name, &all, &stored);
            assert!(pages > 1, "{name}");
        }
    }
    assert_eq!(server.writes(), before, "reading wrote something");
}

#[tokio::test]
async fn everything_comes_back_with_murmur3() {
    everything_comes_back("Murmur3Partitioner", Partitioner::Murmur3).await;
}

#[tokio::test]
async fn everything_comes_back_with_random_tokens() {
    everything_comes_back("RandomPartitioner", Partitioner::Random).await;
}

#[tokio::test]
async fn everything_comes_back_with_keys_in_order() {
    everything_comes_back("ByteOrderedPartitioner", Partitioner::ByteOrdered).await;
}

#[tokio::test]
async fn tables_are_described_as_they_are() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    estate::write(&mut server.writer(), "NetworkTopologyStrategy");
    let keyspace = keyspace(&server);
    let description = keyspace.describe().await.unwrap();
    assert_eq!(description.replication, "NetworkTopologyStrategy");
    assert_eq!(description.data_centres, ["datacenter1"]);
    assert_eq!(description.local_data_centre.as_deref(), Some("datacenter1"));
    assert!(
        !description.notes.iter().any(|note| note.contains("LOCAL_QUORUM")),
        "{:?}",
        description.notes
    );
    let kind = |name| table(&description.tables, name).kind;
    assert_eq!(kind("settings_static"), TableKind::CompactStatic);
    assert_eq!(kind("settings"), TableKind::CompactDynamic);
    assert_eq!(kind("favorites"), TableKind::Super);
    // Thrift does not describe tables of CQL; they are found all the same.
    assert_eq!(kind("by_cql"), TableKind::Cql);
    let columns = &table(&description.tables, "settings_static").columns;
    let names: Vec<_> = columns
        .iter()
        .map(|column| (column.name.as_str(), &column.cell_type))
        .collect();
    assert_eq!(names[0], ("key", &CellType::Text));
    assert!(names.contains(&("email", &CellType::Text)) && names.contains(&("phone", &CellType::Integer)));
    let (all, _) = read(&keyspace, table(&description.tables, "by_cql"), 100)
        .await
        .unwrap();
    assert!(
        all.keys().any(|(_, _, value)| value == estate::PERSON),
        "the value stands in a cell"
    );
}
