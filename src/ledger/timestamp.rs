//! Time stamps of RFC 3161: the question for one, and what an answer says. The signature below the
//! answer is for `openssl ts -verify` to check, with the certificates that somebody trusts.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::tree::Hash;
use crate::domain::canonical::hex;

/// Content type of a question.
pub const QUERY: &str = "application/timestamp-query";

/// Length of the number that ties an answer to its question.
pub const NONCE: usize = 8;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const TIME: u8 = 0x18;
const EXPLICIT_0: u8 = 0xa0;

/// id-signedData.
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// id-ct-TSTInfo.
const TST_INFO: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
/// SHA-256 as an algorithm, without parameters' value.
const SHA_256: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
];

/// What a time-stamping authority said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When it saw the digest, to the second, by its own clock.
    pub at: Timestamp,
    /// Its serial number, hexadecimal.
    pub serial: String,
}

/// The question for a stamp over a SHA-256 digest, with the authority's certificate in the answer.
pub fn query(digest: &Hash, nonce: &[u8; NONCE]) -> Vec<u8> {
    let nonce = number(nonce);
    let body = [
        &[INTEGER, 1, 1][..],
        &imprint(digest),
        &nonce,
        &[0x01, 0x01, 0xff],
    ]
    .concat();
    wrap(SEQUENCE, &body)
}

/// Reads an answer to the question with this digest and nonce.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about it.
pub fn read(answer: &[u8], digest: &Hash, nonce: &[u8; NONCE]) -> Result<Stamp, String> {
    let not_one = || "is not a time stamp".to_owned();
    let (response, rest) = item(answer, SEQUENCE).ok_or_else(not_one)?;
    if !rest.is_empty() {
        return Err(not_one());
    }
    let (status, token) = item(response, SEQUENCE).ok_or_else(not_one)?;
    match item(status, INTEGER).ok_or_else(not_one)?.0 {
        [0 | 1] => {}
        status => return Err(format!("says that no stamp was given (status {})", hex(status))),
    }
    let info = signed_info(token).ok_or_else(not_one)?;
    let (found, _) = item(info, SEQUENCE).ok_or_else(not_one)?;
    read_info(found, digest, nonce)
}

/// The signed statement inside the token.
fn signed_info(token: &[u8]) -> Option<&[u8]> {
    let (content, _) = item(token, SEQUENCE)?;
    let (kind, content) = item(content, OBJECT)?;
    let (signed, _) = item(content, EXPLICIT_0).filter(|_| kind == SIGNED_DATA)?;
    let (signed, _) = item(signed, SEQUENCE)?;
    let (_, rest) = item(signed, INTEGER)?;
    let (_, _, rest) = any(rest)?;
    let (content, _) = item(rest, SEQUENCE)?;
    let (kind, content) = item(content, OBJECT)?;
    let (content, _) = item(content, EXPLICIT_0).filter(|_| kind == TST_INFO)?;
    Some(item(content, OCTETS)?.0)
}

fn read_info(info: &[u8], digest: &Hash, nonce: &[u8; NONCE]) -> Result<Stamp, String> {
    let not_one = || "is not a time stamp".to_owned();
    let (_, rest) = item(info, INTEGER).ok_or_else(not_one)?;
    let (_, rest) = item(rest, OBJECT).ok_or_else(not_one)?;
    let wanted = imprint(digest);
    let rest = rest
        .strip_prefix(wanted.as_slice())
        .ok_or("is about something else")?;
    let (serial, rest) = item(rest, INTEGER).ok_or_else(not_one)?;
    let (time, mut rest) = item(rest, TIME).ok_or_else(not_one)?;
    let wanted = number(nonce);
    let mut ours = false;
    while let Some((_, _, after)) = any(rest) {
        ours |= rest[..rest.len() - after.len()] == wanted;
        rest = after;
    }
    if !ours {
        return Err("answers another question".to_owned());
    }
    Ok(Stamp {
        at: moment(time).ok_or_else(not_one)?,
        serial: hex(serial),
    })
}

/// `YYYYMMDDhhmmss[.f]Z`.
fn moment(time: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(time).ok()?.strip_suffix('Z')?;
    let whole = text.split('.').next()?;
    let at = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn imprint(digest: &Hash) -> Vec<u8> {
    let digest = wrap(OCTETS, digest);
    wrap(SEQUENCE, &[&SHA_256[..], &digest].concat())
}

/// A number that is never negative and has no leading zeros.
fn number(nonce: &[u8; NONCE]) -> Vec<u8> {
    let mut bytes = *nonce;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    wrap(INTEGER, &bytes)
}

fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    // What is asked is shorter than 128 bytes.
    let length = u8::try_from(content.len()).unwrap_or(0x7f);
    [&[tag, length][..], content].concat()
}

/// The next element's tag and content, and what follows it.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let (digits, rest) = rest
            .split_at_checked(count)
            .filter(|_| (1..=4).contains(&count))?;
        let length = digits
            .iter()
            .fold(0usize, |length, digit| length << 8 | usize::from(*digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The content of the next element, which must have this tag, and what follows it.
fn item(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = any(bytes)?;
    (found == tag).then_some((content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_answers_are_no_stamps() {
        let (digest, nonce) = ([3; 32], [9; NONCE]);
        let query = query(&digest, &nonce);
        assert_eq!(query.len(), 2 + usize::from(query[1]));
        for end in 0..query.len() {
            assert!(read(&query[..end], &digest, &nonce).is_err());
        }
        for bytes in [
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..],
            &[0x30, 0x80],
            &[0x30, 0x05, 0x30, 0x03, 2, 1, 2],
        ] {
            assert!(read(bytes, &digest, &nonce).is_err());
        }
        assert_eq!(
            moment(b"20261103101112.5Z").map(|at| at.to_string()).as_deref(),
            Some("2026-11-03T10:11:12Z")
        );
        assert!(moment(b"2026110310Z").is_none());
    }
}
