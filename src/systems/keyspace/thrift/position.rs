//! Where a page ended: after which row, and which rows are wider than the page was. Kept in the store
//! between two runs, so it is read back with as much doubt as an answer from outside.

use crate::systems::keyspace::{KeyspaceError, PagingState};

/// First byte of the form below.
const FORM: u8 = 1;

/// Where reading goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The last row that was seen.
    pub after: Option<Vec<u8>>,
    /// Rows of which more may be there: the key, and the last column that was shown.
    pub wide: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Position {
    /// As bytes.
    pub fn encode(&self) -> PagingState {
        let mut out = vec![FORM, u8::from(self.after.is_some())];
        let mut put = |bytes: &[u8]| {
            // Keys and names have 64 KiB at most.
            out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend(bytes);
        };
        if let Some(key) = &self.after {
            put(key);
        }
        for (key, column) in &self.wide {
            put(key);
            put(column);
        }
        PagingState(out)
    }

    /// From bytes.
    pub fn decode(state: Option<&PagingState>) -> Result<Position, KeyspaceError> {
        let Some(PagingState(bytes)) = state else {
            return Ok(Position::default());
        };
        Position::read(bytes).ok_or_else(|| {
            KeyspaceError::Malformed("the place where an earlier run stopped cannot be read".to_owned())
        })
    }

    fn read(bytes: &[u8]) -> Option<Position> {
        let [FORM, has_key @ (0 | 1), rest @ ..] = bytes else {
            return None;
        };
        let mut rest = rest;
        let mut take = || {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let (part, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            rest = after;
            Some(part.to_vec())
        };
        let after = if *has_key == 1 { Some(take()?) } else { None };
        let mut parts = Vec::new();
        while let Some(part) = take() {
            parts.push(part);
        }
        if !rest.is_empty() || parts.len() % 2 == 1 {
            return None;
        }
        let mut parts = parts.into_iter();
        let wide = std::iter::from_fn(|| Some((parts.next()?, parts.next()?))).collect();
        Some(Position { after, wide })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_was() {
        let all = [
            Position::default(),
            Position {
                after: Some(vec![]),
                wide: vec![],
            },
            Position {
                after: Some(b"key".to_vec()),
                wide: vec![(b"a".to_vec(), vec![]), (vec![0; 300], b"c".to_vec())],
            },
        ];
        for position in all {
            assert_eq!(Position::decode(Some(&position.encode())).unwrap(), position);
        }
        assert_eq!(Position::decode(None).unwrap(), Position::default());
    }

    #[test]
    fn a_broken_place_is_refused() {
        let whole = Position {
            after: Some(b"key".to_vec()),
            wide: vec![(b"a".to_vec(), b"b".to_vec())],
        }
        .encode()
        .0;
        for length in 0..whole.len() {
            let cut = PagingState(whole[..length].to_vec());
            // Cut between two parts it is a shorter list of them, which pairs up or not.
            if let Ok(read) = Position::decode(Some(&cut)) {
                assert!(read.wide.is_empty(), "{length}");
            }
        }
        assert!(Position::decode(Some(&PagingState(vec![9, 0]))).is_err());
        assert!(Position::decode(Some(&PagingState(vec![1, 1, 0xff, 0xff, 0xff, 0xff]))).is_err());
    }
}
