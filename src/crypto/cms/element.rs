//! The small elements around the content, taken whole and written again with definite lengths, so
//! that one strict DER reader understands what any encoder wrote.

use std::io::Read;

use super::ber::{Ber, Header, tag};
use crate::crypto::trouble::{Result, Trouble, malformed};

/// Appends tag and length.
fn head(out: &mut Vec<u8>, identifier: u8, length: usize) {
    out.push(identifier);
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let bytes = (length as u64).to_be_bytes();
    let skip = bytes.iter().take_while(|byte| **byte == 0).count();
    out.push(0x80 | (bytes.len() - skip) as u8);
    out.extend_from_slice(&bytes[skip..]);
}

/// An element of these parts.
pub(crate) fn made(identifier: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    head(&mut out, identifier, content.len());
    out.extend_from_slice(content);
    out
}

/// The whole element behind `header` with definite lengths, strings in one piece and sets in their
/// order; refused when it has more than `limit` bytes.
pub(crate) fn capture<R: Read>(ber: &mut Ber<R>, header: &Header, limit: usize) -> Result<Vec<u8>> {
    if header.constructed {
        let string = header.is(tag::OCTETS);
        let content = inside(ber, header, limit, string)?;
        let identifier = if string { tag::OCTETS } else { header.identifier };
        return Ok(made(identifier, &content));
    }
    Ok(made(header.identifier, &plain(ber, header, limit)?))
}

fn inside<R: Read>(ber: &mut Ber<R>, header: &Header, limit: usize, string: bool) -> Result<Vec<u8>> {
    ber.enter(header)?;
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let mut total = 0;
    while let Some(child) = ber.next()? {
        let left = limit.saturating_sub(total);
        let part = match (string, child.is(tag::OCTETS)) {
            (true, false) => return Err(malformed("a string is made of something else")),
            (true, true) if child.constructed => inside(ber, &child, left, true)?,
            (true, true) => plain(ber, &child, left)?,
            (false, _) => capture(ber, &child, left)?,
        };
        // The two bytes that every element has bound the number of empty ones too.
        total += part.len() + 2;
        if total > limit {
            return Err(too_large());
        }
        parts.push(part);
    }
    ber.leave();
    if header.is(tag::SET) && !string {
        parts.sort();
    }
    Ok(parts.concat())
}

/// The content of a plain element.
fn plain<R: Read>(ber: &mut Ber<R>, header: &Header, limit: usize) -> Result<Vec<u8>> {
    let length = header
        .length
        .ok_or_else(|| malformed("a plain element has no length"))?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= limit)
        .ok_or_else(too_large)?;
    let mut content = vec![0; length];
    let mut filled = 0;
    while filled < length {
        filled += ber.content(&mut content[filled..])?;
    }
    Ok(content)
}

/// Passes over an element of at most `limit` bytes.
pub(crate) fn skip<R: Read>(ber: &mut Ber<R>, header: &Header, limit: usize) -> Result<()> {
    capture(ber, header, limit).map(|_| ())
}

fn too_large() -> Trouble {
    Trouble::Limit("an element beside its content is larger than any sound one".to_owned())
}
