//! The SELECT of a table, and its pages as they arrive: a cell is four bytes of length and its bytes,
//! row after row.

use std::sync::Arc;

use bytes::Bytes;
use scylla::deserialize::row::{ColumnIterator, DeserializeRow};
use scylla::deserialize::{DeserializationError, TypeCheckError};
use scylla::frame::response::result::ColumnSpec;
use scylla::response::query_result::{QueryResult, QueryRowsResult};

use crate::systems::keyspace::description::{ColumnKind, TableInfo};
use crate::systems::keyspace::error::{KeyspaceError, words};
use crate::systems::keyspace::matching::is_compressed;
use crate::systems::keyspace::page::{Look, Part, Row, Rows};

/// The statement that reads a table from one token to another.
pub(super) fn select(
    keyspace: &str,
    table: &TableInfo,
    after: bool,
    through: bool,
) -> Result<String, KeyspaceError> {
    let columns: Vec<String> = table.searchable().map(|column| quote(&column.name)).collect();
    if columns.is_empty() {
        return Err(KeyspaceError::NoSuchTable(words(&table.name)));
    }
    let keys: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.kind == ColumnKind::Partition)
        .map(|column| quote(&column.name))
        .collect();
    let token = format!("token({})", keys.join(", "));
    let limits: Vec<String> = [(after, ">"), (through, "<=")]
        .into_iter()
        .filter(|(wanted, _)| *wanted)
        .map(|(_, sign)| format!("{token} {sign} ?"))
        .collect();
    let place = if limits.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", limits.join(" AND "))
    };
    Ok(format!(
        "SELECT {} FROM {}.{}{place}",
        columns.join(", "),
        quote(keyspace),
        quote(&table.name)
    ))
}

/// An identifier that means itself whatever is in it.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A page of CQL rows.
pub(super) struct CqlRows {
    raw: [Bytes; 1],
    count: usize,
    table: Arc<TableInfo>,
}

impl CqlRows {
    pub(super) fn new(result: QueryResult, table: &Arc<TableInfo>) -> Result<CqlRows, KeyspaceError> {
        let rows = result
            .into_rows_result()
            .map_err(|error| KeyspaceError::Malformed(words(&error.to_string())))?;
        let expected = table.searchable().count();
        if rows.column_specs().len() != expected {
            return Err(KeyspaceError::Malformed(format!(
                "{} columns came instead of {expected}",
                rows.column_specs().len()
            )));
        }
        Ok(CqlRows {
            raw: [frame(&rows)?],
            count: rows.rows_num(),
            table: Arc::clone(table),
        })
    }
}

/// The bytes of all rows. The driver hands them out by way of a cell only.
fn frame(rows: &QueryRowsResult) -> Result<Bytes, KeyspaceError> {
    let malformed = |error: String| KeyspaceError::Malformed(words(&error));
    for found in rows
        .rows::<Frame>()
        .map_err(|error| malformed(error.to_string()))?
    {
        if let Frame(Some(bytes)) = found.map_err(|error| malformed(error.to_string()))? {
            return Ok(bytes);
        }
    }
    // No rows, or rows of nulls.
    Ok(Bytes::new())
}

/// A row of which only the frame around it is wanted.
struct Frame(Option<Bytes>);

impl<'frame, 'metadata> DeserializeRow<'frame, 'metadata> for Frame {
    fn type_check(_: &[ColumnSpec<'_>]) -> Result<(), TypeCheckError> {
        Ok(())
    }

    fn deserialize(row: ColumnIterator<'frame, 'metadata>) -> Result<Frame, DeserializationError> {
        for column in row {
            if let Some(slice) = column?.slice {
                return Ok(Frame(Some(slice.as_original_frame_bytes().clone())));
            }
        }
        Ok(Frame(None))
    }
}

/// Rows that are ruled out, or looked at, together.
const RUN: usize = 64;

impl Rows for CqlRows {
    fn raw(&self) -> &[Bytes] {
        &self.raw
    }

    fn count(&self) -> usize {
        self.count
    }

    fn visit(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), KeyspaceError> {
        if self.raw[0].is_empty() {
            return Ok(());
        }
        visit(&self.raw[0], self.count, &self.table, each)
    }

    fn visit_where(
        &self,
        look: &dyn Fn(&[u8], bool) -> Look,
        each: &mut dyn FnMut(Row<'_>, Look),
    ) -> Result<(), KeyspaceError> {
        if self.raw[0].is_empty() {
            return Ok(());
        }
        let columns = self.table.searchable().count();
        let (mut rest, mut left) = (&self.raw[0][..], self.count);
        while left > 0 {
            let (run, before) = (left.min(RUN), rest);
            let mut compressed = false;
            for _ in 0..run * columns {
                compressed |= is_compressed(cell(&mut rest)?);
            }
            let bytes = &before[..before.len() - rest.len()];
            let found = look(bytes, compressed);
            if found != Look::Nowhere {
                visit(bytes, run, &self.table, &mut |row| each(row, found))?;
            }
            left -= run;
        }
        whole(rest)
    }
}

/// Walks over `count` rows.
fn visit(
    mut rest: &[u8],
    count: usize,
    table: &TableInfo,
    each: &mut dyn FnMut(Row<'_>),
) -> Result<(), KeyspaceError> {
    let columns: Vec<_> = table.searchable().collect();
    let is_key = |kind| matches!(kind, ColumnKind::Partition | ColumnKind::Clustering);
    // The columns of a table begin with its keys.
    let keys = columns.iter().take_while(|column| is_key(column.kind)).count();
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(columns.len());
    for _ in 0..count {
        parts.clear();
        for column in &columns {
            parts.push(Part {
                name: column.name.as_bytes(),
                name_type: None,
                value: cell(&mut rest)?,
                cell_type: &column.cell_type,
            });
        }
        let (keys, cells) = parts.split_at(keys);
        each(Row { keys, cells });
    }
    whole(rest)
}

/// Fails when something is left behind the last row.
fn whole(rest: &[u8]) -> Result<(), KeyspaceError> {
    match rest.is_empty() {
        true => Ok(()),
        false => Err(KeyspaceError::Malformed(
            "a page is longer than its rows".to_owned(),
        )),
    }
}

#[inline]
fn cell<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], KeyspaceError> {
    let short = || KeyspaceError::Malformed("a page ends within a row".to_owned());
    let (length, after) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    // Null is negative.
    let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
    let value = after.get(..length).ok_or_else(short)?;
    *rest = &after[length..];
    Ok(value)
}

#[cfg(test)]
mod tests;
