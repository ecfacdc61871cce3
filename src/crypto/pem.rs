//! Blocks between `-----BEGIN …-----` and `-----END …-----` in a small file, whatever stands around
//! them.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// One block.
pub(crate) struct Block {
    /// What stands behind `BEGIN`.
    pub(crate) label: String,
    /// Its content; `None` when it is not base64 or has no end.
    pub(crate) content: Option<Zeroizing<Vec<u8>>>,
    /// Header lines (`Proc-Type: …`), as old keys have them.
    pub(crate) headers: Vec<String>,
}

/// All blocks of a text.
pub(crate) fn blocks(text: &[u8]) -> Vec<Block> {
    let text = String::from_utf8_lossy(text);
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    // As large as it can get, so that nothing of a key stays behind when it grows.
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.lines() {
        let line = line.trim();
        if let Some(label) = between(line, "-----BEGIN ") {
            if let Some((label, ..)) = open.take() {
                found.push(broken(label));
            }
            body.clear();
            open = Some((label, Vec::new()));
        } else if let Some(end) = between(line, "-----END ") {
            if let Some((label, headers)) = open.take() {
                let content = if end == label { decode(&body) } else { None };
                found.push(Block {
                    label,
                    content,
                    headers,
                });
            }
        } else if let Some((_, headers)) = &mut open {
            if line.contains(':') {
                headers.push(line.to_owned());
            } else {
                body.push_str(line);
            }
        }
    }
    found.extend(open.map(|(label, ..)| broken(label)));
    found
}

fn broken(label: String) -> Block {
    Block {
        label,
        content: None,
        headers: Vec::new(),
    }
}

fn between(line: &str, start: &str) -> Option<String> {
    Some(line.strip_prefix(start)?.strip_suffix("-----")?.to_owned())
}

fn decode(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&STANDARD, lenient);
    engine.decode(body.as_bytes()).ok().map(Zeroizing::new)
}

/// A block as text.
pub(crate) fn write(label: &str, content: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(content));
    let mut text = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
