//! One page searched: ruled out as a whole where its raw bytes allow it, else row by row.

use crate::domain::text;
use crate::systems::keyspace::cell_type::CellType;
use crate::systems::keyspace::description::{ColumnKind, TableInfo};
use crate::systems::keyspace::error::KeyspaceError;
use crate::systems::keyspace::matching::{Needles, Placing};
use crate::systems::keyspace::page::{Look, Page, Part, Row};
use crate::systems::keyspace::report::Match;

use super::checkpoint::SliceFound;

/// How pages of one table are searched.
pub(super) struct Searcher<'a> {
    needles: &'a Needles,
    table: &'a TableInfo,
    named: Option<&'a str>,
    /// Every page has to be taken apart.
    by_cell: bool,
    /// Nothing but values that begin like something compressed makes that necessary.
    by_beginning: bool,
    static_columns: Vec<&'a [u8]>,
}

impl<'a> Searcher<'a> {
    pub(super) fn new(needles: &'a Needles, table: &'a TableInfo, named: Option<&'a str>) -> Searcher<'a> {
        let is_static = |kind| kind == ColumnKind::Static;
        let plain = |kind: &CellType| matches!(kind, CellType::Blob) || !needles.needs_cells(kind);
        Searcher {
            needles,
            table,
            named,
            by_cell: table.columns.is_empty()
                || table
                    .searchable()
                    .any(|column| needles.needs_cells(&column.cell_type)),
            by_beginning: !table.columns.is_empty()
                && table.searchable().all(|column| plain(&column.cell_type)),
            static_columns: table
                .columns
                .iter()
                .filter(|column| is_static(column.kind))
                .map(|column| column.name.as_bytes())
                .collect(),
        }
    }

    /// Adds what a page holds to `found`.
    pub(super) fn search(&self, page: &Page, found: &mut SliceFound) -> Result<(), KeyspaceError> {
        found.rows += page.rows.count() as u64;
        found.bytes += page.bytes();
        if let Some(text) = self.named.filter(|_| !found.named) {
            found.named = self.is_named(page, text);
        }
        let may_hold = |bytes: &[u8]| self.needles.may_hold(bytes);
        let in_page = || page.rows.raw().iter().any(|bytes| may_hold(bytes));
        if self.by_cell && !self.by_beginning {
            let shown = in_page();
            return page.rows.visit(&mut |row| self.row(&row, shown, found));
        }
        // Where the beginnings of values have to be looked at, the bytes of a run of rows are searched
        // while they are near; else those of the page, few rows of which hold somebody if any does.
        if !self.by_cell && !in_page() {
            return Ok(());
        }
        let look = |bytes: &[u8], compressed: bool| match may_hold(bytes) {
            true => Look::Shown,
            false if self.by_cell && compressed => Look::Hidden,
            false => Look::Nowhere,
        };
        page.rows.visit_where(&look, &mut |row, look| {
            self.row(&row, look == Look::Shown, found);
        })
    }

    /// Whether the text stands in this page, or in the names of the table that holds it.
    fn is_named(&self, page: &Page, text: &str) -> bool {
        // What comes before may be the length of the value, and look like a letter; what follows is
        // another value, or more of a longer name.
        let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let holds = |bytes: &[u8]| {
            memchr::memmem::find_iter(bytes, text.as_bytes())
                .any(|at| !bytes.get(at + text.len()).is_some_and(goes_on))
        };
        page.rows.count() > 0
            && (self.table.name.contains(text)
                || self.table.columns.iter().any(|column| column.name.contains(text))
                || page.rows.raw().iter().any(|bytes| holds(bytes)))
    }

    /// `shown` says that the bytes of the page may show somebody; otherwise only what is compressed, or a
    /// number, is left to be looked at.
    fn row(&self, row: &Row<'_>, shown: bool, found: &mut SliceFound) {
        let look = |cell_type: &CellType, bytes: &[u8]| match shown {
            true => self.needles.cell_may_hold(cell_type, bytes),
            false => self.needles.cell_may_hide(cell_type, bytes),
        };
        for part in row.keys.iter().chain(row.cells) {
            if look(part.cell_type, part.value) {
                self.bytes(row, part, part.cell_type, part.value, false, found);
            }
            if let Some(name_type) = part.name_type
                && look(name_type, part.name)
            {
                self.bytes(row, part, name_type, part.name, true, found);
            }
        }
    }

    fn bytes(
        &self,
        row: &Row<'_>,
        part: &Part<'_>,
        cell_type: &CellType,
        bytes: &[u8],
        is_name: bool,
        found: &mut SliceFound,
    ) {
        let base = if is_name { "#name" } else { "" };
        let findings = self.needles.search_cell(cell_type, bytes, base);
        if findings.is_empty() {
            return;
        }
        found.unopened += findings.unopened;
        let is_static = self.static_columns.contains(&part.name);
        let place = self.place(row, part, is_static);
        // A static column stands in every row of its partition, and is one place.
        if is_static
            && found
                .matches
                .iter()
                .any(|known| known.column == place.column && known.key == place.key)
        {
            return;
        }
        for (search, hits) in findings.substrings {
            *found.substrings.entry(search).or_default() += hits;
        }
        found
            .matches
            .extend(findings.found.into_iter().map(|finding| Match {
                search: finding.search,
                pointer: finding.pointer,
                snippet: finding.snippet,
                kind: finding.kind,
                certainty: finding.certainty,
                ..place.clone()
            }));
    }

    fn place(&self, row: &Row<'_>, part: &Part<'_>, is_static: bool) -> Match {
        let mut keys = row.keys.to_vec();
        if is_static {
            let partition = self
                .table
                .columns
                .iter()
                .filter(|column| column.kind == ColumnKind::Partition);
            keys.truncate(partition.count().max(1));
        }
        let key_parts: Vec<(String, String)> = keys
            .iter()
            .map(|part| (name(part), show(part.cell_type, part.value)))
            .collect();
        let column = name(part);
        let placing = Placing::of(row, &column);
        Match {
            search: 0,
            table: self.table.name.clone(),
            key: key_parts
                .iter()
                .map(|(_, value)| value.as_str())
                .collect::<Vec<_>>()
                .join(":"),
            key_parts,
            column,
            pointer: String::new(),
            snippet: String::new(),
            group: placing.group,
            owner: placing.owner,
            kind: crate::systems::keyspace::report::MatchKind::Email,
            certainty: crate::systems::keyspace::report::Certainty::Possible,
        }
    }
}

fn name(part: &Part<'_>) -> String {
    show(part.name_type.unwrap_or(&CellType::Text), part.name)
}

/// A key or name as people read it: text, a number, a UUID, or hexadecimal.
fn show(cell_type: &CellType, bytes: &[u8]) -> String {
    let hexadecimal = || {
        let digits: String = bytes.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
        format!("0x{digits}{}", if bytes.len() > 64 { "…" } else { "" })
    };
    match cell_type {
        CellType::Text | CellType::Blob => match std::str::from_utf8(bytes) {
            Ok(text) if *cell_type == CellType::Text || !text.chars().any(char::is_control) => {
                text::clean(text)
            }
            _ => hexadecimal(),
        },
        CellType::Integer if !bytes.is_empty() && bytes.len() <= 8 => {
            let start = if bytes[0] & 0x80 == 0 { 0i64 } else { -1 };
            let value = bytes
                .iter()
                .fold(start, |value, byte| value << 8 | i64::from(*byte));
            value.to_string()
        }
        CellType::Opaque => match uuid::Uuid::from_slice(bytes) {
            Ok(uuid) => uuid.hyphenated().to_string(),
            Err(_) => hexadecimal(),
        },
        CellType::Composite(parts) => composite(parts, bytes).unwrap_or_else(hexadecimal),
        _ => hexadecimal(),
    }
}

fn composite(parts: &[CellType], bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    let mut shown = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let value = after.get(..length)?;
        shown.push(show(parts.get(shown.len()).unwrap_or(&CellType::Blob), value));
        rest = after.get(length + 1..).unwrap_or_default();
    }
    Some(shown.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_as_people_read_them() {
        assert_eq!(show(&CellType::Text, b"agent7"), "agent7");
        assert_eq!(show(&CellType::Blob, &[0, 1, 255]), "0x0001ff");
        assert_eq!(show(&CellType::Integer, &(-7i32).to_be_bytes()), "-7");
        assert_eq!(
            show(&CellType::Opaque, &[0; 16]),
            "00000000-0000-0000-0000-000000000000"
        );
        let kind = CellType::Composite(vec![CellType::Text, CellType::Text]);
        assert_eq!(show(&kind, b"\0\x01a\0\0\x01b\0"), "a:b");
        assert_eq!(show(&kind, b"\0\x09a"), "0x000961");
    }
}
