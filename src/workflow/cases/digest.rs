//! The digest of what a person was sent: the only thing that is kept of it.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::domain::canonical::hex;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Hex SHA-256 of a file.
///
/// # Errors
/// When it cannot be read.
pub fn digest_of(file: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        let shown = clean(&file.display().to_string());
        Failure::new(
            FailureKind::Usage,
            format!("The file {shown} cannot be read ({}).", error.kind()),
        )
    };
    let mut reader = std::fs::File::open(file).map_err(failed)?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0u8; 64 * 1024]);
    loop {
        match reader.read(&mut piece).map_err(failed)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

/// A SHA-256 as somebody wrote it.
///
/// # Errors
/// When it is none.
pub fn hexadecimal(text: &str) -> Result<String, Failure> {
    let text = text.trim().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text);
    }
    Err(Failure::new(
        FailureKind::Usage,
        "--digest is a SHA-256: 64 hexadecimal digits.",
    ))
}
