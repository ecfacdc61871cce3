//! The tables of a keyspace, those included that Thrift does not describe: tables made by CQL are
//! missing in `describe_keyspace`, but stand in the schema tables of Cassandra 1.1 to 2.2 and can be
//! read like any other. Without this a person in one of them would be overlooked in silence.

use std::collections::BTreeMap;

use super::calls::{Consistency, Slice, success};
use super::connection::Connection;
use super::error::{ServerError, ThriftError};
use super::protocol::{Malformed, Reader, kind};
use super::schema::{ColumnDef, FamilyDef, KeyspaceDef};
use super::shape::{Shape, component};

/// Columns of a schema row fetched at once.
const COLUMNS: i32 = 2000;
/// Rows of the schema have at most this many columns; a larger one is not believed.
const MAX_COLUMNS: usize = 500_000;

/// What is known of the tables beside `describe_keyspace`.
pub struct Catalogue {
    /// Every table.
    pub shapes: Vec<Shape>,
    /// Whether the schema tables could be read, so that no table is hidden.
    pub whole: bool,
}

/// The tables of `def`. Needs a connection whose keyspace may be changed.
pub async fn read(connection: &mut Connection, def: &KeyspaceDef) -> Result<Catalogue, ThriftError> {
    let mut shapes: Vec<Shape> = def.families.iter().map(Shape::of).collect();
    let rows = match schema_rows(connection, &def.name).await {
        Ok(rows) => rows,
        Err(error) if error.wants_sign_in() => return Err(error),
        // Older and newer servers have no such tables, or do not let everybody read them.
        Err(ThriftError::Server(
            ServerError::Invalid(_) | ServerError::Authorization(_) | ServerError::NotFound,
        )) => {
            return Ok(Catalogue { shapes, whole: false });
        }
        Err(error) => return Err(error),
    };
    let (families, columns) = rows;
    let whole = !families.is_empty() || def.families.is_empty();
    for (name, facts) in group(&families) {
        if shapes.iter().any(|shape| shape.table.as_bytes() == name) {
            continue;
        }
        shapes.push(made_by_cql(&name, &facts, &columns));
    }
    shapes.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(Catalogue { shapes, whole })
}

type Cells = Vec<(Vec<u8>, Vec<u8>)>;

async fn schema_rows(connection: &mut Connection, keyspace: &str) -> Result<(Cells, Cells), ThriftError> {
    connection.set_keyspace("system").await?;
    let families = row(connection, "schema_columnfamilies", keyspace.as_bytes()).await?;
    let columns = row(connection, "schema_columns", keyspace.as_bytes()).await?;
    Ok((families, columns))
}

/// Every column of one row, name and value.
pub async fn row(connection: &mut Connection, family: &str, key: &[u8]) -> Result<Cells, ThriftError> {
    let mut cells: Cells = Vec::new();
    loop {
        let start = cells.last().map(|(name, _)| name.clone()).unwrap_or_default();
        let slice = Slice {
            family,
            super_column: None,
            start: &start,
            count: COLUMNS,
            consistency: Consistency::One,
        };
        let answer = connection.get_slice(key, slice).await?;
        let fresh = read_cells(success(&answer, kind::LIST)?)?;
        let came = fresh.len();
        cells.extend(
            fresh
                .into_iter()
                .filter(|(name, _)| start.is_empty() || *name != start),
        );
        if came < COLUMNS as usize {
            return Ok(cells);
        }
        if cells.len() > MAX_COLUMNS {
            return Err(Malformed("the schema has no end").into());
        }
    }
}

fn read_cells(mut reader: Reader<'_>) -> Result<Cells, Malformed> {
    let count = reader.list_of(kind::STRUCT)?;
    let mut cells = Vec::new();
    for _ in 0..count {
        let mut cell = (Vec::new(), Vec::new());
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRUCT, 1) => {
                    while let Some((kind, id)) = reader.field()? {
                        match (kind, id) {
                            (kind::STRING, 1) => cell.0 = reader.binary()?.to_vec(),
                            (kind::STRING, 2) => cell.1 = reader.binary()?.to_vec(),
                            _ => reader.skip(kind)?,
                        }
                    }
                }
                _ => reader.skip(kind)?,
            }
        }
        cells.push(cell);
    }
    Ok(cells)
}

/// Facts by table: the names of the schema's cells are composites of table and fact.
fn group(cells: &Cells) -> BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut tables: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>> = BTreeMap::new();
    for (name, value) in cells {
        if let (Some(table), Some(fact)) = (component(name, 0), component(name, 1)) {
            tables
                .entry(table.to_vec())
                .or_default()
                .insert(fact.to_vec(), value.clone());
        }
    }
    tables
}

fn made_by_cql(name: &[u8], facts: &BTreeMap<Vec<u8>, Vec<u8>>, columns: &Cells) -> Shape {
    let text = |fact: &str| {
        facts
            .get(fact.as_bytes())
            .map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let comparator = text("comparator").unwrap_or_default();
    let mut declared: BTreeMap<Vec<u8>, (Option<i32>, Option<String>)> = BTreeMap::new();
    for (cell, value) in columns {
        let (Some(table), Some(column), Some(fact)) =
            (component(cell, 0), component(cell, 1), component(cell, 2))
        else {
            continue;
        };
        if table != name {
            continue;
        }
        let known = declared.entry(column.to_vec()).or_default();
        match fact {
            b"validator" => known.1 = Some(String::from_utf8_lossy(value).into_owned()),
            b"component_index" => known.0 = value.as_slice().try_into().ok().map(i32::from_be_bytes),
            _ => {}
        }
    }
    // Key and clustering columns have no cells; of the others, all name the same component.
    let index = declared.values().filter_map(|(index, _)| *index).max();
    let def = FamilyDef {
        name: String::from_utf8_lossy(name).into_owned(),
        is_super: text("type").as_deref() == Some("Super"),
        comparator,
        subcomparator: text("subcomparator"),
        key_type: text("key_validator"),
        value_type: text("default_validator"),
        columns: declared
            .into_iter()
            .filter(|(_, (at, _))| *at == index)
            .map(|(name, (_, class))| ColumnDef {
                name,
                value_type: class.unwrap_or_default(),
            })
            .collect(),
        gc_grace: None,
    };
    let key_name = text("key_aliases")
        .and_then(|aliases| serde_json::from_str::<Vec<String>>(&aliases).ok())
        .map(|aliases| crate::domain::text::clean(&aliases.join(":")))
        .filter(|name| !name.is_empty());
    let component = def
        .comparator
        .contains("CompositeType")
        .then(|| index.unwrap_or(0));
    Shape::of_cql(
        &def,
        component.and_then(|index| usize::try_from(index).ok()),
        key_name,
    )
}
