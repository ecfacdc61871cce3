//! The JSON text of a subject, shorter: the keys that occur become one byte each, and so does the
//! name where it is the row's label. What was shortened comes back as it was, byte for byte.

/// The pieces that become one byte: the byte is the place in this list, from 1. JSON text has no
/// such bytes of its own; where a text has them all the same, it is kept as it is.
const PIECES: [&str; 12] = [
    "{\"name\":\"",
    "\",\"user_id\":\"",
    "\",\"external_contact_id\":\"",
    "\",\"dialer_contact_id\":{\"id\":\"",
    "\",\"contact_list_id\":\"",
    "\",\"external_id\":\"",
    "{\"external_contact_id\":\"",
    "{\"user_id\":\"",
    "],\"email_addresses\":[\"",
    "\",\"email_addresses\":[\"",
    "\",\"phone_numbers\":[\"",
    "\",\"addresses\":[\"",
];
const LABEL: u8 = 0x1e;
const AS_IS: u8 = 0x1f;

/// Shortens.
pub(super) fn shorten(json: &str, label: &str) -> Vec<u8> {
    let bytes = json.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    if bytes.iter().any(|byte| *byte < 0x20) {
        out.push(AS_IS);
        out.extend_from_slice(bytes);
        return out;
    }
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let begins = matches!(first, '{' | '"' | ']');
        let piece = || PIECES.iter().position(|piece| rest.starts_with(piece));
        if let Some(at) = begins.then(piece).flatten() {
            out.push(u8::try_from(at + 1).unwrap_or(AS_IS));
            rest = &rest[PIECES[at].len()..];
        } else if label.len() > 1 && rest.starts_with(label) {
            out.push(LABEL);
            rest = &rest[label.len()..];
        } else {
            out.extend_from_slice(&rest.as_bytes()[..first.len_utf8()]);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// The text that was shortened.
pub(super) fn expand(short: &[u8], label: &str) -> String {
    if let Some((&AS_IS, text)) = short.split_first() {
        return String::from_utf8_lossy(text).into_owned();
    }
    let mut out = Vec::with_capacity(short.len() * 2);
    for byte in short {
        match *byte {
            LABEL => out.extend_from_slice(label.as_bytes()),
            piece @ 1.. if usize::from(piece) <= PIECES.len() => {
                out.extend_from_slice(PIECES[usize::from(piece) - 1].as_bytes());
            }
            other => out.push(other),
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Appends bytes with their length before them, seven bits a byte.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(0x80 | (length & 0x7f) as u8);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
}

/// Takes off what [`put`] appended.
pub(super) fn take<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let mut length = 0;
    let mut shift = 0;
    while let Some((byte, tail)) = rest.split_first() {
        *rest = tail;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let (taken, tail) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    *rest = tail;
    taken
}
