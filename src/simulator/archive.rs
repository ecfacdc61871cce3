//! Result archives: packed when they are fetched, always to the same bytes, so that an interrupted
//! download can go on with a range.

use std::io::{Cursor, Write};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use jiff::tz::TimeZone;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::clock::moment;
use super::contents;
use super::record::Record;
use super::request::Request;
use super::seed::digest;

/// The most archives that one export has.
pub(crate) const MOST_PARTS: u8 = 3;

/// Archives kept packed.
const SHELF: usize = 4;

/// Which archive is wanted.
pub(crate) struct Order {
    /// Seed of the estate.
    pub seed: u64,
    /// The estate's generation: after a reset nothing packed earlier fits.
    pub generation: String,
    /// The export.
    pub request: Request,
    /// Which of its archives, from 0.
    pub part: u8,
    /// When it was packed.
    pub packed_at: i64,
    /// What was held about the subject then.
    pub people: Vec<Record>,
}

impl Order {
    /// The name under which it is offered.
    pub(crate) fn file_name(&self) -> String {
        file_name(&self.request, self.part)
    }
}

/// `results-<request id>-<time>.zip`
pub(crate) fn file_name(request: &Request, part: u8) -> String {
    let at = request.timetable.completed_at().unwrap_or(request.created) + i64::from(part) * 1000;
    let time = moment(at).strftime("%Y-%m-%dT%H-%M-%SZ");
    format!("results-{}-{time}.zip", request.id)
}

/// The id under which an archive of a request can be fetched. It does not show which request.
pub(crate) fn download_id(seed: u64, request: &str, part: u8) -> String {
    covered(seed, request, part).unwrap_or_default()
}

/// The inverse of [`download_id`].
pub(crate) fn request_id(seed: u64, download: &str, part: u8) -> Option<String> {
    covered(seed, download, part)
}

/// Covers all of a UUID but the digits that say which kind of UUID it is.
fn covered(seed: u64, id: &str, part: u8) -> Option<String> {
    let mask = digest(&[b"download:", &seed.to_be_bytes(), &[part]]);
    let mut bytes = *uuid::Uuid::parse_str(id).ok()?.as_bytes();
    for (index, byte) in bytes
        .iter_mut()
        .enumerate()
        .filter(|(index, _)| !matches!(index, 6 | 8))
    {
        *byte ^= mask[index];
    }
    Some(uuid::Uuid::from_bytes(bytes).to_string())
}

/// Archives that were packed lately.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Vec<(String, Bytes)>>);

impl Shelf {
    /// The archive, packed if it is not at hand.
    pub(crate) fn pack(&self, order: &Order) -> Bytes {
        let key = format!("{}/{}/{}", order.generation, order.request.id, order.part);
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = shelf.iter().find(|(known, _)| *known == key) {
            return bytes.clone();
        }
        let bytes = Bytes::from(pack(order));
        if shelf.len() == SHELF {
            shelf.remove(0);
        }
        shelf.push((key, bytes.clone()));
        bytes
    }
}

fn pack(order: &Order) -> Vec<u8> {
    zipped(&contents::entries(order), order.packed_at)
}

/// A zip of the entries, in their order.
pub(crate) fn zipped(entries: &[(String, Vec<u8>)], at: i64) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let sound = name.ends_with(".opus") || name.ends_with(".zip");
        let method = if sound {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(stamp(at))
            .unix_permissions(0o644);
        // Writing into memory fails only for names and sizes that are not made here.
        if writer.start_file(name.as_str(), options).is_ok() {
            let _ = writer.write_all(bytes);
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

fn stamp(at: i64) -> DateTime {
    let time = moment(at).to_zoned(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).unwrap_or(1);
    DateTime::from_date_and_time(
        u16::try_from(time.year()).unwrap_or(1980),
        small(time.month()),
        small(time.day()),
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
    )
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{download_id, request_id};

    #[test]
    fn a_download_id_leads_back_to_its_request() {
        let request = "7f3a0b1c-2d3e-4f50-8a6b-7c8d9e0f1a2b";
        for part in 0..3 {
            let id = download_id(20_417, request, part);
            assert_ne!(id, request);
            assert_eq!(request_id(20_417, &id, part).as_deref(), Some(request));
        }
        assert_ne!(download_id(20_417, request, 0), download_id(20_417, request, 1));
        assert_eq!(request_id(20_417, "no-uuid", 0), None);
    }
}
