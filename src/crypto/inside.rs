//! Small things about what is inside a message: gzip with its ratio capped, and names.

use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::release::harmless;
use super::trouble::Trouble;

/// What a gzip stream may unpack to in the times of its size, beyond a small one.
const RATIO: u64 = 300;

/// Headers of an encrypted message, and not of its content.
pub(crate) fn is_smime(beginning: &[u8]) -> bool {
    let text = String::from_utf8_lossy(beginning).to_ascii_lowercase();
    let headers = text.split("\n\n").next().unwrap_or_default();
    let headers = headers.split("\r\n\r\n").next().unwrap_or_default();
    headers.contains("pkcs7-mime") || headers.contains("application/cms")
}

/// What is read of the packed stream, to compare with what comes out.
struct Counting<R>(R, u64);

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(target)?;
        self.1 += read as u64;
        Ok(read)
    }
}

/// A gzip stream with its ratio capped.
pub(crate) struct Unpacking<R> {
    gzip: MultiGzDecoder<Counting<R>>,
    given: u64,
}

impl<R: Read> Unpacking<R> {
    /// The unpacked content of a stream.
    pub(crate) fn new(packed: R) -> Unpacking<R> {
        Unpacking {
            gzip: MultiGzDecoder::new(Counting(packed, 0)),
            given: 0,
        }
    }
}

impl<R: Read> Read for Unpacking<R> {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        let read = self.gzip.read(target).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
                Trouble::Undecryptable.into()
            }
            _ => error,
        })?;
        self.given += read as u64;
        let most = self.gzip.get_ref().1.saturating_mul(RATIO).max(64 * 1024 * 1024);
        if self.given > most {
            return Err(Trouble::Limit("it unpacks to more than it can sensibly be".to_owned()).into());
        }
        Ok(read)
    }
}

/// The harmless name of a file.
pub(crate) fn base_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    harmless(&name).unwrap_or_else(|| "message".to_owned())
}

/// The name without the extensions of encrypted files.
pub(crate) fn stem(name: &str) -> &str {
    let mut stem = name;
    for _ in 0..3 {
        match stem.rsplit_once('.') {
            Some((before, extension))
                if !before.is_empty()
                    && matches!(
                        extension.to_ascii_lowercase().as_str(),
                        "p7m"
                            | "p7"
                            | "cms"
                            | "pem"
                            | "der"
                            | "ber"
                            | "eml"
                            | "enc"
                            | "smime"
                            | "zip"
                            | "gz"
                            | "json"
                    ) =>
            {
                stem = before;
            }
            _ => break,
        }
    }
    stem
}
