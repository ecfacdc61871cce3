//! Parts of the ring over Thrift: tokens as the server writes them, in ranges that never wrap around.

use super::calls::{End, Start};
use super::schema::RingRange;
use crate::systems::keyspace::{Partitioner, Slice, Token, TokenSpace};

/// What tokens are with a partitioner. Others are read by keys, in the order of the ring.
pub fn space(partitioner: &Partitioner) -> TokenSpace {
    match partitioner {
        Partitioner::Murmur3 => TokenSpace::Murmur3,
        Partitioner::Random => TokenSpace::Random,
        Partitioner::ByteOrdered => TokenSpace::ByteOrdered,
        Partitioner::Other(_) => TokenSpace::None,
    }
}

/// The token that a server wrote.
pub fn token(space: TokenSpace, text: &str) -> Option<Token> {
    match space {
        TokenSpace::Murmur3 => text.parse().ok().map(Token::Murmur3),
        TokenSpace::Random => text.parse().ok().map(Token::Random),
        TokenSpace::ByteOrdered => bytes(text).map(Token::Bytes),
        TokenSpace::None => None,
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .bytes()
        .map(|c| char::from(c).to_digit(16).map(|d| d as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect(),
    )
}

/// The ring cut where it changes hands, each part with a server that holds it, then halved until there
/// are about `wished`. Where a token cannot be read, the whole ring is one part, read by keys.
pub fn cut(space: TokenSpace, ring: &[RingRange], wished: usize) -> Vec<Slice> {
    let tokens: Option<Vec<Token>> = ring.iter().map(|range| token(space, &range.end)).collect();
    let Some(tokens) = tokens.filter(|tokens| !tokens.is_empty()) else {
        return vec![Slice::whole(TokenSpace::None)];
    };
    let owner = |through: Option<&Token>| {
        // What lies above the greatest token belongs to the range that ends with the least one.
        let end = through.or_else(|| tokens.iter().min());
        let index = tokens.iter().position(|token| Some(token) == end)?;
        ring[index].endpoints.first().cloned()
    };
    let mut slices = Slice::cut(space, tokens.clone());
    for slice in &mut slices {
        slice.node = owner(slice.through.as_ref());
    }
    while slices.len() < wished {
        let before = slices.len();
        slices = slices
            .into_iter()
            .flat_map(|slice| match slice.halves() {
                Some((lower, upper)) => vec![lower, upper],
                None => vec![slice],
            })
            .collect();
        if slices.len() == before {
            break;
        }
    }
    slices
}

/// Where a read of a slice begins and ends, as the server wants it.
#[derive(Debug, PartialEq, Eq)]
pub enum Bounds {
    /// Tokens as texts.
    Tokens {
        /// After this one.
        start: String,
        /// Up to this one.
        end: String,
    },
    /// Keys, where the key is the token, or where tokens are not understood.
    Keys {
        /// After this one.
        start: Option<Vec<u8>>,
        /// Up to this one; empty is the end of the ring.
        end: Vec<u8>,
    },
}

impl Bounds {
    /// Of a slice. No range may wrap around, and some releases take the least token for a beginning
    /// only; so the end of the ring is the greatest one. Keys have no greatest, but an empty key is
    /// understood as the end.
    pub fn of(slice: &Slice) -> Bounds {
        let text =
            |token: &Option<Token>, open: &str| token.as_ref().map_or(open.to_owned(), Token::to_string);
        let tokens = |least: &str, greatest: &str| Bounds::Tokens {
            start: text(&slice.after, least),
            end: text(&slice.through, greatest),
        };
        let key = |token: &Option<Token>| match token {
            Some(Token::Bytes(key)) => Some(key.clone()),
            _ => None,
        };
        match slice.space {
            TokenSpace::Murmur3 => tokens(&i64::MIN.to_string(), &i64::MAX.to_string()),
            TokenSpace::Random => tokens("-1", &(1u128 << 127).to_string()),
            TokenSpace::ByteOrdered | TokenSpace::None => Bounds::Keys {
                start: key(&slice.after),
                end: key(&slice.through).unwrap_or_default(),
            },
        }
    }

    /// The key after which the first page begins, where keys are the bounds.
    pub fn after(&self) -> Option<&[u8]> {
        match self {
            Bounds::Tokens { .. } => None,
            Bounds::Keys { start, .. } => start.as_deref(),
        }
    }

    /// Where a page begins that comes after no key.
    pub fn start(&self) -> Start<'_> {
        match self {
            Bounds::Tokens { start, .. } => Start::Token(start),
            Bounds::Keys { .. } => Start::Key(b""),
        }
    }

    /// Where every page ends.
    pub fn end(&self) -> End<'_> {
        match self {
            Bounds::Tokens { end, .. } => End::Token(end),
            Bounds::Keys { end, .. } => End::Key(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(end: &str, node: &str) -> RingRange {
        RingRange {
            start: String::new(),
            end: end.to_owned(),
            endpoints: vec![node.to_owned()],
            data_centres: Vec::new(),
        }
    }

    #[test]
    fn each_part_knows_who_holds_it() {
        let ring = [range("100", "b"), range("-100", "a")];
        let slices = cut(TokenSpace::Murmur3, &ring, 1);
        let owners: Vec<_> = slices
            .iter()
            .map(|slice| slice.node.as_deref().unwrap())
            .collect();
        // Up to −100 a, up to 100 b, and above 100 around to a again.
        assert_eq!(owners, ["a", "b", "a"]);
        assert!(cut(TokenSpace::Murmur3, &ring, 64).len() >= 64);
    }

    #[test]
    fn no_range_wraps_around() {
        let whole = Bounds::of(&Slice::whole(TokenSpace::Random));
        let greatest = "170141183460469231731687303715884105728";
        assert_eq!(
            (whole.start(), whole.end()),
            (Start::Token("-1"), End::Token(greatest))
        );
        let keys = Bounds::of(&Slice::whole(TokenSpace::None));
        assert_eq!(
            (keys.start(), keys.after(), keys.end()),
            (Start::Key(b""), None, End::Key(b""))
        );
        let ordered = cut(TokenSpace::ByteOrdered, &[range("0aff", "a")], 8);
        assert_eq!(ordered.len(), 2);
        assert_eq!(
            Bounds::of(&ordered[0]),
            Bounds::Keys {
                start: None,
                end: vec![0x0a, 0xff]
            }
        );
        assert_eq!(
            Bounds::of(&ordered[1]),
            Bounds::Keys {
                start: Some(vec![0x0a, 0xff]),
                end: vec![]
            }
        );
    }

    #[test]
    fn odd_tokens_leave_the_ring_whole() {
        let slices = cut(TokenSpace::Murmur3, &[range("x", "a")], 8);
        assert_eq!(slices, [Slice::whole(TokenSpace::None)]);
        assert_eq!(cut(TokenSpace::Random, &[], 8).len(), 1);
        assert_eq!(token(TokenSpace::ByteOrdered, "0"), None);
    }
}
