//! How the rows of one column family are made: the types of its keys, names and values. Made from the
//! schema once, shared by all pages.

use std::sync::atomic::{AtomicU32, Ordering};

use super::schema::FamilyDef;
use super::types;
use crate::systems::keyspace::{CellType, Column, ColumnKind, TableInfo, TableKind};

/// Names of columns that are data have no name of their own; this is what CQL calls them.
const NAME: &str = "column1";

/// How rows of a column family are made.
#[derive(Debug)]
pub struct Shape {
    /// The column family.
    pub table: String,
    /// How it came to be.
    pub kind: TableKind,
    /// Type of the row keys.
    pub key: CellType,
    /// Type of the names of super columns, where there are any.
    pub super_name: Option<CellType>,
    /// Type of the column names.
    pub name: CellType,
    /// Type of values whose column is not declared.
    pub value: CellType,
    /// Declared columns, sorted by name.
    pub declared: Vec<(Vec<u8>, CellType)>,
    /// In tables made by CQL: which component of a cell's name says the column.
    pub component: Option<usize>,
    /// What the key is called.
    pub key_name: String,
    class_names: Classes,
    /// Average number of cells a row, in sixteenths; 0 while unknown.
    seen: AtomicU32,
}

/// Types in the server's words.
#[derive(Debug, Default)]
struct Classes {
    key: String,
    super_name: String,
    name: String,
    value: String,
    declared: Vec<String>,
}

impl Shape {
    /// Of a column family as Thrift describes it.
    pub fn of(def: &FamilyDef) -> Shape {
        let unknown = || "BytesType".to_owned();
        let mut columns: Vec<_> = def.columns.iter().collect();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        let (super_name, name) = if def.is_super {
            (
                def.comparator.clone(),
                def.subcomparator.clone().unwrap_or_else(unknown),
            )
        } else {
            (String::new(), def.comparator.clone())
        };
        let classes = Classes {
            key: def.key_type.clone().unwrap_or_else(unknown),
            super_name,
            name,
            value: def.value_type.clone().unwrap_or_else(unknown),
            declared: columns.iter().map(|column| column.value_type.clone()).collect(),
        };
        Shape {
            table: def.name.clone(),
            kind: match (def.is_super, columns.is_empty()) {
                (true, _) => TableKind::Super,
                (false, true) => TableKind::CompactDynamic,
                (false, false) => TableKind::CompactStatic,
            },
            key: types::parse(&classes.key),
            super_name: def.is_super.then(|| types::parse(&classes.super_name)),
            name: types::parse(&classes.name),
            value: types::parse(&classes.value),
            declared: columns
                .iter()
                .map(|column| (column.name.clone(), types::parse_cell(&column.value_type)))
                .collect(),
            component: None,
            key_name: "key".to_owned(),
            class_names: classes,
            seen: AtomicU32::new(0),
        }
    }

    /// Of a table made by CQL, which Thrift reads but does not describe. `component` says which part
    /// of a cell's name is the column.
    pub fn of_cql(def: &FamilyDef, component: Option<usize>, key_name: Option<String>) -> Shape {
        let mut shape = Shape::of(def);
        shape.kind = TableKind::Cql;
        shape.component = component;
        if let Some(name) = key_name {
            shape.key_name = name;
        }
        shape
    }

    /// The declaration that fits a column's name: its type, and whether the name comes from the schema
    /// and is no data.
    pub fn cell(&self, name: &[u8]) -> (&CellType, bool) {
        let wanted = match self.component {
            Some(index) => component(name, index).unwrap_or_default(),
            None => name,
        };
        match self
            .declared
            .binary_search_by(|(known, _)| known.as_slice().cmp(wanted))
        {
            // The name of a cell of CQL holds clustering values too.
            Ok(index) => (&self.declared[index].1, self.component.is_none()),
            Err(_) => (&self.value, false),
        }
    }

    /// Average number of cells a row seen so far, at least 1; `None` before the first page.
    pub fn cells_a_row(&self) -> Option<u32> {
        match self.seen.load(Ordering::Relaxed) {
            0 => None,
            sixteenths => Some((sixteenths / 16).max(1)),
        }
    }

    /// Remembers how many cells the rows of a page had.
    pub fn learn(&self, rows: usize, cells: usize) {
        if rows == 0 {
            return;
        }
        let now = u32::try_from(cells.saturating_mul(16) / rows)
            .unwrap_or(u32::MAX)
            .max(1);
        let before = self.seen.load(Ordering::Relaxed);
        let next = if before == 0 {
            now
        } else {
            before / 4 * 3 + now / 4
        };
        // Two pages at once may lose one of two observations; it is an estimate.
        self.seen.store(next.max(1), Ordering::Relaxed);
    }

    /// As the trait describes a table. Nothing over Thrift is hidden.
    pub fn describe(&self, partitions: Option<u64>) -> TableInfo {
        let column = |name: &str, kind, cell_type: &CellType, type_name: &str| Column {
            name: name.to_owned(),
            kind,
            cell_type: cell_type.clone(),
            type_name: type_name.replace("org.apache.cassandra.db.marshal.", ""),
            unsearchable: None,
        };
        let classes = &self.class_names;
        let mut columns = vec![column(
            &self.key_name,
            ColumnKind::Partition,
            &self.key,
            &classes.key,
        )];
        let name = match &self.super_name {
            Some(super_name) => {
                columns.push(column(
                    NAME,
                    ColumnKind::Clustering,
                    super_name,
                    &classes.super_name,
                ));
                "column2"
            }
            None => NAME,
        };
        columns.push(column(name, ColumnKind::Clustering, &self.name, &classes.name));
        for ((known, cell_type), class) in self.declared.iter().zip(&classes.declared) {
            let known = crate::domain::text::clean(&String::from_utf8_lossy(known));
            columns.push(column(&known, ColumnKind::Regular, cell_type, class));
        }
        columns.push(column("value", ColumnKind::Regular, &self.value, &classes.value));
        TableInfo {
            name: self.table.clone(),
            kind: self.kind,
            columns,
            bytes: None,
            partitions,
            hidden_columns: false,
        }
    }
}

/// Component `index` of a composite name: length of two bytes, bytes, end-of-component, and so on.
/// A leading length of 0xffff marks static columns and stands for nothing.
pub fn component(mut name: &[u8], index: usize) -> Option<&[u8]> {
    if let [0xff, 0xff, rest @ ..] = name {
        name = rest;
    }
    let mut at = 0;
    loop {
        let (length, rest) = name.split_first_chunk::<2>()?;
        let (part, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        if at == index {
            return Some(part);
        }
        at += 1;
        name = rest.get(1..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::keyspace::thrift::schema::ColumnDef;

    fn family() -> FamilyDef {
        FamilyDef {
            name: "settings".to_owned(),
            comparator: "org.apache.cassandra.db.marshal.UTF8Type".to_owned(),
            value_type: Some("BytesType".to_owned()),
            columns: vec![
                ColumnDef {
                    name: b"phone".to_vec(),
                    value_type: "LongType".to_owned(),
                },
                ColumnDef {
                    name: b"email".to_vec(),
                    value_type: "UTF8Type".to_owned(),
                },
            ],
            ..FamilyDef::default()
        }
    }

    #[test]
    fn declared_columns_have_their_own_type() {
        let shape = Shape::of(&family());
        assert_eq!(shape.kind, TableKind::CompactStatic);
        assert_eq!(shape.cell(b"email"), (&CellType::Text, true));
        assert_eq!(shape.cell(b"phone"), (&CellType::Integer, true));
        assert_eq!(shape.cell(b"other"), (&CellType::Blob, false));
        let names: Vec<_> = shape
            .describe(None)
            .columns
            .into_iter()
            .map(|column| column.name)
            .collect();
        assert_eq!(names, ["key", "column1", "email", "phone", "value"]);
    }

    #[test]
    fn cells_of_cql_tell_their_column_in_a_component() {
        let shape = Shape::of_cql(&family(), Some(1), Some("owner".to_owned()));
        let name = b"\x00\x02cc\x00\x00\x05phone\x00";
        assert_eq!(component(name, 0), Some(&b"cc"[..]));
        assert_eq!(component(name, 1), Some(&b"phone"[..]));
        assert_eq!(component(name, 2), None);
        assert_eq!(component(b"\x00\xffcc", 0), None);
        assert_eq!(shape.cell(name), (&CellType::Integer, false));
        assert_eq!(shape.describe(None).columns[0].name, "owner");
    }

    #[test]
    fn the_average_follows_what_is_seen() {
        let shape = Shape::of(&family());
        assert_eq!(shape.cells_a_row(), None);
        shape.learn(10, 30);
        assert_eq!(shape.cells_a_row(), Some(3));
        for _ in 0..40 {
            shape.learn(1, 1000);
        }
        assert!(shape.cells_a_row().unwrap() > 900);
        shape.learn(0, 0);
    }
}
