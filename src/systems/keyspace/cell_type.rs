//! What the bytes of a cell mean, as far as a search has to know. Collections, tuples and composites
//! put lengths between their elements; taken as plain bytes, such a length can look like a letter and
//! hide where an address begins.

/// The type of a value, a key or a column name. Names of types follow CQL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CellType {
    /// `ascii`, `text`, `varchar`: UTF-8.
    Text,
    /// `blob` and all that is unknown: anything, also text, JSON, or compressed.
    Blob,
    /// Signed big-endian integers of any width: `tinyint` … `bigint`, `varint`, `counter`.
    Integer,
    /// `decimal`: a scale of four bytes, then a `varint`.
    Decimal,
    /// `float` and `double`, by their width.
    Float,
    /// What cannot hold a person: `uuid`, `timestamp`, `inet`, `boolean`, `date`, `duration`, …
    Opaque,
    /// `list` and `set`: count, then elements, lengths of four bytes.
    List(Box<CellType>),
    /// `map`: count, then keys and values by turns, lengths of four bytes.
    Map(Box<CellType>, Box<CellType>),
    /// `tuple` and user types: elements one after the other with lengths of four bytes, −1 for null;
    /// trailing ones may be missing. Field names are empty for tuples.
    Tuple(Vec<(String, CellType)>),
    /// `CompositeType`: a length of two bytes, the component, an end-of-component byte.
    Composite(Vec<CellType>),
    /// `DynamicCompositeType`: as `Composite`, each component with its type before it.
    DynamicComposite,
}

impl CellType {
    /// True when a phone number can stand in it without being written as text.
    pub fn has_numbers(&self) -> bool {
        self.any(&|kind| matches!(kind, CellType::Integer | CellType::Decimal | CellType::Float))
    }

    /// True when compressed or encoded content can stand in it.
    pub fn has_blobs(&self) -> bool {
        self.any(&|kind| matches!(kind, CellType::Blob | CellType::DynamicComposite))
    }

    /// True when nothing in it can hold a person.
    pub fn is_opaque(&self) -> bool {
        !self.any(&|kind| {
            !matches!(
                kind,
                CellType::Opaque
                    | CellType::List(_)
                    | CellType::Map(..)
                    | CellType::Tuple(_)
                    | CellType::Composite(_)
            )
        })
    }

    fn any(&self, wanted: &dyn Fn(&CellType) -> bool) -> bool {
        wanted(self)
            || match self {
                CellType::List(element) => element.any(wanted),
                CellType::Map(key, value) => key.any(wanted) || value.any(wanted),
                CellType::Tuple(fields) => fields.iter().any(|(_, field)| field.any(wanted)),
                CellType::Composite(parts) => parts.iter().any(|part| part.any(wanted)),
                _ => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_counts() {
        let map = CellType::Map(Box::new(CellType::Opaque), Box::new(CellType::Integer));
        assert!(map.has_numbers() && !map.has_blobs() && !map.is_opaque());
        let list = CellType::List(Box::new(CellType::Opaque));
        assert!(list.is_opaque() && !list.has_numbers());
        let user = CellType::Tuple(vec![("photo".to_owned(), CellType::Blob)]);
        assert!(user.has_blobs() && !user.is_opaque());
    }
}
