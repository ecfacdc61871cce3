//! Parts of the ring. A table is read slice by slice; a slice that cannot be read is halved.

use serde::{Deserialize, Serialize};

/// What tokens are, by partitioner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenSpace {
    /// 64-bit signed.
    Murmur3,
    /// 0 to 2^127.
    Random,
    /// The key's bytes.
    ByteOrdered,
    /// This way in cannot read by token: there is one slice, and it cannot be halved.
    None,
}

/// A place on the ring.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Token {
    /// Of Murmur3Partitioner.
    Murmur3(i64),
    /// Of RandomPartitioner.
    Random(u128),
    /// Of ByteOrderedPartitioner.
    Bytes(Vec<u8>),
}

impl std::fmt::Display for Token {
    /// As Cassandra writes it: decimal, or hexadecimal for bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Murmur3(token) => write!(f, "{token}"),
            Token::Random(token) => write!(f, "{token}"),
            Token::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

/// All keys with a token greater than `after` and not greater than `through`. It never wraps around:
/// `None` is the beginning or the end of the ring, so that no key can fall outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slice {
    /// What its tokens are.
    pub space: TokenSpace,
    /// Exclusive lower end.
    pub after: Option<Token>,
    /// Inclusive upper end.
    pub through: Option<Token>,
    /// A node that holds it, when known: asked first.
    pub node: Option<String>,
}

/// The greatest token of RandomPartitioner.
const RANDOM_END: u128 = 1 << 127;

impl Slice {
    /// The whole ring.
    pub fn whole(space: TokenSpace) -> Slice {
        Slice {
            space,
            after: None,
            through: None,
            node: None,
        }
    }

    /// The ring cut at `tokens`, whose order does not matter and which may repeat. The least token of
    /// Murmur3 is no place to cut at: no key has it, and as an upper end it means the end of the ring.
    pub fn cut(space: TokenSpace, mut tokens: Vec<Token>) -> Vec<Slice> {
        tokens.retain(|token| *token != Token::Murmur3(i64::MIN));
        tokens.sort();
        tokens.dedup();
        let mut slices = Vec::with_capacity(tokens.len() + 1);
        let mut after = None;
        for token in tokens {
            slices.push(Slice {
                space,
                after: after.replace(token.clone()),
                through: Some(token),
                node: None,
            });
        }
        slices.push(Slice {
            space,
            after,
            through: None,
            node: None,
        });
        slices
    }

    /// Two halves that together are this slice; `None` when it cannot be cut.
    pub fn halves(&self) -> Option<(Slice, Slice)> {
        let middle = self.middle()?;
        let mut lower = self.clone();
        let mut upper = self.clone();
        lower.through = Some(middle.clone());
        upper.after = Some(middle);
        Some((lower, upper))
    }

    /// The share of the ring, 0 to 1, that it covers; 1 where tokens cannot be measured.
    pub fn share(&self) -> f64 {
        let part = |ends: (i128, i128), ring: f64| (ends.1 - ends.0).max(0) as f64 / ring;
        match self.space {
            TokenSpace::Murmur3 => part(self.murmur3(), 2f64.powi(64)),
            TokenSpace::Random => {
                let (after, through) = self.random();
                through.saturating_sub(after) as f64 / RANDOM_END as f64
            }
            TokenSpace::ByteOrdered | TokenSpace::None => 1.0,
        }
    }

    fn middle(&self) -> Option<Token> {
        match self.space {
            TokenSpace::Murmur3 => {
                let (after, through) = self.murmur3();
                let middle = after + (through - after) / 2;
                // A slice of one token cannot be cut, and both halves must hold something.
                (middle > after && middle < through)
                    .then(|| i64::try_from(middle).ok())
                    .flatten()
                    .map(Token::Murmur3)
            }
            TokenSpace::Random => {
                let (after, through) = self.random();
                let middle = after + through.saturating_sub(after) / 2;
                (middle > after && middle < through).then_some(Token::Random(middle))
            }
            // Keys say little about how they are spread.
            TokenSpace::ByteOrdered | TokenSpace::None => None,
        }
    }

    fn murmur3(&self) -> (i128, i128) {
        let number = |token: &Option<Token>, end: i64| match token {
            Some(Token::Murmur3(token)) => i128::from(*token),
            _ => i128::from(end),
        };
        (number(&self.after, i64::MIN), number(&self.through, i64::MAX))
    }

    fn random(&self) -> (u128, u128) {
        let number = |token: &Option<Token>, end: u128| match token {
            Some(Token::Random(token)) => *token,
            _ => end,
        };
        (number(&self.after, 0), number(&self.through, RANDOM_END))
    }
}

impl std::fmt::Display for Slice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.after, &self.through) {
            (None, None) => f.write_str("the whole ring"),
            (None, Some(through)) => write!(f, "tokens up to {through}"),
            (Some(after), None) => write!(f, "tokens above {after}"),
            (Some(after), Some(through)) => write!(f, "tokens above {after} up to {through}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_ring_has_no_gap_and_no_overlap() {
        let tokens = vec![Token::Murmur3(5), Token::Murmur3(-5), Token::Murmur3(5)];
        let slices = Slice::cut(TokenSpace::Murmur3, tokens);
        assert_eq!(slices.len(), 3);
        assert_eq!(slices[0].after, None);
        assert_eq!(slices[0].through, slices[1].after);
        assert_eq!(slices[1].through, slices[2].after);
        assert_eq!(slices[2].through, None);
        let all: f64 = slices.iter().map(Slice::share).sum();
        assert!((all - 1.0).abs() < 1e-9);
    }

    #[test]
    fn halves_meet_in_the_middle_down_to_one_token() {
        for space in [TokenSpace::Murmur3, TokenSpace::Random] {
            let mut slice = Slice::whole(space);
            let mut cuts = 0;
            while let Some((lower, upper)) = slice.halves() {
                assert_eq!(lower.through, upper.after);
                assert_eq!((&lower.after, &upper.through), (&slice.after, &slice.through));
                slice = if cuts % 2 == 0 { lower } else { upper };
                cuts += 1;
                assert!(cuts < 200);
            }
            assert!(cuts > 60);
        }
        assert!(Slice::whole(TokenSpace::None).halves().is_none());
    }

    #[test]
    fn the_greatest_and_least_tokens_are_inside() {
        let ends = vec![Token::Murmur3(i64::MAX), Token::Murmur3(i64::MIN)];
        let slices = Slice::cut(TokenSpace::Murmur3, ends);
        assert_eq!(slices.len(), 2);
        assert_eq!(slices[0].to_string(), "tokens up to 9223372036854775807");
        assert!(slices[1].halves().is_none());
    }
}
