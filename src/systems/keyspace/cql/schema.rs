//! The tables of a keyspace, read with plain SELECTs from `system_schema`.

use std::collections::{BTreeSet, HashMap};

use scylla::client::session::Session;

use super::system::{Cluster, rows};
use super::types::{UserTypes, parse};
use crate::systems::keyspace::description::{
    Column, ColumnKind, Description, Node, Partitioner, Protocol, TableInfo, TableKind,
};
use crate::systems::keyspace::error::{KeyspaceError, words};

const MEBIBYTE: u64 = 1024 * 1024;

/// Describes the keyspace.
pub(super) async fn describe(
    session: &Session,
    cluster: &Cluster,
    keyspace: &str,
) -> Result<Description, KeyspaceError> {
    let replication = replication(session, keyspace).await?;
    let user_types = user_types(session, keyspace).await?;
    let mut tables = tables(session, keyspace, &user_types).await?;
    sizes(session, keyspace, &mut tables).await;
    tables.extend(views(session, keyspace).await?);
    let data_centres: BTreeSet<String> = cluster
        .nodes
        .iter()
        .filter_map(|node| node.data_centre.clone())
        .collect();
    Ok(Description {
        protocol: Protocol::Cql,
        version: cluster.version.clone(),
        cluster: cluster.name.clone(),
        keyspace: keyspace.to_owned(),
        replication,
        partitioner: cluster.partitioner.clone(),
        data_centres: data_centres.into_iter().collect(),
        local_data_centre: cluster.local_data_centre.clone(),
        nodes: cluster
            .nodes
            .iter()
            .map(|node| Node {
                address: node.address.clone(),
                data_centre: node.data_centre.clone(),
                up: node.up,
            })
            .collect(),
        tables,
        notes: notes(cluster),
    })
}

fn notes(cluster: &Cluster) -> Vec<String> {
    let mut notes = Vec::new();
    if cluster.partitioner != Partitioner::Murmur3 {
        notes.push(format!(
            "This cluster uses {}: tables are read from beginning to end, one request at a time, and a part \
             that cannot be read cannot be narrowed down.",
            words(cluster.partitioner.name())
        ));
    }
    notes
}

/// A name as a literal of CQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

async fn replication(session: &Session, keyspace: &str) -> Result<String, KeyspaceError> {
    let all: Vec<(String, HashMap<String, String>)> = rows(
        session,
        "SELECT keyspace_name, replication FROM system_schema.keyspaces",
        None,
    )
    .await?;
    if let Some((_, options)) = all.iter().find(|(name, _)| name == keyspace) {
        let mut shown: Vec<String> = options
            .iter()
            .map(|(key, value)| words(&format!("{key}: {}", value.rsplit('.').next().unwrap_or(value))))
            .collect();
        shown.sort();
        return Ok(shown.join(", "));
    }
    let mut known: Vec<String> = all
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with("system") && !name.starts_with("dse"))
        .map(|name| words(name))
        .collect();
    known.sort();
    Err(KeyspaceError::NoSuchKeyspace {
        name: words(keyspace),
        known,
    })
}

async fn user_types(session: &Session, keyspace: &str) -> Result<UserTypes, KeyspaceError> {
    let query = format!(
        "SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = {}",
        literal(keyspace)
    );
    let found: Vec<(String, Vec<String>, Vec<String>)> = rows(session, &query, None).await?;
    Ok(found
        .into_iter()
        .map(|(name, fields, types)| (name, fields.into_iter().zip(types).collect()))
        .collect())
}

async fn views(session: &Session, keyspace: &str) -> Result<Vec<TableInfo>, KeyspaceError> {
    let query = format!(
        "SELECT view_name FROM system_schema.views WHERE keyspace_name = {}",
        literal(keyspace)
    );
    let found: Vec<(String,)> = rows(session, &query, None).await?;
    Ok(found
        .into_iter()
        .map(|(name,)| TableInfo {
            name,
            kind: TableKind::View,
            columns: Vec::new(),
            bytes: None,
            partitions: None,
            hidden_columns: false,
        })
        .collect())
}

type ColumnRow = (String, String, String, i32, String);

async fn tables(
    session: &Session,
    keyspace: &str,
    user_types: &UserTypes,
) -> Result<Vec<TableInfo>, KeyspaceError> {
    let keyspace = literal(keyspace);
    let query =
        format!("SELECT table_name, flags FROM system_schema.tables WHERE keyspace_name = {keyspace}");
    let found: Vec<(String, Option<Vec<String>>)> = rows(session, &query, None).await?;
    let query = format!(
        "SELECT table_name, column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = {keyspace}"
    );
    let columns: Vec<ColumnRow> = rows(session, &query, None).await?;
    let mut by_table: HashMap<String, Vec<ColumnRow>> = HashMap::new();
    for column in columns {
        by_table.entry(column.0.clone()).or_default().push(column);
    }
    Ok(found
        .into_iter()
        .map(|(name, flags)| {
            let columns = by_table.remove(&name).unwrap_or_default();
            table(name, &flags.unwrap_or_default(), columns, user_types)
        })
        .collect())
}

/// How a table came to be, by its flags.
fn kind(flags: &[String]) -> TableKind {
    let has = |flag: &str| flags.iter().any(|known| known == flag);
    if has("super") {
        TableKind::Super
    } else if has("dense") {
        TableKind::CompactDynamic
    } else if has("compound") {
        TableKind::Cql
    } else {
        TableKind::CompactStatic
    }
}

fn table(name: String, flags: &[String], columns: Vec<ColumnRow>, user_types: &UserTypes) -> TableInfo {
    let kind = kind(flags);
    let mut columns: Vec<(i32, Column)> = columns
        .into_iter()
        .map(|(_, name, kind, position, type_name)| (position, column(name, &kind, type_name, user_types)))
        .collect();
    if kind == TableKind::CompactStatic {
        // `column1` and `value` are a shadow of what Thrift wrote under other names; CQL does not
        // show them, and the declared columns are called static.
        columns.retain(|(_, column)| matches!(column.kind, ColumnKind::Partition | ColumnKind::Static));
        for (_, column) in &mut columns {
            if column.kind == ColumnKind::Static {
                column.kind = ColumnKind::Regular;
            }
        }
    }
    columns.sort_by(|(a, first), (b, second)| {
        let order = |kind| match kind {
            ColumnKind::Partition => 0,
            ColumnKind::Clustering => 1,
            ColumnKind::Static | ColumnKind::Regular => 2,
        };
        (order(first.kind), a, &first.name).cmp(&(order(second.kind), b, &second.name))
    });
    TableInfo {
        name,
        kind,
        columns: columns.into_iter().map(|(_, column)| column).collect(),
        bytes: None,
        partitions: None,
        hidden_columns: kind == TableKind::CompactStatic,
    }
}

fn column(name: String, kind: &str, type_name: String, user_types: &UserTypes) -> Column {
    let (cell_type, unsearchable) = match parse(&type_name, user_types) {
        Ok(cell_type) => (cell_type, None),
        Err((why, holds)) => (holds, Some(words(&why))),
    };
    Column {
        name,
        kind: match kind {
            "partition_key" => ColumnKind::Partition,
            "clustering" => ColumnKind::Clustering,
            "static" => ColumnKind::Static,
            _ => ColumnKind::Regular,
        },
        cell_type,
        type_name: words(&type_name),
        unsearchable,
    }
}

/// Sizes, as far as the node tells them: what is missing stays unknown.
async fn sizes(session: &Session, keyspace: &str, tables: &mut [TableInfo]) {
    let keyspace = literal(keyspace);
    let query = format!(
        "SELECT table_name, mean_partition_size, partitions_count FROM system.size_estimates WHERE keyspace_name = {keyspace}"
    );
    let estimates: Vec<(String, Option<i64>, Option<i64>)> =
        rows(session, &query, None).await.unwrap_or_default();
    for (name, mean, count) in estimates {
        let Some(table) = tables.iter_mut().find(|table| table.name == name) else {
            continue;
        };
        let count = count.unwrap_or(0).max(0).unsigned_abs();
        let bytes = mean.unwrap_or(0).max(0).unsigned_abs().saturating_mul(count);
        *table.partitions.get_or_insert(0) += count;
        *table.bytes.get_or_insert(0) += bytes;
    }
    // Known to servers since 4.0, exact to the mebibyte.
    let query = format!(
        "SELECT table_name, mebibytes FROM system_views.disk_usage WHERE keyspace_name = {keyspace} ALLOW FILTERING"
    );
    let usage: Vec<(String, Option<i64>)> = rows(session, &query, None).await.unwrap_or_default();
    for (name, mebibytes) in usage {
        let Some(table) = tables.iter_mut().find(|table| table.name == name) else {
            continue;
        };
        let bytes = mebibytes
            .unwrap_or(0)
            .max(0)
            .unsigned_abs()
            .saturating_mul(MEBIBYTE);
        table.bytes = Some(table.bytes.unwrap_or(0).max(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, kind: &str, position: i32, type_name: &str) -> ColumnRow {
        (
            "t".to_owned(),
            name.to_owned(),
            kind.to_owned(),
            position,
            type_name.to_owned(),
        )
    }

    #[test]
    fn columns_stand_in_the_order_of_their_keys() {
        let columns = vec![
            row("value", "regular", -1, "blob"),
            row("column1", "clustering", 0, "text"),
            row("b", "partition_key", 1, "text"),
            row("a", "partition_key", 0, "text"),
            row(
                "odd",
                "regular",
                -1,
                "'org.apache.cassandra.db.marshal.CompositeType(x)'",
            ),
        ];
        let flags = ["compound".to_owned()];
        let table = table("t".to_owned(), &flags, columns, &UserTypes::new());
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "column1", "odd", "value"]);
        assert_eq!(table.unsearchable().count(), 1);
        assert_eq!((table.kind, table.hidden_columns), (TableKind::Cql, false));
    }

    #[test]
    fn a_static_compact_table_hides_columns() {
        let columns = vec![
            row("key", "partition_key", 0, "text"),
            row("column1", "clustering", 0, "text"),
            row("value", "regular", -1, "blob"),
            row("email", "static", -1, "text"),
        ];
        let table = table("t".to_owned(), &[], columns, &UserTypes::new());
        assert_eq!(
            (table.kind, table.hidden_columns),
            (TableKind::CompactStatic, true)
        );
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["key", "email"]);
        assert_eq!(kind(&["dense".to_owned(), "super".to_owned()]), TableKind::Super);
        assert_eq!(
            kind(&["compound".to_owned(), "dense".to_owned()]),
            TableKind::CompactDynamic
        );
    }
}
