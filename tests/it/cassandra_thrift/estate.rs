//! What the tests write: column families of all shapes, with one person in hidden places.

use std::io::Write as _;

use crate::support::old_cassandra::{Family, Writer};

/// The keyspace.
pub const KEYSPACE: &str = "sipfs";
/// Who is looked for.
pub const PERSON: &[u8] = b"jane.roe@example.org";

/// A cell with everything that says where it is.
#[derive(Clone)]
struct Written {
    table: &'static str,
    key: Vec<u8>,
    super_name: Option<Vec<u8>>,
    name: Vec<u8>,
    value: Vec<u8>,
}

/// What was written by Thrift and is there.
#[derive(Default)]
pub struct Stored {
    cells: Vec<Written>,
}

impl Stored {
    fn add(
        &mut self,
        table: &'static str,
        key: &str,
        super_name: Option<&str>,
        name: impl Into<Vec<u8>>,
        value: impl Into<Vec<u8>>,
    ) {
        self.cells.push(Written {
            table,
            key: key.as_bytes().to_vec(),
            super_name: super_name.map(|name| name.as_bytes().to_vec()),
            name: name.into(),
            value: value.into(),
        });
    }

    /// Names of the tables.
    pub fn tables(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.cells.iter().map(|cell| cell.table).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Keys (with the super column's name), column names and values of a table.
    pub fn cells(&self, table: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>, Vec<u8>)> {
        self.cells
            .iter()
            .filter(move |cell| cell.table == table)
            .map(|cell| {
                let key = [
                    cell.key.as_slice(),
                    cell.super_name.as_deref().unwrap_or_default(),
                ]
                .concat();
                (key, cell.name.clone(), cell.value.clone())
            })
    }

    fn send(&self, writer: &mut Writer) {
        for table in self.tables() {
            let cells: Vec<_> = self
                .cells
                .iter()
                .filter(|cell| cell.table == table)
                .map(|cell| {
                    (
                        cell.key.as_slice(),
                        cell.super_name.as_deref(),
                        cell.name.as_slice(),
                        cell.value.as_slice(),
                    )
                })
                .collect();
            writer.put(table, &cells);
        }
    }
}

/// Text compressed as some applications store it.
pub fn zipped(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

fn composite(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
        out.extend(*part);
        out.push(0);
    }
    out
}

const FAMILIES: &[Family<'static>] = &[
    Family {
        name: "settings_static",
        is_super: false,
        comparator: "UTF8Type",
        sub: None,
        key: "UTF8Type",
        value: "BytesType",
        columns: &[("email", "UTF8Type"), ("phone", "LongType")],
        compression: None,
    },
    Family {
        name: "settings",
        is_super: false,
        comparator: "UTF8Type",
        sub: None,
        key: "UTF8Type",
        value: "BytesType",
        columns: &[],
        compression: Some("SnappyCompressor"),
    },
    Family {
        name: "favorites",
        is_super: true,
        comparator: "UTF8Type",
        sub: Some("UTF8Type"),
        key: "UTF8Type",
        value: "UTF8Type",
        columns: &[],
        compression: Some("DeflateCompressor"),
    },
    Family {
        name: "wide",
        is_super: false,
        comparator: "UTF8Type",
        sub: None,
        key: "UTF8Type",
        value: "BytesType",
        columns: &[],
        compression: Some(""),
    },
    Family {
        name: "history",
        is_super: false,
        comparator: "CompositeType(UTF8Type,LongType)",
        sub: None,
        key: "BytesType",
        value: "BytesType",
        columns: &[],
        compression: None,
    },
];

/// The person in every table, among others.
fn estate() -> Stored {
    let mut stored = Stored::default();
    let person = std::str::from_utf8(PERSON).unwrap();
    for agent in 0..300 {
        let key = format!("agent{agent:04}");
        stored.add(
            "settings_static",
            &key,
            None,
            "email",
            format!("{key}@example.org"),
        );
        stored.add(
            "settings_static",
            &key,
            None,
            "phone",
            (493_023_125_000_u64 + agent).to_be_bytes(),
        );
        for group in ["favorites", "recents", "preferences"] {
            let value =
                format!(r#"{{"owner":"{key}","group":"{group}","items":[{{"email":"{key}@example.org"}}]}}"#);
            stored.add(
                "settings",
                &key,
                None,
                format!("interaction-workspace-{group}"),
                value,
            );
        }
        stored.add("favorites", &key, Some("group-a"), "name", "nobody");
        stored.add("favorites", &key, Some("group-b"), "name", "nobody");
        stored.add("favorites", &key, Some("group-b"), "note", format!("{agent}"));
        stored.add(
            "history",
            &key,
            None,
            composite(&[b"call", &agent.to_be_bytes()]),
            "out",
        );
    }
    // Where nobody declared a column, where only the name says it, inside JSON, zipped, in a key.
    stored.add("settings_static", "agent0007", None, "undeclared", person);
    stored.add(
        "settings",
        "agent0100",
        None,
        "note",
        format!(r#"[{{"contacts":[{{"email":"{person}"}}]}}]"#),
    );
    stored.add("settings", "agent0101", None, "zipped", zipped(person.as_bytes()));
    stored.add("settings", "agent0102", None, format!("recent:{person}"), "1");
    stored.add("settings", person, None, "owner", "x");
    stored.add("settings", "agent0103", None, "empty", "");
    stored.add("favorites", "agent0050", Some(person), "name", "Jane");
    stored.add("favorites", "agent0051", Some("group-b"), "contact", person);
    stored.add(
        "history",
        "agent0060",
        None,
        composite(&[person.as_bytes(), &7u64.to_be_bytes()]),
        "in",
    );
    for column in 0..10_000 {
        let value = if [150, 9_999].contains(&column) {
            person
        } else {
            "v"
        };
        stored.add("wide", "one row", None, format!("c{column:05}"), value);
    }
    for row in 0..40 {
        for column in 0..60 {
            stored.add(
                "wide",
                &format!("row{row:02}"),
                None,
                format!("c{column:02}"),
                format!("{row}.{column}"),
            );
        }
    }
    for part in 0..200 {
        stored.add(
            "favorites",
            "crowded",
            Some(&format!("part{part:03}")),
            "n",
            format!("{part}"),
        );
    }
    stored
}

/// Makes the keyspace with everything in it. A row that was deleted and a table made by CQL are there
/// too, but not in what is returned.
pub fn write(writer: &mut Writer, strategy: &str) -> Stored {
    writer.keyspace(KEYSPACE, strategy, FAMILIES);
    let stored = estate();
    stored.send(writer);
    writer.put("settings", &[(b"deleted", None, b"email", PERSON)]);
    writer.remove("settings", b"deleted");
    writer.cql(&format!(
        "CREATE TABLE {KEYSPACE}.by_cql (owner text, place text, email text, phone bigint, tags map<text, text>, \
         PRIMARY KEY (owner, place))"
    ));
    let person = std::str::from_utf8(PERSON).unwrap();
    writer.cql(&format!(
        "INSERT INTO {KEYSPACE}.by_cql (owner, place, email, phone, tags) \
         VALUES ('agent0001', 'home', '{person}', 493023125014, {{'a': 'b'}})"
    ));
    stored
}
