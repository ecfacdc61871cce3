//! Archives packed in archives: recordings with their transcripts and attachments.

use std::io::{Cursor, Read, Seek};

use zip::ZipArchive;

use super::reader::{self, LARGEST_NESTED, Meta};

/// The archive around a nested one.
#[derive(Clone, Copy)]
pub(super) struct Outer<'a> {
    /// Its shown name with `!/` behind it.
    pub(super) prefix: &'a str,
    /// The service that wrote it.
    pub(super) service: &'a str,
    /// How many archives are around its entries.
    pub(super) depth: usize,
}

/// A packed archive, unpacked into memory.
pub(super) fn open_nested<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    index: usize,
    meta: &Meta,
) -> Result<ZipArchive<Cursor<Vec<u8>>>, String> {
    if meta.bytes > LARGEST_NESTED {
        return Err(format!(
            "it is a packed archive of more than {} MiB",
            LARGEST_NESTED >> 20
        ));
    }
    let (bytes, whole) = reader::head(zip, index, meta.bytes)?;
    if !whole {
        return Err("it is larger than it says".to_owned());
    }
    reader::open(Cursor::new(bytes))
}
