//! Pages walked row by row, and in runs.

use super::*;
use crate::systems::keyspace::{CellType, Column, TableKind};

fn table() -> TableInfo {
    let column = |name: &str, kind, unsearchable: Option<&str>| Column {
        name: name.to_owned(),
        kind,
        cell_type: CellType::Text,
        type_name: "text".to_owned(),
        unsearchable: unsearchable.map(str::to_owned),
    };
    TableInfo {
        name: "Odd\"Table".to_owned(),
        kind: TableKind::Cql,
        columns: vec![
            column("key", ColumnKind::Partition, None),
            column("column1", ColumnKind::Clustering, None),
            column("odd", ColumnKind::Regular, Some("custom")),
            column("value", ColumnKind::Regular, None),
        ],
        bytes: None,
        partitions: None,
        hidden_columns: false,
    }
}

#[test]
fn the_statement_quotes_names_and_limits_tokens() {
    assert_eq!(
        select("sipfs", &table(), true, true).unwrap(),
        "SELECT \"key\", \"column1\", \"value\" FROM \"sipfs\".\"Odd\"\"Table\" \
         WHERE token(\"key\") > ? AND token(\"key\") <= ?"
    );
    assert!(
        select("sipfs", &table(), false, false)
            .unwrap()
            .ends_with("\"Odd\"\"Table\"")
    );
}

#[test]
fn rows_are_walked_and_lengths_are_checked() {
    let bytes = b"\0\0\0\x02k1\0\0\0\x01a\xff\xff\xff\xff\0\0\0\0\0\0\0\x01b\0\0\0\x02v2";
    let mut seen = Vec::new();
    visit(bytes, 2, &table(), &mut |row| {
        assert_eq!(row.keys.len(), 2);
        seen.push(String::from_utf8_lossy(row.cells[0].value).into_owned());
    })
    .unwrap();
    assert_eq!(seen, ["", "v2"]);
    for broken in [&bytes[..10], &bytes[..bytes.len() - 1]] {
        assert!(visit(broken, 2, &table(), &mut |_| {}).is_err());
    }
    assert!(visit(bytes, 1, &table(), &mut |_| {}).is_err());
}

/// A page of rows with these values.
fn page(values: &[&[u8]]) -> CqlRows {
    let mut raw = Vec::new();
    for (number, value) in values.iter().enumerate() {
        let key = format!("key{number}");
        for cell in [key.as_bytes(), b"column", value] {
            raw.extend((cell.len() as u32).to_be_bytes());
            raw.extend(cell);
        }
    }
    CqlRows {
        raw: [raw.into()],
        count: values.len(),
        table: Arc::new(table()),
    }
}

fn shown(rows: &CqlRows, wanted: &dyn Fn(&[u8], bool) -> bool) -> Result<Vec<String>, KeyspaceError> {
    let mut seen = Vec::new();
    let look = |bytes: &[u8], compressed| match wanted(bytes, compressed) {
        true => Look::Hidden,
        false => Look::Nowhere,
    };
    rows.visit_where(&look, &mut |row, look| {
        assert_eq!(look, Look::Hidden);
        seen.push(String::from_utf8_lossy(row.keys[0].value).into_owned());
    })?;
    Ok(seen)
}

#[test]
fn runs_of_rows_without_anybody_are_left_out_and_no_others() {
    for count in [1, RUN - 1, RUN, RUN + 1, 3 * RUN + 5] {
        for at in 0..count {
            let mut values: Vec<&[u8]> = vec![b"nobody"; count];
            values[at] = b"jane";
            let rows = page(&values);
            let seen = shown(&rows, &|bytes, _| memchr::memmem::find(bytes, b"jane").is_some()).unwrap();
            assert!(
                seen.contains(&format!("key{at}")) && seen.len() <= RUN,
                "{seen:?}"
            );
            values[at] = b"\x1f\x8b\x08 packed";
            assert!(shown(&page(&values), &|_, compressed| compressed).unwrap() == seen);
        }
        assert_eq!(
            shown(&page(&vec![b"x".as_slice(); count]), &|_, _| true)
                .unwrap()
                .len(),
            count
        );
    }
    assert!(shown(&page(&[]), &|_, _| true).unwrap().is_empty());
}

#[test]
fn a_page_that_breaks_off_is_told_also_where_nobody_looks() {
    let whole = page(&[b"nobody".as_slice(); 70]);
    for left in [whole.raw[0].len() - 1, whole.raw[0].len() / 2, 9] {
        let rows = CqlRows {
            raw: [whole.raw[0].slice(..left)],
            count: 70,
            table: Arc::clone(&whole.table),
        };
        assert!(shown(&rows, &|_, _| false).is_err());
    }
    // As many runs as there should be, and no more rows.
    let short = CqlRows {
        raw: whole.raw.clone(),
        count: 71,
        table: Arc::clone(&whole.table),
    };
    assert!(shown(&short, &|_, _| false).is_err());
    let long = CqlRows { count: 69, ..whole };
    assert!(shown(&long, &|_, _| false).is_err());
}
