//! Where bytes come from, and what they are: files one after another, and around or inside a message
//! the wrappings that mail and browsers know. What something is, its beginning says, never its name.

mod ahead;
mod base64;
mod files;
mod mime;
mod parts;

use std::io::{Cursor, Read};

pub(crate) use ahead::binary_ahead;
pub(crate) use base64::Base64;
pub(crate) use files::Files;
pub use files::Watch;
pub(crate) use mime::{Encoding, Mime};
pub(crate) use parts::{Source, arrange, check_parts, wrong_order};

use super::cms::looks_binary;
use super::trouble::{Result, Trouble, malformed};

/// A stream of any kind.
pub(crate) type Stream<'a> = Box<dyn Read + 'a>;

/// As much as is looked at.
pub(crate) const LOOK: usize = 4096;

/// What a beginning says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A CMS message in binary form.
    Cms,
    /// A CMS message in PEM.
    Pem,
    /// Base64 without anything around it that holds a CMS message.
    BareBase64,
    /// Header lines of a mail or of a part of one.
    Mime,
    /// A ZIP archive.
    Zip,
    /// A gzip stream.
    Gzip,
    /// JSON, or JSON Lines.
    Json,
    /// Nothing.
    Empty,
    /// None of these.
    Unknown,
}

impl Kind {
    /// True for what can hold an encrypted message.
    pub(crate) fn is_message(self) -> bool {
        matches!(self, Kind::Cms | Kind::Pem | Kind::BareBase64 | Kind::Mime)
    }

    /// True for what an export may hold.
    pub(crate) fn is_known(self) -> bool {
        !matches!(self, Kind::Empty | Kind::Unknown)
    }
}

/// Says what begins so.
pub(crate) fn kind(beginning: &[u8]) -> Kind {
    match beginning {
        [] => Kind::Empty,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        [0x30, ..] if looks_binary(beginning) => Kind::Cms,
        _ => text_kind(beginning),
    }
}

fn text_kind(beginning: &[u8]) -> Kind {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let text = text.trim_ascii_start();
    if is_json(text) {
        return Kind::Json;
    }
    if mime::looks_like_headers(text) {
        return Kind::Mime;
    }
    if find(text, b"-----BEGIN ").is_some() {
        return Kind::Pem;
    }
    if text.starts_with(b"M") && holds_cms(text) {
        return Kind::BareBase64;
    }
    Kind::Unknown
}

/// The first bytes of a record, or of a list of them.
fn is_json(text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else {
        return false;
    };
    let next = rest.trim_ascii_start().first().copied();
    match first {
        b'{' => matches!(next, Some(b'"' | b'}')),
        b'[' => matches!(next, Some(b'{' | b'[' | b']' | b'"')),
        _ => false,
    }
}

fn holds_cms(text: &[u8]) -> bool {
    let mut decoded = Vec::new();
    let head = text.get(..1024).unwrap_or(text);
    let read = Base64::new(head).take(512).read_to_end(&mut decoded);
    (read.is_ok() || decoded.len() > 32) && looks_binary(&decoded)
}

pub(crate) fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, what)
}

/// Looks at the beginning of a stream and gives it back whole.
pub(crate) fn look<'a>(mut stream: Stream<'a>) -> Result<(Vec<u8>, Stream<'a>)> {
    let mut beginning = vec![0; LOOK];
    let mut filled = 0;
    while filled < LOOK {
        match stream.read(&mut beginning[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    beginning.truncate(filled);
    let whole = Cursor::new(beginning.clone()).chain(stream);
    Ok((beginning, Box::new(whole)))
}

/// The binary message behind whatever is around it; also the names of the wrappings.
pub(crate) fn binary<'a>(stream: Stream<'a>) -> Result<(&'static str, Stream<'a>)> {
    unwrapped(stream, false)
}

/// As [`binary`], of `files` that follow each other.
pub(crate) fn binary_of(files: Files, several: bool) -> Result<(&'static str, Stream<'static>)> {
    unwrapped(Box::new(files), several)
}

fn unwrapped<'a>(stream: Stream<'a>, several: bool) -> Result<(&'static str, Stream<'a>)> {
    let decoder = |stream: Stream<'a>| -> Stream<'a> {
        match several {
            true => Box::new(Base64::joined(stream)),
            false => Box::new(Base64::new(stream)),
        }
    };
    let (beginning, stream) = look(stream)?;
    match kind(&beginning) {
        Kind::Cms => Ok(("binary", stream)),
        Kind::Pem => pem(stream, &beginning),
        Kind::BareBase64 => Ok(("base64", decoder(stream))),
        Kind::Mime => {
            let mime = Mime::open(stream)?;
            let (inside, body) = look(mime.body)?;
            if inside.first() == Some(&0x30) {
                return Ok(("S/MIME, binary", body));
            }
            match mime.encoding {
                Encoding::QuotedPrintable => {
                    Err(Trouble::Unsupported("S/MIME in quoted-printable".to_owned()))
                }
                _ => Ok(("S/MIME", decoder(body))),
            }
        }
        Kind::Empty => Err(Trouble::Truncated("nothing: the file is empty")),
        Kind::Zip | Kind::Gzip | Kind::Json => Err(malformed(
            "it is not encrypted; it can be read as it is with: dsr records",
        )),
        Kind::Unknown => Err(malformed("it does not begin like a CMS message")),
    }
}

/// Skips to the line behind `-----BEGIN …-----`.
fn pem<'a>(mut stream: Stream<'a>, beginning: &[u8]) -> Result<(&'static str, Stream<'a>)> {
    let start = find(beginning, b"-----BEGIN ").unwrap_or(0);
    let line = beginning[start..]
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let label = String::from_utf8_lossy(line);
    let label = label
        .trim()
        .trim_start_matches("-----BEGIN ")
        .trim_end_matches('-');
    if !matches!(label, "CMS" | "PKCS7" | "PKCS #7 SIGNED DATA") {
        return Err(malformed(format!("it is PEM, but of another kind ({label})")));
    }
    let mut before = vec![0; start + line.len()];
    stream.read_exact(&mut before)?;
    Ok(("PEM", Box::new(Base64::new(stream))))
}
