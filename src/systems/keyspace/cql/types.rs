//! Types as the schema writes them (`frozen<map<text, blob>>`), and what a search makes of them.

use std::collections::HashMap;

use crate::systems::keyspace::cell_type::CellType;

/// User types by name: the names and types of their fields.
pub(super) type UserTypes = HashMap<String, Vec<(String, String)>>;

/// User types in user types.
const DEEPEST: usize = 16;

/// What a type means; `Err` says why a column of it cannot be read, and whether it could hold anybody.
pub(super) fn parse(name: &str, user_types: &UserTypes) -> Result<CellType, (String, CellType)> {
    read(name.trim(), user_types, 0)
}

fn read(name: &str, user_types: &UserTypes, depth: usize) -> Result<CellType, (String, CellType)> {
    if depth > DEEPEST {
        return Err(("its type is nested too deeply".to_owned(), CellType::Blob));
    }
    let inner = |text: &str| read(text, user_types, depth + 1);
    if let Some(custom) = name.strip_prefix('\'') {
        return Err(custom_type(custom.trim_end_matches('\'')));
    }
    if let Some((outer, rest)) = name.split_once('<') {
        let Some(arguments) = rest.strip_suffix('>') else {
            return Err((format!("its type {name} cannot be understood"), CellType::Blob));
        };
        let parts = split(arguments);
        return match (outer.trim(), parts.as_slice()) {
            ("frozen", [one]) => inner(one),
            ("list" | "set", [one]) => Ok(CellType::List(Box::new(inner(one)?))),
            ("map", [key, value]) => Ok(CellType::Map(Box::new(inner(key)?), Box::new(inner(value)?))),
            ("tuple", all) => {
                let fields: Result<Vec<_>, _> =
                    all.iter().map(|one| Ok((String::new(), inner(one)?))).collect();
                Ok(CellType::Tuple(fields?))
            }
            // Numbers of a fixed count: a text or blob in one would be exotic, and is searched as bytes.
            ("vector", [one, _]) => match inner(one)? {
                CellType::Opaque | CellType::Float => Ok(CellType::Opaque),
                _ => Ok(CellType::Blob),
            },
            _ => Err((format!("its type {name} is not known"), CellType::Blob)),
        };
    }
    Ok(match name {
        "ascii" | "text" | "varchar" => CellType::Text,
        "blob" => CellType::Blob,
        "tinyint" | "smallint" | "int" | "bigint" | "varint" | "counter" => CellType::Integer,
        "decimal" => CellType::Decimal,
        "float" | "double" => CellType::Float,
        "boolean" | "date" | "duration" | "inet" | "time" | "timestamp" | "timeuuid" | "uuid" => {
            CellType::Opaque
        }
        "empty" => return Err(("it holds nothing".to_owned(), CellType::Opaque)),
        other => {
            let bare = other.trim_matches('"').replace("\"\"", "\"");
            let Some(fields) = user_types.get(&bare) else {
                return Err((format!("its type {other} is not known"), CellType::Blob));
            };
            let fields: Result<Vec<_>, _> = fields
                .iter()
                .map(|(field, kind)| Ok((field.clone(), inner(kind.trim())?)))
                .collect();
            CellType::Tuple(fields?)
        }
    })
}

/// Classes of the server that are no CQL types. The driver cannot read them.
fn custom_type(class: &str) -> (String, CellType) {
    let short = class.split('(').next().unwrap_or(class);
    let short = short.rsplit('.').next().unwrap_or(short);
    let holds = match short {
        "LexicalUUIDType" | "TimeUUIDType" | "EmptyType" | "DateType" | "BooleanType" => CellType::Opaque,
        _ => CellType::Blob,
    };
    (format!("its type {short} cannot be read over CQL"), holds)
}

/// Arguments at the outermost commas.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0i32, false, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' | '\'' => quoted = !quoted,
            '<' | '(' if !quoted => depth += 1,
            '>' | ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_schema_are_understood() {
        let mut types = UserTypes::new();
        types.insert(
            "Address".to_owned(),
            vec![
                ("mail".to_owned(), "text".to_owned()),
                ("n".to_owned(), "list<int>".to_owned()),
            ],
        );
        let read = |name: &str| parse(name, &types).unwrap();
        assert_eq!(read("varchar"), CellType::Text);
        assert_eq!(
            read("frozen<map<text, frozen<list<blob>>>>"),
            CellType::Map(
                Box::new(CellType::Text),
                Box::new(CellType::List(Box::new(CellType::Blob)))
            )
        );
        assert_eq!(
            read("frozen<\"Address\">"),
            CellType::Tuple(vec![
                ("mail".to_owned(), CellType::Text),
                ("n".to_owned(), CellType::List(Box::new(CellType::Integer)))
            ])
        );
        assert!(!read("tuple<uuid, text>").is_opaque());
        assert_eq!(read("vector<float, 3>"), CellType::Opaque);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let types = UserTypes::new();
        let (why, holds) = parse("'org.apache.cassandra.db.marshal.CompositeType(a,b)'", &types).unwrap_err();
        assert!(why.contains("CompositeType") && !holds.is_opaque());
        let (_, holds) = parse("'org.apache.cassandra.db.marshal.LexicalUUIDType'", &types).unwrap_err();
        assert!(holds.is_opaque());
        assert!(parse("list<nothing_known>", &types).is_err());
        assert!(parse("list<text", &types).is_err());
    }
}
