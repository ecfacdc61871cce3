//! The calls of Cassandra's Thrift interface that reading needs, and no other: none of them writes.
//! Names, field ids and exceptions are those of the vendor's interface definition
//! (`interface/cassandra.thrift`, API version 19).

use super::connection::{Answer, Connection, Exception};
use super::error::ThriftError;
use super::protocol::{Malformed, Reader, kind};
use super::schema::{KeyspaceDef, RingRange};
use super::writer::Writer;

const READ: &[Exception] = &[Exception::Invalid, Exception::Unavailable, Exception::TimedOut];

/// How many replicas must answer (`ConsistencyLevel`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Consistency {
    /// Any one replica.
    One = 1,
    /// More than half of all replicas.
    Quorum = 2,
    /// More than half of the replicas in the data centre of the server asked.
    LocalQuorum = 3,
    /// Every replica.
    All = 5,
    /// Two replicas.
    Two = 7,
    /// Three replicas.
    Three = 8,
    /// Any one replica of the same data centre; servers from 1.2.14 and 2.0.6 on.
    LocalOne = 11,
}

/// Where a read of rows begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// After this token.
    Token(&'a str),
    /// At this key, which is part of the answer.
    Key(&'a [u8]),
}

/// Where a read of rows ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// With this token.
    Token(&'a str),
    /// With this key; an empty one is the end of the ring.
    Key(&'a [u8]),
}

/// What to read of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice<'a> {
    /// The column family.
    pub family: &'a str,
    /// Inside this super column; without it, whole super columns are read where the family has them.
    pub super_column: Option<&'a [u8]>,
    /// From this column name on, itself included; empty is the beginning.
    pub start: &'a [u8],
    /// At most this many columns (or super columns) a row.
    pub count: i32,
    /// Consistency of the read.
    pub consistency: Consistency,
}

impl Slice<'_> {
    /// `ColumnParent`: 3 column_family, 4 super_column.
    fn parent(&self, out: &mut Writer) {
        out.binary(3, self.family.as_bytes());
        if let Some(name) = self.super_column {
            out.binary(4, name);
        }
    }

    /// `SlicePredicate`: 2 slice_range { 1 start, 2 finish, 3 reversed, 4 count }.
    fn predicate(&self, out: &mut Writer) {
        out.nested(2, |range| {
            range
                .binary(1, self.start)
                .binary(2, b"")
                .bool(3, false)
                .i32(4, self.count);
        });
    }
}

impl Connection {
    /// Signs in.
    pub async fn login(&mut self, user: &str, password: &str) -> Result<(), ThriftError> {
        let exceptions = &[Exception::Authentication, Exception::Authorization];
        let credentials = [("username", user), ("password", password)];
        self.call("login", exceptions, |out| {
            out.nested(1, |request| {
                request.text_map(1, &credentials);
            });
        })
        .await
        .map(drop)
    }

    /// Chooses the keyspace of what follows.
    pub async fn set_keyspace(&mut self, name: &str) -> Result<(), ThriftError> {
        self.call("set_keyspace", &[Exception::Invalid], |out| {
            out.binary(1, name.as_bytes());
        })
        .await
        .map(drop)
    }

    /// Version of the Thrift interface, such as `19.35.0`.
    pub async fn describe_version(&mut self) -> Result<String, ThriftError> {
        self.text("describe_version").await
    }

    /// What the cluster is called.
    pub async fn describe_cluster_name(&mut self) -> Result<String, ThriftError> {
        self.text("describe_cluster_name").await
    }

    /// Class of the partitioner.
    pub async fn describe_partitioner(&mut self) -> Result<String, ThriftError> {
        self.text("describe_partitioner").await
    }

    async fn text(&mut self, name: &'static str) -> Result<String, ThriftError> {
        let answer = self.call(name, &[], |_| {}).await?;
        Ok(success(&answer, kind::STRING)?.text()?)
    }

    /// Strategy and column families of a keyspace.
    pub async fn describe_keyspace(&mut self, name: &str) -> Result<KeyspaceDef, ThriftError> {
        let exceptions = &[Exception::NotFound, Exception::Invalid];
        let answer = self
            .call("describe_keyspace", exceptions, |out| {
                out.binary(1, name.as_bytes());
            })
            .await?;
        Ok(KeyspaceDef::read(&mut success(&answer, kind::STRUCT)?)?)
    }

    /// Names of all keyspaces.
    pub async fn describe_keyspaces(&mut self) -> Result<Vec<String>, ThriftError> {
        let answer = self
            .call("describe_keyspaces", &[Exception::Invalid], |_| {})
            .await?;
        let mut reader = success(&answer, kind::LIST)?;
        let count = reader.list_of(kind::STRUCT)?;
        let names = (0..count).map(|_| KeyspaceDef::read(&mut reader).map(|def| def.name));
        Ok(names.collect::<Result<_, Malformed>>()?)
    }

    /// The ranges of the ring and their replicas in a keyspace.
    pub async fn describe_ring(&mut self, keyspace: &str) -> Result<Vec<RingRange>, ThriftError> {
        let answer = self
            .call("describe_ring", &[Exception::Invalid], |out| {
                out.binary(1, keyspace.as_bytes());
            })
            .await?;
        let mut reader = success(&answer, kind::LIST)?;
        let count = reader.list_of(kind::STRUCT)?;
        let ranges = (0..count).map(|_| RingRange::read(&mut reader));
        Ok(ranges.collect::<Result<_, Malformed>>()?)
    }

    /// Rows from `start` to `end`, at most `rows` of them; the answer is a list of `KeySlice`.
    pub async fn get_range_slices(
        &mut self,
        slice: Slice<'_>,
        start: Start<'_>,
        end: End<'_>,
        rows: i32,
    ) -> Result<Answer, ThriftError> {
        self.call("get_range_slices", READ, |out| {
            out.nested(1, |parent| slice.parent(parent));
            out.nested(2, |predicate| slice.predicate(predicate));
            // KeyRange: 1 start_key, 2 end_key, 3 start_token, 4 end_token, 5 count.
            out.nested(3, |range| {
                match start {
                    Start::Key(key) => range.binary(1, key),
                    Start::Token(token) => range.binary(3, token.as_bytes()),
                };
                match end {
                    End::Key(key) => range.binary(2, key),
                    End::Token(token) => range.binary(4, token.as_bytes()),
                };
                range.i32(5, rows);
            });
            out.i32(4, slice.consistency as i32);
        })
        .await
    }

    /// About how many keys the asked server holds after `start`, up to `end` (`describe_splits_ex`, from
    /// 1.2 on): a list of `CfSplit { 1 start_token, 2 end_token, 3 row_count }`.
    pub async fn estimate(&mut self, family: &str, start: &str, end: &str) -> Result<u64, ThriftError> {
        let answer = self
            .call("describe_splits_ex", &[Exception::Invalid], |out| {
                out.binary(1, family.as_bytes())
                    .binary(2, start.as_bytes())
                    .binary(3, end.as_bytes());
                out.i32(4, i32::MAX);
            })
            .await?;
        let mut reader = success(&answer, kind::LIST)?;
        let mut sum = 0u64;
        for _ in 0..reader.list_of(kind::STRUCT)? {
            while let Some((kind, id)) = reader.field()? {
                match (kind, id) {
                    (kind::I64, 3) => sum = sum.saturating_add(u64::try_from(reader.i64()?).unwrap_or(0)),
                    _ => reader.skip(kind)?,
                }
            }
        }
        Ok(sum)
    }

    /// Columns of one row; the answer is a list of `ColumnOrSuperColumn`.
    pub async fn get_slice(&mut self, key: &[u8], slice: Slice<'_>) -> Result<Answer, ThriftError> {
        self.call("get_slice", READ, |out| {
            out.binary(1, key);
            out.nested(2, |parent| slice.parent(parent));
            out.nested(3, |predicate| slice.predicate(predicate));
            out.i32(4, slice.consistency as i32);
        })
        .await
    }
}

/// The place of the result in an answer (field 0), which must be of type `wanted`.
pub fn success(answer: &Answer, wanted: u8) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::from(&answer.bytes, answer.result);
    match reader.field()? {
        Some((found, 0)) if found == wanted => Ok(reader),
        _ => Err(Malformed("the answer holds no result")),
    }
}
