//! The rows of an answer, as they lie in its bytes: a first pass notes where each row stands and how
//! many columns it has; names and values are looked at only when somebody asks.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::protocol::{Malformed, Reader, kind};
use super::shape::Shape;
use crate::systems::keyspace::{KeyspaceError, Part, Row, Rows};

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowAt {
    /// Where its key stands: in the answer, or, for the columns of one row, in the key asked for.
    key: Range<usize>,
    /// Where the list of its columns begins.
    columns: usize,
    /// How many columns (or super columns) came.
    pub count: usize,
    /// Where the name of the last one stands.
    last: Range<usize>,
    /// Whether the first one was shown before.
    skip_first: bool,
}

/// The rows of a page over Thrift.
pub struct ThriftRows {
    /// The answer, and the key where the answer does not hold it.
    raw: Vec<Bytes>,
    rows: Vec<RowAt>,
    shape: Arc<Shape>,
    shown: usize,
}

/// A column as it stands in an answer.
enum Item<'a> {
    Column { name: &'a [u8], value: &'a [u8] },
    Super { name: &'a [u8], columns: Reader<'a> },
}

impl<'a> Item<'a> {
    fn name(&self) -> &'a [u8] {
        match self {
            Item::Column { name, .. } | Item::Super { name, .. } => name,
        }
    }

    /// `ColumnOrSuperColumn`: 1 column, 2 super_column, 3 counter_column, 4 counter_super_column.
    /// `Column` and `CounterColumn`: 1 name, 2 value; the super columns: 1 name, 2 columns.
    fn read(reader: &mut Reader<'a>) -> Result<Item<'a>, Malformed> {
        let mut item = None;
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRUCT, 1 | 3) => item = Some(Item::column(reader)?),
                (kind::STRUCT, 2 | 4) => item = Some(Item::super_column(reader)?),
                _ => reader.skip(kind)?,
            }
        }
        item.ok_or(Malformed("a column is empty"))
    }

    fn column(reader: &mut Reader<'a>) -> Result<Item<'a>, Malformed> {
        let (mut name, mut value): (&[u8], &[u8]) = (&[], &[]);
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 1) => name = reader.binary()?,
                (kind::STRING, 2) => value = reader.binary()?,
                // The value of a counter, as the eight bytes that came.
                (kind::I64, 2) => value = reader.bytes(8)?,
                _ => reader.skip(kind)?,
            }
        }
        Ok(Item::Column { name, value })
    }

    fn super_column(reader: &mut Reader<'a>) -> Result<Item<'a>, Malformed> {
        let mut name: &[u8] = &[];
        let mut columns = Reader::new(&[0, 0, 0, 0, 0]);
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 1) => name = reader.binary()?,
                (kind::LIST, 2) => {
                    columns = *reader;
                    let count = reader.list_of(kind::STRUCT)?;
                    for _ in 0..count {
                        Item::column(reader)?;
                    }
                }
                _ => reader.skip(kind)?,
            }
        }
        Ok(Item::Super { name, columns })
    }
}

/// Passes over a list of columns: how many there are, and where the last one's name stands.
fn pass(reader: &mut Reader<'_>) -> Result<(usize, Range<usize>), Malformed> {
    let count = reader.list_of(kind::STRUCT)?;
    let mut last = 0..0;
    for _ in 0..count {
        let item = Item::read(reader)?;
        last = reader.place_of(item.name());
    }
    Ok((count, last))
}

/// The rows of an answer to `get_range_slices`: a list of `KeySlice { 1 key, 2 columns }`.
pub fn of_range(frame: &Bytes, mut reader: Reader<'_>) -> Result<Vec<RowAt>, Malformed> {
    let count = reader.list_of(kind::STRUCT)?;
    let mut rows = Vec::new();
    for _ in 0..count {
        let mut row = RowAt {
            key: 0..0,
            columns: frame.len(),
            count: 0,
            last: 0..0,
            skip_first: false,
        };
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 1) => {
                    let key = reader.binary()?;
                    row.key = reader.place_of(key);
                }
                (kind::LIST, 2) => {
                    row.columns = reader.at();
                    (row.count, row.last) = pass(&mut reader)?;
                }
                _ => reader.skip(kind)?,
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The columns of an answer to `get_slice`, of the row `key`. `shown` is the name of a column that
/// was shown before: where the answer begins with it, it is left out.
pub fn of_row(mut reader: Reader<'_>, key: &[u8], shown: &[u8]) -> Result<RowAt, Malformed> {
    let columns = reader.at();
    let mut first = reader;
    let skip_first = first.list_of(kind::STRUCT)? > 0 && Item::read(&mut first)?.name() == shown;
    let (count, last) = pass(&mut reader)?;
    Ok(RowAt {
        key: 0..key.len(),
        columns,
        count,
        last,
        skip_first,
    })
}

impl RowAt {
    /// Its key, in `bytes`.
    pub fn key<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.key.clone()).unwrap_or_default()
    }

    /// The name of its last column, in the answer.
    pub fn last<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        frame.get(self.last.clone()).unwrap_or_default()
    }

    /// How many columns are new.
    pub fn fresh(&self) -> usize {
        self.count - usize::from(self.skip_first)
    }
}

impl ThriftRows {
    /// Rows in `frame`. `key` holds the key where the answer does not.
    pub fn new(frame: Bytes, key: Option<Bytes>, mut rows: Vec<RowAt>, shape: Arc<Shape>) -> ThriftRows {
        // A row without columns was deleted; only its key is still there.
        rows.retain(|row| row.fresh() > 0);
        let shown = match shape.super_name {
            Some(_) => rows.iter().map(RowAt::fresh).sum(),
            None => rows.len(),
        };
        let raw = std::iter::once(frame).chain(key).collect();
        ThriftRows {
            raw,
            rows,
            shape,
            shown,
        }
    }

    fn key<'a>(&'a self, row: &RowAt) -> &'a [u8] {
        // The frame is always there; a key of its own is the last part.
        self.raw.last().map_or(&[], |bytes| row.key(bytes))
    }

    fn show(&self, row: &RowAt, each: &mut dyn FnMut(Row<'_>)) -> Result<(), Malformed> {
        let shape = &*self.shape;
        let frame = self.raw.first().map_or(&[][..], |frame| frame);
        let key = Part {
            name: shape.key_name.as_bytes(),
            name_type: None,
            value: self.key(row),
            cell_type: &shape.key,
        };
        let mut reader = Reader::from(frame, row.columns);
        let count = reader.list_of(kind::STRUCT)?;
        let mut cells = Vec::new();
        for index in 0..count {
            let item = Item::read(&mut reader)?;
            if index == 0 && row.skip_first {
                continue;
            }
            match item {
                Item::Column { name, value } => cells.push(part(shape, name, value)),
                Item::Super { name, mut columns } => {
                    let super_name = Part {
                        name: b"column1",
                        name_type: None,
                        value: name,
                        cell_type: shape.super_name.as_ref().unwrap_or(&shape.name),
                    };
                    let mut inside = Vec::new();
                    for _ in 0..columns.list_of(kind::STRUCT)? {
                        if let Item::Column { name, value } = Item::column(&mut columns)? {
                            inside.push(part(shape, name, value));
                        }
                    }
                    each(Row {
                        keys: &[key, super_name],
                        cells: &inside,
                    });
                }
            }
        }
        if !cells.is_empty() {
            each(Row {
                keys: &[key],
                cells: &cells,
            });
        }
        Ok(())
    }
}

fn part<'a>(shape: &'a Shape, name: &'a [u8], value: &'a [u8]) -> Part<'a> {
    let (cell_type, from_schema) = shape.cell(name);
    Part {
        name,
        name_type: (!from_schema).then_some(&shape.name),
        value,
        cell_type,
    }
}

impl Rows for ThriftRows {
    fn raw(&self) -> &[Bytes] {
        &self.raw
    }

    fn count(&self) -> usize {
        self.shown
    }

    fn visit(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), KeyspaceError> {
        for row in &self.rows {
            self.show(row, each)
                .map_err(|malformed| KeyspaceError::Malformed(malformed.to_string()))?;
        }
        Ok(())
    }
}
