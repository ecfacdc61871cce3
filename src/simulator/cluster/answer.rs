//! Answers of Thrift, read with as little trust as anything else that comes from outside.

use super::wire::kind;
use super::{ClusterError, unreachable};

/// Nothing that is answered is nested deeper.
const DEEPEST: u32 = 16;

/// An answer, read from its beginning.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    pub(super) at: usize,
}

pub(super) fn broken() -> ClusterError {
    unreachable(
        "Thrift",
        &"what answers there does not speak it as Cassandra does",
    )
}

impl Answer {
    pub(super) fn take(&mut self, count: usize) -> Result<&[u8], ClusterError> {
        let end = self.at.checked_add(count).ok_or_else(broken)?;
        let part = self.bytes.get(self.at..end).ok_or_else(broken)?;
        self.at = end;
        Ok(part)
    }

    fn byte(&mut self) -> Result<u8, ClusterError> {
        Ok(self.take(1)?[0])
    }

    fn length(&mut self) -> Result<usize, ClusterError> {
        let mut four = [0; 4];
        four.copy_from_slice(self.take(4)?);
        usize::try_from(i32::from_be_bytes(four)).map_err(|_| broken())
    }

    pub(super) fn string(&mut self) -> Result<String, ClusterError> {
        let length = self.length()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// Type and id of the next field; `None` at the end of the struct.
    pub(super) fn field(&mut self) -> Result<Option<(u8, i16)>, ClusterError> {
        let kind = self.byte()?;
        if kind == 0 {
            return Ok(None);
        }
        let id = self.take(2)?;
        Ok(Some((kind, i16::from_be_bytes([id[0], id[1]]))))
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Result<(), ClusterError> {
        if depth > DEEPEST {
            return Err(broken());
        }
        match kind {
            kind::BOOL | kind::BYTE => self.take(1).map(drop),
            kind::I16 => self.take(2).map(drop),
            kind::I32 => self.take(4).map(drop),
            kind::I64 | kind::DOUBLE => self.take(8).map(drop),
            kind::STRING => self.string().map(drop),
            kind::STRUCT => {
                while let Some((kind, _)) = self.field()? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            kind::MAP => {
                let (keys, values) = (self.byte()?, self.byte()?);
                for _ in 0..self.length()? {
                    self.skip(keys, depth + 1)?;
                    self.skip(values, depth + 1)?;
                }
                Ok(())
            }
            kind::LIST | kind::SET => {
                let of = self.byte()?;
                for _ in 0..self.length()? {
                    self.skip(of, depth + 1)?;
                }
                Ok(())
            }
            _ => Err(broken()),
        }
    }

    /// Itself, at the value of field 0.
    pub(super) fn success(&mut self) -> Result<&mut Answer, ClusterError> {
        match self.field()? {
            Some((_, 0)) => Ok(self),
            _ => Err(broken()),
        }
    }

    /// The field `wanted` of each struct in the list that comes next.
    fn each(
        &mut self,
        wanted: i16,
        read: &mut dyn FnMut(&mut Answer) -> Result<(), ClusterError>,
    ) -> Result<(), ClusterError> {
        if self.byte()? != kind::STRUCT {
            return Err(broken());
        }
        for _ in 0..self.length()? {
            self.inside(wanted, read)?;
        }
        Ok(())
    }

    /// The field `wanted` of the struct that comes next.
    fn inside(
        &mut self,
        wanted: i16,
        read: &mut dyn FnMut(&mut Answer) -> Result<(), ClusterError>,
    ) -> Result<(), ClusterError> {
        while let Some((kind, id)) = self.field()? {
            if id == wanted {
                read(self)?;
            } else {
                self.skip(kind, 0)?;
            }
        }
        Ok(())
    }

    /// Of a `KsDef`: the names of its column families.
    pub(super) fn names_of_tables(&mut self) -> Result<Vec<String>, ClusterError> {
        let mut names = Vec::new();
        self.inside(5, &mut |families| {
            families.each(2, &mut |name| {
                names.push(name.string()?);
                Ok(())
            })
        })?;
        Ok(names)
    }

    /// Of a `CqlResult`: every value of every row, as text.
    pub(super) fn values_of_rows(&mut self) -> Result<Vec<String>, ClusterError> {
        let mut values = Vec::new();
        self.inside(2, &mut |rows| {
            rows.each(2, &mut |columns| {
                columns.each(2, &mut |value| {
                    values.push(value.string()?);
                    Ok(())
                })
            })
        })?;
        Ok(values)
    }

    /// Of a map of lists: its keys.
    pub(super) fn keys_of_lists(&mut self) -> Result<Vec<String>, ClusterError> {
        let (_, values) = (self.byte()?, self.byte()?);
        let mut keys = Vec::new();
        for _ in 0..self.length()? {
            keys.push(self.string()?);
            self.skip(values, 0)?;
        }
        Ok(keys)
    }

    /// The first text of an exception, which says why.
    pub(super) fn why(&mut self) -> Result<String, ClusterError> {
        let mut why = String::new();
        self.inside(1, &mut |text| {
            why = text.string()?;
            Ok(())
        })?;
        Ok(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::cluster::wire::Body;

    fn answer(fill: impl FnOnce(&mut Body)) -> Answer {
        let mut body = Body::default();
        fill(&mut body);
        Answer { bytes: body.0, at: 0 }
    }

    #[test]
    fn names_and_versions_are_read() {
        let mut keyspace = answer(|body| {
            body.nested(0, |keyspace| {
                keyspace
                    .text(1, "ks")
                    .texts(3, &[("replication_factor", "1")])
                    .list(5, kind::STRUCT, 2);
                for name in ["a", "b"] {
                    keyspace.text(1, "ks").text(2, name).number(30, 7).stop();
                }
            });
        });
        assert_eq!(keyspace.success().unwrap().names_of_tables().unwrap(), ["a", "b"]);
        let mut versions = answer(|body| {
            body.map(0, kind::STRING, kind::LIST, 2)
                .bytes(b"v1")
                .items(kind::STRING, 1)
                .bytes(b"127.0.0.1")
                .bytes(b"UNREACHABLE")
                .items(kind::STRING, 0);
        });
        assert_eq!(
            versions.success().unwrap().keys_of_lists().unwrap(),
            ["v1", "UNREACHABLE"]
        );
    }

    #[test]
    fn broken_answers_are_refused() {
        for bytes in [
            &[][..],
            &[12, 0, 0],
            &[12, 0, 0, 15, 0, 5, 12, 0xff, 0xff, 0xff, 0xff],
            &[12, 0, 0, 15, 0, 5, 12, 0x7f, 0xff, 0xff, 0xff],
        ] {
            let mut answer = Answer {
                bytes: bytes.to_vec(),
                at: 0,
            };
            assert!(
                answer.success().and_then(Answer::names_of_tables).is_err(),
                "{bytes:?}"
            );
        }
        // Lists in lists without end.
        let mut deep = vec![15, 0, 1];
        deep.extend([15, 0, 0, 0, 1].repeat(1000));
        let mut answer = Answer { bytes: deep, at: 0 };
        assert!(answer.inside(9, &mut |_| Ok(())).is_err());
    }
}
