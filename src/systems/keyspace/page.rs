//! A page of a table: the bytes as they arrived, and a way to walk over its rows without copying.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::cell_type::CellType;
use super::error::KeyspaceError;

/// Where a page ended; its bytes mean something to the end that made them only. Kept in the store by
/// a scan that is resumed later.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PagingState(pub Vec<u8>);

/// One part of a row: a key column, or a value under its name.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Name of the column.
    pub name: &'a [u8],
    /// What the name's bytes mean when the name is data too (column names of a dynamic column family);
    /// `None` when it comes from the schema and is not searched.
    pub name_type: Option<&'a CellType>,
    /// The value; empty and null are alike.
    pub value: &'a [u8],
    /// What the value's bytes mean.
    pub cell_type: &'a CellType,
}

/// One row, or as much of a wide one as the page holds.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Partition key, then clustering columns (Thrift: row key, then the super column's name).
    pub keys: &'a [Part<'a>],
    /// The other columns.
    pub cells: &'a [Part<'a>],
}

/// The rows of a page.
pub trait Rows: Send + Sync {
    /// The bytes that hold the page. Every key, value and searched name that `visit` shows lies whole
    /// in one of them, so that what cannot be in them cannot be in any cell.
    fn raw(&self) -> &[Bytes];

    /// How many rows there are.
    fn count(&self) -> usize;

    /// Shows each row in turn, decoding no more than lengths.
    ///
    /// # Errors
    /// [`KeyspaceError::Malformed`] when the bytes do not fit together; rows before were shown.
    fn visit(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), KeyspaceError>;

    /// As [`Rows::visit`], leaving out rows in which there is nothing to look for. `look` is asked about
    /// runs of rows by the bytes that hold them whole, and whether a key or value in them may begin like
    /// something compressed; about the page where rows are not found that easily.
    ///
    /// # Errors
    /// As [`Rows::visit`].
    fn visit_where(
        &self,
        look: &dyn Fn(&[u8], bool) -> Look,
        each: &mut dyn FnMut(Row<'_>, Look),
    ) -> Result<(), KeyspaceError> {
        let of_page = self.raw().iter().map(|bytes| look(bytes, true)).max();
        match of_page.unwrap_or(Look::Nowhere) {
            Look::Nowhere => Ok(()),
            look => self.visit(&mut |row| each(row, look)),
        }
    }
}

/// What is to be looked for in rows, by what their bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// Nobody can be in them.
    Nowhere,
    /// What their bytes do not show: compressed values.
    Hidden,
    /// Their bytes may show somebody.
    Shown,
}

/// A page as it came.
pub struct Page {
    /// Its rows.
    pub rows: Box<dyn Rows>,
    /// Where the next one begins; `None` when the slice is read to its end.
    pub next: Option<PagingState>,
}

impl Page {
    /// Bytes that arrived for it.
    pub fn bytes(&self) -> u64 {
        self.rows.raw().iter().map(|slice| slice.len() as u64).sum()
    }
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Page({} rows, {} bytes, {})",
            self.rows.count(),
            self.bytes(),
            if self.next.is_some() { "more" } else { "last" }
        )
    }
}

/// One part of a row that owns its bytes: `(name, name_type, value, cell_type)`, as in [`Part`].
pub type OwnedPart = (Bytes, Option<CellType>, Bytes, CellType);

/// A row that owns its bytes.
#[derive(Clone, Debug, Default)]
pub struct OwnedRow {
    /// As in [`Row`].
    pub keys: Vec<OwnedPart>,
    /// As in [`Row`].
    pub cells: Vec<OwnedPart>,
}

/// Rows that were made here: of the simulator, and of ends that decode a page as it arrives.
#[derive(Clone, Default)]
pub struct OwnedRows {
    raw: Vec<Bytes>,
    rows: Vec<OwnedRow>,
}

impl OwnedRows {
    /// Rows whose bytes are searched part by part.
    pub fn new(rows: Vec<OwnedRow>) -> OwnedRows {
        let mut raw = Vec::new();
        for (name, name_type, value, _) in rows.iter().flat_map(|row| row.keys.iter().chain(&row.cells)) {
            if name_type.is_some() {
                raw.push(name.clone());
            }
            raw.push(value.clone());
        }
        OwnedRows { raw, rows }
    }

    /// Rows whose parts are slices of `raw`, which is searched instead.
    pub fn within(raw: Vec<Bytes>, rows: Vec<OwnedRow>) -> OwnedRows {
        OwnedRows { raw, rows }
    }
}

impl Rows for OwnedRows {
    fn raw(&self) -> &[Bytes] {
        &self.raw
    }

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn visit(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), KeyspaceError> {
        for row in &self.rows {
            let keys: Vec<Part<'_>> = row.keys.iter().map(part).collect();
            let cells: Vec<Part<'_>> = row.cells.iter().map(part).collect();
            each(Row {
                keys: &keys,
                cells: &cells,
            });
        }
        Ok(())
    }
}

fn part(owned: &OwnedPart) -> Part<'_> {
    Part {
        name: &owned.0,
        name_type: owned.1.as_ref(),
        value: &owned.2,
        cell_type: &owned.3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owned_rows_show_what_they_hold() {
        let row = OwnedRow {
            keys: vec![(Bytes::from("key"), None, Bytes::from("agent1"), CellType::Text)],
            cells: vec![(
                Bytes::from("column name"),
                Some(CellType::Text),
                Bytes::from("value"),
                CellType::Blob,
            )],
        };
        let rows = OwnedRows::new(vec![row]);
        // The name from the schema is not among the bytes that are searched.
        assert_eq!(rows.raw(), [&b"agent1"[..], b"column name", b"value"]);
        let mut seen = Vec::new();
        rows.visit(&mut |row| {
            seen.push((row.keys[0].value.to_vec(), row.cells[0].name.to_vec()));
        })
        .unwrap();
        assert_eq!(seen, [(b"agent1".to_vec(), b"column name".to_vec())]);
        let page = Page {
            rows: Box::new(rows),
            next: None,
        };
        assert_eq!(page.bytes(), 22);
        assert_eq!(format!("{page:?}"), "Page(1 rows, 22 bytes, last)");
    }
}
