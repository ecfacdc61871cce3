//! Header lines of a mail, around a message or inside one, and the body behind them.

use std::io::Read;

use super::{Base64, Stream};
use crate::crypto::cms::looks_binary;
use crate::crypto::trouble::{Result, Trouble, malformed};

/// Bytes of all header lines.
const HEADERS: usize = 64 * 1024;

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is.
    Plain,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
}

/// Headers that were read.
pub(crate) struct Mime<'a> {
    /// Media type in lower case, without parameters; empty when none is said.
    pub(crate) media_type: String,
    /// The name that the part gives its content.
    pub(crate) encoding: Encoding,
    /// What comes behind the headers, as it is.
    pub(crate) body: Stream<'a>,
}

impl<'a> Mime<'a> {
    /// Reads the headers.
    pub(crate) fn open(mut stream: Stream<'a>) -> Result<Mime<'a>> {
        let lines = headers(&mut stream)?;
        let value = |name: &str| {
            lines.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.trim()
                    .eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_ascii_lowercase())
            })
        };
        let media_type = value("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
        let encoding = match value("content-transfer-encoding").as_deref() {
            Some("base64") => Encoding::Base64,
            Some("quoted-printable") => Encoding::QuotedPrintable,
            Some("7bit" | "8bit" | "binary") | None => Encoding::Plain,
            Some(other) => return Err(Trouble::Unsupported(format!("The transfer encoding {other}"))),
        };
        Ok(Mime {
            media_type,
            encoding,
            body: stream,
        })
    }

    /// The body, decoded.
    pub(crate) fn decoded(self) -> Result<Stream<'a>> {
        if self.media_type.starts_with("multipart/") {
            return Err(Trouble::Unsupported(
                "A mail of several parts inside the message (--raw writes it as it is)".to_owned(),
            ));
        }
        match self.encoding {
            Encoding::Plain => Ok(self.body),
            Encoding::Base64 => Ok(Box::new(Base64::new(self.body))),
            Encoding::QuotedPrintable => Err(Trouble::Unsupported(
                "Quoted-printable inside the message (--raw writes it as it is)".to_owned(),
            )),
        }
    }
}

/// Reads past the header lines.
pub(super) fn skip_headers(stream: &mut impl Read) -> Result<()> {
    headers(stream).map(drop)
}

/// True when the body behind these headers begins like a message. What cannot be told from here
/// counts as one: reading it says what is wrong.
pub(super) fn holds_beginning(file: &[u8]) -> bool {
    let Ok(mime) = Mime::open(Box::new(file)) else {
        return true;
    };
    let mut raw = Vec::new();
    if mime.body.take(2048).read_to_end(&mut raw).is_err() {
        return true;
    }
    // No message is as short; the piece of one may be.
    if raw.len() < 64 {
        return false;
    }
    if mime.encoding == Encoding::QuotedPrintable || looks_binary(&raw) {
        return true;
    }
    let mut decoded = Vec::new();
    // The piece may be cut off within a group of four.
    let whole = Base64::new(&raw[..]).read_to_end(&mut decoded);
    if whole.is_err() && decoded.is_empty() {
        let mut text: Vec<u8> = raw
            .into_iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        text.truncate(text.len() / 4 * 4);
        let _ = Base64::new(&text[..]).read_to_end(&mut decoded);
    }
    match mime.encoding {
        Encoding::Base64 => decoded.is_empty() || looks_binary(&decoded),
        _ => !decoded.is_empty() && looks_binary(&decoded),
    }
}

/// Header lines up to the empty one, folded ones in one.
fn headers(stream: &mut impl Read) -> Result<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = Vec::new();
    let mut total = 0;
    loop {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            return Err(Trouble::Truncated("its headers"));
        }
        total += 1;
        if total > HEADERS {
            return Err(malformed("its headers do not end"));
        }
        if byte[0] != b'\n' {
            line.push(byte[0]);
            continue;
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        // Empty lines may stand before the first header.
        if text.is_empty() && !lines.is_empty() {
            return Ok(lines);
        }
        match lines.last_mut().filter(|_| text.starts_with([' ', '\t'])) {
            Some(last) => last.push_str(&text),
            None if text.is_empty() => {}
            None => lines.push(text),
        }
    }
}

/// True when a text begins with header lines, one of which speaks of its content.
pub(super) fn looks_like_headers(text: &[u8]) -> bool {
    let mut speaks = false;
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut first = true;
    for line in lines.by_ref().take(64) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return speaks;
        }
        if !first && line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        first = false;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return speaks && lines.next().is_none();
        };
        let name = &line[..colon];
        if name.is_empty()
            || !name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        {
            return false;
        }
        let name = name.to_ascii_lowercase();
        speaks |= name.starts_with(b"content-") || name == b"mime-version";
    }
    speaks
}
