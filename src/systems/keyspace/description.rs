//! What answers at the other end, and which tables it has.

use super::cell_type::CellType;

/// The way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Native protocol, Cassandra 3.0 and later.
    Cql,
    /// Thrift, Cassandra up to 3.11.
    Thrift,
    /// The simulator, in memory.
    Simulator,
}

impl Protocol {
    /// `cql`, `thrift`, `simulator`.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Cql => "cql",
            Protocol::Thrift => "thrift",
            Protocol::Simulator => "simulator",
        }
    }
}

/// How keys are spread over the ring.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Partitioner {
    /// 64-bit tokens; the default since 1.2.
    Murmur3,
    /// 127-bit tokens; the default before.
    Random,
    /// The key is the token.
    ByteOrdered,
    /// Any other, by the name of its class.
    Other(String),
}

impl Partitioner {
    /// From the name of its class, with or without package.
    pub fn parse(class: &str) -> Partitioner {
        match class.rsplit('.').next().unwrap_or(class) {
            "Murmur3Partitioner" => Partitioner::Murmur3,
            "RandomPartitioner" => Partitioner::Random,
            "ByteOrderedPartitioner" => Partitioner::ByteOrdered,
            other => Partitioner::Other(other.to_owned()),
        }
    }

    /// The name of the class without package.
    pub fn name(&self) -> &str {
        match self {
            Partitioner::Murmur3 => "Murmur3Partitioner",
            Partitioner::Random => "RandomPartitioner",
            Partitioner::ByteOrdered => "ByteOrderedPartitioner",
            Partitioner::Other(name) => name,
        }
    }
}

/// One node of the cluster, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Address as the cluster announces it.
    pub address: String,
    /// Its data centre.
    pub data_centre: Option<String>,
    /// Whether it answers; `None` when this is not known.
    pub up: Option<bool>,
}

/// What answered, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The way in.
    pub protocol: Protocol,
    /// Release of the server (`5.0.9`), empty when it does not say.
    pub version: String,
    /// Name of the cluster.
    pub cluster: String,
    /// The keyspace read.
    pub keyspace: String,
    /// Its replication, as the server writes it.
    pub replication: String,
    /// How keys are spread.
    pub partitioner: Partitioner,
    /// Data centres of the cluster, sorted.
    pub data_centres: Vec<String>,
    /// The data centre that is asked; consistency counts there.
    pub local_data_centre: Option<String>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The tables, in the order in which the server names them.
    pub tables: Vec<TableInfo>,
    /// What an operator should know about this way in; no personal data.
    pub notes: Vec<String>,
}

/// How a table came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// Made by CQL.
    Cql,
    /// A column family with declared columns.
    CompactStatic,
    /// A column family whose column names are data.
    CompactDynamic,
    /// A super column family.
    Super,
    /// A view of another table: everything in it is found there.
    View,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Part of the partition key (Thrift: the row key).
    Partition,
    /// Clustering column (Thrift: column names, super column names).
    Clustering,
    /// One value a partition.
    Static,
    /// An ordinary value.
    Regular,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: ColumnKind,
    /// What its bytes mean.
    pub cell_type: CellType,
    /// Its type in the server's words.
    pub type_name: String,
    /// Why it cannot be searched, when it cannot.
    pub unsearchable: Option<String>,
}

/// A table or column family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// How it came to be.
    pub kind: TableKind,
    /// Its columns: partition key first, then clustering columns in their order, then the others.
    /// For a dynamic column family over Thrift: the row key, the column name (`Clustering`), `value`.
    pub columns: Vec<Column>,
    /// Bytes on disk of the part that the asked node holds, or an estimate; `None` when unknown.
    pub bytes: Option<u64>,
    /// Estimated number of partitions.
    pub partitions: Option<u64>,
    /// True when the table can hold columns that this way in does not show (a static compact table
    /// over CQL): a scan of it is not complete.
    pub hidden_columns: bool,
}

impl TableInfo {
    /// Columns that are not searched, with the reason.
    pub fn unsearchable(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns
            .iter()
            .filter_map(|column| Some((column.name.as_str(), column.unsearchable.as_deref()?)))
    }

    /// The columns that are read.
    pub fn searchable(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.unsearchable.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitioners_are_known_by_class() {
        assert_eq!(
            Partitioner::parse("org.apache.cassandra.dht.Murmur3Partitioner"),
            Partitioner::Murmur3
        );
        assert_eq!(Partitioner::parse("RandomPartitioner"), Partitioner::Random);
        let other = Partitioner::parse("org.example.OrderPreservingPartitioner");
        assert_eq!(other.name(), "OrderPreservingPartitioner");
    }
}
