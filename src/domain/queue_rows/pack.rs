//! Rows into chunks.

use std::sync::Arc;

use super::QueueRows;
use super::chunk::{Chunk, END, FIELDS, Fixed, Kept, NONE, RowRef, UNKNOWN_TYPES, number_of_day};
use super::shorten;
use super::words::{Tables, Words};
use crate::domain::filter::fold;
use crate::domain::queue::QueueRow;
use crate::domain::request::RequestType;

/// Rows of a full chunk.
const FULL: usize = 512;

/// Packs rows in the order in which they come.
#[derive(Default)]
pub struct Packer {
    tables: Arc<Tables>,
    chunks: Vec<Arc<Chunk>>,
    rows: Vec<Fixed>,
    folded: String,
    rest: Vec<u8>,
}

impl Packer {
    /// A packer that goes on with the words of other rows.
    pub(super) fn with(tables: Arc<Tables>) -> Packer {
        Packer {
            tables,
            ..Packer::default()
        }
    }

    /// Packs one row.
    pub fn push(&mut self, row: &QueueRow) {
        let (folded_at, rest_at) = (position(self.folded.len()), position(self.rest.len()));
        let label = Some(&*row.label);
        let fields = [
            label,
            row.id.as_deref(),
            row.operation_id.as_deref(),
            row.reference.as_deref(),
        ];
        let mut kept = [Kept::Absent; FIELDS];
        for (kept, field) in kept.iter_mut().zip(fields) {
            *kept = self.field(field);
        }
        shorten::put(
            &mut self.rest,
            &shorten::shorten(row.subject.as_json(), &row.label),
        );
        let known = row
            .kind
            .and_then(|kind| RequestType::ALL.iter().position(|k| *k == kind));
        let fixed = Fixed {
            submitted: row.submitted_at.map_or(i64::MIN, microseconds),
            due: row.due.map_or(i32::MIN, number_of_day),
            folded_at,
            rest_at,
            status: self.number(
                |tables| &mut tables.statuses,
                |tables| &tables.statuses,
                &row.status,
            ),
            kind: match known {
                Some(at) => position(at),
                None => {
                    UNKNOWN_TYPES
                        + self.number(|tables| &mut tables.types, |tables| &tables.types, &row.type_text)
                }
            },
            created_by: row.created_by.as_ref().map_or(NONE, |by| {
                self.number(|tables| &mut tables.people, |tables| &tables.people, by)
            }),
            results: u16::try_from(row.results).unwrap_or(u16::MAX),
            downloaded: u16::try_from(row.downloaded).unwrap_or(u16::MAX),
            origin: row.origin,
            kept,
        };
        self.add(fixed);
    }

    /// Copies a packed row whose words have the same numbers.
    pub(super) fn push_ref(&mut self, row: RowRef<'_>) {
        let fixed = Fixed {
            folded_at: position(self.folded.len()),
            rest_at: position(self.rest.len()),
            ..*row.fixed()
        };
        self.folded.push_str(row.chunk.folded(row.at));
        self.rest.extend_from_slice(row.chunk.rest(row.at));
        self.add(fixed);
    }

    fn add(&mut self, fixed: Fixed) {
        self.rows.push(fixed);
        if self.rows.len() == FULL {
            self.close();
        }
    }

    /// Folded into the search text, and as it is behind it where that differs.
    fn field(&mut self, field: Option<&str>) -> Kept {
        let Some(field) = field else {
            self.folded.push(END);
            return Kept::Absent;
        };
        let from = self.folded.len();
        if field
            .bytes()
            .all(|byte| byte.is_ascii() && !byte.is_ascii_control())
        {
            self.folded.push_str(field);
            self.folded[from..].make_ascii_lowercase();
        } else {
            self.folded.push_str(&fold(field));
        }
        let same = &self.folded[from..] == field;
        self.folded.push(END);
        if same {
            return Kept::Folded;
        }
        shorten::put(&mut self.rest, field.as_bytes());
        Kept::AsIs
    }

    fn number(
        &mut self,
        table: impl Fn(&mut Tables) -> &mut Words,
        read: impl Fn(&Tables) -> &Words,
        word: &Arc<str>,
    ) -> u32 {
        let known = read(&self.tables).find(word);
        known.unwrap_or_else(|| table(Arc::make_mut(&mut self.tables)).add(word))
    }

    /// Takes over a whole chunk whose words have the same numbers.
    pub(super) fn share(&mut self, chunk: &Arc<Chunk>) {
        self.close();
        self.chunks.push(Arc::clone(chunk));
    }

    /// Ends the chunk begun.
    pub(super) fn close(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        self.chunks.push(Arc::new(Chunk {
            rows: self.rows.as_slice().into(),
            folded: self.folded.as_str().into(),
            rest: self.rest.as_slice().into(),
        }));
        self.rows.clear();
        self.folded.clear();
        self.rest.clear();
    }

    /// All rows packed.
    pub fn finish(mut self) -> QueueRows {
        self.close();
        let mut starts = vec![0];
        let mut rows = 0;
        for chunk in &self.chunks {
            rows += position(chunk.len());
            starts.push(rows);
        }
        QueueRows {
            tables: self.tables,
            chunks: self.chunks,
            starts,
        }
    }
}

/// Rounded down, so that a moment never moves past a limit.
fn microseconds(at: jiff::Timestamp) -> i64 {
    let whole = at.as_microsecond();
    let cut_up = at.subsec_nanosecond() % 1_000 < 0;
    whole - i64::from(cut_up)
}

fn position(at: usize) -> u32 {
    // A chunk holds a few hundred rows and a queue fewer than four thousand million.
    u32::try_from(at).unwrap_or(u32::MAX)
}
