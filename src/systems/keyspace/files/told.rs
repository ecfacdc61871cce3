//! What was found in one file, put together for the report: once for each partition, search and name
//! of the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::name::Named;
use super::partitions::{self, Partition};
use super::report::{FileMatch, FilesReport, NotSearched, Whence};
use super::target::{Body, Heard, MAX_PLACES, Of, Seen, Target, component};
use super::walk::Group;
use super::{tries, words};
use crate::domain::text::clean;
use crate::systems::keyspace::matching::{Needles, Strength};
use crate::systems::keyspace::report::{Certainty, MatchKind};

/// Damaged pieces named for one file, one by one.
const MAX_NAMED: usize = 20;

/// Something that was not searched.
pub fn left(path: &Path, part: Option<String>, why: &str) -> NotSearched {
    NotSearched {
        path: path.to_owned(),
        part,
        why: why.to_owned(),
    }
}

impl Target<'_> {
    /// Puts what was found in this file into the report, once for each partition, search and name.
    pub fn report(self, needles: &Needles, substrings: bool, report: &mut FilesReport) {
        let heard = self
            .heard
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let paths: Vec<&Path> = match &self.of {
            Of::Data(group) => group.names.iter().map(|(path, _)| path.as_path()).collect(),
            Of::Raw(path, _) => vec![path],
        };
        for path in &paths {
            damage(path, &heard, &self.body, report);
        }
        let mut places: Vec<(u64, usize, Seen)> = Vec::new();
        for ((place, search), seen) in heard.places {
            if seen.strength == Strength::Substring {
                if let Some(count) = report.substring_hits.get_mut(search) {
                    *count += 1;
                }
                if !substrings {
                    continue;
                }
            }
            places.push((place, search, seen));
        }
        if places.is_empty() {
            return;
        }
        let keys = match &self.of {
            Of::Data(group) => keys(group, &self.body, &places),
            Of::Raw(_, kind) => Err(format!("a {} has no partitions", kind.words())),
        };
        for found in group_up(&places, &keys, needles) {
            match &self.of {
                Of::Data(group) => {
                    report
                        .matches
                        .extend(group.names.iter().map(|(path, named)| FileMatch {
                            path: path.clone(),
                            keyspace: named.keyspace.clone(),
                            table: named.table.clone(),
                            whence: Whence::from(&named.place),
                            ..found.clone()
                        }));
                }
                Of::Raw(path, kind) => {
                    report.matches.push(FileMatch {
                        path: path.to_path_buf(),
                        whence: Whence::from(*kind),
                        ..found
                    });
                }
            }
        }
    }
}

fn damage(path: &Path, heard: &Heard, body: &Body, report: &mut FilesReport) {
    let (_, piece) = body.pieces();
    let mut damaged: Vec<&(usize, String)> = heard.damaged.iter().collect();
    damaged.sort();
    for (index, why) in damaged.iter().take(MAX_NAMED) {
        let from = *index as u64 * piece as u64;
        let part = format!("piece {index}, from byte {from} of the plain data");
        report.not_searched.push(left(path, Some(part), why));
    }
    if damaged.len() > MAX_NAMED {
        let part = format!("{} more pieces", damaged.len() - MAX_NAMED);
        report
            .not_searched
            .push(left(path, Some(part), "they are damaged too"));
    }
    if heard.unopened > 0 {
        let part = format!("{} compressed values", heard.unopened);
        report
            .not_searched
            .push(left(path, Some(part), "they could not be opened to their end"));
    }
    if heard.overflowed {
        let part = format!("places after the first {MAX_PLACES}");
        report
            .not_searched
            .push(left(path, Some(part), "so many places are not kept"));
    }
}

/// The partitions of the places, in their order.
fn keys(group: &Group, body: &Body, places: &[(u64, usize, Seen)]) -> Result<Vec<Partition>, String> {
    let offsets: Vec<u64> = places.iter().map(|(place, ..)| *place).collect();
    let mut why = "it has no name".to_owned();
    for (path, named) in &group.names {
        let found = if named.format.tries {
            keys_by_tries(path, named, body, &offsets)
                .map_err(|failed| format!("its Partitions.db: {failed}"))
        } else {
            File::open(component(path, named, "Index.db"))
                .map_err(|error| words(&error))
                .and_then(|index| partitions::of(index, &named.format, &offsets))
                .map_err(|failed| format!("its Index.db: {failed}"))
        };
        match found {
            Ok(found) => return Ok(found),
            Err(failed) => why = failed,
        }
    }
    Err(why)
}

/// In the format with tries the index says where partitions begin, and each begins with its key.
fn keys_by_tries(path: &Path, named: &Named, body: &Body, offsets: &[u64]) -> Result<Vec<Partition>, String> {
    let read = |name: &str| {
        let path = component(path, named, name);
        let size = std::fs::metadata(&path).map_err(|error| words(&error))?.len();
        if size > tries::MAX_INDEX {
            return Err("it is larger than is read".to_owned());
        }
        std::fs::read(&path).map_err(|error| words(&error))
    };
    let begins = tries::places(&read("Partitions.db")?, &read("Rows.db")?)?;
    let mut found: Vec<Partition> = Vec::with_capacity(offsets.len());
    for offset in offsets {
        let index = begins.partition_point(|begins| begins <= offset);
        let begins = *index
            .checked_sub(1)
            .and_then(|index| begins.get(index))
            .ok_or("a place lies before all keys")?;
        match found.last() {
            Some(known) if known.begins == begins => found.push(known.clone()),
            _ => found.push(Partition {
                key: body.key_at(begins)?,
                begins,
            }),
        }
    }
    Ok(found)
}

/// One match for each partition and search.
fn group_up(
    places: &[(u64, usize, Seen)],
    keys: &Result<Vec<Partition>, String>,
    needles: &Needles,
) -> Vec<FileMatch> {
    let mut all: BTreeMap<(Option<u64>, usize), FileMatch> = BTreeMap::new();
    for (index, (place, search, seen)) in places.iter().enumerate() {
        let partition = keys.as_ref().ok().and_then(|keys| keys.get(index));
        let certainty = match seen.strength {
            Strength::Exact => Certainty::Exact,
            _ => Certainty::Possible,
        };
        let found = all
            .entry((partition.map(|partition| partition.begins), *search))
            .or_insert_with(|| FileMatch {
                search: *search,
                kind: needles.kinds().get(*search).copied().unwrap_or(MatchKind::Email),
                certainty,
                path: PathBuf::new(),
                keyspace: String::new(),
                table: String::new(),
                key: partition.map(|partition| key_text(&partition.key)),
                key_unknown: keys.as_ref().err().cloned(),
                whence: Whence::Live,
                times: 0,
                offset: *place,
                snippet: seen.snippet.clone(),
            });
        found.times += 1;
        if certainty < found.certainty {
            found.certainty = certainty;
            found.snippet.clone_from(&seen.snippet);
        }
    }
    all.into_values().collect()
}

/// A key for display: text where it is some, the parts of a composite, else hexadecimal.
fn key_text(key: &[u8]) -> String {
    if let Some(parts) = composite(key) {
        return parts
            .iter()
            .map(|part| key_text(part))
            .collect::<Vec<_>>()
            .join(":");
    }
    match std::str::from_utf8(key) {
        Ok(text) if !text.chars().any(char::is_control) => clean(text),
        _ => key
            .iter()
            .fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}")),
    }
}

/// The parts of a composite: length of two bytes, part, a zero, and so on to the end.
fn composite(mut key: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while !key.is_empty() {
        let (length, rest) = key.split_first_chunk::<2>()?;
        let (part, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (0, rest) = rest.split_first().map(|(end, rest)| (*end, rest))? else {
            return None;
        };
        parts.push(part);
        key = rest;
    }
    (parts.len() > 1).then_some(parts)
}
