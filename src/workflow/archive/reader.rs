//! Reading zip archives within bounds, whatever they claim of themselves.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::crypto::rest::{self, Opened, RestKey};
use crate::domain::failure::{Failure, FailureKind};

/// The largest export seen held 37,194 entries.
pub(super) const MOST_ENTRIES: usize = 250_000;
/// A packed recording is held in memory while it is looked at.
pub(super) const LARGEST_NESTED: u64 = 64 << 20;
/// Archives within archives within archives: exports have one level.
pub(super) const DEEPEST: usize = 3;
/// Text is packed 20 to 1, repeated text 100 to 1; a bomb 1,000 to 1.
const HIGHEST_RATIO: u64 = 250;
/// Below this size a ratio says nothing.
const RATIO_MATTERS_FROM: u64 = 1 << 20;

/// Opens the archive at `path`.
pub(super) fn open_file(
    path: &Path,
    key: Option<&RestKey>,
) -> Result<ZipArchive<BufReader<Opened>>, Failure> {
    File::open(path).map_err(|e| {
        let kind = match e.kind() {
            io::ErrorKind::NotFound => FailureKind::NotFound,
            _ => FailureKind::Storage,
        };
        let why = match e.kind() {
            io::ErrorKind::NotFound => "there is none at this place".to_owned(),
            other => other.to_string(),
        };
        Failure::new(kind, format!("The archive cannot be opened: {why}."))
            .next("dsr requests show ID names the files that are here.")
    })?;
    let file = rest::open_file(path, key)?;
    open(BufReader::with_capacity(64 << 10, file)).map_err(|why| {
        Failure::new(
            FailureKind::BadAnswer,
            format!("The file is no archive that can be read: {why}."),
        )
        .next("If it was downloaded, remove it and download it again.")
    })
}

/// Opens an archive, or says why not. The number of entries is looked at before they are read.
pub(super) fn open<R: Read + Seek>(mut reader: R) -> Result<ZipArchive<R>, String> {
    let entries = entries_claimed(&mut reader).map_err(|e| reason(ZipError::Io(e)))?;
    if entries > MOST_ENTRIES as u64 {
        return Err(format!(
            "it claims to hold {entries} entries, more than {MOST_ENTRIES}"
        ));
    }
    ZipArchive::new(reader).map_err(reason)
}

/// The highest number of entries that an end record of the 64-bit form claims; the short form
/// cannot claim more than 65,535. Layout: PKWARE's APPNOTE, 4.3.14 and 4.3.15.
fn entries_claimed<R: Read + Seek>(reader: &mut R) -> io::Result<u64> {
    const TAIL: u64 = 66 << 10;
    let length = reader.seek(SeekFrom::End(0))?;
    reader.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    reader.by_ref().take(TAIL).read_to_end(&mut tail)?;
    let number = |bytes: &[u8], at: usize| {
        let field = bytes.get(at..at + 8).and_then(|field| field.try_into().ok());
        field.map_or(0, u64::from_le_bytes)
    };
    let mut most = 0;
    for at in memchr::memmem::find_iter(&tail, b"PK\x06\x06") {
        most = most.max(number(&tail[at..], 32));
    }
    let locators: Vec<u64> = memchr::memmem::find_iter(&tail, b"PK\x06\x07")
        .map(|at| number(&tail[at..], 8))
        .collect();
    for offset in locators.into_iter().filter(|offset| *offset < length).take(16) {
        let mut record = Vec::new();
        reader.seek(SeekFrom::Start(offset))?;
        reader.by_ref().take(56).read_to_end(&mut record)?;
        if record.starts_with(b"PK\x06\x06") {
            most = most.max(number(&record, 32));
        }
    }
    Ok(most)
}

/// What the archive says of one entry.
pub(super) struct Meta {
    pub(super) raw_name: String,
    pub(super) bytes: u64,
    pub(super) directory: bool,
    /// Why it cannot be read, known without reading.
    pub(super) refused: Option<String>,
}

/// Looks at one entry without reading it.
pub(super) fn meta<R: Read + Seek>(zip: &ZipArchive<R>, index: usize) -> Result<Meta, String> {
    let entry = zip.by_index_data(index).map_err(reason)?;
    let raw_name = match entry.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
    };
    let ratio = entry.size() / entry.compressed_size().max(1);
    let refused = if entry.encrypted() {
        Some("it is encrypted".to_owned())
    } else if entry.size() >= RATIO_MATTERS_FROM && ratio > HIGHEST_RATIO {
        Some(format!("it is packed {ratio} to 1, as no real data is"))
    } else {
        None
    };
    Ok(Meta {
        raw_name,
        bytes: entry.size(),
        directory: entry.is_dir(),
        refused,
    })
}

/// At most `limit` bytes of an entry, and whether that was all of it.
pub(super) fn head<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    index: usize,
    limit: u64,
) -> Result<(Vec<u8>, bool), String> {
    let entry = zip.by_index(index).map_err(reason)?;
    let expected = entry.size().min(limit).min(1 << 20);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    // One byte more than wanted: only then is the end reached and the checksum compared.
    entry
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| reason(ZipError::Io(e)))?;
    let whole = bytes.len() as u64 <= limit;
    bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((bytes, whole))
}

/// A reason in words; nothing of the entry's content is in it.
fn reason(error: ZipError) -> String {
    match error {
        ZipError::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => "it is cut".to_owned(),
        ZipError::Io(e) if e.kind() == io::ErrorKind::InvalidData => "it is damaged".to_owned(),
        ZipError::Io(e) => match e.to_string().as_str() {
            "Invalid checksum" => "it is damaged (its checksum is wrong)".to_owned(),
            _ => format!("it cannot be read ({})", e.kind()),
        },
        ZipError::InvalidArchive(_) => "it is cut or no zip archive".to_owned(),
        ZipError::CompressionMethodNotSupported(_) => {
            "it is packed with another method than deflate".to_owned()
        }
        ZipError::UnsupportedArchive(_) => "it uses a feature of zip that exports do not have".to_owned(),
        ZipError::InvalidPassword => "it is encrypted".to_owned(),
        _ => "it cannot be read".to_owned(),
    }
}
