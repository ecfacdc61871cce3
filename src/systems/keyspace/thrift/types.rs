//! Types as Cassandra names them before CQL: classes of `org.apache.cassandra.db.marshal`, nested in
//! parentheses. What is not known is taken for bytes, which are searched in every way.

use crate::systems::keyspace::CellType;

/// Types inside types; deeper ones are taken for bytes.
const MAX_DEPTH: u8 = 12;

/// The type that a class name means.
pub fn parse(class: &str) -> CellType {
    nested(class, MAX_DEPTH)
}

/// The type of one cell of a column that CQL declares: of a collection, every element is a cell of its
/// own (the element of a set, or the key of a map, stands in the cell's name).
pub fn parse_cell(class: &str) -> CellType {
    match parse(class) {
        CellType::List(element) => *element,
        CellType::Map(_, value) => *value,
        other => other,
    }
}

fn nested(class: &str, depth: u8) -> CellType {
    let class = class.trim();
    let (name, inside) = match class.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or(rest)),
        None => (class, ""),
    };
    let Some(depth) = depth.checked_sub(1) else {
        return CellType::Blob;
    };
    let argument = |index: usize| {
        arguments(inside)
            .nth(index)
            .map_or(CellType::Blob, |inner| nested(inner, depth))
    };
    match name.trim().rsplit('.').next().unwrap_or_default() {
        "UTF8Type" | "AsciiType" => CellType::Text,
        "LongType" | "Int32Type" | "IntegerType" | "ShortType" | "ByteType" | "CounterColumnType" => {
            CellType::Integer
        }
        "DecimalType" => CellType::Decimal,
        "FloatType" | "DoubleType" => CellType::Float,
        "UUIDType" | "TimeUUIDType" | "LexicalUUIDType" | "BooleanType" | "DateType" | "TimestampType"
        | "InetAddressType" | "EmptyType" | "SimpleDateType" | "TimeType" | "DurationType" => {
            CellType::Opaque
        }
        "ReversedType" | "FrozenType" => argument(0),
        "ListType" | "SetType" => CellType::List(Box::new(argument(0))),
        "MapType" => CellType::Map(Box::new(argument(0)), Box::new(argument(1))),
        "CompositeType" => CellType::Composite(arguments(inside).map(|inner| nested(inner, depth)).collect()),
        "DynamicCompositeType" => CellType::DynamicComposite,
        "TupleType" => {
            let parts = arguments(inside).map(|inner| (String::new(), nested(inner, depth)));
            CellType::Tuple(parts.collect())
        }
        // Keyspace, name, then fields as `hexadecimal name:type`.
        "UserType" => {
            let fields = arguments(inside).skip(2).map(|field| {
                let (name, inner) = field.split_once(':').unwrap_or(("", field));
                (hexadecimal(name), nested(inner, depth))
            });
            CellType::Tuple(fields.collect())
        }
        _ => CellType::Blob,
    }
}

/// Splits at commas that stand in no inner parentheses.
fn arguments(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0i32;
    text.split(move |c| {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .filter(|part| !part.trim().is_empty())
}

fn hexadecimal(text: &str) -> String {
    let digits: Vec<u32> = text.trim().chars().filter_map(|c| c.to_digit(16)).collect();
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| (pair[0] * 16 + pair[1]) as u8)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_understood_nested() {
        let marshal = "org.apache.cassandra.db.marshal";
        assert_eq!(parse(&format!("{marshal}.UTF8Type")), CellType::Text);
        let text = format!(
            "{marshal}.CompositeType({marshal}.UTF8Type,{marshal}.ReversedType({marshal}.LongType),\
             {marshal}.ColumnToCollectionType(6d:{marshal}.MapType({marshal}.UTF8Type,{marshal}.UTF8Type)))"
        );
        assert_eq!(
            parse(&text),
            CellType::Composite(vec![CellType::Text, CellType::Integer, CellType::Blob])
        );
        let map = format!("{marshal}.MapType({marshal}.UTF8Type, {marshal}.BytesType)");
        assert_eq!(
            parse(&map),
            CellType::Map(Box::new(CellType::Text), Box::new(CellType::Blob))
        );
        assert_eq!(parse_cell(&map), CellType::Blob);
        assert_eq!(
            parse(&format!(
                "{marshal}.UserType(ks,6e616d65,6669:{marshal}.UTF8Type)"
            )),
            CellType::Tuple(vec![("fi".to_owned(), CellType::Text)])
        );
        assert_eq!(parse("com.example.OwnType"), CellType::Blob);
    }

    #[test]
    fn no_text_is_too_odd() {
        for odd in [
            "",
            "(",
            ")",
            "((((",
            "MapType(",
            "ListType()",
            "CompositeType(,,)",
            ",",
            "UserType(a",
        ] {
            let _ = parse(odd);
        }
        let _ = parse(&"ListType(".repeat(5000));
    }
}
