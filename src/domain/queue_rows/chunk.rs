//! A few hundred rows side by side, and one of them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::shorten;
use super::words::Tables;
use crate::domain::deadline::days_between;
use crate::domain::queue::{Origin, PackedSubject, QueueRow};
use crate::domain::request::RequestType;

/// Ends every field in the folded text; folded text does not contain it.
pub(super) const END: char = '\n';
/// Stands for a row without a time, a due day or a creator.
pub(super) const NONE: u32 = u32::MAX;
/// Numbers of types from here on are those of words that are not known to us.
pub(super) const UNKNOWN_TYPES: u32 = RequestType::ALL.len() as u32;

/// A field that may be absent, equal to its folded form, or kept as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Absent,
    Folded,
    AsIs,
}

/// The fields in the order in which they stand in both texts.
pub(super) const FIELDS: usize = 4;

/// What every row has, in numbers.
#[derive(Clone, Copy)]
pub(super) struct Fixed {
    /// Microseconds since 1970, as the store keeps them; `i64::MIN` for none.
    pub submitted: i64,
    /// Days since 1970; `i32::MIN` for none.
    pub due: i32,
    pub folded_at: u32,
    pub rest_at: u32,
    pub status: u32,
    pub kind: u32,
    pub created_by: u32,
    pub results: u16,
    pub downloaded: u16,
    pub origin: Origin,
    pub kept: [Kept; FIELDS],
}

/// Rows side by side.
pub(super) struct Chunk {
    pub rows: Box<[Fixed]>,
    /// Label, id, operation id and reference of each row, folded, each with [`END`].
    pub folded: Box<str>,
    /// What differs from its folded form, then the subject, each with its length before it.
    pub rest: Box<[u8]>,
}

impl Chunk {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Bytes that its rows take.
    pub fn bytes(&self) -> usize {
        std::mem::size_of_val(&*self.rows) + self.folded.len() + self.rest.len()
    }

    /// The folded text of a row.
    pub fn folded(&self, at: usize) -> &str {
        let end = self
            .rows
            .get(at + 1)
            .map_or(self.folded.len(), |next| next.folded_at as usize);
        self.folded
            .get(self.rows[at].folded_at as usize..end)
            .unwrap_or_default()
    }

    /// What else there is of a row.
    pub fn rest(&self, at: usize) -> &[u8] {
        let end = self
            .rows
            .get(at + 1)
            .map_or(self.rest.len(), |next| next.rest_at as usize);
        self.rest
            .get(self.rows[at].rest_at as usize..end)
            .unwrap_or_default()
    }
}

/// One packed row.
#[derive(Clone, Copy)]
pub struct RowRef<'a> {
    pub(super) tables: &'a Tables,
    pub(super) chunk: &'a Chunk,
    pub(super) at: usize,
}

impl<'a> RowRef<'a> {
    pub(super) fn new(tables: &'a Tables, chunk: &'a Chunk, at: usize) -> RowRef<'a> {
        RowRef { tables, chunk, at }
    }

    pub(super) fn fixed(&self) -> &'a Fixed {
        &self.chunk.rows[self.at]
    }

    /// Label, id, operation id and reference, then the shortened subject.
    fn fields(&self) -> ([Option<&'a str>; FIELDS], &'a [u8]) {
        let mut folded = self.chunk.folded(self.at).split(END);
        let mut rest = self.chunk.rest(self.at);
        let mut fields = [None; FIELDS];
        for (field, kept) in fields.iter_mut().zip(self.fixed().kept) {
            let folded = folded.next().unwrap_or_default();
            *field = match kept {
                Kept::Absent => None,
                Kept::Folded => Some(folded),
                Kept::AsIs => std::str::from_utf8(shorten::take(&mut rest)).ok(),
            };
        }
        (fields, shorten::take(&mut rest))
    }

    /// Remote id; `None` while unknown.
    pub fn id(&self) -> Option<&'a str> {
        self.fields().0[1]
    }

    /// The id that `requests show` takes: remote, else ours.
    pub fn any_id(&self) -> &'a str {
        let ([_, id, operation_id, _], _) = self.fields();
        id.or(operation_id).unwrap_or_default()
    }

    /// True when the request is known by this id, remote or ours.
    pub fn has_id(&self, wanted: &str) -> bool {
        let ([_, id, operation_id, _], _) = self.fields();
        id == Some(wanted) || operation_id == Some(wanted)
    }

    /// The label, folded, for sorting.
    pub fn folded_label(&self) -> &'a str {
        self.chunk.folded(self.at).split(END).next().unwrap_or_default()
    }

    /// The API's status as it is, or ours.
    pub fn status(&self) -> &'a str {
        self.tables
            .statuses
            .get(self.fixed().status)
            .map(|word| &**word)
            .unwrap_or_default()
    }

    /// Type; `None` for a word that is not known.
    pub fn kind(&self) -> Option<RequestType> {
        RequestType::ALL.get(self.fixed().kind as usize).copied()
    }

    /// Our word for the type, else the API's.
    pub fn type_word(&self) -> &'a str {
        match self.kind() {
            Some(kind) => kind.as_str(),
            None => self.type_text().map(|word| &**word).unwrap_or_default(),
        }
    }

    fn type_text(&self) -> Option<&'a Arc<str>> {
        self.tables
            .types
            .get(self.fixed().kind.checked_sub(UNKNOWN_TYPES)?)
    }

    /// When it was submitted.
    pub fn submitted_at(&self) -> Option<Timestamp> {
        // `i64::MIN` microseconds are far outside of what a timestamp can be.
        Timestamp::from_microsecond(self.fixed().submitted).ok()
    }

    /// Due day, where one can be computed.
    pub fn due(&self) -> Option<Date> {
        let days = Some(self.fixed().due).filter(|days| *days != i32::MIN)?;
        Date::constant(1970, 1, 1)
            .checked_add(jiff::Span::new().days(days))
            .ok()
    }

    /// The whole row.
    pub fn unpack(&self) -> QueueRow {
        let fixed = self.fixed();
        let ([label, id, operation_id, reference], subject) = self.fields();
        let label = label.unwrap_or_default();
        let kind = self.kind();
        let unknown = || self.type_text().cloned().unwrap_or_default();
        QueueRow {
            id: id.map(Into::into),
            operation_id: operation_id.map(Into::into),
            kind,
            type_text: kind.map_or_else(unknown, |kind| Arc::from(kind.api_name())),
            status: self
                .tables
                .statuses
                .get(fixed.status)
                .cloned()
                .unwrap_or_default(),
            subject: PackedSubject::from_json(shorten::expand(subject, label)),
            label: label.into(),
            submitted_at: self.submitted_at(),
            created_by: self.tables.people.get(fixed.created_by).cloned(),
            origin: fixed.origin,
            due: self.due(),
            reference: reference.map(Into::into),
            results: u32::from(fixed.results),
            downloaded: u32::from(fixed.downloaded),
        }
    }
}

/// The number of a day.
pub(super) fn number_of_day(day: Date) -> i32 {
    days_between(Date::constant(1970, 1, 1), day)
}
