//! What a server says of a keyspace: its replication, its column families and the ring.

use super::protocol::{Malformed, Reader, kind};

/// A keyspace (`KsDef`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyspaceDef {
    /// Its name.
    pub name: String,
    /// Class of the replication strategy.
    pub strategy: String,
    /// Its column families.
    pub families: Vec<FamilyDef>,
}

/// A column family (`CfDef`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilyDef {
    /// Its name.
    pub name: String,
    /// Whether its columns stand in super columns.
    pub is_super: bool,
    /// Type of the column names, or of the names of the super columns.
    pub comparator: String,
    /// Type of the names inside super columns.
    pub subcomparator: Option<String>,
    /// Type of the keys.
    pub key_type: Option<String>,
    /// Type of the values of columns without a definition of their own.
    pub value_type: Option<String>,
    /// Columns that are defined.
    pub columns: Vec<ColumnDef>,
    /// How long a deleted column stays, in seconds.
    pub gc_grace: Option<u32>,
}

/// A column that is defined (`ColumnDef`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name, as bytes of the comparator's type.
    pub name: Vec<u8>,
    /// Type of its values.
    pub value_type: String,
}

/// A part of the ring (`TokenRange`): after `start`, up to and with `end`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RingRange {
    /// Token after which it begins.
    pub start: String,
    /// Token with which it ends.
    pub end: String,
    /// Addresses for clients of the servers that hold it.
    pub endpoints: Vec<String>,
    /// Their data centres, in the same order, where the server says them (1.2 and later).
    pub data_centres: Vec<String>,
}

impl KeyspaceDef {
    /// 1 name, 2 strategy_class, 5 cf_defs.
    pub fn read(reader: &mut Reader<'_>) -> Result<KeyspaceDef, Malformed> {
        let mut def = KeyspaceDef::default();
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 1) => def.name = reader.text()?,
                (kind::STRING, 2) => def.strategy = reader.text()?,
                (kind::LIST, 5) => {
                    let count = reader.list_of(kind::STRUCT)?;
                    for _ in 0..count {
                        def.families.push(FamilyDef::read(reader)?);
                    }
                }
                _ => reader.skip(kind)?,
            }
        }
        Ok(def)
    }

    /// Whether replicas are placed by data centre, so that a local quorum means something.
    pub fn knows_data_centres(&self) -> bool {
        self.strategy.ends_with("NetworkTopologyStrategy")
    }
}

impl FamilyDef {
    /// 2 name, 3 column_type, 5 comparator_type, 6 subcomparator_type, 13 column_metadata,
    /// 14 gc_grace_seconds, 15 default_validation_class, 26 key_validation_class.
    fn read(reader: &mut Reader<'_>) -> Result<FamilyDef, Malformed> {
        let mut def = FamilyDef::default();
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 2) => def.name = reader.text()?,
                (kind::STRING, 3) => def.is_super = reader.text()? == "Super",
                (kind::STRING, 5) => def.comparator = reader.text()?,
                (kind::STRING, 6) => def.subcomparator = Some(reader.text()?),
                (kind::LIST, 13) => {
                    let count = reader.list_of(kind::STRUCT)?;
                    for _ in 0..count {
                        def.columns.push(ColumnDef::read(reader)?);
                    }
                }
                (kind::I32, 14) => def.gc_grace = u32::try_from(reader.i32()?).ok(),
                (kind::STRING, 15) => def.value_type = Some(reader.text()?),
                (kind::STRING, 26) => def.key_type = Some(reader.text()?),
                _ => reader.skip(kind)?,
            }
        }
        Ok(def)
    }
}

impl ColumnDef {
    /// 1 name, 2 validation_class.
    fn read(reader: &mut Reader<'_>) -> Result<ColumnDef, Malformed> {
        let mut def = ColumnDef::default();
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 1) => def.name = reader.binary()?.to_vec(),
                (kind::STRING, 2) => def.value_type = reader.text()?,
                _ => reader.skip(kind)?,
            }
        }
        Ok(def)
    }
}

impl RingRange {
    /// 1 start_token, 2 end_token, 3 endpoints, 4 rpc_endpoints, 5 endpoint_details (1 host,
    /// 2 datacenter, 3 rack). The second list is what clients use;
    /// where a server listens everywhere it says `0.0.0.0`, and the first one counts.
    pub fn read(reader: &mut Reader<'_>) -> Result<RingRange, Malformed> {
        let mut range = RingRange::default();
        let mut internal = Vec::new();
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 1) => range.start = reader.text()?,
                (kind::STRING, 2) => range.end = reader.text()?,
                (kind::LIST, 3) => internal = texts(reader)?,
                (kind::LIST, 4) => range.endpoints = texts(reader)?,
                (kind::LIST, 5) => range.data_centres = data_centres(reader)?,
                _ => reader.skip(kind)?,
            }
        }
        for (index, address) in internal.into_iter().enumerate() {
            match range.endpoints.get_mut(index) {
                Some(known) if known.is_empty() || known == "0.0.0.0" => *known = address,
                Some(_) => {}
                None => range.endpoints.push(address),
            }
        }
        Ok(range)
    }
}

fn texts(reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
    let count = reader.list_of(kind::STRING)?;
    (0..count).map(|_| reader.text()).collect()
}

fn data_centres(reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
    let count = reader.list_of(kind::STRUCT)?;
    let mut all = Vec::new();
    for _ in 0..count {
        let mut name = String::new();
        while let Some((kind, id)) = reader.field()? {
            match (kind, id) {
                (kind::STRING, 2) => name = crate::domain::text::clean(&reader.text()?),
                _ => reader.skip(kind)?,
            }
        }
        all.push(name);
    }
    Ok(all)
}
