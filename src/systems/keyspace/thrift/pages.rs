//! One page over Thrift: some rows with some columns each, then the rest of those rows that are wider.
//! Nothing is taken for read because an answer was short: rows are at their end when nothing new comes,
//! and a row whose answer was half full or more is asked for again. (Old servers make range reads short
//! where replicas disagree about deleted columns.)

use bytes::Bytes;

use super::calls::{End, Slice as ColumnSlice, Start, success};
use super::connection::{Answer, Connection};
use super::error::ThriftError;
use super::position::Position;
use super::protocol::{Malformed, kind};
use super::rows::{self, ThriftRows};
use super::slices::Bounds;
use super::{Arc, Known, Shape, ThriftKeyspace, errors};
use crate::systems::keyspace::{KeyspaceError, Page, PageRequest};

/// How many rows and columns a page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    rows: usize,
    columns: usize,
}

impl Extent {
    /// About `cells` cells, given how many a row has had so far. Room for four times the average keeps
    /// most rows whole; before anything is known, a square keeps the page within its size.
    fn of(cells: usize, average: Option<u32>) -> Extent {
        let cells = cells.max(1);
        let Some(average) = average else {
            let side = cells.isqrt().max(2);
            return Extent {
                rows: side,
                columns: side,
            };
        };
        let average = usize::try_from(average).unwrap_or(usize::MAX).max(1);
        Extent {
            rows: (cells / average).max(1),
            columns: average.saturating_mul(4).clamp(2, cells.max(2)),
        }
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl ThriftKeyspace {
    /// See [`crate::systems::keyspace::Keyspace::page`].
    pub(super) async fn read_page(&self, request: &PageRequest) -> Result<Page, KeyspaceError> {
        let known = self.known().await?;
        let table = &request.table.name;
        let shape = known.shapes.iter().find(|shape| shape.table == *table);
        let shape = shape.ok_or_else(|| KeyspaceError::NoSuchTable(table.clone()))?;
        let position = Position::decode(request.paging.as_ref())?;
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let page = match position.wide.first() {
            Some(_) => self.rest_of_row(known, shape, request, position, size).await,
            None => self.next_rows(known, shape, request, position, size).await,
        };
        page.map_err(|error| {
            errors::explain_page(error, &self.pool.access().address(), &self.keyspace, table)
        })
    }

    async fn next_rows(
        &self,
        known: &Known,
        shape: &Arc<Shape>,
        request: &PageRequest,
        position: Position,
        size: usize,
    ) -> Result<Page, ThriftError> {
        let extent = Extent::of(size, shape.cells_a_row());
        let slice = ColumnSlice {
            family: &shape.table,
            super_column: None,
            start: b"",
            count: number(extent.columns),
            consistency: known.consistency,
        };
        let bounds = Bounds::of(&request.slice);
        let shown = position.after.as_deref().or(bounds.after());
        let start = shown.map_or(bounds.start(), Start::Key);
        // The row that was last comes again, as the first.
        let count = number(extent.rows.saturating_add(usize::from(shown.is_some())));
        let node = request.slice.node.as_deref();
        let answer = self.range(node, slice, start, bounds.end(), count).await?;
        let frame = &answer.bytes;
        let mut found = rows::of_range(frame, success(&answer, kind::LIST)?)?;
        if shown.is_some() && found.first().map(|row| row.key(frame)) == shown {
            found.remove(0);
        }
        let Some(last) = found.last() else {
            return Ok(page(
                ThriftRows::new(answer.bytes, None, found, shape.clone()),
                None,
            ));
        };
        let after = last.key(frame).to_vec();
        if shown == Some(&after) {
            return Err(Malformed("the server goes round in circles").into());
        }
        let wide = found
            .iter()
            .filter(|row| row.count > 0 && row.count * 2 >= extent.columns)
            .map(|row| (row.key(frame).to_vec(), row.last(frame).to_vec()))
            .collect();
        shape.learn(found.len(), found.iter().map(|row| row.count).sum());
        let next = Position {
            after: Some(after),
            wide,
        };
        Ok(page(
            ThriftRows::new(answer.bytes, None, found, shape.clone()),
            Some(next),
        ))
    }

    async fn rest_of_row(
        &self,
        known: &Known,
        shape: &Arc<Shape>,
        request: &PageRequest,
        mut position: Position,
        size: usize,
    ) -> Result<Page, ThriftError> {
        let (key, shown) = position.wide.remove(0);
        let count = size.clamp(1, i32::MAX as usize - 1) + 1;
        let slice = ColumnSlice {
            family: &shape.table,
            super_column: None,
            start: &shown,
            count: number(count),
            consistency: known.consistency,
        };
        let answer = self.columns(request.slice.node.as_deref(), &key, slice).await?;
        let row = rows::of_row(success(&answer, kind::LIST)?, &key, &shown)?;
        if row.fresh() > 0 && row.count * 2 >= count {
            let last = row.last(&answer.bytes).to_vec();
            if last == shown {
                return Err(Malformed("the server goes round in circles").into());
            }
            position.wide.insert(0, (key.clone(), last));
        }
        let rows = ThriftRows::new(answer.bytes, Some(Bytes::from(key)), vec![row], shape.clone());
        Ok(page(rows, Some(position)))
    }

    /// A kept connection may have been closed by the server meanwhile; a read may be asked twice.
    async fn range(
        &self,
        node: Option<&str>,
        slice: ColumnSlice<'_>,
        start: Start<'_>,
        end: End<'_>,
        count: i32,
    ) -> Result<Answer, ThriftError> {
        loop {
            let (at, mut connection, used) = self.pool.take(node).await?;
            match connection.get_range_slices(slice, start, end, count).await {
                Err(ThriftError::Broken(_)) if used => {}
                answer => return self.done(at, connection, answer),
            }
        }
    }

    async fn columns(
        &self,
        node: Option<&str>,
        key: &[u8],
        slice: ColumnSlice<'_>,
    ) -> Result<Answer, ThriftError> {
        loop {
            let (at, mut connection, used) = self.pool.take(node).await?;
            match connection.get_slice(key, slice).await {
                Err(ThriftError::Broken(_)) if used => {}
                answer => return self.done(at, connection, answer),
            }
        }
    }

    fn done(
        &self,
        at: String,
        connection: Connection,
        answer: Result<Answer, ThriftError>,
    ) -> Result<Answer, ThriftError> {
        self.pool.give(at, connection);
        answer
    }

    /// About how many partitions the asked server holds of a table, where it can say: by its own
    /// sampling of what is on disk, so nothing small or fresh is counted.
    pub(super) async fn estimate(&self, table: &str) -> Result<Option<u64>, KeyspaceError> {
        let known = self.known().await?;
        let estimate = async {
            let (at, mut connection, _) = self.pool.take(None).await?;
            let mut sum = 0u64;
            for range in &known.ring {
                sum = sum.saturating_add(connection.estimate(table, &range.start, &range.end).await?);
            }
            self.pool.give(at, connection);
            Ok::<_, ThriftError>(sum)
        };
        match estimate.await {
            // One sample is the least that is ever said.
            Ok(sum) => Ok((sum > 128 * known.ring.len() as u64).then_some(sum)),
            // An older server does not know the call; the size stays unknown.
            Err(ThriftError::Server(_)) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }
}

fn page(rows: ThriftRows, next: Option<Position>) -> Page {
    Page {
        rows: Box::new(rows),
        next: next.map(|position| position.encode()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_near_its_size() {
        assert_eq!(
            Extent::of(100, None),
            Extent {
                rows: 10,
                columns: 10
            }
        );
        assert_eq!(Extent::of(1, None), Extent { rows: 2, columns: 2 });
        assert_eq!(
            Extent::of(1000, Some(3)),
            Extent {
                rows: 333,
                columns: 12
            }
        );
        assert_eq!(Extent::of(10, Some(5000)), Extent { rows: 1, columns: 10 });
        assert_eq!(Extent::of(0, Some(0)), Extent { rows: 1, columns: 2 });
    }
}
